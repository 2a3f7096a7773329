//! What can be set on a connection, a call and a server.

use std::time::{Duration, Instant};

use crate::Deadline;

const MIB: usize = 1024 * 1024;

/// How to connect.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use kiapi_transport::ConnectOptions;
///
/// let options = ConnectOptions::new().timeout(Duration::from_secs(1)).max_reply(64 << 20);
/// assert_eq!(options.get_max_reply(), 64 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectOptions {
    timeout: Option<Duration>,
    max_reply: usize,
    pub(crate) any_user: bool,
}

impl ConnectOptions {
    /// Five seconds to connect, replies of up to 256 MiB, servers of the same user only.
    #[inline]
    pub const fn new() -> Self {
        Self { timeout: Some(Duration::from_secs(5)), max_reply: 256 * MIB, any_user: false }
    }

    /// Connects to a server of another user too.
    ///
    /// Otherwise that is refused where the system tells who it is, which is on Linux, and in the native backends: another
    /// user could have put a socket where one's own is looked for, to read what is sent and to answer what it likes.
    #[must_use]
    #[inline]
    pub const fn any_user(mut self) -> Self {
        self.any_user = true;
        self
    }

    /// How long connecting may take, the handshake included.
    ///
    /// A KiCad that is stopped still accepts connections, and does not answer the handshake. One whose socket is not a second
    /// old would hang of a request, so connecting to it takes until then.
    #[must_use]
    #[inline]
    pub const fn timeout(mut self, time: Duration) -> Self {
        self.timeout = Some(time);
        self
    }

    /// Waits for ever.
    #[must_use]
    #[inline]
    pub const fn no_timeout(mut self) -> Self {
        self.timeout = None;
        self
    }

    /// The largest reply to accept, in bytes. A larger one fails its call and closes the connection.
    #[must_use]
    #[inline]
    pub const fn max_reply(mut self, bytes: usize) -> Self {
        self.max_reply = bytes;
        self
    }

    /// The largest reply to accept, in bytes.
    #[inline]
    pub const fn get_max_reply(&self) -> usize {
        self.max_reply
    }

    #[inline]
    pub(crate) fn deadline(&self) -> Deadline {
        self.timeout.map_or(Deadline::NEVER, Deadline::after)
    }
}

impl Default for ConnectOptions {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

/// How long one call may take.
///
/// A connection carries one call at a time; further ones wait in a queue, first come, first served. The time in the
/// queue is the fault of the calls before, so it is counted apart: [`timeout`](Self::timeout) starts when the call's
/// turn has come, [`queue_timeout`](Self::queue_timeout) limits the wait before it, and
/// [`deadline`](Self::deadline) is a moment that ends both.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, Instant};
/// use kiapi_transport::CallOptions;
///
/// // Two seconds for the peer to answer, whoever else shares the connection:
/// let patient = CallOptions::new().timeout(Duration::from_secs(2));
/// // Back in three seconds, come what may:
/// let punctual = patient.deadline(Instant::now() + Duration::from_secs(3));
/// # let _ = punctual;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallOptions {
    timeout: Option<Duration>,
    queue_timeout: Option<Duration>,
    deadline: Deadline,
}

impl CallOptions {
    /// Ten seconds for the answer, no limit on the wait for the call's turn.
    #[inline]
    pub const fn new() -> Self {
        Self { timeout: Some(Duration::from_secs(10)), queue_timeout: None, deadline: Deadline::NEVER }
    }

    /// How long sending the request and waiting for its answer may take, from the moment the call's turn has come.
    #[must_use]
    #[inline]
    pub const fn timeout(mut self, time: Duration) -> Self {
        self.timeout = Some(time);
        self
    }

    /// Waits for the answer for ever, or until [`deadline`](Self::deadline).
    #[must_use]
    #[inline]
    pub const fn no_timeout(mut self) -> Self {
        self.timeout = None;
        self
    }

    /// How long the call may wait for its turn.
    #[must_use]
    #[inline]
    pub const fn queue_timeout(mut self, time: Duration) -> Self {
        self.queue_timeout = Some(time);
        self
    }

    /// The moment at which the call is over, in the queue or not.
    #[must_use]
    pub fn deadline(mut self, deadline: impl Into<Deadline>) -> Self {
        self.deadline = deadline.into();
        self
    }

    /// When the wait for the turn ends, for a call made now.
    #[inline]
    pub(crate) fn queue_deadline(&self) -> Deadline {
        self.queue_timeout.map_or(Deadline::NEVER, Deadline::after).min(self.deadline)
    }

    /// When the wait for the answer ends, for a call whose turn has come `now`.
    #[inline]
    pub(crate) fn call_deadline(&self, now: Instant) -> Deadline {
        let end = self.timeout.and_then(|time| now.checked_add(time));
        end.map_or(Deadline::NEVER, Deadline::at).min(self.deadline)
    }
}

impl Default for CallOptions {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

/// What a server accepts from its clients.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use kiapi_transport::ServerOptions;
///
/// let options = ServerOptions::new().max_connections(16).handshake_timeout(Duration::from_secs(1));
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerOptions {
    pub(crate) max_request: usize,
    pub(crate) max_unread: usize,
    pub(crate) max_connections: usize,
    pub(crate) handshake_timeout: Duration,
    pub(crate) any_user: bool,
}

impl ServerOptions {
    /// Requests of up to 256 MiB, 64 MiB of unread replies, 4096 connections, ten seconds for a handshake, clients of the
    /// same user only.
    #[inline]
    pub const fn new() -> Self {
        Self {
            max_request: 256 * MIB,
            max_unread: 64 * MIB,
            max_connections: 4096,
            handshake_timeout: Duration::from_secs(10),
            any_user: false,
        }
    }

    /// The largest request to accept, in bytes. A client that sends a larger one is disconnected.
    #[must_use]
    #[inline]
    pub const fn max_request(mut self, bytes: usize) -> Self {
        self.max_request = bytes;
        self
    }

    /// How many bytes of replies may wait for a client to read them. While there are more, no further request is read
    /// from that client; a single reply may be larger.
    ///
    /// The `nng` backend counts replies, not bytes: it keeps 64 for each client and drops the rest.
    #[must_use]
    #[inline]
    pub const fn max_unread(mut self, bytes: usize) -> Self {
        self.max_unread = bytes;
        self
    }

    /// How many connections may be open. Further clients wait until one closes. Not for the `nng` backend.
    #[must_use]
    #[inline]
    pub const fn max_connections(mut self, count: usize) -> Self {
        self.max_connections = count;
        self
    }

    /// How long a client may take for the handshake before it is disconnected. Always ten seconds in the `nng` backend.
    #[must_use]
    #[inline]
    pub const fn handshake_timeout(mut self, time: Duration) -> Self {
        self.handshake_timeout = time;
        self
    }

    /// Lets clients of other users connect, as far as the socket's file lets them.
    ///
    /// Otherwise they are disconnected where the system tells who they are, which is on Linux; elsewhere, and in the
    /// `nng` backend, the mode of the socket's file is what keeps them out.
    #[must_use]
    #[inline]
    pub const fn any_user(mut self) -> Self {
        self.any_user = true;
        self
    }
}

impl Default for ServerOptions {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}
