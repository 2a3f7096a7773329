//! The two messages of a snapshot, and its two forms. They are our own and few, so they are written by hand; a test holds
//! them against `snapshot.proto`.

use prost::bytes::{Buf, BufMut};
use prost::encoding::{DecodeContext, WireType};
use prost::{DecodeError, Message, Name};

use super::{FORMAT, SnapshotError, SnapshotErrorKind};
use crate::common::types::KiCadVersion;
use crate::common::{ApiResponseStatus, ApiStatusCode};
use crate::wire::{self, Names, Read, Reader, Write, Writer, implicit, kind, optional, repeated};
use crate::{Any, ApiVersion, Command, UnknownFields};

/// Everything that KiCad's API shows of a board: each reading command, and what was answered.
///
/// As bytes it is a protobuf message, `kiapi_rs.Snapshot` of `snapshot.proto`, or that message as canonical JSON; which of
/// the two shows from the first byte. JSON needs the feature `serde`.
///
/// # Examples
///
/// ```
/// use kiapi_gen::snapshot::Snapshot;
///
/// let snapshot = Snapshot::new();
/// assert_eq!(Snapshot::from_bytes(&snapshot.to_bytes())?, snapshot);
/// # Ok::<_, kiapi_gen::snapshot::SnapshotError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// The version of the format: [`FORMAT`].
    pub format: u32,
    /// The KiCad that it was taken from.
    pub kicad: Option<KiCadVersion>,
    /// What was asked, and what was answered, in this order.
    pub exchanges: Vec<Exchange>,
    unknown_fields: UnknownFields,
}

/// A command, and what KiCad answered.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Exchange {
    /// The command.
    pub request: Option<Any>,
    /// The status, with KiCad's own words if it refused.
    pub status: Option<ApiResponseStatus>,
    /// The response; none if KiCad refused.
    pub response: Option<Any>,
    unknown_fields: UnknownFields,
}

impl Snapshot {
    /// A snapshot of nothing, in the format of today.
    #[inline]
    pub fn new() -> Self {
        Self { format: FORMAT, ..Self::default() }
    }

    /// Reads a snapshot, in either form.
    ///
    /// # Errors
    ///
    /// When it is no snapshot, has a format that is newer than this crate, or is JSON and the feature `serde` is off.
    #[inline]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let is_json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        let snapshot = if is_json { Self::from_json(bytes)? } else { Self::from_protobuf(bytes)? };
        let wrong = |what: String| Err(SnapshotError::new(SnapshotErrorKind::Snapshot, what));
        match snapshot.format {
            FORMAT => Ok(snapshot),
            0 => wrong("this is no snapshot: it does not say its format".to_owned()),
            newer => wrong(format!(
                "the snapshot has format {newer}, this is for {FORMAT}; a newer kiapi reads it"
            )),
        }
    }

    #[inline]
    fn from_protobuf(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let no_snapshot =
            |error| SnapshotError::new(SnapshotErrorKind::Snapshot, "this is no snapshot").with_source(error);
        Self::decode(bytes).map_err(no_snapshot)
    }

    #[cfg(feature = "serde")]
    #[inline]
    fn from_json(bytes: &[u8]) -> Result<Self, SnapshotError> {
        serde_json::from_slice(bytes).map_err(|error| {
            let what = if error.is_data() { "this is no snapshot in JSON" } else { "this is no JSON" };
            SnapshotError::new(SnapshotErrorKind::Snapshot, what).with_source(error)
        })
    }

    #[cfg(not(feature = "serde"))]
    #[inline]
    fn from_json(_: &[u8]) -> Result<Self, SnapshotError> {
        let what = "the snapshot is JSON, which is read with the feature `serde` only";
        Err(SnapshotError::new(SnapshotErrorKind::Json, what))
    }

    /// The snapshot as protobuf.
    #[inline]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.encode_to_vec()
    }

    /// The snapshot as canonical protobuf JSON, indented.
    ///
    /// # Errors
    ///
    /// When there is a message of a type that this build does not know, or with fields that it does not know: JSON could
    /// not show them, and they would be lost. And when the feature `serde` is off.
    #[cfg(feature = "serde")]
    #[inline]
    pub fn to_json(&self) -> Result<String, SnapshotError> {
        serde_json::to_string_pretty(self).map_err(|error| {
            let what = "cannot show the snapshot as JSON; save it as protobuf";
            SnapshotError::new(SnapshotErrorKind::Json, what).with_source(error)
        })
    }

    /// The snapshot as canonical protobuf JSON, indented.
    ///
    /// # Errors
    ///
    /// Always, since the feature `serde` is off.
    #[cfg(not(feature = "serde"))]
    #[inline]
    pub fn to_json(&self) -> Result<String, SnapshotError> {
        let what = "JSON is written with the feature `serde` only; save the snapshot as protobuf";
        Err(SnapshotError::new(SnapshotErrorKind::Json, what))
    }

    /// What belongs into a file of a name: JSON if it ends in `.json`, protobuf otherwise.
    ///
    /// # Errors
    ///
    /// As [`to_json`](Self::to_json).
    #[inline]
    pub fn to_file(&self, name: &std::path::Path) -> Result<Vec<u8>, SnapshotError> {
        let is_json = name.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        if is_json { self.to_json().map(String::into_bytes) } else { Ok(self.to_bytes()) }
    }

    /// The version of the KiCad that it was taken from.
    #[inline]
    pub fn version(&self) -> ApiVersion {
        self.kicad.as_ref().map_or(ApiVersion::new(0, 0, 0), ApiVersion::from)
    }

    /// Every `C` that was asked with its response, in order; refusals are left out.
    ///
    /// # Errors
    ///
    /// An answer that cannot be read is one.
    pub fn answers<C: Command>(&self) -> impl Iterator<Item = Result<(C, C::Response), SnapshotError>> + '_ {
        let asked = self.exchanges.iter().filter(|exchange| exchange.is_answered());
        asked.filter_map(|exchange| {
            let (request, response) = (exchange.request.as_ref()?, exchange.response.as_ref()?);
            request.is::<C>().then(|| {
                let error = |error| {
                    let what = format!("the answer to {} cannot be read", C::full_name());
                    SnapshotError::new(SnapshotErrorKind::Snapshot, what).with_source(error)
                };
                Ok((request.unpack().map_err(error)?, response.unpack().map_err(error)?))
            })
        })
    }

    /// The first answer to a `C`.
    ///
    /// # Errors
    ///
    /// When there is none, or it cannot be read.
    pub fn answer<C: Command>(&self) -> Result<C::Response, SnapshotError> {
        let missing = || {
            let what = format!("the snapshot holds no answer to {}", C::full_name());
            SnapshotError::new(SnapshotErrorKind::Snapshot, what)
        };
        self.answers::<C>().next().ok_or_else(missing)?.map(|(_, response)| response)
    }
}

