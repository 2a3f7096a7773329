//! What a board has beside its items, compared.

use kiapi::Command;
use kiapi::api::board::commands::{
    BoardOriginType, GetBoardEnabledLayers, GetBoardOrigin, GetBoardStackup, GetGraphicsDefaults, GetNets,
};
use kiapi::api::common::commands::{GetNetClasses, GetTextVariables, GetTitleBlockInfo};
use kiapi::snapshot::Snapshot;
use serde_json::{Value, json};

use crate::change::{Difference, between_values};

/// A part of the settings that is different.
pub(crate) struct Section {
    /// As JSON has it.
    pub(crate) name: &'static str,
    /// As people read it.
    pub(crate) title: &'static str,
    pub(crate) fields: Vec<Difference>,
}

/// The parts that are different. What one of the two does not tell is not compared.
pub(super) fn compare(before: &Snapshot, after: &Snapshot) -> anyhow::Result<Vec<Section>> {
    let mut sections = Vec::new();
    let mut add = |name, title, values: [Option<Value>; 2]| {
        if let [Some(before), Some(after)] = values {
            let fields = between_values(&before, &after);
            if !fields.is_empty() {
                sections.push(Section { name, title, fields });
            }
        }
    };
    let both = [before, after];
    add("title", "Title block", each(both, answer::<GetTitleBlockInfo>)?);
    add("variables", "Text variables", each(both, answer::<GetTextVariables>)?);
    add("layers", "Layers", each(both, answer::<GetBoardEnabledLayers>)?);
    add("stackup", "Stackup", each(both, answer::<GetBoardStackup>)?);
    add("nets", "Nets", each(both, nets)?);
    add("classes", "Net classes", each(both, answer::<GetNetClasses>)?);
    add("origins", "Origins", each(both, origins)?);
    add("defaults", "Defaults of graphics", each(both, answer::<GetGraphicsDefaults>)?);
    Ok(sections)
}

fn each(
    snapshots: [&Snapshot; 2],
    get: fn(&Snapshot) -> anyhow::Result<Option<Value>>,
) -> anyhow::Result<[Option<Value>; 2]> {
    let [before, after] = snapshots.map(get);
    Ok([before?, after?])
}

/// The answer to a command, if the snapshot has one.
fn answer<C: Command>(snapshot: &Snapshot) -> anyhow::Result<Option<Value>>
where
    C::Response: serde::Serialize,
{
    match snapshot.answers::<C>().next() {
        Some(answer) => Ok(Some(serde_json::to_value(answer?.1)?)),
        None => Ok(None),
    }
}

/// The names alone: codes are given anew whenever a board is loaded.
fn nets(snapshot: &Snapshot) -> anyhow::Result<Option<Value>> {
    match snapshot.answers::<GetNets>().next() {
        Some(answer) => {
            let names: Vec<String> = answer?.1.nets.into_iter().map(|net| net.name).collect();
            Ok(Some(json!({ "names": names })))
        }
        None => Ok(None),
    }
}

fn origins(snapshot: &Snapshot) -> anyhow::Result<Option<Value>> {
    let mut origins = serde_json::Map::new();
    for answer in snapshot.answers::<GetBoardOrigin>() {
        let (asked, at) = answer?;
        let name = match asked.r#type {
            BoardOriginType::GRID => "grid".to_owned(),
            BoardOriginType::DRILL => "drill".to_owned(),
            other => format!("{other:?}"),
        };
        origins.insert(name, json!({ "xNm": at.x_nm.to_string(), "yNm": at.y_nm.to_string() }));
    }
    Ok((!origins.is_empty()).then_some(Value::Object(origins)))
}
