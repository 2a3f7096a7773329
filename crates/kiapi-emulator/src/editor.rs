//! The editor: a document that is open, and all that KiCad keeps about it while it runs.

use std::time::Duration;

use crate::document::Document;
use crate::{Habit, Habits, Line, Result, Snapshot};

/// What answers the commands: KiCad's board editor with one document.
#[derive(Debug)]
pub(crate) struct Editor {
    pub(crate) document: Document,
    /// The KiCad that it answers as.
    pub(crate) version: Line,
    pub(crate) habits: Habits,
    /// Whether zones are to be filled once the answer to the present request is out.
    pub(crate) fill_requested: bool,
    /// An interactive move is under way: the person has the items on the pointer.
    pub(crate) moving: bool,
    /// One for each commit that changed something.
    pub(crate) undo_steps: usize,
}

/// What KiCad says while it is busy.
pub(crate) const BUSY: &str = "KiCad is busy and cannot respond to API requests right now";

impl Editor {
    pub(crate) fn new(snapshot: &Snapshot, version: Line, habits: Habits) -> Result<Self> {
        let document = Document::new(snapshot)?;
        Ok(Self { document, version, habits, fill_requested: false, moving: false, undo_steps: 0 })
    }

    /// Whether a bug of KiCad's is to be imitated.
    pub(crate) fn has(&self, habit: Habit) -> bool {
        self.habits.has(habit)
    }
}

/// How long zones take to be filled, and what clients are told meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fill {
    /// Nothing is answered until the fill is done, which is what KiCad does.
    Silent(Duration),
    /// Every request is answered `AS_BUSY` until the fill is done, which is what KiCad's documentation says.
    Busy(Duration),
}
