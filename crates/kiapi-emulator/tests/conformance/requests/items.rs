//! Reading items: by type, by id.

use kiapi_gen::common::commands::{GetItems, GetItemsById, GetSelection, ParseAndCreateItemsFromString};
use kiapi_gen::common::types::{KiCadObjectType as Kind, Kiid};

use super::odd_ids;
use crate::board::TYPES;
use crate::peer::Outcome;
use crate::run::Run;

pub(super) fn run(run: &mut Run) -> Outcome {
    let header = run.board.header();
    let of = |kinds: &[Kind]| GetItems::new().with_header(header.clone()).with_types(kinds.iter().copied());
    run.call(&of(&[]))?;
    for kind in
        (-1..=60).map(Kind::from).chain([Kind::from(1000), Kind::from(i32::MAX), Kind::from(i32::MIN)])
    {
        run.call(&of(&[kind]))?;
    }
    run.call(&of(&TYPES))?;
    let mut reversed = TYPES;
    reversed.reverse();
    run.call(&of(&reversed))?;
    run.call(&of(&[Kind::PCB_VIA, Kind::PCB_VIA]))?;
    run.call(&of(&[Kind::PCB_VIA, Kind::from(77)]))?;
    run.call(&of(&[Kind::SCH_LINE, Kind::PCB_VIA]))?;
    if !run.board.is_large() {
        for first in TYPES {
            for second in TYPES {
                run.call(&of(&[first, second]))?;
            }
        }
        for _ in 0..40 {
            let kinds = run.chance.some(&TYPES, 5);
            run.call(&of(&kinds))?;
        }
    }
    let by_id =
        |ids: &[Kiid]| GetItemsById::new().with_header(header.clone()).with_items(ids.iter().cloned());
    let ids = run.board.some_of_each(6);
    run.call(&by_id(&[]))?;
    for id in ids.iter().chain(&odd_ids()) {
        run.call(&by_id(std::slice::from_ref(id)))?;
    }
    run.call(&by_id(&ids))?;
    run.call(&by_id(&odd_ids()))?;
    let [first, second] = [ids.first().cloned(), ids.last().cloned()].map(Option::unwrap_or_default);
    let [unknown, empty, ..] = odd_ids();
    run.call(&by_id(&[first.clone(), first.clone()]))?;
    run.call(&by_id(&[second.clone(), unknown.clone(), first.clone()]))?;
    run.call(&by_id(&[empty, unknown, first.clone()]))?;
    let shouting = Kiid::new().with_value(first.value.to_uppercase());
    run.call(&by_id(&[shouting]))?;
    // Items that only their parent shows: fields, and what is drawn in a footprint.
    for id in children(run) {
        run.call(&by_id(&[id]))?;
    }
    for kind in TYPES {
        run.call(&GetSelection::new().with_header(header.clone()).with_types([kind]))?;
    }
    run.call(
        &ParseAndCreateItemsFromString::new().with_document(run.board.document()).with_contents("(segment)"),
    )?;
    Ok(())
}

/// Ids within a few footprints.
fn children(run: &Run) -> Vec<Kiid> {
    let footprints = run.board.of(Kind::PCB_FOOTPRINT);
    let found = footprints.iter().take(3).flat_map(|footprint| {
        let found: Vec<Kiid> =
            crate::ids::find(&footprint.value).map(|(_, id)| Kiid::new().with_value(id)).collect();
        found
    });
    found.take(60).collect()
}
