//! Creating, changing and deleting outside of a commit, and zones.

use std::time::Duration;

use kiapi::api::common::commands::ItemStatusCode;
use kiapi::{ErrorKind, FlipDirection, Id, Layer, Severity, Track, Via, Zone, mm};

use super::{Case, board, refusal, since_10, some_id};
use crate::session::{Outcome, Session, check, check_eq};

pub(super) const CASES: &[Case] = &[
    ("created, changed, deleted", created_changed_deleted),
    ("results for each item", results_for_each_item),
    ("deleting", deleting),
    ("flipping", flipping),
    ("markers", markers),
    ("items from a text", items_from_a_text),
    ("filling zones", filling_zones),
];

pub(super) fn track() -> Track {
    Track::new()
        .with_start((mm(1), mm(1)))
        .with_end((mm(6), mm(1)))
        .with_width(mm(0.25))
        .with_layer(Layer::F_CU)
        .with_net("GND")
}

pub(super) fn via() -> Via {
    Via::new().with_position((mm(3), mm(4))).with_diameter(mm(0.6)).with_drill(mm(0.3)).with_net("GND")
}

fn created_changed_deleted(_: &Session) -> Outcome {
    let board = board()?;
    let before = board.items()?.len();
    let id = Id::random();
    let made = board.create([track().with_id(id)])?;
    check_eq(
        made.iter().map(kiapi::Item::id).collect::<Vec<_>>(),
        vec![Some(id)],
        "the id of what was made",
    )?;
    let made = Track::try_from(made[0].clone()).map_err(|_| "what was made is no track")?;
    check_eq((made.width(), made.net()), (mm(0.25), Some("GND")), "the track that was made")?;
    let changed = board.update([made.with_width(mm(0.5))])?;
    let changed = Track::try_from(changed[0].clone()).map_err(|_| "what was changed is no track")?;
    check_eq(changed.width(), mm(0.5), "the width as KiCad tells it")?;
    let read = board.items_by_id([id])?.remove(0).ok_or("the track is gone")?;
    check_eq(Track::try_from(read).map_err(|_| "no track")?.width(), mm(0.5), "the width when read again")?;
    board.delete([id])?;
    check_eq(board.items_by_id([id])?, vec![None], "the track after it was deleted")?;
    check_eq(board.items()?.len(), before, "the number of items afterwards")?;
    check_eq(board.create([] as [Track; 0])?.len(), 0, "what comes of nothing")
}

fn results_for_each_item(_: &Session) -> Outcome {
    let board = board()?;
    let rows = board.try_create([track(), track().with_layer(Layer::IN29_CU), track()])?;
    let good: Vec<Id> = rows.iter().filter(|row| row.is_ok()).filter_map(|row| row.id).collect();
    let told: Vec<(usize, bool)> = rows.iter().map(|row| (row.index, row.is_ok())).collect();
    board.delete(good)?;
    check_eq(told, vec![(0, true), (1, false), (2, true)], "the rows of creating")?;
    check_eq(
        rows[1].code,
        ItemStatusCode::INVALID_DATA,
        "the code for a layer that the board does not have",
    )?;
    check(!rows[1].message.is_empty() && rows[1].item.is_none(), || format!("{:?}", rows[1]))?;

    let stranger = Id::random();
    let rows = board.try_update([track().with_id(stranger)])?;
    check_eq(
        (rows[0].code, rows[0].id),
        (ItemStatusCode::NONEXISTENT, Some(stranger)),
        "the row of a stranger",
    )?;
    let error = refusal(board.update([track().with_id(stranger)]), "changing what is not there")?;
    check_eq((error.kind(), error.items().len()), (ErrorKind::Items, 1), "the refusal, and its items")?;
    let unnamed = refusal(board.update([track()]), "changing something without an id")?;
    check_eq(unnamed.kind(), ErrorKind::Configuration, "the kind for an item without an id")?;

    let error = refusal(board.create([track().with_layer(Layer::IN29_CU)]), "a layer that there is not")?;
    check_eq((error.kind(), error.items()[0].index), (ErrorKind::Items, 0), "the refusal to create")?;
    // A create that fails leaves a commit open in KiCad. It does not hinder anybody.
    let id = some_id(board.create([track()])?[0].id())?;
    board.delete([id])?;
    board.begin_commit()?.drop().map_err(Into::into)
}

