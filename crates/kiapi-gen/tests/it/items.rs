//! Items of any type as one type.

use kiapi_gen::Any;
use kiapi_gen::board::types::{Item, Track, Via};
use kiapi_gen::common::types::Kiid;

#[test]
fn item_survives_being_packed_and_read() {
    let track = Track::new().with_id(Kiid::new().with_value("1"));
    let item = Item::from(track.clone());
    assert_eq!(Item::from_any(item.to_any()).unwrap(), Item::Track(track));
    assert_eq!(item.id().map(|id| id.value.as_str()), Some("1"));
}

#[test]
fn item_of_an_unknown_type_survives_byte_for_byte() {
    let any = Any::from_parts("type.googleapis.com/kiapi.board.types.Teleporter", [8, 1, 0xff]);
    let mut item = Item::from_any(any.clone()).unwrap();
    assert_eq!(item.to_any(), any);
    assert_eq!(item.id(), None);
    assert_eq!(item.id_mut(), None);
}

#[test]
fn item_that_is_not_what_it_says_is_an_error() {
    let any = Any::from_parts("type.googleapis.com/kiapi.board.types.Via", [0xff]);
    assert!(!Item::from_any(any).unwrap_err().is_type_mismatch());
}

#[test]
fn id_of_an_item_is_set_in_place() {
    let mut item = Item::from(Via::new());
    *item.id_mut().unwrap() = Some(Kiid::new().with_value("2"));
    assert_eq!(item.id().map(|id| id.value.as_str()), Some("2"));
}
