//! Every command that names a document, with the right one and with others.

use kiapi_gen::Any;
use kiapi_gen::board::commands::{
    BoardOriginType, GetActiveLayer, GetBoardEnabledLayers, GetBoardLayerName, GetBoardOrigin,
    GetBoardStackup, GetGraphicsDefaults, GetItemsByNet, GetItemsByNetClass, GetNets, GetPadShapeAsPolygon,
    GetVisibleLayers, InteractiveMoveItems, SetActiveLayer, SetBoardOrigin, UpdateBoardStackup,
};
use kiapi_gen::board::commands::{
    CheckPadstackPresenceOnLayers, FlipItems, GetBoardLayerByName, GetConnectedItems, SetVisibleLayers,
};
use kiapi_gen::board::types::BoardLayer;
use kiapi_gen::common::commands::{
    AddToSelection, ClearSelection, CreateItems, DeleteItems, ExpandTextVariables, GetBoundingBox, GetItems,
    GetItemsById, GetSelection, GetTextVariables, GetTitleBlockInfo, HitTest, ParseAndCreateItemsFromString,
    RemoveFromSelection, SaveCopyOfDocument, SaveDocumentToString, SetTextVariables, UpdateItems,
};
use kiapi_gen::common::types::{
    DocumentSpecifier, DocumentType, ItemHeader, KiCadObjectType, LibraryIdentifier, ProjectSpecifier,
    SheetPath,
};

use super::unknown;
use crate::peer::Outcome;
use crate::run::Run;

pub(super) fn run(run: &mut Run) -> Outcome {
    let right = run.board.document();
    let project = right.project.clone().unwrap_or_default();
    let name = match &right.identifier {
        Some(kiapi_gen::common::types::document_specifier::Identifier::BoardFilename(name)) => name.clone(),
        _ => String::new(),
    };
    let other = ProjectSpecifier::new().with_name("other").with_path("/other");
    let pcb = || DocumentSpecifier::new().with_type(DocumentType::PCB);
    let documents = [
        None,
        Some(DocumentSpecifier::new()),
        Some(right.clone()),
        Some(pcb()),
        Some(pcb().with_board_filename("")),
        Some(pcb().with_board_filename(&name)),
        Some(pcb().with_board_filename("other.kicad_pcb")),
        Some(pcb().with_board_filename("other.kicad_pcb").with_project(project.clone())),
        Some(pcb().with_board_filename(&name).with_project(other.clone())),
        Some(pcb().with_board_filename(name.to_uppercase())),
        Some(pcb().with_board_filename(format!("/some/where/{name}"))),
        Some(pcb().with_project(project.clone())),
        Some(pcb().with_lib_id(LibraryIdentifier::new().with_library_nickname("a").with_entry_name("b"))),
        Some(DocumentSpecifier::new().with_board_filename(&name)),
        Some(right.clone().with_type(DocumentType::SCHEMATIC)),
        Some(right.clone().with_type(DocumentType::FOOTPRINT)),
        Some(right.clone().with_type(DocumentType::PROJECT)),
        Some(right.with_type(DocumentType::from(99))),
        Some(DocumentSpecifier::new().with_type(DocumentType::SCHEMATIC).with_sheet_path(SheetPath::new())),
        Some(run.board.project()),
        Some(DocumentSpecifier::new().with_type(DocumentType::PROJECT)),
        Some(DocumentSpecifier::new().with_type(DocumentType::PROJECT).with_project(other)),
    ];
    for document in documents {
        board_commands(run, document.as_ref())?;
        common_commands(run, document.as_ref())?;
        let mut header = ItemHeader::new();
        header.document.clone_from(&document);
        item_commands(run, Some(&header))?;
    }
    item_commands(run, None)
}

/// A command with the document, if there is one, in the field of that name.
macro_rules! within {
    ($run:ident, $document:ident, $field:ident, $($command:expr),+ $(,)?) => {
        $({
            let mut command = $command;
            command.$field = $document.cloned();
            $run.call(&command)?;
        })+
    };
}

fn board_commands(run: &mut Run, document: Option<&DocumentSpecifier>) -> Outcome {
    within!(
        run,
        document,
        board,
        GetBoardStackup::new(),
        GetBoardEnabledLayers::new(),
        GetGraphicsDefaults::new(),
        GetBoardOrigin::new().with_type(BoardOriginType::GRID),
        SetBoardOrigin::new().with_type(BoardOriginType::UNKNOWN),
        GetBoardLayerName::new().with_layer(BoardLayer::F_CU),
        GetBoardLayerByName::new().with_name("F.Cu"),
        GetNets::new(),
        GetPadShapeAsPolygon::new().with_pads([unknown()]).with_layer(BoardLayer::F_CU),
        CheckPadstackPresenceOnLayers::new().with_items([unknown()]).with_layers([BoardLayer::F_CU]),
        GetVisibleLayers::new(),
        SetVisibleLayers::new().with_layers(run.board.layers.clone()),
        GetActiveLayer::new(),
        SetActiveLayer::new().with_layer(BoardLayer::F_CU),
        // An id that nothing has: nothing begins to move.
        InteractiveMoveItems::new().with_items([unknown()]),
    );
    // No released KiCad answers it.
    let mut update = UpdateBoardStackup::new();
    update.board = document.cloned();
    run.any(Any::pack(&update))?;
    Ok(())
}

fn common_commands(run: &mut Run, document: Option<&DocumentSpecifier>) -> Outcome {
    within!(
        run,
        document,
        document,
        GetTitleBlockInfo::new(),
        SaveDocumentToString::new(),
        // Without a path nothing is saved.
        SaveCopyOfDocument::new(),
        ParseAndCreateItemsFromString::new().with_contents("(kicad_pcb)"),
        ExpandTextVariables::new().with_text(["${TITLE}", "plain"]),
        GetTextVariables::new(),
        SetTextVariables::new(),
    );
    Ok(())
}

fn item_commands(run: &mut Run, header: Option<&ItemHeader>) -> Outcome {
    within!(
        run,
        header,
        header,
        GetItems::new().with_types([KiCadObjectType::PCB_ZONE]),
        GetItemsById::new().with_items([unknown()]),
        GetItemsByNet::new().with_types([KiCadObjectType::PCB_VIA]),
        GetItemsByNetClass::new().with_types([KiCadObjectType::PCB_VIA]).with_net_classes(["Default"]),
        GetConnectedItems::new().with_items([unknown()]),
        GetSelection::new(),
        AddToSelection::new().with_items([unknown()]),
        RemoveFromSelection::new().with_items([unknown()]),
        ClearSelection::new(),
        CreateItems::new(),
        UpdateItems::new(),
        DeleteItems::new().with_item_ids([unknown()]),
        GetBoundingBox::new().with_items([unknown()]),
        HitTest::new().with_id(unknown()),
    );
    // Without items FlipItems leaves a commit open.
    within!(run, header, header, FlipItems::new().with_items([unknown()]));
    Ok(())
}
