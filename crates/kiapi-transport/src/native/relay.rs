//! The connections of a relay: a thread for each, which waits for both of its ends at once.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, ErrorKind as Io};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::Socket;
use super::place::{self, Place};
use super::socket::{self, Wait};
use super::{Bell, Rung, bell};
use crate::exchange::{Exchange, at_once};
use crate::relay::{End, Passed, RelayEvent};
use crate::turn::lock;
use crate::wire::{self, Decoder, Frame, HANDSHAKE, Role, Wanted};
use crate::{Address, ConnectOptions, Deadline, Error, ErrorKind, Result, ServerOptions};

/// How much is read at a time.
const BUFFER: usize = 64 * 1024;
/// How long an end may take for the last frames that the other one sent before it went away.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// How long nothing is accepted when the process has no file descriptors or threads left.
const PAUSE: Duration = Duration::from_millis(50);

type Tell = Box<dyn Fn(RelayEvent) + Send + Sync>;

/// A relay that listens.
#[derive(Debug)]
pub(crate) struct Passage {
    shared: Arc<Shared>,
    place: Place,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    address: Address,
    server: Address,
    accept: ServerOptions,
    connect: ConnectOptions,
    tell: Tell,
    closed: AtomicBool,
    /// Wakes the thread that accepts.
    bell: Bell,
    /// The clients that are connected, to be woken when the relay is closed, and the threads that serve them.
    clients: Mutex<Vec<Served>>,
}

/// A client, and the thread that serves it.
struct Served {
    connection: u64,
    /// Gone when the connection is over.
    client: Option<Arc<UnixStream>>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("address", &self.address)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

impl Passage {
    pub(crate) fn start(
        address: &Address,
        server: &Address,
        accept: ServerOptions,
        connect: ConnectOptions,
        tell: Tell,
    ) -> Result<Self> {
        let (listener, place) = place::listen(address)?;
        // From here on the file is ours to remove.
        Self::run(address, server, accept, connect, tell, listener, place.clone()).map_err(|error| {
            place.clear();
            Error::new(ErrorKind::Io, format!("cannot serve `{address}`")).with_source(error)
        })
    }

    fn run(
        address: &Address,
        server: &Address,
        accept: ServerOptions,
        connect: ConnectOptions,
        tell: Tell,
        listener: UnixListener,
        place: Place,
    ) -> io::Result<Self> {
        let (bell, rung) = bell()?;
        let (address, server) = (address.clone(), server.clone());
        let closed = AtomicBool::new(false);
        let clients = Mutex::default();
        let shared = Arc::new(Shared { address, server, accept, connect, tell, closed, bell, clients });
        let thread = thread::Builder::new().name("kiapi-relay".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || shared.accept(&listener, &rung)
        })?;
        Ok(Self { shared, place, thread: Mutex::new(Some(thread)) })
    }

    pub(crate) fn connections(&self) -> usize {
        lock(&self.shared.clients).iter().filter(|served| served.client.is_some()).count()
    }

    pub(crate) fn close(&self) {
        let shared = &self.shared;
        if shared.closed.swap(true, Ordering::SeqCst) {
            return;
        }
        self.place.clear();
        shared.wake();
        // Nobody is accepted any more once that thread has ended.
        join(lock(&self.thread).take());
        let served = std::mem::take(&mut *lock(&shared.clients));
        for client in served.iter().filter_map(|served| served.client.as_ref()) {
            let _ = client.shutdown(Shutdown::Both);
        }
        served.into_iter().for_each(|served| join(served.thread));
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        self.close();
    }
}

fn join(thread: Option<JoinHandle<()>>) {
    if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
        // It has nothing to say; a panic of `tell` was printed where it happened.
        let _ = thread.join();
    }
}

