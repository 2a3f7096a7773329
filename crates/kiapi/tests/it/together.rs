//! Threads that share a client and end together.
//!
//! Wine 10.0 loses what comes at the moment at which a thread ends that has read from a pipe, as Windows does not: so no thread may
//! end while another one waits for an answer on the same connection.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

/// Each thread has one of these, made before the thread is, and drops it last: that takes until all others were dropped too,
/// also where a thread panics.
#[derive(Clone)]
pub(crate) struct Together {
    running: Option<Sender<()>>,
    all_are_done: Arc<Mutex<Receiver<()>>>,
}

impl Together {
    pub(crate) fn new() -> Self {
        let (running, all_are_done) = channel();
        Self { running: Some(running), all_are_done: Arc::new(Mutex::new(all_are_done)) }
    }
}

impl Drop for Together {
    fn drop(&mut self) {
        self.running.take();
        // Nothing is ever sent.
        let _ = self.all_are_done.lock().unwrap_or_else(PoisonError::into_inner).recv();
    }
}
