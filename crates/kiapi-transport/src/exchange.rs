//! The rules of one connection, written once for sockets that block and for sockets that do not.
//!
//! All of it is `async` over a [`Socket`]. One that blocks does its work when it is polled, so that a single poll
//! finishes a call, without a runtime: see [`at_once`].

use std::fmt;
use std::future::Future;
use std::io::{self, ErrorKind as Io, IoSlice};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::deadline::clock;
use crate::wire::{self, CLIENT_RESERVE, Decoder, Frame, FrameError, HANDSHAKE, Ids, Role, Wanted};
use crate::{Address, CallOptions, ConnectOptions, Deadline, Error, ErrorKind, Outcome, Result, youth};

/// Enough for most replies in one read, and small enough for thousands of connections.
const BUFFER: usize = 16 * 1024;

/// What an exchange sends and receives on.
///
/// A future of it that is dropped has done nothing, or has been ready: no byte is lost between the two.
pub(crate) trait Socket: fmt::Debug + Send + Sized {
    /// Connects.
    ///
    /// # Errors
    ///
    /// [`Io::TimedOut`] at the deadline, or what the system says.
    fn connect(address: &Address, deadline: Deadline) -> impl Future<Output = io::Result<Self>> + Send;

    /// Sends of two parts as much as the system takes, and waits until it takes some.
    ///
    /// # Errors
    ///
    /// [`Io::TimedOut`] at the deadline, or what the system says.
    fn send(
        &mut self,
        parts: &[IoSlice<'_>; 2],
        deadline: Deadline,
    ) -> impl Future<Output = io::Result<usize>> + Send;

    /// Waits until there is something to receive, and receives some of it; 0 at the end of the stream.
    ///
    /// # Errors
    ///
    /// [`Io::TimedOut`] at the deadline, or what the system says.
    fn receive(
        &mut self,
        into: Space<'_>,
        deadline: Deadline,
    ) -> impl Future<Output = io::Result<usize>> + Send;

    /// Whether the peer belongs to our user, as far as the system tells.
    ///
    /// # Errors
    ///
    /// When it is not known who we are.
    fn is_own_user(&self) -> io::Result<bool>;

    /// Nothing more is waited for until the next deadline.
    fn rest(&mut self);

    /// Ends the connection, for the peer too.
    fn shut(&self);
}

/// Where what is received goes.
pub(crate) enum Space<'a> {
    Buffer(&'a mut [u8]),
    /// Into the room that a vector has.
    Room(&'a mut Vec<u8>),
}

/// Finishes, in the one poll that it takes, what waits for nothing but a socket that blocks.
#[inline]
pub(crate) fn at_once<T>(work: impl Future<Output = T>) -> T {
    match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("a socket that blocks is always ready"),
    }
}

/// A connection whose handshake is done.
#[derive(Debug)]
pub(crate) struct Exchange<S> {
    socket: S,
    address: Address,
    max_reply: usize,
    ids: Ids,
    decoder: Decoder,
    /// Read and not decoded yet: `buffer[start..end]`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// How many bytes of how many have been sent, while that is neither none nor all of a request.
    partial: Option<(usize, usize)>,
    /// The request that was sent and has had no answer, by its id. There is never a second one.
    unanswered: Option<u32>,
    /// Why nothing can be sent or received any more.
    broken: Option<String>,
    signs: Arc<Signs>,
}

/// What those may look at who do not have the turn.
#[derive(Debug)]
pub(crate) struct Signs {
    /// Whether anything can still be sent.
    usable: AtomicBool,
    /// Whether the answer to a call that stopped waiting for it has not come.
    owed: AtomicBool,
}

impl Signs {
    #[inline]
    pub(crate) fn is_usable(&self) -> bool {
        self.usable.load(Ordering::Acquire)
    }

    #[inline]
    pub(crate) fn is_owed(&self) -> bool {
        self.owed.load(Ordering::Acquire)
    }
}

/// What ended a wait.
enum Stop {
    Timeout,
    /// The peer closed its end, or the system reported an error.
    Gone(Option<io::Error>),
    Bad(FrameError),
}

/// A call under way, which leaves the connection in order however it ends: also when its future is dropped.
struct Call<'a, S: Socket>(&'a mut Exchange<S>);