impl Shared {
    fn wake(&self) {
        self.bell.ring();
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    fn tell(&self, connection: u64, what: Passed) {
        (self.tell)(RelayEvent { connection, at: Instant::now(), what });
    }

    /// The life of the thread that accepts.
    fn accept(self: &Arc<Self>, listener: &UnixListener, rung: &Rung) {
        let mut next = 1;
        while !self.is_closed() {
            self.forget_those_that_are_over();
            let full = lock(&self.clients).len() >= self.accept.max_connections;
            let wanted = if full { PollFlags::empty() } else { PollFlags::IN };
            let mut waited = [PollFd::new(listener, wanted), PollFd::new(rung, PollFlags::IN)];
            match poll(&mut waited, None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(_) => thread::sleep(PAUSE),
            }
            rung.clear();
            if full || self.is_closed() {
                continue;
            }
            match socket::accept(listener) {
                Ok(client) => {
                    if self.welcome(next, client).is_ok() {
                        next += 1;
                    }
                }
                Err(error)
                    if matches!(error.kind(), Io::WouldBlock | Io::Interrupted | Io::ConnectionAborted) => {}
                // Out of file descriptors or memory. Trying again at once would only burn time.
                Err(_) => thread::sleep(PAUSE),
            }
        }
    }

    fn forget_those_that_are_over(&self) {
        let mut clients = lock(&self.clients);
        let (over, rest) =
            std::mem::take(&mut *clients).into_iter().partition(|served| served.client.is_none());
        *clients = rest;
        drop(clients);
        // They have nothing left to do.
        Vec::into_iter(over).for_each(|served| join(served.thread));
    }

    /// Gives a client a thread. One that is not welcome sees the end of the connection.
    fn welcome(self: &Arc<Self>, connection: u64, client: UnixStream) -> io::Result<()> {
        if !self.accept.any_user && !socket::is_own_user(&client) {
            return Err(Io::PermissionDenied.into());
        }
        let client = Arc::new(client);
        let mut clients = lock(&self.clients);
        let thread = thread::Builder::new().name(format!("kiapi-relay {connection}")).spawn({
            let (shared, client) = (Arc::clone(self), Arc::clone(&client));
            move || {
                shared.serve(connection, &client);
                let mut clients = lock(&shared.clients);
                if let Some(served) = clients.iter_mut().find(|served| served.connection == connection) {
                    served.client = None;
                }
                drop(clients);
                shared.wake();
            }
        })?;
        clients.push(Served { connection, client: Some(client), thread: Some(thread) });
        Ok(())
    }

    /// A connection from its beginning to its end.
    fn serve(&self, connection: u64, client: &UnixStream) {
        // Nobody is told of who cannot even say what it is: it was no client.
        if greet(client, Deadline::after(self.accept.handshake_timeout)).is_err() {
            let _ = client.shutdown(Shutdown::Both);
            return;
        }
        let server = match at_once(Exchange::<Socket>::connect(&self.server, &self.connect)) {
            Ok(exchange) => exchange.into_socket().into_stream(),
            Err(error) => {
                self.tell(connection, Passed::Refused(error));
                let _ = client.shutdown(Shutdown::Both);
                return;
            }
        };
        self.tell(connection, Passed::Connected);
        let mut pair = Pair {
            client: Side::new(client, self.accept.max_request),
            server: Side::new(&server, self.connect.get_max_reply()),
            waiting: VecDeque::new(),
            asked: None,
            buffer: vec![0; BUFFER],
        };
        let tell = |what| self.tell(connection, what);
        let (mut by, why) = pair.pass(self.accept.max_unread, &tell);
        if self.is_closed() {
            by = End::Relay;
        }
        self.tell(connection, Passed::Ended { by, why });
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    }
}

/// The server's half of the handshake.
fn greet(client: &UnixStream, deadline: Deadline) -> io::Result<()> {
    // Eight bytes always fit into the buffer of a new socket.
    socket::send(client, &wire::rest(&Role::Rep.handshake(), &[], 0), Wait::No)?;
    let mut got = [0; HANDSHAKE];
    let mut have = 0;
    while have < HANDSHAKE {
        let time = match deadline.remaining() {
            Some(Duration::ZERO) => return Err(Io::TimedOut.into()),
            left => left.and_then(|left| Timespec::try_from(left).ok()),
        };
        match poll(&mut [PollFd::new(client, PollFlags::IN)], time.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        match socket::receive(client, &mut got[have..], Wait::No) {
            Ok(0) => return Err(Io::UnexpectedEof.into()),
            Ok(count) => have += count,
            Err(error) if error.kind() == Io::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Role::Req.check_peer(&got[..have]).map_err(io::Error::other)?;
    }
    Ok(())
}

/// One end of a connection.
struct Side<'a> {
    stream: &'a UnixStream,
    decoder: Decoder,
    limit: usize,
    /// What is to be sent; of the first piece so much is sent already.
    out: VecDeque<Vec<u8>>,
    sent: usize,
}

/// Why an end can be used no longer: with words, if it did not just close.
struct Gone(Option<String>);

impl<'a> Side<'a> {
    fn new(stream: &'a UnixStream, limit: usize) -> Self {
        Self { stream, decoder: Decoder::new(limit, Wanted::All), limit, out: VecDeque::new(), sent: 0 }
    }

    fn queue(&mut self, id: u32, body: Vec<u8>) {
        self.out.push_back(wire::head(id, body.len()).to_vec());
        if !body.is_empty() {
            self.out.push_back(body);
        }
    }

    fn unsent(&self) -> usize {
        self.out.iter().map(Vec::len).sum::<usize>() - self.sent
    }

    /// Sends what the socket takes.
    fn flush(&mut self) -> Result<(), Gone> {
        while let Some(first) = self.out.front() {
            let empty = Vec::new();
            let second = self.out.get(1).unwrap_or(&empty);
            let (length, total) = (first.len(), first.len() + second.len());
            match socket::send(self.stream, &wire::rest(first, second, self.sent), Wait::No) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == Io::WouldBlock => return Ok(()),
                Err(error) => return Err(gone(&error)),
            }
            if self.sent >= length {
                let has_second = total > length;
                let done = if self.sent == total && has_second { 2 } else { 1 };
                self.sent -= if done == 2 { total } else { length };
                self.out.drain(..done);
            }
        }
        Ok(())
    }

    /// Sends all that is left, if the other end takes it soon.
    fn finish(&mut self) {
        let deadline = Deadline::after(LAST_WORDS);
        while self.flush().is_ok() && !self.out.is_empty() {
            if socket::wait_until_writable(self.stream, deadline).is_err() {
                return;
            }
        }
    }

    /// Reads once. Gives the frames that are complete.
    fn read(&mut self, buffer: &mut [u8]) -> Result<Vec<Frame>, Gone> {
        let mut frames = Vec::new();
        if let Some(body) = self.decoder.space(buffer.len()) {
            let count = some(socket::receive_more(self.stream, body, Wait::No))?;
            let (frame, excess) = self.decoder.filled(count);
            frames.extend(frame);
            self.decode(&excess, &mut frames)?;
            return Ok(frames);
        }
        let count = some(socket::receive(self.stream, buffer, Wait::No))?;
        self.decode(&buffer[..count], &mut frames)?;
        Ok(frames)
    }

    fn decode(&mut self, mut input: &[u8], frames: &mut Vec<Frame>) -> Result<(), Gone> {
        while !input.is_empty() {
            let frame = self.decoder.decode(&mut input);
            frames.extend(frame.map_err(|error| Gone(Some(error.describe(self.limit))))?);
        }
        Ok(())
    }
}

fn gone(error: &io::Error) -> Gone {
    // A peer that closes before it has read everything resets the connection.
    let is_end = matches!(error.kind(), Io::BrokenPipe | Io::ConnectionReset);
    Gone((!is_end).then(|| error.to_string()))
}

/// How much was read, 0 when there is nothing yet.
fn some(read: io::Result<usize>) -> Result<usize, Gone> {
    match read {
        Ok(0) => Err(Gone(None)),
        Ok(count) => Ok(count),
        Err(error) if error.kind() == Io::WouldBlock => Ok(0),
        Err(error) => Err(gone(&error)),
    }
}

/// Both ends of a connection, and what is between them.
struct Pair<'a> {
    client: Side<'a>,
    server: Side<'a>,
    /// Requests that came before their turn.
    waiting: VecDeque<(u32, Vec<u8>)>,
    /// The request that is on its way, and since when.
    asked: Option<(u32, Instant)>,
    buffer: Vec<u8>,
}

