//! A snapshot: everything that the API shows of a board, as one file.
//!
//! It holds answers, not a model: each reading command with what KiCad said to it. So nothing is lost between a KiCad
//! and the file, and what a newer KiCad can be asked needs no new format.

mod json;
mod take;

use std::fs;
use std::path::Path;

use kiapi_gen::common::types::KiCadVersion;
use kiapi_gen::common::{ApiResponseStatus, ApiStatusCode};
use kiapi_gen::prost::{self, Message as _};
use kiapi_gen::{Any, ApiVersion, Command};

use crate::loaded::Loaded;
use crate::{Error, ErrorKind, Line, Result};

/// The version of the format that is written, and the newest that is read.
const FORMAT: u32 = 1;

/// Everything that KiCad's API shows of a board: each reading command, and what was answered.
///
/// A file of it is a protobuf message, `kiapi_rs.Snapshot` of `snapshot.proto`, or that message as canonical JSON; which
/// of the two is seen from its first byte.
///
/// # Examples
///
/// ```
/// use kiapi_emulator::{Line, Snapshot};
///
/// let snapshot = Snapshot::demo(Line::V10_0);
/// let again = Snapshot::from_bytes(&snapshot.to_bytes())?;
/// assert_eq!(snapshot, again);
/// # Ok::<_, kiapi_emulator::Error>(())
/// ```
#[derive(Clone, PartialEq, prost::Message)]
pub struct Snapshot {
    /// The version of the format: 1.
    #[prost(uint32, tag = "1")]
    pub format: u32,
    /// The KiCad that it was taken from.
    #[prost(message, optional, tag = "2")]
    pub kicad: Option<KiCadVersion>,
    /// What was asked, and what was answered, in this order.
    #[prost(message, repeated, tag = "3")]
    pub exchanges: Vec<Exchange>,
}

/// A command, and what KiCad answered.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Exchange {
    /// The command.
    #[prost(message, optional, tag = "1")]
    pub request: Option<Any>,
    /// The status, with KiCad's own words if it refused.
    #[prost(message, optional, tag = "2")]
    pub status: Option<ApiResponseStatus>,
    /// The response; none if KiCad refused.
    #[prost(message, optional, tag = "3")]
    pub response: Option<Any>,
}

impl Snapshot {
    /// Reads a snapshot from a file, in either form.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is no snapshot, or has a format that is newer than this crate.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|error| {
            let what = format!("cannot read the snapshot `{}`", path.display());
            Error::new(ErrorKind::Io, what).with_source(error)
        })?;
        Self::from_bytes(&bytes).map_err(|error| {
            Error::new(error.kind(), format!("cannot use `{}`", path.display())).with_source(error)
        })
    }

    /// Writes a snapshot to a file: as JSON if its name ends in `.json`, as protobuf otherwise.
    ///
    /// # Errors
    ///
    /// When the file cannot be written; and, for JSON, when there is a message of a type that this build does not know,
    /// which JSON cannot show.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        let bytes = if is_json { self.to_json()?.into_bytes() } else { self.to_bytes() };
        fs::write(path, bytes).map_err(|error| {
            let what = format!("cannot write the snapshot `{}`", path.display());
            Error::new(ErrorKind::Io, what).with_source(error)
        })
    }

    /// Reads a snapshot, in either form.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let is_json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        let snapshot = if is_json {
            json::read(bytes)?
        } else {
            Self::decode(bytes)
                .map_err(|error| Error::new(ErrorKind::Snapshot, "this is no snapshot").with_source(error))?
        };
        match snapshot.format {
            FORMAT => Ok(snapshot),
            0 => Err(Error::new(ErrorKind::Snapshot, "this is no snapshot: it does not say its format")),
            newer => {
                let what = format!(
                    "the snapshot has format {newer}, this is for {FORMAT}; a newer kiapi-emulator reads it"
                );
                Err(Error::new(ErrorKind::Snapshot, what))
            }
        }
    }

    /// The snapshot as protobuf.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.encode_to_vec()
    }

    /// The snapshot as canonical protobuf JSON, indented.
    ///
    /// # Errors
    ///
    /// When there is a message of a type that this build does not know, or with fields that it does not know: JSON could
    /// not show them, and they would be lost.
    pub fn to_json(&self) -> Result<String> {
        json::write(self)
    }

    /// The version of the KiCad that it was taken from.
    pub fn version(&self) -> ApiVersion {
        self.kicad.as_ref().map_or(ApiVersion::new(0, 0, 0), ApiVersion::from)
    }

    /// Every `C` that was asked with its response, in order; refusals are left out.
    pub(crate) fn answers<C: Command>(&self) -> impl Iterator<Item = Result<(C, C::Response)>> + '_ {
        let asked = self.exchanges.iter().filter(|exchange| exchange.is_answered());
        asked.filter_map(|exchange| {
            let (request, response) = (exchange.request.as_ref()?, exchange.response.as_ref()?);
            request.is::<C>().then(|| {
                let error = |error| {
                    let what = format!("the answer to {} cannot be read", C::full_name());
                    Error::new(ErrorKind::Snapshot, what).with_source(error)
                };
                Ok((request.unpack().map_err(error)?, response.unpack().map_err(error)?))
            })
        })
    }

    /// The first answer to a `C`.
    pub(crate) fn answer<C: Command>(&self) -> Result<C::Response> {
        let missing = || {
            let what = format!("the snapshot holds no answer to {}", C::full_name());
            Error::new(ErrorKind::Snapshot, what)
        };
        self.answers::<C>().next().ok_or_else(missing)?.map(|(_, response)| response)
    }
}

impl Exchange {
    /// Whether the command was answered, and not refused.
    pub fn is_answered(&self) -> bool {
        self.status.as_ref().is_some_and(|status| status.status == ApiStatusCode::OK)
    }
}

impl Snapshot {
    /// The demo board, as a KiCad of a line shows it: two layers, some footprints, tracks, vias, a filled zone, texts,
    /// dimensions, a group.
    pub fn demo(line: Line) -> Self {
        Loaded::demo(line).snapshot.clone()
    }
}
