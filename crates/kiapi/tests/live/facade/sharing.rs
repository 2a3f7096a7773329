//! Clients that threads and tasks share, and futures that are dropped in the middle.

use std::task::Poll;
use std::time::Duration;

use kiapi::{CallOptions, ConnectOptions, Id, Notice};

use super::edits::track;
use super::{Case, client};
use crate::session::{Outcome, PATIENCE, Session, check, check_eq};

pub(super) const CASES: &[Case] = &[
    ("threads share a client", threads_share_a_client),
    ("tasks share a client", tasks_share_a_client),
    ("futures that are dropped", dropped_futures),
    ("commits that are dropped with their futures", dropped_commits),
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
