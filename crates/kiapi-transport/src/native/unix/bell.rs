//! What wakes a thread that waits at a poller.

use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

/// The end that is rung, from any thread.
#[derive(Debug)]
pub(in super::super) struct Bell(UnixStream);

/// The end that a poller waits at: readable once rung, until it is cleared.
#[derive(Debug)]
pub(in super::super) struct Rung(UnixStream);

/// A bell and where it is heard.
#[inline]
pub(in super::super) fn bell() -> io::Result<(Bell, Rung)> {
    let (bell, rung) = UnixStream::pair()?;
    bell.set_nonblocking(true)?;
    rung.set_nonblocking(true)?;
    Ok((Bell(bell), Rung(rung)))
}

impl Bell {
    #[inline]
    pub(in super::super) fn ring(&self) {
        // A full pipe wakes as well.
        let _ = (&self.0).write(&[1]);
    }
}

impl Rung {
    #[inline]
    pub(in super::super) fn clear(&self) {
        while (&self.0).read(&mut [0; 64]).is_ok_and(|count| count > 0) {}
    }
}

impl AsFd for Rung {
    #[inline]
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
