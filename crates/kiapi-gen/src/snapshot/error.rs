//! What can go wrong with snapshots.

use std::fmt;

/// Why a snapshot cannot be read, written or taken.
#[derive(Debug)]
pub struct SnapshotError {
    kind: SnapshotErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What kind of a mishap it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnapshotErrorKind {
    /// What was read is no snapshot, or one that lacks something.
    Snapshot,
    /// The snapshot cannot be shown as JSON.
    Json,
    /// The KiCad that a snapshot is taken from did not answer as it must.
    Kicad,
}

impl SnapshotError {
    pub(super) fn new(kind: SnapshotErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    pub(super) fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What is behind it, for an error that takes the place of this one.
    #[inline]
    pub fn into_source(self) -> Option<Box<dyn std::error::Error + Send + Sync>> {
        self.source
    }

    /// What kind of a mishap it is.
    #[inline]
    pub fn kind(&self) -> SnapshotErrorKind {
        self.kind
    }
}

impl fmt::Display for SnapshotError {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SnapshotError {
    #[inline]
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
