//! How much room a text takes.

use super::layout::line_size;
use super::number::{Point, Rotation, round};
use super::style::{Align, Style};
use crate::Line;

/// A rectangle, in nanometres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rect {
    pub(crate) origin: Point,
    pub(crate) size: Point,
}

impl Rect {
    /// The upright rectangle around this one turned around a point.
    pub(crate) fn turned(self, center: Point, rotation: Rotation) -> Self {
        if rotation.is_zero() {
            return self;
        }
        let far = self.far();
        let corners =
            [(self.origin.x, self.origin.y), (self.origin.x, far.y), (far.x, self.origin.y), (far.x, far.y)]
                .map(|(x, y)| rotation.turn_around(Point { x, y }, center));
        let (mut low, mut high) = (corners[0], corners[0]);
        for corner in corners {
            low = Point { x: low.x.min(corner.x), y: low.y.min(corner.y) };
            high = Point { x: high.x.max(corner.x), y: high.y.max(corner.y) };
        }
        Self { origin: low, size: Point { x: high.x.wrapping_sub(low.x), y: high.y.wrapping_sub(low.y) } }
    }

    /// Whether a point is in it or on its edge.
    pub(crate) fn contains(self, point: Point) -> bool {
        let far = self.far();
        (self.origin.x..=far.x).contains(&point.x) && (self.origin.y..=far.y).contains(&point.y)
    }

    /// The corner opposite to the origin.
    pub(crate) fn far(self) -> Point {
        Point { x: self.origin.x.wrapping_add(self.size.x), y: self.origin.y.wrapping_add(self.size.y) }
    }

    /// This one with a margin on all sides.
    pub(crate) fn inflated(self, margin: i32) -> Self {
        let twice = margin.wrapping_mul(2);
        Self {
            origin: Point { x: self.origin.x.wrapping_sub(margin), y: self.origin.y.wrapping_sub(margin) },
            size: Point { x: self.size.x.wrapping_add(twice), y: self.size.y.wrapping_add(twice) },
        }
    }
}

/// How high a line in an outline font is, in multiples of its size, where KiCad falls back on its usual one.
const OUTLINE_HEIGHT: f64 = 1.396_15;

/// The box of a text before it is turned.
pub(super) fn text_box(style: &Style, version: Line) -> Rect {
    let lines = style.lines();
    let margin = if style.outline { 0 } else { round(f64::from(style.pen_width()) * 1.5) };
    let limits = |line: &str| {
        let mut size = line_size(style, line, version);
        if style.outline {
            size.y = round(f64::from(style.size.y) * OUTLINE_HEIGHT);
        }
        Rect { origin: Point::default(), size }.inflated(margin).size
    };
    let first = match lines.first() {
        Some(first) if style.multiline => first,
        _ => style.text.as_str(),
    };
    let extents = limits(first);
    let fudge = round(f64::from(extents.y) * 0.17);
    let overbar = if first.contains("~{") { extents.y / 6 } else { 0 };
    let mut size = extents;
    if style.multiline && lines.len() > 1 {
        let more = u32::try_from(lines.len() - 1).unwrap_or(u32::MAX);
        size.x = lines.iter().skip(1).map(|line| limits(line).x).fold(size.x, i32::max);
        size.y = size.y.wrapping_add(round(f64::from(more) * style.pitch()));
    }
    size.y = size.y.wrapping_add(fudge).wrapping_add(overbar);
    place(style, size, fudge)
}

/// Puts a box of a size where the alignment of the text wants it.
fn place(style: &Style, size: Point, fudge: i32) -> Rect {
    let mut origin = style.position;
    let italic = if style.italic { round(f64::from(style.size.y) * 0.125) } else { 0 };
    match (style.horizontal, style.mirrored) {
        (Align::Start, true) | (Align::End, false) => {
            origin.x = origin.x.wrapping_sub(size.x.wrapping_sub(italic));
        }
        (Align::Center, _) => origin.x = origin.x.wrapping_sub(size.x.wrapping_sub(italic) / 2),
        _ => {}
    }
    match style.vertical {
        Align::Start => origin.y = origin.y.wrapping_sub(fudge),
        Align::Center => origin.y = origin.y.wrapping_sub(size.y / 2),
        Align::End => origin.y = origin.y.wrapping_sub(size.y).wrapping_add(fudge),
        Align::Indeterminate => {}
    }
    Rect { origin, size }
}

/// The upright box around a turned text.
pub(super) fn extents(style: &Style, version: Line) -> Rect {
    text_box(style, version).turned(style.position, Rotation::new(style.angle))
}
