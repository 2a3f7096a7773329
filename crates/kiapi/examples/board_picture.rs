//! Draws the board that is open in a running KiCad: `cargo run -p kiapi --example board_picture -- FILE.svg [back] [LAYER…]`.
//!
//! Layers are named as KiCad's proto files name them, such as `BL_F_Cu`.

use std::error::Error;
use std::time::Duration;

use kiapi::api::board::commands::{GetActiveLayer, GetBoardEnabledLayers, GetVisibleLayers};
use kiapi::api::common::commands::{ExpandTextVariables, GetItems, GetOpenDocuments, GetTextAsShapes};
use kiapi::api::common::types::{DocumentSpecifier, DocumentType, ItemHeader, KiCadObjectType};
use kiapi::picture::{Contents, Picture, Side, Theme};
use kiapi::{KiCad, Layer, OpenEnum};

/// What is on a board. A KiCad refuses those that it cannot list.
const KINDS: [KiCadObjectType; 13] = [
    KiCadObjectType::PCB_FOOTPRINT,
    KiCadObjectType::PCB_PAD,
    KiCadObjectType::PCB_SHAPE,
    KiCadObjectType::PCB_TEXT,
    KiCadObjectType::PCB_TEXTBOX,
    KiCadObjectType::PCB_TRACE,
    KiCadObjectType::PCB_ARC,
    KiCadObjectType::PCB_VIA,
    KiCadObjectType::PCB_ZONE,
    KiCadObjectType::PCB_DIMENSION,
    KiCadObjectType::PCB_REFERENCE_IMAGE,
    KiCadObjectType::PCB_BARCODE,
    KiCadObjectType::PCB_GROUP,
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("say which file to write")?;
    let (mut side, mut layers) = (Side::Front, Vec::new());
    for argument in arguments {
        match argument.as_str() {
            "back" => side = Side::Back,
            name => layers.push(Layer::from_name(name).ok_or_else(|| format!("there is no layer `{name}`"))?),
        }
    }

    let kicad = KiCad::connect()?;
    let open = kicad.call(&GetOpenDocuments::new().with_type(DocumentType::PCB))?.documents;
    let board = open.into_iter().next().ok_or("no board is open")?;
    let contents = contents(&kicad, &board)?;
    let mut picture = Picture::new(&contents).side(side).theme(Theme::kicad(kicad.version()));
    if !layers.is_empty() {
        picture = picture.layers(layers);
    }
    std::fs::write(&file, picture.to_svg())?;
    println!("{file}: {} items", contents.items().len());
    Ok(())
}

fn contents(kicad: &KiCad, board: &DocumentSpecifier) -> Result<Contents, Box<dyn Error>> {
    let options = kiapi::CallOptions::new().timeout(Duration::from_secs(60));
    let header = ItemHeader::new().with_document(board.clone());
    let mut items = Vec::new();
    for kind in KINDS {
        match kicad.call_with(&GetItems::new().with_header(header.clone()).with_types([kind]), options) {
            Ok(answer) => items.extend(answer.items),
            Err(error) if error.status().is_some() => {}
            Err(error) => return Err(error.into()),
        }
    }
    let enabled = kicad.call(&GetBoardEnabledLayers::new().with_board(board.clone()))?.layers;
    let visible = kicad.call(&GetVisibleLayers::new().with_board(board.clone()))?.layers;
    let active = kicad.call(&GetActiveLayer::new().with_board(board.clone()))?.layer;
    let contents = Contents::from_any(items)
        .with_enabled_layers(enabled)
        .with_visible_layers(visible)
        .with_active_layer(active);
    let names = contents.unknown_variables();
    let variables = names.iter().map(|name| format!("${{{name}}}"));
    let values =
        kicad.call(&ExpandTextVariables::new().with_document(board.clone()).with_text(variables))?.text;
    let contents = contents.with_variables(names.into_iter().zip(values));
    let texts = contents.texts();
    let shapes = kicad.call_with(&GetTextAsShapes::new().with_text(texts), options)?.text_with_shapes;
    Ok(contents.with_text_shapes(shapes))
}
