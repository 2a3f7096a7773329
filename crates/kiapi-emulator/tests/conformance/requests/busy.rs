//! What is refused while the person moves items, with the mouse of the display that KiCad is on.

use std::process::Command;
use std::time::Duration;
use std::{env, thread};

use kiapi_gen::board::commands::{
    CheckPadstackPresenceOnLayers, FlipItems, GetActiveLayer, GetBoardEditorAppearanceSettings,
    GetBoardEnabledLayers, GetBoardLayerByName, GetBoardLayerName, GetBoardOrigin, GetBoardStackup,
    GetConnectedItems, GetGraphicsDefaults, GetItemsByNet, GetItemsByNetClass, GetNetClassForNets, GetNets,
    GetPadShapeAsPolygon, GetVisibleLayers, InjectDrcError, InteractiveMoveItems, RefillZones,
    SetActiveLayer, SetBoardEditorAppearanceSettings, SetBoardOrigin, SetVisibleLayers,
};
use kiapi_gen::board::types::BoardLayer;
use kiapi_gen::common::commands::{
    AddToSelection, BeginCommit, ClearSelection, CommitAction, CreateItems, DeleteItems, EndCommit,
    ExpandTextVariables, GetBoundingBox, GetItems, GetItemsById, GetNetClasses, GetOpenDocuments,
    GetSelection, GetTextVariables, GetTitleBlockInfo, GetVersion, HitTest, ParseAndCreateItemsFromString,
    Ping, RemoveFromSelection, RevertDocument, RunAction, SaveCopyOfDocument, SaveDocument,
    SaveSelectionToString, SetTextVariables, UpdateItems,
};
use kiapi_gen::common::types::{DocumentSpecifier, DocumentType, ItemHeader, KiCadObjectType as Kind};
use kiapi_gen::common::{ApiStatusCode, project};
use kiapi_gen::{Any, Request, Response};

use super::samples;
use crate::peer::{Outcome, Stop};
use crate::run::Run;

/// How often the mouse is moved before it is given up.
const MOVES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(100);

/// The mouse and the keys of KiCad's display.
struct Hand {
    display: String,
}

impl Hand {
    /// None where there is no display or no `xdotool`.
    fn find() -> Option<Self> {
        let display = env::var("KIAPI_CONFORMANCE_DISPLAY").ok()?;
        let hand = Self { display };
        hand.does(&["getmouselocation"]).is_ok().then_some(hand)
    }

    fn does(&self, args: &[&str]) -> Outcome {
        let ran = Command::new("xdotool").args(args).env("DISPLAY", &self.display).output();
        let ran = ran.map_err(|error| format!("cannot run xdotool: {error}"))?;
        if ran.status.success() { Ok(()) } else { Err(Stop(format!("xdotool {args:?} says {ran:?}"))) }
    }
}

pub(super) fn run(run: &mut Run) -> Outcome {
    let Some(hand) = Hand::find() else {
        println!("busy: not tried, for there is no display or no xdotool; `cargo xtask setup` installs it");
        return Ok(());
    };
    if run.emulator.is_none() {
        println!("busy: not tried, for there is one mouse and two KiCads");
        return Ok(());
    }
    let Some(footprint) = run.board.ids(Kind::PCB_FOOTPRINT, 1).pop() else {
        println!("busy: not tried, for the board has no footprint to move");
        return Ok(());
    };
    let before = run.count();
    // So that the move is part of a commit that can be dropped.
    run.call(&BeginCommit::new())?;
    run.call(&InteractiveMoveItems::new().with_board(run.board.document()).with_items([footprint]))?;
    move_until_busy(run, &hand)?;
    if let Some(emulator) = &run.emulator {
        emulator.begin_interactive_move();
    }
    let mut other = run.board.document();
    other.identifier = DocumentSpecifier::new().with_board_filename("other.kicad_pcb").identifier;
    let documents = [run.board.document(), other, DocumentSpecifier::new()];
    for document in documents {
        for request in requests(run, &document) {
            run.any(request)?;
        }
    }
    if !is_busy(run)? {
        return Err(Stop("KiCad did not stay busy".to_owned()));
    }
    hand.does(&["key", "Escape"])?;
    for _ in 0..MOVES {
        if !is_busy(run)? {
            break;
        }
        thread::sleep(PAUSE);
    }
    if let Some(emulator) = &run.emulator {
        emulator.end_interactive_move();
    }
    run.call(&EndCommit::new().with_action(CommitAction::DROP))?;
    run.call(&Ping::new())?;
    println!("busy: {} requests", run.count() - before);
    Ok(())
}

/// KiCad is busy once the mouse has moved what it holds; the emulator is at once.
fn move_until_busy(run: &Run, hand: &Hand) -> Outcome {
    for number in 0..MOVES {
        let (x, y) = (500 + number % 20 * 5, 400 + number % 7 * 5);
        hand.does(&["mousemove", &x.to_string(), &y.to_string()])?;
        thread::sleep(PAUSE);
        if is_busy(run)? {
            return Ok(());
        }
    }
    Err(Stop(format!("KiCad is not busy after {MOVES} moves of the mouse")))
}

fn is_busy(run: &Run) -> Outcome<bool> {
    let vias = GetItems::new().with_header(run.board.header()).with_types([Kind::PCB_VIA]);
    let answer = run.kicad().call(&Request::new(&vias).encode())?;
    let answer = Response::decode(&answer).map_err(|error| error.to_string())?;
    Ok(answer.status() == ApiStatusCode::BUSY)
}

