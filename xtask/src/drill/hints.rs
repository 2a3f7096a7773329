//! What can be said of something new without inventing it: each time with the reason, for a person to look at.

use std::collections::{BTreeMap, BTreeSet};

use crate::inputs::commands::{Class, CommandTable, Effect};
use crate::inputs::docs::Docs;
use crate::inputs::{BLANK, PROPOSED, UNDESCRIBED};
use crate::proto::Thing;

/// The sentence of an enum's zero, which is what a message says that says nothing.
pub(super) const ZERO: &str = "Not set.";

/// Whether the thing is the zero of its enum, by its number and its name.
pub(super) fn is_zero(thing: &Thing) -> bool {
    let is_named_so = ["_UNKNOWN", "_UNSPECIFIED"].iter().any(|end| thing.name.ends_with(end));
    is_named_so && thing.told == "value = 0"
}

/// What could stand in a table, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proposed {
    pub(super) value: String,
    pub(super) reason: String,
}

impl Proposed {
    pub(super) fn new(value: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { value: value.into(), reason: reason.into() }
    }

    /// As it stands in a line of a table.
    pub(super) fn in_line(&self) -> String {
        format!("{} {PROPOSED}{}", self.value, self.reason)
    }
}

/// What a command does that is called `name` and answered with `response`. What is not known to be harmless is a mutation,
/// which is never sent twice.
pub(super) fn effect(table: &CommandTable, name: &str, response: &str) -> Proposed {
    let short = last(name);
    let twin = table.entries.iter().find_map(|(other, entry)| match &entry.class {
        Class::Command { response: answer, effect, .. } if other != name => {
            (last(other) == short && last(answer) == last(response)).then_some((other, *effect))
        }
        _ => None,
    });
    if let Some((twin, effect)) = twin {
        return Proposed::new(effect.name(), format!("its effect is that of {twin}"));
    }
    alike(table, short).unwrap_or_else(|| {
        let reason =
            format!("nothing tells the effect of {short}, and what is not known must not be sent twice");
        Proposed::new(Effect::Mutation.name(), reason)
    })
}

/// What commands do whose names begin as that of the command `short` does, if they all do the same.
fn alike(table: &CommandTable, short: &str) -> Option<Proposed> {
    let word = first_word(short);
    let alike = table.entries.iter().filter_map(|(name, entry)| match &entry.class {
        Class::Command { effect, .. } if first_word(last(name)) == word && last(name) != short => {
            Some(*effect)
        }
        _ => None,
    });
    let effects: Vec<Effect> = alike.collect();
    let (first, rest) = effects.split_first()?;
    if rest.is_empty() || rest.iter().any(|effect| effect != first) {
        return None;
    }
    let reason = format!("its effect is that of all {} others that begin with {word}", effects.len());
    Some(Proposed::new(first.name(), reason))
}

/// The message that is named as an answer to `name` would be: `NetsResponse` for `GetNets`, or `GetNetsResponse`.
pub(super) fn answered_with<'a>(name: &str, things: &'a [Thing]) -> Option<&'a str> {
    let short = last(name);
    let package = &name[..name.len() - short.len()];
    let is_there = |partner: &String| things.iter().find(|thing| thing.is_message && thing.name == *partner);
    let rest = &short[first_word(short).len()..];
    let partners = [format!("{package}{short}Response"), format!("{package}{rest}Response")];
    let partner = partners.iter().filter(|partner| *partner != name).find_map(is_there)?;
    Some(&partner.name)
}

/// Sentences of what has the same name, by what it is, each with what it is about.
pub(super) struct Sentences<'a> {
    /// Of fields, by their name and type.
    of: BTreeMap<(&'a str, &'a str), BTreeMap<String, BTreeSet<&'a str>>>,
    /// Of everything, by the name of its type, its own, and what it is.
    twins: BTreeMap<(&'a str, String), BTreeMap<String, BTreeSet<&'a str>>>,
}

impl<'a> Sentences<'a> {
    pub(super) fn new(things: &'a [Thing], docs: &Docs) -> Self {
        let mut of: BTreeMap<_, BTreeMap<String, BTreeSet<&str>>> = BTreeMap::new();
        let mut twins: BTreeMap<_, BTreeMap<String, BTreeSet<&str>>> = BTreeMap::new();
        for thing in things {
            let is_said = |sentence: &&str| {
                ![BLANK, UNDESCRIBED].contains(sentence) && !docs.proposals.contains_key(&thing.name)
            };
            let Some(sentence) = docs.get(&thing.name).filter(is_said) else { continue };
            if let Some(kind) = kind(thing) {
                let known = of.entry(kind).or_default();
                known.entry(sentence.to_owned()).or_default().insert(thing.name.as_str());
            }
            let known = twins.entry(place(thing)).or_default();
            known.entry(sentence.to_owned()).or_default().insert(thing.name.as_str());
        }
        Self { of, twins }
    }

