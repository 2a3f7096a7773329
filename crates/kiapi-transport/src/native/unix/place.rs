//! The file of a server's socket: who may put one there, and who removes it.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::net::{SocketAddrUnix, bind};

use super::socket;
use crate::native;
use crate::{Address, ConnectOptions, Error, ErrorKind, Result};

/// How long a socket that is in our way has time to prove that somebody listens there.
const PROBE: Duration = Duration::from_millis(500);

/// How long the queue of connections that were not accepted yet may be; the system has its own limit below.
const BACKLOG: i32 = 1024;

/// Where the socket file of a server lies: its full path, since whoever closes the server may have another working
/// directory by then.
#[derive(Clone, Debug)]
pub(in super::super) struct Place {
    path: PathBuf,
    file: FileId,
}

impl Place {
    /// Removes the file, unless someone took the path over.
    #[inline]
    pub(in super::super) fn clear(&self) {
        if FileId::of(&self.path).is_ok_and(|file| file == self.file) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Which file a path leads to, to remove our own socket and not that of someone who took the path over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileId(u64, u64);

impl FileId {
    #[inline]
    fn of(path: &Path) -> io::Result<Self> {
        let found = fs::symlink_metadata(path)?;
        Ok(Self(found.dev(), found.ino()))
    }
}

/// Listens at an address, in place of who has died there.
#[inline]
pub(in super::super) fn listen(address: &Address) -> Result<(UnixListener, Place)> {
    let Some(path) = address.path() else {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!("cannot listen at the pipe `{address}` here"),
        ));
    };
    let listened = match listen_at(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            claim(address, path)?;
            listen_at(path)
        }
        result => result,
    };
    let (listener, file) = listened.map_err(|error| bind_error(address, error))?;
    match std::path::absolute(path) {
        Ok(path) => Ok((listener, Place { path, file })),
        Err(error) => {
            let _ = fs::remove_file(path);
            Err(bind_error(address, error))
        }
    }
}

/// Binds and listens, with a socket file that only its owner may use from the first moment on.
#[inline]
fn listen_at(path: &Path) -> io::Result<(UnixListener, FileId)> {
    let socket = socket::new_socket()?;
    bind(&socket, &SocketAddrUnix::new(path)?)?;
    // Nobody can connect between `bind` and `listen`, so the umask does not matter.
    let ready = fs::set_permissions(path, Permissions::from_mode(0o600))
        .and_then(|()| FileId::of(path))
        .and_then(|id| rustix::net::listen(&socket, BACKLOG).map(|()| id).map_err(io::Error::from));
    match ready {
        Ok(id) => {
            let listener = UnixListener::from(socket);
            listener.set_nonblocking(true)?;
            Ok((listener, id))
        }
        Err(error) => {
            let _ = fs::remove_file(path);
            Err(error)
        }
    }
}

/// Makes sure that nobody listens at a path, and removes a socket file whose owner has died; anything else is left alone.
///
/// The question is asked with a whole handshake: a connection without one can wedge a KiCad.
#[inline]
pub(crate) fn claim(address: &Address, path: &Path) -> Result<()> {
    let in_use =
        |why: &str| Err(Error::new(ErrorKind::AddressInUse, format!("cannot listen at `{address}`: {why}")));
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => {}
        Ok(_) => return in_use("there is a file that is not a socket"),
        // Nobody there, or nothing that can be said before `bind` says it better.
        Err(_) => return Ok(()),
    }
    match native::Client::connect(address, &ConnectOptions::new().timeout(PROBE)) {
        Err(error) if error.kind() == ErrorKind::Refused => match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(bind_error(address, error)),
            _ => Ok(()),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        _ => in_use("somebody else listens there"),
    }
}

#[inline]
fn bind_error(address: &Address, error: io::Error) -> Error {
    let (kind, hint) = match error.kind() {
        io::ErrorKind::AddrInUse => (ErrorKind::AddressInUse, ": somebody else listens there"),
        io::ErrorKind::NotFound => (ErrorKind::NotFound, ": its folder does not exist"),
        io::ErrorKind::PermissionDenied => {
            (ErrorKind::PermissionDenied, ": its folder may not be written to")
        }
        _ => (ErrorKind::Io, ""),
    };
    Error::new(kind, format!("cannot listen at `{address}`{hint}")).with_source(error)
}
