//! `google.protobuf.Any`: a message of any type, with the type's name.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use prost::bytes::{Buf, BufMut};
use prost::encoding::{self, DecodeContext, WireType};
use prost::{DecodeError, Message, Name};

use crate::UnknownFields;
use crate::wire::{self, Names, Read, Reader, Value, Write, Writer, implicit, kind};

/// What KiCad puts before the full name of a type, and the only prefix that it accepts inside of commands.
pub(crate) const TYPE_URL_PREFIX: &str = "type.googleapis.com/";

/// The fields of `google.protobuf.Any`.
pub(crate) const TYPE_URL: u32 = 1;
pub(crate) const VALUE: u32 = 2;
/// Their keys.
const URL_KEY: u8 = key_of(TYPE_URL);
const VALUE_KEY: u8 = key_of(VALUE);

/// The key of a field that is delimited by a length, and has a small number.
#[expect(clippy::cast_possible_truncation, reason = "the number is small")]
#[inline]
const fn key_of(tag: u32) -> u8 {
    wire::key_of(tag, WireType::LengthDelimited) as u8
}

/// The parts that make up the type URL that KiCad gives an `M`. It is written often, and formatting would cost more than
/// the rest of an envelope.
pub(crate) const fn parts_of<M: Name>() -> [&'static str; 4] {
    [TYPE_URL_PREFIX, M::PACKAGE, if M::PACKAGE.is_empty() { "" } else { "." }, M::NAME]
}

/// The type URL of an `M` as the field of an `Any`: key, length and text. It is made when the program is built.
pub(crate) struct UrlField<M>(PhantomData<M>);

impl<M: Name> UrlField<M> {
    pub(crate) const BYTES: &'static [u8] = Self::ROOM.split_at(Self::LENGTH).0;
    const URL: &'static [u8] = Self::BYTES.split_at(Self::BEFORE).1;

    const TEXT: usize = {
        let [prefix, package, dot, name] = parts_of::<M>();
        prefix.len() + package.len() + dot.len() + name.len()
    };
    const BEFORE: usize = if Self::TEXT < 0x80 { 2 } else { 3 };
    const LENGTH: usize = Self::BEFORE + Self::TEXT;

    #[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
    const ROOM: &'static [u8; 1024] = &{
        let mut room = [0; 1024];
        room[0] = URL_KEY;
        if Self::BEFORE == 2 {
            room[1] = Self::TEXT as u8;
        } else {
            room[1] = Self::TEXT as u8 | 0x80;
            room[2] = (Self::TEXT >> 7) as u8;
        }
        let (parts, mut part, mut at) = (parts_of::<M>(), 0, Self::BEFORE);
        while part < parts.len() {
            let (text, mut next) = (parts[part].as_bytes(), 0);
            while next < text.len() {
                room[at] = text[next];
                (at, next) = (at + 1, next + 1);
            }
            part += 1;
        }
        room
    };
}

/// The type URL that KiCad gives an `M`.
pub(crate) fn type_url_of<M: Name>() -> String {
    parts_of::<M>().concat()
}

/// The full name of a type: what follows the last `/` of its URL.
#[inline]
pub(crate) fn full_name(type_url: &str) -> &str {
    type_url.rsplit('/').next().unwrap_or_default()
}

/// The type URLs of a type, whatever stands before their last `/`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TypeUrl {
    /// The one that KiCad gives.
    usual: &'static [u8],
    parts: [&'static str; 4],
}

impl TypeUrl {
    pub(crate) const fn of<M: Name>() -> Self {
        Self { usual: UrlField::<M>::URL, parts: parts_of::<M>() }
    }

    /// The full name of the type.
    #[inline]
    pub(crate) fn full_name(&self) -> String {
        self.parts[1..].concat()
    }

    /// Whether this is one of them.
    #[inline]
    pub(crate) fn is(&self, type_url: &[u8]) -> bool {
        // Nearly always it is the usual one.
        type_url == self.usual || self.is_other(type_url)
    }

