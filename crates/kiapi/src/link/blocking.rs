//! The link that blocks the thread.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use kiapi_transport::{Address, CallOptions, Client, ConnectOptions, Deadline, Transport};

use super::{Condition, Line, Link};
use crate::Result;

/// The link that blocks the thread.
#[derive(Debug)]
pub struct Blocking {
    address: Address,
    options: ConnectOptions,
    /// Replaced when it is broken; calls that are under way keep theirs.
    client: RwLock<Arc<Client>>,
    apart: Turnstile,
    edits: Turnstile,
}

impl Blocking {
    fn client(&self) -> Arc<Client> {
        Arc::clone(&self.client.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A line of threads: who comes first is served first, also when others come again and again.
#[derive(Debug, Default)]
struct Turnstile {
    queue: Mutex<Queue>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    /// Whether somebody has the turn.
    is_taken: bool,
    /// The numbers of those who wait.
    waiting: VecDeque<u64>,
    next: u64,
}

impl Turnstile {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the turn; nothing when the deadline passes before it comes.
    fn enter(&self, deadline: Deadline) -> Option<Turn<'_>> {
        let mut queue = self.queue();
        if queue.is_taken || !queue.waiting.is_empty() {
            let number = queue.next;
            queue.next += 1;
            queue.waiting.push_back(number);
            while queue.is_taken || queue.waiting.front() != Some(&number) {
                queue = match deadline.remaining() {
                    None => self.moved.wait(queue).unwrap_or_else(PoisonError::into_inner),
                    Some(left) if left.is_zero() => {
                        queue.waiting.retain(|other| *other != number);
                        drop(queue);
                        // The next one may be first now.
                        self.moved.notify_all();
                        return None;
                    }
                    Some(left) => {
                        self.moved.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0
                    }
                };
            }
            queue.waiting.pop_front();
        }
        queue.is_taken = true;
        Some(Turn(self))
    }
}

/// The right to what only one may do at a time, until it is dropped.
#[derive(Debug)]
pub struct Turn<'a>(&'a Turnstile);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.queue().is_taken = false;
        self.0.moved.notify_all();
    }
}

impl Link for Blocking {
    type Out<'a, T: Send + 'a> = Result<T>;
    type Turn<'a> = Turn<'a>;

    async fn connect(address: &Address, options: ConnectOptions) -> kiapi_transport::Result<Self> {
        let client = Client::connect(address, &options)?;
        Ok(Self {
            address: address.clone(),
            options,
            client: RwLock::new(Arc::new(client)),
            apart: Turnstile::default(),
            edits: Turnstile::default(),
        })
    }

    fn address(&self) -> &Address {
        &self.address
    }

    fn options(&self) -> ConnectOptions {
        self.options
    }

    fn condition(&self) -> Condition {
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner);
        Condition::of(client.is_connected(), client.owes_answer())
    }

    async fn reconnect(&self, timeout: Duration) -> kiapi_transport::Result<()> {
        let mut client = self.client.write().unwrap_or_else(PoisonError::into_inner);
        if !client.is_connected() {
            *client = Arc::new(Client::connect(&self.address, &self.options.timeout(timeout))?);
        }
        Ok(())
    }

    async fn settle(&self, options: CallOptions) -> kiapi_transport::Result<()> {
        self.client().settle(&options)
    }

    fn go_on_with(&self, other: Self) {
        let client = other.client.into_inner().unwrap_or_else(PoisonError::into_inner);
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
    }

    async fn exchange(&self, request: &[u8], options: CallOptions) -> kiapi_transport::Result<Vec<u8>> {
        self.client().call(request, &options)
    }

    async fn turn(&self, of: Line, deadline: Deadline) -> Option<Turn<'_>> {
        let turnstile = match of {
            Line::Apart => &self.apart,
            Line::Edits => &self.edits,
        };
        turnstile.enter(deadline)
    }

    async fn sleep(&self, time: Duration) {
        thread::sleep(time);
    }

    fn run<'a, T: Send + 'a>(work: impl Future<Output = Result<T>> + Send + 'a) -> Result<T> {
        finish(work)
    }

    fn detach(work: impl Future<Output = ()> + Send + 'static) {
        finish(work);
    }
}

/// Polls once: all that an operation waits for blocks the thread.
fn finish<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("an operation waits for nothing but its link, which blocks"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait_for_line(turnstile: &Turnstile, length: usize) {
        let deadline = Deadline::after(Duration::from_secs(10));
        while turnstile.queue().waiting.len() != length {
            assert!(!deadline.has_passed(), "the line does not become {length} long");
            thread::yield_now();
        }
    }

    #[test]
    fn who_comes_first_is_served_first() {
        let (turnstile, served) = (Turnstile::default(), Mutex::new(Vec::new()));
        let turn = turnstile.enter(Deadline::NEVER);
        thread::scope(|scope| {
            for number in 0..8 {
                wait_for_line(&turnstile, number);
                let (turnstile, served) = (&turnstile, &served);
                scope.spawn(move || {
                    let _turn = turnstile.enter(Deadline::NEVER).unwrap();
                    served.lock().unwrap().push(number);
                });
            }
            wait_for_line(&turnstile, 8);
            drop(turn);
        });
        assert_eq!(*served.lock().unwrap(), [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn who_gives_up_is_not_waited_for() {
        let turnstile = Turnstile::default();
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
}
