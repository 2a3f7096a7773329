//! The lines that a dimension is drawn with.

use kiapi_gen::board::types::dimension::DimensionStyle;
use kiapi_gen::board::types::{
    Dimension, DimensionArrowDirection, DimensionTextBorderStyle, DimensionUnit, DimensionUnitFormat,
};
use kiapi_gen::common::types::{AxisAlignment, Distance, Text};

use super::pad::{around, union};
use super::{add, point, sub};
use crate::text::extents::Rect;
use crate::text::number::{Point, Rotation, narrow, round};
use crate::text::pen_width;

/// A line from one point to another.
pub(crate) type Segment = (Point, Point);

/// The angle between an arrow's line and each side of its head, in degrees.
const HEAD: f64 = 27.5;

/// How much longer the tail of an arrow that points inwards is than its head.
const TAIL: i32 = 2;

/// All lines of a dimension, without its text. KiCad leaves a gap where the text stands, which moves no end of a line
/// beyond the text's box.
pub(crate) fn segments(dimension: &Dimension) -> Vec<Segment> {
    let length = |distance: &Option<Distance>| distance.as_ref().map_or(0, |it| narrow(it.value_nm));
    let offset = length(&dimension.extension_offset);
    let arrow = length(&dimension.arrow_length);
    match &dimension.dimension_style {
        Some(DimensionStyle::Aligned(style)) => {
            let (start, end) = (point(style.start.as_ref()), point(style.end.as_ref()));
            let height = length(&style.height);
            let along = sub(end, start);
            let across = if height > 0 {
                Point { x: along.y.wrapping_neg(), y: along.x }
            } else {
                Point { x: along.y, y: along.x.wrapping_neg() }
            };
            let reach =
                height.wrapping_abs().wrapping_sub(offset).wrapping_add(length(&style.extension_height));
            let mut lines = Vec::new();
            for from in [start, end] {
                let from = add(from, resized(across, offset));
                lines.push((from, add(from, resized(across, reach))));
            }
            let bar = resized(across, height.wrapping_abs());
            lines.extend(bar_with_arrows(add(start, bar), add(end, bar), dimension, arrow));
            lines
        }
        Some(DimensionStyle::Orthogonal(style)) => {
            let (start, end) = (point(style.start.as_ref()), point(style.end.as_ref()));
            let (height, more) = (length(&style.height), length(&style.extension_height));
            let is_upright = style.alignment == AxisAlignment::Y_AXIS;
            let across = if is_upright { Point { x: height, y: 0 } } else { Point { x: 0, y: height } };
            let from = add(start, resized(across, offset));
            let reach = height.wrapping_abs().wrapping_sub(offset).wrapping_add(more);
            let mut lines = vec![(from, add(from, resized(across, reach)))];
            let bar = add(start, across);
            let far = if is_upright { Point { x: bar.x, y: end.y } } else { Point { x: end.x, y: bar.y } };
            let back = if is_upright {
                Point { x: end.x.wrapping_sub(far.x), y: 0 }
            } else {
                Point { x: 0, y: end.y.wrapping_sub(far.y) }
            };
            let reach = round(f64::from(back.x).hypot(f64::from(back.y)));
            let reach = reach.wrapping_sub(offset).wrapping_add(more);
            let from = sub(far, resized(back, more));
            lines.push((from, add(from, resized(back, reach))));
            lines.extend(bar_with_arrows(bar, far, dimension, arrow));
            lines
        }
        Some(DimensionStyle::Radial(style)) => {
            let (center, edge) = (point(style.center.as_ref()), point(style.radius_point.as_ref()));
            let knee = knee(center, edge, length(&style.leader_length));
            let text = dimension.text.as_ref().and_then(|text| text.position.as_ref());
            let mut lines = cross(center, Point { x: 0, y: arrow });
            lines.extend([(edge, knee), (knee, point(text))]);
            lines.extend(head(edge, angle(sub(edge, center)), arrow));
            lines
        }
        Some(DimensionStyle::Leader(style)) => {
            let (start, end) = (point(style.start.as_ref()), point(style.end.as_ref()));
            let along = sub(end, start);
            let from = add(start, resized(along, offset));
            let text = dimension.text.as_ref();
            let has_text = text.is_some_and(|text| !text.text.is_empty());
            let place = point(text.and_then(|text| text.position.as_ref()));
            let mut lines = vec![(from, end)];
            if has_text {
                lines.push((end, place));
            }
            lines.extend(head(from, angle(along), arrow));
            lines
        }
        Some(DimensionStyle::Center(style)) => {
            let (center, end) = (point(style.center.as_ref()), point(style.end.as_ref()));
            cross(center, sub(end, center))
        }
        _ => Vec::new(),
    }
}

