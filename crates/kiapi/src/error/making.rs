//! Errors as they are made: what each says, and what is known of the command then.

use std::fmt;

use kiapi_gen::common::ApiStatusCode;
use kiapi_gen::{ApiVersion, CommandInfo, ResponseError};
use kiapi_transport::Address;

use super::{Error, ErrorKind, Inner, ItemError, Outcome};
use crate::{Guard, Item};

impl Error {
    #[inline]
    fn new(kind: ErrorKind, outcome: Outcome, text: String) -> Self {
        let (status, kicad_message, guard, items, source) = (None, None, None, Vec::new(), None);
        let only_read = false;
        Self(Box::new(Inner { kind, outcome, text, status, kicad_message, guard, items, only_read, source }))
    }

    fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// A variable that holds no address.
    pub(crate) fn address(
        variable: &str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        let text = format!("{variable} holds no address of a KiCad");
        Self::new(ErrorKind::Configuration, Outcome::NotSent, text).because(source)
    }

    /// A variable that is no text.
    #[inline]
    pub(crate) fn not_unicode(variable: &str) -> Self {
        Self::new(ErrorKind::Configuration, Outcome::NotSent, format!("{variable} is not Unicode"))
    }

    /// No KiCad was found at the places that were `tried`, each with what came of it, nor at those `passed_over`, each with
    /// why it was not tried.
    #[inline]
    pub(crate) fn not_reachable(
        mut tried: Vec<(Address, kiapi_transport::Error)>,
        passed_over: &[String],
    ) -> Self {
        const HINT: &str = "is it running, with its API server enabled in Preferences > Plugins?";
        let error = |text| Self::new(ErrorKind::NotReachable, Outcome::NotSent, text);
        if tried.len() == 1 && passed_over.is_empty() {
            let (address, why) = tried.remove(0);
            return error(format!("cannot reach KiCad at `{address}`; {HINT}")).because(why);
        }
        let tried = tried.iter().map(|(_, why)| why.to_string());
        let list: Vec<String> = tried.chain(passed_over.iter().cloned()).collect();
        match list.as_slice() {
            [] => error(format!("cannot find a KiCad; {HINT}")),
            list => error(format!("cannot reach KiCad ({}); {HINT}", list.join("; "))),
        }
    }

    /// KiCad has just begun to listen, and there was no time to wait until it may be asked.
    #[inline]
    pub(crate) fn starting(address: &Address, source: kiapi_transport::Error) -> Self {
        let text = format!("KiCad at `{address}` is only just starting; give it more time");
        Self::new(ErrorKind::NotReady, Outcome::NotSent, text).because(source)
    }

    /// An item is not sent, since it is a part of a footprint.
    #[inline]
    pub(crate) fn part_of_footprint(index: usize, item: &Item, version: ApiVersion) -> Self {
        let how = match item {
            Item::Pad(_) => "edit_pads",
            Item::Field(_) => "edit_field",
            _ => "edit_children",
        };
        let mut error = Self::guarded("UpdateItems", Guard::PartOfFootprint, version);
        let which =
            format!("; change item {index}, a {item}, with `Footprint::{how}`, and update its footprint");
        error.0.text.push_str(&which);
        error
    }

    /// What was not done, since the KiCad that was meant is stopped; others were `tried` before.
    pub(crate) fn stopped(
        what: impl fmt::Display,
        pid: u32,
        tried: &[(Address, kiapi_transport::Error)],
    ) -> Self {
        let guard = Guard::StoppedProcess;
        let others: String = tried.iter().map(|(_, why)| format!("; {why}")).collect();
        let text = format!(
            "{what}: process {pid} there is stopped, and a KiCad 9.0 can hang of a client that gives up; let it go on first, \
             with `kill -CONT {pid}` or in the debugger (the guard `{guard}` can be switched off){others}"
        );
        let mut error = Self::new(ErrorKind::Guarded, Outcome::NotSent, text);
        error.0.guard = Some(guard);
        error
    }

