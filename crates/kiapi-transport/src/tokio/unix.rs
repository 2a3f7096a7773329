//! A client's unix socket that does not block.

use std::future::poll_fn;
use std::io::{self, ErrorKind as Io, IoSlice};
use std::task::{Context, Poll, ready};

use ::tokio::io::Interest;
use ::tokio::net::UnixStream;

use super::alarm::Alarm;
use super::patience;
use crate::exchange::{self, Space};
use crate::native::socket::{self, Wait};
use crate::{Address, Deadline};

/// Whether a read that leaves room says that there was no more, because the system tells when more comes.
const SHORT_IS_ALL: bool = cfg!(any(target_os = "linux", target_os = "android", target_vendor = "apple"));

/// A socket that lets other tasks run until something has happened or a deadline has passed.
#[derive(Debug)]
pub(super) struct Socket {
    stream: UnixStream,
    alarm: Alarm,
}

impl exchange::Socket for Socket {
    #[inline]
    async fn connect(address: &Address, deadline: Deadline) -> io::Result<Self> {
        let path = address.path().ok_or(Io::Unsupported)?;
        let stream = patience::connect(deadline, || socket::connect_now(path)).await?;
        Ok(Self { stream: UnixStream::from_std(stream)?, alarm: Alarm::default() })
    }

    #[inline]
    async fn send(&mut self, parts: &[IoSlice<'_>; 2], deadline: Deadline) -> io::Result<usize> {
        let Self { stream, alarm } = self;
        poll_fn(|cx| {
            loop {
                match stream.poll_write_ready(cx) {
                    Poll::Ready(ready) => ready?,
                    Poll::Pending => return alarm.poll(deadline, cx),
                }
                match stream.try_io(Interest::WRITABLE, || socket::send(&*stream, parts, Wait::No)) {
                    Err(error) if error.kind() == Io::WouldBlock => {}
                    done => return Poll::Ready(done),
                }
            }
        })
        .await
    }

    #[inline]
    async fn receive(&mut self, mut into: Space<'_>, deadline: Deadline) -> io::Result<usize> {
        let Self { stream, alarm } = self;
        poll_fn(|cx| match poll_receive(stream, &mut into, cx) {
            Poll::Pending => alarm.poll(deadline, cx),
            done @ Poll::Ready(_) => done,
        })
        .await
    }

    #[inline]
    fn is_own_user(&self) -> io::Result<bool> {
        socket::is_own_user(&self.stream)
    }

    #[inline]
    fn rest(&mut self) {
        self.alarm.unset();
    }

    #[inline]
    fn shut(&self) {
        let _ = rustix::net::shutdown(&self.stream, rustix::net::Shutdown::Both);
    }
}

#[inline]
fn poll_receive(stream: &UnixStream, into: &mut Space<'_>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
    loop {
        ready!(stream.poll_read_ready(cx))?;
        let mut received = 0;
        let done = stream.try_io(Interest::READABLE, || {
            let room = match into {
                Space::Buffer(buffer) => {
                    received = socket::receive(stream, buffer, Wait::No)?;
                    buffer.len()
                }
                Space::Room(vec) => {
                    let room = vec.capacity() - vec.len();
                    received = socket::receive_more(stream, vec, Wait::No)?;
                    room
                }
            };
            // For tokio there is nothing more to read then, so the next call need not read in vain to find that out.
            let is_all = SHORT_IS_ALL && received > 0 && received < room;
            if is_all { Err(Io::WouldBlock.into()) } else { Ok(()) }
        });
        match done {
            Err(error) if error.kind() != Io::WouldBlock => return Poll::Ready(Err(error)),
            Err(_) if received == 0 => {}
            _ => return Poll::Ready(Ok(received)),
        }
    }
}
