//! The native server against clients made by hand, which do what no proper one does. In each test a proper client has to
//! be served as if nothing had happened.

use std::collections::HashSet;
use std::io::{ErrorKind as Io, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kiapi_transport::{Client, ConnectOptions, Deadline, Listener, Server, ServerOptions, Transport};

use crate::support::*;

const REQ: &[u8] = b"\0SP\0\0\x30\0\0";
const REP: &[u8] = b"\0SP\0\0\x31\0\0";

#[cfg(unix)]
type Socket = std::os::unix::net::UnixStream;
/// A pipe, which is a file to those who need no deadlines.
#[cfg(windows)]
type Socket = std::fs::File;

struct Raw(Socket);

fn frame(id: u32, body: &[u8]) -> Vec<u8> {
    [&[1][..], &(body.len() as u64 + 4).to_be_bytes(), &id.to_be_bytes(), body].concat()
}

impl Raw {
    /// A connection on which nothing has been said.
    #[cfg(unix)]
    fn mute(place: &Place) -> Self {
        let stream = Socket::connect(place.path().unwrap()).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        Self(stream)
    }

    #[cfg(windows)]
    fn mute(place: &Place) -> Self {
        let end = std::time::Instant::now() + LONG;
        loop {
            match Socket::options().read(true).write(true).open(place.pipe_name().unwrap()) {
                // The instance for the next client is being made (ERROR_PIPE_BUSY).
                Err(error) if error.raw_os_error() == Some(231) && std::time::Instant::now() < end => {
                    std::thread::yield_now();
                }
                opened => return Self(opened.unwrap()),
            }
        }
    }

    fn connected(place: &Place) -> Self {
        let mut raw = Self::mute(place);
        raw.send(REQ);
        let mut handshake = [0; 8];
        raw.0.read_exact(&mut handshake).unwrap();
        assert_eq!(handshake, REP);
        raw
    }

    fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    fn reply(&mut self) -> (u32, Vec<u8>) {
        let mut head = [0; 13];
        self.0.read_exact(&mut head).unwrap();
        let length = u64::from_be_bytes(head[1..9].try_into().unwrap());
        let mut body = vec![0; usize::try_from(length).unwrap() - 4];
        self.0.read_exact(&mut body).unwrap();
        (u32::from_be_bytes(head[9..].try_into().unwrap()), body)
    }

    /// Reads to the end, which the server has to make.
    #[track_caller]
    fn sees_the_end(mut self) {
        match self.0.read_to_end(&mut Vec::new()) {
            Ok(_) => {}
            // A pipe that the server takes back from who does not read (ERROR_PIPE_NOT_CONNECTED).
            Err(error) if cfg!(windows) => assert_eq!(error.raw_os_error(), Some(233), "{error:?}"),
            Err(error) => assert_eq!(error.kind(), Io::ConnectionReset, "the server does not close"),
        }
    }
}

fn bind(place: &Place, options: ServerOptions) -> Arc<dyn Listener> {
    Arc::new(Server::bind(place, &options).unwrap())
}

fn echo(place: &Place) -> Running {
    Running::echo(bind(place, ServerOptions::new()))
}

#[track_caller]
fn is_served(place: &Place) {
    let client = Client::connect(place, &ConnectOptions::new().timeout(LONG)).unwrap();
    assert_eq!(client.call(b"unharmed", &patient()).unwrap(), b"unharmed");
}

#[test]
fn a_client_that_does_not_shake_hands_is_disconnected_in_time() {
    let place = Place::new();
    let server = bind(&place, ServerOptions::new().handshake_timeout(SHORT * 10));
    let _server = Running::echo(Arc::clone(&server));
    let (mute, mut halfway) = (Raw::mute(&place), Raw::mute(&place));
    halfway.send(&REQ[..5]);
    is_served(&place);
    mute.sees_the_end();
    halfway.sees_the_end();
    eventually("they are forgotten", || server.connections() == 0);

    // Who has shaken hands may be silent for as long as it likes.
    let mut silent = Raw::connected(&place);
    Raw::mute(&place).sees_the_end();
    silent.send(&frame(0x8000_0000, b"x"));
    assert_eq!(silent.reply(), (0x8000_0000, b"x".to_vec()));
}

#[test]
fn a_client_that_does_not_shake_hands_is_disconnected_while_the_server_is_busy() {
    let place = Place::new();
    let server = bind(&place, ServerOptions::new().handshake_timeout(SHORT));
    let mut raw = Raw::connected_with(&place, &*server);
    raw.send(&frame(0x8000_0000, b"work"));
    let request = server.recv(soon()).unwrap();
    Raw::mute(&place).sees_the_end();
    request.reply("done").unwrap();
    assert_eq!(raw.reply().1, b"done");
}

impl Raw {
    /// Like `connected`, for a server that nobody runs: waiting in vain for a request runs it.
    fn connected_with(place: &Place, server: &dyn Listener) -> Self {
        let mut raw = Self::mute(place);
        raw.send(REQ);
        let _ = server.recv(Deadline::after(Duration::from_millis(1)));
        let mut handshake = [0; 8];
        raw.0.read_exact(&mut handshake).unwrap();
        raw
    }
}

#[test]
fn whoever_does_not_speak_req_is_disconnected() {
    let place = Place::new();
    let _server = echo(&place);
    for greeting in [REP, b"G", b"\0SP\x01", b"\0SP\0\0\x30\x01\0", b"\0SP\0\x01\x30\0\0"] {
        let mut raw = Raw::mute(&place);
        raw.send(greeting);
        raw.sees_the_end();
    }
    is_served(&place);
}

#[test]
fn whoever_breaks_the_framing_is_disconnected() {
    let place = Place::new();
    let _server = echo(&place);
    let giant = [&[1][..], &(1_u64 << 60).to_be_bytes(), &[0x80, 0, 0, 0]].concat();
    for bytes in [b"GET / HTTP/1.1".to_vec(), vec![0], frame(0, b"")[..8].to_vec(), giant] {
        let mut raw = Raw::connected(&place);
        let whole = bytes.len() != 8;
        raw.send(&bytes);
        if !whole {
            raw.send(&[3]); // a length of three, too short for an id
        }
        raw.sees_the_end();
    }
    is_served(&place);
}

#[test]
fn an_announced_giant_takes_no_memory_without_a_limit_either() {
    let place = Place::new();
    let server = bind(&place, ServerOptions::new().max_request(usize::MAX));
    let _server = Running::echo(Arc::clone(&server));
    let mut raw = Raw::connected(&place);
    raw.send(&[&[1][..], &(1_u64 << 60).to_be_bytes(), &[0x80, 0, 0, 0], &vec![7; 100_000]].concat());
    is_served(&place);
    drop(raw);
    eventually("it is forgotten", || server.connections() == 0);
}

#[test]
fn a_client_that_dies_in_the_middle_of_a_request_is_forgotten() {
    let place = Place::new();
    let server = bind(&place, ServerOptions::new());
    let _server = Running::echo(Arc::clone(&server));
    for size in [10, 1_000_000] {
        let whole = frame(0x8000_0000, &vec![1; size]);
        for cut in [1, 9, 11, 13, 14, whole.len() - 1] {
            let mut raw = Raw::connected(&place);
            raw.send(&whole[..cut]);
        }
    }
    is_served(&place);
    eventually("they are forgotten", || server.connections() == 0);
}

#[test]
fn a_request_in_one_byte_pieces_is_put_together() {
    let place = Place::new();
    let _server = echo(&place);
    let mut raw = Raw::connected(&place);
    for byte in frame(0x8000_0005, b"piece by piece") {
        raw.send(&[byte]);
        std::thread::yield_now();
    }
    assert_eq!(raw.reply(), (0x8000_0005, b"piece by piece".to_vec()));
}

#[test]
fn a_handshake_and_a_request_may_come_together() {
    let place = Place::new();
    let _server = echo(&place);
    let mut raw = Raw::mute(&place);
    raw.send(&[REQ, &frame(0x8000_0001, b"hasty")].concat());
    raw.0.read_exact(&mut [0; 8]).unwrap();
    assert_eq!(raw.reply(), (0x8000_0001, b"hasty".to_vec()));
}

#[test]
fn pipelined_requests_are_answered_by_their_ids() {
    let place = Place::new();
    let server = bind(&place, ServerOptions::new());
    let mut raw = Raw::connected_with(&place, &*server);
    let requests: Vec<_> =
        (0..50_u8).map(|number| frame(0x8000_0000 | u32::from(number), &[number])).collect();
    raw.send(&requests.concat());
    let mut received: Vec<_> = (0..50).map(|_| server.recv(soon()).unwrap()).collect();
    let order: Vec<_> = received.iter().map(|request| request.body()[0]).collect();
    assert_eq!(order, (0..50).collect::<Vec<_>>());
    received.reverse();
    for request in received {
        let (body, responder) = request.into_parts();
        responder.reply(body).unwrap();
    }
    let replies: HashSet<_> = (0..50).map(|_| raw.reply()).collect();
    assert_eq!(replies.len(), 50);
    assert!(replies.iter().all(|(id, body)| id & 0xff == u32::from(body[0])));
}

#[test]
fn a_client_that_does_not_read_harms_nobody_and_still_gets_everything() {
    const REPLY: usize = 1 << 20;
    const LIMIT: usize = 3 << 20;
    const REQUESTS: u32 = 30;
    let place = Place::new();
    let handled = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&handled);
    let _server = Running::new(bind(&place, ServerOptions::new().max_unread(LIMIT)), move |request| {
        if request.body() == b"unharmed" {
            request.reply("unharmed").unwrap();
        } else {
            counter.fetch_add(1, Ordering::SeqCst);
            request.reply(vec![6; REPLY]).unwrap();
        }
    });
    let mut raw = Raw::connected(&place);
    for id in 0..REQUESTS {
        raw.send(&frame(0x8000_0000 | id, b"much"));
        is_served(&place);
    }
    // Each of the clients above was served after the requests before it had been read, or been left unread.
    let count = handled.load(Ordering::SeqCst);
    assert!((LIMIT / REPLY..=LIMIT / REPLY + 2).contains(&count), "{count} requests were read");
    for id in 0..REQUESTS {
        let (of, body) = raw.reply();
        assert_eq!((of, body.len()), (0x8000_0000 | id, REPLY));
    }
    assert_eq!(handled.load(Ordering::SeqCst), REQUESTS as usize);
}

#[test]
fn further_clients_wait_for_a_connection_to_close() {
    let place = Place::new();
    let server = bind(&place, ServerOptions::new().max_connections(2));
    let _server = Running::echo(Arc::clone(&server));
    let (first, mut second) = (Raw::connected(&place), Raw::connected(&place));
    let error = Client::connect(&place, &ConnectOptions::new().timeout(SHORT)).unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    second.send(&frame(0x8000_0000, b"x"));
    assert_eq!(second.reply().1, b"x");
    eventually("both are counted", || server.connections() == 2);
    drop(first);
    is_served(&place);
}

#[test]
fn many_idle_clients_are_not_in_the_way() {
    let place = Place::new();
    let server = bind(&place, ServerOptions::new());
    let _server = Running::echo(Arc::clone(&server));
    let idle: Vec<_> = (0..200).map(|_| Raw::connected(&place)).collect();
    eventually("all are counted", || server.connections() == 200);
    is_served(&place);
    drop(idle);
    eventually("they are forgotten", || server.connections() == 0);
}
