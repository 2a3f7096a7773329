//! A KiCad that ends and is started anew on the same socket, and one that is starting.

use std::time::{Duration, Instant};

use kiapi::{ConnectOptions, ErrorKind, Id, KiCad, Notice, Outcome as Sent};

use super::edits::track;
use super::{Case, refusal};
use crate::own::Own;
use crate::session::{Outcome, Session, check, check_eq};

pub(super) const CASES: &[Case] = &[("KiCad is started anew", started_anew)];

/// How long a KiCad may take to start.
const PATIENCE: Duration = Duration::from_secs(180);

fn started_anew(session: &Session) -> Outcome {
    let own = Own::start(session)?;
    let options = || ConnectOptions::new().ready_timeout(PATIENCE);
    let connect =
        |own: &Own| -> Outcome<KiCad> { Ok(KiCad::connect_with(options().socket(own.socket().parse()?))?) };
    let (reader, writer) = (connect(&own)?, connect(&own)?);
    let (read, written) = (reader.board()?, writer.board()?);
    let (nets, tracks) = (read.nets()?, read.tracks()?.len());
    let state = own.end()?;

    let gone = refusal(read.nets(), "a call to a KiCad that ended")?;
    check_eq(
        (gone.kind(), gone.outcome()),
        (ErrorKind::Disconnected, Sent::NotSent),
        "a call to a KiCad that ended",
    )?;

    // Whoever connects while it starts waits until it is ready.
    let own = std::thread::scope(|scope| -> Outcome<Own> {
        let starting = scope.spawn(|| Own::start_at(session, &state));
        let end = Instant::now() + PATIENCE;
        let early = loop {
            match KiCad::connect_with(
                options().socket(format!("ipc://{}/t/kicad/api.sock", state.display()).parse()?),
            ) {
                Ok(kicad) => break kicad,
                // There is no socket yet.
                Err(error) if error.kind() == ErrorKind::NotReachable => {
                    check(Instant::now() < end, || error.to_string())?;
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(error) => return Err(error.into()),
            }
        };
        check_eq(early.version(), reader.version(), "the version")?;
        starting.join().map_err(|_| "the start panicked")?
    })?;

    // Reading goes on, and tells that it is another KiCad.
    check(read.nets()? == nets, || "the nets are not those of before".to_owned())?;
    let notices = reader.take_notices();
    check(notices.contains(&Notice::Restarted), || format!("the restart was not told: {notices:?}"))?;

    // An edit is told to be meant for another KiCad, and not done; the next one is.
    let id = Id::random();
    let error = refusal(written.create([track().with_id(id)]), "an edit meant for another KiCad")?;
    check(matches!(error.kind(), ErrorKind::TokenMismatch | ErrorKind::Disconnected), || error.to_string())?;
    check_eq(written.tracks()?.len(), tracks, "the tracks after an edit that was refused")?;
    written.create([track().with_id(id)])?;
    check_eq(written.tracks()?.len(), tracks + 1, "the tracks after the next edit")?;

    // A token that was true once is refused, with no harm done.
    let wrong = options().socket(own.socket().parse()?).token(Id::random().to_string());
    let error = refusal(KiCad::connect_with(wrong), "a token of nobody")?;
    check_eq(error.kind(), ErrorKind::TokenMismatch, "the refusal of a wrong token")
}
