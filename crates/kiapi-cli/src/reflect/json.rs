//! Canonical protobuf JSON: from a person's text to a message, and from a message to text.

use anyhow::{Context as _, bail};
use kiapi::prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage as _, SerializeOptions, Value};
use serde_json::value::Serializer;

use super::{ANY, POOL, walk};
use crate::failure::Usage;
use crate::output;

/// The message that a text is, or where and why it is none.
///
/// `source` is what the text comes from, as a person calls it.
pub(crate) fn parse(text: &str, of: &MessageDescriptor, source: &str) -> anyhow::Result<DynamicMessage> {
    let wrong = |what: String| Usage(format!("{source}: {what}"));
    if let Some(problem) = walk::too_deep(text) {
        return Err(wrong(problem).into());
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let message = DynamicMessage::deserialize(of.clone(), &mut deserializer)
        .and_then(|message| deserializer.end().map(|()| message));
    // What serde_json says of a fault in the JSON is good; what it says of a message has neither the path nor, inside
    // of an `Any`, the place.
    if let Err(error) = &message
        && (error.is_syntax() || error.is_eof())
    {
        return Err(wrong(format!("it is no JSON: {error}")).into());
    }
    if let Some(problem) = walk::first_problem(text, of) {
        return Err(wrong(problem).into());
    }
    Ok(message.map_err(|error| wrong(format!("it is no {}: {error}", of.full_name())))?)
}

/// How deep messages may lie in each other, those inside of an `Any` too: as deep as they are decoded.
const DEEPEST: usize = 100;

/// A message as the text of JSON, and what in it JSON cannot show.
pub(crate) fn show(message: &DynamicMessage) -> anyhow::Result<(Vec<u8>, Vec<String>)> {
    let mut found = Found::default();
    search(message, &mut String::new(), &mut found, DEEPEST)?;
    let text = if found.has_map {
        let json = message.serialize_with_options(Serializer, &SerializeOptions::new());
        json.and_then(|json| output::pretty(&sorted(json, message)))
    } else {
        output::pretty(message)
    };
    Ok((text.context("the answer cannot be shown as JSON")?, found.lost))
}

/// What is to be known of a message before it is shown.
#[derive(Default)]
struct Found {
    /// The fields that this build does not know.
    lost: Vec<String>,
    /// Whether there are maps, which have no order.
    has_map: bool,
}

/// Finds the fields that this build does not know.
fn search(
    message: &DynamicMessage,
    path: &mut String,
    found: &mut Found,
    deepest: usize,
) -> anyhow::Result<()> {
    let name = message.descriptor().full_name().to_owned();
    let Some(deepest) = deepest.checked_sub(1) else {
        bail!("messages lie too deep in each other, down to a {name}");
    };
    for field in message.unknown_fields() {
        let place = if path.is_empty() { "the message" } else { path.as_str() };
        found.lost.push(format!("field {} of {place}, a {name}", field.number()));
    }
    if name == ANY {
        return unpack(message).map_or(Ok(()), |inner| search(&inner, path, found, deepest));
    }
    for (field, value) in message.fields() {
        let length = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(field.json_name());
        match value {
            Value::Message(inner) => search(inner, path, found, deepest)?,
            Value::List(list) => {
                for (index, inner) in list.iter().enumerate() {
                    let length = path.len();
                    path.push_str(&format!("[{index}]"));
                    if let Some(inner) = inner.as_message() {
                        search(inner, path, found, deepest)?;
                    }
                    path.truncate(length);
                }
            }
            Value::Map(map) => {
                found.has_map = true;
                for inner in map.values().filter_map(Value::as_message) {
                    search(inner, path, found, deepest)?;
                }
            }
            _ => {}
        }
        path.truncate(length);
    }
    Ok(())
}

/// The message in an `Any`, if its type is known and its bytes are one.
fn unpack(any: &DynamicMessage) -> Option<DynamicMessage> {
    let any: kiapi::Any = any.transcode_to().ok()?;
    let of = POOL.get_message_by_name(any.full_name())?;
    DynamicMessage::decode(of, any.value.as_slice()).ok()
}

/// The entries of maps in the order of their keys, so that the same answer is always the same text.
fn sorted(json: serde_json::Value, of: &DynamicMessage) -> serde_json::Value {
    let serde_json::Value::Object(mut object) = json else { return json };
    let inner = if of.descriptor().full_name() == ANY { unpack(of) } else { None };
    for (field, value) in inner.as_ref().unwrap_or(of).fields() {
        let Some(json) = object.get_mut(field.json_name()) else { continue };
        match value {
            Value::Message(message) => *json = sorted(json.take(), message),
            Value::List(list) => {
                for (json, value) in json.as_array_mut().into_iter().flatten().zip(list) {
                    if let Value::Message(message) = value {
                        *json = sorted(json.take(), message);
                    }
                }
            }
            Value::Map(map) => {
                let Some(entries) = json.as_object_mut() else { continue };
                for (key, value) in map {
                    if let (Some(key), Value::Message(message)) = (key.as_str(), value)
                        && let Some(json) = entries.get_mut(key)
                    {
                        *json = sorted(json.take(), message);
                    }
                }
                entries.sort_keys();
            }
            _ => {}
        }
    }
    serde_json::Value::Object(object)
}

/// The message in these bytes, which came from an encoder.
pub(crate) fn decode(of: MessageDescriptor, bytes: &[u8]) -> anyhow::Result<DynamicMessage> {
    let name = of.full_name().to_owned();
    DynamicMessage::decode(of, bytes).with_context(|| format!("these bytes are no {name}"))
}

/// The bytes of a message.
pub(crate) fn encode(message: &DynamicMessage) -> Vec<u8> {
    message.encode_to_vec()
}

#[cfg(test)]
mod tests {
    use kiapi::api::board::types::Net;
    use kiapi::api::common::commands::{CreateItems, GetTextVariables};
    use kiapi::api::common::project::TextVariables;
    use kiapi::prost::{Message, Name};

    use super::*;
    use crate::reflect::message;

    fn dynamic<M: Message + Name>(of: &M) -> DynamicMessage {
        decode(message(&M::full_name()), &of.encode_to_vec()).unwrap()
    }

    fn text<M: Message + Name>(of: &M) -> String {
        String::from_utf8(show(&dynamic(of)).unwrap().0).unwrap()
    }

    #[test]
    fn maps_are_in_order() {
        let names = ["zeta", "alpha", "mu", "beta", "omega", "nu"];
        let variables = names.map(|name| (name.to_owned(), String::new()));
        let shown = text(&TextVariables::new().with_variables(variables));
        let places: Vec<_> =
            ["alpha", "beta", "mu", "nu", "omega", "zeta"].map(|name| shown.find(name)).into();
        assert!(places.is_sorted() && places[0].is_some(), "{shown}");
    }

    #[test]
    fn fields_that_this_build_does_not_know_are_told_with_their_place() {
        let mut bytes = Net::new().with_name("GND").encode_to_vec();
        // Field 1000, a varint.
        bytes.extend([0xc0, 0x3e, 0x01]);
        let net = Net::decode(bytes.as_slice()).unwrap();
        let create = CreateItems::new().with_items([kiapi::Any::pack(&Net::new()), kiapi::Any::pack(&net)]);
        let (shown, lost) = show(&dynamic(&create)).unwrap();
        assert!(String::from_utf8(shown).unwrap().contains("GND"));
        assert_eq!(lost, ["field 1000 of items[1], a kiapi.board.types.Net"]);
        assert_eq!(show(&dynamic(&net)).unwrap().1, ["field 1000 of the message, a kiapi.board.types.Net"]);
        assert_eq!(show(&dynamic(&GetTextVariables::new())).unwrap().1, [] as [String; 0]);
    }

    #[test]
    fn messages_that_lie_too_deep_in_each_other_are_an_error() {
        let nested = |count: usize| {
            let mut inner = CreateItems::new();
            for _ in 0..count {
                inner = CreateItems::new().with_items([kiapi::Any::pack(&inner)]);
            }
            inner
        };
        assert!(show(&dynamic(&nested(49))).is_ok());
        for count in [50, 500] {
            let error = show(&dynamic(&nested(count))).unwrap_err();
            assert!(
                error.to_string().starts_with("messages lie too deep in each other, down to a "),
                "{error}"
            );
        }
    }

    #[test]
    fn a_message_of_an_unknown_type_is_an_error() {
        let stranger = kiapi::Any::from_parts("type.googleapis.com/kiapi.board.types.Wormhole", [8, 1]);
        let error = show(&dynamic(&CreateItems::new().with_items([stranger]))).unwrap_err();
        assert!(format!("{error:#}").contains("Wormhole"), "{error:#}");
    }
}
