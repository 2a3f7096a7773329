//! What a client, its boards and its commits share: the link, and what is known of the KiCad at its other end.

mod call;
mod commits;
mod edits;
mod owed;
mod packed;
mod step;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use kiapi_gen::common::types::Kiid;
use kiapi_gen::{ApiVersion, Command, CommandInfo};

pub(crate) use self::edits::{Passage, Step};
pub(crate) use self::step::MAX_READS;
use crate::board::Lying;
use crate::guard::{self, Guarding};
use crate::link::Link;
use crate::options::Checks;
use crate::{CallOptions, Error, Guard, Item, Notice, Result};

/// How many notices are kept for a caller who does not take them.
const MAX_NOTICES: usize = 64;

/// The shared part of a client.
pub(crate) struct Core<L> {
    pub(crate) link: L,
    pub(crate) client_name: String,
    pub(crate) defaults: CallOptions,
    pub(crate) guarding: Guarding,
    state: Mutex<State>,
}

/// What is known of the KiCad at the other end.
#[derive(Default)]
pub(crate) struct State {
    token: String,
    pub(crate) version: ApiVersion,
    /// Whether answers were last seen out of step.
    is_out_of_step: bool,
    notices: Vec<Notice>,
    pub(crate) commit: CommitState,
    /// Whether a schematic editor answered for its documents, which decides who gets a commit.
    pub(crate) has_schematic: bool,
    pub(crate) by_hand: MoveByHand,
    pub(crate) lying: Lying,
    /// When KiCad may next be asked, beside the connection, whether an answer that is owed is lost.
    next_probe: Option<Instant>,
}

/// How far a move by hand is, as far as it matters to the commit that it happens in.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum MoveByHand {
    /// There is none, or KiCad is busy with it, or it is over.
    #[default]
    None,
    /// KiCad will begin it with whatever happens next, and is not busy until then. If the commit has ended by then, KiCad
    /// does not survive it.
    AskedFor,
}

/// The commit of this client name, as far as this client knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum CommitState {
    /// There is none.
    #[default]
    None,
    /// Somebody is about to begin one.
    Beginning,
    /// There is one, and somebody works on it.
    Open(Kiid),
    /// There is one, and whoever worked on it is gone: it is to be dropped.
    Abandoned,
    /// One that was abandoned, or may be there, is being dropped: what is sent meanwhile could be lost in it.
    Dropping,
    /// There may be one that KiCad began itself for a single edit and left open. There is nothing in it that anybody
    /// waits for.
    Loose,
    /// There may be one that an earlier run of the program left open, since it may have had the same name. It is dropped before
    /// the first edit, which would be lost in it.
    Inherited,
}

impl CommitState {
    #[inline]
    fn is_none(&self) -> bool {
        *self == Self::None
    }
}

impl<L: Link> Core<L> {
    pub(crate) fn new(
        link: L,
        (client_name, commit): (String, CommitState),
        defaults: CallOptions,
        guarding: Guarding,
        token: String,
    ) -> Self {
        let state = Mutex::new(State { token, commit, ..State::default() });
        Self { link, client_name, defaults, guarding, state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // Every statement leaves it whole, whatever happens to another thread.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn version(&self) -> ApiVersion {
        self.state().version
    }

    /// Holds a command, and items that are sent with it, against what is known of KiCad: whether it answers it, and what it
    /// would do.
    fn check<C: Command>(&self, command: &C, items: &[Item]) -> Result<()> {
        let info = const { &CommandInfo::of::<C>() };
        let mut state = self.state();
        let version = state.version;
        if version == ApiVersion::default() {
            return Ok(());
        }
        if !info.is_answered_by(version) {
            return Err(Error::unsupported(info, version));
        }
        if let Some(guard) = self.guarding.refuses(command, items, &state) {
            return Err(Error::guarded(C::NAME, guard, version));
        }
        guard::note(command, &mut state);
        Ok(())
    }

    /// Whether a guard that needs more than a command to look at is on for a call.
    pub(crate) fn is_guarding(&self, guard: Guard, options: CallOptions) -> bool {
        let is_on = options.or(self.defaults).checks.unwrap_or_default() == Checks::On;
        is_on && !self.guarding.off.contains(&guard)
    }

    pub(crate) fn notice(&self, notice: Notice) {
        crate::trace::notice(notice);
        let mut state = self.state();
        if state.notices.len() < MAX_NOTICES {
            state.notices.push(notice);
        }
    }

    pub(crate) fn take_notices(&self) -> Vec<Notice> {
        std::mem::take(&mut self.state().notices)
    }
}

impl<L: Link> fmt::Debug for Core<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the token.
        f.debug_struct("KiCad")
            .field("address", self.link.address())
            .field("version", &self.version())
            .field("client_name", &self.client_name)
            .finish_non_exhaustive()
    }
}
