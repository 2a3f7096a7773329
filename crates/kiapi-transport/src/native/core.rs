//! The server's loop, run by whoever waits for a request.

#[cfg(all(test, unix))] // it looks at each of its two ends without waiting, which pipes cannot
mod model;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::event::{Event, Interest};
use super::peer::Peer;
use super::sys::socket::{self, Wait};
use super::sys::{Listener, Poller, Rung, Stream};
use crate::wire::{Decoder, Frame, HANDSHAKE, Role, Wanted};
use crate::{Deadline, ServerOptions};

const LISTENER: u64 = 0;
const WAKER: u64 = 1;
/// The key of the first client; those of others follow.
pub(super) const FIRST_CLIENT: u64 = 2;

/// Read for all clients in turn, so that an idle one costs no memory.
const BUFFER: usize = 64 * 1024;
/// How much is read from one client before the others have their turn.
const AT_ONCE: usize = 1 << 20;
/// How long nothing is accepted when the process has no file descriptors left.
const PAUSE: Duration = Duration::from_millis(50);

/// All that a server knows of its clients.
#[derive(Debug)]
pub(super) struct Core {
    options: ServerOptions,
    listener: Listener,
    rung: Rung,
    poller: Poller,
    clients: HashMap<u64, Client>,
    next_key: u64,
    /// The clients whose handshake is not done, first come first; some may be gone or done by now.
    handshakes: VecDeque<(Instant, u64)>,
    /// Whether connections are accepted, as the poller knows it, and until when not.
    accepting: bool,
    paused: Option<Instant>,
    /// No request is read any more; replies still go out.
    draining: bool,
    /// Clients whose interest may have changed since the last wait.
    touched: Vec<u64>,
    ready: VecDeque<Ready>,
    events: Vec<Event>,
    buffer: Vec<u8>,
}

/// A request in full, and whom it came from.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) key: u64,
    pub(super) peer: Arc<Peer>,
    pub(super) id: u32,
    pub(super) body: Vec<u8>,
}

#[derive(Debug)]
struct Client {
    peer: Arc<Peer>,
    /// What has come of the handshake, until it is done.
    greeting: Option<Vec<u8>>,
    decoder: Decoder,
    /// How many of its requests are in `ready`.
    queued: usize,
    /// What the poller waits for.
    interest: Interest,
}

/// A client is not to be served any longer; why is nobody's business but its own.
struct Gone;

impl From<io::Error> for Gone {
    #[inline]
    fn from(_: io::Error) -> Self {
        Self
    }
}

impl Core {
    #[inline]
    pub(super) fn new(listener: Listener, rung: Rung, options: ServerOptions) -> io::Result<Self> {
        let mut poller = Poller::new()?;
        poller.add(&listener, LISTENER, Interest::READ)?;
        poller.add(&rung, WAKER, Interest::READ)?;
        Ok(Self {
            options,
            listener,
            rung,
            poller,
            clients: HashMap::new(),
            next_key: FIRST_CLIENT,
            handshakes: VecDeque::new(),
            accepting: true,
            paused: None,
            draining: false,
            touched: Vec::new(),
            ready: VecDeque::new(),
            events: Vec::new(),
            buffer: vec![0; BUFFER],
        })
    }

