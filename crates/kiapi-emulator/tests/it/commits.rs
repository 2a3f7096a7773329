//! Commits: what is visible when, and to whom.

use kiapi_emulator::{Emulator, Running};
use kiapi_gen::Any;
use kiapi_gen::board::commands::InteractiveMoveItems;
use kiapi_gen::board::types::{BoardLayer, Item, Net, Track};
use kiapi_gen::common::commands::{
    BeginCommit, CommitAction, CreateItems, DeleteItems, EndCommit, GetItems, ItemStatusCode, UpdateItems,
};
use kiapi_gen::common::types::{Distance, KiCadObjectType, Kiid, Vector2};

use crate::Asker;

fn tracks(asker: &Asker) -> Vec<Track> {
    let asked = GetItems::new().with_header(asker.header()).with_types([KiCadObjectType::PCB_TRACE]);
    let items = asker.get(&asked).items.into_iter().map(|any| Item::from_any(any).unwrap());
    items.filter_map(|item| if let Item::Track(track) = item { Some(track) } else { None }).collect()
}

fn track() -> Track {
    Track::new()
        .with_start(Vector2::new().with_x_nm(40_000_000).with_y_nm(35_000_000))
        .with_end(Vector2::new().with_x_nm(45_000_000).with_y_nm(35_000_000))
        .with_width(Distance::new().with_value_nm(250_000))
        .with_layer(BoardLayer::F_CU)
        .with_net(Net::new().with_name("GND"))
}

fn create(asker: &Asker, track: &Track) -> Track {
    let create = CreateItems::new().with_header(asker.header()).with_items([Any::pack(track)]);
    let row = asker.get(&create).created_items.remove(0);
    assert_eq!(row.status.unwrap().code, ItemStatusCode::OK);
    row.item.unwrap().unpack().unwrap()
}

fn update(asker: &Asker, track: &Track) {
    asker.get(&UpdateItems::new().with_header(asker.header()).with_items([Any::pack(track)]));
}

fn delete(asker: &Asker, track: &Track) {
    asker.get(&DeleteItems::new().with_header(asker.header()).with_item_ids(track.id.clone()));
}

fn end(asker: &Asker, id: Option<Kiid>, action: CommitAction) {
    asker.get(&EndCommit::new().with_id(id.unwrap_or_default()).with_action(action));
}

fn start() -> (Running, Asker) {
    let kicad = Emulator::demo().start().unwrap();
    let asker = Asker::new(&kicad, "first");
    (kicad, asker)
}

#[test]
fn creates_and_deletes_wait_for_the_commit_and_updates_do_not() {
    let (kicad, asker) = start();
    let before = tracks(&asker);
    let id = asker.get(&BeginCommit::new()).id;
    let created = create(&asker, &track());
    let mut wide = before[0].clone();
    wide.width = Some(Distance::new().with_value_nm(777_000));
    update(&asker, &wide);
    delete(&asker, &before[1]);

    let meanwhile = tracks(&Asker::new(&kicad, "second"));
    assert_eq!(meanwhile.len(), before.len());
    assert_eq!(meanwhile[0].width, wide.width);
    assert_eq!(kicad.undo_steps(), 0);

    end(&asker, id, CommitAction::COMMIT);
    let after = tracks(&asker);
    assert!(after.contains(&created) && !after.iter().any(|track| track.id == before[1].id));
    assert_eq!(kicad.undo_steps(), 1);
}

#[test]
fn dropping_a_commit_takes_everything_back() {
    let (kicad, asker) = start();
    let before = kicad.snapshot().unwrap();
    let known = tracks(&asker);
    asker.get(&BeginCommit::new());
    create(&asker, &track());
    for width in [100_000, 200_000] {
        let mut changed = known[0].clone();
        changed.width = Some(Distance::new().with_value_nm(width));
        update(&asker, &changed);
    }
    delete(&asker, &known[2]);
    // Of a commit that is dropped the id does not matter.
    end(&asker, None, CommitAction::DROP);
    assert_eq!(kicad.snapshot().unwrap(), before);
    assert_eq!(kicad.undo_steps(), 0);
}

