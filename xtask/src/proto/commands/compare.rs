//! What KiCad registers against what `proto/commands.toml` says.

use std::fmt::Write as _;
use std::path::Path;

use super::Registered;
use crate::inputs::commands::{Answered, Class, CommandTable};
use crate::inputs::history::History;
use crate::inputs::version::Version;
use crate::problems::{Location, Problem, Problems};
use crate::proto::import::Store;

/// The outcome.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// Where the table is wrong.
    pub(super) problems: Problems,
    /// What is no mistake: a newer KiCad has more commands. Lines to be read by people.
    pub(super) news: String,
}

/// Holds `table` against what KiCad `version` registers.
pub(super) fn compare(
    registered: &Registered,
    table: &CommandTable,
    version: Version,
    store: &Store,
) -> Comparison {
    let trees: Vec<Version> = store.sources.trees().map(|(_, tree)| tree).collect();
    let of_line = trees.iter().filter(|tree| tree.line() == version.line()).max();
    let newest = of_line.or(trees.iter().max()).copied();
    let newer_than = newest.filter(|newest| version > *newest);
    let mut comparison = Comparison::default();
    let mut unknown = Vec::new();
    for (request, responses) in &registered.handlers {
        for (response, seen_in) in responses {
            if newer_than.is_some()
                && !is_known(&store.history, request)
                && !table.entries.contains_key(request)
            {
                unknown.push(format!("  {request} -> {response} ({seen_in})\n"));
            } else if let Some(problem) = handler(request, response, seen_in, table, version, &store.history)
            {
                comparison.problems.add(problem);
            }
        }
    }
    for (name, entry) in &table.entries {
        let is_answered = match &entry.class {
            Class::Command { answered: Answered::WhenDefined, .. } => store.history.has(name, version),
            Class::Command { answered: Answered::Since(since), .. } => {
                *since <= version && store.history.has(name, version)
            }
            _ => false,
        };
        if is_answered && !registered.handlers.contains_key(name) {
            let what =
                format!("{name} is said to be answered, but KiCad {version} registers no handler for it");
            let help = "if a later KiCad answers it, say since when: answered = \"VERSION\"; if none does: answered = \"never\"";
            comparison.problems.add(Problem::new(&entry.location, what, help));
        }
    }
    if let Some(newest) = newer_than {
        let _ =
            writeln!(comparison.news, "NOTE: this KiCad is newer than our tree, which is of KiCad {newest}");
        if !unknown.is_empty() {
            let _ = writeln!(
                comparison.news,
                "These commands are in no tree; that is no mistake of the table. Import the tree of KiCad {version} first:"
            );
            comparison.news.extend(unknown);
        }
    }
    comparison
}

/// Whether any KiCad that we know of has the message `name`.
fn is_known(history: &History, name: &str) -> bool {
    history.since(name).is_some()
}

