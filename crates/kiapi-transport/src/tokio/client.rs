//! The client that people use.

use std::sync::Arc;

use ::tokio::sync::{Mutex, MutexGuard};
use ::tokio::time::timeout_at;

use super::Socket;
use crate::exchange::{Exchange, Signs, queue_timeout};
use crate::{Address, CallOptions, ConnectOptions, Result};

/// A client's connection on tokio.
///
/// It promises what [`Transport`](crate::Transport) promises, and what the blocking [`Client`](crate::Client) does beyond
/// that. Tasks share one by reference; their calls queue in the order in which they were first polled.
///
/// # Runtimes
///
/// A client belongs to the runtime that it was connected on, whose I/O driver tells it when there is something to read.
/// Tasks of other runtimes may call through it while that one runs. While it does not run (a current-thread runtime that
/// is not in `block_on`), their calls end at their deadlines; once it has been shut down, they fail with
/// [`Disconnected`](crate::ErrorKind::Disconnected) or [`Timeout`](crate::ErrorKind::Timeout).
///
/// On Windows it belongs to none: the thread that hears of all pipes of the process hears of its pipe too.
///
/// # Examples
///
/// ```
/// # #[cfg(unix)] {
/// use std::time::Duration;
/// use kiapi_transport::{Address, CallOptions, ConnectOptions, tokio::Client};
/// # use kiapi_transport::{Deadline, Listener, Server, ServerOptions};
/// # let folder = tempfile::tempdir().unwrap();
/// # let address = Address::from_path(folder.path().join("api.sock"))?;
/// # let server = Server::bind(&address, &ServerOptions::new())?;
/// # let echo = std::thread::spawn(move || {
/// #     for _ in 0..2 {
/// #         let request = server.recv(Deadline::NEVER).unwrap();
/// #         let body = request.body().to_vec();
/// #         request.reply(body).unwrap();
/// #     }
/// # });
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
///
/// let client = Client::connect(&address, &ConnectOptions::new()).await?;
/// let options = CallOptions::new().timeout(Duration::from_secs(2));
/// // Both at once: one is on its way, the other waits for its turn.
/// let (one, two) = tokio::join!(client.call(b"one", &options), client.call(b"two", &options));
/// assert_eq!((one?, two?), (b"one".to_vec(), b"two".to_vec()));
/// # Ok::<_, kiapi_transport::Error>(())
/// # })?;
/// # echo.join().unwrap();
/// # }
/// # Ok::<_, kiapi_transport::Error>(())
/// ```
#[derive(Debug)]
pub struct Client {
    address: Address,
    exchange: Mutex<Exchange<Socket>>,
    signs: Arc<Signs>,
}

impl Client {
    /// Connects and shakes hands.
    ///
    /// # Errors
    ///
    /// The same as [`Client::connect`](crate::Client::connect) of the blocking client.
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes the connection, if there is one by then. Nothing was sent but the handshake.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, and in one whose I/O or time is not enabled.
    #[inline]
    pub async fn connect(address: &Address, options: &ConnectOptions) -> Result<Self> {
        let exchange = Exchange::connect(address, options).await?;
        let signs = exchange.signs();
        Ok(Self { address: address.clone(), exchange: Mutex::new(exchange), signs })
    }

    /// Sends a request and waits for its reply.
    ///
    /// All times count from the first poll of the future.
    ///
    /// # Errors
    ///
    /// Whatever happened; [`Error::outcome`](crate::Error::outcome) says what is known about the request.
    ///
    /// # Cancellation
    ///
    /// Dropping the future is a timeout at that moment, without an error that says how far the call had come:
    ///
    /// - In the queue, or while an earlier answer was owed, nothing was sent, and nothing will be.
    /// - In the middle of the request, the connection is closed, so that the peer never gets the rest.
    /// - After that, the peer has the request and may carry it out. Its answer is owed: the next call waits for it, drops
    ///   it, and only then sends.
    ///
    /// The next call never gets the answer to this one, and nothing is ever sent twice.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with time enabled, when there is something to wait for and a deadline.
    #[inline]
    pub async fn call(&self, request: &[u8], options: &CallOptions) -> Result<Vec<u8>> {
        self.turn(options).await?.call(request, options).await
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
    ///
    /// # Cancellation
    ///
    /// Dropping the future leaves the answer owed.
    ///
    /// # Panics
    ///
    /// As [`call`](Self::call).
    #[inline]
    pub async fn settle(&self, options: &CallOptions) -> Result<()> {
        self.turn(options).await?.settle(options).await
    }

    /// Waits for this call's turn.
    #[inline]
    async fn turn(&self, options: &CallOptions) -> Result<MutexGuard<'_, Exchange<Socket>>> {
        if let Ok(turn) = self.exchange.try_lock() {
            return Ok(turn);
        }
        let turn = self.exchange.lock();
        match options.queue_deadline().instant() {
            None => Ok(turn.await),
            Some(instant) => timeout_at(instant.into(), turn).await.map_err(|_| queue_timeout(&self.address)),
        }
    }

    /// Where this is connected to.
    #[inline]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Whether the connection was usable when it was last used. Once `false`, it stays `false`.
    #[inline]
    pub fn is_connected(&self) -> bool {
        self.signs.is_usable()
    }
}
