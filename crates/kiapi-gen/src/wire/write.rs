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
    pub(crate) fn with_room(room: usize) -> Self {
        Self { buffer: zeros(room), start: room }
    }

    /// How many bytes were written.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.buffer.len() - self.start
    }

    /// What was written.
    pub(crate) fn written(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// The whole buffer, and where in it begins what was written.
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
        self.varint((u64::from(tag) << 3) | wire_type as u64);
    }

    /// Key and length of what was written since there were so many bytes.
    #[inline]
    pub(crate) fn delimited(&mut self, tag: u32, since: usize) {
        self.varint((self.len() - since) as u64);
        self.key(tag, WireType::LengthDelimited);
    }

    /// A field of bytes.
    #[inline]
    pub(crate) fn bytes(&mut self, tag: u32, bytes: &[u8]) {
        let since = self.len();
        self.put(bytes);
        self.delimited(tag, since);
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
        let before = self.len();
        for part in any::parts_of::<M>().into_iter().rev() {
            self.put(part.as_bytes());
        }
        self.delimited(any::TYPE_URL, before);
        self.delimited(tag, since);
    }
}

/// Zeros. For what is small, the allocator has blocks at hand that it does not ask for zeros; for what is large, the system has.
#[expect(clippy::slow_vector_initialization, reason = "it is the faster one for what is small")]
fn zeros(length: usize) -> Vec<u8> {
    if length > SMALL {
        return vec![0; length];
    }
    let mut buffer = Vec::with_capacity(length);
    buffer.resize(length, 0);
    buffer
}

const SMALL: usize = 1024;

/// `Message::encode_raw`.
pub(crate) fn encode_raw(message: &impl Write, buf: &mut impl BufMut) {
    let mut writer = Writer::with_room(FIRST_ROOM);
    message.write(&mut writer);
    buf.put_slice(writer.written());
}

/// Enough for a track.
const FIRST_ROOM: usize = 256;

/// `google.protobuf.Empty`.
impl Write for () {
    fn write(&self, _: &mut Writer) {}
}

impl<M: Write> Write for Box<M> {
    #[inline]
    fn write(&self, into: &mut Writer) {
        (**self).write(into);
    }
}
