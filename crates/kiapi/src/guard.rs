//! Requests that crash, block or confuse a KiCad: one table, and the check against it.
//!
//! Each line comes from a running KiCad that was hurt. What is refused here is never sent; a caller who knows better switches a
//! guard off with [`ConnectOptions::without_guard`](crate::ConnectOptions::without_guard), or all checks of one call
//! with [`CallOptions::unchecked`](crate::CallOptions::unchecked).

mod actions;
mod autosave;

use std::any::Any as Dynamic;
use std::collections::BTreeSet;
use std::fmt;

use kiapi_gen::board::commands::{
    CheckPadstackPresenceOnLayers, GetPadShapeAsPolygon, InteractiveMoveItems, SetBoardEnabledLayers,
};
use kiapi_gen::board::types::{BoardLayer, BoardTextBox, Item};
use kiapi_gen::common::commands::{
    AddToSelection, BeginCommit, ClearSelection, CreateItems, DeleteItems, EndCommit, GetBoundingBox,
    HitTest, ParseAndCreateItemsFromString, RemoveFromSelection, RevertDocument, RunAction,
    RunActionResponse, RunActionStatus, SetNetClasses, UpdateItems,
};
use kiapi_gen::common::project::NetClassType;
use kiapi_gen::common::types::{self, Kiid};
use kiapi_gen::prost::Name as _;
use kiapi_gen::{Any, ApiVersion, Command, OpenEnum};
use kiapi_transport::Address;

use crate::core::{CommitState, MoveByHand, State};
use crate::{Outcome, Result, Vector2, discovery, geometry, items};

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

/// A line of the table.
struct Line {
    guard: Guard,
    /// The name that a person writes.
    name: &'static str,
    /// The versions that are hurt: from the first up to, and not with, the second.
    versions: (ApiVersion, Option<ApiVersion>),
    /// What would happen.
    effect: &'static str,
    /// What is refused.
    what: &'static str,
    /// The names of the commands that can be refused.
    looks_at: &'static [&'static str],
    /// Whether a command is refused, given what is known of KiCad.
    refuses: fn(&dyn Dynamic, &State) -> bool,
    /// Whether it is refused because of an item that it carries.
    refuses_item: fn(&Item) -> bool,
}

const NO_COMMAND: fn(&dyn Dynamic, &State) -> bool = |_, _| false;
const NO_ITEM: fn(&Item) -> bool = |_| false;

const ALWAYS: (ApiVersion, Option<ApiVersion>) = (ApiVersion::new(0, 0, 0), None);
const ONLY_9: (ApiVersion, Option<ApiVersion>) = (ApiVersion::new(0, 0, 0), Some(ApiVersion::new(9, 99, 0)));
const SINCE_10: (ApiVersion, Option<ApiVersion>) = (ApiVersion::new(9, 99, 0), None);

