//! What is written and read by a shortcut is what it is without one.

use kiapi_gen::board::types::{Track, Via};
use kiapi_gen::common::commands::CreateItems;
use kiapi_gen::common::types::{Distance, Kiid, Vector2};
use kiapi_gen::prost::encoding::{self, WireType};
use kiapi_gen::prost::{Message, Name};
use kiapi_gen::{Any, AnyRefs, Request};
use proptest::collection::vec;
use proptest::prelude::*;

/// Numbers about where their encoding becomes longer, of both signs.
fn edges() -> impl Iterator<Item = i64> {
    let powers = (0..63).map(|bits| 1_i64 << bits);
    powers.flat_map(|power| [power - 1, power, power + 1, -power]).chain([i64::MIN, i64::MAX])
}

#[test]
fn number_of_every_length_is_written_as_by_prost() {
    for number in edges() {
        let mut expected = Vec::new();
        encoding::int64::encode(1, &number, &mut expected);
        let message = Distance::new().with_value_nm(number);
        // Zero is the default, which is not written.
        let expected = if number == 0 { Vec::new() } else { expected };
        assert_eq!(message.encode_to_vec(), expected, "{number}");
        assert_eq!(Distance::decode(expected.as_slice()), Ok(message), "{number}");
    }
}

#[test]
fn number_is_written_into_whatever_room_is_left() {
    // The room is as long as was guessed, and what comes first takes some of it.
    for length in 0..300 {
        for number in [1, 300, 1 << 40, -1] {
            let track = Track::new()
                .with_id(Kiid::new().with_value("x".repeat(length)))
                .with_start(Vector2::new().with_x_nm(number).with_y_nm(number));
            assert_eq!(Track::decode(track.encode_to_vec().as_slice()), Ok(track));
        }
    }
}

#[test]
fn length_of_a_message_is_written_where_it_becomes_longer() {
    for length in (0..260).chain(16_370..16_390) {
        let id = Kiid::new().with_value("x".repeat(length));
        let mut expected = Vec::new();
        encoding::message::encode(1, &id, &mut expected);
        let track = Track::new().with_id(id);
        assert_eq!(track.encode_to_vec(), expected, "{length}");
    }
}

#[test]
fn item_in_a_request_is_packed_as_it_is_alone() {
    let track = Track::new().with_id(Kiid::new().with_value("1"));
    let request = Request::followed(&CreateItems::new(), 1, |writer| writer.any(2, &track));
    let followed = request.header("test", "");
    let whole = Request::new(&CreateItems::new().with_items([Any::pack(&track)])).header("test", "");
    assert_eq!(followed.as_bytes(), whole.as_bytes());
    assert_eq!(Any::pack(&track).type_url, format!("type.googleapis.com/{}", Track::full_name()));
}

/// A field of an `Any`, by its number and what it holds; some are none of an `Any`.
fn field() -> impl Strategy<Value = Vec<u8>> {
    let url = prop_oneof![
        Just("type.googleapis.com/kiapi.board.types.Track".to_owned()),
        Just("type.googleapis.com/kiapi.board.types.Via".to_owned()),
        Just("kiapi.board.types.Track".to_owned()),
        Just("x".repeat(200)),
        ".{0,3}",
    ];
    let url = url.prop_map(|url| delimited(1, url.as_bytes()));
    let value = vec(any::<u8>(), 0..4).prop_map(|value| delimited(2, &value));
    let unknown = (3..20_u32, any::<u64>()).prop_map(|(tag, number)| {
        let mut bytes = Vec::new();
        encoding::uint64::encode(tag, &number, &mut bytes);
        bytes
    });
    let damaged = vec(any::<u8>(), 0..3);
    prop_oneof![4 => url, 4 => value, 1 => unknown, 1 => damaged]
}

fn delimited(tag: u32, bytes: &[u8]) -> Vec<u8> {
    let mut field = Vec::new();
    encoding::encode_key(tag, WireType::LengthDelimited, &mut field);
    encoding::encode_varint(bytes.len() as u64, &mut field);
    field.extend_from_slice(bytes);
    field
}