#[test]
fn every_client_name_has_a_commit_of_its_own() {
    let (kicad, first) = start();
    let second = Asker::new(&kicad, "second");
    let id = first.get(&BeginCommit::new()).id;
    let other = second.get(&BeginCommit::new()).id;
    let again = "BAD_REQUEST the client first already has a commit in progress";
    assert_eq!(first.refusal(&BeginCommit::new()), again);
    let wrong = EndCommit::new().with_id(other.clone().unwrap()).with_action(CommitAction::COMMIT);
    assert!(first.refusal(&wrong).ends_with("does not match the commit in progress"));
    end(&first, id, CommitAction::COMMIT);
    end(&second, other, CommitAction::DROP);
    let none = "BAD_REQUEST the client first does not has a commit in progress";
    assert_eq!(first.refusal(&EndCommit::new()), none);
}

#[test]
fn change_without_a_commit_is_one_step_of_undo() {
    let (kicad, asker) = start();
    create(&asker, &track());
    create(&asker, &track());
    assert_eq!(kicad.undo_steps(), 2);
}

#[test]
fn create_that_fails_half_way_waits_for_the_next_that_succeeds() {
    let (kicad, asker) = start();
    let before = tracks(&asker).len();
    let broken = Any::from_parts("type.googleapis.com/kiapi.board.types.Track", [0xff]);
    let items = [Any::pack(&track()), broken];
    let failing = CreateItems::new().with_header(asker.header()).with_items(items);
    assert_eq!(asker.refusal(&failing), "BAD_REQUEST could not unpack PCB_TRACK from request");
    assert_eq!(tracks(&asker).len(), before);
    create(&asker, &track());
    assert_eq!(tracks(&asker).len(), before + 2);
    assert_eq!(kicad.undo_steps(), 1);
}

#[test]
fn interactive_move_makes_it_busy_until_the_person_is_done() {
    let (kicad, asker) = start();
    let id = tracks(&asker).remove(0).id.unwrap();
    asker.get(&InteractiveMoveItems::new().with_board(asker.board()).with_items([id]));
    let items = GetItems::new().with_header(asker.header()).with_types([KiCadObjectType::PCB_VIA]);
    // So it is in 9.0.8 and 10.0.6: it begins with what happens next.
    asker.get(&items);
    kicad.begin_interactive_move();
    let busy = "BUSY KiCad is busy and cannot respond to API requests right now";
    assert_eq!(asker.refusal(&items), busy);
    asker.ping();
    kicad.end_interactive_move();
    asker.get(&items);
}

/// A commit that KiCad left open has an id that nobody knows, and so can only be dropped.
#[test]
fn commit_that_was_left_open_is_ended_by_dropping_it() {
    let (_kicad, asker) = start();
    let broken = Any::from_parts("type.googleapis.com/kiapi.board.types.Track", [0xff]);
    let failing = CreateItems::new().with_header(asker.header()).with_items([Any::pack(&track()), broken]);
    assert!(asker.refusal(&failing).starts_with("BAD_REQUEST"));
    let push = EndCommit::new().with_action(CommitAction::COMMIT);
    assert_eq!(asker.refusal(&push), "BAD_REQUEST the id  does not match the commit in progress");
    let before = tracks(&asker).len();
    end(&asker, None, CommitAction::DROP);
    assert_eq!(tracks(&asker).len(), before);
}

#[test]
fn track_that_is_not_on_copper_is_answered_and_not_made() {
    let (_kicad, asker) = start();
    let before = tracks(&asker).len();
    create(&asker, &track().with_layer(BoardLayer::F_SILKS));
    assert_eq!(tracks(&asker).len(), before);
}
