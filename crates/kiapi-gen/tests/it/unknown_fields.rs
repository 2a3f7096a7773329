//! Fields from a KiCad that is newer than this build are kept and sent back.

use kiapi_gen::board::types::{BoardLayer, Track};
use kiapi_gen::common::types::{Kiid, Vector2};
use kiapi_gen::prost::Message;
use kiapi_gen::prost::bytes::BufMut;
use kiapi_gen::prost::encoding::{self, WireType};
use proptest::prelude::*;

/// A field that no KiCad has.
fn future_field(tag: u32, kind: u8, payload: &[u8], into: &mut Vec<u8>) {
    match kind % 5 {
        0 => {
            encoding::encode_key(tag, WireType::Varint, into);
            encoding::encode_varint(
                payload.iter().fold(0, |sum: u64, &byte| sum << 7 | u64::from(byte)),
                into,
            );
        }
        1 => {
            encoding::encode_key(tag, WireType::SixtyFourBit, into);
            into.put_u64_le(payload.len() as u64);
        }
        2 => {
            encoding::encode_key(tag, WireType::ThirtyTwoBit, into);
            into.put_u32_le(7);
        }
        3 => {
            encoding::encode_key(tag, WireType::StartGroup, into);
            future_field(tag + 1, 4, payload, into);
            encoding::encode_key(tag, WireType::EndGroup, into);
        }
        _ => {
            encoding::encode_key(tag, WireType::LengthDelimited, into);
            encoding::encode_varint(payload.len() as u64, into);
            into.put_slice(payload);
        }
    }
}

fn track() -> Track {
    Track::new()
        .with_id(Kiid::new().with_value("6cf7a6ae-0f3a-4b0e-8b7a-6f9f2f6f2b3c"))
        .with_start(Vector2::new().with_x_nm(-1).with_y_nm(i64::MAX))
        .with_layer(BoardLayer::F_CU)
}

#[test]
fn message_from_the_future_is_sent_back_whole() {
    let mut bytes = track().encode_to_vec();
    let known = bytes.len();
    future_field(500, 4, b"from KiCad 12", &mut bytes);
    let mut read = Track::decode(bytes.as_slice()).unwrap();
    assert_eq!(read.unknown_fields().as_bytes(), &bytes[known..]);
    assert_eq!(read.encode_to_vec(), bytes);

    read.layer = BoardLayer::B_CU;
    let again = Track::decode(read.encode_to_vec().as_slice()).unwrap();
    assert_eq!(again.unknown_fields().as_bytes(), &bytes[known..]);
    assert_eq!(again.layer, BoardLayer::B_CU);
    assert_eq!(again.encoded_len(), bytes.len());
}

#[test]
fn message_inside_of_another_keeps_its_unknown_fields() {
    let mut inner = Vector2::new().with_x_nm(5).encode_to_vec();
    future_field(99, 0, &[1, 2], &mut inner);
    let mut bytes = Vec::new();
    encoding::encode_key(2, WireType::LengthDelimited, &mut bytes);
    encoding::encode_varint(inner.len() as u64, &mut bytes);
    bytes.put_slice(&inner);
    assert_eq!(Track::decode(bytes.as_slice()).unwrap().encode_to_vec(), bytes);
}

#[test]
fn groups_that_lie_too_deep_are_refused() {
    let mut bytes = Vec::new();
    for _ in 0..100_000 {
        encoding::encode_key(500, WireType::StartGroup, &mut bytes);
    }
    assert!(Track::decode(bytes.as_slice()).unwrap_err().to_string().contains("too deep"));
}

#[test]
fn field_that_announces_more_than_there_is_is_refused() {
    let mut bytes = Vec::new();
    encoding::encode_key(500, WireType::LengthDelimited, &mut bytes);
    encoding::encode_varint(1 << 60, &mut bytes);
    assert!(Track::decode(bytes.as_slice()).is_err());
}

#[test]
fn group_that_ends_wrongly_is_refused() {
    let mut bytes = Vec::new();
    encoding::encode_key(500, WireType::StartGroup, &mut bytes);
    encoding::encode_key(501, WireType::EndGroup, &mut bytes);
    assert!(Track::decode(bytes.as_slice()).is_err());
}

proptest! {
    #[test]
    fn any_future_fields_survive(fields in prop::collection::vec((100_u32..10_000, any::<u8>(), prop::collection::vec(any::<u8>(), 0..20)), 0..8)) {
        let mut bytes = track().encode_to_vec();
        for (tag, kind, payload) in &fields {
            future_field(*tag, *kind, payload, &mut bytes);
        }
        let read = Track::decode(bytes.as_slice()).unwrap();
        prop_assert_eq!(read.encoded_len(), bytes.len());
        prop_assert_eq!(read.encode_to_vec(), bytes);
    }

    #[test]
    fn no_bytes_make_a_message_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(read) = Track::decode(bytes.as_slice()) {
            let written = read.encode_to_vec();
            prop_assert_eq!(Track::decode(written.as_slice()).unwrap(), read);
        }
    }
}
