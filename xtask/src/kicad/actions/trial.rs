//! One action, run by name on a KiCad, and what came of it.

use std::fmt;
use std::process::Command;
use std::str::FromStr;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;

use super::super::instance::Instance;
use super::super::ping::{self, Answer, Value, field, fields};
use super::super::readiness::IdleWatch;
use super::super::{interrupt, poll};

/// A KiCad that does nothing for so long, and does not answer, waits for somebody.
const IDLE: Duration = Duration::from_secs(4);
/// One that has opened a window and has not answered after so long waits too: a dialog may be drawn again and again.
const WINDOW: Duration = Duration::from_secs(12);
/// An action that works for longer is not waited for.
const PATIENCE: Duration = Duration::from_secs(90);
/// So long a KiCad is looked at after it answered: it may die, or open its dialog, a moment later.
const AFTERWARDS: Duration = Duration::from_millis(400);
/// How often Escape is pressed to have a KiCad back.
const ESCAPES: usize = 4;

const RUN_ACTION: &str = "kiapi.common.commands.RunAction";
const BUSY_WITHOUT_ITEMS: &str = "kiapi.common.commands.GetBoundingBox";
/// `DOCTYPE_PCB`.
const PCB: u8 = 3;

/// What became of a KiCad that ran an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// It answers, and is not busy.
    Fine,
    /// It says that there is no such action.
    Unknown,
    /// It answered, and a tool now waits for the mouse: much is refused.
    Busy,
    /// It does not answer any more, and does nothing: it waits for a person.
    Dialog,
    /// It does not answer for longer than one wants to wait, and works.
    Working,
    /// It ended, as it should.
    Quit,
    /// It ended, as it should not.
    Died,
}

impl Outcome {
    pub(super) const ALL: [Self; 7] =
        [Self::Fine, Self::Unknown, Self::Busy, Self::Dialog, Self::Working, Self::Quit, Self::Died];
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fine => "fine",
            Self::Unknown => "unknown",
            Self::Busy => "busy",
            Self::Dialog => "dialog",
            Self::Working => "working",
            Self::Quit => "quit",
            Self::Died => "died",
        })
    }
}

impl FromStr for Outcome {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|outcome| outcome.to_string() == text);
        found.ok_or_else(|| format!("`{text}` is no outcome"))
    }
}

/// What is selected when an action is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Selected {
    Nothing,
    Footprint,
    Track,
    Zone,
}

impl Selected {
    /// The number of the type in `KiCadObjectType`.
    fn kind(self) -> Option<u8> {
        match self {
            Self::Nothing => None,
            Self::Footprint => Some(1),
            Self::Track => Some(11),
            Self::Zone => Some(16),
        }
    }
}

/// A KiCad to run actions on.
pub(super) struct Subject {
    kicad: Instance,
    /// The board, as KiCad specifies it.
    document: Vec<u8>,
    /// The item to be selected: its id.
    item: Option<Vec<u8>>,
    windows: Vec<String>,
    /// Whether no action was run on it yet.
    pub(super) is_fresh: bool,
}

impl Subject {
    pub(super) fn new(kicad: Instance, selected: Selected) -> Result<Self> {
        let mut subject =
            Self { kicad, document: Vec::new(), item: None, windows: Vec::new(), is_fresh: true };
        let documents = subject.get("kiapi.common.commands.GetOpenDocuments", &[1 << 3, PCB])?;
        subject.document = first(&documents, 1).context("no board is open")?.to_vec();
        if let Some(kind) = selected.kind() {
            let items = subject
                .get("kiapi.common.commands.GetItems", &[subject.header(), vec![2 << 3, kind]].concat())?;
            // An item is packed: its value is the second field, whose first field is the id.
            let item = first(&items, 3).and_then(|any| first(any, 2)).and_then(|item| first(item, 1));
            subject.item = Some(item.context("the board has none of what is to be selected")?.to_vec());
        }
        subject.windows = subject.windows();
        Ok(subject)
    }

    /// Selects what is to be selected, runs an action, and looks at what comes of it; with what there is to say of it.
    pub(super) fn run(&mut self, action: &str) -> Result<(Outcome, String)> {
        self.get("kiapi.common.commands.ClearSelection", &self.header())?;
        if let Some(item) = &self.item {
            let selected =
                self.get("kiapi.common.commands.AddToSelection", &[self.header(), field(2, item)].concat())?;
            if first(&selected, 1).is_none() {
                bail!("what is to be selected is gone");
            }
        }
        self.is_fresh = false;
        let message = field(1, action.as_bytes());
        let answer = self.wait(RUN_ACTION, &message)?;
        let status = match &answer {
            Seen::Answer(Answer::Ready(message)) => number(message, 1),
            _ => None,
        };
        let (outcome, words) = match answer {
            Seen::Answer(Answer::Ready(_)) if status == Some(2) => (Outcome::Unknown, String::new()),
            Seen::Answer(answer) => self.afterwards(&answer)?,
            Seen::Ended => self.ended(),
            Seen::Idle => (Outcome::Dialog, "it does not answer".to_owned()),
            Seen::Working => (Outcome::Working, format!("for longer than {} s", PATIENCE.as_secs())),
        };
        let new: Vec<String> =
            self.windows().into_iter().filter(|title| !self.windows.contains(title)).collect();
        let windows = if new.is_empty() { String::new() } else { format!("windows: {}", new.join(", ")) };
        let words: Vec<String> = [words, windows].into_iter().filter(|words| !words.is_empty()).collect();
        Ok((outcome, words.join("; ")))
    }

