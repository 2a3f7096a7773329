//! Snapshots: everything that KiCad's API shows of a board, in one value.
//!
//! A [`Snapshot`] holds answers, not a model: each reading command with what KiCad said to it. So nothing is lost between a
//! KiCad and a file, and what a newer KiCad can be asked needs no new format. [`Taking`] is how one is taken, without a
//! socket: it says what to ask next, and is told the answer. `docs/snapshot.md` describes the format.

mod error;
mod message;
mod take;

use std::io::{self, Read};

pub use error::{SnapshotError, SnapshotErrorKind};
pub use message::{Exchange, Snapshot};
pub use take::{TRACKS, Taking};

/// The version of the format that is written, and the newest that is read.
pub const FORMAT: u32 = 1;

/// The most bytes that are read of a snapshot: a protobuf message of more than 2 GiB is none to other programs.
pub const LARGEST: u64 = 1 << 31;

/// Reads all bytes of what may be a snapshot, unless there is no end of them, as of a device.
///
/// # Errors
///
/// When it cannot be read; of the kind [`FileTooLarge`](io::ErrorKind::FileTooLarge) when there are more than [`LARGEST`].
///
/// # Examples
///
/// ```
/// use kiapi_gen::snapshot::{self, Snapshot};
///
/// let file = Snapshot::new().to_bytes();
/// assert_eq!(snapshot::read(file.as_slice())?, file);
/// # Ok::<_, std::io::Error>(())
/// ```
pub fn read(from: impl Read) -> io::Result<Vec<u8>> {
    read_up_to(from, LARGEST)
}

fn read_up_to(from: impl Read, largest: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(largest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > largest {
        let what = format!("it has more than {largest} bytes, as no snapshot has; name another file");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_read_up_to_a_limit() {
        assert_eq!(read_up_to("12345".as_bytes(), 5).unwrap(), b"12345");
        for endless in [Box::new("123456".as_bytes()) as Box<dyn Read>, Box::new(io::repeat(0))] {
            let error = read_up_to(endless, 5).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
            assert_eq!(error.to_string(), "it has more than 5 bytes, as no snapshot has; name another file");
        }
    }
}
