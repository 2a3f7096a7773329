//! Moving, turning and flipping items of every type: what leads back where.

use kiapi::api::board::types::{
    BoardText, Field, Footprint, Footprint3DModel, FootprintInstance, Group, Item, Pad, ReferenceImage,
};
use kiapi::geometry::{FlipDirection, TransformError, bounds, flip, position, rotate, translate};
use kiapi::{Angle, Any, Layer, Vector2, deg, mm};
use proptest::prelude::*;

use crate::samples;

const DIRECTIONS: [FlipDirection; 2] = [FlipDirection::LeftRight, FlipDirection::TopBottom];

/// The items, their children unpacked, as text. What is the same but for whole turns is the same.
fn shown(item: &Item) -> String {
    let mut text = format!("{item:#?}");
    if let Item::FootprintInstance(footprint) = item {
        for any in footprint.definition.iter().flat_map(|definition| &definition.items) {
            let child = any.unpack::<Field>().map(|field| format!("{field:#?}"));
            text += &child.unwrap_or_else(|_| format!("{:#?}", Item::from_any(any.clone())));
        }
    }
    text.lines().filter(|line| !line.contains("bytes)")).map(|line| normalized(line) + "\n").collect()
}

/// A line with an angle in it, from 0 to 360 degrees.
fn normalized(line: &str) -> String {
    match line
        .trim()
        .strip_prefix("value_degrees: ")
        .and_then(|value| value.trim_end_matches(',').parse().ok())
    {
        Some(degrees) => format!("value_degrees: {:.6}", Angle::from_degrees(degrees).normalized().degrees()),
        None => line.trim().to_owned(),
    }
}

/// All numbers of nanometres in an item.
fn lengths(item: &Item) -> Vec<i64> {
    let text = shown(item);
    let number = |line: &str| {
        line.strip_prefix("x_nm: ").or(line.strip_prefix("y_nm: "))?.trim_end_matches(',').parse().ok()
    };
    text.lines().filter_map(number).collect()
}

/// The item with everything set that is zero when it is not set.
fn settled(mut item: Item) -> Item {
    rotate(&mut item, Vector2::ZERO, deg(180)).unwrap();
    rotate(&mut item, Vector2::ZERO, deg(-180)).unwrap();
    item
}

#[track_caller]
fn check_back(item: &Item, there_and_back: impl Fn(&mut Item) -> Result<(), TransformError>) {
    let before = settled(item.clone());
    let mut changed = before.clone();
    there_and_back(&mut changed).unwrap();
    let (changed, before) = (shown(&changed), shown(&before));
    let lines = changed.lines().zip(before.lines()).enumerate();
    let differences: Vec<_> = lines.filter(|(_, (a, b))| a != b).take(9).collect();
    assert!(differences.is_empty() && changed.len() == before.len(), "{differences:#?}");
}

#[test]
fn moving_and_turning_by_quarters_lead_back_exactly() {
    let (about, by) = (Vector2::new(mm(3.3), mm(-7.7)), Vector2::new(mm(1.1), mm(2.3)));
    for item in samples::items(true) {
        check_back(&item, |item| {
            translate(item, by)?;
            translate(item, -by)
        });
        for quarters in [-3, -2, -1, 1, 2, 3, 4, 5] {
            check_back(&item, |item| {
                rotate(item, about, deg(90 * quarters))?;
                rotate(item, about, deg(-90 * quarters))
            });
        }
        // The angle of a barcode grows to a whole turn, as in KiCad.
        if !matches!(item, Item::Barcode(_)) {
            check_back(&item, |item| (0..4).try_for_each(|_| rotate(item, about, deg(90))));
        }
    }
}

#[test]
fn flipping_twice_leads_back() {
    let about = Vector2::new(mm(3.3), mm(-7.7));
    for item in samples::items(true) {
        for direction in DIRECTIONS {
            for copper in [2, 4, 32] {
                check_back(&item, |item| {
                    flip(item, about, direction, copper)?;
                    flip(item, about, direction, copper)
                });
            }
        }
    }
}