    /// How it is when it has answered the action.
    fn afterwards(&mut self, answer: &Answer) -> Result<(Outcome, String)> {
        let words = if matches!(answer, Answer::Ready(_)) { String::new() } else { answer.to_string() };
        if poll(AFTERWARDS, || (!self.kicad.is_alive()).then_some(())).is_some() {
            return Ok(self.ended());
        }
        Ok(match self.wait(BUSY_WITHOUT_ITEMS, &self.header())? {
            Seen::Answer(Answer::Busy) => (Outcome::Busy, words),
            Seen::Answer(Answer::Ready(_)) => (Outcome::Fine, words),
            Seen::Answer(other) => (Outcome::Fine, format!("afterwards {other}")),
            Seen::Ended => self.ended(),
            Seen::Idle => (Outcome::Dialog, "it answers the action, and nothing after it".to_owned()),
            Seen::Working => (Outcome::Working, "after it answered the action".to_owned()),
        })
    }

    fn ended(&mut self) -> (Outcome, String) {
        // Its last threads may end a moment later.
        let status = poll(Duration::from_secs(5), || self.kicad.exit());
        let is_right = status.is_some_and(|status| status.success());
        (if is_right { Outcome::Quit } else { Outcome::Died }, self.kicad.end())
    }

    /// Asks, and waits until it is answered or clear that it will not be.
    fn wait(&self, command: &'static str, message: &[u8]) -> Result<Seen> {
        let (sender, receiver) = mpsc::channel();
        let (socket, message) = (self.kicad.socket().to_path_buf(), message.to_vec());
        // When it is given up, KiCad is ended, and with it the connection and this thread.
        thread::spawn(move || {
            let _ = sender.send(ping::ask(&socket, command, &message, PATIENCE));
        });
        let (start, mut idle) = (Instant::now(), IdleWatch::default());
        poll(Duration::MAX, || {
            if let Err(error) = interrupt::check() {
                return Some(Err(error.into()));
            }
            let Some(stat) = self.kicad.stat() else { return Some(Ok(Seen::Ended)) };
            match receiver.try_recv() {
                // The connection may be cut a moment before the process has ended.
                Ok(Answer::Silent | Answer::NoSocket) => {
                    let end =
                        poll(Duration::from_secs(10), || (!self.kicad.is_alive()).then_some(Seen::Ended));
                    return Some(Ok(end.unwrap_or(Seen::Working)));
                }
                Ok(answer) => return Some(Ok(Seen::Answer(answer))),
                Err(_) => {}
            }
            let elapsed = start.elapsed();
            let has_window = || self.windows().iter().any(|title| !self.windows.contains(title));
            if idle.look(elapsed, stat) >= IDLE || (elapsed >= WINDOW && has_window()) {
                return Some(Ok(Seen::Idle));
            }
            (elapsed >= PATIENCE).then_some(Ok(Seen::Working))
        })
        .expect("it polls for ever")
    }

    /// Presses Escape until it is as it was at the start; whether it is. Without `xdotool` it is not.
    pub(super) fn recover(&self) -> bool {
        let Some(display) = self.kicad.display() else { return false };
        for _ in 0..ESCAPES {
            if !self.kicad.is_alive() {
                return false;
            }
            if self.windows() == self.windows && self.is_at_rest() {
                return true;
            }
            let pressed = Command::new("xdotool").args(["key", "Escape"]).env("DISPLAY", &display).output();
            if !pressed.is_ok_and(|pressed| pressed.status.success()) {
                return false;
            }
        }
        self.windows() == self.windows && self.is_at_rest()
    }

    fn is_at_rest(&self) -> bool {
        let short = Duration::from_secs(1);
        let answer = ping::ask(self.kicad.socket(), BUSY_WITHOUT_ITEMS, &self.header(), short);
        matches!(answer, Answer::Ready(_))
    }

    /// What it answers to a command that it always answers.
    fn get(&self, command: &'static str, message: &[u8]) -> Result<Vec<u8>> {
        match self.wait(command, message)? {
            Seen::Answer(Answer::Ready(message)) => Ok(message),
            Seen::Answer(other) => bail!("{command}: {other}"),
            _ => bail!("{command} is not answered"),
        }
    }

    /// The header that commands for items of the board have, as their first field.
    fn header(&self) -> Vec<u8> {
        field(1, &field(1, &self.document))
    }

    fn windows(&self) -> Vec<String> {
        self.kicad.windows()
    }
}

/// What is seen of a KiCad that was asked something.
enum Seen {
    Answer(Answer),
    Idle,
    Working,
    Ended,
}

/// The first value of a field of bytes.
fn first(message: &[u8], number: u64) -> Option<&[u8]> {
    fields(message)?.into_iter().find_map(|(found, value)| match value {
        Value::Bytes(bytes) if found == number => Some(bytes),
        _ => None,
    })
}

/// The value of a field that is a number.
fn number(message: &[u8], number: u64) -> Option<u64> {
    fields(message)?.into_iter().find_map(|(found, value)| match value {
        Value::Number(value) if found == number => Some(value),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_read_as_it_is_written() {
        for outcome in Outcome::ALL {
            assert_eq!(outcome.to_string().parse(), Ok(outcome));
        }
        assert!("great".parse::<Outcome>().is_err());
    }

    #[test]
    fn a_field_is_found_among_others() {
        let message = [field(1, b"a"), vec![2 << 3, 9], field(3, b"b"), field(3, b"c")].concat();
        assert_eq!(first(&message, 3), Some(&b"b"[..]));
        assert_eq!(first(&message, 2), None);
        assert_eq!((number(&message, 2), number(&message, 1)), (Some(9), None));
        assert_eq!(first(b"\xff", 1), None);
    }
}
