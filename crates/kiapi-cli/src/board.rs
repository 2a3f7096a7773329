//! What the command reads of a board, and how it shows it.

use kiapi::api::board::commands::{GetBoardEnabledLayers, GetBoardLayerName, GetNetClassForNets, GetNets};
use kiapi::api::board::types::{BoardLayer, FootprintInstance, Item};
use kiapi::api::common::commands::{GetItems, GetOpenDocuments};
use kiapi::api::common::types::document_specifier::Identifier;
use kiapi::api::common::types::{DocumentSpecifier, DocumentType, ItemHeader, KiCadObjectType, Vector2};
use kiapi::{ErrorKind, KiCad, Result};

use crate::table::{self, mm};

/// The types of items that KiCad 9 lists, and those that KiCad 10 lists besides.
pub(crate) const TYPES: [KiCadObjectType; 12] = [
    KiCadObjectType::PCB_FOOTPRINT,
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

/// The board that is open.
pub(crate) fn open(kicad: &KiCad) -> anyhow::Result<DocumentSpecifier> {
    let documents = match kicad.call(&GetOpenDocuments::new().with_type(DocumentType::PCB)) {
        Ok(open) => open.documents,
        // Nobody answers for boards where no PCB editor is open.
        Err(error) if error.kind() == ErrorKind::Unhandled => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    documents.into_iter().next().ok_or_else(|| {
        anyhow::anyhow!("KiCad has no board open; open one in the PCB editor, or leave out --live")
    })
}

/// The name of a board's file.
pub(crate) fn name(board: &DocumentSpecifier) -> &str {
    match &board.identifier {
        Some(Identifier::BoardFilename(name)) => name,
        _ => "",
    }
}

pub(crate) fn header(board: &DocumentSpecifier) -> ItemHeader {
    ItemHeader::new().with_document(board.clone())
}

/// The items of a type; none if this KiCad does not list it.
pub(crate) fn items(
    kicad: &KiCad,
    board: &DocumentSpecifier,
    kind: KiCadObjectType,
) -> anyhow::Result<Option<Vec<Item>>> {
    match kicad.call(&GetItems::new().with_header(header(board)).with_types([kind])) {
        Ok(response) => Ok(Some(response.items.into_iter().map(Item::from_any).collect::<Result<_, _>>()?)),
        Err(error) if error.kind() == ErrorKind::BadRequest => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The layers, outermost first.
pub(crate) fn show_layers(kicad: &KiCad, board: &DocumentSpecifier) -> anyhow::Result<()> {
    let enabled = kicad.call(&GetBoardEnabledLayers::new().with_board(board.clone()))?;
    let mut rows = Vec::new();
    for &layer in &enabled.layers {
        let asked = GetBoardLayerName::new().with_board(board.clone()).with_layer(layer);
        rows.push([kicad.call(&asked)?.name, kind(layer).to_owned()]);
    }
    let copper = enabled.copper_layer_count;
    table::heading(&format!("Layers: {}, {copper} of copper", rows.len()));
    table::print(["Name", "What it is"], rows);
    Ok(())
}

fn kind(layer: BoardLayer) -> &'static str {
    match layer {
        _ if (BoardLayer::F_CU.0..=BoardLayer::B_CU.0).contains(&layer.0) => "copper",
        BoardLayer::F_SILKS | BoardLayer::B_SILKS => "silkscreen",
        BoardLayer::F_MASK | BoardLayer::B_MASK => "solder mask",
        BoardLayer::F_PASTE | BoardLayer::B_PASTE => "solder paste",
        BoardLayer::F_ADHES | BoardLayer::B_ADHES => "adhesive",
        BoardLayer::F_CRTYD | BoardLayer::B_CRTYD => "courtyard",
        BoardLayer::F_FAB | BoardLayer::B_FAB => "fabrication",
        BoardLayer::EDGE_CUTS => "the board's outline",
        BoardLayer::MARGIN => "margin",
        _ => "drawings",
    }
}

/// The nets with their classes.
pub(crate) fn show_nets(kicad: &KiCad, board: &DocumentSpecifier) -> anyhow::Result<()> {
    let nets = kicad.call(&GetNets::new().with_board(board.clone()))?.nets;
    let nets: Vec<_> = nets.into_iter().filter(|net| !net.name.is_empty()).collect();
    let classes = kicad.call(&GetNetClassForNets::new().with_net(nets.clone()))?.classes;
    table::heading(&format!("Nets: {}", nets.len()));
    let rows = nets.iter().map(|net| {
        let class = classes.get(&net.name).map(|class| class.name.clone()).unwrap_or_default();
        let settings = classes.get(&net.name).and_then(|class| class.board.as_ref());
        let width = settings.and_then(|settings| settings.track_width.as_ref());
        let width = width.map(|width| format!("{} mm", mm(width.value_nm))).unwrap_or_default();
        [net.name.clone(), class, width]
    });
    table::print(["Name", "Class", "Track width>"], rows);
    Ok(())
}

/// The footprints, and where they are.
pub(crate) fn show_footprints(footprints: &[FootprintInstance]) {
    table::heading(&format!("Footprints: {}", footprints.len()));
    let rows = footprints.iter().map(|footprint| {
        let place = footprint.position.clone().unwrap_or_default();
        let angle = footprint.orientation.as_ref().map_or(0.0, |angle| angle.value_degrees);
        let side = if footprint.layer == BoardLayer::B_CU { "back" } else { "front" };
        [
            reference(footprint),
            value(footprint),
            mm(place.x_nm),
            mm(place.y_nm),
            format!("{angle}°"),
            side.to_owned(),
        ]
    });
    table::print(["Reference", "Value", "x in mm>", "y in mm>", "Angle>", "Side"], rows);
}

/// How many items of each type there are.
pub(crate) fn show_counts(kicad: &KiCad, board: &DocumentSpecifier) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for kind in TYPES {
        if let Some(items) = items(kicad, board, kind)?.filter(|items| !items.is_empty()) {
            rows.push([type_name(kind), items.len().to_string()]);
        }
    }
    table::heading("Items");
    table::print(["Type", "How many>"], rows);
    Ok(())
}

fn type_name(kind: KiCadObjectType) -> String {
    format!("{kind:?}").trim_start_matches("PCB_").to_lowercase().replace('_', " ")
}

pub(crate) fn footprints(kicad: &KiCad, board: &DocumentSpecifier) -> anyhow::Result<Vec<FootprintInstance>> {
    let items = items(kicad, board, KiCadObjectType::PCB_FOOTPRINT)?.unwrap_or_default();
    Ok(items
        .into_iter()
        .filter_map(|item| match item {
            Item::FootprintInstance(footprint) => Some(footprint),
            _ => None,
        })
        .collect())
}

pub(crate) fn reference(footprint: &FootprintInstance) -> String {
    field(footprint.reference_field.as_ref())
}

fn value(footprint: &FootprintInstance) -> String {
    field(footprint.value_field.as_ref())
}

fn field(field: Option<&kiapi::api::board::types::Field>) -> String {
    let text = field.and_then(|field| field.text.as_ref()).and_then(|text| text.text.as_ref());
    text.map(|text| text.text.clone()).unwrap_or_default()
}

/// What an item is, in a few words.
pub(crate) fn describe(item: &Item) -> String {
    let net = |net: &Option<kiapi::api::board::types::Net>| {
        net.as_ref().map(|net| format!(" on {}", net.name)).unwrap_or_default()
    };
    match item {
        Item::Track(track) => {
            format!("track {} to {}{}", point(&track.start), point(&track.end), net(&track.net))
        }
        Item::Via(via) => format!("via at {}{}", point(&via.position), net(&via.net)),
        Item::FootprintInstance(footprint) => {
            format!("footprint {} at {}", reference(footprint), point(&footprint.position))
        }
        Item::Zone(zone) => {
            let state = if zone.filled { "filled" } else { "not filled" };
            format!("zone {}, {state}", zone.name)
        }
        item => item.to_any().full_name().rsplit('.').next().unwrap_or_default().to_owned(),
    }
}

fn point(point: &Option<Vector2>) -> String {
    let point = point.clone().unwrap_or_default();
    format!("({}, {})", mm(point.x_nm), mm(point.y_nm))
}
