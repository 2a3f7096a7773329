//! Commands about documents: open ones, saving, reverting, title block, and as a string.

use kiapi::ErrorKind;
use kiapi::api::common::commands::{
    GetOpenDocuments, GetTitleBlockInfo, ParseAndCreateItemsFromString, RevertDocument, SaveCopyOfDocument,
    SaveDocument, SaveDocumentToString, SaveOptions, SaveSelectionToString, SetTitleBlockInfo,
};
use kiapi::api::common::types::{DocumentType, TitleBlockInfo};

use super::{Case, case};
use crate::session::{Outcome, Session, check, check_eq};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case::<GetOpenDocuments>(get_open_documents),
        case::<GetTitleBlockInfo>(get_title_block_info),
        case::<SetTitleBlockInfo>(set_title_block_info),
        case::<SaveDocument>(save_document),
        case::<SaveCopyOfDocument>(save_copy_of_document),
        case::<RevertDocument>(revert_document),
        case::<SaveDocumentToString>(save_document_to_string),
        case::<SaveSelectionToString>(save_selection_to_string),
        case::<ParseAndCreateItemsFromString>(parse_and_create_items_from_string),
    ]
}

fn get_open_documents(session: &Session) -> Outcome {
    let documents = session.call(&GetOpenDocuments::new().with_type(DocumentType::PCB))?.documents;
    check_eq(documents.len(), 1, "the number of open boards")?;
    // No schematic editor is open, so nobody answers for schematics.
    let error = session.refused(&GetOpenDocuments::new().with_type(DocumentType::SCHEMATIC))?;
    check_eq(error.kind(), ErrorKind::Unhandled, "the answer about schematics")
}

fn get_title_block_info(session: &Session) -> Outcome {
    let title = session.call(&GetTitleBlockInfo::new().with_document(session.board()))?.title;
    let in_file = format!("(title \"{title}\")");
    let text = std::fs::read_to_string(session.board_file())?;
    check(title.is_empty() || text.contains(&in_file), || format!("the board file has no {in_file}"))
}

fn set_title_block_info(session: &Session) -> Outcome {
    let before = session.call(&GetTitleBlockInfo::new().with_document(session.board()))?;
    let changed: TitleBlockInfo = before.clone().with_company("kiapi live");
    let set = |info| SetTitleBlockInfo::new().with_document(session.board()).with_title_block(info);
    session.call(&set(changed.clone()))?;
    let after = session.call(&GetTitleBlockInfo::new().with_document(session.board()))?;
    session.call(&set(before))?;
    check_eq(after, changed, "the title block")
}

fn save_document(session: &Session) -> Outcome {
    session.call(&SaveDocument::new().with_document(session.board()))?;
    let text = std::fs::read_to_string(session.board_file())?;
    check(text.starts_with("(kicad_pcb"), || "the saved file is no board".to_owned())
}

fn save_copy_of_document(session: &Session) -> Outcome {
    let path = session.board_file().with_file_name("kiapi-live-copy.kicad_pcb");
    // KiCad may run in another root, where the folder of its board has another name.
    let folder = session.board().project.map(|project| project.path).unwrap_or_default();
    let as_kicad_sees_it = std::path::Path::new(&folder).join("kiapi-live-copy.kicad_pcb");
    let options = SaveOptions::new().with_overwrite(true).with_include_project(false);
    let save = SaveCopyOfDocument::new().with_document(session.board()).with_options(options);
    session.call(&save.with_path(as_kicad_sees_it.to_string_lossy()))?;
    let text = std::fs::read_to_string(path)?;
    check(text.starts_with("(kicad_pcb"), || "the copy is no board".to_owned())
}

fn revert_document(session: &Session) -> Outcome {
    session.call(&RevertDocument::new().with_document(session.board()))?;
    session.call(&GetOpenDocuments::new().with_type(DocumentType::PCB)).map(drop)
}

fn save_document_to_string(session: &Session) -> Outcome {
    let saved = session.call(&SaveDocumentToString::new().with_document(session.board()))?;
    check(saved.contents.starts_with("(kicad_pcb"), || "the contents are no board".to_owned())
}

fn save_selection_to_string(session: &Session) -> Outcome {
    session.call(&SaveSelectionToString::new()).map(drop)
}

fn parse_and_create_items_from_string(session: &Session) -> Outcome {
    let contents = session.call(&SaveDocumentToString::new().with_document(session.board()))?.contents;
    let parse = ParseAndCreateItemsFromString::new().with_document(session.board()).with_contents(contents);
    // KiCad does nothing so far, and says so with an empty answer.
    check_eq(session.call(&parse)?.created_items.len(), 0, "the number of created items")
}