    /// The sentence of what has the same name in a type of the same name elsewhere, or of all fields of the same name and
    /// type, where there is but one such sentence; else that there is none yet.
    pub(super) fn proposed(&self, thing: &Thing) -> Proposed {
        if let Some((sentence, names)) = self.twins.get(&place(thing)).and_then(only) {
            let name = names.first().expect("it is said of something");
            return Proposed::new(quoted(sentence), format!("as {name}"));
        }
        let fields = kind(thing).and_then(|kind| only(self.of.get(&kind)?));
        if let Some((sentence, names)) = fields.filter(|(_, names)| names.len() > 1) {
            let reason = format!("as all {} other fields of this name and type", names.len());
            return Proposed::new(quoted(sentence), reason);
        }
        let alike = self.like(thing).map(|alike| format!("; {alike}")).unwrap_or_default();
        Proposed::new(quoted(UNDESCRIBED), format!("put off: {}{alike}", thing.told))
    }

    /// What is mostly said of fields of the same name and type.
    pub(super) fn like(&self, thing: &Thing) -> Option<String> {
        let known = self.of.get(&kind(thing)?)?;
        let (sentence, fields) =
            known.iter().max_by_key(|(sentence, fields)| (fields.len(), std::cmp::Reverse(*sentence)))?;
        Some(format!("{} is \"{sentence}\"", fields.first()?))
    }
}

/// The last part of a field's name, and its type without its number.
fn kind(thing: &Thing) -> Option<(&str, &str)> {
    let what = thing.told.strip_prefix("field ")?;
    Some((last(&thing.name), what.split(" = ").next()?))
}

fn quoted(sentence: &str) -> String {
    toml::Value::from(sentence).to_string()
}

/// The last part of a thing's name with that of its type, and what it is without packages and its number.
fn place(thing: &Thing) -> (&str, String) {
    let start = match &thing.owner {
        Some(owner) if !thing.is_type => owner.len() - last(owner).len(),
        _ => thing.name.len() - last(&thing.name).len(),
    };
    let (what, number) = thing.told.split_once(" = ").unwrap_or((&thing.told, ""));
    let words = what.split_inclusive(|c: char| !(c.is_alphanumeric() || "._".contains(c))).map(last);
    // What is another value or another oneof is not the same.
    let number = if what == "value" { number } else { "" };
    (&thing.name[start..], words.chain([number]).collect())
}

