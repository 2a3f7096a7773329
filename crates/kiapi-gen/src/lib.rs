#![doc = include_str!("../README.md")]

#[cfg(feature = "reflect")]
mod about;
mod any;
mod command;
mod debug;
mod envelope;
#[allow(clippy::all, clippy::pedantic, unreachable_pub, unused_qualifications)]
#[rustfmt::skip]
mod generated;
mod id_text;
mod json;
mod layer;
mod open_enum;
pub mod snapshot;
mod unknown;
mod version;
mod wire;

#[cfg(feature = "reflect")]
pub use about::{About, about};
pub use any::{Any, AnyError, AnyRef, AnyRefs, decode_value};
pub use command::{Command, CommandInfo, CommandVisitor, Effect};
pub use envelope::{Request, Response, ResponseError};
pub use generated::google;
pub use generated::{COMMANDS, visit_command};
// A package of a newer KiCad becomes a module here without a hand on this file.
pub use generated::kiapi::*;
pub use id_text::IdText;
pub use open_enum::OpenEnum;
pub use prost;
pub use unknown::UnknownFields;
pub use version::{ApiVersion, ParseVersionError};
#[doc(hidden)]
pub use wire::{Write, Writer};

/// The descriptors of all messages: a serialized `google.protobuf.FileDescriptorSet` of the union of all supported
/// KiCads.
///
/// # Examples
///
/// ```
/// let pool = prost_reflect::DescriptorPool::decode(kiapi_gen::DESCRIPTORS)?;
/// assert!(pool.get_message_by_name("kiapi.board.types.Track").is_some());
/// # Ok::<_, prost_reflect::DescriptorError>(())
/// ```
#[cfg(feature = "reflect")]
pub const DESCRIPTORS: &[u8] = generated::DESCRIPTORS;
