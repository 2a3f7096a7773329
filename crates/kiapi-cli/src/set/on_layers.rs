//! `kiapi set layers`: which layers the board has, and which of them are shown.

use anyhow::Context as _;
use kiapi::{Board, Item, Layer};
use serde_json::{Value, json};

use super::Common;
use crate::failure::Usage;
use crate::interrupt::{self, Interrupted};
use crate::layers::Names;
use crate::output::Format;
use crate::quantity;

/// Set which layers the board has, which are shown, and which one is worked on
#[derive(Debug, clap::Args)]
#[command(
    group(clap::ArgGroup::new("what").required(true).multiple(true).args(["copper", "enable", "disable", "show", "active"])),
    after_help = "Examples:
  kiapi set layers --copper 4
  kiapi set layers --enable User.1,User.2 --disable F.Adhesive
  kiapi set layers --show '*.Cu,Edge.Cuts' --active B.Cu"
)]
pub(super) struct Args {
    /// How many layers of copper the board has
    #[arg(long, value_name = "COUNT", value_parser = quantity::whole::<u32>)]
    copper: Option<u32>,
    /// Layers that the board is to have
    #[arg(long, value_name = "LAYER", value_delimiter = ',')]
    enable: Vec<String>,
    /// Layers, not of copper, that the board is not to have
    #[arg(long, value_name = "LAYER", value_delimiter = ',')]
    disable: Vec<String>,
    /// Also when something lies on a layer that goes: KiCad deletes it, and cannot undo that
    #[arg(long)]
    delete_items: bool,
    /// Show these layers, and no others
    #[arg(long, value_name = "LAYER", value_delimiter = ',')]
    show: Vec<String>,
    /// The layer to work on
    #[arg(long, value_name = "LAYER")]
    active: Option<String>,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let board = args.common.target.board()?;
    let before = state(&board)?;
    let mut done = Vec::new();
    if args.common.dry_run {
        let after = set(args, &board, &before, &mut done)?;
        args.common.tell(&before, &after, format);
        return Ok(());
    }
    let after = interrupt::uninterrupted(|| {
        set(args, &board, &before, &mut done).map_err(|error| match done.as_slice() {
            [] => error,
            _ if error.is::<Interrupted>() => Interrupted { done: done.clone() }.into(),
            done => error.context(format!("not all was done, but this was: {}", done.join(", "))),
        })
    })?;
    args.common.tell(&before, &after, format);
    Ok(())
}

/// Does what was asked for, one thing after the other, or works out what would come of it. `done` gets what was done.
fn set(args: &Args, board: &Board, before: &Value, done: &mut Vec<&'static str>) -> anyhow::Result<Value> {
    let mut after = before.clone();
    if args.copper.is_some() || !args.enable.is_empty() || !args.disable.is_empty() {
        let (copper, others) = wanted(args, board)?;
        after["copper"] = json!(copper);
        let enabled = coppers(copper).chain(others.iter().copied()).collect::<Vec<_>>();
        check_empty(args, board, &enabled)?;
        after["enabled"] = json!(enabled.iter().map(ToString::to_string).collect::<Vec<_>>());
        if !args.common.dry_run {
            interrupt::check()?;
            board.set_enabled_layers(copper, others)?;
            done.push("the layers that the board has");
        }
    }
    // What the board has just got counts.
    let names = Names::of(board)?;
    if !args.show.is_empty() {
        let shown = names.find(&args.show)?;
        after["visible"] = json!(shown.iter().map(ToString::to_string).collect::<Vec<_>>());
        if !args.common.dry_run {
            interrupt::check()?;
            board.set_visible_layers(shown)?;
            done.push("the layers that are shown");
        }
    }
    if let Some(active) = &args.active {
        let layer = names.one(active)?;
        after["active"] = json!(layer.to_string());
        if !args.common.dry_run {
            interrupt::check()?;
            board.set_active_layer(layer)?;
            done.push("the layer to work on");
        }
    }
    if args.common.dry_run { Ok(after) } else { state(board) }
}

/// How many layers of copper the board is to have, and which others.
fn wanted(args: &Args, board: &Board) -> anyhow::Result<(u32, Vec<Layer>)> {
    let copper = match args.copper {
        Some(copper @ (0 | 1)) => {
            return Err(Usage(format!(
                "a board cannot have {copper} layers of copper; KiCad has 2 to 32, in pairs"
            ))
            .into());
        }
        Some(copper) if copper > 32 || copper % 2 == 1 => {
            return Err(Usage(format!(
                "a board cannot have {copper} layers of copper; KiCad has 2 to 32, in pairs"
            ))
            .into());
        }
        Some(copper) => copper,
        None => board.copper_layer_count()?,
    };
    let mut others: Vec<Layer> =
        board.enabled_layers()?.into_iter().filter(|layer| !layer.is_copper()).collect();
    let gone = Names::of(board)?.find(&args.disable)?;
    let more = Names::canonical(Layer::all().filter(|layer| layer.canonical_name().is_some()));
    let more = more.find(&args.enable).context("--enable takes KiCad's own names")?;
    if let Some(layer) = gone.iter().chain(&more).find(|layer| layer.is_copper()) {
        let name = layer.to_string();
        return Err(Usage(format!("{name} is of copper; --copper says how many of those there are")).into());
    }
    others.retain(|layer| !gone.contains(layer));
    let new: Vec<Layer> = more.into_iter().filter(|layer| !others.contains(layer)).collect();
    others.extend(new);
    Ok((copper, others))
}

/// The layers of copper of a board that has so many, from the top.
fn coppers(count: u32) -> impl Iterator<Item = Layer> {
    let inner = Layer::all().filter(|layer| layer.is_inner_copper());
    let inner = inner.take(usize::try_from(count.saturating_sub(2)).unwrap_or(usize::MAX));
    [Layer::F_CU].into_iter().chain(inner).chain([Layer::B_CU])
}

/// An error if something lies on a layer that goes, which KiCad would delete.
fn check_empty(args: &Args, board: &Board, enabled: &[Layer]) -> anyhow::Result<()> {
    let gone: Vec<Layer> =
        board.enabled_layers()?.into_iter().filter(|layer| !enabled.contains(layer)).collect();
    if gone.is_empty() || args.delete_items {
        return Ok(());
    }
    let is_lost = |item: &Item| match item {
        Item::Zone(zone) => zone.layers().iter().any(|layer| gone.contains(layer)),
        item => item.layer().is_some_and(|layer| gone.contains(&layer)),
    };
    let lost = board.items()?.iter().filter(|item| is_lost(item)).count();
    if lost == 0 {
        return Ok(());
    }
    let names: Vec<String> = gone.iter().map(ToString::to_string).collect();
    let items = if lost == 1 { "item lies" } else { "items lie" };
    Err(Usage(format!(
        "{lost} {items} on {}, and would be deleted beyond undo; --delete-items lets that happen",
        names.join(", ")
    ))
    .into())
}

/// What can be set here, as it is.
fn state(board: &Board) -> anyhow::Result<Value> {
    let names = |layers: Vec<Layer>| layers.iter().map(ToString::to_string).collect::<Vec<_>>();
    let enabled = board.enabled_layers()?;
    let visible = board.visible_layers()?.into_iter().filter(|layer| enabled.contains(layer)).collect();
    Ok(json!({
        "copper": board.copper_layer_count()?,
        "visible": names(visible),
        "active": board.active_layer()?.to_string(),
        "enabled": names(enabled),
    }))
}
