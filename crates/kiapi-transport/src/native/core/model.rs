//! The server's loop under every interleaving of what two clients and the one who answers may do.
//!
//! What runs is [`Core`] on real sockets, all on one thread, so that nothing happens but what was chosen. What is checked:
//! each request arrives once, at most one of a client waits at a time, an answer goes to who asked and carries the
//! id of what was asked, and a client that misbehaves loses its own connection and nothing else.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::Instant;

use super::{Core, FIRST_CLIENT, Ready};
use crate::model::Choices;
use crate::native::sys::bell;
use crate::wire::{self, Decoder, Frame, HANDSHAKE, Role, Wanted};
use crate::{Deadline, ServerOptions};

/// How many steps a run has.
const STEPS: usize = 6;

/// What may happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The client sends its handshake.
    Greet(usize),
    /// The client sends half of a request.
    Half(usize),
    /// The client sends a request, or the rest of one.
    Whole(usize),
    /// The client sends what is no frame.
    Garbage(usize),
    /// The client goes away.
    Leave(usize),
    /// The server looks at its sockets.
    Turn,
    /// The oldest request is taken.
    Take,
    /// The request that was taken first is answered.
    Answer,
    /// The request that was taken last is answered.
    AnswerLast,
    /// The server reads no further request.
    Drain,
}

/// A client: what it has sent, and what it has received.
struct Client {
    socket: Option<UnixStream>,
    is_greeted: bool,
    /// A request of which half was sent.
    half: Option<Vec<u8>>,
    /// Requests that were sent in full, by their ids.
    sent: Vec<u32>,
    is_bad: bool,
    handshake: usize,
    decoder: Decoder,
    received: Vec<Frame>,
}

struct Run<'a> {
    core: Core,
    clients: Vec<Client>,
    taken: Vec<Ready>,
    /// The bodies of all requests that were taken.
    seen: Vec<Vec<u8>>,
    answered: Vec<Vec<u8>>,
    is_drained: bool,
    log: &'a mut Vec<Step>,
}

/// What a client asks with an id, which names it.
fn body(client: usize, id: u32) -> Vec<u8> {
    format!("{client}/{id}").into_bytes()
}

