//! Text as KiCad draws it: with its stroke font, to the nanometre.
//!
//! - [`extents`] answers `GetTextExtents`, [`text_with_shapes`] is one entry of `GetTextAsShapes`.
//! - [`board::item_box`], [`board::hits`], [`board::text_box_item_box`] and [`board::hits_text_box`] are what
//!   `GetBoundingBox` and `HitTest` say of the texts and text boxes on a board. They want the text that is shown:
//!   `Document::shown_text`, or [`variables::shown`] over a lookup.
//! - [`variables::expand`] is `ExpandTextVariables`.
//!
//! All are pure functions. They take the [`Line`] of KiCad where 9.0 and 10.0 differ: in the boxes of raised and lowered
//! text, in underlines of text with markup, in the margin of knocked-out text, and in how variables are expanded.
//!
//! # How near it is
//!
//! Measured against 9.0.8 and 10.0.6 with random texts (all attributes, all glyphs, markup, tabs, escapes, several
//! lines, any angle), and with a demo board of KiCad; see `testdata/text`:
//!
//! | | answers | identical |
//! |---|---|---|
//! | `GetTextExtents` | 5 600 | 5 600 |
//! | `GetTextAsShapes`, texts and text boxes | 5 600 | 5 600 |
//! | `GetBoundingBox` of texts on the board | 1 300 | 1 300 |
//! | `GetBoundingBox` of all texts and fields of `pic_programmer`, 120 of them with variables | 700 | 700 |
//! | `HitTest` of texts | 3 900 | 3 900 |
//! | `ExpandTextVariables`, texts | 390 | 390 |
//!
//! What is only near, or not at all like KiCad:
//!
//! - Outline fonts (any font but `KiCad Font`): boxes were within 25 % in width and 1 nm in height where KiCad falls
//!   back on its usual font. As shapes they are strokes here, and filled polygons in KiCad.
//! - Characters of East Asia (from U+3000 on) are drawn as the rectangle of a missing glyph: their glyphs are not
//!   recorded.
//! - Negative sizes, and lengths whose sums leave 32 bits.
//! - `@{…}`, which 10.0 computes in texts on the board, is shown as it is.
//! - A text box's border, whose width the API does not show, is taken to be as wide as that of a new one.
//!
//! # What decides the nanometre
//!
//! The font lies on a grid of 21 units a height ([`font`]); KiCad keeps it as floating-point multiples of the size, and
//! cuts the fraction off when a point is placed. So the order of operations matters, and which column of the grid is a
//! glyph's left edge: `strokes.txt` has edges that explain every point at a hundred sizes.

pub(crate) mod board;
pub(crate) mod extents;
mod font;
mod layout;
mod markup;
pub(crate) mod number;
mod style;
#[cfg(test)]
mod tests;
pub(crate) mod variables;

use kiapi_gen::common::commands::{TextOrTextBox, TextWithShapes, text_or_textbox::Inner};
use kiapi_gen::common::types::{
    Box2, CompoundShape, Distance, GraphicAttributes, GraphicFillAttributes, GraphicFillType,
    GraphicSegmentAttributes, GraphicShape, StrokeAttributes, StrokeLineStyle, Text, TextBox, Vector2,
};

use self::extents::Rect;
use self::number::{Point, narrow};
use self::style::{Style, point};
use crate::Line;

/// What `GetTextExtents` answers.
pub(crate) fn extents(text: &Text, version: Line) -> Box2 {
    to_box(extents::extents(&Style::of(text), version))
}

/// How wide the pen is that draws a text, in nanometres.
pub(crate) fn pen_width(text: &Text) -> i32 {
    Style::of(text).pen_width()
}

/// How large the box is around what is drawn of a text, in nanometres; none for one that draws nothing.
pub(crate) fn ink_size(text: &Text, version: Line) -> Option<Point> {
    let style = Style::of(text);
    let points: Vec<Point> = layout::strokes(&style, version).into_iter().flatten().collect();
    let reach = |get: fn(&Point) -> i32| {
        let (low, high) = (points.iter().map(get).min()?, points.iter().map(get).max()?);
        Some(high.wrapping_sub(low).wrapping_add(style.pen_width()))
    };
    Some(Point { x: reach(|point| point.x)?, y: reach(|point| point.y)? })
}

/// What `GetTextAsShapes` answers for one text.
pub(crate) fn text_with_shapes(text: &TextOrTextBox, version: Line) -> TextWithShapes {
    let shapes = match &text.inner {
        Some(Inner::Text(text)) => stroke_shapes(text, version),
        Some(Inner::Textbox(text_box)) => {
            // KiCad breaks no lines here, and leaves the text at the origin wherever the box is.
            let attributes = text_box.attributes.clone().unwrap_or_default();
            let text = Text::new().with_text(text_box.text.clone()).with_attributes(attributes);
            let mut shapes = stroke_shapes(&text, version);
            shapes.extend(border(text_box));
            shapes
        }
        _ => Vec::new(),
    };
    let mut answer = TextWithShapes::new().with_text(text.clone());
    answer.shapes = (!shapes.is_empty()).then(|| CompoundShape::new().with_shapes(shapes));
    answer
}

fn stroke_shapes(text: &Text, version: Line) -> Vec<GraphicShape> {
    let style = Style::of(text);
    let width = style.pen_width();
    layout::strokes(&style, version).into_iter().map(|segment| stroke_shape(segment, width)).collect()
}

fn stroke_shape([start, end]: [Point; 2], width: i32) -> GraphicShape {
    let stroke = StrokeAttributes::new()
        .with_width(Distance::new().with_value_nm(width.into()))
        .with_style(StrokeLineStyle::SOLID);
    let fill = GraphicFillAttributes::new().with_fill_type(GraphicFillType::UNFILLED);
    let segment = GraphicSegmentAttributes::new().with_start(to_vector(start)).with_end(to_vector(end));
    GraphicShape::new()
        .with_attributes(GraphicAttributes::new().with_stroke(stroke).with_fill(fill))
        .with_segment(segment)
}

/// The four sides of a text box, clockwise from the upper left, as KiCad sends them: of a width, but no style.
fn border(text_box: &TextBox) -> [GraphicShape; 4] {
    let (low, high) = (point(text_box.top_left.as_ref()), point(text_box.bottom_right.as_ref()));
    let stroke = text_box.attributes.as_ref().and_then(|attributes| attributes.stroke_width.as_ref());
    let width = stroke.map_or(0, |width| narrow(width.value_nm));
    let corners =
        [low, Point { x: high.x, y: low.y }, high, Point { x: low.x, y: high.y }, low].map(to_vector);
    let side = |from: usize| {
        let stroke = StrokeAttributes::new().with_width(Distance::new().with_value_nm(width.into()));
        let [start, end] = [&corners[from], &corners[from + 1]].map(Clone::clone);
        GraphicShape::new()
            .with_attributes(GraphicAttributes::new().with_stroke(stroke))
            .with_segment(GraphicSegmentAttributes::new().with_start(start).with_end(end))
    };
    [side(0), side(1), side(2), side(3)]
}

fn to_vector(point: Point) -> Vector2 {
    Vector2::new().with_x_nm(point.x.into()).with_y_nm(point.y.into())
}

fn to_box(rect: Rect) -> Box2 {
    Box2::new().with_position(to_vector(rect.origin)).with_size(to_vector(rect.size))
}
