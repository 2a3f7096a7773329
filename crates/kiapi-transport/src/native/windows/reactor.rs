//! The thread that hears from the system what has become of pipes.

use std::future::pending;
use std::io;
use std::sync::Mutex;
use std::thread;

use ::tokio::runtime::{Builder, Handle};

use crate::turn::lock;

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