/// What is said, if all say the same.
fn only<'a, 'b>(
    said: &'b BTreeMap<String, BTreeSet<&'a str>>,
) -> Option<(&'b String, &'b BTreeSet<&'a str>)> {
    if said.len() == 1 { said.first_key_value() } else { None }
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// `Get` of `GetNets`.
fn first_word(name: &str) -> &str {
    let end = name.char_indices().skip(1).find(|(_, c)| c.is_uppercase()).map_or(name.len(), |(at, _)| at);
    &name[..end]
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn thing(name: &str, told: &str) -> Thing {
        Thing {
            name: name.to_owned(),
            package: "p".to_owned(),
            owner: Some("p.M".to_owned()),
            is_message: false,
            is_type: false,
            types: Vec::new(),
            told: told.to_owned(),
        }
    }

    #[test]
    fn effect_is_that_of_a_twin_or_of_all_that_begin_so_and_else_that_of_a_mutation() {
        let text = "[p]\nGetA = { response = \"p.R\", effect = \"read\" }\nGetB = { response = \"p.R\", effect = \"read\" }\n\
                    SetA = { response = \"p.R\", effect = \"idempotent\" }\nSetB = { response = \"p.R\", effect = \"mutation\" }\n\
                    AddA = { response = \"p.R\", effect = \"idempotent\" }\nGetawayA = \"part\"\n";
        let table = CommandTable::parse(Path::new("commands.toml"), text).unwrap();
        let check = |name: &str, response: &str, value: &str, reason: &str| {
            assert_eq!(effect(&table, name, response), Proposed::new(value, reason), "{name}");
        };
        check("p.GetC", "p.R", "read", "its effect is that of all 2 others that begin with Get");
        check("q.SetA", "q.R", "idempotent", "its effect is that of p.SetA");
        for (name, response) in
            [("q.SetA", "q.S"), ("p.SetC", "p.R"), ("p.AddB", "p.R"), ("p.GetawayB", "p.R")]
        {
            let reason = format!(
                "nothing tells the effect of {}, and what is not known must not be sent twice",
                last(name)
            );
            check(name, response, "mutation", &reason);
        }
    }

    #[test]
    fn sentence_is_proposed_only_where_one_is_said() {
        let inside = |name: &str, told: &str| {
            let owner = name.rsplit_once('.').unwrap().0.to_owned();
            Thing { owner: Some(owner), ..thing(name, told) }
        };
        let things = [
            inside("p.A.x", "field p.Length = 1"),
            inside("p.B.y", "field string = 1"),
            inside("p.C.y", "field string = 2"),
            inside("p.B.z", "field bool = 1"),
            inside("p.C.z", "field bool = 1"),
            inside("p.E.ONE", "value = 1"),
            inside("p.D.w", "field bool = 1"),
        ];
        let docs = "[p]\nA.x = 'Its \"x\".'\nB.y = \"A text.\"\nC.y = \"A text.\"\nB.z = \"One.\"\nC.z = \"Two.\"\n\
                    E.ONE = \"The first.\"\nD.w = \"Not looked at.\" # proposed: by nobody\n";
        let docs = Docs::parse(Path::new("docs.toml"), docs).unwrap();
        let sentences = Sentences::new(&things, &docs);
        let check = |name: &str, told: &str, value: &str, reason: &str| {
            let proposed = sentences.proposed(&inside(name, told));
            assert_eq!(proposed, Proposed::new(value, reason), "{name}: {told}");
        };
        let none = "\"Not described yet.\"";
        check("q.A.x", "field q.Length = 7", "'Its \"x\".'", "as p.A.x");
        check("q.A.x", "field q.Width = 7", none, "put off: field q.Width = 7");
        check("q.F.y", "field string = 7", "\"A text.\"", "as all 2 other fields of this name and type");
        check("q.F.z", "field bool = 7", none, "put off: field bool = 7; p.B.z is \"One.\"");
        check("q.E.ONE", "value = 1", "\"The first.\"", "as p.E.ONE");
        check("q.E.ONE", "value = 2", none, "put off: value = 2");
        check("q.D.w", "field bool = 1", none, "put off: field bool = 1");
    }

    #[test]
    fn sentence_is_the_one_that_most_fields_of_that_name_and_type_have() {
        let things = [
            thing("p.A.x", "field int64 = 1"),
            thing("p.B.x", "field int64 = 2"),
            thing("p.C.x", "field int64 = 3"),
            thing("p.D.x", "field string = 1"),
            thing("p.E.x", "field int64 = 9"),
        ];
        let docs = "[p]\nA.x = \"One.\"\nB.x = \"Two.\"\nC.x = \"Two.\"\nE.x = \"?\"\nD.x = \"A text.\"\n";
        let docs = Docs::parse(Path::new("docs.toml"), docs).unwrap();
        let sentences = Sentences::new(&things, &docs);
        let like = |told| sentences.like(&thing("p.E.x", told));
        assert_eq!(like("field int64 = 9").as_deref(), Some("p.B.x is \"Two.\""));
        assert_eq!(like("field string = 9").as_deref(), Some("p.D.x is \"A text.\""));
        assert_eq!(like("field bool = 9"), None);
        assert_eq!(like("value = 0"), None);
    }

    #[test]
    fn answer_is_found_by_its_name() {
        let message = |name: &str| Thing { is_message: true, ..thing(name, "message") };
        let things = ["p.NetsResponse", "p.GetAllResponse", "q.ItemsResponse", "p.Response"].map(message);
        assert_eq!(answered_with("p.GetNets", &things), Some("p.NetsResponse"));
        assert_eq!(answered_with("p.GetAll", &things), Some("p.GetAllResponse"));
        for name in ["p.GetItems", "p.NetsResponse", "p.Nets.Part"] {
            assert_eq!(answered_with(name, &things), None, "{name}");
        }
    }

    #[test]
    fn zero_is_known_by_its_number_and_its_name() {
        assert!(is_zero(&thing("p.E.E_UNKNOWN", "value = 0")));
        assert!(!is_zero(&thing("p.E.E_UNKNOWN", "value = 1")));
        assert!(!is_zero(&thing("p.E.E_NONE", "value = 0")));
    }
}
