//! Requests that crash, block or confuse a KiCad: one table, and the check against it.
//!
//! Each line comes from a running KiCad that was hurt. What is refused here is never sent; a caller who knows better switches a
//! guard off with [`ConnectOptions::without_guard`](crate::ConnectOptions::without_guard), or all checks of one call
//! with [`CallOptions::unchecked`](crate::CallOptions::unchecked).

mod actions;
mod autosave;
mod carried;
mod table;

use std::any::Any as Dynamic;
use std::collections::BTreeSet;
use std::fmt;

use kiapi_gen::board::commands::InteractiveMoveItems;
use kiapi_gen::board::types::Item;
use kiapi_gen::common::commands::{
    AddToSelection, ClearSelection, RevertDocument, RunActionResponse, RunActionStatus,
};
use kiapi_gen::prost::Name as _;
use kiapi_gen::{ApiVersion, Command};
use kiapi_transport::Address;

use self::carried::{carried, is_plain};
use self::table::{Line, TABLE};
use crate::core::{MoveByHand, State};
use crate::{Result, discovery, items};

/// A kind of request that is not sent, for what it would do to KiCad.
///
/// # Examples
///
/// ```
/// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
/// use kiapi::{ErrorKind, Guard};
///
/// let error = kicad.run_action("pcbnew.EditorControl.boardSetup").unwrap_err();
/// assert_eq!((error.kind(), error.guard()), (ErrorKind::Guarded, Some(Guard::Dialog)));
/// # Ok::<_, kiapi::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Guard {
    /// A padstack asked about on a layer that does not exist.
    UnknownLayerOfPadstack,
    /// An edit where a schematic editor would get it.
    EditInSchematicEditor,
    /// A net class of another kind than implicit.
    NetClassType,
    /// A document reverted while a commit is open.
    RevertInCommit,
    /// An id that is all zeros.
    NilId,
    /// An item put on a layer that does not exist.
    UnknownLayerOfItem,
    /// A board without copper.
    NoCopper,
    /// A commit ended before the move by hand in it has begun.
    EndBeforeMove,
    /// A text box at another angle than the four that are upright or lie flat.
    TurnedTextBox,
    /// An action that opens a dialog.
    Dialog,
    /// An action that needs more than its name.
    DeadlyAction,
    /// Items parsed from a text.
    ParsedItems,
    /// An item with a coordinate that KiCad cannot hold.
    CoordinateRange,
    /// A part of a footprint that is updated alone.
    PartOfFootprint,
    /// A board reverted while KiCad's auto-saved copy of it is newer.
    RevertOverAutosave,
    /// A connection to a KiCad whose process is stopped. Which version it is cannot be asked then, so this holds for all.
    StoppedProcess,
}

impl Guard {
    /// All of them.
    ///
    /// # Examples
    ///
    /// ```
    /// for guard in kiapi::Guard::all() {
    ///     println!("{guard}: {}", guard.what());
    /// }
    /// ```
    #[inline]
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|line| line.guard)
    }

    /// The name, as a person writes it: `nil-id`.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(kiapi::Guard::NilId.name(), "nil-id");
    /// ```
    #[inline]
    pub fn name(self) -> &'static str {
        self.line().name
    }

    /// What is refused.
    ///
    /// # Examples
    ///
    /// ```
    /// println!("not sent: {}", kiapi::Guard::Dialog.what());
    /// ```
    #[inline]
    pub fn what(self) -> &'static str {
        self.line().what
    }

    /// What KiCad would do.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(kiapi::Guard::NilId.effect(), "crashes KiCad");
    /// ```
    #[inline]
    pub fn effect(self) -> &'static str {
        self.line().effect
    }

    /// Whether a KiCad of this version is hurt, as far as is known.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{ApiVersion, Guard};
    ///
    /// assert!(Guard::NilId.is_needed_by(ApiVersion::new(9, 0, 8)));
    /// assert!(!Guard::NilId.is_needed_by(ApiVersion::new(10, 0, 6)));
    /// ```
    #[inline]
    pub fn is_needed_by(self, version: ApiVersion) -> bool {
        let (from, until) = self.line().versions;
        from <= version && until.is_none_or(|until| version < until)
    }

    #[inline]
    fn line(self) -> &'static Line {
        TABLE.iter().find(|line| line.guard == self).expect("every guard has a line")
    }
}

