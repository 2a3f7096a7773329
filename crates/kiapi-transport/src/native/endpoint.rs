//! A listening socket, and who runs its loop.
//!
//! The loop is run by whoever waits in `recv`: a request costs one wait, one read and one write, and no hop between
//! threads. But a server that works on a request for long must still welcome clients and finish writing its replies, as
//! KiCad does while it fills zones. So a second thread, the keeper, takes the loop over when nobody has waited for a
//! while, and hands it back as soon as someone does. While requests come quickly it only looks up now and then, and
//! while the server waits it sleeps.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::core::{Core, FIRST_CLIENT, Ready};
use super::peer::Peer;
use super::sys::{self, Bell, Place, Rung};
use crate::turn::{InTurn, lock};
use crate::{Address, Deadline, Error, ErrorKind, Request, Result, ServerOptions};

/// How long nobody waits for a request before the keeper takes the loop over.
const ABSENCE: Duration = Duration::from_millis(20);

/// A server's socket.
#[derive(Debug)]
pub(crate) struct Endpoint {
    shared: Arc<Shared>,
    keeper: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    address: Address,
    place: Place,
    /// Gone once closed.
    core: InTurn<Option<Core>>,
    bell: Bell,
    /// Clients whose reply did not fit into the socket.
    unsent: Mutex<Vec<u64>>,
    /// How many threads are in `recv`.
    waiting: AtomicUsize,
    /// How often a thread has come out of `recv`.
    returns: AtomicUsize,
    keeping: AtomicBool,
    /// Nothing more is received; what was is still handed out.
    draining: AtomicBool,
    closed: AtomicBool,
    clients: AtomicUsize,
    alarm: Alarm,
}

/// What the keeper sleeps on.
#[derive(Debug, Default)]
struct Alarm {
    asleep: AtomicBool,
    rung: Mutex<bool>,
    bell: Condvar,
}

/// The way back for one reply.
#[derive(Debug)]
pub(crate) struct Responder {
    shared: Arc<Shared>,
    peer: Arc<Peer>,
    key: u64,
    id: u32,
}

impl Endpoint {
    #[inline]
    pub(crate) fn bind(address: &Address, options: &ServerOptions) -> Result<Self> {
        let (listener, place) = sys::listen(address)?;
        // From here on the place is ours to clear.
        Self::start(address, place.clone(), |rung| Core::new(listener, rung, *options)).map_err(|error| {
            place.clear();
            Error::new(ErrorKind::Io, format!("cannot serve `{address}`")).with_source(error)
        })
    }

    fn start(
        address: &Address,
        place: Place,
        core: impl FnOnce(Rung) -> io::Result<Core>,
    ) -> io::Result<Self> {
        let (bell, rung) = sys::bell()?;
        let shared = Arc::new(Shared {
            address: address.clone(),
            place,
            core: InTurn::new(Some(core(rung)?)),
            bell,
            unsent: Mutex::default(),
            waiting: AtomicUsize::new(0),
            returns: AtomicUsize::new(0),
            keeping: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            clients: AtomicUsize::new(0),
            alarm: Alarm::default(),
        });
        let keeper = thread::Builder::new().name("kiapi-keeper".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || shared.keep()
        })?;
        Ok(Self { shared, keeper: Mutex::new(Some(keeper)) })
    }

    #[inline]
    pub(crate) fn recv(&self, deadline: Deadline) -> Result<Request> {
        let shared = &self.shared;
        shared.waiting.fetch_add(1, Ordering::SeqCst);
        if shared.keeping.load(Ordering::SeqCst) {
            shared.wake();
        }
        let received = shared.recv(deadline);
        shared.returns.fetch_add(1, Ordering::SeqCst);
        shared.waiting.fetch_sub(1, Ordering::SeqCst);
        if shared.alarm.asleep.load(Ordering::SeqCst) {
            shared.alarm.ring();
        }
        let Ready { key, peer, id, body } = received?;
        Ok(Request::native(body, Responder { shared: Arc::clone(shared), peer, key, id }))
    }

    #[inline]
    pub(crate) fn connections(&self) -> usize {
        self.shared.clients.load(Ordering::Relaxed)
    }

    #[inline]
    pub(crate) fn drain(&self) {
        self.shared.draining.store(true, Ordering::SeqCst);
        self.shared.wake();
    }

    #[inline]
    pub(crate) fn flush(&self, deadline: Deadline) {
        let shared = &self.shared;
        shared.waiting.fetch_add(1, Ordering::SeqCst);
        shared.wake(); // the keeper may be at it
        if let Some(mut turn) = shared.core.enter(deadline) {
            while let Some(core) = turn.as_mut().filter(|core| core.unread() > 0) {
                if deadline.has_passed() || shared.turn(core, deadline).is_err() {
                    break;
                }
            }
        }
        shared.waiting.fetch_sub(1, Ordering::SeqCst);
        shared.alarm.ring();
    }

    #[inline]
    pub(crate) fn close(&self) {
        let shared = &self.shared;
        shared.closed.store(true, Ordering::SeqCst);
        shared.wake();
        shared.alarm.ring();
        let Some(mut turn) = shared.core.enter(Deadline::NEVER) else {
            return;
        };
        if let Some(core) = turn.take() {
            shared.place.clear();
            drop(core);
            shared.clients.store(0, Ordering::Relaxed);
        }
        drop(turn);
        let keeper = lock(&self.keeper).take();
        if let Some(keeper) = keeper {
            // It has nothing to say, and no panic of its own.
            let _ = keeper.join();
        }
    }
}

