//! What only the client on tokio has: tasks that share it, futures that are dropped, and runtimes.

use std::future::{Future, poll_fn};
use std::io::{Read, Write};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;

use kiapi_transport::tokio::Client;
use kiapi_transport::{CallOptions, ConnectOptions, ErrorKind, Outcome, Result};
#[cfg(unix)]
use kiapi_transport::{Deadline, Listener as _};
use kiapi_transport::{Server, ServerOptions};

use crate::fake::{Fake, REP, REQ, frame};
use crate::raw;
use crate::support::*;

macro_rules! on_both_runtimes {
    ($($(#[$when:meta])? $name:ident,)*) => {
        mod many_threads {
            $($(#[$when])? #[test] fn $name() {
                super::$name(crate::support::Runtime::MultiThread);
            })*
        }
        mod one_thread {
            $($(#[$when])? #[test] fn $name() {
                super::$name(crate::support::Runtime::CurrentThread);
            })*
        }
    };
}

on_both_runtimes! {
    tasks_that_share_a_client_get_their_own_answers,
    calls_are_sent_in_the_order_in_which_they_came,
    other_tasks_run_while_a_call_waits,
    a_call_dropped_at_any_point_harms_no_other,
    connecting_can_be_dropped_at_any_point,
    a_call_dropped_in_the_queue_gives_its_place_away,
    a_call_dropped_in_the_middle_of_its_request_closes_the_connection,
    a_call_dropped_after_its_request_owes_its_answer,
    an_answer_that_is_owed_is_seen_and_waited_for,
    a_call_that_is_never_polled_sends_nothing,
    a_client_works_on_another_runtime,
    #[cfg(unix)] a_client_whose_runtime_does_not_run_keeps_its_deadlines,
    #[cfg(unix)] a_client_outlives_its_runtime_without_hanging,
    #[cfg(windows)] a_client_needs_its_runtime_for_nothing,
}

async fn connect(place: &Place) -> Client {
    Client::connect(place, &ConnectOptions::new().timeout(LONG)).await.unwrap()
}

/// A client of a server made by hand.
fn fake(runtime: &tokio::runtime::Runtime) -> (Place, Arc<Client>, Fake) {
    let place = Place::new();
    let listening = Fake::listen(&place);
    let client = runtime.block_on(connect(&place));
    (place, Arc::new(client), listening.join().unwrap())
}

fn echo(place: &Place) -> Running {
    Running::echo(Arc::new(Server::bind(place, &ServerOptions::new()).unwrap()))
}

/// A call in a task of its own.
fn spawn(
    runtime: &tokio::runtime::Runtime,
    client: &Arc<Client>,
    request: impl Into<Vec<u8>>,
    options: CallOptions,
) -> tokio::task::JoinHandle<Result<Vec<u8>>> {
    let (client, request) = (Arc::clone(client), request.into());
    runtime.spawn(async move { client.call(&request, &options).await })
}

/// Polls a future so many times, each when it asks for it, and drops it if it is not done by then.
async fn polled<T>(future: impl Future<Output = T>, times: usize) -> Option<T> {
    let mut future = pin!(future);
    let mut polls = 0;
    poll_fn(|context| {
        if polls < times {
            polls += 1;
            if let Poll::Ready(done) = future.as_mut().poll(context) {
                return Poll::Ready(Some(done));
            }
        }
        if polls == times { Poll::Ready(None) } else { Poll::Pending }
    })
    .await
}

#[track_caller]
fn check_failed(result: Result<Vec<u8>>, kind: ErrorKind, outcome: Outcome) {
    let error = result.expect_err("it is meant to fail");
    assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{error:?}");
}

#[test]
fn clients_and_their_futures_go_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    fn sent<T: Send>(_: &T) {}
    shared::<Client>();
    let (place, options) = (Place::new(), ConnectOptions::new());
    sent(&Client::connect(&place, &options));
    let of_call = |client: &Client| sent(&client.call(b"", &CallOptions::new()));
    let _ = of_call;
}

fn tasks_that_share_a_client_get_their_own_answers(flavour: Runtime) {
    // Wine takes its time to carry so much.
    let rounds = if cfg!(windows) { 6 } else { 50 };
    let place = Place::new();
    let _server = echo(&place);
    flavour.start().block_on(async {
        let client = Arc::new(connect(&place).await);
        let tasks: Vec<_> = (0..64_u8)
            .map(|number| {
                let client = Arc::clone(&client);
                tokio::spawn(async move {
                    for round in 0..rounds {
                        // Of all sizes, so that some take several reads and writes.
                        let mut body = vec![number; usize::from(round % 3) * 200_000 + 2];
                        body[1] = round;
                        assert!(client.call(&body, &patient()).await.unwrap() == body);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

fn calls_are_sent_in_the_order_in_which_they_came(flavour: Runtime) {
    let runtime = flavour.start();
    let (_place, client, mut fake) = fake(&runtime);
    let (begin, begins) = std::sync::mpsc::channel();
    let peer = thread::spawn(move || {
        // Otherwise the first might be answered before it is looked at again.
        begins.recv().unwrap();
        let order: Vec<_> = (0..=64)
            .map(|_| {
                let (id, body) = fake.request();
                fake.send(&frame(id, &body));
                body
            })
            .collect();
        order
    });
    runtime.block_on(async {
        let (options, bodies) = (patient(), (0..=64_u8).map(|number| [number]).collect::<Vec<_>>());
        let mut calls: Vec<_> = bodies.iter().map(|body| Box::pin(client.call(body, &options))).collect();
        // Polled in their order, they queue in it.
        for call in &mut calls {
            assert!(polled(call.as_mut(), 1).await.is_none());
        }
        begin.send(()).unwrap();
        for (call, body) in calls.into_iter().zip(&bodies) {
            assert_eq!(call.await.unwrap(), body);
        }
    });
    assert_eq!(peer.join().unwrap(), (0..=64).map(|number| vec![number]).collect::<Vec<_>>());
}

fn other_tasks_run_while_a_call_waits(flavour: Runtime) {
    let runtime = flavour.start();
    let (_place, client, mut fake) = fake(&runtime);
    let call = spawn(&runtime, &client, "x", patient());
    runtime.block_on(async {
        // The answer is only sent by a task that runs meanwhile.
        let other = tokio::spawn(async move {
            let reading = tokio::task::spawn_blocking(move || (fake.request(), fake));
            let ((id, _), mut fake) = reading.await.unwrap();
            fake.send(&frame(id, b"y"));
        });
        assert_eq!(call.await.unwrap().unwrap(), b"y");
        other.await.unwrap();
    });
}

/// Serves one client piece by piece, and tells which requests came whole. Each answer is the request, in capitals.
fn serve_slowly(mut fake: Fake, whole: &Mutex<Vec<Vec<u8>>>) {
    let mut got = Vec::new();
    let mut piece = vec![0; 32 * 1024];
    while let Ok(count @ 1..) = fake.stream.read(&mut piece) {
        got.extend_from_slice(&piece[..count]);
        while let Some(head) = got.first_chunk::<13>() {
            let length = usize::try_from(u64::from_be_bytes(head[1..9].try_into().unwrap())).unwrap();
            let id = u32::from_be_bytes(head[9..].try_into().unwrap());
            if got.len() < 9 + length {
                break;
            }
            let body = got.drain(..9 + length).skip(13).collect::<Vec<_>>();
            let answer = frame(id, &body.to_ascii_uppercase());
            whole.lock().unwrap().push(body);
            for piece in [&answer[..5], &answer[5..15], &answer[15..]] {
                if fake.stream.write_all(piece).is_err() {
                    return;
                }
                thread::yield_now();
            }
        }
        thread::yield_now();
    }
}

fn a_call_dropped_at_any_point_harms_no_other(flavour: Runtime) {
    let runtime = flavour.start();
    // Larger than what a socket holds, there and back.
    let first = vec![b'a'; 1_000_000];
    let (mut cut_off, mut owed) = (0, 0);
    // Both must have happened for the test to say anything. Whether a sweep meets the moment between the request and its
    // answer is for the threads to say: on a busy machine many polls may pass by it.
    for sweep in 0.. {
        assert!(sweep < 200, "{cut_off} were cut off, {owed} answers were owed");
        let (more_cut_off, more_owed) = drop_a_call_at_each_poll(&runtime, &first);
        cut_off += more_cut_off;
        owed += more_owed;
        if cut_off > 0 && owed > 0 {
            break;
        }
    }
}

/// Makes calls that are dropped after no poll, one, two and so on, till one ends before that. Tells how many were cut off
/// in the middle of their requests, and how many were dropped when only their answers were missing.
fn drop_a_call_at_each_poll(runtime: &tokio::runtime::Runtime, first: &[u8]) -> (usize, usize) {
    let (mut cut_off, mut owed) = (0, 0);
    for polls in 0.. {
        assert!(polls < 10_000, "it does not come to an end");
        let (_place, client, fake) = fake(runtime);
        let whole = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&whole);
        let peer = thread::spawn(move || serve_slowly(fake, &seen));

        let result = runtime.block_on(polled(client.call(first, &patient()), polls));
        let is_done = result.is_some();
        if let Some(answer) = result {
            assert!(answer.unwrap() == first.to_ascii_uppercase());
        }
        let is_connected = client.is_connected();
        let next = runtime.block_on(client.call(b"next", &patient()));
        if is_connected {
            assert_eq!(next.unwrap(), b"NEXT", "after {polls} polls");
        } else {
            check_failed(next, ErrorKind::Disconnected, Outcome::NotSent);
        }
        drop(client);
        peer.join().unwrap();

        let whole = std::mem::take(&mut *whole.lock().unwrap());
        let was_sent = whole.first().is_some_and(|request| request == first);
        let mut expected = Vec::new();
        if was_sent {
            expected.push(first.to_vec());
        }
        if is_connected {
            expected.push(b"next".to_vec());
        }
        assert!(whole == expected, "{} requests came whole after {polls} polls", whole.len());
        assert!(is_connected || !was_sent, "what was cut off came whole after {polls} polls");
        cut_off += usize::from(!is_connected);
        owed += usize::from(was_sent && !is_done);
        if is_done {
            break;
        }
    }
    (cut_off, owed)
}

fn connecting_can_be_dropped_at_any_point(flavour: Runtime) {
    let runtime = flavour.start();
    for polls in 0.. {
        assert!(polls < 10_000, "it does not come to an end");
        let place = Place::new();
        let listener = raw::Listener::bind(&place);
        let peer = thread::spawn(move || {
            let mut stream = listener.accept();
            for byte in REP {
                let _ = stream.write_all(&[*byte]);
                thread::yield_now();
            }
            let mut got = Vec::new();
            let _ = stream.read_to_end(&mut got);
            got
        });
        let options = ConnectOptions::new().timeout(LONG);
        let client = runtime.block_on(polled(Client::connect(&place, &options), polls));
        let is_done = client.is_some();
        drop(client.map(Result::unwrap));
        // In case that it never came to connecting.
        drop(raw::try_connect(&place));
        let got = peer.join().unwrap();
        assert!(REQ.starts_with(&got), "{got:?}");
        if is_done {
            break;
        }
    }
}

fn a_call_dropped_in_the_queue_gives_its_place_away(flavour: Runtime) {
    let runtime = flavour.start();
    let (_place, client, mut fake) = fake(&runtime);
    let first = spawn(&runtime, &client, "first", patient());
    let (id, third) = runtime.block_on(async {
        // It has its turn when its request is there, and the others do not.
        let reading = tokio::task::spawn_blocking(move || (fake.request().0, fake));
        let (id, fake) = reading.await.unwrap();
        let options = patient();
        let mut second = Box::pin(client.call(b"second", &options));
        assert!(polled(second.as_mut(), 1).await.is_none());
        let mut third = Box::pin(client.call(b"third", &options));
        assert!(polled(third.as_mut(), 1).await.is_none());
        drop(second);
        drop(third);
        let third = Arc::clone(&client);
        ((id, fake), tokio::spawn(async move { third.call(b"third", &patient()).await }))
    });
    let (id, mut fake) = id;
    fake.send(&frame(id, b"one"));
    assert_eq!(runtime.block_on(first).unwrap().unwrap(), b"one");
    let peer = thread::spawn(move || {
        let (id, body) = fake.request();
        fake.send(&frame(id, b"three"));
        (body, fake)
    });
    assert_eq!(runtime.block_on(third).unwrap().unwrap(), b"three");
    let (body, mut fake) = peer.join().unwrap();
    assert_eq!(body, b"third");
    drop(client);
    assert!(fake.sees_the_end());
}

fn a_call_dropped_in_the_middle_of_its_request_closes_the_connection(flavour: Runtime) {
    let runtime = flavour.start();
    let (_place, client, mut fake) = fake(&runtime);
    let request = vec![5; 8 << 20];
    assert!(runtime.block_on(polled(client.call(&request, &patient()), 1)).is_none());
    assert!(!client.is_connected());
    let next = runtime.block_on(client.call(b"next", &patient()));
    let error = next.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Disconnected, Outcome::NotSent));
    assert!(error.to_string().contains("a request stuck after"), "{error}");
    assert!(fake.try_request().is_err());
}

fn a_call_dropped_after_its_request_owes_its_answer(flavour: Runtime) {
    let runtime = flavour.start();
    let (_place, client, mut fake) = fake(&runtime);
    let first = spawn(&runtime, &client, "first", patient());
    let mut fake = runtime
        .block_on(async { tokio::task::spawn_blocking(move || (fake.request(), fake)).await.unwrap() });
    first.abort();
    assert!(runtime.block_on(first).unwrap_err().is_cancelled());
    assert!(client.is_connected());
    for _ in 0..2 {
        let error = runtime.block_on(client.call(b"second", &hasty())).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::NotSent));
        assert!(error.to_string().contains("has not answered an earlier request"), "{error}");
    }
    let ((id, body), fake) = (&fake.0, &mut fake.1);
    assert_eq!(body, b"first");
    fake.send(&frame(*id, &vec![1; 100_000]));
    let third = spawn(&runtime, &client, "third", patient());
    let answering = fake.stream.try_clone().unwrap();
    let peer = thread::spawn(move || {
        let mut fake = Fake { stream: answering };
        let (id, body) = fake.request();
        fake.send(&frame(id, b"three"));
        body
    });
    assert_eq!(runtime.block_on(third).unwrap().unwrap(), b"three");
    assert_eq!(peer.join().unwrap(), b"third");
}

fn an_answer_that_is_owed_is_seen_and_waited_for(flavour: Runtime) {
    let runtime = flavour.start();
    let (_place, client, mut fake) = fake(&runtime);
    let soon = hasty();
    assert!(!client.owes_answer());
    runtime.block_on(client.call(b"a", &soon)).unwrap_err();
    assert!(client.owes_answer());
    let error = runtime.block_on(client.settle(&soon)).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::NotSent));
    let (id, _) = fake.request();
    fake.send(&frame(id, b"late"));
    runtime.block_on(client.settle(&patient())).unwrap();
    assert!(!client.owes_answer());
    // What came was dropped.
    let answering = thread::spawn(move || {
        let (id, body) = fake.request();
        fake.send(&frame(id, &body));
    });
    assert_eq!(runtime.block_on(client.call(b"b", &patient())).unwrap(), b"b");
    answering.join().unwrap();
}

fn a_call_that_is_never_polled_sends_nothing(flavour: Runtime) {
    let runtime = flavour.start();
    let (_place, client, mut fake) = fake(&runtime);
    drop(client.call(b"never", &patient()));
    drop(client);
    assert!(fake.sees_the_end());
}

fn a_client_works_on_another_runtime(flavour: Runtime) {
    let place = Place::new();
    let _server = echo(&place);
    let home = Runtime::MultiThread.start();
    let client = home.block_on(connect(&place));
    flavour.start().block_on(async {
        for body in [b"small".to_vec(), vec![7; 2_000_000]] {
            assert!(client.call(&body, &patient()).await.unwrap() == body);
        }
    });
    assert_eq!(home.block_on(client.call(b"home", &patient())).unwrap(), b"home");
}

#[cfg(unix)]
fn a_client_whose_runtime_does_not_run_keeps_its_deadlines(flavour: Runtime) {
    let home = Runtime::CurrentThread.start();
    let (_place, client, mut fake) = fake(&home);
    let away = flavour.start();
    check_failed(away.block_on(client.call(b"away", &hasty())), ErrorKind::Timeout, Outcome::Unknown);
    let (id, _) = fake.request();
    fake.send(&frame(id, b"there"));
    check_failed(away.block_on(client.call(b"again", &hasty())), ErrorKind::Timeout, Outcome::NotSent);
    // Nothing is lost once it runs again.
    let peer = thread::spawn(move || {
        let (id, body) = fake.request();
        fake.send(&frame(id, b"welcome"));
        body
    });
    assert_eq!(home.block_on(client.call(b"home", &patient())).unwrap(), b"welcome");
    assert_eq!(peer.join().unwrap(), b"home");
}

#[cfg(unix)]
fn a_client_outlives_its_runtime_without_hanging(flavour: Runtime) {
    let place = Place::new();
    let server = Server::bind(&place, &ServerOptions::new()).unwrap();
    let home = Runtime::MultiThread.start();
    let client = Arc::new(home.block_on(connect(&place)));
    let away = flavour.start();
    let (waiting, request) = away.block_on(async {
        let client = Arc::clone(&client);
        let waiting = tokio::spawn(async move { client.call(b"waiting", &patient()).await });
        let receiving = tokio::task::spawn_blocking(move || (server.recv(soon()).unwrap(), server));
        (waiting, receiving.await.unwrap())
    });
    home.shutdown_background();
    check_failed(at_once(|| away.block_on(waiting)).unwrap(), ErrorKind::Disconnected, Outcome::Unknown);
    let next = at_once(|| away.block_on(client.call(b"next", &patient())));
    check_failed(next, ErrorKind::Disconnected, Outcome::NotSent);
    let (request, server) = request;
    assert_eq!(request.body(), b"waiting");
    assert!(server.recv(Deadline::after(SHORT)).unwrap_err().is_timeout());
}

/// A pipe belongs to no runtime: calls go on when the one is gone that it was made on, and it closes without any.
#[cfg(windows)]
fn a_client_needs_its_runtime_for_nothing(flavour: Runtime) {
    let home = Runtime::CurrentThread.start();
    let (_place, client, mut fake) = fake(&home);
    drop(home);
    let away = flavour.start();
    let call = spawn(&away, &client, "still there", patient());
    let answering = thread::spawn(move || {
        let (id, body) = fake.request();
        fake.send(&frame(id, b"yes"));
        (body, fake)
    });
    assert_eq!(away.block_on(call).unwrap().unwrap(), b"yes");
    let (body, mut fake) = answering.join().unwrap();
    assert_eq!(body, b"still there");
    drop(client);
    assert!(fake.sees_the_end());
}
