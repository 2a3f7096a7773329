//! Ways to wait: what an operation stands on, so that it is written once for blocking and for async callers.
//!
//! Every operation is an `async` block over a [`Link`]. The blocking link does its work when it is polled, so one poll
//! finishes the operation, without a runtime. An async link will box it.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use kiapi_transport::{Address, CallOptions, Client, ConnectOptions, Deadline, Transport};

use crate::Result;

/// The way in which a [`Connection`](crate::Connection) waits.
///
/// It cannot be implemented outside of this crate.
pub trait Link: private::Sealed + fmt::Debug + Send + Sync {
    /// What a caller gets from an operation: its result, or a future of it.
    type Out<'a, T: Send + 'a>
    where
        Self: 'a;

    /// Where this leads to.
    fn address(&self) -> &Address;

    /// Sends a request and gives the answer to it.
    fn exchange(
        &self,
        request: &[u8],
        deadline: Deadline,
    ) -> impl Future<Output = kiapi_transport::Result<Vec<u8>>> + Send;

    /// Waits.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send;

    /// Runs an operation the way that callers of this link wait.
    fn run<'a, T: Send + 'a>(&'a self, work: impl Future<Output = Result<T>> + Send + 'a)
    -> Self::Out<'a, T>;
}

mod private {
    pub trait Sealed {}
    impl Sealed for super::Blocking {}
}

/// The link that blocks the thread.
#[derive(Debug)]
pub struct Blocking(Client);

impl Blocking {
    pub(crate) fn connect(address: &Address, timeout: Duration) -> kiapi_transport::Result<Self> {
        Client::connect(address, &ConnectOptions::new().timeout(timeout)).map(Self)
    }
}

impl Link for Blocking {
    type Out<'a, T: Send + 'a> = Result<T>;

    fn address(&self) -> &Address {
        self.0.address()
    }

    async fn exchange(&self, request: &[u8], deadline: Deadline) -> kiapi_transport::Result<Vec<u8>> {
        self.0.call(request, &CallOptions::new().no_timeout().deadline(deadline))
    }

    async fn sleep(&self, time: Duration) {
        thread::sleep(time);
    }

    fn run<'a, T: Send + 'a>(&'a self, work: impl Future<Output = Result<T>> + Send + 'a) -> Result<T> {
        match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => result,
            Poll::Pending => unreachable!("an operation waits for nothing but its link, which blocks"),
        }
    }
}
