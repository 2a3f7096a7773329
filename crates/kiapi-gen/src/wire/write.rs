//! How fields are written: from the end of a buffer to its beginning.
//!
//! The length of a message stands before it. Whoever writes from the end has written the message by then, and knows it; otherwise
//! each message would be walked through twice for every message that it lies in.

use prost::Name;
use prost::bytes::BufMut;
use prost::encoding::{WireType, encoded_len_varint};

use crate::any;

/// A message that writes its fields, the last one first.
///
/// Implemented for every generated message; for users of this crate it is part of [`Command`](crate::Command), and nothing else.
#[doc(hidden)]
pub trait Write {
    /// Writes all fields before what was written already.
    fn write(&self, into: &mut Writer);
}

/// Bytes that are written from the last to the first.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Writer {
    buffer: Vec<u8>,
    /// What is before this is room.
    start: usize,
}

impl Writer {
    #[inline]
    pub(crate) fn with_room(room: usize) -> Self {
        Self { buffer: zeros(room), start: room }
    }

    /// How many bytes were written.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.buffer.len() - self.start
    }

    /// What was written.
    #[inline]
    pub(crate) fn written(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// The whole buffer, and where in it begins what was written.
    #[inline]
    pub(crate) fn into_parts(self) -> (Vec<u8>, usize) {
        (self.buffer, self.start)
    }

    /// The next bytes to be filled, which come before all that were.
    #[inline]
    fn room(&mut self, count: usize) -> &mut [u8] {
        if count > self.start {
            self.grow(count);
        }
        let end = self.start;
        self.start -= count;
        &mut self.buffer[self.start..end]
    }

    #[cold]
    fn grow(&mut self, count: usize) {
        let length = (2 * self.buffer.len()).max(self.len() + count + 64);
        let mut buffer = zeros(length);
        let start = length - self.len();
        buffer[start..].copy_from_slice(self.written());
        (self.buffer, self.start) = (buffer, start);
    }

    /// Bytes as they are.
    #[inline]
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.room(bytes.len()).copy_from_slice(bytes);
    }

    /// As many bytes as are known when this is built.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a copy of so many bytes is few moves, a call is not")]
    fn put_array<const N: usize>(&mut self, bytes: &[u8; N]) {
        match self.buffer.get_mut(..self.start).and_then(<[u8]>::last_chunk_mut) {
            Some(room) => {
                *room = *bytes;
                self.start -= N;
            }
            None => self.put_slowly(bytes),
        }
    }

    #[cold]
    #[inline(never)]
    fn put_slowly(&mut self, bytes: &[u8]) {
        self.put(bytes);
    }

    /// A number of variable length.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
    pub(crate) fn varint(&mut self, mut value: u64) {
        if value < 0x80 {
            self.room(1)[0] = value as u8;
            return;
        }
        let place = self.room(encoded_len_varint(value));
        let last = place.len() - 1;
        for byte in &mut place[..last] {
            *byte = value as u8 | 0x80;
            value >>= 7;
        }
        place[last] = value as u8;
    }

    #[inline]
    pub(crate) fn key(&mut self, tag: u32, wire_type: WireType) {
        self.varint(key_of(tag, wire_type));
    }

    /// Key and value of a field of variable length.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the key is known where this is called")]
    #[expect(clippy::cast_possible_truncation, reason = "both are less than 128")]
    pub(crate) fn varint_field(&mut self, tag: u32, wire_type: WireType, value: u64) {
        let key = key_of(tag, wire_type);
        if key >= 0x80 {
            self.varint(value);
            self.varint(key);
        } else if value < 0x80 {
            // As one number: bytes stored apart and read together make the processor wait.
            self.put_array(&(key as u16 | (value as u16) << 8).to_le_bytes());
        } else {
            self.long_field(key as u8, value);
        }
    }

    /// The same for a short key and a long value.
    #[inline]
    fn long_field(&mut self, key: u8, value: u64) {
        if value < 1 << 49
            && let Some(room) = self.buffer.get_mut(..self.start).and_then(<[u8]>::last_chunk_mut)
        {
            let (bytes, count) = spread(value);
            // They end where the room does; what is before the key is room still.
            *room = ((bytes << 8 | u64::from(key)) << (56 - 8 * count)).to_le_bytes();
            self.start -= count + 1;
            return;
        }
        self.field_slowly(key, value);
    }

    /// The same for a number that is longer, or at the edge of the room.
    #[cold]
    #[inline(never)]
    fn field_slowly(&mut self, key: u8, value: u64) {
        self.varint(value);
        self.put(&[key]);
    }

    /// Key and length of what was written since there were so many bytes.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the key is known where this is called")]
    pub(crate) fn delimited(&mut self, tag: u32, since: usize) {
        self.varint_field(tag, WireType::LengthDelimited, (self.len() - since) as u64);
    }

    /// A field of bytes.
    #[inline]
    pub(crate) fn bytes(&mut self, tag: u32, bytes: &[u8]) {
        self.put(bytes);
        self.varint_field(tag, WireType::LengthDelimited, bytes.len() as u64);
    }

    /// A field of as many bytes as are known when this is built.
    #[inline]
    pub(crate) fn array<const N: usize>(&mut self, tag: u32, bytes: &[u8; N]) {
        self.put_array(bytes);
        self.varint_field(tag, WireType::LengthDelimited, N as u64);
    }

    /// A field that holds a message.
    #[inline]
    pub fn message(&mut self, tag: u32, message: &(impl Write + ?Sized)) {
        let since = self.len();
        message.write(self);
        self.delimited(tag, since);
    }

    /// A field that holds a message as an [`Any`](crate::Any), without making one.
    pub fn any<M: Write + Name>(&mut self, tag: u32, message: &M) {
        self.packed::<M>(tag, |into| message.write(into));
    }

    /// The same for an `M` that somebody writes.
    #[inline]
    pub(crate) fn packed<M: Name>(&mut self, tag: u32, write: impl FnOnce(&mut Self)) {
        let since = self.len();
        write(self);
        if self.len() > since {
            self.delimited(any::VALUE, since);
        }
        self.put(any::UrlField::<M>::BYTES);
        self.delimited(tag, since);
    }
}

