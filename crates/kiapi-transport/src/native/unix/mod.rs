//! The native backend on unix sockets.

mod conn;
mod core;
mod endpoint;
mod peer;
mod poller;
mod socket;

pub(crate) use self::conn::Conn;
#[cfg(feature = "nng")]
pub(crate) use self::endpoint::claim;
pub(crate) use self::endpoint::{Endpoint, Responder};
