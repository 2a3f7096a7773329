//! One function for each target, by its name.

use crate::{
    frame as frames, items, json as texts, length as lengths, message as messages, plugin as plugins,
};

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

/// The frame reader and the handshake.
pub fn frame(data: &[u8]) {
    frames::run(data);
}

/// The envelopes of requests and answers.
pub fn envelope(data: &[u8]) {
    messages::envelope(data);
}

/// Every message.
pub fn message(data: &[u8]) {
    messages::run(data);
}

/// From an `Any` to an item, and what can be done with one.
pub fn item(data: &[u8]) {
    items::run(data);
}

/// The loader of snapshots, and the emulator that serves them.
pub fn snapshot(data: &[u8]) {
    crate::snapshot::run(data);
}

/// JSON as `kiapi call` takes it.
pub fn json(data: &[u8]) {
    texts::run(data);
}

/// Lengths as people write them.
pub fn length(data: &[u8]) {
    lengths::run(data);
}

/// Pictures of boards.
pub fn svg(data: &[u8]) {
    items::svg(data);
}

/// plugin.json and metadata.json.
pub fn plugin(data: &[u8]) {
    plugins::check::run(data);
}

/// Descriptors that proto files are imported from.
pub fn proto(data: &[u8]) {
    crate::proto::run(data);
}

/// Recordings, and the tokens that are taken out of them.
pub fn recording(data: &[u8]) {
    use crate::recording::{From, Tokens, What, put_token, read};
    let file = tempfile::NamedTempFile::new().expect("there is room for a file");
    std::fs::write(file.path(), data).expect("there is room for a file");
    let mut tokens = Tokens::default();
    let _ = read(file.path(), |event| {
        let (from, mut bytes) = match event.what {
            What::Request { frame, .. } => (From::Client, frame.bytes),
            What::Answer { frame, .. } => (From::KiCad, frame.bytes),
            _ => return Ok(()),
        };
        let length = bytes.len();
        tokens.remove(from, &mut bytes);
        assert_eq!(bytes.len(), length, "a token is blotted out, and nothing moves");
        let _ = put_token(from, &bytes, "token");
        Ok(())
    });
}

/// The emulator, and what it does with commands that nobody would send.
pub fn emulator(data: &[u8]) {
    crate::snapshot::emulator(data);
}
