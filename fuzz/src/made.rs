//! Messages made from any bytes by their descriptors, so that most of them are read and it is the values that are odd.

use std::sync::LazyLock;

use arbitrary::Unstructured;
use kiapi_gen::DESCRIPTORS;
use prost::Message as _;
use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value,
};

/// How deep messages nest.
const DEPTH: u32 = 6;

/// The types that lie on a board.
pub const ITEMS: [&str; 16] = [
    "Track",
    "Arc",
    "Via",
    "Pad",
    "Zone",
    "FootprintInstance",
    "BoardGraphicShape",
    "BoardText",
    "BoardTextBox",
    "Dimension",
    "Group",
    "Field",
    "ReferenceImage",
    "Barcode",
    "Footprint",
    "BoardLayerProperties",
];

static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(DESCRIPTORS).expect("the generated descriptors are whole"));

/// The message with a full name.
pub fn descriptor(name: &str) -> Option<MessageDescriptor> {
    POOL.get_message_by_name(name)
}

/// A message of a type, as the bytes have it: the type's full name, and what it is on the wire.
pub fn message(name: &str, bytes: &mut Unstructured<'_>) -> Option<Vec<u8>> {
    let made = fill(&descriptor(name)?, bytes, DEPTH).ok()?;
    Some(made.encode_to_vec())
}

/// An item of any type.
pub fn item(bytes: &mut Unstructured<'_>) -> Option<kiapi_gen::Any> {
    let short = bytes.choose(&ITEMS).ok()?;
    let name = format!("kiapi.board.types.{short}");
    let value = message(&name, bytes)?;
    Some(kiapi_gen::Any::from_parts(format!("type.googleapis.com/{name}"), value))
}

/// Up to `at_most` items, until the bytes are used up.
pub fn items(bytes: &mut Unstructured<'_>, at_most: usize) -> Vec<kiapi_gen::Any> {
    let mut made = Vec::new();
    while made.len() < at_most && !bytes.is_empty() {
        made.extend(item(bytes));
    }
    made
}

/// A message made from the bytes.
pub fn fill(
    of: &MessageDescriptor,
    bytes: &mut Unstructured<'_>,
    depth: u32,
) -> arbitrary::Result<DynamicMessage> {
    let mut message = DynamicMessage::new(of.clone());
    if of.full_name() == "google.protobuf.Any" {
        if depth > 0 {
            if let Some(any) = item(bytes) {
                message.set_field_by_name("type_url", Value::String(any.type_url));
                message.set_field_by_name("value", Value::Bytes(any.value.into()));
            }
        }
        return Ok(message);
    }
    for field in of.fields() {
        // Without bytes nothing is set, so this ends.
        if bytes.is_empty() || !bytes.ratio(2, 3)? {
            continue;
        }
        let value = if field.is_map() {
            let entry = field.kind().as_message().cloned().expect("a map's entry is a message");
            let mut map = std::collections::HashMap::new();
            for _ in 0..bytes.int_in_range(0..=2)? {
                let Some(inner) = value(&entry.map_entry_value_field(), bytes, depth)? else { break };
                map.insert(MapKey::String(text(bytes)?), inner);
            }
            Value::Map(map)
        } else if field.cardinality() == Cardinality::Repeated {
            let mut list = Vec::new();
            for _ in 0..bytes.int_in_range(0..=3)? {
                list.extend(value(&field, bytes, depth)?);
            }
            Value::List(list)
        } else {
            let Some(value) = value(&field, bytes, depth)? else { continue };
            value
        };
        message.set_field(&field, value);
    }
    Ok(message)
}

fn value(
    field: &FieldDescriptor,
    bytes: &mut Unstructured<'_>,
    depth: u32,
) -> arbitrary::Result<Option<Value>> {
    Ok(Some(match field.kind() {
        Kind::Bool => Value::Bool(bytes.arbitrary()?),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(bytes.arbitrary()?),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(number(bytes)?),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(bytes.arbitrary()?),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(bytes.arbitrary()?),
        Kind::Float => Value::F32(bytes.arbitrary()?),
        Kind::Double => Value::F64(real(bytes)?),
        Kind::String => Value::String(text(bytes)?),
        Kind::Bytes => Value::Bytes(bytes.arbitrary::<Vec<u8>>()?.into()),
        Kind::Enum(of) => {
            let values: Vec<i32> = of.values().map(|value| value.number()).collect();
            Value::EnumNumber(match bytes.ratio(15, 16)? {
                true => *bytes.choose(&values)?,
                false => bytes.arbitrary()?,
            })
        }
        Kind::Message(_) if depth == 0 => return Ok(None),
        Kind::Message(inner) => Value::Message(fill(&inner, bytes, depth - 1)?),
    }))
}

/// Mostly a place on a board, in nanometres, and now and then the end of what there is.
fn number(bytes: &mut Unstructured<'_>) -> arbitrary::Result<i64> {
    Ok(match bytes.int_in_range(0..=9)? {
        0 => *bytes.choose(&[0, 1, -1, i64::MIN, i64::MAX, i32::MAX.into(), i32::MIN.into()])?,
        1 => bytes.arbitrary()?,
        _ => bytes.int_in_range(-300_000_000..=300_000_000)?,
    })
}

fn real(bytes: &mut Unstructured<'_>) -> arbitrary::Result<f64> {
    Ok(match bytes.int_in_range(0..=4)? {
        0 => *bytes.choose(&[0.0, -0.0, f64::NAN, f64::INFINITY, f64::MIN, f64::MIN_POSITIVE, 90.0, 0.25])?,
        1 => bytes.arbitrary()?,
        _ => f64::from(bytes.int_in_range(-7200..=7200)?) / 10.0,
    })
}

fn text(bytes: &mut Unstructured<'_>) -> arbitrary::Result<String> {
    Ok(match bytes.int_in_range(0..=4)? {
        0 => bytes.arbitrary()?,
        1 => (*bytes.choose(&[
            "",
            "~",
            "${REFERENCE}",
            "${A${B}}",
            "\u{0}",
            "<&\"'>",
            "a\nb\r\t",
            "µΩ\u{202e}",
        ])?)
        .to_owned(),
        2 => "00000000-0000-0000-0000-000000000000".to_owned(),
        // An id, which is one of few, so that items meet each other.
        3 => format!("00000000-0000-4000-8000-0000000000{:02x}", bytes.int_in_range(0..=7)?),
        _ => (*bytes.choose(&["GND", "R1", "~{RESET}", "x^{2}_{3}", "F.Cu"])?).to_owned(),
    })
}
