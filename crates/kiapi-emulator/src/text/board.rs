//! Texts on a board: their boxes, and whether a point hits them.

use kiapi_gen::board::types::BoardText;

use super::extents::{Rect, text_box};
use super::number::{Point, Rotation, round};
use super::style::Style;
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
    let style = text.text.as_ref().map_or_else(|| Style::of(&Default::default()), Style::of);
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
    let rect = rect.inflated(tolerance);
    let far = rect.far();
    (rect.origin.x..=far.x).contains(&point.x) && (rect.origin.y..=far.y).contains(&point.y)
}
