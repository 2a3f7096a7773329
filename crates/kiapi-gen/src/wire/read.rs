//! How fields are read: from a slice, since every message that comes lies in one piece.
//!
//! What is malformed is refused with the errors of prost, which are made by asking it for the same bytes once more.

use prost::DecodeError;
use prost::bytes::Buf;
use prost::encoding::{self, DecodeContext, WireType};

use crate::id_text::{IdText, ROOM};

/// How deep messages may lie in each other, as deep as prost lets them.
const MAX_DEPTH: usize = 100;

/// The name of a message, and those of its fields.
pub(crate) type Names = (&'static str, &'static [(u32, &'static str)]);

/// A message that reads its fields where they lie.
pub(crate) trait Read {
    /// What errors call it.
    fn names() -> Names;

    /// Reads the value of a field whose key was just read.
    fn field(&mut self, tag: u32, wire_type: WireType, from: &mut Reader<'_>) -> Result<(), DecodeError>;

    /// Reads all fields at once, if these are the bytes that are expected. Otherwise nothing is changed.
    #[inline]
    fn whole(&mut self, _message: &[u8]) -> bool {
        false
    }
}

/// A value that is expected to have a certain form.
pub(crate) trait Plain: Sized {
    const WIRE_TYPE: WireType;

    /// The value at the beginning, and what comes after it.
    fn plain(bytes: &[u8]) -> Option<(Self, &[u8])>;
}

/// The field with a number below 16 at the beginning, if it is of the expected form, and what comes after it.
#[inline]
pub(crate) fn plain<V: Plain>(tag: u8, message: &[u8]) -> Option<(V, &[u8])> {
    match message {
        [key, rest @ ..] if *key == tag << 3 | V::WIRE_TYPE as u8 => V::plain(rest),
        _ => None,
    }
}

/// Of three to five bytes, as widths and coordinates are.
impl Plain for i64 {
    const WIRE_TYPE: WireType = WireType::Varint;

    #[inline]
    #[expect(clippy::many_single_char_names, reason = "bytes have no other names")]
    fn plain(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let bits = |byte: u8, place: u32| i64::from(byte & 0x7f) << (7 * place);
        Some(match bytes {
            [a, b, c, d, e @ ..0x80, rest @ ..] if a & b & c & d >= 0x80 => {
                (bits(*a, 0) | bits(*b, 1) | bits(*c, 2) | bits(*d, 3) | bits(*e, 4), rest)
            }
            [a, b, c, d @ ..0x80, rest @ ..] if a & b & c >= 0x80 => {
                (bits(*a, 0) | bits(*b, 1) | bits(*c, 2) | bits(*d, 3), rest)
            }
            [a, b, c @ ..0x80, rest @ ..] if a & b >= 0x80 => (bits(*a, 0) | bits(*b, 1) | bits(*c, 2), rest),
            _ => return None,
        })
    }
}

/// A UUID.
impl Plain for IdText {
    const WIRE_TYPE: WireType = WireType::LengthDelimited;

    #[inline]
    fn plain(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (length, rest) = bytes.split_first()?;
        let (text, rest) = rest.split_at_checked(ROOM)?;
        let is_uuid = usize::from(*length) == ROOM;
        Some((IdText::from_ascii(text).filter(|_| is_uuid)?, rest))
    }
}

/// Bytes of a message that are not read yet.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    /// As wide as the others: a copy of what was just written in parts makes the processor wait.
    depth: usize,
}

impl<'a> Reader<'a> {
    #[inline]
    pub(crate) fn new(message: &'a [u8]) -> Self {
        Self { rest: message, depth: MAX_DEPTH }
    }

    /// The bytes that are not read yet.
    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The same as a buffer of prost's.
    #[inline]
    pub(crate) fn buffer(&mut self) -> &mut &'a [u8] {
        &mut self.rest
    }

    /// The number and the wire type of the next field, whose value must be read next; nothing at the end.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it is most of what reading is")]
    pub(crate) fn key(&mut self) -> Result<Option<(u32, WireType)>, DecodeError> {
        let Some((&byte, rest)) = self.rest.split_first() else { return Ok(None) };
        // Nearly all keys are one byte, and of these two types.
        let wire_type = match byte & 0x87 {
            0 if byte != 0 => WireType::Varint,
            2 if byte != 2 => WireType::LengthDelimited,
            _ => return self.other_key().map(Some),
        };
        self.rest = rest;
        Ok(Some((u32::from(byte >> 3), wire_type)))
    }

    #[cold]
    fn other_key(&mut self) -> Result<(u32, WireType), DecodeError> {
        encoding::decode_key(&mut self.rest)
    }

    /// A number of variable length.
    #[inline]
    #[expect(clippy::many_single_char_names, reason = "bytes have no other names")]
    pub(crate) fn varint(&mut self) -> Result<u64, DecodeError> {
        // As far as 35 bits, which is as far as a coordinate goes.
        let bits = |byte: u8, place: u32| u64::from(byte & 0x7f) << (7 * place);
        let (value, rest) = match self.rest {
            [a @ ..0x80, rest @ ..] => (u64::from(*a), rest),
            [a, b @ ..0x80, rest @ ..] => (bits(*a, 0) | bits(*b, 1), rest),
            [a, b, c @ ..0x80, rest @ ..] => (bits(*a, 0) | bits(*b, 1) | bits(*c, 2), rest),
            [a, b, c, d @ ..0x80, rest @ ..] => (bits(*a, 0) | bits(*b, 1) | bits(*c, 2) | bits(*d, 3), rest),
            [a, b, c, d, e @ ..0x80, rest @ ..] => {
                (bits(*a, 0) | bits(*b, 1) | bits(*c, 2) | bits(*d, 3) | bits(*e, 4), rest)
            }
            _ => return self.long_varint(),
        };
        self.rest = rest;
        Ok(value)
    }

    #[inline(never)]
    fn long_varint(&mut self) -> Result<u64, DecodeError> {
        encoding::decode_varint(&mut self.rest)
    }

    /// What is delimited by a length.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it is most of what reading is")]
    pub(crate) fn take(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = match self.rest {
            [length @ ..0x80, rest @ ..] => {
                self.rest = rest;
                u64::from(*length)
            }
            // An item.
            [low, high @ ..0x80, rest @ ..] => {
                self.rest = rest;
                u64::from(low & 0x7f) | u64::from(*high) << 7
            }
            _ => self.varint()?,
        };
        let parts = usize::try_from(length).ok().and_then(|length| self.rest.split_at_checked(length));
        let Some((value, rest)) = parts else {
            return Err(too_short());
        };
        self.rest = rest;
        Ok(value)
    }

    /// The value of a field that must be delimited by a length.
    #[inline]
    pub(crate) fn delimited(&mut self, wire_type: WireType) -> Result<&'a [u8], DecodeError> {
        encoding::check_wire_type(WireType::LengthDelimited, wire_type)?;
        self.take()
    }

    /// The value of a field that must be UTF-8.
    #[inline]
    pub(crate) fn text(&mut self, wire_type: WireType) -> Result<&'a str, DecodeError> {
        text(self.delimited(wire_type)?)
    }

    /// The length of the value of a field that must be UTF-8. To look for ASCII first is a shortcut for what is short.
    #[inline]
    pub(crate) fn text_len(&mut self, wire_type: WireType) -> Result<usize, DecodeError> {
        let text = self.delimited(wire_type)?;
        if text.is_ascii() || std::str::from_utf8(text).is_ok() { Ok(text.len()) } else { Err(no_text()) }
    }

    /// The value of a field that is a message, merged into one.
    #[inline]
    pub(crate) fn message<M: Read>(&mut self, into: &mut M, wire_type: WireType) -> Result<(), DecodeError> {
        let rest = self.delimited(wire_type)?;
        let Some(depth) = self.depth.checked_sub(1) else {
            return Err(too_deep());
        };
        if into.whole(rest) {
            return Ok(());
        }
        Reader { rest, depth }.all(into)
    }

    /// All fields, merged into a message.
    #[inline]
    pub(crate) fn all<M: Read>(&mut self, into: &mut M) -> Result<(), DecodeError> {
        while let Some((tag, wire_type)) = self.key()? {
            if let Err(error) = into.field(tag, wire_type, self) {
                return Err(within(M::names(), error, tag));
            }
        }
        Ok(())
    }

    /// How many fields with this number follow one another from here on, the one whose key was just read among them.
    /// They are delimited by a length.
    #[inline]
    pub(crate) fn run(&self, tag: u32) -> usize {
        let mut ahead = self.clone();
        let mut count = 0;
        while ahead.take().is_ok() {
            count += 1;
            if !matches!(ahead.key(), Ok(Some((next, WireType::LengthDelimited))) if next == tag) {
                break;
            }
        }
        count
    }
}

