//! The boxes around items.

use kiapi_gen::board::types::{BoardText, Dimension, Field, FootprintInstance, Item, Via};
use kiapi_gen::common::types::graphic_shape::Geometry;
use kiapi_gen::common::types::{
    Box2, Distance, GraphicFillType, GraphicShape, PolyLine, Text, TextAttributes, Vector2,
};

use super::arc::{self, Arc};
use super::pad::{self, around, union};
use super::{distance, point};
use crate::Line;
use crate::document::{Document, items};
use crate::text::board::{Parent, item_box, text_box_item_box};
use crate::text::extents::Rect;
use crate::text::ink_size;
use crate::text::number::{Point, Rotation, narrow, round};

/// What is asked of a footprint's texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Texts {
    /// Only the item itself.
    Without,
    /// Its texts too.
    With,
}

/// How much room a footprint takes at least around its position, in nanometres.
const FOOTPRINT: i64 = 250_000;

/// How far below a barcode its text begins, in nanometres.
const BARCODE_GAP: i32 = 1_000_000;

/// How far the box of a group reaches beyond its members, in nanometres.
const GROUP: i32 = 250_000;

/// A rectangle on the wire.
pub(crate) fn to_box(rect: Rect) -> Box2 {
    let vector = |point: Point| Vector2::new().with_x_nm(point.x.into()).with_y_nm(point.y.into());
    Box2::new().with_position(vector(rect.origin)).with_size(vector(rect.size))
}

/// The box around an item; `footprint` is the one that it lies in. None for what has no place.
pub(crate) fn of(
    document: &Document,
    line: Line,
    item: &Item,
    footprint: Option<&FootprintInstance>,
    texts: Texts,
) -> Option<Rect> {
    Some(match item {
        Item::Track(track) => {
            thick(&[point(track.start.as_ref()), point(track.end.as_ref())], half(track.width.as_ref()))
        }
        Item::Arc(arc) => {
            let width = width(arc.width.as_ref());
            let [start, mid, end] = [&arc.start, &arc.mid, &arc.end].map(|p| point(p.as_ref()));
            // KiCad adds the width twice.
            let reach = i64::from(width) / 2 + (i64::from(width) + 1) / 2 + 1;
            thick(&Arc::new(start, mid, end).extremes(), reach)
        }
        Item::Via(via) => thick(&[point(via.position.as_ref())], (i64::from(diameter(via)) + 1) / 2),
        Item::Pad(pad) => pad::bounds(pad, document.max_error),
        Item::BoardGraphicShape(shape) => graphic(shape.shape.as_ref()?),
        Item::BoardText(text) => {
            let parent = if footprint.is_some() { Parent::Footprint } else { Parent::Board };
            item_box(&document.shown_text(text, footprint, line), parent, line)
        }
        Item::BoardTextBox(text) => text_box_item_box(text),
        Item::Zone(zone) => {
            let lines = zone.outline.iter().flat_map(|outline| &outline.polygons);
            let lines: Vec<&PolyLine> = lines.filter_map(|polygon| polygon.outline.as_ref()).collect();
            around(&lines.iter().flat_map(|line| arc::extremes(line)).collect::<Vec<_>>(), 0)
        }
        Item::FootprintInstance(footprint) => of_footprint(document, line, footprint, texts),
        Item::Group(group) => {
            let members = group.items.iter().filter_map(|id| document.items.find(&id.value));
            let boxes = members.filter_map(|member| of(document, line, &member, None, texts));
            boxes.reduce(union)?.inflated(GROUP)
        }
        Item::Barcode(barcode) => {
            let center = point(barcode.position.as_ref());
            let (width, height) = (width(barcode.width.as_ref()), width(barcode.height.as_ref()));
            let (mut x, mut y) = (width / 2, height / 2);
            let mut below = y;
            if barcode.show_text {
                let size = barcode.text_height.as_ref().map_or(0, |height| height.value_nm);
                let size = Vector2::new().with_x_nm(size).with_y_nm(size);
                let attributes = TextAttributes::new().with_size(size);
                let text = Text::new().with_text(barcode.text.as_str()).with_attributes(attributes);
                if let Some(ink) = ink_size(&text, line) {
                    x = x.max(ink.x / 2);
                    below = y.wrapping_add(BARCODE_GAP).wrapping_add(ink.y);
                }
            }
            if barcode.knockout {
                // What surrounds it is at least a tenth of its shorter side.
                let least = width.min(height) / 10;
                let margin = point(barcode.knockout_margin.as_ref());
                let margin = Point { x: margin.x.max(least), y: margin.y.max(least) };
                (x, y) = (x.wrapping_add(margin.x), y.wrapping_add(margin.y));
                below = below.wrapping_add(margin.y);
            }
            let rect = Rect {
                origin: Point { x: center.x.wrapping_sub(x), y: center.y.wrapping_sub(y) },
                size: Point { x: x.wrapping_mul(2), y: y.wrapping_add(below) },
            };
            rect.turned(
                center,
                Rotation::new(barcode.orientation.as_ref().map_or(0.0, |it| it.value_degrees)),
            )
        }
        Item::Dimension(dimension) => of_dimension(document, line, dimension),
        Item::ReferenceImage(image) => around(&[point(image.position.as_ref())], 0),
        _ => return None,
    })
}

