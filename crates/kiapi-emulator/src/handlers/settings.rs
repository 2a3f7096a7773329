//! Settings of the board and of how it is shown.

use kiapi_gen::board::commands::{
    BoardEditorAppearanceSettings, BoardFlipMode, BoardOriginType, BoardStackupResponse,
    GetBoardEditorAppearanceSettings, GetBoardOrigin, GetBoardStackup, GetGraphicsDefaults,
    GraphicsDefaultsResponse, InactiveLayerDisplayMode, NetColorDisplayMode, RatsnestDisplayMode,
    SetBoardEditorAppearanceSettings, SetBoardOrigin,
};
use kiapi_gen::common::types::Vector2;
use kiapi_server::{Answer, Call, Refusal};

use crate::Editor;
use crate::document::Document;
use crate::document::net_classes::cut;

pub(super) fn get_board_stackup(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetBoardStackup,
) -> Answer<BoardStackupResponse> {
    editor.require_board(request.board.as_ref())?;
    Ok(BoardStackupResponse::new().with_stackup(editor.document.stackup.clone()))
}

pub(super) fn get_graphics_defaults(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetGraphicsDefaults,
) -> Answer<GraphicsDefaultsResponse> {
    editor.require_board(request.board.as_ref())?;
    Ok(GraphicsDefaultsResponse::new().with_defaults(editor.document.graphics_defaults.clone()))
}

pub(super) fn get_board_origin(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetBoardOrigin,
) -> Answer<Vector2> {
    editor.require_board(request.board.as_ref())?;
    origin(&mut editor.document, request.r#type).cloned()
}

pub(super) fn set_board_origin(editor: &mut Editor, _call: &Call<'_>, request: SetBoardOrigin) -> Answer<()> {
    editor.require_board(request.board.as_ref())?;
    let sent = request.origin.unwrap_or_default();
    *origin(&mut editor.document, request.r#type)? =
        Vector2::new().with_x_nm(cut(sent.x_nm)).with_y_nm(cut(sent.y_nm));
    Ok(())
}

fn origin(document: &mut Document, kind: BoardOriginType) -> Answer<&mut Vector2> {
    match kind {
        BoardOriginType::GRID => Ok(&mut document.grid_origin),
        BoardOriginType::DRILL => Ok(&mut document.drill_origin),
        _ => Err(Refusal::bad_request("Unexpected origin type")),
    }
}

pub(super) fn get_board_editor_appearance_settings(
    editor: &mut Editor,
    _call: &Call<'_>,
    _request: GetBoardEditorAppearanceSettings,
) -> Answer<BoardEditorAppearanceSettings> {
    Ok(editor.document.appearance.clone())
}

pub(super) fn set_board_editor_appearance_settings(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: SetBoardEditorAppearanceSettings,
) -> Answer<()> {
    let sent = request.settings.unwrap_or_default();
    // What is missing or unknown is set too.
    editor.document.appearance = BoardEditorAppearanceSettings::new()
        .with_inactive_layer_display(known(sent.inactive_layer_display, InactiveLayerDisplayMode::NORMAL))
        .with_net_color_display(known(sent.net_color_display, NetColorDisplayMode::RATSNEST))
        .with_board_flip(known(sent.board_flip, BoardFlipMode::NORMAL))
        .with_ratsnest_display(known(sent.ratsnest_display, RatsnestDisplayMode::ALL_LAYERS));
    Ok(())
}

fn known<E: kiapi_gen::OpenEnum + Default + PartialEq>(sent: E, otherwise: E) -> E {
    if sent.is_known() && sent != E::default() { sent } else { otherwise }
}
