//! Dimensions, whose text KiCad writes itself.

use kiapi_gen::board::types::dimension::DimensionStyle;
use kiapi_gen::board::types::{
    Dimension, DimensionArrowDirection, DimensionPrecision, DimensionTextBorderStyle, DimensionTextPosition,
    DimensionUnit, DimensionUnitFormat,
};
use kiapi_gen::common::types::{Angle, AxisAlignment, HorizontalAlignment, Vector2, VerticalAlignment};

use super::text::complete;
use super::{Failure, distance, lock, points};
use crate::Line;
use crate::geometry::{dimension, point};
use crate::text::number::{Point, narrow, round};

pub(super) fn make(mut item: Dimension, line: Line) -> Result<Dimension, Failure> {
    let unhandled = |kind: &str| {
        Err(Failure::Type(format!("Tried to create an item of type {kind}, which is unhandled")))
    };
    let kind = match &item.dimension_style {
        Some(DimensionStyle::Aligned(_)) => "PCB_DIM_ALIGNED_T",
        Some(DimensionStyle::Orthogonal(_)) => "PCB_DIM_ORTHOGONAL_T",
        Some(DimensionStyle::Radial(_)) => "PCB_DIM_RADIAL_T",
        Some(DimensionStyle::Leader(_)) => "PCB_DIM_LEADER_T",
        Some(DimensionStyle::Center(_)) => "PCB_DIM_CENTER_T",
        _ => return unhandled("PCB_DIMENSION_T"),
    };
    if line < Line::V10_0 {
        return unhandled(kind);
    }
    match &mut item.dimension_style {
        Some(DimensionStyle::Aligned(style)) => {
            points([&mut style.start, &mut style.end]);
            distance(&mut style.height);
            distance(&mut style.extension_height);
        }
        Some(DimensionStyle::Orthogonal(style)) => {
            points([&mut style.start, &mut style.end]);
            distance(&mut style.height);
            distance(&mut style.extension_height);
            if style.alignment == AxisAlignment::UNKNOWN {
                style.alignment = AxisAlignment::X_AXIS;
            }
        }
        Some(DimensionStyle::Radial(style)) => {
            points([&mut style.center, &mut style.radius_point]);
            distance(&mut style.leader_length);
        }
        Some(DimensionStyle::Leader(style)) => {
            points([&mut style.start, &mut style.end]);
            if style.border_style == DimensionTextBorderStyle::UNKNOWN {
                style.border_style = DimensionTextBorderStyle::NONE;
            }
        }
        Some(DimensionStyle::Center(style)) => points([&mut style.center, &mut style.end]),
        _ => {}
    }
    let text = item.text.get_or_insert_default();
    points([&mut text.position]);
    let is_new = text.attributes.is_none();
    let attributes = text.attributes.get_or_insert_default();
    attributes.visible = true;
    attributes.multiline |= is_new;
    complete(attributes, is_new, (HorizontalAlignment::CENTER, VerticalAlignment::CENTER));
    lock(&mut item.locked);
    if item.unit == DimensionUnit::UNKNOWN {
        item.unit = DimensionUnit::AUTOMATIC;
    }
    if item.unit_format == DimensionUnitFormat::UNKNOWN {
        item.unit_format = DimensionUnitFormat::NO_SUFFIX;
    }
    if item.arrow_direction == DimensionArrowDirection::UNKNOWN {
        item.arrow_direction = DimensionArrowDirection::OUTWARD;
    }
    if item.precision == DimensionPrecision::UNKNOWN {
        item.precision = DimensionPrecision::SCALED_IN_2;
    }
    for length in [&mut item.line_thickness, &mut item.arrow_length, &mut item.extension_offset] {
        distance(length);
    }
    if item.text_position == DimensionTextPosition::UNKNOWN {
        item.text_position = DimensionTextPosition::OUTSIDE;
    }
    let shown = measure(&item);
    item.text.get_or_insert_default().text = shown;
    put_text(&mut item);
    Ok(item)
}

/// Puts the text of a dimension where its line is.
pub(crate) fn put_text(item: &mut Dimension) {
    let place = text_place(item);
    if let Some(position) = place {
        item.text.get_or_insert_default().position = Some(position);
    }
    if let (true, Some(angle)) = (item.keep_text_aligned, text_angle(item)) {
        let attributes = item.text.get_or_insert_default().attributes.get_or_insert_default();
        attributes.angle = Some(Angle::new().with_value_degrees(angle));
    }
}

/// How a text is turned that goes with its line, in degrees.
fn text_angle(item: &Dimension) -> Option<f64> {
    if let Some(DimensionStyle::Radial(style)) = &item.dimension_style {
        let (center, edge) = (point(style.center.as_ref()), point(style.radius_point.as_ref()));
        let leader = style.leader_length.as_ref().map_or(0, |leader| narrow(leader.value_nm));
        let text = point(item.text.as_ref().and_then(|text| text.position.as_ref()));
        // To whole degrees.
        return Some(readable(dimension::knee(center, edge, leader), text).round());
    }
    let (from, to) = bar(item)?;
    if let Some(DimensionStyle::Orthogonal(_)) = &item.dimension_style {
        let reach = |a: i32, b: i32| (i64::from(a) - i64::from(b)).abs() / 2;
        return Some(if reach(from.x, to.x) > reach(from.y, to.y) { 0.0 } else { 90.0 });
    }
    Some(readable(from, to))
}

