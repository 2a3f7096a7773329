//! Which fields differ: canonical JSON compared member by member.

use std::collections::HashSet;

use anyhow::Context as _;
use kiapi::{Angle, FlipDirection, Item, Layer, Nm, Vector2};
use serde_json::{Map, Value, json};

/// A field that is not the same on both sides.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Difference {
    /// The names that lead to it, as canonical protobuf JSON has them: `padStack.drill.diameter`.
    pub(crate) path: String,
    /// What it was; nothing, if it was not set.
    pub(crate) before: Option<Value>,
    /// What it is; nothing, if it is not set.
    pub(crate) after: Option<Value>,
}

/// How far a point may be off after a turn, and another one back.
const ROUNDING: Nm = Nm(2);

impl Difference {
    fn new(path: &str, before: Option<&Value>, after: Option<&Value>) -> Self {
        Self { path: path.to_owned(), before: before.cloned(), after: after.cloned() }
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "field": self.path, "before": self.before, "after": self.after })
    }

    /// Whether both sides are the same but for what rounding does to points.
    fn is_rounding(&self) -> bool {
        matches!((&self.before, &self.after), (Some(before), Some(after)) if are_near(before, after))
    }

    /// `1 mm → 2 mm`.
    pub(crate) fn text(&self) -> String {
        match (&self.before, &self.after) {
            // Two of the same size would look the same.
            (Some(before @ (Value::Array(_) | Value::Object(_))), Some(after))
                if text(before) == text(after) =>
            {
                format!("{}, changed", text(after))
            }
            (before, after) => {
                let side = |value: &Option<Value>| value.as_ref().map_or_else(|| "not set".to_owned(), text);
                format!("{} → {}", side(before), side(after))
            }
        }
    }
}

/// What differs between an item as it was and as it is.
///
/// What moved or turned as a whole says so in `position` and `orientation`, and beside that only what is different when
/// it is put where it was. Ids that KiCad makes anew each time that it loads a board are no difference.
pub(super) fn between_items(before: &Item, after: &Item) -> anyhow::Result<Vec<Difference>> {
    let value = |item: &Item| {
        let value = serde_json::to_value(item.to_any()).context("it cannot be shown as JSON");
        value.map(|mut value| {
            forget_passing_ids(&mut value);
            value
        })
    };
    let (old, new) = (value(before)?, value(after)?);
    let mut plain = between_values(&old, &new);
    let (Some(from), Some(to)) = (before.position(), after.position()) else { return Ok(plain) };
    let mut moved = before.clone();
    let mut moves = Vec::new();
    if from != to && moved.move_by(to - from).is_ok() {
        moves.push(Difference::new("position", Some(&point(from)), Some(&point(to))));
    }
    if let (Item::Footprint(old), Item::Footprint(new)) = (before, after) {
        // Whichever way it was flipped, the rest is a turn.
        if old.layer() != new.layer() && moved.flip(to, FlipDirection::LeftRight, 2).is_ok() {
            moves.push(Difference::new("layer", Some(&layer(old.layer())), Some(&layer(new.layer()))));
        }
        let turned = match &moved {
            Item::Footprint(moved) => moved.orientation(),
            _ => old.orientation(),
        };
        if old.orientation() != new.orientation() {
            let (old, new) = (angle(old.orientation()), angle(new.orientation()));
            moves.push(Difference::new("orientation", Some(&old), Some(&new)));
        }
        if turned != new.orientation() {
            moved.rotate(to, new.orientation() - turned)?;
        }
    }
    if !moves.is_empty() {
        let mut rest = between_values(&value(&moved)?, &new);
        rest.retain(|difference| !difference.is_rounding());
        if moves.len() + rest.len() < plain.len() {
            moves.extend(rest);
            plain = moves;
        }
    }
    Ok(plain)
}

/// Takes the id of the board out of an item, and those of the fields of a footprint and of the shapes that make up a pad:
/// where a file has none for them, KiCad makes them anew.
fn forget_passing_ids(item: &mut Value) {
    let is_pad = item["@type"].as_str().is_some_and(|name| name.ends_with(".Pad"));
    if let (false, Some(item)) = (is_pad, item.as_object_mut()) {
        item.remove("parent");
    }
    forget_ids_of_parts(item);
}

fn forget_ids_of_parts(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(forget_ids_of_parts),
        Value::Object(object) => {
            let is_field = is_field(object);
            for (name, value) in object {
                match value {
                    Value::Array(shapes) if name == "customShapes" => {
                        shapes.iter_mut().filter_map(Value::as_object_mut).for_each(|shape| {
                            shape.remove("id");
                        });
                    }
                    Value::Object(text) if is_field && name == "text" => {
                        text.remove("id");
                    }
                    other => forget_ids_of_parts(other),
                }
            }
        }
        _ => {}
    }
}

