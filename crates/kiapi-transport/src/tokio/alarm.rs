//! What ends a wait of a task at its deadline.

use std::future::Future;
use std::io::{self, ErrorKind as Io};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::tokio::time::{Sleep, sleep_until};

use crate::Deadline;

/// What ends a wait at the deadline, set when there is something to wait for.
#[derive(Debug)]
pub(super) struct Alarm(Pin<Box<Option<Sleep>>>);

impl Default for Alarm {
    #[inline]
    fn default() -> Self {
        Self(Box::pin(None))
    }
}

impl Alarm {
    /// Pending until the deadline, and then the error that says so.
    pub(super) fn poll<T>(&mut self, deadline: Deadline, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        let Some(instant) = deadline.instant() else { return Poll::Pending };
        if self.0.is_none() {
            // On the runtime that polls, so that it rings even if the one that the socket belongs to has stopped.
            self.0.set(Some(sleep_until(instant.into())));
        }
        if let Some(sleep) = self.0.as_mut().as_pin_mut() {
            ready!(sleep.poll(cx));
        }
        Poll::Ready(Err(Io::TimedOut.into()))
    }

    /// Rings for this deadline no more.
    #[inline]
    pub(super) fn unset(&mut self) {
        self.0.set(None);
    }
}