/// The angle of a line in degrees, turned round where a text on it would stand on its head.
fn readable(from: Point, to: Point) -> f64 {
    let (x, y) = (f64::from(to.x) - f64::from(from.x), f64::from(to.y) - f64::from(from.y));
    let angle = (-y.atan2(x).to_degrees()).rem_euclid(360.0);
    if angle > 90.0 && angle <= 270.0 { angle - 180.0 } else { angle }
}

/// The text of a dimension: what it measures, in its unit. KiCad writes it before it looks at what shall stand around
/// the number.
fn measure(item: &Dimension) -> String {
    let between = |a: &Option<Vector2>, b: &Option<Vector2>| {
        let (a, b) = (a.clone().unwrap_or_default(), b.clone().unwrap_or_default());
        let (x, y) = (a.x_nm - b.x_nm, a.y_nm - b.y_nm);
        #[allow(clippy::cast_precision_loss, reason = "a board is smaller than that")]
        let (x, y) = (x as f64, y as f64);
        (x, y)
    };
    let nanometres = match &item.dimension_style {
        Some(DimensionStyle::Aligned(style)) => {
            let (x, y) = between(&style.start, &style.end);
            x.hypot(y).round()
        }
        Some(DimensionStyle::Orthogonal(style)) => {
            let (x, y) = between(&style.start, &style.end);
            if style.alignment == AxisAlignment::Y_AXIS { y.abs() } else { x.abs() }
        }
        Some(DimensionStyle::Radial(style)) => {
            let (x, y) = between(&style.center, &style.radius_point);
            x.hypot(y).round()
        }
        _ => 0.0,
    };
    let (scale, fewer) = match item.unit {
        DimensionUnit::INCHES => (25_400_000.0, 1),
        DimensionUnit::MILS => (25_400.0, 4),
        _ => (1_000_000.0, 2),
    };
    let fixed = item.precision.0 - DimensionPrecision::FIXED_0.0;
    let scaled = item.precision.0 - DimensionPrecision::SCALED_IN_2.0;
    // A precision that goes with the unit is that of inches, and less for smaller units.
    let digits = if scaled >= 0 { scaled + 3 - fewer } else { fixed };
    let digits = usize::try_from(digits.clamp(0, 9)).unwrap_or_default();
    let mut number = format!("{:.digits$}", nanometres / scale);
    if item.suppress_trailing_zeroes && number.contains('.') {
        number = number.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    number
}

/// Where KiCad puts the text; none where that is up to the person.
fn text_place(item: &Dimension) -> Option<Vector2> {
    if let Some(DimensionStyle::Center(style)) = &item.dimension_style {
        return style.center.clone();
    }
    if item.text_position == DimensionTextPosition::MANUAL {
        return None;
    }
    let (from, to) = bar(item)?;
    let half = Point { x: to.x.wrapping_sub(from.x) / 2, y: to.y.wrapping_sub(from.y) / 2 };
    let middle = moved(from, half);
    let place = if item.text_position == DimensionTextPosition::INLINE {
        middle
    } else {
        let attributes = item.text.as_ref().and_then(|text| text.attributes.as_ref());
        let height = point(attributes.and_then(|attributes| attributes.size.as_ref())).y;
        let pen = item.text.as_ref().map_or(0, crate::text::pen_width);
        let (x, y) = (f64::from(half.x), f64::from(half.y));
        let reach = f64::from(height.wrapping_add(pen)) / x.hypot(y).max(1.0);
        // To the left of the line as it runs to the right, and so for a line that runs up or down.
        let side = if half.x < 0 || (half.x == 0 && half.y > 0) { -1.0 } else { 1.0 };
        moved(middle, Point { x: round(y * side * reach), y: round(-x * side * reach) })
    };
    let place = Vector2::new().with_x_nm(place.x.into()).with_y_nm(place.y.into());
    Some(place)
}

/// The line beside what is measured, from its beginning to its end.
fn bar(item: &Dimension) -> Option<(Point, Point)> {
    match &item.dimension_style {
        Some(DimensionStyle::Aligned(style)) => {
            let (start, end) = (point(style.start.as_ref()), point(style.end.as_ref()));
            let height = style.height.as_ref().map_or(0, |height| height.value_nm);
            let (dx, dy) = (f64::from(end.x) - f64::from(start.x), f64::from(end.y) - f64::from(start.y));
            #[allow(clippy::cast_precision_loss, reason = "cut to 32 bits before")]
            let scale = height as f64 / dx.hypot(dy).max(1.0);
            let across = Point { x: round(-dy * scale), y: round(dx * scale) };
            Some((moved(start, across), moved(end, across)))
        }
        Some(DimensionStyle::Orthogonal(style)) => {
            let (start, end) = (point(style.start.as_ref()), point(style.end.as_ref()));
            let height = style.height.as_ref().map_or(0, |height| narrow(height.value_nm));
            Some(if style.alignment == AxisAlignment::Y_AXIS {
                let x = start.x.wrapping_add(height);
                (Point { x, y: start.y }, Point { x, y: end.y })
            } else {
                let y = start.y.wrapping_add(height);
                (Point { x: start.x, y }, Point { x: end.x, y })
            })
        }
        _ => None,
    }
}

fn moved(point: Point, by: Point) -> Point {
    Point { x: point.x.wrapping_add(by.x), y: point.y.wrapping_add(by.y) }
}
