//! A request that a server received, and the way back to who sent it.

use std::fmt;

use crate::Result;

/// A request that waits for its reply.
///
/// Dropping it answers nothing, and the client waits until its deadline.
///
/// # Examples
///
/// ```
/// # #[cfg(unix)] {
/// use std::thread;
/// use kiapi_transport::{Address, CallOptions, Client, ConnectOptions, Deadline};
/// use kiapi_transport::{Listener, Server, ServerOptions, Transport};
///
/// let folder = tempfile::tempdir().unwrap();
/// let address = Address::from_path(folder.path().join("api.sock"))?;
/// let server = Server::bind(&address, &ServerOptions::new())?;
/// let echo = thread::spawn(move || {
///     let request = server.recv(Deadline::NEVER)?;
///     let (body, responder) = request.into_parts();
///     responder.reply(body)
/// });
///
/// let client = Client::connect(&address, &ConnectOptions::new())?;
/// assert_eq!(client.call(b"ping", &CallOptions::new())?, b"ping");
/// echo.join().unwrap()?;
/// # }
/// # Ok::<_, kiapi_transport::Error>(())
/// ```
#[derive(Debug)]
pub struct Request {
    body: Body,
    responder: Responder,
}

/// The way back to the client that sent a request.
///
/// It may cross threads, and replies may be given in any order; each finds its request by the id.
pub struct Responder(Backend);

enum Backend {
    Native(crate::native::Responder),
    #[cfg(feature = "nng")]
    Nng(crate::nng::Responder),
}

struct Body(Vec<u8>);

impl Request {
    #[inline]
    pub(crate) fn native(body: Vec<u8>, responder: crate::native::Responder) -> Self {
        Self { body: Body(body), responder: Responder(Backend::Native(responder)) }
    }

    #[cfg(feature = "nng")]
    #[inline]
    pub(crate) fn nng(body: Vec<u8>, responder: crate::nng::Responder) -> Self {
        Self { body: Body(body), responder: Responder(Backend::Nng(responder)) }
    }

    /// What the client sent.
    #[inline]
    pub fn body(&self) -> &[u8] {
        &self.body.0
    }

    /// Which of the server's connections it came over: a number that no other connection has as long as this one lasts.
    /// Those of the native backend are given in order, from 1 on, and never twice.
    #[inline]
    pub fn connection(&self) -> u64 {
        match &self.responder.0 {
            Backend::Native(responder) => responder.connection(),
            #[cfg(feature = "nng")]
            Backend::Nng(responder) => responder.connection(),
        }
    }

    /// What the client sent, and the way back to it.
    #[inline]
    pub fn into_parts(self) -> (Vec<u8>, Responder) {
        (self.body.0, self.responder)
    }

    /// Replies; the same as [`Responder::reply`].
    #[allow(clippy::missing_errors_doc)] // there
    pub fn reply(self, body: impl Into<Vec<u8>>) -> Result<()> {
        self.responder.reply(body)
    }

    /// Disconnects the client; the same as [`Responder::disconnect`].
    #[inline]
    pub fn disconnect(self) {
        self.responder.disconnect();
    }
}

impl Responder {
    /// Sends the reply, without waiting for the client to read it: what the socket does not take at once follows while
    /// the server waits for requests, or after a moment by itself.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Disconnected`](crate::ErrorKind::Disconnected) when the client is known to be gone, which harms
    /// nobody else and may well be ignored.
    pub fn reply(self, body: impl Into<Vec<u8>>) -> Result<()> {
        match self.0 {
            Backend::Native(responder) => responder.reply(body.into()),
            #[cfg(feature = "nng")]
            Backend::Nng(responder) => responder.reply(&body.into()),
        }
    }

    /// The bytes that [`reply`](Self::reply) would send for a body.
    #[inline]
    pub fn frame(&self, body: &[u8]) -> Vec<u8> {
        let id = match &self.0 {
            Backend::Native(responder) => responder.id(),
            #[cfg(feature = "nng")]
            Backend::Nng(responder) => responder.id(),
        };
        [&crate::wire::head(id, body.len())[..], body].concat()
    }

    /// Sends bytes as they are: half a frame, two frames, or none at all. It is there to test clients.
    ///
    /// # Errors
    ///
    /// As [`reply`](Self::reply); [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) from the `nng` backend, since
    /// libnng sends nothing but whole frames.
    pub fn send_raw(&self, bytes: impl Into<Vec<u8>>) -> Result<()> {
        match &self.0 {
            Backend::Native(responder) => responder.send_raw(bytes.into()),
            #[cfg(feature = "nng")]
            Backend::Nng(_) => {
                drop(bytes);
                let message = "libnng sends nothing but whole frames";
                Err(crate::Error::new(crate::ErrorKind::Unsupported, message))
            }
        }
    }

    /// Disconnects the client, without a reply to this or any other of its requests.
    #[inline]
    pub fn disconnect(self) {
        match self.0 {
            Backend::Native(responder) => responder.disconnect(),
            #[cfg(feature = "nng")]
            Backend::Nng(responder) => responder.disconnect(),
        }
    }
}

impl fmt::Debug for Responder {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Responder");
        match &self.0 {
            Backend::Native(responder) => debug.field("id", &format_args!("{:#010x}", responder.id())),
            #[cfg(feature = "nng")]
            Backend::Nng(responder) => debug.field("id", &format_args!("{:#010x}", responder.id())),
        };
        debug.finish()
    }
}

/// A body may be megabytes of someone's board.
impl fmt::Debug for Body {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}
