//! Fields that this build does not know: kept, so that reading and writing back loses nothing.

use std::fmt;

use prost::DecodeError;
use prost::bytes::{Buf, BufMut};
use prost::encoding::{self, WireType};

use crate::wire::{Reader, Writer};

/// How deep groups may lie in each other, as deep as prost lets messages.
const MAX_DEPTH: u32 = 100;

/// The fields of a message that this build does not know, as they stood on the wire.
///
/// They are kept when a message is decoded, and written when it is encoded, after the fields that are known.
#[derive(Clone, Default, PartialEq)]
pub struct UnknownFields(
    // One word in every message, since almost none has such fields.
    #[expect(clippy::box_collection, reason = "a Vec is three words")] Option<Box<Vec<u8>>>,
);

impl UnknownFields {
    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The bytes of the fields: keys and values, one after the other.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }

    #[inline]
    pub(crate) fn write(&self, into: &mut Writer) {
        if let Some(fields) = &self.0 {
            into.put(fields);
        }
    }

    /// Keeps the field whose key was just read.
    #[cold]
    pub(crate) fn merge(
        &mut self,
        tag: u32,
        wire_type: WireType,
        from: &mut Reader<'_>,
    ) -> Result<(), DecodeError> {
        keep(tag, wire_type, from.buffer(), self.0.get_or_insert_default())
    }
}

impl fmt::Debug for UnknownFields {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.as_bytes().len())
    }
}

/// Copies the field whose key was just read, with its key.
pub(crate) fn keep(
    tag: u32,
    wire_type: WireType,
    buf: &mut impl Buf,
    kept: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    keep_within(tag, wire_type, buf, kept, MAX_DEPTH)
}

fn keep_within(
    tag: u32,
    wire_type: WireType,
    buf: &mut impl Buf,
    kept: &mut Vec<u8>,
    depth: u32,
) -> Result<(), DecodeError> {
    encoding::encode_key(tag, wire_type, kept);
    match wire_type {
        WireType::Varint => encoding::encode_varint(encoding::decode_varint(buf)?, kept),
        WireType::SixtyFourBit => take(buf, 8, kept)?,
        WireType::ThirtyTwoBit => take(buf, 4, kept)?,
        WireType::LengthDelimited => {
            let length = encoding::decode_varint(buf)?;
            encoding::encode_varint(length, kept);
            take(buf, length, kept)?;
        }
        WireType::StartGroup => loop {
            let Some(depth) = depth.checked_sub(1) else {
                return Err(error("groups lie too deep in each other"));
            };
            let (inner, inner_type) = encoding::decode_key(buf)?;
            if inner_type == WireType::EndGroup {
                if inner != tag {
                    return Err(error("a group ends that did not begin"));
                }
                encoding::encode_key(tag, WireType::EndGroup, kept);
                break;
            }
            keep_within(inner, inner_type, buf, kept, depth)?;
        },
        WireType::EndGroup => return Err(error("a group ends that did not begin")),
    }
    Ok(())
}

/// Moves `length` bytes; the length comes from a peer, so it is believed only as far as there are bytes.
fn take(buf: &mut impl Buf, length: u64, kept: &mut Vec<u8>) -> Result<(), DecodeError> {
    let length = usize::try_from(length).ok().filter(|&length| length <= buf.remaining());
    let Some(length) = length else {
        return Err(error("a field is longer than its message"));
    };
    kept.put(buf.take(length));
    Ok(())
}

#[inline]
fn error(text: &'static str) -> DecodeError {
    #[allow(deprecated, reason = "the way for implementations of Message to fail")]
    DecodeError::new(text)
}
