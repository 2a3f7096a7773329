//! Ids of items.

use std::fmt;
use std::str::FromStr;

use kiapi_gen::common::types::Kiid;
use uuid::Uuid;

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
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// Whether this is the id that stands for no item.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(kiapi::Id::NIL.is_nil());
    /// ```
    pub fn is_nil(self) -> bool {
        self.0.is_nil()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Id {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        parse(text.as_bytes()).ok_or_else(|| IdError(text.to_owned()))
    }
}

fn parse(text: &[u8]) -> Option<Id> {
    // The crate reads more spellings than KiCad writes.
    if text.len() == 36 { Uuid::try_parse_ascii(text).ok().map(Id) } else { None }
}

impl From<Id> for Kiid {
    fn from(id: Id) -> Self {
        let mut text = Uuid::encode_buffer();
        Self::new().with_value(&*id.0.hyphenated().encode_lower(&mut text))
    }
}

impl TryFrom<&Kiid> for Id {
    type Error = IdError;

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
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no id; one looks like 2b45c2ac-9d1c-4e9c-8d7d-3f0b8a6c1e02", self.0)
    }
}

impl std::error::Error for IdError {}
