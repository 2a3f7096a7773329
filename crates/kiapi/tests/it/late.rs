//! Commits and reads while answers are out of step, and other clients' come in the place of ours.
//!
//! The scripted KiCad gives each request the answer to the one before. When it is told to, it refuses a request and puts
//! another client's answer of the same type in the place of the refusal, as when that client asked in between.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use kiapi::api::common::ApiStatusCode;
use kiapi::api::common::commands::{
    BeginCommit, BeginCommitResponse, CommitAction, CreateItems, CreateItemsResponse, EndCommit,
    EndCommitResponse, GetItemsResponse, GetOpenDocumentsResponse, ItemCreationResult, ItemStatus,
    ItemStatusCode,
};
use kiapi::api::common::types::{DocumentSpecifier, DocumentType, ItemRequestStatus, Kiid};
use kiapi::{Board, CallOptions, ErrorKind, Item, KiCad, Layer, Notice, Outcome, Retry, Track, Via, mm};

use crate::scripted::{Reaction, Scripted, commands, refusal, version};

/// What there is in the scripted KiCad.
#[derive(Default)]
struct State {
    is_open: bool,
    pushed: usize,
    /// How many items were made outside of a commit.
    loose: usize,
    /// The commands that are refused, in the order in which they come; another's answer comes then.
    refused: VecDeque<&'static str>,
    /// Whether answers are late.
    is_late: bool,
    late: Option<Reaction>,
    /// Whether other clients ask so much that nobody's made-up type is ever refused to whom it was from.
    is_flooded: bool,
    /// What comes for `GetItems`, one after the other; the last one stays.
    items: VecDeque<Vec<Item>>,
}

impl State {
    fn react(&mut self, name: &str, request: &[u8]) -> Reaction {
        let another = Kiid::new().with_value("another's");
        if self.refused.front() == Some(&name) {
            self.refused.pop_front();
            return match name {
                "BeginCommit" => Reaction::from(&BeginCommitResponse::new().with_id(another)),
                "EndCommit" => Reaction::from(&EndCommitResponse::new()),
                _ => panic!("{name} is never refused here"),
            };
        }
        match name {
            "BeginCommit" if self.is_open => {
                refusal(ApiStatusCode::BAD_REQUEST, "the client us already has a commit in progress")
            }
            "BeginCommit" => {
                self.is_open = true;
                Reaction::from(&BeginCommitResponse::new().with_id(Kiid::new().with_value("own")))
            }
            "EndCommit" if !self.is_open => {
                refusal(ApiStatusCode::BAD_REQUEST, "the client us does not has a commit in progress")
            }
            "EndCommit" => {
                let end = decode::<EndCommit>(request);
                self.is_open = false;
                self.pushed += usize::from(end.action == CommitAction::COMMIT);
                Reaction::from(&EndCommitResponse::new())
            }
            "CreateItems" => {
                let items = decode::<CreateItems>(request).items;
                self.loose += if self.is_open { 0 } else { items.len() };
                let made = |item| {
                    let status = ItemStatus::new().with_code(ItemStatusCode::OK);
                    ItemCreationResult::new().with_status(status).with_item(item)
                };
                let rows = items.into_iter().map(made);
                let answer = CreateItemsResponse::new().with_status(ItemRequestStatus::OK);
                Reaction::from(&answer.with_created_items(rows))
            }
            "GetItems" => {
                let next = self.items.pop_front().expect("it is asked for");
                if self.items.is_empty() {
                    self.items.push_back(next.clone());
                }
                let answer = GetItemsResponse::new().with_status(ItemRequestStatus::OK);
                Reaction::from(&answer.with_items(next.iter().map(Item::to_any)))
            }
            canary => {
                let canary = if self.is_flooded { "of_another" } else { canary };
                let text = format!("no handler available for request of type sync.{canary}");
                refusal(ApiStatusCode::UNHANDLED, &text)
            }
        }
    }
}

fn decode<M: kiapi::api::prost::Message + Default>(bytes: &[u8]) -> M {
    M::decode(bytes).unwrap()
}

/// A KiCad with a board and no schematic, whose answers are late from the board on if they are to be.
fn start(state: State) -> (Scripted, Board, Arc<Mutex<State>>) {
    let state = Arc::new(Mutex::new(state));
    let (shared, mut boards) = (Arc::clone(&state), 0);
    let scripted = Scripted::start_with(move |name, request| match name {
        "GetVersion" => version(10, 0, 6),
        "GetOpenDocuments" => open_documents(&mut boards),
        name => {
            let mut state = shared.lock().unwrap();
            let answer = state.react(name, request);
            if !state.is_late {
                return answer;
            }
            // As it is, whatever it comes for.
            state.late.replace(answer.encoded()).unwrap_or(Reaction::from(&()))
        }
    });
    let board = KiCad::connect_with(scripted.options().client_name("us")).unwrap().board().unwrap();
    (scripted, board, state)
}

