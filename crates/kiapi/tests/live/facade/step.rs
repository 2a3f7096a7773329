//! Answers that are out of step, on a KiCad that was put there as a broken client does it.

use kiapi::Notice;
use kiapi_transport::{CallOptions, Client, ConnectOptions, Transport as _};

use super::Case;
use crate::own::Own;
use crate::session::{Outcome, Session, check, check_eq};

pub(super) const CASES: &[Case] = &[("answers out of step", out_of_step)];

/// How many requests that are no envelope are sent at most: not each of them puts KiCad out of step.
const TRIES: usize = 300;
/// How many calls are made once it is.
const CALLS: usize = 20;

fn out_of_step(session: &Session) -> Outcome {
    let own = Own::start(session)?;
    let kicad = own.connect()?;
    let board = kicad.board()?;
    let (version, nets, tracks) = (kicad.version(), board.nets()?, board.tracks()?);
    check_eq(kicad.take_notices(), vec![], "the notices at the start")?;

    let broken = Client::connect(&own.socket().parse()?, &ConnectOptions::new())?;
    let mut tries = 0;
    while !kicad.take_notices().contains(&Notice::OutOfStep) {
        check(tries < TRIES, || format!("KiCad is in step after {tries} broken requests"))?;
        tries += 1;
        // What it is answered with does not matter.
        let _ = broken.call(&[0xff; 40], &CallOptions::new());
        // Different types one after the other, so that it shows.
        check_eq(board.nets()?.len(), nets.len(), "the nets")?;
        check_eq(board.active_layer().is_ok(), true, "the active layer is told")?;
    }
    for number in 0..CALLS {
        check_eq(kicad.ping().is_ok(), true, "a ping is answered")?;
        check_eq(board.nets()?.len(), nets.len(), &format!("the nets of call {number}"))?;
        check_eq(board.tracks()?.len(), tracks.len(), &format!("the tracks of call {number}"))?;
        check_eq(kicad.version(), version, "the version")?;
        check_eq(board.bounding_boxes([kiapi::Id::random()])?, vec![None], "the box of nothing")?;
    }
    println!(
        "out of step after {tries} broken requests; {CALLS} rounds of calls were answered with their own"
    );
    Ok(())
}
