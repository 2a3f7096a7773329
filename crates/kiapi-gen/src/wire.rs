//! How fields are written and read: a module for each form that a field has, a marker for each kind of value.
//!
//! The generated implementations of `prost::Message` call these; the encoding itself is prost's.

use prost::DecodeError;
use prost::bytes::{Buf, BufMut};
use prost::encoding::{DecodeContext, WireType};

/// What the generated implementations use.
pub(crate) mod prelude {
    pub(crate) use std::fmt;

    pub(crate) use prost::DecodeError;
    pub(crate) use prost::bytes::{Buf, BufMut};
    pub(crate) use prost::encoding::{DecodeContext, WireType};

    pub(crate) use super::{Value, implicit, kind, map, optional, packed, repeated, within};
}

/// Adds to an error in which message and field it happened.
pub(crate) fn within(mut error: DecodeError, message: &'static str, field: &'static str) -> DecodeError {
    error.push(message, field);
    error
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
    fn merge(
        &mut self,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError>;
}

/// Many values of the kind `K` under one key.
pub(crate) trait Pack<K>: Sized {
    fn encode_packed(values: &[Self], tag: u32, buf: &mut impl BufMut);
    fn encoded_len_packed(values: &[Self], tag: u32) -> usize;
    fn merge_many(
        values: &mut Vec<Self>,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError>;
}

macro_rules! scalar {
    ($kind:ident, $module:ident, $ty:ty, $is_default:expr) => {
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

            fn merge(
                &mut self,
                wire_type: WireType,
                buf: &mut impl Buf,
                ctx: DecodeContext,
            ) -> Result<(), DecodeError> {
                prost::encoding::$module::merge(wire_type, self, buf, ctx)
            }
        }
    };
}

macro_rules! number {
    ($kind:ident, $module:ident, $ty:ty, $is_default:expr) => {
        scalar!($kind, $module, $ty, $is_default);

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
                buf: &mut impl Buf,
                ctx: DecodeContext,
            ) -> Result<(), DecodeError> {
                prost::encoding::$module::merge_repeated(wire_type, values, buf, ctx)
            }
        }
    };
}

number!(Bool, bool, bool, |value| !*value);
// Minus zero is not the default: it is written.
number!(Double, double, f64, |value| value.to_bits() == 0);
number!(Float, float, f32, |value| value.to_bits() == 0);
number!(Fixed32, fixed32, u32, |value| *value == 0);
number!(Fixed64, fixed64, u64, |value| *value == 0);
number!(Int32, int32, i32, |value| *value == 0);
number!(Int64, int64, i64, |value| *value == 0);
number!(Sfixed32, sfixed32, i32, |value| *value == 0);
number!(Sfixed64, sfixed64, i64, |value| *value == 0);
number!(Sint32, sint32, i32, |value| *value == 0);
number!(Sint64, sint64, i64, |value| *value == 0);
number!(Uint32, uint32, u32, |value| *value == 0);
number!(Uint64, uint64, u64, |value| *value == 0);

impl Value<kind::String> for String {
    fn is_default(&self) -> bool {
        self.is_empty()
    }

    fn encode(&self, tag: u32, buf: &mut impl BufMut) {
        prost::encoding::string::encode(tag, self, buf);
    }

    fn encoded_len(&self, tag: u32) -> usize {
        prost::encoding::string::encoded_len(tag, self)
    }

    #[inline]
    fn merge(
        &mut self,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        // Items are full of ids and names, and nearly always the text lies in one piece: it is copied once, as it is.
        let chunk = buf.chunk();
        if let (WireType::LengthDelimited, Some((&length, rest))) = (wire_type, chunk.split_first()) {
            let text = rest.get(..usize::from(length)).filter(|_| length < 0x80);
            if let Some(Ok(text)) = text.map(std::str::from_utf8) {
                self.clear();
                self.push_str(text);
                buf.advance(1 + usize::from(length));
                return Ok(());
            }
        }
        prost::encoding::string::merge(wire_type, self, buf, ctx)
    }
}

scalar!(Bytes, bytes, Vec<u8>, Vec::is_empty);

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

    fn merge(
        &mut self,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        let mut number = (*self).into();
        prost::encoding::int32::merge(wire_type, &mut number, buf, ctx)?;
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
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        let mut numbers: Vec<i32> = Vec::new();
        prost::encoding::int32::merge_repeated(wire_type, &mut numbers, buf, ctx)?;
        values.extend(numbers.into_iter().map(Self::from));
        Ok(())
    }
}