/// A board, and no schematic, for which it is asked then.
fn open_documents(asked: &mut usize) -> Reaction {
    *asked += 1;
    let board = (*asked == 1).then(|| DocumentSpecifier::new().with_type(DocumentType::PCB));
    Reaction::from(&GetOpenDocumentsResponse::new().with_documents(board))
}

fn late(refused: &[&'static str]) -> State {
    State { is_late: true, refused: refused.iter().copied().collect(), ..State::default() }
}

fn track() -> Track {
    Track::new().with_start((mm(0), mm(0))).with_end((mm(1), mm(0))).with_width(mm(1)).with_layer(Layer::F_CU)
}

#[test]
fn beginning_of_another_client_is_not_taken_for_ones_own() {
    let (_kicad, board, state) = start(late(&["BeginCommit"]));
    let commit = board.begin_commit().unwrap();
    assert!(state.lock().unwrap().is_open);
    commit.drop().unwrap();
    assert!(!state.lock().unwrap().is_open);

    // As often as it is asked, only others' answers come.
    let (_kicad, board, _state) = start(late(&["BeginCommit"; 8]));
    let error = board.begin_commit().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::OutOfStep, Outcome::Unknown), "{error}");
}

#[test]
fn end_of_another_client_is_not_taken_for_ones_own() {
    let (_kicad, board, state) = start(late(&["EndCommit"]));
    board.commit("pushed", |edit| edit.create([track()])).unwrap();
    let (is_open, pushed, loose) = summary(&state);
    assert_eq!((is_open, pushed, loose), (false, 1, 0));

    let (_kicad, board, state) = start(late(&["EndCommit"]));
    board.begin_commit().unwrap().drop().unwrap();
    assert_eq!(summary(&state), (false, 0, 0));

    // Forgotten, it is dropped before anything else is edited.
    let (_kicad, board, state) = start(late(&["EndCommit"]));
    drop(board.begin_commit().unwrap());
    board.create([track()]).unwrap();
    assert_eq!(summary(&state), (false, 0, 1));

    let (_kicad, board, state) = start(late(&["EndCommit"; 8]));
    let error = board.commit("not pushed", |edit| edit.create([track()])).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::OutOfStep, Outcome::Unknown), "{error}");
    // What was not pushed is dropped.
    assert_eq!(summary(&state), (false, 0, 0));
}

fn summary(state: &Mutex<State>) -> (bool, usize, usize) {
    let state = state.lock().unwrap();
    (state.is_open, state.pushed, state.loose)
}

#[test]
fn edit_tells_if_its_commit_may_never_have_begun() {
    // The first answer that is another's cannot be seen.
    let (_kicad, board, state) =
        start(State { refused: VecDeque::from(["BeginCommit"]), ..State::default() });
    let commit = board.begin_commit().unwrap();
    state.lock().unwrap().is_late = true;
    let error = commit.create([track()]).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::OutOfStep, Outcome::Unknown), "{error}");
    assert_eq!(summary(&state).2, 1);
    commit.drop().unwrap();
    assert!(!summary(&state).0);
}

#[test]
fn edit_is_not_sent_while_kicad_is_not_seen_to_be_done_with_what_came_before() {
    let items = VecDeque::from([vec![Item::from(track())]]);
    let (kicad, board, state) = start(State { items, ..late(&[]) });
    assert_eq!(board.tracks().unwrap().len(), 1);
    state.lock().unwrap().is_flooded = true;
    let error = board.create([track()]).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::OutOfStep, Outcome::NotSent), "{error}");
    assert!(!kicad.seen().iter().any(|request| is_named(request, "CreateItems")));

    state.lock().unwrap().is_flooded = false;
    board.create([track()]).unwrap();
    assert_eq!(summary(&state), (false, 0, 1));
}

#[test]
fn items_of_another_question_are_not_taken_for_the_answer() {
    let (vias, tracks) = (vec![Item::from(Via::new())], vec![Item::from(track())]);
    for first in [tracks.clone(), Vec::new()] {
        let items = VecDeque::from([first, vias.clone()]);
        let (_kicad, board, _state) = start(State { is_late: true, items, ..State::default() });
        assert_eq!(board.vias().unwrap().len(), 1);
    }
    let items = VecDeque::from([tracks.clone(), vias.clone()]);
    let (_kicad, board, _state) = start(State { is_late: true, items, ..State::default() });
    assert_eq!(board.items_of([kiapi::ObjectType::PCB_VIA]).unwrap(), vias);

    // There may be none.
    let items = VecDeque::from([Vec::new()]);
    let (_kicad, board, _state) = start(State { is_late: true, items, ..State::default() });
    assert!(board.vias().unwrap().is_empty());

    // A KiCad whose answers are in step gives more than it was asked for, and that is left out.
    let items = VecDeque::from([[tracks.clone(), vias].concat()]);
    let (kicad, board, _state) = start(State { items, ..State::default() });
    assert_eq!(board.vias().unwrap().len(), 1);
    let asked = kicad.seen().iter().filter(|request| is_named(request, "GetItems")).count();
    assert_eq!(asked, 1);

    let items = VecDeque::from([tracks]);
    let (_kicad, board, _state) = start(State { is_late: true, items, ..State::default() });
    let error = board.vias().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfStep, "{error}");
}

