//! JSON that shows all that a message may have, for a person to change.

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use super::{ANY, message};

/// What stands for a message of any type.
const EXAMPLE: &str = "kiapi.board.types.Track";
/// Types of fields that `call` fills in, if a field right in the command is left out.
const FILLED_IN: [&str; 2] = ["kiapi.common.types.DocumentSpecifier", "kiapi.common.types.ItemHeader"];

/// Fields in which zero, or the first value, would be refused, or do harm.
fn value_of(field: &str) -> Option<Value> {
    Some(match field {
        // An id of no item; all zeros mean something else.
        "kiapi.common.types.KIID.value" => json!("11111111-2222-4333-8444-555555555555"),
        "kiapi.board.commands.RefillZones.zones" => json!([]),
        "kiapi.board.commands.SetBoardEnabledLayers.copper_layer_count" => json!(2),
        "kiapi.common.commands.GetItems.types" | "kiapi.common.commands.GetSelection.types" => {
            json!(["KOT_PCB_TRACE"])
        }
        "kiapi.common.commands.GetKiCadBinaryPath.binary_name" => json!("kicad-cli"),
        "kiapi.common.commands.GetOpenDocuments.type" => json!("DOCTYPE_PCB"),
        "kiapi.common.commands.GetPluginSettingsPath.identifier" => json!("org.example.plugin"),
        "kiapi.common.project.NetClass.type" => json!("NCT_IMPLICIT"),
        _ => return None,
    })
}

/// Whether `call` fills in a field of a command.
pub(crate) fn is_filled_in(field: &FieldDescriptor) -> bool {
    !field.is_list() && matches!(field.kind(), Kind::Message(of) if FILLED_IN.contains(&of.full_name()))
}

/// A message with all its fields. Of a choice it has the first; what `call` fills in is left out.
pub(crate) fn template(of: &MessageDescriptor) -> Value {
    let is_command = super::info(of.full_name()).is_some();
    fields(of, &mut vec![of.full_name().to_owned()], &|field| !(is_command && is_filled_in(field)))
}

/// `above` holds the messages that this one lies in: none is shown within itself.
fn fields(
    of: &MessageDescriptor,
    above: &mut Vec<String>,
    is_shown: &dyn Fn(&FieldDescriptor) -> bool,
) -> Value {
    let mut object = Map::new();
    let mut chosen: Vec<String> = Vec::new();
    for field in of.fields().filter(|field| is_shown(field)) {
        if kiapi::api::about(field.full_name()).is_some_and(|about| about.until.is_some()) {
            continue;
        }
        if let Some(choice) = field.containing_oneof().filter(|oneof| !oneof.is_synthetic()) {
            if chosen.iter().any(|name| name == choice.name()) {
                continue;
            }
            chosen.push(choice.name().to_owned());
        }
        if let Some(value) = field_of(&field, above) {
            object.insert(field.json_name().to_owned(), value);
        }
    }
    Value::Object(object)
}

fn field_of(field: &FieldDescriptor, above: &mut Vec<String>) -> Option<Value> {
    if let Some(value) = value_of(field.full_name()) {
        return Some(value);
    }
    let Kind::Message(inner) = field.kind() else {
        let value = scalar(&field.kind());
        return Some(if field.is_list() { json!([value]) } else { value });
    };
    if field.is_map() {
        let value = match inner.map_entry_value_field().kind() {
            Kind::Message(of) => nested(&of, above)?,
            kind => scalar(&kind),
        };
        return Some(json!({ "name": value }));
    }
    let value = nested(&inner, above)?;
    Some(if field.is_list() { json!([value]) } else { value })
}

/// A message in a message; none where it would lie in itself.
fn nested(of: &MessageDescriptor, above: &mut Vec<String>) -> Option<Value> {
    if of.full_name() == "google.protobuf.FieldMask" {
        return Some(json!(""));
    }
    if of.full_name() == ANY {
        let mut object = Map::new();
        object.insert("@type".to_owned(), json!(format!("type.googleapis.com/{EXAMPLE}")));
        if let Some(Value::Object(fields)) = nested(&message(EXAMPLE), above) {
            object.extend(fields);
        }
        return Some(Value::Object(object));
    }
    if above.iter().any(|name| name == of.full_name()) {
        return None;
    }
    above.push(of.full_name().to_owned());
    let value = fields(of, above, &|_| true);
    above.pop();
    Some(value)
}

fn scalar(kind: &Kind) -> Value {
    match kind {
        Kind::Bool => json!(false),
        Kind::String | Kind::Bytes => json!(""),
        Kind::Double | Kind::Float => json!(0.0),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 | Kind::Uint32 | Kind::Fixed32 => json!(0),
        Kind::Enum(of) => json!(first_of(of)),
        // 64 bits are a string in this JSON.
        _ => json!("0"),
    }
}

/// The first value that says something.
fn first_of(of: &EnumDescriptor) -> String {
    const NOTHING: [&str; 4] = ["UNKNOWN", "UNDEFINED", "UNSELECTED", "UNSPECIFIED"];
    let says = |name: &str| !NOTHING.iter().any(|word| name.ends_with(word));
    let value = of.values().find(|value| value.number() > 0 && says(value.name()));
    value.unwrap_or_else(|| of.default_value()).name().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reflect::{POOL, json};

    #[test]
    fn every_template_is_the_message() {
        for of in
            POOL.all_messages().filter(|of| !of.is_map_entry() && of.package_name() != "google.protobuf")
        {
            let template = template(&of);
            let message = json::parse(&template.to_string(), &of, "the template").unwrap();
            // All that can be there at once is there; zero is no more than nothing in a field without presence.
            let missing = of.fields().filter(|field| {
                let is_object = template.as_object().is_some_and(|all| all.contains_key(field.json_name()));
                is_object && field.supports_presence() && !message.has_field(field)
            });
            assert_eq!(missing.count(), 0, "{}", of.full_name());
        }
    }

    #[test]
    fn nothing_in_a_template_is_an_id_of_zeros_or_a_layer_that_is_none() {
        for command in kiapi::COMMANDS {
            let text = template(&message(&command.full_name())).to_string();
            for harm in ["00000000-0000", "BL_UNDEFINED", "BL_UNKNOWN", "NCT_EXPLICIT"] {
                assert!(!text.contains(harm), "{}: {text}", command.full_name());
            }
        }
    }

    #[test]
    fn what_call_fills_in_is_left_out_of_commands_and_of_nothing_else() {
        let keys =
            |name: &str| template(&message(name)).as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys("kiapi.board.commands.GetNets"), ["netclassFilter"]);
        assert_eq!(keys("kiapi.common.commands.GetTitleBlockInfo"), [] as [&str; 0]);
        assert!(keys("kiapi.common.types.ItemHeader").contains(&"document".to_owned()));
    }
}