/// Whether an object is a field of a footprint, which has a name and a text on the board.
fn is_field(object: &Map<String, Value>) -> bool {
    object.contains_key("name") && object.get("text").is_some_and(Value::is_object)
}

/// Whether two values are the same, but for points that lie next to each other.
fn are_near(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) if is_point(old) && is_point(new) => {
            let off = coordinates(old) - coordinates(new);
            off.x.abs() <= ROUNDING && off.y.abs() <= ROUNDING
        }
        (Value::Object(old), Value::Object(new)) => {
            old.len() == new.len()
                && old.iter().all(|(name, old)| new.get(name).is_some_and(|new| are_near(old, new)))
        }
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| are_near(old, new))
        }
        _ => before == after,
    }
}

/// What differs between two values.
pub(crate) fn between_values(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", Some(before), Some(after), &mut found);
    found
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Some(Value::Object(old)), Some(Value::Object(new))) if !is_one_value(old) && !is_one_value(new) => {
            let names = new.keys().chain(old.keys().filter(|name| !new.contains_key(*name)));
            for name in names {
                compare(&member(path, name), old.get(name), new.get(name), found);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => lists(path, old, new, found),
        // A list that is empty is not written.
        (Some(Value::Array(old)), None) => lists(path, old, &[], found),
        (None, Some(Value::Array(new))) => lists(path, &[], new, found),
        _ => found.push(Difference::new(path, before, after)),
    }
}

