//! The project: net classes, text variables, the title block.

use kiapi_gen::common::commands::{
    ExpandTextVariables, ExpandTextVariablesResponse, GetNetClasses, GetTextVariables, GetTitleBlockInfo,
    NetClassesResponse, SetNetClasses, SetTextVariables, SetTitleBlockInfo,
};
use kiapi_gen::common::project::TextVariables;
use kiapi_gen::common::types::{DocumentSpecifier, DocumentType, MapMergeMode, TitleBlockInfo};
use kiapi_server::{Answer, Call, Refusal};

use crate::Editor;
use crate::text::variables;

pub(super) fn get_net_classes(
    editor: &mut Editor,
    _call: &Call<'_>,
    _request: GetNetClasses,
) -> Answer<NetClassesResponse> {
    Ok(NetClassesResponse::new().with_net_classes(editor.document.net_classes.iter().cloned()))
}

pub(super) fn set_net_classes(editor: &mut Editor, _call: &Call<'_>, request: SetNetClasses) -> Answer<()> {
    if request.merge_mode == MapMergeMode::REPLACE {
        editor.document.clear_net_classes();
    }
    for class in &request.net_classes {
        editor.document.set_net_class(class, editor.version);
    }
    Ok(())
}

pub(super) fn get_text_variables(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetTextVariables,
) -> Answer<TextVariables> {
    require_project(request.document.as_ref())?;
    Ok(TextVariables::new().with_variables(editor.document.text_variables.clone()))
}

pub(super) fn set_text_variables(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: SetTextVariables,
) -> Answer<()> {
    require_project(request.document.as_ref())?;
    if request.merge_mode == MapMergeMode::REPLACE {
        editor.document.text_variables.clear();
    }
    editor.document.text_variables.extend(request.variables.unwrap_or_default().variables);
    Ok(())
}

pub(super) fn expand_text_variables(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: ExpandTextVariables,
) -> Answer<ExpandTextVariablesResponse> {
    editor.require_board(request.document.as_ref())?;
    let lookup = |name: &str| editor.document.variable(name, editor.version);
    let expand = |text: &String| variables::expand(text, editor.version, &lookup);
    Ok(ExpandTextVariablesResponse::new().with_text(request.text.iter().map(expand)))
}

pub(super) fn get_title_block_info(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetTitleBlockInfo,
) -> Answer<TitleBlockInfo> {
    editor.require_board(request.document.as_ref())?;
    Ok(editor.document.title_block.clone())
}

pub(super) fn set_title_block_info(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: SetTitleBlockInfo,
) -> Answer<()> {
    editor.require_board(request.document.as_ref())?;
    let missing = || Refusal::bad_request("SetTitleBlockInfo requires title_block");
    editor.document.title_block = request.title_block.ok_or_else(missing)?;
    Ok(())
}

/// Any project is this one; what is none is not for the board editor.
fn require_project(document: Option<&DocumentSpecifier>) -> Answer<()> {
    match document {
        Some(document) if document.r#type == DocumentType::PROJECT => Ok(()),
        _ => Err(Refusal::unhandled()),
    }
}
