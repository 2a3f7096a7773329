//! A value that this build does not know is a value like any other.

use kiapi_gen::OpenEnum;
use kiapi_gen::board::commands::BoardLayers;
use kiapi_gen::board::types::{BoardLayer, Track};
use kiapi_gen::common::ApiStatusCode;
use kiapi_gen::prost::Message;

#[test]
fn unknown_value_survives_a_round_trip() {
    let track = Track::new().with_layer(BoardLayer(12_345));
    let read = Track::decode(track.encode_to_vec().as_slice()).unwrap();
    assert_eq!(read.layer, BoardLayer(12_345));
    assert!(!read.layer.is_known());
}

#[test]
fn unknown_value_in_a_list_survives_a_round_trip() {
    let layers = BoardLayers::new().with_layers([BoardLayer::F_CU, BoardLayer(-7), BoardLayer(i32::MAX)]);
    assert_eq!(BoardLayers::decode(layers.encode_to_vec().as_slice()).unwrap(), layers);
}

#[test]
fn debug_is_the_name_or_the_number() {
    assert_eq!(format!("{:?}", BoardLayer::IN1_CU), "IN1_CU");
    assert_eq!(format!("{:?}", BoardLayer(99_999)), "BoardLayer(99999)");
}

#[test]
fn names_lead_both_ways() {
    for (value, rust, proto) in BoardLayer::VALUES {
        assert_eq!(BoardLayer::from_name(rust), Some(*value));
        assert_eq!(BoardLayer::from_name(proto), Some(*value));
    }
    assert_eq!(BoardLayer::from_name("no such layer"), None);
    assert_eq!(ApiStatusCode::BUSY.proto_name(), Some("AS_BUSY"));
    assert_eq!(ApiStatusCode::FULL_NAME, "kiapi.common.ApiStatusCode");
}
