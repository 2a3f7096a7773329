//! Texts and text boxes.

use std::fmt;

use kiapi_gen::board::types;
use kiapi_gen::common::types as common;

use super::describe::{Turned, Words};
use super::{HorizontalAlignment, VerticalAlignment};
use crate::{Layer, mm};

/// How letters look, for what has them at `path`.
macro_rules! look_of_letters {
    ($name:ident, $base:literal, $($path:ident)*) => {
        accessors! { $name, $base;
            point { size set_size with_size, "(mm(1), mm(1.2))", "width and height of a letter", [$($path)*] size }
            length { stroke_width set_stroke_width with_stroke_width, "mm(0.15)", "thickness of the strokes; zero lets KiCad choose", [$($path)*] stroke_width }
            angle { angle set_angle with_angle, "deg(90)", "rotation of the text", [$($path)*] angle }
            name { font set_font with_font, "\"Arial\"", "name of the font; empty is KiCad's stroke font", [$($path)*] font_name }
            value { horizontal_alignment set_horizontal_alignment with_horizontal_alignment: HorizontalAlignment, "HorizontalAlignment::LEFT", "horizontal alignment", [$($path)*] horizontal_alignment }
            value { vertical_alignment set_vertical_alignment with_vertical_alignment: VerticalAlignment, "VerticalAlignment::TOP", "vertical alignment", [$($path)*] vertical_alignment }
            value { line_spacing set_line_spacing with_line_spacing: f64, "1.5", "distance between lines, as a multiple of the usual one", [$($path)*] line_spacing }
            flag { is_italic set_italic with_italic, "the letters are slanted", [$($path)*] italic }
            flag { is_bold set_bold with_bold, "the letters are bold", [$($path)*] bold }
            flag { is_underlined set_underlined with_underlined, "the letters are underlined", [$($path)*] underlined }
            flag { is_mirrored set_mirrored with_mirrored, "the text is mirrored, as it is on the back", [$($path)*] mirrored }
            flag { is_multiline set_multiline with_multiline, "line breaks begin a new line", [$($path)*] multiline }
            flag { is_kept_upright set_kept_upright with_kept_upright, "the text is turned so that it can be read", [$($path)*] keep_upright }
        }
    };
}

/// What KiCad gives to a new text.
#[inline]
pub(super) fn usual_letters() -> common::TextAttributes {
    common::TextAttributes::new()
        .with_size(crate::Vector2::new(mm(1), mm(1)))
        .with_stroke_width(mm(0.15))
        .with_line_spacing(1.0)
        .with_angle(common::Angle::new())
        .with_multiline(true)
        .with_visible(true)
}

wrapper! {
    /// A text on one layer.
    ///
    /// # KiCad versions
    ///
    /// 9.0 and later. KiCad gives letters of 1.27 mm to a text without any attributes, and takes what attributes say
    /// otherwise, also a line spacing of zero. [`new`](Self::new) says all of them. What is not aligned is centred.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Layer, Text, mm};
    ///
    /// let text = Text::new("hello").with_position((mm(3), mm(4))).with_size((mm(1), mm(1))).with_layer(Layer::F_SILKS);
    /// assert_eq!(text.to_string(), "text \"hello\" on F.SilkS at (3 mm, 4 mm)");
    /// ```
    Text boxed types::BoardText
}
identity! { Text }
short_debug! { Text }

impl Text {
    /// A text in letters of 1 mm, centred at its position, on the front silkscreen.
    pub fn new(text: impl Into<String>) -> Self {
        let letters = usual_letters()
            .with_horizontal_alignment(HorizontalAlignment::CENTER)
            .with_vertical_alignment(VerticalAlignment::CENTER);
        let text = common::Text::new().with_text(text).with_attributes(letters);
        Self::from(types::BoardText::new().with_text(text).with_layer(Layer::F_SILKS))
    }
}

accessors! { Text, "Text::new(\"hello\")";
    name { text set_text with_text, "\"hello\"", "content of the text, in which KiCad replaces `${…}` by text variables", [text] text }
    point { position set_position with_position, "(mm(1), mm(2))", "place of the text", [text] position }
    name { hyperlink set_hyperlink with_hyperlink, "\"https://www.kicad.org\"", "address that a click opens", [text] hyperlink }
    value { layer set_layer with_layer: Layer, "Layer::F_SILKS", "layer of the text", [] layer }
    flag { is_knockout set_knockout with_knockout, "the letters are cut out of a filled area", [] knockout }
    lock {}
}
look_of_letters! { Text, "Text::new(\"hello\")", text attributes }

impl fmt::Display for Text {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (words, at) = (Words(self.text()), self.position());
        write!(f, "text {words} on {} at {at}{}", self.layer(), Turned(self.angle()))
    }
}

wrapper! {
    /// A text that is laid out in a rectangle on one layer.
    ///
    /// # KiCad versions
    ///
    /// 9.0 and later. The border that a person can give to a text box is not in the API.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{TextBox, mm};
    ///
    /// let text = TextBox::new("read me").with_top_left((mm(0), mm(0))).with_bottom_right((mm(20), mm(5)));
    /// assert_eq!(text.to_string(), "text box \"read me\" on F.SilkS, 20 mm by 5 mm at (0 mm, 0 mm)");
    /// ```
    TextBox boxed types::BoardTextBox
}
identity! { TextBox }
short_debug! { TextBox }

impl TextBox {
    /// A text in letters of 1 mm that begins in the upper left corner, on the front silkscreen.
    pub fn new(text: impl Into<String>) -> Self {
        let letters = usual_letters()
            // KiCad never says it of a box.
            .with_visible(false)
            .with_horizontal_alignment(HorizontalAlignment::LEFT)
            .with_vertical_alignment(VerticalAlignment::TOP);
        let text = common::TextBox::new().with_text(text).with_attributes(letters);
        Self::from(types::BoardTextBox::new().with_textbox(text).with_layer(Layer::F_SILKS))
    }
}

accessors! { TextBox, "TextBox::new(\"hello\")";
    name { text set_text with_text, "\"hello\"", "content of the box, in which KiCad replaces `${…}` by text variables", [textbox] text }
    point { top_left set_top_left with_top_left, "(mm(1), mm(2))", "upper left corner of the box", [textbox] top_left }
    point { bottom_right set_bottom_right with_bottom_right, "(mm(9), mm(5))", "lower right corner of the box", [textbox] bottom_right }
    value { layer set_layer with_layer: Layer, "Layer::F_SILKS", "layer of the box", [] layer }
    lock {}
}
look_of_letters! { TextBox, "TextBox::new(\"hello\")", textbox attributes }

impl fmt::Display for TextBox {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.bottom_right() - self.top_left();
        write!(f, "text box {} on {}, ", Words(self.text()), self.layer())?;
        write!(f, "{} by {} at {}{}", size.x, size.y, self.top_left(), Turned(self.angle()))
    }
}
