//! Clients that do what no client should: a good one beside them is served.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use kiapi_gen::common::commands::Ping;
use kiapi_server::transport::{self, Address, CallOptions, Client, ConnectOptions, Transport};
use kiapi_server::{Api, ApiServer, Place, ServerOptions, on};

use crate::{request, shown};

/// The greeting of a client.
const HELLO: [u8; 8] = *b"\0SP\0\0\x30\0\0";

fn frame(body: &[u8]) -> Vec<u8> {
    let id = 0x8000_0001_u32.to_be_bytes();
    let length = u64::try_from(id.len() + body.len()).unwrap().to_be_bytes();
    [&[1][..], &length, &id, body].concat()
}

#[cfg(unix)]
type Socket = std::os::unix::net::UnixStream;
/// A pipe, which is a file to those who need no deadlines.
#[cfg(windows)]
type Socket = std::fs::File;

#[cfg(unix)]
fn open(address: &Address) -> Socket {
    Socket::connect(address.path().unwrap()).unwrap()
}

#[cfg(windows)]
fn open(address: &Address) -> Socket {
    let end = std::time::Instant::now() + Duration::from_secs(10);
    loop {
        match Socket::options().read(true).write(true).open(address.pipe_name().unwrap()) {
            // The instance for the next client is being made (ERROR_PIPE_BUSY).
            Err(error) if error.raw_os_error() == Some(231) && std::time::Instant::now() < end => {
                std::thread::yield_now();
            }
            opened => return opened.unwrap(),
        }
    }
}

fn connect(address: &Address) -> Socket {
    let mut socket = open(address);
    socket.write_all(&HELLO).unwrap();
    socket
}

/// A client that is still there, and does not read what it asked for.
pub(crate) fn ask_and_never_read(address: &Address, body: &[u8]) -> Socket {
    let mut socket = connect(address);
    socket.write_all(&frame(body)).unwrap();
    socket
}

#[track_caller]
fn check(options: transport::ServerOptions, misbehave: impl Fn(&Address) -> Vec<Socket>) {
    let folder = tempfile::tempdir().unwrap();
    let api = Api::new();
    api.register(on(|_, _: Ping| Ok(())));
    let options = ServerOptions::new(Place::temp_dir(folder.path())).transport(options);
    let server = ApiServer::start(api, options).unwrap();
    let good = Client::connect(server.address(), &ConnectOptions::new()).unwrap();
    let bad = misbehave(server.address());
    for _ in 0..20 {
        let answer = good.call(&request(&Ping::new(), ""), &CallOptions::new()).unwrap();
        assert_eq!(shown(&answer), r#"header OK "" google.protobuf.Empty"#);
    }
    let late = Client::connect(server.address(), &ConnectOptions::new()).unwrap();
    assert!(late.call(&request(&Ping::new(), ""), &CallOptions::new()).is_ok());
    drop(bad);
    server.stop();
}

fn defaults() -> transport::ServerOptions {
    transport::ServerOptions::new()
}

#[test]
fn garbage_harms_nobody_else() {
    check(defaults(), |address| {
        let mut silent = open(address);
        silent.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let mut strange = connect(address);
        strange.write_all(&[0xff; 100]).unwrap();
        vec![silent, strange]
    });
}

#[test]
fn announcing_a_huge_request_harms_nobody_else() {
    check(defaults(), |address| {
        let mut socket = connect(address);
        socket.write_all(&[&[1][..], &(1_u64 << 60).to_be_bytes(), &[0x80, 0, 0, 1]].concat()).unwrap();
        vec![socket]
    });
}

#[test]
fn dying_in_the_middle_of_a_request_harms_nobody_else() {
    check(defaults(), |address| {
        let whole = frame(&request(&Ping::new(), ""));
        let mut socket = connect(address);
        socket.write_all(&whole[..whole.len() / 2]).unwrap();
        drop(socket);
        Vec::new()
    });
}

#[test]
fn body_that_is_no_request_is_answered_as_kicad_does() {
    check(defaults(), |address| {
        let mut socket = connect(address);
        socket.write_all(&frame(&[0xff; 30])).unwrap();
        #[cfg(unix)]
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut start = [0; 8 + 9 + 4];
        socket.read_exact(&mut start).unwrap();
        let length = usize::try_from(u64::from_be_bytes(start[9..17].try_into().unwrap())).unwrap() - 4;
        let mut body = vec![0; length];
        socket.read_exact(&mut body).unwrap();
        assert_eq!(shown(&body), r#"header BAD_REQUEST "request could not be parsed" "#);
        vec![socket]
    });
}

#[test]
fn connecting_and_saying_nothing_harms_nobody_else() {
    check(defaults().handshake_timeout(Duration::from_millis(100)), |address| {
        (0..50).map(|_| open(address)).collect()
    });
}

#[test]
fn asking_and_never_reading_harms_nobody_else() {
    check(defaults(), |address| {
        (0..20).map(|_| ask_and_never_read(address, &request(&Ping::new(), ""))).collect()
    });
}
