//! The backend on libnng, for systems where the native one has no sockets yet, and to test the native one against.
//!
//! It keeps the promises of [`Transport`](crate::Transport) with libnng's *raw* sockets. A cooked REQ socket re-sends;
//! a raw one sends what it is given, and the ids and their matching are ours. A second connection, which libnng would
//! make when the first is lost, is refused before a byte of a request can go there.
//!
//! What libnng cannot tell, and what therefore differs from the native backend:
//!
//! - A request counts as taken once libnng has it, whether or not its last byte has left. So a timeout or a disconnect in
//!   the middle of writing is [`Outcome::Unknown`](crate::Outcome::Unknown), where the native backend says `NotSent`.
//! - A reply over the limit, or anything that is not the protocol, looks like a peer that closed the connection.
//!   Up to the limit, libnng takes memory for as much as a peer announces.
//! - A peer that is not REP is noticed only as a connection that closes during the handshake, without what it sent.
//! - Deadlines are rounded up to milliseconds.

mod client;
mod server;

pub use self::client::Client;
pub(crate) use self::server::Responder;
pub use self::server::Server;

use crate::Address;

/// What libnng calls an address.
#[inline]
fn url(address: &Address) -> String {
    // `Display` would be lossy for a path that is not Unicode, and libnng could not have it either way.
    address.to_string()
}
