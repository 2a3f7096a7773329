//! `kiapi demo`: what the API can do, on a board without KiCad.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use kiapi::picture::{Picture, Theme};
use kiapi::{Board, ConnectOptions, Id, Item, KiCad, Layer, Nm, Track, Vector2, Via, mm};
use kiapi_emulator::{Emulator, Fill, Line};

use crate::board;
use crate::table::{self, green, say};
use crate::target::Target;

/// Show what the API can do, on a board without KiCad
///
/// Starts an emulated KiCad, connects to its socket as a plugin would, reads its board, moves a footprint and adds a
/// track and a via in one commit, fills the zones, shows what changed, and draws the board.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Do the reading half with the KiCad that is running
    #[arg(long)]
    live: bool,
    /// The line of KiCad to emulate
    #[arg(long = "as", value_name = "LINE", conflicts_with = "live", default_value_t = Line::V10_0)]
    line: Line,
    /// Where to draw the board [default: a new file in the folder for temporary files]
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    target: Target,
}

/// How far the footprint is moved.
const MOVE: Nm = Nm(2_000_000);

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    if args.live {
        let board = args.target.board()?;
        read(&board)?;
        return draw(&board, args);
    }
    let emulator = Emulator::demo_of(args.line).fill(Fill::Silent(Duration::from_millis(300))).start()?;
    let options = ConnectOptions::new().socket(emulator.socket().clone()).client_name("kiapi demo");
    let board = KiCad::connect_with(options)?.board()?;
    read(&board)?;
    write(&board)?;
    draw(&board, args)
}

fn read(board: &Board) -> anyhow::Result<()> {
    let kicad = board.kicad();
    say!("KiCad {} at {}", green(&kicad.full_version()?), kicad.address());
    say!("Board {}", green(board.name()));
    board::show_layers(board)?;
    board::show_nets(board)?;
    board::show_footprints(&board.footprints()?);
    board::show_counts(&board.items()?);
    Ok(())
}

fn write(board: &Board) -> anyhow::Result<()> {
    let before = everything(board)?;

    table::heading("A commit");
    board.commit("kiapi demo", |edit| {
        let footprints = board.footprints()?;
        let footprint = footprints.into_iter().find(|footprint| footprint.reference().starts_with('C'));
        let footprint = footprint.context("the board has no capacitor to move")?;
        let (reference, at) = (footprint.reference().to_owned(), footprint.position());
        let mut moved = Item::from(footprint);
        moved.move_by((mm(0), MOVE))?;
        edit.update([moved])?;
        say!("moved {reference} by {MOVE}, with all its children");

        let end = at + Vector2::new(MOVE, mm(0));
        let track = Track::new().with_start(at).with_end(end).with_width(mm(0.25)).with_layer(Layer::F_CU);
        let via = Via::new().with_position(end).with_diameter(mm(0.6)).with_drill(mm(0.3));
        edit.create([Item::from(track.with_net("GND")), Item::from(via.with_net("GND"))])?;
        say!("added a track and a via on GND");
        anyhow::Ok(())
    })?;
    say!("{} it is one step of undo", green("done:"));

    table::heading("Zones");
    let start = Instant::now();
    let refill = board.refill_zones()?;
    let asked = start.elapsed().as_millis();
    let filled = refill.wait(Duration::from_secs(60))?.as_millis();
    say!("{} asked for in {asked} ms, filled after {filled} ms", green("done:"));

    table::heading("What changed");
    let after = everything(board)?;
    let mut rows = Vec::new();
    let mut row = |what: &str, item: &Item, id: &Id| {
        rows.push([what.to_owned(), item.to_string(), id.to_string()[..8].to_owned()]);
    };
    for (id, item) in &after {
        match before.get(id) {
            None => row("added", item, id),
            Some(old) if old != item => row("changed", item, id),
            Some(_) => {}
        }
    }
    for (id, item) in before.iter().filter(|(id, _)| !after.contains_key(*id)) {
        row("removed", item, id);
    }
    if rows.is_empty() {
        bail!("nothing changed, though KiCad said that it did");
    }
    table::print(["", "Item", "Id"], rows);
    Ok(())
}

/// Draws the board, and says where.
fn draw(board: &Board, args: &Args) -> anyhow::Result<()> {
    let contents = board.contents()?;
    let picture = Picture::new(&contents).theme(Theme::kicad(board.kicad().version())).title(board.name());
    let svg = picture.to_svg();
    let file = match &args.svg {
        Some(file) => {
            std::fs::write(file, svg).with_context(|| format!("cannot write {}", file.display()))?;
            file.clone()
        }
        None => {
            // A new file: at a name that others can guess, they could have put a link to a file of the user's.
            let new = tempfile::Builder::new().prefix("kiapi-demo-").suffix(".svg").tempfile();
            let (mut file, path) = new.and_then(|file| Ok(file.keep()?)).context("cannot make a new file")?;
            file.write_all(svg.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
            path
        }
    };
    table::heading("A picture");
    say!("{} {}", green("drawn:"), file.display());
    Ok(())
}

/// All items but pads, which are their footprints', by their ids.
fn everything(board: &Board) -> kiapi::Result<BTreeMap<Id, Item>> {
    let items = board.items()?.into_iter().filter(|item| !matches!(item, Item::Pad(_)));
    Ok(items.filter_map(|item| Some((item.id()?, item))).collect())
}
