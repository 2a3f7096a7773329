//! The copy of a board that KiCad saves by itself, about which KiCad 10 asks when the board is reverted.

use std::fs;
use std::path::{Path, PathBuf};

use kiapi_gen::common::types::DocumentSpecifier;
use kiapi_gen::common::types::document_specifier::Identifier;

/// What the name of the copy begins with.
const PREFIX: &str = "_autosave-";

/// Whether KiCad would ask which of the two to open: when the copy is newer than the board and not the same.
#[inline]
pub(super) fn asks(document: &DocumentSpecifier) -> bool {
    board_file(document).and_then(|board| differs(&board)).unwrap_or(false)
}

#[inline]
fn differs(board: &Path) -> Option<bool> {
    let name = board.file_name()?.to_str()?;
    let copy = board.with_file_name(format!("{PREFIX}{name}"));
    // What is no file may have no end.
    let time = |path: &Path| fs::metadata(path).ok().filter(fs::Metadata::is_file)?.modified().ok();
    if time(&copy)? <= time(board)? {
        return Some(false);
    }
    Some(fs::read(&copy).ok()? != fs::read(board).ok()?)
}

/// The file of a board, if the document says where it lies. KiCad runs on this machine, so it is looked for here.
#[inline]
fn board_file(document: &DocumentSpecifier) -> Option<PathBuf> {
    let Some(Identifier::BoardFilename(name)) = &document.identifier else { return None };
    let folder = document.project.as_ref().map(|project| project.path.as_str())?;
    let path = Path::new(folder).join(name);
    path.is_absolute().then_some(path)
}
