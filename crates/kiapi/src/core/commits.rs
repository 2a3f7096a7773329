//! Commits: KiCad keeps one for each client name, and none may stay open that nobody works on.

use std::time::Duration;

use kiapi_gen::common::commands::{BeginCommit, CommitAction, EndCommit, RunAction, RunActionStatus};
use kiapi_gen::common::types::Kiid;
use kiapi_gen::prost::Name as _;
use kiapi_gen::{Command, CommandInfo};
use kiapi_transport::Deadline;

use super::call::{CALL_TIMEOUT, rarely};
use super::{CommitState, Core, MoveByHand};
use crate::link::Link;
use crate::{CallOptions, Error, ErrorKind, Notice, Outcome, Result, Retry};

/// What KiCad says, after the name of a client, when that is to begin a commit and has one.
const OPEN_ALREADY: &str = "already has a commit in progress";
/// What it says when a client is to end one and has none.
const NONE_OPEN: &str = "does not has a commit in progress";

/// How often KiCad is asked for words that prove what became of a commit, while answers are out of step.
const MAX_PROOFS: usize = 4;

/// The first and the longest pause between two looks at whether a commit is dropped that somebody else drops.
const DROP_PAUSE: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));

impl<L: Link> Core<L> {
    /// Begins a commit. One that is open under our name, and that nobody here works on, is dropped first.
    pub(crate) async fn begin_commit(&self, options: CallOptions) -> Result<Kiid> {
        {
            // Beginning one finds out what was inherited.
            let is_free = |commit: &CommitState| matches!(commit, CommitState::None | CommitState::Inherited);
            let whole = options.or(self.defaults);
            let _turn = self
                .edit_turn(BeginCommit::NAME, is_free, &whole, |_, client| Error::commit_open(client))
                .await?;
            // From here on nobody edits outside of it, and who did is done.
            self.state().commit = CommitState::Beginning;
        }
        // Whatever ends this early, a cancelled future too, leaves a commit that may be open.
        let restore = Restore(self, CommitState::Abandoned);
        let was_out_of_step = self.is_out_of_step();
        let id = match self.call(&BeginCommit::new(), options).await {
            Err(error) if is_open_already(&error) => {
                self.call(&end(&Kiid::new(), CommitAction::DROP, ""), options).await?;
                self.notice(Notice::OrphanDropped);
                self.call(&BeginCommit::new(), options).await
            }
            other => other,
        };
        let id = match id {
            Ok(response) if was_out_of_step || self.is_out_of_step() => {
                let proof = (OPEN_ALREADY, MAX_PROOFS);
                let is_open = self.prove(&BeginCommit::new(), proof, &options.or(self.defaults)).await;
                is_open.map(|()| response)
            }
            other => other,
        };
        std::mem::forget(restore);
        let state = match &id {
            Ok(response) => CommitState::Open(response.id.clone().unwrap_or_default()),
            Err(error) if error.may_have_been_done() => CommitState::Abandoned,
            Err(_) => CommitState::None,
        };
        self.state().commit = state;
        Ok(id?.id.unwrap_or_default())
    }

    /// Makes what was done in a commit one step of undo.
    ///
    /// When the end goes unanswered, the same time is spent again on finding out what became of it.
    pub(crate) async fn push_commit(&self, id: &Kiid, message: &str, options: CallOptions) -> Result<()> {
        self.check_open(EndCommit::NAME, id)?;
        let command = end(id, CommitAction::COMMIT, message);
        let time = options.or(self.defaults).timeout.unwrap_or(CALL_TIMEOUT);
        let deadline = Deadline::after(time.saturating_mul(2));
        let left = || {
            let left = deadline.remaining().unwrap_or(time);
            (!left.is_zero()).then(|| options.timeout(left.min(time)))
        };
        let mut options = options;
        loop {
            let was_out_of_step = self.is_out_of_step();
            let error = match self.call(&command, options).await {
                Ok(_) => {
                    self.prove_ended(&command, was_out_of_step, &options.or(self.defaults)).await?;
                    break;
                }
                Err(error) if error.may_have_been_done() => error,
                Err(error) => return Err(error),
            };
            let Some(rest) = left() else { return Err(error) };
            options = rest;
            if self.is_out_of_step() && !self.state().has_schematic {
                self.prove_ended(&command, true, &options.or(self.defaults)).await?;
                self.notice(Notice::CommitSettled);
                break;
            }
            let is_open = match self.is_commit_open(options).await {
                Ok(is_open) => is_open,
                // That the question went unanswered too says less than that the end did.
                Err(question) if question.is_timeout() => return Err(error),
                Err(question) => return Err(question.with_outcome(Outcome::Unknown)),
            };
            if !is_open {
                self.notice(Notice::CommitSettled);
                break;
            }
            // KiCad works in order: it was asked whether it is open after the end was lost, so the end never comes.
            options = left().ok_or_else(|| Error::still_open(message))?;
        }
        self.state().commit = CommitState::None;
        Ok(())
    }

