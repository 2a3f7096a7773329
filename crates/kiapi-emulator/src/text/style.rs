//! The attributes of a text, as KiCad understands them.

use kiapi_gen::common::types::{Text, TextAttributes, Vector2};

use super::markup;
use super::number::{Point, narrow, round};

/// Where the position of a text lies in it, horizontally or vertically.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    /// Left or top.
    Start,
    Center,
    /// Right or bottom.
    End,
    /// Drawn as `Start`, but its box is not moved.
    Indeterminate,
}

impl Align {
    fn from_number(number: i32) -> Self {
        match number {
            1 => Self::Start,
            3 => Self::End,
            4 => Self::Indeterminate,
            // KiCad takes what it does not know as centred.
            _ => Self::Center,
        }
    }
}

/// A text and how it is drawn. Lengths in nanometres.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "they are what the message has")]
pub(super) struct Style {
    /// What is shown: escapes are resolved.
    pub(super) text: String,
    pub(super) position: Point,
    pub(super) size: Point,
    /// As it was given: 0 or 1 mean that it follows from the size.
    pub(super) stroke_width: i32,
    pub(super) horizontal: Align,
    pub(super) vertical: Align,
    /// In degrees.
    pub(super) angle: f64,
    pub(super) line_spacing: f64,
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) underlined: bool,
    pub(super) mirrored: bool,
    pub(super) multiline: bool,
    pub(super) keep_upright: bool,
    /// An outline font, which is only approximated.
    pub(super) outline: bool,
}

/// The size of a text that has no attributes, in nanometres.
const DEFAULT_SIZE: i32 = 1_270_000;

impl Style {
    pub(super) fn of(text: &Text) -> Self {
        let mut style = Self {
            text: markup::unescape(&text.text),
            position: point(text.position.as_ref()),
            size: Point { x: DEFAULT_SIZE, y: DEFAULT_SIZE },
            stroke_width: 0,
            horizontal: Align::Center,
            vertical: Align::Center,
            angle: 0.0,
            line_spacing: 1.0,
            bold: false,
            italic: false,
            underlined: false,
            mirrored: false,
            multiline: true,
            keep_upright: false,
            outline: false,
        };
        if let Some(attributes) = &text.attributes {
            style.set(attributes);
        }
        style
    }

    fn set(&mut self, attributes: &TextAttributes) {
        self.size = point(attributes.size.as_ref());
        self.stroke_width = attributes.stroke_width.as_ref().map_or(0, |width| narrow(width.value_nm));
        self.horizontal = Align::from_number(attributes.horizontal_alignment.0);
        self.vertical = Align::from_number(attributes.vertical_alignment.0);
        self.angle = attributes.angle.as_ref().map_or(0.0, |angle| angle.value_degrees);
        self.line_spacing = attributes.line_spacing;
        self.bold = attributes.bold;
        self.italic = attributes.italic;
        self.underlined = attributes.underlined;
        self.mirrored = attributes.mirrored;
        self.multiline = attributes.multiline;
        self.keep_upright = attributes.keep_upright;
        self.outline = !matches!(attributes.font_name.as_str(), "" | "KiCad Font");
    }

    /// How wide the pen is that draws the text: at most a quarter of its height or width.
    pub(super) fn pen_width(&self) -> i32 {
        let width = f64::from(self.size.x);
        let pen = match self.stroke_width {
            ..=1 if self.bold => round(width / 5.0),
            ..=1 => round(width / 8.0),
            given => given,
        };
        let smaller = self.size.x.wrapping_abs().min(self.size.y.wrapping_abs());
        pen.min(round(f64::from(smaller) * 0.25))
    }

    /// The lines of the text. A line feed at its end begins no other.
    pub(super) fn lines(&self) -> Vec<&str> {
        let mut lines: Vec<_> = self.text.split('\n').collect();
        if lines.last().is_some_and(|last| last.is_empty()) {
            lines.pop();
        }
        lines
    }

    /// How far lines are apart where the line spacing is 1.
    pub(super) fn pitch(&self) -> f64 {
        let pitch = f64::from(self.size.y) * 1.68;
        if self.outline { pitch } else { pitch * 0.9583 }
    }
}

/// What KiCad keeps of a point on the wire.
pub(super) fn point(vector: Option<&Vector2>) -> Point {
    vector.map_or(Point::default(), |vector| Point { x: narrow(vector.x_nm), y: narrow(vector.y_nm) })
}