    /// The command does not exist in this KiCad.
    #[inline]
    pub(crate) fn unsupported(command: &CommandInfo, version: ApiVersion) -> Self {
        let name = command.name();
        let text = match command.until {
            Some(until) if until <= version => {
                format!("{name} is not answered since KiCad {until}, and this is {version}")
            }
            _ => format!("{name} needs KiCad {}, and this is {version}", command.since),
        };
        Self::new(ErrorKind::Unsupported, Outcome::NotSent, text)
    }

    /// Something that this KiCad cannot do.
    pub(crate) fn unsupported_use(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, Outcome::NotSent, what.into())
    }

    /// The command is not sent, for what it would do to KiCad.
    #[inline]
    pub(crate) fn guarded(name: &str, guard: Guard, version: ApiVersion) -> Self {
        let text = format!(
            "{name} was not sent: {} {} ({version}); the guard `{guard}` can be switched off",
            guard.what(),
            guard.effect()
        );
        let mut error = Self::new(ErrorKind::Guarded, Outcome::NotSent, text);
        error.0.guard = Some(guard);
        error
    }

    /// A wrong argument.
    pub(crate) fn argument(text: impl Into<String>) -> Self {
        Self::new(ErrorKind::Configuration, Outcome::NotSent, text.into())
    }

    /// No such document.
    pub(crate) fn document(text: impl Into<String>) -> Self {
        Self::new(ErrorKind::Document, Outcome::Answered, text.into())
    }

    /// What came back is not what was asked for.
    pub(crate) fn unexpected(text: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unexpected, Outcome::Answered, text.into())
    }

    /// An item in an answer cannot be read.
    pub(crate) fn item(name: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(ErrorKind::Protocol, Outcome::Answered, format!("{name} got an item that cannot be read"))
            .because(source)
    }

    /// A commit is open already, when another one is to begin.
    #[inline]
    pub(crate) fn commit_open(client_name: &str) -> Self {
        let text = format!(
            "a commit of the client `{client_name}` is open already; end it first, or connect under another client name"
        );
        Self::new(ErrorKind::CommitOpen, Outcome::NotSent, text)
    }

    /// A commit is open, and an edit is no part of it.
    #[inline]
    pub(crate) fn edit_in_commit(name: &str, client_name: &str) -> Self {
        let text = format!(
            "{name} was not sent: a commit of the client `{client_name}` is open, and what is edited outside of it would be \
             taken back with it; edit with the methods of the commit, wait until it ends, or connect once more"
        );
        Self::new(ErrorKind::CommitOpen, Outcome::NotSent, text)
    }

    /// The commit that was to be worked on went with its KiCad.
    #[inline]
    pub(crate) fn commit_gone(name: &str) -> Self {
        let text = format!(
            "{name} was not sent: KiCad was restarted since the commit began, which is gone with the one before"
        );
        Self::new(ErrorKind::TokenMismatch, Outcome::NotSent, text)
    }

    /// The command was not sent, since a commit that nobody works on had to be dropped before, and was not.
    #[inline]
    pub(crate) fn before(self, name: &str, address: &Address) -> Self {
        let text = match self.0.kind {
            ErrorKind::Disconnected => {
                format!("{name} was not sent; the connection to KiCad at `{address}` is gone")
            }
            ErrorKind::CommitOpen | ErrorKind::Guarded => return self,
            _ => format!(
                "{name} was not sent; a commit that nobody works on has to be dropped first, and is not yet"
            ),
        };
        let mut error = Self::new(self.0.kind, Outcome::NotSent, text);
        error.0.status = self.0.status;
        error.0.kicad_message.clone_from(&self.0.kicad_message);
        match (self.0.kind, self.0.source) {
            (ErrorKind::Disconnected, Some(source)) => error.because(source),
            (_, source) => {
                let cause = Self(Box::new(Inner { source, ..*self.0 }));
                error.because(cause)
            }
        }
    }

    /// KiCad said that it deleted items, and this came of the look whether they are gone. It says nothing of the deletion.
    #[inline]
    pub(crate) fn unconfirmed(self) -> Self {
        let text =
            "KiCad said that it deleted the items, but whether they are gone could not be seen".to_owned();
        let mut error = Self::new(self.0.kind, Outcome::Unknown, text);
        error.0.status = self.0.status;
        error.0.kicad_message.clone_from(&self.0.kicad_message);
        error.because(self)
    }

    /// KiCad did not take some items out of `total`.
    #[inline]
    pub(crate) fn not_taken(what: &str, items: Vec<ItemError>, total: usize) -> Self {
        let first = items.first().map(|item| format!(": {item}")).unwrap_or_default();
        let text = format!("KiCad did not {what} {} of {total} items{first}", items.len());
        let mut error = Self::new(ErrorKind::Items, Outcome::Answered, text);
        error.0.items = items;
        error
    }

    /// The end of a commit went unanswered, and it is open still.
    #[inline]
    pub(crate) fn still_open(message: &str) -> Self {
        let text = format!("the commit `{message}` is still open, after its end went unanswered");
        Self::new(ErrorKind::Timeout, Outcome::NotSent, text)
    }

    /// What KiCad works on took too long.
    #[inline]
    pub(crate) fn still_busy(what: &str, timeout: std::time::Duration) -> Self {
        let text = format!("{what} was not over within {timeout:?}; KiCad goes on with it");
        Self::new(ErrorKind::Timeout, Outcome::Unknown, text)
    }

    /// Another KiCad answers than the one that the operation began with.
    #[inline]
    pub(crate) fn restarted(name: &str) -> Self {
        let text = format!("{name} was not carried out; KiCad was restarted since the token was learnt");
        Self::new(ErrorKind::TokenMismatch, Outcome::Answered, text)
    }

    /// A snapshot could not be taken.
    #[inline]
    pub(crate) fn snapshot(status: ApiStatusCode, source: crate::snapshot::SnapshotError) -> Self {
        let kind = match status {
            ApiStatusCode::BUSY => ErrorKind::Busy,
            ApiStatusCode::NOT_READY => ErrorKind::NotReady,
            _ => ErrorKind::Unexpected,
        };
        Self::new(kind, Outcome::Answered, "cannot take a snapshot of the board".to_owned()).because(source)
    }

    /// KiCad understood, and says no.
    pub(crate) fn bad_request(text: impl Into<String>) -> Self {
        Self::new(ErrorKind::BadRequest, Outcome::Answered, text.into())
    }

    /// The connection is gone, and no new one could be made.
    #[inline]
    pub(crate) fn gone(name: &str, address: &Address, source: kiapi_transport::Error) -> Self {
        let text = format!("{name} was not sent; the connection to KiCad at `{address}` is gone");
        Self::new(ErrorKind::Disconnected, Outcome::NotSent, text).because(source)
    }

    /// The turn did not come in time.
    #[inline]
    pub(crate) fn queue_timeout(name: &str) -> Self {
        let text = format!("{name} was not sent; others who share the client did not end in time");
        Self::new(ErrorKind::Timeout, Outcome::NotSent, text)
    }

    /// The answer went astray.
    #[inline]
    pub(crate) fn out_of_step(name: &str) -> Self {
        let text = format!(
            "{name} got an answer that is not its response; answers are out of step, and whether KiCad ran it is not known"
        );
        Self::new(ErrorKind::OutOfStep, Outcome::Unknown, text)
    }

    /// KiCad is out of step, and not seen to be done with what was sent before.
    #[inline]
    pub(crate) fn restless(name: &str) -> Self {
        let text = format!(
            "{name} was not sent; answers are out of step, and other clients ask KiCad so much that it could be run twice"
        );
        Self::new(ErrorKind::OutOfStep, Outcome::NotSent, text)
    }

    /// The answer is no envelope.
    #[inline]
    pub(crate) fn malformed(name: &str, source: ResponseError) -> Self {
        let text = format!("{name} got an answer that is not its response");
        Self::new(ErrorKind::Protocol, Outcome::Answered, text).because(source)
    }

    /// The same error, when more is known of the outcome.
    #[inline]
    pub(crate) fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.0.outcome = outcome;
        self
    }

    /// The exchange of the command `name` failed.
    #[inline]
    pub(crate) fn exchange(name: &str, address: &Address, source: kiapi_transport::Error) -> Self {
        let outcome = source.outcome();
        let kind = match source.kind() {
            kiapi_transport::ErrorKind::Timeout => ErrorKind::Timeout,
            kiapi_transport::ErrorKind::Disconnected => ErrorKind::Disconnected,
            _ => ErrorKind::Protocol,
        };
        let known = match outcome {
            Outcome::NotSent => "it was not sent",
            Outcome::Answered => "it was answered",
            Outcome::Unknown => "whether KiCad runs it is not known",
        };
        let broke = match kind {
            ErrorKind::Disconnected => format!(", since the connection to KiCad at `{address}` broke"),
            _ => String::new(),
        };
        Self::new(kind, outcome, format!("{name} failed{broke}; {known}")).because(source)
    }

    /// The connection broke under a call that only reads, which was not made again.
    #[inline]
    pub(crate) fn of_a_read(mut self) -> Self {
        if self.0.kind == ErrorKind::Disconnected && self.0.outcome == Outcome::Unknown {
            self.0.only_read = true;
            self.0.text.push_str("; it only reads, and may be made again");
        }
        self
    }

    /// What KiCad answered to the command is not its response.
    #[inline]
    pub(crate) fn response(
        command: &CommandInfo,
        version: Option<ApiVersion>,
        source: ResponseError,
    ) -> Self {
        let name = command.name();
        let Some(status) = source.status() else {
            let kind = if source.is_type_mismatch() { ErrorKind::OutOfStep } else { ErrorKind::Protocol };
            let text = format!("{name} got an answer that is not its response");
            return Self::new(kind, Outcome::Answered, text).because(source);
        };
        let kind = match status {
            ApiStatusCode::TIMEOUT => ErrorKind::Timeout,
            ApiStatusCode::BAD_REQUEST => ErrorKind::BadRequest,
            ApiStatusCode::NOT_READY => ErrorKind::NotReady,
            ApiStatusCode::UNHANDLED => ErrorKind::Unhandled,
            ApiStatusCode::TOKEN_MISMATCH => ErrorKind::TokenMismatch,
            ApiStatusCode::BUSY => ErrorKind::Busy,
            ApiStatusCode::UNIMPLEMENTED => ErrorKind::Unimplemented,
            _ => ErrorKind::Other,
        };
        let mut text = format!("KiCad refused {name} with {status:?}");
        let words = source.kicad_message().map(|words| words.trim_end().to_owned());
        if let Some(words) = &words {
            text.push_str(": ");
            text.push_str(words);
        }
        let hint = match kind {
            ErrorKind::Unhandled => match version.filter(|version| !command.is_answered_by(*version)) {
                Some(version) => {
                    format!("it is answered since KiCad {}, and this is {version}", command.since)
                }
                None => "no open editor answers it; is the document that it is about open?".to_owned(),
            },
            ErrorKind::TokenMismatch => "KiCad was restarted since the token was learnt".to_owned(),
            ErrorKind::NotReady => "it is starting, or a dialog waits for a person".to_owned(),
            _ => String::new(),
        };
        if !hint.is_empty() {
            text.push_str("; ");
            text.push_str(&hint);
        }
        let mut error = Self::new(kind, Outcome::Answered, text);
        error.0.status = Some(status);
        error.0.kicad_message = words;
        error
    }
}
