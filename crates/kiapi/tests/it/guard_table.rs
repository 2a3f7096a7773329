//! The table of guards, line by line: what is refused is not sent, and is sent when the caller wants it.

use kiapi::api::board::commands::{
    CheckPadstackPresenceOnLayers, InteractiveMoveItems, SetBoardEnabledLayers,
};
use kiapi::api::board::types::{BoardTextBox, Footprint, FootprintInstance};
use kiapi::api::common::commands::{
    AddToSelection, BeginCommit, BeginCommitResponse, CommitAction, CreateItems, DeleteItems, EndCommit,
    EndCommitResponse, GetBoundingBox, GetOpenDocumentsResponse, HitTest, ParseAndCreateItemsFromString,
    RemoveFromSelection, RevertDocument, RunAction, SetNetClasses, UpdateItems,
};
use kiapi::api::common::project::{NetClass, NetClassType};
use kiapi::api::common::types::document_specifier::Identifier;
use kiapi::api::common::types::{
    self, DocumentSpecifier, DocumentType, Kiid, ProjectSpecifier, TextAttributes, TextBox,
};
use kiapi::prost::Name;
use kiapi::{
    Any, ApiVersion, CallOptions, Command, ConnectOptions, ErrorKind, Guard, Id, Item, KiCad, Layer, Outcome,
    Shape, Track, mm,
};
use kiapi_emulator::{Emulator, Fault, Injection, Line};

use crate::scripted::{Reaction, Scripted, version};

const KICAD_9: ApiVersion = ApiVersion::new(9, 0, 8);
const KICAD_10: ApiVersion = ApiVersion::new(10, 0, 6);

/// The editors that are open.
#[derive(Clone, Copy, PartialEq)]
enum Editors {
    Board,
    BoardAndSchematic,
}

/// A KiCad that takes everything.
fn kicad<C: Command>(kicad_version: ApiVersion, editors: Editors) -> Scripted {
    let mut is_asked_for_boards = false;
    Scripted::start(move |name, _| match name {
        "GetVersion" => version(kicad_version.major, kicad_version.minor, kicad_version.patch),
        "GetOpenDocuments" => {
            // Boards are asked for first, and schematics then.
            is_asked_for_boards = !is_asked_for_boards;
            let is_open = is_asked_for_boards || editors == Editors::BoardAndSchematic;
            let documents = is_open.then(DocumentSpecifier::new);
            Reaction::from(&GetOpenDocumentsResponse::new().with_documents(documents))
        }
        name if name == C::NAME => Reaction::from(&C::Response::default()),
        "BeginCommit" => Reaction::from(&BeginCommitResponse::new().with_id(Kiid::new().with_value("1"))),
        "EndCommit" => Reaction::from(&EndCommitResponse::new()),
        _ => Reaction::from(&()),
    })
}

fn sent(scripted: &Scripted, name: &str) -> usize {
    let seen = scripted.seen();
    let is_it = |full: &str| full.rsplit('.').next() == Some(name);
    seen.iter().filter(|request| is_it(request.message.as_ref().unwrap().full_name())).count()
}

/// The guard refuses the command on each of the versions, after `before`, and on no other version.
#[track_caller]
fn check_after<C: Command>(guard: Guard, command: &C, before: impl Fn(&KiCad)) {
    let editors = match guard {
        Guard::EditInSchematicEditor => Editors::BoardAndSchematic,
        _ => Editors::Board,
    };
    for version in [KICAD_9, KICAD_10] {
        let scripted = kicad::<C>(version, editors);
        let careful = scripted.connect();
        before(&careful);
        let already = sent(&scripted, C::NAME);
        let answer = careful.call(command);
        if !guard.is_needed_by(version) {
            // Another guard may know better; this one lets it pass.
            assert_ne!(answer.err().and_then(|error| error.guard()), Some(guard), "{guard} on {version}");
            continue;
        }
        let error = answer.err().unwrap_or_else(|| panic!("{guard} lets {} pass on {version}", C::NAME));
        assert_eq!(error.guard(), Some(guard), "{error}");
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Guarded, Outcome::NotSent));
        assert!(error.to_string().contains(guard.effect()) && error.to_string().contains(guard.name()));
        assert_eq!(sent(&scripted, C::NAME), already, "{guard} on {version}");

        careful.call_with(command, CallOptions::new().unchecked()).unwrap();
        assert_eq!(sent(&scripted, C::NAME), already + 1, "{guard} on {version}, unchecked");

        let scripted = kicad::<C>(version, editors);
        let bold = KiCad::connect_with(scripted.options().without_guard(guard)).unwrap();
        before(&bold);
        let already = sent(&scripted, C::NAME);
        bold.call(command).unwrap();
        assert_eq!(sent(&scripted, C::NAME), already + 1, "{version} without {guard}");
    }
}

