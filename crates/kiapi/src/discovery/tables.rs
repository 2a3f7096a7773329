//! What Linux tells of sockets and locks in `/proc`. Elsewhere nothing is known.

use std::ffi::OsStr;
use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The flag of a socket that accepts connections (`__SO_ACCEPTCON`).
const ACCEPTS: u32 = 0x1_0000;

/// The paths at which somebody listens, with the numbers of the sockets, if the system tells.
pub(super) struct Listening(Option<Vec<(PathBuf, u64)>>);

impl Listening {
    /// What the system says now.
    #[inline]
    pub(super) fn now() -> Self {
        let table = if cfg!(target_os = "linux") { std::fs::read("/proc/net/unix").ok() } else { None };
        Self(table.map(|table| sockets(&table)))
    }

    /// Who listens at a path, by this name of it or another.
    #[inline]
    pub(super) fn at(&self, path: &Path, data: &Metadata) -> Listener {
        let Some(listed) = self.0.as_ref() else { return Listener::Untold };
        let is_same = |other: &Path| {
            other.file_name() == path.file_name()
                && other
                    .symlink_metadata()
                    .is_ok_and(|other| (other.dev(), other.ino()) == (data.dev(), data.ino()))
        };
        // Numbers rise. The last one to take a path is the one that is reached there.
        let latest = |is_it: &dyn Fn(&Path) -> bool| {
            listed.iter().filter(|(path, _)| is_it(path)).map(|(_, socket)| *socket).max()
        };
        let found = latest(&|other| other == path).or_else(|| latest(&is_same));
        found.map_or(Listener::Nobody, Listener::Socket)
    }
}

/// Who listens at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listener {
    /// The system does not say.
    Untold,
    /// Nobody that is seen.
    Nobody,
    /// The socket with this number.
    Socket(u64),
}

/// The paths and the numbers in the text of `/proc/net/unix`: eight columns, of which the last may have blanks inside or be missing.
#[inline]
fn sockets(table: &[u8]) -> Vec<(PathBuf, u64)> {
    let socket = |line: &[u8]| {
        let mut rest = line;
        let mut columns = Vec::with_capacity(7);
        while columns.len() < 7 {
            rest = rest.trim_ascii_start();
            let end = rest.iter().position(|byte| *byte == b' ')?;
            columns.push(&rest[..end]);
            rest = &rest[end..];
        }
        let text = |column: usize| std::str::from_utf8(columns[column]).ok();
        let flags = u32::from_str_radix(text(3)?, 16).ok()?;
        let number = text(6)?.parse().ok()?;
        let path = rest.strip_prefix(b" ")?;
        // Names that begin with `@` are no files.
        (flags & ACCEPTS != 0 && path.starts_with(b"/"))
            .then(|| (PathBuf::from(OsStr::from_bytes(path)), number))
    };
    table.split(|byte| *byte == b'\n').filter_map(socket).collect()
}

/// The process that holds a lock on a file, if the system tells.
#[inline]
pub(super) fn lock_holder(file: &Metadata) -> Option<u32> {
    let table =
        if cfg!(target_os = "linux") { std::fs::read_to_string("/proc/locks").ok()? } else { return None };
    let (major, minor) = device(file.dev());
    holder(&table, (major, minor, file.ino()))
}

/// The major and the minor number of a device, as Linux puts both into one.
#[inline]
fn device(id: u64) -> (u64, u64) {
    (((id >> 32) & 0xffff_f000) | ((id >> 8) & 0xfff), ((id >> 12) & 0xffff_ff00) | (id & 0xff))
}

/// The holder of a lock on a file in the text of `/proc/locks`. Lines with an arrow are of those who wait.
#[inline]
fn holder(table: &str, file: (u64, u64, u64)) -> Option<u32> {
    table.lines().find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let [_, kind, _, _, pid, id, ..] = columns.as_slice() else { return None };
        let mut parts = id.split(':');
        let device = [parts.next()?, parts.next()?].map(|part| u64::from_str_radix(part, 16));
        let [Ok(major), Ok(minor)] = device else { return None };
        let inode = parts.next()?.parse().ok()?;
        let is_it = *kind == "FLOCK" && (major, minor, inode) == file;
        // Of a process in another container it says 0 or -1.
        is_it.then(|| pid.parse().ok().filter(|pid| *pid != 0)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_is_told_from_who_is_connected() {
        let table = b"Num       RefCount Protocol Flags    Type St Inode Path\n\
            0000000000000000: 00000002 00000000 00010000 0001 01 15770 /tmp/kicad/api.sock\n\
            0000000000000000: 00000003 00000000 00000000 0001 03  1576 /tmp/kicad/api-1.sock\n\
            0000000000000000: 00000002 00000000 00010000 0001 01  1577 @/tmp/abstract\n\
            0000000000000000: 00000002 00000000 00010000 0001 01  1578 /tmp/a  b/\xff.sock\n\
            0000000000000000: 00000003 00000000 00000000 0001 03  1579\n\
            garbage\n";
        let expected = [(&b"/tmp/kicad/api.sock"[..], 15770), (b"/tmp/a  b/\xff.sock", 1578)];
        let expected = expected.map(|(path, number)| (PathBuf::from(OsStr::from_bytes(path)), number));
        assert_eq!(sockets(table), expected);
    }

    #[test]
    fn device_is_taken_apart_as_rustix_does() {
        for id in [0, 0x801, 0xfe10, 0x1234_5678_9abc_def0, u64::MAX, 0xfff0_0000_0000_00ff, 0xfff << 8] {
            assert_eq!(device(id), (rustix::fs::major(id).into(), rustix::fs::minor(id).into()), "{id:#x}");
        }
    }

    #[test]
    fn holder_of_a_lock_is_found_by_device_and_inode() {
        let table = "1: POSIX  ADVISORY  WRITE 11 08:01:77 0 EOF\n\
            2: -> FLOCK  ADVISORY  WRITE 12 08:01:77 0 EOF\n\
            3: FLOCK  ADVISORY  WRITE 13 08:02:77 0 EOF\n\
            4: FLOCK  ADVISORY  WRITE 14 fe:10:77 0 EOF\n\
            5: FLOCK  ADVISORY  WRITE 0 08:01:78 0 EOF\n\
            6: FLOCK\n";
        assert_eq!(holder(table, (0xfe, 0x10, 77)), Some(14));
        assert_eq!(holder(table, (8, 1, 77)), None);
        assert_eq!(holder(table, (8, 1, 78)), None);
    }
}