fn numbers<E: crate::OpenEnum>(values: &[E]) -> Vec<i32> {
    values.iter().map(|&value| value.into()).collect()
}

impl<M: prost::Message + Default + PartialEq> Value<kind::Message> for M {
    fn is_default(&self) -> bool {
        *self == M::default()
    }

    fn encode(&self, tag: u32, buf: &mut impl BufMut) {
        prost::encoding::message::encode(tag, self, buf);
    }

    fn encoded_len(&self, tag: u32) -> usize {
        prost::encoding::message::encoded_len(tag, self)
    }

    fn merge(
        &mut self,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        prost::encoding::message::merge(wire_type, self, buf, ctx)
    }
}

/// One value; its default is not written.
pub(crate) mod implicit {
    use super::{Buf, BufMut, DecodeContext, DecodeError, Value, WireType};

    pub(crate) fn encode<K, V: Value<K>>(tag: u32, value: &V, buf: &mut impl BufMut) {
        if !value.is_default() {
            value.encode(tag, buf);
        }
    }

    pub(crate) fn encoded_len<K, V: Value<K>>(tag: u32, value: &V) -> usize {
        if value.is_default() { 0 } else { value.encoded_len(tag) }
    }

    pub(crate) fn merge<K, V: Value<K>>(
        value: &mut V,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        value.merge(wire_type, buf, ctx)
    }
}

/// One value or none.
pub(crate) mod optional {
    use super::{Buf, BufMut, DecodeContext, DecodeError, Value, WireType};

    pub(crate) fn encode<K, V: Value<K>>(tag: u32, value: &Option<V>, buf: &mut impl BufMut) {
        if let Some(value) = value {
            value.encode(tag, buf);
        }
    }

    pub(crate) fn encoded_len<K, V: Value<K>>(tag: u32, value: &Option<V>) -> usize {
        value.as_ref().map_or(0, |value| value.encoded_len(tag))
    }

    pub(crate) fn merge<K, V: Value<K>>(
        value: &mut Option<V>,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        value.get_or_insert_with(V::default).merge(wire_type, buf, ctx)
    }
}

/// Any number of values, each with its key.
pub(crate) mod repeated {
    use super::{Buf, BufMut, DecodeContext, DecodeError, Value, WireType};

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
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        let mut value = V::default();
        value.merge(wire_type, buf, ctx)?;
        values.push(value);
        Ok(())
    }
}

/// Any number of numbers under one key; a peer may send each with its key all the same.
pub(crate) mod packed {
    use super::{Buf, BufMut, DecodeContext, DecodeError, Pack, WireType};

    pub(crate) fn encode<K, V: Pack<K>>(tag: u32, values: &[V], buf: &mut impl BufMut) {
        V::encode_packed(values, tag, buf);
    }

    pub(crate) fn encoded_len<K, V: Pack<K>>(tag: u32, values: &[V]) -> usize {
        V::encoded_len_packed(values, tag)
    }

    pub(crate) fn merge<K, V: Pack<K>>(
        values: &mut Vec<V>,
        wire_type: WireType,
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError> {
        V::merge_many(values, wire_type, buf, ctx)
    }
}

/// A map: a message with key and value for each entry.
pub(crate) mod map {
    use std::collections::BTreeMap;

    use prost::encoding::btree_map;

    use super::{Buf, BufMut, DecodeContext, DecodeError, Value, WireType};

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
        buf: &mut impl Buf,
        ctx: DecodeContext,
    ) -> Result<(), DecodeError>
    where
        Key: Value<K> + Eq + std::hash::Hash + Ord,
        Val: Value<V>,
    {
        // prost leaves this check to its derive.
        prost::encoding::check_wire_type(WireType::LengthDelimited, wire_type)?;
        btree_map::merge(
            |wire_type, key: &mut Key, buf: &mut _, ctx| key.merge(wire_type, buf, ctx),
            |wire_type, value: &mut Val, buf: &mut _, ctx| value.merge(wire_type, buf, ctx),
            values,
            buf,
            ctx,
        )
    }
}
