//! What errors say, and what may be done about them.

use std::time::{Duration, Instant};

use expect_test::{Expect, expect};
use kiapi::{
    Board, CallOptions, ConnectOptions, Error, ErrorKind, Id, Item, KiCad, Layer, Outcome, Pad, Track, mm,
};
use kiapi_emulator::{Emulator, Fault, Injection, Running};

fn start() -> (Running, Board) {
    let emulator = Emulator::demo().start().unwrap();
    let options = ConnectOptions::new().socket(emulator.socket().clone());
    let options = options.call_options(CallOptions::new().timeout(Duration::from_secs(5)));
    let board = KiCad::connect_with(options).unwrap().board().unwrap();
    (emulator, board)
}

/// The text of an error, without the place that is another one each time.
#[track_caller]
fn check(text: &str, place: &str, expected: &Expect) {
    expected.assert_eq(&text.replace(place, "PLACE"));
}

fn track() -> Track {
    Track::new().with_end((mm(1), mm(0))).with_width(mm(0.2)).with_layer(Layer::F_CU)
}

#[test]
fn what_main_prints_has_the_causes_and_no_structure() {
    let folder = tempfile::tempdir().unwrap();
    let place = format!("ipc://{}", folder.path().join("api.sock").display());
    let nowhere = ConnectOptions::new().socket(place.parse().unwrap());
    let error = KiCad::connect_with(nowhere).unwrap_err();
    check(
        &format!("Error: {error:?}"),
        &place,
        &expect![[r#"
            Error: cannot reach KiCad at `PLACE`; is it running, with its API server enabled in Preferences > Plugins?
              because nothing listens at `PLACE`: there is no such socket"#]],
    );
    let structure = format!("{error:#?}");
    for field in
        ["kind: NotReachable", "outcome: NotSent", "text: ", "guard: None", "items: []", "source: Some("]
    {
        assert!(structure.contains(field), "{field} is not in {structure}");
    }
    // Each cause once.
    assert_eq!(structure.lines().next(), Some("Error {"));
    let error = Emulator::demo().start().map(|emulator| {
        let kicad = KiCad::connect_with(ConnectOptions::new().socket(emulator.socket().clone())).unwrap();
        kicad.board_at("other.kicad_pcb").unwrap_err()
    });
    let error = error.unwrap();
    assert_eq!(format!("{error:?}"), error.to_string());
}

#[test]
fn connection_that_breaks_is_told_with_its_address() {
    let (emulator, board) = start();
    let place = emulator.socket().to_string();
    emulator.faults().inject(Injection::new(Fault::DropUnanswered).on("CreateItems"));
    let error = board.create([track()]).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Disconnected, Outcome::Unknown));
    check(
        &error.to_string(),
        &place,
        &expect![
            "CreateItems failed, since the connection to KiCad at `PLACE` broke; whether KiCad runs it is not known"
        ],
    );
}

/// What calls say once a KiCad has died while a commit was open.
fn after_death(after: impl Fn(&Board) -> Vec<Error>) -> (Vec<Error>, String) {
    let (emulator, board) = start();
    let place = emulator.socket().to_string();
    let commit = board.begin_commit().unwrap();
    commit.create([track()]).unwrap();
    drop(emulator);
    let mut errors = vec![commit.create([track()]).unwrap_err()];
    drop(commit);
    errors.extend(after(&board));
    (errors, place)
}

