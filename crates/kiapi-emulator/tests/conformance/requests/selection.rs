//! The selection: items are added, removed, and all are cleared.

use kiapi_gen::common::commands::{
    AddToSelection, ClearSelection, GetSelection, RemoveFromSelection, SaveSelectionToString,
};
use kiapi_gen::common::types::{KiCadObjectType as Kind, Kiid};

use super::{odd_ids, unknown};
use crate::board::TYPES;
use crate::peer::Outcome;
use crate::run::Run;

pub(super) fn run(run: &mut Run) -> Outcome {
    let header = run.board.header();
    let add =
        |ids: &[Kiid]| AddToSelection::new().with_header(header.clone()).with_items(ids.iter().cloned());
    let remove =
        |ids: &[Kiid]| RemoveFromSelection::new().with_header(header.clone()).with_items(ids.iter().cloned());
    let clear = ClearSelection::new().with_header(header.clone());
    let get = GetSelection::new().with_header(header.clone());
    run.call(&clear)?;
    run.call(&get)?;
    run.call(&SaveSelectionToString::new())?;
    for ids in [&[][..], &odd_ids()] {
        run.call(&add(ids))?;
        run.call(&remove(ids))?;
    }
    // One at a time, of every type.
    let each = if run.board.is_large() { 1 } else { 4 };
    for id in run.board.some_of_each(each) {
        run.call(&add(std::slice::from_ref(&id)))?;
        run.call(&get)?;
        run.call(&SaveSelectionToString::new())?;
        run.call(&add(std::slice::from_ref(&id)))?;
        run.call(&remove(&[unknown()]))?;
        run.call(&remove(std::slice::from_ref(&id)))?;
        run.call(&remove(&[id]))?;
    }
    run.call(&clear)?;
    // More and more, which shows in which order they come.
    let vias = run.board.ids(Kind::PCB_VIA, 2);
    let tracks = run.board.ids(Kind::PCB_TRACE, 5);
    let footprints = run.board.ids(Kind::PCB_FOOTPRINT, 3);
    run.call(&add(&tracks))?;
    run.call(&add(&vias))?;
    run.call(&add(&footprints))?;
    run.call(&get)?;
    for kind in TYPES.into_iter().chain([Kind::from(0), Kind::from(99)]) {
        run.call(&get.clone().with_types([kind]))?;
    }
    run.call(&get.clone().with_types([Kind::PCB_VIA, Kind::PCB_TRACE]))?;
    run.call(&remove(&tracks[..tracks.len().min(2)]))?;
    let mut again = tracks.clone();
    again.reverse();
    run.call(&add(&again))?;
    run.call(&get)?;
    // The pads of a footprint, beside and without it.
    let pads = run.board.ids(Kind::PCB_PAD, 4);
    run.call(&add(&pads))?;
    run.call(&remove(&footprints))?;
    run.call(&get)?;
    run.call(&add(&[tracks, vec![unknown()], vias].concat()))?;
    run.call(&clear)?;
    run.call(&get)?;
    Ok(())
}
