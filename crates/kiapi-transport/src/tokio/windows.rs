//! A client's pipe that does not block.

use std::future::poll_fn;
use std::io::{self, ErrorKind as Io, IoSlice};
use std::task::Poll;

use super::alarm::Alarm;
use super::patience;
use crate::exchange::{self, Space};
use crate::native::socket::{self, Direction, Stream, Wait};
use crate::{Address, Deadline};

/// A pipe that lets other tasks run until something has happened or a deadline has passed.
#[derive(Debug)]
pub(super) struct Socket {
    stream: Stream,
    alarm: Alarm,
}

impl exchange::Socket for Socket {
    #[inline]
    async fn connect(address: &Address, deadline: Deadline) -> io::Result<Self> {
        let name = address.pipe_name().ok_or(Io::Unsupported)?;
        // Not on the caller's runtime: while that does not run, a pipe of it does not even close.
        let reactor = socket::reactor()?;
        let connect = || {
            let _entered = reactor.enter();
            socket::connect_now(&name)
        };
        let stream = patience::connect(deadline, connect).await?;
        Ok(Self { stream, alarm: Alarm::default() })
    }

    #[inline]
    async fn send(&mut self, parts: &[IoSlice<'_>; 2], deadline: Deadline) -> io::Result<usize> {
        let Self { stream, alarm } = self;
        poll_fn(|cx| {
            loop {
                match socket::send(stream, parts, Wait::No) {
                    Err(error) if error.kind() == Io::WouldBlock => {}
                    done => return Poll::Ready(done),
                }
                match stream.poll_ready(Direction::Send, cx) {
                    Poll::Ready(ready) => ready?,
                    Poll::Pending => return alarm.poll(deadline, cx),
                }
            }
        })
        .await
    }

    #[inline]
    async fn receive(&mut self, mut into: Space<'_>, deadline: Deadline) -> io::Result<usize> {
        let Self { stream, alarm } = self;
        poll_fn(|cx| {
            loop {
                let received = match &mut into {
                    Space::Buffer(buffer) => socket::receive(stream, buffer, Wait::No),
                    Space::Room(vec) => socket::receive_more(stream, vec, Wait::No),
                };
                match received {
                    Err(error) if error.kind() == Io::WouldBlock => {}
                    done => return Poll::Ready(done),
                }
                match stream.poll_ready(Direction::Receive, cx) {
                    Poll::Ready(ready) => ready?,
                    Poll::Pending => return alarm.poll(deadline, cx),
                }
            }
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
        socket::shut(&self.stream);
    }
}
