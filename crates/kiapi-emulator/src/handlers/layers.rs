//! Layers: enabled, visible, active, by name.

use kiapi_gen::board::commands::{
    BoardEnabledLayersResponse, BoardLayerNameResponse, BoardLayerResponse, BoardLayers, GetActiveLayer,
    GetBoardEnabledLayers, GetBoardLayerByName, GetBoardLayerName, GetVisibleLayers, SetActiveLayer,
    SetBoardEnabledLayers, SetVisibleLayers,
};
use kiapi_server::{Answer, Call, Refusal};

use crate::Editor;

pub(super) fn get_board_enabled_layers(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetBoardEnabledLayers,
) -> Answer<BoardEnabledLayersResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn set_board_enabled_layers(
    editor: &mut Editor,
    call: &Call<'_>,
    request: SetBoardEnabledLayers,
) -> Answer<BoardEnabledLayersResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_visible_layers(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetVisibleLayers,
) -> Answer<BoardLayers> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn set_visible_layers(
    editor: &mut Editor,
    call: &Call<'_>,
    request: SetVisibleLayers,
) -> Answer<()> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_active_layer(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetActiveLayer,
) -> Answer<BoardLayerResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn set_active_layer(editor: &mut Editor, call: &Call<'_>, request: SetActiveLayer) -> Answer<()> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_board_layer_name(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetBoardLayerName,
) -> Answer<BoardLayerNameResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_board_layer_by_name(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetBoardLayerByName,
) -> Answer<BoardLayerResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}
