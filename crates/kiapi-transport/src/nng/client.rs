//! The client end.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nng::options::{Options, ReconnectMaxTime, ReconnectMinTime, RecvMaxSize};
use nng::{Aio, AioResult, Message, Pipe, PipeEvent, Protocol, RawSocket, Socket};

use crate::turn::{InTurn, lock};
use crate::wire::Ids;
use crate::{
    Address, CallOptions, ConnectOptions, Deadline, Error, ErrorKind, Outcome, Result, Transport, youth,
};

/// libnng tries again after a random time below this one; [`Wire::on_pipe`] refuses it if it ever does.
const HARDLY_EVER: Duration = Duration::from_secs(24 * 60 * 60);
/// A listener whose queue is full refuses at once, and libnng does not wait.
const RETRY: Duration = Duration::from_millis(5);

/// A client's connection on libnng. See the [module](super) for what it cannot tell.
///
/// # Examples
///
/// ```
/// # #[cfg(unix)] {
/// use kiapi_transport::{Address, CallOptions, ConnectOptions, Deadline, Listener, ServerOptions, Transport, nng};
///
/// let folder = tempfile::tempdir().unwrap();
/// let address = Address::from_path(folder.path().join("api.sock"))?;
/// let server = nng::Server::bind(&address, &ServerOptions::new())?;
/// std::thread::scope(|scope| {
///     scope.spawn(|| server.recv(Deadline::NEVER)?.reply("pong"));
///
///     let client = nng::Client::connect(&address, &ConnectOptions::new())?;
///     assert_eq!(client.call(b"ping", &CallOptions::new())?, b"pong");
///     Ok::<_, kiapi_transport::Error>(())
/// })?;
/// # }
/// # Ok::<_, kiapi_transport::Error>(())
/// ```
#[derive(Debug)]
pub struct Client {
    address: Address,
    socket: Socket,
    /// Always receiving, so that answers nobody waits for do not stay with the peer.
    receiver: Aio,
    sender: Aio,
    calls: InTurn<Calls>,
    wire: Arc<Wire>,
}

#[derive(Debug)]
struct Calls {
    ids: Ids,
    unanswered: Option<u32>,
}

/// What libnng's threads tell ours.
#[derive(Debug, Default)]
struct Wire {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    link: Link,
    /// The id of the answer that is waited for or missing, and whether anybody still wants its body.
    expected: Option<u32>,
    wanted: bool,
    answer: Option<Vec<u8>>,
    /// Whether the request was taken by the connection; `None` while that is not known.
    sent: Option<bool>,
    /// Nothing more is to be received: libnng would let us wait for ever at a socket that is being closed.
    closing: bool,
}

/// The life of the one connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Link {
    #[default]
    New,
    /// The peer is accepted, unless its protocol is a wrong one.
    Offered(Pipe),
    Up(Pipe),
    Gone,
}

