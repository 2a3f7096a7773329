//! The document as a whole: open, saved, reverted, filled.

use kiapi_gen::board::commands::{
    BoardFlipMode, InactiveLayerDisplayMode, NetColorDisplayMode, RatsnestDisplayMode, RefillZones,
};
use kiapi_gen::board::types::BoardLayer;
use kiapi_gen::common::commands::{
    GetOpenDocuments, GetOpenDocumentsResponse, RevertDocument, RunAction, RunActionResponse,
    RunActionStatus, SaveCopyOfDocument, SaveDocument, SaveDocumentToString, SavedDocumentResponse,
};
use kiapi_gen::common::types::document_specifier::Identifier;
use kiapi_gen::common::types::{DocumentSpecifier, DocumentType};
use kiapi_server::{Answer, Call, Refusal};

use crate::document::layers::LayerSet;
use crate::files::Files;
use crate::{Editor, Line};

impl Editor {
    /// Whether a document is the one that is open: KiCad compares its type and the name of its file.
    pub(crate) fn is_open(&self, document: Option<&DocumentSpecifier>) -> bool {
        document.is_some_and(|document| {
            document.r#type == DocumentType::PCB
                && file_name(document) == file_name(&self.document.specifier)
                && !file_name(document).is_empty()
        })
    }

    /// Refuses what is meant for another document, as most commands do.
    pub(crate) fn require_board(&self, document: Option<&DocumentSpecifier>) -> Answer<()> {
        if self.is_open(document) {
            return Ok(());
        }
        let name = document.map(file_name).unwrap_or_default();
        Err(Refusal::bad_request(format!("the requested document {name} is not open")))
    }
}

fn file_name(document: &DocumentSpecifier) -> &str {
    match &document.identifier {
        Some(Identifier::BoardFilename(name)) => name,
        _ => "",
    }
}

pub(super) fn get_open_documents(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetOpenDocuments,
) -> Answer<GetOpenDocumentsResponse> {
    if request.r#type != DocumentType::PCB {
        return Err(Refusal::unhandled());
    }
    Ok(GetOpenDocumentsResponse::new().with_documents([editor.document.specifier.clone()]))
}

pub(super) fn save_document(editor: &mut Editor, _call: &Call<'_>, request: SaveDocument) -> Answer<()> {
    editor.require_board(request.document.as_ref())?;
    editor.save();
    Ok(())
}

pub(super) fn save_copy_of_document(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: SaveCopyOfDocument,
) -> Answer<()> {
    editor.require_board(request.document.as_ref())?;
    let options = request.options.unwrap_or_default();
    let board = editor.board_path();
    let path = Files::absolute(&request.path, editor.project_path());
    let refused = |why: &str| Err(Refusal::bad_request(format!("save path '{path}' {why}")));
    if !Files::has_folder_of(&path, editor.project_path()) {
        return refused("could not be opened");
    }
    if !options.overwrite && (path == board || editor.files.has(&path)) {
        return refused("exists and cannot be overwritten");
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    // What begins with its only dot is a hidden file without an extension.
    if name.rsplit_once('.').is_none_or(|(stem, extension)| stem.is_empty() || extension != "kicad_pcb") {
        return refused("must have a kicad_pcb extension");
    }
    if path == board {
        editor.save();
    } else {
        let contents = editor.contents();
        editor.files.write(&path, &contents);
        editor.save_look();
    }
    Ok(())
}

pub(super) fn revert_document(editor: &mut Editor, _call: &Call<'_>, request: RevertDocument) -> Answer<()> {
    editor.require_board(request.document.as_ref())?;
    editor.revert();
    Ok(())
}

pub(super) fn save_document_to_string(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: SaveDocumentToString,
) -> Answer<SavedDocumentResponse> {
    editor.require_board(request.document.as_ref())?;
    let document = request.document.unwrap_or_default();
    Ok(SavedDocumentResponse::new().with_document(document).with_contents(editor.contents()))
}

pub(super) fn run_action(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: RunAction,
) -> Answer<RunActionResponse> {
    let names = match editor.version {
        Line::V9_0 => include_str!("../../actions/9.0.txt"),
        Line::V10_0 => include_str!("../../actions/10.0.txt"),
    };
    if request.action.is_empty() || !names.lines().any(|name| name == request.action) {
        return Ok(RunActionResponse::new().with_status(RunActionStatus::INVALID));
    }
    act(editor, &request.action);
    editor.begin_interactive_move();
    Ok(RunActionResponse::new().with_status(RunActionStatus::OK))
}

/// Does what an action does to what the API shows. Most do nothing to it, or wait for the person.
fn act(editor: &mut Editor, action: &str) {
    let document = &mut editor.document;
    let look = &mut document.appearance;
    match action {
        "common.Interactive.unselectAll" => document.selection.clear(),
        "common.Control.highContrastMode" | "common.Control.highContrastModeCycle" => {
            look.inactive_layer_display = match look.inactive_layer_display {
                InactiveLayerDisplayMode::NORMAL => InactiveLayerDisplayMode::DIMMED,
                InactiveLayerDisplayMode::DIMMED if action.ends_with("Cycle") => {
                    InactiveLayerDisplayMode::HIDDEN
                }
                _ => InactiveLayerDisplayMode::NORMAL,
            };
        }
        "pcbnew.Control.netColorMode" => {
            look.net_color_display = match look.net_color_display {
                NetColorDisplayMode::ALL => NetColorDisplayMode::RATSNEST,
                NetColorDisplayMode::RATSNEST => NetColorDisplayMode::OFF,
                _ => NetColorDisplayMode::ALL,
            };
        }
        "pcbnew.Control.flipBoard" => {
            look.board_flip = match look.board_flip {
                BoardFlipMode::NORMAL => BoardFlipMode::FLIPPED_X,
                _ => BoardFlipMode::NORMAL,
            };
        }
        // The mode after that is "none", of which the API shows nothing.
        "pcbnew.Control.ratsnestModeCycle" => look.ratsnest_display = RatsnestDisplayMode::VISIBLE_LAYERS,
        "pcbnew.Control.layerNext" => step(editor, Towards::Back),
        "pcbnew.Control.layerPrev" => step(editor, Towards::Front),
        _ => {}
    }
}

/// Makes the next or previous visible copper layer the active one.
fn step(editor: &mut Editor, to: Towards) {
    let document = &mut editor.document;
    let visible = LayerSet::of_listing(&document.visible_layers);
    let mut copper = LayerSet::copper(document.copper_layers).layers();
    // From the front to the back: KiCad's own order has the back second.
    copper.sort_unstable_by_key(|layer| layer.0);
    if to == Towards::Front {
        copper.reverse();
    }
    let Some(from) = copper.iter().position(|&layer| layer == document.active_layer) else {
        document.active_layer = if to == Towards::Front { BoardLayer::F_CU } else { BoardLayer::B_CU };
        return;
    };
    copper.rotate_left(from + 1);
    if let Some(&next) = copper.iter().find(|&&layer| visible.has(layer)) {
        document.active_layer = next;
    }
}

/// Which way layers are gone through.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Towards {
    Front,
    Back,
}

pub(super) fn refill_zones(editor: &mut Editor, _call: &Call<'_>, request: RefillZones) -> Answer<()> {
    editor.require_board(request.board.as_ref())?;
    if !request.zones.is_empty() {
        return Err(Refusal::unimplemented(""));
    }
    editor.fill_requested = true;
    Ok(())
}
