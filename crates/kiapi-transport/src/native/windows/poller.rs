//! Waiting for many pipes at once.
//!
//! Each has a waker of its own, which notes its key. A wait looks at those whose key was noted, and at those that had
//! something the last time: as with `epoll`, what is not taken is told again.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use crate::Deadline;
use crate::native::event::{Event, Interest};
use crate::turn::lock;

/// What a poller can look at.
pub(in super::super) trait Source: Send + Sync + fmt::Debug {
    /// Tells what has happened. The waker is called when there may be more to tell.
    fn poll(&self, interest: Interest, event: &mut Event, context: &mut Context<'_>);
}

/// What has a source.
pub(in super::super) trait Watched {
    fn source(&self) -> Arc<dyn Source>;
}

#[derive(Debug)]
pub(in super::super) struct Poller {
    entries: HashMap<u64, Entry>,
    /// Those to look at in any case.
    again: BTreeSet<u64>,
    notes: Arc<Notes>,
}

#[derive(Debug)]
struct Entry {
    source: Arc<dyn Source>,
    interest: Interest,
    waker: Waker,
}

/// Keys of those whose waker was called.
#[derive(Debug, Default)]
struct Notes {
    keys: Mutex<BTreeSet<u64>>,
    more: Condvar,
}

/// Notes a key.
struct Note {
    key: u64,
    notes: Arc<Notes>,
}

impl Wake for Note {
    #[inline]
    fn wake(self: Arc<Self>) {
        lock(&self.notes.keys).insert(self.key);
        self.notes.more.notify_one();
    }
}

impl Poller {
    #[allow(clippy::unnecessary_wraps)] // those of Unix can fail
    #[inline]
    pub(in super::super) fn new() -> io::Result<Self> {
        Ok(Self { entries: HashMap::new(), again: BTreeSet::new(), notes: Arc::default() })
    }

    #[allow(clippy::unnecessary_wraps)] // those of Unix can fail
    pub(in super::super) fn add(
        &mut self,
        watched: &impl Watched,
        key: u64,
        interest: Interest,
    ) -> io::Result<()> {
        let waker = Waker::from(Arc::new(Note { key, notes: Arc::clone(&self.notes) }));
        self.entries.insert(key, Entry { source: watched.source(), interest, waker });
        self.again.insert(key);
        Ok(())
    }

    pub(in super::super) fn change(
        &mut self,
        _watched: &impl Watched,
        key: u64,
        interest: Interest,
    ) -> io::Result<()> {
        let entry = self.entries.get_mut(&key).ok_or(io::ErrorKind::NotFound)?;
        entry.interest = interest;
        self.again.insert(key);
        Ok(())
    }

    pub(in super::super) fn remove(&mut self, _watched: &impl Watched, key: u64) {
        self.entries.remove(&key);
    }

    #[allow(clippy::unnecessary_wraps)] // those of Unix can fail
    #[inline]
    pub(in super::super) fn wait(&mut self, time: Option<Duration>, into: &mut Vec<Event>) -> io::Result<()> {
        into.clear();
        let deadline = time.map_or(Deadline::NEVER, Deadline::after);
        loop {
            let mut keys = std::mem::take(&mut self.again);
            keys.append(&mut lock(&self.notes.keys));
            for key in keys {
                let Some(entry) = self.entries.get(&key) else { continue };
                let mut event = Event { key, readable: false, writable: false, hung_up: false };
                entry.source.poll(entry.interest, &mut event, &mut Context::from_waker(&entry.waker));
                if event.readable || event.writable || event.hung_up {
                    into.push(event);
                    self.again.insert(key);
                }
            }
            if !into.is_empty() || deadline.has_passed() {
                return Ok(());
            }
            let noted = lock(&self.notes.keys);
            let more = &self.notes.more;
            let nothing = |keys: &mut BTreeSet<u64>| keys.is_empty();
            match deadline.remaining() {
                None => drop(more.wait_while(noted, nothing).unwrap_or_else(PoisonError::into_inner)),
                Some(left) => drop(
                    more.wait_timeout_while(noted, left, nothing).unwrap_or_else(PoisonError::into_inner),
                ),
            }
        }
    }
}