#[test]
fn flipping_both_ways_is_turning_by_half_a_turn() {
    let about = Vector2::new(mm(3.3), mm(-7.7));
    for item in samples::items(true) {
        let (mut flipped, mut turned) = (item.clone(), item.clone());
        flip(&mut flipped, about, FlipDirection::LeftRight, 2).unwrap();
        flip(&mut flipped, about, FlipDirection::TopBottom, 2).unwrap();
        rotate(&mut turned, about, deg(180)).unwrap();
        let around = (bounds(&flipped), bounds(&turned));
        assert_eq!(around.0, around.1, "{item:?}");
    }
}

#[test]
fn boxes_move_with_their_items() {
    let by = Vector2::new(mm(-20), mm(13.1));
    for mut item in samples::items(true) {
        let before = bounds(&item);
        translate(&mut item, by).unwrap();
        assert_eq!(bounds(&item), before.map(|around| around.translated(by)), "{item:?}");
        assert_eq!(matches!(item, Item::BoardText(_)), before.is_none());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn turning_back_is_off_by_a_nanometre_at_most(degrees in -720.0..720.0_f64, x in -9_000_i64..9_000, y in -9_000_i64..9_000) {
        let about = Vector2::new(mm(0), mm(0)) + Vector2::from(samples::at(x, y));
        for item in samples::items(true) {
            // A rectangle becomes a polygon, and a dimension along an axis another one.
            let mut changed = item.clone();
            if rotate(&mut changed, about, deg(degrees)).is_err() {
                prop_assert!(shown(&item).contains("TextBox"), "{item:?}");
                prop_assert_eq!(&changed, &item, "it was changed in part");
                continue;
            }
            rotate(&mut changed, about, deg(-degrees)).unwrap();
            let (before, after) = (lengths(&item), lengths(&changed));
            if !shown(&item).contains("Rectangle(") && before.len() == after.len() {
                for (before, after) in before.iter().zip(&after) {
                    prop_assert!((before - after).abs() <= 1, "{} {}", before, after);
                }
            }
        }
    }

    #[test]
    fn a_footprint_takes_all_its_children_with_it(degrees in -720.0..720.0_f64, x in -9_000_i64..9_000, y in -9_000_i64..9_000) {
        let footprint = samples::footprint(12.5, Layer::F_CU, &[]);
        let about = Vector2::from(samples::at(x, y));
        let children = |footprint: &FootprintInstance| -> Vec<Item> {
            let items = &footprint.definition.as_ref().expect("it has one").items;
            items.iter().map(|any| Item::from_any(any.clone()).unwrap()).collect()
        };
        let mut item = Item::from(footprint.clone());
        rotate(&mut item, about, deg(degrees)).unwrap();
        let Item::FootprintInstance(turned) = item else { unreachable!() };
        for (before, after) in children(&footprint).into_iter().zip(children(&turned)) {
            let mut expected = before;
            rotate(&mut expected, about, deg(degrees)).unwrap();
            prop_assert_eq!(position(&expected), position(&after));
            prop_assert_eq!(lengths(&expected), lengths(&after));
        }
    }
}

#[test]
fn texts_of_a_footprint_stay_upright() {
    let mut item = Item::from(samples::footprint(0.0, Layer::F_CU, &[]));
    rotate(&mut item, Vector2::ZERO, deg(180)).unwrap();
    let Item::FootprintInstance(footprint) = item else { unreachable!() };
    let text = |text: Option<BoardText>| {
        text.and_then(|it| it.text).and_then(|it| it.attributes).expect("it has some")
    };
    let attributes = text(footprint.reference_field.expect("it has one").text);
    assert_eq!(attributes.angle.unwrap_or_default().value_degrees.to_bits(), 0.0_f64.to_bits());
    assert_eq!(format!("{:?}", attributes.horizontal_alignment), "RIGHT");
    assert_eq!(format!("{:?}", attributes.vertical_alignment), "TOP");
}

#[test]
fn what_has_no_place_stays_as_it_is() {
    let group = Item::from(Group::new().with_name("group"));
    let mut changed = group.clone();
    rotate(&mut changed, Vector2::ZERO, deg(30)).unwrap();
    flip(&mut changed, Vector2::ZERO, FlipDirection::LeftRight, 2).unwrap();
    assert_eq!((changed, position(&group)), (group, None));

    // A model lies where its footprint does.
    let model = Any::pack(&Footprint3DModel::new().with_filename("a.step"));
    let mut item =
        Item::from(FootprintInstance::new().with_definition(Footprint::new().with_items([model.clone()])));
    rotate(&mut item, Vector2::ZERO, deg(30)).unwrap();
    let Item::FootprintInstance(footprint) = item else { unreachable!() };
    assert_eq!(footprint.definition.expect("it has one").items, [model]);
}

#[test]
fn what_is_not_known_is_refused_and_nothing_is_changed() {
    let unknown = || Any::from_parts("type.googleapis.com/kiapi.board.types.Sticker", b"".as_slice());
    let broken = Any::from_parts("type.googleapis.com/kiapi.board.types.Pad", b"\xff".as_slice());
    let with = |child: Any| {
        let pad = Any::pack(&Pad::new().with_position(Vector2::new(mm(1), mm(1))));
        Item::from(FootprintInstance::new().with_definition(Footprint::new().with_items([pad, child])))
    };
    let what = "cannot tell where a kiapi.board.types.Sticker";
    let why = "lies; this build does not know the type";
    for (item, expected) in [
        (Item::Unknown(unknown()), format!("{what} {why}")),
        (with(unknown()), format!("{what} of a footprint {why}")),
        (with(broken), "cannot read a kiapi.board.types.Pad of a footprint".to_owned()),
    ] {
        let mut changed = item.clone();
        let by = Vector2::new(mm(1), mm(2));
        for error in [
            translate(&mut changed, by).unwrap_err(),
            rotate(&mut changed, by, deg(30)).unwrap_err(),
            rotate(&mut changed, by, deg(360)).unwrap_err(),
            flip(&mut changed, by, FlipDirection::LeftRight, 2).unwrap_err(),
            flip(&mut changed, by, FlipDirection::TopBottom, 2).unwrap_err(),
        ] {
            assert_eq!(error.to_string(), expected);
        }
        assert_eq!(changed, item);
    }
}

#[test]
fn a_picture_is_moved_and_not_drawn_anew() {
    let image = Item::from(ReferenceImage::new().with_position(Vector2::new(mm(1), mm(0))));
    let mut changed = image.clone();
    let error = rotate(&mut changed, Vector2::ZERO, deg(90)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot turn the picture of a reference image; only KiCad itself draws it anew"
    );
    assert_eq!(changed, image);
    flip(&mut changed, Vector2::ZERO, FlipDirection::LeftRight, 2).unwrap();
    assert_eq!(position(&changed), Some(Vector2::new(mm(-1), mm(0))));
}

#[test]
fn footprint_that_can_be_flipped_and_not_turned_is_left_as_it_was() {
    // Found by fuzzing: from left to right it is flipped, and then turned.
    let image = Any::pack(&ReferenceImage::new());
    let definition = Footprint::new().with_items([image]);
    let footprint = FootprintInstance::new().with_definition(definition);
    let before = kiapi::Item::from_proto(footprint.into());
    let mut item = before.clone();
    let about = (mm(1), mm(2));
    let error = item.flip(about, FlipDirection::LeftRight, 2).map(drop).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot turn the picture of a reference image; only KiCad itself draws it anew"
    );
    assert_eq!(item, before);
}
