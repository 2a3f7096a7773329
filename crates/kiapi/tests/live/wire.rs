//! Comparing messages by what is on the wire.

use kiapi::prost::encoding::{WireType, decode_key, decode_varint};

/// A field: its number and its value.
type Field<'a> = (u32, Value<'a>);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message that are not, or not the same, in another: as paths of their numbers, `1.5.3`.
///
/// What the other has besides does not count. What is no message on both sides is compared as it is.
pub(crate) fn lost(sent: &[u8], back: &[u8]) -> Vec<String> {
    let mut lost = Vec::new();
    compare(sent, back, "", &mut lost);
    lost
}

fn compare(sent: &[u8], back: &[u8], path: &str, lost: &mut Vec<String>) -> Option<()> {
    let (sent, back) = (fields(sent)?, fields(back)?);
    let mut seen: Vec<u32> = Vec::new();
    for (number, value) in sent {
        // A repeated field has its values in order.
        let place = seen.iter().filter(|seen| **seen == number).count();
        seen.push(number);
        let twin = back.iter().filter(|(other, _)| *other == number).nth(place);
        let path = if path.is_empty() { number.to_string() } else { format!("{path}.{number}") };
        match (value, twin) {
            (value, Some((_, twin))) if value == *twin => {}
            (Value::Bytes(value), Some((_, Value::Bytes(twin)))) => {
                let mut inner = Vec::new();
                match compare(value, twin, &path, &mut inner) {
                    Some(()) => lost.extend(inner),
                    None => lost.push(path),
                }
            }
            // A message in which nothing is said.
            (Value::Bytes([]), None) => {}
            _ => lost.push(path),
        }
    }
    Some(())
}

/// The fields of what may be a message.
fn fields(mut rest: &[u8]) -> Option<Vec<Field<'_>>> {
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let (number, wire_type) = decode_key(&mut rest).ok()?;
        let value = match wire_type {
            WireType::Varint => Value::Number(decode_varint(&mut rest).ok()?),
            WireType::SixtyFourBit => Value::Number(u64::from_le_bytes(take(&mut rest, 8)?.try_into().ok()?)),
            WireType::ThirtyTwoBit => {
                Value::Number(u32::from_le_bytes(take(&mut rest, 4)?.try_into().ok()?).into())
            }
            WireType::LengthDelimited => {
                let length = usize::try_from(decode_varint(&mut rest).ok()?).ok()?;
                Value::Bytes(take(&mut rest, length)?)
            }
            WireType::StartGroup | WireType::EndGroup => return None,
        };
        fields.push((number, value));
    }
    Some(fields)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}