    /// Takes back what was done in a commit.
    pub(crate) async fn drop_commit(&self, id: &Kiid, options: CallOptions) -> Result<()> {
        // It went with its KiCad. KiCad looks at no id here, and would drop another one that was begun since.
        if self.check_open(EndCommit::NAME, id).is_err() {
            return Ok(());
        }
        let command = end(id, CommitAction::DROP, "");
        let was_out_of_step = self.is_out_of_step();
        match self.call(&command, options).await {
            Ok(_) => self.prove_ended(&command, was_out_of_step, &options.or(self.defaults)).await?,
            // There is none any more, which is what was wanted.
            Err(error) if self.says_none_is_open(&error) => {}
            Err(error) => return Err(error),
        }
        self.state().commit = CommitState::None;
        Ok(())
    }

    /// Drops the commit of whoever is gone, if there is one, as far as KiCad lets us; or waits for whoever does so already.
    pub(crate) async fn drop_abandoned(&self, options: &CallOptions) -> Result<()> {
        let is_abandoned = matches!(
            self.state().commit,
            CommitState::Abandoned | CommitState::Loose | CommitState::Dropping
        );
        if !is_abandoned {
            return Ok(());
        }
        match rarely(self.drop_now(options)).await {
            // A person moves something: it is tried again with the next call.
            Err(error) if error.is_busy() => Ok(()),
            other => other,
        }
    }

    pub(super) async fn drop_now(&self, options: &CallOptions) -> Result<()> {
        let deadline = Deadline::after(options.timeout.unwrap_or(CALL_TIMEOUT));
        let mut pause = DROP_PAUSE.0;
        let before = loop {
            {
                let mut state = self.state();
                match state.commit {
                    CommitState::Abandoned | CommitState::Loose => {
                        break std::mem::replace(&mut state.commit, CommitState::Dropping);
                    }
                    CommitState::Dropping => {}
                    _ => return Ok(()),
                }
            }
            if deadline.has_passed() {
                return Err(Error::commit_open(&self.client_name));
            }
            self.link.sleep(pause).await;
            pause = (pause * 2).min(DROP_PAUSE.1);
        };
        let restore = Restore(self, before.clone());
        if self.state().by_hand == MoveByHand::AskedFor {
            self.begin_move(options).await?;
        }
        let command = end(&Kiid::new(), CommitAction::DROP, "");
        let was_out_of_step = self.is_out_of_step();
        match self.send(&command, options).await {
            Ok(_) => {
                self.prove_ended(&command, was_out_of_step, options).await?;
                if before == CommitState::Abandoned {
                    self.notice(Notice::OrphanDropped);
                }
            }
            Err(error) if self.says_none_is_open(&error) || is_another_kicad(&error) => {}
            Err(error) => return Err(error),
        }
        std::mem::forget(restore);
        self.state().commit = CommitState::None;
        Ok(())
    }

    /// Drops the commit that an earlier run may have left open, before an edit that would be lost in it.
    pub(crate) async fn drop_inherited(&self, options: &CallOptions) -> Result<()> {
        {
            let mut state = self.state();
            // A schematic editor would get the end of it, and die.
            if state.commit != CommitState::Inherited || state.has_schematic {
                return Ok(());
            }
            state.commit = CommitState::Dropping;
        }
        let restore = Restore(self, CommitState::Inherited);
        let command = end(&Kiid::new(), CommitAction::DROP, "");
        let was_out_of_step = self.is_out_of_step();
        match self.send(&command, options).await {
            Ok(_) => {
                self.prove_ended(&command, was_out_of_step, options).await?;
                self.notice(Notice::OrphanDropped);
            }
            Err(error) if self.says_none_is_open(&error) || is_another_kicad(&error) => {}
            // The edit would be lost with the commit, so it must not be sent.
            Err(error) => return Err(error),
        }
        std::mem::forget(restore);
        self.state().commit = CommitState::None;
        Ok(())
    }

    /// Whoever begins or ends commits by bare messages knows of the one that is open.
    pub(crate) fn note_by_hand<C: Command>(&self) {
        let mut state = self.state();
        if [BeginCommit::NAME, EndCommit::NAME].contains(&C::NAME) && state.commit == CommitState::Inherited {
            state.commit = CommitState::None;
        }
    }

