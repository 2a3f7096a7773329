//! Ways to wait: what an operation stands on, so that it is written once for blocking and for async callers.
//!
//! Every operation is an `async` block over a [`Link`]. The blocking link does its work when it is polled, so one poll
//! finishes the operation, without a runtime. The link of tokio boxes it.

mod blocking;
#[cfg(feature = "tokio")]
mod tokio;

use std::fmt;
use std::future::Future;
use std::time::Duration;

use kiapi_transport::{Address, CallOptions, ConnectOptions, Deadline};

pub use self::blocking::Blocking;
#[cfg(feature = "tokio")]
pub use self::tokio::Tokio;
use crate::Result;

/// The way in which a client waits for KiCad.
///
/// It cannot be implemented outside of this crate.
pub trait Link: private::Sealed + fmt::Debug + Send + Sync + Sized + 'static {
    /// What a caller gets from an operation that comes to a `T`: with [`Blocking`] a [`Result<T>`](crate::Result), with `Tokio` a
    /// boxed future of that, to be awaited.
    type Out<'a, T: Send + 'a>;

    /// The right to what only one may do at a time, until it is dropped.
    #[doc(hidden)]
    type Turn<'a>: Send;

    /// Connects.
    #[doc(hidden)]
    fn connect(
        address: &Address,
        options: ConnectOptions,
    ) -> impl Future<Output = kiapi_transport::Result<Self>> + Send;

    /// Where this leads to.
    #[doc(hidden)]
    fn address(&self) -> &Address;

    /// How this was connected.
    #[doc(hidden)]
    fn options(&self) -> ConnectOptions;

    /// What the connection was like when it was last used.
    #[doc(hidden)]
    fn condition(&self) -> Condition;

    /// Connects anew, if the connection is broken. It stays broken, without an error, when another caller is still at that
    /// when the time is over: the exchange says so.
    #[doc(hidden)]
    fn reconnect(&self, timeout: Duration) -> impl Future<Output = kiapi_transport::Result<()>> + Send;

    /// Waits for the answer that is owed to a call that stopped waiting for it.
    #[doc(hidden)]
    fn settle(&self, options: CallOptions) -> impl Future<Output = kiapi_transport::Result<()>> + Send;

    /// Goes on with the connection of another link to the same address.
    #[doc(hidden)]
    fn go_on_with(&self, other: Self);

    /// Sends a request and gives the answer to it.
    #[doc(hidden)]
    fn exchange(
        &self,
        request: &[u8],
        options: CallOptions,
    ) -> impl Future<Output = kiapi_transport::Result<Vec<u8>>> + Send;

    /// Waits for the turn; nothing when the deadline passes before it comes.
    #[doc(hidden)]
    fn turn(&self, of: Line, deadline: Deadline) -> impl Future<Output = Option<Self::Turn<'_>>> + Send;

    /// Waits.
    #[doc(hidden)]
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send;

    /// Runs an operation the way that callers of this link wait.
    #[doc(hidden)]
    fn run<'a, T: Send + 'a>(work: impl Future<Output = Result<T>> + Send + 'a) -> Self::Out<'a, T>;

    /// Runs work that nobody waits for: at once, or in the background where there is one.
    #[doc(hidden)]
    fn detach(work: impl Future<Output = ()> + Send + 'static);
}

/// What is done by one at a time, beside the exchanges of the connection themselves.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Several exchanges in a row, whose answers must not be mixed with those to others.
    Apart,
    /// An edit outside of commits, and the moment from which a commit keeps those away.
    Edits,
}

/// What a connection is like.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The next request is sent at once.
    Ready,
    /// The answer to a call that stopped waiting for it has not come.
    Owed,
    /// Nothing can be sent.
    Broken,
}

impl Condition {
    #[inline]
    fn of(is_connected: bool, owes_answer: bool) -> Self {
        match (is_connected, owes_answer) {
            (false, _) => Self::Broken,
            (true, true) => Self::Owed,
            (true, false) => Self::Ready,
        }
    }
}

mod private {
    pub trait Sealed {}
    impl Sealed for super::Blocking {}
    #[cfg(feature = "tokio")]
    impl Sealed for super::Tokio {}
}
