//! The table of guards: what each looks at, and what it refuses.

use std::any::Any as Dynamic;

use kiapi_gen::board::commands::{
    CheckPadstackPresenceOnLayers, GetPadShapeAsPolygon, InteractiveMoveItems, SetBoardEnabledLayers,
};
use kiapi_gen::board::types::Item;
use kiapi_gen::common::commands::{
    AddToSelection, BeginCommit, CreateItems, DeleteItems, EndCommit, GetBoundingBox, HitTest,
    ParseAndCreateItemsFromString, RemoveFromSelection, RevertDocument, RunAction, SetNetClasses,
    UpdateItems,
};
use kiapi_gen::common::project::NetClassType;
use kiapi_gen::common::types::Kiid;
use kiapi_gen::prost::Name as _;
use kiapi_gen::{ApiVersion, Command};

use super::carried::{has_turned_text_box, is_beyond, is_layer, is_nil, layer_of};
use super::{Guard, actions, autosave};
use crate::core::{CommitState, MoveByHand, State};

/// A line of the table.
pub(super) struct Line {
    pub(super) guard: Guard,
    /// The name that a person writes.
    pub(super) name: &'static str,
    /// The versions that are hurt: from the first up to, and not with, the second.
    pub(super) versions: (ApiVersion, Option<ApiVersion>),
    /// What would happen.
    pub(super) effect: &'static str,
    /// What is refused.
    pub(super) what: &'static str,
    /// The names of the commands that can be refused.
    pub(super) looks_at: &'static [&'static str],
    /// Whether a command is refused, given what is known of KiCad.
    pub(super) refuses: fn(&dyn Dynamic, &State) -> bool,
    /// Whether it is refused because of an item that it carries.
    pub(super) refuses_item: fn(&Item) -> bool,
}

const NO_COMMAND: fn(&dyn Dynamic, &State) -> bool = |_, _| false;
const NO_ITEM: fn(&Item) -> bool = |_| false;

const ALWAYS: (ApiVersion, Option<ApiVersion>) = (ApiVersion::new(0, 0, 0), None);
const ONLY_9: (ApiVersion, Option<ApiVersion>) = (ApiVersion::new(0, 0, 0), Some(ApiVersion::new(9, 99, 0)));
const SINCE_10: (ApiVersion, Option<ApiVersion>) = (ApiVersion::new(9, 99, 0), None);

/// The table. `docs/guards.md` is written from it.
pub(super) const TABLE: &[Line] = &[
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
        effect: "makes KiCad write a file that no KiCad can open, but for pads and fields, which it refuses",
        what: "a part of a footprint in `Board::update` or `Commit::update`, a pad and a field too",
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

pub(super) fn of<C: Command>(command: &dyn Dynamic) -> Option<&C> {
    command.downcast_ref()
}

/// Whether a command names the id that stands for no item, in a place where that crashes KiCad.
#[inline]
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
