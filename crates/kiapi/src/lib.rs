#![doc = include_str!("../README.md")]

mod connection;
mod discovery;
mod error;
pub mod geometry;
mod id;
mod link;
mod options;
pub mod picture;
pub mod snapshot;
mod units;
pub mod watch;

pub use connection::Connection;
pub use error::{Error, ErrorKind, Outcome, Result};
pub use geometry::{Angle, Vector2, deg};
pub use id::{Id, IdError};
/// The messages of KiCad's API.
pub use kiapi_gen as api;
pub use kiapi_gen::board::types::BoardLayer as Layer;
pub use kiapi_gen::{
    Any, AnyError, ApiVersion, COMMANDS, Command, CommandInfo, Effect, OpenEnum, UnknownFields, prost,
};
pub use kiapi_transport::Address;
pub use link::{Blocking, Link};
pub use options::{CallOptions, ConnectOptions, Retry};
pub use units::{Nm, inch, mil, mm};

/// A connection to a running KiCad, which blocks the thread while KiCad works on a call.
pub type KiCad = Connection<Blocking>;
