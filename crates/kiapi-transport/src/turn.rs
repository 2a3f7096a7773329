//! A mutex that is fair and has deadlines: who comes first is served first.

use std::collections::VecDeque;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

use crate::Deadline;

/// A value that threads use in turn.
///
/// std's mutex has neither a deadline nor an order; under load it lets the thread that just left come back first.
pub(crate) struct Turnstile<T> {
    line: Mutex<Line>,
    /// Locked only by whoever has the turn, so never contended.
    value: Mutex<T>,
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

impl<T> Turnstile<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { line: Mutex::default(), value: Mutex::new(value) }
    }

    /// Waits for the turn; `None` when the deadline passes before it comes.
    pub(crate) fn enter(&self, deadline: Deadline) -> Option<Turn<'_, T>> {
        let waiter = {
            let mut line = lock(&self.line);
            if !line.taken {
                line.taken = true;
                drop(line);
                return Some(self.turn());
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
        Some(self.turn())
    }

    /// Takes the turn if nobody has it.
    pub(crate) fn try_enter(&self) -> Option<Turn<'_, T>> {
        let mut line = lock(&self.line);
        if line.taken {
            return None;
        }
        line.taken = true;
        drop(line);
        Some(self.turn())
    }

    fn turn(&self) -> Turn<'_, T> {
        Turn { turnstile: self, value: Some(lock(&self.value)) }
    }
}

impl<T> fmt::Debug for Turnstile<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = lock(&self.line);
        f.debug_struct("Turnstile")
            .field("taken", &line.taken)
            .field("waiting", &line.waiting.len())
            .finish_non_exhaustive()
    }
}

/// The right to use the value, until dropped.
pub(crate) struct Turn<'a, T> {
    turnstile: &'a Turnstile<T>,
    value: Option<MutexGuard<'a, T>>,
}

impl<T> Deref for Turn<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect("the value is there until the turn is dropped")
    }
}

impl<T> DerefMut for Turn<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("the value is there until the turn is dropped")
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        self.value = None;
        let mut line = lock(&self.turnstile.line);
        match line.waiting.pop_front() {
            Some(next) => {
                next.called.store(true, Ordering::Release);
                next.thread.unpark();
            }
            None => line.taken = false,
        }
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

    fn wait_for_line<T>(turnstile: &Turnstile<T>, length: usize) {
        let end = Instant::now() + Duration::from_secs(10);
        while lock(&turnstile.line).waiting.len() != length {
            assert!(Instant::now() < end, "the line does not become {length} long");
            thread::yield_now();
        }
    }

    #[test]
    fn who_comes_first_is_served_first() {
        let turnstile = Turnstile::new(Vec::new());
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
        let turnstile = Turnstile::new(());
        let turn = turnstile.enter(Deadline::NEVER).unwrap();
        assert!(turnstile.enter(Deadline::after(Duration::from_millis(5))).is_none());
        assert!(turnstile.try_enter().is_none());
        drop(turn);
        assert!(turnstile.try_enter().is_some());
        assert!(turnstile.enter(Deadline::at(Instant::now())).is_some());
    }

    #[test]
    fn a_panic_gives_the_turn_back() {
        let turnstile = Turnstile::new(0);
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
