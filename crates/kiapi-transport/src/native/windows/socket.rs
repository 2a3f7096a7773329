//! An end of a pipe as this crate needs it, beside what tokio's own type has.

use std::io::{self, ErrorKind as Io, IoSlice};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use ::tokio::io::Interest as Readiness;
#[cfg(feature = "server")]
use ::tokio::net::windows::named_pipe::NamedPipeServer;
use ::tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient};

#[cfg(feature = "server")]
use super::listener::Listener;
#[cfg(feature = "server")]
use super::poller::{Source, Watched};
#[cfg(feature = "tokio")]
pub(crate) use super::reactor::handle as reactor;
#[cfg(feature = "server")]
use crate::native::event::{Event, Interest};
use crate::turn::lock;

/// How much is given to the system at a time. A request that is cut off is cut off between two of these, so that less of
/// it may be on its way than that.
const AT_ONCE: usize = 64 * 1024;
/// All instances of the pipe are taken by clients (`ERROR_PIPE_BUSY`).
const BUSY: i32 = 231;
/// What a read brought is lost (`ERROR_IO_INCOMPLETE`). Wine alone does this, when it comes at the moment at which the thread
/// ends that began the read.
const LOST: i32 = 996;

/// How the functions here wait: not at all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    No,
}

/// For what to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Receive,
    Send,
}

/// One end of a connection.
#[derive(Debug)]
pub(crate) struct Stream(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Gone once shut.
    end: Mutex<Option<End>>,
    /// How much the system was given last, until it is known to have taken it.
    in_flight: AtomicUsize,
    /// Who wants to know that it was shut.
    watcher: Mutex<Option<Waker>>,
}

#[derive(Debug)]
enum End {
    #[cfg(feature = "server")]
    Server(NamedPipeServer),
    Client(NamedPipeClient),
}

/// Calls the same method of either end.
macro_rules! either {
    ($end:expr, $pipe:ident => $call:expr) => {
        match $end {
            #[cfg(feature = "server")]
            End::Server($pipe) => $call,
            End::Client($pipe) => $call,
        }
    };
}

/// Opens the pipe with a full name, on the [`reactor`] that the thread has entered.
///
/// # Errors
///
/// [`Io::WouldBlock`] while all its instances are taken, or what the system says.
#[inline]
pub(crate) fn connect_now(name: &str) -> io::Result<Stream> {
    match ClientOptions::new().open(name) {
        Ok(pipe) => Ok(Stream::new(End::Client(pipe))),
        Err(error) if error.raw_os_error() == Some(BUSY) => Err(Io::WouldBlock.into()),
        Err(error) => Err(error),
    }
}

/// The next client that has connected.
#[cfg(feature = "server")]
#[inline]
pub(in super::super) fn accept(listener: &Listener) -> io::Result<Stream> {
    listener.accept().map(|pipe| Stream::new(End::Server(pipe)))
}

/// Whether the peer belongs to our user. Windows tells only through calls that are not safe, so nobody is asked: who may
/// open a pipe, and who may make one of that name, is in its access rights.
#[allow(clippy::unnecessary_wraps, reason = "elsewhere the system may not say who we are")]
#[inline]
pub(crate) fn is_own_user(_socket: &Stream) -> io::Result<bool> {
    Ok(true)
}