/// Every command, about this document where it is about one. What is not refused changes nothing.
fn requests(run: &Run, document: &DocumentSpecifier) -> Vec<Any> {
    let board = || document.clone();
    let header = || ItemHeader::new().with_document(board());
    let tracks = run.board.ids(Kind::PCB_TRACE, 2);
    let pads = run.board.ids(Kind::PCB_PAD, 2);
    let nets: Vec<_> = run.board.nets.iter().take(2).cloned().collect();
    let layer = BoardLayer::F_CU;
    let track = Any::pack(&samples::track(run));
    let project = run.board.project();
    let copy = run.files().join("copy.kicad_pcb").to_string_lossy().into_owned();
    let hit = HitTest::new().with_header(header()).with_id(tracks.first().cloned().unwrap_or_default());
    let mut all = vec![
        Any::pack(&Ping::new()),
        Any::pack(&GetVersion::new()),
        Any::pack(&GetOpenDocuments::new().with_type(DocumentType::PCB)),
        Any::pack(&GetNetClasses::new()),
        Any::pack(&GetTextVariables::new().with_document(project.clone())),
        Any::pack(
            &SetTextVariables::new().with_document(project).with_variables(project::TextVariables::new()),
        ),
        Any::pack(&ExpandTextVariables::new().with_document(board()).with_text(["a"])),
        Any::pack(&GetTitleBlockInfo::new().with_document(board())),
        Any::pack(&GetNets::new().with_board(board())),
        Any::pack(&GetNetClassForNets::new().with_net(nets.clone())),
        Any::pack(&GetActiveLayer::new().with_board(board())),
        Any::pack(&GetVisibleLayers::new().with_board(board())),
        Any::pack(&GetBoardEnabledLayers::new().with_board(board())),
        Any::pack(&GetBoardLayerName::new().with_board(board()).with_layer(layer)),
        Any::pack(&GetBoardLayerByName::new().with_board(board()).with_name("F.Cu")),
        Any::pack(&GetBoardOrigin::new().with_board(board())),
        Any::pack(&GetBoardStackup::new().with_board(board())),
        Any::pack(&GetGraphicsDefaults::new().with_board(board())),
        Any::pack(&GetBoardEditorAppearanceSettings::new()),
        // Not the footprint, which is where the mouse is.
        Any::pack(&GetSelection::new().with_header(header()).with_types([Kind::PCB_TRACE])),
        Any::pack(&SaveSelectionToString::new()),
    ];
    // Not one of the first footprint, which is in the hand.
    if let Some(pad) = pads.last() {
        all.push(Any::pack(
            &GetPadShapeAsPolygon::new().with_board(board()).with_pads([pad.clone()]).with_layer(layer),
        ));
        let presence = CheckPadstackPresenceOnLayers::new().with_board(board());
        all.push(Any::pack(&presence.with_items([pad.clone()]).with_layers([layer])));
    }
    // What is refused, so that nothing comes of it.
    all.extend([
        Any::pack(&GetItems::new().with_header(header()).with_types([Kind::PCB_TRACE])),
        Any::pack(&GetItemsById::new().with_header(header()).with_items(tracks.clone())),
        Any::pack(&GetItemsByNet::new().with_header(header()).with_nets(nets)),
        Any::pack(&GetItemsByNetClass::new().with_header(header()).with_net_classes(["Default"])),
        Any::pack(&GetConnectedItems::new().with_header(header()).with_items(tracks.clone())),
        Any::pack(&GetBoundingBox::new().with_header(header()).with_items(tracks.clone())),
        Any::pack(&hit),
        Any::pack(&AddToSelection::new().with_header(header()).with_items(tracks.clone())),
        Any::pack(&RemoveFromSelection::new().with_header(header()).with_items(tracks.clone())),
        Any::pack(&ClearSelection::new().with_header(header())),
        Any::pack(&BeginCommit::new()),
        Any::pack(&EndCommit::new().with_action(CommitAction::COMMIT)),
        Any::pack(&CreateItems::new().with_header(header()).with_items([track.clone()])),
        Any::pack(&CreateItems::new().with_header(header())),
        Any::pack(&UpdateItems::new().with_header(header()).with_items([track])),
        Any::pack(&UpdateItems::new().with_header(header())),
        Any::pack(&DeleteItems::new().with_header(header()).with_item_ids([super::unknown()])),
        Any::pack(&DeleteItems::new().with_header(header())),
        Any::pack(&FlipItems::new().with_header(header()).with_items(tracks.clone())),
        Any::pack(&InteractiveMoveItems::new().with_board(board()).with_items(tracks)),
        Any::pack(&InjectDrcError::new().with_board(board()).with_message("made up")),
        Any::pack(&ParseAndCreateItemsFromString::new().with_document(board()).with_contents("(made up)")),
        Any::pack(&RefillZones::new().with_board(board())),
        Any::pack(&RunAction::new().with_action("no.such.action")),
        Any::pack(&SetActiveLayer::new().with_board(board()).with_layer(layer)),
        Any::pack(&SetVisibleLayers::new().with_board(board()).with_layers([layer])),
        Any::pack(&SetBoardOrigin::new().with_board(board())),
        Any::pack(&SetBoardEditorAppearanceSettings::new()),
        Any::pack(&SaveDocument::new().with_document(board())),
        Any::pack(&SaveCopyOfDocument::new().with_document(board()).with_path(copy)),
        Any::pack(&RevertDocument::new().with_document(board())),
    ]);
    all
}
