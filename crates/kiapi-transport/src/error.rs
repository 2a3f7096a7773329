//! The one error of this crate: what went wrong, and what that means for the request.

use std::error::Error as StdError;
use std::fmt;

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong between two ends of a socket.
///
/// [`kind`](Self::kind) says what happened, [`outcome`](Self::outcome) what is known about the request: whether it may
/// be sent again is decided on the outcome, never on the kind.
///
/// # Examples
///
/// ```
/// use kiapi_transport::{Address, Client, ConnectOptions, ErrorKind, Outcome};
///
/// let nobody = Address::parse("ipc:///nowhere/api.sock")?;
/// # #[cfg(unix)] {
/// let error = Client::connect(&nobody, &ConnectOptions::new()).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::NotFound);
/// assert_eq!(error.outcome(), Outcome::NotSent);
/// assert_eq!(error.to_string(), "nothing listens at `ipc:///nowhere/api.sock`: there is no such socket");
/// # }
/// # Ok::<_, kiapi_transport::Error>(())
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    outcome: Outcome,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text is not an address of a local socket, or its path is too long for one.
    Address,
    /// There is no socket at the address.
    NotFound,
    /// There is a socket at the address, and nobody listens: its owner has died.
    Refused,
    /// The system does not allow it.
    PermissionDenied,
    /// Somebody else listens at the address.
    AddressInUse,
    /// The deadline passed.
    Timeout,
    /// Whoever listens has only just begun to, and would hang of a request that comes so early. Nothing was sent.
    TooEarly,
    /// The connection is gone: the peer closed it or died, or an earlier error made it unusable.
    Disconnected,
    /// The peer sent what is not NNG req/rep.
    Protocol,
    /// A message is larger than the limit that the options set.
    TooLarge,
    /// This end was closed.
    Closed,
    /// This platform cannot do that yet.
    Unsupported,
    /// Anything else that the system reports; see `source`.
    Io,
}

/// What is known about a request whose call failed.
///
/// "The peer has it" below means: every byte of it was handed to the system, on a connection that was open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The peer has not got the request and never will: no byte of it was sent, or only a part, and the connection is
    /// closed so that the rest can never follow. Sending it again cannot do anything twice.
    NotSent,
    /// The peer has answered this request: it has refused it, or the answer cannot be used, since it is larger than the limit.
    /// What the request asked for has been decided: carried out or refused.
    Answered,
    /// The peer has the request, and no answer came. It may have been carried out, it may never be, and after a timeout
    /// it may still be carried out later, even once this end has closed the connection.
    Unknown,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, outcome: Outcome::NotSent, message: message.into(), source: None }))
    }

    #[inline]
    pub(crate) fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.0.outcome = outcome;
        self
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What happened.
    #[inline]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What is known about the request. [`Outcome::NotSent`] for everything that is not a call.
    #[inline]
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// Whether a deadline passed.
    #[inline]
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Whether the connection is gone, so that only a new one can help.
    #[inline]
    pub fn is_disconnected(&self) -> bool {
        self.kind() == ErrorKind::Disconnected
    }

    /// Whether nobody listens at the address: no socket, or a socket that was left behind.
    #[inline]
    pub fn is_unreachable(&self) -> bool {
        matches!(self.kind(), ErrorKind::NotFound | ErrorKind::Refused)
    }

    /// Whether the peer broke the protocol.
    #[inline]
    pub fn is_protocol(&self) -> bool {
        self.kind() == ErrorKind::Protocol
    }

    /// Whether a message was larger than its limit.
    #[inline]
    pub fn is_too_large(&self) -> bool {
        self.kind() == ErrorKind::TooLarge
    }

    /// Whether this end was closed.
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.kind() == ErrorKind::Closed
    }

    /// Whether sending the request again cannot do anything twice.
    #[inline]
    pub fn is_not_sent(&self) -> bool {
        self.outcome() == Outcome::NotSent
    }
}

impl fmt::Display for Error {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Error");
        debug.field("kind", &self.0.kind).field("outcome", &self.0.outcome).field("message", &self.0.message);
        if let Some(source) = &self.0.source {
            debug.field("source", source);
        }
        debug.finish()
    }
}

impl StdError for Error {
    #[inline]
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_can_cross_threads_and_is_one_pointer() {
        fn sendable<T: Send + Sync + 'static>() {}
        sendable::<Error>();
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn the_text_leaves_the_source_to_the_source() {
        let error =
            Error::new(ErrorKind::Io, "cannot read from `x`").with_source(std::io::Error::other("why"));
        assert_eq!(error.to_string(), "cannot read from `x`");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("why"));
    }
}
