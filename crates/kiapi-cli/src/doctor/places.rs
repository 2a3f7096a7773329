//! Where KiCad's sockets lie: the folder for temporary files, and what is below it.

use kiapi::Address;

use super::Findings;
use crate::instances::Found;

const AREA: &str = "Folders";

pub(super) fn look(found: &[Found], findings: &mut Findings) {
    // KiCad on macOS does not look at the environment.
    let folder = if cfg!(target_os = "macos") { "/tmp".into() } else { std::env::temp_dir() };
    let kicad = folder.join("kicad");
    if let Err(error) = Address::from_path(kicad.join("api.sock")) {
        let what = format!("a KiCad that is started here has no API, and says nothing of it: {error}");
        findings.problem(AREA, what, "set TMPDIR to a folder with a shorter path, and start KiCad again");
    }
    #[cfg(unix)]
    unix::look(&folder, &kicad, found, findings);
    #[cfg(not(unix))]
    let _ = found;
}

#[cfg(unix)]
mod unix {
    use std::fs::{self, File, Metadata};
    use std::io::ErrorKind;
    use std::os::unix::fs::MetadataExt as _;
    use std::path::Path;

    use kiapi::InstanceState;
    use rustix::fs::{Access, Mode, OFlags};

    use super::AREA;
    use crate::doctor::Findings;
    use crate::instances::Found;

    const ELSEWHERE: &str = "set TMPDIR to a folder of your own, for KiCad and for clients";

    pub(super) fn look(folder: &Path, kicad: &Path, found: &[Found], findings: &mut Findings) {
        let shown = folder.display();
        match fs::metadata(folder) {
            Err(error) => {
                let what = format!("the folder for temporary files, {shown}, cannot be looked at: {error}");
                return findings.problem(AREA, what, ELSEWHERE);
            }
            Ok(data) if !data.is_dir() => {
                return findings.problem(
                    AREA,
                    format!("{shown}, for temporary files, is no folder"),
                    ELSEWHERE,
                );
            }
            Ok(data) => temporary(folder, &data, findings),
        }
        match fs::symlink_metadata(kicad) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                findings.note(
                    AREA,
                    format!("there is no {}: no KiCad had its socket there", kicad.display()),
                    "",
                );
            }
            Err(error) => {
                let what = format!("{} cannot be looked at: {error}", kicad.display());
                findings.problem(AREA, what, ELSEWHERE);
            }
            Ok(data) => {
                if below(kicad, &data, findings) {
                    lock(&kicad.join("api.lock"), found, findings);
                }
            }
        }
        found.iter().for_each(|found| mode(found, findings));
    }

    fn own_user() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    fn temporary(folder: &Path, data: &Metadata, findings: &mut Findings) {
        let (shown, mode) = (folder.display(), data.mode() & 0o7777);
        if rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK).is_err() {
            let what = format!(
                "{shown}, for temporary files, may not be written to (mode {mode:04o}, of user {})",
                data.uid()
            );
            findings.problem(AREA, what, ELSEWHERE);
        } else if mode & 0o022 != 0 && mode & 0o1000 == 0 {
            let what = format!(
                "in {shown}, for temporary files, others may remove and replace everything (mode {mode:04o})"
            );
            findings.problem(AREA, what, format!("chmod +t {shown}, or {ELSEWHERE}"));
        } else {
            findings.ok(
                AREA,
                format!("{shown} is for temporary files (mode {mode:04o}, of user {})", data.uid()),
            );
        }
    }

    /// Whether it is worth looking into KiCad's folder.
    fn below(kicad: &Path, data: &Metadata, findings: &mut Findings) -> bool {
        let (shown, mode) = (kicad.display(), data.mode() & 0o7777);
        if data.is_symlink() || !data.is_dir() {
            let what = if data.is_symlink() { "is a link" } else { "is no folder" };
            let what = format!("{shown} {what}: somebody may want to answer in KiCad's place");
            findings.problem(AREA, what, format!("remove it, or {ELSEWHERE}"));
            return false;
        }
        if data.uid() != own_user() {
            let what =
                format!("{shown} belongs to the user {}, who could answer in KiCad's place", data.uid());
            findings.problem(AREA, what, ELSEWHERE);
            return false;
        }
        if mode & 0o022 != 0 {
            let what = format!("others may put sockets into {shown} (mode {mode:04o})");
            findings.problem(AREA, what, format!("chmod 700 {shown}"));
        } else {
            findings.ok(AREA, format!("{shown} is yours (mode {mode:04o})"));
        }
        true
    }

    /// Whether a lock is left behind, or in the way.
    fn lock(lock: &Path, found: &[Found], findings: &mut Findings) {
        let shown = lock.display();
        let data = match fs::symlink_metadata(lock) {
            Err(error) if error.kind() == ErrorKind::NotFound => return,
            Err(error) => {
                return findings.problem(
                    AREA,
                    format!("{shown} cannot be looked at: {error}"),
                    format!("remove {shown}"),
                );
            }
            Ok(data) => data,
        };
        if !data.is_file() || data.uid() != own_user() {
            let whose = if data.is_file() {
                format!("belongs to the user {}", data.uid())
            } else {
                "is no file".to_owned()
            };
            return findings.problem(
                AREA,
                format!("{shown} {whose}, so KiCad cannot lock it"),
                format!("remove {shown}"),
            );
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match rustix::fs::open(lock, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(error) => {
                return findings.problem(
                    AREA,
                    format!("{shown} cannot be opened: {error}"),
                    format!("remove {shown}"),
                );
            }
        };
        match file.try_lock_shared() {
            Ok(()) => {
                let _ = file.unlock();
                findings.note(
                    AREA,
                    format!("{shown} is left behind, and nobody holds it"),
                    "the next KiCad takes it over",
                );
            }
            Err(_) => {
                let socket = lock.with_file_name("api.sock");
                if !found.iter().any(|found| found.instance.place() == socket) {
                    let what = format!("{shown} is held, and there is no {}", socket.display());
                    findings.problem(AREA, what, "end that KiCad and start it again: its socket was removed");
                }
            }
        }
    }

    /// Whether others may connect.
    fn mode(found: &Found, findings: &mut Findings) {
        if matches!(found.instance.state(), InstanceState::Stale | InstanceState::Refused) {
            return;
        }
        let place = found.instance.place();
        let Ok(socket) = fs::symlink_metadata(place) else { return };
        let folder = place.parent().and_then(|folder| fs::metadata(folder).ok());
        let is_open = folder.is_none_or(|folder| folder.mode() & 0o011 != 0);
        let mode = socket.mode() & 0o7777;
        if mode & 0o022 != 0 && is_open {
            let what = format!(
                "other users may do with the KiCad at {} what they like (mode {mode:04o})",
                place.display()
            );
            findings.problem(
                AREA,
                what,
                format!("chmod 700 {}, and start KiCad with umask 022", place.display()),
            );
        }
    }
}
