//! Calls: what comes back, what is sent again and what never is, and what is known when a call fails.

use std::time::Duration;

use kiapi::api::board::commands::{GetItemsByNet, GetNets, NetsResponse};
use kiapi::api::board::types::Net;
use kiapi::api::common::ApiStatusCode;
use kiapi::api::common::commands::{BeginCommit, EndCommit, Ping};
use kiapi::{CallOptions, ErrorKind, Notice, Outcome, Retry};

use crate::scripted::{Reaction, Scripted, commands, refusal, version};
use crate::together::Together;

const BUSY: &str = "KiCad is busy and cannot respond to API requests right now";

fn busy() -> Reaction {
    refusal(ApiStatusCode::BUSY, BUSY)
}

fn patient() -> CallOptions {
    CallOptions::new().timeout(Duration::from_secs(30))
}

#[test]
fn response_of_the_command_comes_back() {
    let nets = NetsResponse::new().with_nets([Net::new().with_name("GND")]);
    let answer = nets.clone();
    let scripted = Scripted::kicad_10(move |_| Reaction::from(&answer));
    let command = GetNets::new().with_netclass_filter(["HV"]);
    assert_eq!(scripted.connect().call(&command).unwrap(), nets);
    let sent = scripted.seen().pop().unwrap().message.unwrap();
    assert_eq!(sent.unpack::<GetNets>().unwrap(), command);
}

/// Answers the first `GetNets` or `BeginCommit` with what another client's damaged request got, and never tells its own:
/// what comes behind is in step.
#[track_caller]
fn taken_by_another(text: &'static str) -> Scripted {
    let mut is_taken = false;
    Scripted::start(move |name, _| match name {
        "GetVersion" => version(10, 0, 6),
        _ if !std::mem::replace(&mut is_taken, true) => refusal(ApiStatusCode::BAD_REQUEST, text),
        "GetNets" => Reaction::from(&NetsResponse::new().with_nets([Net::new().with_name("GND")])),
        canary => refusal(
            ApiStatusCode::UNHANDLED,
            &format!("no handler available for request of type sync.{canary}"),
        ),
    })
}

#[test]
fn refusal_of_a_damaged_request_in_the_place_of_an_answer_is_never_taken_for_it() {
    for text in ["request could not be parsed", "request has no inner message"] {
        // What only reads is asked for again.
        let scripted = taken_by_another(text);
        let kicad = scripted.connect();
        assert_eq!(kicad.call(&GetNets::new()).unwrap().nets.len(), 1, "{text}");
        assert_eq!(commands(&scripted), ["GetVersion", "GetNets", "GetNets"], "{text}");

        // Anything else may have been done, and is not.
        let scripted = taken_by_another(text);
        let error = scripted.connect().call(&BeginCommit::new()).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::OutOfStep, Outcome::Unknown), "{text}");
        assert_eq!(commands(&scripted), ["GetVersion", "BeginCommit"], "{text}");
    }
}

#[test]
fn busy_kicad_is_told_at_once() {
    let scripted = Scripted::kicad_10(|_| busy());
    let error = scripted.connect().call(&BeginCommit::new()).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Busy, Outcome::Answered));
    assert!(error.is_busy() && error.is_retryable());
    assert_eq!(error.to_string(), format!("KiCad refused BeginCommit with BUSY: {BUSY}"));
    assert_eq!(commands(&scripted), ["GetVersion", "BeginCommit"]);
}

#[test]
fn busy_kicad_is_waited_out_when_asked_for() {
    let scripted = Scripted::kicad_10(|number| if number < 4 { busy() } else { Reaction::from(&()) });
    scripted.connect().call_with(&Ping::new(), patient().retry(Retry::WhileRefused)).unwrap();
    assert_eq!(scripted.seen().len(), 5);
}

#[test]
fn refusal_that_is_final_is_never_sent_again() {
    let scripted = Scripted::kicad_10(|_| refusal(ApiStatusCode::BAD_REQUEST, "no"));
    let options = patient().retry(Retry::WhileRefused);
    let error = scripted.connect().call_with(&Ping::new(), options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadRequest);
    assert!(!error.is_retryable());
    assert_eq!(commands(&scripted), ["GetVersion", "Ping"]);
}

#[test]
fn answer_to_another_command_is_told_before_it_is_decoded() {
    // Whatever is asked, an empty response of another command comes: no canary is answered either.
    let scripted = Scripted::kicad_10(|_| Reaction::from(&()));
    let kicad = scripted.connect();
    let error = kicad.call(&GetNets::new()).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::OutOfStep, Outcome::Unknown));
    assert_eq!(kicad.take_notices(), [Notice::OutOfStep]);
}

