//! The native backend on unix sockets.

mod conn;
mod core;
mod endpoint;
mod peer;
mod poller;
mod relay;
pub(crate) mod socket;

pub(super) use self::conn::Socket;
#[cfg(feature = "nng")]
pub(crate) use self::endpoint::claim;
pub(crate) use self::endpoint::{Endpoint, Responder};
pub(crate) use self::relay::Passage;
