//! The server end.

use std::collections::HashSet;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

#[cfg(unix)]
use nng::options::transport::ipc::Permissions;
use nng::options::{Options, RecvMaxSize, SendTimeout};
use nng::{Aio, AioResult, ListenerBuilder, Message, Pipe, PipeEvent, Protocol, RawSocket, Socket};

use super::client::failure;
use crate::turn::{InTurn, lock};
use crate::{Address, Deadline, Error, ErrorKind, Listener, Request, Result, ServerOptions};

/// What a raw REP socket puts before a body: the connection and the request's id.
const HEADER: usize = 8;

/// A server's socket on libnng. See the [module](super) for what differs.
///
/// # Examples
///
/// See [`Client`](super::Client).
#[derive(Debug)]
pub struct Server {
    address: Address,
    shared: Arc<Shared>,
    /// Receives for one thread at a time.
    receiver: InTurn<Aio>,
    /// The same one, to be cancelled from outside.
    receiving: Aio,
    inbox: Arc<Inbox>,
}

/// How long clients have to take their last replies.
const FLUSH: Duration = Duration::from_millis(100);

#[derive(Debug, Default)]
struct Inbox {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    received: Option<nng::Result<Message>>,
    /// What is received next is the last: nobody asks for more.
    draining: bool,
    /// Nothing more is to be received: libnng would let us wait for ever at a socket that is being closed.
    closing: bool,
}

#[derive(Debug)]
struct Shared {
    address: Address,
    socket: Socket,
    /// The connections that are open. Held while one is closed, because libnng forgets one only after it has said so:
    /// that way a connection that is in here can always be closed.
    pipes: Arc<Mutex<HashSet<Pipe>>>,
}

/// The way back for one reply.
#[derive(Debug)]
pub(crate) struct Responder {
    shared: Arc<Shared>,
    pipe: Option<Pipe>,
    header: [u8; HEADER],
}

impl Server {
    /// Listens at an address.
    ///
    /// # Errors
    ///
    /// [`AddressInUse`](ErrorKind::AddressInUse) when somebody listens there already.
    #[inline]
    pub fn bind(address: &Address, options: &ServerOptions) -> Result<Self> {
        // libnng would find out by a bare connect, which can wedge a KiCad.
        #[cfg(unix)]
        if let Some(path) = address.path() {
            crate::native::claim(address, path)?;
        }
        let failed = |error| failure(format!("cannot listen at `{address}`"), error);
        let socket = RawSocket::new(Protocol::Rep0).map_err(failed)?.socket;
        // The limit of libnng includes the id.
        socket.set_opt::<RecvMaxSize>(options.max_request.saturating_add(4)).map_err(failed)?;
        socket.set_opt::<SendTimeout>(Some(Duration::from_secs(1))).map_err(failed)?;
        let pipes = Arc::new(Mutex::new(HashSet::new()));
        let noted = Arc::clone(&pipes);
        socket
            .pipe_notify(move |pipe, event| {
                match event {
                    // Not once it has been added: by then its first request may be here, and its reply on the way.
                    PipeEvent::AddPre => lock(&noted).insert(pipe),
                    PipeEvent::RemovePost => lock(&noted).remove(&pipe),
                    _ => false,
                };
            })
            .map_err(failed)?;
        let listener = ListenerBuilder::new(&socket, &super::url(address)).map_err(failed)?;
        #[cfg(unix)]
        listener.set_opt::<Permissions>(0o600).map_err(failed)?;
        listener.start().map_err(|(_, error)| failed(error))?;
        let shared = Arc::new(Shared { address: address.clone(), socket, pipes });
        let inbox = Arc::new(Inbox::default());
        let outcome = Arc::clone(&inbox);
        let receiving = Aio::new(move |_, result| {
            if let AioResult::Recv(received) = result {
                lock(&outcome.state).received = Some(received);
                outcome.changed.notify_all();
            }
        })
        .map_err(failed)?;
        let receiver = InTurn::new(receiving.clone());
        Ok(Self { address: address.clone(), shared, receiver, receiving, inbox })
    }
}

