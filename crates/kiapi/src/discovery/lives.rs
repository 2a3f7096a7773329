//! Whether a process lives, as far as the system tells.

/// Whether there is a process with this id, of whichever user; none when the system does not tell. One that has ended and
/// that nobody has waited for counts: threads of it may go on.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[inline]
pub(super) fn lives(pid: u32) -> Option<bool> {
    listed(std::path::Path::new("/proc"), std::process::id(), pid)
}

/// Whether `/proc` lists a process, as seen by the process `me`.
///
/// A signal that is none would tell it too, but takes what rustix has of processes, which all who build this would build.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[inline]
fn listed(proc: &std::path::Path, me: u32, pid: u32) -> Option<bool> {
    // Nothing is mounted there, or it numbers processes as they are in another namespace.
    if proc.join("self").read_link().ok()?.as_os_str() != me.to_string().as_str() {
        return None;
    }
    match proc.join(pid.to_string()).symlink_metadata() {
        Ok(_) => Some(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mounts = std::fs::read(proc.join("self/mountinfo")).ok()?;
            (!hides(&String::from_utf8_lossy(&mounts))).then_some(false)
        }
        Err(_) => None,
    }
}

/// Whether what is mounted at `/proc` leaves out processes of others, in the text of `mountinfo`: the mount point is the
/// fifth column, and the options of the file system are the last.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[inline]
fn hides(mounts: &str) -> bool {
    let at_proc = |line: &&str| line.split(' ').nth(4) == Some("/proc");
    // One that is mounted over another comes after it. Without a line, nothing is known of what is there.
    let Some(line) = mounts.lines().rfind(at_proc) else { return true };
    let options = line.rsplit(' ').next().unwrap_or_default();
    let hidden = options.split(',').find_map(|option| option.strip_prefix("hidepid="));
    // In both of these all are listed; of those of others less is told.
    !matches!(hidden, None | Some("0" | "off" | "1" | "noaccess"))
}

/// Whether there is a process with this id, of whichever user.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[inline]
pub(super) fn lives(pid: u32) -> Option<bool> {
    use rustix::process::{Pid, test_kill_process};

    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return Some(false) };
    Some(!matches!(test_kill_process(pid), Err(rustix::io::Errno::SRCH)))
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    /// What is told of a process that is not ours, or gone: the truth, or nothing where `/proc` may hide some.
    #[track_caller]
    fn check(pid: u32, expected: bool) {
        let may_hide =
            std::fs::read_to_string("/proc/self/mountinfo").is_ok_and(|it| it.contains("hidepid="));
        let told = lives(pid);
        assert!(told == Some(expected) || (may_hide && told.is_none()), "{told:?} of {pid}, not {expected}");
    }

    #[test]
    fn process_lives_until_it_is_gone() {
        assert_eq!(lives(std::process::id()), Some(true));
        let mut child = Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().unwrap();
        assert_eq!(lives(child.id()), Some(true));
        child.kill().unwrap();
        child.wait().unwrap();
        check(child.id(), false);
        // Another user's, for most.
        check(1, true);
        // None has these.
        check(0, false);
        check(u32::MAX, false);
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    mod of_linux {
        use std::fs;
        use std::os::unix::fs::symlink;

        use super::super::*;

        const ALL: &str =
            "22 25 0:21 / /sys rw - sysfs sysfs rw\n23 25 0:22 / /proc rw,nosuid - proc proc rw\n";

        /// What is told of the processes 7, which is listed, and 8, which is not, by one that `/proc` calls `own`.
        #[track_caller]
        fn check(own: Option<&str>, mounts: Option<&str>, expected: [Option<bool>; 2]) {
            let proc = tempfile::tempdir().unwrap();
            fs::create_dir(proc.path().join("7")).unwrap();
            if let Some(own) = own {
                symlink(own, proc.path().join("self")).unwrap();
            }
            if let Some(mounts) = mounts {
                fs::write(proc.path().join("7/mountinfo"), mounts).unwrap();
            }
            assert_eq!([7, 8].map(|pid| listed(proc.path(), 7, pid)), expected, "{own:?} {mounts:?}");
        }

        #[test]
        fn process_that_is_not_listed_is_gone_where_all_are_listed() {
            check(Some("7"), Some(ALL), [Some(true), Some(false)]);
        }

        #[test]
        fn nothing_is_known_where_no_process_is_listed() {
            check(None, None, [None; 2]);
        }

        #[test]
        fn nothing_is_known_where_the_processes_of_another_namespace_are_listed() {
            check(Some("9"), Some(ALL), [None; 2]);
        }

        #[test]
        fn process_that_is_not_listed_may_be_hidden() {
            for options in
                ["rw,hidepid=2", "rw,gid=4,hidepid=invisible", "rw,hidepid=ptraceable", "hidepid=4"]
            {
                let hidden = format!("{ALL}31 23 0:40 / /proc rw shared:4 - proc proc {options}\n");
                check(Some("7"), Some(&hidden), [Some(true), None]);
            }
            check(Some("7"), None, [Some(true), None]);
            check(Some("7"), Some(""), [Some(true), None]);
        }

        #[test]
        fn processes_that_are_only_not_told_of_are_listed() {
            for options in ["rw", "rw,hidepid=0", "rw,hidepid=off", "rw,hidepid=1", "rw,hidepid=noaccess"] {
                let mounts = format!("31 23 0:40 / /proc rw - proc proc {options}\n");
                check(Some("7"), Some(&mounts), [Some(true), Some(false)]);
            }
        }
    }
}
