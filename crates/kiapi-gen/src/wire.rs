//! How fields are written and read: a module for each form that a field has, a marker for each kind of value.
//!
//! The generated implementations of `prost::Message` call these; the encoding itself is prost's.

mod read;

use prost::DecodeError;
use prost::bytes::BufMut;
use prost::encoding::{
    DecodeContext, WireType, check_wire_type, encode_key, encode_varint, encoded_len_varint, key_len,
};

use crate::IdText;

pub(crate) use read::{Read, Reader, merge, merge_field};

/// What the generated implementations use.
pub(crate) mod prelude {
    pub(crate) use std::fmt;

    pub(crate) use prost::DecodeError;
    pub(crate) use prost::bytes::{Buf, BufMut};
    pub(crate) use prost::encoding::{DecodeContext, WireType};

    pub(crate) use super::{Read, Reader, Value, implicit, kind, map, optional, packed, repeated};
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
    fn encode(&self, tag: u32, buf: &mut impl BufMut);
    fn encoded_len(&self, tag: u32) -> usize;
    fn merge(&mut self, wire_type: WireType, from: &mut Reader<'_>) -> Result<(), DecodeError>;
}

/// Many values of the kind `K` under one key.
pub(crate) trait Pack<K>: Sized {
    fn encode_packed(values: &[Self], tag: u32, buf: &mut impl BufMut);
    fn encoded_len_packed(values: &[Self], tag: u32) -> usize;
    fn merge_many(
        values: &mut Vec<Self>,
        wire_type: WireType,
        from: &mut Reader<'_>,
    ) -> Result<(), DecodeError>;
}

macro_rules! scalar {
    ($kind:ident, $module:ident, $ty:ty, $is_default:expr, $merge:expr) => {
        impl Value<kind::$kind> for $ty {
            fn is_default(&self) -> bool {
                let is_default: fn(&$ty) -> bool = $is_default;
                is_default(self)
            }

            fn encode(&self, tag: u32, buf: &mut impl BufMut) {
                prost::encoding::$module::encode(tag, self, buf);
            }

            fn encoded_len(&self, tag: u32) -> usize {
                prost::encoding::$module::encoded_len(tag, self)
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
    ($kind:ident, $module:ident, $ty:ty, $is_default:expr, $merge:expr) => {
        scalar!($kind, $module, $ty, $is_default, $merge);

        impl Pack<kind::$kind> for $ty {
            fn encode_packed(values: &[Self], tag: u32, buf: &mut impl BufMut) {
                prost::encoding::$module::encode_packed(tag, values, buf);
            }

            fn encoded_len_packed(values: &[Self], tag: u32) -> usize {
                prost::encoding::$module::encoded_len_packed(tag, values)
            }

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
    ($kind:ident, $module:ident, $ty:ty, $is_default:expr, |$value:ident| $from:expr) => {
        number!($kind, $module, $ty, $is_default, |into, wire_type, from| {
            check_wire_type(WireType::Varint, wire_type)?;
            let $value = from.varint()?;
            *into = $from;
            Ok(())
        });
    };
}

/// Rare enough to be read by prost.
macro_rules! other {
    ($kind:ident, $module:ident, $ty:ty, $is_default:expr) => {
        number!($kind, $module, $ty, $is_default, |into, wire_type, from| {
            prost::encoding::$module::merge(wire_type, into, from.buffer(), DecodeContext::default())
        });
    };
}

varint!(Bool, bool, bool, |value| !*value, |value| value != 0);
varint!(Int32, int32, i32, |value| *value == 0, |value| signed(value));
varint!(Int64, int64, i64, |value| *value == 0, |value| i64::from_ne_bytes(value.to_ne_bytes()));
varint!(Uint32, uint32, u32, |value| *value == 0, |value| truncated(value));
varint!(Uint64, uint64, u64, |value| *value == 0, |value| value);
// Minus zero is not the default: it is written.
other!(Double, double, f64, |value| value.to_bits() == 0);
other!(Float, float, f32, |value| value.to_bits() == 0);
other!(Fixed32, fixed32, u32, |value| *value == 0);
other!(Fixed64, fixed64, u64, |value| *value == 0);
other!(Sfixed32, sfixed32, i32, |value| *value == 0);
other!(Sfixed64, sfixed64, i64, |value| *value == 0);
other!(Sint32, sint32, i32, |value| *value == 0);
other!(Sint64, sint64, i64, |value| *value == 0);

scalar!(String, string, String, String::is_empty, |into, wire_type, from| {
    let text = from.text(wire_type)?;
    into.clear();
    into.push_str(text);
    Ok(())
});

scalar!(Bytes, bytes, Vec<u8>, Vec::is_empty, |into, wire_type, from| {
    let bytes = from.delimited(wire_type)?;
    into.clear();
    into.extend_from_slice(bytes);
    Ok(())
});

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
    fn is_default(&self) -> bool {
        self.is_empty()
    }

    fn encode(&self, tag: u32, buf: &mut impl BufMut) {
        encode_key(tag, WireType::LengthDelimited, buf);
        encode_varint(self.len() as u64, buf);
        buf.put_slice(self.as_bytes());
    }

    fn encoded_len(&self, tag: u32) -> usize {
        key_len(tag) + encoded_len_varint(self.len() as u64) + self.len()
    }

    #[inline]
    fn merge(&mut self, wire_type: WireType, from: &mut Reader<'_>) -> Result<(), DecodeError> {
        let mut ahead = from.clone();
        if let Some(text) = IdText::from_ascii(ahead.delimited(wire_type)?) {
            *from = ahead;
            *self = text;
        } else {
            *self = from.text(wire_type)?.into();
        }
        Ok(())
    }
}

impl<E: crate::OpenEnum> Value<kind::Enum> for E {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    fn encode(&self, tag: u32, buf: &mut impl BufMut) {
        prost::encoding::int32::encode(tag, &(*self).into(), buf);
    }

    fn encoded_len(&self, tag: u32) -> usize {
        prost::encoding::int32::encoded_len(tag, &(*self).into())
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
    fn encode_packed(values: &[Self], tag: u32, buf: &mut impl BufMut) {
        prost::encoding::int32::encode_packed(tag, &numbers(values), buf);
    }

    fn encoded_len_packed(values: &[Self], tag: u32) -> usize {
        prost::encoding::int32::encoded_len_packed(tag, &numbers(values))
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

impl<M: prost::Message + Read + Default + PartialEq> Value<kind::Message> for M {
    fn is_default(&self) -> bool {
        *self == M::default()
    }

    fn encode(&self, tag: u32, buf: &mut impl BufMut) {
        prost::encoding::message::encode(tag, self, buf);
    }

    fn encoded_len(&self, tag: u32) -> usize {
        prost::encoding::message::encoded_len(tag, self)
    }

    #[inline]
    fn merge(&mut self, wire_type: WireType, from: &mut Reader<'_>) -> Result<(), DecodeError> {
        from.message(self, wire_type)
    }
}

impl<M: Read> Read for Box<M> {
    const NAMES: (&'static str, &'static [(u32, &'static str)]) = M::NAMES;

    #[inline]
    fn field(&mut self, tag: u32, wire_type: WireType, from: &mut Reader<'_>) -> Result<(), DecodeError> {
        (**self).field(tag, wire_type, from)
    }
}

/// `google.protobuf.Empty`.
impl Read for () {
    const NAMES: (&'static str, &'static [(u32, &'static str)]) = ("Empty", &[]);

    fn field(&mut self, tag: u32, wire_type: WireType, from: &mut Reader<'_>) -> Result<(), DecodeError> {
        prost::encoding::skip_field(wire_type, tag, from.buffer(), DecodeContext::default())
    }
}

/// One value; its default is not written.
pub(crate) mod implicit {
    use super::{BufMut, DecodeError, Reader, Value, WireType};

    pub(crate) fn encode<K, V: Value<K>>(tag: u32, value: &V, buf: &mut impl BufMut) {
        if !value.is_default() {
            value.encode(tag, buf);
        }
    }

    pub(crate) fn encoded_len<K, V: Value<K>>(tag: u32, value: &V) -> usize {
        if value.is_default() { 0 } else { value.encoded_len(tag) }
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
    use super::{BufMut, DecodeError, Reader, Value, WireType};

    pub(crate) fn encode<K, V: Value<K>>(tag: u32, value: &Option<V>, buf: &mut impl BufMut) {
        if let Some(value) = value {
            value.encode(tag, buf);
        }
    }

    pub(crate) fn encoded_len<K, V: Value<K>>(tag: u32, value: &Option<V>) -> usize {
        value.as_ref().map_or(0, |value| value.encoded_len(tag))
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
    use super::{BufMut, DecodeError, Reader, Value, WireType};

    pub(crate) fn encode<K, V: Value<K>>(tag: u32, values: &[V], buf: &mut impl BufMut) {
        for value in values {
            value.encode(tag, buf);
        }
    }

    pub(crate) fn encoded_len<K, V: Value<K>>(tag: u32, values: &[V]) -> usize {
        values.iter().map(|value| value.encoded_len(tag)).sum()
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
    use super::{BufMut, DecodeError, Pack, Reader, WireType};

    pub(crate) fn encode<K, V: Pack<K>>(tag: u32, values: &[V], buf: &mut impl BufMut) {
        V::encode_packed(values, tag, buf);
    }

    pub(crate) fn encoded_len<K, V: Pack<K>>(tag: u32, values: &[V]) -> usize {
        V::encoded_len_packed(values, tag)
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

    use prost::encoding::btree_map;

    use super::{BufMut, DecodeContext, DecodeError, Read, Reader, Value, WireType};

    pub(crate) fn encode<K, V, Key, Val>(tag: u32, values: &BTreeMap<Key, Val>, buf: &mut impl BufMut)
    where
        Key: Value<K> + Eq + std::hash::Hash + Ord,
        Val: Value<V> + PartialEq,
    {
        btree_map::encode(
            |tag, key: &Key, buf: &mut _| key.encode(tag, buf),
            |tag, key: &Key| key.encoded_len(tag),
            |tag, value: &Val, buf: &mut _| value.encode(tag, buf),
            |tag, value: &Val| value.encoded_len(tag),
            tag,
            values,
            buf,
        );
    }

    pub(crate) fn encoded_len<K, V, Key, Val>(tag: u32, values: &BTreeMap<Key, Val>) -> usize
    where
        Key: Value<K> + Eq + std::hash::Hash + Ord,
        Val: Value<V> + PartialEq,
    {
        btree_map::encoded_len(
            |tag, key: &Key| key.encoded_len(tag),
            |tag, value: &Val| value.encoded_len(tag),
            tag,
            values,
        )
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
        const NAMES: (&'static str, &'static [(u32, &'static str)]) = ("", &[]);

        fn field(&mut self, tag: u32, wire_type: WireType, from: &mut Reader<'_>) -> Result<(), DecodeError> {
            match tag {
                1 => self.key.merge(wire_type, from),
                2 => self.value.merge(wire_type, from),
                _ => prost::encoding::skip_field(wire_type, tag, from.buffer(), DecodeContext::default()),
            }
        }
    }
}
