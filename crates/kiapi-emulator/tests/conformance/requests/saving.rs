//! Saving, saving copies, and going back to what was saved.

use kiapi_gen::common::commands::{
    GetItems, GetSelection, RevertDocument, SaveCopyOfDocument, SaveDocument, SaveDocumentToString,
    SaveOptions,
};
use kiapi_gen::common::types::{DocumentSpecifier, DocumentType, KiCadObjectType as Kind};

use crate::peer::Outcome;
use crate::run::Run;

pub(super) fn run(run: &mut Run) -> Outcome {
    let document = run.board.document();
    let files = run.files().to_path_buf();
    run.call(&SaveDocumentToString::new().with_document(document.clone()))?;
    for name in
        ["copy.kicad_pcb", "copy.kicad_pcb", "no-extension", "copy.txt", "no/such/folder/copy.kicad_pcb"]
    {
        for (overwrite, include_project) in [(false, false), (true, false), (true, true), (false, true)] {
            let options = SaveOptions::new().with_overwrite(overwrite).with_include_project(include_project);
            let path = files.join(name).to_string_lossy().into_owned();
            let save = SaveCopyOfDocument::new().with_document(document.clone()).with_path(path);
            run.call(&save.clone().with_options(options))?;
            run.call(&save)?;
        }
    }
    run.call(&SaveDocument::new().with_document(document.clone()))?;
    let other = DocumentSpecifier::new().with_type(DocumentType::PCB).with_board_filename("other.kicad_pcb");
    for document in [other, DocumentSpecifier::new(), run.board.project()] {
        run.call(&SaveDocument::new().with_document(document.clone()))?;
        run.call(&RevertDocument::new().with_document(document))?;
    }
    run.call(&SaveDocument::new())?;
    run.call(&RevertDocument::new())?;
    // No commit is open here: this and an end of one afterwards crashes KiCad.
    run.call(&RevertDocument::new().with_document(document))?;
    for kind in [Kind::PCB_TRACE, Kind::PCB_FOOTPRINT, Kind::PCB_ZONE, Kind::PCB_SHAPE] {
        run.call(&GetItems::new().with_header(run.board.header()).with_types([kind]))?;
    }
    run.call(&GetSelection::new().with_header(run.board.header()))?;
    Ok(())
}