/// What may stand in a message of coordinates or of an id: keys, numbers of every length, ids, and what does not belong there.
fn part() -> impl Strategy<Value = Vec<u8>> {
    let number = |number: u64| {
        let mut bytes = Vec::new();
        encoding::encode_varint(number, &mut bytes);
        bytes
    };
    let key = prop_oneof![Just(8_u8), Just(10), Just(16), Just(24)].prop_map(|key| vec![key]);
    let coordinate = (0..64_u32, any::<u64>()).prop_map(move |(bits, value)| number(value >> bits));
    let padded = (any::<u8>(), 1..10_usize).prop_map(|(first, more)| {
        let mut bytes = vec![first | 0x80];
        bytes.resize(more, 0x80);
        bytes.push(0);
        bytes
    });
    let id = "[0-9a-fµ-]{34,38}".prop_map(|id| delimited(1, id.as_bytes()));
    prop_oneof![
        4 => (key.clone(), coordinate.clone()).prop_map(|(key, number)| [key, number].concat()),
        2 => (key.clone(), padded).prop_map(|(key, number)| [key, number].concat()),
        2 => id,
        1 => key,
        1 => coordinate,
        1 => vec(any::<u8>(), 0..3),
    ]
}

/// A message that was read as all of the bytes, and as a field of another, which is where the shortcut is.
fn alone_and_within<M: Message + Default>(
    bytes: &[u8],
    tag: u32,
    field: impl FnOnce(Track) -> Option<M>,
) -> (Option<M>, Option<M>) {
    let within = Track::decode(delimited(tag, bytes).as_slice()).ok();
    (M::decode(bytes).ok(), within.map(|track| field(track).expect("it was there")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn coordinates_and_ids_are_read_at_once_as_field_by_field(parts in vec(part(), 0..4)) {
        let bytes = parts.concat();
        let (alone, within) = alone_and_within(&bytes, 2, |track| track.start);
        prop_assert_eq!(alone, within, "a Vector2");
        let (alone, within) = alone_and_within(&bytes, 4, |track| track.width);
        prop_assert_eq!(alone, within, "a Distance");
        let (alone, within) = alone_and_within(&bytes, 1, |track| track.id);
        prop_assert_eq!(alone, within, "a KIID");
    }

    #[test]
    fn what_comes_later_is_merged_into_what_was_there(parts in vec(part(), 0..3), more in vec(part(), 0..3)) {
        let (parts, more) = (parts.concat(), more.concat());
        // Alone they must be whole, and so must they be within.
        if Vector2::decode(parts.as_slice()).is_ok() {
            let track = Track::decode([delimited(2, &parts), delimited(2, &more)].concat().as_slice());
            let merged = Vector2::decode([parts, more].concat().as_slice());
            prop_assert_eq!(track.ok().and_then(|track| track.start), merged.ok());
        }
    }

    #[test]
    fn item_is_found_as_prost_finds_it(items in vec(vec(field(), 0..4), 1..4)) {
        let items: Vec<Vec<u8>> = items.into_iter().map(|fields| fields.concat()).collect();
        let message = items.iter().flat_map(|item| delimited(3, item)).collect::<Vec<_>>();
        let mut found = AnyRefs::new(&message, 3);
        for item in &items {
            let Ok(expected) = Any::decode(item.as_slice()) else {
                // An unknown field that is damaged is only passed over.
                return Ok(());
            };
            let any = found.next().unwrap().unwrap();
            prop_assert_eq!(any.full_name(), expected.full_name());
            prop_assert_eq!(any.value(), expected.value.as_slice());
            prop_assert_eq!(any.is::<Track>(), expected.is::<Track>());
            prop_assert_eq!(any.is::<Via>(), expected.is::<Via>());
        }
        prop_assert!(found.next().is_none());
    }
}
