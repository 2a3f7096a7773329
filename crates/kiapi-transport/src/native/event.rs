//! What a poller is asked, and what it tells: the same for sockets and for pipes.

/// What to wait for on one connection. Whether its peer is gone is told in any case on Unix, and on Windows while there is an
/// interest in something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interest {
    pub(super) read: bool,
    pub(super) write: bool,
}

impl Interest {
    pub(super) const READ: Self = Self { read: true, write: false };
    pub(super) const NOTHING: Self = Self { read: false, write: false };
}

/// What has happened to the connection with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) key: u64,
    pub(super) readable: bool,
    pub(super) writable: bool,
    /// The peer is gone; there may be something left to read.
    pub(super) hung_up: bool,
}
