//! Clients of a KiCad that has only just begun to listen, told by the name of its socket and by its age.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use kiapi_transport::{ConnectOptions, Error, ErrorKind, Outcome, Relay, ServerOptions, Transport};

use crate::fake::{Fake, frame};
use crate::support::*;

/// How old a socket is before anything is sent to it.
const SETTLED: Duration = Duration::from_secs(1);

fn on_all_clients(work: impl Fn(Backend) + Sync) {
    let clients = [
        Backend::Native,
        #[cfg(feature = "tokio")]
        Backend::Tokio(Runtime::CurrentThread),
        #[cfg(feature = "tokio")]
        Backend::Tokio(Runtime::MultiThread),
        #[cfg(feature = "nng")]
        Backend::Nng,
    ];
    thread::scope(|scope| {
        for client in clients {
            scope.spawn({
                let work = &work;
                move || work(client)
            });
        }
    });
}

fn age(place: &Place) -> Duration {
    let made = std::fs::symlink_metadata(place.path().unwrap()).unwrap().modified().unwrap();
    SystemTime::now().duration_since(made).unwrap_or_default()
}

fn connect(backend: Backend, place: &Place, time: Duration) -> Result<Arc<dyn Transport>, Error> {
    backend.connect(place, &ConnectOptions::new().timeout(time))
}

/// Answers one request, and says how old the socket was when it came.
fn answer_one(fake: &mut Fake, place: &Place) -> Duration {
    let (id, _) = fake.request();
    let age = age(place);
    fake.send(&frame(id, b"answer"));
    age
}

#[test]
fn nothing_is_sent_before_the_socket_is_a_second_old() {
    on_all_clients(|backend| {
        let place = Place::of_kicad();
        let accepted = Fake::listen(&place);
        let asked = {
            let place = place.clone();
            thread::spawn(move || connect(backend, &place, LONG).unwrap().call(b"a", &patient()).unwrap())
        };
        let mut fake = accepted.join().unwrap();
        let age = answer_one(&mut fake, &place);
        assert!(age >= SETTLED && age < LONG / 2, "a request came after {age:?}");
        assert_eq!(asked.join().unwrap(), b"answer");
    });
}

#[test]
fn who_has_less_time_is_told_and_sends_nothing() {
    on_all_clients(|backend| {
        let place = Place::of_kicad();
        let accepted = Fake::listen(&place);
        let start = Instant::now();
        let error = connect(backend, &place, SHORT * 10).unwrap_err();
        assert!(start.elapsed() < SETTLED, "{:?}", start.elapsed());
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::TooEarly, Outcome::NotSent), "{error:?}");
        assert!(error.to_string().ends_with("so early; nothing was sent"), "{error}");
        assert!(accepted.join().unwrap().sees_the_end(), "something was sent");
    });
}

#[test]
fn a_socket_that_is_older_or_has_another_name_costs_nothing() {
    on_all_clients(|backend| {
        let (old, other) = (Place::of_kicad(), Place::new());
        let listeners = [&old, &other].map(Fake::listen);
        let end = Instant::now() + LONG;
        while age(&old) < SETTLED {
            assert!(Instant::now() < end, "it does not grow old");
            thread::yield_now();
        }
        // The other one is made anew, so that it is young.
        let [of_old, _] = listeners;
        for (place, accepted) in [(&old, of_old), (&other, Fake::listen(&other))] {
            // So little time would not do for a young one.
            let client = connect(backend, place, SETTLED / 2).unwrap();
            let mut fake = accepted.join().unwrap();
            let asked = thread::spawn(move || client.call(b"a", &patient()).unwrap());
            answer_one(&mut fake, place);
            assert_eq!(asked.join().unwrap(), b"answer");
        }
    });
}

#[test]
fn a_kicad_that_ends_in_its_first_second_is_missed_at_once() {
    let clients = [
        Backend::Native,
        #[cfg(feature = "tokio")]
        Backend::Tokio(Runtime::CurrentThread),
    ];
    for backend in clients {
        let place = Place::of_kicad();
        let accepted = Fake::listen(&place);
        let gone = thread::spawn(move || drop(accepted.join().unwrap()));
        let error = connect(backend, &place, LONG).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Disconnected, Outcome::NotSent), "{error:?}");
        gone.join().unwrap();
    }
}

#[test]
fn a_relay_passes_nothing_on_before_the_socket_is_a_second_old() {
    let (place, kicad) = (Place::new(), Place::of_kicad());
    let accepted = Fake::listen(&kicad);
    let connect_options = ConnectOptions::new().timeout(LONG);
    let relay = Relay::start(&place, &kicad, &ServerOptions::new(), &connect_options, |_| {}).unwrap();
    let client = connect(Backend::Native, &place, LONG).unwrap();
    let asked = thread::spawn(move || client.call(b"a", &patient()).unwrap());
    let mut fake = accepted.join().unwrap();
    let age = answer_one(&mut fake, &kicad);
    assert!(age >= SETTLED, "a request came after {age:?}");
    assert_eq!(asked.join().unwrap(), b"answer");
    relay.close();
}
