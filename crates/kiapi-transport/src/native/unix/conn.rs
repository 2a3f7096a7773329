//! A client's socket that blocks.

use std::io::{self, ErrorKind as Io, IoSlice};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::socket::{self, Wait};
use crate::exchange::{self, Space};
use crate::{Address, Deadline};

/// A socket that blocks until something has happened or a deadline has passed.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: UnixStream,
    /// The socket's read timeout, to save a system call when it will do for the next read too.
    timeout: Option<Duration>,
}

impl Socket {
    #[cfg(feature = "server")]
    #[inline]
    pub(in super::super) fn into_stream(self) -> UnixStream {
        self.stream
    }
}

impl exchange::Socket for Socket {
    #[inline]
    async fn connect(address: &Address, deadline: Deadline) -> io::Result<Self> {
        let path = address.path().ok_or(Io::Unsupported)?;
        Ok(Self { stream: socket::connect_until(path, deadline)?.into(), timeout: None })
    }

    #[inline]
    async fn send(&mut self, parts: &[IoSlice<'_>; 2], deadline: Deadline) -> io::Result<usize> {
        match socket::send(&self.stream, parts, Wait::No) {
            Err(error) if error.kind() == Io::WouldBlock => {
                socket::send_little(&self.stream, parts, deadline)
            }
            done => done,
        }
    }

    #[inline]
    async fn receive(&mut self, mut into: Space<'_>, deadline: Deadline) -> io::Result<usize> {
        let mut first = true;
        loop {
            let left = deadline.remaining();
            let needed = match (left, self.timeout) {
                (Some(Duration::ZERO), _) => return Err(Io::TimedOut.into()),
                // Waking early is harmless, as long as it is not too often.
                (Some(left), Some(now)) if now <= left && now >= left / 2 => self.timeout,
                // A little less than what is left, so that the next call with the same timeout need not set it again.
                (Some(left), _) if first => Some(left * 7 / 8),
                (left, _) => left,
            };
            if needed != self.timeout {
                socket::set_receive_timeout(&self.stream, needed)?;
                self.timeout = needed;
            }
            let received = match &mut into {
                Space::Buffer(buffer) => socket::receive(&self.stream, buffer, Wait::Timeout),
                Space::Room(vec) => socket::receive_more(&self.stream, vec, Wait::Timeout),
            };
            match received {
                Err(error) if matches!(error.kind(), Io::WouldBlock | Io::TimedOut) => first = false,
                done => return done,
            }
        }
    }

    #[inline]
    fn is_own_user(&self) -> io::Result<bool> {
        socket::is_own_user(&self.stream)
    }

    #[inline]
    fn rest(&mut self) {}

    #[inline]
    fn shut(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
