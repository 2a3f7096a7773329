//! What an emulator refuses while the person moves items: what KiCad refuses then.

use std::collections::BTreeSet;

use kiapi_emulator::{Emulator, Line, Running};
use kiapi_gen::board::commands::InteractiveMoveItems;
use kiapi_gen::common::commands::{
    AddToSelection, CreateItems, DeleteItems, GetItems, GetSelection, HitTest, UpdateItems,
};
use kiapi_gen::common::types::{ItemHeader, KiCadObjectType};
use kiapi_gen::common::{ApiRequest, ApiStatusCode};
use kiapi_gen::{Any, COMMANDS, CommandInfo};

use crate::Asker;

/// Measured on KiCad 9.0.8 on 2026-11-25, with a footprint in the hand: all that it answered `AS_BUSY`, of all that it
/// answers.
const IN_9_0: [&str; 22] = [
    "AddToSelection",
    "BeginCommit",
    "ClearSelection",
    "CreateItems",
    "DeleteItems",
    "EndCommit",
    "GetBoundingBox",
    "GetItems",
    "HitTest",
    "InteractiveMoveItems",
    "ParseAndCreateItemsFromString",
    "RefillZones",
    "RemoveFromSelection",
    "RevertDocument",
    "RunAction",
    "SaveCopyOfDocument",
    "SaveDocument",
    "SetActiveLayer",
    "SetBoardEditorAppearanceSettings",
    "SetBoardOrigin",
    "SetVisibleLayers",
    "UpdateItems",
];

/// The same of KiCad 10.0.6, on the same day: all of the above, and of the commands that are new in it these.
const NEW_IN_10_0: [&str; 6] = [
    "FlipItems",
    "GetConnectedItems",
    "GetItemsById",
    "GetItemsByNet",
    "GetItemsByNetClass",
    "InjectDrcError",
];

/// What 10.0.6 answers without a word of being busy when the document is another one: it looks for that first.
const DOCUMENT_FIRST_IN_10_0: [&str; 4] = ["CreateItems", "DeleteItems", "HitTest", "UpdateItems"];

/// An emulator in the middle of a move.
fn moving(line: Line) -> (Running, Asker) {
    let kicad = Emulator::demo_of(line).start().unwrap();
    let asker = Asker::new(&kicad, "test");
    let footprints = GetItems::new().with_header(asker.header()).with_types([KiCadObjectType::PCB_FOOTPRINT]);
    let footprint = asker.get(&footprints).items.remove(0);
    let footprint: kiapi_gen::board::types::FootprintInstance = footprint.unpack().unwrap();
    let ids = [footprint.id.unwrap()];
    asker.get(&InteractiveMoveItems::new().with_board(asker.board()).with_items(ids));
    kicad.begin_interactive_move();
    (kicad, asker)
}

fn is_busy(asker: &Asker, message: Any) -> bool {
    asker.send(&ApiRequest::new().with_message(message)).status() == ApiStatusCode::BUSY
}

/// The commands that are answered `AS_BUSY`, sent without a document, or with the board's where `header` is given.
fn busy(asker: &Asker, line: Line, header: Option<&ItemHeader>) -> BTreeSet<&'static str> {
    let version = line.api_version();
    let answered = COMMANDS.iter().filter(|command| command.is_answered_by(version));
    answered
        .filter(|command| {
            let empty = Any::from_parts(format!("type.googleapis.com/{}", command.full_name()), []);
            let message = header.and_then(|header| about(command.name(), header)).unwrap_or(empty);
            is_busy(asker, message)
        })
        .map(CommandInfo::name)
        .collect()
}

/// A command that looks for the document first, about the board.
fn about(command: &str, header: &ItemHeader) -> Option<Any> {
    let header = header.clone();
    Some(match command {
        "CreateItems" => Any::pack(&CreateItems::new().with_header(header)),
        "DeleteItems" => Any::pack(&DeleteItems::new().with_header(header)),
        "HitTest" => Any::pack(&HitTest::new().with_header(header)),
        "UpdateItems" => Any::pack(&UpdateItems::new().with_header(header)),
        _ => return None,
    })
}

#[test]
fn exactly_what_kicad_9_0_refuses_is_refused_during_a_move() {
    let (_kicad, asker) = moving(Line::V9_0);
    let header = asker.header();
    assert_eq!(busy(&asker, Line::V9_0, Some(&header)), BTreeSet::from(IN_9_0));
    // Whatever the document is.
    assert_eq!(busy(&asker, Line::V9_0, None), BTreeSet::from(IN_9_0));
}

#[test]
fn exactly_what_kicad_10_0_refuses_is_refused_during_a_move() {
    let (_kicad, asker) = moving(Line::V10_0);
    let mut expected: BTreeSet<_> = IN_9_0.into_iter().chain(NEW_IN_10_0).collect();
    let header = asker.header();
    assert_eq!(busy(&asker, Line::V10_0, Some(&header)), expected);
    expected.retain(|name| !DOCUMENT_FIRST_IN_10_0.contains(name));
    assert_eq!(busy(&asker, Line::V10_0, None), expected);
}

/// So it is in 9.0.8 and in 10.0.6, from the answer on.
#[test]
fn what_is_moved_becomes_the_selection() {
    for line in [Line::V9_0, Line::V10_0] {
        let kicad = Emulator::demo_of(line).start().unwrap();
        let asker = Asker::new(&kicad, "test");
        let vias = GetItems::new().with_header(asker.header()).with_types([KiCadObjectType::PCB_VIA]);
        let mut ids = asker.get(&vias).items.into_iter().map(|item| {
            let via: kiapi_gen::board::types::Via = item.unpack().unwrap();
            via.id.unwrap()
        });
        let (one, other) = (ids.next().unwrap(), ids.next().unwrap());
        asker.get(&AddToSelection::new().with_header(asker.header()).with_items([one]));
        asker.get(&InteractiveMoveItems::new().with_board(asker.board()).with_items([other.clone()]));
        let selection = asker.get(&GetSelection::new().with_header(asker.header()));
        let [item] = &selection.items[..] else { panic!("{selection:?} in {line}") };
        assert_eq!(item.unpack::<kiapi_gen::board::types::Via>().unwrap().id, Some(other), "{line}");
    }
}

#[test]
fn nothing_is_refused_once_the_move_has_ended() {
    for line in [Line::V9_0, Line::V10_0] {
        let (kicad, asker) = moving(line);
        kicad.end_interactive_move();
        let header = asker.header();
        for name in DOCUMENT_FIRST_IN_10_0 {
            assert!(!is_busy(&asker, about(name, &header).unwrap()), "{name} in {line}");
        }
        asker.get(&GetItems::new().with_header(header).with_types([KiCadObjectType::PCB_VIA]));
    }
}
