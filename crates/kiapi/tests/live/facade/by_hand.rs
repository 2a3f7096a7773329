//! Moving by hand, with the mouse and the keys of KiCad's display as the hand.

use std::process::Command;
use std::time::{Duration, Instant};

use kiapi::api::board::commands::InteractiveMoveItems;
use kiapi::api::common::commands::{BeginCommit, CommitAction, EndCommit};
use kiapi::api::common::types::Kiid;
use kiapi::{Board, ErrorKind, Guard, Id, Notice, Track};

use super::edits::track;
use super::{Case, board, refusal, some_id};
use crate::session::{Outcome, Session, check, check_eq};

pub(super) const CASES: &[Case] = &[
    ("by hand: put down", put_down),
    ("by hand: given up", given_up),
    ("by hand: too long", too_long),
    ("by hand: end before the move", end_before_the_move),
];

/// How long a person may take here.
const LIMIT: Duration = Duration::from_secs(20);
/// How long KiCad may take to see what the hand does, and how often it is done.
const SEEN: Duration = Duration::from_secs(5);
const TRIES: usize = 4;
/// Between two looks at KiCad, so that it has time for its own.
const PAUSE: Duration = Duration::from_millis(50);

/// The mouse and the keys of KiCad's display.
struct Hand {
    display: String,
}

impl Hand {
    /// None where there is no display or no `xdotool`, which is said.
    fn find() -> Option<Self> {
        let hand = std::env::var("KIAPI_LIVE_DISPLAY").ok().map(|display| Self { display });
        let hand = hand.filter(|hand| hand.does(&["getmouselocation"]).is_ok());
        if hand.is_none() {
            println!("not tried, for there is no display or no xdotool; `cargo xtask setup` installs it");
        }
        hand
    }

    fn does(&self, args: &[&str]) -> Outcome {
        let ran = Command::new("xdotool").args(args).env("DISPLAY", &self.display).output()?;
        check(ran.status.success(), || format!("xdotool {args:?} says {ran:?}"))
    }

    /// Does it, and waits until KiCad is not busy. It is done again when that does not help, as KiCad may not have been
    /// ready for it; but not at once, because a second click would be one on what is under the mouse then.
    fn ends(&self, board: &Board, args: &[&str]) -> Outcome {
        for _ in 0..TRIES {
            self.does(args)?;
            let start = Instant::now();
            while start.elapsed() < SEEN {
                if !board.is_busy()? {
                    return Ok(());
                }
                std::thread::sleep(PAUSE);
            }
        }
        Err(format!("KiCad is still busy after {args:?}").into())
    }

    fn moves(&self) -> Outcome {
        self.does(&["mousemove", "600", "500"])?;
        self.does(&["mousemove", "640", "540"])
    }
}

fn place(board: &Board, id: Id) -> Outcome<Track> {
    let item = board.items_by_id([id])?.remove(0).ok_or("the track is gone")?;
    Track::try_from(item).map_err(|_| "it is no track".into())
}

/// A track that is moved, and goes when the trial is over.
fn with_track(work: impl FnOnce(&Hand, &Board, Id) -> Outcome) -> Outcome {
    let Some(hand) = Hand::find() else { return Ok(()) };
    let board = board()?;
    let id = some_id(board.create([track()])?[0].id())?;
    let outcome = work(&hand, &board, id);
    board.delete([id])?;
    outcome
}

fn put_down(_: &Session) -> Outcome {
    with_track(|hand, board, id| {
        let by_hand = board.move_interactively([id])?;
        check(board.is_busy()?, || "KiCad is not busy before the mouse moves".to_owned())?;
        hand.moves()?;
        hand.ends(board, &["click", "1"])?;
        by_hand.wait(LIMIT)?.push("moved by hand")?;
        check(place(board, id)?.start() != track().start(), || "the track is where it was".to_owned())?;
        // What it would not survive if the commit had ended first.
        board.kicad().run_action("common.Interactive.cancel")?;
        board.kicad().ping().map(drop).map_err(Into::into)
    })
}

fn given_up(_: &Session) -> Outcome {
    with_track(|hand, board, id| {
        let by_hand = board.move_interactively([id])?;
        hand.moves()?;
        hand.ends(board, &["key", "Escape"])?;
        by_hand.wait(LIMIT)?.drop()?;
        check_eq(place(board, id)?.start(), track().start(), "the start after the commit was dropped")?;
        board.kicad().run_action("common.Interactive.cancel")?;
        board.refill_zones()?.wait(Duration::from_secs(120))?;
        board.kicad().ping().map(drop).map_err(Into::into)
    })
}

fn too_long(_: &Session) -> Outcome {
    with_track(|hand, board, id| {
        let by_hand = board.move_interactively([id])?;
        hand.moves()?;
        let error = refusal(by_hand.wait(Duration::from_millis(300)), "a wait for nobody")?;
        check_eq(error.kind(), ErrorKind::Timeout, "the kind of the refusal")?;
        board.kicad().take_notices();
        hand.ends(board, &["key", "Escape"])?;
        check_eq(place(board, id)?.start(), track().start(), "the start once the person has given up")?;
        check_eq(board.kicad().take_notices(), vec![Notice::OrphanDropped], "the notices")
    })
}

/// The bare commands: what is refused here has killed KiCad.
fn end_before_the_move(_: &Session) -> Outcome {
    with_track(|hand, board, id| {
        let kicad = board.kicad();
        kicad.call(&BeginCommit::new())?;
        let items = [Kiid::from(id)];
        kicad.call(&InteractiveMoveItems::new().with_board(board.document().clone()).with_items(items))?;
        let end = EndCommit::new().with_action(CommitAction::DROP);
        let error = refusal(kicad.call(&end), "the end of a commit before the move in it")?;
        check_eq(error.guard(), Some(Guard::EndBeforeMove), "the guard")?;
        kicad.run_action("common.Control.zoomRedraw")?;
        let error = refusal(kicad.call(&end), "the end of a commit in the middle of the move in it")?;
        check_eq(error.kind(), ErrorKind::Busy, "the kind of the refusal")?;
        hand.ends(board, &["key", "Escape"])?;
        kicad.call(&end)?;
        kicad.run_action("common.Interactive.cancel")?;
        kicad.ping().map(drop).map_err(Into::into)
    })
}
