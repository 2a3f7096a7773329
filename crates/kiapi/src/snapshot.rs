//! Snapshots: everything that KiCad's API shows of a board, in one value that can be saved, looked at without KiCad, and
//! loaded by the emulator.
//!
//! A [`Snapshot`] holds the answers to all reading commands. Taking one is a sequence of calls: [`Taking`] says what to ask
//! next, and is told the answer. The format is that of [`docs/snapshot.md`].
//!
//! [`docs/snapshot.md`]: https://github.com/kiapi-rs/kiapi/blob/main/docs/snapshot.md

use std::fs::{self, File};
use std::io;
use std::path::Path;

pub use kiapi_gen::snapshot::{
    Exchange, FORMAT, LARGEST, Snapshot, SnapshotError, SnapshotErrorKind, Taking,
};

/// Reads a snapshot from a file, which is protobuf or, with the feature `serde`, JSON.
///
/// # Errors
///
/// When the file cannot be read; of the kind [`FileTooLarge`](io::ErrorKind::FileTooLarge) when it has more than [`LARGEST`]
/// bytes, or no end; of the kind [`InvalidData`](io::ErrorKind::InvalidData), with the [`SnapshotError`] inside, when it is no
/// snapshot or has a format that is newer than this crate.
///
/// # Examples
///
/// ```
/// use kiapi::snapshot::{self, Snapshot};
///
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("board.kiapi");
/// snapshot::save(&Snapshot::new(), &file)?;
/// assert_eq!(snapshot::load(&file)?, Snapshot::new());
/// # Ok::<_, std::io::Error>(())
/// ```
pub fn load(path: impl AsRef<Path>) -> io::Result<Snapshot> {
    Snapshot::from_bytes(&kiapi_gen::snapshot::read(File::open(path)?)?).map_err(invalid)
}

/// Writes a snapshot to a file: as JSON if its name ends in `.json`, as protobuf otherwise.
///
/// # Errors
///
/// When the file cannot be written; of the kind [`InvalidData`](io::ErrorKind::InvalidData), with the [`SnapshotError`]
/// inside, when JSON cannot show what is in it. Then there is no file.
///
/// # Examples
///
/// ```
/// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
/// use kiapi::snapshot;
///
/// let folder = tempfile::tempdir()?;
/// snapshot::save(&kicad.board()?.snapshot()?, folder.path().join("demo.kiapi"))?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub fn save(snapshot: &Snapshot, path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref();
    fs::write(path, snapshot.to_file(path).map_err(invalid)?)
}

#[inline]
fn invalid(error: SnapshotError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