    #[inline(never)]
    fn is_other(&self, type_url: &[u8]) -> bool {
        let [_, package, dot, name] = self.parts.map(str::as_bytes);
        let before = type_url.strip_suffix(name).and_then(|rest| rest.strip_suffix(dot));
        match before.and_then(|rest| rest.strip_suffix(package)) {
            Some([.., last]) => *last == b'/',
            Some([]) => true,
            None => false,
        }
    }
}

/// Whether this is a type URL of `M`.
#[inline]
pub(crate) fn is_url_of<M: Name>(type_url: &[u8]) -> bool {
    const { TypeUrl::of::<M>() }.is(type_url)
}

/// Decodes the value of an `Any` with this type URL, if that is an `M`.
pub(crate) fn unpack<M: Message + Name + Default>(type_url: &[u8], value: &[u8]) -> Result<M, AnyError> {
    if !is_url_of::<M>(type_url) {
        let found = full_name(std::str::from_utf8(type_url).unwrap_or_default()).to_owned();
        return Err(AnyError(Inner::Type { expected: M::full_name(), found }));
    }
    decode_value(value)
}

/// A message of any type. One of an unknown type is kept byte for byte.
///
/// # Examples
///
/// ```
/// use kiapi_gen::Any;
/// use kiapi_gen::board::types::{Track, Via};
/// use kiapi_gen::common::types::Vector2;
///
/// let track = Track::new().with_start(Vector2::new().with_x_nm(1_000_000));
/// let any = Any::pack(&track);
/// assert!(any.is::<Track>());
/// assert_eq!(any.unpack::<Track>()?, track);
/// assert_eq!(
///     any.unpack::<Via>().unwrap_err().to_string(),
///     "expected a kiapi.board.types.Via, got a kiapi.board.types.Track"
/// );
/// # Ok::<_, kiapi_gen::AnyError>(())
/// ```
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Any {
    /// `type.googleapis.com/` and the full name of the message's type.
    pub type_url: String,
    /// The message, encoded.
    pub value: Vec<u8>,
    unknown_fields: UnknownFields,
}

impl Any {
    /// Packs a message.
    pub fn pack<M: Message + Name>(message: &M) -> Self {
        Self::from_parts(type_url_of::<M>(), message.encode_to_vec())
    }

    /// A message that is encoded already.
    pub fn from_parts(type_url: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        Self { type_url: type_url.into(), value: value.into(), unknown_fields: UnknownFields::default() }
    }

    /// The full name of the message's type: what follows the last `/` of the type URL.
    #[inline]
    pub fn full_name(&self) -> &str {
        full_name(&self.type_url)
    }

    /// Whether this holds an `M`.
    pub fn is<M: Name>(&self) -> bool {
        is_url_of::<M>(self.type_url.as_bytes())
    }

    /// The message, if it is an `M`.
    ///
    /// # Errors
    ///
    /// The type is compared before anything is decoded, since any bytes are a valid message of some other type.
    pub fn unpack<M: Message + Name + Default>(&self) -> Result<M, AnyError> {
        unpack(self.type_url.as_bytes(), &self.value)
    }
}

/// A message of any type where it lies in the encoding of another: nothing is copied.
///
/// # Examples
///
/// ```
/// use kiapi_gen::board::types::Track;
/// use kiapi_gen::common::commands::GetItemsResponse;
/// use kiapi_gen::prost::Message;
/// use kiapi_gen::{Any, AnyRefs};
///
/// let response = GetItemsResponse::new().with_items([Any::pack(&Track::new())]).encode_to_vec();
/// let item = AnyRefs::new(&response, 3).next().unwrap()?;
/// assert_eq!(item.full_name(), "kiapi.board.types.Track");
/// # Ok::<_, kiapi_gen::prost::DecodeError>(())
/// ```
#[derive(Clone, Copy, PartialEq)]
pub struct AnyRef<'a> {
    /// The whole message, encoded.
    raw: &'a [u8],
    type_url: &'a str,
    value: &'a [u8],
}

