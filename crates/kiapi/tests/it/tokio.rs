//! The client that is awaited: the same methods, on one thread and on many.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kiapi::ErrorKind;
use kiapi::tokio::{Board, KiCad};
use kiapi_emulator::Emulator;

use crate::alone::{Ledger, options};
use crate::cancelling::{connect, track};

async fn everything(board: Board) -> usize {
    assert!(board.nets().await.unwrap().iter().any(|net| net.name == "GND"));
    let made = board.commit("made", async |edit| edit.create([track()]).await).await.unwrap();
    board.delete(made[0].id()).await.unwrap();
    board.refill_zones().await.unwrap().wait(Duration::from_secs(10)).await.unwrap();
    board.contents().await.unwrap();
    board.snapshot().await.unwrap();
    board.tracks().await.unwrap().len()
}

#[tokio::test]
async fn one_thread_will_do() {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator, "test").await;
    let before = board.tracks().await.unwrap().len();
    assert_eq!(everything(board).await, before);
    assert_eq!(emulator.undo_steps(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_move_between_threads() {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator, "test").await;
    tokio::spawn(everything(board)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_share_a_client() {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator, "test").await;
    let mut layers = Vec::new();
    for layer in board.enabled_layers().await.unwrap() {
        layers.push((layer, board.layer_name(layer).await.unwrap()));
    }
    let tasks: Vec<_> = (0..64)
        .map(|number| {
            let (board, (layer, name)) = (board.clone(), layers[number % layers.len()].clone());
            tokio::spawn(async move { (name, board.layer_name(layer).await.unwrap()) })
        })
        .collect();
    for task in tasks {
        let (expected, name) = task.await.unwrap();
        assert_eq!(name, expected);
    }
}

#[test]
fn commit_that_is_dropped_outside_of_a_runtime_is_taken_back_by_the_next_call() {
    let emulator = Emulator::demo().start().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (board, commit) = runtime.block_on(async {
        let board = connect(&emulator, "test").await;
        let commit = board.begin_commit().await.unwrap();
        commit.create([track()]).await.unwrap();
        (board, commit)
    });
    drop(commit);
    runtime.block_on(async {
        board.begin_commit().await.unwrap().drop().await.unwrap();
    });
    assert_eq!(emulator.undo_steps(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commit_that_is_dropped_in_the_background_is_waited_for() {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator, "test").await;
    let before = board.tracks().await.unwrap().len();
    for round in 0..50 {
        let commit = board.begin_commit().await.unwrap();
        commit.create([track()]).await.unwrap();
        drop(commit);
        // Neither is the next commit refused, nor is an edit lost in the one that is dropped.
        if round % 2 == 0 {
            board.begin_commit().await.unwrap().drop().await.unwrap();
        } else {
            board.create([track()]).await.unwrap();
        }
    }
    assert_eq!(board.tracks().await.unwrap().len(), before + 25);
    assert_eq!(emulator.undo_steps(), 25);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tasks_that_share_a_client_lose_no_edit_to_each_others_commits() {
    let emulator = Emulator::demo().start().unwrap();
    let board = KiCad::connect_with(options(&emulator)).await.unwrap().board().await.unwrap();
    let (ledger, stop) = (Arc::new(Ledger::default()), Arc::new(AtomicBool::new(false)));
    let mut tasks = Vec::new();
    for _ in 0..6 {
        let (board, ledger, stop) = (board.clone(), Arc::clone(&ledger), Arc::clone(&stop));
        tasks.push(tokio::spawn(async move {
            while !stop.load(Ordering::SeqCst) {
                let track = ledger.track();
                ledger.told(&track, &board.create([track.clone()]).await);
            }
        }));
    }
    for number in 0..3_u64 {
        let (board, ledger, stop) = (board.clone(), Arc::clone(&ledger), Arc::clone(&stop));
        tasks.push(tokio::spawn(async move {
            for round in number.. {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let track = ledger.track();
                let work = async {
                    let commit = board.begin_commit().await?;
                    commit.create([track.clone()]).await?;
                    match round % 3 {
                        0 => commit.push("kept").await,
                        1 => commit.drop().await,
                        _ => {
                            drop(commit);
                            Ok(())
                        }
                    }
                };
                // Some are given up at whatever point they have come to; never one that is to be kept.
                let patience = match round % 6 {
                    2 => Duration::from_micros(round % 700),
                    _ => Duration::from_secs(60),
                };
                let done = tokio::time::timeout(patience, work).await;
                match done {
                    Ok(Err(error)) => {
                        assert_eq!(error.kind(), ErrorKind::CommitOpen, "{error}");
                        ledger.expect(&track, false);
                    }
                    _ => ledger.expect(&track, round % 3 == 0),
                }
            }
        }));
    }
    let end = Instant::now() + Duration::from_secs(60);
    while !ledger.is_rich() && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.store(true, Ordering::SeqCst);
    for task in tasks {
        task.await.unwrap();
    }
    assert!(ledger.is_rich(), "they did not meet: {:?} done, {:?} refused", ledger.done, ledger.refused);
    board.begin_commit().await.unwrap().drop().await.unwrap();
    ledger.check(&board.tracks().await.unwrap());
}
