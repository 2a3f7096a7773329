//! Texts on a board: their boxes, and whether a point hits them.
//!
//! The texts are those that are shown: `Document::shown_text` replaces their variables.

use kiapi_gen::board::types::{BoardText, BoardTextBox};
use kiapi_gen::common::types::Text;

use super::extents::{Rect, text_box};
use super::number::{Point, Rotation, round};
use super::style::{Style, point};
use crate::Line;

/// What a text belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parent {
    /// The board: such a text stands as its angle says.
    Board,
    /// A footprint: such a text is turned so that it can be read, where it is to be kept upright.
    Footprint,
}

/// The box of a text before it is turned, and how it is turned.
fn parts(text: &BoardText, parent: Parent, version: Line) -> (Style, Rect, Rotation) {
    let style = text.text.as_ref().map_or_else(|| Style::of(&Text::default()), Style::of);
    let mut rect = text_box(&style, version);
    if text.knockout {
        rect = rect.inflated(knockout_margin(&style, version));
    }
    let upright = parent == Parent::Footprint && style.keep_upright;
    let rotation = Rotation::new(if upright { keep_upright(style.angle) } else { style.angle });
    (style, rect, rotation)
}

/// The angle in degrees from which a text can be read that shall not stand on its head.
fn keep_upright(degrees: f64) -> f64 {
    let degrees = if degrees.is_finite() { degrees.rem_euclid(360.0) } else { 0.0 };
    match degrees {
        ..=90.0 => degrees,
        ..=270.0 => degrees - 180.0,
        _ => degrees - 360.0,
    }
}

/// How far the filled rectangle of a knocked-out text reaches beyond the box of the text.
///
/// 9.0 goes by the width of the stroke as it was given, 10.0 by that of the pen.
fn knockout_margin(style: &Style, version: Line) -> i32 {
    let half = match version {
        Line::V9_0 => style.stroke_width / 2,
        Line::V10_0 => round(f64::from(style.pen_width()) / 2.0),
    };
    round(f64::from(style.size.y) / 9.0).max(half)
}

/// The box of a text, as `GetBoundingBox` answers it.
pub(crate) fn item_box(text: &BoardText, parent: Parent, version: Line) -> Rect {
    let (style, rect, rotation) = parts(text, parent, version);
    rect.turned(style.position, rotation)
}

/// Whether a point is in the box of a text, turned as the text is, with a tolerance in nanometres around it.
pub(crate) fn hits(text: &BoardText, parent: Parent, position: Point, tolerance: i32, version: Line) -> bool {
    let (style, rect, rotation) = parts(text, parent, version);
    let point = rotation.inverse().turn_around(position, style.position);
    rect.inflated(tolerance).contains(point)
}

/// How far the border of a text box reaches beyond its corners: half of the width that a new one has, in nanometres.
///
/// The API does not show that width: a text box which was drawn in KiCad may have another.
const HALF_BORDER: i32 = 50_000;

/// The box of a text box, as `GetBoundingBox` answers it.
pub(crate) fn text_box_item_box(text: &BoardTextBox) -> Rect {
    let text_box = text.textbox.as_ref();
    let (a, b) = (
        point(text_box.and_then(|text_box| text_box.top_left.as_ref())),
        point(text_box.and_then(|text_box| text_box.bottom_right.as_ref())),
    );
    let (low, high) =
        (Point { x: a.x.min(b.x), y: a.y.min(b.y) }, Point { x: a.x.max(b.x), y: a.y.max(b.y) });
    let size = Point { x: high.x.wrapping_sub(low.x), y: high.y.wrapping_sub(low.y) };
    Rect { origin: low, size }.inflated(HALF_BORDER)
}

/// Whether a point is in the box of a text box, with a tolerance in nanometres around it.
pub(crate) fn hits_text_box(text: &BoardTextBox, position: Point, tolerance: i32) -> bool {
    text_box_item_box(text).inflated(tolerance).contains(position)
}
