//! Clients that threads and tasks share, and futures that are dropped in the middle.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use kiapi::{Board, CallOptions, ConnectOptions, ErrorKind, FlipDirection, Id, Merge, Notice, Origin, mm};

use super::edits::track;
use super::{Case, client, is_9, refusal, some_id};
use crate::session::{Outcome, PATIENCE, Session, check, check_eq};

pub(super) const CASES: &[Case] = &[
    ("threads share a client", threads_share_a_client),
    ("tasks share a client", tasks_share_a_client),
    ("futures that are dropped", dropped_futures),
    ("commits that are dropped with their futures", dropped_commits),
    ("edits beside an open commit", edits_beside_a_commit),
    ("threads that edit and threads that commit", editors_and_committers),
    ("settings beside an open commit", settings_beside_a_commit),
];

const SHARERS: usize = 4;
const ROUNDS: usize = 25;

fn threads_share_a_client(_: &Session) -> Outcome {
    let kicad = client("kiapi live threads")?;
    let board = kicad.board()?;
    let (nets, tracks, version) = (board.nets()?, board.tracks()?, kicad.version());
    std::thread::scope(|scope| {
        let sharers: Vec<_> = (0..SHARERS)
            .map(|_| {
                scope.spawn(|| -> kiapi::Result<bool> {
                    let mut right = true;
                    for _ in 0..ROUNDS {
                        kicad.ping()?;
                        right &= board.nets()? == nets && board.tracks()? == tracks;
                    }
                    Ok(right && kicad.version() == version)
                })
            })
            .collect();
        for sharer in sharers {
            let right = sharer.join().map_err(|_| "a thread panicked")??;
            check(right, || "a thread got an answer that is not its own".to_owned())?;
        }
        Ok(())
    })
}

/// Runs work on both kinds of runtime.
fn on_each_runtime<F: Future<Output = Outcome>>(work: impl Fn() -> F) -> Outcome {
    let one = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    one.block_on(work())?;
    let many = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    many.block_on(work())
}

async fn client_on_tokio(name: &str) -> kiapi::Result<kiapi::tokio::KiCad> {
    kiapi::tokio::KiCad::connect_with(ConnectOptions::new().client_name(name)).await
}

fn tasks_share_a_client(_: &Session) -> Outcome {
    on_each_runtime(|| async {
        let kicad = client_on_tokio("kiapi live tasks").await?;
        let board = kicad.board().await?;
        let (nets, tracks) = (board.nets().await?, board.tracks().await?);
        let sharers: Vec<_> = (0..SHARERS)
            .map(|_| {
                let (kicad, board, nets, tracks) =
                    (kicad.clone(), board.clone(), nets.clone(), tracks.clone());
                tokio::spawn(async move {
                    let mut right = true;
                    for _ in 0..ROUNDS {
                        kicad.ping().await?;
                        right &= board.nets().await? == nets && board.tracks().await? == tracks;
                    }
                    Ok::<_, kiapi::Error>(right)
                })
            })
            .collect();
        for sharer in sharers {
            check(sharer.await??, || "a task got an answer that is not its own".to_owned())?;
        }
        Ok(())
    })
}

/// What comes of work that is polled so many times more than once; nothing if it is not done by then.
async fn after_polls<T>(mut polls: usize, work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if polls == 0 => Poll::Ready(None),
        Poll::Pending => {
            polls -= 1;
            Poll::Pending
        }
    })
    .await
}

fn dropped_futures(_: &Session) -> Outcome {
    on_each_runtime(|| async {
        let kicad = client_on_tokio("kiapi live dropped").await?;
        let board = kicad.board().await?;
        let (nets, tracks) = (board.nets().await?, board.tracks().await?);
        let mut dropped = 0;
        for round in 0..200 {
            match after_polls(round % 3, board.tracks()).await {
                Some(found) => check_eq(found?.len(), tracks.len(), "the tracks")?,
                None => dropped += 1,
            }
            if round % 10 == 0 {
                check(board.nets().await? == nets, || "the nets of another call came".to_owned())?;
            }
        }
        check(dropped > 0, || "no future was dropped before it was done".to_owned())?;
        check_eq(kicad.take_notices(), vec![], "the notices")
    })
}

fn dropped_commits(_: &Session) -> Outcome {
    on_each_runtime(|| async {
        let kicad = client_on_tokio("kiapi live dropped commits").await?;
        let board = kicad.board().await?.with_options(CallOptions::new().timeout(PATIENCE));
        let before = board.tracks().await?.len();
        let (mut dropped, mut made) = (0, Vec::new());
        for round in 0..60 {
            let ids = [Id::random(), Id::random()];
            let work = board.commit("may be dropped", async |commit| {
                commit.create([track().with_id(ids[0])]).await?;
                commit.create([track().with_id(ids[1])]).await
            });
            let done = tokio::time::timeout(Duration::from_micros(round * 200), work).await;
            if let Ok(done) = &done {
                check(done.is_ok(), || format!("a commit failed: {done:?}"))?;
            }
            dropped += usize::from(done.is_err());
            // All of it is there, or nothing: what is asked next waits until the rest is taken back.
            let there = board.items_by_id(ids).await?.iter().flatten().count();
            match done {
                Ok(_) => check_eq(there, 2, "what is there of a commit that was done")?,
                Err(_) => check(there != 1, || "half of a commit is there".to_owned())?,
            }
            if there == 2 {
                made.extend(ids);
            }
        }
        check(dropped > 0, || "no commit was dropped before it was done".to_owned())?;
        let count = made.len();
        if count > 0 {
            board.delete(made).await?;
        }
        check_eq(board.tracks().await?.len(), before, "the tracks when all were deleted")?;
        let strange = kicad.take_notices().into_iter().find(|notice| *notice != Notice::OrphanDropped);
        println!("{dropped} commits dropped, {} done", count / 2);
        check_eq(strange, None, "a notice")
    })
}

