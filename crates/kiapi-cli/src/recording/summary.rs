//! What is in a message, in a few words.

use kiapi::Any;
use kiapi::api::common::commands::GetItemsResponse;
use serde_json::Value;

/// Larger messages are not looked into: nobody waits for that.
const LARGEST: usize = 1 << 20;
/// How long a text in a summary may be.
const LONGEST: usize = 40;

/// A full name without its package.
pub(crate) fn short_name(full: &str) -> &str {
    full.rsplit('.').next().unwrap_or(full)
}

/// The fields of a message, in a few words: values, how many there are of what there are many, and nothing of what lies
/// deeper than that.
pub(crate) fn summary(message: &Any) -> String {
    if message.value.is_empty() {
        return String::new();
    }
    if message.value.len() > LARGEST {
        return match message.unpack::<GetItemsResponse>() {
            Ok(response) => format!("items: {}", response.items.len()),
            Err(_) => String::new(),
        };
    }
    match serde_json::to_value(message) {
        Ok(Value::Object(fields)) => {
            let fields = fields.iter().filter(|(name, value)| *name != "@type" && says_something(value));
            fields.map(|(name, value)| format!("{name}: {}", words(value, 0))).collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}

fn says_something(value: &Value) -> bool {
    !matches!(value, Value::Null) && value.as_array().is_none_or(|list| !list.is_empty())
}

fn words(value: &Value, depth: usize) -> String {
    match value {
        Value::String(text) => shortened(text),
        Value::Array(list)
            if list.len() <= 2 && list.iter().all(|value| !value.is_object() || depth == 0) =>
        {
            list.iter().map(|value| words(value, depth + 1)).collect::<Vec<_>>().join(" ")
        }
        Value::Array(list) => list.len().to_string(),
        Value::Object(fields) => {
            // A packed message, or one that says by a single field what it is.
            if let Some(kind) = fields.get("@type").and_then(Value::as_str) {
                return short_name(kind).to_owned();
            }
            if let Some(name) = fields.get("boardFilename").and_then(Value::as_str) {
                return shortened(name);
            }
            if depth > 1 {
                return "…".to_owned();
            }
            let fields = fields.iter().filter(|(_, value)| says_something(value));
            match fields.clone().count() {
                1 => fields.map(|(_, value)| words(value, depth + 1)).collect(),
                0 => "{}".to_owned(),
                count if count <= 3 => {
                    let fields = fields.map(|(name, value)| format!("{name} {}", words(value, depth + 1)));
                    format!("({})", fields.collect::<Vec<_>>().join(" "))
                }
                _ => "…".to_owned(),
            }
        }
        other => other.to_string(),
    }
}

/// A text that fits into a line.
fn shortened(text: &str) -> String {
    let line: String = text.chars().take(LONGEST + 1).map(|c| if c.is_control() { ' ' } else { c }).collect();
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use kiapi::api::board::types::Track;
    use kiapi::api::common::commands::{CreateItems, GetItems, GetVersionResponse, Ping};
    use kiapi::api::common::types::{DocumentSpecifier, DocumentType, ItemHeader, KiCadVersion};
    use kiapi::items::ObjectType;

    use super::*;

    #[track_caller]
    fn check(message: &Any, expected: &Expect) {
        expected.assert_eq(&summary(message));
    }

    #[test]
    fn messages_are_told_in_a_few_words() {
        let document =
            DocumentSpecifier::new().with_type(DocumentType::PCB).with_board_filename("a.kicad_pcb");
        let header = ItemHeader::new().with_document(document);
        check(&Any::pack(&Ping::new()), &expect![[""]]);
        let types = [ObjectType::PCB_TRACE, ObjectType::PCB_VIA, ObjectType::PCB_ARC];
        let items = GetItems::new().with_header(header.clone()).with_types(types);
        check(&Any::pack(&items), &expect![["header: a.kicad_pcb, types: 3"]]);
        let items = GetItems::new().with_types([ObjectType::PCB_VIA]);
        check(&Any::pack(&items), &expect![["types: KOT_PCB_VIA"]]);
        let create = CreateItems::new().with_header(header).with_items([Any::pack(&Track::new())]);
        check(&Any::pack(&create), &expect![["header: a.kicad_pcb, items: Track"]]);
        let version = KiCadVersion::new().with_major(10).with_patch(6).with_full_version("10.0.6");
        let version = GetVersionResponse::new().with_version(version);
        check(&Any::pack(&version), &expect![["version: (major 10 patch 6 fullVersion 10.0.6)"]]);
        check(&Any::from_parts("x/nothing.known", [1, 2]), &expect![[""]]);
    }

    #[test]
    fn long_texts_and_lines_are_cut() {
        assert_eq!(shortened("a\nb"), "a b");
        assert_eq!(shortened(&"ä".repeat(50)), format!("{}…", "ä".repeat(40)));
    }
}
