//! Commands that need no document.

use kiapi_gen::common::commands::{
    GetKiCadBinaryPath, GetPluginSettingsPath, GetTextAsShapes, GetTextAsShapesResponse, GetTextExtents,
    GetVersion, GetVersionResponse, PathResponse, Ping, StringResponse,
};
use kiapi_gen::common::types::Box2;
use kiapi_server::{Answer, Call, Refusal};

use crate::Editor;

pub(super) fn ping(editor: &mut Editor, call: &Call<'_>, request: Ping) -> Answer<()> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_version(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetVersion,
) -> Answer<GetVersionResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_kicad_binary_path(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetKiCadBinaryPath,
) -> Answer<PathResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_plugin_settings_path(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetPluginSettingsPath,
) -> Answer<StringResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_text_extents(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetTextExtents,
) -> Answer<Box2> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_text_as_shapes(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetTextAsShapes,
) -> Answer<GetTextAsShapesResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}
