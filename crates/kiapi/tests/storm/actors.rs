//! Those who work on the board: threads that block, and tasks whose futures are dropped.

use std::any::type_name;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use fastrand::Rng;
use kiapi::{
    Address, Board, CallOptions, ConnectOptions, Error, Id, Item, KiCad, Layer, Nm, Notice, Outcome, Track,
    mm, tokio,
};

use crate::ledger::{Ledger, There};

/// How long a call may take: short, so that many do not come back in time.
const TIMEOUT: Duration = Duration::from_millis(300);
/// So much longer an operation of several calls may take, with pauses and resynchronisation, on a machine with other things to do.
const LONGEST: Duration = Duration::from_secs(30);
const THREADS: u64 = 3;
const TASKS: u64 = 3;

pub(crate) fn options(socket: &Address, name: &str) -> ConnectOptions {
    let call = CallOptions::new().timeout(TIMEOUT);
    ConnectOptions::new()
        .socket(socket.clone())
        .client_name(name)
        .call_options(call)
        .ready_timeout(Duration::from_secs(2))
}

/// Threads, some of which run tasks.
pub(crate) fn start(
    socket: &Address,
    vias: usize,
    ledger: &Arc<Ledger>,
    stop: &Arc<AtomicBool>,
    chance: &mut Rng,
) -> Vec<JoinHandle<()>> {
    let mut actors = Vec::new();
    for number in 0..THREADS + TASKS {
        let is_task = number >= THREADS;
        let name = format!("{} {number}", if is_task { "task" } else { "thread" });
        let actor = Actor {
            name: name.clone(),
            socket: socket.clone(),
            vias,
            ledger: Arc::clone(ledger),
            stop: Arc::clone(stop),
            chance: chance.fork(),
            own: Vec::new(),
            clients: 0,
        };
        let work = move || if is_task { actor.wait_for() } else { actor.block() };
        actors.push(thread::Builder::new().name(name).spawn(work).expect("there is room for a thread"));
    }
    actors
}

struct Actor {
    name: String,
    socket: Address,
    /// How many vias the board has. Nobody makes or deletes one.
    vias: usize,
    ledger: Arc<Ledger>,
    stop: Arc<AtomicBool>,
    chance: Rng,
    /// What it has made: it may delete that again.
    own: Vec<(i64, Id)>,
    /// How many clients it has had.
    clients: u64,
}

/// What an actor does next.
#[derive(Clone, Copy, Debug)]
enum Deed {
    ReadTracks,
    ReadVias,
    Create,
    Commit,
    DropCommit,
    ForgetCommit,
    Delete,
    Update,
    NewClient,
}

const DEEDS: [Deed; 11] = [
    Deed::ReadTracks,
    Deed::ReadVias,
    Deed::Create,
    Deed::Create,
    Deed::Commit,
    Deed::Commit,
    Deed::DropCommit,
    Deed::ForgetCommit,
    Deed::Delete,
    Deed::Update,
    Deed::NewClient,
];

fn track(number: i64) -> Track {
    let y = mm(20) + Nm((number % 40) * 1_000_000);
    Track::new().with_start((mm(20), y)).with_end((mm(21), y)).with_width(Nm(number)).with_layer(Layer::F_CU)
}

fn tracks(numbers: &[i64]) -> Vec<Track> {
    numbers.iter().map(|number| track(*number)).collect()
}

/// What an error says of what was asked for in one request.
fn of_error(error: &Error) -> There {
    match error.outcome() {
        Outcome::NotSent => There::Never,
        _ => There::AtMostOnce,
    }
}

impl Actor {
    /// A name for a new client, which nobody had before: a commit that is left open belongs to its client's name, and the
    /// next client of that name would work in it without knowing.
    fn client_name(&mut self) -> String {
        self.clients += 1;
        format!("{} {} {:08x}", self.name, self.clients, self.chance.u32(..))
    }