impl fmt::Display for Guard {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which guards are off.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guarding {
    pub(crate) off: BTreeSet<Guard>,
}

impl Guarding {
    /// The guard that refuses a command, if one does. It is sent with `items` beside those that it carries.
    #[inline]
    pub(crate) fn refuses<C: Command>(
        &self,
        command: &C,
        items: &[items::Item],
        state: &State,
    ) -> Option<Guard> {
        // Most commands are no guard's business: that is known when the program is built.
        if const { is_looked_at(C::NAME) } {
            self.refuses_by_table(C::NAME, command, items, state)
        } else {
            None
        }
    }

    #[inline]
    fn refuses_by_table(
        &self,
        name: &str,
        command: &dyn Dynamic,
        items: &[items::Item],
        state: &State,
    ) -> Option<Guard> {
        let lines: Vec<&Line> = TABLE
            .iter()
            .filter(|line| {
                line.looks_at.contains(&name)
                    && !self.off.contains(&line.guard)
                    && line.guard.is_needed_by(state.version)
            })
            .collect();
        let refused_for = |item: &Item| lines.iter().find(|line| (line.refuses_item)(item));
        let carried = carried(command).iter().filter_map(|any| Item::from_any(any.clone()).ok());
        let others = items.iter().filter(|item| !is_plain(item)).map(|item| item.clone().into_proto());
        let line = lines.iter().find(|line| (line.refuses)(command, state));
        let line = line.or_else(|| carried.chain(others).find_map(|item| refused_for(&item)));
        line.map(|line| line.guard)
    }

    /// The process that listens at an address, if it is stopped, so that it must not be connected to.
    #[inline]
    pub(crate) fn stopped(&self, address: &Address) -> Option<u32> {
        let is_off = self.off.contains(&Guard::StoppedProcess);
        if is_off { None } else { discovery::stopped_at(address) }
    }
}

/// Whether a guard looks at commands of this name.
#[inline]
const fn is_looked_at(name: &str) -> bool {
    let mut line = 0;
    while line < TABLE.len() {
        let names = TABLE[line].looks_at;
        let mut index = 0;
        while index < names.len() {
            if is_same(names[index].as_bytes(), name.as_bytes()) {
                return true;
            }
            index += 1;
        }
        line += 1;
    }
    false
}

#[inline]
const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut index = 0;
    while index < one.len() && index < other.len() && one[index] == other[index] {
        index += 1;
    }
    index == one.len() && index == other.len()
}

/// What an allowed command changes in what is known of KiCad.
pub(crate) fn note<C: Command>(command: &C, state: &mut State) {
    let command: &dyn Dynamic = command;
    if command.is::<InteractiveMoveItems>() {
        state.by_hand = MoveByHand::AskedFor;
    } else if command.is::<RevertDocument>() {
        state.by_hand = MoveByHand::None;
    }
}

/// What an answer changes in what is known of KiCad.
pub(crate) fn note_answer<C: Command>(answer: &Result<C::Response>, state: &mut State) {
    match answer {
        // It was refused, so there is nothing to begin.
        Err(error) if C::NAME == InteractiveMoveItems::NAME && !error.may_have_been_done() => {
            state.by_hand = MoveByHand::None;
        }
        // An action has KiCad begin what was asked for, and what changes the selection is one.
        Ok(response) => {
            let response: &dyn Dynamic = response;
            let status = response.downcast_ref().map(|response: &RunActionResponse| response.status);
            let is_action = status == Some(RunActionStatus::OK)
                || [AddToSelection::NAME, ClearSelection::NAME].contains(&C::NAME);
            if is_action {
                state.by_hand = MoveByHand::None;
            }
        }
        Err(_) => {}
    }
}
