//! Which KiCads are found: one, two that share a folder, and one that was killed.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use kiapi::InstanceState;

use super::Case;
use crate::own::Own;
use crate::session::{Outcome, Session, check, check_eq};

pub(super) const CASES: &[Case] = &[("KiCads that are found", found)];

/// What makes this program print what it finds, and nothing else.
const PRINT: &str = "KIAPI_LIVE_FIND";
/// How long the system may take to end a process.
const LIMIT: Duration = Duration::from_secs(20);

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
