//! Unix sockets as this crate needs them: what std cannot do, in one place.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, OwnedFd};
#[cfg(feature = "server")]
use std::os::unix::net::UnixListener;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use rustix::io::{Errno, retry_on_intr};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvFlags, SendAncillaryBuffer, SendFlags, SocketAddrUnix, SocketType, connect, recv,
    sendmsg,
};

use crate::Deadline;

/// No signal when the peer is gone. Apple's systems have a socket option instead, set by [`new_socket`] and std.
#[cfg(not(target_vendor = "apple"))]
const NO_SIGNAL: SendFlags = SendFlags::NOSIGNAL;
#[cfg(target_vendor = "apple")]
const NO_SIGNAL: SendFlags = SendFlags::empty();

/// What is copied together to be sent with `send`: for a small message that costs less than `sendmsg` of its parts.
const SMALL: usize = 512;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// As long as the socket's timeout says.
    Timeout,
    No,
}

#[cfg(not(target_vendor = "apple"))]
#[inline]
pub(super) fn new_socket() -> io::Result<OwnedFd> {
    use rustix::net::{SocketFlags, socket_with};

    Ok(socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?)
}

#[cfg(target_vendor = "apple")]
#[inline]
pub(super) fn new_socket() -> io::Result<OwnedFd> {
    use rustix::io::{FdFlags, fcntl_setfd};
    use rustix::net::socket;
    use rustix::net::sockopt::set_socket_nosigpipe;

    let socket = socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
    fcntl_setfd(&socket, FdFlags::CLOEXEC)?;
    set_socket_nosigpipe(&socket, true)?;
    Ok(socket)
}

/// Connects. A listener whose queue is full makes `connect` wait; it does so no longer than a send would.
///
/// # Errors
///
/// [`io::ErrorKind::TimedOut`] at the deadline, or what `connect` says.
#[inline]
pub(super) fn connect_until(path: &Path, deadline: Deadline) -> io::Result<OwnedFd> {
    let address = SocketAddrUnix::new(path)?;
    let socket = new_socket()?;
    loop {
        match deadline.remaining() {
            Some(Duration::ZERO) => return Err(io::ErrorKind::TimedOut.into()),
            left => set_timeout(&socket, Timeout::Send, left)?,
        }
        match connect(&socket, &address) {
            Ok(()) => break,
            Err(Errno::INTR | Errno::AGAIN | Errno::TIMEDOUT | Errno::INPROGRESS) => {}
            Err(error) => return Err(error.into()),
        }
    }
    set_timeout(&socket, Timeout::Send, None)?;
    Ok(socket)
}

/// Connects at once, to a socket that never blocks.
///
/// # Errors
///
/// [`io::ErrorKind::WouldBlock`] when the listener's queue is full, or what `connect` says.
#[cfg(feature = "tokio")]
#[inline]
pub(crate) fn connect_now(path: &Path) -> io::Result<UnixStream> {
    let address = SocketAddrUnix::new(path)?;
    let socket = UnixStream::from(new_socket()?);
    socket.set_nonblocking(true)?;
    retry_on_intr(|| connect(&socket, &address))?;
    Ok(socket)
}