#[track_caller]
fn check<C: Command>(guard: Guard, command: &C) {
    check_after(guard, command, |_| ());
}

fn nil() -> Kiid {
    Kiid::new().with_value(Id::NIL.to_string())
}

#[test]
fn padstacks_are_not_asked_about_on_layers_that_do_not_exist() {
    for layer in [Layer::UNDEFINED, Layer::UNKNOWN, Layer::from(9999)] {
        let command = CheckPadstackPresenceOnLayers::new().with_layers([Layer::F_CU, layer]);
        check(Guard::UnknownLayerOfPadstack, &command);
    }
}

#[test]
fn nothing_is_edited_where_a_schematic_editor_would_get_it() {
    let open = |kicad: &KiCad| assert_eq!(kicad.boards().unwrap().len(), 1);
    check_after(Guard::EditInSchematicEditor, &BeginCommit::new(), open);
    check_after(Guard::EditInSchematicEditor, &EndCommit::new(), open);
    check_after(Guard::EditInSchematicEditor, &CreateItems::new(), open);
    check_after(Guard::EditInSchematicEditor, &UpdateItems::new(), open);
    check_after(Guard::EditInSchematicEditor, &DeleteItems::new(), open);
    check_after(Guard::EditInSchematicEditor, &HitTest::new(), open);
}

#[test]
fn net_classes_are_implicit() {
    let class = NetClass::new().with_name("odd").with_type(NetClassType::EXPLICIT);
    check(Guard::NetClassType, &SetNetClasses::new().with_net_classes([class]));
    check(Guard::NetClassType, &SetNetClasses::new().with_net_classes([NetClass::new()]));
}

#[test]
fn board_is_not_reverted_within_a_commit() {
    check_after(Guard::RevertInCommit, &RevertDocument::new(), |kicad| {
        std::mem::forget(kicad.board().unwrap().begin_commit().unwrap());
    });
}

#[test]
fn board_is_not_reverted_while_an_autosaved_copy_is_newer() {
    let folder = tempfile::tempdir().unwrap();
    let [board, copy] = ["b.kicad_pcb", "_autosave-b.kicad_pcb"].map(|name| folder.path().join(name));
    let document = |path: &str| {
        let project = ProjectSpecifier::new().with_name("b").with_path(path);
        let mut document = DocumentSpecifier::new().with_type(DocumentType::PCB).with_project(project);
        document.identifier = Some(Identifier::BoardFilename("b.kicad_pcb".to_owned()));
        RevertDocument::new().with_document(document)
    };
    let path = folder.path().to_str().unwrap();
    let passes =
        |command: &RevertDocument| kicad::<RevertDocument>(KICAD_10, Editors::Board).connect().call(command);

    std::fs::write(&board, "saved").unwrap();
    passes(&document(path)).unwrap();
    std::fs::write(&copy, "auto-saved").unwrap();
    let set_age = |seconds: u64| {
        let time = std::time::SystemTime::now() - std::time::Duration::from_secs(seconds);
        std::fs::File::options().write(true).open(&copy).unwrap().set_modified(time).unwrap();
    };
    set_age(3600);
    passes(&document(path)).unwrap();
    std::fs::File::options().write(true).open(&board).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    check(Guard::RevertOverAutosave, &document(path));
    // Where it lies is not said.
    passes(&document("")).unwrap();
    passes(&RevertDocument::new()).unwrap();
    // What is the same needs no question.
    std::fs::write(&copy, "saved").unwrap();
    passes(&document(path)).unwrap();
}