/// The table. `docs/guards.md` is written from it.
const TABLE: &[Line] = &[
    Line {
        guard: Guard::UnknownLayerOfPadstack,
        looks_at: &[CheckPadstackPresenceOnLayers::NAME],
        name: "unknown-layer-of-padstack",
        versions: ALWAYS,
        effect: "crashes KiCad",
        what: "CheckPadstackPresenceOnLayers with a layer that does not exist",
        refuses: |command, _| {
            of::<CheckPadstackPresenceOnLayers>(command)
                .is_some_and(|command| command.layers.iter().any(|layer| !is_layer(*layer)))
        },
        refuses_item: NO_ITEM,
    },
    Line {
        guard: Guard::EditInSchematicEditor,
        looks_at: &[
            BeginCommit::NAME,
            EndCommit::NAME,
            CreateItems::NAME,
            UpdateItems::NAME,
            DeleteItems::NAME,
            HitTest::NAME,
        ],
        name: "edit-in-schematic-editor",
        versions: ALWAYS,
        effect: "crashes the schematic editor, and KiCad with it",
        what: "a commit, an edit or a hit test while a schematic editor is asked before the PCB editor",
        refuses: |command, state| {
            state.has_schematic
                && (command.is::<BeginCommit>()
                    || command.is::<EndCommit>()
                    || command.is::<CreateItems>()
                    || command.is::<UpdateItems>()
                    || command.is::<DeleteItems>()
                    || command.is::<HitTest>())
        },
        refuses_item: NO_ITEM,
    },
    Line {
        guard: Guard::NetClassType,
        looks_at: &[SetNetClasses::NAME],
        name: "net-class-type",
        versions: ALWAYS,
        effect: "crashes KiCad when the board is saved",
        what: "SetNetClasses with a class that is not of the type NCT_IMPLICIT",
        refuses: |command, _| {
            of::<SetNetClasses>(command).is_some_and(|command| {
                command.net_classes.iter().any(|class| class.r#type != NetClassType::IMPLICIT)
            })
        },
        refuses_item: NO_ITEM,
    },
    Line {
        guard: Guard::RevertInCommit,
        looks_at: &[RevertDocument::NAME],
        name: "revert-in-commit",
        versions: ALWAYS,
        effect: "can crash KiCad when the commit ends",
        what: "RevertDocument while a commit of this client is open",
        refuses: |command, state| {
            let is_open = !matches!(state.commit, CommitState::None | CommitState::Inherited);
            command.is::<RevertDocument>() && is_open
        },
        refuses_item: NO_ITEM,
    },
    Line {
        guard: Guard::RevertOverAutosave,
        looks_at: &[RevertDocument::NAME],
        name: "revert-over-autosave",
        versions: SINCE_10,
        effect: "stops KiCad for all clients until a person closes the dialog about auto-saved changes",
        what: "RevertDocument while the copy that KiCad auto-saved beside the board, `_autosave-` and its name, is newer and \
               not the same: save the board or delete the copy first",
        refuses: |command, _| {
            of::<RevertDocument>(command)
                .and_then(|command| command.document.as_ref())
                .is_some_and(autosave::asks)
        },
        refuses_item: NO_ITEM,
    },
    Line {
        guard: Guard::NilId,
        looks_at: &[
            RemoveFromSelection::NAME,
            AddToSelection::NAME,
            GetBoundingBox::NAME,
            HitTest::NAME,
            GetPadShapeAsPolygon::NAME,
            CheckPadstackPresenceOnLayers::NAME,
            InteractiveMoveItems::NAME,
            UpdateItems::NAME,
        ],
        name: "nil-id",
        versions: ONLY_9,
        effect: "crashes KiCad",
        what: "the id 00000000-0000-0000-0000-000000000000",
        refuses: |command, _| has_nil_id(command),
        refuses_item: |item| item.id().is_some_and(is_nil),
    },
    Line {
        guard: Guard::UnknownLayerOfItem,
        looks_at: &[UpdateItems::NAME],
        name: "unknown-layer-of-item",
        versions: ONLY_9,
        effect: "crashes KiCad",
        what: "UpdateItems with an item on a layer that does not exist",
        refuses: NO_COMMAND,
        refuses_item: |item| layer_of(item).is_some_and(|layer| !is_layer(layer)),
    },
    Line {
        guard: Guard::NoCopper,
        looks_at: &[SetBoardEnabledLayers::NAME],
        name: "no-copper",
        versions: ONLY_9,
        effect: "hangs KiCad",
        what: "SetBoardEnabledLayers with no copper layers",
        refuses: |command, _| {
            of::<SetBoardEnabledLayers>(command).is_some_and(|command| command.copper_layer_count == 0)
        },
        refuses_item: NO_ITEM,
    },
    Line {
        guard: Guard::EndBeforeMove,
        looks_at: &[EndCommit::NAME],
        name: "end-before-move",
        versions: ALWAYS,
        effect: "crashes KiCad with the next movement of the mouse, key or action",
        what: "EndCommit after InteractiveMoveItems, before KiCad was busy or ran an action",
        refuses: |command, state| command.is::<EndCommit>() && state.by_hand == MoveByHand::AskedFor,
        refuses_item: NO_ITEM,
    },
    Line {
        guard: Guard::TurnedTextBox,
        looks_at: &[CreateItems::NAME, UpdateItems::NAME],
        name: "turned-text-box",
        versions: ALWAYS,
        effect: "crashes KiCad when it draws the board, even if the item is as the board has it",
        what: "CreateItems or UpdateItems with a text box, alone or in a footprint, at an angle that is no multiple of 90 degrees",
        refuses: NO_COMMAND,
        refuses_item: has_turned_text_box,
    },
    Line {
        guard: Guard::Dialog,
        looks_at: &[RunAction::NAME],
        name: "dialog",
        versions: ALWAYS,
        effect: "stops KiCad for all clients until a person closes the dialog",
        what: "RunAction with an action that opens a dialog",
        refuses: |command, _| {
            of::<RunAction>(command)
                .is_some_and(|command| actions::DIALOGS.contains(&command.action.as_str()))
        },
        refuses_item: NO_ITEM,
    },
    Line {
        guard: Guard::DeadlyAction,
        looks_at: &[RunAction::NAME],
        name: "deadly-action",
        versions: ALWAYS,
        effect: "crashes KiCad",
        what: "RunAction with an action that needs more than its name",
        refuses: |command, _| {
            of::<RunAction>(command).is_some_and(|command| actions::DEADLY.contains(&command.action.as_str()))
        },
        refuses_item: NO_ITEM,
    },
    Line {
        guard: Guard::ParsedItems,
        looks_at: &[ParseAndCreateItemsFromString::NAME],
        name: "parsed-items",
        versions: ALWAYS,
        effect: "does nothing, and says that it was done",
        what: "ParseAndCreateItemsFromString",
        refuses: |command, _| command.is::<ParseAndCreateItemsFromString>(),
        refuses_item: NO_ITEM,
    },
    Line {
        guard: Guard::CoordinateRange,
        looks_at: &[CreateItems::NAME, UpdateItems::NAME],
        name: "coordinate-range",
        versions: ALWAYS,
        effect: "puts the item elsewhere, without a word",
        what: "an item with a coordinate beyond 2147483647 nm, which is 2.1 m",
        refuses: NO_COMMAND,
        refuses_item: is_beyond,
    },
    Line {
        guard: Guard::PartOfFootprint,
        looks_at: &[],
        name: "part-of-footprint",
        versions: ALWAYS,
        effect: "makes KiCad write a file that no KiCad can open",
        what: "a part of a footprint in `Board::update` or `Commit::update`",
        // KiCad has to be asked whether it is one: see `Board::check_parts`.
        refuses: NO_COMMAND,
        refuses_item: NO_ITEM,
    },
    Line {
        guard: Guard::StoppedProcess,
        looks_at: &[],
        name: "stopped-process",
        versions: ONLY_9,
        effect: "hangs KiCad for good once it goes on, if the client has given up by then",
        what: "a connection to a KiCad that is stopped, by a signal or a debugger",
        // Before there is a connection there is no command: see `Guarding::stopped`.
        refuses: NO_COMMAND,
        refuses_item: NO_ITEM,
    },
];

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
    pub fn is_needed_by(self, version: ApiVersion) -> bool {
        let (from, until) = self.line().versions;
        from <= version && until.is_none_or(|until| version < until)
    }

    fn line(self) -> &'static Line {
        TABLE.iter().find(|line| line.guard == self).expect("every guard has a line")
    }
}

