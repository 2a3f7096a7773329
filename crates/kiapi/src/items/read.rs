//! Many items at once, read where they lie in KiCad's answer.

use std::fmt;
use std::ops::Range;

use kiapi_gen::prost::DecodeError;
use kiapi_gen::{Any, AnyError, AnyRef, AnyRefs};

use super::{Item, ObjectType};

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
#[inline]
pub fn read_response(answer: &[u8]) -> Result<Vec<Item>, ReadError> {
    let anys = AnyRefs::new(answer, ITEMS);
    let mut items = Vec::with_capacity(anys.at_most());
    for any in anys {
        Item::read(any.map_err(unreadable)?, &mut items).map_err(unread)?;
    }
    Ok(items)
}

/// Reads the items of a `GetItemsResponse` that lies at `place` in `answer`, and frees the answer on the way.
///
/// A large board's items take more memory than their encoding. This cuts off what was read, so that there is never the
/// whole of both.
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
#[inline]
pub fn read_and_free(answer: Vec<u8>, place: Range<usize>) -> Result<Vec<Item>, ReadError> {
    Ok(read_as(answer, place)?.0)
}

/// After how many tenths of the items [`read_as`] cuts them off the answer: half, so that what is left need not be moved
/// far, and last so many that little of the answer is left when nearly all items are there.
const CUTS: [usize; 3] = [5, 8, 10];

/// Reads the items of one type, as [`read_and_free`] reads all. Others are left out: how many, is the number.
///
/// There is room for a tenth more at a time. glibc moves a list that grows in large steps so that its heap becomes longer
/// than it keeps: it gives the heap back to the system after each call, and asks for every page again in the next. That
/// took longer than the decoding, and happens less often with small steps.
pub(crate) fn read_as<T: ReadItem>(
    mut answer: Vec<u8>,
    mut place: Range<usize>,
) -> Result<(Vec<T>, usize), ReadError> {
    let response = answer.get(place.clone()).ok_or(ReadError(Inner::Place))?;
    let count = AnyRefs::new(response, ITEMS).at_most();
    let (mut items, mut tenth, mut read) = (Vec::new(), 0, 0);
    for cut in CUTS {
        let mut anys = AnyRefs::new(&answer[place.clone()], ITEMS);
        while tenth < cut {
            tenth += 1;
            let step = count * tenth / 10 - read;
            items.reserve_exact(step);
            // The last time until the end: what comes after the items may be malformed.
            for any in anys.by_ref().take(if tenth == 10 { usize::MAX } else { step }) {
                T::read(any.map_err(unreadable)?, &mut items).map_err(unread)?;
            }
            read += step;
        }
        let cut_off = place.end - anys.bytes_left();
        answer.truncate(place.end);
        answer.drain(..cut_off);
        answer.shrink_to_fit();
        place = 0..answer.len();
    }
    // All have been read, so that there are as many as there are at most.
    let left_out = count.saturating_sub(items.len());
    Ok((items, left_out))
}

/// What the items of an answer can be read as.
pub(crate) trait ReadItem: Sized {
    /// Adds an item that is of this type.
    fn read(any: AnyRef<'_>, into: &mut Vec<Self>) -> Result<(), AnyError>;

    /// Whether it can be what items of these types were asked for.
    fn may_be_one_of(&self, kinds: &[ObjectType]) -> bool;
}

impl ReadItem for Item {
    #[inline]
    fn read(any: AnyRef<'_>, into: &mut Vec<Self>) -> Result<(), AnyError> {
        into.push(Self::from_any_ref(any)?);
        Ok(())
    }

    #[inline]
    fn may_be_one_of(&self, kinds: &[ObjectType]) -> bool {
        matches!(self, Self::Unknown(_)) || kinds.contains(&self.kind())
    }
}

#[inline]
fn unreadable(source: DecodeError) -> ReadError {
    ReadError(Inner::Answer(source))
}

#[inline]
fn unread(source: AnyError) -> ReadError {
    ReadError(Inner::Item(source))
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
        let item = Item::from_any(any).map_err(unread)?;
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
    #[inline]
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
    #[inline]
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Inner::Answer(source) => Some(source),
            Inner::Item(source) => Some(source),
            Inner::Place | Inner::Type(_) => None,
        }
    }
}
