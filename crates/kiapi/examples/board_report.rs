//! Prints what a running KiCad has open: its version, the board, layers, nets, and how many items of each type.
//!
//! ```sh
//! cargo run -p kiapi --example board_report
//! ```

use std::error::Error as _;
use std::process::ExitCode;

use kiapi::api::board::commands::{GetBoardEnabledLayers, GetBoardLayerName, GetNets};
use kiapi::api::common::commands::{GetItems, GetOpenDocuments};
use kiapi::api::common::types::document_specifier::Identifier;
use kiapi::api::common::types::{DocumentSpecifier, DocumentType, ItemHeader, KiCadObjectType};
use kiapi::{ErrorKind, KiCad, OpenEnum as _};

/// The types of items that KiCad 9 lists, and those that KiCad 10 lists besides.
const TYPES: [KiCadObjectType; 13] = [
    KiCadObjectType::PCB_FOOTPRINT,
    KiCadObjectType::PCB_PAD,
    KiCadObjectType::PCB_TRACE,
    KiCadObjectType::PCB_ARC,
    KiCadObjectType::PCB_VIA,
    KiCadObjectType::PCB_ZONE,
    KiCadObjectType::PCB_SHAPE,
    KiCadObjectType::PCB_TEXT,
    KiCadObjectType::PCB_TEXTBOX,
    KiCadObjectType::PCB_DIMENSION,
    KiCadObjectType::PCB_GROUP,
    KiCadObjectType::PCB_REFERENCE_IMAGE,
    KiCadObjectType::PCB_BARCODE,
];

fn main() -> ExitCode {
    match report() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn report() -> kiapi::Result<()> {
    let kicad = KiCad::connect()?;
    println!("KiCad   {} at {}", kicad.version(), kicad.address());
    let open = match kicad.call(&GetOpenDocuments::new().with_type(DocumentType::PCB)) {
        Ok(open) => open.documents,
        // Nobody answers for boards where no PCB editor is open.
        Err(error) if error.kind() == ErrorKind::Unhandled => Vec::new(),
        Err(error) => return Err(error),
    };
    if open.is_empty() {
        println!("Board   none is open");
    }
    for board in open {
        board_report(&kicad, board)?;
    }
    Ok(())
}

fn board_report(kicad: &KiCad, board: DocumentSpecifier) -> kiapi::Result<()> {
    if let Some(Identifier::BoardFilename(name)) = &board.identifier {
        println!("Board   {name}");
    }

    let enabled = kicad.call(&GetBoardEnabledLayers::new().with_board(board.clone()))?;
    let mut names = Vec::new();
    for &layer in &enabled.layers {
        names.push(kicad.call(&GetBoardLayerName::new().with_board(board.clone()).with_layer(layer))?.name);
    }
    println!("Layers  {}, {} of copper: {}", names.len(), enabled.copper_layer_count, names.join(", "));

    let nets = kicad.call(&GetNets::new().with_board(board.clone()))?.nets;
    let names: Vec<&str> = nets.iter().map(|net| net.name.as_str()).filter(|name| !name.is_empty()).collect();
    println!("Nets    {}: {}", names.len(), names.join(", "));

    println!("Items");
    for item_type in TYPES {
        let header = ItemHeader::new().with_document(board.clone());
        let name = item_type.name().unwrap_or_default().trim_start_matches("PCB_").to_lowercase();
        match kicad.call(&GetItems::new().with_header(header).with_types([item_type])) {
            Ok(response) => println!("  {name:16}{:6}", response.items.len()),
            // A type that this KiCad does not list.
            Err(error) if error.kind() == ErrorKind::BadRequest => println!("  {name:16}     –"),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
