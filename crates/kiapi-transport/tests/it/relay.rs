//! What a relay passes on and tells of, with ends that are made by hand.

use std::io::{Read as _, Write as _};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use kiapi_transport::{ConnectOptions, Passed, Relay, RelayEvent, ServerOptions};

use crate::fake::{Fake, REP, REQ, frame};
use crate::raw::{self, Stream};
use crate::support::*;

/// A relay between two places, and what it tells.
struct Told {
    relay: Relay,
    near: Place,
    events: Receiver<RelayEvent>,
}

impl Told {
    fn start(far: &Place, accept: &ServerOptions) -> Self {
        let near = Place::new();
        let (sender, events) = channel();
        let connect = ConnectOptions::new().timeout(LONG);
        let tell = move |event| {
            let _ = sender.send(event);
        };
        let relay = Relay::start(&near, far, accept, &connect, tell).unwrap();
        Self { relay, near, events }
    }

    fn client(&self) -> Stream {
        let mut client = raw::connect(&self.near);
        client.set_read_timeout(Some(LONG)).unwrap();
        client.write_all(REQ).unwrap();
        let mut handshake = [0; 8];
        client.read_exact(&mut handshake).unwrap();
        assert_eq!(handshake, REP);
        client
    }

    /// The next events, each in a few words.
    #[track_caller]
    fn check(&self, expected: &[&str]) {
        let words = |event: RelayEvent| {
            let text = |body: Vec<u8>| String::from_utf8_lossy(&body).into_owned();
            let what = match event.what {
                Passed::Connected => "connected".to_owned(),
                Passed::Refused(error) => format!("refused: {:?}", error.kind()),
                Passed::Request { id, body } => format!("asks {id:x} {}", text(body)),
                Passed::Answer { id, body, asked } => {
                    format!("{} {id:x} {}", if asked.is_some() { "answers" } else { "says" }, text(body))
                }
                Passed::Ended { by, why } => format!("ended by {by:?}: {}", why.unwrap_or_default()),
                other => format!("{other:?}"),
            };
            format!("{}: {what}", event.connection)
        };
        let told: Vec<String> =
            expected.iter().map_while(|_| self.events.recv_timeout(LONG).ok().map(words)).collect();
        assert_eq!(told, expected);
    }
}