#[test]
fn id_of_nothing_is_not_sent() {
    let guard = Guard::NilId;
    check(guard, &RemoveFromSelection::new().with_items([nil()]));
    check(guard, &AddToSelection::new().with_items([nil()]));
    check(guard, &GetBoundingBox::new().with_items([nil()]));
    check(guard, &HitTest::new().with_id(nil()));
    check(guard, &CheckPadstackPresenceOnLayers::new().with_items([nil()]).with_layers([Layer::F_CU]));
    let track = Track::new().with_layer(Layer::F_CU).as_proto().clone().with_id(nil());
    check(guard, &UpdateItems::new().with_items([Any::pack(&track)]));
}

#[test]
fn items_are_not_put_on_layers_that_do_not_exist() {
    let track = Track::new().with_layer(Layer::UNDEFINED);
    check(Guard::UnknownLayerOfItem, &UpdateItems::new().with_items([Any::pack(track.as_proto())]));
}

#[test]
fn board_keeps_its_copper() {
    check(Guard::NoCopper, &SetBoardEnabledLayers::new().with_layers([Layer::F_CU]));
}

#[test]
fn commit_is_not_ended_before_the_move_in_it_has_begun() {
    let asked = |kicad: &KiCad| kicad.call(&InteractiveMoveItems::new()).unwrap();
    check_after(Guard::EndBeforeMove, &EndCommit::new(), asked);
    check_after(Guard::EndBeforeMove, &EndCommit::new().with_action(CommitAction::DROP), asked);
}

#[test]
fn commit_is_ended_once_the_move_in_it_has_begun() {
    let emulator = Emulator::demo_of(Line::V10_0).start().unwrap();
    let kicad = KiCad::connect_with(ConnectOptions::new().socket(emulator.socket().clone())).unwrap();
    let board = kicad.board().unwrap();
    let ask = || {
        let items = [Kiid::from(board.tracks().unwrap()[0].id().unwrap())];
        let document = board.document().clone();
        kicad.call(&InteractiveMoveItems::new().with_board(document).with_items(items)).unwrap();
    };
    let end = || kicad.call(&EndCommit::new().with_action(CommitAction::DROP)).map(drop);
    let guard = |result: kiapi::Result<()>| result.err().and_then(|error| error.guard());

    ask();
    assert_eq!(guard(end()), Some(Guard::EndBeforeMove));
    // An action that KiCad does not know begins nothing.
    kicad.run_action("made.up.action").unwrap_err();
    assert_eq!(guard(end()), Some(Guard::EndBeforeMove));
    kicad.run_action("common.Control.zoomRedraw").unwrap();
    assert_eq!(end().unwrap_err().kind(), ErrorKind::Busy);
    emulator.end_interactive_move();
    end().unwrap();

    // The person was faster, and KiCad says that it is busy.
    ask();
    emulator.begin_interactive_move();
    assert!(board.is_busy().unwrap());
    emulator.end_interactive_move();
    end().unwrap();

    // What was refused has nothing to begin.
    let nothing = InteractiveMoveItems::new().with_board(board.document().clone());
    assert_eq!(kicad.call(&nothing).unwrap_err().kind(), ErrorKind::BadRequest);
    assert_eq!(guard(end()), None);
}

#[test]
fn text_boxes_stand_upright_or_lie() {
    let text_box = |degrees: f64| {
        let attributes = TextAttributes::new().with_angle(types::Angle::new().with_value_degrees(degrees));
        let text = TextBox::new().with_attributes(attributes);
        Any::pack(&BoardTextBox::new().with_layer(Layer::F_SILKS).with_textbox(text))
    };
    for angle in [45.0, -45.0, 0.1, 315.0] {
        check(Guard::TurnedTextBox, &CreateItems::new().with_items([text_box(angle)]));
        check(Guard::TurnedTextBox, &UpdateItems::new().with_items([text_box(angle)]));
        let footprint = Footprint::new().with_items([text_box(0.0), text_box(angle)]);
        let footprint = FootprintInstance::new().with_layer(Layer::F_CU).with_definition(footprint);
        check(Guard::TurnedTextBox, &UpdateItems::new().with_items([Any::pack(&footprint)]));
    }
    let scripted = kicad::<CreateItems>(KICAD_10, Editors::Board);
    let kicad = scripted.connect();
    for angle in [0.0, 90.0, -90.0, 180.0, 270.0, 360.0] {
        kicad.call(&CreateItems::new().with_items([text_box(angle)])).unwrap();
    }
}

#[test]
fn dialogs_are_not_opened() {
    for action in ["pcbnew.EditorControl.boardSetup", "common.Control.print"] {
        check(Guard::Dialog, &RunAction::new().with_action(action));
    }
}