impl Pair<'_> {
    /// Passes frames on until an end is gone: which, and why.
    fn pass(&mut self, max_unread: usize, tell: &dyn Fn(Passed)) -> (End, Option<String>) {
        loop {
            match self.turn(max_unread, tell) {
                Ok(()) => {}
                Err((End::Server, Gone(why))) => {
                    // What it answered before still counts.
                    self.client.finish();
                    return (End::Server, why);
                }
                Err((end, Gone(why))) => {
                    // What it asked before still counts, as far as it was passed on.
                    self.server.finish();
                    return (end, why);
                }
            }
        }
    }

    fn turn(&mut self, max_unread: usize, tell: &dyn Fn(Passed)) -> Result<(), (End, Gone)> {
        if self.asked.is_none() {
            if let Some((id, body)) = self.waiting.pop_front() {
                self.server.queue(id, body);
                self.asked = Some((id, Instant::now()));
            }
        }
        self.server.flush().map_err(|gone| (End::Server, gone))?;
        self.client.flush().map_err(|gone| (End::Client, gone))?;

        // Of a client that sends without end, or does not read, nothing more is taken than what is here. The end of a
        // connection is seen all the same.
        let wanted = |read: bool, side: &Side<'_>| {
            let read = if read { PollFlags::IN } else { PollFlags::empty() };
            if side.out.is_empty() { read } else { read | PollFlags::OUT }
        };
        let from_client = wanted(self.waiting.is_empty(), &self.client);
        let from_server = wanted(self.client.unsent() <= max_unread, &self.server);
        let mut waited =
            [PollFd::new(self.client.stream, from_client), PollFd::new(self.server.stream, from_server)];
        match poll(&mut waited, None) {
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(()),
            Err(error) => return Err((End::Relay, Gone(Some(io::Error::from(error).to_string())))),
        }
        let ready = PollFlags::IN | PollFlags::HUP | PollFlags::ERR;
        let [client, server] = [0, 1].map(|index| waited[index].revents().intersects(ready));
        if server {
            for Frame { id, body } in
                self.server.read(&mut self.buffer).map_err(|gone| (End::Server, gone))?
            {
                let body = body.unwrap_or_default();
                let asked = self.asked.take_if(|(asked, _)| *asked == id).map(|(_, since)| since);
                tell(Passed::Answer { id, body: body.clone(), asked });
                self.client.queue(id, body);
            }
        }
        if client {
            for Frame { id, body } in
                self.client.read(&mut self.buffer).map_err(|gone| (End::Client, gone))?
            {
                let body = body.unwrap_or_default();
                tell(Passed::Request { id, body: body.clone() });
                self.waiting.push_back((id, body));
            }
        }
        Ok(())
    }
}
