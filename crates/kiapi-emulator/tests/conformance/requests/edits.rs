//! Creates, updates and deletes, and what is there after each.

use kiapi_gen::Any;
use kiapi_gen::board::commands::{BoardFlipDirection, FlipItems, RefillZones};
use kiapi_gen::board::types::{Item, Track};
use kiapi_gen::common::commands::{
    BeginCommit, CommitAction, CreateItems, DeleteItems, EndCommit, GetItems, GetItemsById, Ping, UpdateItems,
};
use kiapi_gen::common::types::{KiCadObjectType as Kind, Kiid, LockedState};

use super::{odd_ids, samples, unknown};
use crate::board::{TYPES, id_of};
use crate::peer::Outcome;
use crate::run::Run;

fn create(run: &Run, items: Vec<Any>) -> CreateItems {
    CreateItems::new().with_header(run.board.header()).with_items(items)
}

fn update(run: &Run, items: Vec<Any>) -> UpdateItems {
    UpdateItems::new().with_header(run.board.header()).with_items(items)
}

fn delete(run: &Run, ids: &[Kiid]) -> DeleteItems {
    DeleteItems::new().with_header(run.board.header()).with_item_ids(ids.iter().cloned())
}

/// Reads back these items, and a type whole if the board is small.
fn read(run: &mut Run, ids: &[Kiid], kind: Kind) -> Outcome {
    let header = run.board.header();
    if !run.board.is_large() {
        run.call(&GetItems::new().with_header(header.clone()).with_types([kind]))?;
    }
    run.call(&GetItemsById::new().with_header(header).with_items(ids.iter().cloned()))?;
    Ok(())
}

/// Creates, and gives back what the first peer made.
fn created(run: &mut Run, items: Vec<Any>) -> Outcome<Vec<Any>> {
    let command = create(run, items);
    let answer = run.call(&command)?;
    Ok(answer
        .map(|answer| answer.created_items)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|row| row.item)
        .collect())
}

pub(super) fn run(run: &mut Run) -> Outcome {
    let mut all = Vec::new();
    for item in samples::all(run) {
        let made = created(run, vec![item])?;
        let ids: Vec<Kiid> = made.iter().filter_map(id_of).collect();
        run.call(&GetItemsById::new().with_header(run.board.header()).with_items(ids))?;
        all.extend(made);
    }
    for kind in TYPES {
        read(run, &[unknown()], kind)?;
    }
    for item in samples::odd(run) {
        created(run, vec![item])?;
    }
    let mixed: Vec<Any> = samples::all(run).into_iter().take(3).chain(samples::odd(run)).collect();
    created(run, mixed)?;
    run.call(&create(run, Vec::new()))?;
    read(run, &[], Kind::PCB_TRACE)?;
    moves(run, &all)?;
    in_a_commit(run)?;
    children(run)?;
    let ids: Vec<Kiid> = all.iter().filter_map(id_of).collect();
    flips(run, &ids)?;
    // Some that are there, some that are not, some twice.
    let (some, rest) = ids.split_at(ids.len() / 2);
    run.call(&delete(run, &[some, &some[..some.len().min(1)], &[unknown()]].concat()))?;
    run.call(&delete(run, some))?;
    run.call(&delete(run, &odd_ids()))?;
    run.call(&delete(run, &[]))?;
    for kind in TYPES {
        read(run, some, kind)?;
    }
    for id in rest {
        run.call(&delete(run, std::slice::from_ref(id)))?;
        run.call(&GetItemsById::new().with_header(run.board.header()).with_items([id.clone()]))?;
    }
    for kind in TYPES {
        read(run, rest, kind)?;
    }
    run.call(&RefillZones::new().with_board(run.board.document()).with_zones([unknown()]))?;
    run.call(&RefillZones::new().with_board(run.board.document()))?;
    // Nothing is answered before the fill is done.
    run.call(&Ping::new())?;
    read(run, &[], Kind::PCB_ZONE)
}

/// Each item is sent back as it came, then changed, then gone.
fn moves(run: &mut Run, made: &[Any]) -> Outcome {
    let mut items: Vec<Any> = made.to_vec();
    for kind in TYPES {
        // On a large board each takes half a second.
        let most = if run.board.is_large() { 1 } else { 3 };
        items.extend(run.board.of(kind).iter().take(most).cloned());
    }
    for (slot, item) in (0..).zip(items) {
        let id = id_of(&item).unwrap_or_default();
        run.call(&update(run, vec![item.clone()]))?;
        if let Some(changed) = changed(&item, slot) {
            run.call(&update(run, vec![changed]))?;
        }
        run.call(&GetItemsById::new().with_header(run.board.header()).with_items([id]))?;
    }
    for item in samples::odd(run) {
        // An update to an unknown layer crashes KiCad 9.0.8, and one with the nil id, which no id becomes.
        let is_plain =
            item.unpack::<Track>().is_ok_and(|track| track.id.is_some_and(|id| crate::ids::is_id(&id.value)));
        if is_plain {
            run.call(&update(run, vec![item]))?;
        }
    }
    let missing = Any::pack(&samples::track(run).with_id(unknown()));
    run.call(&update(run, vec![missing.clone()]))?;
    if let Some(track) = run.board.of(Kind::PCB_TRACE).first().cloned() {
        run.call(&update(run, vec![track.clone(), missing, track]))?;
    }
    run.call(&update(run, Vec::new()))?;
    for kind in TYPES {
        read(run, &[unknown()], kind)?;
    }
    Ok(())
}

