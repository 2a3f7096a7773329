//! Commits: kept, taken back, and left behind.

use std::panic::{AssertUnwindSafe, catch_unwind};

use kiapi::api::common::commands::BeginCommit;
use kiapi::{Error, ErrorKind, Id, Notice, Track, mm};

use super::edits::track;
use super::{Case, board, client, refusal, some_id};
use crate::session::{Outcome, Session, check, check_eq};

pub(super) const CASES: &[Case] = &[
    ("commit of a closure", commit_of_a_closure),
    ("commit that panics", commit_that_panics),
    ("commit by hand", commit_by_hand),
    ("commit in a commit", commit_in_a_commit),
    ("orphan of an earlier client", orphan_of_an_earlier_client),
];

fn is_there(board: &kiapi::Board, id: Id) -> Outcome<bool> {
    Ok(board.items_by_id([id])?[0].is_some())
}

fn commit_of_a_closure(_: &Session) -> Outcome {
    let board = board()?;
    let made = board.commit("add a track", |edit| edit.create([track()]))?;
    let id = some_id(made[0].id())?;
    check(is_there(&board, id)?, || "what was committed is not there".to_owned())?;
    let lost = Id::random();
    let failed: Result<(), Error> = board.commit("fails", |edit| {
        edit.create([track().with_id(lost)])?;
        edit.update([track().with_id(id).with_width(mm(2))])?;
        edit.delete([Id::random()])
    });
    check_eq(failed.map_err(|error| error.kind()), Err(ErrorKind::Items), "what the closure returned")?;
    check(!is_there(&board, lost)?, || "what was taken back is there".to_owned())?;
    let kept = board.items_by_id([id])?.remove(0).ok_or("the track is gone")?;
    let width = Track::try_from(kept).map_err(|_| "it is no track")?.width();
    board.commit("delete it", |edit| edit.delete([id]))?;
    check_eq(width, mm(0.25), "the width after the change was taken back")?;
    check(!is_there(&board, id)?, || "what was deleted in a commit is there".to_owned())
}

fn commit_that_panics(_: &Session) -> Outcome {
    let board = board()?;
    let id = Id::random();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        board.commit("panics", |edit| -> Result<(), Error> {
            edit.create([track().with_id(id)])?;
            std::panic::resume_unwind(Box::new("on purpose"))
        })
    }));
    check(panicked.is_err(), || "the panic did not come through".to_owned())?;
    check(!is_there(&board, id)?, || "what a panic took back is there".to_owned())?;
    // It is over: the next one begins at once.
    board.begin_commit()?.drop().map_err(Into::into)
}

fn commit_by_hand(_: &Session) -> Outcome {
    let board = board()?;
    let commit = board.begin_commit()?;
    check_eq(commit.board().path(), board.path(), "the board of the commit")?;
    let rows = commit.try_create([track()])?;
    let id = some_id(rows[0].id)?;
    commit.push("by hand")?;
    check(is_there(&board, id)?, || "what was pushed is not there".to_owned())?;
    let commit = board.begin_commit()?;
    commit.delete([id])?;
    commit.drop()?;
    check(is_there(&board, id)?, || "a deletion was not taken back".to_owned())?;
    let commit = board.begin_commit()?;
    let rows = commit.try_update([track().with_id(id).with_width(mm(1))])?;
    check(rows[0].is_ok(), || format!("{rows:?}"))?;
    drop(commit);
    let item = board.items_by_id([id])?.remove(0).ok_or("the track is gone")?;
    let width = Track::try_from(item).map_err(|_| "it is no track")?.width();
    board.delete([id])?;
    check_eq(width, mm(0.25), "the width after the commit was dropped without a word")
}

fn commit_in_a_commit(_: &Session) -> Outcome {
    let board = board()?;
    let commit = board.begin_commit()?;
    let second = refusal(board.begin_commit(), "a commit in a commit")?;
    check_eq(second.kind(), ErrorKind::CommitOpen, "the kind of the refusal")?;
    // Another client name has one of its own.
    client("kiapi live other")?.board()?.begin_commit()?.drop()?;
    commit.drop().map_err(Into::into)
}

fn orphan_of_an_earlier_client(_: &Session) -> Outcome {
    let name = "kiapi live orphan";
    let earlier = client(name)?;
    let id = Id::random();
    // As a program that dies leaves it: nothing ends the commit.
    earlier.call(&BeginCommit::new())?;
    let document = earlier.board()?.document().clone();
    let header = kiapi::api::common::types::ItemHeader::new().with_document(document);
    let item = kiapi::Item::from(track().with_id(id)).to_any();
    earlier.call(&kiapi::api::common::commands::CreateItems::new().with_header(header).with_items([item]))?;
    drop(earlier);

    let kicad = client(name)?;
    let board = kicad.board()?;
    let made = board.commit("after the orphan", |edit| edit.create([track()]))?;
    check_eq(kicad.take_notices(), vec![Notice::OrphanDropped], "the notices")?;
    check(!is_there(&board, id)?, || "what the orphan made is there".to_owned())?;
    let made = some_id(made[0].id())?;
    check(is_there(&board, made)?, || "what was made after it is not there".to_owned())?;
    board.delete([made]).map_err(Into::into)
}
