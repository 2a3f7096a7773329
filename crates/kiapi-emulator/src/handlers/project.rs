//! The project: net classes, text variables, the title block.

use kiapi_gen::common::commands::{
    ExpandTextVariables, ExpandTextVariablesResponse, GetNetClasses, GetTextVariables, GetTitleBlockInfo,
    NetClassesResponse, SetNetClasses, SetTextVariables, SetTitleBlockInfo,
};
use kiapi_gen::common::project::TextVariables;
use kiapi_gen::common::types::TitleBlockInfo;
use kiapi_server::{Answer, Call, Refusal};

use crate::Editor;

pub(super) fn get_net_classes(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetNetClasses,
) -> Answer<NetClassesResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn set_net_classes(editor: &mut Editor, call: &Call<'_>, request: SetNetClasses) -> Answer<()> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_text_variables(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetTextVariables,
) -> Answer<TextVariables> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn set_text_variables(
    editor: &mut Editor,
    call: &Call<'_>,
    request: SetTextVariables,
) -> Answer<()> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn expand_text_variables(
    editor: &mut Editor,
    call: &Call<'_>,
    request: ExpandTextVariables,
) -> Answer<ExpandTextVariablesResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_title_block_info(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetTitleBlockInfo,
) -> Answer<TitleBlockInfo> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn set_title_block_info(
    editor: &mut Editor,
    call: &Call<'_>,
    request: SetTitleBlockInfo,
) -> Answer<()> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}
