//! Places the selected footprints in a circle or in a grid, sorted by their references.

pub mod layout;
pub mod settings;

use kiapi::{Angle, Board, Box2, Footprint, Item, ObjectType};

use crate::settings::{Figure, Settings, Turn};

/// What can go wrong.
pub type Error = Box<dyn std::error::Error>;

/// Arranges what is selected, as the project's text variables and the arguments say. Gives a sentence for the person.
///
/// # Errors
///
/// What KiCad says, and a sentence for settings that cannot be read.
pub fn run(board: &Board, arguments: &[String]) -> Result<String, Error> {
    let settings = Settings::read(&board.text_variables()?, arguments)?;
    let selected = board.selection_of([ObjectType::PCB_FOOTPRINT])?;
    let selected: Vec<Footprint> =
        selected.into_iter().filter_map(|item| Footprint::try_from(item).ok()).collect();
    let (locked, mut footprints): (Vec<_>, Vec<_>) = selected.into_iter().partition(Footprint::locked);
    if footprints.is_empty() {
        return Ok(match locked.len() {
            0 => "no footprint is selected".to_owned(),
            count => format!("all {count} footprints that are selected are locked"),
        });
    }
    footprints.sort_by_key(|footprint| layout::natural(footprint.reference()));
    let moved = arrange(board, footprints, &settings)?;
    let skipped =
        if locked.is_empty() { String::new() } else { format!(", {} locked ones left", locked.len()) };
    Ok(format!("{moved} footprints moved{skipped}"))
}

/// Arranges footprints in their order, as one step of undo. Gives how many moved.
///
/// # Errors
///
/// What KiCad says.
pub fn arrange(board: &Board, footprints: Vec<Footprint>, settings: &Settings) -> Result<usize, Error> {
    let boxes = board.bounding_boxes(footprints.iter().filter_map(Footprint::id))?;
    // A footprint with nothing in it has no box, and goes by its position.
    let boxes: Vec<Box2> = boxes
        .into_iter()
        .zip(&footprints)
        .map(|(around, it)| around.unwrap_or_else(|| Box2::new(it.position(), it.position())))
        .collect();
    let around = boxes.iter().copied().reduce(Box2::union).ok_or("there are no footprints")?;
    let targets = match settings.figure {
        Figure::Circle => layout::circle(&boxes, around.center(), settings.gap, settings.radius),
        Figure::Grid => layout::grid(&boxes, around.min(), settings.gap, settings.columns),
    };
    let mut changed = Vec::new();
    for ((footprint, around), target) in footprints.into_iter().zip(boxes).zip(targets) {
        let by = target.center - around.center();
        let turn = if settings.turn == Turn::Outwards { target.turn } else { Angle::ZERO };
        if by == kiapi::Vector2::ZERO && turn == Angle::ZERO {
            continue;
        }
        let mut item = Item::from(footprint);
        item.move_by(by)?;
        item.rotate(target.center, turn)?;
        changed.push(item);
    }
    let moved = changed.len();
    // KiCad replaces what it is sent, so what stays is not sent.
    if moved > 0 {
        let moved = board.commit("arrange footprints", |edit| edit.update(changed))?;
        // KiCad forgets that they were selected, and the person may want another figure.
        board.add_to_selection(moved.iter().filter_map(Item::id))?;
    }
    Ok(moved)
}