/// Sends what the system takes; `WouldBlock` when that is nothing.
#[inline]
pub(crate) fn send(socket: &Stream, parts: &[IoSlice<'_>; 2], _wait: Wait) -> io::Result<usize> {
    let [first, second] = parts;
    let mut joined = Vec::new();
    let piece = match (first.len(), second.len()) {
        (0, 0) => return Ok(0), // a pipe would make an empty message of it
        (0, length) => &second[..length.min(AT_ONCE)],
        (length, 0) => &first[..length.min(AT_ONCE)],
        (one, other) => {
            joined.reserve_exact((one + other).min(AT_ONCE));
            joined.extend_from_slice(&first[..one.min(AT_ONCE)]);
            joined.extend_from_slice(&second[..other.min(AT_ONCE - joined.len())]);
            &joined[..]
        }
    };
    let end = lock(&socket.0.end);
    let pipe = end.as_ref().ok_or(Io::BrokenPipe)?;
    let mut sent = 0;
    let write = || {
        sent = either!(pipe, pipe => pipe.try_write(piece))?;
        socket.0.in_flight.store(sent, Ordering::SeqCst);
        // There is always a word when the system has taken it; until then nothing more can be given.
        Err::<(), _>(Io::WouldBlock.into())
    };
    let done = either!(pipe, pipe => pipe.try_io(Readiness::WRITABLE, write));
    match done {
        Err(error) if sent == 0 => Err(error),
        _ => Ok(sent),
    }
}

/// Receives what is there; 0 at the end of the stream.
#[inline]
pub(crate) fn receive(socket: &Stream, into: &mut [u8], _wait: Wait) -> io::Result<usize> {
    let end = lock(&socket.0.end);
    let pipe = end.as_ref().ok_or(Io::BrokenPipe)?;
    match either!(pipe, pipe => pipe.try_read(into)) {
        // What comes after it must not be taken for it.
        Err(error) if error.raw_os_error() == Some(LOST) => {
            let what = "what had come was lost with the thread that waited for it, as happens under Wine";
            Err(io::Error::new(Io::ConnectionAborted, what))
        }
        done => done,
    }
}

/// Like [`receive`], appending to a vector that has room.
#[inline]
pub(crate) fn receive_more(socket: &Stream, into: &mut Vec<u8>, wait: Wait) -> io::Result<usize> {
    let have = into.len();
    let room = (into.capacity() - have).min(AT_ONCE);
    into.resize(have + room, 0);
    let received = receive(socket, &mut into[have..], wait);
    into.truncate(have + *received.as_ref().unwrap_or(&0));
    received
}

/// How much was taken to be sent and is not known to be with the system.
#[cfg(feature = "server")]
#[inline]
pub(in super::super) fn in_flight(socket: &Stream) -> usize {
    socket.0.in_flight.load(Ordering::SeqCst)
}

/// Ends the connection, for the peer too.
///
/// What the system has is there for the peer to read. What it has not taken yet is lost when a server does this, and goes
/// out first when a client does: it never is the end of a request.
#[inline]
pub(crate) fn shut(socket: &Stream) {
    let end = lock(&socket.0.end).take();
    #[cfg(feature = "server")]
    if let Some(End::Server(pipe)) = &end {
        let idle = pipe.poll_write_ready(&mut Context::from_waker(Waker::noop())).is_ready();
        if !idle {
            // Otherwise the pipe would stay until a client that does not read has read.
            let _ = pipe.disconnect();
        }
    }
    drop(end);
    socket.0.in_flight.store(0, Ordering::SeqCst);
    let watcher = lock(&socket.0.watcher).take();
    if let Some(watcher) = watcher {
        watcher.wake();
    }
}

impl Stream {
    #[inline]
    fn new(end: End) -> Self {
        let (end, in_flight, watcher) = (Mutex::new(Some(end)), AtomicUsize::new(0), Mutex::default());
        Self(Arc::new(Shared { end, in_flight, watcher }))
    }

    /// Pending until something can be received, or sent; or an error would come of trying.
    #[inline]
    pub(crate) fn poll_ready(&self, direction: Direction, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_ready(direction, context)
    }
}

impl Shared {
    #[inline]
    fn poll_ready(&self, direction: Direction, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let end = lock(&self.end);
        let Some(pipe) = &*end else { return Poll::Ready(Err(Io::BrokenPipe.into())) };
        match direction {
            Direction::Receive => either!(pipe, pipe => pipe.poll_read_ready(context)),
            Direction::Send => {
                let ready = either!(pipe, pipe => pipe.poll_write_ready(context));
                if ready.is_ready() {
                    self.in_flight.store(0, Ordering::SeqCst);
                }
                ready
            }
        }
    }
}

#[cfg(feature = "server")]
impl Source for Shared {
    #[inline]
    fn poll(&self, interest: Interest, event: &mut Event, context: &mut Context<'_>) {
        // In this order: whoever shuts it after the look finds the waker.
        *lock(&self.watcher) = Some(context.waker().clone());
        event.hung_up = lock(&self.end).is_none();
        let mut ready = |direction| match self.poll_ready(direction, context) {
            Poll::Pending => false,
            Poll::Ready(Ok(())) => true,
            Poll::Ready(Err(_)) => {
                event.hung_up = true;
                true
            }
        };
        event.readable = interest.read && ready(Direction::Receive);
        event.writable = interest.write && ready(Direction::Send);
    }
}

#[cfg(feature = "server")]
impl Watched for Stream {
    #[inline]
    fn source(&self) -> Arc<dyn Source> {
        Arc::clone(&self.0) as _
    }
}
