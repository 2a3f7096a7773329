//! What is known of sockets without connecting to them, since a connection that says nothing can wedge KiCad.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use kiapi_transport::Address;
use kiapi_transport::native::own_user;

use super::folders::{Folder, Layout, Processes};
use super::instance::{Instance, InstanceState};
use super::lives::lives;
use super::stopped;
use super::tables::{Listener, Listening, lock_holder};

/// A token is a short text. What is longer is none.
const MAX_TOKEN: u64 = 4096;

/// `O_NONBLOCK`, which is the same nearly everywhere, and which std has no name for.
const DO_NOT_WAIT: i32 = if cfg!(any(
    target_vendor = "apple",
    target_os = "freebsd",
    target_os = "dragonfly",
    target_os = "netbsd",
    target_os = "openbsd"
)) {
    0x4
} else if cfg!(all(
    any(target_os = "linux", target_os = "android"),
    not(any(
        target_arch = "mips",
        target_arch = "mips32r6",
        target_arch = "mips64",
        target_arch = "mips64r6",
        target_arch = "sparc",
        target_arch = "sparc64"
    ))
)) {
    0o4000
} else {
    0
};

/// The sockets in a folder, or why there are none.
#[inline]
pub(super) fn sockets_in(folder: &Folder, listening: &Listening) -> Result<Vec<Instance>, String> {
    let first = folder.path.join("api.sock");
    if let Some(reason) = distrust(folder)? {
        // Which sockets are in it does not matter then.
        return match folder.layout {
            Layout::Kicad => Ok(vec![Instance::new(first).is(InstanceState::Refused, reason)]),
            Layout::Older => Err(reason),
        };
    }
    let cannot_read = |error: io::Error| format!("cannot be read: {error}");
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder.path).map_err(cannot_read)? {
        let entry = entry.map_err(cannot_read)?;
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| folder.layout.read(name)) else { continue };
        // One that is gone meanwhile is not there.
        let Ok(data) = entry.path().symlink_metadata() else { continue };
        let made = data.modified().ok();
        let instance = socket(&entry.path(), pid, folder.processes, listening);
        found.push((pid.is_some(), std::cmp::Reverse(made), instance));
    }
    if found.is_empty() {
        return Err(match (folder.layout, Address::from_path(&first)) {
            // KiCad itself says nothing of that.
            (Layout::Kicad, Err(error)) => format!("no KiCad can listen there: {error}"),
            _ => "there is no socket".to_owned(),
        });
    }
    found.sort_by_key(|(is_further, made, _)| (*is_further, *made));
    Ok(found.into_iter().map(|(_, _, instance)| instance).collect())
}

/// Why what is in a folder is not to be trusted, if it is not; an error when there is nothing to trust.
#[inline]
fn distrust(folder: &Folder) -> Result<Option<String>, String> {
    let found = match (folder.layout, &folder.path) {
        (Layout::Kicad, path) => path.symlink_metadata(),
        // The folder for temporary files may well be a link, as on macOS.
        (Layout::Older, path) => path.metadata(),
    };
    let found = found.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "there is no such folder".to_owned(),
        _ => format!("cannot be looked at: {error}"),
    })?;
    if found.is_symlink() {
        return Ok(Some("its folder is a symlink".to_owned()));
    }
    if !found.is_dir() {
        return Ok(Some("its folder is no folder".to_owned()));
    }
    let own = own_user().map_err(|error| format!("cannot be told from another user's: {error}"))?;
    let owner = found.uid();
    // The folder for temporary files is the system's.
    let may_be_root = folder.layout == Layout::Older && owner == 0;
    if owner != own && !may_be_root {
        return Ok(Some(format!(
            "its folder belongs to the user {owner}, who could answer in KiCad's place"
        )));
    }
    Ok(None)
}

