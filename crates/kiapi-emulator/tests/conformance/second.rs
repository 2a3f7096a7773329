//! The peer that is held against KiCad: the emulator with a snapshot of it, or another KiCad.

use std::path::PathBuf;

use kiapi_gen::ApiVersion;
use kiapi_transport::Address;

use crate::peer::{Outcome, Peer, Stop};

/// Connects to the other KiCad if there is one; else starts the emulator. The second value keeps that running.
pub(crate) fn second(
    _first: &Peer,
    itself: Option<&(Address, PathBuf)>,
    _version: ApiVersion,
) -> Outcome<(Peer, Option<()>)> {
    if let Some((socket, board)) = itself {
        let folder = board.parent().ok_or_else(|| Stop("a board lies in a folder".to_owned()))?;
        let peer = Peer::connect("another KiCad", socket, folder, folder.join("saved-2"))?;
        return Ok((peer, None));
    }
    Err(Stop("there is no emulator yet; run with --against-itself".to_owned()))
}
