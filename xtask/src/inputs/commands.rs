//! `proto/commands.toml`: what each message of a commands package is, and what was decided where trees disagree.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::table::{self, Reader};
use super::version::Version;
use super::{BLANK, Proposal};
use crate::problems::{Location, Problems};

/// The table at the root that holds the decisions about conflicts.
const OVERRIDE: &str = "override";
const FORMS: &str = "write `{ response = \"full.Name\", effect = \"read\" }`, `{ answered = \"never\" }`, \
                     `\"response\"` or `\"part\"`";

/// What every message of the commands packages is.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct CommandTable {
    /// By full name of the message.
    pub(crate) entries: BTreeMap<String, Entry>,
    /// By full name of the message, field, enum or value that the trees disagree on.
    pub(crate) overrides: BTreeMap<String, Override>,
    /// What a person must still decide, by full name.
    pub(crate) blanks: BTreeMap<String, Location>,
    /// What is said by a tool and was not looked at yet, by full name.
    pub(crate) proposals: BTreeMap<String, Proposal>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) class: Class,
    pub(crate) location: Location,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Class {
    /// A request that KiCad answers.
    Command { response: String, effect: Effect, answered: Answered },
    /// A request that is defined, and that no KiCad answers; so nobody knows its response.
    NeverAnswered,
    /// What KiCad answers to some command.
    Response,
    /// A part of another message.
    Part,
    /// A person must still say what it is.
    Blank,
}

/// What a command does to the document, which decides whether it may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Read,
    Idempotent,
    Mutation,
}

impl Effect {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Idempotent => "idempotent",
            Self::Mutation => "mutation",
        }
    }
}

/// Since when a command is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answered {
    /// Since its message exists.
    WhenDefined,
    /// Later than its message exists.
    Since(Version),
}

/// A decision where two trees disagree: which tree is right, and why.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Override {
    /// The name of the tree whose definition holds.
    pub(crate) take: String,
    pub(crate) why: String,
    pub(crate) location: Location,
}

impl CommandTable {
    pub(crate) fn load(path: &Path, shown: &Path) -> Result<Self, Problems> {
        Self::parse(shown, &table::read(path, shown)?)
    }

    pub(crate) fn parse(file: &Path, text: &str) -> Result<Self, Problems> {
        let (mut reader, mut root) = Reader::new(file, text);
        let mut result = Self::default();
        if let Some(value) = root.remove(OVERRIDE) {
            result.overrides = overrides(&mut reader, &value);
        }
        let is_leaf = |value: &DeValue<'_>| match value {
            DeValue::Table(table) => table.contains_key("response") || table.contains_key("answered"),
            _ => true,
        };
        reader.leaves(&root, &mut Vec::new(), &is_leaf, &mut |reader, path, span, value| {
            let name = path.join(".");
            if let Some(proposal) = reader.proposal(&span, &value.span()) {
                result.proposals.insert(name.clone(), proposal);
            }
            if let Some(class) = class(reader, &name, &span, value) {
                result.entries.insert(name, Entry { class, location: reader.at(&span) });
            }
        });
        let blank = result.entries.iter().filter(|(_, entry)| entry.class == Class::Blank);
        result.blanks.extend(blank.map(|(name, entry)| (name.clone(), entry.location.clone())));
        let (open, decided): (BTreeMap<_, _>, BTreeMap<_, _>) = std::mem::take(&mut result.overrides)
            .into_iter()
            .partition(|(_, decision)| decision.take == BLANK || decision.why == BLANK);
        result.overrides = decided;
        result.blanks.extend(open.into_iter().map(|(name, decision)| (name, decision.location)));
        reader.problems.unless(result)
    }
}

fn class(
    reader: &mut Reader<'_>,
    name: &str,
    span: &Range<usize>,
    value: &Spanned<DeValue<'_>>,
) -> Option<Class> {
    match value.get_ref() {
        DeValue::String(text) if text == BLANK => Some(Class::Blank),
        DeValue::String(text) if text == "response" => Some(Class::Response),
        DeValue::String(text) if text == "part" => Some(Class::Part),
        DeValue::Table(table) => command(reader, name, span, table),
        _ => {
            reader.problem(span, format!("{name} is neither a command, a response nor a part"), FORMS);
            None
        }
    }
}

fn command(reader: &mut Reader<'_>, name: &str, span: &Range<usize>, table: &DeTable<'_>) -> Option<Class> {
    let mut fields = strings(reader, table, &["response", "effect", "answered"], name);
    let answered = match fields.remove("answered").as_deref() {
        None => Some(Answered::WhenDefined),
        Some("never") => None,
        Some(version) => match version.parse() {
            Ok(version) => Some(Answered::Since(version)),
            Err(error) => {
                reader.problem(
                    span,
                    format!("{name} is answered since a version that cannot be read: {error}"),
                    FORMS,
                );
                return None;
            }
        },
    };
    let response = fields.remove("response");
    let effect = match fields.remove("effect").as_deref() {
        Some(BLANK) => return Some(Class::Blank),
        None => None,
        Some("read") => Some(Effect::Read),
        Some("idempotent") => Some(Effect::Idempotent),
        Some("mutation") => Some(Effect::Mutation),
        Some(other) => {
            let help = "the effects are `read`, `idempotent` and `mutation`";
            reader.problem(span, format!("{name} has the unknown effect `{other}`"), help);
            return None;
        }
    };
    match (answered, response, effect) {
        (None, None, None) => Some(Class::NeverAnswered),
        (None, _, _) => {
            let help = "remove `response` and `effect`: what no KiCad answers has no known response";
            reader.problem(
                span,
                format!("{name} is never answered, and yet has a response or an effect"),
                help,
            );
            None
        }
        (Some(answered), Some(response), Some(effect)) => Some(Class::Command { response, effect, answered }),
        (Some(_), _, _) => {
            reader.problem(span, format!("the command {name} lacks its response or its effect"), FORMS);
            None
        }
    }
}

fn overrides(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> BTreeMap<String, Override> {
    let mut result = BTreeMap::new();
    let help = "write `[override]` with lines `\"full.Name\" = { take = \"10.0\", why = \"…\" }`";
    let DeValue::Table(table) = value.get_ref() else {
        reader.problem(&value.span(), "`override` is not a table", help);
        return result;
    };
    for (key, value) in table {
        let name = key.get_ref().to_string();
        let DeValue::Table(fields) = value.get_ref() else {
            reader.problem(&key.span(), format!("the override of {name} is not a table"), help);
            continue;
        };
        let mut fields = strings(reader, fields, &["take", "why"], &name);
        let (Some(take), Some(why)) =
            (fields.remove("take"), fields.remove("why").filter(|why| !why.is_empty()))
        else {
            reader.problem(&key.span(), format!("the override of {name} lacks `take` or `why`"), help);
            continue;
        };
        result.insert(name, Override { take, why, location: reader.at(&key.span()) });
    }
    result
}

/// The strings of `table`; any other key than those `allowed` is a problem.
fn strings(
    reader: &mut Reader<'_>,
    table: &DeTable<'_>,
    allowed: &[&str],
    name: &str,
) -> BTreeMap<String, String> {
    let mut result = BTreeMap::new();
    for (key, value) in table {
        if !allowed.contains(&key.get_ref().as_ref()) {
            let help = format!("the keys are `{}`", allowed.join("`, `"));
            reader.problem(&key.span(), format!("{name} has the unknown key `{}`", key.get_ref()), help);
            continue;
        }
        if let Some(text) = reader.string(value, &format!("`{}` of {name}", key.get_ref())) {
            result.insert(key.get_ref().to_string(), text);
        }
    }
    result
}
