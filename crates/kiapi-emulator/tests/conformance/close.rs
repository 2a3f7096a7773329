//! What counts as close: where KiCad's font or its way of approximating curves decides, and nothing else.

use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};

use crate::compare::unindexed;

/// How far polygons that approximate curves may lie apart, in nanometres: KiCad's own error of an arc.
pub(crate) const CURVE_ERROR: f64 = 5_000.0;

/// How much of something is tolerated.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tolerance {
    /// So many nanometres.
    Nm(f64),
    /// A share of the height of the request's text, which is given in nanometres.
    OfText { share: f64, height: f64 },
}

impl Tolerance {
    /// The greatest difference that is close, in nanometres.
    pub(crate) fn limit(&self) -> f64 {
        match self {
            Self::Nm(nm) => *nm,
            Self::OfText { share, height } => share * height,
        }
    }
}

/// The table: the command, the start of the field's path without indexes, and the tolerance (the share of the text's
/// height, and nanometres on top).
const NUMBERS: [(&str, &str, f64, f64); 3] = [
    ("GetTextExtents", "", 0.01, 0.0),
    ("GetTextAsShapes", "text_with_shapes.shapes", 0.01, 0.0),
    // Boxes of text, and of arcs that KiCad's geometry rounds outwards.
    ("GetBoundingBox", "boxes", 0.01, CURVE_ERROR),
];

/// The commands whose polygons are compared as sets of points.
const OUTLINES: [(&str, &str); 1] = [("GetPadShapeAsPolygon", "kiapi.common.types.PolygonWithHoles")];

/// How far the numbers of this field may lie apart; none when they must be equal.
pub(crate) fn tolerance(command: &str, path: &str, text_size: f64) -> Option<Tolerance> {
    let path = unindexed(path);
    let (_, _, share, nm) =
        NUMBERS.iter().find(|(name, start, ..)| *name == command && path.starts_with(start))?;
    if *share == 0.0 {
        return Some(Tolerance::Nm(*nm));
    }
    Some(Tolerance::OfText { share: *share, height: text_size + nm / share })
}

/// Whether KiCad gives these items in an order that differs from one run to the next: `--against-itself` shows it.
///
/// The selection and the items of a net are sets ordered by the addresses of items. A board that was saved and read
/// again has its items in the order of their ids, of which the new ones are random.
pub(crate) fn is_unordered(command: &str, path: &str, was_reverted: bool) -> bool {
    match (command, path) {
        ("GetSelection" | "AddToSelection" | "RemoveFromSelection", "items")
        | ("GetConnectedItems" | "GetItemsByNet" | "GetItemsByNetClass", "items") => true,
        ("GetItems", "items") => was_reverted,
        // The members of a group are a set of the same kind.
        (_, path) => {
            matches!(unindexed(path).as_str(), "items.items")
                || unindexed(path).ends_with("_items.item.items")
        }
    }
}

/// Whether these are the priorities of two teardrops, which KiCad numbers anew in the order of their addresses.
pub(crate) fn is_rank_of_teardrop(path: &str, first: &Value, second: &Value) -> bool {
    const FIRST: u32 = 30_000;
    let is_one = |value: &Value| value.as_u32().is_some_and(|priority| priority >= FIRST);
    path.ends_with(".priority") && is_one(first) && is_one(second)
}

/// The text of a board's file: the format is not the API's, so only that there is one counts.
pub(crate) fn is_not_compared(command: &str, path: &str) -> bool {
    matches!((command, path), ("SaveDocumentToString" | "SaveSelectionToString", "contents"))
}

/// Whether the command tells where programs of this machine lie, of which only the name counts.
pub(crate) fn is_program(command: &str) -> bool {
    command == "GetKiCadBinaryPath"
}

/// Whether the message is an outline that may have other corners.
pub(crate) fn is_outline(command: &str, message: &str) -> bool {
    OUTLINES.contains(&(command, message))
}

type Point = (f64, f64);

/// The Hausdorff distance between two polygons' outlines, in nanometres; none when they are no such things.
pub(crate) fn outlines(first: &DynamicMessage, second: &DynamicMessage) -> Option<f64> {
    let rings = [rings(first), rings(second)];
    let [first, second] = &rings;
    if first.len() != second.len() || first.iter().chain(second).any(Vec::is_empty) {
        return None;
    }
    let distances = first.iter().zip(second).map(|(a, b)| directed(a, b).max(directed(b, a)));
    Some(distances.fold(0.0, f64::max))
}

/// How far the corners of `from` lie from the outline `to` at most.
fn directed(from: &[Point], to: &[Point]) -> f64 {
    let edges = || to.iter().zip(to.iter().cycle().skip(1));
    let nearest = |point: &Point| edges().map(|(a, b)| to_edge(*point, *a, *b)).fold(f64::INFINITY, f64::min);
    from.iter().map(nearest).fold(0.0, f64::max)
}

fn to_edge((px, py): Point, (ax, ay): Point, (bx, by): Point) -> f64 {
    let (dx, dy) = (bx - ax, by - ay);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 { (((px - ax) * dx + (py - ay) * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    (px - ax - along * dx).hypot(py - ay - along * dy)
}

/// The closed lines of a message in order, each with its points.
fn rings(message: &DynamicMessage) -> Vec<Vec<Point>> {
    let mut rings = Vec::new();
    collect(&Value::Message(message.clone()), &mut rings);
    rings
}

fn collect(value: &Value, rings: &mut Vec<Vec<Point>>) {
    match value {
        Value::Message(message) => {
            match message.descriptor().name() {
                "PolyLine" => rings.push(Vec::new()),
                "Vector2" => {
                    if let Some(ring) = rings.last_mut() {
                        ring.push((coordinate(message, "x_nm"), coordinate(message, "y_nm")));
                    }
                }
                _ => {}
            }
            for (_, value) in message.fields() {
                collect(value, rings);
            }
        }
        Value::List(values) => values.iter().for_each(|value| collect(value, rings)),
        _ => {}
    }
}

#[expect(clippy::cast_precision_loss, reason = "a board is not that large")]
fn coordinate(message: &DynamicMessage, name: &str) -> f64 {
    message.get_field_by_name(name).and_then(|value| value.as_i64()).unwrap_or_default() as f64
}
