//! What is asked about the geometry of items.

use kiapi_gen::board::commands::{
    CheckPadstackPresenceOnLayers, GetPadShapeAsPolygon, PadShapeAsPolygonResponse, PadstackPresenceResponse,
};
use kiapi_gen::common::commands::{GetBoundingBox, GetBoundingBoxResponse, HitTest, HitTestResponse};
use kiapi_server::{Answer, Call, Refusal};

use crate::Editor;

pub(super) fn hit_test(editor: &mut Editor, call: &Call<'_>, request: HitTest) -> Answer<HitTestResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_bounding_box(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetBoundingBox,
) -> Answer<GetBoundingBoxResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_pad_shape_as_polygon(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetPadShapeAsPolygon,
) -> Answer<PadShapeAsPolygonResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn check_padstack_presence_on_layers(
    editor: &mut Editor,
    call: &Call<'_>,
    request: CheckPadstackPresenceOnLayers,
) -> Answer<PadstackPresenceResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}
