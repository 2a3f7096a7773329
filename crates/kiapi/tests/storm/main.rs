//! A storm: threads and tasks read, edit, commit, give up and vanish, while everything around them fails. A ledger of
//! every edit is held against the board again and again: each was applied once at the most, and what was reported applied
//! is there. `cargo xtask storm` runs it, against the emulator with its faults, or a real KiCad that is killed.
//!
//! What each actor does follows from the seed; when it does it does not, since threads take turns as they please.

mod actors;
mod kicad;
mod ledger;

use std::env;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use kiapi::{CallOptions, KiCad};

use self::kicad::{Emulated, Real, Server};
use self::ledger::Ledger;

/// How long a round may last before the board is looked at.
const ROUND: Duration = Duration::from_secs(4);
/// How long everything may take to come to rest after a round.
const REST: Duration = Duration::from_secs(60);
/// How long who looks at the board waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let number = |name: &str, default| {
        let text = env::var(name).ok();
        text.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
    };
    let seed: u64 = number("KIAPI_STORM_SEED", 1);
    let time = Duration::from_secs(number("KIAPI_STORM_SECONDS", 20));
    let server: Box<dyn Server> = match env::var("KIAPI_STORM_KICAD") {
        Ok(line) => match Real::start(&line) {
            Ok(real) => Box::new(real),
            Err(error) => {
                println!("storm: {error}");
                return ExitCode::FAILURE;
            }
        },
        Err(_) => Box::new(Emulated::start()),
    };
    let ledger = Arc::new(Ledger::default());
    let vias = witness(&*server).and_then(|kicad| kicad.board()?.vias());
    let vias = match vias {
        Ok(vias) => vias.len(),
        Err(error) => {
            println!("storm: nobody can look at the board: {error:?}");
            return ExitCode::FAILURE;
        }
    };
    let end = Instant::now() + time;
    let mut chance = Rng::with_seed(seed);
    let mut rounds = 0_u64;
    while Instant::now() < end {
        rounds += 1;
        let length = ROUND.min(end.saturating_duration_since(Instant::now())).max(Duration::from_millis(500));
        if let Err(wrong) = round(&*server, vias, &ledger, &mut chance, length) {
            println!("storm: seed {seed}, round {rounds}: {wrong}");
            return ExitCode::FAILURE;
        }
    }
    println!("storm: seed {seed}: {rounds} rounds, {}, {ledger}", server.describe());
    ExitCode::SUCCESS
}

/// Lets all loose for a while, waits until it is quiet, and looks.
fn round(
    server: &dyn Server,
    vias: usize,
    ledger: &Arc<Ledger>,
    chance: &mut Rng,
    length: Duration,
) -> Result<(), String> {
    let stop = Arc::new(AtomicBool::new(false));
    let actors = actors::start(server.socket(), vias, ledger, &stop, chance);
    let end = Instant::now() + length;
    while Instant::now() < end {
        server.trouble(chance, ledger);
        if actors.iter().any(thread::JoinHandle::is_finished) {
            break;
        }
    }
    stop.store(true, Ordering::SeqCst);
    server.calm();
    let rest = Instant::now() + REST;
    for actor in actors {
        while !actor.is_finished() {
            if Instant::now() > rest {
                return Err(format!("an actor hangs: {:?}", actor.thread().name()));
            }
            thread::yield_now();
        }
        actor.join().map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            format!("an actor panicked: {}", text.unwrap_or_default())
        })?;
    }
    // Requests of those that are gone may still be under way; a board that stays the same has had them.
    let mut before = None;
    loop {
        let now = look(server, rest)?;
        if before.as_ref() == Some(&now) {
            return ledger.check(&now);
        }
        before = Some(now);
    }
}

/// A new client, which has the patience that actors lack: a KiCad that has just started may take a second on a busy machine.
fn witness(server: &dyn Server) -> kiapi::Result<KiCad> {
    let call = CallOptions::new().timeout(PATIENCE);
    KiCad::connect_with(actors::options(server.socket(), "witness").call_options(call))
}

/// The widths of all tracks on the board, as a new client sees them.
fn look(server: &dyn Server, until: Instant) -> Result<Vec<i64>, String> {
    loop {
        let seen = || {
            let kicad = witness(server)?;
            kicad.ping()?;
            let tracks = kicad.board()?.tracks()?;
            let mut widths: Vec<i64> = tracks.iter().map(|track| track.width().0).collect();
            widths.sort_unstable();
            Ok::<_, kiapi::Error>(widths)
        };
        match seen() {
            Ok(widths) => return Ok(widths),
            Err(error) if Instant::now() > until => return Err(format!("nobody can look: {error:?}")),
            Err(_) => thread::yield_now(),
        }
    }
}
