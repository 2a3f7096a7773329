//! Names and numbers of layers, compared with KiCad's.

use kiapi::Layer;
use kiapi::api::board::commands::{GetBoardLayerByName, GetBoardLayerName};
use kiapi::api::common::commands::SaveDocumentToString;
use kiapi::{Command, OpenEnum};

use super::Check;
use crate::session::{Outcome, Session, check, check_eq};

pub(super) fn checks() -> Vec<Check> {
    vec![Check { name: "layers_are_called_what_kicad_calls_them", run: names }]
}

fn names(session: &Session) -> Outcome {
    // The table in the board's file: number, name, what it is for, and maybe the name that its owner gave.
    let text = session.call(&SaveDocumentToString::new().with_document(session.board()))?.contents;
    let table = text.split_once("(layers").map(|(_, rest)| rest).ok_or("the board has no layers")?;
    let mut given = Vec::new();
    let mut enabled = Vec::new();
    for row in table.lines().skip(1).map(str::trim).take_while(|row| row.starts_with('(')) {
        let mut words = row.trim_matches(['(', ')']).split_whitespace();
        let number =
            words.next().and_then(|word| word.parse().ok()).ok_or_else(|| format!("no number in {row}"))?;
        let name = words.next().map(|word| word.trim_matches('"')).unwrap_or_default();
        let layer =
            Layer::from_file_number(number).ok_or_else(|| format!("no layer has the number {number}"))?;
        check_eq(layer.canonical_name(), Some(name), "the name in the file")?;
        check_eq(Layer::from_canonical_name(name), Some(layer), "the layer of a name")?;
        if let [_, _, _, name, _] = row.split('"').collect::<Vec<_>>()[..] {
            given.push((layer, name));
        }
        enabled.push(layer);
    }
    check(enabled.len() >= 10, || format!("the board has {} layers", enabled.len()))?;

    if GetBoardLayerName::SINCE > session.version() {
        return Ok(());
    }
    for layer in Layer::all() {
        let get = GetBoardLayerName::new().with_board(session.board()).with_layer(layer);
        let name = session.call(&get)?.name;
        let given = given.iter().find(|(named, _)| *named == layer).map(|(_, name)| *name);
        check_eq(given.or(layer.default_name()), Some(name.as_str()), layer.name().unwrap_or_default())?;
        // KiCad finds only the layers that the board has.
        if GetBoardLayerByName::SINCE <= session.version() && enabled.contains(&layer) {
            let canonical = layer.canonical_name().unwrap_or_default();
            let get = GetBoardLayerByName::new().with_board(session.board()).with_name(canonical);
            check_eq(session.call(&get)?.layer, layer, canonical)?;
        }
    }
    Ok(())
}
