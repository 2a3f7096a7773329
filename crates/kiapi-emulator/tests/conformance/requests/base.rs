//! Commands that need no document.

use kiapi_gen::Any;
use kiapi_gen::common::commands::{
    GetKiCadBinaryPath, GetOpenDocuments, GetPluginSettingsPath, GetVersion, Ping, RefreshEditor, RunAction,
};
use kiapi_gen::common::types::{DocumentType, FrameType};

use crate::peer::Outcome;
use crate::run::Run;

pub(super) fn run(run: &mut Run) -> Outcome {
    for _ in 0..3 {
        run.call(&Ping::new())?;
        run.call(&GetVersion::new())?;
    }
    for kind in (0..=7).chain([99, -1]) {
        run.call(&GetOpenDocuments::new().with_type(DocumentType::from(kind)))?;
    }
    for name in ["kicad-cli", "kicad", "pcbnew", "eeschema", "", "no such program", "../kicad", "kicad cli"] {
        run.call(&GetKiCadBinaryPath::new().with_binary_name(name))?;
    }
    for name in [
        "org.kiapi.example",
        "com.example.some-tool",
        "",
        "example",
        "org/kiapi",
        "org.kiapi.",
        ".org",
        "org..kiapi",
        "org.kiapi.ä",
        "a.b",
        "org.kiapi.with space",
        "../../etc",
        "ORG.KIAPI.EXAMPLE",
        "1.2.3",
    ] {
        run.call(&GetPluginSettingsPath::new().with_identifier(name))?;
    }
    for frame in 0..=7 {
        run.any(Any::pack(&RefreshEditor::new().with_frame(FrameType::from(frame))))?;
    }
    // None of these opens a dialog.
    for action in [
        "",
        "no.such.action",
        "pcbnew",
        "pcbnew.EditorControl.noSuchAction",
        "common.Control.zoomRedraw",
        "common.Interactive.cancel",
        "common.Control.gridFast1",
        "common.Control.zoomFitScreen",
        "COMMON.CONTROL.ZOOMREDRAW",
        "eeschema.EditorControl.annotate",
        "common.Control.zoomRedraw ",
    ] {
        run.call(&RunAction::new().with_action(action))?;
    }
    Ok(())
}