impl fmt::Display for Guard {
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
    pub(crate) fn stopped(&self, address: &Address) -> Option<u32> {
        let is_off = self.off.contains(&Guard::StoppedProcess);
        if is_off { None } else { discovery::stopped_at(address) }
    }
}

/// Whether a guard looks at commands of this name.
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

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut index = 0;
    while index < one.len() && index < other.len() && one[index] == other[index] {
        index += 1;
    }
    index == one.len() && index == other.len()
}

fn of<C: Command>(command: &dyn Dynamic) -> Option<&C> {
    command.downcast_ref()
}

/// The items that a command carries.
fn carried(command: &dyn Dynamic) -> &[Any] {
    match (of::<CreateItems>(command), of::<UpdateItems>(command)) {
        (Some(CreateItems { items, .. }), _) | (_, Some(UpdateItems { items, .. })) => items,
        _ => &[],
    }
}

/// Whether no guard can mind an item, by a look that costs little: for what boards have thousands of.
fn is_plain(item: &items::Item) -> bool {
    let is_near = |nm: i64| nm.unsigned_abs() < u64::from(u32::MAX / 4);
    let is_near_point = |point: &Option<types::Vector2>| {
        point.as_ref().is_none_or(|point| is_near(point.x_nm) && is_near(point.y_nm))
    };
    let has_id = |id: &Option<Kiid>| id.as_ref().is_none_or(|id| !is_nil(id));
    match item {
        items::Item::Track(item) => {
            let item = item.as_proto();
            is_near_point(&item.start)
                && is_near_point(&item.end)
                && item.width.as_ref().is_none_or(|width| is_near(width.value_nm))
                && has_id(&item.id)
                && is_layer(item.layer)
        }
        _ => false,
    }
}

