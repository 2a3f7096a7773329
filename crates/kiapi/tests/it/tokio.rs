//! The client that is awaited: the same methods, and what cancelling leaves.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use kiapi::tokio::{Board, KiCad};
use kiapi::{CallOptions, ConnectOptions, Layer, Track, mm};
use kiapi_emulator::{Emulator, Running};

async fn connect(emulator: &Running) -> Board {
    let options = ConnectOptions::new().socket(emulator.socket().clone()).client_name("test");
    let options = options.call_options(CallOptions::new().timeout(Duration::from_secs(10)));
    KiCad::connect_with(options).await.unwrap().board().await.unwrap()
}

fn track() -> Track {
    Track::new().with_end((mm(1), mm(0))).with_width(mm(0.2)).with_layer(Layer::F_CU)
}

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
    let board = connect(&emulator).await;
    let before = board.tracks().await.unwrap().len();
    assert_eq!(everything(board).await, before);
    assert_eq!(emulator.undo_steps(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_move_between_threads() {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator).await;
    tokio::spawn(everything(board)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_share_a_client() {
    let emulator = Emulator::demo().start().unwrap();
    let board = connect(&emulator).await;
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

/// Polls so many times at the most; whether it was done.
async fn give_up_after(polls: usize, work: impl Future<Output = ()>) -> bool {
    let mut work = pin!(work);
    for _ in 0..polls {
        if let Poll::Ready(()) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return true;
        }
        // The answer comes meanwhile.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    false
}

#[tokio::test]
async fn commit_that_is_cancelled_at_any_point_leaves_nothing_open() {
    for polls in 0.. {
        let emulator = Emulator::demo().start().unwrap();
        let board = connect(&emulator).await;
        let before = board.tracks().await.unwrap().len();
        let work = async {
            board.commit("cancelled", async |edit| edit.create([track()]).await).await.unwrap();
        };
        let is_done = give_up_after(polls, work).await;
        // Either all of it was done, or nothing.
        let after = board.tracks().await.unwrap().len();
        assert!(after == before || after == before + 1, "{polls} polls");
        assert!(!is_done || after == before + 1, "{polls} polls");
        // The next commit finds none that is open.
        board.commit("next", async |edit| edit.create([track()]).await).await.unwrap();
        assert_eq!(board.tracks().await.unwrap().len(), after + 1, "{polls} polls");
        if is_done {
            return;
        }
        assert!(polls < 100, "it is never done");
    }
}

#[test]
fn commit_that_is_dropped_outside_of_a_runtime_is_taken_back_by_the_next_call() {
    let emulator = Emulator::demo().start().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (board, commit) = runtime.block_on(async {
        let board = connect(&emulator).await;
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
