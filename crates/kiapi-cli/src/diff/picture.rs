//! The picture of a comparison: the board as it is, faint, and on it what is different.

use kiapi::api::board::commands::GetBoardEnabledLayers;
use kiapi::picture::{Color, Contents, Picture, Theme};
use kiapi::snapshot::Snapshot;
use kiapi::{Id, Item, Layer};

use super::Diff;
use crate::change::What;
use crate::svg::{mixed, with_texts};

const ADDED: Color = Color::rgb(64, 220, 96);
const REMOVED: Color = Color::rgb(255, 72, 72);
const BEFORE: Color = Color::rgb(224, 128, 32);
const AFTER: Color = Color::rgb(255, 224, 64);
/// How much is seen of what lies below.
const OPACITY: f32 = 0.85;
/// How much of the background is in the colours of what is the same.
const FAINT: f32 = 0.6;

/// Draws the later board with what was removed, and what changed as it was.
pub(super) fn draw(diff: &Diff, after: &Snapshot) -> anyhow::Result<String> {
    let now = Contents::from_snapshot(after);
    let removed: Vec<Item> = diff.of(What::Removed).map(|change| change.item.clone()).collect();
    // With ids of their own, since what they are now has the ids that they had.
    let before: Vec<Item> = diff.before.iter().map(Item::clone_with_new_id).collect();
    let gone = removed.iter().chain(&before).cloned().map(Item::into_proto);
    let contents = with_texts(after, now.with_more_items(gone))?;
    let of = |what| diff.of(what).filter_map(|change| change.item.id()).collect::<Vec<Id>>();
    let paint = |color: Color| color.with_opacity(OPACITY);
    let picture = Picture::new(&contents)
        .theme(faint(after))
        .title("What is different")
        .highlight(before.iter().filter_map(Item::id), paint(BEFORE))
        .highlight(of(What::Removed), paint(REMOVED))
        .highlight(of(What::Changed), paint(AFTER))
        .highlight(of(What::Added), paint(ADDED));
    // Also what is on layers that nobody looks at.
    let enabled = after.answer::<GetBoardEnabledLayers>().map(|answer| answer.layers);
    Ok(enabled.map_or(picture.clone(), |layers| picture.layers(layers)).to_svg())
}

fn faint(snapshot: &Snapshot) -> Theme {
    let mut theme = Theme::kicad(snapshot.version());
    let behind = theme.background;
    for layer in Layer::all() {
        theme.set_layer(layer, mixed(theme.layer(layer), behind, FAINT));
    }
    for color in [&mut theme.via_hole, &mut theme.via_wall, &mut theme.pad_wall, &mut theme.bare_hole] {
        *color = mixed(*color, behind, FAINT);
    }
    theme
}
