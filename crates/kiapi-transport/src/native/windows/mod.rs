//! The native backend on Windows' named pipes.
//!
//! Pipes are those of tokio, which needs no `unsafe` from us and knows overlapped I/O, so that deadlines hold. Whoever
//! blocks parks its thread; what becomes of pipes is heard by one thread of the process ([`reactor`]).

#[cfg(feature = "server")]
mod bell;
mod conn;
#[cfg(feature = "server")]
mod listener;
#[cfg(feature = "server")]
mod poller;
mod reactor;
pub(crate) mod socket;

#[cfg(feature = "server")]
pub(super) use self::bell::{Bell, Rung, bell};
pub(super) use self::conn::Socket;
#[cfg(feature = "server")]
pub(super) use self::listener::{Listener, Place, listen};
#[cfg(feature = "server")]
pub(super) use self::poller::Poller;
#[cfg(feature = "server")]
pub(super) use self::socket::Stream;
