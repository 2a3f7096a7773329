//! A case for each command.

mod board;
mod boxes;
mod common;
mod documents;
mod items;
mod layers;
mod near;
mod transforms;

use kiapi::Command;

use crate::session::{Outcome, Session};

/// How one command is tried.
pub(crate) struct Case {
    /// The name of the command: `GetNets`.
    pub(crate) command: &'static str,
    pub(crate) run: fn(&Session) -> Outcome,
}

/// The case of the command `C`.
const fn case<C: Command>(run: fn(&Session) -> Outcome) -> Case {
    Case { command: C::NAME, run }
}

/// All cases, in the order in which they run. What leaves KiCad in a state that it does not bear well comes last.
pub(crate) fn all() -> impl Iterator<Item = Case> {
    common::cases().into_iter().chain(documents::cases()).chain(items::cases()).chain(board::cases())
}

/// What is tried beside the commands.
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Session) -> Outcome,
}

/// All of them; they run after the commands.
pub(crate) fn checks() -> impl Iterator<Item = Check> {
    layers::checks().into_iter().chain(boxes::checks()).chain(transforms::checks())
}