impl Client {
    /// Connects and shakes hands.
    ///
    /// # Errors
    ///
    /// [`Refused`](ErrorKind::Refused) when nobody listens (libnng does not tell a missing socket from a stale one, so
    /// [`NotFound`](ErrorKind::NotFound) is told by looking at the path),
    /// [`Timeout`](ErrorKind::Timeout), [`TooEarly`](ErrorKind::TooEarly) and [`Protocol`](ErrorKind::Protocol) as with the
    /// native backend.
    #[inline]
    pub fn connect(address: &Address, options: &ConnectOptions) -> Result<Self> {
        let deadline = options.deadline();
        let failed = |error| failure(format!("cannot connect to `{address}`"), error);
        let socket = RawSocket::new(Protocol::Req0).map_err(failed)?.socket;
        // The limit of libnng includes the id.
        socket.set_opt::<RecvMaxSize>(options.get_max_reply().saturating_add(4)).map_err(failed)?;
        socket.set_opt::<ReconnectMinTime>(Some(HARDLY_EVER)).map_err(failed)?;
        socket.set_opt::<ReconnectMaxTime>(Some(HARDLY_EVER)).map_err(failed)?;
        let wire = Arc::new(Wire::default());
        let pipes = Arc::clone(&wire);
        socket.pipe_notify(move |pipe, event| pipes.on_pipe(pipe, event)).map_err(failed)?;
        dial(&socket, address, deadline)?;
        wire.wait_for_link(address, deadline).inspect_err(|_| socket.close())?;
        if let Some(left) = youth::time_left(address) {
            let is_in_time = deadline.remaining().is_none_or(|remaining| left <= remaining);
            thread::sleep(deadline.remaining().map_or(left, |remaining| left.min(remaining)));
            if !is_in_time {
                socket.close();
                return Err(youth::too_early(address));
            }
        }

        let inbox = Arc::clone(&wire);
        let more = socket.clone();
        let receiver = Aio::new(move |aio, result| {
            // Anything else is the end of the socket; the pipe's own event reports it.
            if let AioResult::Recv(Ok(message)) = result {
                inbox.on_message(&message);
                let state = lock(&inbox.state);
                if !state.closing {
                    let _ = more.recv_async(&aio);
                }
            }
        })
        .map_err(failed)?;
        let outbox = Arc::clone(&wire);
        let sender = Aio::new(move |_, result| outbox.on_sent(matches!(result, AioResult::Send(Ok(())))));
        let sender = sender.map_err(failed)?;
        socket.recv_async(&receiver).map_err(failed)?;
        let calls = InTurn::new(Calls { ids: Ids::new(), unanswered: None });
        Ok(Self { address: address.clone(), socket, receiver, sender, calls, wire })
    }

    #[inline]
    fn send(&self, id: u32, request: &[u8], deadline: Deadline) -> Result<()> {
        let address = &self.address;
        let mut message = Message::from(request);
        message.as_mut_header().push_back(&id.to_be_bytes());
        self.wire.expect(id);
        self.socket
            .send_async(&self.sender, message)
            .map_err(|(_, error)| failure(format!("cannot send to `{address}`"), error))?;
        let stop = self.wire.wait_until_sent(deadline);
        if stop.is_some() {
            // There is no buffer: a message that the connection has not taken comes back, and has gone nowhere.
            self.sender.cancel();
            self.sender.wait();
        }
        if lock(&self.wire.state).sent == Some(true) {
            return Ok(());
        }
        Err(match stop {
            Some(Wait::Timeout) => {
                Error::new(ErrorKind::Timeout, format!("`{address}` did not take the request in time"))
            }
            _ => self.gone("before it had taken the request"),
        })
    }

    /// Says that the peer is gone, and makes sure that libnng does not look for another one.
    #[inline]
    fn gone(&self, when: &str) -> Error {
        self.wire.close();
        self.socket.close();
        Error::new(
            ErrorKind::Disconnected,
            format!("`{}` closed the connection or died {when}", self.address),
        )
    }
}

impl Transport for Client {
    #[inline]
    fn call(&self, request: &[u8], options: &CallOptions) -> Result<Vec<u8>> {
        let address = &self.address;
        let timeout = |message: String| Error::new(ErrorKind::Timeout, message);
        let mut calls = self.calls.enter(options.queue_deadline()).ok_or_else(|| {
            timeout(format!("other calls to `{address}` took too long for this one to have its turn"))
        })?;
        let deadline = options.call_deadline(Instant::now());
        if self.wire.is_gone() {
            return Err(self.gone("before the request was sent"));
        }
        if deadline.has_passed() {
            return Err(timeout(format!(
                "the deadline had passed before the request to `{address}` was sent"
            )));
        }
        if calls.unanswered.is_some() {
            match self.wire.wait_for_answer(deadline) {
                Wait::Answer(_) => calls.unanswered = None,
                Wait::Gone => return Err(self.gone("before it had answered an earlier request")),
                Wait::Timeout => {
                    let message = format!(
                        "`{address}` has not answered an earlier request yet, so this one was not sent"
                    );
                    return Err(timeout(message));
                }
            }
        }
        let id = calls.ids.next();
        self.send(id, request, deadline)?;
        calls.unanswered = Some(id);
        match self.wire.wait_for_answer(deadline) {
            Wait::Answer(body) => {
                calls.unanswered = None;
                Ok(body)
            }
            Wait::Gone => Err(self.gone("before it had answered the request").with_outcome(Outcome::Unknown)),
            Wait::Timeout => {
                self.wire.give_up();
                Err(timeout(format!("`{address}` took the request and did not answer in time"))
                    .with_outcome(Outcome::Unknown))
            }
        }
    }