fn deleting(_: &Session) -> Outcome {
    let board = board()?;
    let made = board.create([track().with_locked(true), track()])?;
    let (locked, free) = (some_id(made[0].id())?, some_id(made[1].id())?);
    let stranger = Id::random();
    let error = refusal(board.delete([free, stranger]), "deleting what is not there")?;
    let missing: Vec<Option<Id>> = error.items().iter().map(|item| item.id).collect();
    check_eq(missing, vec![Some(stranger)], "what could not be deleted")?;
    check(board.items_by_id([free])?[0].is_some(), || "the other was deleted all the same".to_owned())?;
    board.delete([locked, free])?;
    check_eq(board.items_by_id([locked, free])?, vec![None, None], "both afterwards")?;
    board.delete([]).map_err(Into::into)
}

fn flipping(session: &Session) -> Outcome {
    let board = board()?;
    let footprint = board.footprints()?.remove(0);
    let id = some_id(footprint.id())?;
    let Some(flipped) = since_10(session, board.flip([id], FlipDirection::LeftRight))? else { return Ok(()) };
    check_eq(flipped.len(), 1, "the rows of flipping")?;
    check(flipped[0].layer() != Some(footprint.layer()), || "it is on the same side".to_owned())?;
    let back = board.flip([id], FlipDirection::LeftRight)?;
    check_eq(back[0].layer(), Some(footprint.layer()), "the side after flipping twice")?;
    check_eq(board.flip([], FlipDirection::TopBottom)?.len(), 0, "flipping nothing")?;
    let error = refusal(board.flip([Id::random()], FlipDirection::LeftRight), "flipping a stranger")?;
    check(matches!(error.kind(), ErrorKind::Items | ErrorKind::BadRequest), || format!("{error:?}"))
}

fn markers(session: &Session) -> Outcome {
    let board = board()?;
    let at = (mm(10), mm(10));
    let marker = board.inject_drc_error(Severity::Warning, "kiapi was here", at, []);
    if since_10(session, marker)?.is_some() {
        // KiCad leaves a commit open behind it, which must not be in the way.
        board.begin_commit()?.drop()?;
    }
    Ok(())
}

fn items_from_a_text(_: &Session) -> Outcome {
    let error = refusal(board()?.create_from_text("(kicad_pcb)"), "items from a text")?;
    check_eq(error.kind(), ErrorKind::Guarded, "the kind of the refusal")
}

fn filling_zones(_: &Session) -> Outcome {
    let board = board()?;
    let corners = [(mm(100), mm(20)), (mm(140), mm(20)), (mm(140), mm(50)), (mm(100), mm(50))];
    let zone = Zone::new()
        .with_outline(corners)
        .with_layers([Layer::F_CU])
        .with_net("GND")
        .with_name("kiapi live")
        .with_priority(60)
        .with_min_thickness(mm(0.25));
    let id = some_id(board.create([zone])?[0].id())?;
    let find = || -> Outcome<Zone> {
        board.zones()?.into_iter().find(|zone| zone.id() == Some(id)).ok_or_else(|| "the zone is gone".into())
    };
    let before = find()?.filled_on(Layer::F_CU).len();
    let took = board.refill_zones()?.wait(Duration::from_secs(120))?;
    let after = find()?.filled_on(Layer::F_CU).len();
    board.delete([id])?;
    check_eq(before, 0, "the fills of a zone that was never filled")?;
    check(after > 0, || format!("the zone is not filled after {took:?}"))?;
    check(!board.is_busy()?, || "KiCad is busy after it has filled zones".to_owned())
}