fn sees_the_end(client: &mut Stream) -> bool {
    match client.read(&mut [0; 64]) {
        Ok(count) => count == 0,
        // A pipe that is taken back before the system knows that all was read.
        Err(error) => cfg!(windows) && error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}

/// The next bytes, as many as are expected.
#[track_caller]
fn expect(stream: &mut Stream, expected: &[u8]) {
    let mut got = vec![0; expected.len()];
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.read_exact(&mut got).unwrap();
    assert!(got == expected);
}

#[test]
fn frames_are_passed_on_byte_for_byte_whatever_their_ids() {
    let far = Place::new();
    let server = Fake::listen(&far);
    let told = Told::start(&far, &ServerOptions::new());
    let mut client = told.client();
    let mut server = server.join().unwrap();
    let large = vec![7; 3_000_000];
    for (id, asked, answered) in [
        (0x8000_0001, &b"question"[..], &b"answer"[..]),
        (0x8000_0001, b"", b"to the same id"),
        (u32::MAX, b"\0\xff", b""),
        // It goes on, as far as a relay is concerned.
        (5, b"no top bit", b"fine"),
        (0x8000_0002, &large, &large),
    ] {
        // A large one is more than the sockets hold.
        let sender = thread::spawn({
            let (mut client, frame) = (client.try_clone().unwrap(), frame(id, asked));
            move || client.write_all(&frame).unwrap()
        });
        expect(&mut server.stream, &frame(id, asked));
        sender.join().unwrap();
        let sender = thread::spawn({
            let (mut server, frame) = (server.stream.try_clone().unwrap(), frame(id, answered));
            move || server.write_all(&frame).unwrap()
        });
        expect(&mut client, &frame(id, answered));
        sender.join().unwrap();
    }
    told.check(&[
        "1: connected",
        "1: asks 80000001 question",
        "1: answers 80000001 answer",
        "1: asks 80000001 ",
        "1: answers 80000001 to the same id",
    ]);
}

#[test]
fn one_request_is_on_its_way_and_the_others_keep_their_order() {
    let far = Place::new();
    let server = Fake::listen(&far);
    let told = Told::start(&far, &ServerOptions::new());
    let mut client = told.client();
    let mut server = server.join().unwrap();
    client
        .write_all(&[frame(0x8000_0001, b"a"), frame(0x8000_0002, b"b"), frame(0x8000_0003, b"c")].concat())
        .unwrap();
    assert_eq!(server.request(), (0x8000_0001, b"a".to_vec()));
    server.stream.set_read_timeout(Some(SHORT)).unwrap();
    assert!(server.try_request().is_err(), "the second came before the first was answered");
    server.stream.set_read_timeout(Some(LONG)).unwrap();
    // One that nobody asked for does not count.
    server.send(&frame(0x8000_0009, b"stray"));
    server.send(&frame(0x8000_0001, b"A"));
    assert_eq!(server.request(), (0x8000_0002, b"b".to_vec()));
    server.send(&frame(0x8000_0002, b"B"));
    assert_eq!(server.request(), (0x8000_0003, b"c".to_vec()));
    let answers = [frame(0x8000_0009, b"stray"), frame(0x8000_0001, b"A"), frame(0x8000_0002, b"B")].concat();
    expect(&mut client, &answers);
    told.check(&[
        "1: connected",
        "1: asks 80000001 a",
        "1: asks 80000002 b",
        "1: asks 80000003 c",
        "1: says 80000009 stray",
        "1: answers 80000001 A",
        "1: answers 80000002 B",
    ]);
}

#[test]
fn whichever_end_closes_the_other_sees_it() {
    let far = Place::new();
    let server = Fake::listen(&far);
    let told = Told::start(&far, &ServerOptions::new());
    let mut client = told.client();
    let mut fake = server.join().unwrap();
    client.write_all(&frame(0x8000_0001, b"x")).unwrap();
    fake.request();
    // What was answered before the end arrives.
    fake.send(&frame(0x8000_0001, b"y"));
    drop(fake);
    expect(&mut client, &frame(0x8000_0001, b"y"));
    assert!(sees_the_end(&mut client));
    told.check(&["1: connected", "1: asks 80000001 x", "1: answers 80000001 y", "1: ended by Server: "]);

    let server = Fake::listen(&far);
    let mut client = told.client();
    let mut fake = server.join().unwrap();
    client.write_all(&frame(0x8000_0001, b"x")).unwrap();
    // Behind a request that waits the end of a pipe is not seen.
    #[cfg(unix)]
    client.write_all(&frame(0x8000_0002, b"too early")).unwrap();
    assert_eq!(fake.request().1, b"x");
    drop(client);
    assert!(fake.sees_the_end());
    told.check(&["2: connected", "2: asks 80000001 x"]);
    #[cfg(unix)]
    told.check(&["2: asks 80000002 too early"]);
    told.check(&["2: ended by Client: "]);
}

#[test]
fn server_that_cannot_be_reached_ends_the_client_and_the_next_one_is_tried_again() {
    let far = Place::new();
    let told = Told::start(&far, &ServerOptions::new());
    assert!(sees_the_end(&mut told.client()));
    told.check(&["1: refused: NotFound"]);
    // A file that nobody listens at is another error than none, and a pipe leaves none.
    let gone = if cfg!(unix) { "2: refused: Refused" } else { "2: refused: NotFound" };
    drop(raw::Listener::bind(&far));
    assert!(sees_the_end(&mut told.client()));
    told.check(&[gone]);
    let server = Fake::listen(&far);
    let _client = told.client();
    let _server = server.join().unwrap();
    told.check(&["3: connected"]);
}

#[test]
fn what_is_no_frame_ends_its_connection_and_is_told() {
    let far = Place::new();
    let told = Told::start(&far, &ServerOptions::new().max_request(1000));
    for (number, bytes, words) in [
        (1, &b"\x02"[..], "sent a frame of type 0x02, and only 0x01 is known"),
        (2, b"\x01\0\0\0\0\0\0\0\x03", "sent a frame of 3 bytes, too short for a request id"),
        (3, b"\x01\0\0\0\0\0\0\x10\0\x80\0\0\0", "announced a message of 4092 bytes, and the limit is 1000"),
    ] {
        let server = Fake::listen(&far);
        let mut client = told.client();
        let mut fake = server.join().unwrap();
        client.write_all(bytes).unwrap();
        assert!(fake.sees_the_end());
        told.check(&[&format!("{number}: connected"), &format!("{number}: ended by Client: {words}")]);
    }
    let server = Fake::listen(&far);
    let mut client = told.client();
    server.join().unwrap().send(b"HTTP/1.1");
    assert!(sees_the_end(&mut client));
    told.check(&["4: connected", "4: ended by Server: sent a frame of type 0x48, and only 0x01 is known"]);
}

#[test]
fn who_is_no_client_does_not_reach_the_server() {
    let far = Place::new();
    let listener = raw::Listener::bind(&far);
    let told = Told::start(&far, &ServerOptions::new().handshake_timeout(SHORT));
    for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\0SP\0\0\x31\0\0", b"\0SP", b""] {
        let mut client = raw::connect(&told.near);
        client.set_read_timeout(Some(LONG)).unwrap();
        client.write_all(bytes).unwrap();
        let mut got = Vec::new();
        // What was sent and never read makes the end a reset.
        let _ = client.read_to_end(&mut got);
        assert_eq!(got, REP);
    }
    eventually("they are gone", || told.relay.connections() == 0);
    assert!(!listener.has_client());
    assert!(told.events.try_recv().is_err());
}

#[test]
fn no_more_clients_are_served_at_a_time_than_may_be() {
    let far = Place::new();
    let server = Running::echo(std::sync::Arc::new(
        kiapi_transport::Server::bind(&far, &ServerOptions::new()).unwrap(),
    ));
    let told = Told::start(&far, &ServerOptions::new().max_connections(1));
    let first = told.client();
    let mut second = raw::connect(&told.near);
    second.set_read_timeout(Some(SHORT)).unwrap();
    assert!(second.read(&mut [0]).is_err(), "it is served already");
    drop(first);
    expect(&mut second, REP);
    drop(server);
}

#[test]
fn closing_tells_of_every_connection_and_waits_for_it() {
    let far = Place::new();
    let server = Fake::listen(&far);
    let told = Told::start(&far, &ServerOptions::new());
    let mut client = told.client();
    let mut fake = server.join().unwrap();
    client.write_all(&frame(0x8000_0001, b"x")).unwrap();
    fake.request();
    at_once(|| told.relay.close());
    told.check(&["1: connected", "1: asks 80000001 x", "1: ended by Relay: "]);
    assert!(sees_the_end(&mut client) && fake.sees_the_end());
    assert!(told.events.recv_timeout(Duration::ZERO).is_err());
}
