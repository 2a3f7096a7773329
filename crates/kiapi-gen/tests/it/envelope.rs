//! The envelope: what goes out, and what may come in.

use kiapi_gen::board::commands::{GetNets, NetsResponse};
use kiapi_gen::board::types::Net;
use kiapi_gen::common::commands::{GetVersion, Ping};
use kiapi_gen::common::{ApiRequest, ApiResponse, ApiResponseHeader, ApiResponseStatus, ApiStatusCode};
use kiapi_gen::prost::Message;
use kiapi_gen::{Any, Command, Request, Response, ResponseError};

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
