//! What is known of a message, field, oneof, enum or value by its name, behind the feature `reflect`.

use crate::ApiVersion;
// Written by codegen: a line for each thing, in the order of the names.
use crate::generated::FACTS;

/// What is known of a message, field, oneof, enum or value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct About {
    /// What it is, in a sentence or a few, with units.
    pub sentence: &'static str,
    /// The KiCad in which it appeared.
    pub since: Option<ApiVersion>,
    /// The first KiCad that does not have it any more.
    pub until: Option<ApiVersion>,
}

/// What is known of a message, field, oneof, enum or value of KiCad's API, by its full name.
///
/// # Examples
///
/// ```
/// use kiapi_gen::{ApiVersion, about};
///
/// let width = about("kiapi.board.types.Track.width").unwrap();
/// assert!(width.sentence.contains("nanometres"));
/// assert_eq!(width.since, Some(ApiVersion::new(9, 0, 0)));
/// assert_eq!(about("kiapi.board.types.Track.colour"), None);
/// ```
#[inline]
pub fn about(full_name: &str) -> Option<About> {
    let facts = FACTS.lines().filter_map(|line| line.strip_prefix(full_name)?.strip_prefix('\t'));
    let mut parts = facts.into_iter().next()?.splitn(3, '\t');
    let mut part = || parts.next().unwrap_or_default();
    let (since, until, sentence) = (part(), part(), part());
    Some(About { sentence, since: since.parse().ok(), until: until.parse().ok() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_can_be_asked_for() {
        let mut before = "";
        for line in FACTS.lines() {
            let [name, since, until, sentence] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("`{line}` has not four parts");
            };
            assert!(before < name, "{name} comes after {before}");
            before = name;
            let about = about(name).expect("it has a line");
            assert_eq!(about.sentence, sentence);
            let text = |version: Option<ApiVersion>| version.map(|it| it.to_string()).unwrap_or_default();
            assert_eq!((text(about.since).as_str(), text(about.until).as_str()), (since, until), "{name}");
            assert!(!sentence.is_empty(), "{name}");
        }
        assert_eq!(about(""), None);
    }
}