impl<S: Socket> Drop for Call<'_, S> {
    fn drop(&mut self) {
        let exchange = &mut *self.0;
        if let Some((sent, length)) = exchange.partial {
            // The rest must never follow: it would carry out what counts as not sent.
            exchange.shut(format!("a request stuck after {sent} of {length} bytes"));
        }
        // Whatever has come of an answer that is not waited for is freed now, and the rest as the next call reads it.
        exchange.decoder.want(Wanted::Nothing);
        exchange.socket.rest();
        exchange.signs.owed.store(exchange.unanswered.is_some(), Ordering::Release);
    }
}

impl<S: Socket> Exchange<S> {
    pub(crate) async fn connect(address: &Address, options: &ConnectOptions) -> Result<Self> {
        let deadline = options.deadline();
        let socket = S::connect(address, deadline).await.map_err(|error| connect_error(address, error))?;
        let is_welcome =
            options.any_user || socket.is_own_user().map_err(|error| connect_error(address, error))?;
        if !is_welcome {
            socket.shut();
            let message = format!("whoever listens at `{address}` is another user; nothing was sent");
            return Err(Error::new(ErrorKind::PermissionDenied, message));
        }
        let mut exchange = Self {
            socket,
            address: address.clone(),
            max_reply: options.get_max_reply(),
            ids: Ids::new(),
            decoder: Decoder::new(options.get_max_reply(), Wanted::Nothing).reserve(CLIENT_RESERVE),
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            partial: None,
            unanswered: None,
            broken: None,
            signs: Arc::new(Signs { usable: AtomicBool::new(true), owed: AtomicBool::new(false) }),
        };
        exchange.shake_hands(deadline).await?;
        // Asked of the socket that is there now: that of whoever accepted, or a younger one.
        if let Some(left) = youth::time_left(address) {
            exchange.stay_quiet(left, deadline).await?;
        }
        exchange.socket.rest();
        Ok(exchange)
    }

    /// Waits until the peer is old enough to be sent something.
    async fn stay_quiet(&mut self, time: Duration, deadline: Deadline) -> Result<()> {
        let settled = Deadline::after(time);
        self.socket.rest();
        // All that can happen meanwhile is its end.
        let received = self.socket.receive(Space::Buffer(&mut self.buffer), settled.min(deadline)).await;
        let address = &self.address;
        let gone = || {
            let message = format!("`{address}` closed the connection or died before anything was sent");
            Error::new(ErrorKind::Disconnected, message)
        };
        match received {
            Err(error) if is_timeout(&error) && settled.has_passed() => Ok(()),
            Err(error) if is_timeout(&error) => Err(youth::too_early(address)),
            Err(error) => Err(gone().with_source(error)),
            Ok(0) => Err(gone()),
            Ok(_) => {
                let message = format!("cannot talk to `{address}`: the peer speaks before it is asked");
                Err(Error::new(ErrorKind::Protocol, message))
            }
        }
    }

    async fn shake_hands(&mut self, deadline: Deadline) -> Result<()> {
        let address = &self.address;
        let gone = |error: io::Error| {
            Error::new(
                ErrorKind::Disconnected,
                format!("lost the connection to `{address}` during the handshake"),
            )
            .with_source(error)
        };
        // Eight bytes always fit into the buffer of a new socket.
        let handshake = Role::Req.handshake();
        self.socket.send(&wire::rest(&handshake, &[], 0), deadline).await.map_err(gone)?;
        let mut got = [0; HANDSHAKE];
        let mut have = 0;
        while have < HANDSHAKE {
            match self.socket.receive(Space::Buffer(&mut got[have..]), deadline).await {
                Ok(0) => {
                    let message = format!(
                        "`{address}` closed the connection after {have} of {HANDSHAKE} bytes of the handshake"
                    );
                    return Err(Error::new(ErrorKind::Disconnected, message));
                }
                Ok(count) => have += count,
                Err(error) if is_timeout(&error) => {
                    let message = format!(
                        "`{address}` accepted the connection and sent {have} of {HANDSHAKE} bytes of the handshake \
                         in time; does its owner hang?"
                    );
                    return Err(Error::new(ErrorKind::Timeout, message));
                }
                Err(error) => return Err(gone(error)),
            }
            if let Err(what) = Role::Rep.check_peer(&got[..have]) {
                let message = format!("cannot talk to `{address}`: the peer {what}");
                return Err(Error::new(ErrorKind::Protocol, message));
            }
        }
        Ok(())
    }

    /// The socket of a connection that was made and never used.
    #[cfg(feature = "server")]
    pub(crate) fn into_socket(self) -> S {
        self.socket
    }

    /// What is to be seen while a call is under way.
    pub(crate) fn signs(&self) -> Arc<Signs> {
        Arc::clone(&self.signs)
    }

