//! Answers that are out of step, on a KiCad that was put there as a broken client does it.

use std::time::{Duration, Instant};

use kiapi::{ErrorKind, Notice};
use kiapi_transport::{CallOptions, Client, ConnectOptions, Transport as _};

use super::Case;
use crate::own::Own;
use crate::session::{Outcome, Session, check, check_eq};

pub(super) const CASES: &[Case] = &[("answers out of step", out_of_step)];

/// How long requests that are no envelope are sent at most: not each of them puts KiCad out of step. On an idle machine some
/// hundreds may be needed.
const PATIENCE: Duration = Duration::from_secs(120);
/// How many rounds of calls must be answered in a row once it is.
const CALLS: usize = 20;
/// How long it may take until then.
const RECOVERY: Duration = Duration::from_secs(120);

fn out_of_step(session: &Session) -> Outcome {
    let own = Own::start(session)?;
    let kicad = own.connect()?;
    let board = kicad.board()?;
    let (version, nets, tracks) = (kicad.version(), board.nets()?, board.tracks()?);
    check_eq(kicad.take_notices(), vec![], "the notices at the start")?;

    let broken = Client::connect(&own.socket().parse()?, &ConnectOptions::new())?;
    let (mut tries, end) = (0, Instant::now() + PATIENCE);
    while !kicad.take_notices().contains(&Notice::OutOfStep) {
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
                    (Ok(found), _) => check_eq(found.len(), nets.len(), "the nets")?,
                    (Err(_), _) => {}
                }
            }
            Ok(())
        })?;
    }
    drop(broken);
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
