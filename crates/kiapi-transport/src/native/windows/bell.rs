//! What wakes a thread that waits at a poller.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use super::poller::{Source, Watched};
use crate::native::event::{Event, Interest};
use crate::turn::lock;

/// The end that is rung, from any thread.
#[derive(Debug)]
pub(in super::super) struct Bell(Arc<Clapper>);

/// The end that a poller waits at: readable once rung, until it is cleared.
#[derive(Debug)]
pub(in super::super) struct Rung(Arc<Clapper>);

#[derive(Debug, Default)]
struct Clapper {
    rung: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

/// A bell and where it is heard.
#[allow(clippy::unnecessary_wraps)] // the one of Unix can fail
#[inline]
pub(in super::super) fn bell() -> io::Result<(Bell, Rung)> {
    let clapper = Arc::new(Clapper::default());
    Ok((Bell(Arc::clone(&clapper)), Rung(clapper)))
}

impl Bell {
    #[inline]
    pub(in super::super) fn ring(&self) {
        self.0.rung.store(true, Ordering::SeqCst);
        let waker = lock(&self.0.waker).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Rung {
    #[inline]
    pub(in super::super) fn clear(&self) {
        self.0.rung.store(false, Ordering::SeqCst);
    }
}

impl Source for Clapper {
    #[inline]
    fn poll(&self, interest: Interest, event: &mut Event, context: &mut Context<'_>) {
        // In this order: a ring after the look finds the waker.
        *lock(&self.waker) = Some(context.waker().clone());
        event.readable = interest.read && self.rung.load(Ordering::SeqCst);
    }
}

impl Watched for Rung {
    #[inline]
    fn source(&self) -> Arc<dyn Source> {
        Arc::clone(&self.0) as _
    }
}
