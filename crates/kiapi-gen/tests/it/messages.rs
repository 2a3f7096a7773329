//! Each message against its descriptor: what prost-reflect writes, the generated type reads and writes back.

use kiapi_gen::prost::bytes::Buf;
use kiapi_gen::prost::{Message, Name};
use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor,
    ReflectMessage, Value,
};

/// How many messages of each type are made up.
const ROUNDS: u64 = 24;
/// How often each of them is damaged.
const CHANGES: u64 = 12;
/// How deep they nest.
const DEPTH: u32 = 3;

/// What every message can do.
#[cfg(feature = "serde")]
pub(crate) trait Checked: serde::Serialize + serde::de::DeserializeOwned {}
#[cfg(feature = "serde")]
impl<M: serde::Serialize + serde::de::DeserializeOwned> Checked for M {}

/// What every message can do.
#[cfg(not(feature = "serde"))]
pub(crate) trait Checked {}
#[cfg(not(feature = "serde"))]
impl<M> Checked for M {}

/// Messages of the type `M`, made up from its descriptor, come back as they went.
#[track_caller]
pub(crate) fn check<M: Message + Name + Default + PartialEq + std::fmt::Debug + Checked>() {
    let pool = DescriptorPool::decode(kiapi_gen::DESCRIPTORS).unwrap();
    let name = M::full_name();
    let descriptor = pool.get_message_by_name(&name).unwrap_or_else(|| panic!("{name} has no descriptor"));
    assert_eq!(M::type_url(), format!("type.googleapis.com/{name}"));
    for seed in 0..ROUNDS {
        let bytes = Maker(seed).message(&descriptor, DEPTH).encode_to_vec();
        // Decoded, since a default that was set is not on the wire.
        let made = DynamicMessage::decode(descriptor.clone(), bytes.as_slice()).unwrap();
        let message = M::decode(bytes.as_slice()).unwrap_or_else(|error| panic!("{name}: {error}: {made}"));
        let written = message.encode_to_vec();
        assert_eq!(message.encoded_len(), written.len(), "{name}");
        assert_eq!(DynamicMessage::decode(descriptor.clone(), written.as_slice()).unwrap(), made, "{name}");
        assert_eq!(M::decode(written.as_slice()).unwrap(), message, "{name}");
        assert_eq!(message == M::default(), bytes.is_empty(), "{name}");
        #[cfg(feature = "serde")]
        {
            let json =
                serde_json::to_string(&message).unwrap_or_else(|error| panic!("{name}: {error}: {made}"));
            let again = serde_json::from_str::<M>(&json);
            assert_eq!(again.unwrap_or_else(|error| panic!("{name}: {error}: {json}")), message, "{json}");
        }
        // Whatever is cut off, there is an answer and no panic.
        for end in 0..bytes.len().min(64) {
            let _ = M::decode(&bytes[..end]);
        }
        for change in 0..CHANGES {
            let mut changed = bytes.clone();
            let mut random = Maker(seed << 32 | change);
            for _ in 0..=random.next() % 2 {
                let Some(place) = random.next().checked_rem(changed.len() as u64) else { break };
                changed[usize::try_from(place).unwrap()] = random.next().to_le_bytes()[0];
            }
            check_changed::<M>(&descriptor, &changed);
        }
        // Bytes in pieces are read as in one.
        let (start, end) = bytes.split_at(bytes.len() / 2);
        assert_eq!(M::decode(Buf::chain(start, end)).unwrap(), message, "{name}");
        // Another message of prost's may hold ours.
        let delimited = message.encode_length_delimited_to_vec();
        assert_eq!(M::decode_length_delimited(delimited.as_slice()).unwrap(), message, "{name}");
    }
}

/// What may be malformed is read as prost-reflect reads it, or by neither.
#[track_caller]
fn check_changed<M: Message + Name + Default>(descriptor: &MessageDescriptor, bytes: &[u8]) {
    let read = |bytes: &[u8]| DynamicMessage::decode(descriptor.clone(), bytes);
    let (theirs, ours) = (read(bytes), M::decode(bytes));
    match (theirs, ours) {
        (Ok(theirs), Ok(ours)) => {
            let theirs = read(&theirs.encode_to_vec()).unwrap();
            let ours = read(&ours.encode_to_vec()).unwrap();
            // What is not a number does not equal itself.
            let is_same = theirs == ours || theirs.encode_to_vec() == ours.encode_to_vec();
            assert!(is_same, "{}: {bytes:?}\n{theirs:?}\n{ours:?}", M::full_name());
        }
        (Err(_), Err(_)) => {}
        (theirs, ours) => {
            panic!("{}: {bytes:?}: {:?} and {:?}", M::full_name(), theirs.err(), ours.err())
        }
    }
}

