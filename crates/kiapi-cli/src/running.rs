//! Who listens at a socket, and whether it is stopped, as far as Linux tells. Elsewhere nothing is known.

use std::path::Path;

/// The flag of a socket that accepts connections (`__SO_ACCEPTCON`).
const ACCEPTS: u32 = 0x1_0000;

/// The name of the program of a process.
pub(crate) fn program(pid: u32) -> Option<String> {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    Some(name.trim_end().to_owned())
}

/// Whether a process is stopped, by a signal or a debugger.
pub(crate) fn is_stopped(pid: u32) -> bool {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name, in brackets, may have anything inside.
    text.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['T', 't']))
}

/// The ids of all processes.
pub(crate) fn processes() -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut found: Vec<u32> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    found.sort_unstable();
    found
}

/// The process that listens at a path, of those whose files may be looked at.
pub(crate) fn listener(path: &Path) -> Option<u32> {
    let path = std::path::absolute(path).ok()?;
    let table = std::fs::read_to_string("/proc/net/unix").ok()?;
    let name = format!("socket:[{}]", inode(&table, path.to_str()?)?);
    let has = |pid: &u32| {
        let files = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        files
            .into_iter()
            .any(|file| file.path().read_link().is_ok_and(|link| link.as_os_str() == name.as_str()))
    };
    processes().into_iter().find(has)
}

/// The number of the socket that listens at an absolute path, in the text of `/proc/net/unix`: eight columns, with the flags in the
/// fourth, the number in the seventh, and the path in the last one.
fn inode<'a>(table: &'a str, path: &str) -> Option<&'a str> {
    table.lines().find_map(|line| {
        let columns: Vec<&str> = line.split_ascii_whitespace().take(7).collect();
        let [_, _, _, flags, _, _, inode] = columns.as_slice() else { return None };
        let accepts = u32::from_str_radix(flags, 16).is_ok_and(|flags| flags & ACCEPTS != 0);
        (accepts && line.ends_with(&format!(" {path}"))).then_some(*inode)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listening_socket_is_told_from_its_connections() {
        let table = "Num       RefCount Protocol Flags    Type St Inode Path\n\
            0000000000000000: 00000003 00000000 00000000 0001 03 1576 /tmp/a b.sock\n\
            0000000000000000: 00000002 00000000 00010000 0001 01 15770 /tmp/a b.sock\n\
            0000000000000000: 00000003 00000000 00000000 0001 03 1579\n";
        assert_eq!(inode(table, "/tmp/a b.sock"), Some("15770"));
        assert_eq!(inode(table, "/tmp/a"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn own_socket_is_found_and_we_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert_eq!(listener(&path), Some(std::process::id()));
        assert_eq!(listener(&folder.path().join("t")), None);
        assert!(!is_stopped(std::process::id()));
    }
}
