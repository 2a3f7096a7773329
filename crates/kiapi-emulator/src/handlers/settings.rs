//! Settings of the board and of its editor.

use kiapi_gen::board::commands::{
    BoardEditorAppearanceSettings, BoardStackupResponse, GetBoardEditorAppearanceSettings, GetBoardOrigin,
    GetBoardStackup, GetGraphicsDefaults, GraphicsDefaultsResponse, SetBoardEditorAppearanceSettings,
    SetBoardOrigin,
};
use kiapi_gen::common::types::Vector2;
use kiapi_server::{Answer, Call, Refusal};

use crate::Editor;

pub(super) fn get_board_stackup(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetBoardStackup,
) -> Answer<BoardStackupResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_graphics_defaults(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetGraphicsDefaults,
) -> Answer<GraphicsDefaultsResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_board_origin(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetBoardOrigin,
) -> Answer<Vector2> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn set_board_origin(editor: &mut Editor, call: &Call<'_>, request: SetBoardOrigin) -> Answer<()> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_board_editor_appearance_settings(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetBoardEditorAppearanceSettings,
) -> Answer<BoardEditorAppearanceSettings> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn set_board_editor_appearance_settings(
    editor: &mut Editor,
    call: &Call<'_>,
    request: SetBoardEditorAppearanceSettings,
) -> Answer<()> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}
