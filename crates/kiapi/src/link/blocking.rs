//! The link that blocks the thread.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use kiapi_transport::{Address, CallOptions, Client, ConnectOptions, Deadline, Transport, Turn, Turnstile};

use super::{Condition, Line, Link};
use crate::Result;

/// The link that blocks the thread.
#[derive(Debug)]
pub struct Blocking {
    address: Address,
    options: ConnectOptions,
    /// Replaced when it is broken; calls that are under way keep theirs.
    client: RwLock<Arc<Client>>,
    /// Passed while a new connection is made, so that only one is.
    connecting: Turnstile,
    apart: Turnstile,
    edits: Turnstile,
}

impl Blocking {
    #[inline]
    fn client(&self) -> Arc<Client> {
        Arc::clone(&self.client.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Link for Blocking {
    type Out<'a, T: Send + 'a> = Result<T>;
    type Turn<'a> = Turn<'a>;

    #[inline]
    async fn connect(address: &Address, options: ConnectOptions) -> kiapi_transport::Result<Self> {
        let client = Client::connect(address, &options)?;
        Ok(Self {
            address: address.clone(),
            options,
            client: RwLock::new(Arc::new(client)),
            connecting: Turnstile::default(),
            apart: Turnstile::default(),
            edits: Turnstile::default(),
        })
    }

    #[inline]
    fn address(&self) -> &Address {
        &self.address
    }

    #[inline]
    fn options(&self) -> ConnectOptions {
        self.options
    }

    #[inline]
    fn condition(&self) -> Condition {
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner);
        Condition::of(client.is_connected(), client.owes_answer())
    }

    #[inline]
    async fn reconnect(&self, timeout: Duration) -> kiapi_transport::Result<()> {
        let deadline = Deadline::after(timeout);
        let Some(_turn) = self.connecting.enter(deadline) else { return Ok(()) };
        if self.condition() == Condition::Broken {
            let left = deadline.remaining().unwrap_or(timeout);
            let client = Client::connect(&self.address, &self.options.timeout(left))?;
            *self.client.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(client);
        }
        Ok(())
    }

    #[inline]
    async fn settle(&self, options: CallOptions) -> kiapi_transport::Result<()> {
        self.client().settle(&options)
    }

    #[inline]
    fn go_on_with(&self, other: Self) {
        let client = other.client.into_inner().unwrap_or_else(PoisonError::into_inner);
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
    }

    #[inline]
    async fn exchange(&self, request: &[u8], options: CallOptions) -> kiapi_transport::Result<Vec<u8>> {
        self.client().call(request, &options)
    }

    #[inline]
    async fn turn(&self, of: Line, deadline: Deadline) -> Option<Turn<'_>> {
        let turnstile = match of {
            Line::Apart => &self.apart,
            Line::Edits => &self.edits,
        };
        turnstile.enter(deadline)
    }

    #[inline]
    async fn sleep(&self, time: Duration) {
        thread::sleep(time);
    }

    fn run<'a, T: Send + 'a>(work: impl Future<Output = Result<T>> + Send + 'a) -> Result<T> {
        finish(work)
    }

    fn detach(work: impl Future<Output = ()> + Send + 'static) {
        finish(work);
    }
}

/// Polls once: all that an operation waits for blocks the thread.
fn finish<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("an operation waits for nothing but its link, which blocks"),
    }
}
