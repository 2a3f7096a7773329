//! `proto/docs.toml`: our sentence for each message, field, enum and value, by its full name.

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::DeValue;

use super::BLANK;
use super::table::{self, Reader};
use crate::problems::{Location, Problems};

/// The key that documents the message or enum of its table itself.
const ITSELF: &str = "_";

/// All sentences, by full name.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Docs {
    entries: BTreeMap<String, (String, Location)>,
}

impl Docs {
    pub(crate) fn load(path: &Path, shown: &Path) -> Result<Self, Problems> {
        Self::parse(shown, &table::read(path, shown)?)
    }

    pub(crate) fn parse(file: &Path, text: &str) -> Result<Self, Problems> {
        let (mut reader, table) = Reader::new(file, text);
        let mut entries = BTreeMap::new();
        reader.leaves(&table, &mut Vec::new(), &|_: &DeValue<'_>| false, &mut |reader, path, span, value| {
            let path =
                if path.last().is_some_and(|key| key == ITSELF) { &path[..path.len() - 1] } else { path };
            let name = path.join(".");
            let Some(sentence) = reader.string(value, &format!("the documentation of {name}")) else {
                return;
            };
            if sentence.trim().is_empty() {
                reader.problem(
                    &span,
                    format!("{name} has an empty documentation"),
                    "say in a sentence what it is",
                );
            }
            entries.insert(name, (sentence, reader.at(&span)));
        });
        reader.problems.unless(Self { entries })
    }

    /// What a person must still write.
    pub(crate) fn blanks(&self) -> impl Iterator<Item = (&str, &Location)> {
        let blanks = self.entries.iter().filter(|(_, (sentence, _))| sentence == BLANK);
        blanks.map(|(name, (_, location))| (name.as_str(), location))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.entries.get(name).map(|(sentence, _)| sentence.as_str())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Location)> {
        self.entries.iter().map(|(name, (_, location))| (name.as_str(), location))
    }
}