/// The next client that has connected, with a socket that never blocks.
#[cfg(feature = "server")]
#[inline]
pub(in super::super) fn accept(listener: &UnixListener) -> io::Result<UnixStream> {
    let (socket, _) = listener.accept()?;
    // On some systems it has this from the listener.
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Ends the connection, for the peer too.
#[cfg(feature = "server")]
#[inline]
pub(in super::super) fn shut(socket: &UnixStream) {
    let _ = socket.shutdown(std::net::Shutdown::Both);
}

/// How much was taken to be sent and is not with the system yet: nothing, ever.
#[cfg(feature = "server")]
#[inline]
pub(in super::super) fn in_flight(_socket: &UnixStream) -> usize {
    0
}

/// The effective user of this process. It is asked for each time, since a process may change it.
///
/// On Linux a socket of our own tells it, as one tells the user of a peer. rustix has a call for it among all that it has of
/// processes, which everybody who builds this would build.
///
/// # Errors
///
/// When the system has no socket left for this process.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[inline]
pub fn own_user() -> io::Result<u32> {
    let (socket, _other) = UnixStream::pair()?;
    Ok(rustix::net::sockopt::socket_peercred(&socket)?.uid.as_raw())
}

/// The effective user of this process.
///
/// # Errors
///
/// None; on Linux there may be.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[inline]
pub fn own_user() -> io::Result<u32> {
    Ok(rustix::process::geteuid().as_raw())
}

/// Whether the peer belongs to our user, as far as the system tells.
///
/// # Errors
///
/// When it is not known who we are.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn is_own_user(socket: impl AsFd) -> io::Result<bool> {
    Ok(belongs_to(socket, own_user()?))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn belongs_to(socket: impl AsFd, user: u32) -> bool {
    rustix::net::sockopt::socket_peercred(socket).is_ok_and(|peer| peer.uid.as_raw() == user)
}

/// Whether the peer belongs to our user, as far as the system tells: not at all.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere the system may not say who we are")]
pub(crate) fn is_own_user(_socket: impl AsFd) -> io::Result<bool> {
    Ok(true)
}

/// Sets how long a read may wait.
pub(super) fn set_receive_timeout(socket: impl AsFd, time: Option<Duration>) -> io::Result<()> {
    set_timeout(socket, Timeout::Recv, time)
}

fn set_timeout(socket: impl AsFd, which: Timeout, time: Option<Duration>) -> io::Result<()> {
    // Zero would mean for ever.
    Ok(set_socket_timeout(socket, which, time.map(|time| time.max(Duration::from_millis(1))))?)
}

/// Sends what the socket takes; `WouldBlock` when that is nothing.
pub(crate) fn send(socket: impl AsFd, parts: &[IoSlice<'_>; 2], wait: Wait) -> io::Result<usize> {
    let flags = if wait == Wait::No { NO_SIGNAL | SendFlags::DONTWAIT } else { NO_SIGNAL };
    let [first, second] = parts;
    let length = first.len() + second.len();
    if length <= SMALL {
        let mut whole = [0; SMALL];
        whole[..first.len()].copy_from_slice(first);
        whole[first.len()..length].copy_from_slice(second);
        return Ok(retry_on_intr(|| rustix::net::send(&socket, &whole[..length], flags))?);
    }
    Ok(retry_on_intr(|| sendmsg(&socket, parts, &mut SendAncillaryBuffer::default(), flags))?)
}

/// Sends the first bytes, when the socket takes none now.
///
/// So few are taken at once or not at all. Of more, the system would take one piece after the other, with the whole time anew
/// for each.
///
/// # Errors
///
/// [`io::ErrorKind::TimedOut`] at the deadline, or what `send` says.
pub(super) fn send_little(
    socket: impl AsFd,
    parts: &[IoSlice<'_>; 2],
    deadline: Deadline,
) -> io::Result<usize> {
    let mut little = [0; SMALL];
    let mut length = 0;
    for part in parts {
        let count = part.len().min(SMALL - length);
        little[length..length + count].copy_from_slice(&part[..count]);
        length += count;
    }
    loop {
        match deadline.remaining() {
            Some(Duration::ZERO) => return Err(io::ErrorKind::TimedOut.into()),
            left => set_timeout(&socket, Timeout::Send, left)?,
        }
        match rustix::net::send(&socket, &little[..length], NO_SIGNAL) {
            Err(Errno::INTR | Errno::AGAIN | Errno::TIMEDOUT) => {}
            done => return Ok(done?),
        }
    }
}

/// Receives what is there; 0 at the end of the stream.
pub(crate) fn receive(socket: impl AsFd, into: &mut [u8], wait: Wait) -> io::Result<usize> {
    Ok(retry_on_intr(|| recv(&socket, &mut *into, receive_flags(wait)))?.0)
}

/// Like [`receive`], appending to a vector that has room.
pub(crate) fn receive_more(socket: impl AsFd, into: &mut Vec<u8>, wait: Wait) -> io::Result<usize> {
    let flags = receive_flags(wait);
    Ok(retry_on_intr(|| recv(&socket, rustix::buffer::spare_capacity(into), flags))?.0)
}

#[inline]
fn receive_flags(wait: Wait) -> RecvFlags {
    if wait == Wait::No { RecvFlags::DONTWAIT } else { RecvFlags::empty() }
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use std::os::unix::net::UnixStream;

    use rustix::process::geteuid;

    use super::{belongs_to, is_own_user, own_user};

    #[test]
    fn socket_of_our_own_tells_our_user() {
        assert_eq!(own_user().unwrap(), geteuid().as_raw());
    }

    #[test]
    fn peer_belongs_to_its_user_and_to_no_other() {
        let (one, other) = UnixStream::pair().unwrap();
        let own = geteuid().as_raw();
        for socket in [&one, &other] {
            assert!(is_own_user(socket).unwrap() && belongs_to(socket, own));
            assert!(!belongs_to(socket, own ^ 1));
        }
    }

    #[test]
    fn what_has_no_peer_belongs_to_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let file = std::fs::File::create(folder.path().join("file")).unwrap();
        assert!(!is_own_user(&file).unwrap());
    }
}