impl Drop for Endpoint {
    #[inline]
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    #[inline]
    fn recv(&self, deadline: Deadline) -> Result<Ready> {
        let timeout =
            || Error::new(ErrorKind::Timeout, format!("no request came to `{}` in time", self.address));
        let mut turn = self.core.enter(deadline).ok_or_else(timeout)?;
        loop {
            let core = turn.as_mut().filter(|_| !self.closed.load(Ordering::SeqCst)).ok_or_else(|| {
                Error::new(ErrorKind::Closed, format!("the server at `{}` was closed", self.address))
            })?;
            let draining = self.draining.load(Ordering::SeqCst);
            if draining {
                core.drain();
            }
            if let Some(ready) = core.next() {
                return Ok(ready);
            }
            if draining {
                let message = format!("the server at `{}` is closing", self.address);
                return Err(Error::new(ErrorKind::Closed, message));
            }
            if deadline.has_passed() {
                return Err(timeout());
            }
            self.turn(core, deadline).map_err(|error| {
                Error::new(ErrorKind::Io, format!("cannot wait for requests to `{}`", self.address))
                    .with_source(error)
            })?;
        }
    }

    #[inline]
    fn turn(&self, core: &mut Core, deadline: Deadline) -> io::Result<()> {
        core.touch(&mut lock(&self.unsent));
        let turned = core.turn(deadline);
        self.clients.store(core.clients(), Ordering::Relaxed);
        turned
    }

    #[inline]
    fn wake(&self) {
        self.bell.ring();
    }

    /// The life of the keeper.
    #[inline]
    fn keep(&self) {
        let closed = || self.closed.load(Ordering::SeqCst);
        let attended = || self.waiting.load(Ordering::SeqCst) > 0;
        while !closed() {
            self.alarm.sleep(None, || attended() && !closed());
            // Not rung while requests come and go quickly: a ring for each of them would cost more than they do.
            let seen = self.returns.load(Ordering::SeqCst);
            self.alarm.sleep(Some(ABSENCE), || !closed());
            if !attended() && self.returns.load(Ordering::SeqCst) == seen {
                self.stand_in();
            }
        }
    }

    /// Runs the loop until someone else wants to.
    #[inline]
    fn stand_in(&self) {
        let Some(mut turn) = self.core.try_enter() else {
            return;
        };
        self.keeping.store(true, Ordering::SeqCst);
        while self.waiting.load(Ordering::SeqCst) == 0 && !self.closed.load(Ordering::SeqCst) {
            let Some(core) = turn.as_mut() else { break };
            if self.turn(core, Deadline::NEVER).is_err() {
                break; // the next `recv` will meet it and tell
            }
        }
        self.keeping.store(false, Ordering::SeqCst);
    }
}

impl Alarm {
    /// Sleeps for a time, or without one until rung; not at all when `still` says that the reason is gone.
    fn sleep(&self, time: Option<Duration>, still: impl Fn() -> bool) {
        let mut rung = lock(&self.rung);
        self.asleep.store(time.is_none(), Ordering::SeqCst);
        while !*rung && still() {
            match time {
                None => rung = self.bell.wait(rung).unwrap_or_else(PoisonError::into_inner),
                Some(time) => {
                    rung = self.bell.wait_timeout(rung, time).unwrap_or_else(PoisonError::into_inner).0;
                    break;
                }
            }
        }
        self.asleep.store(false, Ordering::SeqCst);
        *rung = false;
    }

    #[inline]
    fn ring(&self) {
        *lock(&self.rung) = true;
        self.bell.notify_all();
    }
}

impl Responder {
    #[inline]
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    #[inline]
    pub(crate) fn connection(&self) -> u64 {
        self.key - FIRST_CLIENT + 1
    }

    #[inline]
    pub(crate) fn reply(self, body: Vec<u8>) -> Result<()> {
        self.sent(self.peer.send(self.id, body))
    }

    #[inline]
    pub(crate) fn send_raw(&self, bytes: Vec<u8>) -> Result<()> {
        self.sent(self.peer.send_raw(bytes))
    }

    /// Sees to it that what the socket did not take is sent later.
    #[inline]
    fn sent(&self, outcome: io::Result<usize>) -> Result<()> {
        let shared = &self.shared;
        let unread = outcome.map_err(|error| {
            let message = format!("the client of `{}` that asked is gone", shared.address);
            Error::new(ErrorKind::Disconnected, message).with_source(error)
        })?;
        if unread > 0 {
            lock(&shared.unsent).push(self.key);
            // Someone may be waiting without knowing that there is something to write.
            if shared.waiting.load(Ordering::SeqCst) > 0 || shared.keeping.load(Ordering::SeqCst) {
                shared.wake();
            }
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn disconnect(self) {
        self.peer.close();
    }
}