fn is_named(request: &kiapi::api::common::ApiRequest, name: &str) -> bool {
    request.message.as_ref().is_some_and(|message| message.full_name().ends_with(name))
}

#[test]
fn refusal_of_the_request_before_is_not_taken_for_ones_own() {
    for status in [ApiStatusCode::BAD_REQUEST, ApiStatusCode::UNIMPLEMENTED, ApiStatusCode::BUSY] {
        let mut late = Some(refusal(status, "what another client sent"));
        // Each gets the answer to the request before.
        let scripted = Scripted::start(move |name, _| match name {
            "GetVersion" => version(10, 0, 6),
            "BeginCommit" => {
                let own = BeginCommitResponse::new().with_id(Kiid::new().with_value("own"));
                late.replace(Reaction::from(&own)).unwrap()
            }
            canary => {
                let text = format!("no handler available for request of type sync.{canary}");
                late.replace(refusal(ApiStatusCode::UNHANDLED, &text)).unwrap()
            }
        });
        let kicad = scripted.connect();
        let answer = kicad.call(&BeginCommit::new()).unwrap();
        assert_eq!(answer.id.unwrap().value, "own", "{status:?}");
        assert_eq!(kicad.take_notices(), [Notice::OutOfStep], "{status:?}");
        assert_eq!(commands(&scripted), ["GetVersion", "BeginCommit"], "{status:?}");
    }
}

#[test]
fn refusal_that_comes_late_is_believed_of_an_edit_only_if_it_names_the_client() {
    let busy = (ApiStatusCode::BUSY, "KiCad is busy", ErrorKind::OutOfStep, Outcome::Unknown);
    let bad = ApiStatusCode::BAD_REQUEST;
    let of_another = (bad, "the client other already has a commit", ErrorKind::OutOfStep, Outcome::Unknown);
    let of_a_namesake = (bad, "the client us2 already has a commit", ErrorKind::OutOfStep, Outcome::Unknown);
    let ours = (bad, "the client us already has a commit", ErrorKind::BadRequest, Outcome::Answered);
    for (status, text, kind, outcome) in [busy, of_another, of_a_namesake, ours] {
        // Each gets the answer to the request before, and this refusal comes after the beginning: somebody else's, or its own.
        let mut late = Some(Reaction::from(&()));
        let scripted = Scripted::start(move |name, _| match name {
            "GetVersion" => version(10, 0, 6),
            "BeginCommit" => late.replace(refusal(status, text).encoded()).unwrap(),
            canary => {
                let text = format!("no handler available for request of type sync.{canary}");
                late.replace(refusal(ApiStatusCode::UNHANDLED, &text)).unwrap()
            }
        });
        let kicad = KiCad::connect_with(scripted.options().client_name("us")).unwrap();
        let options = CallOptions::new().retry(Retry::Never);
        let error = kicad.call_with(&BeginCommit::new(), options).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{text}: {error}");
    }
}

#[test]
fn commit_is_not_dropped_to_find_out_whether_it_is_open_while_answers_are_late() {
    let (mut boards, mut begun, mut ended, mut late) = (0, 0, 0, None);
    let open = |id: &str| Reaction::from(&BeginCommitResponse::new().with_id(Kiid::new().with_value(id)));
    let scripted = Scripted::start(move |name, _| match name {
        "GetVersion" => version(10, 0, 6),
        "GetOpenDocuments" => open_documents(&mut boards),
        "BeginCommit" => {
            begun += 1;
            if begun == 1 {
                open("own")
            } else {
                late.replace(open("another's")).unwrap_or(Reaction::from(&()))
            }
        }
        // Whether the commit is open still, nobody knows.
        "EndCommit" => {
            ended += 1;
            let own = Reaction::from(&EndCommitResponse::new());
            if ended == 1 { Reaction::Hangup } else { late.replace(own).unwrap() }
        }
        canary => {
            let text = format!("no handler available for request of type sync.{canary}");
            late.replace(refusal(ApiStatusCode::UNHANDLED, &text)).unwrap()
        }
    });
    let commit = scripted.connect().board().unwrap().begin_commit().unwrap();
    let error = commit.push("settled").unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::OutOfStep, Outcome::Unknown), "{error}");
}
