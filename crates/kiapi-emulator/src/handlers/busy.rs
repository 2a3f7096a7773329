//! What is refused while the person is moving items.

use crate::Line;

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

/// Those that are too in 9.0; later KiCads look for the document before.
const AFTER_THE_DOCUMENT: [&str; 4] = ["CreateItems", "DeleteItems", "HitTest", "UpdateItems"];

/// Whether a command is refused before its document is looked at.
pub(super) fn is_refused_at_once(command: &str, line: Line) -> bool {
    FIRST.contains(&command) || (line == Line::V9_0 && AFTER_THE_DOCUMENT.contains(&command))
}
