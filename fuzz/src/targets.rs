//! One function for each target, by its name.

/// The frame reader and the handshake.
pub use crate::frame::run as frame;
/// From an `Any` to an item, and what can be done with one.
pub use crate::items::run as item;
/// Pictures of boards.
pub use crate::items::svg;
/// JSON as `kiapi call` takes it.
pub use crate::json::run as json;
/// Lengths as people write them.
pub use crate::length::run as length;
/// The envelopes of requests and answers.
pub use crate::message::envelope;
/// Every message.
pub use crate::message::run as message;
/// plugin.json and metadata.json.
pub use crate::plugin::check::run as plugin;
/// Descriptors that proto files are imported from.
pub use crate::proto::run as proto;
/// Recordings, and the tokens that are taken out of them.
pub use crate::recordings::run as recording;
/// The emulator, and what it does with commands that nobody would send.
pub use crate::snapshot::emulator;
/// The loader of snapshots, and the emulator that serves them.
pub use crate::snapshot::run as snapshot;

/// A target.
pub type Target = fn(&[u8]);

/// All of them.
pub const ALL: [(&str, Target); 12] = [
    ("frame", frame),
    ("envelope", envelope),
    ("message", message),
    ("item", item),
    ("snapshot", snapshot),
    ("json", json),
    ("length", length),
    ("svg", svg),
    ("plugin", plugin),
    ("proto", proto),
    ("recording", recording),
    ("emulator", emulator),
];
