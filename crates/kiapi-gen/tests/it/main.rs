//! What the generated types promise: nothing is lost on the way to the wire and back, and no bytes make them panic.

mod commands;
mod envelope;
#[cfg(feature = "reflect")]
#[rustfmt::skip]
mod every_message;
mod id_text;
mod items;
#[cfg(feature = "serde")]
mod json;
#[cfg(feature = "reflect")]
mod messages;
mod open_enums;
mod shortcuts;
mod unknown_fields;
mod versions;