/// The text that stands at a dimension, which is more than the number that the API shows.
pub(crate) fn shown_text(dimension: &Dimension) -> Text {
    let mut text = dimension.text.clone().unwrap_or_default();
    if dimension.override_text_enabled {
        text.text.clone_from(&dimension.override_text);
    }
    let unit = match dimension.unit {
        DimensionUnit::INCHES => "in",
        DimensionUnit::MILS => "mils",
        _ => "mm",
    };
    let unit = match dimension.unit_format {
        DimensionUnitFormat::BARE_SUFFIX => format!(" {unit}"),
        DimensionUnitFormat::PAREN_SUFFIX => format!(" ({unit})"),
        _ => String::new(),
    };
    text.text = format!("{}{}{unit}{}", dimension.prefix, text.text, dimension.suffix);
    text
}

/// The box around everything: the lines, the text, which is not turned for that, and its border.
pub(crate) fn bounds(dimension: &Dimension, text_box: Rect, text: &Text) -> Rect {
    let pen = dimension.line_thickness.as_ref().map_or(0, |it| narrow(it.value_nm)) / 2;
    let mut points: Vec<Point> = segments(dimension).into_iter().flat_map(<[_; 2]>::from).collect();
    if let Some(DimensionStyle::Leader(style)) = &dimension.dimension_style {
        let (size, stroke) =
            (point(text.attributes.as_ref().and_then(|it| it.size.as_ref())), pen_width(text));
        let half = |rect: Rect| (rect.size.x / 2).wrapping_add(size.x / 2);
        match style.border_style {
            DimensionTextBorderStyle::RECTANGLE => {
                let (x, y) = (size.x / 2, stroke.wrapping_mul(2));
                points.push(sub(text_box.origin, Point { x, y }));
                points.push(add(text_box.far(), Point { x, y }));
            }
            DimensionTextBorderStyle::CIRCLE => {
                let reach = half(text_box).wrapping_sub(stroke / 2);
                let center = add(text_box.origin, Point { x: text_box.size.x / 2, y: text_box.size.y / 2 });
                points.push(sub(center, Point { x: reach, y: reach }));
                points.push(add(center, Point { x: reach, y: reach }));
            }
            _ => {}
        }
    }
    if points.is_empty() {
        return text_box;
    }
    let mut rect = union(text_box, around(&points, i64::from(pen)));
    rect.size = add(rect.size, Point { x: 1, y: 1 });
    rect
}

/// Where the leader of a radial dimension bends.
pub(crate) fn knee(center: Point, edge: Point, leader: i32) -> Point {
    add(edge, resized(sub(edge, center), leader))
}

fn bar_with_arrows(from: Point, to: Point, dimension: &Dimension, arrow: i32) -> Vec<Segment> {
    let along = angle(sub(to, from));
    let mut lines = vec![(from, to)];
    let inward = dimension.arrow_direction == DimensionArrowDirection::INWARD;
    for (at, towards) in [(from, along), (to, along + 180.0)] {
        let towards = if inward { towards + 180.0 } else { towards };
        lines.extend(head(at, towards, arrow));
        if inward {
            lines.push((at, add(at, turned(arrow.wrapping_mul(TAIL), towards))));
        }
    }
    lines
}

/// The two sides of an arrow's head at a point, whose line goes away at an angle in degrees.
fn head(at: Point, away: f64, length: i32) -> [Segment; 2] {
    [away - HEAD, away + HEAD].map(|side| (at, add(at, turned(length, side))))
}

/// Two lines that cross in a point.
fn cross(center: Point, arm: Point) -> Vec<Segment> {
    let other = Point { x: arm.y.wrapping_neg(), y: arm.x };
    [arm, other].map(|arm| (sub(center, arm), add(center, arm))).to_vec()
}

/// The direction of a vector in degrees, with y going down.
fn angle(vector: Point) -> f64 {
    f64::from(vector.y).atan2(f64::from(vector.x)).to_degrees()
}

fn turned(length: i32, degrees: f64) -> Point {
    Rotation::new(-degrees).turn_around(Point { x: length, y: 0 }, Point::default())
}

/// A vector in the direction of another, so long; none has no direction.
fn resized(vector: Point, length: i32) -> Point {
    let (x, y) = (f64::from(vector.x), f64::from(vector.y));
    let norm = x.hypot(y);
    if norm == 0.0 {
        return Point::default();
    }
    let scale = f64::from(length) / norm;
    Point { x: round(x * scale), y: round(y * scale) }
}
