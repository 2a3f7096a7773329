//! Every command that the running KiCad answers, called once with sensible arguments on a copy of a demo board.
//!
//! `cargo xtask live` starts the KiCads and runs this. Each case says what it knows of the answer; that the answer has
//! the type `Command::Response` is checked by every call. A command that this KiCad answers and that has no case fails.

mod cases;
mod facade;
mod facade_items;
mod own;
#[path = "../samples/mod.rs"]
mod samples;
mod session;
mod wire;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use session::Session;

fn main() -> ExitCode {
    if facade::discovery::print_instances() {
        return ExitCode::SUCCESS;
    }
    let mut arguments = Arguments::from_args();
    // KiCad is one, and so is its state.
    arguments.test_threads = Some(1);
    let session = match Session::connect() {
        Ok(session) => Arc::new(session),
        Err(error) => {
            eprintln!("error: {error}\nstart this with `cargo xtask live`");
            return ExitCode::FAILURE;
        }
    };
    println!("KiCad {} at {}", session.version(), session.socket());

    let is_answered = |name: &str| {
        kiapi::COMMANDS
            .iter()
            .any(|command| command.name() == name && command.is_answered_by(session.version()))
    };
    let is_answered_by_known = |name: &str| {
        let mut commands = kiapi::COMMANDS.iter().filter(|command| command.name() == name);
        let known = kiapi_emulator::Line::ALL.map(kiapi_emulator::Line::api_version);
        commands.any(|command| known.iter().any(|version| command.is_answered_by(*version)))
    };
    let cases: Vec<cases::Case> = cases::all().collect();
    let has_case: BTreeSet<&str> = cases.iter().map(|case| case.command).collect();
    assert_eq!(has_case.len(), cases.len(), "a command has two cases");

    let missing =
        kiapi::COMMANDS.iter().map(kiapi::CommandInfo::name).filter(|name| !has_case.contains(name));
    let missing = missing.filter(|name| is_answered(name)).map(|name| {
        let fails = Trial::test(name, || Err(Failed::from("has no case; add one to tests/live/cases")));
        // What came after the KiCads that these trials were written for is told, and waits for its case.
        let is_newer = !is_answered_by_known(name);
        if is_newer {
            println!("NOTE: {name} has no case yet; add one to tests/live/cases");
        }
        fails.with_ignored_flag(is_newer)
    });
    let mut trials: Vec<Trial> = missing.collect();
    // What runs KiCad's actions comes first: one that works on a selection crashes KiCad when items of it are gone. The
    // cases come last, since the last of them leave KiCad in a bad state.
    for check in cases::checks() {
        let session = Arc::clone(&session);
        trials.push(Trial::test(check.name, move || (check.run)(&session)));
    }
    trials.extend(facade::first(&session));
    trials.extend(facade_items::trials(&session));
    trials.extend(facade::trials(&session));
    for case in cases.into_iter().filter(|case| is_answered(case.command)) {
        let session = Arc::clone(&session);
        trials.push(Trial::test(case.command, move || session.run(&case)));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
