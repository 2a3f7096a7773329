//! A place between clients and a server, which passes frames on as they are and tells of each.

use std::time::Instant;

use crate::native::Passage;
use crate::{Address, ConnectOptions, Error, Result, ServerOptions};

/// Stands between clients and a server: it listens at an address of its own, and gives each client a connection to the
/// server. Every frame is passed on byte for byte, with its id, and told of.
///
/// - Of each connection one request is on its way at a time, as [`Transport`](crate::Transport) does it: what a client
///   sends before it has its answer waits here, in order.
/// - The server is connected to once a client's handshake is done, so that nobody who is no client of NNG gets through.
///   A server that cannot be reached ends the client's connection.
/// - Whichever end closes, the other is closed too. A client that goes away does not call back what is on its way.
/// - It knows no deadline for answers: a client that waits no longer goes away, or sends its next request.
///
/// Dropping it closes it.
///
/// # Examples
///
/// ```
/// # #[cfg(unix)] {
/// use std::sync::mpsc;
/// use kiapi_transport::{
///     Address, CallOptions, Client, ConnectOptions, Deadline, Listener, Passed, Relay, Server, ServerOptions, Transport,
/// };
///
/// let folder = tempfile::tempdir().unwrap();
/// let [far, near] = ["far.sock", "near.sock"].map(|name| Address::from_path(folder.path().join(name)).unwrap());
/// let server = Server::bind(&far, &ServerOptions::new())?;
/// let echo = std::thread::spawn(move || server.recv(Deadline::NEVER)?.reply("pong"));
///
/// let (sender, events) = mpsc::channel();
/// let relay = Relay::start(&near, &far, &ServerOptions::new(), &ConnectOptions::new(), move |event| {
///     let _ = sender.send(event.what);
/// })?;
/// let client = Client::connect(relay.address(), &ConnectOptions::new())?;
/// assert_eq!(client.call(b"ping", &CallOptions::new())?, b"pong");
/// echo.join().unwrap()?;
/// drop((client, relay));
/// let bodies = events.iter().filter_map(|what| match what {
///     Passed::Request { body, .. } | Passed::Answer { body, .. } => Some(body),
///     _ => None,
/// });
/// assert_eq!(bodies.collect::<Vec<_>>(), [b"ping", b"pong"]);
/// # }
/// # Ok::<_, kiapi_transport::Error>(())
/// ```
#[derive(Debug)]
pub struct Relay {
    address: Address,
    passage: Passage,
}

/// Something that happened on a connection through a [`Relay`].
#[derive(Debug)]
#[non_exhaustive]
pub struct RelayEvent {
    /// Which connection: 1 for the first.
    pub connection: u64,
    /// When it happened.
    pub at: Instant,
    /// What happened.
    pub what: Passed,
}

/// What happened on a connection.
#[derive(Debug)]
#[non_exhaustive]
pub enum Passed {
    /// A client is connected to the server.
    Connected,
    /// A client came, and the server could not be reached: the client was disconnected.
    Refused(Error),
    /// A request came from the client in full. It is passed on when the one before it is answered.
    Request {
        /// The id in the frame.
        id: u32,
        /// What follows the id.
        body: Vec<u8>,
    },
    /// An answer came from the server in full.
    Answer {
        /// The id in the frame.
        id: u32,
        /// What follows the id.
        body: Vec<u8>,
        /// When the request with this id was passed on; `None` if no such request is on its way.
        asked: Option<Instant>,
    },
    /// The connection is over.
    Ended {
        /// Who ended it.
        by: End,
        /// What was wrong, if it did not just close.
        why: Option<String>,
    },
}

/// Who ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// The client: it closed its end, died, or sent what is no frame.
    Client,
    /// The server: it closed its end, died, or sent what is no frame.
    Server,
    /// The relay, which was closed.
    Relay,
}

impl Relay {
    /// Listens at `address`, and passes on to `server` what comes. `tell` is called for each event, from the threads of the
    /// connections: the events of one connection come in order. A request is told before it is passed on, and an answer
    /// too, so whoever has an answer can be sure that it was told of.
    ///
    /// # Errors
    ///
    /// As [`Server::bind`](crate::Server::bind). That nobody listens at `server` is none: each client finds out.
    pub fn start(
        address: &Address,
        server: &Address,
        accept: &ServerOptions,
        connect: &ConnectOptions,
        tell: impl Fn(RelayEvent) + Send + Sync + 'static,
    ) -> Result<Self> {
        let passage = Passage::start(address, server, *accept, *connect, Box::new(tell))?;
        Ok(Self { address: address.clone(), passage })
    }

    /// Where it listens.
    #[inline]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// How many clients are connected.
    #[inline]
    pub fn connections(&self) -> usize {
        self.passage.connections()
    }

    /// Ends all connections, and removes the socket file. Returns when everything was told.
    #[inline]
    pub fn close(&self) {
        self.passage.close();
    }
}
