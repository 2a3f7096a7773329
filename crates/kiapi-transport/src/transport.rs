//! What the backends have in common.

use std::fmt;

use crate::{Address, CallOptions, Result};
#[cfg(feature = "server")]
use crate::{Deadline, Request};

/// A client's connection: requests go out, each one's reply comes back.
///
/// Threads may share one; see [`CallOptions`] for how they queue. One request is on its way at a time.
///
/// # What an implementation promises
///
/// - A request is sent once or not at all; nothing is ever re-sent, not on a new connection either.
/// - A call returns by its deadline, and at once when the peer dies.
/// - The reply is the one with the request's id; others are dropped.
/// - After a call that ended without its answer, nothing further is sent before that answer has come and been dropped. So
///   a peer that is stuck is sent one request, not one for each call, and never has two answers nobody reads (which
///   would stop a KiCad for all its clients). Calls that end while waiting for that are [`Outcome::NotSent`].
///
/// [`Outcome::NotSent`]: crate::Outcome::NotSent
///
/// # Examples
///
/// The facade takes any backend:
///
/// ```
/// use kiapi_transport::{CallOptions, Result, Transport};
///
/// fn shout(transport: &dyn Transport, text: &str) -> Result<Vec<u8>> {
///     transport.call(text.to_uppercase().as_bytes(), &CallOptions::new())
/// }
/// ```
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends a request and waits for its reply.
    ///
    /// # Errors
    ///
    /// Whatever happened; [`Error::outcome`](crate::Error::outcome) says what is known about the request.
    fn call(&self, request: &[u8], options: &CallOptions) -> Result<Vec<u8>>;

    /// Where this is connected to.
    fn address(&self) -> &Address;

    /// Whether the connection was usable when it was last used. Once `false`, it stays `false`.
    fn is_connected(&self) -> bool;
}

/// A server's socket: requests of all clients come in, one by one, in the order in which they arrived.
#[cfg(feature = "server")]
pub trait Listener: fmt::Debug + Send + Sync {
    /// Waits for the next request.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) when the deadline passes,
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed) after [`close`](Self::close).
    fn recv(&self, deadline: Deadline) -> Result<Request>;

    /// Where this listens.
    fn address(&self) -> &Address;

    /// How many clients are connected.
    fn connections(&self) -> usize;

    /// Receives nothing more: [`recv`](Self::recv) hands out what has come already, and then says
    /// [`ErrorKind::Closed`](crate::ErrorKind::Closed). Together with [`flush`](Self::flush) and [`close`](Self::close)
    /// this is how a server ends without leaving anyone waiting.
    fn drain(&self);

    /// After [`drain`](Self::drain): waits until the clients have taken all replies, or the deadline passes.
    ///
    /// libnng does not tell what its clients have taken: the `nng` backend waits for a tenth of a second.
    fn flush(&self, deadline: Deadline);

    /// Stops listening, disconnects all clients, removes the socket file, and wakes whoever waits in
    /// [`recv`](Self::recv). Replies that a client has not read may be lost. The same happens on drop.
    fn close(&self);
}
