//! Which of the open boards is meant.

use std::path::{Path, PathBuf};

use kiapi_gen::common::types::DocumentSpecifier;
use kiapi_gen::common::types::document_specifier::Identifier;

use crate::board::Board;
use crate::link::Link;
use crate::{Error, Result};

/// The name of a board's file.
#[inline]
pub(crate) fn name(document: &DocumentSpecifier) -> &str {
    match &document.identifier {
        Some(Identifier::BoardFilename(name)) => name,
        _ => "",
    }
}

/// The path of a board's file, as far as KiCad tells it.
#[inline]
pub(crate) fn path(document: &DocumentSpecifier) -> PathBuf {
    let folder = document.project.as_ref().map_or("", |project| project.path.as_str());
    Path::new(folder).join(name(document))
}

/// The only one.
pub(crate) fn only<L: Link>(mut boards: Vec<Board<L>>) -> Result<Board<L>> {
    match boards.len() {
        1 => Ok(boards.remove(0)),
        0 => Err(Error::document("no board is open in KiCad; open one in its PCB editor")),
        _ => Err(Error::document(format!("{} are open; name the one that is meant", list(&boards)))),
    }
}

/// The one with this path, or the end of one.
pub(crate) fn at<L: Link>(boards: Vec<Board<L>>, wanted: &Path) -> Result<Board<L>> {
    let open = list(&boards);
    let mut found: Vec<Board<L>> =
        boards.into_iter().filter(|board| board.path().ends_with(wanted)).collect();
    match found.len() {
        1 => Ok(found.remove(0)),
        0 if open.is_empty() => {
            Err(Error::document(format!("`{}` is not open, and no other board is", wanted.display())))
        }
        0 => Err(Error::document(format!("`{}` is not open; open is {open}", wanted.display()))),
        _ => Err(Error::document(format!("`{}` can be any of {}", wanted.display(), list(&found)))),
    }
}

fn list<L: Link>(boards: &[Board<L>]) -> String {
    let names: Vec<String> = boards.iter().map(|board| format!("`{}`", board.path().display())).collect();
    names.join(", ")
}
