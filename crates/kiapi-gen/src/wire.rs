//! How fields are written and read: a module for each form that a field has, a marker for each kind of value.
//!
//! The generated implementations of `prost::Message` call these; the encoding of what is rare is prost's.

mod read;
mod write;

use prost::DecodeError;
use prost::encoding::{DecodeContext, WireType, check_wire_type};

use crate::IdText;

pub(crate) use read::{Names, Read, Reader, merge, merge_field, plain};
pub use write::{Write, Writer};
pub(crate) use write::{encode_raw, encode_to_vec, encoded_len, key_of};

/// What the generated implementations use.
pub(crate) mod prelude {
    pub(crate) use std::fmt;

    pub(crate) use prost::DecodeError;
    pub(crate) use prost::bytes::{Buf, BufMut};
    pub(crate) use prost::encoding::{DecodeContext, WireType};

    pub(crate) use super::{
        Names, Read, Reader, Value, Write, Writer, implicit, kind, map, optional, packed, plain, repeated,
    };
}

/// The kinds of values, as markers.
pub(crate) mod kind {
    macro_rules! kinds {
        ($($kind:ident),*) => { $(#[allow(dead_code, reason = "not every kind occurs in KiCad's API")] pub(crate) enum $kind {})* };
    }
    kinds!(
        Bool, Bytes, Double, Enum, Fixed32, Fixed64, Float, Int32, Int64, Message, Sfixed32, Sfixed64,
        Sint32, Sint64, String, Uint32, Uint64
    );
}

/// A single value of the kind `K`, with its key.
pub(crate) trait Value<K>: Default {
    fn is_default(&self) -> bool;
    fn write(&self, tag: u32, into: &mut Writer);
    fn merge(&mut self, wire_type: WireType, from: &mut Reader<'_>) -> Result<(), DecodeError>;
}

/// Many values of the kind `K` under one key.
pub(crate) trait Pack<K>: Sized {
    fn write_packed(values: &[Self], tag: u32, into: &mut Writer);
    fn merge_many(
        values: &mut Vec<Self>,
        wire_type: WireType,
        from: &mut Reader<'_>,
    ) -> Result<(), DecodeError>;
}

macro_rules! scalar {
    ($kind:ident, $module:ident, $ty:ty, $is_default:expr, $write:expr, $merge:expr) => {
        impl Value<kind::$kind> for $ty {
            #[inline]
            fn is_default(&self) -> bool {
                let is_default: fn(&$ty) -> bool = $is_default;
                is_default(self)
            }

            #[inline]
            fn write(&self, tag: u32, into: &mut Writer) {
                let write: fn(&$ty, u32, &mut Writer) = $write;
                write(self, tag, into);
            }

            #[inline]
            fn merge(&mut self, wire_type: WireType, from: &mut Reader<'_>) -> Result<(), DecodeError> {
                let merge: fn(&mut $ty, WireType, &mut Reader<'_>) -> Result<(), DecodeError> = $merge;
                merge(self, wire_type, from)
            }
        }
    };
}

macro_rules! number {
    ($kind:ident, $module:ident, $ty:ty, $is_default:expr, $field:expr, |$written:ident, $into:ident| $write:expr, $merge:expr) => {
        scalar!($kind, $module, $ty, $is_default, $field, $merge);

        impl Pack<kind::$kind> for $ty {
            #[inline]
            fn write_packed(values: &[Self], tag: u32, $into: &mut Writer) {
                if values.is_empty() {
                    return;
                }
                let since = $into.len();
                for $written in values.iter().rev() {
                    $write;
                }
                $into.delimited(tag, since);
            }

            #[inline]
            fn merge_many(
                values: &mut Vec<Self>,
                wire_type: WireType,
                from: &mut Reader<'_>,
            ) -> Result<(), DecodeError> {
                prost::encoding::$module::merge_repeated(
                    wire_type,
                    values,
                    from.buffer(),
                    DecodeContext::default(),
                )
            }
        }
    };
}

/// Of variable length: read by us, since coordinates are.
macro_rules! varint {
    ($kind:ident, $module:ident, $ty:ty, $is_default:expr, |$written:ident| $to:expr, |$value:ident| $from:expr) => {
        number!(
            $kind,
            $module,
            $ty,
            $is_default,
            |$written, tag, into| into.varint_field(tag, WireType::Varint, $to),
            |$written, into| into.varint($to),
            |into, wire_type, from| {
                check_wire_type(WireType::Varint, wire_type)?;
                let $value = from.varint()?;
                *into = $from;
                Ok(())
            }
        );
    };
}

/// Rare enough to be read by prost.
macro_rules! other {
    ($kind:ident, $module:ident, $ty:ty, $is_default:expr, $wire_type:ident, |$written:ident, $into:ident| $write:expr) => {
        number!(
            $kind,
            $module,
            $ty,
            $is_default,
            |$written, tag, $into| {
                $write;
                $into.key(tag, WireType::$wire_type);
            },
            |$written, $into| $write,
            |into, wire_type, from| {
                prost::encoding::$module::merge(wire_type, into, from.buffer(), DecodeContext::default())
            }
        );
    };
}

varint!(Bool, bool, bool, |value| !*value, |value| u64::from(*value), |value| value != 0);
varint!(Int32, int32, i32, |value| *value == 0, |value| extended((*value).into()), |value| signed(value));
varint!(Int64, int64, i64, |value| *value == 0, |value| extended(*value), |value| i64::from_ne_bytes(
    value.to_ne_bytes()
));
varint!(Uint32, uint32, u32, |value| *value == 0, |value| u64::from(*value), |value| truncated(value));
varint!(Uint64, uint64, u64, |value| *value == 0, |value| *value, |value| value);
// Minus zero is not the default: it is written.
other!(Double, double, f64, |value| value.to_bits() == 0, SixtyFourBit, |value, into| into
    .put(&value.to_le_bytes()));
other!(Float, float, f32, |value| value.to_bits() == 0, ThirtyTwoBit, |value, into| into
    .put(&value.to_le_bytes()));
other!(Fixed32, fixed32, u32, |value| *value == 0, ThirtyTwoBit, |value, into| into
    .put(&value.to_le_bytes()));
other!(Fixed64, fixed64, u64, |value| *value == 0, SixtyFourBit, |value, into| into
    .put(&value.to_le_bytes()));
other!(Sfixed32, sfixed32, i32, |value| *value == 0, ThirtyTwoBit, |value, into| into
    .put(&value.to_le_bytes()));
other!(Sfixed64, sfixed64, i64, |value| *value == 0, SixtyFourBit, |value, into| into
    .put(&value.to_le_bytes()));
other!(Sint32, sint32, i32, |value| *value == 0, Varint, |value, into| into.varint(zigzag((*value).into())));
other!(Sint64, sint64, i64, |value| *value == 0, Varint, |value, into| into.varint(zigzag(*value)));

scalar!(
    String,
    string,
    String,
    String::is_empty,
    |text, tag, into| into.bytes(tag, text.as_bytes()),
    |into, wire_type, from| {
        let text = from.text(wire_type)?;
        if into.capacity() == 0 {
            // One that grows would take more than it needs.
            *into = String::from(text);
        } else {
            into.clear();
            into.push_str(text);
        }
        Ok(())
    }
);

scalar!(
    Bytes,
    bytes,
    Vec<u8>,
    Vec::is_empty,
    |bytes, tag, into| into.bytes(tag, bytes),
    |into, wire_type, from| {
        let bytes = from.delimited(wire_type)?;
        into.clear();
        into.extend_from_slice(bytes);
        Ok(())
    }
);

/// The bits of a number with a sign, which for 32 bits are extended to 64.
#[inline]
fn extended(value: i64) -> u64 {
    u64::from_ne_bytes(value.to_ne_bytes())
}

/// The sign in the lowest bit, so that small numbers are short.
#[inline]
fn zigzag(value: i64) -> u64 {
    extended((value << 1) ^ (value >> 63))
}

/// What protobuf makes of a number that is too large for 32 bits.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "that is the rule")]
fn truncated(value: u64) -> u32 {
    value as u32
}

#[inline]
fn signed(value: u64) -> i32 {
    i32::from_ne_bytes(truncated(value).to_ne_bytes())
}

impl Value<kind::String> for IdText {
    #[inline]
    fn is_default(&self) -> bool {
        self.is_empty()
    }

    #[inline]
    fn write(&self, tag: u32, into: &mut Writer) {
        match self.as_uuid() {
            Some(text) => into.array(tag, text),
            None => into.bytes(tag, self.as_bytes()),
        }
    }

    #[inline]
    fn merge(&mut self, wire_type: WireType, from: &mut Reader<'_>) -> Result<(), DecodeError> {
        let bytes = from.delimited(wire_type)?;
        *self = match IdText::from_ascii(bytes) {
            Some(text) => text,
            None => read::text(bytes)?.into(),
        };
        Ok(())
    }
}

impl<E: crate::OpenEnum> Value<kind::Enum> for E {
    #[inline]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    #[inline]
    fn write(&self, tag: u32, into: &mut Writer) {
        let number: i32 = (*self).into();
        Value::<kind::Int32>::write(&number, tag, into);
    }

    #[inline]
    fn merge(&mut self, wire_type: WireType, from: &mut Reader<'_>) -> Result<(), DecodeError> {
        let mut number = 0_i32;
        Value::<kind::Int32>::merge(&mut number, wire_type, from)?;
        *self = number.into();
        Ok(())
    }
}

impl<E: crate::OpenEnum> Pack<kind::Enum> for E {
    fn write_packed(values: &[Self], tag: u32, into: &mut Writer) {
        Pack::<kind::Int32>::write_packed(&numbers(values), tag, into);
    }

    fn merge_many(
        values: &mut Vec<Self>,
        wire_type: WireType,
        from: &mut Reader<'_>,
    ) -> Result<(), DecodeError> {
        let mut numbers: Vec<i32> = Vec::new();
        Pack::<kind::Int32>::merge_many(&mut numbers, wire_type, from)?;
        values.extend(numbers.into_iter().map(Self::from));
        Ok(())
    }
}

fn numbers<E: crate::OpenEnum>(values: &[E]) -> Vec<i32> {
    values.iter().map(|&value| value.into()).collect()
}

impl<M: prost::Message + Read + Write + Default + PartialEq> Value<kind::Message> for M {
    fn is_default(&self) -> bool {
        *self == M::default()
    }

    #[inline]
    fn write(&self, tag: u32, into: &mut Writer) {
        into.message(tag, self);
    }

    #[inline]
    fn merge(&mut self, wire_type: WireType, from: &mut Reader<'_>) -> Result<(), DecodeError> {
        from.message(self, wire_type)
    }
}

impl<M: Read> Read for Box<M> {
    fn names() -> Names {
        M::names()
    }

    #[inline]
    fn field(&mut self, tag: u32, wire_type: WireType, from: &mut Reader<'_>) -> Result<(), DecodeError> {
        (**self).field(tag, wire_type, from)
    }
}

/// `google.protobuf.Empty`.
impl Read for () {
    #[inline]
    fn names() -> Names {
        ("Empty", &[])
    }

    #[inline]
    fn field(&mut self, tag: u32, wire_type: WireType, from: &mut Reader<'_>) -> Result<(), DecodeError> {
        prost::encoding::skip_field(wire_type, tag, from.buffer(), DecodeContext::default())
    }
}

/// One value; its default is not written.
pub(crate) mod implicit {
    use super::{DecodeError, Reader, Value, WireType, Writer};

    #[inline]
    pub(crate) fn write<K, V: Value<K>>(tag: u32, value: &V, into: &mut Writer) {
        if !value.is_default() {
            value.write(tag, into);
        }
    }

    #[inline]
    pub(crate) fn merge<K, V: Value<K>>(
        value: &mut V,
        wire_type: WireType,
        from: &mut Reader<'_>,
    ) -> Result<(), DecodeError> {
        value.merge(wire_type, from)
    }
}

/// One value or none.
pub(crate) mod optional {
    use super::{DecodeError, Reader, Value, WireType, Writer};

    #[inline]
    pub(crate) fn write<K, V: Value<K>>(tag: u32, value: &Option<V>, into: &mut Writer) {
        if let Some(value) = value {
            value.write(tag, into);
        }
    }

    #[inline]
    pub(crate) fn merge<K, V: Value<K>>(
        value: &mut Option<V>,
        wire_type: WireType,
        from: &mut Reader<'_>,
    ) -> Result<(), DecodeError> {
        value.get_or_insert_with(V::default).merge(wire_type, from)
    }
}

/// Any number of values, each with its key.
pub(crate) mod repeated {
    use super::{DecodeError, Reader, Value, WireType, Writer};

    pub(crate) fn write<K, V: Value<K>>(tag: u32, values: &[V], into: &mut Writer) {
        for value in values.iter().rev() {
            value.write(tag, into);
        }
    }

    pub(crate) fn merge<K, V: Value<K>>(
        values: &mut Vec<V>,
        tag: u32,
        wire_type: WireType,
        from: &mut Reader<'_>,
    ) -> Result<(), DecodeError> {
        // They are counted before there is room for them, so that it need not grow.
        if values.is_empty() && wire_type == WireType::LengthDelimited {
            values.reserve_exact(from.run(tag));
        }
        values.push(V::default());
        let value = values.last_mut().expect("one was just added");
        value.merge(wire_type, from)
    }
}

/// Any number of numbers under one key; a peer may send each with its key all the same.
pub(crate) mod packed {
    use super::{DecodeError, Pack, Reader, WireType, Writer};

    pub(crate) fn write<K, V: Pack<K>>(tag: u32, values: &[V], into: &mut Writer) {
        V::write_packed(values, tag, into);
    }

    pub(crate) fn merge<K, V: Pack<K>>(
        values: &mut Vec<V>,
        wire_type: WireType,
        from: &mut Reader<'_>,
    ) -> Result<(), DecodeError> {
        V::merge_many(values, wire_type, from)
    }
}

/// A map: a message with key and value for each entry.
pub(crate) mod map {
    use std::collections::BTreeMap;
    use std::marker::PhantomData;

    use super::{DecodeContext, DecodeError, Names, Read, Reader, Value, WireType, Writer};

    pub(crate) fn write<K, V, Key, Val>(tag: u32, values: &BTreeMap<Key, Val>, into: &mut Writer)
    where
        Key: Value<K>,
        Val: Value<V>,
    {
        for (key, value) in values.iter().rev() {
            let since = into.len();
            if !value.is_default() {
                value.write(2, into);
            }
            if !key.is_default() {
                key.write(1, into);
            }
            into.delimited(tag, since);
        }
    }

    pub(crate) fn merge<K, V, Key, Val>(
        values: &mut BTreeMap<Key, Val>,
        wire_type: WireType,
        from: &mut Reader<'_>,
    ) -> Result<(), DecodeError>
    where
        Key: Value<K> + Ord,
        Val: Value<V>,
    {
        let mut entry = Entry { key: Key::default(), value: Val::default(), kinds: PhantomData::<(K, V)> };
        from.message(&mut entry, wire_type)?;
        values.insert(entry.key, entry.value);
        Ok(())
    }

    /// An entry on the wire.
    struct Entry<Key, Val, Kinds> {
        key: Key,
        value: Val,
        kinds: PhantomData<Kinds>,
    }

    impl<K, V, Key: Value<K>, Val: Value<V>> Read for Entry<Key, Val, (K, V)> {
        fn names() -> Names {
            ("", &[])
        }

        fn field(&mut self, tag: u32, wire_type: WireType, from: &mut Reader<'_>) -> Result<(), DecodeError> {
            match tag {
                1 => self.key.merge(wire_type, from),
                2 => self.value.merge(wire_type, from),
                _ => prost::encoding::skip_field(wire_type, tag, from.buffer(), DecodeContext::default()),
            }
        }
    }
}
