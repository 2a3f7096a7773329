//! What changed on a board, a board as one value, and a board as a picture.

use std::time::Duration;

use kiapi::picture::{Picture, Theme};
use kiapi::{ApiVersion, ConnectOptions, Id, Item, KiCad, mm};
use kiapi_emulator::Emulator;

use super::edits::track;
use super::{Case, board};
use crate::session::{Outcome, Session, check, check_eq};

pub(super) const CASES: &[Case] = &[
    ("watching", watching),
    ("watching a board that is loaded again", loading_again),
    ("snapshot that is served", snapshot),
    ("picture", picture),
];

/// How long it may take until a change is seen.
const LIMIT: Duration = Duration::from_secs(120);

fn watching(_: &Session) -> Outcome {
    let board = board()?;
    let mut watcher = board.watch()?.every(Duration::from_millis(200));
    check(watcher.changes()?.is_empty(), || "something changed by itself".to_owned())?;
    let ids = |items: &[Item]| -> Vec<Option<Id>> { items.iter().map(Item::id).collect() };
    let id = Id::random();
    board.create([track().with_id(id)])?;
    let seen = watcher.wait(LIMIT)?;
    check_eq((ids(&seen.added), seen.len()), (vec![Some(id)], 1), "what was added")?;
    board.update([track().with_id(id).with_width(mm(0.9))])?;
    let seen = watcher.wait(LIMIT)?;
    check_eq((ids(&seen.changed), seen.len()), (vec![Some(id)], 1), "what was changed")?;
    board.delete([id])?;
    let seen = watcher.wait(LIMIT)?;
    check_eq((seen.removed.clone(), seen.len()), (vec![id], 1), "what was removed")
}

/// KiCad 10 gives the board another id each time, and all items with it.
fn loading_again(session: &Session) -> Outcome {
    let board = board()?;
    board.save()?;
    board.revert()?;
    let parent =
        || -> kiapi::Result<_> { Ok(board.footprints()?.first().and_then(kiapi::Footprint::parent)) };
    let (mut watcher, before) = (board.watch()?, parent()?);
    board.revert()?;
    let is_told = session.version() >= ApiVersion::new(10, 0, 0);
    check_eq(parent()? != before, is_told, "whether the board has another id")?;
    let seen = watcher.changes()?;
    check_eq((seen.added.len(), seen.removed.len()), (0, 0), "what was added and removed")?;
    // Parts of footprints may have other ids, where the file has none.
    let others = seen.changed.iter().filter(|it| !matches!(it, Item::Footprint(_) | Item::Pad(_)));
    check_eq(others.map(ToString::to_string).collect::<Vec<_>>(), Vec::new(), "what changed")
}

fn snapshot(session: &Session) -> Outcome {
    let board = board()?;
    let items = board.items()?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("board.kiapi");
    kiapi::snapshot::save(&board.snapshot()?, &file)?;
    let emulator = Emulator::new(kiapi_emulator::Snapshot::load(&file)?).start()?;
    let served = KiCad::connect_with(ConnectOptions::new().socket(emulator.socket().clone()))?;
    check_eq(served.version(), session.version(), "the version")?;
    let served = served.board()?;
    check_eq(served.name(), board.name(), "the board's name")?;
    let differ = served.items()?.iter().zip(&items).filter(|(a, b)| a != b).count();
    check_eq((served.items()?.len(), differ), (items.len(), 0), "the items, and how many differ")?;
    check_eq(served.nets()?, board.nets()?, "the nets")
}

fn picture(_: &Session) -> Outcome {
    let board = board()?;
    let contents = board.contents()?;
    let svg = Picture::new(&contents).theme(Theme::kicad(board.kicad().version())).to_svg();
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(&svg, options)?;
    let shapes = document.descendants().filter(|node| node.has_tag_name("path")).count();
    check(shapes > 10, || format!("{shapes} paths in {} bytes", svg.len()))?;
    // What is on the board is in the picture: each track makes it longer.
    let id = Id::random();
    board.create([track().with_id(id)])?;
    let contents = board.contents()?;
    let more = Picture::new(&contents).theme(Theme::kicad(board.kicad().version())).to_svg();
    board.delete([id])?;
    check(more.len() > svg.len(), || "a track that was added is not in the picture".to_owned())
}
