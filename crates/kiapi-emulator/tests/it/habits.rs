//! KiCad's bugs: each shows in the versions that have it, and is gone when it is switched off.

use kiapi_emulator::transport::{CallOptions, Transport as _};
use kiapi_emulator::{Emulator, Habit, Line};
use kiapi_gen::Any;
use kiapi_gen::board::commands::{FlipItems, GetBoardLayerName, InjectDrcError, SetBoardEnabledLayers};
use kiapi_gen::board::types::{Barcode, BarcodeKind, BoardLayer};
use kiapi_gen::common::commands::{
    BeginCommit, CreateItems, DeleteItems, GetItems, GetItemsById, GetPluginSettingsPath, UpdateItems,
};
use kiapi_gen::common::types::{Distance, KiCadObjectType as Kind, Kiid, Vector2};

use crate::Asker;

/// Whether it shows, to a client that looks for it.
fn shows(habit: Habit, asker: &Asker) -> bool {
    match habit {
        Habit::EmptyDeleteItems => {
            let unknown = Kiid::new().with_value("11111111-2222-4333-8444-555555555555");
            let delete = DeleteItems::new().with_header(asker.header()).with_item_ids([unknown]);
            asker.get(&delete).deleted_items.is_empty()
        }
        Habit::DoubleAnswers => {
            asker.client.call(&[0xff; 20], &CallOptions::new()).unwrap();
            asker.refusal(&BeginCommit::new()).starts_with("BAD_REQUEST")
        }
        Habit::BarcodesStay => {
            let mut barcode = barcode(asker);
            "another".clone_into(&mut barcode.text);
            let update = UpdateItems::new().with_header(asker.header()).with_items([Any::pack(&barcode)]);
            asker.get(&update);
            let ids = GetItemsById::new().with_header(asker.header()).with_items(barcode.id);
            asker.get(&ids).items[0].unpack::<Barcode>().unwrap().text != "another"
        }
        Habit::LooseCommits => {
            asker.get(&InjectDrcError::new().with_board(asker.board()));
            let after_error = asker.refusal(&BeginCommit::new());
            asker.get(&FlipItems::new().with_header(asker.header()));
            after_error.ends_with("already has a commit in progress")
        }
        Habit::TextsHideShapes => {
            let count = |kinds: &[Kind]| {
                let items = GetItems::new().with_header(asker.header()).with_types(kinds.iter().copied());
                asker.get(&items).items.len()
            };
            let [texts, shapes] = [Kind::PCB_TEXT, Kind::PCB_SHAPE];
            assert!(count(&[texts]) > 0 && count(&[shapes]) > 0);
            count(&[texts, shapes]) < count(&[shapes, texts])
        }
        Habit::InvertedPluginCheck => {
            let path = |name: &str| asker.refusal(&GetPluginSettingsPath::new().with_identifier(name));
            assert_ne!(path("com.example.plugin").starts_with("OK"), path("no name").starts_with("OK"));
            path("no name").starts_with("OK")
        }
        Habit::NameOfUnselectedLayer => {
            let name = GetBoardLayerName::new().with_board(asker.board()).with_layer(BoardLayer::UNSELECTED);
            asker.get(&name).name == "In-2.Cu"
        }
        Habit::UnfilledLimit => {
            let layers = SetBoardEnabledLayers::new().with_board(asker.board()).with_copper_layer_count(64);
            let refusal = asker.refusal(&layers);
            assert!(refusal.starts_with("BAD_REQUEST"), "{refusal}");
            refusal.contains("%d")
        }
        _ => panic!("{habit} is not tried"),
    }
}

fn barcode(asker: &Asker) -> Barcode {
    let nm = |mm: i64| Distance::new().with_value_nm(mm * 1_000_000);
    let barcode = Barcode::new()
        .with_text("one")
        .with_kind(BarcodeKind::QR_CODE)
        .with_position(Vector2::new().with_x_nm(50_000_000).with_y_nm(50_000_000))
        .with_layer(BoardLayer::F_SILKS)
        .with_width(nm(10))
        .with_height(nm(10));
    let create = CreateItems::new().with_header(asker.header()).with_items([Any::pack(&barcode)]);
    asker.get(&create).created_items[0].item.as_ref().unwrap().unpack().unwrap()
}

#[test]
fn habits_show_unless_they_are_switched_off() {
    for habit in Habit::ALL {
        assert!(!habit.lines().is_empty());
        for &line in habit.lines() {
            let with = Emulator::demo_of(line).start().unwrap();
            assert!(shows(*habit, &Asker::new(&with, "a")), "{line} lacks {habit}");
            let without = Emulator::demo_of(line).without(*habit).start().unwrap();
            assert!(!shows(*habit, &Asker::new(&without, "a")), "{line} without {habit} has it");
        }
    }
}

#[test]
fn habits_have_words() {
    for habit in Habit::ALL {
        assert_eq!(habit.to_string().parse(), Ok(*habit));
    }
    assert!("no habit".parse::<Habit>().unwrap_err().starts_with("`no habit` is no habit; known: empty-"));
}

/// What a KiCad lacks, its emulator lacks too.
#[test]
fn habits_are_those_of_the_version() {
    for line in Line::ALL {
        let kicad = Emulator::demo_of(line).start().unwrap();
        let asker = Asker::new(&kicad, "a");
        for habit in [Habit::InvertedPluginCheck, Habit::NameOfUnselectedLayer, Habit::TextsHideShapes] {
            assert_eq!(shows(habit, &asker), habit.lines().contains(&line), "{line}: {habit}");
        }
    }
}
