//! What only pipes have: names that somebody else has taken.

use std::io::Write as _;
use std::sync::Arc;
use std::thread;

use kiapi_transport::{Client, ConnectOptions, ErrorKind, Server, ServerOptions, Transport};

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

/// Of a call that is answered while the thread ends that made the call before. Windows loses nothing; Wine 10.0 loses one in
/// some hundred (in a program without any Rust, one in ten).
#[test]
fn what_comes_as_a_thread_ends_is_never_taken_for_something_else() {
    let place = Place::new();
    let _server = Running::echo(Arc::new(Server::bind(&place, &ServerOptions::new()).unwrap()));
    let connect = || -> Arc<dyn Transport> {
        Arc::new(Client::connect(&place, &ConnectOptions::new().timeout(LONG)).unwrap())
    };
    let mut client = connect();
    let mut lost = 0;
    for round in 0..1000_u32 {
        let before = call_later(&client, round.to_le_bytes(), patient());
        let after = at_once(|| client.call(&round.to_be_bytes(), &patient()));
        for (answer, right) in [(before.join().unwrap(), round.to_le_bytes()), (after, round.to_be_bytes())] {
            match answer {
                Ok(answer) => assert_eq!(answer, right),
                Err(error) if is_wine() => {
                    assert!(error.is_disconnected(), "{error:?}");
                    lost += 1;
                    client = connect();
                }
                Err(error) => panic!("{error:?}"),
            }
        }
    }
    println!("{lost} answers were lost");
}

/// Whether this is no Windows: Wine 10.0 does not list pipes.
fn is_wine() -> bool {
    std::fs::read_dir(r"\\.\pipe\").is_err()
}
