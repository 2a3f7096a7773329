//! Layers: enabled, visible, active, by name.

use kiapi_gen::board::commands::{
    BoardEnabledLayersResponse, BoardLayerNameResponse, BoardLayerResponse, BoardLayers, GetActiveLayer,
    GetBoardEnabledLayers, GetBoardLayerByName, GetBoardLayerName, GetVisibleLayers, SetActiveLayer,
    SetBoardEnabledLayers, SetVisibleLayers,
};
use kiapi_gen::board::types::BoardLayer;
use kiapi_server::{Answer, Call, Refusal};

use crate::document::layers::{self, LayerSet};
use crate::{Editor, Habit};

/// The most copper layers that a board can have.
const MAX_COPPER: u32 = 32;

pub(super) fn get_board_enabled_layers(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetBoardEnabledLayers,
) -> Answer<BoardEnabledLayersResponse> {
    editor.require_board(request.board.as_ref())?;
    let document = &editor.document;
    Ok(BoardEnabledLayersResponse::new()
        .with_copper_layer_count(document.copper_layers)
        .with_layers(document.enabled_layers.iter().copied()))
}

pub(super) fn set_board_enabled_layers(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: SetBoardEnabledLayers,
) -> Answer<BoardEnabledLayersResponse> {
    editor.require_board(request.board.as_ref())?;
    let copper = request.copper_layer_count;
    if !copper.is_multiple_of(2) {
        return Err(Refusal::bad_request("copper_layer_count must be an even number"));
    }
    if copper > MAX_COPPER {
        let limit = if editor.has(Habit::UnfilledLimit) { "%d" } else { "33" };
        return Err(Refusal::bad_request(format!("copper_layer_count must be below {limit}")));
    }
    let document = &mut editor.document;
    let before = LayerSet::of(&document.enabled_layers);
    let enabled = LayerSet::enabled(&request.layers, copper);
    let visible = LayerSet::of_listing(&document.visible_layers).union(before.difference(enabled));
    document.copper_layers = copper;
    // KiCad says that it enabled a layer for what it could not place elsewhere, and does not list it later.
    document.enabled_layers = enabled.without(LayerSet::of(&[BoardLayer::RESCUE])).layers();
    document.visible_layers = visible.layers();
    if !enabled.has(document.active_layer) {
        document.active_layer = BoardLayer::F_CU;
    }
    document.take_items_off(before.without(enabled), enabled);
    Ok(BoardEnabledLayersResponse::new().with_copper_layer_count(copper).with_layers(enabled.layers()))
}

pub(super) fn get_visible_layers(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetVisibleLayers,
) -> Answer<BoardLayers> {
    editor.require_board(request.board.as_ref())?;
    Ok(BoardLayers::new().with_layers(editor.document.visible_layers.iter().copied()))
}

pub(super) fn set_visible_layers(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: SetVisibleLayers,
) -> Answer<()> {
    editor.require_board(request.board.as_ref())?;
    let document = &mut editor.document;
    let enabled = LayerSet::of(&document.enabled_layers);
    document.visible_layers = LayerSet::of(&request.layers).intersection(enabled).layers();
    Ok(())
}

pub(super) fn get_active_layer(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetActiveLayer,
) -> Answer<BoardLayerResponse> {
    editor.require_board(request.board.as_ref())?;
    Ok(BoardLayerResponse::new().with_layer(editor.document.active_layer))
}

pub(super) fn set_active_layer(editor: &mut Editor, _call: &Call<'_>, request: SetActiveLayer) -> Answer<()> {
    editor.require_board(request.board.as_ref())?;
    if !LayerSet::of(&editor.document.enabled_layers).has(request.layer) {
        let name = layers::name_in_errors(request.layer);
        return Err(Refusal::bad_request(format!("Layer {name} is not a valid layer for the given board")));
    }
    editor.document.active_layer = request.layer;
    Ok(())
}

pub(super) fn get_board_layer_name(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetBoardLayerName,
) -> Answer<BoardLayerNameResponse> {
    editor.require_board(request.board.as_ref())?;
    let name = match editor.document.layer_names.get(&request.layer) {
        Some(name) => name.clone(),
        None if request.layer == BoardLayer::UNSELECTED && editor.has(Habit::NameOfUnselectedLayer) => {
            "In-2.Cu".to_owned()
        }
        None => layers::shown_name(request.layer).to_owned(),
    };
    Ok(BoardLayerNameResponse::new().with_name(name))
}

pub(super) fn get_board_layer_by_name(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetBoardLayerByName,
) -> Answer<BoardLayerResponse> {
    editor.require_board(request.board.as_ref())?;
    let given = |layer: BoardLayer| editor.document.layer_names.get(&layer);
    let is_meant = |&layer: &BoardLayer| match request.name.as_str() {
        // A layer without a name of its own has an empty one, which is found too.
        "" => given(layer).is_some_and(|name| *name == layers::name_on_file(layer)),
        name => given(layer).is_some_and(|given| given == name) || layers::name_on_file(layer) == name,
    };
    let layer = layers::all().find(is_meant);
    let layer = layer.or_else(|| layers::all().find(|&layer| layers::shown_name(layer) == request.name));
    Ok(BoardLayerResponse::new().with_layer(layer.unwrap_or(BoardLayer::UNDEFINED)))
}
