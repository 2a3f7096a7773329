//! Ctrl-C and SIGTERM: a commit that is open is dropped before the program ends.

use std::sync::Mutex;

use anyhow::Context as _;

use crate::failure;
use crate::table::note;

/// What happens when the program is told to end.
#[derive(Debug)]
enum State {
    /// It ends at once.
    Free,
    /// It ends at once, and says this first: what goes on without it.
    LastWords(&'static str),
    /// It ends when [`uninterrupted`] is left. Told so again, it ends at once.
    Held { told: bool },
    /// Somebody waits for it, and is told.
    Awaited(std::sync::mpsc::Sender<()>),
}

static STATE: Mutex<State> = Mutex::new(State::Free);

fn state() -> std::sync::MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Begins to listen for Ctrl-C. Called once, when the program starts.
pub(crate) fn watch() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        let mut state = state();
        match &mut *state {
            State::Held { told: told @ false } => *told = true,
            State::Awaited(waiting) if waiting.send(()).is_ok() => {}
            State::LastWords(words) => {
                note(words);
                std::process::exit(failure::INTERRUPTED.into())
            }
            State::Held { told: true } => {
                note("ended at once; if a commit is open, it stays open in KiCad");
                std::process::exit(failure::INTERRUPTED.into())
            }
            _ => std::process::exit(failure::INTERRUPTED.into()),
        }
    })
    .context("cannot listen for Ctrl-C")
}

/// From now on Ctrl-C ends the program with these words, until a change begins: for commands that change something.
pub(crate) fn nothing_changed_yet() {
    *state() = State::LastWords("interrupted; nothing was changed");
}

/// Does work that must be ended in order, such as a commit. Ctrl-C meanwhile is seen by [`check`], and ends the program
/// when the work is done.
pub(crate) fn uninterrupted<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    *state() = State::Held { told: false };
    let outcome = work();
    let after = match &outcome {
        Ok(_) => State::LastWords("interrupted when all was done"),
        Err(_) => State::Free,
    };
    let before = std::mem::replace(&mut *state(), after);
    match (outcome, before) {
        (Err(error), State::Held { told: true }) if error.is::<Interrupted>() => Err(error),
        (outcome, _) => outcome,
    }
}

/// An error if Ctrl-C was pressed since [`uninterrupted`] began: the way out of a commit that drops it.
pub(crate) fn check() -> Result<(), Interrupted> {
    match *state() {
        State::Held { told: true } => Err(Interrupted { done: Vec::new() }),
        _ => Ok(()),
    }
}

/// Does work that Ctrl-C ends at once, with a word on what goes on all the same.
pub(crate) fn with_last_words<T>(words: &'static str, work: impl FnOnce() -> T) -> T {
    *state() = State::LastWords(words);
    let outcome = work();
    *state() = State::Free;
    outcome
}

/// A receiver that hears of Ctrl-C instead of the program ending.
pub(crate) fn awaited() -> std::sync::mpsc::Receiver<()> {
    let (sender, receiver) = std::sync::mpsc::channel();
    *state() = State::Awaited(sender);
    receiver
}

/// The program was told to end.
#[derive(Debug)]
pub(crate) struct Interrupted {
    /// What was done until then, and is not taken back.
    pub(crate) done: Vec<&'static str>,
}

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.done.as_slice() {
            [] => f.write_str("interrupted; nothing was changed"),
            done => write!(f, "interrupted; done and not taken back: {}", done.join(", ")),
        }
    }
}

impl std::error::Error for Interrupted {}
