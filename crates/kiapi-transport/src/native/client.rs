//! The client that people use.

use std::sync::Arc;

use super::Socket;
use crate::exchange::{Exchange, Signs, at_once, queue_timeout};
use crate::turn::InTurn;
use crate::{Address, CallOptions, ConnectOptions, Result, Transport};

/// A client's connection, without a C library.
///
/// See [`Transport`] for what it promises. Beyond that:
///
/// - A request whose deadline passes while it is being written is cut off by closing the connection, so that the peer can
///   never see all of it: [`Outcome::NotSent`](crate::Outcome::NotSent).
/// - A reply that is larger than [`ConnectOptions::max_reply`], and anything that is not the protocol, closes the
///   connection. Memory is taken as bytes arrive, never because a length was announced. A reply of up to 64 MiB is received
///   into one allocation of its exact size, of which the system provides the pages as they are filled.
///
/// On Windows one thread of the process, which the first pipe starts, hears from the system what has become of pipes. It
/// runs nothing of the caller's, and there is no more than one. What was begun to be written there (up to 64 KiB) when a
/// connection ends in the middle of a request stays with the system until the peer reads or goes.
///
/// # Examples
///
/// ```
/// # #[cfg(unix)] {
/// use std::time::Duration;
/// use kiapi_transport::{Address, CallOptions, Client, ConnectOptions, Outcome, Transport};
/// # use kiapi_transport::{Deadline, Listener, Server, ServerOptions};
/// # let folder = tempfile::tempdir().unwrap();
/// # let address = Address::from_path(folder.path().join("api.sock"))?;
/// # let server = Server::bind(&address, &ServerOptions::new())?;
/// # let silent = std::thread::spawn(move || {
/// #     while let Ok(request) = server.recv(Deadline::after(Duration::from_secs(1))) {
/// #         std::mem::forget(request);
/// #     }
/// # });
///
/// let client = Client::connect(&address, &ConnectOptions::new())?;
/// match client.call(b"are you there", &CallOptions::new().timeout(Duration::from_millis(20))) {
///     Ok(reply) => println!("{} bytes", reply.len()),
///     Err(error) if error.outcome() == Outcome::Unknown => println!("{error}; it may still happen"),
///     Err(error) => println!("{error}; nothing happened"),
/// }
/// # drop(client);
/// # silent.join().unwrap();
/// # }
/// # Ok::<_, kiapi_transport::Error>(())
/// ```
#[derive(Debug)]
pub struct Client {
    address: Address,
    exchange: InTurn<Exchange<Socket>>,
    signs: Arc<Signs>,
}

impl Client {
    /// Connects and shakes hands.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) and [`Refused`](crate::ErrorKind::Refused) when nobody listens,
    /// [`Timeout`](crate::ErrorKind::Timeout), [`TooEarly`](crate::ErrorKind::TooEarly) when there is no time to wait until a
    /// KiCad that has just begun to listen may be asked, and [`Protocol`](crate::ErrorKind::Protocol) when whoever listens is
    /// not NNG's REP.
    #[inline]
    pub fn connect(address: &Address, options: &ConnectOptions) -> Result<Self> {
        let exchange = at_once(Exchange::connect(address, options))?;
        let signs = exchange.signs();
        Ok(Self { address: address.clone(), exchange: InTurn::new(exchange), signs })
    }

    /// Whether the answer to a call that stopped waiting for it has not come yet. The next call waits for that first.
    #[inline]
    pub fn owes_answer(&self) -> bool {
        self.signs.is_owed()
    }

    /// Waits for the answer that is owed, if there is one, and drops it, so that the next call is sent at once.
    ///
    /// # Errors
    ///
    /// [`Timeout`](crate::ErrorKind::Timeout) when it has not come in time, and is still owed.
    #[inline]
    pub fn settle(&self, options: &CallOptions) -> Result<()> {
        let turn = self.exchange.enter(options.queue_deadline());
        let mut exchange = turn.ok_or_else(|| queue_timeout(&self.address))?;
        at_once(exchange.settle(options))
    }
}

impl Transport for Client {
    #[inline]
    fn call(&self, request: &[u8], options: &CallOptions) -> Result<Vec<u8>> {
        let turn = self.exchange.enter(options.queue_deadline());
        let mut exchange = turn.ok_or_else(|| queue_timeout(&self.address))?;
        at_once(exchange.call(request, options))
    }

    #[inline]
    fn address(&self) -> &Address {
        &self.address
    }

    #[inline]
    fn is_connected(&self) -> bool {
        self.signs.is_usable()
    }
}
