#![doc = include_str!("../README.md")]

mod connection;
mod discovery;
mod error;
pub mod geometry;
mod id;
pub mod items;
mod link;
mod options;
mod units;

pub use connection::Connection;
pub use error::{Error, ErrorKind, Outcome, Result};
pub use geometry::{Angle, Box2, Vector2, deg};
pub use id::{Id, IdError};
pub use items::{
    Arc, Barcode, Dimension, Field, Footprint, Group, Item, Pad, PadStack, ReferenceImage, Shape, Text,
    TextBox, Track, Via, Zone,
};
/// The messages of KiCad's API.
pub use kiapi_gen as api;
pub use kiapi_gen::board::types::BoardLayer as Layer;
pub use kiapi_gen::{
    Any, AnyError, AnyRef, ApiVersion, COMMANDS, Command, CommandInfo, Effect, OpenEnum, UnknownFields, prost,
};
pub use kiapi_transport::Address;
pub use link::{Blocking, Link};
pub use options::{CallOptions, ConnectOptions, Retry};
pub use units::{DisplayIn, LengthError, Nm, Unit, inch, mil, mm};

/// A connection to a running KiCad, which blocks the thread while KiCad works on a call.
pub type KiCad = Connection<Blocking>;
