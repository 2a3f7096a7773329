//! What only pipes have: names that somebody else has taken.

use std::io::Write as _;
use std::thread;

use kiapi_transport::{Client, ConnectOptions, ErrorKind, Server, ServerOptions, Transport as _};

use crate::raw;
use crate::support::*;

#[track_caller]
fn is_refused(place: &Place) {
    let error = at_once(|| Server::bind(place, &ServerOptions::new())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddressInUse, "{error:?}");
    assert!(error.to_string().contains("somebody else listens there"), "{error}");
}

#[test]
fn name_that_a_stranger_holds_is_refused_whatever_it_says() {
    // Nothing, for as long as anybody waits.
    let place = Place::new();
    let silent = raw::Listener::bind(&place);
    is_refused(&place);
    drop(silent);

    let place = Place::new();
    let listener = raw::Listener::bind(&place);
    let talking = thread::spawn(move || {
        let mut stream = listener.accept();
        let _ = stream.write_all(b"220 mail.example.com\r\n");
        (stream, listener)
    });
    is_refused(&place);
    drop(raw::try_connect(&place));
    drop(talking.join().unwrap());
}

#[test]
fn name_is_free_again_once_its_holder_has_gone() {
    let place = Place::new();
    for _ in 0..20 {
        let listener = raw::Listener::bind(&place);
        drop((raw::connect(&place), listener));
        let server = Server::bind(&place, &ServerOptions::new()).unwrap();
        let client = Client::connect(&place, &ConnectOptions::new().timeout(LONG)).unwrap();
        drop(server);
        eventually("the end is seen", || {
            client.call(b"", &hasty()).is_err_and(|error| error.is_disconnected())
        });
    }
}

#[test]
fn names_are_the_same_whatever_their_case() {
    let place = Place::new();
    let name = place.to_string().replace("ipc://", "");
    let _server = Server::bind(&place, &ServerOptions::new()).unwrap();
    let loud = kiapi_transport::Address::parse(&name.to_uppercase()).unwrap();
    let error = Server::bind(&loud, &ServerOptions::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddressInUse, "{error:?}");
}
