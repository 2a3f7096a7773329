//! A pipe that clients connect to.
//!
//! A pipe has instances, each for one client. There is always one more than there are clients, which waits for the next.

use std::io::{self, ErrorKind as Io};
use std::pin::pin;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use ::tokio::net::windows::named_pipe::{NamedPipeServer, ServerOptions};
use ::tokio::runtime::Handle;
use ::tokio::task::yield_now;

use super::poller::{Source, Watched};
use super::reactor;
use crate::native::Client;
use crate::native::event::{Event, Interest};
use crate::turn::lock;
use crate::{Address, ConnectOptions, Deadline, Error, ErrorKind, Result};

/// How much a pipe holds in each direction before whoever writes has to wait.
const ROOM: u32 = 64 * 1024;
/// How long a pipe may take to go away after it was closed.
const FAREWELL: Duration = Duration::from_secs(1);
/// How often the system is asked until nothing old is left: it gives many answers at a time, and those may lead to more.
const ROUNDS: usize = 3;
/// How long a pipe that is in our way has time to go away, or to prove that somebody listens there.
const PROBE: Duration = Duration::from_secs(2);
const PIPES: &str = r"\\.\pipe\";

/// Where a server listens. A pipe goes away by itself, so there is nothing to clear.
#[derive(Clone, Debug)]
pub(in super::super) struct Place;

impl Place {
    #[allow(clippy::unused_self)] // the one of Unix has something to do
    #[inline]
    pub(in super::super) fn clear(&self) {}
}

/// A pipe that this process was the first to make.
#[derive(Debug)]
pub(in super::super) struct Listener(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    name: String,
    reactor: Handle,
    /// The instance that waits for the next client; gone only while this is dropped.
    next: Mutex<Option<NamedPipeServer>>,
}

/// Which instance of a pipe it is to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Instance {
    /// The first; an error if anybody has a pipe of that name.
    First,
    Further,
}

/// Listens at an address.
#[inline]
pub(in super::super) fn listen(address: &Address) -> Result<(Listener, Place)> {
    let Some(name) = address.pipe_name() else {
        let message = format!("cannot listen at `{address}`: it is no pipe");
        return Err(Error::new(ErrorKind::Unsupported, message));
    };
    let first = reactor::handle().and_then(|reactor| {
        // The system refuses a second first instance, without a gap. Wine 10.0 neither does that nor lists pipes.
        if exists(&name).is_none() && answers(address) {
            return Err(Io::AddrInUse.into());
        }
        let pipe = create(&name, &reactor, Instance::First)?;
        Ok((reactor, pipe))
    });
    match first {
        Ok((reactor, pipe)) => {
            let next = Mutex::new(Some(pipe));
            Ok((Listener(Arc::new(Shared { name, reactor, next })), Place))
        }
        Err(error) => {
            // Windows has one error for a pipe that is somebody's and for one that this user may not make.
            let (kind, hint) = match error.kind() {
                Io::AddrInUse => (ErrorKind::AddressInUse, ": somebody else listens there"),
                _ if exists(&name) == Some(true) => {
                    (ErrorKind::AddressInUse, ": somebody else listens there")
                }
                Io::PermissionDenied => {
                    (ErrorKind::PermissionDenied, ": this user may not make a pipe of that name")
                }
                _ => (ErrorKind::Io, ""),
            };
            Err(Error::new(kind, format!("cannot listen at `{address}`{hint}")).with_source(error))
        }
    }
}

impl Listener {
    /// The next client that has connected.
    ///
    /// # Errors
    ///
    /// [`Io::WouldBlock`] when there is none, or what the system says.
    #[inline]
    pub(super) fn accept(&self) -> io::Result<NamedPipeServer> {
        let Shared { name, reactor, next } = &*self.0;
        let mut next = lock(next);
        let waiting = next.as_ref().ok_or(Io::BrokenPipe)?;
        match connected(waiting) {
            Poll::Pending => Err(Io::WouldBlock.into()),
            Poll::Ready(outcome) => {
                // First the next one, so that the name is never free; if there is none, the client waits here.
                let new = create(name, reactor, Instance::Further)?;
                let pipe = next.replace(new).ok_or(Io::BrokenPipe)?;
                outcome.map(|()| pipe).map_err(|_| Io::ConnectionAborted.into())
            }
        }
    }
}

impl Source for Shared {
    #[inline]
    fn poll(&self, interest: Interest, event: &mut Event, context: &mut Context<'_>) {
        if let Some(waiting) = lock(&self.next).as_ref().filter(|_| interest.read) {
            // A pipe becomes writable when a client has connected.
            event.readable = waiting.poll_write_ready(context).is_ready();
        }
    }
}

impl Watched for Listener {
    #[inline]
    fn source(&self) -> Arc<dyn Source> {
        Arc::clone(&self.0) as _
    }
}

impl Drop for Shared {
    #[inline]
    fn drop(&mut self) {
        lock(&self.next).take();
        // The system says in its own time that it waits for nobody any more. Until then clients would find the pipe, and a
        // new server would find its name taken.
        let deadline = Deadline::after(FAREWELL);
        catch_up(&self.reactor, FAREWELL);
        while exists(&self.name) == Some(true) && !deadline.has_passed() {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Waits until the reactor's thread has heard all that the system has to say now, but no longer than `at_most`. What is
/// closed has then let go of its pipe.
#[inline]
fn catch_up(reactor: &Handle, at_most: Duration) {
    let (sender, done) = channel();
    reactor.spawn(async move {
        for _ in 0..ROUNDS {
            // Goes on once the system was asked.
            yield_now().await;
        }
        let _ = sender.send(());
    });
    // Late or never: then the pipe goes later too.
    let _ = done.recv_timeout(at_most);
}

/// Makes an instance that waits for a client. Those of other machines are refused by the system.
#[inline]
fn create(name: &str, reactor: &Handle, instance: Instance) -> io::Result<NamedPipeServer> {
    let _entered = reactor.enter();
    let pipe = ServerOptions::new()
        .first_pipe_instance(instance == Instance::First)
        .reject_remote_clients(true)
        .in_buffer_size(ROOM)
        .out_buffer_size(ROOM)
        .create(name)?;
    // Whatever comes of it comes of the next look too.
    let _ = connected(&pipe);
    Ok(pipe)
}

/// Whether a client has connected. From the first look on, the pipe says when it is worth another one.
#[inline]
fn connected(pipe: &NamedPipeServer) -> Poll<io::Result<()>> {
    pin!(pipe.connect()).poll(&mut Context::from_waker(Waker::noop()))
}

/// Whether there is a pipe of that name, without opening it; `None` where pipes cannot be listed.
#[inline]
fn exists(name: &str) -> Option<bool> {
    let name = name.strip_prefix(PIPES).unwrap_or(name);
    let mut pipes = std::fs::read_dir(PIPES).ok()?;
    Some(pipes.any(|pipe| {
        let pipe = pipe.map(|pipe| pipe.file_name());
        pipe.is_ok_and(|known| known.to_str().is_some_and(|known| known.eq_ignore_ascii_case(name)))
    }))
}

/// Whether there is a pipe at an address, asked with a whole handshake: a connection without one can wedge a KiCad.
#[inline]
fn answers(address: &Address) -> bool {
    let deadline = Deadline::after(PROBE);
    while let Some(left) = deadline.remaining().filter(|left| !left.is_zero()) {
        match Client::connect(address, &ConnectOptions::new().timeout(left)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return false,
            // A pipe that is going away takes a client and drops it.
            Err(error) if error.is_disconnected() => thread::sleep(Duration::from_millis(1)),
            _ => return true,
        }
    }
    true
}
