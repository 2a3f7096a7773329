//! The link for callers that await, on tokio.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use kiapi_transport::tokio::Client;
use kiapi_transport::{Address, CallOptions, ConnectOptions, Deadline};
use tokio::sync::{Mutex, MutexGuard};

use super::{Condition, Line, Link};
use crate::Result;

/// The link for callers that await, on tokio's sockets and timers.
#[derive(Debug)]
pub struct Tokio {
    address: Address,
    options: ConnectOptions,
    /// Replaced when it is broken; calls that are under way keep theirs.
    client: RwLock<Arc<Client>>,
    /// Held while a new connection is made, so that only one is.
    connecting: Mutex<()>,
    apart: Mutex<()>,
    edits: Mutex<()>,
}

impl Tokio {
    #[inline]
    fn client(&self) -> Arc<Client> {
        Arc::clone(&self.client.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Link for Tokio {
    type Out<'a, T: Send + 'a> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;
    type Turn<'a> = MutexGuard<'a, ()>;

    #[inline]
    async fn connect(address: &Address, options: ConnectOptions) -> kiapi_transport::Result<Self> {
        let client = Client::connect(address, &options).await?;
        Ok(Self {
            address: address.clone(),
            options,
            client: RwLock::new(Arc::new(client)),
            connecting: Mutex::default(),
            apart: Mutex::default(),
            edits: Mutex::default(),
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
        let Some(_turn) = in_turn(&self.connecting, deadline).await else { return Ok(()) };
        if self.condition() == Condition::Broken {
            let left = deadline.remaining().unwrap_or(timeout);
            let client = Client::connect(&self.address, &self.options.timeout(left)).await?;
            *self.client.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(client);
        }
        Ok(())
    }

    #[inline]
    async fn settle(&self, options: CallOptions) -> kiapi_transport::Result<()> {
        self.client().settle(&options).await
    }

    #[inline]
    fn go_on_with(&self, other: Self) {
        let client = other.client.into_inner().unwrap_or_else(PoisonError::into_inner);
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
    }

    #[inline]
    async fn exchange(&self, request: &[u8], options: CallOptions) -> kiapi_transport::Result<Vec<u8>> {
        self.client().call(request, &options).await
    }

    #[inline]
    async fn turn(&self, of: Line, deadline: Deadline) -> Option<MutexGuard<'_, ()>> {
        let line = match of {
            Line::Apart => &self.apart,
            Line::Edits => &self.edits,
        };
        in_turn(line, deadline).await
    }

    #[inline]
    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    fn run<'a, T: Send + 'a>(work: impl Future<Output = Result<T>> + Send + 'a) -> Self::Out<'a, T> {
        Box::pin(work)
    }

    fn detach(work: impl Future<Output = ()> + Send + 'static) {
        // Outside of a runtime, the next call does it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            drop(runtime.spawn(work));
        }
    }
}

#[inline]
async fn in_turn(line: &Mutex<()>, deadline: Deadline) -> Option<MutexGuard<'_, ()>> {
    match deadline.instant() {
        None => Some(line.lock().await),
        Some(moment) => tokio::time::timeout_at(moment.into(), line.lock()).await.ok(),
    }
}
