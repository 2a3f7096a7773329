//! The thread that hears from the system what has become of pipes.

use std::future::pending;
use std::io;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use ::tokio::runtime::{Builder, Handle};
use ::tokio::task::yield_now;

use crate::turn::lock;

/// How often the system is asked until nothing old is left: it gives many answers at a time, and those may lead to more.
const ROUNDS: usize = 3;

/// There is one for the process, from the first pipe on until the process ends. It runs none of our code, and sleeps
/// while nothing happens.
static REACTOR: Mutex<Option<Handle>> = Mutex::new(None);

/// Where all pipes belong. It does not matter whether the caller has a runtime, and whether that runs.
#[inline]
pub(crate) fn handle() -> io::Result<Handle> {
    let mut reactor = lock(&REACTOR);
    if let Some(handle) = &*reactor {
        return Ok(handle.clone());
    }
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new().name("kiapi-pipes".to_owned()).spawn(move || runtime.block_on(pending::<()>()))?;
    *reactor = Some(handle.clone());
    Ok(handle)
}

/// Waits until the thread has heard all that the system has to say now, but no longer than `at_most`. What is closed has
/// then let go of its pipe.
#[inline]
pub(super) fn catch_up(reactor: &Handle, at_most: Duration) {
    let (sender, done) = channel();
    reactor.spawn(async move {
        for _ in 0..ROUNDS {
            // Goes on once the system was asked.
            yield_now().await;
        }
        let _ = sender.send(());
    });
    // Late or never: then the pipe goes later too.
    let _ = done.recv_timeout(at_most);
}