#[test]
fn texts_are_not_parsed_to_items() {
    let command = ParseAndCreateItemsFromString::new().with_contents("(kicad_pcb)");
    check(Guard::ParsedItems, &command);
    let scripted = kicad::<ParseAndCreateItemsFromString>(KICAD_10, Editors::Board);
    let error = scripted.connect().board().unwrap().create_from_text("(kicad_pcb)").unwrap_err();
    assert_eq!(
        (error.guard(), sent(&scripted, ParseAndCreateItemsFromString::NAME)),
        (Some(Guard::ParsedItems), 0)
    );
}

#[test]
fn parts_of_footprints_are_not_updated_alone() {
    for line in [Line::V9_0, Line::V10_0] {
        let emulator = Emulator::demo_of(line).start().unwrap();
        let options = || ConnectOptions::new().socket(emulator.socket().clone());
        let board = KiCad::connect_with(options()).unwrap().board().unwrap();
        let footprint = board.footprints().unwrap().into_iter().find(|it| !it.shapes().is_empty()).unwrap();
        let part = footprint.shapes().remove(0);
        let on_board = board.texts().unwrap().remove(0);
        let pad = footprint.pads().remove(0);
        let mixed = [on_board.clone().into(), part.clone().into(), pad.clone().into(), footprint.into()];
        let parts = board.parts_of_footprints(&mixed).unwrap();
        assert_eq!(parts, [part.id().unwrap(), pad.id().unwrap()].into());
        assert!(board.parts_of_footprints(&[]).unwrap().is_empty());
        // One bad one, and nothing is sent.
        let items = || [Item::from(on_board.clone().with_locked(true)), part.clone().into()];
        let error = board.update(items()).unwrap_err();
        let found = (error.kind(), error.guard(), error.outcome());
        assert_eq!(found, (ErrorKind::Guarded, Some(Guard::PartOfFootprint), Outcome::NotSent), "{error}");
        assert!(error.to_string().contains("; change item 1, a circle "), "{error}");
        assert_eq!(emulator.undo_steps(), 0);
        let commit = board.begin_commit().unwrap();
        assert_eq!(commit.try_update(items()).unwrap_err().guard(), Some(Guard::PartOfFootprint));
        commit.drop().unwrap();
        // A copy of it on the board is none, whatever it says that it lies in.
        let copy = part.clone().with_id(Id::random());
        board.create([copy.clone()]).unwrap();
        assert!(board.parts_of_footprints(&[copy.clone().into()]).unwrap().is_empty());
        board.update([copy.with_layer(Layer::F_FAB)]).unwrap();
        // What is not there is KiCad's to refuse, and so is what says nothing of its parent.
        let line = || Shape::segment((mm(0), mm(0)), (mm(1), mm(0))).with_layer(Layer::F_FAB);
        let stranger = line().with_id(Id::random());
        assert_eq!(board.update([stranger]).unwrap_err().kind(), ErrorKind::Items);
        let anew = line().with_id(part.id().unwrap());
        assert_eq!(board.update([anew]).unwrap_err().guard(), Some(Guard::PartOfFootprint));

        let unchecked = board.with_options(CallOptions::new().unchecked());
        assert_eq!(unchecked.try_update(items()).err().and_then(|error| error.guard()), None);
        let bold = KiCad::connect_with(options().without_guard(Guard::PartOfFootprint)).unwrap();
        let rows = bold.board().unwrap().try_update(items());
        assert_eq!(rows.err().and_then(|error| error.guard()), None);
    }
}

#[test]
fn who_lies_in_what_is_asked_for_once() {
    let emulator = Emulator::demo_of(Line::V10_0).start().unwrap();
    let kicad = KiCad::connect_with(ConnectOptions::new().socket(emulator.socket().clone())).unwrap();
    let board = kicad.board().unwrap();
    let text = board.texts().unwrap().remove(0);
    let track = board.tracks().unwrap().remove(0);
    // Whoever asks for more than one has none of it.
    emulator.faults().inject(Injection::new(Fault::Busy).on("GetItemsById").after(1));
    board.update([track]).unwrap();
    for _ in 0..3 {
        board.update([text.clone()]).unwrap();
    }
    assert!(board.items_by_id([Id::random()]).unwrap_err().is_busy());
}
