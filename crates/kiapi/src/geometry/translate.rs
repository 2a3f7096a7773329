//! Moving items in a straight line.

use kiapi_gen::board::types::dimension::DimensionStyle;
use kiapi_gen::board::types::{BoardGraphicShape, BoardText, Field, FootprintInstance, Item, Zone};
use kiapi_gen::common::types::graphic_shape::Geometry;
use kiapi_gen::common::types::poly_line_node;
use kiapi_gen::common::types::{GraphicShape, PolyLine, PolySet, TextBox, Vector2};
use kiapi_gen::{Any, AnyError};

/// Moves an item by a distance in nanometres; a footprint with all its children.
///
/// Coordinates that would overflow stay at the end of their range. A group is moved by moving its members; it has no
/// place of its own, and neither has an item of a type that this build does not know.
///
/// # Errors
///
/// When a child of a footprint cannot be read; nothing was moved then.
///
/// # Examples
///
/// ```
/// use kiapi::api::board::types::{Item, Via};
/// use kiapi::api::common::types::Vector2;
/// use kiapi::geometry::translate;
///
/// let via = Via::new().with_position(Vector2::new().with_x_nm(1_000_000));
/// let mut item = Item::from(via);
/// translate(&mut item, &Vector2::new().with_x_nm(500_000).with_y_nm(-1))?;
/// let Item::Via(via) = item else { unreachable!() };
/// assert_eq!(via.position, Some(Vector2::new().with_x_nm(1_500_000).with_y_nm(-1)));
/// # Ok::<_, kiapi::AnyError>(())
/// ```
pub fn translate(item: &mut Item, by: &Vector2) -> Result<(), AnyError> {
    match item {
        Item::Track(track) => points([&mut track.start, &mut track.end], by),
        Item::Arc(arc) => points([&mut arc.start, &mut arc.mid, &mut arc.end], by),
        Item::Via(via) => points([&mut via.position], by),
        // The shapes of a custom pad are relative to its position.
        Item::Pad(pad) => points([&mut pad.position], by),
        Item::BoardGraphicShape(shape) => graphic(shape, by),
        Item::BoardText(item) => text(item, by),
        Item::BoardTextBox(item) => {
            if let Some(TextBox { top_left, bottom_right, .. }) = &mut item.textbox {
                points([top_left, bottom_right], by);
            }
        }
        Item::Barcode(barcode) => points([&mut barcode.position], by),
        Item::ReferenceImage(image) => points([&mut image.position], by),
        Item::Dimension(dimension) => {
            if let Some(text) = &mut dimension.text {
                points([&mut text.position], by);
            }
            match &mut dimension.dimension_style {
                Some(DimensionStyle::Aligned(style)) => points([&mut style.start, &mut style.end], by),
                Some(DimensionStyle::Orthogonal(style)) => points([&mut style.start, &mut style.end], by),
                Some(DimensionStyle::Radial(style)) => {
                    points([&mut style.center, &mut style.radius_point], by);
                }
                Some(DimensionStyle::Leader(style)) => points([&mut style.start, &mut style.end], by),
                Some(DimensionStyle::Center(style)) => points([&mut style.center, &mut style.end], by),
                _ => {}
            }
        }
        Item::Zone(item) => zone(item, by),
        Item::FootprintInstance(item) => footprint(item, by)?,
        _ => {}
    }
    Ok(())
}

/// Moves points. One that is not set is at the origin.
fn points<const N: usize>(points: [&mut Option<Vector2>; N], by: &Vector2) {
    for place in points {
        let point = place.get_or_insert_default();
        point.x_nm = point.x_nm.saturating_add(by.x_nm);
        point.y_nm = point.y_nm.saturating_add(by.y_nm);
    }
}

fn graphic(item: &mut BoardGraphicShape, by: &Vector2) {
    if let Some(GraphicShape { geometry: Some(geometry), .. }) = &mut item.shape {
        match geometry {
            Geometry::Segment(it) => points([&mut it.start, &mut it.end], by),
            Geometry::Rectangle(it) => points([&mut it.top_left, &mut it.bottom_right], by),
            Geometry::Arc(it) => points([&mut it.start, &mut it.mid, &mut it.end], by),
            Geometry::Circle(it) => points([&mut it.center, &mut it.radius_point], by),
            Geometry::Polygon(set) => polygons(set, by),
            Geometry::Bezier(it) => {
                points([&mut it.start, &mut it.control1, &mut it.control2, &mut it.end], by);
            }
            _ => {}
        }
    }
}

fn polygons(set: &mut PolySet, by: &Vector2) {
    for polygon in &mut set.polygons {
        polygon.outline.iter_mut().chain(&mut polygon.holes).for_each(|line| poly_line(line, by));
    }
}

fn poly_line(line: &mut PolyLine, by: &Vector2) {
    for node in &mut line.nodes {
        match &mut node.geometry {
            Some(poly_line_node::Geometry::Point(point)) => {
                point.x_nm = point.x_nm.saturating_add(by.x_nm);
                point.y_nm = point.y_nm.saturating_add(by.y_nm);
            }
            Some(poly_line_node::Geometry::Arc(arc)) => {
                points([&mut arc.start, &mut arc.mid, &mut arc.end], by);
            }
            _ => {}
        }
    }
}

fn text(item: &mut BoardText, by: &Vector2) {
    if let Some(text) = &mut item.text {
        points([&mut text.position], by);
    }
}

fn zone(item: &mut Zone, by: &Vector2) {
    item.outline.iter_mut().for_each(|outline| polygons(outline, by));
    item.filled_polygons
        .iter_mut()
        .filter_map(|filled| filled.shapes.as_mut())
        .for_each(|set| polygons(set, by));
}

fn field(item: &mut Option<Field>, by: &Vector2) {
    if let Some(Field { text: Some(item), .. }) = item {
        text(item, by);
    }
}

fn footprint(item: &mut FootprintInstance, by: &Vector2) -> Result<(), AnyError> {
    if let Some(definition) = &mut item.definition {
        let moved: Result<Vec<Any>, AnyError> = definition
            .items
            .iter()
            .map(|any| {
                let mut child = Item::from_any(any.clone())?;
                translate(&mut child, by)?;
                // A field is no item of its own, and lies among the children all the same.
                if let Item::Unknown(any) = &child {
                    if any.is::<Field>() {
                        let mut unpacked = Some(any.unpack()?);
                        field(&mut unpacked, by);
                        return Ok(Any::pack(&unpacked.unwrap_or_default()));
                    }
                }
                Ok(child.to_any())
            })
            .collect();
        definition.items = moved?;
    }
    points([&mut item.position], by);
    for place in [
        &mut item.reference_field,
        &mut item.value_field,
        &mut item.datasheet_field,
        &mut item.description_field,
    ] {
        field(place, by);
    }
    Ok(())
}
