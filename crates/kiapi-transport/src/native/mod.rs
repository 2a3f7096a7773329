//! The default backend: NNG's wire protocol in safe Rust, without a C library.

mod client;
mod server;
#[cfg(unix)]
mod unix;
#[cfg(not(unix))]
mod windows;

pub use self::client::Client;
pub use self::server::Server;
#[cfg(all(unix, feature = "nng"))]
pub(crate) use self::unix::claim;
#[cfg(all(unix, feature = "tokio"))]
pub(crate) use self::unix::socket;
#[cfg(unix)]
use self::unix::{Endpoint, Socket};
#[cfg(unix)]
pub(crate) use self::unix::{Passage, Responder};
#[cfg(not(unix))]
use self::windows::Endpoint;
#[cfg(not(unix))]
pub(crate) use self::windows::Socket;
