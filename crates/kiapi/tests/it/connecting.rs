//! Connecting: readiness, the version, tokens.

use std::error::Error as _;
use std::time::Duration;

use kiapi::api::common::ApiStatusCode;
use kiapi::api::common::commands::{BeginCommit, BeginCommitResponse, Ping};
use kiapi::{ApiVersion, ConnectOptions, ErrorKind, KiCad, Notice, Outcome};

use crate::scripted::{Reaction, Scripted, TOKEN, not_ready, refusal, version};

#[test]
fn starting_kicad_is_waited_for() {
    let scripted = Scripted::start(|_, before| if before < 3 { not_ready() } else { version(9, 0, 8) });
    assert_eq!(scripted.connect().version(), ApiVersion::new(9, 0, 8));
    assert_eq!(scripted.seen().len(), 4);
}

#[test]
fn kicad_that_does_not_get_ready_is_given_up() {
    let scripted = Scripted::start(|_, _| not_ready());
    let error = KiCad::connect_with(scripted.options().ready_timeout(Duration::from_secs(2))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotReady);
    assert_eq!(error.status(), Some(ApiStatusCode::NOT_READY));
    assert!(error.is_retryable());
    assert_eq!(
        error.to_string(),
        "KiCad refused GetVersion with NOT_READY: KiCad is not ready to reply; it is starting, or a dialog waits for a \
         person"
    );
}

#[test]
fn kicad_that_is_silent_is_given_up() {
    let scripted = Scripted::start(|_, _| Reaction::Silence);
    let error = KiCad::connect_with(scripted.options().ready_timeout(Duration::from_secs(1))).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::Unknown));
}

#[test]
fn nobody_at_the_socket_is_told_with_a_way_out() {
    let options = ConnectOptions::new().socket("ipc:///no/such/folder/api.sock".parse().unwrap());
    let error = KiCad::connect_with(options).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::NotReachable, Outcome::NotSent));
    assert_eq!(
        error.to_string(),
        "cannot reach KiCad at `ipc:///no/such/folder/api.sock`; is it running, with its API server enabled in \
         Preferences > Plugins?"
    );
    assert_eq!(
        error.source().unwrap().to_string(),
        "nothing listens at `ipc:///no/such/folder/api.sock`: there is no such socket"
    );
}

#[test]
fn token_is_learnt_from_the_first_answer() {
    let scripted = Scripted::kicad_10(|_| Reaction::from(&()));
    scripted.connect().call(&Ping::new()).unwrap();
    let headers: Vec<_> = scripted.seen().into_iter().map(|request| request.header.unwrap()).collect();
    let tokens: Vec<_> = headers.iter().map(|header| header.kicad_token.as_str()).collect();
    assert_eq!(tokens, ["", TOKEN]);
    assert!(headers.iter().all(|header| header.client_name == "test"));
}

#[test]
fn wrong_token_is_told() {
    let scripted = Scripted::start(|_, _| refusal(ApiStatusCode::TOKEN_MISMATCH, "the token is wrong"));
    let error = KiCad::connect_with(scripted.options().token("of another")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TokenMismatch);
    assert_eq!(scripted.seen()[0].header.as_ref().unwrap().kicad_token, "of another");
}

#[test]
fn restart_is_told_to_who_changes_something_and_the_new_token_is_used() {
    let scripted = Scripted::start(|name, before| match (name, before) {
        ("GetVersion", _) => version(10, 0, 6),
        (_, 1) => refusal(ApiStatusCode::TOKEN_MISMATCH, "the token is wrong"),
        _ => Reaction::from(&BeginCommitResponse::new()),
    });
    let kicad = scripted.connect();
    let error = kicad.call(&BeginCommit::new()).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::TokenMismatch, Outcome::Answered));
    assert_eq!(kicad.take_notices(), [Notice::Restarted]);
    kicad.call(&BeginCommit::new()).unwrap();
}

#[test]
fn restart_is_noticed_by_who_reads_and_the_new_version_holds() {
    let scripted = Scripted::start(|name, before| match (name, before) {
        ("GetVersion", 0) => version(9, 0, 8),
        ("GetVersion", _) => version(10, 0, 6),
        (_, 1) => refusal(ApiStatusCode::TOKEN_MISMATCH, "the token is wrong"),
        _ => Reaction::from(&()),
    });
    let kicad = scripted.connect();
    kicad.call(&Ping::new()).unwrap();
    assert_eq!(kicad.take_notices(), [Notice::Restarted]);
    assert_eq!(kicad.version(), ApiVersion::new(10, 0, 6));
}

#[test]
fn token_is_never_shown() {
    let scripted = Scripted::kicad_10(|_| Reaction::from(&()));
    let kicad = KiCad::connect_with(scripted.options().token(TOKEN)).unwrap();
    assert!(!format!("{kicad:?} {:?}", scripted.options().token(TOKEN)).contains(TOKEN));
}
