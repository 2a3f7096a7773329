//! Where and why a JSON text is not the message that it should be.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};

use super::{ANY, POOL, did_you_mean};

const PREFIX: &str = "type.googleapis.com/";

/// How many objects and arrays may lie in each other: as many as `serde_json` reads. What is deeper, the parser of places would
/// read until its stack is used up.
const DEEPEST: usize = 127;

/// Where a text nests deeper than any JSON that is read.
pub(super) fn too_deep(text: &str) -> Option<String> {
    let (mut depth, mut is_string, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_string => is_escaped = true,
            b'"' => is_string = !is_string,
            b'{' | b'[' if !is_string => depth += 1,
            b'}' | b']' if !is_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            let what = format!("more than {DEEPEST} objects and arrays lie in each other");
            return Some(format!("{}: {what}", place(text, at)));
        }
    }
    None
}

/// The line and the column of a byte, for people.
fn place(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}")
}

/// The first thing in `text` that a message of the type `of` cannot have, with line, column and path.
///
/// This explains; what a message can have is decided by the parser. What is not found here is left to its words.
pub(super) fn first_problem(text: &str, of: &MessageDescriptor) -> Option<String> {
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &strict).ok()?;
    let mut walk = Walk { text, path: String::new() };
    walk.message(&parsed.value?, of).err()
}

struct Walk<'a> {
    text: &'a str,
    /// Where the walk is: `items[0].layer`.
    path: String,
}

type Outcome = Result<(), String>;

