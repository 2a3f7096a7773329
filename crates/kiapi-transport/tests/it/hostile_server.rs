//! The native clients against servers made by hand, which do what no proper one does.

use std::io::{ErrorKind as Io, Read, Write};
use std::sync::Arc;
use std::thread;

#[cfg(unix)]
use kiapi_transport::Address;
use kiapi_transport::{CallOptions, Client, ConnectOptions, Error, ErrorKind, Outcome, Transport};

use crate::fake::{Fake, REP, frame};
use crate::raw;
use crate::support::*;

macro_rules! on_all_native_clients {
    ($($(#[$when:meta])? $name:ident,)*) => {
        mod native {
            $($(#[$when])? #[test] fn $name() {
                super::$name(crate::support::Backend::Native);
            })*
        }
        #[cfg(feature = "tokio")]
        mod tokio {
            use crate::support::{Backend, Runtime};

            $($(#[$when])? #[test] fn $name() {
                super::$name(Backend::Tokio(Runtime::MultiThread));
            })*
        }
        #[cfg(feature = "tokio")]
        mod tokio_on_one_thread {
            use crate::support::{Backend, Runtime};

            $($(#[$when])? #[test] fn $name() {
                super::$name(Backend::Tokio(Runtime::CurrentThread));
            })*
        }
    };
}

on_all_native_clients! {
    a_peer_that_is_not_rep_is_named,
    garbage_for_a_handshake_is_shown_without_waiting_for_more,
    a_peer_that_closes_during_the_handshake_is_noticed_at_once,
    a_handshake_that_stops_halfway_ends_at_the_deadline,
    a_handshake_in_one_byte_pieces_is_accepted,
    a_full_queue_of_connections_ends_at_the_deadline,
    #[cfg(unix)] a_path_that_is_no_socket_is_refused, // pipes are no files
    ids_are_new_for_each_request_and_have_the_top_bit,
    answers_to_other_ids_are_dropped,
    an_answer_in_one_byte_pieces_is_put_together,
    an_answer_that_is_late_halfway_is_dropped_whole,
    garbage_for_an_answer_closes_the_connection,
    an_answer_too_short_for_an_id_closes_the_connection,
    an_announced_giant_is_refused_by_its_length,
    an_announced_giant_takes_no_memory_without_a_limit_either,
    an_answer_that_breaks_off_fails_at_once,
    a_request_that_nobody_reads_is_cut_off_and_never_completed,
    a_peer_that_dies_while_it_is_written_to_is_noticed_at_once,
    a_peer_that_left_while_nothing_happened_has_not_got_the_request,
    a_request_is_one_write,
    a_peer_that_takes_little_by_little_does_not_outlast_the_deadline,
    a_peer_that_never_stops_sending_does_not_outlast_the_deadline,
    a_request_of_many_writes_arrives_whole,
}

/// The same for the blocking client as `tasks.rs` has for the one on tokio.
#[test]
fn an_answer_that_is_owed_is_seen_and_waited_for() {
    let place = Place::new();
    let accepted = Fake::listen(&place);
    let client = Client::connect(&place, &ConnectOptions::new().timeout(LONG)).unwrap();
    let mut fake = accepted.join().unwrap();
    assert!(!client.owes_answer());
    client.call(b"a", &hasty()).unwrap_err();
    assert!(client.owes_answer());
    let error = client.settle(&hasty()).unwrap_err();
    check(&error, ErrorKind::Timeout, Outcome::NotSent, "has not answered an earlier request");
    let (id, _) = fake.request();
    fake.send(&frame(id, b"late"));
    client.settle(&patient()).unwrap();
    assert!(!client.owes_answer());
}

/// A client, connected to a fake that has shaken hands.
fn connected(backend: Backend, options: ConnectOptions) -> (Place, Arc<dyn Transport>, Fake) {
    let place = Place::new();
    let accepted = Fake::listen(&place);
    let client = backend.connect(&place, &options.timeout(LONG)).unwrap();
    (place, client, accepted.join().unwrap())
}

fn fake(backend: Backend) -> (Place, Arc<dyn Transport>, Fake) {
    connected(backend, ConnectOptions::new())
}

#[track_caller]
fn check(error: &Error, kind: ErrorKind, outcome: Outcome, text: &str) {
    assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{error:?}");
    assert!(error.to_string().contains(text), "{error}");
}

/// Connects to something that sends these bytes and closes, or waits.
fn greeted_with(backend: Backend, bytes: &'static [u8], and_closes: bool) -> Error {
    let place = Place::new();
    let listener = raw::Listener::bind(&place);
    let peer = thread::spawn(move || {
        let mut stream = listener.accept();
        stream.write_all(bytes).unwrap();
        if !and_closes {
            // Until the client has had enough.
            let _ = stream.read_to_end(&mut Vec::new());
        }
    });
    let error = at_once(|| backend.connect(&place, &ConnectOptions::new().timeout(LONG))).unwrap_err();
    peer.join().unwrap();
    assert_eq!(error.outcome(), Outcome::NotSent);
    error
}

fn a_peer_that_is_not_rep_is_named(backend: Backend) {
    let error = greeted_with(backend, b"\0SP\0\0\x30\0\0", false);
    check(
        &error,
        ErrorKind::Protocol,
        Outcome::NotSent,
        "speaks SP protocol 0x0030 (Req), expected 0x0031 (Rep)",
    );
    let error = greeted_with(backend, b"\0SP\0\0\x99\0\0", false);
    check(&error, ErrorKind::Protocol, Outcome::NotSent, "speaks SP protocol 0x0099, expected 0x0031 (Rep)");
}

fn garbage_for_a_handshake_is_shown_without_waiting_for_more(backend: Backend) {
    let error = greeted_with(backend, b"SSH-2", false);
    check(&error, ErrorKind::Protocol, Outcome::NotSent, "`53 53 48 2d 32` instead of a handshake");
    let error = greeted_with(backend, b"\0SP\x01", false);
    check(&error, ErrorKind::Protocol, Outcome::NotSent, "version 1 of the SP protocol");
    let error = greeted_with(backend, b"\0SP\0\0\x31\0\x01", false);
    check(&error, ErrorKind::Protocol, Outcome::NotSent, "malformed handshake: `00 53 50 00 00 31 00 01`");
}

fn a_peer_that_closes_during_the_handshake_is_noticed_at_once(backend: Backend) {
    let error = greeted_with(backend, b"\0SP", true);
    assert_eq!(error.kind(), ErrorKind::Disconnected, "{error:?}");
    let error = greeted_with(backend, b"", true);
    assert_eq!(error.kind(), ErrorKind::Disconnected, "{error:?}");
}

fn a_handshake_that_stops_halfway_ends_at_the_deadline(backend: Backend) {
    let place = Place::new();
    let listener = raw::Listener::bind(&place);
    let peer = thread::spawn(move || {
        let mut stream = listener.accept();
        stream.write_all(b"\0SP").unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let error = backend.connect(&place, &ConnectOptions::new().timeout(SHORT * 10)).unwrap_err();
    check(&error, ErrorKind::Timeout, Outcome::NotSent, "sent 3 of 8 bytes of the handshake");
    peer.join().unwrap();
}

fn a_handshake_in_one_byte_pieces_is_accepted(backend: Backend) {
    let place = Place::new();
    let listener = raw::Listener::bind(&place);
    let peer = thread::spawn(move || {
        let mut stream = listener.accept();
        for byte in REP {
            stream.write_all(&[*byte]).unwrap();
            thread::yield_now();
        }
        stream
    });
    let client = backend.connect(&place, &ConnectOptions::new().timeout(LONG)).unwrap();
    assert!(client.is_connected());
    peer.join().unwrap();
}

fn a_full_queue_of_connections_ends_at_the_deadline(backend: Backend) {
    let place = Place::new();
    // A pipe of one instance is full with one client.
    #[cfg(windows)]
    let _listener = raw::Listener::bind(&place);
    #[cfg(unix)]
    let _listener = {
        use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, bind, listen, socket};

        let listener = socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap();
        bind(&listener, &SocketAddrUnix::new(place.path().unwrap()).unwrap()).unwrap();
        listen(&listener, 0).unwrap();
        listener
    };
    let _fills_the_queue = raw::connect(&place);
    let error = at_once(|| backend.connect(&place, &ConnectOptions::new().timeout(SHORT))).unwrap_err();
    check(&error, ErrorKind::Timeout, Outcome::NotSent, "did not accept the connection in time");
}

#[cfg(unix)]
fn a_path_that_is_no_socket_is_refused(backend: Backend) {
    let place = Place::new();
    std::fs::write(place.path().unwrap(), "").unwrap();
    let error = backend.connect(&place, &ConnectOptions::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
    let folder = Address::from_path(place.path().unwrap().join("below")).unwrap();
    assert_eq!(backend.connect(&folder, &ConnectOptions::new()).unwrap_err().outcome(), Outcome::NotSent);
}

fn ids_are_new_for_each_request_and_have_the_top_bit(backend: Backend) {
    let (_place, client, mut fake) = fake(backend);
    let mut ids = Vec::new();
    for _ in 0..3 {
        let call = call_later(&client, "x", patient());
        let (id, _) = fake.request();
        fake.send(&frame(id, b"y"));
        call.join().unwrap().unwrap();
        ids.push(id);
    }
    assert!(ids.iter().all(|id| id & 0x8000_0000 != 0), "{ids:x?}");
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

fn answers_to_other_ids_are_dropped(backend: Backend) {
    let (_place, client, mut fake) = fake(backend);
    let call = call_later(&client, "x", patient());
    let (id, _) = fake.request();
    for other in [id ^ 1, id & 0x7fff_ffff, 0, u32::MAX] {
        fake.send(&frame(other, b"for someone else"));
    }
    // Also a large one, and one in the same write as the right one.
    fake.send(&frame(id ^ 2, &vec![1; 300_000]));
    fake.send(&[frame(id ^ 3, b"wrong"), frame(id, b"right"), frame(id, b"twice")].concat());
    assert_eq!(call.join().unwrap().unwrap(), b"right");

    let call = call_later(&client, "x", patient());
    let (id, _) = fake.request();
    fake.send(&frame(id, b"next"));
    assert_eq!(call.join().unwrap().unwrap(), b"next");
}

fn an_answer_in_one_byte_pieces_is_put_together(backend: Backend) {
    let (_place, client, mut fake) = fake(backend);
    let call = call_later(&client, "x", patient());
    let (id, _) = fake.request();
    for byte in frame(id, b"piece by piece") {
        fake.send(&[byte]);
        thread::yield_now();
    }
    assert_eq!(call.join().unwrap().unwrap(), b"piece by piece");
}

fn an_answer_that_is_late_halfway_is_dropped_whole(backend: Backend) {
    for size in [10, 1_000_000] {
        for cut in [1, 9, 11, 13, 15] {
            let (_place, client, mut fake) = fake(backend);
            let error = client.call(b"first", &hasty()).unwrap_err();
            check(&error, ErrorKind::Timeout, Outcome::Unknown, "did not answer in time");
            let (id, _) = fake.request();
            let late = frame(id, &vec![7; size]);
            fake.send(&late[..cut]);
            // What has come is read by a call that is not sent.
            let error = client.call(b"not sent", &hasty()).unwrap_err();
            check(&error, ErrorKind::Timeout, Outcome::NotSent, "earlier request");

            let call = call_later(&client, "second", patient());
            fake.send(&late[cut..]);
            let (id, body) = fake.request();
            assert_eq!(body, b"second");
            fake.send(&frame(id, b"right"));
            assert_eq!(call.join().unwrap().unwrap(), b"right", "{cut} of {size}");
        }
    }
}

/// A call that is answered with these bytes, made from its id, after which the peer waits or closes.
fn answered_with(
    backend: Backend,
    options: ConnectOptions,
    bytes: impl Fn(u32) -> Vec<u8>,
    and_closes: bool,
) -> Error {
    let (_place, client, mut fake) = connected(backend, options);
    let call = call_later(&client, "x", patient());
    let (id, _) = fake.request();
    fake.send(&bytes(id));
    if and_closes {
        drop(fake);
        let error = at_once(|| call.join().unwrap()).unwrap_err();
        assert!(!client.is_connected());
        return error;
    }
    let error = at_once(|| call.join().unwrap()).unwrap_err();
    assert!(fake.sees_the_end(), "the connection stays open after {error}");
    assert!(!client.is_connected());
    let next = client.call(b"y", &patient()).unwrap_err();
    check(&next, ErrorKind::Disconnected, Outcome::NotSent, "was closed: the peer ");
    error
}

fn garbage_for_an_answer_closes_the_connection(backend: Backend) {
    let options = ConnectOptions::new();
    let error = answered_with(backend, options, |_| b"HTTP/1.1 400 Bad Request".to_vec(), false);
    check(&error, ErrorKind::Protocol, Outcome::Unknown, "a frame of type 0x48");
    let error = answered_with(backend, options, |_| vec![2], false);
    check(&error, ErrorKind::Protocol, Outcome::Unknown, "a frame of type 0x02");
}

fn an_answer_too_short_for_an_id_closes_the_connection(backend: Backend) {
    for length in 0..4 {
        let error = answered_with(
            backend,
            ConnectOptions::new(),
            |_| [&[1][..], &u64::to_be_bytes(length), &vec![0; usize::try_from(length).unwrap()]].concat(),
            false,
        );
        check(&error, ErrorKind::Protocol, Outcome::Unknown, &format!("a frame of {length} bytes"));
    }
}

fn an_announced_giant_is_refused_by_its_length(backend: Backend) {
    let giant = |id: u32| [&[1][..], &(1_u64 << 60).to_be_bytes(), &id.to_be_bytes()].concat();
    let error = answered_with(backend, ConnectOptions::new(), giant, false);
    check(&error, ErrorKind::TooLarge, Outcome::Answered, "1152921504606846972 bytes");
    // The same for another id tells nothing about this request.
    let error = answered_with(backend, ConnectOptions::new(), |id| giant(id ^ 1), false);
    check(&error, ErrorKind::TooLarge, Outcome::Unknown, "1152921504606846972 bytes");
}

fn an_announced_giant_takes_no_memory_without_a_limit_either(backend: Backend) {
    let options = ConnectOptions::new().max_reply(usize::MAX);
    let giant = |id: u32| [&[1][..], &(1_u64 << 60).to_be_bytes(), &id.to_be_bytes(), &[9; 1000]].concat();
    let error = answered_with(backend, options, giant, true);
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Disconnected, Outcome::Unknown), "{error:?}");
}

fn an_answer_that_breaks_off_fails_at_once(backend: Backend) {
    for cut in [0, 1, 9, 12, 14] {
        let error =
            answered_with(backend, ConnectOptions::new(), |id| frame(id, b"whole")[..cut].to_vec(), true);
        check(&error, ErrorKind::Disconnected, Outcome::Unknown, "closed the connection or died");
    }
}

fn a_request_that_nobody_reads_is_cut_off_and_never_completed(backend: Backend) {
    let (_place, client, mut fake) = fake(backend);
    let request = vec![5; 8 << 20];
    let error = at_once(|| client.call(&request, &hasty())).unwrap_err();
    check(&error, ErrorKind::Timeout, Outcome::NotSent, "bytes of the request in time");
    assert!(!client.is_connected());
    let mut got = Vec::new();
    match fake.stream.read_to_end(&mut got) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), Io::ConnectionReset),
    }
    assert!(!got.is_empty() && got.len() < request.len(), "{} bytes", got.len());
}