    /// Has KiCad begin the move by hand that it was asked for, so that it is busy until the person is done.
    ///
    /// KiCad only queues a move. Whatever happens next to the editor begins it; until then KiCad is not busy, and takes the
    /// end of the commit that the move is to happen in.
    pub(crate) async fn begin_move(&self, options: &CallOptions) -> Result<()> {
        // It draws what is seen once more, and changes nothing.
        const HARMLESS: &str = "common.Control.zoomRedraw";
        let command = RunAction::new().with_action(HARMLESS);
        let response = match self.send(&command, &options.retry(Retry::WhileNotReady)).await {
            Ok(response) => response,
            // The person was faster.
            Err(error) if error.is_busy() => return Ok(()),
            Err(error) => return Err(error),
        };
        let info = const { &CommandInfo::of::<RunAction>() };
        let answer = response.into_result::<RunAction>();
        let answer = answer.map_err(|error| Error::response(info, self.known_version(), error))?;
        if answer.status != RunActionStatus::OK {
            return Err(Error::bad_request(format!(
                "this KiCad has no action `{HARMLESS}` to begin a move with"
            )));
        }
        self.state().by_hand = MoveByHand::None;
        Ok(())
    }

    /// Makes sure that an edit was made in the open commit, while answers are out of step: the commit may never have begun, if
    /// that was found out only after its beginning.
    pub(crate) async fn prove_in_commit(&self, name: &str, options: CallOptions) -> Result<()> {
        // Once: the second time it may be open since the first.
        let was_open = self.prove(&BeginCommit::new(), (OPEN_ALREADY, 1), &options.or(self.defaults)).await;
        was_open.map_err(|_| Error::out_of_step(name))
    }

    /// Makes sure that no commit is open any more, if answers are out of step, or were.
    async fn prove_ended(&self, end: &EndCommit, was_out_of_step: bool, options: &CallOptions) -> Result<()> {
        // A schematic editor dies of the end of a commit that it does not have.
        if self.state().has_schematic || !(was_out_of_step || self.is_out_of_step()) {
            return Ok(());
        }
        self.prove(end, (NONE_OPEN, MAX_PROOFS), options).await
    }

    /// Makes sure of the OK to a beginning or an end of a commit, which may be another client's while answers are out of
    /// step: ours may have been refused. KiCad is asked for the same once more, so often at the most. What it has done already
    /// it refuses with these words and the name of this client, which no other's answer has.
    async fn prove<C: Command>(
        &self,
        command: &C,
        (words, tries): (&str, usize),
        options: &CallOptions,
    ) -> Result<()> {
        let deadline = Deadline::after(options.timeout.unwrap_or(CALL_TIMEOUT));
        for _ in 0..tries {
            let left = deadline.remaining().unwrap_or(CALL_TIMEOUT);
            match rarely(self.send(command, &options.timeout(left))).await {
                Err(error) if self.says_of_us(&error, words) => return Ok(()),
                // It was done only now, or this is another's too.
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::OutOfStep | ErrorKind::Protocol) => {}
                Err(error) => return Err(error.with_outcome(Outcome::Unknown)),
            }
        }
        Err(Error::out_of_step(C::NAME))
    }

    /// Whether KiCad refused with these words and the name of this client.
    fn says_of_us(&self, error: &Error, words: &str) -> bool {
        let text = error.kicad_message().unwrap_or_default();
        error.kind() == ErrorKind::BadRequest && self.names_us(text) && text.contains(words)
    }

    /// Whether KiCad says that there is no commit to end. While answers are out of step its words must be these.
    fn says_none_is_open(&self, error: &Error) -> bool {
        let is_refusal = error.kind() == ErrorKind::BadRequest;
        is_refusal && (!self.is_out_of_step() || self.says_of_us(error, NONE_OPEN))
    }

    /// Whether a commit of our name is open, found out by beginning another one.
    async fn is_commit_open(&self, options: CallOptions) -> Result<bool> {
        match self.call(&BeginCommit::new(), options).await {
            // It may be another client's that began, and ours, if it is open still, would be dropped now.
            Ok(_) if self.is_out_of_step() => Err(Error::out_of_step(EndCommit::NAME)),
            Ok(response) => {
                let id = response.id.unwrap_or_default();
                self.call(&end(&id, CommitAction::DROP, ""), options).await?;
                Ok(false)
            }
            Err(error) if is_open_already(&error) => Ok(true),
            Err(error) => Err(error),
        }
    }
}

/// Leaves a commit in a state, unless it is forgotten: when a future is cancelled that was about to change it.
pub(super) struct Restore<'a, L: Link>(pub(super) &'a Core<L>, pub(super) CommitState);

impl<L: Link> Drop for Restore<'_, L> {
    fn drop(&mut self) {
        self.0.state().commit = std::mem::take(&mut self.1);
    }
}

#[inline]
fn end(id: &Kiid, action: CommitAction, message: &str) -> EndCommit {
    EndCommit::new().with_id(id.clone()).with_action(action).with_message(message)
}

#[inline]
fn is_open_already(error: &Error) -> bool {
    let is_it = |text: &str| text.contains(OPEN_ALREADY);
    error.kind() == ErrorKind::BadRequest && error.kicad_message().is_some_and(is_it)
}

/// Whether this is from another KiCad, which has nothing of what was open in the one before.
#[inline]
fn is_another_kicad(error: &Error) -> bool {
    error.kind() == ErrorKind::TokenMismatch
}