impl<'a> AnyRef<'a> {
    /// Finds type and value in an encoded `google.protobuf.Any`.
    ///
    /// # Errors
    ///
    /// When the bytes are no such message.
    #[inline]
    pub fn new(raw: &'a [u8]) -> Result<Self, DecodeError> {
        Self::after(raw, "")
    }

    /// The same, after one with this type URL: it is likely to be the same again.
    #[inline]
    fn after(raw: &'a [u8], last_url: &'a str) -> Result<Self, DecodeError> {
        if let Some(value) = as_before(raw, last_url) {
            return Ok(Self { raw, type_url: last_url, value });
        }
        Self::other(raw, last_url)
    }

    #[inline]
    fn other(raw: &'a [u8], last_url: &'a str) -> Result<Self, DecodeError> {
        let mut this = Self { raw, type_url: "", value: &[] };
        let mut fields = Fields::new(raw);
        while let Some(field) = fields.next()? {
            match field {
                (1, Some(url)) if url == last_url.as_bytes() => this.type_url = last_url,
                (1, Some(url)) => {
                    this.type_url = std::str::from_utf8(url).map_err(|_| error("a type URL is not UTF-8"))?;
                }
                (2, Some(value)) => this.value = value,
                (1 | 2, None) => return Err(error("a field of an Any is of another type")),
                _ => {}
            }
        }
        Ok(this)
    }

    /// The message, encoded.
    #[inline]
    pub fn value(&self) -> &'a [u8] {
        self.value
    }

    /// The whole `Any`, encoded.
    #[inline]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The full name of the message's type: what follows the last `/` of the type URL.
    #[inline]
    pub fn full_name(&self) -> &'a str {
        full_name(self.type_url)
    }

    /// Whether this holds an `M`.
    #[inline]
    pub fn is<M: Name>(&self) -> bool {
        is_url_of::<M>(self.type_url.as_bytes())
    }

    /// Merges the message into one that lies where it will stay. Whether this holds an `M` is not looked at.
    ///
    /// # Errors
    ///
    /// When the value is no `M`.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi_gen::board::types::{BoardLayer, Track};
    /// use kiapi_gen::prost::Message;
    /// use kiapi_gen::{Any, AnyRef};
    ///
    /// let any = Any::pack(&Track::new().with_layer(BoardLayer::F_CU)).encode_to_vec();
    /// let mut tracks = vec![Track::new()];
    /// AnyRef::new(&any)?.merge_into(&mut tracks[0]).unwrap();
    /// assert_eq!(tracks[0].layer, BoardLayer::F_CU);
    /// # Ok::<_, kiapi_gen::prost::DecodeError>(())
    /// ```
    #[inline]
    pub fn merge_into<M: Message + Name>(&self, message: &mut M) -> Result<(), AnyError> {
        message
            .merge(self.value)
            .map_err(|source| AnyError(Inner::Decode { expected: M::full_name(), source }))
    }

    /// A copy of its own, with the fields that this build does not know.
    ///
    /// # Errors
    ///
    /// When an unknown field is malformed.
    #[inline]
    pub fn to_any(&self) -> Result<Any, AnyError> {
        decode_value(self.raw)
    }
}

impl fmt::Debug for AnyRef<'_> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnyRef({}, {} bytes)", self.full_name(), self.value.len())
    }
}

/// The value of an `Any` that holds nothing but this type URL and it, in this order.
#[inline]
fn as_before<'a>(raw: &'a [u8], type_url: &str) -> Option<&'a [u8]> {
    let [URL_KEY, length @ ..0x80, rest @ ..] = raw else { return None };
    if usize::from(*length) != type_url.len() {
        return None;
    }
    let [VALUE_KEY, value @ ..] = rest.strip_prefix(type_url.as_bytes())? else { return None };
    let mut from = Reader::new(value);
    let value = from.take().ok()?;
    from.rest().is_empty().then_some(value)
}

/// The messages of any type in a repeated field of an encoded message, one after the other. It ends after an error.
#[derive(Clone, Debug)]
pub struct AnyRefs<'a> {
    fields: Fields<'a>,
    number: u32,
    /// The type URL of the one that was given last.
    last_url: &'a str,
}

