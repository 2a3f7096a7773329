//! The default backend: NNG's wire protocol in safe Rust, without a C library.
//!
//! What a system has of its own (its sockets, a poller, a bell, the place where a server listens) is in `sys`: unix sockets,
//! or the named pipes of Windows. All else is written once.

mod client;
#[cfg(feature = "server")]
mod core;
#[cfg(feature = "server")]
mod endpoint;
#[cfg(feature = "server")]
mod event;
#[cfg(feature = "server")]
mod peer;
#[cfg(feature = "server")]
mod relay;
#[cfg(feature = "server")]
mod server;
#[cfg(unix)]
#[path = "unix/mod.rs"]
mod sys;
#[cfg(windows)]
#[path = "windows/mod.rs"]
mod sys;

pub use self::client::Client;
#[cfg(feature = "server")]
use self::endpoint::Endpoint;
#[cfg(feature = "server")]
pub(crate) use self::endpoint::Responder;
#[cfg(feature = "server")]
pub(crate) use self::relay::Passage;
#[cfg(feature = "server")]
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
