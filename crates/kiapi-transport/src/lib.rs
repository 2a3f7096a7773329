#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod address;
mod deadline;
mod error;
mod exchange;
#[cfg(test)]
mod model;
pub mod native;
#[cfg(feature = "nng")]
pub mod nng;
mod options;
#[cfg(feature = "server")]
mod relay;
#[cfg(feature = "server")]
mod request;
#[cfg(feature = "tokio")]
pub mod tokio;
mod transport;
mod turn;
mod wire;
mod youth;

pub use address::Address;
pub use deadline::Deadline;
pub use error::{Error, ErrorKind, Outcome, Result};
pub use native::Client;
#[cfg(feature = "server")]
pub use native::Server;
pub use options::{CallOptions, ConnectOptions, ServerOptions};
#[cfg(feature = "server")]
pub use relay::{End, Passed, Relay, RelayEvent};
#[cfg(feature = "server")]
pub use request::{Request, Responder};
#[cfg(feature = "server")]
pub use transport::Listener;
pub use transport::Transport;
#[doc(hidden)]
pub use turn::{Turn, Turnstile};
