//! Where the strokes of a text go.

use super::font::glyph;
use super::markup::{self, Node};
use super::number::{Point, Rotation, round, trunc};
use super::style::{Align, Style};
use crate::Line;

/// The width of a space in multiples of the size, after the columns that a tab skips.
const SPACE: f64 = 16.0 / 21.0;
/// What of a glyph's advance lies after it, in multiples of the size.
const AFTER_GLYPH: f64 = 0.2;
/// How much smaller raised and lowered text is.
const SMALL: f64 = 0.8;
/// How far lowered and raised text is moved, in multiples of its own height.
const LOWERED: f64 = 0.15;
const RAISED: f64 = 0.35;
/// How far italic text leans: a glyph's top moves by an eighth of its height.
const TILT: f64 = 0.125;
/// The height of the bar over a text and the depth of the line under it, in multiples of the height.
const OVERBAR: f64 = 1.23;
const UNDERLINE: f64 = -0.16;
/// What a bar lacks at each end, in multiples of the width.
const BAR_TRIM: f64 = 0.1;

/// A straight stroke, in nanometres.
pub(super) type Segment = [Point; 2];

/// All strokes of a text.
pub(super) fn strokes(style: &Style, version: Line) -> Vec<Segment> {
    let mut segments = Vec::new();
    for (position, line) in positions(style, version) {
        let mut pen = Pen::new(style, version);
        pen.segments = Some(segments);
        pen.line(line, position);
        segments = pen.segments.unwrap_or_default();
    }
    segments
}

/// Where the baseline of each line begins.
fn positions(style: &Style, version: Line) -> Vec<(Point, &str)> {
    let lines = style.lines();
    let interline = trunc(style.pitch() * style.line_spacing);
    let mut height = 0_i32;
    for number in 0..lines.len() {
        let line = if number == 0 { trunc(f64::from(style.size.y) * 1.17) } else { interline };
        height = height.wrapping_add(line);
    }
    let pen = f64::from(style.stroke_width);
    let down = match style.vertical {
        Align::Start | Align::Indeterminate => 0,
        Align::Center => height / 2,
        Align::End => height,
    };
    let x = trunc(pen / 1.52);
    let y = trunc(f64::from(style.size.y) - pen * 0.052).wrapping_sub(down);
    let place = |(number, line)| {
        let number = i32::try_from(number).unwrap_or(i32::MAX);
        // Measured where the text stands: on which side of 0 that is decides how a tab is rounded.
        let width = || {
            let end = Pen::new(style, version).line(line, style.position);
            end.x.wrapping_sub(style.position.x)
        };
        let x = match style.horizontal {
            Align::Start | Align::Indeterminate => x,
            Align::Center => -(width() / 2),
            Align::End => width().wrapping_add(x).wrapping_neg(),
        };
        let y = y.wrapping_add(number.wrapping_mul(interline));
        (Point { x: style.position.x.wrapping_add(x), y: style.position.y.wrapping_add(y) }, line)
    };
    lines.into_iter().enumerate().map(place).collect()
}

/// The size of one line as it stands, without the width of the pen.
pub(super) fn line_size(style: &Style, line: &str, version: Line) -> Point {
    let mut pen = Pen::new(style, version);
    pen.line(line, Point::default());
    let (low, high) = pen.bounds.unwrap_or_default();
    Point { x: high.x.wrapping_sub(low.x), y: high.y.wrapping_sub(low.y) }
}

/// Whether a piece of text is smaller, and where it went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Normal,
    Lowered,
    Raised,
}

struct Pen<'a> {
    style: &'a Style,
    version: Line,
    rotation: Rotation,
    /// `None` while only measuring.
    segments: Option<Vec<Segment>>,
    /// The least and the greatest corner of what was drawn.
    bounds: Option<(Point, Point)>,
}

impl<'a> Pen<'a> {
    fn new(style: &'a Style, version: Line) -> Self {
        Self { style, version, rotation: Rotation::new(style.angle), segments: None, bounds: None }
    }

    /// Draws a line of text, and says where the next glyph would begin.
    fn line(&mut self, line: &str, start: Point) -> Point {
        let end = self.nodes(&markup::parse(line), start, Script::Normal);
        if self.style.underlined && self.version == Line::V9_0 {
            self.bar(start, end, UNDERLINE);
        }
        end
    }

    fn nodes(&mut self, nodes: &[Node], start: Point, script: Script) -> Point {
        nodes.iter().fold(start, |at, node| self.node(node, at, script))
    }

