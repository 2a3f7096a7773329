//! Futures that are dropped at any point: nothing stays open, and the client works.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use kiapi::tokio::{Board, KiCad};
use kiapi::{CallOptions, ConnectOptions, ErrorKind, Layer, Outcome, Track, mm};
use kiapi_emulator::{Emulator, Fault, Injection, Running};

pub(crate) async fn connect(emulator: &Running, name: &str) -> Board {
    let options = ConnectOptions::new().socket(emulator.socket().clone()).client_name(name);
    let options = options.call_options(CallOptions::new().timeout(Duration::from_secs(10)));
    KiCad::connect_with(options).await.unwrap().board().await.unwrap()
}

pub(crate) fn track() -> Track {
    Track::new().with_end((mm(1), mm(0))).with_width(mm(0.2)).with_layer(Layer::F_CU)
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

/// Drops `work` after every number of polls that does not end it. The client and another one of the same name work then,
/// and the board has none or all of the `made` tracks more.
async fn check(made: usize, work: impl AsyncFn(&Board)) {
    for polls in 0.. {
        assert!(polls < 200, "it is never done");
        let emulator = Emulator::demo().start().unwrap();
        let board = connect(&emulator, "test").await;
        let before = board.tracks().await.unwrap().len();
        let is_done = give_up_after(polls, work(&board)).await;
        // What was sent is carried out, if late.
        board.kicad().ping().await.unwrap();
        let after = board.tracks().await.unwrap().len();
        assert!(after == before || after == before + made, "{polls} polls: {before}, then {after}");
        assert!(!is_done || after == before + made, "{polls} polls: {before}, then {after}");
        // A commit that is left open would be in the way of it.
        let steps = emulator.undo_steps();
        board.commit("next", async |edit| edit.create([track()]).await).await.unwrap();
        let again = connect(&emulator, "test").await;
        again.commit("again", async |edit| edit.create([track()]).await).await.unwrap();
        assert_eq!(again.kicad().take_notices(), [], "{polls} polls");
        assert_eq!(emulator.undo_steps(), steps + 2, "{polls} polls");
        assert_eq!(board.tracks().await.unwrap().len(), after + 2, "{polls} polls");
        if is_done {
            return;
        }
    }
}

#[tokio::test]
async fn creation_that_is_cancelled_leaves_nothing_open() {
    check(1, async |board| {
        board.create([track()]).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn question_that_is_cancelled_leaves_its_answer_to_nobody() {
    check(0, async |board| {
        board.nets().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn refill_that_is_cancelled_leaves_a_client_that_works() {
    check(0, async |board| {
        board.refill_zones().await.unwrap().wait(Duration::from_secs(10)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn commit_of_several_edits_that_is_cancelled_leaves_nothing_open() {
    check(2, async |board| {
        let work = board.commit("cancelled", async |edit| {
            edit.create([track()]).await?;
            edit.create([track()]).await
        });
        work.await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whole_commits_run_in_tasks_of_clients_with_names_of_their_own() {
    let emulator = Emulator::demo().start().unwrap();
    let mut tasks = Vec::new();
    for number in 0..8 {
        let board = connect(&emulator, &format!("task {number}")).await;
        tasks.push(tokio::spawn(async move {
            board.commit("in a task", async |edit| edit.create([track()]).await).await.unwrap().len()
        }));
    }
    for task in tasks {
        assert_eq!(task.await.unwrap(), 1);
    }
    assert_eq!(emulator.undo_steps(), 8);
}

#[tokio::test]
async fn answer_to_another_call_that_creates_is_not_taken_for_that_to_this_one() {
    let emulator = Emulator::demo().start().unwrap();
    let (one, other) = (connect(&emulator, "one").await, connect(&emulator, "other").await);
    // The first edit asks for what an earlier run left, before it is sent.
    one.create([track()]).await.unwrap();
    other.create([track()]).await.unwrap();
    let (before, steps) = (one.tracks().await.unwrap().len(), emulator.undo_steps());
    // Its answer has the right type, so nobody notices.
    emulator.faults().inject(Injection::new(Fault::OutOfStep).on("Ping"));
    one.kicad().ping().await.unwrap();
    assert!(!give_up_after(1, async { drop(other.create([track()]).await) }).await);
    let end = Instant::now() + Duration::from_secs(10);
    while emulator.undo_steps() == steps {
        assert!(Instant::now() < end, "what was sent is not carried out");
        tokio::task::yield_now().await;
    }
    let error = one.create([track().with_width(mm(0.5))]).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::OutOfStep, Outcome::Unknown));
    assert_eq!(one.tracks().await.unwrap().len(), before + 2);
}