/// The item, moved or locked; none for types that are left alone. What moves goes to a slot, where it touches nothing.
fn changed(item: &Any, slot: i64) -> Option<Any> {
    let place = |x: i64, y: i64| samples::far(x + 400 * slot, 2000 + y);
    let mut item = Item::from_any(item.clone()).ok()?;
    match &mut item {
        Item::Track(track) => {
            (track.start, track.end) = (Some(place(0, 0)), Some(place(34, 19)));
            track.locked = LockedState::LOCKED;
        }
        Item::Arc(arc) => arc.width = Some(samples::nm(400_000)),
        Item::Via(via) => via.position = Some(place(111, 22)),
        Item::BoardText(text) => text.text.get_or_insert_default().text = "changed".into(),
        Item::BoardTextBox(text) => text.textbox.get_or_insert_default().text = "changed\ntwice".into(),
        Item::BoardGraphicShape(shape) => shape.locked = LockedState::LOCKED,
        Item::Zone(zone) => zone.name = "changed".into(),
        Item::FootprintInstance(footprint) => {
            footprint.position = Some(place(200, 200));
            footprint.orientation = Some(samples::angle(90.0));
        }
        Item::Dimension(dimension) => dimension.prefix = "about ".into(),
        Item::Group(group) => group.name = "changed".into(),
        Item::Barcode(barcode) => barcode.text = "changed".into(),
        _ => return None,
    }
    Some(item.to_any())
}

/// Creates, updates and deletes before a commit, which is then dropped or kept.
fn in_a_commit(run: &mut Run) -> Outcome {
    let tracks: Vec<Any> = run.board.of(Kind::PCB_TRACE).iter().skip(4).take(4).cloned().collect();
    let ids: Vec<Kiid> = tracks.iter().filter_map(id_of).collect();
    for action in [CommitAction::DROP, CommitAction::COMMIT] {
        let begun = run.call(&BeginCommit::new())?;
        let commit = begun.and_then(|begun| begun.id).unwrap_or_default();
        let made = created(run, samples::all(run).into_iter().take(5).collect())?;
        let made: Vec<Kiid> = made.iter().filter_map(id_of).collect();
        read(run, &made, Kind::PCB_TRACE)?;
        let changes =
            tracks.iter().take(2).zip(100..).filter_map(|(track, slot)| changed(track, slot)).collect();
        run.call(&update(run, changes))?;
        read(run, &ids, Kind::PCB_TRACE)?;
        run.call(&delete(run, &ids[ids.len().min(2)..]))?;
        run.call(&delete(run, &made[..made.len().min(1)]))?;
        read(run, &ids, Kind::PCB_TRACE)?;
        run.call(&EndCommit::new().with_id(commit).with_action(action).with_message("made up"))?;
        read(run, &ids, Kind::PCB_TRACE)?;
        read(run, &made, Kind::PCB_VIA)?;
    }
    Ok(())
}

/// Footprints, and what is within them.
fn children(run: &mut Run) -> Outcome {
    let Some(first) = run.board.of(Kind::PCB_FOOTPRINT).first().cloned() else {
        return Ok(());
    };
    let id = id_of(&first).unwrap_or_default();
    // A copy, which gets new ids.
    if let Ok(Item::FootprintInstance(mut copy)) = Item::from_any(first) {
        copy.id = None;
        copy.position = Some(samples::far(2000, 6000));
        let made = created(run, vec![Any::pack(&copy)])?;
        let made: Vec<Kiid> = made.iter().filter_map(id_of).collect();
        run.call(&GetItemsById::new().with_header(run.board.header()).with_items(made.clone()))?;
        read(run, &made, Kind::PCB_PAD)?;
        run.call(&delete(run, &made))?;
    }
    if let Some(pad) = run.board.of(Kind::PCB_PAD).first().cloned() {
        run.call(&update(run, vec![pad.clone()]))?;
    }
    read(run, &[id], Kind::PCB_PAD)
}

/// Turns items over; without items, KiCad 10.0.6 leaves a commit open.
fn flips(run: &mut Run, ids: &[Kiid]) -> Outcome {
    let flip = FlipItems::new().with_header(run.board.header());
    let directions = if run.board.is_large() { vec![1] } else { vec![0, 1, 2, 99] };
    for direction in directions.into_iter().map(BoardFlipDirection::from) {
        let flip = flip.clone().with_direction(direction);
        for id in ids.iter().take(12) {
            run.call(&flip.clone().with_items([id.clone()]))?;
        }
        run.call(&flip.clone().with_items([unknown()]))?;
        run.call(&flip.with_items(run.board.ids(Kind::PCB_FOOTPRINT, 2)))?;
    }
    run.call_as("flip", &flip)?;
    run.call_as("flip", &BeginCommit::new())?;
    run.call_as("flip", &EndCommit::new().with_action(CommitAction::DROP))?;
    read(run, ids, Kind::PCB_PAD)
}