    fn node(&mut self, node: &Node, start: Point, script: Script) -> Point {
        let end = match node {
            Node::Plain(text) => self.run(text, start, script),
            Node::Overbar(inner) => self.nodes(inner, start, script),
            Node::Subscript(inner) => self.nodes(inner, start, Script::Lowered),
            // Raised text in lowered text is not raised.
            Node::Superscript(inner) if script == Script::Lowered => self.nodes(inner, start, script),
            Node::Superscript(inner) => self.nodes(inner, start, Script::Raised),
        };
        // 10.0 underlines each node, and so what is nested more than once; 9.0 the line as a whole.
        if self.style.underlined && self.version != Line::V9_0 {
            self.bar(start, end, UNDERLINE);
        }
        if matches!(node, Node::Overbar(_)) {
            self.bar(start, end, OVERBAR);
        }
        end
    }

    fn run(&mut self, text: &str, start: Point, script: Script) -> Point {
        let full = (f64::from(self.style.size.x), f64::from(self.style.size.y));
        let factor = if script == Script::Normal { 1.0 } else { SMALL };
        let size = (full.0 * factor, full.1 * factor);
        let moved = match script {
            Script::Normal => 0.0,
            Script::Lowered => size.1 * LOWERED,
            Script::Raised => -(size.1 * RAISED),
        };
        let mut cursor = Point { x: start.x, y: trunc(f64::from(start.y) + moved) };
        let mut column = 0_i32;
        for c in text.chars() {
            if c == '\t' {
                column = (column / 4 + 1) * 4 - 1;
                let skipped = full.0 * f64::from(column) + full.0 * SPACE;
                cursor.x = trunc(f64::from(start.x) + skipped);
            } else {
                let glyph = glyph(c);
                for stroke in &glyph.strokes {
                    self.stroke(stroke, size, cursor);
                }
                cursor.x = cursor.x.wrapping_add(round(glyph.advance * size.0));
            }
            column = column.wrapping_add(1);
        }
        let right = cursor.x.wrapping_sub(round(size.0 * AFTER_GLYPH));
        let shift = cursor.y.wrapping_sub(start.y);
        let bottom = match self.version {
            Line::V9_0 => trunc(f64::from(start.y.wrapping_add(shift)) + size.1),
            Line::V10_0 => trunc(f64::from(start.y.wrapping_sub(shift)) + size.1),
        };
        self.merge(start, Point { x: right, y: bottom });
        Point { x: cursor.x, y: start.y }
    }

    fn merge(&mut self, a: Point, b: Point) {
        let (low, high) =
            (Point { x: a.x.min(b.x), y: a.y.min(b.y) }, Point { x: a.x.max(b.x), y: a.y.max(b.y) });
        self.bounds = Some(match self.bounds {
            None => (low, high),
            Some((least, most)) => (
                Point { x: least.x.min(low.x), y: least.y.min(low.y) },
                Point { x: most.x.max(high.x), y: most.y.max(high.y) },
            ),
        });
    }

    fn stroke(&mut self, points: &[(f64, f64)], size: (f64, f64), cursor: Point) {
        let tilt = if self.style.italic { TILT } else { 0.0 };
        let place = |&(x, y): &(f64, f64)| {
            let (x, y) = (x * size.0, y * size.1);
            (x - y * tilt + f64::from(cursor.x), y + f64::from(cursor.y))
        };
        let points: Vec<_> = points.iter().map(place).collect();
        self.polyline(&points);
    }

    /// A bar as long as what was drawn between two points, a bit shortened.
    fn bar(&mut self, start: Point, end: Point, height: f64) {
        let (width, up) = (f64::from(self.style.size.x), f64::from(self.style.size.y) * height);
        let trim = width * BAR_TRIM;
        let y = f64::from(start.y) - up;
        self.polyline(&[(f64::from(start.x) + trim, y), (f64::from(end.x) - trim, y)]);
    }

    /// Mirrors and turns points around the position of the text, and draws lines between them.
    fn polyline(&mut self, points: &[(f64, f64)]) {
        let Some(segments) = &mut self.segments else { return };
        let origin = (f64::from(self.style.position.x), f64::from(self.style.position.y));
        let (mirrored, rotation) = (self.style.mirrored, self.rotation);
        let place = |&(x, y): &(f64, f64)| {
            let x = if mirrored { origin.0 - (x - origin.0) } else { x };
            if rotation.is_zero() {
                return Point { x: trunc(x), y: trunc(y) };
            }
            let (x, y) = rotation.turn((x - origin.0, y - origin.1));
            Point { x: trunc(x + origin.0), y: trunc(y + origin.1) }
        };
        let points: Vec<_> = points.iter().map(place).collect();
        segments.extend(points.windows(2).map(|pair| [pair[0], pair[1]]));
    }
}