    #[inline]
    fn address(&self) -> &Address {
        &self.address
    }

    #[inline]
    fn is_connected(&self) -> bool {
        !self.wire.is_gone()
    }
}

impl Drop for Client {
    #[inline]
    fn drop(&mut self) {
        self.wire.close();
        self.socket.close();
        self.receiver.cancel();
        // An `Aio` must not be dropped by its own callback, which holds it while it runs.
        self.receiver.wait();
        self.sender.wait();
    }
}

enum Wait {
    Answer(Vec<u8>),
    Gone,
    Timeout,
}

impl Wire {
    /// Called by libnng. Only the first connection is let through, so that a request can reach no other.
    #[inline]
    fn on_pipe(&self, pipe: Pipe, event: PipeEvent) {
        let mut state = lock(&self.state);
        match (event, state.link) {
            (PipeEvent::AddPre, Link::New) => state.link = Link::Offered(pipe),
            (PipeEvent::AddPre, _) => pipe.close(),
            (PipeEvent::AddPost, Link::Offered(offered)) if offered == pipe => state.link = Link::Up(pipe),
            (PipeEvent::RemovePost, Link::Offered(ours) | Link::Up(ours)) if ours == pipe => {
                state.link = Link::Gone;
            }
            _ => return,
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Called by libnng, which has already made the first four bytes the header.
    #[inline]
    fn on_message(&self, message: &Message) {
        let mut state = lock(&self.state);
        let id = message.as_header().as_slice().try_into().map(u32::from_be_bytes);
        if id.is_ok_and(|id| state.expected == Some(id)) {
            state.expected = None;
            state.answer = Some(if state.wanted { message.as_slice().to_vec() } else { Vec::new() });
            drop(state);
            self.changed.notify_all();
        }
    }

    #[inline]
    fn is_gone(&self) -> bool {
        lock(&self.state).link == Link::Gone
    }

    /// Called by libnng.
    #[inline]
    fn on_sent(&self, sent: bool) {
        lock(&self.state).sent = Some(sent);
        self.changed.notify_all();
    }

    #[inline]
    fn close(&self) {
        lock(&self.state).closing = true;
    }

    #[inline]
    fn expect(&self, id: u32) {
        let mut state = lock(&self.state);
        (state.expected, state.wanted, state.answer, state.sent) = (Some(id), true, None, None);
    }

    /// Returns why waiting ended before libnng had taken the message or given it back.
    #[inline]
    fn wait_until_sent(&self, deadline: Deadline) -> Option<Wait> {
        let mut state = lock(&self.state);
        while state.sent.is_none() {
            if state.link == Link::Gone {
                return Some(Wait::Gone);
            }
            match self.wait(state, deadline) {
                Some(woken) => state = woken,
                None => return Some(Wait::Timeout),
            }
        }
        None
    }

    /// The answer is still to come, and nobody wants what is in it.
    #[inline]
    fn give_up(&self) {
        let mut state = lock(&self.state);
        state.wanted = false;
        // It may have come in the last moment.
        if let Some(answer) = &mut state.answer {
            *answer = Vec::new();
        }
    }

    #[inline]
    fn wait_for_answer(&self, deadline: Deadline) -> Wait {
        let mut state = lock(&self.state);
        loop {
            // In this order: a peer may answer and leave.
            if let Some(answer) = state.answer.take() {
                return Wait::Answer(answer);
            }
            if state.link == Link::Gone {
                return Wait::Gone;
            }
            match self.wait(state, deadline) {
                Some(woken) => state = woken,
                None => return Wait::Timeout,
            }
        }
    }

    #[inline]
    fn wait_for_link(&self, address: &Address, deadline: Deadline) -> Result<()> {
        let mut state = lock(&self.state);
        loop {
            match state.link {
                Link::Up(_) => return Ok(()),
                Link::Gone => {
                    let message = format!("cannot talk to `{address}`: the peer is not NNG's REP");
                    return Err(Error::new(ErrorKind::Protocol, message));
                }
                Link::New | Link::Offered(_) => {}
            }
            state = self.wait(state, deadline).ok_or_else(|| slow(address))?;
        }
    }

    /// Waits for a change; `None` at the deadline.
    #[inline]
    fn wait<'a>(&self, state: MutexGuard<'a, State>, deadline: Deadline) -> Option<MutexGuard<'a, State>> {
        match deadline.remaining() {
            None => Some(self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)),
            Some(Duration::ZERO) => None,
            Some(left) => {
                Some(self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0)
            }
        }
    }
}

