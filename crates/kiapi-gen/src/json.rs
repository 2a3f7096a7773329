//! Canonical protobuf JSON: `serde` for every message and every enum, behind the feature `serde`.
//!
//! prost-reflect knows the rules of that JSON. A message goes through its bytes into one of prost-reflect's, which is
//! looked up in the embedded descriptors, and back the same way.

/// Implements `Serialize` and `Deserialize` for a message. The generated code calls it for each.
macro_rules! message {
    ($message:path) => {
        #[cfg(feature = "serde")]
        impl serde::Serialize for $message {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                crate::json::serialize(self, serializer)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $message {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::json::deserialize(deserializer)
            }
        }
    };
}

/// Implements `Serialize` and `Deserialize` for an open enum. The generated code calls it for each.
macro_rules! open_enum {
    ($name:path) => {
        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                crate::json::serialize_enum(*self, serializer)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::json::deserialize_enum(deserializer)
            }
        }
    };
}

pub(crate) use {message, open_enum};

message!(crate::Any);

#[cfg(feature = "serde")]
pub(crate) use with_serde::{deserialize, deserialize_enum, serialize, serialize_enum};

#[cfg(feature = "serde")]
mod with_serde {
    use std::fmt;
    use std::marker::PhantomData;
    use std::sync::LazyLock;

    use prost::{Message, Name};
    use prost_reflect::prost_types::field_descriptor_proto::{Label, Type};
    use prost_reflect::prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto};
    use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, ReflectMessage as _, Value};
    use serde::{Deserializer, Serialize as _, Serializer, de, ser};

    use crate::{Any, OpenEnum};

    /// How deep messages may lie in each other, those inside of an `Any` too; as deep as prost decodes.
    const MAX_DEPTH: u32 = 100;

    static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
        let mut pool =
            DescriptorPool::decode(crate::DESCRIPTORS).expect("the generated descriptors are whole");
        pool.add_file_descriptor_proto(snapshot_file()).expect("it uses types of the API only");
        pool
    });

    /// `snapshot.proto`, which is not KiCad's.
    #[inline]
    fn snapshot_file() -> FileDescriptorProto {
        let field = |name: &str, number, label: Label, of: &str| FieldDescriptorProto {
            name: Some(name.to_owned()),
            number: Some(number),
            label: Some(label.into()),
            r#type: Some(if of.is_empty() { Type::Uint32 } else { Type::Message }.into()),
            type_name: (!of.is_empty()).then(|| of.to_owned()),
            ..FieldDescriptorProto::default()
        };
        let message = |name: &str, field: Vec<FieldDescriptorProto>| DescriptorProto {
            name: Some(name.to_owned()),
            field,
            ..DescriptorProto::default()
        };
        let snapshot = vec![
            field("format", 1, Label::Optional, ""),
            field("kicad", 2, Label::Optional, ".kiapi.common.types.KiCadVersion"),
            field("exchanges", 3, Label::Repeated, ".kiapi_rs.Exchange"),
        ];
        let exchange = vec![
            field("request", 1, Label::Optional, ".google.protobuf.Any"),
            field("status", 2, Label::Optional, ".kiapi.common.ApiResponseStatus"),
            field("response", 3, Label::Optional, ".google.protobuf.Any"),
        ];
        let dependency =
            ["google/protobuf/any.proto", "common/envelope.proto", "common/types/base_types.proto"];
        FileDescriptorProto {
            name: Some("snapshot.proto".to_owned()),
            package: Some("kiapi_rs".to_owned()),
            syntax: Some("proto3".to_owned()),
            dependency: dependency.map(str::to_owned).to_vec(),
            message_type: vec![message("Snapshot", snapshot), message("Exchange", exchange)],
            ..FileDescriptorProto::default()
        }
    }

    fn descriptor<M: Name>() -> MessageDescriptor {
        POOL.get_message_by_name(&M::full_name()).expect("every message of the crate has a descriptor")
    }

    pub(crate) fn serialize<M: Message + Name, S: Serializer>(
        message: &M,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let message = DynamicMessage::decode(descriptor::<M>(), message.encode_to_vec().as_slice())
            .map_err(ser::Error::custom)?;
        complete(&message, MAX_DEPTH).map_err(ser::Error::custom)?;
        message.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, M: Message + Name + Default, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<M, D::Error> {
        let message = DynamicMessage::deserialize(descriptor::<M>(), deserializer)?;
        message.transcode_to().map_err(de::Error::custom)
    }

    /// Makes sure that JSON can show all that is in a message.
    #[inline]
    fn complete(message: &DynamicMessage, depth: u32) -> Result<(), String> {
        let name = message.descriptor().full_name().to_owned();
        let Some(depth) = depth.checked_sub(1) else {
            return Err(format!("messages lie too deep in each other, down to a {name}"));
        };
        if message.unknown_fields().next().is_some() {
            return Err(format!("a {name} has fields that this build does not know, which JSON cannot show"));
        }
        if name == <Any as Name>::full_name() {
            let any: Any = message.transcode_to().map_err(|error| error.to_string())?;
            let inner = match any.full_name() {
                "" => return Err("an Any holds nothing, which JSON cannot show".to_owned()),
                name => POOL.get_message_by_name(name),
            };
            let Some(inner) = inner else {
                let name = any.full_name();
                return Err(format!(
                    "an Any holds a {name}, which this build does not know and JSON cannot show"
                ));
            };
            let inner =
                DynamicMessage::decode(inner, any.value.as_slice()).map_err(|error| error.to_string())?;
            return complete(&inner, depth);
        }
        message.fields().try_for_each(|(_, value)| complete_value(value, depth))
    }

    #[inline]
    fn complete_value(value: &Value, depth: u32) -> Result<(), String> {
        match value {
            Value::Message(message) => complete(message, depth),
            Value::List(list) => list.iter().try_for_each(|value| complete_value(value, depth)),
            Value::Map(map) => map.values().try_for_each(|value| complete_value(value, depth)),
            _ => Ok(()),
        }
    }

    pub(crate) fn serialize_enum<E: OpenEnum, S: Serializer>(
        value: E,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value.proto_name() {
            Some(name) => serializer.serialize_str(name),
            None => serializer.serialize_i32(value.into()),
        }
    }

    pub(crate) fn deserialize_enum<'de, E: OpenEnum, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<E, D::Error> {
        deserializer.deserialize_any(EnumVisitor(PhantomData))
    }

    struct EnumVisitor<E>(PhantomData<E>);

    impl<E: OpenEnum> de::Visitor<'_> for EnumVisitor<E> {
        type Value = E;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "the name or the number of a {}", E::FULL_NAME)
        }

        fn visit_str<Error: de::Error>(self, name: &str) -> Result<E, Error> {
            let known = E::VALUES.iter().find(|(.., proto_name)| *proto_name == name);
            known
                .map(|(value, ..)| *value)
                .ok_or_else(|| Error::invalid_value(de::Unexpected::Str(name), &self))
        }

        fn visit_i64<Error: de::Error>(self, number: i64) -> Result<E, Error> {
            let number = i32::try_from(number);
            number.map(E::from).map_err(|_| Error::custom(format!("a number beyond a {}", E::FULL_NAME)))
        }

        fn visit_u64<Error: de::Error>(self, number: u64) -> Result<E, Error> {
            let number = i32::try_from(number);
            number.map(E::from).map_err(|_| Error::custom(format!("a number beyond a {}", E::FULL_NAME)))
        }
    }
}