impl Walk<'_> {
    fn message(&mut self, value: &Value<'_>, of: &MessageDescriptor) -> Outcome {
        match of.full_name() {
            ANY => return self.any(value),
            // Some have a JSON of their own: a text, as a rule.
            name if name.starts_with("google.protobuf.") && name != "google.protobuf.Empty" => return Ok(()),
            _ => {}
        }
        match value {
            Value::Object(object) => self.fields(object, of),
            _ => {
                self.fail(value, format!("a {} is an object, and this is {}", of.full_name(), kind_of(value)))
            }
        }
    }

    fn any(&mut self, value: &Value<'_>) -> Outcome {
        let Value::Object(object) = value else {
            return self
                .fail(value, format!("a message of any type is an object, and this is {}", kind_of(value)));
        };
        let Some(property) = object.properties.iter().find(|property| property.name.as_str() == "@type")
        else {
            let hint =
                format!("its type is missing: \"@type\": \"{PREFIX}kiapi.board.types.Track\", for example");
            return self.fail(value, hint);
        };
        let Value::StringLit(url) = &property.value else {
            return self.at("@type", |walk| walk.fail(&property.value, "a type is a string".to_owned()));
        };
        let name = url.value.strip_prefix(PREFIX);
        match name.and_then(|name| POOL.get_message_by_name(name)) {
            Some(of) => self.fields(object, &of),
            None => self.at("@type", |walk| {
                let wanted = url.value.rsplit('/').next().unwrap_or_default();
                let full: Vec<String> = POOL.all_messages().map(|it| it.full_name().to_owned()).collect();
                let exact = full.iter().find(|full| *full == wanted || super::short(full) == wanted);
                let hint = match exact {
                    Some(full) => format!("; write `{PREFIX}{full}`"),
                    None => did_you_mean(wanted, full.iter().map(String::as_str)),
                };
                walk.fail(&property.value, format!("no message has the type `{}`{hint}", visible(&url.value)))
            }),
        }
    }

    fn fields(&mut self, object: &Object<'_>, of: &MessageDescriptor) -> Outcome {
        let mut seen = BTreeSet::new();
        let mut choices: Vec<(String, String)> = Vec::new();
        for property in &object.properties {
            let name = property.name.as_str();
            if name == "@type" && of.get_field_by_json_name(name).is_none() && seen.insert(0) {
                continue;
            }
            let field = of.get_field_by_json_name(name).or_else(|| of.get_field_by_name(name));
            let Some(field) = field else {
                let known: Vec<FieldDescriptor> = of.fields().collect();
                let mut hint = did_you_mean(name, known.iter().map(FieldDescriptor::json_name));
                if hint.is_empty() && known.len() <= 8 {
                    let names: Vec<&str> = known.iter().map(FieldDescriptor::json_name).collect();
                    hint = if names.is_empty() {
                        "; it has none".to_owned()
                    } else {
                        format!("; it has {}", names.join(", "))
                    };
                }
                let what = format!("a {} has no field `{}`{hint}", of.full_name(), visible(name));
                return self.at(name, |walk| walk.fail(&property.name, what));
            };
            if !seen.insert(field.number()) {
                return self
                    .at(name, |walk| walk.fail(&property.name, "this field is there twice".to_owned()));
            }
            if matches!(property.value, Value::NullKeyword(_)) {
                continue;
            }
            if let Some(oneof) = field.containing_oneof().filter(|oneof| !oneof.is_synthetic()) {
                if let Some((_, other)) = choices.iter().find(|(choice, _)| choice == oneof.name()) {
                    let what = format!("only one of `{other}` and `{name}` can be there: they are a choice");
                    return self.at(name, |walk| walk.fail(&property.name, what));
                }
                choices.push((oneof.name().to_owned(), name.to_owned()));
            }
            self.at(name, |walk| walk.field(&property.value, &field))?;
        }
        Ok(())
    }

    fn field(&mut self, value: &Value<'_>, field: &FieldDescriptor) -> Outcome {
        if field.is_map() {
            let Value::Object(object) = value else {
                return self.fail(value, format!("a map is an object, and this is {}", kind_of(value)));
            };
            let Kind::Message(entry) = field.kind() else { return Ok(()) };
            let of = entry.map_entry_value_field().kind();
            for property in &object.properties {
                self.at(property.name.as_str(), |walk| walk.single(&property.value, &of))?;
            }
            return Ok(());
        }
        if field.is_list() {
            let Value::Array(array) = value else {
                return self
                    .fail(value, format!("a repeated field is an array, and this is {}", kind_of(value)));
            };
            for (index, element) in array.elements.iter().enumerate() {
                self.within(&format!("[{index}]"), |walk| walk.single(element, &field.kind()))?;
            }
            return Ok(());
        }
        self.single(value, &field.kind())
    }

    fn single(&mut self, value: &Value<'_>, kind: &Kind) -> Outcome {
        let wants = match kind {
            Kind::Message(of) => return self.message(value, of),
            Kind::Enum(of) => return self.enumeration(value, of),
            Kind::Bool if matches!(value, Value::BooleanLit(_)) => return Ok(()),
            Kind::String | Kind::Bytes if matches!(value, Value::StringLit(_)) => return Ok(()),
            Kind::Bool => "true or false",
            Kind::String => "a string",
            Kind::Bytes => "bytes, as a string in base64",
            Kind::Double | Kind::Float => {
                let is_number = match value {
                    Value::NumberLit(_) => true,
                    Value::StringLit(text) => {
                        text.value.parse::<f64>().is_ok()
                            || matches!(&*text.value, "Infinity" | "-Infinity" | "NaN")
                    }
                    _ => false,
                };
                if is_number {
                    return Ok(());
                }
                "a number"
            }
            _ => {
                let number = match value {
                    Value::NumberLit(number) => whole_number(number.value),
                    // In quotes, digits alone are read.
                    Value::StringLit(text) => text.value.parse().ok(),
                    _ => None,
                };
                match number {
                    Some(number) if range(kind).contains(&number) => return Ok(()),
                    Some(_) => {
                        let range = range(kind);
                        let what =
                            format!("this number is not between {} and {}", range.start(), range.end());
                        return self.fail(value, what);
                    }
                    None => "a whole number",
                }
            }
        };
        self.fail(value, format!("{wants} belongs here, and this is {}", kind_of(value)))
    }

    fn enumeration(&mut self, value: &Value<'_>, of: &EnumDescriptor) -> Outcome {
        match value {
            Value::StringLit(name) if of.get_value_by_name(&name.value).is_some() => Ok(()),
            Value::StringLit(name) => {
                let names: Vec<String> = of.values().map(|value| value.name().to_owned()).collect();
                // `F.Cu` and `F_CU` are what people know.
                let plain = |text: &str| text.replace(['.', '_', ' '], "").to_lowercase();
                let meant = names.iter().find(|known| {
                    plain(known.split_once('_').map_or(known.as_str(), |(_, rest)| rest))
                        == plain(&name.value)
                });
                let hint = match meant {
                    Some(meant) => format!("; did you mean `{meant}`?"),
                    None => did_you_mean(&name.value, names.iter().map(String::as_str)),
                };
                let what = format!("a {} has no value `{}`{hint}", of.full_name(), visible(&name.value));
                self.fail(value, what)
            }
            Value::NumberLit(number) => match whole_number(number.value).map(i32::try_from) {
                Some(Ok(_)) => Ok(()),
                _ => self.fail(value, format!("this is no number of a {}", of.full_name())),
            },
            _ => {
                let what = format!(
                    "the name or the number of a {} belongs here, and this is {}",
                    of.full_name(),
                    kind_of(value)
                );
                self.fail(value, what)
            }
        }
    }

    /// Does work at a field.
    fn at(&mut self, name: &str, work: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        let dot = if self.path.is_empty() { "" } else { "." };
        let part = format!("{dot}{}", visible(name));
        self.within(&part, work)
    }

    fn within(&mut self, part: &str, work: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        let length = self.path.len();
        self.path.push_str(part);
        let outcome = work(self);
        self.path.truncate(length);
        outcome
    }

    fn fail(&self, at: &impl jsonc_parser::common::Ranged, what: String) -> Outcome {
        let place = place(self.text, at.start());
        let path = if self.path.is_empty() { String::new() } else { format!(", at `{}`", self.path) };
        Err(format!("{place}{path}: {what}"))
    }
}