/// What stands before a field.
#[inline]
pub(crate) const fn key_of(tag: u32, wire_type: WireType) -> u64 {
    ((tag as u64) << 3) | wire_type as u64
}

/// A number of two to seven bytes as it is written, and their count.
#[inline]
fn spread(value: u64) -> (u64, usize) {
    // Seven bits move apart from the next seven, first by halves.
    let value = (value & 0x0fff_ffff) | ((value & 0x00ff_ffff_f000_0000) << 4);
    let value = (value & 0x0000_3fff_0000_3fff) | ((value & 0x0fff_c000_0fff_c000) << 2);
    let value = (value & 0x007f_007f_007f_007f) | ((value & 0x3f80_3f80_3f80_3f80) << 1);
    let count = 8 - value.leading_zeros() as usize / 8;
    // Another byte follows each of them but the last one.
    (value | 0x8080_8080_8080_8080 >> (72 - 8 * count), count)
}

/// Zeros. For what is small, the allocator has blocks at hand that it does not ask for zeros; for what is large, the system has.
#[expect(clippy::slow_vector_initialization, reason = "it is the faster one for what is small")]
#[inline]
fn zeros(length: usize) -> Vec<u8> {
    if length > SMALL {
        return vec![0; length];
    }
    let mut buffer = Vec::with_capacity(length);
    buffer.resize(length, 0);
    buffer
}

const SMALL: usize = 1024;

/// A message, written.
fn writer_of(message: &impl Write) -> Writer {
    let mut writer = Writer::with_room(FIRST_ROOM);
    message.write(&mut writer);
    writer
}

/// `Message::encode_raw`.
pub(crate) fn encode_raw(message: &impl Write, buf: &mut impl BufMut) {
    buf.put_slice(writer_of(message).written());
}

/// `Message::encode_to_vec`, without asking for the length first.
pub(crate) fn encode_to_vec(message: &impl Write) -> Vec<u8> {
    writer_of(message).written().to_vec()
}

/// `Message::encoded_len`. What is written from the end need not know it before, so that it is asked for seldom: it is written to
/// find out, and no message has a second walk through its fields for that.
pub(crate) fn encoded_len(message: &impl Write) -> usize {
    writer_of(message).len()
}

/// Enough for a track.
const FIRST_ROOM: usize = 256;

/// `google.protobuf.Empty`.
impl Write for () {
    #[inline]
    fn write(&self, _: &mut Writer) {}
}

impl<M: Write> Write for Box<M> {
    #[inline]
    fn write(&self, into: &mut Writer) {
        (**self).write(into);
    }
}
