//! Canonical protobuf JSON: from a person's text to a message, and from a message to text.

use anyhow::Context as _;
use kiapi::prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage as _, SerializeOptions, Value};
use serde_json::value::Serializer;

use super::{ANY, POOL, walk};
use crate::failure::Usage;

/// The message that a text is, or where and why it is none.
///
/// `source` is what the text comes from, as a person calls it.
pub(crate) fn parse(text: &str, of: &MessageDescriptor, source: &str) -> anyhow::Result<DynamicMessage> {
    let wrong = |what: String| Usage(format!("{source}: {what}"));
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let message = DynamicMessage::deserialize(of.clone(), &mut deserializer)
        .and_then(|message| deserializer.end().map(|()| message));
    // What serde_json says of a fault in the JSON is good; what it says of a message has neither the path nor, inside
    // of an `Any`, the place.
    if let Err(error) = &message {
        if error.is_syntax() || error.is_eof() {
            return Err(wrong(format!("it is no JSON: {error}")).into());
        }
    }
    if let Some(problem) = walk::first_problem(text, of) {
        return Err(wrong(problem).into());
    }
    Ok(message.map_err(|error| wrong(format!("it is no {}: {error}", of.full_name())))?)
}

/// A message as JSON, and what in it JSON cannot show.
pub(crate) fn show(message: &DynamicMessage) -> anyhow::Result<(serde_json::Value, Vec<String>)> {
    let mut lost = Vec::new();
    search(message, &mut String::new(), &mut lost);
    let json = message
        .serialize_with_options(Serializer, &SerializeOptions::new())
        .context("the answer cannot be shown as JSON")?;
    Ok((sorted(json, message), lost))
}

/// Finds the fields that this build does not know.
fn search(message: &DynamicMessage, path: &mut String, lost: &mut Vec<String>) {
    for field in message.unknown_fields() {
        let place = if path.is_empty() { "the message" } else { path.as_str() };
        lost.push(format!("field {} of {place}, a {}", field.number(), message.descriptor().full_name()));
    }
    if message.descriptor().full_name() == ANY {
        if let Some(inner) = unpack(message) {
            search(&inner, path, lost);
        }
        return;
    }
    for (field, value) in message.fields() {
        let length = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(field.json_name());
        match value {
            Value::Message(inner) => search(inner, path, lost),
            Value::List(list) => {
                for (index, inner) in list.iter().enumerate() {
                    let length = path.len();
                    path.push_str(&format!("[{index}]"));
                    inner.as_message().into_iter().for_each(|inner| search(inner, path, lost));
                    path.truncate(length);
                }
            }
            Value::Map(map) => {
                map.values().filter_map(Value::as_message).for_each(|inner| search(inner, path, lost));
            }
            _ => {}
        }
        path.truncate(length);
    }
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
                    if let (Some(key), Value::Message(message)) = (key.as_str(), value) {
                        if let Some(json) = entries.get_mut(key) {
                            *json = sorted(json.take(), message);
                        }
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
