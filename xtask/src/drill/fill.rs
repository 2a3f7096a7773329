//! What a new KiCad needs in the two tables: filled in where it can be found out, and a blank where a person must decide.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::hints::{self, Proposed, Sentences};
use super::tables::{BLANK, Of, Table};
use crate::codegen::{self, Needs};
use crate::inputs::PROPOSED;
use crate::inputs::commands::{Class, CommandTable};
use crate::inputs::docs::Docs;
use crate::inputs::version::Version;
use crate::proto::Thing;

/// What was done to the tables, and what is left to do.
#[derive(Debug, Default)]
pub(super) struct Filled {
    /// How many lines were written that need nobody.
    pub(super) known: usize,
    /// Each line that is only proposed: the place, and why.
    pub(super) proposals: Vec<String>,
    /// Each blank: the place, and what is known about it.
    pub(super) blanks: Vec<String>,
}

/// What KiCad registers: each request with its response.
pub(super) type Pairs = BTreeMap<String, String>;

/// Completes the tables of the workspace at `root` for KiCad `version`, whose commands are `pairs` if anybody can tell.
pub(super) fn fill(root: &Path, version: Version, pairs: Option<&Pairs>) -> Result<Filled> {
    let needs = codegen::needs(root)?;
    let mut filled = Filled::default();
    let (mut of_commands, mut of_docs) = (BTreeMap::new(), BTreeMap::new());

    let (commands_path, docs_path) = (root.join("proto/commands.toml"), root.join("proto/docs.toml"));
    let mut commands = Table::read(&commands_path, Of::Commands)?;
    let mut docs = Table::read(&docs_path, Of::Docs)?;
    classify(root, &needs, version, pairs, &mut commands, &mut filled, &mut of_commands)?;
    conflicts(&needs, &mut commands, &mut of_commands);
    describe(&needs, &answers(root, pairs, &commands)?, &mut docs, &mut filled, &mut of_docs)?;
    for (path, table, hints) in [(&commands_path, &commands, &of_commands), (&docs_path, &docs, &of_docs)] {
        let text = table.text();
        if fs::read_to_string(path)? != text {
            fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        let shown = path.strip_prefix(root).unwrap_or(path).display();
        for (line, name) in table.blanks() {
            let hint = hints.get(&name).map(|hint| format!(" ({hint})")).unwrap_or_default();
            filled.blanks.push(format!("{shown}:{line}: {name}{hint}"));
        }
        for (line, name, reason) in table.proposals() {
            filled.proposals.push(format!("{shown}:{line}: {name} ({reason})"));
        }
    }
    Ok(filled)
}

/// Takes what is proposed in the tables of the workspace at `root` as decided; how many lines that are.
pub(super) fn accept(root: &Path) -> Result<usize> {
    let mut count = 0;
    for (name, of) in [("proto/commands.toml", Of::Commands), ("proto/docs.toml", Of::Docs)] {
        let path = root.join(name);
        let mut table = Table::read(&path, of)?;
        count += table.accept();
        fs::write(&path, table.text()).with_context(|| format!("cannot write {name}"))?;
    }
    Ok(count)
}

/// The messages of packages of commands: what binaries or sources tell is written down, the rest is a blank.
fn classify(
    root: &Path,
    needs: &Needs,
    version: Version,
    pairs: Option<&Pairs>,
    table: &mut Table,
    filled: &mut Filled,
    hints: &mut BTreeMap<String, String>,
) -> Result<()> {
    let things = needs.things();
    let path = root.join("proto/commands.toml");
    let known = CommandTable::load(&path, Path::new("proto/commands.toml"))?;
    let command = |name: &str, response: &str, since: &str, guess: &str| {
        let Proposed { value: effect, reason } = hints::effect(&known, name, response);
        let value = format!("{{ response = \"{response}\", effect = \"{effect}\"{since} }}");
        Proposed::new(value, format!("{guess}{reason}")).in_line()
    };
    let effect_hint = |name: &str, response: &str| {
        format!("{name} is answered with {response}: does it read, is it idempotent, or a mutation?")
    };
    // What was defined before it was answered.
    for (name, entry) in &known.entries {
        let Some(response) = pairs.and_then(|pairs| pairs.get(name)) else { continue };
        let short = name.rsplit('.').next().unwrap_or(name);
        // Still, from an earlier run.
        if entry.class == Class::Blank {
            hints.insert(name.clone(), effect_hint(short, response));
        }
        if let (Class::NeverAnswered, Some(line)) = (&entry.class, entry.location.line) {
            let since = format!(", answered = \"{version}\"");
            table.replace(line, short, &command(name, response, &since, ""))?;
        }
    }
    let used: BTreeSet<&str> =
        things.iter().flat_map(|thing| thing.types.iter().map(String::as_str)).collect();
    let responses: BTreeSet<&str> =
        pairs.into_iter().flat_map(|pairs| pairs.values().map(String::as_str)).collect();
    for thing in things.iter().filter(|thing| thing.is_message) {
        let is_command_package = thing.package.rsplit('.').next() == Some("commands");
        if !is_command_package || table.has(&thing.name) {
            continue;
        }
        let key = thing.name.strip_prefix(&format!("{}.", thing.package)).unwrap_or(&thing.name);
        let value = match pairs {
            Some(pairs) if pairs.contains_key(&thing.name) => {
                let response = &pairs[&thing.name];
                // Defined before this KiCad, and in no table: so it was not answered before.
                let since = match needs.history.since(&thing.name) {
                    Some(since) if since < version => format!(", answered = \"{version}\""),
                    _ => String::new(),
                };
                command(&thing.name, response, &since, "")
            }
            Some(_) if responses.contains(thing.name.as_str()) => "\"response\"".to_owned(),
            Some(_) if used.contains(thing.name.as_str()) => "\"part\"".to_owned(),
            Some(_) if key.ends_with("Response") => {
                Proposed::new("\"response\"", "by its name; nothing is registered with it").in_line()
            }
            Some(_) => {
                let reason = "registered by nothing, and part of nothing";
                Proposed::new("{ answered = \"never\" }", reason).in_line()
            }
            None => match hints::answered_with(&thing.name, &things) {
                Some(response) => {
                    let guess = "by the names alone, since no binaries or sources tell; ";
                    command(&thing.name, response, "", guess)
                }
                None if key.ends_with("Response") => {
                    Proposed::new("\"response\"", "by its name alone, since no binaries or sources tell")
                        .in_line()
                }
                None if used.contains(thing.name.as_str()) => {
                    Proposed::new("\"part\"", "other messages hold it, and no binaries or sources tell more")
                        .in_line()
                }
                None => {
                    let hint = "a command, a response or a part; no binaries or sources were given to tell";
                    hints.insert(thing.name.clone(), hint.to_owned());
                    format!("\"{BLANK}\"")
                }
            },
        };
        let is_known = !value.contains(&format!("\"{BLANK}\"")) && !value.contains(PROPOSED);
        filled.known += usize::from(is_known);
        table.add(&thing.package, key, &value);
    }
    Ok(())
}

/// What trees disagree on.
fn conflicts(needs: &Needs, table: &mut Table, hints: &mut BTreeMap<String, String>) {
    for (name, what) in &needs.conflicts {
        if !table.has(&format!("override.{name}")) {
            table.add("override", name, &format!("{{ take = \"{BLANK}\", why = \"{BLANK}\" }}"));
        }
        hints.insert(name.clone(), what.clone());
    }
}

/// The one command that each response answers; proposed, where that is told by names alone.
fn answers(root: &Path, pairs: Option<&Pairs>, commands: &Table) -> Result<BTreeMap<String, Answer>> {
    let table = CommandTable::parse(Path::new("proto/commands.toml"), &commands.text())
        .with_context(|| format!("{} was written wrongly", root.join("proto/commands.toml").display()))?;
    let listed = table.entries.iter().filter_map(|(name, entry)| match &entry.class {
        Class::Command { response, .. } => Some((name, response)),
        _ => None,
    });
    let mut of: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
    for (request, response) in listed.chain(pairs.into_iter().flatten()) {
        of.entry(response).or_default().insert(request);
    }
    let only = of.into_iter().filter(|(_, requests)| requests.len() == 1);
    let answers = only.map(|(response, requests)| {
        let request = *requests.first().expect("there is one");
        let is_proposed = pairs.is_none() && table.proposals.contains_key(request);
        let short = request.rsplit('.').next().unwrap_or(request);
        (response.clone(), Answer { sentence: format!("\"Answer to `{short}`.\""), is_proposed })
    });
    Ok(answers.collect())
}

/// What is said of a response.
struct Answer {
    /// As it stands in the table.
    sentence: String,
    is_proposed: bool,
}

/// A sentence for everything that has none.
fn describe(
    needs: &Needs,
    answers: &BTreeMap<String, Answer>,
    table: &mut Table,
    filled: &mut Filled,
    hints: &mut BTreeMap<String, String>,
) -> Result<()> {
    let things = needs.things();
    let docs =
        Docs::parse(Path::new("proto/docs.toml"), &table.text()).context("proto/docs.toml is wrong")?;
    let sentences = Sentences::new(&things, &docs);
    for thing in &things {
        let Thing { name, owner, .. } = thing;
        let (header, key) = match owner {
            Some(owner) => (owner.as_str(), &name[owner.len() + 1..]),
            None => (name.as_str(), "_"),
        };
        let key = if thing.is_type { "_" } else { key };
        let header = if thing.is_type { name.as_str() } else { header };
        let is_there = table.has(&format!("{header}.{key}"));
        if is_there && docs.get(name) != Some(BLANK) {
            continue;
        }
        let alike = sentences.like(thing).map(|alike| format!("; {alike}")).unwrap_or_default();
        hints.insert(name.clone(), format!("{}{alike}", thing.told));
        if is_there {
            continue;
        }
        if hints::is_zero(thing) {
            table.add(header, key, &format!("\"{}\"", hints::ZERO));
            filled.known += 1;
            continue;
        }
        let answered = answers.get(name).filter(|_| thing.is_message && name.ends_with("Response"));
        if let Some(Answer { sentence, is_proposed }) = answered {
            if *is_proposed {
                let reason = "by the names alone, since no binaries or sources tell";
                table.add(header, key, &Proposed::new(sentence, reason).in_line());
            } else {
                table.add(header, key, sentence);
                filled.known += 1;
            }
            continue;
        }
        table.add(header, key, &sentences.proposed(thing).in_line());
    }
    Ok(())
}