    /// Waits for the answer that is owed, and drops it.
    pub(crate) async fn settle(&mut self, options: &CallOptions) -> Result<()> {
        self.check_open()?;
        let deadline = options.call_deadline(clock::now());
        Call(self).0.drop_late_answer(deadline).await
    }

    fn check_open(&self) -> Result<()> {
        match &self.broken {
            None => Ok(()),
            Some(why) => {
                let message = format!("the connection to `{}` was closed: {why}", self.address);
                Err(Error::new(ErrorKind::Disconnected, message))
            }
        }
    }

    /// Sends a request and waits for its answer. Dropping the future is a timeout at that moment.
    pub(crate) async fn call(&mut self, request: &[u8], options: &CallOptions) -> Result<Vec<u8>> {
        self.check_open()?;
        let now = clock::now();
        let deadline = options.call_deadline(now);
        if deadline.has_passed_by(now) {
            let message =
                format!("the deadline had passed before the request to `{}` was sent", self.address);
            return Err(Error::new(ErrorKind::Timeout, message));
        }
        let call = Call(self);
        call.0.drop_late_answer(deadline).await?;
        let id = call.0.ids.next();
        call.0.send(id, request, deadline).await?;
        call.0.answer(id, deadline).await
    }

    /// Waits for the answer to an earlier call that had stopped waiting for it.
    async fn drop_late_answer(&mut self, deadline: Deadline) -> Result<()> {
        let Some(id) = self.unanswered else { return Ok(()) };
        match self.frame(id, deadline).await {
            Ok(_) => {
                self.unanswered = None;
                Ok(())
            }
            Err(Stop::Timeout) => Err(Error::new(
                ErrorKind::Timeout,
                format!(
                    "`{}` has not answered an earlier request yet, so this one was not sent",
                    self.address
                ),
            )),
            Err(stop) => Err(self.break_off(stop, "before it had answered an earlier request")),
        }
    }

    async fn send(&mut self, id: u32, request: &[u8], deadline: Deadline) -> Result<()> {
        let head = wire::head(id, request.len());
        let length = head.len() + request.len();
        let mut sent = 0;
        loop {
            match self.socket.send(&wire::rest(&head, request, sent), deadline).await {
                Ok(count) => {
                    sent += count;
                    if sent == length {
                        self.partial = None;
                        self.unanswered = Some(id);
                        return Ok(());
                    }
                    self.partial = Some((sent, length));
                    // A peer that takes a little now and then must not keep this going.
                    if !deadline.has_passed() {
                        continue;
                    }
                }
                Err(error) if is_timeout(&error) => {}
                Err(error) => {
                    return Err(self.break_off(Stop::Gone(Some(error)), "before it had taken the request"));
                }
            }
            let address = &self.address;
            let message = match sent {
                0 => format!("`{address}` did not take the request in time"),
                _ => format!(
                    "`{address}` took {sent} of {length} bytes of the request in time; the connection is closed"
                ),
            };
            return Err(Error::new(ErrorKind::Timeout, message));
        }
    }

    /// Waits for the answer to the request that was sent.
    async fn answer(&mut self, id: u32, deadline: Deadline) -> Result<Vec<u8>> {
        self.decoder.want(Wanted::Only(id));
        match self.frame(id, deadline).await {
            Ok(body) => {
                self.unanswered = None;
                Ok(body.unwrap_or_default())
            }
            Err(Stop::Timeout) => Err(Error::new(
                ErrorKind::Timeout,
                format!("`{}` took the request and did not answer in time", self.address),
            )
            .with_outcome(Outcome::Unknown)),
            Err(stop) => {
                let outcome = match stop {
                    Stop::Bad(FrameError::TooLarge { id: of, .. }) if of == id => Outcome::Answered,
                    _ => Outcome::Unknown,
                };
                Err(self.break_off(stop, "before it had answered the request").with_outcome(outcome))
            }
        }
    }

    /// Reads until the frame with an id is complete, dropping others. `None` is a body that was not wanted.
    async fn frame(&mut self, id: u32, deadline: Deadline) -> Result<Option<Vec<u8>>, Stop> {
        let mut has_read = false;
        loop {
            let mut input = &self.buffer[self.start..self.end];
            while !input.is_empty() {
                let frame = self.decoder.decode(&mut input).map_err(Stop::Bad)?;
                self.start = self.end - input.len();
                if let Some(Frame { body, .. }) = frame.filter(|frame| frame.id == id) {
                    return Ok(body);
                }
            }
            // A peer that never stops sending other things must not keep this going.
            if has_read && deadline.has_passed() {
                return Err(Stop::Timeout);
            }
            has_read = true;
            if let Some(Frame { body, .. }) = self.read(deadline).await?.filter(|frame| frame.id == id) {
                return Ok(body);
            }
        }
    }

