//! Whether a process that listens is stopped, as far as Linux tells. Elsewhere nothing is known.

use std::fs;

/// The process that has the socket of this number, if it is stopped: by a signal, or a debugger.
///
/// Only what stopped processes have open is looked at, and there are few of them. What those of other users have open is
/// not told.
#[inline]
pub(super) fn holder(socket: u64) -> Option<u32> {
    let name = format!("socket:[{socket}]");
    let has_it = |pid: &u32| {
        let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        let mut targets = files.filter_map(|file| file.path().read_link().ok());
        targets.any(|target| target.as_os_str() == name.as_str())
    };
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| is_stopped(*pid)).find(has_it)
}

#[inline]
fn is_stopped(pid: u32) -> bool {
    // The name of the program may be no text.
    let line = fs::read(format!("/proc/{pid}/stat")).unwrap_or_default();
    state(&String::from_utf8_lossy(&line)).is_some_and(|state| matches!(state, 'T' | 't'))
}

/// The state in the line that `/proc` has of a process. It comes after the name, which has any letters between brackets.
#[inline]
fn state(line: &str) -> Option<char> {
    line.rsplit_once(") ")?.1.chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_comes_after_the_last_bracket() {
        for (line, expected) in [
            ("4711 (pcbnew) T 1 4711", Some('T')),
            ("4711 (a) T (b) S 1 4711", Some('S')),
            ("4711 (gdb) t 1", Some('t')),
            ("", None),
        ] {
            assert_eq!(state(line), expected, "{line}");
        }
    }
}
