//! Items that are read from what KiCad answered.

use std::collections::BTreeSet;

use expect_test::expect;
use kiapi::api::board::types;
use kiapi::api::common::commands::{CreateItemsResponse, GetItemsResponse};
use kiapi::items::{decode_all, read_and_free, read_response};
use kiapi::prost::Message;
use kiapi::{Any, Barcode, Field, Item, ReferenceImage, Track, Via};
use kiapi_emulator::{Line, Snapshot};

use crate::items::from_the_future;

/// What KiCad 9.0.8 and 10.0.6 answered to `GetItems` on the demo board.
fn answers() -> Vec<Vec<u8>> {
    let exchanges =
        [Line::V9_0, Line::V10_0].into_iter().flat_map(|line| Snapshot::demo(line).exchanges.clone());
    let answers = exchanges.filter_map(|exchange| exchange.response);
    let answers: Vec<_> = answers.filter(Any::is::<GetItemsResponse>).map(|any| any.value).collect();
    assert!(!answers.is_empty(), "the snapshots hold no items");
    answers
}

#[test]
fn items_read_where_they_lie_are_those_read_the_plain_way() {
    let mut kinds = BTreeSet::new();
    // What the demo board does not have.
    let others = [
        Any::pack(Barcode::qr("hello").as_proto()),
        Any::pack(ReferenceImage::new([1, 2]).as_proto()),
        Any::pack(Field::new("MPN", "X").as_proto()),
        from_the_future(&Any::from_parts("type.googleapis.com/kiapi.board.types.Teleporter", [8, 1])),
        Any::from_parts("type.googleapis.com/kiapi.elsewhere.Track", [8, 1]),
        Any::from_parts("kiapi.board.types.Track", []),
        Any::default(),
    ];
    let others = GetItemsResponse::new().with_items(others).encode_to_vec();
    for answer in answers().into_iter().chain([others]) {
        let plain = GetItemsResponse::decode(answer.as_slice()).unwrap();
        let plain: Vec<Item> = plain.items.into_iter().map(|any| Item::from_any(any).unwrap()).collect();
        let fast = read_response(&answer).unwrap();
        assert_eq!(fast, plain);
        // As a part of something larger, too.
        let (before, after) = ([1, 2, 3], [4; 100]);
        let larger = [before.as_slice(), &answer, &after].concat();
        assert_eq!(read_and_free(larger, 3..answer.len() + 3).unwrap(), plain);
        for end in 0..answer.len().min(300) {
            let cut = answer[..end].to_vec();
            let (free, place) = (read_response(&cut), 0..end);
            assert_eq!(read_and_free(cut, place), free);
        }
        for item in fast {
            kinds.insert(format!("{:?}", item.kind()));
            // Nothing is lost on the way there and back.
            assert_eq!(Item::from_proto(item.clone().into_proto()), item);
            assert_eq!(Item::from_any(item.to_any()).unwrap(), item);
        }
    }
    expect!["PCB_ARC PCB_BARCODE PCB_DIMENSION PCB_FIELD PCB_FOOTPRINT PCB_GROUP PCB_PAD PCB_REFERENCE_IMAGE PCB_SHAPE PCB_TEXT PCB_TEXTBOX PCB_TRACE PCB_VIA PCB_ZONE UNKNOWN"]
        .assert_eq(&kinds.into_iter().collect::<Vec<_>>().join(" "));
}

#[test]
fn items_of_the_demo_board_come_back_byte_for_byte() {
    for answer in answers() {
        for any in GetItemsResponse::decode(answer.as_slice()).unwrap().items {
            assert_eq!(Item::from_any(any.clone()).unwrap().to_any(), any);
        }
    }
}

#[test]
fn answer_that_cannot_be_read_is_an_error() {
    let track = Any::pack(&types::Track::new());
    let answer = GetItemsResponse::new().with_items([track.clone(), track]).encode_to_vec();
    assert_eq!(read_response(&answer).unwrap().len(), 2);
    assert!(read_response(&[]).unwrap().is_empty());
    assert!(read_response(&answer[..answer.len() - 1]).is_err());
    let broken = Any::from_parts("type.googleapis.com/kiapi.board.types.Via", [0xff]);
    let error = read_response(&GetItemsResponse::new().with_items([broken]).encode_to_vec()).unwrap_err();
    assert_eq!(error.to_string(), "an item cannot be read");
    assert!(std::error::Error::source(&error).is_some());
    let beyond = answer.len() + 1;
    assert!(read_and_free(answer.clone(), 0..beyond).is_err());
    assert!(read_and_free(answer.clone(), 0..answer.len() - 1).is_err());
    assert!(read_and_free(Vec::new(), 0..0).unwrap().is_empty());
    // A number where items should be.
    assert!(read_response(&[0x18, 1]).is_err());
    // Another message does not hold items there.
    assert!(read_response(&CreateItemsResponse::new().encode_to_vec()).unwrap().is_empty());
}

#[test]
fn typed_items_are_of_one_type() {
    let items = [Item::from(Track::new()).to_any(), Item::from(Via::new()).to_any()];
    assert_eq!(decode_all::<Item>(items.clone()).unwrap().len(), 2);
    assert!(decode_all::<Track>(items).unwrap_err().to_string().contains("kiapi.board.types.Via"));
}
