//! Ids of items.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::str::FromStr;

use kiapi_gen::common::types::Kiid;
use uuid::{Builder, Uuid};

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
pub struct Id(Uuid);

impl Id {
    /// The id that stands for no item.
    pub const NIL: Self = Self(Uuid::nil());

    /// A new id, for an item that is to be created.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_ne!(kiapi::Id::random(), kiapi::Id::random());
    /// ```
    #[inline]
    pub fn random() -> Self {
        // Its keys are the operating system's chance, others for each state; a process that was forked has the same. The `v4` of
        // uuid takes them from a crate that is, with what it needs, a twentieth of what building this one costs.
        let keys = RandomState::new();
        let [high, low] = [0, 1].map(|half: u64| u128::from(keys.hash_one((std::process::id(), half))));
        Self(Builder::from_random_bytes((high << 64 | low).to_be_bytes()).into_uuid())
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
        self.0.is_nil()
    }
}

impl fmt::Display for Id {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Id {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
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
    // The crate reads more spellings than KiCad writes.
    if text.len() == 36 { Uuid::try_parse_ascii(text).ok().map(Id) } else { None }
}

impl From<Id> for Kiid {
    #[inline]
    fn from(id: Id) -> Self {
        let mut text = Uuid::encode_buffer();
        Self::new().with_value(&*id.0.hyphenated().encode_lower(&mut text))
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
        assert!(all.iter().all(|id| id.0.get_version_num() == 4));
        // Each of the bits that chance fills is set in about half of them.
        for bit in (0..128).filter(|bit| !(76..80).contains(bit) && !(62..64).contains(bit)) {
            let set = all.iter().filter(|id| id.0.as_u128() >> bit & 1 == 1).count();
            assert!((18_000..22_000).contains(&set), "bit {bit} is set in {set} of 40 000");
        }
    }
}
