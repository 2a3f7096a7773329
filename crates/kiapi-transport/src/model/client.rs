//! What is tried with the client, and what must be true of it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::choices::Choices;
use super::wire::{End, LIMIT, World, answer_to, world};
use crate::deadline::clock;
use crate::exchange::{Exchange, at_once};
use crate::turn::lock;
use crate::{Address, CallOptions, ConnectOptions, Error, ErrorKind, Outcome};

/// How long a call may take, on a clock that only moves when the explorer says so.
const PATIENCE: Duration = Duration::from_secs(3600);

/// What may happen while a call waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    /// The server answers the request.
    Answer,
    /// The server takes bytes again.
    Drain,
    /// The server answers one that was answered before, for the second time.
    Again,
    /// The server answers what nobody asked.
    Stray,
    /// The answer is larger than the client takes.
    TooLarge,
    /// The server sends what is no frame.
    Garbage,
    /// The server dies, and with it the connection.
    Die,
    /// The server dies within its answer.
    DieWithin,
    /// The deadline passes.
    Late,
    /// Whoever called is gone.
    Cancel,
}

/// How a call ended; `None` if it was cancelled.
type Ended = Option<Result<Vec<u8>, Error>>;

#[track_caller]
fn explore(calls: u8, faults: u32, at_least: u64) {
    let mut choices = Choices::default();
    let (mut runs, mut kinds) = (0_u64, std::collections::BTreeMap::<String, u64>::new());
    loop {
        let world = world(choices, faults);
        let outcome = catch_unwind(AssertUnwindSafe(|| run(&world, calls)));
        let mut world = lock(&world);
        match outcome {
            Ok(ended) => ended.into_iter().for_each(|kind| *kinds.entry(kind).or_default() += 1),
            Err(panic) => {
                eprintln!("choices {:?}\n{}", world.choices.path(), world.log.join("\n"));
                resume_unwind(panic);
            }
        }
        runs += 1;
        choices = std::mem::take(&mut world.choices);
        if !choices.next() {
            break;
        }
    }
    println!("{calls} calls, {faults} faults: {runs} runs, which ended {kinds:?}");
    assert!(runs >= at_least, "only {runs} runs");
    // All that a caller can be told did happen.
    for kind in ["ok", "cancelled", "NotSent", "Answered", "Unknown"] {
        assert!(kinds.contains_key(kind), "no call ended with {kind}: {kinds:?}");
    }
}

/// One run: how each of its calls ended, in a word.
fn run(world: &Arc<Mutex<World>>, calls: u8) -> Vec<String> {
    let address = Address::from_path("/model").expect("it is a path");
    let options = ConnectOptions::new().max_reply(LIMIT);
    let connect = || at_once(Exchange::<End>::connect(&address, &options)).expect("the server listens");
    let mut exchange = connect();
    let mut words = Vec::new();
    for call in 1..=calls {
        if !exchange.signs().is_usable() {
            let is_new = lock(world).choices.choose(2) == 0;
            lock(world).log.push(format!("call {call}, connected anew: {is_new}"));
            if is_new {
                exchange = connect();
            }
        }
        let was_usable = exchange.signs().is_usable();
        let seen_before = lock(world).seen.len();
        let ended = one(world, &mut exchange, call);
        lock(world).log.push(format!("call {call} ended: {ended:?}"));
        let word = judge(&lock(world), call, &ended);
        assert!(was_usable || lock(world).seen.len() == seen_before, "a broken connection was used");
        words.push(word);
        // What is owed may come between two calls.
        let line = lock(world).lines.len() - 1;
        let may_come = exchange.signs().is_owed() && !lock(world).lines[line].pending.is_empty();
        if may_come && lock(world).choices.choose(2) == 1 {
            happen(&mut lock(world), Event::Answer);
            if lock(world).choices.choose(2) == 1 {
                let settled = at_once(exchange.settle(&CallOptions::new().timeout(PATIENCE)));
                assert!(settled.is_ok() && !exchange.signs().is_owed(), "{settled:?}");
            }
        }
    }
    let mut seen = lock(world).seen.clone();
    seen.sort_unstable();
    assert!(seen.windows(2).all(|pair| pair[0] != pair[1]), "sent twice: {seen:?}");
    words
}