    /// Reads once: into the buffer, or of a large body straight to where it goes.
    async fn read(&mut self, deadline: Deadline) -> Result<Option<Frame>, Stop> {
        (self.start, self.end) = (0, 0);
        if let Some(body) = self.decoder.space(BUFFER) {
            let count = received(self.socket.receive(Space::Room(body), deadline).await)?;
            let (frame, excess) = self.decoder.filled(count);
            if !excess.is_empty() {
                self.end = excess.len();
                self.buffer.resize(self.end.max(BUFFER), 0);
                self.buffer[..self.end].copy_from_slice(&excess);
            }
            return Ok(frame);
        }
        self.end = received(self.socket.receive(Space::Buffer(&mut self.buffer), deadline).await)?;
        Ok(None)
    }

    /// Closes the connection and says why.
    fn break_off(&mut self, stop: Stop, when: &str) -> Error {
        let address = &self.address;
        let (kind, why, source) = match stop {
            Stop::Timeout => (ErrorKind::Timeout, "the deadline passed".to_owned(), None),
            Stop::Gone(source) => (ErrorKind::Disconnected, "the peer closed it or died".to_owned(), source),
            Stop::Bad(error) => {
                let kind = match error {
                    FrameError::TooLarge { .. } => ErrorKind::TooLarge,
                    FrameError::Type(_) | FrameError::Short(_) => ErrorKind::Protocol,
                };
                (kind, format!("the peer {}", error.describe(self.max_reply)), None)
            }
        };
        let message = match kind {
            ErrorKind::Disconnected => format!("`{address}` closed the connection or died {when}"),
            _ => format!("cannot go on with `{address}`: {why}"),
        };
        self.shut(why);
        let error = Error::new(kind, message);
        match source {
            Some(source) => error.with_source(source),
            None => error,
        }
    }

    fn shut(&mut self, why: String) {
        // Now and not on drop, so that a peer with answers for us does not wait for us to read them.
        self.socket.shut();
        self.signs.usable.store(false, Ordering::Release);
        self.unanswered = None;
        self.broken = Some(why);
        self.partial = None;
        self.buffer = Vec::new();
        (self.start, self.end) = (0, 0);
        self.decoder = Decoder::new(0, Wanted::Nothing);
    }
}

#[inline]
fn received(count: io::Result<usize>) -> Result<usize, Stop> {
    match count {
        Ok(0) => Err(Stop::Gone(None)),
        Ok(count) => Ok(count),
        Err(error) if is_timeout(&error) => Err(Stop::Timeout),
        Err(error) => Err(Stop::Gone(Some(error))),
    }
}

#[inline]
fn is_timeout(error: &io::Error) -> bool {
    error.kind() == Io::TimedOut
}

/// What a call says that did not have its turn in time.
#[inline]
pub(crate) fn queue_timeout(address: &Address) -> Error {
    let message = format!("other calls to `{address}` took too long for this one to have its turn");
    Error::new(ErrorKind::Timeout, message)
}

#[inline]
fn connect_error(address: &Address, error: io::Error) -> Error {
    let (kind, message) = match error.kind() {
        Io::NotFound => {
            return Error::new(
                ErrorKind::NotFound,
                format!("nothing listens at `{address}`: there is no such socket"),
            );
        }
        Io::ConnectionRefused => {
            return Error::new(
                ErrorKind::Refused,
                format!("nothing listens at `{address}`: whoever made this file has died or is no socket"),
            );
        }
        Io::TimedOut => {
            return Error::new(
                ErrorKind::Timeout,
                format!("`{address}` did not accept the connection in time; does its owner hang?"),
            );
        }
        Io::Unsupported => {
            return Error::new(
                ErrorKind::Unsupported,
                format!("cannot connect to `{address}`: this system has no such sockets"),
            );
        }
        Io::PermissionDenied => (
            ErrorKind::PermissionDenied,
            format!("not allowed to connect to `{address}`; is it another user's?"),
        ),
        _ => (ErrorKind::Io, format!("cannot connect to `{address}`")),
    };
    Error::new(kind, message).with_source(error)
}