impl Server {
    /// One message, or the error for which there is none.
    #[inline]
    fn message(&self, receiver: &Aio, deadline: Deadline) -> nng::Result<Message> {
        let mut state = lock(&self.inbox.state);
        if state.closing || state.draining {
            return Err(nng::Error::Closed);
        }
        self.shared.socket.recv_async(receiver)?;
        while state.received.is_none() {
            state = match deadline.remaining() {
                None => self.inbox.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => {
                    drop(state);
                    receiver.cancel();
                    receiver.wait();
                    state = lock(&self.inbox.state);
                    break;
                }
                Some(left) => {
                    self.inbox.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        let received = state.received.take();
        let closing = state.closing || state.draining;
        drop(state);
        // The next one may not start before libnng has finished with this one.
        receiver.wait();
        match received {
            Some(Err(_)) if closing => Err(nng::Error::Closed),
            Some(Err(nng::Error::Canceled)) | None => Err(nng::Error::TimedOut),
            Some(received) => received,
        }
    }
}

impl Listener for Server {
    #[inline]
    fn recv(&self, deadline: Deadline) -> Result<Request> {
        let address = &self.address;
        let timeout = || Error::new(ErrorKind::Timeout, format!("no request came to `{address}` in time"));
        let receiver = self.receiver.enter(deadline).ok_or_else(timeout)?;
        loop {
            let mut message = self.message(&receiver, deadline).map_err(|error| match error {
                nng::Error::TimedOut => timeout(),
                nng::Error::Closed => {
                    Error::new(ErrorKind::Closed, format!("the server at `{address}` was closed"))
                }
                error => failure(format!("cannot wait for requests to `{address}`"), error),
            })?;
            // A longer header is a request that came through a device, which no client of KiCad does.
            let Ok(header) = message.as_header().as_slice().try_into() else {
                continue;
            };
            let responder = Responder { shared: Arc::clone(&self.shared), pipe: message.pipe(), header };
            return Ok(Request::nng(message.as_slice().to_vec(), responder));
        }
    }

    #[inline]
    fn address(&self) -> &Address {
        &self.address
    }

    #[inline]
    fn connections(&self) -> usize {
        lock(&self.shared.pipes).len()
    }

    #[inline]
    fn drain(&self) {
        lock(&self.inbox.state).draining = true;
        self.receiving.cancel();
    }

    #[inline]
    fn flush(&self, deadline: Deadline) {
        std::thread::sleep(deadline.remaining().map_or(FLUSH, |left| left.min(FLUSH)));
    }

    #[inline]
    fn close(&self) {
        lock(&self.inbox.state).closing = true;
        self.shared.socket.close();
        self.receiving.cancel();
    }
}

impl Drop for Server {
    #[inline]
    fn drop(&mut self) {
        self.close();
        // An `Aio` must not be dropped by its own callback, which holds it while it runs.
        self.receiving.wait();
    }
}

impl Responder {
    #[inline]
    pub(crate) fn id(&self) -> u32 {
        let [_, _, _, _, id @ ..] = self.header;
        u32::from_be_bytes(id)
    }

    #[inline]
    pub(crate) fn connection(&self) -> u64 {
        let [pipe @ .., _, _, _, _] = self.header;
        u32::from_be_bytes(pipe).into()
    }

    #[inline]
    pub(crate) fn reply(self, body: &[u8]) -> Result<()> {
        let address = &self.shared.address;
        let gone =
            || Error::new(ErrorKind::Disconnected, format!("the client of `{address}` that asked is gone"));
        if !self.pipe.is_some_and(|pipe| lock(&self.shared.pipes).contains(&pipe)) {
            return Err(gone());
        }
        let mut message = Message::from(body);
        message.as_mut_header().push_back(&self.header);
        self.shared.socket.send(message).map_err(|(_, error)| match error {
            nng::Error::Closed => gone(),
            error => failure(format!("cannot reply to a client of `{address}`"), error),
        })
    }

    #[inline]
    pub(crate) fn disconnect(self) {
        let pipes = lock(&self.shared.pipes);
        if let Some(pipe) = self.pipe.filter(|pipe| pipes.contains(pipe)) {
            pipe.close();
        }
    }
}
