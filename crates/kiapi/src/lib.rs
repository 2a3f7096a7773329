#![doc = include_str!("../README.md")]

mod connection;
mod discovery;
mod error;
pub mod geometry;
mod link;
mod options;

pub use connection::Connection;
pub use error::{Error, ErrorKind, Outcome, Result};
/// The messages of KiCad's API.
pub use kiapi_gen as api;
pub use kiapi_gen::{
    Any, AnyError, ApiVersion, COMMANDS, Command, CommandInfo, Effect, OpenEnum, UnknownFields, prost,
};
pub use kiapi_transport::Address;
pub use link::{Blocking, Link};
pub use options::{CallOptions, ConnectOptions, Retry};

/// A connection to a running KiCad, which blocks the thread while KiCad works on a call.
pub type KiCad = Connection<Blocking>;
