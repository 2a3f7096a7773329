//! Canonical protobuf JSON: what it looks like, what it accepts, and what it refuses to lose.

use expect_test::{Expect, expect};
use kiapi_gen::board::types::{BoardLayer, Net, Track, Via};
use kiapi_gen::common::commands::CreateItems;
use kiapi_gen::common::types::{Distance, Kiid, LockedState, Vector2};
use kiapi_gen::common::{ApiRequest, ApiResponse};
use kiapi_gen::prost::Message;
use kiapi_gen::{Any, OpenEnum as _};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn track() -> Track {
    Track::new()
        .with_id(Kiid::new().with_value("3f7c0b0e-4a2c-4d2e-9d8c-1f0a5b6c7d8e"))
        .with_start(Vector2::new().with_x_nm(-9_007_199_254_740_993).with_y_nm(1))
        .with_end(Vector2::new())
        .with_width(Distance::new().with_value_nm(250_000))
        .with_locked(LockedState::LOCKED)
        .with_layer(BoardLayer(77))
        .with_net(Net::new().with_name("µ\"A\"/<net>"))
}

#[track_caller]
fn check<M: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(message: &M, expected: Expect) {
    let json = serde_json::to_string_pretty(message).unwrap();
    expected.assert_eq(&json);
    assert_eq!(serde_json::from_str::<M>(&json).unwrap(), *message);
}

#[track_caller]
fn refuses<M: Serialize>(message: &M, expected: Expect) {
    expected.assert_eq(&serde_json::to_string(message).unwrap_err().to_string());
}

#[track_caller]
fn rejects<M: DeserializeOwned + std::fmt::Debug>(json: &str, expected: Expect) {
    expected.assert_eq(&serde_json::from_str::<M>(json).unwrap_err().to_string());
}

#[test]
fn long_numbers_are_strings_and_enums_are_names_or_numbers() {
    check(
        &track(),
        expect![[r#"
        {
          "id": {
            "value": "3f7c0b0e-4a2c-4d2e-9d8c-1f0a5b6c7d8e"
          },
          "start": {
            "xNm": "-9007199254740993",
            "yNm": "1"
          },
          "end": {},
          "width": {
            "valueNm": "250000"
          },
          "locked": "LS_LOCKED",
          "layer": "BL_User_24",
          "net": {
            "name": "µ\"A\"/<net>"
          }
        }"#]],
    );
}

#[test]
fn an_any_shows_its_type_and_what_is_in_it() {
    let create = CreateItems::new().with_items([Any::pack(&Via::new().with_locked(LockedState::UNLOCKED))]);
    check(
        &ApiRequest::new().with_message(Any::pack(&create)),
        expect![[r#"
        {
          "message": {
            "@type": "type.googleapis.com/kiapi.common.commands.CreateItems",
            "items": [
              {
                "@type": "type.googleapis.com/kiapi.board.types.Via",
                "locked": "LS_UNLOCKED"
              }
            ]
          }
        }"#]],
    );
}

#[test]
fn names_of_fields_are_read_in_both_spellings_and_in_any_order() {
    let json = r#"{"end": {"y_nm": 7, "xNm": "5"}, "layer": 3}"#;
    let expected =
        Track::new().with_end(Vector2::new().with_x_nm(5).with_y_nm(7)).with_layer(BoardLayer::F_CU);
    assert_eq!(serde_json::from_str::<Track>(json).unwrap(), expected);
    // The type of an `Any` may come last.
    let json =
        r#"{"message": {"items": [], "@type": "type.googleapis.com/kiapi.common.commands.CreateItems"}}"#;
    let expected = ApiResponse::new().with_message(Any::pack(&CreateItems::new()));
    assert_eq!(serde_json::from_str::<ApiResponse>(json).unwrap(), expected);
}

#[test]
fn what_json_cannot_show_is_refused_and_not_dropped() {
    let mut bytes = Net::new().with_name("GND").encode_to_vec();
    // Field 1000, a varint.
    bytes.extend([0xc0, 0x3e, 0x01]);
    let from_the_future = Net::decode(bytes.as_slice()).unwrap();
    refuses(
        &from_the_future,
        expect!["a kiapi.board.types.Net has fields that this build does not know, which JSON cannot show"],
    );
    refuses(
        &CreateItems::new().with_items([Any::pack(&from_the_future)]),
        expect!["a kiapi.board.types.Net has fields that this build does not know, which JSON cannot show"],
    );
    let stranger = Any::from_parts("type.googleapis.com/kiapi.board.types.Wormhole", [8, 1]);
    refuses(
        &stranger,
        expect![
            "an Any holds a kiapi.board.types.Wormhole, which this build does not know and JSON cannot show"
        ],
    );
    refuses(&Any::default(), expect!["an Any holds nothing, which JSON cannot show"]);
    refuses(
        &Any::from_parts("type.googleapis.com/kiapi.board.types.Net", [255]),
        expect!["failed to decode Protobuf message: invalid varint"],
    );
}

#[test]
fn messages_too_deep_in_each_other_are_refused() {
    let mut any = Any::pack(&Net::new());
    for _ in 0..5000 {
        any = Any::pack(&ApiRequest::new().with_message(any));
    }
    refuses(&any, expect!["messages lie too deep in each other, down to a google.protobuf.Any"]);
}

#[test]
fn wrong_json_is_rejected() {
    rejects::<Track>(r#"{"startt": {}}"#, expect!["unrecognized field name 'startt' at line 1 column 9"]);
    rejects::<Track>(
        r#"{"layer": "BL_Nowhere"}"#,
        expect!["unrecognized enum value 'BL_Nowhere' at line 1 column 22"],
    );
    rejects::<Vector2>(r#"{"xNm": "1.5"}"#, expect!["invalid digit found in string at line 1 column 13"]);
    rejects::<Track>("[]", expect!["invalid type: sequence, expected a map at line 1 column 0"]);
    rejects::<Any>(
        r#"{"@type": "type.googleapis.com/kiapi.Nothing"}"#,
        expect!["message 'kiapi.Nothing' not found at line 1 column 46"],
    );
}

#[test]
fn an_enum_alone_is_its_name_or_its_number() {
    check(
        &vec![BoardLayer::F_CU, BoardLayer(999), BoardLayer(-1)],
        expect![[r#"
        [
          "BL_F_Cu",
          999,
          -1
        ]"#]],
    );
    for (layer, _, name) in BoardLayer::VALUES {
        assert_eq!(serde_json::from_str::<BoardLayer>(&format!("\"{name}\"")).unwrap(), *layer);
    }
    rejects::<BoardLayer>(
        "\"F_CU\"",
        expect![[
            r#"invalid value: string "F_CU", expected the name or the number of a kiapi.board.types.BoardLayer at line 1 column 6"#
        ]],
    );
    rejects::<BoardLayer>(
        "3000000000",
        expect!["a number beyond a kiapi.board.types.BoardLayer at line 1 column 10"],
    );
    rejects::<BoardLayer>(
        "null",
        expect![
            "invalid type: null, expected the name or the number of a kiapi.board.types.BoardLayer at line 1 column 4"
        ],
    );
}
