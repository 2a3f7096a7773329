//! `kiapi demo`: what the API can do, on a board without KiCad.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use kiapi::api::board::commands::RefillZones;
use kiapi::api::board::types::{
    BoardLayer, DrillProperties, Item, Net, PadStack, PadStackLayer, PadStackShape, PadStackType, Track, Via,
    ViaType,
};
use kiapi::api::common::commands::{
    BeginCommit, CommitAction, CreateItems, EndCommit, GetVersion, ItemStatus, ItemStatusCode, Ping,
    UpdateItems,
};
use kiapi::api::common::types::{Distance, DocumentSpecifier, Vector2};
use kiapi::geometry::translate;
use kiapi::{CallOptions, ConnectOptions, KiCad};
use kiapi_emulator::{Emulator, Fill, Line};

use crate::board;
use crate::table::{self, green, mm, say};

/// Show what the API can do, on a board without KiCad
///
/// Starts an emulated KiCad, connects to its socket as a plugin would, reads its board, moves a footprint and adds a
/// track and a via in one commit, fills the zones, and shows what changed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Do the reading half with the KiCad that is running
    #[arg(long)]
    live: bool,
    /// The line of KiCad to emulate
    #[arg(long = "as", value_name = "LINE", conflicts_with = "live", default_value_t = Line::V10_0)]
    line: Line,
}

/// How far the footprint is moved, in nanometres.
const MOVE: i64 = 2_000_000;

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    if args.live {
        let kicad = KiCad::connect()?;
        let board = board::open(&kicad)?;
        return read(&kicad, &board);
    }
    let emulator = Emulator::demo_of(args.line).fill(Fill::Silent(Duration::from_millis(300))).start()?;
    let options = ConnectOptions::new().socket(emulator.socket().clone()).client_name("kiapi demo");
    let kicad = KiCad::connect_with(options)?;
    let board = board::open(&kicad)?;
    read(&kicad, &board)?;
    write(&kicad, &board)
}

fn read(kicad: &KiCad, board: &DocumentSpecifier) -> anyhow::Result<()> {
    let version = kicad.call(&GetVersion::new())?.version.unwrap_or_default();
    say!("KiCad {} at {}", green(&version.full_version), kicad.address());
    say!("Board {}", green(board::name(board)));
    board::show_layers(kicad, board)?;
    board::show_nets(kicad, board)?;
    board::show_footprints(&board::footprints(kicad, board)?);
    board::show_counts(kicad, board)
}

fn write(kicad: &KiCad, board: &DocumentSpecifier) -> anyhow::Result<()> {
    let before = everything(kicad, board)?;

    table::heading("A commit");
    let commit = kicad.call(&BeginCommit::new())?.id.unwrap_or_default();
    match edit(kicad, board) {
        Ok(()) => {
            let end =
                EndCommit::new().with_id(commit).with_action(CommitAction::COMMIT).with_message("kiapi demo");
            kicad.call(&end)?;
        }
        Err(error) => {
            // Nothing half done stays behind.
            let end = EndCommit::new().with_id(commit).with_action(CommitAction::DROP);
            kicad.call(&end).context("cannot take back what was done")?;
            return Err(error);
        }
    }
    say!("{} it is one step of undo", green("done:"));

    table::heading("Zones");
    let start = Instant::now();
    kicad.call(&RefillZones::new().with_board(board.clone()))?;
    let asked = start.elapsed();
    // KiCad answers at once, and then nobody until it has filled them.
    kicad.call_with(&Ping::new(), CallOptions::new().timeout(Duration::from_secs(60)))?;
    let (asked, filled) = (asked.as_millis(), start.elapsed().as_millis());
    say!("{} asked for in {asked} ms, filled after {filled} ms", green("done:"));

    table::heading("What changed");
    let after = everything(kicad, board)?;
    let mut rows = Vec::new();
    for (id, item) in &after {
        match before.get(id) {
            None => rows.push(["added".to_owned(), board::describe(item), id[..8.min(id.len())].to_owned()]),
            Some(old) if old != item => {
                rows.push(["changed".to_owned(), board::describe(item), id[..8.min(id.len())].to_owned()]);
            }
            Some(_) => {}
        }
    }
    for (id, item) in before.iter().filter(|(id, _)| !after.contains_key(*id)) {
        rows.push(["removed".to_owned(), board::describe(item), id[..8.min(id.len())].to_owned()]);
    }
    if rows.is_empty() {
        bail!("nothing changed, though KiCad said that it did");
    }
    table::print(["", "Item", "Id"], rows);
    Ok(())
}