/// Makes messages up. The same seed makes the same message.
struct Maker(u64);

impl Maker {
    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn message(&mut self, descriptor: &MessageDescriptor, depth: u32) -> DynamicMessage {
        let mut message = DynamicMessage::new(descriptor.clone());
        match descriptor.full_name() {
            // Whatever holds one has to be able to open it.
            "google.protobuf.Any" => {
                let pool = descriptor.parent_pool();
                let choices =
                    ["kiapi.board.types.Via", "kiapi.common.types.Text", "kiapi.common.commands.Ping"];
                let name = choices[usize::try_from(self.next() % 3).unwrap()];
                let inner = self.message(&pool.get_message_by_name(name).unwrap(), depth.saturating_sub(1));
                let url = Value::String(format!("type.googleapis.com/{name}"));
                message.set_field_by_name("type_url", url);
                message.set_field_by_name("value", Value::Bytes(inner.encode_to_vec().into()));
                return message;
            }
            // In JSON its paths are names of fields.
            "google.protobuf.FieldMask" => {
                let path = Value::String(format!("some_field.number{}", self.next() % 9));
                message.set_field_by_name("paths", Value::List(vec![path]));
                return message;
            }
            _ => {}
        }
        for field in descriptor.fields() {
            if self.next().is_multiple_of(3) {
                continue;
            }
            let value = if field.is_map() {
                let entry = field.kind().as_message().cloned().unwrap();
                let (key, value) = (entry.map_entry_key_field(), entry.map_entry_value_field());
                let mut map = std::collections::HashMap::new();
                for _ in 0..self.next() % 3 {
                    let Some(value) = self.value(&value, depth) else {
                        break;
                    };
                    map.insert(self.key(&key), value);
                }
                Value::Map(map)
            } else if field.cardinality() == Cardinality::Repeated {
                Value::List((0..self.next() % 4).filter_map(|_| self.value(&field, depth)).collect())
            } else {
                let Some(value) = self.value(&field, depth) else {
                    continue;
                };
                value
            };
            message.set_field(&field, value);
        }
        message
    }

    fn key(&mut self, field: &FieldDescriptor) -> MapKey {
        match field.kind() {
            Kind::String => MapKey::String(format!("key {}", self.next() % 100)),
            other => panic!("a map with keys of {other:?}: teach the test"),
        }
    }

    fn value(&mut self, field: &FieldDescriptor, depth: u32) -> Option<Value> {
        let number = self.next();
        Some(match field.kind() {
            Kind::Bool => Value::Bool(number.is_multiple_of(2)),
            #[expect(clippy::cast_possible_truncation, reason = "any number will do")]
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32((number >> (number % 32)) as i32),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
                Value::I64(i64::from_ne_bytes((number >> (number % 64)).to_ne_bytes()))
            }
            #[expect(clippy::cast_possible_truncation, reason = "any number will do")]
            Kind::Uint32 | Kind::Fixed32 => Value::U32((number >> (number % 32)) as u32),
            Kind::Uint64 | Kind::Fixed64 => Value::U64(number >> (number % 64)),
            Kind::Float => {
                Value::F32(f32::from_bits(0x3f80_0000 | u32::try_from(number % 0x7f_ffff).unwrap()))
            }
            #[expect(clippy::cast_precision_loss, reason = "any number will do")]
            Kind::Double => Value::F64(number as f64 / 1024.0),
            Kind::String => Value::String(format!("text µ {}", number % 1000)),
            Kind::Bytes => {
                Value::Bytes(number.to_be_bytes()[..usize::try_from(number % 9).unwrap()].to_vec().into())
            }
            // Values that no KiCad has so far are among them.
            Kind::Enum(_) => Value::EnumNumber(i32::try_from(number % 200).unwrap() - 20),
            Kind::Message(_) if depth == 0 => return None,
            Kind::Message(inner) => Value::Message(self.message(&inner, depth - 1)),
        })
    }
}

#[test]
fn descriptors_are_those_of_the_messages() {
    let pool = DescriptorPool::decode(kiapi_gen::DESCRIPTORS).unwrap();
    for command in kiapi_gen::COMMANDS {
        assert!(pool.get_message_by_name(&command.full_name()).is_some(), "{}", command.full_name());
        assert!(pool.get_message_by_name(&command.response()).is_some(), "{}", command.response());
    }
    assert_eq!(
        DynamicMessage::new(pool.get_message_by_name("kiapi.common.commands.Ping").unwrap())
            .descriptor()
            .name(),
        "Ping"
    );
}
