//! A client's end of a connection.

use std::io::{self, ErrorKind as Io};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::net::sockopt::Timeout;

use super::socket::{self, Wait};
use crate::wire::{self, Decoder, Frame, FrameError, HANDSHAKE, Ids, Role, Wanted};
use crate::{Address, ConnectOptions, Deadline, Error, ErrorKind, Outcome, Result};

/// Enough for most replies in one read, and small enough for thousands of connections.
const BUFFER: usize = 16 * 1024;

/// A connection whose handshake is done.
#[derive(Debug)]
pub(crate) struct Conn {
    socket: UnixStream,
    address: Address,
    max_reply: usize,
    ids: Ids,
    decoder: Decoder,
    /// Read and not decoded yet: `buffer[start..end]`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The request that was sent and has had no answer, by its id. There is never a second one.
    unanswered: Option<u32>,
    /// The socket's read timeout, to save a system call when it will do for the next read too.
    timeout: Option<Duration>,
    /// Why nothing can be sent or received any more.
    broken: Option<String>,
}

/// What ended a wait.
enum Stop {
    Timeout,
    /// The peer closed its end, or reading failed.
    Gone(Option<io::Error>),
    Bad(FrameError),
}

impl Conn {
    pub(crate) fn connect(address: &Address, options: &ConnectOptions) -> Result<Self> {
        let deadline = options.deadline();
        let Some(path) = address.path() else {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("cannot connect to the pipe `{address}` here"),
            ));
        };
        let socket = socket::connect_until(path, deadline).map_err(|error| connect_error(address, error))?;
        let mut conn = Self {
            socket: UnixStream::from(socket),
            address: address.clone(),
            max_reply: options.get_max_reply(),
            ids: Ids::new(),
            decoder: Decoder::new(options.get_max_reply(), Wanted::Nothing),
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            unanswered: None,
            timeout: None,
            broken: None,
        };
        conn.shake_hands(deadline)?;
        Ok(conn)
    }

    fn shake_hands(&mut self, deadline: Deadline) -> Result<()> {
        let address = &self.address;
        let gone = |error: io::Error| {
            Error::new(
                ErrorKind::Disconnected,
                format!("lost the connection to `{address}` during the handshake"),
            )
            .with_source(error)
        };
        // Eight bytes always fit into the buffer of a new socket.
        socket::send(&self.socket, &socket::rest(&Role::Req.handshake(), &[], 0), Wait::No).map_err(gone)?;
        let mut got = [0; HANDSHAKE];
        let mut have = 0;
        while have < HANDSHAKE {
            let text = match receive(&self.socket, &mut self.timeout, deadline, |socket| {
                socket::receive(socket, &mut got[have..], Wait::Timeout)
            }) {
                Ok(count) => {
                    have += count;
                    match Role::Rep.check_peer(&got[..have]) {
                        Ok(()) => continue,
                        Err(what) => {
                            let message = format!("cannot talk to `{}`: the peer {what}", self.address);
                            return Err(Error::new(ErrorKind::Protocol, message));
                        }
                    }
                }
                Err(Stop::Gone(Some(error))) => return Err(gone(error)),
                Err(Stop::Gone(None) | Stop::Bad(_)) => {
                    format!(
                        "`{address}` closed the connection after {have} of {HANDSHAKE} bytes of the handshake"
                    )
                }
                Err(Stop::Timeout) => {
                    let message = format!(
                        "`{address}` accepted the connection and sent {have} of {HANDSHAKE} bytes of the handshake \
                         in time; does its owner hang?"
                    );
                    return Err(Error::new(ErrorKind::Timeout, message));
                }
            };
            return Err(Error::new(ErrorKind::Disconnected, text));
        }
        Ok(())
    }

    /// Whether anything can still be sent.
    pub(crate) fn is_usable(&self) -> bool {
        self.broken.is_none()
    }

    pub(crate) fn call(&mut self, request: &[u8], deadline: Deadline) -> Result<Vec<u8>> {
        if let Some(why) = &self.broken {
            let message = format!("the connection to `{}` was closed: {why}", self.address);
            return Err(Error::new(ErrorKind::Disconnected, message));
        }
        if deadline.has_passed() {
            let message =
                format!("the deadline had passed before the request to `{}` was sent", self.address);
            return Err(Error::new(ErrorKind::Timeout, message));
        }
        self.drop_late_answer(deadline)?;
        let id = self.ids.next();
        self.send(id, request, deadline)?;
        self.unanswered = Some(id);
        self.decoder.want(Wanted::Only(id));
        match self.frame(id, deadline) {
            Ok(body) => {
                self.unanswered = None;
                Ok(body.unwrap_or_default())
            }
            Err(Stop::Timeout) => {
                // Whatever has come of the answer is freed now, and the rest as the next call reads it.
                self.decoder.want(Wanted::Nothing);
                Err(Error::new(
                    ErrorKind::Timeout,
                    format!("`{}` took the request and did not answer in time", self.address),
                )
                .with_outcome(Outcome::Unknown))
            }
            Err(stop) => {
                let outcome = match stop {
                    Stop::Bad(FrameError::TooLarge { id: of, .. }) if of == id => Outcome::Answered,
                    _ => Outcome::Unknown,
                };
                Err(self.break_off(stop, "before it had answered the request").with_outcome(outcome))
            }
        }
    }

    /// Waits for the answer to an earlier call that had stopped waiting for it.
    fn drop_late_answer(&mut self, deadline: Deadline) -> Result<()> {
        let Some(id) = self.unanswered else { return Ok(()) };
        match self.frame(id, deadline) {
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

    fn send(&mut self, id: u32, request: &[u8], deadline: Deadline) -> Result<()> {
        let head = wire::head(id, request.len());
        let length = head.len() + request.len();
        let mut sent = 0;
        let mut wait = Wait::No;
        while sent < length {
            let what = match socket::send(&self.socket, &socket::rest(&head, request, sent), wait) {
                Ok(count) => {
                    sent += count;
                    continue;
                }
                Err(error) if is_timeout(&error) => match deadline.remaining() {
                    Some(Duration::ZERO) if sent == 0 => {
                        let message = format!("`{}` did not take the request in time", self.address);
                        return Err(Error::new(ErrorKind::Timeout, message));
                    }
                    Some(Duration::ZERO) => {
                        // The rest must never follow: it would carry out what this call reports as not sent.
                        self.shut(format!("a request stuck after {sent} of {length} bytes"));
                        let message = format!(
                            "`{}` took {sent} of {length} bytes of the request in time; the connection is closed",
                            self.address
                        );
                        return Err(Error::new(ErrorKind::Timeout, message));
                    }
                    left => {
                        wait = Wait::Timeout;
                        match socket::set_timeout(&self.socket, Timeout::Send, left) {
                            Ok(()) => continue,
                            Err(error) => Stop::Gone(Some(error)),
                        }
                    }
                },
                Err(error) => Stop::Gone(Some(error)),
            };
            return Err(self.break_off(what, "before it had taken the request"));
        }
        Ok(())
    }

    /// Reads until the frame with an id is complete, dropping others. `None` is a body that was not wanted.
    fn frame(&mut self, id: u32, deadline: Deadline) -> Result<Option<Vec<u8>>, Stop> {
        loop {
            let mut input = &self.buffer[self.start..self.end];
            while !input.is_empty() {
                let frame = self.decoder.decode(&mut input).map_err(Stop::Bad)?;
                self.start = self.end - input.len();
                if let Some(Frame { body, .. }) = frame.filter(|frame| frame.id == id) {
                    return Ok(body);
                }
            }
            if let Some(Frame { body, .. }) = self.read(deadline)?.filter(|frame| frame.id == id) {
                return Ok(body);
            }
        }
    }

    /// Reads once: into the buffer, or of a large body straight to where it goes.
    fn read(&mut self, deadline: Deadline) -> Result<Option<Frame>, Stop> {
        (self.start, self.end) = (0, 0);
        if let Some(body) = self.decoder.space(BUFFER) {
            let count = receive(&self.socket, &mut self.timeout, deadline, |socket| {
                socket::receive_more(socket, body, Wait::Timeout)
            })?;
            let (frame, excess) = self.decoder.filled(count);
            if !excess.is_empty() {
                self.end = excess.len();
                self.buffer.resize(self.end.max(BUFFER), 0);
                self.buffer[..self.end].copy_from_slice(&excess);
            }
            return Ok(frame);
        }
        self.end = receive(&self.socket, &mut self.timeout, deadline, |socket| {
            socket::receive(socket, &mut self.buffer, Wait::Timeout)
        })?;
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
        let _ = self.socket.shutdown(Shutdown::Both);
        self.broken = Some(why);
        self.buffer = Vec::new();
        (self.start, self.end) = (0, 0);
        self.decoder = Decoder::new(0, Wanted::Nothing);
    }
}

/// Reads something before the deadline passes. `timeout` is what the socket's read timeout is and becomes.
fn receive(
    socket: &UnixStream,
    timeout: &mut Option<Duration>,
    deadline: Deadline,
    mut read: impl FnMut(&UnixStream) -> io::Result<usize>,
) -> Result<usize, Stop> {
    let mut first = true;
    loop {
        let left = deadline.remaining();
        let needed = match (left, *timeout) {
            (Some(Duration::ZERO), _) => return Err(Stop::Timeout),
            // Waking early is harmless, as long as it is not too often.
            (Some(left), Some(now)) if now <= left && now >= left / 2 => *timeout,
            // A little less than what is left, so that the next call with the same timeout need not set it again.
            (Some(left), _) if first => Some(left * 7 / 8),
            (left, _) => left,
        };
        if needed != *timeout {
            socket::set_timeout(socket, Timeout::Recv, needed).map_err(|error| Stop::Gone(Some(error)))?;
            *timeout = needed;
        }
        match read(socket) {
            Ok(0) => return Err(Stop::Gone(None)),
            Ok(count) => return Ok(count),
            Err(error) if is_timeout(&error) => first = false,
            Err(error) => return Err(Stop::Gone(Some(error))),
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), Io::WouldBlock | Io::TimedOut)
}

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
        Io::PermissionDenied => (
            ErrorKind::PermissionDenied,
            format!("not allowed to connect to `{address}`; is it another user's?"),
        ),
        _ => (ErrorKind::Io, format!("cannot connect to `{address}`")),
    };
    Error::new(kind, message).with_source(error)
}
