//! A wire and a server at its other end, of which the explorer decides everything.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, ErrorKind as Io, IoSlice};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;

use super::choices::Choices;
use crate::exchange::{Socket, Space};
use crate::turn::lock;
use crate::wire::{self, Decoder, HANDSHAKE, Role, Wanted};
use crate::{Address, Deadline};

/// The largest body that the client takes.
pub(super) const LIMIT: usize = 32;

/// Everything outside of the client.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) choices: Choices,
    /// How many more things may go wrong.
    pub(super) faults: u32,
    pub(super) lines: Vec<Line>,
    /// The body of each request that a server has got in full, on any connection.
    pub(super) seen: Vec<u8>,
    /// What happened, for a person.
    pub(super) log: Vec<String>,
}

/// A connection, as the server and the system have it.
#[derive(Debug)]
pub(super) struct Line {
    /// How much of the handshake has come.
    greeted: usize,
    decoder: Decoder,
    /// Requests that wait for their answers: id and body.
    pub(super) pending: VecDeque<(u32, u8)>,
    /// Ids that were answered before.
    pub(super) answered: Vec<u32>,
    /// Sent and not received by the client.
    to_client: VecDeque<u8>,
    /// The server's end is closed.
    pub(super) is_over: bool,
    /// The client's end is closed.
    pub(super) is_shut: bool,
    /// The server takes nothing more.
    pub(super) is_full: bool,
}

/// What the server answers to a request.
pub(super) fn answer_to(body: u8) -> Vec<u8> {
    vec![b'a', body]
}

impl World {
    /// Whether something goes wrong that may.
    pub(super) fn goes_wrong(&mut self, what: &str) -> bool {
        if self.faults == 0 || self.choices.choose(2) == 0 {
            return false;
        }
        self.faults -= 1;
        self.log.push(what.to_owned());
        true
    }

    fn take(&mut self, line: usize, bytes: &[u8]) {
        let Self { lines, seen, log, .. } = self;
        let line = &mut lines[line];
        let hands = bytes.len().min(HANDSHAKE - line.greeted);
        assert_eq!(bytes[..hands], Role::Req.handshake()[line.greeted..line.greeted + hands]);
        line.greeted += hands;
        let mut rest = &bytes[hands..];
        while !rest.is_empty() {
            let frame = line.decoder.decode(&mut rest).expect("the client sends frames");
            let Some(frame) = frame else { continue };
            let body = frame.body.expect("all are wanted");
            assert_eq!(body.len(), 1);
            assert!(line.pending.is_empty(), "a request is sent while one is unanswered");
            assert!(!line.answered.contains(&frame.id), "an id is used twice");
            line.pending.push_back((frame.id, body[0]));
            log.push(format!("request {} arrives", body[0]));
            seen.push(body[0]);
        }
    }

    /// The head of a frame that is too short for an id.
    pub(super) fn garbage(&mut self, line: usize) {
        self.lines[line].to_client.extend([1, 0, 0, 0, 0, 0, 0, 0, 3]);
    }

    /// A frame to the client, of which perhaps only a part arrives before the end.
    pub(super) fn put(&mut self, line: usize, id: u32, body: &[u8], is_cut: bool) {
        let frame = [&wire::head(id, body.len())[..], body].concat();
        let line = &mut self.lines[line];
        let length = if is_cut { frame.len() - 1 } else { frame.len() };
        line.to_client.extend(&frame[..length]);
        line.is_over |= is_cut;
    }
}

thread_local! {
    /// The world of the run that is under way on this thread: whoever connects gets a line in it.
    static WORLD: RefCell<Option<Arc<Mutex<World>>>> = const { RefCell::new(None) };
}

/// A new world, in which a number of things may go wrong.
pub(super) fn world(choices: Choices, faults: u32) -> Arc<Mutex<World>> {
    let world = Arc::new(Mutex::new(World { choices, faults, ..World::default() }));
    WORLD.with_borrow_mut(|place| *place = Some(Arc::clone(&world)));
    world
}

/// The client's end of a line.
#[derive(Debug)]
pub(super) struct End {
    world: Arc<Mutex<World>>,
    line: usize,
}

impl End {
    fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }
}

impl Socket for End {
    async fn connect(_: &Address, _: Deadline) -> io::Result<Self> {
        let world = WORLD.with_borrow(Clone::clone).expect("there is a world");
        let line = lock(&world).lines.len();
        lock(&world).lines.push(Line {
            greeted: 0,
            decoder: Decoder::new(LIMIT, Wanted::All),
            pending: VecDeque::new(),
            answered: Vec::new(),
            to_client: Role::Rep.handshake().into(),
            is_over: false,
            is_shut: false,
            is_full: false,
        });
        Ok(Self { world, line })
    }

    async fn send(&mut self, parts: &[IoSlice<'_>; 2], deadline: Deadline) -> io::Result<usize> {
        let bytes = [&parts[0][..], &parts[1][..]].concat();
        poll_fn(|_| {
            let mut world = self.world();
            assert!(!world.lines[self.line].is_shut, "something is sent after the end");
            if world.lines[self.line].is_over {
                return Poll::Ready(Err(Io::BrokenPipe.into()));
            }
            let is_greeted = world.lines[self.line].greeted == HANDSHAKE;
            if is_greeted && !world.lines[self.line].is_full && world.goes_wrong("the server takes nothing") {
                world.lines[self.line].is_full = true;
            }
            if world.lines[self.line].is_full {
                let is_late = deadline.has_passed();
                return if is_late { Poll::Ready(Err(Io::TimedOut.into())) } else { Poll::Pending };
            }
            let is_cut = is_greeted && bytes.len() > 1 && world.goes_wrong("the server takes all but a byte");
            let count = if is_cut { bytes.len() - 1 } else { bytes.len() };
            world.take(self.line, &bytes[..count]);
            Poll::Ready(Ok(count))
        })
        .await
    }

    async fn receive(&mut self, into: Space<'_>, deadline: Deadline) -> io::Result<usize> {
        let mut into = into;
        poll_fn(|_| {
            let mut world = self.world();
            let is_late = deadline.has_passed();
            let there = world.lines[self.line].to_client.len();
            assert!(!world.lines[self.line].is_shut, "something is received after the end");
            match there {
                0 if world.lines[self.line].is_over => return Poll::Ready(Ok(0)),
                0 if is_late => return Poll::Ready(Err(Io::TimedOut.into())),
                0 => return Poll::Pending,
                // Some sockets look at the clock first, and some at what there is.
                _ if is_late && world.choices.choose(2) == 1 => {
                    return Poll::Ready(Err(Io::TimedOut.into()));
                }
                _ => {}
            }
            let mut count = match &into {
                Space::Buffer(buffer) => there.min(buffer.len()),
                Space::Room(_) => there,
            };
            if count > 1 && world.goes_wrong("a byte comes alone") {
                count = 1;
            }
            let bytes: Vec<u8> = world.lines[self.line].to_client.drain(..count).collect();
            match &mut into {
                Space::Buffer(buffer) => buffer[..count].copy_from_slice(&bytes),
                Space::Room(vec) => vec.extend_from_slice(&bytes),
            }
            Poll::Ready(Ok(count))
        })
        .await
    }

    fn is_own_user(&self) -> io::Result<bool> {
        Ok(true)
    }

    fn rest(&mut self) {}

    fn shut(&self) {
        self.world().lines[self.line].is_shut = true;
    }
}
