//! Connecting to a listener that has no room at the moment.

use std::io::{self, ErrorKind as Io};
use std::time::Duration;

use ::tokio::time::sleep;

use crate::Deadline;

/// How soon it is tried again, at first and at last.
const RETRY: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(50));

/// Connects, again and again while that would block: nothing that is safe tells when there is room.
///
/// # Errors
///
/// [`Io::TimedOut`] at the deadline, or what `connect` says.
pub(super) async fn connect<S>(deadline: Deadline, connect: impl Fn() -> io::Result<S>) -> io::Result<S> {
    let mut pause = RETRY.0;
    loop {
        match connect() {
            Err(error) if error.kind() == Io::WouldBlock => {
                let left = deadline.remaining().unwrap_or(pause);
                if left.is_zero() {
                    return Err(Io::TimedOut.into());
                }
                sleep(pause.min(left)).await;
                pause = (pause * 2).min(RETRY.1);
            }
            done => return done,
        }
    }
}