    /// The oldest request that nobody has taken.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Ready> {
        let ready = self.ready.pop_front()?;
        if let Some(client) = self.clients.get_mut(&ready.key) {
            client.queued -= 1;
            self.touched.push(ready.key);
        }
        Some(ready)
    }

    /// Notes clients for which there is something to write now.
    #[inline]
    pub(super) fn touch(&mut self, keys: &mut Vec<u64>) {
        self.touched.append(keys);
    }

    #[inline]
    pub(super) fn clients(&self) -> usize {
        self.clients.len()
    }

    /// Reads no further request.
    #[inline]
    pub(super) fn drain(&mut self) {
        self.draining = true;
        self.touched.extend(self.clients.keys());
    }

    /// How many bytes of replies clients have not taken yet.
    #[inline]
    pub(super) fn unread(&self) -> usize {
        self.clients.values().map(|client| client.peer.unread()).sum()
    }

    /// Waits until something happens or the deadline passes, and deals with it.
    #[inline]
    pub(super) fn turn(&mut self, deadline: Deadline) -> io::Result<()> {
        self.update_interests();
        let timers = self.paused.into_iter().chain(self.handshakes.front().map(|(end, _)| *end));
        let wake = timers.map(Deadline::at).fold(deadline, Deadline::min);
        let mut events = std::mem::take(&mut self.events);
        let waited = self.poller.wait(wake.remaining(), &mut events);
        for event in &events {
            match event.key {
                LISTENER => self.accept(),
                WAKER => self.rung.clear(),
                key => self.serve(key, *event),
            }
        }
        self.events = events;
        self.expire();
        waited
    }

    #[inline]
    fn accept(&mut self) {
        while self.clients.len() < self.options.max_connections {
            match socket::accept(&self.listener) {
                Ok(socket) => {
                    // A client that cannot be welcomed is dropped, and sees the end of the connection.
                    let _ = self.welcome(socket);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted
                    ) => {}
                Err(_) => {
                    // Out of file descriptors or memory. Trying again at once would only burn time.
                    self.paused = Some(Instant::now() + PAUSE);
                    return;
                }
            }
        }
    }

    #[inline]
    fn welcome(&mut self, socket: Stream) -> io::Result<()> {
        if !self.options.any_user && !socket::is_own_user(&socket)? {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let peer = Peer::new(socket);
        // A new socket takes it. A pipe may not take anything yet: it is told of the client before its system is ready.
        peer.send_raw(Role::Rep.handshake().to_vec())?;
        let key = self.next_key;
        self.next_key += 1;
        self.poller.add(&peer.socket, key, Interest::READ)?;
        self.touched.push(key);
        if let Some(end) = Instant::now().checked_add(self.options.handshake_timeout) {
            self.handshakes.push_back((end, key));
        }
        let client = Client {
            peer: Arc::new(peer),
            greeting: Some(Vec::with_capacity(HANDSHAKE)),
            decoder: Decoder::new(self.options.max_request, Wanted::All),
            queued: 0,
            interest: Interest::READ,
        };
        self.clients.insert(key, client);
        Ok(())
    }

    #[inline]
    fn serve(&mut self, key: u64, event: Event) {
        let Some(client) = self.clients.get_mut(&key) else {
            return;
        };
        let mut served = Ok(());
        if event.writable {
            served = client.peer.flush().map_err(Gone::from);
        }
        if self.draining {
            served = if event.hung_up { Err(Gone) } else { served };
        } else if served.is_ok() && (event.readable || event.hung_up) {
            // What a client sent before it went away still counts: it asked, and KiCad would do it too.
            served = client.read(key, &mut self.buffer, &mut self.ready);
        }
        match served {
            Ok(()) => self.touched.push(key),
            Err(Gone) => self.forget(key),
        }
    }

    #[inline]
    fn forget(&mut self, key: u64) {
        if let Some(client) = self.clients.remove(&key) {
            self.poller.remove(&client.peer.socket, key);
            client.peer.close();
        }
    }

    /// Disconnects whoever takes too long for the handshake.
    #[inline]
    fn expire(&mut self) {
        while let Some(&(end, key)) = self.handshakes.front() {
            let waiting = self.clients.get(&key).is_some_and(|client| client.greeting.is_some());
            if waiting && end > Instant::now() {
                break;
            }
            self.handshakes.pop_front();
            if waiting {
                self.forget(key);
            }
        }
    }

    /// Tells the poller what changed, just before a wait: on the way of a request it changes twice and is the same.
    #[inline]
    fn update_interests(&mut self) {
        while let Some(key) = self.touched.pop() {
            let Some(client) = self.clients.get_mut(&key) else {
                continue;
            };
            let unread = client.peer.unread();
            let interest = Interest {
                read: !self.draining && client.queued == 0 && unread <= self.options.max_unread,
                write: unread > 0,
            };
            if interest != client.interest {
                match self.poller.change(&client.peer.socket, key, interest) {
                    Ok(()) => client.interest = interest,
                    Err(_) => self.forget(key),
                }
            }
        }
        if self.paused.is_some_and(|end| end <= Instant::now()) {
            self.paused = None;
        }
        let accepting =
            !self.draining && self.paused.is_none() && self.clients.len() < self.options.max_connections;
        if accepting != self.accepting {
            let interest = if accepting { Interest::READ } else { Interest::NOTHING };
            if self.poller.change(&self.listener, LISTENER, interest).is_ok() {
                self.accepting = accepting;
            }
        }
    }
}