fn one(world: &Arc<Mutex<World>>, exchange: &mut Exchange<End>, call: u8) -> Ended {
    let options = CallOptions::new().timeout(PATIENCE);
    let request = [call];
    let mut future = pin!(exchange.call(&request, &options));
    let mut is_late = false;
    loop {
        if let Poll::Ready(ended) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return Some(ended);
        }
        assert!(!is_late, "the deadline has passed, and the call goes on");
        let mut world = lock(world);
        let events = possible(&world);
        let normal = [Event::Answer, Event::Drain];
        assert!(events.iter().any(|event| normal.contains(event)), "the call waits for what cannot come");
        let chosen = world.choices.choose(events.len());
        let event = events[chosen];
        world.log.push(format!("{event:?}"));
        if !normal.contains(&event) {
            world.faults -= 1;
        }
        match event {
            Event::Cancel => return None,
            Event::Late => {
                is_late = true;
                clock::advance(PATIENCE * 2);
            }
            event => happen(&mut world, event),
        }
    }
}

fn possible(world: &World) -> Vec<Event> {
    let line = world.lines.last().expect("the client connected");
    let mut events = Vec::new();
    if line.is_full {
        events.push(Event::Drain);
    } else if !line.pending.is_empty() {
        events.push(Event::Answer);
    }
    if world.faults > 0 {
        events.extend([Event::Late, Event::Cancel, Event::Die, Event::Stray, Event::Garbage]);
        if !line.pending.is_empty() {
            events.extend([Event::DieWithin, Event::TooLarge]);
        }
        if !line.answered.is_empty() {
            events.push(Event::Again);
        }
    }
    events
}

fn happen(world: &mut World, event: Event) {
    let number = world.lines.len() - 1;
    let line = &mut world.lines[number];
    match event {
        Event::Drain => line.is_full = false,
        Event::Die => line.is_over = true,
        Event::Answer | Event::DieWithin | Event::TooLarge => {
            let (id, body) = line.pending.pop_front().expect("there is a request");
            line.answered.push(id);
            let answer = if event == Event::TooLarge { vec![0; LIMIT + 1] } else { answer_to(body) };
            world.put(number, id, &answer, event == Event::DieWithin);
        }
        Event::Again => {
            let id = *line.answered.last().expect("one was answered");
            world.put(number, id, b"again", false);
        }
        Event::Stray => world.put(number, 0x8000_0000, b"stray", false),
        // The length of a frame that ends before its id.
        Event::Garbage => world.garbage(number),
        Event::Late | Event::Cancel => unreachable!("they do not happen to the wire"),
    }
}

/// Whether what the caller was told is true.
fn judge(world: &World, call: u8, ended: &Ended) -> String {
    let seen = world.seen.iter().filter(|body| **body == call).count();
    assert!(seen <= 1, "request {call} was sent {seen} times");
    match ended {
        None => "cancelled".to_owned(),
        Some(Ok(body)) => {
            assert_eq!((*body).clone(), answer_to(call), "the answer to another request");
            assert_eq!(seen, 1);
            "ok".to_owned()
        }
        Some(Err(error)) => {
            let outcome = error.outcome();
            match outcome {
                Outcome::NotSent => assert_eq!(seen, 0, "{error}"),
                Outcome::Answered => assert_eq!((seen, error.kind()), (1, ErrorKind::TooLarge), "{error}"),
                Outcome::Unknown => assert_eq!(seen, 1, "{error}"),
            }
            format!("{outcome:?}")
        }
    }
}

#[test]
fn calls_keep_their_promise_whatever_happens_between_them() {
    explore(3, 3, 10_000);
}

#[test]
fn two_calls_keep_their_promise_when_much_goes_wrong() {
    explore(2, 4, 10_000);
}
