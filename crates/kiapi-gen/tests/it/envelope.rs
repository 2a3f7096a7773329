//! The envelope: what goes out, and what may come in.

use kiapi_gen::board::commands::{GetNets, NetsResponse};
use kiapi_gen::board::types::Net;
use kiapi_gen::common::commands::{GetVersion, Ping};
use kiapi_gen::common::{
    ApiRequest, ApiRequestHeader, ApiResponse, ApiResponseHeader, ApiResponseStatus, ApiStatusCode,
};
use kiapi_gen::prost::Message;
use kiapi_gen::prost::encoding::encode_varint;
use kiapi_gen::{Any, Command, Request, Response, ResponseError};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

fn answer(status: ApiStatusCode, text: &str, message: Option<Any>) -> Vec<u8> {
    let mut answer = ApiResponse::new()
        .with_header(ApiResponseHeader::new().with_kicad_token("token of this KiCad"))
        .with_status(ApiResponseStatus::new().with_status(status).with_error_message(text));
    answer.message = message;
    answer.encode_to_vec()
}

fn read<C: Command>(bytes: &[u8]) -> Result<C::Response, ResponseError> {
    Response::decode(bytes)?.into_result::<C>()
}

#[test]
fn request_has_the_bytes_that_kicad_reads() {
    let bytes = Request::new(&Ping::new()).client_name("c").token("t").encode();
    let mut expected = b"\x0a\x06\x0a\x01t\x12\x01c\x12\x30\x0a\x2e".to_vec();
    expected.extend(b"type.googleapis.com/kiapi.common.commands.Ping");
    assert_eq!(bytes, expected);
}

#[test]
fn request_carries_the_command() {
    let command = GetNets::new().with_netclass_filter(["HV", "Default"]);
    let request = ApiRequest::decode(Request::new(&command).encode().as_slice()).unwrap();
    assert_eq!(request.message.unwrap().unpack::<GetNets>().unwrap(), command);
}

#[test]
fn response_is_unpacked() {
    let nets = NetsResponse::new().with_nets([Net::new().with_name("GND")]);
    let bytes = answer(ApiStatusCode::OK, "", Some(Any::pack(&nets)));
    assert_eq!(Response::decode(&bytes).unwrap().token(), Some("token of this KiCad"));
    assert_eq!(read::<GetNets>(&bytes), Ok(nets));
}

#[test]
fn empty_response_is_nothing() {
    assert_eq!(read::<Ping>(&answer(ApiStatusCode::OK, "", Some(Any::pack(&())))), Ok(()));
}

#[test]
fn response_to_another_command_is_told_before_it_is_decoded() {
    let error =
        read::<Ping>(&answer(ApiStatusCode::OK, "", Some(Any::pack(&NetsResponse::new())))).unwrap_err();
    assert!(error.is_type_mismatch());
    assert_eq!(
        error.to_string(),
        "the answer belongs to another command: expected a google.protobuf.Empty, got a kiapi.board.commands.NetsResponse"
    );
}

#[test]
fn answer_without_a_message_is_told() {
    let error = read::<GetVersion>(&answer(ApiStatusCode::OK, "", None)).unwrap_err();
    assert!(error.is_type_mismatch());
    assert!(error.to_string().ends_with("got nothing"), "{error}");
}

#[test]
fn refusal_has_status_and_text() {
    let error = read::<Ping>(&answer(ApiStatusCode::BUSY, "KiCad is busy", None)).unwrap_err();
    assert_eq!(error.status(), Some(ApiStatusCode::BUSY));
    assert_eq!(error.kicad_message(), Some("KiCad is busy"));
    assert_eq!(error.to_string(), "KiCad answered BUSY: KiCad is busy");
    let error = read::<Ping>(&answer(ApiStatusCode::UNIMPLEMENTED, "", None)).unwrap_err();
    assert_eq!(error.to_string(), "KiCad answered UNIMPLEMENTED");
    assert_eq!(error.kicad_message(), None);
}

#[test]
fn status_of_a_newer_kicad_is_a_refusal() {
    let error = read::<Ping>(&answer(ApiStatusCode(42), "new", None)).unwrap_err();
    assert_eq!(error.to_string(), "KiCad answered ApiStatusCode(42): new");
}

#[test]
fn answer_without_a_header_has_no_token() {
    let bytes =
        ApiResponse::new().with_status(ApiResponseStatus::new().with_status(ApiStatusCode::NOT_READY));
    let response = Response::decode(&bytes.encode_to_vec()).unwrap();
    assert_eq!((response.status(), response.token()), (ApiStatusCode::NOT_READY, None));
}

