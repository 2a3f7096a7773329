//! Many items at once, read where they lie in KiCad's answer.

use std::fmt;
use std::ops::Range;

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
    let anys = AnyRefs::new(answer, ITEMS);
    let mut items = Vec::with_capacity(anys.at_most());
    for any in anys {
        items.push(read(any.map_err(unreadable)?)?);
    }
    Ok(items)
}

/// In how many steps [`read_and_free`] gives the answer's memory back.
const STEPS: usize = 8;

/// Reads the items of a `GetItemsResponse` that lies at `place` in `answer`, and frees the answer on the way.
///
/// A large board's items take more memory than their encoding. This reads from the last item to the first, and cuts off
/// what was read, so that there is never the whole of both.
///
/// # Errors
///
/// As [`read_response`]; also when `place` is not in `answer`.
///
/// # Examples
///
/// ```
/// use kiapi::api::common::commands::GetItemsResponse;
/// use kiapi::prost::Message;
/// use kiapi::{Item, Track, Via};
///
/// let items = [Item::from(Track::new()), Item::from(Via::new())];
/// let answer = GetItemsResponse::new().with_items(items.iter().map(Item::to_any)).encode_to_vec();
/// let place = 0..answer.len();
/// assert_eq!(kiapi::items::read_and_free(answer, place)?, items);
/// # Ok::<_, kiapi::items::ReadError>(())
/// ```
pub fn read_and_free(mut answer: Vec<u8>, place: Range<usize>) -> Result<Vec<Item>, ReadError> {
    let end = place.end;
    let response = answer.get(place).ok_or(ReadError(Inner::Place))?;
    let mut anys = AnyRefs::new(response, ITEMS);
    let mut places = Vec::with_capacity(anys.at_most());
    while let Some(any) = anys.next() {
        let any = any.map_err(unreadable)?;
        let end = end - anys.bytes_left();
        places.push((end - any.raw().len(), end));
    }
    let mut items = Vec::new();
    for places in places.rchunks(places.len().div_ceil(STEPS).max(1)) {
        items.reserve_exact(places.len());
        for &(start, end) in places.iter().rev() {
            items.push(read(AnyRef::new(&answer[start..end]).map_err(unreadable)?)?);
        }
        answer.truncate(places[0].0);
        answer.shrink_to_fit();
    }
    items.reverse();
    Ok(items)
}

fn unreadable(source: DecodeError) -> ReadError {
    ReadError(Inner::Answer(source))
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
    /// The answer is not where it should be.
    Place,
    /// An item is not what its type says.
    Item(AnyError),
    /// An item is of another type than was asked for.
    Type(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Answer(_) => f.write_str("the answer holds no items that can be read"),
            Inner::Place => f.write_str("the answer is shorter than it should be"),
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
            Inner::Place | Inner::Type(_) => None,
        }
    }
}
