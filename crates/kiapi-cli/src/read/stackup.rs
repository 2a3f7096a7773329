//! `kiapi stackup`: the materials of the board, from the front to the back.

use kiapi::Nm;
use kiapi::api::board::board_stackup_layer::Details;
use kiapi::api::board::{BoardStackup, BoardStackupDielectricType, BoardStackupLayer, BoardStackupLayerType};
use serde_json::{Value, json};

use super::whole_board;
use crate::columns::{Chosen, Column, column, layer, mm, more, words};
use crate::output::{self, Format};
use crate::table::say;
use crate::target::Target;

/// Show the materials of the board, from the front to the back
#[derive(Debug, clap::Args)]
#[command(after_help = "A dielectric of several sheets is several rows.

Examples:
  kiapi stackup
  kiapi stackup --columns layer,thickness_mm
  kiapi stackup --json")]
pub(crate) struct Args {
    #[command(flatten)]
    columns: Chosen,
    #[command(flatten)]
    target: Target,
}

/// A layer, or a sheet of one.
#[derive(Clone, Copy)]
struct Row<'a> {
    layer: &'a BoardStackupLayer,
    thickness: Option<Nm>,
    material: &'a str,
    epsilon_r: Option<f64>,
    loss_tangent: Option<f64>,
    is_locked: Option<bool>,
    /// KiCad 9 does not say it.
    is_enabled: Option<bool>,
}

fn columns<'a>() -> Vec<Column<Row<'a>>> {
    vec![
        column("layer", "Layer", |row| layer(row.layer.layer)),
        column("name", "Name", |row| words(&row.layer.user_name)),
        column("type", "What it is", |row| json!(what(row.layer))),
        column("thickness_mm", "Thickness in mm>", |row| mm(row.thickness)),
        column("material", "Material", |row| words(row.material)),
        column("epsilon_r", "Epsilon r>", |row| json!(row.epsilon_r)),
        column("loss_tangent", "Loss tangent>", |row| json!(row.loss_tangent)),
        more("thickness_locked", "Locked", |row| json!(row.is_locked)),
        more("enabled", "Enabled", |row| json!(row.is_enabled)),
        more("color", "Color", |row| colour(row.layer)),
    ]
}

fn what(layer: &BoardStackupLayer) -> String {
    match (layer.r#type, &layer.details) {
        (BoardStackupLayerType::COPPER, _) => "copper".to_owned(),
        (BoardStackupLayerType::SILKSCREEN, _) => "silkscreen".to_owned(),
        (BoardStackupLayerType::SOLDERMASK, _) => "solder mask".to_owned(),
        (BoardStackupLayerType::SOLDERPASTE, _) => "solder paste".to_owned(),
        (BoardStackupLayerType::DIELECTRIC, Some(Details::Dielectric(dielectric))) => match dielectric.r#type
        {
            BoardStackupDielectricType::CORE => "core".to_owned(),
            BoardStackupDielectricType::PREPREG => "prepreg".to_owned(),
            _ => "dielectric".to_owned(),
        },
        (BoardStackupLayerType::DIELECTRIC, _) => "dielectric".to_owned(),
        (other, _) => format!("{other:?}").to_lowercase(),
    }
}

fn colour(layer: &BoardStackupLayer) -> Value {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and 255")]
    let byte = |part: f64| (part.clamp(0.0, 1.0) * 255.0).round() as u8;
    let of = layer.color.as_ref();
    json!(of.map(|it| format!("#{:02x}{:02x}{:02x}{:02x}", byte(it.r), byte(it.g), byte(it.b), byte(it.a))))
}

fn rows(stackup: &BoardStackup) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let is_said = stackup.layers.iter().any(|layer| layer.enabled);
    for layer in &stackup.layers {
        let thickness = layer.thickness.as_ref().map(|it| Nm(it.value_nm));
        let plain = Row {
            layer,
            thickness,
            material: &layer.material_name,
            epsilon_r: None,
            loss_tangent: None,
            is_locked: None,
            is_enabled: is_said.then_some(layer.enabled),
        };
        match &layer.details {
            Some(Details::Dielectric(dielectric)) if !dielectric.layer.is_empty() => {
                rows.extend(dielectric.layer.iter().map(|sheet| Row {
                    thickness: sheet.thickness.as_ref().map(|it| Nm(it.value_nm)).or(thickness),
                    material: &sheet.material_name,
                    epsilon_r: Some(sheet.epsilon_r),
                    loss_tangent: Some(sheet.loss_tangent),
                    is_locked: Some(sheet.thickness_locked),
                    ..plain
                }));
            }
            Some(Details::Soldermask(mask)) => rows.push(Row {
                epsilon_r: Some(mask.epsilon_r),
                loss_tangent: Some(mask.loss_tangent),
                material: if mask.material_name.is_empty() {
                    &layer.material_name
                } else {
                    &mask.material_name
                },
                ..plain
            }),
            Some(Details::Silkscreen(silk)) => rows.push(Row {
                material: if silk.material_name.is_empty() {
                    &layer.material_name
                } else {
                    &silk.material_name
                },
                ..plain
            }),
            _ => rows.push(plain),
        }
    }
    rows
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let columns = columns();
    args.columns.check(&columns)?;
    let stackup = whole_board(&args.target)?.stackup()?;
    let rows = rows(&stackup);
    let used = rows.iter().filter(|row| row.is_enabled != Some(false));
    let thickness = Nm(used.filter_map(|row| row.thickness).map(|it| it.0).sum());
    let finish = stackup.finish.as_ref().map(|it| it.type_name.as_str()).unwrap_or_default();
    let is_controlled = stackup.impedance.as_ref().is_some_and(|it| it.is_controlled);
    let edge = stackup.edge.as_ref();
    let connector =
        edge.and_then(|edge| edge.connector.as_ref()).map(|it| format!("{:?}", it.r#type).to_lowercase());
    let is_plated = edge.and_then(|edge| edge.plating.as_ref()).is_some_and(|it| it.has_edge_plating);
    match format {
        Format::Json => output::json(&json!({
            "layers": args.columns.json(&columns, &rows)?,
            "thickness_mm": mm(thickness),
            "finish": words(finish),
            "impedance_controlled": is_controlled,
            "edge_connector": connector,
            "edge_plated": is_plated,
        })),
        Format::Text => {
            args.columns.print(&columns, &rows, format)?;
            let mut said = vec![format!("{thickness} thick")];
            if !finish.is_empty() {
                said.push(format!("finish {finish}"));
            }
            if is_controlled {
                said.push("impedance controlled".to_owned());
            }
            if let Some(connector) = connector.filter(|it| it != "none" && it != "unknown") {
                said.push(format!("edge connector {connector}"));
            }
            if is_plated {
                said.push("edge plated".to_owned());
            }
            say!("\n{}", said.join(", "));
        }
    }
    Ok(())
}
