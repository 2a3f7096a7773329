//! A client's pipe that blocks.

use std::io::{self, ErrorKind as Io, IoSlice};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use super::reactor;
use super::socket::{self, Direction, Stream, Wait};
use crate::exchange::{self, Space};
use crate::{Address, Deadline};

/// How soon a pipe whose instances are all taken is tried again, at first and at last.
const RETRY: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(50));

/// A pipe that blocks until something has happened or a deadline has passed.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: Stream,
}

impl Socket {
    #[cfg(feature = "server")]
    #[inline]
    pub(in super::super) fn into_stream(self) -> Stream {
        self.stream
    }
}

impl exchange::Socket for Socket {
    #[inline]
    async fn connect(address: &Address, deadline: Deadline) -> io::Result<Self> {
        let name = address.pipe_name().ok_or(Io::Unsupported)?;
        let reactor = reactor::handle()?;
        let mut pause = RETRY.0;
        loop {
            let entered = reactor.enter();
            let connected = socket::connect_now(&name);
            drop(entered);
            match connected {
                // Nothing that is safe tells when an instance is free.
                Err(error) if error.kind() == Io::WouldBlock => {
                    let left = deadline.remaining().unwrap_or(pause);
                    if left.is_zero() {
                        return Err(Io::TimedOut.into());
                    }
                    thread::sleep(pause.min(left));
                    pause = (pause * 2).min(RETRY.1);
                }
                done => return Ok(Self { stream: done? }),
            }
        }
    }

    #[inline]
    async fn send(&mut self, parts: &[IoSlice<'_>; 2], deadline: Deadline) -> io::Result<usize> {
        loop {
            match socket::send(&self.stream, parts, Wait::No) {
                Err(error) if error.kind() == Io::WouldBlock => {
                    wait(&self.stream, Direction::Send, deadline)?;
                }
                done => return done,
            }
        }
    }

    #[inline]
    async fn receive(&mut self, mut into: Space<'_>, deadline: Deadline) -> io::Result<usize> {
        loop {
            let received = match &mut into {
                Space::Buffer(buffer) => socket::receive(&self.stream, buffer, Wait::No),
                Space::Room(vec) => socket::receive_more(&self.stream, vec, Wait::No),
            };
            match received {
                Err(error) if error.kind() == Io::WouldBlock => {
                    wait(&self.stream, Direction::Receive, deadline)?;
                }
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
        socket::shut(&self.stream);
    }
}

/// Wakes a thread.
struct Alarm(Thread);

impl Wake for Alarm {
    #[inline]
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits until something can be received, or sent; or an error would come of trying.
///
/// # Errors
///
/// [`Io::TimedOut`] at the deadline, or what the system says.
#[inline]
fn wait(stream: &Stream, direction: Direction, deadline: Deadline) -> io::Result<()> {
    let waker = Waker::from(Arc::new(Alarm(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(ready) = stream.poll_ready(direction, &mut context) {
            return ready;
        }
        match deadline.remaining() {
            None => thread::park(),
            Some(Duration::ZERO) => return Err(Io::TimedOut.into()),
            Some(left) => thread::park_timeout(left),
        }
    }
}
