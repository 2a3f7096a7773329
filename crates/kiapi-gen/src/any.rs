//! `google.protobuf.Any`: a message of any type, with the type's name.

use std::fmt;

use prost::bytes::{Buf, BufMut};
use prost::encoding::{DecodeContext, WireType};
use prost::{DecodeError, Message, Name};

use crate::UnknownFields;
use crate::wire::{implicit, kind};

/// What KiCad puts before the full name of a type, and the only prefix that it accepts inside of commands.
pub(crate) const TYPE_URL_PREFIX: &str = "type.googleapis.com/";

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
        Self::from_parts(format!("{TYPE_URL_PREFIX}{}", M::full_name()), message.encode_to_vec())
    }

    /// A message that is encoded already.
    pub fn from_parts(type_url: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        Self { type_url: type_url.into(), value: value.into(), unknown_fields: UnknownFields::default() }
    }

    /// The full name of the message's type: what follows the last `/` of the type URL.
    pub fn full_name(&self) -> &str {
        self.type_url.rsplit('/').next().unwrap_or_default()
    }

    /// Whether this holds an `M`.
    pub fn is<M: Name>(&self) -> bool {
        let Some(package) = self.full_name().strip_suffix(M::NAME) else {
            return false;
        };
        package.strip_suffix('.').unwrap_or(package) == M::PACKAGE
    }

    /// The message, if it is an `M`.
    ///
    /// # Errors
    ///
    /// The type is compared before anything is decoded, since any bytes are a valid message of some other type.
    pub fn unpack<M: Message + Name + Default>(&self) -> Result<M, AnyError> {
        if !self.is::<M>() {
            return Err(AnyError(Inner::Type {
                expected: M::full_name(),
                found: self.full_name().to_owned(),
            }));
        }
        M::decode(self.value.as_slice())
            .map_err(|source| AnyError(Inner::Decode { expected: M::full_name(), source }))
    }
}

impl fmt::Debug for Any {
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
        implicit::encode::<kind::String, _>(1, &self.type_url, buf);
        implicit::encode::<kind::Bytes, _>(2, &self.value, buf);
        self.unknown_fields.encode(buf);
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        match tag {
            1 => implicit::merge::<kind::String, _>(&mut self.type_url, wire_type, buf, ctx),
            2 => implicit::merge::<kind::Bytes, _>(&mut self.value, wire_type, buf, ctx),
            _ => self.unknown_fields.merge(tag, wire_type, buf, ctx),
        }
    }

    fn encoded_len(&self) -> usize {
        implicit::encoded_len::<kind::String, _>(1, &self.type_url)
            + implicit::encoded_len::<kind::Bytes, _>(2, &self.value)
            + self.unknown_fields.encoded_len()
    }

    fn clear(&mut self) {
        *self = Self::default();
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
    pub fn is_type_mismatch(&self) -> bool {
        matches!(self.0, Inner::Type { .. })
    }
}

impl fmt::Display for AnyError {
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
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Inner::Type { .. } => None,
            Inner::Decode { source, .. } => Some(source),
        }
    }
}
