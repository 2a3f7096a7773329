//! Dimensions: their lines and arrows follow from what is measured. Their texts are texts like others.

use kiapi_gen::board::types::dimension::DimensionStyle;
use kiapi_gen::board::types::{Dimension, DimensionArrowDirection, DimensionTextBorderStyle};
use kiapi_gen::common::types::AxisAlignment;

use super::path::{Bounds, Path, Point, Step, at, distance, point};
use super::shape::{Form, HAIRLINE, Paint, Shape, rectangle};

/// By how much the lines of an arrow's head lean on its shaft, in degrees.
const HEAD: f64 = 27.5;

/// The lines of a dimension; `text` is the box of its text.
#[inline]
pub(super) fn shapes(dimension: &Dimension, text: Bounds) -> Vec<Shape> {
    let width = distance(dimension.line_thickness.as_ref()).max(HAIRLINE);
    let mut path = Path::default();
    let mut others = Vec::new();
    match &dimension.dimension_style {
        Some(DimensionStyle::Aligned(style)) => {
            let (start, end) = (point(style.start.as_ref()), point(style.end.as_ref()));
            let height = distance(style.height.as_ref());
            let along = end.minus(start);
            let across = at(-along.y, along.x).resized(height);
            let bar = [start.plus(across), end.plus(across)];
            between(dimension, [start, end], bar, distance(style.extension_height.as_ref()), text, &mut path);
        }
        Some(DimensionStyle::Orthogonal(style)) => {
            let (start, end) = (point(style.start.as_ref()), point(style.end.as_ref()));
            let height = distance(style.height.as_ref());
            let bar = if style.alignment == AxisAlignment::Y_AXIS {
                [at(start.x + height, start.y), at(start.x + height, end.y)]
            } else {
                [at(start.x, start.y + height), at(end.x, start.y + height)]
            };
            between(dimension, [start, end], bar, distance(style.extension_height.as_ref()), text, &mut path);
        }
        Some(DimensionStyle::Radial(style)) => {
            let (center, on_circle) = (point(style.center.as_ref()), point(style.radius_point.as_ref()));
            let arrow = distance(dimension.arrow_length.as_ref());
            cross(center, at(arrow, 0.0), &mut path);
            let radial = on_circle.minus(center);
            let knee = on_circle.plus(radial.resized(distance(style.leader_length.as_ref())));
            line(on_circle, knee, &mut path);
            leader(knee, text, &mut path);
            head(on_circle, radial, arrow, &mut path);
        }
        Some(DimensionStyle::Leader(style)) => {
            let (start, end) = (point(style.start.as_ref()), point(style.end.as_ref()));
            let offset = distance(dimension.extension_offset.as_ref());
            let tip = start.plus(end.minus(start).resized(offset));
            line(tip, end, &mut path);
            head(tip, end.minus(start), distance(dimension.arrow_length.as_ref()), &mut path);
            leader(end, text, &mut path);
            others.extend(frame(style.border_style, text, width));
        }
        Some(DimensionStyle::Center(style)) => {
            let center = point(style.center.as_ref());
            cross(center, point(style.end.as_ref()).minus(center), &mut path);
        }
        _ => {}
    }
    others.push(Shape::lines(path, width));
    others
}

/// What measures a distance: a bar with arrows at its ends, and lines from there to the points.
#[inline]
fn between(
    dimension: &Dimension,
    points: [Point; 2],
    bar: [Point; 2],
    beyond: f64,
    text: Bounds,
    path: &mut Path,
) {
    let offset = distance(dimension.extension_offset.as_ref());
    for (from, to) in points.into_iter().zip(bar) {
        let way = to.minus(from);
        let from = from.plus(way.resized(offset));
        line(from, to.plus(way.resized(beyond)), path);
    }
    let arrow = distance(dimension.arrow_length.as_ref());
    let along = bar[1].minus(bar[0]);
    if dimension.arrow_direction == DimensionArrowDirection::INWARD {
        for (tip, away) in [(bar[0], along.times(-1.0)), (bar[1], along)] {
            line(tip, tip.plus(away.resized(2.0 * arrow)), path);
            head(tip, away, arrow, path);
        }
    } else {
        head(bar[0], along, arrow, path);
        head(bar[1], along.times(-1.0), arrow, path);
    }
    // The bar makes way for a text that stands on it.
    let room = distance(dimension.line_thickness.as_ref()).max(HAIRLINE);
    match inside(bar, text.inflated(room)) {
        Some((from, to)) => {
            line(bar[0], bar[0].plus(along.times(from)), path);
            line(bar[0].plus(along.times(to)), bar[1], path);
        }
        None => line(bar[0], bar[1], path),
    }
}

/// Which part of a line lies in a box, from 0 at its beginning to 1 at its end.
#[inline]
fn inside([start, end]: [Point; 2], bounds: Bounds) -> Option<(f64, f64)> {
    let (low, high) = bounds.0?;
    let along = end.minus(start);
    let (mut from, mut to) = (0.0_f64, 1.0_f64);
    for (origin, step, low, high) in [(start.x, along.x, low.x, high.x), (start.y, along.y, low.y, high.y)] {
        if step == 0.0 {
            if origin < low || origin > high {
                return None;
            }
        } else {
            let (a, b) = ((low - origin) / step, (high - origin) / step);
            from = from.max(a.min(b));
            to = to.min(a.max(b));
        }
    }
    (from < to).then_some((from, to))
}

#[inline]
fn line(from: Point, to: Point, path: &mut Path) {
    path.0.extend([Step::Move(from), Step::Line(to)]);
}

/// The head of an arrow whose shaft goes from the tip towards `shaft`.
#[inline]
fn head(tip: Point, shaft: Point, size: f64, path: &mut Path) {
    for angle in [HEAD, -HEAD] {
        line(tip, tip.plus(shaft.resized(size).turned(angle)), path);
    }
}

#[inline]
fn cross(center: Point, arm: Point, path: &mut Path) {
    let other = at(-arm.y, arm.x);
    line(center.minus(arm), center.plus(arm), path);
    line(center.minus(other), center.plus(other), path);
}

/// The line from the knee of a leader to its text.
#[inline]
fn leader(knee: Point, text: Bounds, path: &mut Path) {
    let Some((low, high)) = text.0 else {
        return;
    };
    let middle = low.plus(high).times(0.5);
    let to = match inside([knee, middle], text) {
        Some((from, _)) => knee.plus(middle.minus(knee).times(from)),
        None => middle,
    };
    line(knee, to, path);
}

/// The frame around the text of a leader.
#[inline]
fn frame(style: DimensionTextBorderStyle, text: Bounds, width: f64) -> Option<Shape> {
    let (low, high) = text.0?;
    let margin = (high.y - low.y) / 2.0;
    let around = text.inflated(margin);
    let path = match style {
        DimensionTextBorderStyle::RECTANGLE => rectangle(around),
        DimensionTextBorderStyle::ROUNDRECT => {
            let (low, high) = around.0?;
            let corners = [low, at(high.x, low.y), high, at(low.x, high.y)];
            super::pad::rounded(corners, margin.min((high.x - low.x).min(high.y - low.y) / 2.0), [0.0; 4])
        }
        DimensionTextBorderStyle::CIRCLE => {
            let radius = high.minus(low).len() / 2.0 + margin;
            let center = low.plus(high).times(0.5);
            return Some(Shape::new(Form::Circle(center, radius), Paint::line(width)));
        }
        _ => return None,
    };
    Some(Shape::lines(path, width))
}
