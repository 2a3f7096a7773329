//! Answers that are out of step, on a KiCad that was put there as a broken client does it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use kiapi::{Board, ErrorKind, Layer, Nm, Notice, Track, mm};
use kiapi_transport::{CallOptions, Client, ConnectOptions, Transport as _};
use libtest_mimic::Failed;

use super::Case;
use crate::own::Own;
use crate::session::{Outcome, Session, check, check_eq};

pub(super) const CASES: &[Case] =
    &[("answers out of step", out_of_step), ("edits while answers are out of step", edits_out_of_step)];

/// How long requests that are no envelope are sent at most: not each of them puts KiCad out of step. On an idle machine some
/// hundreds may be needed.
const PATIENCE: Duration = Duration::from_secs(120);
/// How many rounds of calls must be answered in a row once it is.
const CALLS: usize = 20;
/// How long it may take until then.
const RECOVERY: Duration = Duration::from_secs(120);

/// How often KiCad is put out of step for the edits, and how many edits follow each time.
const ROUNDS: i64 = 3;
const EDITS: i64 = 8;
/// The width of the first track that is made; the others follow. No board has such widths.
const FIRST_WIDTH: i64 = 50_000_001;

/// Sends requests that are no envelope until a client finds answers out of step: how many those were.
fn put_out_of_step(own: &Own, board: &Board) -> Result<usize, Failed> {
    let nets = board.nets()?.len();
    let broken = Client::connect(&own.socket().parse()?, &ConnectOptions::new())?;
    let (mut tries, end) = (0, Instant::now() + PATIENCE);
    while !board.kicad().take_notices().contains(&Notice::OutOfStep) {
        check(Instant::now() < end, || format!("KiCad is in step after {tries} broken requests"))?;
        tries += 1;
        std::thread::scope(|scope| -> Outcome {
            // What it is answered with does not matter. The second answer goes to whoever waits for one then: so it is sent
            // while others ask, one after the other for different types, so that it shows.
            scope.spawn(|| broken.call(&[0xff; 40], &CallOptions::new()));
            for _ in 0..3 {
                // Answers may slip at any moment: then that is told, and nothing else is.
                match (board.nets(), board.active_layer()) {
                    (Err(error), _) | (_, Err(error)) if error.kind() != ErrorKind::OutOfStep => {
                        return Err(error.into());
                    }
                    (Ok(found), _) => check_eq(found.len(), nets, "the nets")?,
                    (Err(_), _) => {}
                }
            }
            Ok(())
        })?;
    }
    Ok(tries)
}

/// KiCad itself loses requests then, and runs some in the place of others.
fn edits_out_of_step(session: &Session) -> Outcome {
    let own = Own::start(session)?;
    let board = own.connect()?.board()?;
    let mut said = BTreeMap::new();
    for round in 0..ROUNDS {
        put_out_of_step(&own, &board)?;
        for edit in 0..EDITS {
            let width = Nm(FIRST_WIDTH + round * EDITS + edit);
            let at = (mm(20), mm(20) + Nm((round * EDITS + edit) * 1_000_000));
            let track = Track::new().with_start(at).with_end((mm(21), at.1)).with_width(width);
            let track = track.with_layer(Layer::F_CU);
            let made = match edit % 2 {
                0 => board.create([track]),
                _ => board.commit("out of step", |commit| commit.create([track])),
            };
            said.insert(width, made.map(|made| made.len()));
        }
    }
    // Until what was left open is dropped.
    let end = Instant::now() + RECOVERY;
    let witness = own.connect()?;
    let tracks = loop {
        match witness.board().and_then(|board| board.tracks()) {
            Ok(tracks) => break tracks,
            Err(error) => check(Instant::now() < end, || error.to_string())?,
        }
    };
    let mut counts = [0; 3];
    for (width, said) in &said {
        let there = tracks.iter().filter(|track| track.width() == *width).count();
        let (kind, is_right) = match said {
            Ok(_) => (0, there == 1),
            Err(error) if error.outcome() == kiapi::Outcome::Unknown => (1, there <= 1),
            Err(error) if error.outcome() == kiapi::Outcome::NotSent => (2, there == 0),
            Err(error) => return Err(error.to_string().into()),
        };
        check(is_right, || {
            format!("the track of {width} is there {there} times, and was said to be: {said:?}")
        })?;
        counts[kind] += 1;
    }
    let [applied, unknown, not_sent] = counts;
    println!("{applied} edits applied, {unknown} unknown, {not_sent} not sent; each as it was told");
    check(applied > 0, || "none was applied".to_owned())
}

fn out_of_step(session: &Session) -> Outcome {
    let own = Own::start(session)?;
    let kicad = own.connect()?;
    let board = kicad.board()?;
    let (version, nets, tracks) = (kicad.version(), board.nets()?, board.tracks()?);
    check_eq(kicad.take_notices(), vec![], "the notices at the start")?;

    let tries = put_out_of_step(&own, &board)?;
    // What comes is the right answer, or it is told that none came: for a while that can be many calls in a row (seen on 9.0.8:
    // seven). Then all calls are answered again.
    let (mut failed, mut in_a_row) = (0, 0);
    let end = Instant::now() + RECOVERY;
    while in_a_row < CALLS {
        let seen = || -> kiapi::Result<_> {
            kicad.ping()?;
            Ok((board.nets()?.len(), board.tracks()?.len(), board.bounding_boxes([kiapi::Id::random()])?))
        };
        match seen() {
            Ok(seen) => {
                check_eq(seen, (nets.len(), tracks.len(), vec![None]), "what a round of calls gives")?;
                in_a_row += 1;
            }
            Err(error) if error.kind() == ErrorKind::OutOfStep => {
                check(Instant::now() < end, || format!("{failed} calls failed, the last one with {error}"))?;
                (failed, in_a_row) = (failed + 1, 0);
            }
            Err(error) => return Err(error.into()),
        }
        check_eq(kicad.version(), version, "the version")?;
    }
    println!(
        "out of step after {tries} broken requests; {failed} rounds failed; then {CALLS} were answered with their own"
    );
    Ok(())
}