fn edits_beside_a_commit(session: &Session) -> Outcome {
    let board = client("kiapi live beside")?.board()?;
    let before = board.tracks()?.len();
    let there = some_id(board.create([track()])?[0].id())?;
    let commit = board.begin_commit()?;
    let flip = |board: &Board| board.flip([there], FlipDirection::LeftRight).map(drop);
    let mut refused = vec![
        refusal(board.create([track()]), "creating")?,
        refusal(board.update([track().with_id(there).with_width(mm(0.9))]), "updating")?,
        refusal(commit.board().delete([there]), "deleting")?,
    ];
    if !is_9(session) {
        refused.push(refusal(flip(&board), "flipping")?);
    }
    for error in refused {
        check_eq(error.kind(), ErrorKind::CommitOpen, "the kind of a refusal")?;
    }
    // It flips in the commit, and is taken back with it.
    let layer = |board: &Board| {
        Ok::<_, kiapi::Error>(board.items_by_id([there])?[0].as_ref().map(kiapi::Item::layer))
    };
    let was = layer(&board)?;
    if !is_9(session) {
        let flipped = commit.flip([there], FlipDirection::LeftRight)?;
        check(Some(flipped[0].layer()) != was, || "it was not flipped".to_owned())?;
    }
    // A client of its own may edit.
    let other = client("kiapi live beside, another")?.board()?;
    let made = some_id(other.create([track()])?[0].id())?;
    commit.drop()?;
    check_eq(layer(&board)?, was, "the layer after the commit was dropped")?;
    check_eq(board.tracks()?.len(), before + 2, "the tracks after the commit was dropped")?;
    board.delete([there, made])?;
    check_eq(board.kicad().take_notices(), vec![], "the notices")
}

/// What is told done is there, and nothing else, while commits come and go.
fn editors_and_committers(_: &Session) -> Outcome {
    const ENOUGH: usize = 12;
    let board = client("kiapi live editors")?.board()?.with_options(CallOptions::new().timeout(PATIENCE));
    let before = board.tracks()?.len();
    let (done, refused) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let (kept, stop) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    let edit = || -> kiapi::Result<()> {
        while !stop.load(Ordering::SeqCst) {
            let id = Id::random();
            match board.create([track().with_id(id)]) {
                Ok(_) => done.lock().unwrap().push(id),
                Err(error) if error.kind() == ErrorKind::CommitOpen => refused.lock().unwrap().push(id),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    };
    let commit = || -> kiapi::Result<()> {
        for round in 0.. {
            if stop.load(Ordering::SeqCst) {
                break;
            }
            let (commit, id) = (board.begin_commit()?, Id::random());
            commit.create([track().with_id(id)])?;
            if round % 3 == 0 {
                commit.push("kept")?;
                kept.lock().unwrap().push(id);
            } else {
                commit.drop()?;
            }
        }
        Ok(())
    };
    let is_rich = || done.lock().unwrap().len() >= ENOUGH && refused.lock().unwrap().len() >= ENOUGH;
    std::thread::scope(|scope| -> Outcome {
        let workers = [scope.spawn(edit), scope.spawn(edit), scope.spawn(commit)];
        let end = Instant::now() + Duration::from_secs(120);
        while !is_rich() && Instant::now() < end && workers.iter().all(|worker| !worker.is_finished()) {
            std::thread::yield_now();
        }
        stop.store(true, Ordering::SeqCst);
        for worker in workers {
            worker.join().map_err(|_| "a thread panicked")??;
        }
        Ok(())
    })?;
    check(is_rich(), || "the edits and the commits did not meet".to_owned())?;
    let told: Vec<Id> = done.lock().unwrap().iter().chain(kept.lock().unwrap().iter()).copied().collect();
    check_eq(board.tracks()?.len(), before + told.len(), "the tracks")?;
    let there = board.items_by_id(told.iter().copied())?.into_iter().flatten().count();
    check_eq(there, told.len(), "those that were told to be there")?;
    println!("{} edits done, {} refused", done.lock().unwrap().len(), refused.lock().unwrap().len());
    board.delete(told)?;
    check_eq(board.kicad().take_notices(), vec![], "the notices")
}

fn settings_beside_a_commit(session: &Session) -> Outcome {
    let board = client("kiapi live settings")?.board()?;
    let (variables, origin) = (board.text_variables()?, board.origin(Origin::Grid)?);
    let title = board.title_block()?;
    let commit = board.begin_commit()?;
    commit.create([track()])?;
    board.set_text_variables([("KIAPI_BESIDE", "7")], Merge::Merge)?;
    board.set_origin(Origin::Grid, (mm(7), mm(7)))?;
    if !is_9(session) {
        board.set_title_block(title.clone().with_revision("beside"))?;
    }
    commit.drop()?;
    check_eq(
        board.text_variables()?.get("KIAPI_BESIDE").map(String::as_str),
        Some("7"),
        "the text variable",
    )?;
    check_eq(board.origin(Origin::Grid)?, (mm(7), mm(7)).into(), "the origin of the grid")?;
    board.set_text_variables(variables, Merge::Replace)?;
    board.set_origin(Origin::Grid, origin)?;
    if !is_9(session) {
        check_eq(board.title_block()?.revision.as_str(), "beside", "the revision")?;
        board.set_title_block(title)?;
    }
    Ok(())
}
