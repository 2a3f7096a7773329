//! What is refused while the person is moving items.
//!
//! Measured on KiCad 9.0.8 and 10.0.6 on 2026-11-25: a footprint was moved with the mouse, and every command that the
//! version answers was sent, once for the board and once for one that is not open. The area `busy` of
//! `cargo xtask conformance` does the same. What is not listed here is answered as ever, writes of settings too.

use kiapi_server::{Answer, Refusal};

use crate::editor::{BUSY, ByHand};
use crate::{Editor, Line};

/// The commands that are answered `AS_BUSY` before anything else is looked at.
const FIRST: [&str; 24] = [
    "AddToSelection",
    "BeginCommit",
    "ClearSelection",
    "EndCommit",
    "FlipItems",
    "GetBoundingBox",
    "GetConnectedItems",
    "GetItems",
    "GetItemsById",
    "GetItemsByNet",
    "GetItemsByNetClass",
    "InjectDrcError",
    "InteractiveMoveItems",
    "ParseAndCreateItemsFromString",
    "RefillZones",
    "RemoveFromSelection",
    "RevertDocument",
    "RunAction",
    "SaveCopyOfDocument",
    "SaveDocument",
    "SetActiveLayer",
    "SetBoardEditorAppearanceSettings",
    "SetBoardOrigin",
    "SetVisibleLayers",
];

/// Those that are too in 9.0; later KiCads look for the document before, and then are busy.
const AFTER_THE_DOCUMENT: [&str; 4] = ["CreateItems", "DeleteItems", "HitTest", "UpdateItems"];

/// Whether a command is refused before its document is looked at.
pub(super) fn is_refused_at_once(command: &str, line: Line) -> bool {
    FIRST.contains(&command) || (line == Line::V9_0 && AFTER_THE_DOCUMENT.contains(&command))
}

impl Editor {
    /// Makes sure that nobody is moving items, for the commands that look for the document before.
    pub(super) fn is_idle(&self) -> Answer<()> {
        if self.by_hand == ByHand::Moving { Err(Refusal::busy(BUSY)) } else { Ok(()) }
    }

    /// Begins the move that was asked for, if one was: something has happened to the editor.
    pub(crate) fn begin_interactive_move(&mut self) {
        if self.by_hand == ByHand::AskedFor {
            self.by_hand = ByHand::Moving;
        }
    }
}
