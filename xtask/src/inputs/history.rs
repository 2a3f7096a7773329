//! `proto/history.toml`: in which KiCad each message, field, oneof, enum and value first appeared, and went away.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

use super::version::Version;

const HEADER: &str = "\
# In which KiCad each message, field, oneof, enum and enum value appeared, and in which it was gone: each version with
# what it added to the version before it in this file, and what it removed. A name that was respelt counts as removed
# and added. Written by `cargo xtask proto import` and `cargo xtask proto history`; not meant to be edited.
";

/// What each known KiCad has, by full name: `kiapi.board.types.Track.net`, `kiapi.board.types.BoardLayer.BL_F_Cu`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct History {
    versions: BTreeMap<Version, BTreeSet<String>>,
}

/// The file as it is written down.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    version: Vec<Step>,
}

/// One version: what it has that the one before had not, and the other way round.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    kicad: String,
    #[serde(default)]
    added: BTreeSet<String>,
    #[serde(default)]
    removed: BTreeSet<String>,
}

impl History {
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let text = super::read_if_there(path)?.with_context(|| format!("there is no {}", path.display()))?;
        Self::parse(&text)
    }

    /// Like [`load`](Self::load); a file that does not exist yet is an empty one.
    pub(crate) fn load_or_default(path: &Path) -> Result<Self> {
        let text = super::read_if_there(path)?.unwrap_or_default();
        Self::parse(&text).with_context(|| format!("cannot read {}", path.display()))
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        let document: Document = toml::from_str(text)?;
        let mut history = Self::default();
        let mut present = BTreeSet::new();
        for step in document.version {
            let version: Version = step.kicad.parse().map_err(anyhow::Error::msg)?;
            if let Some(newest) = history.versions().next_back() {
                ensure!(
                    newest < version,
                    "KiCad {version} stands behind {newest}; versions come oldest first"
                );
            }
            for name in &step.removed {
                ensure!(
                    present.remove(name),
                    "KiCad {version} removes {name}, which no version before it has"
                );
            }
            for name in step.added {
                if let Some(name) = present.replace(name) {
                    bail!("KiCad {version} adds {name}, which the version before it has already");
                }
            }
            history.versions.insert(version, present.clone());
        }
        Ok(history)
    }

    /// The text of the file.
    pub(crate) fn render(&self) -> String {
        let mut text = HEADER.to_owned();
        let nothing = BTreeSet::new();
        let mut before = &nothing;
        for (version, names) in &self.versions {
            let _ = write!(text, "\n[[version]]\nkicad = \"{version}\"\n");
            for (key, list) in [("added", names.difference(before)), ("removed", before.difference(names))] {
                let lines: String = list.map(|name| format!("    \"{name}\",\n")).collect();
                if !lines.is_empty() {
                    let _ = write!(text, "{key} = [\n{lines}]\n");
                }
            }
            before = names;
        }
        text
    }

    /// What is known of `newest` and those before it.
    pub(crate) fn up_to(&self, newest: Version) -> Self {
        Self {
            versions: self
                .versions
                .range(..=newest)
                .map(|(version, names)| (*version, names.clone()))
                .collect(),
        }
    }

    /// Notes that `version` has `names` and nothing else, in place of what was known of it.
    pub(crate) fn insert(&mut self, version: Version, names: BTreeSet<String>) {
        self.versions.insert(version, names);
    }

    /// What `version` has, if it is known.
    pub(crate) fn names(&self, version: Version) -> Option<&BTreeSet<String>> {
        self.versions.get(&version)
    }

    /// The known versions, the oldest first.
    pub(crate) fn versions(&self) -> impl DoubleEndedIterator<Item = Version> {
        self.versions.keys().copied()
    }

    /// The first KiCad that has `full_name`.
    pub(crate) fn since(&self, full_name: &str) -> Option<Version> {
        self.versions.iter().find_map(|(version, names)| names.contains(full_name).then_some(*version))
    }

    /// The first KiCad without `full_name` after those that have it; none while the newest one has it.
    pub(crate) fn until(&self, full_name: &str) -> Option<Version> {
        let mut newest_first = self.versions.iter().rev();
        let without = newest_first.by_ref().take_while(|(_, names)| !names.contains(full_name));
        let gone = without.last().map(|(version, _)| *version)?;
        self.since(full_name).map(|_| gone)
    }

    /// Whether `version` has `full_name`, as far as is known: an unknown version has what the one before it has.
    pub(crate) fn has(&self, full_name: &str, version: Version) -> bool {
        let known = self.versions.range(..=version).next_back();
        known.is_some_and(|(_, names)| names.contains(full_name))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const V1: Version = Version::new(9, 0, 0);
    const V2: Version = Version::new(9, 0, 8);
    const V3: Version = Version::new(10, 0, 1);
    const V4: Version = Version::new(10, 0, 6);

    fn history(versions: &[(Version, &str)]) -> History {
        let mut history = History::default();
        for (version, names) in versions {
            history.insert(*version, names.split_whitespace().map(str::to_owned).collect());
        }
        history
    }

    fn steps(history: &History) -> String {
        history.render().strip_prefix(HEADER).unwrap().to_owned()
    }

    #[track_caller]
    fn check_refused(text: &str, expected: &Expect) {
        expected.assert_eq(&format!("{:#}", History::parse(text).unwrap_err()));
    }

    #[test]
    fn replay_gives_back_what_was_written() {
        let written = history(&[(V1, "a b"), (V2, "a b c"), (V3, "a c"), (V4, "a b c")]);
        assert_eq!(History::parse(&written.render()).unwrap(), written);
        expect![[r#"

            [[version]]
            kicad = "9.0.0"
            added = [
                "a",
                "b",
            ]

            [[version]]
            kicad = "9.0.8"
            added = [
                "c",
            ]

            [[version]]
            kicad = "10.0.1"
            removed = [
                "b",
            ]

            [[version]]
            kicad = "10.0.6"
            added = [
                "b",
            ]
        "#]]
        .assert_eq(&steps(&written));
    }

    #[test]
    fn version_in_between_takes_over_what_it_was_first_to_have() {
        let mut read = History::parse(&history(&[(V1, "a"), (V3, "a b c")]).render()).unwrap();
        assert_eq!(read.since("b"), Some(V3));
        read.insert(V2, ["a".to_owned(), "b".to_owned()].into());
        assert_eq!((read.since("b"), read.since("c")), (Some(V2), Some(V3)));
        assert_eq!(
            read,
            history(&[(V3, "a b c"), (V1, "a"), (V2, "a b")]),
            "the order of insertion does not matter"
        );
    }

    #[test]
    fn inserting_twice_changes_nothing() {
        let mut twice = history(&[(V1, "a"), (V2, "a b")]);
        twice.insert(V1, ["a".to_owned()].into());
        assert_eq!(twice, history(&[(V1, "a"), (V2, "a b")]));
    }

    #[test]
    fn gone_is_the_first_version_without() {
        let history = history(&[(V1, "old back"), (V2, "new"), (V3, "back"), (V4, "back")]);
        assert_eq!((history.since("old"), history.until("old")), (Some(V1), Some(V2)));
        assert_eq!((history.since("new"), history.until("new")), (Some(V2), Some(V3)));
        assert_eq!(
            (history.since("back"), history.until("back")),
            (Some(V1), None),
            "what came back is not gone"
        );
        assert_eq!((history.since("never"), history.until("never")), (None, None));
    }

    #[test]
    fn unknown_version_has_what_the_one_before_it_has() {
        let history = history(&[(V1, "a"), (V3, "b")]);
        assert!(history.has("a", V1) && history.has("a", V2) && !history.has("a", V3));
        assert!(history.has("b", Version::new(11, 0, 0)) && !history.has("a", Version::new(8, 0, 0)));
    }

    #[test]
    fn contradictions_are_refused() {
        check_refused(
            "[[version]]\nkicad = \"9.0.0\"\nremoved = [\"a\"]",
            &expect!["KiCad 9.0.0 removes a, which no version before it has"],
        );
        check_refused(
            "[[version]]\nkicad = \"9.0.0\"\nadded = [\"a\"]\n[[version]]\nkicad = \"9.0.1\"\nadded = [\"a\"]",
            &expect!["KiCad 9.0.1 adds a, which the version before it has already"],
        );
        check_refused(
            "[[version]]\nkicad = \"9.0.1\"\n[[version]]\nkicad = \"9.0.0\"",
            &expect!["KiCad 9.0.0 stands behind 9.0.1; versions come oldest first"],
        );
        check_refused(
            "[[version]]\nkicad = \"nine\"",
            &expect!["`nine` is not a KiCad version such as `10.0.6`"],
        );
    }
}
