//! The selection.

use kiapi_gen::OpenEnum as _;
use kiapi_gen::board::types::Item;
use kiapi_gen::common::commands::{
    AddToSelection, ClearSelection, GetSelection, RemoveFromSelection, SaveSelectionToString,
    SavedSelectionResponse, SelectionResponse,
};
use kiapi_gen::common::types::{KiCadObjectType, Kiid};
use kiapi_server::{Answer, Call};

use crate::document::items;
use crate::editor::ByHand;
use crate::{Editor, Line};

/// The items that are selected; of certain types if any are given.
fn selected(editor: &Editor, types: &[KiCadObjectType]) -> SelectionResponse {
    // A type that this KiCad does not know is none.
    let is_known = |kind: &KiCadObjectType| {
        let is_newer = *kind == KiCadObjectType::PCB_BARCODE && editor.version < Line::V10_0;
        kind.0 != 0 && kind.is_known() && !is_newer
    };
    let is_any = !types.iter().any(is_known);
    let wanted = |item: &Item| is_any || items::kind(item).is_some_and(|kind| types.contains(&kind));
    let store = &editor.document.items;
    let items = editor.document.selection.iter().filter_map(|id| store.find(id)).filter(wanted);
    SelectionResponse::new().with_items(items.map(|item| item.to_any()))
}

pub(super) fn get_selection(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetSelection,
) -> Answer<SelectionResponse> {
    editor.is_here(request.header.as_ref())?;
    Ok(selected(editor, &request.types))
}

/// Selects these too, those of them that there are.
pub(super) fn select(editor: &mut Editor, items: Vec<Kiid>) {
    for Kiid { value: id, .. } in items {
        let document = &mut editor.document;
        let is_new = !document.selection.iter().any(|selected| selected.eq_ignore_ascii_case(&id));
        // What lies in a footprint that is selected is selected with it.
        let selected = &document.selection;
        let inside = document.items.find_with_footprint(&id).is_some_and(|(_, footprint)| {
            let own = footprint.id.unwrap_or_default().value;
            selected.iter().any(|id| id.eq_ignore_ascii_case(&own))
        });
        if is_new && !inside && document.items.find(&id).is_some() {
            document.selection.push(id.into());
        }
    }
}

pub(super) fn add_to_selection(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: AddToSelection,
) -> Answer<SelectionResponse> {
    editor.is_here(request.header.as_ref())?;
    select(editor, request.items);
    editor.begin_interactive_move();
    Ok(selected(editor, &[]))
}

pub(super) fn remove_from_selection(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: RemoveFromSelection,
) -> Answer<SelectionResponse> {
    editor.is_here(request.header.as_ref())?;
    let gone = |id: &String| request.items.iter().any(|asked| asked.value.eq_ignore_ascii_case(id));
    editor.document.selection.retain(|id| !gone(id));
    Ok(selected(editor, &[]))
}

pub(super) fn clear_selection(editor: &mut Editor, _call: &Call<'_>, request: ClearSelection) -> Answer<()> {
    editor.is_here(request.header.as_ref())?;
    editor.document.selection.clear();
    // A move that was asked for begins, finds nothing to move, and is over.
    if editor.by_hand == ByHand::AskedFor {
        editor.by_hand = ByHand::No;
    }
    Ok(())
}

pub(super) fn save_selection_to_string(
    editor: &mut Editor,
    _call: &Call<'_>,
    _request: SaveSelectionToString,
) -> Answer<SavedSelectionResponse> {
    let _ = editor;
    // KiCad says nothing of the ids, and for no selection nothing at all.
    Ok(SavedSelectionResponse::new())
}