/// What is known of a socket.
#[inline]
pub(super) fn socket(path: &Path, pid: Option<u32>, processes: Processes, listening: &Listening) -> Instance {
    let mut instance = Instance::new(path.to_owned());
    instance.pid = pid.filter(|_| processes == Processes::Here);
    let data = match path.symlink_metadata() {
        Ok(data) => data,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return instance.is(InstanceState::Stale, "there is no such socket");
        }
        Err(error) => return instance.is(InstanceState::Unknown, format!("it cannot be looked at: {error}")),
    };
    if let Some(reason) = refuse(path, &data) {
        return instance.is(InstanceState::Refused, reason);
    }
    instance.token = token_beside(path);
    let listener = listening.at(path, &data);
    if let Some(pid) = stopped_listener(listener) {
        instance.pid = Some(pid);
        return instance.is(InstanceState::Stopped, format!("process {pid} is stopped"));
    }
    let lock = if pid.is_none() { lock_beside(path) } else { Lock::None };
    if let Lock::Held(holder) = lock {
        instance.pid = holder;
        let reason = match holder {
            Some(pid) => format!("process {pid} holds the lock"),
            None => "its lock is held".to_owned(),
        };
        return instance.is(InstanceState::Alive, reason);
    }
    if matches!(listener, Listener::Socket(_)) {
        return instance.is(InstanceState::Alive, "somebody listens");
    }
    if lock == Lock::Free {
        return instance.is(InstanceState::Stale, "nobody holds its lock");
    }
    match instance.pid.map(|pid| (pid, lives(pid))) {
        Some((pid, Some(false))) => instance.is(InstanceState::Stale, format!("process {pid} is gone")),
        Some((pid, Some(true))) if listener == Listener::Untold => {
            instance.is(InstanceState::Unknown, format!("process {pid} lives, and may be another program"))
        }
        // A KiCad in a container is listed there, and by another path.
        _ if listener == Listener::Nobody => instance.is(InstanceState::Unknown, "nobody is seen to listen"),
        _ => instance.is(InstanceState::Unknown, "the system does not say who listens"),
    }
}

/// The process that listens at a path, if it is stopped.
#[inline]
pub(super) fn stopped_at(path: &Path) -> Option<u32> {
    let data = path.symlink_metadata().ok()?;
    stopped_listener(Listening::now().at(path, &data))
}

#[inline]
fn stopped_listener(listener: Listener) -> Option<u32> {
    match listener {
        Listener::Socket(socket) => stopped::holder(socket),
        Listener::Untold | Listener::Nobody => None,
    }
}

/// Why nobody should connect to what is there, if so.
#[inline]
fn refuse(path: &Path, data: &Metadata) -> Option<String> {
    if data.is_symlink() {
        return Some("it is a symlink".to_owned());
    }
    if !data.file_type().is_socket() {
        return Some("it is not a socket".to_owned());
    }
    let owner = data.uid();
    match own_user() {
        Ok(own) if own == owner => {}
        Ok(_) => return Some(format!("it belongs to the user {owner}")),
        Err(error) => return Some(format!("it cannot be told from another user's: {error}")),
    }
    Address::from_path(path).err().map(|error| error.to_string())
}

/// What a lock file says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lock {
    /// Somebody holds it: this process, if it is known.
    Held(Option<u32>),
    Free,
    /// There is none that can be read.
    None,
}

/// The state of `api.lock` beside `api.sock`.
#[inline]
fn lock_beside(socket: &Path) -> Lock {
    if socket.file_name().is_none_or(|name| name != "api.sock") {
        return Lock::None;
    }
    let Ok(file) = open(&socket.with_file_name("api.lock")) else { return Lock::None };
    // Whoever wants the lock for itself is in the way of this for less than a moment, and of nobody else who looks.
    match file.try_lock_shared() {
        Ok(()) => {
            // It ends with the file in any case.
            let _ = file.unlock();
            Lock::Free
        }
        Err(TryLockError::WouldBlock) => Lock::Held(file.metadata().ok().and_then(|data| lock_holder(&data))),
        Err(TryLockError::Error(_)) => Lock::None,
    }
}

/// The token in the file beside a socket: `kicad-12.token` or `kicad-12.sock.token`.
#[inline]
fn token_beside(socket: &Path) -> Option<String> {
    let mut longer = socket.as_os_str().to_owned();
    longer.push(".token");
    [socket.with_extension("token"), PathBuf::from(longer)].iter().find_map(|path| read_token(path))
}

#[inline]
fn read_token(path: &Path) -> Option<String> {
    let file = open(path).ok()?;
    if file.metadata().ok()?.uid() != own_user().ok()? {
        return None;
    }
    let mut text = String::new();
    let read = file.take(MAX_TOKEN + 1).read_to_string(&mut text).ok()?;
    let token = text.trim();
    let is_token = read as u64 <= MAX_TOKEN && !token.is_empty() && !token.contains(char::is_control);
    is_token.then(|| token.to_owned())
}

/// Opens a file that is none of the things that could be put in its place: a link, or a pipe that nobody writes to.
#[inline]
fn open(path: &Path) -> io::Result<File> {
    let is_file = |data: Metadata| data.is_file().then(|| (data.dev(), data.ino()));
    let wanted = is_file(path.symlink_metadata()?).ok_or(io::ErrorKind::InvalidInput)?;
    // Should it be put there only now: a pipe is not waited for, and what is behind a link is another file.
    let file = OpenOptions::new().read(true).custom_flags(DO_NOT_WAIT).open(path)?;
    if is_file(file.metadata()?) != Some(wanted) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok(file)
}

#[cfg(test)]
#[path = "unix_tests.rs"]
mod tests;
