//! The API without a socket: every status, and who is asked in which order.

use std::sync::mpsc;

use kiapi_gen::Any;
use kiapi_gen::board::commands::{GetNets, NetsResponse};
use kiapi_gen::board::types::Net;
use kiapi_gen::common::commands::{GetVersion, GetVersionResponse, Ping};
use kiapi_gen::common::{ApiRequest, ApiResponse, ApiStatusCode};
use kiapi_gen::prost::Message as _;
use kiapi_server::{Answer, Api, ApiHandler, Call, Readiness, Refusal, Tokens, on};

use crate::{request, shown};

#[track_caller]
fn check(api: &Api, request: &[u8], expected: &str) {
    assert_eq!(shown(&api.answer(request)), expected);
}

#[track_caller]
fn check_ping(api: &Api, token: &str, expected: &str) {
    check(api, &request(&Ping::new(), token), expected);
}

fn ponging() -> Api {
    let api = Api::new();
    api.register(on(|_, _: Ping| Ok(())));
    api.set_token("right");
    api
}

const OK: &str = r#"header OK "" google.protobuf.Empty"#;
const MISMATCH: &str =
    r#"header TOKEN_MISMATCH "the provided kicad_token did not match this KiCad instance's token" "#;

#[test]
fn tokens_are_checked_as_kicad_does() {
    let api = ponging();
    check_ping(&api, "right", OK);
    check_ping(&api, "", OK);
    check_ping(&api, "wrong", MISMATCH);
    check_ping(&api, "right ", MISMATCH);
    api.set_token("another");
    check_ping(&api, "right", MISMATCH);
    check_ping(&api, "another", OK);
}

#[test]
fn mismatch_tells_the_right_token() {
    let answer = ApiResponse::decode(ponging().answer(&request(&Ping::new(), "wrong")).as_slice()).unwrap();
    assert_eq!(answer.header.unwrap().kicad_token, "right");
}

#[test]
fn token_can_be_required() {
    let api = ponging();
    api.set_accepted_tokens(Tokens::Right);
    check_ping(&api, "", MISMATCH);
    check(&api, &ApiRequest::new().with_message(Any::pack(&Ping::new())).encode_to_vec(), MISMATCH);
    check_ping(&api, "right", OK);
}

#[test]
fn api_that_is_not_ready_reads_nothing_and_shows_no_header() {
    let api = ponging();
    api.set_readiness(Readiness::NotReady);
    let expected = r#"no header NOT_READY "KiCad is not ready to reply" "#;
    check_ping(&api, "wrong", expected);
    check(&api, b"\xff garbage", expected);
    api.set_readiness(Readiness::Ready);
    check_ping(&api, "", OK);
}

#[test]
fn refusals_reach_the_client() {
    for (status, name) in [
        (ApiStatusCode::TIMEOUT, "TIMEOUT"),
        (ApiStatusCode::BAD_REQUEST, "BAD_REQUEST"),
        (ApiStatusCode::BUSY, "BUSY"),
        (ApiStatusCode::UNIMPLEMENTED, "UNIMPLEMENTED"),
        (ApiStatusCode(99), "ApiStatusCode(99)"),
    ] {
        let api = Api::new();
        api.register(on(move |_, _: Ping| Err(Refusal::new(status, "so there"))));
        check_ping(&api, "", &format!(r#"header {name} "so there" "#));
    }
}

#[test]
fn unknown_commands_are_unhandled_in_kicads_words() {
    let api = ponging();
    check(
        &api,
        &request(&GetNets::new(), ""),
        r#"header UNHANDLED "no handler available for request of type kiapi.board.commands.GetNets" "#,
    );
    let strange = Any::from_parts("type.googleapis.com/made.up.Command", [1, 2, 3]);
    check(
        &api,
        &ApiRequest::new().with_message(strange).encode_to_vec(),
        r#"header UNHANDLED "no handler available for request of type made.up.Command" "#,
    );
}

#[test]
fn handlers_are_asked_in_order_until_one_answers() {
    struct Nets(&'static str);
    impl ApiHandler for Nets {
        fn get_nets(&mut self, _: &Call<'_>, _: GetNets) -> Answer<NetsResponse> {
            Ok(NetsResponse::new().with_nets([Net::new().with_name(self.0)]))
        }
    }
    let api = Api::new();
    let (told, asked) = mpsc::channel();
    let first = api.register(on(move |_, _: GetNets| {
        told.send(()).unwrap();
        Err(Refusal::unhandled())
    }));
    let second = api.register(Nets("second"));
    let third = api.register(Nets("third"));
    let net = || {
        let answer = ApiResponse::decode(api.answer(&request(&GetNets::new(), "")).as_slice()).unwrap();
        answer.message.map(|message| message.unpack::<NetsResponse>().unwrap().nets[0].name.clone())
    };
    assert_eq!(net().as_deref(), Some("second"));
    assert_eq!(asked.try_iter().count(), 1);
    assert!(api.deregister(second));
    assert_eq!(net().as_deref(), Some("third"));
    assert!(api.deregister(first) && api.deregister(third));
    assert!(!api.deregister(third), "it is gone already");
    assert_eq!(net(), None);
}

#[test]
fn handler_that_panics_has_refused_and_is_asked_again() {
    let api = Api::new();
    let mut calls = 0;
    api.register(on(move |_, _: Ping| {
        calls += 1;
        assert!(calls > 1, "the first is too much");
        Ok(())
    }));
    let first =
        r#"header BAD_REQUEST "the handler of kiapi.common.commands.Ping panicked: the first is too much" "#;
    check_ping(&api, "", first);
    check_ping(&api, "", OK);
}

#[test]
fn handler_may_register_and_deregister_others_while_it_answers() {
    let api = Api::new();
    let inside = api.clone();
    let own = std::sync::Arc::new(std::sync::Mutex::new(None));
    let known = std::sync::Arc::clone(&own);
    let id = api.register(on(move |_, _: Ping| {
        inside.register(on(|_, _: GetVersion| Ok(GetVersionResponse::new())));
        let id = known.lock().unwrap().unwrap();
        assert!(inside.deregister(id));
        Ok(())
    }));
    *own.lock().unwrap() = Some(id);
    check_ping(&api, "", OK);
    check_ping(
        &api,
        "",
        r#"header UNHANDLED "no handler available for request of type kiapi.common.commands.Ping" "#,
    );
    check(&api, &request(&GetVersion::new(), ""), r#"header OK "" kiapi.common.commands.GetVersionResponse"#);
}

#[test]
fn client_name_reaches_the_handler() {
    let api = Api::new();
    let (told, names) = mpsc::channel();
    api.register(on(move |call, _: Ping| {
        told.send(call.client_name.to_owned()).unwrap();
        Ok(())
    }));
    check_ping(&api, "", OK);
    assert_eq!(names.recv().unwrap(), "test");
}