impl<'a> AnyRefs<'a> {
    /// Those in the field `number` of `message`.
    #[inline]
    pub fn new(message: &'a [u8], number: u32) -> Self {
        Self { fields: Fields::new(message), number, last_url: "" }
    }

    /// At most how many there are still, without a look at them.
    #[inline]
    pub fn at_most(&self) -> usize {
        let mut fields = self.fields.clone();
        let mut count = 0;
        while let Ok(Some((number, _))) = fields.next() {
            count += usize::from(number == self.number);
        }
        count
    }

    /// How many bytes of the message come after the one that was given last.
    #[inline]
    pub fn bytes_left(&self) -> usize {
        self.fields.left()
    }
}

impl<'a> Iterator for AnyRefs<'a> {
    type Item = Result<AnyRef<'a>, DecodeError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let error = loop {
            match self.fields.next() {
                Ok(None) => return None,
                Ok(Some((number, Some(raw)))) if number == self.number => {
                    match AnyRef::after(raw, self.last_url) {
                        Ok(any) => {
                            self.last_url = any.type_url;
                            return Some(Ok(any));
                        }
                        Err(error) => break error,
                    }
                }
                Ok(Some((number, None))) if number == self.number => {
                    break error("a field that holds messages is of another type");
                }
                Ok(Some(_)) => {}
                Err(error) => break error,
            }
        };
        self.fields = Fields::new(&[]);
        Some(Err(error))
    }
}

/// The number of a field, and its bytes if they are delimited by a length.
type Field<'a> = (u32, Option<&'a [u8]>);

/// The fields of an encoded message, read where they lie.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    from: Reader<'a>,
    /// Where the message ends in the buffer that it is part of.
    end: usize,
}

impl<'a> Fields<'a> {
    #[inline]
    pub(crate) fn new(message: &'a [u8]) -> Self {
        Self { from: Reader::new(message), end: message.len() }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a board's items are looked for with it")]
    fn next(&mut self) -> Result<Option<Field<'a>>, DecodeError> {
        let Some((number, wire_type)) = self.key()? else { return Ok(None) };
        if wire_type != WireType::LengthDelimited {
            self.pass_over(wire_type, number)?;
            return Ok(Some((number, None)));
        }
        Ok(Some((number, Some(self.from.take()?))))
    }

    #[cold]
    fn pass_over(&mut self, wire_type: WireType, number: u32) -> Result<(), DecodeError> {
        encoding::skip_field(wire_type, number, self.from.buffer(), DecodeContext::default())
    }

    /// The number and the wire type of the next field, whose value must be read next.
    #[inline]
    pub(crate) fn key(&mut self) -> Result<Option<(u32, WireType)>, DecodeError> {
        self.from.key()
    }

    /// How many bytes come after what was read last.
    #[inline]
    fn left(&self) -> usize {
        self.from.rest().len()
    }

    /// Where in the buffer the value is, which must be delimited by a length.
    #[inline]
    pub(crate) fn delimited(&mut self, wire_type: WireType) -> Result<Range<usize>, DecodeError> {
        let length = self.from.delimited(wire_type)?.len();
        let end = self.end - self.left();
        Ok(end - length..end)
    }

    /// As [`delimited`](Self::delimited), for what must be UTF-8.
    #[inline]
    pub(crate) fn text(&mut self, wire_type: WireType) -> Result<Range<usize>, DecodeError> {
        let length = self.from.text_len(wire_type)?;
        let end = self.end - self.left();
        Ok(end - length..end)
    }

    /// The fields of a message in a field.
    #[inline]
    pub(crate) fn inner(&mut self, wire_type: WireType) -> Result<Self, DecodeError> {
        let message = self.from.delimited(wire_type)?;
        Ok(Self { from: Reader::new(message), end: self.end - self.left() })
    }

    /// A number.
    #[inline]
    pub(crate) fn int32(&mut self, wire_type: WireType) -> Result<i32, DecodeError> {
        let mut number = 0;
        Value::<kind::Int32>::merge(&mut number, wire_type, &mut self.from)?;
        Ok(number)
    }

