//! Which message a C++ type is.

use std::collections::BTreeSet;

use super::cpp::Names;

/// How often one alias may lead to another.
const MAX_ALIASES: usize = 16;

/// The full name of the message that `name` means where `names` are declared, among the messages that are `known`;
/// otherwise why that cannot be said.
pub(super) fn resolve(name: &str, names: &Names, known: &BTreeSet<String>) -> Result<String, String> {
    let compact: String = name.split_whitespace().collect();
    let is_absolute = compact.starts_with("::");
    let mut name = compact.trim_start_matches("::").to_owned();
    if name.is_empty() || !name.split("::").all(is_identifier) {
        return Err(format!("`{compact}` is not the name of a type"));
    }
    if !is_absolute {
        for _ in 0..MAX_ALIASES {
            let (first, rest) =
                name.split_once("::").map_or((name.as_str(), None), |(first, rest)| (first, Some(rest)));
            let Some(target) = names.aliases.get(first).filter(|target| *target != &name) else {
                break;
            };
            name = rest.map_or_else(|| target.clone(), |rest| format!("{target}::{rest}"));
        }
    }
    let dotted = name.replace("::", ".");
    if is_known(&dotted, known) {
        return Ok(dotted);
    }
    let of_namespaces: BTreeSet<String> = names
        .namespaces
        .iter()
        .map(|namespace| format!("{}.{dotted}", namespace.replace("::", ".")))
        .filter(|name| is_known(name, known))
        .collect();
    // What no namespace in sight has may be made visible by a header that was not read.
    let suffix = format!(".{dotted}");
    let anywhere = known.iter().map(String::as_str).chain([EMPTY]).filter(|name| name.ends_with(&suffix));
    let candidates =
        if of_namespaces.is_empty() { anywhere.map(str::to_owned).collect() } else { of_namespaces };
    let mut found = candidates.iter();
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only.clone()),
        (Some(_), Some(_)) => Err(format!(
            "`{compact}` may be any of {}",
            candidates.iter().cloned().collect::<Vec<_>>().join(", ")
        )),
        // A message that is newer than our trees.
        (None, _) if dotted.starts_with("kiapi.") => Ok(dotted),
        (None, _) => Err(format!("`{compact}` is no message that is known")),
    }
}

/// What commands without a response are answered with; it is in no tree.
const EMPTY: &str = "google.protobuf.Empty";

fn is_known(name: &str, known: &BTreeSet<String>) -> bool {
    known.contains(name) || name == EMPTY
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const KNOWN: [&str; 6] = [
        "kiapi.common.commands.Ping",
        "kiapi.common.types.Box2",
        "kiapi.board.types.Line",
        "kiapi.schematic.types.Line",
        "kiapi.board.commands.Save",
        "kiapi.common.commands.Save",
    ];

    #[track_caller]
    fn check(source: &str, name: &str, expected: &Expect) {
        let mut names = Names::default();
        names.collect(source);
        let known = KNOWN.map(str::to_owned).into();
        expected.assert_eq(&resolve(name, &names, &known).unwrap_or_else(|error| format!("error: {error}")));
    }

    #[test]
    fn full_names_need_nothing() {
        check("", "kiapi::common::commands::Ping", &expect!["kiapi.common.commands.Ping"]);
        check("", " ::kiapi :: common::types::Box2\n", &expect!["kiapi.common.types.Box2"]);
        check("", "google::protobuf::Empty", &expect!["google.protobuf.Empty"]);
    }

    #[test]
    fn namespaces_and_aliases_are_followed() {
        check("using namespace kiapi::board::commands;", "Save", &expect!["kiapi.board.commands.Save"]);
        check("using namespace kiapi::common;", "types::Box2", &expect!["kiapi.common.types.Box2"]);
        check("namespace t = kiapi::schematic::types;", "t::Line", &expect!["kiapi.schematic.types.Line"]);
        check("using google::protobuf::Empty;", "Empty", &expect!["google.protobuf.Empty"]);
        check(
            "namespace k = kiapi; using B = k::common::types::Box2;",
            "B",
            &expect!["kiapi.common.types.Box2"],
        );
        check("using A = B; using B = A;", "A", &expect!["error: `A` is no message that is known"]);
    }

    #[test]
    fn last_part_decides_only_when_it_is_unique() {
        check("", "Ping", &expect!["kiapi.common.commands.Ping"]);
        check("", "Empty", &expect!["google.protobuf.Empty"]);
        check(
            "",
            "Line",
            &expect!["error: `Line` may be any of kiapi.board.types.Line, kiapi.schematic.types.Line"],
        );
        check(
            "using namespace kiapi::board::commands; using namespace kiapi::common::commands;",
            "Save",
            &expect!["error: `Save` may be any of kiapi.board.commands.Save, kiapi.common.commands.Save"],
        );
    }

    #[test]
    fn unknown_names_are_told_apart_from_newer_ones() {
        check("", "kiapi::board::commands::Brandnew", &expect!["kiapi.board.commands.Brandnew"]);
        check("", "Brandnew", &expect!["error: `Brandnew` is no message that is known"]);
        check("", "std::vector<int>", &expect!["error: `std::vector<int>` is not the name of a type"]);
        check("", "", &expect!["error: `` is not the name of a type"]);
    }
}