#[test]
fn garbage_is_told() {
    let scripted = Scripted::kicad_10(|_| Reaction::Bytes(vec![0xff; 16]));
    let error = scripted.connect().call(&Ping::new()).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Protocol, Outcome::Answered));
}

#[test]
fn silence_leaves_the_outcome_unknown_and_holds_back_the_next_call() {
    let scripted = Scripted::kicad_10(|_| Reaction::Silence);
    let kicad = scripted.connect();
    // Time enough for a ping beside the connection, also on a slow machine.
    let hasty = CallOptions::new().timeout(Duration::from_millis(500));
    let error = kicad.call_with(&BeginCommit::new(), hasty).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::Unknown));
    assert!(error.is_timeout() && !error.is_retryable());
    assert_eq!(error.to_string(), "BeginCommit failed; whether KiCad runs it is not known");
    for _ in 0..2 {
        let error = kicad.call_with(&EndCommit::new(), hasty).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::NotSent));
        assert!(error.is_retryable());
    }
    // The version, the beginning, and a ping beside the connection.
    assert_eq!(scripted.seen().len(), 3);
}

#[test]
fn death_of_kicad_is_told_at_once_and_nothing_is_sent_again() {
    let scripted = Scripted::kicad_10(|_| Reaction::Hangup);
    let kicad = scripted.connect();
    let error = kicad.call(&BeginCommit::new()).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Disconnected, Outcome::Unknown));
    assert_eq!(scripted.seen().len(), 2);
}

#[test]
fn what_only_reads_is_asked_again_on_a_new_connection() {
    let scripted =
        Scripted::kicad_10(|number| if number == 1 { Reaction::Hangup } else { Reaction::from(&()) });
    let kicad = scripted.connect();
    kicad.call(&Ping::new()).unwrap();
    assert_eq!((scripted.seen().len(), kicad.take_notices()), (3, vec![Notice::Reconnected]));
}

#[test]
fn what_kills_kicad_is_asked_twice_and_no_more() {
    let scripted = Scripted::kicad_10(|_| Reaction::Hangup);
    let error = scripted.connect().call(&Ping::new()).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Disconnected, Outcome::Unknown));
    assert_eq!(scripted.seen().len(), 3);
}

#[test]
fn command_of_a_newer_kicad_is_not_sent() {
    let unhandled = || {
        refusal(
            ApiStatusCode::UNHANDLED,
            "no handler available for request of type kiapi.board.commands.GetItemsByNet",
        )
    };
    let scripted = Scripted::start(move |_, before| if before == 0 { version(9, 0, 8) } else { unhandled() });
    let kicad = scripted.connect();
    let error = kicad.call(&GetItemsByNet::new()).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unsupported, Outcome::NotSent));
    // As the project's history says; that of a copy may know fewer KiCads.
    let since = <GetItemsByNet as kiapi::Command>::SINCE;
    assert_eq!(error.to_string(), format!("GetItemsByNet needs KiCad {since}, and this is 9.0.8"));
    assert_eq!(scripted.seen().len(), 1);
    let error = kicad.call_with(&GetItemsByNet::new(), CallOptions::new().unchecked()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unhandled);
    let why = format!("; it is answered since KiCad {since}, and this is 9.0.8");
    assert!(error.to_string().ends_with(&why), "{error}");
}

#[test]
fn unhandled_command_that_is_known_asks_for_the_document() {
    let name = "kiapi.board.commands.GetNets";
    let text = format!("no handler available for request of type {name}");
    let scripted = Scripted::kicad_10(move |_| refusal(ApiStatusCode::UNHANDLED, &text));
    let error = scripted.connect().call(&GetNets::new()).unwrap_err();
    assert!(error.to_string().ends_with("; is the document that it is about open?"), "{error}");
}

#[test]
fn threads_that_share_a_connection_get_their_own_answers() {
    let scripted = Scripted::kicad_10(|number| {
        Reaction::from(&NetsResponse::new().with_nets([Net::new().with_name(format!("net {number}"))]))
    });
    let kicad = scripted.connect();
    let names = std::thread::scope(|scope| {
        let together = Together::new();
        let call = |_together| kicad.call(&GetNets::new()).unwrap().nets.remove(0).name;
        let start = |together: Together| scope.spawn(move || call(together));
        let threads: Vec<_> = (0..8).map(|_| start(together.clone())).collect();
        drop(together);
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<std::collections::BTreeSet<_>>()
    });
    assert_eq!(names.len(), 8);
}
