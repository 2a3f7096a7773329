//! Many items at once, read where they lie in KiCad's answer.

use std::fmt;

use kiapi_gen::prost::DecodeError;
use kiapi_gen::{Any, AnyError, AnyRef, AnyRefs};

use super::Item;

/// The field of `GetItemsResponse` that holds the items.
const ITEMS: u32 = 3;

/// Reads the items of a `GetItemsResponse` from its encoding.
///
/// Each item is decoded where it lies: no type is copied, and no value but into the item itself.
///
/// # Errors
///
/// When the bytes are no such answer, or an item is not what its type says.
///
/// # Examples
///
/// ```
/// use kiapi::api::common::commands::GetItemsResponse;
/// use kiapi::prost::Message;
/// use kiapi::{Item, Track, Via};
///
/// let items = [Item::from(Track::new()), Item::from(Via::new())];
/// let answer = GetItemsResponse::new().with_items(items.iter().map(Item::to_any));
/// assert_eq!(kiapi::items::read_response(&answer.encode_to_vec())?, items);
/// # Ok::<_, kiapi::items::ReadError>(())
/// ```
pub fn read_response(answer: &[u8]) -> Result<Vec<Item>, ReadError> {
    let mut items = Vec::new();
    items.reserve_exact(AnyRefs::new(answer, ITEMS).count());
    for any in AnyRefs::new(answer, ITEMS) {
        let any = any.map_err(|source| ReadError(Inner::Answer(source)))?;
        items.push(read(any)?);
    }
    Ok(items)
}

fn read(any: AnyRef<'_>) -> Result<Item, ReadError> {
    Item::from_any_ref(any).map_err(|source| ReadError(Inner::Item(source)))
}

/// Reads items that must all be of the type `T`.
///
/// # Errors
///
/// When an item is not what its type says, or is of another type.
///
/// # Examples
///
/// ```
/// use kiapi::{Item, Track, Via, items};
///
/// let tracks = [Item::from(Track::new()).to_any()];
/// assert_eq!(items::decode_all::<Track>(tracks.clone())?, [Track::new()]);
/// assert_eq!(
///     items::decode_all::<Via>(tracks).unwrap_err().to_string(),
///     "a kiapi.board.types.Track came among items of another type"
/// );
/// # Ok::<_, kiapi::items::ReadError>(())
/// ```
pub fn decode_all<T: TryFrom<Item>>(items: impl IntoIterator<Item = Any>) -> Result<Vec<T>, ReadError> {
    let decode = |any: Any| {
        let name = any.full_name().to_owned();
        let item = Item::from_any(any).map_err(|source| ReadError(Inner::Item(source)))?;
        T::try_from(item).map_err(|_| ReadError(Inner::Type(name)))
    };
    items.into_iter().map(decode).collect()
}

/// Why items could not be read.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadError(Inner);

#[derive(Clone, Debug, PartialEq)]
enum Inner {
    /// What should hold the items is no such message.
    Answer(DecodeError),
    /// An item is not what its type says.
    Item(AnyError),
    /// An item is of another type than was asked for.
    Type(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Answer(_) => f.write_str("the answer holds no items that can be read"),
            Inner::Item(_) => f.write_str("an item cannot be read"),
            Inner::Type(name) => write!(f, "a {name} came among items of another type"),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Inner::Answer(source) => Some(source),
            Inner::Item(source) => Some(source),
            Inner::Type(_) => None,
        }
    }
}
