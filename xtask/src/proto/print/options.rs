//! Options as text: those that are set, by the names that google/protobuf/descriptor.proto gives them.

use anyhow::{Context as _, Result, bail};
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Kind, Value};

use crate::proto::compile::google_file;

/// The options that are set in `options`, a message of the type `name`, as `key = value`.
pub(super) fn listed<M: Message>(name: &str, options: Option<&M>) -> Result<Vec<String>> {
    let Some(options) = options else {
        return Ok(Vec::new());
    };
    let mut pool = DescriptorPool::new();
    let file =
        google_file("google/protobuf/descriptor.proto").context("protox does not carry descriptor.proto")?;
    pool.add_file_descriptor_proto(file)?;
    let of = pool.get_message_by_name(name).with_context(|| format!("descriptor.proto has no {name}"))?;
    let options = DynamicMessage::decode(of, options.encode_to_vec().as_slice())?;
    let mut result = Vec::new();
    for (field, value) in options.fields() {
        // What declares a map is the map itself.
        if field.name() == "map_entry" {
            continue;
        }
        match value {
            Value::List(values) => {
                for value in values {
                    result.push(format!("{} = {}", field.name(), constant(&field, value)?));
                }
            }
            value => result.push(format!("{} = {}", field.name(), constant(&field, value)?)),
        }
    }
    Ok(result)
}

fn constant(field: &FieldDescriptor, value: &Value) -> Result<String> {
    Ok(match (value, field.kind()) {
        (Value::Bool(value), _) => value.to_string(),
        (Value::String(value), _) => quoted(value),
        (Value::I32(value), _) => value.to_string(),
        (Value::EnumNumber(number), Kind::Enum(of)) => {
            let value = of.get_value(*number);
            value
                .with_context(|| format!("the option {} has the unknown value {number}", field.name()))?
                .name()
                .to_owned()
        }
        _ => bail!("the option {} is of a kind that is not supported", field.name()),
    })
}

/// Options behind a field or a value.
pub(super) fn bracketed(options: Vec<String>) -> String {
    if options.is_empty() { String::new() } else { format!(" [{}]", options.join(", ")) }
}

/// `text` as a string literal.
pub(super) fn quoted(text: &str) -> String {
    let mut result = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => result.extend(['\\', c]),
            '\n' => result.push_str("\\n"),
            c if c.is_ascii_control() => result.push_str(&format!("\\{:03o}", u32::from(c))),
            c => result.push(c),
        }
    }
    result.push('"');
    result
}
