//! Commits: changes that become one step of undo.

use kiapi_gen::common::commands::{BeginCommit, BeginCommitResponse, EndCommit, EndCommitResponse};
use kiapi_server::{Answer, Call, Refusal};

use crate::Editor;

pub(super) fn begin_commit(
    editor: &mut Editor,
    call: &Call<'_>,
    request: BeginCommit,
) -> Answer<BeginCommitResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn end_commit(
    editor: &mut Editor,
    call: &Call<'_>,
    request: EndCommit,
) -> Answer<EndCommitResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}