impl Drop for Core {
    #[inline]
    fn drop(&mut self) {
        // Requests that were handed out keep their sockets open; their clients shall see the end all the same.
        for client in self.clients.values() {
            client.peer.close();
        }
    }
}

impl Client {
    /// Reads what is there, and queues the requests that are complete.
    #[inline]
    fn read(&mut self, key: u64, buffer: &mut [u8], ready: &mut VecDeque<Ready>) -> Result<(), Gone> {
        let mut total = 0;
        while total < AT_ONCE {
            let (count, room) = match &mut self.greeting {
                Some(got) => {
                    // No further than the handshake: what follows is read once it is known who speaks.
                    let room = HANDSHAKE - got.len();
                    let count = some(socket::receive(&self.peer.socket, &mut buffer[..room], Wait::No))?;
                    got.extend_from_slice(&buffer[..count]);
                    Role::Req.check_peer(got).map_err(|_| Gone)?;
                    if got.len() == HANDSHAKE {
                        self.greeting = None;
                    }
                    (count, room)
                }
                None => self.read_frames(key, buffer, ready)?,
            };
            total += count;
            if count < room {
                break; // that was all; if not, the poller will say so
            }
        }
        Ok(())
    }

    /// Reads once. Returns how much came, and how much could have.
    #[inline]
    fn read_frames(
        &mut self,
        key: u64,
        buffer: &mut [u8],
        ready: &mut VecDeque<Ready>,
    ) -> Result<(usize, usize), Gone> {
        if let Some(body) = self.decoder.space(buffer.len()) {
            let room = body.capacity() - body.len();
            let count = some(socket::receive_more(&self.peer.socket, body, Wait::No))?;
            let (frame, excess) = self.decoder.filled(count);
            self.queue(frame, key, ready);
            self.decode(&excess, key, ready)?;
            return Ok((count, room));
        }
        let count = some(socket::receive(&self.peer.socket, buffer, Wait::No))?;
        self.decode(&buffer[..count], key, ready)?;
        Ok((count, buffer.len()))
    }

    #[inline]
    fn decode(&mut self, mut input: &[u8], key: u64, ready: &mut VecDeque<Ready>) -> Result<(), Gone> {
        while !input.is_empty() {
            let frame = self.decoder.decode(&mut input).map_err(|_| Gone)?;
            self.queue(frame, key, ready);
        }
        Ok(())
    }

    #[inline]
    fn queue(&mut self, frame: Option<Frame>, key: u64, ready: &mut VecDeque<Ready>) {
        if let Some(Frame { id, body: Some(body) }) = frame {
            self.queued += 1;
            ready.push_back(Ready { key, peer: Arc::clone(&self.peer), id, body });
        }
    }
}

/// How much was read, 0 when there is nothing yet.
#[inline]
fn some(read: io::Result<usize>) -> Result<usize, Gone> {
    match read {
        Ok(0) => Err(Gone),
        Ok(count) => Ok(count),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        Err(_) => Err(Gone),
    }
}