fn is_nil(id: &Kiid) -> bool {
    id.value.as_str() == NIL
}

/// Whether an item has a coordinate that does not fit into 32 bits, which is what KiCad keeps.
fn is_beyond(item: &Item) -> bool {
    let is_beyond = |point: Vector2| [point.x, point.y].iter().any(|nm| i32::try_from(nm.0).is_err());
    geometry::bounds(item).is_some_and(|bounds| is_beyond(bounds.min()) || is_beyond(bounds.max()))
        || geometry::position(item).is_some_and(is_beyond)
}

/// Whether an item is a text box that is turned by anything but right angles, or a footprint with one.
fn has_turned_text_box(item: &Item) -> bool {
    match item {
        Item::BoardTextBox(item) => {
            let attributes = item.textbox.as_ref().and_then(|text| text.attributes.as_ref());
            let angle = attributes.and_then(|attributes| attributes.angle.as_ref());
            angle.is_some_and(|angle| angle.value_degrees % 90.0 != 0.0)
        }
        Item::FootprintInstance(item) => {
            let children = item.definition.iter().flat_map(|definition| &definition.items);
            let mut boxes = children.filter(|any| any.is::<BoardTextBox>());
            boxes.any(|any| Item::from_any(any.clone()).is_ok_and(|item| has_turned_text_box(&item)))
        }
        _ => false,
    }
}

fn is_layer(layer: BoardLayer) -> bool {
    layer.is_known()
        && layer != BoardLayer::UNKNOWN
        && layer != BoardLayer::UNDEFINED
        && layer != BoardLayer::UNSELECTED
}

/// The layer that an item says it is on.
fn layer_of(item: &Item) -> Option<BoardLayer> {
    Some(match item {
        Item::Track(item) => item.layer,
        Item::Arc(item) => item.layer,
        Item::BoardGraphicShape(item) => item.layer,
        Item::BoardText(item) => item.layer,
        Item::BoardTextBox(item) => item.layer,
        Item::Dimension(item) => item.layer,
        Item::FootprintInstance(item) => item.layer,
        Item::Barcode(item) => item.layer,
        Item::ReferenceImage(item) => item.layer,
        Item::Zone(item) => return item.layers.iter().copied().find(|layer| !is_layer(*layer)),
        _ => return None,
    })
}

/// The id that stands for no item.
const NIL: &str = "00000000-0000-0000-0000-000000000000";

/// Whether a command names the id that stands for no item, in a place where that crashes KiCad.
fn has_nil_id(command: &dyn Dynamic) -> bool {
    let any = |ids: &[Kiid]| ids.iter().any(is_nil);
    None.or_else(|| of::<RemoveFromSelection>(command).map(|command| any(&command.items)))
        .or_else(|| of::<AddToSelection>(command).map(|command| any(&command.items)))
        .or_else(|| of::<GetBoundingBox>(command).map(|command| any(&command.items)))
        .or_else(|| of::<HitTest>(command).map(|command| command.id.as_ref().is_some_and(is_nil)))
        .or_else(|| of::<GetPadShapeAsPolygon>(command).map(|command| any(&command.pads)))
        .or_else(|| of::<CheckPadstackPresenceOnLayers>(command).map(|command| any(&command.items)))
        .or_else(|| of::<InteractiveMoveItems>(command).map(|command| any(&command.items)))
        .unwrap_or(false)
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
        Err(error) if C::NAME == InteractiveMoveItems::NAME && error.outcome() != Outcome::Unknown => {
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
