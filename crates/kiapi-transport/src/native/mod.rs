//! The default backend: NNG's wire protocol in safe Rust, without a C library.
//!
//! What a system has of its own (its sockets, a poller, a bell, the place where a server listens) is in `sys`: unix sockets,
//! or the named pipes of Windows. All else is written once.

mod client;
mod core;
mod endpoint;
mod event;
mod peer;
mod relay;
mod server;
#[cfg(unix)]
#[path = "unix/mod.rs"]
mod sys;
#[cfg(windows)]
#[path = "windows/mod.rs"]
mod sys;

pub use self::client::Client;
use self::endpoint::Endpoint;
pub(crate) use self::endpoint::Responder;
pub(crate) use self::relay::Passage;
pub use self::server::Server;
use self::sys::Socket;
#[cfg(all(unix, feature = "nng"))]
pub(crate) use self::sys::claim;
#[cfg(unix)]
#[doc(hidden)]
pub use self::sys::own_user;
#[cfg(feature = "tokio")]
pub(crate) use self::sys::socket;

#[cfg(not(any(unix, windows)))]
compile_error!(
    "kiapi-transport knows the unix sockets of Unix and the named pipes of Windows; there is neither here"
);
