//! Dimensions, whose text KiCad writes itself.

use kiapi_gen::board::types::dimension::DimensionStyle;
use kiapi_gen::board::types::{
    Dimension, DimensionArrowDirection, DimensionPrecision, DimensionTextBorderStyle, DimensionTextPosition,
    DimensionUnit, DimensionUnitFormat,
};
use kiapi_gen::common::types::{AxisAlignment, HorizontalAlignment, VerticalAlignment};

use super::text::complete;
use super::{Failure, distance, lock, points};
use crate::Line;

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
    complete(attributes, (HorizontalAlignment::CENTER, VerticalAlignment::CENTER));
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
    Ok(item)
}