fn a_peer_that_dies_while_it_is_written_to_is_noticed_at_once(backend: Backend) {
    let (_place, client, mut fake) = fake(backend);
    let call = call_later(&client, vec![5; 8 << 20], patient());
    fake.stream.read_exact(&mut [0; 100]).unwrap();
    drop(fake);
    let error = at_once(|| call.join().unwrap()).unwrap_err();
    check(&error, ErrorKind::Disconnected, Outcome::NotSent, "before it had taken the request");
}

fn a_peer_that_left_while_nothing_happened_has_not_got_the_request(backend: Backend) {
    let (_place, client, fake) = fake(backend);
    drop(fake);
    let error = client.call(b"anyone?", &patient()).unwrap_err();
    if cfg!(windows) && error.outcome() == Outcome::Unknown {
        // A pipe may still take something while its other end goes.
        assert!(error.is_disconnected(), "{error:?}");
        return;
    }
    check(&error, ErrorKind::Disconnected, Outcome::NotSent, "before it had taken the request");
}

fn a_request_is_one_write(backend: Backend) {
    let (_place, client, mut fake) = fake(backend);
    let call = call_later(&client, vec![3; 1000], patient());
    // Data that was written together can be read together, and here is read as soon as there is any.
    let mut got = [0; 4096];
    let count = fake.stream.read(&mut got).unwrap();
    assert_eq!(count, 1013);
    let id = u32::from_be_bytes(got[9..13].try_into().unwrap());
    fake.send(&frame(id, b""));
    assert_eq!(call.join().unwrap().unwrap(), b"");
}

