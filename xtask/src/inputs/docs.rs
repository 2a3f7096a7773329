//! `proto/docs.toml`: our sentence for each message, field, enum and value, by its full name.

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::DeValue;

use super::table::{self, Reader};
use super::{BLANK, Proposal, UNDESCRIBED};
use crate::problems::{Location, Problems};

/// The key that documents the message or enum of its table itself.
const ITSELF: &str = "_";

/// All sentences, by full name.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Docs {
    entries: BTreeMap<String, (String, Location)>,
    /// What is said by a tool and was not looked at yet, by full name.
    pub(crate) proposals: BTreeMap<String, Proposal>,
}

impl Docs {
    pub(crate) fn load(path: &Path, shown: &Path) -> Result<Self, Problems> {
        Self::parse(shown, &table::read(path, shown)?)
    }

    pub(crate) fn parse(file: &Path, text: &str) -> Result<Self, Problems> {
        let (mut reader, table) = Reader::new(file, text);
        let (mut entries, mut proposals) = (BTreeMap::new(), BTreeMap::new());
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
            if let Some(proposal) = reader.proposal(&span, &value.span()) {
                proposals.insert(name.clone(), proposal);
            }
            entries.insert(name, (sentence, reader.at(&span)));
        });
        reader.problems.unless(Self { entries, proposals })
    }

    /// What a person must still write.
    pub(crate) fn blanks(&self) -> impl Iterator<Item = (&str, &Location)> {
        let blanks = self.entries.iter().filter(|(_, (sentence, _))| sentence == BLANK);
        blanks.map(|(name, (_, location))| (name.as_str(), location))
    }

    /// Whether a sentence was put off, to be written later.
    pub(crate) fn is_undescribed(&self, name: &str) -> bool {
        self.get(name) == Some(UNDESCRIBED)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.entries.get(name).map(|(sentence, _)| sentence.as_str())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Location)> {
        self.entries.iter().map(|(name, (_, location))| (name.as_str(), location))
    }
}