fn member(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Whether an object stands for one value: a point, a length, an angle, an id.
fn is_one_value(object: &Map<String, Value>) -> bool {
    let only = |names: &[&str]| object.keys().all(|name| names.contains(&name.as_str()));
    !object.is_empty()
        && [&["xNm", "yNm"][..], &["valueNm"], &["valueDegrees"], &["value"]].into_iter().any(only)
}

/// Compares lists: by what names their elements, where something does; by place, where the same number of messages is on
/// both sides; as sets, where they hold plain values.
fn lists(path: &str, old: &[Value], new: &[Value], found: &mut Vec<Difference>) {
    let is_plain = |value: &Value| !value.is_object() && !value.is_array();
    if old.iter().chain(new).all(is_plain) {
        let (had, has): (HashSet<&Value>, HashSet<&Value>) = (old.iter().collect(), new.iter().collect());
        let before = found.len();
        found.extend(
            old.iter().filter(|it| !has.contains(it)).map(|it| Difference::new(path, Some(it), None)),
        );
        found.extend(
            new.iter().filter(|it| !had.contains(it)).map(|it| Difference::new(path, None, Some(it))),
        );
        if before == found.len() {
            // The same, in another order.
            found.push(Difference::new(path, Some(&json!(old)), Some(&json!(new))));
        }
        return;
    }
    for key in [id_of as fn(&Value) -> Option<&str>, name_of] {
        let (Some(olds), Some(news)) = (keys(old, key), keys(new, key)) else { continue };
        for (value, key) in old.iter().zip(&olds) {
            let other = news.iter().position(|other| other == key).map(|place| &new[place]);
            compare(&format!("{path}[{}]", label(value)), Some(value), other, found);
        }
        for (value, key) in new.iter().zip(&news) {
            if !olds.contains(key) {
                found.push(Difference::new(&format!("{path}[{}]", label(value)), None, Some(value)));
            }
        }
        return;
    }
    // The points of an outline that moved are one difference, and not one for each.
    let is_short = old.len() == new.len() && old.len() <= 8;
    if is_short && old.iter().zip(new).filter(|(old, new)| old != new).count() <= 2 {
        for (place, (old, new)) in old.iter().zip(new).enumerate() {
            compare(&format!("{path}[{place}]"), Some(old), Some(new), found);
        }
        return;
    }
    found.push(Difference::new(path, Some(&json!(old)), Some(&json!(new))));
}

/// The keys of all elements, if each has one and no two the same.
fn keys(list: &[Value], key: fn(&Value) -> Option<&str>) -> Option<Vec<&str>> {
    let keys: Vec<&str> = list.iter().map(key).collect::<Option<_>>()?;
    let different: HashSet<&str> = keys.iter().copied().collect();
    (different.len() == keys.len()).then_some(keys)
}

fn id_of(value: &Value) -> Option<&str> {
    // A field goes by its name.
    let name = value.as_object().filter(|object| is_field(object)).map(|_| &value["name"]);
    name.unwrap_or(&value["id"]["value"]).as_str()
}

fn name_of(value: &Value) -> Option<&str> {
    [&value["name"], &value["layer"]].into_iter().find_map(Value::as_str)
}

/// What a person knows an element by.
fn label(value: &Value) -> String {
    let kind = value["@type"].as_str().and_then(|kind| kind.rsplit('.').next()).unwrap_or_default();
    let kind = match kind {
        "BoardGraphicShape" => "shape".to_owned(),
        "BoardText" | "BoardTextBox" => "text".to_owned(),
        kind => kind.to_lowercase(),
    };
    let names = [&value["number"], &value["name"], &value["layer"], &value["id"]["value"]];
    let name = names.into_iter().find_map(Value::as_str).unwrap_or_default();
    let name = if name.len() == 36 { &name[..8] } else { name };
    format!("{kind} {}", plain(name)).trim().to_owned()
}

fn point(point: Vector2) -> Value {
    json!({ "xNm": point.x.0.to_string(), "yNm": point.y.0.to_string() })
}

fn angle(angle: Angle) -> Value {
    json!({ "valueDegrees": angle.degrees() })
}

fn layer(layer: Layer) -> Value {
    json!(layer)
}

/// Longer texts are cut.
const LONGEST: usize = 60;

/// A value as a person reads it.
fn text(value: &Value) -> String {
    match value {
        Value::Object(object) if is_one_value(object) => one_value(object),
        Value::Object(object) if object.is_empty() => "set".to_owned(),
        Value::Object(_) if value["@type"].is_string() => label(value),
        Value::Object(object) => match object.get("name").and_then(Value::as_str) {
            Some(name) => name.to_owned(),
            None => cut(&value.to_string()),
        },
        Value::Array(list) if list.len() == 1 => "1 entry".to_owned(),
        Value::Array(list) => format!("{} entries", list.len()),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => cut(&plain(text)),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        other => other.to_string(),
    }
}

/// A layer's name as KiCad writes it, or the text itself.
fn plain(text: &str) -> String {
    match text.strip_prefix("BL_") {
        Some(layer) => layer.replace('_', "."),
        None => text.to_owned(),
    }
}

fn cut(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn is_point(object: &Map<String, Value>) -> bool {
    object.contains_key("xNm") || object.contains_key("yNm")
}

fn coordinates(object: &Map<String, Value>) -> Vector2 {
    Vector2::new(Nm(number(object, "xNm")), Nm(number(object, "yNm")))
}

/// A number of 64 bits, which is a text in this JSON; zero is not written.
fn number(object: &Map<String, Value>, name: &str) -> i64 {
    let value = object.get(name);
    let value =
        value.and_then(|value| value.as_str().map_or_else(|| value.as_i64(), |text| text.parse().ok()));
    value.unwrap_or_default()
}

fn one_value(object: &Map<String, Value>) -> String {
    if is_point(object) {
        return coordinates(object).to_string();
    }
    if object.contains_key("valueNm") {
        return Nm(number(object, "valueNm")).to_string();
    }
    if let Some(degrees) = object.get("valueDegrees").and_then(Value::as_f64) {
        return Angle::from_degrees(degrees).to_string();
    }
    object.get("value").map(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use kiapi::items::{PadStack, PadStackLayer, PadStackShape};
    use kiapi::{Field, Footprint, Id, Pad, Shape, Track, deg, mm};

    use super::*;

    #[track_caller]
    fn check(before: Value, after: Value, expected: &[&str]) {
        let found: Vec<String> =
            between_values(&before, &after).iter().map(|it| format!("{}: {}", it.path, it.text())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn values_are_told_as_people_write_them() {
        check(
            json!({ "width": { "valueNm": "250000" } }),
            json!({ "width": { "valueNm": "500000" } }),
            &["width: 0.25 mm → 0.5 mm"],
        );
        check(
            json!({ "end": { "xNm": "1000000" } }),
            json!({ "end": { "yNm": "-1" } }),
            &["end: (1 mm, 0 mm) → (0 mm, -0.000001 mm)"],
        );
        check(json!({ "layer": "BL_F_Cu" }), json!({ "layer": "BL_B_Cu" }), &["layer: F.Cu → B.Cu"]);
        check(json!({ "net": { "name": "A" } }), json!({}), &["net: A → not set"]);
        check(json!({}), json!({ "locked": true }), &["locked: not set → yes"]);
        check(json!({ "angle": { "valueDegrees": 45.0 } }), json!({ "angle": {} }), &["angle: 45° → set"]);
        check(json!({ "a": { "b": { "c": 1 } } }), json!({ "a": { "b": { "c": 2 } } }), &["a.b.c: 1 → 2"]);
        check(json!(7), json!(7), &[]);
    }

    #[test]
    fn lists_are_compared_by_who_is_in_them() {
        check(
            json!({ "layers": ["BL_F_Cu", "BL_B_Cu"] }),
            json!({ "layers": ["BL_B_Cu", "BL_In1_Cu"] }),
            &["layers: F.Cu → not set", "layers: not set → In1.Cu"],
        );
        check(
            json!({ "layers": ["a", "b"] }),
            json!({ "layers": ["b", "a"] }),
            &["layers: 2 entries, changed"],
        );
        let pad = |id: &str, number: &str| json!({ "@type": "x/kiapi.board.types.Pad", "id": { "value": id }, "number": number });
        check(
            json!({ "items": [pad("a", "1"), pad("b", "2")] }),
            json!({ "items": [pad("b", "3"), pad("a", "1")] }),
            &["items[pad 2].number: 2 → 3"],
        );
        check(json!({ "items": [pad("a", "1")] }), json!({}), &["items[pad 1]: pad 1 → not set"]);
        check(
            json!({ "points": [{ "xNm": "1" }, { "xNm": "2" }] }),
            json!({ "points": [{ "xNm": "1" }] }),
            &["points: 2 entries → 1 entry"],
        );
        check(
            json!({ "points": [{ "xNm": "1" }, { "xNm": "2" }] }),
            json!({ "points": [{ "xNm": "1" }, { "xNm": "3" }] }),
            &["points[1]: (0.000002 mm, 0 mm) → (0.000003 mm, 0 mm)"],
        );
    }

    #[test]
    fn ids_that_kicad_makes_anew_are_no_difference() {
        let board = |id: &str| {
            let mut track = Track::new().with_end((mm(1), mm(0)));
            track.proto_mut().parent = Some(kiapi::api::common::types::Kiid::new().with_value(id));
            Item::from(track)
        };
        let pad = |width: f64| {
            let shape = Shape::segment((mm(0), mm(0)), (mm(1), mm(0))).with_id(Id::random());
            let copper = PadStackLayer::copper(PadStackShape::CUSTOM, (mm(1), mm(1)))
                .with_custom_shapes([shape.with_stroke_width(mm(width))]);
            let pad = Pad::new().with_id(Id::NIL).with_number("1");
            let mut footprint = Footprint::new();
            footprint.add_child(pad.with_pad_stack(PadStack::new().with_copper_layers([copper])));
            Item::from(footprint)
        };
        let field = |text: &str| {
            let mut footprint = Footprint::new().with_reference("U1");
            let mut field = Field::new("MPN", text);
            field.edit_board_text(|text| {
                text.set_id(Id::random());
            });
            footprint.add_child(field);
            Item::from(footprint)
        };
        let paths = |before: Item, after: Item| {
            between_items(&before, &after).unwrap().into_iter().map(|it| it.path).collect::<Vec<_>>()
        };
        assert_eq!(paths(board("a"), board("b")), [""; 0]);
        assert_eq!(paths(pad(0.1), pad(0.1)), [""; 0]);
        assert_eq!(paths(pad(0.1), pad(0.2)).len(), 1);
        assert_eq!(paths(field("a"), field("a")), [""; 0]);
        assert_eq!(paths(field("a"), field("b")), ["definition.items[field MPN].text.text.text"]);
    }

    #[test]
    fn what_moved_as_a_whole_is_told_once() {
        let track = Track::new().with_id(Id::random()).with_end((mm(1), mm(0)));
        let mut footprint = Footprint::new().with_id(Id::random()).with_reference("U1").with_value("x");
        footprint.edit_children(|_| {});
        let before = Item::from(footprint);
        let paths = |before: &Item, after: &Item| {
            between_items(before, after).unwrap().into_iter().map(|it| it.path).collect::<Vec<_>>()
        };
        let mut after = before.clone();
        after.move_by((mm(1), mm(2))).unwrap().rotate((mm(7), mm(7)), deg(33)).unwrap();
        assert_eq!(paths(&before, &after), ["position", "orientation"]);
        after.flip((mm(0), mm(0)), FlipDirection::TopBottom, 2).unwrap();
        assert_eq!(paths(&before, &after), ["position", "layer", "orientation"]);
        let (before, mut after) = (Item::from(track.clone()), Item::from(track));
        after.move_by((mm(1), mm(0))).unwrap();
        assert_eq!(paths(&before, &after), ["position"]);
    }
}
