//! Snapshots as canonical protobuf JSON.

use std::sync::LazyLock;

use kiapi_gen::common::ApiResponseStatus;
use kiapi_gen::common::types::KiCadVersion;
use kiapi_gen::prost::{Message, Name};
use kiapi_gen::{Any, DESCRIPTORS};
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, ReflectMessage as _, Value};
use serde_json::{Map, Value as Json};

use super::{Exchange, Snapshot};
use crate::{Error, ErrorKind, Result};

/// The types of the API. The snapshot's own two messages are so small that they are spelt out here; a test holds them
/// against `snapshot.proto`.
static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(DESCRIPTORS).expect("the generated descriptors are whole"));

pub(super) fn write(snapshot: &Snapshot) -> Result<String> {
    let mut json = Map::new();
    if snapshot.format != 0 {
        json.insert("format".to_owned(), snapshot.format.into());
    }
    if let Some(kicad) = &snapshot.kicad {
        json.insert("kicad".to_owned(), show(kicad)?);
    }
    if !snapshot.exchanges.is_empty() {
        let exchanges = snapshot.exchanges.iter().map(show_exchange).collect::<Result<_>>()?;
        json.insert("exchanges".to_owned(), Json::Array(exchanges));
    }
    serde_json::to_string_pretty(&json)
        .map_err(|error| Error::new(ErrorKind::Snapshot, "cannot write JSON").with_source(error))
}

fn show_exchange(exchange: &Exchange) -> Result<Json> {
    let mut json = Map::new();
    if let Some(request) = &exchange.request {
        json.insert("request".to_owned(), show(request)?);
    }
    if let Some(status) = &exchange.status {
        json.insert("status".to_owned(), show(status)?);
    }
    if let Some(response) = &exchange.response {
        json.insert("response".to_owned(), show(response)?);
    }
    Ok(Json::Object(json))
}

fn descriptor<M: Name>() -> MessageDescriptor {
    POOL.get_message_by_name(&M::full_name()).expect("every message of the API is in its descriptors")
}

fn show<M: Message + Name>(message: &M) -> Result<Json> {
    let shown = (|| {
        let message = DynamicMessage::decode(descriptor::<M>(), message.encode_to_vec().as_slice())?;
        complete(&message)?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(serde_json::to_value(&message)?)
    })();
    shown.map_err(|error| {
        let what = format!("cannot show a {} as JSON; save the snapshot as protobuf", M::full_name());
        Error::new(ErrorKind::Snapshot, what).with_source(error)
    })
}

/// Makes sure that JSON shows all that is in a message.
fn complete(message: &DynamicMessage) -> std::result::Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let name = message.descriptor().full_name().to_owned();
    if message.unknown_fields().next().is_some() {
        return Err(format!("it holds a {name} with fields that this build does not know").into());
    }
    if name == <Any as Name>::full_name() {
        let any = message.transcode_to::<Any>()?;
        let Some(inner) = POOL.get_message_by_name(any.full_name()) else {
            return Err(format!("it holds a {}, which this build does not know", any.full_name()).into());
        };
        return complete(&DynamicMessage::decode(inner, any.value.as_slice())?);
    }
    message.fields().try_for_each(|(_, value)| complete_value(value))
}

fn complete_value(value: &Value) -> std::result::Result<(), Box<dyn std::error::Error + Send + Sync>> {
    match value {
        Value::Message(message) => complete(message),
        Value::List(list) => list.iter().try_for_each(complete_value),
        Value::Map(map) => map.values().try_for_each(complete_value),
        _ => Ok(()),
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Snapshot> {
    let wrong = |what: String| Error::new(ErrorKind::Snapshot, what);
    let json: Json = serde_json::from_slice(bytes)
        .map_err(|error| Error::new(ErrorKind::Snapshot, "this is no JSON").with_source(error))?;
    let mut snapshot = Snapshot::default();
    for (name, value) in object(json, "the snapshot")? {
        match name.as_str() {
            "format" => {
                let format = value.as_u64().and_then(|format| u32::try_from(format).ok());
                snapshot.format = format.ok_or_else(|| wrong("`format` is not a number".to_owned()))?;
            }
            "kicad" => snapshot.kicad = Some(parse::<KiCadVersion>(value, "kicad")?),
            "exchanges" => {
                let Json::Array(list) = value else {
                    return Err(wrong("`exchanges` is not a list".to_owned()));
                };
                let list = list.into_iter().enumerate().map(|(index, value)| read_exchange(value, index));
                snapshot.exchanges = list.collect::<Result<_>>()?;
            }
            other => return Err(wrong(format!("the snapshot has a field `{other}` that is not known"))),
        }
    }
    Ok(snapshot)
}

fn read_exchange(json: Json, index: usize) -> Result<Exchange> {
    let place = format!("exchanges[{index}]");
    let mut exchange = Exchange::default();
    for (name, value) in object(json, &place)? {
        let inner = format!("{place}.{name}");
        match name.as_str() {
            "request" => exchange.request = Some(parse::<Any>(value, &inner)?),
            "status" => exchange.status = Some(parse::<ApiResponseStatus>(value, &inner)?),
            "response" => exchange.response = Some(parse::<Any>(value, &inner)?),
            _ => return Err(Error::new(ErrorKind::Snapshot, format!("`{inner}` is not known"))),
        }
    }
    Ok(exchange)
}

fn object(json: Json, place: &str) -> Result<Map<String, Json>> {
    match json {
        Json::Object(map) => Ok(map),
        _ => Err(Error::new(ErrorKind::Snapshot, format!("{place} is not an object"))),
    }
}

fn parse<M: Message + Name + Default>(json: Json, place: &str) -> Result<M> {
    let parsed = (|| {
        let message = DynamicMessage::deserialize(descriptor::<M>(), json)?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(message.transcode_to::<M>()?)
    })();
    parsed.map_err(|error| {
        let what = format!("`{place}` is not a {} in JSON", M::full_name());
        Error::new(ErrorKind::Snapshot, what).with_source(error)
    })
}