#[test]
fn garbage_is_malformed() {
    let error = Response::decode(b"\xff\xff\xff").unwrap_err();
    assert!(error.is_malformed() && !error.is_type_mismatch());
    assert_eq!(error.to_string(), "the answer is no API response");
    let garbage =
        Any::from_parts("type.googleapis.com/kiapi.board.commands.NetsResponse", b"\xff".as_slice());
    let error = read::<GetNets>(&answer(ApiStatusCode::OK, "", Some(garbage))).unwrap_err();
    assert!(error.is_malformed() && !error.is_type_mismatch());
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn token_is_not_shown() {
    let request = Request::new(&Ping::new()).token("very secret").client_name("shown");
    assert!(!format!("{request:?}").contains("very secret"));
    assert!(format!("{request:?}").contains("shown"));
    let bytes = answer(ApiStatusCode::OK, "", None);
    assert!(!format!("{:?}", Response::decode(&bytes).unwrap()).contains("token of"));
}

#[test]
fn token_that_comes_late_is_the_one_that_is_sent() {
    let command = GetNets::new().with_netclass_filter(["HV"]);
    let mut request = Request::new(&command).client_name("client");
    // Also longer than any room that may be left for it, and shorter again.
    for token in ["first".to_owned(), "t".repeat(1000), String::new(), "last".to_owned()] {
        request = request.token(token.as_str());
        let expected = ApiRequest::new()
            .with_header(ApiRequestHeader::new().with_kicad_token(token).with_client_name("client"))
            .with_message(Any::pack(&command));
        assert_eq!(request.as_bytes(), expected.encode_to_vec());
        assert_eq!(request.encode(), request.as_bytes());
    }
}

#[test]
fn packed_command_is_sent_as_the_command_itself() {
    for command in [GetNets::new(), GetNets::new().with_netclass_filter(["x".repeat(300)])] {
        let packed = Request::packed(&Any::pack(&command)).client_name("client");
        assert_eq!(packed.as_bytes(), Request::new(&command).client_name("client").as_bytes());
    }
}

#[test]
fn response_gives_its_bytes_and_where_the_message_is() {
    let nets = NetsResponse::new().with_nets([Net::new().with_name("GND")]);
    let bytes = answer(ApiStatusCode::OK, "", Some(Any::pack(&nets)));
    let (kept, place) = Response::from_vec(bytes.clone()).unwrap().into_parts();
    assert_eq!((&kept, &kept[place]), (&bytes, nets.encode_to_vec().as_slice()));
    let (_, place) = Response::decode(&answer(ApiStatusCode::BUSY, "", None)).unwrap().into_parts();
    assert!(place.is_empty());
}

/// Holds our reading of an envelope against prost's.
fn is_read_as_by_prost(bytes: &[u8]) {
    let (ours, theirs) = (Response::decode(bytes), ApiResponse::decode(bytes));
    let (ours, theirs) = match (ours, theirs) {
        (Err(_), Err(_)) => return,
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (ours, theirs) => panic!("{ours:?} differs from {theirs:?} of {bytes:02x?}"),
    };
    let status = theirs.status.unwrap_or_default();
    assert_eq!((ours.status(), ours.error_message()), (status.status, status.error_message.as_str()));
    assert_eq!(ours.token(), theirs.header.as_ref().map(|header| header.kicad_token.as_str()));
    assert_eq!(ours.message_type(), theirs.message.as_ref().map(Any::full_name));
    assert_eq!(ours.message_bytes(), theirs.message.as_ref().map_or(&[][..], |message| &message.value));
    assert_eq!(ours.is::<NetsResponse>(), theirs.message.as_ref().is_some_and(Any::is::<NetsResponse>));
    assert_eq!(ours.to_any(), theirs.message);
}

/// A field of an envelope or of a message in it: one that is known, another, or a known one of another wire type.
fn field(inner: impl Strategy<Value = Vec<u8>> + Clone) -> impl Strategy<Value = Vec<u8>> {
    let delimited = (1_u8..5, inner).prop_map(|(number, value)| {
        let mut field = vec![number << 3 | 2];
        encode_varint(value.len() as u64, &mut field);
        field.extend(value);
        field
    });
    let varint = (1_u8..5, prop_oneof![0..12_u64, any::<u64>()]).prop_map(|(number, value)| {
        let mut field = vec![number << 3];
        encode_varint(value, &mut field);
        field
    });
    let fixed = (1_u8..5).prop_map(|number| vec![number << 3 | 5, 1, 2, 3, 4]);
    let group = (1_u8..5, 1_u8..5).prop_map(|(begun, ended)| vec![begun << 3 | 3, 0x10, 7, ended << 3 | 4]);
    prop_oneof![8 => delimited, 3 => varint, 1 => fixed, 1 => group]
}

fn envelope() -> impl Strategy<Value = Vec<u8>> {
    let url = Just(b"type.googleapis.com/kiapi.board.commands.NetsResponse".to_vec());
    let value =
        prop_oneof![url, vec(any::<u8>(), 0..4), "[a-zäß/.]{0,6}".prop_map(String::into_bytes)].boxed();
    let message = vec(field(value), 0..5).prop_map(|fields| fields.concat()).boxed();
    vec(field(message), 0..6).prop_map(|fields| fields.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn odd_envelope_is_read_as_by_prost(bytes in envelope()) {
        is_read_as_by_prost(&bytes);
    }

    #[test]
    fn damaged_envelope_is_read_as_by_prost(
        text in ".{0,5}",
        (cut, at, byte) in any::<(Index, Index, u8)>(),
    ) {
        let message = Any::pack(&NetsResponse::new().with_nets([Net::new().with_name(text.as_str())]));
        let bytes = answer(ApiStatusCode::OK, &text, Some(message));
        is_read_as_by_prost(&bytes);
        is_read_as_by_prost(&bytes[..cut.index(bytes.len())]);
        let mut damaged = bytes.clone();
        damaged[at.index(bytes.len())] = byte;
        is_read_as_by_prost(&damaged);
        // Of what comes twice, the last counts.
        is_read_as_by_prost(&[bytes, damaged].concat());
    }
}

#[test]
fn groups_are_passed_over_as_deep_as_by_prost() {
    for depth in [1, 50, 99, 100, 101, 102, 5000] {
        is_read_as_by_prost(&[vec![0x53; depth], vec![0x54; depth]].concat());
    }
}