/// Moves a footprint and adds a track and a via.
fn edit(kicad: &KiCad, board: &DocumentSpecifier) -> anyhow::Result<()> {
    let footprints = board::footprints(kicad, board)?;
    let footprint = footprints.into_iter().find(|footprint| board::reference(footprint).starts_with('C'));
    let footprint = footprint.context("the board has no capacitor to move")?;
    let reference = board::reference(&footprint);
    let at = footprint.position.clone().unwrap_or_default();
    let mut item = Item::from(footprint);
    translate(&mut item, Vector2::new().with_y_nm(MOVE))?;
    let update = UpdateItems::new().with_header(board::header(board)).with_items([item.to_any()]);
    let rows = kicad.call(&update)?.updated_items;
    check(rows.iter().map(|row| row.status.as_ref()))?;
    say!("moved {reference} by {} mm, with all its children", mm(MOVE));

    let end = Vector2::new().with_x_nm(at.x_nm + MOVE).with_y_nm(at.y_nm);
    let ground = Net::new().with_name("GND");
    let track = Track::new()
        .with_start(at.clone())
        .with_end(end.clone())
        .with_width(Distance::new().with_value_nm(250_000))
        .with_layer(BoardLayer::F_CU)
        .with_net(ground.clone());
    let via = Via::new()
        .with_position(end)
        .with_pad_stack(through_hole())
        .with_type(ViaType::THROUGH)
        .with_net(ground);
    let items = [Item::from(track).to_any(), Item::from(via).to_any()];
    let create = CreateItems::new().with_header(board::header(board)).with_items(items);
    let rows = kicad.call(&create)?.created_items;
    check(rows.iter().map(|row| row.status.as_ref()))?;
    say!("added a track and a via on GND");
    Ok(())
}

/// A via of 0.6 mm with a hole of 0.3 mm.
fn through_hole() -> PadStack {
    let square = |size: i64| Vector2::new().with_x_nm(size).with_y_nm(size);
    PadStack::new()
        .with_type(PadStackType::NORMAL)
        .with_layers([BoardLayer::F_CU, BoardLayer::B_CU])
        .with_drill(
            DrillProperties::new()
                .with_start_layer(BoardLayer::F_CU)
                .with_end_layer(BoardLayer::B_CU)
                .with_diameter(square(300_000)),
        )
        .with_copper_layers([PadStackLayer::new()
            .with_layer(BoardLayer::F_CU)
            .with_shape(PadStackShape::CIRCLE)
            .with_size(square(600_000))])
}

/// The request as a whole succeeds even if items were refused: each row counts.
fn check<'a>(rows: impl Iterator<Item = Option<&'a ItemStatus>>) -> anyhow::Result<()> {
    match rows.flatten().find(|status| status.code != ItemStatusCode::OK) {
        Some(status) => bail!("KiCad refused an item: {:?} {}", status.code, status.error_message),
        None => Ok(()),
    }
}

/// All items, by their ids.
fn everything(kicad: &KiCad, board: &DocumentSpecifier) -> anyhow::Result<BTreeMap<String, Item>> {
    let mut all = BTreeMap::new();
    for kind in board::TYPES {
        let items = board::items(kicad, board, kind)?.unwrap_or_default();
        all.extend(items.into_iter().filter_map(|item| Some((item.id()?.value.clone(), item))));
    }
    Ok(all)
}