fn width(distance: Option<&Distance>) -> i32 {
    distance.map_or(0, |distance| narrow(distance.value_nm))
}

fn half(distance: Option<&Distance>) -> i64 {
    (i64::from(width(distance)) + 1) / 2
}

/// The box of a track: one nanometre larger than it is.
fn thick(points: &[Point], reach: i64) -> Rect {
    let mut rect = around(points, reach);
    rect.size = Point { x: rect.size.x.wrapping_add(1), y: rect.size.y.wrapping_add(1) };
    rect
}

/// The diameter of a via, the largest of all layers.
pub(super) fn diameter(via: &Via) -> i32 {
    let faces = via.pad_stack.iter().flat_map(|stack| &stack.copper_layers);
    faces.map(|face| point(face.size.as_ref()).x).max().unwrap_or_default()
}

pub(super) fn stroke_width(shape: &GraphicShape) -> i32 {
    let stroke = shape.attributes.as_ref().and_then(|attributes| attributes.stroke.as_ref());
    width(stroke.and_then(|stroke| stroke.width.as_ref()))
}

/// Whether the inside of a shape is part of it.
pub(super) fn is_filled(shape: &GraphicShape) -> bool {
    let fill = shape.attributes.as_ref().and_then(|attributes| attributes.fill.as_ref());
    fill.is_some_and(|fill| fill.fill_type == GraphicFillType::FILLED)
}

fn graphic(shape: &GraphicShape) -> Rect {
    let points = match &shape.geometry {
        Some(Geometry::Segment(it)) => vec![point(it.start.as_ref()), point(it.end.as_ref())],
        Some(Geometry::Rectangle(it)) => vec![point(it.top_left.as_ref()), point(it.bottom_right.as_ref())],
        Some(Geometry::Arc(it)) => {
            let [start, mid, end] = [&it.start, &it.mid, &it.end].map(|p| point(p.as_ref()));
            let arc = Arc::new(start, mid, end);
            // One that is filled is a piece of a pie.
            let center = arc.center().filter(|_| is_filled(shape));
            arc.extremes().into_iter().chain(center).collect()
        }
        Some(Geometry::Circle(it)) => {
            let center = point(it.center.as_ref());
            let radius = round(distance(center, point(it.radius_point.as_ref())));
            let Point { x, y } = center;
            vec![Point { x: x - radius, y: y - radius }, Point { x: x + radius, y: y + radius }]
        }
        Some(Geometry::Polygon(set)) => {
            let lines = set.polygons.iter().filter_map(|polygon| polygon.outline.as_ref());
            lines.flat_map(arc::extremes).collect()
        }
        Some(Geometry::Bezier(it)) => {
            arc::bezier([&it.start, &it.control1, &it.control2, &it.end].map(|p| point(p.as_ref())))
        }
        _ => Vec::new(),
    };
    around(&points, i64::from(stroke_width(shape).max(0) / 2))
}

fn of_footprint(document: &Document, line: Line, footprint: &FootprintInstance, texts: Texts) -> Rect {
    let mut rect = around(&[point(footprint.position.as_ref())], FOOTPRINT);
    for child in items::children(footprint) {
        let is_text = matches!(child, Item::BoardText(_));
        if is_text && texts == Texts::Without {
            continue;
        }
        if let Some(child) = of(document, line, &child, Some(footprint), texts) {
            rect = union(rect, child);
        }
    }
    if texts == Texts::With {
        let own = [
            &footprint.reference_field,
            &footprint.value_field,
            &footprint.datasheet_field,
            &footprint.description_field,
        ];
        for field in own.into_iter().flatten().filter(|field| field.visible) {
            if let Some(text) = of_field(document, line, field, footprint) {
                rect = union(rect, text);
            }
        }
    }
    rect
}

fn of_field(document: &Document, line: Line, field: &Field, footprint: &FootprintInstance) -> Option<Rect> {
    let text = Item::BoardText(field.text.clone()?);
    of(document, line, &text, Some(footprint), Texts::With)
}

/// The box of a dimension: its text and its lines.
fn of_dimension(document: &Document, line: Line, dimension: &Dimension) -> Rect {
    let mut shown = super::dimension::shown_text(dimension);
    shown.attributes.get_or_insert_default().angle = None;
    let text = BoardText::new().with_text(shown.clone()).with_layer(dimension.layer);
    let text = item_box(&document.shown_text(&text, None, line), Parent::Board, line);
    super::dimension::bounds(dimension, text, &shown)
}

/// The item with an id, and the footprint that it lies in.
pub(crate) fn find(document: &Document, id: &str) -> Option<(Item, Option<FootprintInstance>)> {
    if let Some(item) = document.items.get(id) {
        return Some((item.clone(), None));
    }
    document.items.find_with_footprint(id).map(|(item, footprint)| (item, Some(footprint)))
}
