//! The native backend on Windows' named pipes.
//!
//! Pipes are those of tokio, which needs no `unsafe` from us and knows overlapped I/O, so that deadlines hold. Whoever
//! blocks parks its thread; what becomes of pipes is heard by one thread of the process ([`reactor`]).

mod bell;
mod conn;
mod listener;
mod poller;
mod reactor;
pub(crate) mod socket;

pub(super) use self::bell::{Bell, Rung, bell};
pub(super) use self::conn::Socket;
pub(super) use self::listener::{Listener, Place, listen};
pub(super) use self::poller::Poller;
pub(super) use self::socket::Stream;
