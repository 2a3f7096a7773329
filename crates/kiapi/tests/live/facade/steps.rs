//! Answers out of step, as a damaged request of anybody makes them.

use std::time::Duration;

use kiapi::{Notice, Track};
use kiapi_transport::{CallOptions, Client, ConnectOptions, Transport as _};

use super::edits::track;
use super::{Case, client, some_id};
use crate::session::{Outcome, Session, check, check_eq};

pub(super) const CASES: &[Case] = &[("answers out of step", answers_out_of_step)];

/// How many damaged requests are tried. On 9.0.8 every second one does it, on 10.0.6 every sixth.
const TRIES: usize = 200;

/// It leaves KiCad a step behind, so it is the last trial of all.
fn answers_out_of_step(session: &Session) -> Outcome {
    // Connected and greeted while all is well.
    let kicad = client("kiapi live steps")?;
    let board = kicad.board()?;
    let nets = board.nets()?;
    let address = session.socket().parse()?;
    for _ in 0..TRIES {
        // A connection for each: the two answers to one request belong to nobody.
        let damaged = Client::connect(&address, &ConnectOptions::new())?;
        let _ = damaged.call(&[0x0a, 0xff], &CallOptions::new().deadline(Duration::from_secs(2)));
        drop(damaged);
        // Each call must get its own answer, whether or not it is a step behind.
        check(!kicad.ping()?.is_zero(), || "an answer took no time".to_owned())?;
        check_eq(board.nets()?, nets.clone(), "the nets")?;
        if kicad.take_notices().contains(&Notice::OutOfStep) {
            return in_spite_of_it(&kicad, &board, &nets);
        }
    }
    Err(format!("{TRIES} damaged requests did not bring KiCad out of step").into())
}

fn in_spite_of_it(
    kicad: &kiapi::KiCad,
    board: &kiapi::Board,
    nets: &[kiapi::api::board::types::Net],
) -> Outcome {
    check_eq(board.nets()?.as_slice(), nets, "the nets when it is known")?;
    kicad.ping()?;
    let made = board.commit("out of step", |edit| edit.create([track()]))?;
    let id = some_id(made[0].id())?;
    let found = board.items_by_id([id])?.remove(0).ok_or("what was committed is not there")?;
    check(Track::try_from(found).is_ok(), || "what was committed is no track".to_owned())?;
    board.delete([id])?;
    check_eq(board.nets()?.as_slice(), nets, "the nets in the end")?;
    // A client that connects now is told too, and gets on all the same.
    let late = client("kiapi live late")?;
    check_eq(late.board()?.nets()?.as_slice(), nets, "the nets of a client that came late")
}