/// `Message::merge`: all that is in a buffer.
pub(crate) fn merge<M: Read>(into: &mut M, mut buf: impl Buf) -> Result<(), DecodeError> {
    let length = buf.remaining();
    if buf.chunk().len() == length {
        let merged = merge_slice(into, buf.chunk());
        buf.advance(length);
        merged
    } else {
        merge_slice(into, &buf.copy_to_bytes(length))
    }
}

/// All that is in a slice.
#[inline]
fn merge_slice<M: Read>(into: &mut M, message: &[u8]) -> Result<(), DecodeError> {
    Reader::new(message).all(into)
}

/// `Message::merge_field`, for messages of others that hold ours. The field is copied, so that it lies in one piece.
pub(crate) fn merge_field<M: Read>(
    into: &mut M,
    tag: u32,
    wire_type: WireType,
    buf: &mut impl Buf,
) -> Result<(), DecodeError> {
    let mut field = Vec::new();
    crate::unknown::keep(tag, wire_type, buf, &mut field)?;
    merge_slice(into, &field)
}

/// Adds to an error in which message and field it happened.
#[cold]
fn within((message, fields): Names, mut error: DecodeError, tag: u32) -> DecodeError {
    if let Some((_, field)) = fields.iter().find(|(known, _)| *known == tag) {
        error.push(message, field);
    }
    error
}

/// Bytes that must be UTF-8.
#[inline]
pub(crate) fn text(bytes: &[u8]) -> Result<&str, DecodeError> {
    std::str::from_utf8(bytes).map_err(|_| no_text())
}

#[cold]
fn too_short() -> DecodeError {
    let skipped = encoding::skip_field(WireType::LengthDelimited, 1, &mut &[1][..], DecodeContext::default());
    skipped.expect_err("one byte is announced, and there is none")
}

#[cold]
fn no_text() -> DecodeError {
    let mut text = String::new();
    let merged = encoding::string::merge(
        WireType::LengthDelimited,
        &mut text,
        &mut &[1, 0xff][..],
        DecodeContext::default(),
    );
    merged.expect_err("the byte is no UTF-8")
}

#[cold]
fn too_deep() -> DecodeError {
    #[allow(deprecated, reason = "the way for implementations of Message to fail")]
    DecodeError::new("messages lie too deep in each other")
}
