//! The native backend on unix sockets.

mod bell;
mod conn;
mod place;
mod poller;
pub(crate) mod socket;

pub(super) use std::os::unix::net::{UnixListener as Listener, UnixStream as Stream};

pub(super) use self::bell::{Bell, Rung, bell};
pub(super) use self::conn::Socket;
#[cfg(feature = "nng")]
pub(crate) use self::place::claim;
pub(super) use self::place::{Place, listen};
pub(super) use self::poller::Poller;
pub use self::socket::own_user;
