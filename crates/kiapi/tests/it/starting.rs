//! A KiCad that has only just begun to listen: nothing is sent to it in the first second, and nobody waits beyond a deadline.

use std::error::Error as _;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use kiapi::api::common::commands::Ping;
use kiapi::{CallOptions, ConnectOptions, Error, ErrorKind, KiCad, Notice, Outcome};
use kiapi_emulator::{Emulator, Place, Running};

/// How old a socket is before anything is sent to it.
const SETTLED: Duration = Duration::from_secs(1);
/// Longer than anything takes that works.
const LONG: Duration = Duration::from_secs(30);
/// Too short to wait for a second.
const SHORT: Duration = Duration::from_millis(100);

/// An emulator whose socket is named as KiCad names its own.
struct Started {
    emulator: Running,
    _folder: tempfile::TempDir,
}

impl Started {
    fn now() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let emulator = Emulator::demo().place(Place::temp_dir(folder.path())).start().unwrap();
        Self { emulator, _folder: folder }
    }

    fn age(&self) -> Duration {
        let socket = self.emulator.socket().path().unwrap();
        let made = std::fs::symlink_metadata(socket).unwrap().modified().unwrap();
        SystemTime::now().duration_since(made).unwrap_or_default()
    }

    fn options(&self) -> ConnectOptions {
        ConnectOptions::new()
            .socket(self.emulator.socket().clone())
            .call_options(CallOptions::new().timeout(LONG))
            .ready_timeout(LONG)
    }

    /// Waits until somebody is connected and waits in turn.
    fn until_somebody_is_connected(&self) {
        let end = Instant::now() + LONG;
        while self.emulator.connections() == 0 {
            assert!(Instant::now() < end, "nobody connects");
            thread::yield_now();
        }
    }
}

fn briefly() -> CallOptions {
    CallOptions::new().timeout(SHORT)
}

#[track_caller]
fn is_gone(result: Result<(), Error>) {
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Disconnected, Outcome::NotSent), "{error}");
}

#[test]
fn connecting_waits_until_a_kicad_may_be_asked() {
    let kicad = Started::now();
    let client = KiCad::connect_with(kicad.options()).unwrap();
    assert!(kicad.age() >= SETTLED, "{:?}", kicad.age());
    client.ping().unwrap();
}

#[test]
fn who_cannot_wait_for_it_is_told_that_it_is_not_ready() {
    let kicad = Started::now();
    let error = KiCad::connect_with(kicad.options().ready_timeout(SHORT)).unwrap_err();
    assert!(kicad.age() < SETTLED, "{:?}", kicad.age());
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::NotReady, Outcome::NotSent));
    assert!(error.is_retryable());
    let socket = kicad.emulator.socket();
    assert_eq!(error.to_string(), format!("KiCad at `{socket}` is only just starting; give it more time"));
    assert_eq!(
        error.source().unwrap().to_string(),
        format!(
            "`{socket}` has been there for less than a second, and a KiCad hangs of a request that comes so early; nothing was \
             sent"
        )
    );
}

/// How often something is tried that a busy machine may keep from being done in a second.
const TRIES: usize = 10;

#[test]
fn a_restarted_kicad_is_waited_for_by_each_thread_as_long_as_it_has_time() {
    let kicad = Started::now();
    let client = KiCad::connect_with(kicad.options()).unwrap();
    let mut restarts = 0;
    let in_time = (0..TRIES).any(|_| {
        kicad.emulator.restart().unwrap();
        restarts += 1;
        let alone = client.call_with(&Ping::new(), briefly());
        thread::scope(|scope| {
            let patient = scope.spawn(|| client.ping());
            kicad.until_somebody_is_connected();
            let behind = client.call_with(&Ping::new(), briefly());
            let in_time = kicad.age() < SETTLED;
            if in_time {
                is_gone(alone);
                is_gone(behind);
            }
            patient.join().unwrap().unwrap();
            assert!(kicad.age() >= SETTLED, "{:?}", kicad.age());
            in_time
        })
    });
    assert!(in_time, "whoever has less time is held up by another thread");
    let notices = client.take_notices();
    let new = notices.iter().filter(|notice| **notice == Notice::Reconnected).count();
    assert_eq!(new, restarts, "{notices:?}");
}

#[cfg(feature = "tokio")]
#[tokio::test]
async fn a_restarted_kicad_is_waited_for_by_each_task_as_long_as_it_has_time() {
    let kicad = Started::now();
    let client = kiapi::tokio::KiCad::connect_with(kicad.options()).await.unwrap();
    let mut in_time = false;
    for _ in 0..TRIES {
        kicad.emulator.restart().unwrap();
        let alone = client.call_with(&Ping::new(), briefly()).await;
        let patient = tokio::spawn({
            let client = client.clone();
            async move { client.ping().await }
        });
        let end = Instant::now() + LONG;
        while kicad.emulator.connections() == 0 {
            assert!(Instant::now() < end, "nobody connects");
            tokio::task::yield_now().await;
        }
        let behind = client.call_with(&Ping::new(), briefly()).await;
        in_time = kicad.age() < SETTLED;
        if in_time {
            is_gone(alone);
            is_gone(behind);
        }
        patient.await.unwrap().unwrap();
        assert!(kicad.age() >= SETTLED, "{:?}", kicad.age());
        if in_time {
            break;
        }
    }
    assert!(in_time, "whoever has less time is held up by another task");
}
