//! The peer that is held against KiCad: the emulator with a snapshot of it, or another KiCad.

use std::path::{Path, PathBuf};
use std::time::Duration;

use kiapi_emulator::{Emulator, Running, Snapshot};
use kiapi_transport::{Address, CallOptions};

use crate::peer::{Outcome, Peer, Stop};

/// Connects to the other KiCad if there is one; else takes a snapshot of the first and starts the emulator from it,
/// which runs as long as the second value lives.
pub(crate) fn second(first: &Peer, itself: Option<&(Address, PathBuf)>) -> Outcome<(Peer, Option<Running>)> {
    if let Some((socket, board)) = itself {
        let home = home(board)?;
        let peer = Peer::connect("another KiCad", socket, home, home.join("saved-2"))?;
        return Ok((peer, None));
    }
    let options = CallOptions::new().timeout(Duration::from_secs(120));
    let snapshot = Snapshot::take(first.client(), options)
        .map_err(|error| Stop(format!("cannot take a snapshot: {error}")))?;
    let running = Emulator::new(snapshot)
        .start()
        .map_err(|error| Stop(format!("cannot start the emulator: {error}")))?;
    let files = first.home().join("saved-2");
    let peer = Peer::connect("the emulator", running.socket(), first.home(), files)?;
    Ok((peer, Some(running)))
}

/// The folder of the KiCad that has this board open: its copy of the board lies in a folder in there, for a KiCad in
/// a system of its own sees nothing else.
pub(crate) fn home(board: &Path) -> Outcome<&Path> {
    let home = board.parent().and_then(Path::parent);
    home.ok_or_else(|| Stop(format!("{} lies in no KiCad's folder", board.display())))
}