/// What is wrong about one registration.
fn handler(
    request: &str,
    response: &str,
    seen_in: &str,
    table: &CommandTable,
    version: Version,
    history: &History,
) -> Option<Problem> {
    let (package, short) = request.rsplit_once('.').unwrap_or(("", request));
    let line = format!("{short} = {{ response = \"{response}\", effect = \"…\" }}");
    let Some(entry) = table.entries.get(request) else {
        let place = Location::file(Path::new("proto/commands.toml"));
        let what = format!("{request} is missing, which KiCad {version} answers with {response} ({seen_in})");
        let help = match is_known(history, request) {
            true => format!("add under [{package}]: {line}"),
            false => {
                format!("no tree has it: import KiCad {version} again, and add under [{package}]: {line}")
            }
        };
        return Some(Problem::new(&place, what, help));
    };
    let (what, help) = match &entry.class {
        Class::Command { response: ours, .. } if ours != response => (
            format!(
                "{request} is said to be answered with {ours}, but KiCad {version} answers with {response} ({seen_in})"
            ),
            format!("say: response = \"{response}\""),
        ),
        Class::Command { answered: Answered::Since(since), .. } if *since > version => (
            format!(
                "{request} is said to be answered since KiCad {since}, but KiCad {version} registers a handler ({seen_in})"
            ),
            format!("say: answered = \"{version}\", or leave it away if that is when the message appeared"),
        ),
        Class::Command { .. } | Class::Blank => return None,
        Class::NeverAnswered => (
            format!(
                "{request} is said to be answered by no KiCad, but KiCad {version} answers with {response} ({seen_in})"
            ),
            format!("say: {line}"),
        ),
        Class::Response | Class::Part => (
            format!(
                "{request} is no command here, but KiCad {version} answers it with {response} ({seen_in})"
            ),
            format!("say: {line}"),
        ),
    };
    Some(Problem::new(&entry.location, what, help))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::inputs::sources::Sources;

    const TABLE: &str = "\
[p]
Ask = { response = \"p.Told\", effect = \"read\" }
Late = { response = \"p.Told\", effect = \"read\", answered = \"10.0.1\" }
Gone = { response = \"p.Told\", effect = \"read\" }
Mute = { answered = \"never\" }
Told = \"response\"
";
    const HISTORY: &str = "\
[[version]]
kicad = \"9.0.8\"
added = [\"p.Ask\", \"p.Late\", \"p.Gone\", \"p.Mute\", \"p.Told\", \"p.Forgotten\"]
[[version]]
kicad = \"10.0.6\"
removed = [\"p.Gone\"]
";
    const TREES: &str = "\
[[tree]]
dir = \"9.0\"
kicad = \"9.0.8\"
[[tree]]
dir = \"10.0\"
kicad = \"10.0.6\"
";
    const RIGHT_9: [(&str, &str); 2] = [("p.Ask", "p.Told"), ("p.Gone", "p.Told")];
    const RIGHT_10: [(&str, &str); 2] = [("p.Ask", "p.Told"), ("p.Late", "p.Told")];

    #[track_caller]
    fn check(version: &str, pairs: &[(&str, &str)], expected: &Expect) {
        let mut registered = Registered::default();
        for (request, response) in pairs {
            registered.add((*request).to_owned(), (*response).to_owned(), "pcbnew");
        }
        let table = CommandTable::parse(Path::new("commands.toml"), TABLE).unwrap();
        let store = Store::of(Sources::parse(TREES).unwrap(), History::parse(HISTORY).unwrap());
        let Comparison { problems, news } = compare(&registered, &table, version.parse().unwrap(), &store);
        expected.assert_eq(&format!("{news}{problems}\n"));
    }

    #[test]
    fn each_version_answers_what_the_table_says_of_it() {
        check(
            "9.0.8",
            &RIGHT_9,
            &expect![[r"
            0 problems
        "]],
        );
        check(
            "10.0.6",
            &RIGHT_10,
            &expect![[r"
            0 problems
        "]],
        );
    }

    #[test]
    fn missing_handlers_are_named() {
        check(
            "9.0.8",
            &[("p.Ask", "p.Told")],
            &expect![[r#"
            commands.toml:4: p.Gone is said to be answered, but KiCad 9.0.8 registers no handler for it
              help: if a later KiCad answers it, say since when: answered = "VERSION"; if none does: answered = "never"
            1 problem
        "#]],
        );
        check(
            "10.0.6",
            &[("p.Ask", "p.Told")],
            &expect![[r#"
            commands.toml:3: p.Late is said to be answered, but KiCad 10.0.6 registers no handler for it
              help: if a later KiCad answers it, say since when: answered = "VERSION"; if none does: answered = "never"
            1 problem
        "#]],
        );
    }

    #[test]
    fn handlers_that_the_table_lacks_are_named() {
        check(
            "10.0.6",
            &[RIGHT_10.as_slice(), &[("p.Forgotten", "p.Told"), ("p.Unknown", "p.Told")]].concat(),
            &expect![[r#"
            proto/commands.toml: p.Forgotten is missing, which KiCad 10.0.6 answers with p.Told (pcbnew)
              help: add under [p]: Forgotten = { response = "p.Told", effect = "…" }
            proto/commands.toml: p.Unknown is missing, which KiCad 10.0.6 answers with p.Told (pcbnew)
              help: no tree has it: import KiCad 10.0.6 again, and add under [p]: Unknown = { response = "p.Told", effect = "…" }
            2 problems
        "#]],
        );
    }

    #[test]
    fn response_that_differs_is_named() {
        check(
            "10.0.6",
            &[("p.Ask", "p.Other"), ("p.Late", "p.Told")],
            &expect![[r#"
            commands.toml:2: p.Ask is said to be answered with p.Told, but KiCad 10.0.6 answers with p.Other (pcbnew)
              help: say: response = "p.Other"
            1 problem
        "#]],
        );
        check(
            "10.0.6",
            &[RIGHT_10.as_slice(), &[("p.Ask", "p.Other")]].concat(),
            &expect![[r#"
            commands.toml:2: p.Ask is said to be answered with p.Told, but KiCad 10.0.6 answers with p.Other (pcbnew)
              help: say: response = "p.Other"
            1 problem
        "#]],
        );
    }

    #[test]
    fn handlers_that_contradict_their_class_are_named() {
        check(
            "9.0.8",
            &[RIGHT_9.as_slice(), &[("p.Late", "p.Told"), ("p.Mute", "p.Told"), ("p.Told", "p.Told")]]
                .concat(),
            &expect![[r#"
                commands.toml:3: p.Late is said to be answered since KiCad 10.0.1, but KiCad 9.0.8 registers a handler (pcbnew)
                  help: say: answered = "9.0.8", or leave it away if that is when the message appeared
                commands.toml:5: p.Mute is said to be answered by no KiCad, but KiCad 9.0.8 answers with p.Told (pcbnew)
                  help: say: Mute = { response = "p.Told", effect = "…" }
                commands.toml:6: p.Told is no command here, but KiCad 9.0.8 answers it with p.Told (pcbnew)
                  help: say: Told = { response = "p.Told", effect = "…" }
                3 problems
            "#]],
        );
    }

    #[test]
    fn newer_kicad_is_told_apart_from_a_mistake() {
        let new = [("p.Fresh", "p.News")];
        check(
            "10.0.7",
            &[RIGHT_10.as_slice(), &new].concat(),
            &expect![[r#"
            NOTE: this KiCad is newer than our tree, which is of KiCad 10.0.6
            These commands are in no tree; that is no mistake of the table. Import the tree of KiCad 10.0.7 first:
              p.Fresh -> p.News (pcbnew)
            0 problems
        "#]],
        );
        check(
            "9.0.9",
            &[RIGHT_9.as_slice(), &new].concat(),
            &expect![[r#"
            NOTE: this KiCad is newer than our tree, which is of KiCad 9.0.8
            These commands are in no tree; that is no mistake of the table. Import the tree of KiCad 9.0.9 first:
              p.Fresh -> p.News (pcbnew)
            0 problems
        "#]],
        );
        check(
            "11.0.0",
            &[("p.Ask", "p.Other"), ("p.Late", "p.Told"), ("p.Fresh", "p.News")],
            &expect![[r#"
            NOTE: this KiCad is newer than our tree, which is of KiCad 10.0.6
            These commands are in no tree; that is no mistake of the table. Import the tree of KiCad 11.0.0 first:
              p.Fresh -> p.News (pcbnew)
            commands.toml:2: p.Ask is said to be answered with p.Told, but KiCad 11.0.0 answers with p.Other (pcbnew)
              help: say: response = "p.Other"
            1 problem
        "#]],
        );
    }
}
