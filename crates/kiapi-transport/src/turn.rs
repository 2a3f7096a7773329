//! A mutex that is fair and has deadlines: who comes first is served first.

use std::collections::VecDeque;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

use crate::Deadline;

/// A line of threads, for what only one may do at a time: who comes first is served first.
///
/// std's mutex has neither a deadline nor an order; under load it lets the thread that just left come back first. The blocking
/// facade has one too; for others it is no part of this crate.
#[doc(hidden)]
#[derive(Default)]
pub struct Turnstile {
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    taken: bool,
    waiting: VecDeque<Arc<Waiter>>,
}

struct Waiter {
    thread: Thread,
    called: AtomicBool,
}

impl Turnstile {
    /// Waits for the turn; `None` when the deadline passes before it comes.
    #[inline]
    pub fn enter(&self, deadline: Deadline) -> Option<Turn<'_>> {
        let waiter = {
            let mut line = lock(&self.line);
            if !line.taken {
                line.taken = true;
                return Some(Turn(self));
            }
            let waiter = Arc::new(Waiter { thread: thread::current(), called: AtomicBool::new(false) });
            line.waiting.push_back(Arc::clone(&waiter));
            waiter
        };
        while !waiter.called.load(Ordering::Acquire) {
            match deadline.remaining() {
                None => thread::park(),
                Some(left) if !left.is_zero() => thread::park_timeout(left),
                Some(_) => {
                    let mut line = lock(&self.line);
                    if waiter.called.load(Ordering::Acquire) {
                        break; // called in the last moment: the turn is ours and must be given back
                    }
                    line.waiting.retain(|other| !Arc::ptr_eq(other, &waiter));
                    return None;
                }
            }
        }
        Some(Turn(self))
    }

    /// Takes the turn if nobody has it.
    #[cfg(feature = "server")]
    #[inline]
    fn try_enter(&self) -> Option<Turn<'_>> {
        let mut line = lock(&self.line);
        if line.taken {
            return None;
        }
        line.taken = true;
        Some(Turn(self))
    }
}

impl fmt::Debug for Turnstile {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = lock(&self.line);
        f.debug_struct("Turnstile")
            .field("taken", &line.taken)
            .field("waiting", &line.waiting.len())
            .finish_non_exhaustive()
    }
}

/// The turn, until dropped.
#[doc(hidden)]
#[derive(Debug)]
pub struct Turn<'a>(&'a Turnstile);

impl Drop for Turn<'_> {
    #[inline]
    fn drop(&mut self) {
        let mut line = lock(&self.0.line);
        match line.waiting.pop_front() {
            Some(next) => {
                next.called.store(true, Ordering::Release);
                next.thread.unpark();
            }
            None => line.taken = false,
        }
    }
}

/// A value that threads use in turn.
pub(crate) struct InTurn<T> {
    turnstile: Turnstile,
    /// Locked only by whoever has the turn, so never contended.
    value: Mutex<T>,
}

impl<T> InTurn<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { turnstile: Turnstile::default(), value: Mutex::new(value) }
    }

    /// Waits for the turn; `None` when the deadline passes before it comes.
    pub(crate) fn enter(&self, deadline: Deadline) -> Option<Used<'_, T>> {
        self.turnstile.enter(deadline).map(|turn| self.used(turn))
    }

    /// Takes the turn if nobody has it.
    #[cfg(feature = "server")]
    pub(crate) fn try_enter(&self) -> Option<Used<'_, T>> {
        self.turnstile.try_enter().map(|turn| self.used(turn))
    }

    fn used<'a>(&'a self, turn: Turn<'a>) -> Used<'a, T> {
        Used { value: lock(&self.value), _turn: turn }
    }
}

impl<T> fmt::Debug for InTurn<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.turnstile.fmt(f)
    }
}

/// The right to use the value, until dropped.
pub(crate) struct Used<'a, T> {
    // It goes before the turn does.
    value: MutexGuard<'a, T>,
    _turn: Turn<'a>,
}

impl<T> Deref for Used<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Used<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

/// Locks; a panic elsewhere while it was locked is that thread's affair, as all we guard is valid between statements.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn wait_for_line<T>(turnstile: &InTurn<T>, length: usize) {
        let end = Instant::now() + Duration::from_secs(10);
        while lock(&turnstile.turnstile.line).waiting.len() != length {
            assert!(Instant::now() < end, "the line does not become {length} long");
            thread::yield_now();
        }
    }

    #[test]
    fn who_comes_first_is_served_first() {
        let turnstile = InTurn::new(Vec::new());
        thread::scope(|scope| {
            let turn = turnstile.enter(Deadline::NEVER).unwrap();
            for number in 0..8 {
                wait_for_line(&turnstile, number);
                let turnstile = &turnstile;
                scope.spawn(move || turnstile.enter(Deadline::NEVER).unwrap().push(number));
            }
            wait_for_line(&turnstile, 8);
            drop(turn);
        });
        assert_eq!(*turnstile.enter(Deadline::NEVER).unwrap(), [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn who_gives_up_is_not_waited_for() {
        let turnstile = InTurn::new(());
        let turn = turnstile.enter(Deadline::NEVER).unwrap();
        assert!(turnstile.enter(Deadline::after(Duration::from_millis(5))).is_none());
        assert!(turnstile.try_enter().is_none());
        drop(turn);
        assert!(turnstile.try_enter().is_some());
        assert!(turnstile.enter(Deadline::at(Instant::now())).is_some());
    }

    #[test]
    fn who_waits_behind_one_that_gives_up_is_served() {
        let turnstile = InTurn::new(());
        let turn = turnstile.enter(Deadline::NEVER);
        thread::scope(|scope| {
            let hasty = scope.spawn(|| turnstile.enter(Deadline::after(Duration::from_millis(50))).is_none());
            wait_for_line(&turnstile, 1);
            let patient = scope.spawn(|| turnstile.enter(Deadline::NEVER).is_some());
            wait_for_line(&turnstile, 2);
            assert!(hasty.join().unwrap());
            wait_for_line(&turnstile, 1);
            drop(turn);
            assert!(patient.join().unwrap());
        });
        assert!(turnstile.enter(Deadline::after(Duration::ZERO)).is_some());
    }

    #[test]
    fn a_panic_gives_the_turn_back() {
        let turnstile = InTurn::new(0);
        let panicked = thread::scope(|scope| {
            scope
                .spawn(|| {
                    let _turn = turnstile.enter(Deadline::NEVER);
                    panic!("on purpose");
                })
                .join()
        });
        assert!(panicked.is_err());
        assert!(turnstile.try_enter().is_some());
    }
}
