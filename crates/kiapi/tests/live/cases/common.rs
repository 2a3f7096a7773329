//! Commands that any KiCad answers: version, paths, texts, net classes, text variables.

use std::path::Path;

use kiapi::ErrorKind;
use kiapi::api::common::commands::{
    ExpandTextVariables, GetKiCadBinaryPath, GetNetClasses, GetPluginSettingsPath, GetTextAsShapes,
    GetTextExtents, GetTextVariables, GetVersion, Ping, RunAction, RunActionStatus, SetNetClasses,
    SetTextVariables, TextOrTextBox,
};
use kiapi::api::common::project::{NetClass, NetClassType, TextVariables};
use kiapi::api::common::types::{MapMergeMode, Text, TextAttributes, Vector2};

use super::{Case, case};
use crate::session::{Outcome, Session, check, check_eq};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case::<Ping>(ping),
        case::<GetVersion>(get_version),
        case::<GetKiCadBinaryPath>(get_kicad_binary_path),
        case::<GetPluginSettingsPath>(get_plugin_settings_path),
        case::<GetTextExtents>(get_text_extents),
        case::<GetTextAsShapes>(get_text_as_shapes),
        case::<GetNetClasses>(get_net_classes),
        case::<SetNetClasses>(set_net_classes),
        case::<GetTextVariables>(get_text_variables),
        case::<SetTextVariables>(set_text_variables),
        case::<ExpandTextVariables>(expand_text_variables),
        case::<RunAction>(run_action),
    ]
}

fn ping(session: &Session) -> Outcome {
    session.call(&Ping::new())
}

fn get_version(session: &Session) -> Outcome {
    let version = session.call(&GetVersion::new())?.version.ok_or("no version")?;
    check_eq(kiapi::ApiVersion::from(&version), session.version(), "the version")?;
    let text = format!("{}.{}.{}", version.major, version.minor, version.patch);
    check(version.full_version.starts_with(&text), || {
        format!("{} does not begin with {text}", version.full_version)
    })
}

fn get_kicad_binary_path(session: &Session) -> Outcome {
    let path = session.call(&GetKiCadBinaryPath::new().with_binary_name("kicad-cli"))?.path;
    check_eq(
        Path::new(&path).file_name().and_then(|name| name.to_str()),
        Some("kicad-cli"),
        "the file's name",
    )
}

fn get_plugin_settings_path(session: &Session) -> Outcome {
    let valid = GetPluginSettingsPath::new().with_identifier("org.kiapi.live");
    let invalid = GetPluginSettingsPath::new().with_identifier("not an identifier");
    // KiCad 9 has the check of the identifier the wrong way round.
    let (taken, refused) = if session.version().major == 9 { (invalid, valid) } else { (valid, invalid) };
    let path = session.call(&taken)?.response;
    check(path.ends_with(&taken.identifier), || format!("{path} does not end in {}", taken.identifier))?;
    check_eq(session.refused(&refused)?.kind(), ErrorKind::BadRequest, "the kind of the refusal")
}

fn some_text() -> Text {
    let attributes = TextAttributes::new()
        .with_size(Vector2::new().with_x_nm(1_000_000).with_y_nm(1_000_000))
        .with_line_spacing(1.0);
    Text::new().with_position(Vector2::new()).with_attributes(attributes).with_text("kiapi")
}

fn get_text_extents(session: &Session) -> Outcome {
    let size = session.call(&GetTextExtents::new().with_text(some_text()))?.size.ok_or("no size")?;
    // Five letters of a millimetre.
    check((1_000_000..10_000_000).contains(&size.x_nm), || format!("the text is {} nm wide", size.x_nm))?;
    check((500_000..5_000_000).contains(&size.y_nm), || format!("the text is {} nm high", size.y_nm))
}

fn get_text_as_shapes(session: &Session) -> Outcome {
    let text = TextOrTextBox::new().with_text(some_text());
    let rows = session.call(&GetTextAsShapes::new().with_text([text]))?.text_with_shapes;
    let [row] = rows.as_slice() else {
        return Err(format!("{} rows for one text", rows.len()).into());
    };
    let shapes = row.shapes.as_ref().map_or(0, |shapes| shapes.shapes.len());
    check(shapes >= 5, || format!("five letters are {shapes} shapes"))
}

fn get_net_classes(session: &Session) -> Outcome {
    let classes = session.call(&GetNetClasses::new())?.net_classes;
    check(classes.iter().any(|class| class.name == "Default"), || "there is no class Default".to_owned())
}

fn set_net_classes(session: &Session) -> Outcome {
    // A class of another type than implicit makes KiCad crash when it saves.
    let class = NetClass::new().with_name("kiapi_live").with_type(NetClassType::IMPLICIT).with_priority(7);
    session.call(&SetNetClasses::new().with_net_classes([class]).with_merge_mode(MapMergeMode::MERGE))?;
    let classes = session.call(&GetNetClasses::new())?.net_classes;
    check(classes.iter().any(|class| class.name == "Default"), || {
        "merging has dropped the class Default".to_owned()
    })
}

fn get_text_variables(session: &Session) -> Outcome {
    session.call(&GetTextVariables::new().with_document(session.project())).map(drop)
}

fn set_text_variables(session: &Session) -> Outcome {
    let document = session.project();
    let variables = TextVariables::new().with_variables([("KIAPI_LIVE", "was here")]);
    let set = SetTextVariables::new().with_document(document.clone()).with_variables(variables);
    session.call(&set.with_merge_mode(MapMergeMode::MERGE))?;
    let variables = session.call(&GetTextVariables::new().with_document(document))?.variables;
    check_eq(variables.get("KIAPI_LIVE").map(String::as_str), Some("was here"), "the variable")
}

fn expand_text_variables(session: &Session) -> Outcome {
    let texts = ["plain", "${KIAPI_NOT_THERE}"];
    let expanded =
        session.call(&ExpandTextVariables::new().with_document(session.board()).with_text(texts))?.text;
    check_eq(expanded.len(), 2, "the number of texts")?;
    check_eq(expanded[0].as_str(), "plain", "a text without a variable")
}

fn run_action(session: &Session) -> Outcome {
    let status = session.call(&RunAction::new().with_action("kiapi.no.such.action"))?.status;
    check_eq(status, RunActionStatus::INVALID, "the status of an unknown action")?;
    let status = session.call(&RunAction::new().with_action("common.Control.zoomFitScreen"))?.status;
    check_eq(status, RunActionStatus::OK, "the status of zooming")
}