fn a_peer_that_takes_little_by_little_does_not_outlast_the_deadline(backend: Backend) {
    let (_place, client, mut fake) = fake(backend);
    let peer = thread::spawn(move || {
        // Byte by byte, so that there is soon room for a little more, and never for all.
        let mut count = 0;
        while fake.stream.read(&mut [0]).is_ok_and(|read| read > 0) {
            count += 1;
        }
        count
    });
    let request = vec![5; 64 << 20];
    let result = at_once(|| client.call(&request, &CallOptions::new().timeout(SHORT * 10)));
    check(&result.unwrap_err(), ErrorKind::Timeout, Outcome::NotSent, "bytes of the request in time");
    assert!(!client.is_connected());
    assert!(peer.join().unwrap() < request.len());
}

fn a_peer_that_never_stops_sending_does_not_outlast_the_deadline(backend: Backend) {
    let (_place, client, mut fake) = fake(backend);
    let call = call_later(&client, "x", CallOptions::new().timeout(SHORT * 10));
    let (id, _) = fake.request();
    let peer = thread::spawn(move || {
        let others = frame(id ^ 1, &[1; 100]).repeat(1000);
        while fake.stream.write_all(&others).is_ok() {}
    });
    let error = at_once(|| call.join().unwrap()).unwrap_err();
    check(&error, ErrorKind::Timeout, Outcome::Unknown, "did not answer in time");
    drop(client);
    peer.join().unwrap();
}

fn a_request_of_many_writes_arrives_whole(backend: Backend) {
    let (_place, client, mut fake) = fake(backend);
    let request: Vec<u8> = (0..4_u32 << 20).map(|at| at.to_le_bytes()[at as usize % 3]).collect();
    for _ in 0..2 {
        let call = call_later(&client, request.clone(), patient());
        let (id, body) = fake.request();
        assert!(body == request);
        fake.send(&frame(id, b"thanks"));
        assert_eq!(call.join().unwrap().unwrap(), b"thanks");
    }
}
