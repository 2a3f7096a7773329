//! Snapshots: everything that KiCad's API shows of a board, in one value.
//!
//! A [`Snapshot`] holds answers, not a model: each reading command with what KiCad said to it. So nothing is lost between a
//! KiCad and a file, and what a newer KiCad can be asked needs no new format. [`Taking`] is how one is taken, without a
//! socket: it says what to ask next, and is told the answer. `docs/snapshot.md` describes the format.

mod error;
mod message;
mod take;

pub use error::{SnapshotError, SnapshotErrorKind};
pub use message::{Exchange, Snapshot};
pub use take::{TRACKS, Taking};

/// The version of the format that is written, and the newest that is read.
pub const FORMAT: u32 = 1;