    fn is_over(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    fn report(&mut self, numbers: &[i64], result: &Result<Vec<Item>, Error>) {
        match result {
            Ok(items) => {
                let made: Vec<(i64, Id)> = items
                    .iter()
                    .filter_map(|item| match item {
                        Item::Track(track) => Some((track.width().0, item.id()?)),
                        _ => None,
                    })
                    .collect();
                let widths: Vec<i64> = made.iter().map(|(width, _)| *width).collect();
                assert_eq!(widths, numbers, "{}: the answer to another call", self.name);
                self.ledger.report(numbers, There::Once, "applied");
                self.own.extend(made);
            }
            Err(error) => self.ledger.report(numbers, of_error(error), &error.to_string()),
        }
    }

    /// What was read is of the board, as far as it is known.
    fn is_right<T>(&self, read: Result<Vec<T>, Error>, is_right: impl Fn(usize) -> bool) {
        if let Ok(items) = read {
            assert!(is_right(items.len()), "{} read {} {}s", self.name, items.len(), type_name::<T>());
        }
    }

    /// One of its own tracks.
    fn any_own(&mut self) -> Option<(i64, Id)> {
        if self.own.is_empty() {
            return None;
        }
        let at = self.chance.usize(..self.own.len());
        Some(self.own.swap_remove(at))
    }

    fn deleted(&self, number: i64, result: &Result<(), Error>) {
        match result {
            Ok(()) => self.ledger.report(&[number], There::Never, "deleted"),
            // Then all is as it was, unless its KiCad has ended since.
            Err(error) if error.outcome() == Outcome::NotSent => {
                self.ledger.note(&self.name, format!("{number}: not deleted: {error}"));
            }
            Err(error) => {
                self.ledger.perhaps_deleted(number, &error.to_string());
            }
        }
    }

    fn took(&self, deed: Deed, since: Instant) {
        let took = since.elapsed();
        self.ledger.note(&self.name, format!("{deed:?}, done after {took:.1?}"));
        assert!(took < LONGEST, "{} waited {took:?} for {deed:?}", self.name);
    }

    fn block(mut self) {
        let mut board: Option<Board> = None;
        while !self.is_over() {
            let deed = DEEDS[self.chance.usize(..DEEDS.len())];
            if board.is_none() {
                let name = self.client_name();
                let connected =
                    KiCad::connect_with(options(&self.socket, &name)).and_then(|kicad| kicad.board());
                let Ok(new) = connected else {
                    thread::yield_now();
                    continue;
                };
                board = Some(new);
            }
            let Some(on) = &board else { continue };
            let start = Instant::now();
            match deed {
                Deed::ReadTracks => {
                    // The boards of all storms have tracks: an answer without any would be another's.
                    self.is_right(on.tracks(), |count| count > 0);
                }
                Deed::ReadVias => self.is_right(on.vias(), |count| count == self.vias),
                Deed::Create => {
                    let numbers = self.ledger.numbers(&self.name, 1, "create");
                    let result = on.create(tracks(&numbers));
                    self.report(&numbers, &result);
                }
                Deed::Commit => {
                    let numbers = self.ledger.numbers(&self.name, 3, "commit");
                    let result = on.commit("storm", |commit| commit.create(tracks(&numbers)));
                    self.report(&numbers, &result);
                }
                Deed::DropCommit | Deed::ForgetCommit => {
                    let numbers = self.ledger.numbers(&self.name, 2, "commit that is not pushed");
                    let made = on.begin_commit().and_then(|commit| {
                        commit.create(tracks(&numbers))?;
                        if matches!(deed, Deed::DropCommit) { commit.drop() } else { Ok(()) }
                    });
                    let notices = on.kicad().take_notices();
                    self.not_pushed(&numbers, Some(made), &notices);
                }
                Deed::Delete => {
                    if let Some((number, id)) = self.any_own() {
                        let result = on.delete([id]);
                        self.deleted(number, &result);
                    }
                }
                Deed::Update => {
                    if let Some((number, id)) = self.any_own() {
                        let mut moved = Item::from(track(number).with_end((mm(22), mm(30))));
                        moved.set_id(id);
                        // Whatever comes of it, there is one track of that width, as before, or none.
                        let said =
                            on.update([moved]).map_or_else(|error| error.to_string(), |_| "done".to_owned());
                        self.ledger.note(&self.name, format!("{number}: update: {said}"));
                        self.own.push((number, id));
                    }
                }
                Deed::NewClient => board = None,
            }
            self.ledger.noticed(&board.as_ref().map(|on| on.kicad().take_notices()).unwrap_or_default());
            self.took(deed, start);
        }
    }

    /// Nobody pushes it, so none of it may be there afterwards, whatever went wrong on the way; unless it turned out only then
    /// that answers were out of step, and the commit may not have begun: the edit says that nobody knows, whether it got an
    /// answer that is another's or none in time.
    fn not_pushed(&self, numbers: &[i64], made: Option<Result<(), Error>>, notices: &[Notice]) {
        self.ledger.noticed(notices);
        let is_unknown = match &made {
            Some(Ok(())) => false,
            Some(Err(error)) => error.outcome() == Outcome::Unknown,
            None => true,
        };
        let is_new = notices.contains(&Notice::OutOfStep);
        let there = if is_unknown && is_new { There::AtMostOnce } else { There::Never };
        let said = match made {
            Some(Ok(())) => "dropped".to_owned(),
            Some(Err(error)) => error.to_string(),
            None => "cancelled".to_owned(),
        };
        self.ledger.report(numbers, there, &said);
    }

    fn wait_for(mut self) {
        let runtime =
            ::tokio::runtime::Builder::new_current_thread().enable_all().build().expect("tokio starts");
        runtime.block_on(async {
            let mut board: Option<tokio::Board> = None;
            while !self.is_over() {
                let deed = DEEDS[self.chance.usize(..DEEDS.len())];
                if board.is_none() {
                    let name = self.client_name();
                    let connected = async {
                        tokio::KiCad::connect_with(options(&self.socket, &name)).await?.board().await
                    };
                    let Ok(new) = connected.await else {
                        ::tokio::task::yield_now().await;
                        continue;
                    };
                    board = Some(new);
                }
                let Some(on) = board.clone() else { continue };
                // Now and then the future is dropped before it is done.
                let patience = match self.chance.u64(..3) {
                    0 => Duration::from_micros(self.chance.u64(..4000)),
                    _ => LONGEST,
                };
                let start = Instant::now();
                match deed {
                    Deed::ReadTracks => {
                        if let Some(tracks) = within(patience, on.tracks()).await {
                            self.is_right(tracks, |count| count > 0);
                        }
                    }
                    Deed::ReadVias => {
                        if let Some(vias) = within(patience, on.vias()).await {
                            self.is_right(vias, |count| count == self.vias);
                        }
                    }
                    Deed::Create => {
                        let numbers = self.ledger.numbers(&self.name, 1, "create in a task");
                        let result = within(patience, on.create(tracks(&numbers))).await;
                        self.report_task(&numbers, result);
                    }
                    Deed::Commit => {
                        let numbers = self.ledger.numbers(&self.name, 3, "commit in a task");
                        let work = on.commit("storm", async |commit| commit.create(tracks(&numbers)).await);
                        let result = within(patience, work).await;
                        self.report_task(&numbers, result);
                    }
                    Deed::DropCommit | Deed::ForgetCommit => {
                        let numbers =
                            self.ledger.numbers(&self.name, 2, "commit that is not pushed in a task");
                        let work = async {
                            let commit = on.begin_commit().await?;
                            commit.create(tracks(&numbers)).await?;
                            if matches!(deed, Deed::DropCommit) { commit.drop().await } else { Ok(()) }
                        };
                        let made = within(patience, work).await;
                        let notices = on.kicad().take_notices();
                        self.not_pushed(&numbers, made, &notices);
                    }
                    Deed::Delete => {
                        if let Some((number, id)) = self.any_own() {
                            match within(patience, on.delete([id])).await {
                                Some(result) => self.deleted(number, &result),
                                None => self.ledger.perhaps_deleted(number, "cancelled"),
                            }
                        }
                    }
                    Deed::Update => {
                        if let Some((number, id)) = self.any_own() {
                            let mut moved = Item::from(track(number).with_end((mm(22), mm(30))));
                            moved.set_id(id);
                            let _ = within(patience, on.update([moved])).await;
                            self.own.push((number, id));
                        }
                    }
                    Deed::NewClient => board = None,
                }
                self.ledger.noticed(&on.kicad().take_notices());
                self.took(deed, start);
            }
        });
    }

    fn report_task(&mut self, numbers: &[i64], result: Option<Result<Vec<Item>, Error>>) {
        match result {
            Some(result) => self.report(numbers, &result),
            None => self.ledger.report(numbers, There::AtMostOnce, "cancelled"),
        }
    }
}

/// What work comes to; nothing when it is given up.
async fn within<T>(patience: Duration, work: impl Future<Output = T>) -> Option<T> {
    ::tokio::time::timeout(patience, work).await.ok()
}