/// A name with what nobody would see of it, such as a NUL, written out.
fn visible(name: &str) -> Cow<'_, str> {
    if name.contains(char::is_control) { name.escape_debug().collect::<String>().into() } else { name.into() }
}

fn kind_of(value: &Value<'_>) -> String {
    match value {
        Value::StringLit(text) => format!("the string {:?}", text.value),
        Value::NumberLit(number) => number.value.to_owned(),
        Value::BooleanLit(it) => it.value.to_string(),
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        Value::NullKeyword(_) => "null".to_owned(),
    }
}

/// A number that is whole, also if it is written with a fraction of zero or an exponent.
fn whole_number(text: &str) -> Option<i128> {
    /// Beyond this a float has no place for a fraction, and none of a field's numbers is that large.
    const LARGEST: f64 = 1e30;
    text.parse().ok().or_else(|| {
        let number: f64 = text.parse().ok()?;
        #[expect(clippy::cast_possible_truncation, reason = "it is whole, and not that large")]
        (number.fract() == 0.0 && number.abs() < LARGEST).then_some(number as i128)
    })
}

fn range(kind: &Kind) -> std::ops::RangeInclusive<i128> {
    match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => i32::MIN.into()..=i32::MAX.into(),
        Kind::Uint32 | Kind::Fixed32 => 0..=u32::MAX.into(),
        Kind::Uint64 | Kind::Fixed64 => 0..=u64::MAX.into(),
        _ => i64::MIN.into()..=i64::MAX.into(),
    }
}

#[cfg(test)]
mod tests {
    use crate::reflect::{json, message};

