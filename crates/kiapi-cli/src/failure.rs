//! What goes wrong, and what the shell is told of it.

use std::process::ExitCode;

use kiapi::ErrorKind;
use serde_json::json;

use crate::interrupt::Interrupted;
use crate::output::{self, Format};
use crate::refusal::{Partly, Refusal, Refused};
use crate::table;

/// What the exit codes mean, for `--help`.
pub(crate) const EXIT_CODES: &str = "Exit codes:
  0    done
  1    it failed for another reason than those below
  2    the arguments are wrong
  3    no KiCad can be reached
  4    KiCad refused, cannot do it, or it would hurt this KiCad
  5    KiCad was busy, or did not answer in time
  6    KiCad did not take some of the items
  7    it was done, and found something: differences, or problems
  130  ended by Ctrl-C";

const FAILED: u8 = 1;
const USAGE: u8 = 2;
const NOT_REACHABLE: u8 = 3;
const REFUSED: u8 = 4;
const BUSY: u8 = 5;
const ITEMS: u8 = 6;
const FOUND: u8 = 7;
pub(crate) const INTERRUPTED: u8 = 130;

/// More items than this are not listed one by one for a person.
pub(crate) const SHOWN: usize = 40;

/// The command did its work, which was to look for something, and found it. Everything is printed already.
#[derive(Debug)]
pub(crate) struct Found;

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("something was found")
    }
}

impl std::error::Error for Found {}

/// A program that was run ended with this exit code, which is ours too. It has said why.
#[derive(Debug)]
pub(crate) struct ChildFailed(pub(crate) u8);

impl std::fmt::Display for ChildFailed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the program ended with {}", self.0)
    }
}

impl std::error::Error for ChildFailed {}

/// Arguments that do not go together, or that mean nothing on this board.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// The KiCad that was asked for is not there.
#[derive(Debug)]
pub(crate) struct NotThere(pub(crate) String);

impl std::fmt::Display for NotThere {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotThere {}

/// What the shell is told of an error.
pub(crate) fn exit_code(error: &anyhow::Error) -> u8 {
    if error.is::<Found>() {
        return FOUND;
    }
    if let Some(ChildFailed(code)) = error.downcast_ref() {
        return *code;
    }
    if error.is::<Refused>() || error.is::<Partly>() {
        return ITEMS;
    }
    if error.is::<Interrupted>() {
        return INTERRUPTED;
    }
    if error.is::<Usage>() {
        return USAGE;
    }
    if error.is::<NotThere>() {
        return NOT_REACHABLE;
    }
    match error.downcast_ref::<kiapi::Error>().map(kiapi::Error::kind) {
        Some(ErrorKind::NotReachable | ErrorKind::Disconnected) => NOT_REACHABLE,
        Some(
            ErrorKind::BadRequest
            | ErrorKind::Unhandled
            | ErrorKind::Unimplemented
            | ErrorKind::Unsupported
            | ErrorKind::Guarded
            | ErrorKind::Document
            | ErrorKind::TokenMismatch
            | ErrorKind::CommitOpen,
        ) => REFUSED,
        Some(ErrorKind::Busy | ErrorKind::NotReady | ErrorKind::Timeout) => BUSY,
        Some(ErrorKind::Items) => ITEMS,
        Some(ErrorKind::Configuration) => USAGE,
        _ => FAILED,
    }
}

/// Tells what went wrong, with all its causes: a person on stderr, a machine on stdout.
pub(crate) fn report(error: &anyhow::Error, format: Format) -> ExitCode {
    let code = exit_code(error);
    if error.is::<Found>() || error.is::<ChildFailed>() || error.is::<Partly>() {
        return code.into();
    }
    let refused = refused(error);
    let mut causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    let what = causes.remove(0);
    match format {
        Format::Text => {
            anstream::eprintln!("{}: {what}", table::red("error"));
            for cause in &causes {
                anstream::eprintln!("  because {cause}");
            }
            for item in refused.iter().take(SHOWN) {
                anstream::eprintln!("  {item}");
            }
            if refused.len() > SHOWN {
                anstream::eprintln!("  … and {} more; --json has them all", refused.len() - SHOWN);
            }
        }
        Format::Json => {
            let kind = error.downcast_ref::<kiapi::Error>().map(|error| format!("{:?}", error.kind()));
            let outcome = error.downcast_ref::<kiapi::Error>().map(|error| format!("{:?}", error.outcome()));
            let items: Vec<_> = refused.iter().map(Refusal::json).collect();
            output::json(&json!({ "error": {
                "code": code, "message": what, "causes": causes, "kind": kind, "outcome": outcome, "items": items,
            }}));
        }
    }
    code.into()
}

/// The items that an error is about.
fn refused(error: &anyhow::Error) -> Vec<Refusal> {
    match (error.downcast_ref::<Refused>(), error.downcast_ref::<kiapi::Error>()) {
        (Some(refused), _) => refused.items.clone(),
        (None, Some(error)) => Refusal::of_error(error, &[]),
        (None, None) => Vec::new(),
    }
}
