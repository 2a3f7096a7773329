//! The selection.

use kiapi_gen::common::commands::{
    AddToSelection, ClearSelection, GetSelection, RemoveFromSelection, SaveSelectionToString,
    SavedSelectionResponse, SelectionResponse,
};
use kiapi_server::{Answer, Call, Refusal};

use crate::Editor;

pub(super) fn get_selection(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetSelection,
) -> Answer<SelectionResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn add_to_selection(
    editor: &mut Editor,
    call: &Call<'_>,
    request: AddToSelection,
) -> Answer<SelectionResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn remove_from_selection(
    editor: &mut Editor,
    call: &Call<'_>,
    request: RemoveFromSelection,
) -> Answer<SelectionResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn clear_selection(editor: &mut Editor, call: &Call<'_>, request: ClearSelection) -> Answer<()> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn save_selection_to_string(
    editor: &mut Editor,
    call: &Call<'_>,
    request: SaveSelectionToString,
) -> Answer<SavedSelectionResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}
