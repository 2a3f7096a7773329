//! Commits: KiCad keeps one for each client name, and none may stay open that nobody works on.

use kiapi_gen::common::commands::{BeginCommit, CommitAction, EndCommit};
use kiapi_gen::common::types::Kiid;

use super::{CommitState, Core};
use crate::link::Link;
use crate::{CallOptions, Error, ErrorKind, Notice, Outcome, Result};

/// How often a commit's end is tried, when it went unanswered and was found to be open still.
const MAX_TRIES: usize = 3;

impl<L: Link> Core<L> {
    /// Begins a commit. One that is open under our name, and that nobody here works on, is dropped first.
    pub(crate) async fn begin_commit(&self, options: CallOptions) -> Result<Kiid> {
        self.drop_abandoned(&options.or(self.defaults)).await?;
        {
            let mut state = self.state();
            if state.commit != CommitState::None {
                return Err(Error::commit_open(&self.client_name));
            }
            state.commit = CommitState::Beginning;
        }
        // Whatever ends this early, a cancelled future too, leaves a commit that may be open.
        let abandon = Abandon(self);
        let id = match self.call(&BeginCommit::new(), options).await {
            Err(error) if is_open_already(&error) => {
                self.call(&end(&Kiid::new(), CommitAction::DROP, ""), options).await?;
                self.notice(Notice::OrphanDropped);
                self.call(&BeginCommit::new(), options).await
            }
            other => other,
        };
        std::mem::forget(abandon);
        let state = match &id {
            Ok(response) => CommitState::Open(response.id.clone().unwrap_or_default()),
            Err(error) if error.outcome() == Outcome::Unknown => CommitState::Abandoned,
            Err(_) => CommitState::None,
        };
        self.state().commit = state;
        Ok(id?.id.unwrap_or_default())
    }

    /// Makes what was done in a commit one step of undo.
    pub(crate) async fn push_commit(&self, id: &Kiid, message: &str, options: CallOptions) -> Result<()> {
        let command = end(id, CommitAction::COMMIT, message);
        let mut tries = 0;
        loop {
            let error = match self.call(&command, options).await {
                Ok(_) => break,
                Err(error) if error.outcome() == Outcome::Unknown && tries < MAX_TRIES => error,
                Err(error) => return Err(error),
            };
            tries += 1;
            if self.is_commit_open(options).await.map_err(|_| error)? {
                // KiCad works in order: it asked for the next before it saw the end, so it never will.
                continue;
            }
            self.notice(Notice::CommitSettled);
            break;
        }
        self.state().commit = CommitState::None;
        Ok(())
    }

    /// Takes back what was done in a commit.
    pub(crate) async fn drop_commit(&self, id: &Kiid, options: CallOptions) -> Result<()> {
        match self.call(&end(id, CommitAction::DROP, ""), options).await {
            Ok(_) => {}
            // There is none any more, which is what was wanted.
            Err(error) if error.kind() == ErrorKind::BadRequest => {}
            Err(error) => return Err(error),
        }
        self.state().commit = CommitState::None;
        Ok(())
    }

    /// Drops the commit of whoever is gone, if there is one.
    pub(crate) async fn drop_abandoned(&self, options: &CallOptions) -> Result<()> {
        {
            let mut state = self.state();
            if state.commit != CommitState::Abandoned {
                return Ok(());
            }
            state.commit = CommitState::Beginning;
        }
        let abandon = Abandon(self);
        let sent = self.send(&end(&Kiid::new(), CommitAction::DROP, ""), options).await;
        match sent {
            Err(error) if !matches!(error.kind(), ErrorKind::BadRequest | ErrorKind::TokenMismatch) => return Err(error),
            Ok(_) => self.notice(Notice::OrphanDropped),
            Err(_) => {}
        }
        std::mem::forget(abandon);
        self.state().commit = CommitState::None;
        Ok(())
    }

    /// Whether a commit of our name is open, found out by beginning another one.
    async fn is_commit_open(&self, options: CallOptions) -> Result<bool> {
        match self.call(&BeginCommit::new(), options).await {
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

/// Leaves a commit to be dropped by the next call.
struct Abandon<'a, L: Link>(&'a Core<L>);

impl<L: Link> Drop for Abandon<'_, L> {
    fn drop(&mut self) {
        self.0.state().commit = CommitState::Abandoned;
    }
}

fn end(id: &Kiid, action: CommitAction, message: &str) -> EndCommit {
    EndCommit::new().with_id(id.clone()).with_action(action).with_message(message)
}

fn is_open_already(error: &Error) -> bool {
    let words = "already has a commit in progress";
    error.kind() == ErrorKind::BadRequest && error.kicad_message().is_some_and(|text| text.contains(words))
}
