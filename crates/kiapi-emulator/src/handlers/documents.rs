//! The document as a whole: open, saved, reverted, filled.

use kiapi_gen::board::commands::RefillZones;
use kiapi_gen::common::commands::{
    GetOpenDocuments, GetOpenDocumentsResponse, RevertDocument, RunAction, RunActionResponse,
    SaveCopyOfDocument, SaveDocument, SaveDocumentToString, SavedDocumentResponse,
};
use kiapi_server::{Answer, Call, Refusal};

use crate::Editor;

pub(super) fn get_open_documents(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetOpenDocuments,
) -> Answer<GetOpenDocumentsResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn save_document(editor: &mut Editor, call: &Call<'_>, request: SaveDocument) -> Answer<()> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn save_copy_of_document(
    editor: &mut Editor,
    call: &Call<'_>,
    request: SaveCopyOfDocument,
) -> Answer<()> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn revert_document(editor: &mut Editor, call: &Call<'_>, request: RevertDocument) -> Answer<()> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn save_document_to_string(
    editor: &mut Editor,
    call: &Call<'_>,
    request: SaveDocumentToString,
) -> Answer<SavedDocumentResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn run_action(
    editor: &mut Editor,
    call: &Call<'_>,
    request: RunAction,
) -> Answer<RunActionResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn refill_zones(editor: &mut Editor, call: &Call<'_>, request: RefillZones) -> Answer<()> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}
