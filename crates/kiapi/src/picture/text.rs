//! Texts: as the strokes that KiCad gave for them, or else in whatever font the viewer has.

use std::collections::{BTreeMap, HashMap};

use kiapi_gen::common::types::{
    Angle, CompoundShape, HorizontalAlignment, Text, TextAttributes, TextBox, Vector2, VerticalAlignment,
};
use kiapi_gen::prost::Message as _;

use super::graphic;
use super::path::{Bounds, Path, Point, Step, at, degrees, length, point};
use super::shape::{Form, Label, Paint, Shape, rectangle};

/// A text that grows beyond this when its variables are put in is left as it is.
const LONGEST: usize = 1 << 16;

/// How often variables may stand for texts with variables.
const ROUNDS: usize = 4;

/// What a text may speak of.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    /// The fields of the footprint that it belongs to.
    pub(super) fields: Option<&'a BTreeMap<String, String>>,
    pub(super) variables: &'a BTreeMap<String, String>,
}

impl Scope<'_> {
    #[inline]
    fn value(&self, name: &str) -> Option<&str> {
        let field = || self.fields?.get(&name.to_uppercase());
        field().or_else(|| self.variables.get(name)).map(String::as_str)
    }

    /// The text with its variables put in; those that nobody knows stay.
    #[inline]
    fn expand(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for _ in 0..ROUNDS {
            let Some(next) = self.expand_once(&text) else {
                break;
            };
            if next.len() > LONGEST {
                break;
            }
            text = next;
        }
        text
    }

    /// The names of the variables in a text that stay in it.
    #[inline]
    pub(super) fn unknown(text: &str) -> impl Iterator<Item = &str> {
        let names = text.split("${").skip(1).filter_map(|rest| rest.split_once('}'));
        names.map(|(name, _)| name)
    }

    #[inline]
    fn expand_once(&self, text: &str) -> Option<String> {
        let mut expanded = String::new();
        let mut rest = text;
        let mut changed = false;
        while let Some(start) = rest.find("${") {
            let end = rest[start..].find('}').map(|end| start + end);
            let value = end.and_then(|end| Some((self.value(&rest[start + 2..end])?, end + 1)));
            match value {
                Some((value, end)) => {
                    expanded.push_str(&rest[..start]);
                    expanded.push_str(value);
                    rest = &rest[end..];
                    changed = true;
                }
                None => {
                    expanded.push_str(&rest[..start + 2]);
                    rest = &rest[start + 2..];
                }
            }
            if expanded.len() > LONGEST {
                break;
            }
        }
        expanded.push_str(rest);
        changed.then_some(expanded)
    }
}

/// The text as it is drawn, and as KiCad is asked for its strokes: with variables put in, and turned so that it can be
/// read if it belongs to a footprint and wants that.
#[inline]
pub(super) fn drawn(text: &Text, scope: Scope<'_>) -> Text {
    let mut text = text.clone();
    text.text = scope.expand(&text.text);
    if let Some(attributes) = text.attributes.as_mut().filter(|_| scope.fields.is_some()) {
        let angle = degrees(attributes.angle.as_ref()).rem_euclid(360.0);
        if attributes.keep_upright && angle > 90.0 && angle <= 270.0 {
            attributes.angle = Some(Angle::new().with_value_degrees(angle - 180.0));
        }
    }
    text
}

/// The text of a text box, in its place: KiCad itself does not say where that is.
#[inline]
pub(super) fn in_box(text_box: &TextBox, scope: Scope<'_>) -> Text {
    let attributes = text_box.attributes.clone().unwrap_or_default();
    let (a, b) = (point(text_box.top_left.as_ref()), point(text_box.bottom_right.as_ref()));
    let angle = degrees(attributes.angle.as_ref());
    let half = b.minus(a).times(0.5);
    let half = at(half.x.abs(), half.y.abs());
    let half = if (angle.rem_euclid(180.0) - 90.0).abs() < 1e-9 { at(half.y, half.x) } else { half };
    let pen = attributes.stroke_width.as_ref().map_or(0.0, |width| length(width.value_nm));
    let margin = pen / 2.0 + 0.75 * attributes.size.as_ref().map_or(0.0, |size| length(size.y_nm));
    let mirror = if attributes.mirrored { -1.0 } else { 1.0 };
    let across = match attributes.horizontal_alignment {
        HorizontalAlignment::CENTER | HorizontalAlignment::INDETERMINATE => 0.0,
        HorizontalAlignment::RIGHT => mirror * (half.x - margin),
        _ => -mirror * (half.x - margin),
    };
    let down = match attributes.vertical_alignment {
        VerticalAlignment::CENTER | VerticalAlignment::INDETERMINATE => 0.0,
        VerticalAlignment::BOTTOM => half.y - margin,
        _ => -(half.y - margin),
    };
    let position = a.plus(b).times(0.5).plus(at(across, down).turned(angle));
    #[expect(clippy::cast_possible_truncation, reason = "it is tamed")]
    let position = Vector2::new().with_x_nm(position.x.round() as i64).with_y_nm(position.y.round() as i64);
    let text = scope.expand(&text_box.text);
    // There is no text box that cannot be seen, and KiCad leaves the field empty.
    let attributes = attributes.with_multiline(true).with_visible(true);
    Text::new().with_position(position).with_attributes(attributes).with_text(text)
}

