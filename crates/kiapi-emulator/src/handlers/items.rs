//! Items: read, create, update, delete, flip, move.

use kiapi_gen::board::commands::{
    FlipItems, FlipItemsResponse, GetConnectedItems, GetItemsByNet, GetItemsByNetClass, InjectDrcError,
    InjectDrcErrorResponse, InteractiveMoveItems,
};
use kiapi_gen::common::commands::{
    CreateItems, CreateItemsResponse, DeleteItems, DeleteItemsResponse, GetItems, GetItemsById,
    GetItemsResponse, ParseAndCreateItemsFromString, UpdateItems, UpdateItemsResponse,
};
use kiapi_server::{Answer, Call, Refusal};

use crate::Editor;

pub(super) fn get_items(editor: &mut Editor, call: &Call<'_>, request: GetItems) -> Answer<GetItemsResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_items_by_id(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetItemsById,
) -> Answer<GetItemsResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_items_by_net(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetItemsByNet,
) -> Answer<GetItemsResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_items_by_net_class(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetItemsByNetClass,
) -> Answer<GetItemsResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_connected_items(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetConnectedItems,
) -> Answer<GetItemsResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn create_items(
    editor: &mut Editor,
    call: &Call<'_>,
    request: CreateItems,
) -> Answer<CreateItemsResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn update_items(
    editor: &mut Editor,
    call: &Call<'_>,
    request: UpdateItems,
) -> Answer<UpdateItemsResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn delete_items(
    editor: &mut Editor,
    call: &Call<'_>,
    request: DeleteItems,
) -> Answer<DeleteItemsResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn flip_items(
    editor: &mut Editor,
    call: &Call<'_>,
    request: FlipItems,
) -> Answer<FlipItemsResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn parse_and_create_items_from_string(
    editor: &mut Editor,
    call: &Call<'_>,
    request: ParseAndCreateItemsFromString,
) -> Answer<CreateItemsResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn inject_drc_error(
    editor: &mut Editor,
    call: &Call<'_>,
    request: InjectDrcError,
) -> Answer<InjectDrcErrorResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn interactive_move_items(
    editor: &mut Editor,
    call: &Call<'_>,
    request: InteractiveMoveItems,
) -> Answer<()> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}
