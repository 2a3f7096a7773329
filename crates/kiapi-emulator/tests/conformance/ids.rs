//! Ids: those that a peer made up are paired with the other's, in the order in which they first appear.

use std::collections::{HashMap, HashSet};

const LENGTH: usize = 36;

/// Which id of the first peer is which of the second.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    there: HashMap<String, String>,
    back: HashMap<String, String>,
    /// Those of the board, which both have.
    shared: HashSet<String>,
}

impl Ids {
    /// Remembers the ids that both boards have as the board's own.
    ///
    /// Two KiCads that open the same file make up some ids each: the board's (KiCad 10), those of the shapes that a
    /// custom pad consists of, and those of items that the file has none for.
    pub(crate) fn share<'a>(
        &mut self,
        first: impl Iterator<Item = &'a [u8]>,
        second: impl Iterator<Item = &'a [u8]>,
    ) {
        let [first, second] = [first.flat_map(find).collect(), second.flat_map(find).collect()]
            .map(|found: Vec<(usize, &str)>| found.into_iter().map(|(_, id)| id).collect::<HashSet<_>>());
        self.shared.extend(first.intersection(&second).map(|id| (*id).to_owned()));
    }

    /// Whether the two ids mean the same; two that are new are from now on.
    pub(crate) fn are_same(&mut self, first: &str, second: &str) -> bool {
        match (self.there.get(first), self.back.get(second)) {
            (Some(there), _) => there == second,
            (None, Some(_)) => false,
            (None, None) if first == second => true,
            (None, None) if self.shared.contains(first) || self.shared.contains(second) => false,
            (None, None) => {
                self.there.insert(first.to_owned(), second.to_owned());
                self.back.insert(second.to_owned(), first.to_owned());
                true
            }
        }
    }

    /// The id that the first peer knows instead of the second one's.
    pub(crate) fn back<'a>(&'a self, second: &'a str) -> &'a str {
        self.back.get(second).map_or(second, String::as_str)
    }

    /// Puts the second peer's ids in place of the first one's.
    pub(crate) fn translate_bytes(&self, bytes: &mut [u8]) {
        let found: Vec<(usize, String)> =
            find(bytes).filter_map(|(at, id)| Some((at, self.there.get(id)?.clone()))).collect();
        for (at, id) in found {
            bytes[at..at + LENGTH].copy_from_slice(id.as_bytes());
        }
    }
}

pub(crate) fn is_id(text: &str) -> bool {
    text.len() == LENGTH && is_id_at(text.as_bytes())
}

fn is_id_at(bytes: &[u8]) -> bool {
    bytes.iter().take(LENGTH).enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

/// Where ids are in `bytes`, and which.
pub(crate) fn find(bytes: &[u8]) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    std::iter::from_fn(move || {
        while next + LENGTH <= bytes.len() {
            let window = &bytes[next..next + LENGTH];
            // The first dash rules nearly everything out.
            if window[8] == b'-' && is_id_at(window) {
                let at = next;
                next += LENGTH;
                return Some((at, std::str::from_utf8(window).expect("hex digits and dashes are text")));
            }
            next += 1;
        }
        None
    })
}