#[test]
fn calls_after_a_kicad_died_in_a_commit_tell_of_themselves() {
    let (errors, place) = after_death(|board| {
        vec![
            board.tracks().unwrap_err(),
            board.create([track()]).unwrap_err(),
            board.begin_commit().unwrap_err(),
            board.kicad().ping().unwrap_err(),
        ]
    });
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert!(texts.iter().all(|text| !text.contains("EndCommit")), "{texts:?}");
    let kinds: Vec<_> = errors.iter().map(|error| (error.kind(), error.is_retryable())).collect();
    assert!(kinds.iter().all(|kind| *kind == (ErrorKind::Disconnected, true)), "{errors:?}");
    check(
        &texts[1..].join("\n"),
        &place,
        &expect![[r#"
            GetItems was not sent; the connection to KiCad at `PLACE` is gone
            CreateItems was not sent; the connection to KiCad at `PLACE` is gone
            BeginCommit was not sent; the connection to KiCad at `PLACE` is gone
            Ping was not sent; the connection to KiCad at `PLACE` is gone"#]],
    );
}

#[test]
fn what_must_be_changed_first_is_not_worth_another_try() {
    let (_emulator, board) = start();
    let kicad = board.kicad();
    let never = [
        kicad.run_action("common.Control.print").unwrap_err(),
        board.create_from_text("(kicad_pcb)").unwrap_err(),
        board.update([track()]).unwrap_err(),
        board.update_stackup(board.stackup().unwrap()).unwrap_err(),
        board.delete([Id::random()]).unwrap_err(),
    ];
    for error in never {
        assert!(!error.is_retryable(), "{error}");
    }
    let _commit = board.begin_commit().unwrap();
    assert!(board.create([track()]).unwrap_err().is_retryable());
}

/// What comes of a call under which its KiCad ends, and what it is called.
#[track_caller]
fn ends_under(command: &str, call: impl FnOnce(&Board) -> Error + Send + 'static) -> Error {
    let (emulator, board) = start();
    emulator.faults().inject(Injection::new(Fault::Silent).on(command));
    let caller = std::thread::spawn(move || call(&board));
    let deadline = Instant::now() + Duration::from_secs(20);
    while emulator.faults().pending() > 0 {
        assert!(Instant::now() < deadline, "{command} does not come");
        std::thread::yield_now();
    }
    drop(emulator);
    let error = caller.join().unwrap();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Disconnected, Outcome::Unknown), "{error}");
    error
}

#[test]
fn reading_may_be_tried_again_when_its_kicad_ended_and_an_edit_may_not() {
    let read = ends_under("GetItems", |board| board.tracks().unwrap_err());
    assert!(read.is_retryable(), "{read}");
    assert!(read.to_string().ends_with("; it only reads, and may be made again"), "{read}");
    let snapshot = ends_under("GetNets", |board| board.snapshot().unwrap_err());
    assert!(snapshot.is_retryable(), "{snapshot}");
    let edit = ends_under("CreateItems", |board| board.create([track()]).unwrap_err());
    assert!(!edit.is_retryable(), "{edit}");
    assert!(edit.to_string().ends_with("; whether KiCad runs it is not known"), "{edit}");
}

#[test]
fn pad_or_field_that_is_sent_alone_is_refused_with_the_way_out() {
    let (emulator, board) = start();
    let footprint = board.footprints().unwrap().into_iter().find(|it| it.reference() == "C1").unwrap();
    let pad = Item::from(board.pads().unwrap().remove(0));
    let field = Item::from(footprint.value_field().unwrap());
    let made_up = Item::from(Pad::new().with_id(Id::random()));
    for (item, way) in [(pad, "edit_pads"), (field, "edit_field"), (made_up, "edit_pads")] {
        for error in [board.update([item.clone()]), board.try_update([item.clone()]).map(|_| Vec::new())] {
            let error = error.unwrap_err();
            let found = (error.kind(), error.guard(), error.outcome());
            let guard = Some(kiapi::Guard::PartOfFootprint);
            assert_eq!(found, (ErrorKind::Guarded, guard, Outcome::NotSent), "{error}");
            let text = error.to_string();
            assert!(text.contains(&format!("with `Footprint::{way}`, and update its footprint")), "{text}");
        }
        // KiCad says less.
        let unchecked = board.with_options(CallOptions::new().unchecked());
        assert_eq!(unchecked.update([item]).unwrap_err().kind(), ErrorKind::Items);
    }
    assert_eq!(emulator.undo_steps(), 0);
}
