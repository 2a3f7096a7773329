//! Texts, text boxes, and the texts of fields.

use kiapi_gen::board::types::{BoardText, BoardTextBox};
use kiapi_gen::common::types::{Angle, HorizontalAlignment, TextAttributes, Vector2, VerticalAlignment};

use super::{distance, lock, points};

/// The size of a new text, in nanometres.
const SIZE: i64 = 1_270_000;

/// A text; that of a field is kept upright when nothing else is said.
pub(super) fn make(mut item: BoardText, is_field: bool) -> BoardText {
    let text = item.text.get_or_insert_default();
    points([&mut text.position]);
    let is_new = text.attributes.is_none();
    let attributes = text.attributes.get_or_insert_default();
    attributes.multiline |= is_new;
    attributes.visible = true;
    attributes.keep_upright |= is_new && is_field;
    complete(attributes, is_new, (HorizontalAlignment::CENTER, VerticalAlignment::CENTER));
    lock(&mut item.locked);
    item
}

pub(super) fn make_box(mut item: BoardTextBox) -> BoardTextBox {
    let text = item.textbox.get_or_insert_default();
    points([&mut text.top_left, &mut text.bottom_right]);
    let is_new = text.attributes.is_none();
    let attributes = text.attributes.get_or_insert_default();
    attributes.multiline |= is_new;
    attributes.visible = false;
    let horizontal = if is_new { HorizontalAlignment::LEFT } else { HorizontalAlignment::CENTER };
    complete(attributes, is_new, (horizontal, VerticalAlignment::CENTER));
    lock(&mut item.locked);
    item
}

/// What KiCad shows of a text always.
pub(super) fn complete(
    attributes: &mut TextAttributes,
    is_new: bool,
    (horizontal, vertical): (HorizontalAlignment, VerticalAlignment),
) {
    if !(HorizontalAlignment::LEFT.0..=HorizontalAlignment::RIGHT.0)
        .contains(&attributes.horizontal_alignment.0)
    {
        attributes.horizontal_alignment = horizontal;
    }
    if !(VerticalAlignment::TOP.0..=VerticalAlignment::BOTTOM.0).contains(&attributes.vertical_alignment.0) {
        attributes.vertical_alignment = vertical;
    }
    attributes.angle.get_or_insert_with(Angle::new);
    if is_new {
        attributes.line_spacing = 1.0;
    }
    distance(&mut attributes.stroke_width);
    attributes.size.get_or_insert_with(|| Vector2::new().with_x_nm(SIZE).with_y_nm(SIZE));
}
