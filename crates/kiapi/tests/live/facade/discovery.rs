//! Which KiCads are found: one, two that share a folder, one that was killed, and one that is stopped.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use kiapi::api::common::commands::GetNetClasses;
use kiapi::{Address, CallOptions, ConnectOptions, ErrorKind, Guard, Instance, InstanceState, KiCad};

use super::{Case, refusal};
use crate::own::Own;
use crate::session::{Outcome, Session, check, check_eq};

pub(super) const CASES: &[Case] = &[("KiCads that are found", found), ("a KiCad that is stopped", stopped)];

/// What makes this program print what it finds, and nothing else.
const PRINT: &str = "KIAPI_LIVE_FIND";
/// How long the system may take to end a process.
const LIMIT: Duration = Duration::from_secs(20);
/// How long a client waits for a KiCad that may hang.
const GIVES_UP: Duration = Duration::from_secs(30);

/// Prints the instances, if this program was started for that; whether it was.
pub(crate) fn print_instances() -> bool {
    let is_asked = std::env::var_os(PRINT).is_some();
    if is_asked {
        for instance in kiapi::instances() {
            let pid = instance.pid().map_or_else(String::new, |pid| pid.to_string());
            println!("{:?}\t{pid}\t{}\t{}", instance.state(), instance.place().display(), instance.reason());
        }
    }
    is_asked
}

/// One that was found: its state in words, its process, and the name of its socket.
type Found = (String, Option<u32>, String);

/// What a program finds that has this folder for temporary files, in that folder.
fn find(temp: &Path) -> Outcome<Vec<Found>> {
    let output =
        Command::new(std::env::current_exe()?).env_clear().env("TMPDIR", temp).env(PRINT, "").output()?;
    let text = String::from_utf8(output.stdout)?;
    let read = |line: &str| {
        let mut words = line.split('\t');
        let (state, pid, place) = (words.next()?, words.next()?, Path::new(words.next()?));
        let name = place.strip_prefix(temp.join("kicad")).ok()?.to_string_lossy().into_owned();
        Some((state.to_owned(), pid.parse().ok(), name))
    };
    Ok(text.lines().filter_map(read).collect())
}

fn found(session: &Session) -> Outcome {
    let alive = format!("{:?}", InstanceState::Alive);
    let stale = format!("{:?}", InstanceState::Stale);
    let first = Own::start(session)?;
    let temp = first.temp();
    let of_first = find(&temp)?;
    let [(state, pid, name)] = of_first.as_slice() else { return Err(format!("{of_first:?}").into()) };
    check_eq((state, name.as_str()), (&alive, "api.sock"), "the only one")?;
    let first_pid = pid.ok_or("the process that holds the lock is not known")?;

    let second = Own::beside(session, first.state())?;
    let mut both = find(&temp)?;
    both.sort_by_key(|(_, _, name)| name.len());
    let [one, (state, pid, name)] = both.as_slice() else { return Err(format!("{both:?}").into()) };
    check_eq(one, &of_first[0], "the first beside the second")?;
    let second_pid = pid.ok_or("the process of the second is not known")?;
    check_eq((state, name), (&alive, &format!("api-{second_pid}.sock")), "the second")?;
    check(second.socket().ends_with(name.as_str()), || format!("{} is not {name}", second.socket()))?;
    // They are two, and each answers.
    let (a, b) = (first.connect()?, second.connect()?);
    check(a.board()?.path() != b.board()?.path(), || "both have one file open".to_owned())?;

    // As a crash leaves them: nobody cleans up.
    for pid in [first_pid, second_pid] {
        let killed = Command::new("kill").args(["-KILL", &pid.to_string()]).status()?;
        check(killed.success(), || format!("{pid} cannot be killed"))?;
    }
    let start = Instant::now();
    let gone = loop {
        let left = find(&temp)?;
        let is_gone = left.len() == 2 && left.iter().all(|(state, ..)| *state == stale);
        if is_gone || start.elapsed() >= LIMIT {
            break left;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let states: Vec<&str> = gone.iter().map(|(state, ..)| state.as_str()).collect();
    check_eq(states, vec![stale.as_str(); 2], "the states of those that were killed")
}

/// Has the process that listens at an address stop or go on, and waits until it is seen to.
fn signal(address: &Address, signal: &str, state: InstanceState) -> Outcome<u32> {
    let pid = Instance::at(address).pid().ok_or("the process that listens is not known")?;
    let sent = Command::new("kill").args([signal, &pid.to_string()]).status()?;
    check(sent.success(), || format!("{pid} did not get {signal}"))?;
    let start = Instant::now();
    while Instance::at(address).state() != state {
        check(start.elapsed() < LIMIT, || format!("{signal}: {}", Instance::at(address)))?;
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(pid)
}

fn stopped(session: &Session) -> Outcome {
    let own = Own::start(session)?;
    let address: Address = own.socket().parse()?;
    let options = || ConnectOptions::new().socket(address.clone()).ready_timeout(GIVES_UP);
    let kicad = own.connect()?;
    let pid = signal(&address, "-STOP", InstanceState::Stopped)?;
    let error = refusal(KiCad::connect_with(options()), "a connection to a KiCad that is stopped")?;
    check_eq(error.guard(), Some(Guard::StoppedProcess), "the guard")?;
    check(error.to_string().contains(&format!("kill -CONT {pid}")), || error.to_string())?;
    // One that is connected already gives up a call, and makes no connection beside it.
    let impatient = CallOptions::new().timeout(Duration::from_millis(500));
    let call = || refusal(kicad.call_with(&GetNetClasses::new(), impatient), "a call");
    check_eq(call()?.kind(), ErrorKind::Timeout, "the kind of the first call")?;
    check_eq(call()?.guard(), Some(Guard::StoppedProcess), "the guard of the second call")?;
    signal(&address, "-CONT", InstanceState::Alive)?;
    kicad.ping()?;
    own.connect()?.board()?;

    // What the guard says of each version is so.
    signal(&address, "-STOP", InstanceState::Stopped)?;
    let bold = options().without_guard(Guard::StoppedProcess).ready_timeout(Duration::from_millis(500));
    check_eq(
        refusal(KiCad::connect_with(bold), "a connection without the guard")?.guard(),
        None,
        "the guard",
    )?;
    signal(&address, "-CONT", InstanceState::Alive)?;
    let answers = KiCad::connect_with(options());
    let is_hurt = Guard::StoppedProcess.is_needed_by(session.version());
    check_eq(answers.is_err(), is_hurt, &format!("whether it hangs of a client that gave up ({answers:?})"))
}
