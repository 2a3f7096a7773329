//! One suite for all pairs of backends: whatever a client promises, it promises with every server.

use std::collections::HashSet;
use std::sync::{Arc, Barrier};
use std::thread;

use kiapi_transport::{
    CallOptions, ConnectOptions, Deadline, ErrorKind, Listener, Outcome, Result, ServerOptions, Transport,
};

use crate::support::*;

#[derive(Clone, Copy)]
struct Pair {
    client: Backend,
    server: Backend,
}

macro_rules! on_all_pairs {
    ($($(#[$attribute:meta])* $name:ident,)*) => {
        on_all_pairs! {
            names { $($(#[$attribute])* $name,)* }
            #[cfg(all())]
            native_to_native: Backend::Native, Backend::Native;
            #[cfg(feature = "nng")]
            native_to_nng: Backend::Native, Backend::Nng;
            #[cfg(feature = "nng")]
            nng_to_native: Backend::Nng, Backend::Native;
            #[cfg(feature = "nng")]
            nng_to_nng: Backend::Nng, Backend::Nng;
            #[cfg(feature = "tokio")]
            tokio_to_native: Backend::Tokio(Runtime::MultiThread), Backend::Native;
            #[cfg(feature = "tokio")]
            tokio_on_one_thread_to_native: Backend::Tokio(Runtime::CurrentThread), Backend::Native;
            #[cfg(all(feature = "tokio", feature = "nng"))]
            tokio_to_nng: Backend::Tokio(Runtime::MultiThread), Backend::Nng;
            #[cfg(all(feature = "tokio", feature = "nng"))]
            tokio_on_one_thread_to_nng: Backend::Tokio(Runtime::CurrentThread), Backend::Nng;
        }
    };
    (names $names:tt $($(#[$attribute:meta])* $pair:ident: $client:expr, $server:expr;)*) => {
        $(on_all_pairs! { $(#[$attribute])* $pair: $client, $server; $names })*
    };
    (#[$pair_attribute:meta] $pair:ident: $client:expr, $server:expr; {
        $($(#[$attribute:meta])* $name:ident,)*
    }) => {
        #[$pair_attribute]
        mod $pair {
            use super::*;

            $($(#[$attribute])* #[test] fn $name() {
                super::$name(Pair { client: $client, server: $server });
            })*
        }
    };
}

on_all_pairs! {
    a_request_is_answered,
    bodies_of_all_sizes_arrive_whole,
    calls_in_a_row_get_their_own_answers,
    threads_that_share_a_client_get_their_own_answers,
    clients_of_a_server_get_their_own_answers,
    clients_that_come_together_are_all_welcome,
    replies_in_another_order_find_their_requests,
    late_answer_is_dropped_by_its_id,
    unanswered_request_holds_back_the_next,
    a_deadline_that_has_passed_sends_nothing,
    the_wait_in_the_queue_has_a_limit_of_its_own,
    the_wait_in_the_queue_does_not_count_as_the_call,
    a_deadline_ends_the_wait_in_the_queue,
    a_disconnect_ends_the_call_at_once,
    the_death_of_the_server_ends_the_call_at_once,
    a_restarted_server_does_not_get_the_request_again,
    a_request_that_nobody_took_does_not_reach_the_next_server,
    a_broken_connection_stays_broken,
    connecting_to_nothing_says_so,
    #[cfg(unix)] connecting_to_a_stale_socket_says_so,
    #[cfg(unix)] connecting_to_a_silent_listener_ends_at_the_deadline,
    a_reply_over_the_limit_fails_its_call,
    a_request_over_the_limit_ends_only_its_own_connection,
    the_death_of_a_client_harms_nobody,
    a_request_outlives_its_client,
    a_busy_server_welcomes_clients,
    a_large_reply_arrives_while_the_server_is_busy,
    closing_wakes_who_waits,
    a_second_server_at_an_address_is_refused,
    #[cfg(unix)] a_stale_socket_is_replaced,
    #[cfg(unix)] a_file_that_is_no_socket_is_left_alone,
    #[cfg(unix)] the_socket_is_for_its_owner_only,
    #[cfg(unix)] closing_removes_the_socket,
    connections_are_told_apart,
    a_relay_changes_nothing,
}

impl Pair {
    fn bind(self, place: &Place) -> Arc<dyn Listener> {
        self.server.bind(place, &ServerOptions::new()).expect("nobody else is there")
    }

    fn echo(self, place: &Place) -> Running {
        Running::echo(self.bind(place))
    }

    fn connect(self, place: &Place) -> Arc<dyn Transport> {
        self.client.connect(place, &ConnectOptions::new().timeout(LONG)).expect("a server is there")
    }

    fn client_is_native(self) -> bool {
        match self.client {
            Backend::Native => true,
            #[cfg(feature = "tokio")]
            Backend::Tokio(_) => true,
            #[cfg(feature = "nng")]
            Backend::Nng => false,
        }
    }
}

#[track_caller]
fn check_failed<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind, outcome: Outcome) {
    let error = result.expect_err("it is meant to fail");
    assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{error:?}");
}

fn a_request_is_answered(pair: Pair) {
    let place = Place::new();
    let server = pair.bind(&place);
    let client = pair.connect(&place);
    let call = call_later(&client, "ping", patient());
    let request = server.recv(soon()).unwrap();
    assert_eq!(request.body(), b"ping");
    request.reply("pong").unwrap();
    assert_eq!(call.join().unwrap().unwrap(), b"pong");
    assert_eq!(client.address(), &*place);
    assert_eq!(server.address(), &*place);
    assert!(client.is_connected());
    eventually("it is counted", || server.connections() == 1);
}

fn bodies_of_all_sizes_arrive_whole(pair: Pair) {
    let place = Place::new();
    let _server = pair.echo(&place);
    let client = pair.connect(&place);
    for size in [0, 1, 4, 64 * 1024 - 13, 64 * 1024, 1 << 20, 16 << 20] {
        let body: Vec<u8> = (0..size).map(|at: usize| at.to_le_bytes()[at % 3]).collect();
        let reply = client.call(&body, &patient()).unwrap();
        assert!(reply == body, "{size} bytes came back as {} others", reply.len());
    }
}

fn calls_in_a_row_get_their_own_answers(pair: Pair) {
    let place = Place::new();
    let _server = pair.echo(&place);
    let client = pair.connect(&place);
    for number in 0..2000_u32 {
        let body = number.to_be_bytes();
        assert_eq!(client.call(&body, &patient()).unwrap(), body);
    }
}

fn threads_that_share_a_client_get_their_own_answers(pair: Pair) {
    let place = Place::new();
    let _server = pair.echo(&place);
    let client = pair.connect(&place);
    // Wine 10.0 loses what comes at the moment at which a thread ends that has read: all end together.
    let all_are_done = Barrier::new(8);
    thread::scope(|scope| {
        for number in 0..8_u8 {
            let (client, all_are_done) = (&client, &all_are_done);
            scope.spawn(move || {
                let calls = (0..100).map(|round| client.call(&[number, round], &patient()));
                let answers: Vec<_> = calls.collect();
                all_are_done.wait();
                for (round, answer) in (0..100).zip(answers) {
                    assert_eq!(answer.unwrap(), [number, round]);
                }
            });
        }
    });
}

fn clients_of_a_server_get_their_own_answers(pair: Pair) {
    let place = Place::new();
    let _server = pair.echo(&place);
    thread::scope(|scope| {
        for number in 0..4_u8 {
            let client = pair.connect(&place);
            scope.spawn(move || {
                for round in 0..100 {
                    assert_eq!(client.call(&[number, round], &patient()).unwrap(), [number, round]);
                }
            });
        }
    });
}

fn clients_that_come_together_are_all_welcome(pair: Pair) {
    let place = Place::new();
    let _server = pair.echo(&place);
    for _ in 0..5 {
        let all = Barrier::new(8);
        thread::scope(|scope| {
            for number in 0..8_u8 {
                let (all, place) = (&all, &place);
                scope.spawn(move || {
                    all.wait();
                    let client = pair.connect(place);
                    assert_eq!(client.call(&[number], &patient()).unwrap(), [number]);
                });
            }
        });
    }
}

fn replies_in_another_order_find_their_requests(pair: Pair) {
    let place = Place::new();
    let server = pair.bind(&place);
    let clients = [pair.connect(&place), pair.connect(&place), pair.connect(&place)];
    let calls: Vec<_> = clients
        .iter()
        .zip(["a", "b", "c"])
        .map(|(client, body)| call_later(client, body, patient()))
        .collect();
    let mut requests: Vec<_> = (0..3).map(|_| server.recv(soon()).unwrap()).collect();
    requests.sort_by_key(|request| std::cmp::Reverse(request.body().to_vec()));
    for request in requests {
        let (body, responder) = request.into_parts();
        responder.reply(body.to_ascii_uppercase()).unwrap();
    }
    let replies: Vec<_> = calls.into_iter().map(|call| call.join().unwrap().unwrap()).collect();
    assert_eq!(replies, [b"A", b"B", b"C"]);
}

fn late_answer_is_dropped_by_its_id(pair: Pair) {
    let place = Place::new();
    let server = pair.bind(&place);
    let client = pair.connect(&place);
    // Larger than what sockets hold, so that it is cut off in the middle.
    let late = vec![b'x'; 4 << 20];
    for round in 0..3 {
        check_failed(client.call(b"first", &hasty()), ErrorKind::Timeout, Outcome::Unknown);
        let first = server.recv(soon()).unwrap();
        assert_eq!(first.body(), b"first");
        first.reply(late.clone()).unwrap();

        let call = call_later(&client, "second", patient());
        let second = server.recv(soon()).unwrap();
        assert_eq!(second.body(), b"second", "round {round}");
        second.reply("right").unwrap();
        assert_eq!(call.join().unwrap().unwrap(), b"right");
    }
    assert!(client.is_connected());
}

fn unanswered_request_holds_back_the_next(pair: Pair) {
    let place = Place::new();
    let server = pair.bind(&place);
    let client = pair.connect(&place);
    check_failed(client.call(b"first", &hasty()), ErrorKind::Timeout, Outcome::Unknown);
    check_failed(client.call(b"second", &hasty()), ErrorKind::Timeout, Outcome::NotSent);
    let first = server.recv(soon()).unwrap();
    assert_eq!(first.body(), b"first");
    assert!(server.recv(Deadline::after(SHORT)).unwrap_err().is_timeout());

    first.reply("late").unwrap();
    let call = call_later(&client, "third", patient());
    let third = server.recv(soon()).unwrap();
    assert_eq!(third.body(), b"third");
    third.reply("right").unwrap();
    assert_eq!(call.join().unwrap().unwrap(), b"right");
}

fn a_deadline_that_has_passed_sends_nothing(pair: Pair) {
    let place = Place::new();
    let server = pair.bind(&place);
    let client = pair.connect(&place);
    let over = CallOptions::new().deadline(std::time::Instant::now());
    check_failed(client.call(b"late", &over), ErrorKind::Timeout, Outcome::NotSent);
    assert!(server.recv(Deadline::after(SHORT)).unwrap_err().is_timeout());
    assert!(client.is_connected());
}

fn the_wait_in_the_queue_has_a_limit_of_its_own(pair: Pair) {
    let place = Place::new();
    let server = pair.bind(&place);
    let client = pair.connect(&place);
    let first = call_later(&client, "first", patient());
    let request = server.recv(soon()).unwrap();
    check_failed(
        client.call(b"second", &patient().queue_timeout(SHORT)),
        ErrorKind::Timeout,
        Outcome::NotSent,
    );
    request.reply("answer").unwrap();
    assert_eq!(first.join().unwrap().unwrap(), b"answer");
    assert!(server.recv(Deadline::after(SHORT)).unwrap_err().is_timeout());
}

fn the_wait_in_the_queue_does_not_count_as_the_call(pair: Pair) {
    let place = Place::new();
    let server = pair.bind(&place);
    let client = pair.connect(&place);
    let first = call_later(&client, "first", patient());
    let request = server.recv(soon()).unwrap();
    let timeout = std::time::Duration::from_secs(2);
    let second = call_later(&client, "second", CallOptions::new().timeout(timeout));
    // Nothing comes while the first call has the connection, for longer than the second one may take.
    assert!(server.recv(Deadline::after(timeout + SHORT)).unwrap_err().is_timeout());
    request.reply("one").unwrap();
    // Before anything else comes: Wine 10.0 loses what comes at the moment at which a thread ends that has read.
    assert_eq!(first.join().unwrap().unwrap(), b"one");
    server.recv(soon()).unwrap().reply("two").unwrap();
    assert_eq!(second.join().unwrap().unwrap(), b"two");
}

fn a_deadline_ends_the_wait_in_the_queue(pair: Pair) {
    let place = Place::new();
    let server = pair.bind(&place);
    let client = pair.connect(&place);
    let first = call_later(&client, "first", patient());
    let request = server.recv(soon()).unwrap();
    let punctual = patient().deadline(SHORT);
    check_failed(client.call(b"second", &punctual), ErrorKind::Timeout, Outcome::NotSent);
    request.reply("one").unwrap();
    first.join().unwrap().unwrap();
}

fn a_disconnect_ends_the_call_at_once(pair: Pair) {
    let place = Place::new();
    let server = pair.bind(&place);
    let client = pair.connect(&place);
    let call = call_later(&client, "ping", patient());
    server.recv(soon()).unwrap().disconnect();
    let result = at_once(|| call.join().unwrap());
    check_failed(result, ErrorKind::Disconnected, Outcome::Unknown);
    // The server goes on.
    let _server = Running::echo(server);
    assert_eq!(pair.connect(&place).call(b"next", &patient()).unwrap(), b"next");
}

fn the_death_of_the_server_ends_the_call_at_once(pair: Pair) {
    let place = Place::new();
    let server = pair.bind(&place);
    let client = pair.connect(&place);
    let call = call_later(&client, "ping", patient());
    let request = server.recv(soon()).unwrap();
    server.close();
    let result = at_once(|| call.join().unwrap());
    check_failed(result, ErrorKind::Disconnected, Outcome::Unknown);
    assert!(request.reply("too late").is_err());
}

fn a_restarted_server_does_not_get_the_request_again(pair: Pair) {
    let place = Place::new();
    let first = pair.bind(&place);
    let client = pair.connect(&place);
    let call = call_later(&client, "once", patient());
    assert_eq!(first.recv(soon()).unwrap().body(), b"once");
    first.close();
    drop(first);

    let second = pair.bind(&place);
    check_failed(call.join().unwrap(), ErrorKind::Disconnected, Outcome::Unknown);
    check_failed(client.call(b"more", &patient()), ErrorKind::Disconnected, Outcome::NotSent);
    // libnng's own REQ socket would have reconnected and sent it again within 100 ms.
    assert!(second.recv(Deadline::after(SHORT * 10)).unwrap_err().is_timeout());

    let client = pair.connect(&place);
    let call = call_later(&client, "new", patient());
    let request = second.recv(soon()).unwrap();
    assert_eq!(request.body(), b"new");
    request.reply("right").unwrap();
    assert_eq!(call.join().unwrap().unwrap(), b"right");
}

fn a_request_that_nobody_took_does_not_reach_the_next_server(pair: Pair) {
    let place = Place::new();
    let first = pair.bind(&place);
    let client = pair.connect(&place);
    first.close();
    drop(first);
    let second = pair.bind(&place);
    let error = client.call(b"lost", &patient()).unwrap_err();
    assert!(error.is_disconnected(), "{error:?}");
    assert!(second.recv(Deadline::after(SHORT * 10)).unwrap_err().is_timeout());
}

fn a_broken_connection_stays_broken(pair: Pair) {
    let place = Place::new();
    let server = pair.bind(&place);
    let client = pair.connect(&place);
    let call = call_later(&client, "ping", patient());
    server.recv(soon()).unwrap().disconnect();
    assert!(call.join().unwrap().unwrap_err().is_disconnected());
    assert!(!client.is_connected());
    for _ in 0..3 {
        check_failed(client.call(b"again", &patient()), ErrorKind::Disconnected, Outcome::NotSent);
    }
    assert!(server.recv(Deadline::after(SHORT)).unwrap_err().is_timeout());
}

fn connecting_to_nothing_says_so(pair: Pair) {
    let place = Place::new();
    let error = at_once(|| pair.client.connect(&place, &ConnectOptions::new().timeout(LONG))).unwrap_err();
    assert!(error.is_unreachable(), "{error:?}");
    assert_eq!(error.to_string(), format!("nothing listens at `{}`: there is no such socket", *place));
}

#[cfg(unix)]
fn connecting_to_a_stale_socket_says_so(pair: Pair) {
    let place = Place::new();
    drop(std::os::unix::net::UnixListener::bind(place.path().unwrap()).unwrap());
    let error = at_once(|| pair.client.connect(&place, &ConnectOptions::new().timeout(LONG))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
    assert!(error.to_string().starts_with(&format!("nothing listens at `{}`", *place)), "{error}");
}

#[cfg(unix)]
fn connecting_to_a_silent_listener_ends_at_the_deadline(pair: Pair) {
    let place = Place::new();
    let _listener = std::os::unix::net::UnixListener::bind(place.path().unwrap()).unwrap();
    let error = at_once(|| pair.client.connect(&place, &ConnectOptions::new().timeout(SHORT))).unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
}

fn a_reply_over_the_limit_fails_its_call(pair: Pair) {
    let place = Place::new();
    let _server = pair.echo(&place);
    let options = ConnectOptions::new().timeout(LONG).max_reply(1000);
    let client = pair.client.connect(&place, &options).unwrap();
    assert_eq!(client.call(&[7; 1000], &patient()).unwrap(), [7; 1000]);
    let result = at_once(|| client.call(&[7; 1001], &patient()));
    if pair.client_is_native() {
        check_failed(result, ErrorKind::TooLarge, Outcome::Answered);
    } else {
        check_failed(result, ErrorKind::Disconnected, Outcome::Unknown);
    }
    assert!(!client.is_connected());
}

fn a_request_over_the_limit_ends_only_its_own_connection(pair: Pair) {
    let place = Place::new();
    let _server = Running::echo(pair.server.bind(&place, &ServerOptions::new().max_request(1000)).unwrap());
    let (client, other) = (pair.connect(&place), pair.connect(&place));
    assert_eq!(client.call(&[7; 1000], &patient()).unwrap(), [7; 1000]);
    let error = at_once(|| client.call(&[7; 1001], &patient())).unwrap_err();
    assert!(error.is_disconnected(), "{error:?}");
    assert_eq!(other.call(b"unharmed", &patient()).unwrap(), b"unharmed");
}

fn the_death_of_a_client_harms_nobody(pair: Pair) {
    let place = Place::new();
    let server = pair.bind(&place);
    let (client, other) = (pair.connect(&place), pair.connect(&place));
    check_failed(client.call(b"first", &hasty()), ErrorKind::Timeout, Outcome::Unknown);
    let orphan = server.recv(soon()).unwrap();
    drop(client);
    // Whether it is known already that the client is gone is a matter of luck.
    let _ = orphan.reply(vec![0; 4 << 20]);
    let call = call_later(&other, "second", patient());
    let request = server.recv(soon()).unwrap();
    assert_eq!(request.body(), b"second");
    request.reply("right").unwrap();
    assert_eq!(call.join().unwrap().unwrap(), b"right");
    let _server = Running::echo(Arc::clone(&server));
    eventually("the dead client is forgotten", || server.connections() == 1);
}

fn a_request_outlives_its_client(pair: Pair) {
    let place = Place::new();
    let server = pair.bind(&place);
    let client = pair.connect(&place);
    check_failed(client.call(b"last will", &hasty()), ErrorKind::Timeout, Outcome::Unknown);
    drop(client);
    assert_eq!(server.recv(soon()).unwrap().body(), b"last will");
}

fn a_busy_server_welcomes_clients(pair: Pair) {
    let place = Place::new();
    let server = pair.bind(&place);
    let client = pair.connect(&place);
    let call = call_later(&client, "ping", patient());
    let request = server.recv(soon()).unwrap();
    // The one thread that serves is here, and not in `recv`.
    let others: Vec<_> = (0..5).map(|_| at_once(|| pair.connect(&place))).collect();
    eventually("all are connected", || server.connections() == 1 + others.len());
    request.reply("pong").unwrap();
    assert_eq!(call.join().unwrap().unwrap(), b"pong");

    // What they ask meanwhile waits, each in its turn.
    let calls: Vec<_> =
        others.iter().zip(b'0'..).map(|(client, name)| call_later(client, vec![name], patient())).collect();
    let bodies: HashSet<_> = (0..5)
        .map(|_| {
            let (body, responder) = server.recv(soon()).unwrap().into_parts();
            responder.reply(body.clone()).unwrap();
            body
        })
        .collect();
    assert_eq!(bodies.len(), 5);
    for (call, name) in calls.into_iter().zip(b'0'..) {
        assert_eq!(call.join().unwrap().unwrap(), [name]);
    }
}

fn a_large_reply_arrives_while_the_server_is_busy(pair: Pair) {
    let place = Place::new();
    let server = pair.bind(&place);
    let client = pair.connect(&place);
    let call = call_later(&client, "much", patient());
    // More than a socket or a pipe holds; Wine takes its time to carry it.
    let size = if cfg!(windows) { 2 << 20 } else { 16 << 20 };
    server.recv(soon()).unwrap().reply(vec![1; size]).unwrap();
    // Nobody waits for requests now.
    assert_eq!(at_once(|| call.join().unwrap()).unwrap().len(), size);
}

fn closing_wakes_who_waits(pair: Pair) {
    let place = Place::new();
    let server = pair.bind(&place);
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let server = Arc::clone(&server);
            thread::spawn(move || server.recv(Deadline::NEVER))
        })
        .collect();
    // One more request shows that somebody does wait.
    let client = pair.connect(&place);
    let arrives = CallOptions::new().timeout(SHORT * 10);
    check_failed(client.call(b"ping", &arrives), ErrorKind::Timeout, Outcome::Unknown);
    server.close();
    let ends: Vec<_> = waiting.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1);
    assert_eq!(
        ends.iter().filter(|end| end.as_ref().is_err_and(kiapi_transport::Error::is_closed)).count(),
        2
    );
    assert!(server.recv(Deadline::NEVER).unwrap_err().is_closed());
    server.close();
}

fn a_second_server_at_an_address_is_refused(pair: Pair) {
    let place = Place::new();
    let _server = pair.echo(&place);
    let error = at_once(|| pair.server.bind(&place, &ServerOptions::new())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddressInUse, "{error:?}");
    assert_eq!(pair.connect(&place).call(b"still", &patient()).unwrap(), b"still");
}

#[cfg(unix)]
fn a_stale_socket_is_replaced(pair: Pair) {
    let place = Place::new();
    drop(std::os::unix::net::UnixListener::bind(place.path().unwrap()).unwrap());
    let _server = pair.echo(&place);
    assert_eq!(pair.connect(&place).call(b"mine now", &patient()).unwrap(), b"mine now");
}

#[cfg(unix)]
fn a_file_that_is_no_socket_is_left_alone(pair: Pair) {
    let place = Place::new();
    std::fs::write(place.path().unwrap(), "dear diary").unwrap();
    let error = pair.server.bind(&place, &ServerOptions::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddressInUse, "{error:?}");
    assert_eq!(std::fs::read_to_string(place.path().unwrap()).unwrap(), "dear diary");
}

#[cfg(unix)]
fn the_socket_is_for_its_owner_only(pair: Pair) {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new();
    let _server = pair.bind(&place);
    let mode = std::fs::metadata(place.path().unwrap()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(unix)]
fn closing_removes_the_socket(pair: Pair) {
    let place = Place::new();
    let server = pair.bind(&place);
    assert!(place.path().unwrap().exists());
    server.close();
    assert!(!place.path().unwrap().exists());
    let _next = pair.bind(&place);
    // The one that was closed has nothing to remove any more.
    drop(server);
    assert!(place.path().unwrap().exists());
}

fn connections_are_told_apart(pair: Pair) {
    let place = Place::new();
    let server = pair.server.bind(&place, &ServerOptions::new()).unwrap();
    let _server = Running::new(server, |request| {
        let connection = request.connection().to_string();
        let _ = request.reply(connection);
    });
    let connection = |client: &Arc<dyn Transport>| client.call(b"which", &patient()).unwrap();
    let clients = [0; 3].map(|_| pair.client.connect(&place, &ConnectOptions::new()).unwrap());
    let numbers = clients.each_ref().map(connection);
    assert_eq!(numbers.iter().collect::<HashSet<_>>().len(), 3, "{numbers:?}");
    assert_eq!(clients.each_ref().map(connection), numbers);
}

fn a_relay_changes_nothing(pair: Pair) {
    let (near, far) = (Place::new(), Place::new());
    let _server = Running::echo(pair.server.bind(&far, &ServerOptions::new()).unwrap());
    let (accept, connect) = (ServerOptions::new(), ConnectOptions::new());
    let relay = kiapi_transport::Relay::start(&near, &far, &accept, &connect, |_| {}).unwrap();
    let clients = [0; 2].map(|_| pair.client.connect(&near, &connect).unwrap());
    for size in [0, 1, 1000, 3_000_000] {
        let bodies = [b'a', b'b'].map(|byte| vec![byte; size]);
        let answers = [0, 1].map(|index| call_later(&clients[index], bodies[index].clone(), patient()));
        for (answer, body) in answers.into_iter().zip(bodies) {
            assert!(answer.join().unwrap().unwrap() == body, "{size} bytes");
        }
    }
    assert_eq!(relay.connections(), 2);
    relay.close();
    assert!(clients[0].call(b"x", &patient()).unwrap_err().is_disconnected());
    assert!(near.path().is_none_or(|path| !path.exists()));
}
