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
mod relay;
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
pub use native::{Client, Server};
pub use options::{CallOptions, ConnectOptions, ServerOptions};
pub use relay::{End, Passed, Relay, RelayEvent};
pub use request::{Request, Responder};
pub use transport::{Listener, Transport};
#[doc(hidden)]
pub use turn::{Turn, Turnstile};