impl Exchange {
    /// A command and its answer.
    #[inline]
    pub fn new(request: Any, status: ApiResponseStatus, response: Option<Any>) -> Self {
        Self {
            request: Some(request),
            status: Some(status),
            response,
            unknown_fields: UnknownFields::default(),
        }
    }

    /// Whether the command was answered, and not refused.
    #[inline]
    pub fn is_answered(&self) -> bool {
        self.status.as_ref().is_some_and(|status| status.status == ApiStatusCode::OK)
    }
}

impl Name for Snapshot {
    const NAME: &'static str = "Snapshot";
    const PACKAGE: &'static str = "kiapi_rs";
}

impl Write for Snapshot {
    #[inline]
    fn write(&self, into: &mut Writer) {
        self.unknown_fields.write(into);
        repeated::write::<kind::Message, _>(3, &self.exchanges, into);
        optional::write::<kind::Message, _>(2, &self.kicad, into);
        implicit::write::<kind::Uint32, _>(1, &self.format, into);
    }
}

impl Message for Snapshot {
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
        wire::encoded_len(self)
    }

    #[inline]
    fn encode_to_vec(&self) -> Vec<u8> {
        wire::encode_to_vec(self)
    }

    #[inline]
    fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Read for Snapshot {
    #[inline]
    fn names() -> Names {
        ("Snapshot", &[(1, "format"), (2, "kicad"), (3, "exchanges")])
    }

    #[inline]
    fn field(&mut self, tag: u32, wire_type: WireType, from: &mut Reader<'_>) -> Result<(), DecodeError> {
        match tag {
            1 => implicit::merge::<kind::Uint32, _>(&mut self.format, wire_type, from),
            2 => optional::merge::<kind::Message, _>(&mut self.kicad, wire_type, from),
            3 => repeated::merge::<kind::Message, _>(&mut self.exchanges, tag, wire_type, from),
            _ => self.unknown_fields.merge(tag, wire_type, from),
        }
    }
}

impl Name for Exchange {
    const NAME: &'static str = "Exchange";
    const PACKAGE: &'static str = "kiapi_rs";
}

impl Write for Exchange {
    #[inline]
    fn write(&self, into: &mut Writer) {
        self.unknown_fields.write(into);
        optional::write::<kind::Message, _>(3, &self.response, into);
        optional::write::<kind::Message, _>(2, &self.status, into);
        optional::write::<kind::Message, _>(1, &self.request, into);
    }
}

impl Message for Exchange {
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
        wire::encoded_len(self)
    }

    #[inline]
    fn encode_to_vec(&self) -> Vec<u8> {
        wire::encode_to_vec(self)
    }

    #[inline]
    fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Read for Exchange {
    #[inline]
    fn names() -> Names {
        ("Exchange", &[(1, "request"), (2, "status"), (3, "response")])
    }

    #[inline]
    fn field(&mut self, tag: u32, wire_type: WireType, from: &mut Reader<'_>) -> Result<(), DecodeError> {
        match tag {
            1 => optional::merge::<kind::Message, _>(&mut self.request, wire_type, from),
            2 => optional::merge::<kind::Message, _>(&mut self.status, wire_type, from),
            3 => optional::merge::<kind::Message, _>(&mut self.response, wire_type, from),
            _ => self.unknown_fields.merge(tag, wire_type, from),
        }
    }
}

crate::json::message!(Snapshot);
crate::json::message!(Exchange);
