//! Edits outside of commits: none is sent while a commit of this client may be open, for it would be lost with that.
//!
//! KiCad knows a client by its name, and puts whatever that edits into the commit that is open under the name, whoever sent
//! it. So an edit that is no part of a commit waits for its turn, and only then is looked whether there is one; and whoever
//! begins a commit says so in such a turn of its own. Nothing else comes between the look and the answer.

use std::future::Future;
use std::pin::Pin;

use kiapi_gen::common::ApiStatusCode;
use kiapi_gen::common::types::Kiid;
use kiapi_gen::{CommandInfo, Request, Response};
use kiapi_transport::Deadline;

use super::call::Time;
use super::commits::Restore;
use super::{CommitState, Core};
use crate::link::{Line, Link};
use crate::{CallOptions, Error, Outcome, Result};

/// What an edit belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    /// It is a step of undo of its own.
    Own,
    /// The open commit with this id.
    Of(&'a Kiid),
}

/// Whether a request must not be sent while a commit is open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Passage {
    /// It may be sent at any time.
    Free,
    /// It is an edit outside of commits.
    Alone,
    /// It is one for which KiCad begins a commit, and forgets that.
    AloneAndLeft,
}

impl<L: Link> Core<L> {
    /// How an edit is sent; an error when the commit that it belongs to is not open any more.
    pub(crate) fn passage(&self, name: &str, step: Step<'_>) -> Result<Passage> {
        match step {
            Step::Own => Ok(Passage::Alone),
            Step::Of(id) => self.check_open(name, id).map(|()| Passage::Free),
        }
    }

    /// A commit ends without its owner only when its KiCad does.
    pub(super) fn check_open(&self, name: &str, id: &Kiid) -> Result<()> {
        let is_open = matches!(&self.state().commit, CommitState::Open(open) if open == id);
        if is_open { Ok(()) } else { Err(Error::commit_gone(name)) }
    }

    /// The exchange of an edit outside of commits.
    pub(super) async fn exchange_alone(
        &self,
        command: &CommandInfo,
        request: &Request,
        time: &mut Time,
        passage: Passage,
        options: &CallOptions,
    ) -> Result<Response> {
        let _turn =
            self.edit_turn(command.name(), CommitState::is_none, options, Error::edit_in_commit).await?;
        // Until it is known to have gone well, KiCad may have begun a commit for it and left that open.
        let restore = Restore(self, CommitState::Loose);
        let answer = self.exchange_in_step(command, request, time).await;
        let is_left = match &answer {
            Ok(response) => match response.status() {
                ApiStatusCode::OK => passage == Passage::AloneAndLeft,
                status => !was_refused_at_once(status),
            },
            Err(error) => error.outcome() != Outcome::NotSent,
        };
        if !is_left {
            std::mem::forget(restore);
        }
        answer
    }

    /// Waits for the turn of those who edit outside of commits, and of those who begin one, at a moment when no commit is
    /// open or about to be: what was left open by somebody is dropped first.
    pub(super) async fn edit_turn(
        &self,
        name: &str,
        is_free: fn(&CommitState) -> bool,
        options: &CallOptions,
        refusal: fn(&str, &str) -> Error,
    ) -> Result<L::Turn<'_>> {
        loop {
            let deadline = options.queue_timeout.map_or(Deadline::NEVER, Deadline::after);
            let Some(turn) = self.link.turn(Line::Edits, deadline).await else {
                return Err(Error::queue_timeout(name));
            };
            {
                let state = self.state();
                match &state.commit {
                    commit if is_free(commit) => return Ok(turn),
                    CommitState::Open(_) | CommitState::Beginning => {
                        return Err(refusal(name, &self.client_name));
                    }
                    // A schematic editor would get the end of it, and die.
                    CommitState::Inherited if state.has_schematic => return Ok(turn),
                    _ => {}
                }
            }
            drop(turn);
            self.drop_left_over(options).await.map_err(|error| error.before(name, self.link.address()))?;
        }
    }

    /// Drops what was left open. Boxed by hand: it sends a command, and sending one comes here.
    fn drop_left_over<'a>(
        &'a self,
        options: &'a CallOptions,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
        Box::pin(async move {
            self.drop_inherited(options).await?;
            self.drop_now(options).await
        })
    }
}

/// Whether KiCad refuses with this status before it looks at an edit.
#[inline]
fn was_refused_at_once(status: ApiStatusCode) -> bool {
    matches!(
        status,
        ApiStatusCode::NOT_READY
            | ApiStatusCode::BUSY
            | ApiStatusCode::UNHANDLED
            | ApiStatusCode::TOKEN_MISMATCH
    )
}
