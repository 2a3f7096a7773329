//! What is asked about the geometry of items.

use kiapi_gen::board::commands::{
    CheckPadstackPresenceOnLayers, GetPadShapeAsPolygon, PadShapeAsPolygonResponse, PadstackPresence,
    PadstackPresenceEntry, PadstackPresenceResponse,
};
use kiapi_gen::board::types::{BoardLayer, Item, UnconnectedLayerRemoval, Via, ViaType};
use kiapi_gen::common::commands::{
    BoundingBoxMode, GetBoundingBox, GetBoundingBoxResponse, HitTest, HitTestResponse, HitTestResult,
};
use kiapi_gen::common::types::{PolyLine, PolyLineNode, PolygonWithHoles, Vector2};
use kiapi_server::{Answer, Call, Refusal};

use crate::Editor;
use crate::document::Document;
use crate::document::layers::LayerSet;
use crate::geometry::bounds::{self, Texts};
use crate::geometry::{self, hit, pad};
use crate::text::number::Point;

pub(super) fn hit_test(editor: &mut Editor, _call: &Call<'_>, request: HitTest) -> Answer<HitTestResponse> {
    editor.is_here(request.header.as_ref())?;
    editor.is_idle()?;
    let id = request.id.unwrap_or_default().value;
    let Some((item, footprint)) = bounds::find(&editor.document, &id) else {
        return Err(Refusal::bad_request("the requested item ID is not present in the given document"));
    };
    let at = geometry::point(request.position.as_ref());
    let is_hit =
        hit::test(&editor.document, editor.version, &item, footprint.as_ref(), at, request.tolerance);
    Ok(HitTestResponse::new().with_result(if is_hit { HitTestResult::HIT } else { HitTestResult::NO_HIT }))
}

pub(super) fn get_bounding_box(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetBoundingBox,
) -> Answer<GetBoundingBoxResponse> {
    editor.is_here(request.header.as_ref())?;
    let texts =
        if request.mode == BoundingBoxMode::ITEM_AND_CHILD_TEXT { Texts::With } else { Texts::Without };
    let document = &editor.document;
    let mut response = GetBoundingBoxResponse::new();
    for id in request.items {
        let Some((item, footprint)) = bounds::find(document, &id.value) else { continue };
        if let Some(rect) = bounds::of(document, editor.version, &item, footprint.as_ref(), texts) {
            response.items.push(id);
            response.boxes.push(bounds::to_box(rect));
        }
    }
    Ok(response)
}

pub(super) fn get_pad_shape_as_polygon(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetPadShapeAsPolygon,
) -> Answer<PadShapeAsPolygonResponse> {
    editor.require_board(request.board.as_ref())?;
    let mut response = PadShapeAsPolygonResponse::new();
    for id in request.pads {
        let Some(Item::Pad(pad)) = editor.document.items.find(&id.value) else { continue };
        if let Some(outline) = pad::outline(&pad, request.layer, editor.document.max_error) {
            response.pads.push(id);
            response.polygons.push(PolygonWithHoles::new().with_outline(closed(&outline)));
        }
    }
    Ok(response)
}

fn closed(points: &[Point]) -> PolyLine {
    let node = |point: &Point| {
        PolyLineNode::new().with_point(Vector2::new().with_x_nm(point.x.into()).with_y_nm(point.y.into()))
    };
    PolyLine::new().with_nodes(points.iter().map(node)).with_closed(true)
}

pub(super) fn check_padstack_presence_on_layers(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: CheckPadstackPresenceOnLayers,
) -> Answer<PadstackPresenceResponse> {
    editor.require_board(request.board.as_ref())?;
    // Each layer once, in KiCad's own order.
    let asked = LayerSet::of(&request.layers).layers();
    let mut entries = Vec::new();
    for id in request.items {
        let (layers, bare) = match editor.document.items.find(&id.value) {
            Some(Item::Pad(pad)) => {
                let bare = pad::is_bare(&pad);
                (pad.pad_stack.unwrap_or_default().layers, bare)
            }
            Some(Item::Via(via)) => (via_layers(&editor.document, via, &asked), false),
            _ => continue,
        };
        for &layer in &asked {
            let is_copper = (BoardLayer::F_CU.0..=BoardLayer::B_CU.0).contains(&layer.0);
            let presence = if layers.contains(&layer) && !(bare && is_copper) {
                PadstackPresence::PRESENT
            } else {
                PadstackPresence::NOT_PRESENT
            };
            entries.push(entry(&id, layer, presence));
        }
    }
    Ok(PadstackPresenceResponse::new().with_entries(entries))
}

/// The layers on which a via has something: copper that is not taken away where nothing is connected to it, and the mask.
fn via_layers(document: &Document, via: Via, asked: &[BoardLayer]) -> Vec<BoardLayer> {
    let stack = via.pad_stack.clone().unwrap_or_default();
    let is_copper = |layer: BoardLayer| (BoardLayer::F_CU.0..=BoardLayer::B_CU.0).contains(&layer.0);
    // One that goes through the board goes through layers that the board does not have, too.
    let mut layers: Vec<BoardLayer> = match via.r#type {
        ViaType::THROUGH => asked.iter().copied().filter(|layer| is_copper(*layer)).collect(),
        _ => Vec::new(),
    };
    layers.extend(&stack.layers);
    let ends = stack.drill.as_ref().map(|drill| [drill.start_layer, drill.end_layer]).unwrap_or_default();
    layers.retain(|&layer| {
        let is_end = ends.contains(&layer);
        !is_copper(layer)
            || match stack.unconnected_layer_removal {
                UnconnectedLayerRemoval::REMOVE => geometry::is_connected(document, &via, layer),
                UnconnectedLayerRemoval::REMOVE_EXCEPT_START_AND_END => {
                    is_end || geometry::is_connected(document, &via, layer)
                }
                UnconnectedLayerRemoval::START_END_ONLY => is_end,
                _ => true,
            }
    });
    layers
}

fn entry(
    id: &kiapi_gen::common::types::Kiid,
    layer: BoardLayer,
    presence: PadstackPresence,
) -> PadstackPresenceEntry {
    PadstackPresenceEntry::new().with_item(id.clone()).with_layer(layer).with_presence(presence)
}
