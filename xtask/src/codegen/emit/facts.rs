//! What is told of everything by its name, as a text that programs which work with names embed.

use super::super::ir::{Api, Fact};
use crate::inputs::version::Version;

/// A line for each message, field, oneof, enum and value, in the order of their names: the name, the KiCad in which it
/// appeared, the first without it, and our sentence, with tabs between.
pub(crate) fn table(api: &Api) -> String {
    let version = |version: &Option<Version>| version.as_ref().map(Version::to_string).unwrap_or_default();
    let line = |(name, fact): (&String, &Fact)| {
        let words: Vec<&str> = fact.sentence.split_whitespace().collect();
        format!("{name}\t{}\t{}\t{}\n", version(&fact.since), version(&fact.until), words.join(" "))
    };
    api.facts.iter().map(line).collect()
}