    /// Passes over a field that this build does not know, with the same demands as where such fields are kept.
    #[inline]
    pub(crate) fn skip(&mut self, number: u32, wire_type: WireType) -> Result<(), DecodeError> {
        UnknownFields::default().merge(number, wire_type, &mut self.from)
    }
}

/// Decodes the value of an `Any` that is known to hold an `M`.
///
/// # Errors
///
/// When the bytes are no `M`.
///
/// # Examples
///
/// ```
/// use kiapi_gen::board::types::Via;
///
/// assert_eq!(kiapi_gen::decode_value::<Via>(&[])?, Via::new());
/// # Ok::<_, kiapi_gen::AnyError>(())
/// ```
pub fn decode_value<M: Message + Name + Default>(value: &[u8]) -> Result<M, AnyError> {
    M::decode(value).map_err(|source| AnyError(Inner::Decode { expected: M::full_name(), source }))
}

#[inline]
fn error(text: &'static str) -> DecodeError {
    #[allow(deprecated, reason = "the way for implementations of Message to fail")]
    DecodeError::new(text)
}

impl fmt::Debug for Any {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Any({}, {} bytes)", self.full_name(), self.value.len())
    }
}

impl Name for Any {
    const NAME: &'static str = "Any";
    const PACKAGE: &'static str = "google.protobuf";
}

impl Message for Any {
    fn encode_raw(&self, buf: &mut impl BufMut) {
        wire::encode_raw(self, buf);
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buf: &mut impl Buf,
        _: DecodeContext,
    ) -> Result<(), DecodeError> {
        wire::merge_field(self, tag, wire_type, buf)
    }

    fn merge(&mut self, buf: impl Buf) -> Result<(), DecodeError> {
        wire::merge(self, buf)
    }

    #[inline]
    fn encoded_len(&self) -> usize {
        // A value can be large, so it is not written to find out.
        let field = |length: usize| match length {
            0 => 0,
            _ => 1 + encoding::encoded_len_varint(length as u64) + length,
        };
        field(self.type_url.len()) + field(self.value.len()) + self.unknown_fields.as_bytes().len()
    }

    #[inline]
    fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Write for Any {
    #[inline]
    fn write(&self, into: &mut Writer) {
        self.unknown_fields.write(into);
        implicit::write::<kind::Bytes, _>(VALUE, &self.value, into);
        implicit::write::<kind::String, _>(TYPE_URL, &self.type_url, into);
    }
}

impl Read for Any {
    #[inline]
    fn names() -> Names {
        ("Any", &[(TYPE_URL, "type_url"), (VALUE, "value")])
    }

    #[inline]
    fn field(&mut self, tag: u32, wire_type: WireType, from: &mut Reader<'_>) -> Result<(), DecodeError> {
        match tag {
            TYPE_URL => implicit::merge::<kind::String, _>(&mut self.type_url, wire_type, from),
            VALUE => implicit::merge::<kind::Bytes, _>(&mut self.value, wire_type, from),
            _ => self.unknown_fields.merge(tag, wire_type, from),
        }
    }
}

/// Why an [`Any`] could not be unpacked.
#[derive(Clone, Debug, PartialEq)]
pub struct AnyError(Inner);

#[derive(Clone, Debug, PartialEq)]
enum Inner {
    Type { expected: String, found: String },
    Decode { expected: String, source: DecodeError },
}

impl AnyError {
    /// Whether it holds a message of another type, rather than bytes that are none.
    #[inline]
    pub fn is_type_mismatch(&self) -> bool {
        matches!(self.0, Inner::Type { .. })
    }
}

impl fmt::Display for AnyError {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Type { expected, found } if found.is_empty() => {
                write!(f, "expected a {expected}, got nothing")
            }
            Inner::Type { expected, found } => write!(f, "expected a {expected}, got a {found}"),
            Inner::Decode { expected, .. } => write!(f, "cannot decode a {expected}"),
        }
    }
}

impl std::error::Error for AnyError {
    #[inline]
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Inner::Type { .. } => None,
            Inner::Decode { source, .. } => Some(source),
        }
    }
}
