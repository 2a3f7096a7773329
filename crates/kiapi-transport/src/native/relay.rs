//! The connections of a relay: a thread for each, which waits for both of its ends at once.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, ErrorKind as Io};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::event::{Event, Interest};
use super::sys::socket::{self, Wait};
use super::sys::{self, Bell, Listener, Place, Poller, Rung, Socket, Stream};
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

/// The keys of what the thread waits for that accepts.
const LISTENER: u64 = 0;
const RUNG: u64 = 1;
/// The keys of the ends of a connection.
const CLIENT: u64 = 0;
const SERVER: u64 = 1;

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
    client: Option<Arc<Stream>>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Shared {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("address", &self.address)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

impl Passage {
    #[inline]
    pub(crate) fn start(
        address: &Address,
        server: &Address,
        accept: ServerOptions,
        connect: ConnectOptions,
        tell: Tell,
    ) -> Result<Self> {
        let (listener, place) = sys::listen(address)?;
        // From here on the place is ours to clear.
        Self::run(address, server, accept, connect, tell, listener, place.clone()).map_err(|error| {
            place.clear();
            Error::new(ErrorKind::Io, format!("cannot serve `{address}`")).with_source(error)
        })
    }

    #[inline]
    fn run(
        address: &Address,
        server: &Address,
        accept: ServerOptions,
        connect: ConnectOptions,
        tell: Tell,
        listener: Listener,
        place: Place,
    ) -> io::Result<Self> {
        let (bell, rung) = sys::bell()?;
        let mut poller = Poller::new()?;
        poller.add(&listener, LISTENER, Interest::READ)?;
        poller.add(&rung, RUNG, Interest::READ)?;
        let (address, server) = (address.clone(), server.clone());
        let closed = AtomicBool::new(false);
        let clients = Mutex::default();
        let shared = Arc::new(Shared { address, server, accept, connect, tell, closed, bell, clients });
        let thread = thread::Builder::new().name("kiapi-relay".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || shared.accept(&listener, &rung, poller)
        })?;
        Ok(Self { shared, place, thread: Mutex::new(Some(thread)) })
    }

    #[inline]
    pub(crate) fn connections(&self) -> usize {
        lock(&self.shared.clients).iter().filter(|served| served.client.is_some()).count()
    }

    #[inline]
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
            socket::shut(client);
        }
        served.into_iter().for_each(|served| join(served.thread));
    }
}

impl Drop for Passage {
    #[inline]
    fn drop(&mut self) {
        self.close();
    }
}

#[inline]
fn join(thread: Option<JoinHandle<()>>) {
    if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
        // It has nothing to say; a panic of `tell` was printed where it happened.
        let _ = thread.join();
    }
}

impl Shared {
    #[inline]
    fn wake(&self) {
        self.bell.ring();
    }

    #[inline]
    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    #[inline]
    fn tell(&self, connection: u64, what: Passed) {
        (self.tell)(RelayEvent { connection, at: Instant::now(), what });
    }

