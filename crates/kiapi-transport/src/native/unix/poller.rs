//! Waiting for many sockets at once: epoll on Linux, poll elsewhere.
//!
//! `poll` hands the whole list of sockets to the system for every wait, `epoll` only what changed. A server with a
//! thousand idle clients should not notice them.

use std::io;
use std::time::Duration;

use rustix::event::Timespec;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(in super::super) use self::with_epoll::Poller;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(in super::super) use self::with_poll::Poller;

#[inline]
fn timespec(time: Duration) -> io::Result<Timespec> {
    Timespec::try_from(time).map_err(|_| io::ErrorKind::InvalidInput.into())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod with_epoll {
    use std::io;
    use std::mem::MaybeUninit;
    use std::os::fd::{AsFd, OwnedFd};
    use std::time::Duration;

    use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
    use rustix::io::Errno;

    use super::timespec;
    use crate::native::event::{Event, Interest};

    /// How many events are taken from the system in one go; those left over come with the next wait.
    const AT_ONCE: usize = 64;

    #[derive(Debug)]
    pub(in super::super::super) struct Poller {
        epoll: OwnedFd,
    }

    impl Poller {
        #[inline]
        pub(in super::super::super) fn new() -> io::Result<Self> {
            Ok(Self { epoll: epoll::create(CreateFlags::CLOEXEC)? })
        }

        pub(in super::super::super) fn add(
            &mut self,
            socket: impl AsFd,
            key: u64,
            interest: Interest,
        ) -> io::Result<()> {
            Ok(epoll::add(&self.epoll, socket, EventData::new_u64(key), flags(interest))?)
        }

        pub(in super::super::super) fn change(
            &mut self,
            socket: impl AsFd,
            key: u64,
            interest: Interest,
        ) -> io::Result<()> {
            Ok(epoll::modify(&self.epoll, socket, EventData::new_u64(key), flags(interest))?)
        }

        pub(in super::super::super) fn remove(&mut self, socket: impl AsFd, _key: u64) {
            // It fails only for what was never added.
            let _ = epoll::delete(&self.epoll, socket);
        }

        #[inline]
        pub(in super::super::super) fn wait(
            &mut self,
            time: Option<Duration>,
            into: &mut Vec<Event>,
        ) -> io::Result<()> {
            into.clear();
            let time = time.map(timespec).transpose()?;
            let mut events = [const { MaybeUninit::uninit() }; AT_ONCE];
            let events = match epoll::wait(&self.epoll, &mut events, time.as_ref()) {
                Ok((events, _)) => events,
                Err(Errno::INTR) => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            into.extend(events.iter().map(|event| {
                let (data, flags) = (event.data, event.flags);
                Event {
                    key: data.u64(),
                    readable: flags.contains(EventFlags::IN),
                    writable: flags.contains(EventFlags::OUT),
                    hung_up: flags.intersects(EventFlags::HUP | EventFlags::ERR),
                }
            }));
            Ok(())
        }
    }

    #[inline]
    fn flags(interest: Interest) -> EventFlags {
        let mut flags = EventFlags::empty();
        flags.set(EventFlags::IN, interest.read);
        flags.set(EventFlags::OUT, interest.write);
        flags
    }
}

#[cfg(any(test, not(any(target_os = "linux", target_os = "android"))))]
mod with_poll {
    use std::collections::BTreeMap;
    use std::io;
    use std::os::fd::{AsFd, OwnedFd};
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::Errno;

    use super::timespec;
    use crate::native::event::{Event, Interest};

    #[derive(Debug)]
    pub(in super::super::super) struct Poller {
        /// Copies, because nothing here may borrow from whoever owns the sockets.
        sockets: BTreeMap<u64, (OwnedFd, Interest)>,
    }

    impl Poller {
        #[allow(clippy::unnecessary_wraps)] // the other one can fail
        #[inline]
        pub(in super::super::super) fn new() -> io::Result<Self> {
            Ok(Self { sockets: BTreeMap::new() })
        }

        pub(in super::super::super) fn add(
            &mut self,
            socket: impl AsFd,
            key: u64,
            interest: Interest,
        ) -> io::Result<()> {
            self.sockets.insert(key, (socket.as_fd().try_clone_to_owned()?, interest));
            Ok(())
        }

        pub(in super::super::super) fn change(
            &mut self,
            _socket: impl AsFd,
            key: u64,
            interest: Interest,
        ) -> io::Result<()> {
            let entry = self.sockets.get_mut(&key).ok_or(io::ErrorKind::NotFound)?;
            entry.1 = interest;
            Ok(())
        }

        pub(in super::super::super) fn remove(&mut self, _socket: impl AsFd, key: u64) {
            self.sockets.remove(&key);
        }

        #[inline]
        pub(in super::super::super) fn wait(
            &mut self,
            time: Option<Duration>,
            into: &mut Vec<Event>,
        ) -> io::Result<()> {
            into.clear();
            let time = time.map(timespec).transpose()?;
            let mut list: Vec<_> = self
                .sockets
                .values()
                .map(|(socket, interest)| PollFd::new(socket, flags(*interest)))
                .collect();
            match poll(&mut list, time.as_ref()) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let found = self.sockets.keys().zip(list).map(|(key, entry)| {
                let flags = entry.revents();
                Event {
                    key: *key,
                    readable: flags.contains(PollFlags::IN),
                    writable: flags.contains(PollFlags::OUT),
                    hung_up: flags.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL),
                }
            });
            into.extend(found.filter(|event| event.readable || event.writable || event.hung_up));
            Ok(())
        }
    }

    #[inline]
    fn flags(interest: Interest) -> PollFlags {
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, interest.read);
        flags.set(PollFlags::OUT, interest.write);
        flags
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::native::event::{Event, Interest};

    const NOW: Option<Duration> = Some(Duration::ZERO);

    /// Both pollers have to agree, and only one of them is used on the system that runs the tests.
    macro_rules! on_both {
        ($poller:ident => $body:block) => {
            #[cfg(any(target_os = "linux", target_os = "android"))]
            {
                let mut $poller = super::with_epoll::Poller::new().unwrap();
                $body
            }
            {
                let mut $poller = super::with_poll::Poller::new().unwrap();
                $body
            }
        };
    }

    #[test]
    fn only_what_is_wanted_is_reported() {
        on_both!(poller => {
            let (here, mut there) = UnixStream::pair().unwrap();
            let mut events = Vec::new();
            poller.add(&here, 7, Interest::READ).unwrap();
            poller.wait(NOW, &mut events).unwrap();
            assert_eq!(events, []);

            there.write_all(b"x").unwrap();
            poller.wait(None, &mut events).unwrap();
            assert_eq!(events, [Event { key: 7, readable: true, writable: false, hung_up: false }]);

            poller.change(&here, 7, Interest { read: false, write: true }).unwrap();
            poller.wait(None, &mut events).unwrap();
            assert_eq!(events, [Event { key: 7, readable: false, writable: true, hung_up: false }]);

            poller.change(&here, 7, Interest::NOTHING).unwrap();
            poller.wait(NOW, &mut events).unwrap();
            assert_eq!(events, []);
        });
    }

    #[test]
    fn a_peer_that_is_gone_is_reported_without_being_asked_for() {
        on_both!(poller => {
            let (here, there) = UnixStream::pair().unwrap();
            let mut events = Vec::new();
            poller.add(&here, 1, Interest::NOTHING).unwrap();
            drop(there);
            poller.wait(None, &mut events).unwrap();
            assert!(matches!(events[..], [Event { key: 1, hung_up: true, .. }]), "{events:?}");

            poller.remove(&here, 1);
            poller.wait(NOW, &mut events).unwrap();
            assert_eq!(events, []);
        });
    }
}
