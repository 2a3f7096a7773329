//! The text of an id, which is kept where it stands.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

/// The length of a UUID as text.
pub(crate) const ROOM: usize = 36;
#[expect(clippy::cast_possible_truncation, reason = "it is small")]
const UUID: u8 = ROOM as u8;

/// The text of an id. It is read as a `str`, and a UUID takes no memory of its own.
///
/// Any other text is kept too, as it came.
///
/// # Examples
///
/// ```
/// use kiapi_gen::IdText;
/// use kiapi_gen::common::types::Kiid;
///
/// let id = Kiid::new().with_value("2b45c2ac-9d1c-4e9c-8d7d-3f0b8a6c1e02");
/// assert_eq!(id.value, "2b45c2ac-9d1c-4e9c-8d7d-3f0b8a6c1e02");
/// assert!(id.value.starts_with("2b45"));
/// assert_eq!(String::from(IdText::from("any text")), "any text");
/// ```
#[derive(Clone)]
pub struct IdText(Inner);

#[derive(Clone)]
enum Inner {
    /// A text of this length, which was a `str` before.
    Short(u8, [u8; ROOM]),
    Long(Box<str>),
}

impl IdText {
    /// A text of letters and digits that fits: what nearly all ids are.
    #[inline]
    pub(crate) fn from_ascii(bytes: &[u8]) -> Option<Self> {
        // A UUID goes as a whole: what is stored in pieces and moved at once makes the processor wait.
        if let Ok(uuid) = <&[u8; ROOM]>::try_from(bytes) {
            return uuid.is_ascii().then_some(Self(Inner::Short(UUID, *uuid)));
        }
        let length = u8::try_from(bytes.len()).ok()?;
        if bytes.len() > ROOM || !bytes.is_ascii() {
            return None;
        }
        let mut room = [0; ROOM];
        room[..bytes.len()].copy_from_slice(bytes);
        Some(Self(Inner::Short(length, room)))
    }

    /// The text.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(kiapi_gen::IdText::default().as_str(), "");
    /// ```
    #[inline]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Inner::Short(length, bytes) => {
                std::str::from_utf8(&bytes[..usize::from(*length)]).unwrap_or_default()
            }
            Inner::Long(text) => text,
        }
    }

    /// The text, as UTF-8.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(kiapi_gen::IdText::from("µ").as_bytes(), [0xc2, 0xb5]);
    /// ```
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Inner::Short(length, bytes) => &bytes[..usize::from(*length)],
            Inner::Long(text) => text.as_bytes(),
        }
    }

    /// The text, if it is as long as that of a UUID.
    #[inline]
    pub(crate) fn as_uuid(&self) -> Option<&[u8; ROOM]> {
        match &self.0 {
            Inner::Short(length, bytes) if usize::from(*length) == ROOM => Some(bytes),
            _ => None,
        }
    }

    /// How many bytes the text has.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(kiapi_gen::IdText::from("µ").len(), 2);
    /// ```
    #[inline]
    pub fn len(&self) -> usize {
        self.as_bytes().len()
    }

    /// Whether there is no text.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(kiapi_gen::IdText::default().is_empty());
    /// ```
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Default for IdText {
    #[inline]
    fn default() -> Self {
        Self(Inner::Short(0, [0; ROOM]))
    }
}

impl From<&str> for IdText {
    #[inline]
    fn from(text: &str) -> Self {
        match u8::try_from(text.len()) {
            Ok(length) if text.len() <= ROOM => {
                let mut bytes = [0; ROOM];
                bytes[..text.len()].copy_from_slice(text.as_bytes());
                Self(Inner::Short(length, bytes))
            }
            _ => Self(Inner::Long(text.into())),
        }
    }
}

macro_rules! from {
    ($($text:ty)*) => {
        $(impl From<$text> for IdText {
            #[inline]
            fn from(text: $text) -> Self {
                let text: &str = &text;
                Self::from(text)
            }
        })*
    };
}

from!(String &String Box<str> Cow<'_, str> &IdText);

impl From<IdText> for String {
    #[inline]
    fn from(text: IdText) -> Self {
        text.as_str().to_owned()
    }
}

impl Deref for IdText {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for IdText {
    #[inline]
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for IdText {
    #[inline]
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for IdText {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for IdText {}

impl PartialOrd for IdText {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for IdText {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for IdText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

macro_rules! equal {
    ($($text:ty)*) => {
        $(impl PartialEq<$text> for IdText {
            #[inline]
            fn eq(&self, other: &$text) -> bool {
                self.as_bytes() == other.as_bytes()
            }
        }

        impl PartialEq<IdText> for $text {
            #[inline]
            fn eq(&self, other: &IdText) -> bool {
                other == self
            }
        })*
    };
}

equal!(String & str);

impl PartialEq<str> for IdText {
    #[inline]
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<IdText> for str {
    #[inline]
    fn eq(&self, other: &IdText) -> bool {
        other == self
    }
}

impl fmt::Display for IdText {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl fmt::Debug for IdText {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