/// Dials once, which libnng does without a deadline, on a thread that ends by itself: closing the socket ends the dial.
#[inline]
fn dial(socket: &Socket, address: &Address, deadline: Deadline) -> Result<()> {
    let (sender, dialled) = mpsc::channel();
    let (dialler, url) = (socket.clone(), super::url(address));
    let thread = thread::spawn(move || {
        loop {
            match dialler.dial(&url) {
                Err(nng::Error::TryAgain) if !deadline.has_passed() => thread::sleep(RETRY),
                result => {
                    let _ = sender.send(result);
                    return;
                }
            }
        }
    });
    let result = match deadline.remaining() {
        None => dialled.recv().map_err(|_| RecvTimeoutError::Disconnected),
        Some(left) => dialled.recv_timeout(left),
    };
    if result.is_err() {
        socket.close();
    }
    // A panic of that thread is a bug of this function, and shows as a failed dial.
    let _ = thread.join();
    match result {
        Ok(Ok(())) => Ok(()),
        Ok(Err(nng::Error::TimedOut | nng::Error::TryAgain)) | Err(_) => Err(slow(address)),
        Ok(Err(nng::Error::ConnectionRefused)) if address.path().is_some_and(|path| !path.exists()) => {
            Err(Error::new(
                ErrorKind::NotFound,
                format!("nothing listens at `{address}`: there is no such socket"),
            ))
        }
        Ok(Err(error)) => {
            let what = match kind(error) {
                ErrorKind::Refused => format!("nothing listens at `{address}`"),
                ErrorKind::Disconnected => format!("lost the connection to `{address}` during the handshake"),
                ErrorKind::Protocol => format!("cannot talk to `{address}`: the peer does not speak NNG"),
                _ => format!("cannot connect to `{address}`"),
            };
            Err(failure(what, error))
        }
    }
}

#[inline]
fn slow(address: &Address) -> Error {
    Error::new(
        ErrorKind::Timeout,
        format!("`{address}` did not complete the handshake in time; does its owner hang?"),
    )
}

#[inline]
pub(super) fn failure(message: String, error: nng::Error) -> Error {
    Error::new(kind(error), message).with_source(error)
}

#[inline]
fn kind(error: nng::Error) -> ErrorKind {
    match error {
        nng::Error::TimedOut => ErrorKind::Timeout,
        nng::Error::ConnectionRefused => ErrorKind::Refused,
        nng::Error::EntryNotFound => ErrorKind::NotFound,
        nng::Error::ConnectionReset | nng::Error::ConnectionAborted | nng::Error::ConnectionShutdown => {
            ErrorKind::Disconnected
        }
        nng::Error::Closed => ErrorKind::Closed,
        nng::Error::AddressInUse => ErrorKind::AddressInUse,
        nng::Error::AddressInvalid => ErrorKind::Address,
        nng::Error::PermissionDenied => ErrorKind::PermissionDenied,
        nng::Error::Protocol => ErrorKind::Protocol,
        nng::Error::MessageTooLarge => ErrorKind::TooLarge,
        nng::Error::NotSupported => ErrorKind::Unsupported,
        _ => ErrorKind::Io,
    }
}