impl Run<'_> {
    fn possible(&self) -> Vec<Step> {
        let mut steps = vec![Step::Turn];
        for (number, client) in self.clients.iter().enumerate().filter(|(_, client)| client.socket.is_some())
        {
            if !client.is_greeted {
                steps.push(Step::Greet(number));
            } else if !client.is_bad && client.sent.len() < 2 {
                steps.push(Step::Whole(number));
                // The second client is there to be harmed, or not.
                if number == 0 && client.half.is_none() {
                    steps.extend([Step::Half(number), Step::Garbage(number)]);
                }
            }
            if number == 0 {
                steps.push(Step::Leave(number));
            }
        }
        if !self.core.ready.is_empty() {
            steps.push(Step::Take);
        }
        if !self.taken.is_empty() {
            steps.push(Step::Answer);
        }
        if self.taken.len() > 1 {
            steps.push(Step::AnswerLast);
        }
        if !self.is_drained {
            steps.push(Step::Drain);
        }
        steps
    }

    fn step(&mut self, step: Step) {
        self.log.push(step);
        match step {
            Step::Greet(number) => {
                self.write(number, &Role::Req.handshake());
                self.clients[number].is_greeted = true;
            }
            Step::Half(number) => {
                let frame = self.frame(number);
                let (now, later) = frame.split_at(frame.len() / 2);
                self.write(number, now);
                self.clients[number].half = Some(later.to_vec());
            }
            Step::Whole(number) => {
                let rest = self.clients[number].half.take().unwrap_or_else(|| self.frame(number));
                let id = self.next_id(number);
                self.write(number, &rest);
                self.clients[number].sent.push(id);
            }
            Step::Garbage(number) => {
                self.write(number, &[0xff; 3]);
                self.clients[number].is_bad = true;
            }
            Step::Leave(number) => self.clients[number].socket = None,
            Step::Turn => self.turn(),
            Step::Take => {
                let ready = self.core.next().expect("there is one");
                assert!(!self.seen.contains(&ready.body), "a request is handed out twice");
                self.seen.push(ready.body.clone());
                self.taken.push(ready);
            }
            Step::Answer => self.answer(0),
            Step::AnswerLast => self.answer(self.taken.len() - 1),
            Step::Drain => {
                self.core.drain();
                self.is_drained = true;
            }
        }
    }

    fn turn(&mut self) {
        let waiting = |core: &Core, key| core.ready.iter().filter(|ready| ready.key == key).count();
        let before: Vec<(u64, usize)> =
            self.core.clients.keys().map(|key| (*key, waiting(&self.core, *key))).collect();
        self.core.turn(Deadline::at(Instant::now())).expect("the poller works");
        for (key, count) in before.into_iter().filter(|(_, count)| *count > 0) {
            // Of one that is gone the rest is read at once: it asked, and KiCad would do it too.
            let number = usize::try_from(key - FIRST_CLIENT).expect("there are two");
            if self.clients[number].socket.is_none() {
                continue;
            }
            assert_eq!(waiting(&self.core, key), count, "more is read of a client whose request waits");
        }
    }

    fn answer(&mut self, at: usize) {
        let Ready { peer, id, body, .. } = self.taken.remove(at);
        // It may be gone: that is its own affair.
        let _ = peer.send(id, body.clone());
        self.answered.push(body);
    }

    fn next_id(&self, number: usize) -> u32 {
        0x8000_0000 + u32::try_from(self.clients[number].sent.len()).expect("there are few")
    }

    fn frame(&self, number: usize) -> Vec<u8> {
        let id = self.next_id(number);
        let body = body(number, id);
        [&wire::head(id, body.len())[..], &body].concat()
    }

    fn write(&mut self, number: usize, bytes: &[u8]) {
        if let Some(socket) = &mut self.clients[number].socket {
            // The server may have closed it.
            let _ = socket.write_all(bytes);
        }
    }

    fn receive(&mut self) {
        for client in &mut self.clients {
            let Some(socket) = &mut client.socket else { continue };
            let mut buffer = [0; 512];
            while let Ok(count @ 1..) = socket.read(&mut buffer) {
                let hands = count.min(HANDSHAKE - client.handshake);
                client.handshake += hands;
                let mut rest = &buffer[hands..count];
                while !rest.is_empty() {
                    client
                        .received
                        .extend(client.decoder.decode(&mut rest).expect("the server sends frames"));
                }
            }
        }
    }

    /// Lets everything that is under way come to its end, and looks at what came of it.
    fn finish(mut self) {
        loop {
            self.turn();
            let mut is_done = self.core.ready.is_empty();
            while !self.core.ready.is_empty() {
                self.step(Step::Take);
            }
            while !self.taken.is_empty() {
                self.answer(0);
                is_done = false;
            }
            if is_done {
                break;
            }
        }
        // Once more: the interests of the last round were told at the beginning of this one.
        self.turn();
        self.receive();
        for (number, client) in self.clients.iter().enumerate() {
            for frame in &client.received {
                let answered = frame.body.clone().expect("all are wanted");
                assert_eq!(answered, body(number, frame.id), "the answer to another request");
                assert!(self.answered.contains(&answered));
            }
            let mut ids: Vec<u32> = client.received.iter().map(|frame| frame.id).collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), client.received.len(), "an answer came twice");
            if number == 1 && !self.is_drained {
                assert_eq!(client.received.len(), client.sent.len(), "a good client was left waiting");
            }
            for id in &client.sent {
                let times = self.seen.iter().filter(|seen| **seen == body(number, *id)).count();
                assert!(times <= 1);
            }
        }
    }
}

fn run(listener: &UnixListener, path: &Path, choices: &mut Choices, log: &mut Vec<Step>) {
    let (_kept, rung) = bell().expect("there are file descriptors");
    let listener = listener.try_clone().expect("there are file descriptors");
    let mut core = Core::new(listener, rung, ServerOptions::new()).expect("there is a poller");
    let connect = || {
        let socket = UnixStream::connect(path).expect("it listens");
        socket.set_nonblocking(true).expect("it is a socket");
        Client {
            socket: Some(socket),
            is_greeted: false,
            half: None,
            sent: Vec::new(),
            is_bad: false,
            handshake: 0,
            decoder: Decoder::new(64, Wanted::All),
            received: Vec::new(),
        }
    };
    let mut clients = vec![connect(), connect()];
    core.turn(Deadline::at(Instant::now())).expect("the poller works");
    // The good client is there from the beginning; what it does not do here has been tried with the other.
    clients[1].socket.as_mut().expect("it connected").write_all(&Role::Req.handshake()).expect("it listens");
    clients[1].is_greeted = true;
    let mut run = Run {
        core,
        clients,
        taken: Vec::new(),
        seen: Vec::new(),
        answered: Vec::new(),
        is_drained: false,
        log,
    };
    for _ in 0..STEPS {
        let steps = run.possible();
        let chosen = choices.choose(steps.len());
        run.step(steps[chosen]);
        run.receive();
    }
    run.finish();
}

#[test]
fn the_server_keeps_clients_apart_whatever_they_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let listener = UnixListener::bind(&path).unwrap();
    listener.set_nonblocking(true).unwrap();
    let mut choices = Choices::default();
    let mut runs = 0_u64;
    loop {
        let mut log = Vec::new();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            run(&listener, &path, &mut choices, &mut log);
        }));
        if let Err(panic) = outcome {
            eprintln!("choices {:?}: {log:?}", choices.path());
            std::panic::resume_unwind(panic);
        }
        runs += 1;
        if !choices.next() {
            break;
        }
    }
    println!("{runs} runs");
    assert!(runs > 4_000, "only {runs} runs");
}