    /// What is said of a text as the message of a command.
    #[track_caller]
    fn check(command: &str, text: &str, expected: &str) {
        let of = message(&crate::reflect::command(command).unwrap().full_name());
        let said = match json::parse(text, &of, "JSON") {
            Ok(_) => "fine".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(said, expected, "{text}");
    }

    #[test]
    fn what_is_right_is_taken() {
        for text in [
            "{}",
            r#"{"items": []}"#,
            r#"{"header": null, "items": null}"#,
            r#"{"items": [{"@type": "type.googleapis.com/kiapi.board.types.Track", "width": {"value_nm": 5}}]}"#,
            r#"{"items": [{"width": {"valueNm": "5"}, "@type": "type.googleapis.com/kiapi.board.types.Track"}]}"#,
            r#"{"items": [{"@type": "type.googleapis.com/kiapi.board.types.Track", "layer": 3, "locked": "LS_LOCKED"}]}"#,
            r#"{"items": [{"@type": "type.googleapis.com/kiapi.board.types.Track", "start": {"xNm": 1e6, "yNm": -2.0}}]}"#,
        ] {
            check("CreateItems", text, "fine");
        }
    }

    #[test]
    fn what_nests_too_deep_is_refused_where_it_does() {
        let deep = |count: usize| format!("{{\"items\":\n{}{}}}", "[".repeat(count), "]".repeat(count));
        let said = "JSON: line 2, column 127: more than 127 objects and arrays lie in each other";
        check("CreateItems", &deep(127), said);
        check("CreateItems", &deep(100_000), said);
        check(
            "CreateItems",
            &deep(126),
            "JSON: line 2, column 2, at `items[0]`: a message of any type is an object, and this is an array",
        );
        // Neither what is closed again nor what stands in a text nests.
        check(
            "CreateItems",
            &format!("{{\"items\": []}}{}", "[]".repeat(200)),
            "JSON: it is no JSON: trailing characters at line 1 column 14",
        );
        let text = format!(r#"{{"action": "\"{}"}}"#, "[{".repeat(200));
        check("RunAction", &text, "fine");
    }

    #[test]
    fn places_are_told_inside_of_any_too() {
        check(
            "CreateItems",
            "{\"items\": [\n  {\"@type\": \"type.googleapis.com/kiapi.board.types.Track\",\n   \"layr\": 3}]}",
            "JSON: line 3, column 4, at `items[0].layr`: a kiapi.board.types.Track has no field `layr`; did you mean `layer`?",
        );
        check(
            "CreateItems",
            r#"{"items": [{"@type": "type.googleapis.com/kiapi.board.types.Track", "layer": "F.Cu"}]}"#,
            "JSON: line 1, column 78, at `items[0].layer`: a kiapi.board.types.BoardLayer has no value `F.Cu`; did you mean `BL_F_Cu`?",
        );
        check(
            "CreateItems",
            r#"{"items": [{"@type": "type.googleapis.com/kiapi.board.types.Track", "start": {"xNm": 1.5}}]}"#,
            "JSON: line 1, column 86, at `items[0].start.xNm`: a whole number belongs here, and this is 1.5",
        );
    }

    #[test]
    fn types_of_any_are_checked() {
        check(
            "CreateItems",
            r#"{"items": [{"@type": "Track"}]}"#,
            "JSON: line 1, column 22, at `items[0].@type`: no message has the type `Track`; write `type.googleapis.com/kiapi.board.types.Track`",
        );
        check(
            "CreateItems",
            r#"{"items": [{"@type": "type.googleapis.com/kiapi.board.types.Trakc"}]}"#,
            "JSON: line 1, column 22, at `items[0].@type`: no message has the type `type.googleapis.com/kiapi.board.types.Trakc`; did you mean `kiapi.board.types.Track`?",
        );
        check(
            "CreateItems",
            r#"{"items": [{"width": {}}]}"#,
            "JSON: line 1, column 12, at `items[0]`: its type is missing: \"@type\": \"type.googleapis.com/kiapi.board.types.Track\", for example",
        );
    }

    #[test]
    fn wrong_values_are_told_with_what_belongs_there() {
        for (command, text, expected) in [
            (
                "GetNets",
                "[]",
                "JSON: line 1, column 1: a kiapi.board.commands.GetNets is an object, and this is an array",
            ),
            (
                "GetNets",
                "{\"netclassFilter\": \"a\"}",
                "JSON: line 1, column 20, at `netclassFilter`: a repeated field is an array, and this is the string \"a\"",
            ),
            (
                "GetNets",
                "{\"netclassFilter\": [1]}",
                "JSON: line 1, column 21, at `netclassFilter[0]`: a string belongs here, and this is 1",
            ),
            (
                "GetNets",
                "{\"netclassFilter\": [], \"netclass_filter\": []}",
                "JSON: line 1, column 24, at `netclass_filter`: this field is there twice",
            ),
            (
                "HitTest",
                "{\"tolerance\": 3000000000}",
                "JSON: line 1, column 15, at `tolerance`: this number is not between -2147483648 and 2147483647",
            ),
            (
                "SetActiveLayer",
                "{\"layer\": true}",
                "JSON: line 1, column 11, at `layer`: the name or the number of a kiapi.board.types.BoardLayer belongs here, and this is true",
            ),
            (
                "Ping",
                "{\"a\": 1}",
                "JSON: line 1, column 2, at `a`: a kiapi.common.commands.Ping has no field `a`; it has none",
            ),
            ("GetNets", "{\"board\": ", "JSON: it is no JSON: EOF while parsing a value at line 1 column 10"),
            ("GetNets", "{} {}", "JSON: it is no JSON: trailing characters at line 1 column 4"),
        ] {
            check(command, text, expected);
        }
    }

    #[test]
    fn a_choice_is_made_once() {
        check(
            "GetTextAsShapes",
            r#"{"text": [{"text": {}, "textbox": {}}]}"#,
            "JSON: line 1, column 24, at `text[0].textbox`: only one of `text` and `textbox` can be there: they are a choice",
        );
    }
}
