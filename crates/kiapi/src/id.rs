//! Ids of items.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::str::FromStr;

use kiapi_gen::common::types::Kiid;

/// The length of an id as text.
const LENGTH: usize = 36;
/// Before these bytes stands a hyphen.
const GROUPS: [usize; 4] = [4, 6, 8, 10];

/// The id of an item: a UUID, as KiCad gives one to everything on a board.
///
/// # Examples
///
/// ```
/// use kiapi::Id;
///
/// let id: Id = "2b45c2ac-9d1c-4e9c-8d7d-3f0b8a6c1e02".parse()?;
/// assert_eq!(id.to_string(), "2b45c2ac-9d1c-4e9c-8d7d-3f0b8a6c1e02");
/// assert_ne!(Id::random(), Id::random());
/// # Ok::<_, kiapi::IdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id([u8; 16]);

impl Id {
    /// The id that stands for no item.
    pub const NIL: Self = Self([0; 16]);

    /// A new id, for an item that is to be created.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_ne!(kiapi::Id::random(), kiapi::Id::random());
    /// ```
    #[inline]
    pub fn random() -> Self {
        // Its keys are the operating system's chance, others for each state; a process that was forked has the same.
        let keys = RandomState::new();
        let [high, low] = [0, 1].map(|half: u64| u128::from(keys.hash_one((std::process::id(), half))));
        let mut bytes = (high << 64 | low).to_be_bytes();
        // Version 4, of the variant that all have.
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }

    /// Whether this is the id that stands for no item.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(kiapi::Id::NIL.is_nil());
    /// ```
    #[inline]
    pub fn is_nil(self) -> bool {
        self == Self::NIL
    }

    /// The text, which is ASCII.
    #[inline]
    fn text(self) -> [u8; LENGTH] {
        let (mut text, mut place) = ([b'-'; LENGTH], 0);
        for (number, byte) in self.0.into_iter().enumerate() {
            place += usize::from(GROUPS.contains(&number));
            for half in [byte >> 4, byte & 0xf] {
                text[place] = b"0123456789abcdef"[usize::from(half)];
                place += 1;
            }
        }
        text
    }
}

impl fmt::Display for Id {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

impl fmt::Debug for Id {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Id {
    type Err = IdError;

    #[inline]
    fn from_str(text: &str) -> Result<Self, IdError> {
        parse(text.as_bytes()).ok_or_else(|| IdError(text.to_owned()))
    }
}

#[inline]
fn parse(text: &[u8]) -> Option<Id> {
    let digit =
        |place: usize| char::from(*text.get(place)?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (mut bytes, mut place) = ([0; 16], 0);
    for (number, byte) in bytes.iter_mut().enumerate() {
        if GROUPS.contains(&number) {
            if text.get(place) != Some(&b'-') {
                return None;
            }
            place += 1;
        }
        *byte = digit(place)? << 4 | digit(place + 1)?;
        place += 2;
    }
    (text.len() == LENGTH).then_some(Id(bytes))
}

impl From<Id> for Kiid {
    #[inline]
    fn from(id: Id) -> Self {
        Self::new().with_value(std::str::from_utf8(&id.text()).unwrap_or_default())
    }
}

impl TryFrom<&Kiid> for Id {
    type Error = IdError;

    #[inline]
    fn try_from(id: &Kiid) -> Result<Self, IdError> {
        // As bytes: whether they are UTF-8 need not be found out again.
        parse(id.value.as_bytes()).ok_or_else(|| IdError(id.value.as_str().to_owned()))
    }
}

/// A text that is no id.
///
/// # Examples
///
/// ```
/// assert!("not an id".parse::<kiapi::Id>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdError(String);

impl fmt::Display for IdError {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no id; one looks like 2b45c2ac-9d1c-4e9c-8d7d-3f0b8a6c1e02", self.0)
    }
}

impl std::error::Error for IdError {}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread;

    use super::*;

    #[test]
    fn new_ids_are_random_and_those_of_threads_differ() {
        let ids = || (0..10_000).map(|_| Id::random()).collect::<Vec<_>>();
        let all: Vec<Id> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(ids)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });

        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 40_000);
        assert!(all.iter().all(|id| uuid::Uuid::from_bytes(id.0).get_version_num() == 4));
        // Each of the bits that chance fills is set in about half of them.
        for bit in (0..128).filter(|bit| !(76..80).contains(bit) && !(62..64).contains(bit)) {
            let set = all.iter().filter(|id| u128::from_be_bytes(id.0) >> bit & 1 == 1).count();
            assert!((18_000..22_000).contains(&set), "bit {bit} is set in {set} of 40 000");
        }
    }

    proptest::proptest! {
        #[test]
        fn text_is_that_of_any_uuid(bytes: [u8; 16], is_upper: bool) {
            let text = uuid::Uuid::from_bytes(bytes).to_string();
            proptest::prop_assert_eq!(Id(bytes).to_string(), text.as_str());
            proptest::prop_assert_eq!(&Kiid::from(Id(bytes)).value, text.as_str());
            let text = if is_upper { text.to_uppercase() } else { text };
            proptest::prop_assert_eq!(text.parse(), Ok(Id(bytes)));
        }

        #[test]
        fn text_that_is_nearly_an_id_is_read_as_uuid_reads_it(text in "[0-9a-fA-F-]{34,38}", at in 0..36_usize, other: char) {
            let id = "2b45c2ac-9d1c-4e9c-8d7d-3f0b8a6c1e02";
            let changed = format!("{}{other}{}", &id[..at], &id[at + 1..]);
            for text in [text, changed] {
                let expected = uuid::Uuid::try_parse(&text).ok().filter(|_| text.len() == LENGTH);
                proptest::prop_assert_eq!(parse(text.as_bytes()), expected.map(|id| Id(id.into_bytes())), "{}", text);
            }
        }
    }
}
