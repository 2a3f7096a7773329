//! Parts of footprints, which are not updated alone.

use kiapi::api::common::commands::{CreateItems, ItemStatusCode, UpdateItems};
use kiapi::api::common::types::ItemHeader;
use kiapi::{Board, CallOptions, Footprint, Guard, Id, Item, Layer, mm};

use super::{Case, refusal, some_id};
use crate::own::Own;
use crate::samples;
use crate::session::{Outcome, PATIENCE, Session, check, check_eq};

pub(super) const CASES: &[Case] = &[("parts of footprints", parts)];

/// A footprint with parts of all kinds.
fn make(board: &Board) -> Outcome<Id> {
    let box_of_text = samples::text_box(Layer::F_FAB, 0.0);
    let footprint = Footprint::from(samples::footprint(0.0, Layer::F_CU, &[box_of_text]));
    some_id(board.create([footprint])?[0].id())
}

fn find(board: &Board, id: Id) -> Outcome<Footprint> {
    let mut footprints = board.footprints()?.into_iter();
    footprints.find(|it| it.id() == Some(id)).ok_or_else(|| "the footprint is gone".into())
}

/// The first part of each kind.
fn samples_of(footprint: &Footprint) -> Vec<Item> {
    let mut parts: Vec<Item> = Vec::new();
    for part in footprint.children().chain(footprint.fields().into_iter().map(Item::from)) {
        if parts.iter().all(|known| std::mem::discriminant(known) != std::mem::discriminant(&part)) {
            parts.push(part);
        }
    }
    parts
}

fn parts(session: &Session) -> Outcome {
    // What is tried below leaves a KiCad that is best thrown away.
    let own = Own::start(session)?;
    let kicad = own.connect()?;
    let board = kicad.board()?.with_options(CallOptions::new().timeout(PATIENCE));
    let footprint = make(&board)?;
    let all = board.items()?.len();
    let own_text = board.create([kiapi::Text::from(samples::text("on the board", 0.0, Layer::F_SILKS))])?;

    let kinds = samples_of(&find(&board, footprint)?);
    let mixed: Vec<Item> = kinds.iter().cloned().chain([own_text[0].clone()]).collect();
    let told = board.parts_of_footprints(&mixed)?;
    check_eq(
        told,
        kinds.iter().filter_map(Item::id).collect(),
        "the parts among samples of all kinds and a text",
    )?;

    for mut part in kinds {
        part.move_by((mm(1), mm(2)))?;
        // KiCad itself refuses what only footprints have. The rest it takes, and loses.
        if matches!(part, Item::Pad(_) | Item::Field(_)) {
            let unchecked = board.with_options(CallOptions::new().timeout(PATIENCE).unchecked());
            let rows = unchecked.try_update([part.clone()])?;
            check_eq(rows[0].code, ItemStatusCode::INVALID_TYPE, &format!("the code for {part:?}"))?;
        }
        let error = refusal(board.try_update([own_text[0].clone(), part.clone()]), "updating a part")?;
        check_eq(error.guard(), Some(Guard::PartOfFootprint), &format!("the guard for {part:?}"))?;
        let commit = board.begin_commit()?;
        let error = refusal(commit.try_update([part.clone()]), "updating a part in a commit")?;
        check_eq(error.guard(), Some(Guard::PartOfFootprint), &format!("the guard for {part:?}"))?;
        commit.drop()?;
    }
    // What lies on the board is updated, also by somebody who copied it from a part.
    board.update([own_text[0].clone()])?;
    let part = find(&board, footprint)?.texts().remove(0);
    let copied = part.clone().with_id(Id::random());
    let made = board.create([copied.clone()])?;
    check_eq(made[0].id(), copied.id(), "the id of a copy of a part")?;
    board.update([copied])?;
    check_eq(board.items()?.len(), all + 2, "the number of items, with two texts")?;
    check(!is_torn(&board, part.id())?, || "the file would be wrong already".to_owned())?;

    // That the guard is needed: the file that KiCad writes has an item of the board inside of a footprint.
    let header = ItemHeader::new().with_document(board.document().clone());
    let unchecked = CallOptions::new().unchecked();
    let update =
        UpdateItems::new().with_header(header.clone()).with_items([Item::from(part.clone()).to_any()]);
    let rows = kicad.call_with(&update, unchecked)?.updated_items;
    check_eq(rows[0].status.clone().unwrap_or_default().code, ItemStatusCode::OK, "KiCad's own code")?;
    check(is_torn(&board, part.id())?, || {
        "KiCad keeps parts where they are now; the guard is not needed any more".to_owned()
    })?;
    // A pad that is created goes nowhere, whatever it says that it lies in.
    let pad = find(&board, footprint)?.pads().remove(0).with_id(Id::random());
    let create = CreateItems::new().with_header(header).with_items([Item::from(pad).to_any()]);
    let rows = kicad.call_with(&create, unchecked)?.created_items;
    check_eq(rows[0].status.clone().unwrap_or_default().code, ItemStatusCode::INVALID_TYPE, "a pad alone")
}

/// Whether a text with this id stands as one of the board's own where footprints have theirs in the file.
fn is_torn(board: &Board, id: Option<Id>) -> Outcome<bool> {
    let (text, id) = (board.to_text()?, some_id(id)?.to_string());
    let before = text.split_once(&id).ok_or("the text is not in the file")?.0;
    let line = before
        .lines()
        .rev()
        .find(|line| line.trim_start().starts_with("(fp_text") || line.contains("(gr_text"));
    Ok(line.is_some_and(|line| line.starts_with("\t\t(gr_text")))
}
