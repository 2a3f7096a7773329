#![doc = include_str!("../README.md")]

mod answer;
mod api;
mod error;
#[allow(clippy::all, clippy::pedantic)]
#[rustfmt::skip]
mod generated {
    pub(crate) mod handler;
}
mod handler;
mod options;
mod place;
mod server;

pub use answer::{Answer, Refusal};
pub use api::{Api, HandlerId, Readiness, Tokens};
pub use error::{Error, ErrorKind, Result};
pub use generated::handler::{ApiHandler, dispatch};
pub use handler::{Call, On, on};
pub use kiapi_gen as api_types;
pub use kiapi_transport as transport;
pub use options::{Backend, ServerOptions};
pub use place::{Place, Taken};
pub use server::ApiServer;