    /// The life of the thread that accepts.
    #[inline]
    fn accept(self: &Arc<Self>, listener: &Listener, rung: &Rung, mut poller: Poller) {
        let (mut next, mut interest, mut events) = (1, Interest::READ, Vec::new());
        while !self.is_closed() {
            self.forget_those_that_are_over();
            let full = lock(&self.clients).len() >= self.accept.max_connections;
            let wanted = if full { Interest::NOTHING } else { Interest::READ };
            if wanted != interest && poller.change(listener, LISTENER, wanted).is_ok() {
                interest = wanted;
            }
            if poller.wait(None, &mut events).is_err() {
                thread::sleep(PAUSE);
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

    #[inline]
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
    #[inline]
    fn welcome(self: &Arc<Self>, connection: u64, client: Stream) -> io::Result<()> {
        if !self.accept.any_user && !socket::is_own_user(&client)? {
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
    #[inline]
    fn serve(&self, connection: u64, client: &Stream) {
        // Nobody is told of who cannot even say what it is: it was no client.
        if greet(client, Deadline::after(self.accept.handshake_timeout)).is_err() {
            socket::shut(client);
            return;
        }
        let server = match at_once(Exchange::<Socket>::connect(&self.server, &self.connect)) {
            Ok(exchange) => exchange.into_socket().into_stream(),
            Err(error) => {
                self.tell(connection, Passed::Refused(error));
                socket::shut(client);
                return;
            }
        };
        self.tell(connection, Passed::Connected);
        let client_side = Side::new(client, CLIENT, self.accept.max_request);
        let server_side = Side::new(&server, SERVER, self.connect.get_max_reply());
        let tell = |what| self.tell(connection, what);
        let (mut by, why) = match Pair::new(client_side, server_side) {
            Ok(mut pair) => pair.pass(self.accept.max_unread, &tell),
            Err(error) => (End::Relay, Some(error.to_string())),
        };
        if self.is_closed() {
            by = End::Relay;
        }
        self.tell(connection, Passed::Ended { by, why });
        socket::shut(client);
        socket::shut(&server);
    }
}

/// The server's half of the handshake.
#[inline]
fn greet(client: &Stream, deadline: Deadline) -> io::Result<()> {
    let ours = Role::Rep.handshake();
    let mut theirs = [0; HANDSHAKE];
    let (mut sent, mut have) = (0, 0);
    let (mut poller, mut events) = (Poller::new()?, Vec::new());
    poller.add(client, CLIENT, Interest::NOTHING)?;
    loop {
        if sent < HANDSHAKE {
            sent += some(socket::send(client, &wire::rest(&ours, &[], sent), Wait::No))?;
        }
        if have < HANDSHAKE {
            have += match socket::receive(client, &mut theirs[have..], Wait::No) {
                Ok(0) => return Err(Io::UnexpectedEof.into()),
                received => some(received)?,
            };
            Role::Req.check_peer(&theirs[..have]).map_err(io::Error::other)?;
        }
        let wanted = Interest { read: have < HANDSHAKE, write: sent < HANDSHAKE };
        if wanted == Interest::NOTHING {
            return Ok(());
        }
        if deadline.has_passed() {
            return Err(Io::TimedOut.into());
        }
        poller.change(client, CLIENT, wanted)?;
        poller.wait(deadline.remaining(), &mut events)?;
    }
}

/// How much was sent or read, 0 when nothing can be right now.
#[inline]
fn some(done: io::Result<usize>) -> io::Result<usize> {
    match done {
        Err(error) if error.kind() == Io::WouldBlock => Ok(0),
        done => done,
    }
}

/// One end of a connection.
struct Side<'a> {
    stream: &'a Stream,
    key: u64,
    /// What the poller waits for.
    interest: Interest,
    decoder: Decoder,
    limit: usize,
    /// What is to be sent; of the first piece so much is sent already.
    out: VecDeque<Vec<u8>>,
    sent: usize,
}

/// Why an end can be used no longer: with words, if it did not just close.
struct Gone(Option<String>);

impl<'a> Side<'a> {
    #[inline]
    fn new(stream: &'a Stream, key: u64, limit: usize) -> Self {
        let (decoder, interest) = (Decoder::new(limit, Wanted::All), Interest::NOTHING);
        Self { stream, key, interest, decoder, limit, out: VecDeque::new(), sent: 0 }
    }

    #[inline]
    fn queue(&mut self, id: u32, body: Vec<u8>) {
        self.out.push_back(wire::head(id, body.len()).to_vec());
        if !body.is_empty() {
            self.out.push_back(body);
        }
    }

    #[inline]
    fn unsent(&self) -> usize {
        self.out.iter().map(Vec::len).sum::<usize>() - self.sent + socket::in_flight(self.stream)
    }

    /// Waits for this from now on, and until there is nothing left to send for that too.
    #[inline]
    fn watch(&mut self, poller: &mut Poller, read: bool) -> io::Result<()> {
        let wanted = Interest { read, write: self.unsent() > 0 };
        if wanted != self.interest {
            poller.change(self.stream, self.key, wanted)?;
            self.interest = wanted;
        }
        Ok(())
    }

    /// Sends what the socket takes.
    #[inline]
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
    #[inline]
    fn finish(&mut self, poller: &mut Poller) {
        let (deadline, mut events) = (Deadline::after(LAST_WORDS), Vec::new());
        while self.flush().is_ok() && self.unsent() > 0 && !deadline.has_passed() {
            let watched =
                self.watch(poller, false).and_then(|()| poller.wait(deadline.remaining(), &mut events));
            if watched.is_err() {
                return;
            }
        }
    }

    /// Reads once. Gives the frames that are complete.
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> Result<Vec<Frame>, Gone> {
        let mut frames = Vec::new();
        if let Some(body) = self.decoder.space(buffer.len()) {
            let count = received(socket::receive_more(self.stream, body, Wait::No))?;
            let (frame, excess) = self.decoder.filled(count);
            frames.extend(frame);
            self.decode(&excess, &mut frames)?;
            return Ok(frames);
        }
        let count = received(socket::receive(self.stream, buffer, Wait::No))?;
        self.decode(&buffer[..count], &mut frames)?;
        Ok(frames)
    }

    #[inline]
    fn decode(&mut self, mut input: &[u8], frames: &mut Vec<Frame>) -> Result<(), Gone> {
        while !input.is_empty() {
            let frame = self.decoder.decode(&mut input);
            frames.extend(frame.map_err(|error| Gone(Some(error.describe(self.limit))))?);
        }
        Ok(())
    }
}

#[inline]
fn gone(error: &io::Error) -> Gone {
    // A peer that closes before it has read everything resets the connection.
    let is_end = matches!(error.kind(), Io::BrokenPipe | Io::ConnectionReset);
    Gone((!is_end).then(|| error.to_string()))
}

/// How much was read, 0 when there is nothing yet.
#[inline]
fn received(read: io::Result<usize>) -> Result<usize, Gone> {
    match read {
        Ok(0) => Err(Gone(None)),
        read => some(read).map_err(|error| gone(&error)),
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
    poller: Poller,
    events: Vec<Event>,
}

impl<'a> Pair<'a> {
    #[inline]
    fn new(client: Side<'a>, server: Side<'a>) -> io::Result<Self> {
        let mut poller = Poller::new()?;
        for side in [&client, &server] {
            poller.add(side.stream, side.key, side.interest)?;
        }
        let (waiting, events) = (VecDeque::new(), Vec::new());
        Ok(Self { client, server, waiting, asked: None, buffer: vec![0; BUFFER], poller, events })
    }

    /// Passes frames on until an end is gone: which, and why.
    #[inline]
    fn pass(&mut self, max_unread: usize, tell: &dyn Fn(Passed)) -> (End, Option<String>) {
        loop {
            match self.turn(max_unread, tell) {
                Ok(()) => {}
                Err((End::Server, Gone(why))) => {
                    // What it answered before still counts.
                    self.poller.remove(self.server.stream, SERVER);
                    self.client.finish(&mut self.poller);
                    return (End::Server, why);
                }
                Err((end, Gone(why))) => {
                    // What it asked before still counts, as far as it was passed on.
                    self.poller.remove(self.client.stream, CLIENT);
                    self.server.finish(&mut self.poller);
                    return (end, why);
                }
            }
        }
    }

    #[inline]
    fn turn(&mut self, max_unread: usize, tell: &dyn Fn(Passed)) -> Result<(), (End, Gone)> {
        if self.asked.is_none()
            && let Some((id, body)) = self.waiting.pop_front()
        {
            self.server.queue(id, body);
            self.asked = Some((id, Instant::now()));
        }
        self.server.flush().map_err(|gone| (End::Server, gone))?;
        self.client.flush().map_err(|gone| (End::Client, gone))?;

        // Of a client that sends without end, or does not read, nothing more is taken than what is here. The end of a
        // connection is seen all the same.
        let room = self.client.unsent() <= max_unread;
        let watched = self.client.watch(&mut self.poller, self.waiting.is_empty());
        watched
            .and_then(|()| self.server.watch(&mut self.poller, room))
            .and_then(|()| self.poller.wait(None, &mut self.events))
            .map_err(|error| (End::Relay, Gone(Some(error.to_string()))))?;
        let ready = |key| {
            let mut events = self.events.iter();
            events.any(|event| event.key == key && (event.readable || event.hung_up))
        };
        let (client, server) = (ready(CLIENT), ready(SERVER));
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
