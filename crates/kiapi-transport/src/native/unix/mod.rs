//! The native backend on unix sockets.

#[cfg(feature = "server")]
mod bell;
mod conn;
#[cfg(feature = "server")]
mod place;
#[cfg(feature = "server")]
mod poller;
pub(crate) mod socket;

#[cfg(feature = "server")]
pub(super) use std::os::unix::net::{UnixListener as Listener, UnixStream as Stream};

#[cfg(feature = "server")]
pub(super) use self::bell::{Bell, Rung, bell};
pub(super) use self::conn::Socket;
#[cfg(feature = "nng")]
pub(crate) use self::place::claim;
#[cfg(feature = "server")]
pub(super) use self::place::{Place, listen};
#[cfg(feature = "server")]
pub(super) use self::poller::Poller;
pub use self::socket::own_user;
