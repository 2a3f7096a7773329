//! A board as it was loaded, which many emulators may share until they change it.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock};

use crate::document::Document;
use crate::{Line, Result, Snapshot};

/// A snapshot, and the document that it describes.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) snapshot: Snapshot,
    pub(crate) document: Arc<Document>,
}

impl Loaded {
    pub(crate) fn new(snapshot: Snapshot) -> Result<Self> {
        Ok(Self { document: Arc::new(Document::new(&snapshot)?), snapshot })
    }

    /// The demo board, read once.
    pub(crate) fn demo(line: Line) -> Arc<Self> {
        static DEMOS: [LazyLock<Arc<Loaded>>; 2] = [
            LazyLock::new(|| read(include_bytes!("../demo/demo-9.0.kiapi"))),
            LazyLock::new(|| read(include_bytes!("../demo/demo-10.0.kiapi"))),
        ];
        match line {
            Line::V9_0 => Arc::clone(&DEMOS[0]),
            Line::V10_0 => Arc::clone(&DEMOS[1]),
        }
    }
}

fn read(bytes: &[u8]) -> Arc<Loaded> {
    let snapshot = Snapshot::from_bytes(bytes).expect("the demo board is a snapshot");
    Arc::new(Loaded::new(snapshot).expect("the demo board is whole"))
}

/// A value that is shared until it is changed.
#[derive(Clone, Debug)]
pub(crate) struct Shared<T>(Arc<T>);

impl<T> From<&Arc<T>> for Shared<T> {
    fn from(value: &Arc<T>) -> Self {
        Self(Arc::clone(value))
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}