/// The strokes of texts, by the texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Strokes(HashMap<Vec<u8>, CompoundShape>);

impl Strokes {
    #[inline]
    pub(super) fn insert(&mut self, text: &Text, shapes: CompoundShape) {
        self.0.insert(text.encode_to_vec(), shapes);
    }

    /// What a text looks like.
    #[inline]
    pub(super) fn shapes(&self, text: &Text) -> Vec<Shape> {
        let hidden = text.attributes.as_ref().is_some_and(|attributes| !attributes.visible);
        if hidden || text.text.is_empty() {
            return Vec::new();
        }
        match self.0.get(&text.encode_to_vec()) {
            Some(shapes) => {
                merged(shapes.shapes.iter().flat_map(|shape| graphic::shapes(shape, |point| point)).collect())
            }
            None => vec![label(text)],
        }
    }
}

/// One path for all lines of the same width.
#[inline]
fn merged(shapes: Vec<Shape>) -> Vec<Shape> {
    let mut merged: Vec<Shape> = Vec::new();
    for shape in shapes {
        if let (Some(Shape { form: Form::Path(path), paint }), Form::Path(next)) =
            (merged.last_mut(), &shape.form)
            && !paint.is_filled
            && *paint == shape.paint
        {
            join(path, next);
            continue;
        }
        merged.push(shape);
    }
    merged
}

/// Goes on with a path, without a move where it ends already.
#[inline]
fn join(path: &mut Path, next: &Path) {
    let end = match path.0.last() {
        Some(Step::Move(to) | Step::Line(to) | Step::Arc { to, .. } | Step::Cubic(_, _, to)) => Some(*to),
        _ => None,
    };
    let begins_there = matches!((next.0.first(), end), (Some(Step::Move(start)), Some(end)) if *start == end);
    path.0.extend(next.0.iter().skip(usize::from(begins_there)));
}

#[inline]
fn label(text: &Text) -> Shape {
    let default = TextAttributes::default();
    let attributes = text.attributes.as_ref().unwrap_or(&default);
    let height = attributes.size.as_ref().map_or(1e6, |size| length(size.y_nm).abs());
    let lines: Vec<String> = text.text.split('\n').map(str::to_owned).collect();
    let pitch = 1.6 * height;
    #[expect(clippy::cast_precision_loss, reason = "no text has that many lines")]
    let below_first = pitch * (lines.len() - 1) as f64;
    let drop = match attributes.vertical_alignment {
        VerticalAlignment::TOP => height,
        VerticalAlignment::BOTTOM => -below_first,
        _ => (height - below_first) / 2.0,
    };
    let anchor = match attributes.horizontal_alignment {
        HorizontalAlignment::LEFT => "start",
        HorizontalAlignment::RIGHT => "end",
        _ => "middle",
    };
    let label = Label {
        at: point(text.position.as_ref()),
        degrees: degrees(attributes.angle.as_ref()),
        // Of most fonts the capitals are some seven tenths of the size.
        size: height / 0.72,
        is_mirrored: attributes.mirrored,
        anchor,
        drop,
        pitch,
        lines,
    };
    Shape::new(Form::Text(label), Paint::fill())
}

/// The filled box that a knocked-out text is cut out of.
#[inline]
pub(super) fn knockout(text: &Text, strokes: &[Shape]) -> Path {
    let position = point(text.position.as_ref());
    let attributes = text.attributes.as_ref();
    let angle = attributes.map_or(0.0, |attributes| degrees(attributes.angle.as_ref()));
    let mut bounds = Bounds::default();
    for shape in strokes {
        // Letters are lines and polygons.
        if let Form::Path(path) = &shape.form {
            let level = path.clone().map(|point| point.minus(position).turned(-angle));
            bounds.join(level.bounds().inflated(shape.paint.width / 2.0));
        }
    }
    let height =
        attributes.and_then(|attributes| attributes.size.as_ref()).map_or(0.0, |size| length(size.y_nm));
    let back = |point: Point| position.plus(point.turned(angle));
    rectangle(bounds.inflated(height.abs() / 9.0)).map(back)
}
