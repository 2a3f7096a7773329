//! A snapshot: everything that the API shows of a board, as one file.
//!
//! The format, and what is asked to take one, are [`kiapi_gen::snapshot`]; here it meets files and sockets.

use std::fs::{self, File};
use std::ops::{Deref, DerefMut};
use std::path::Path;

pub use kiapi_gen::snapshot::Exchange;
use kiapi_gen::snapshot::{SnapshotError, SnapshotErrorKind, Taking};
use kiapi_gen::{Request, Response};
use kiapi_transport::{CallOptions, Transport};

use crate::loaded::Loaded;
use crate::{Error, ErrorKind, Line, Result};

/// Everything that KiCad's API shows of a board: each reading command, and what was answered.
///
/// It is a [`kiapi_gen::snapshot::Snapshot`] that knows files, and how to be taken from a KiCad. A file of it is protobuf or
/// JSON; which of the two is seen from its first byte.
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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot(kiapi_gen::snapshot::Snapshot);

impl Deref for Snapshot {
    type Target = kiapi_gen::snapshot::Snapshot;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Snapshot {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl From<kiapi_gen::snapshot::Snapshot> for Snapshot {
    fn from(snapshot: kiapi_gen::snapshot::Snapshot) -> Self {
        Self(snapshot)
    }
}

impl From<Snapshot> for kiapi_gen::snapshot::Snapshot {
    fn from(snapshot: Snapshot) -> Self {
        snapshot.0
    }
}

impl Snapshot {
    /// Reads a snapshot from a file, in either form.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, has no end, is no snapshot, or has a format that is newer than this crate.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = File::open(path).and_then(kiapi_gen::snapshot::read).map_err(|error| {
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
        fs::write(path, self.to_file(path)?).map_err(|error| {
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
        Ok(Self(kiapi_gen::snapshot::Snapshot::from_bytes(bytes)?))
    }

    /// Takes a snapshot of the board that is open in the KiCad behind `transport`, by reading commands only.
    ///
    /// Each call takes its time from `options`. On a large board the largest answer has tens of megabytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Kicad`] when it cannot be reached, has no board open, or does not answer what every KiCad answers.
    pub fn take(transport: &dyn Transport, options: CallOptions) -> Result<Self> {
        let mut taking = Taking::new();
        while let Some(command) = taking.request() {
            let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
                let what = format!("KiCad did not answer {}", command.full_name());
                Error::new(ErrorKind::Kicad, what).with_source(error)
            };
            let request = Request::packed(command).client_name("kiapi snapshot").encode();
            let answer = transport.call(&request, &options).map_err(|error| failed(error.into()))?;
            let answer = Response::decode(&answer).map_err(|error| failed(error.into()))?;
            taking.answer(&answer)?;
        }
        Ok(Self(taking.finish()))
    }

    /// The demo board, as a KiCad of a line shows it: two layers, some footprints, tracks, vias, a filled zone, texts,
    /// dimensions, a group.
    pub fn demo(line: Line) -> Self {
        Loaded::demo(line).snapshot.clone()
    }
}

impl From<SnapshotError> for Error {
    fn from(error: SnapshotError) -> Self {
        let kind = match error.kind() {
            SnapshotErrorKind::Kicad => ErrorKind::Kicad,
            _ => ErrorKind::Snapshot,
        };
        let what = error.to_string();
        match error.into_source() {
            Some(source) => Self::new(kind, what).with_source(source),
            None => Self::new(kind, what),
        }
    }
}
