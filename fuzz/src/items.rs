//! Items: from an `Any` to what people work with, and to a picture.

use arbitrary::Unstructured;
use kiapi::picture::{Contents, Picture, Side};
use kiapi::{Angle, FlipDirection, Id, Item, Nm, Vector2};
use kiapi_gen::common::commands::GetItemsResponse;
use kiapi_gen::{Any, AnyRef, AnyRefs};
use prost::Message as _;

use crate::made;

/// The most items of one input.
const ITEMS: usize = 24;
/// What an answer with items has them in.
const GET_ITEMS_RESPONSE_ITEMS: u32 = 3;

/// The items that the bytes are, or from which they are made.
fn items(data: &[u8]) -> Vec<Any> {
    let Some((kind, data)) = data.split_first() else { return Vec::new() };
    if kind % 2 == 0 {
        return made::items(&mut Unstructured::new(data), ITEMS);
    }
    GetItemsResponse::decode(data).map(|answer| answer.items).unwrap_or_default()
}

pub fn run(data: &[u8]) {
    if let Some((kind, raw)) = data.split_first() {
        if kind % 2 == 1 {
            borrowed(raw);
        }
    }
    for any in items(data).into_iter().take(ITEMS) {
        let Ok(item) = Item::from_any(any.clone()) else { continue };
        let raw = any.encode_to_vec();
        let borrowed = AnyRef::new(&raw).expect("it was just written");
        let same = Item::from_any_ref(borrowed).expect("the same bytes");
        assert_eq!(format!("{same:?}"), format!("{item:?}"));
        let packed = item.to_any();
        let again = Item::from_any(packed.clone()).expect("what we pack can be read");
        assert_eq!(again.to_any(), packed);
        used(item);
    }
}

/// Items that are looked at where they lie are those that are decoded as a whole.
fn borrowed(raw: &[u8]) {
    let found: Result<Vec<_>, _> = AnyRefs::new(raw, GET_ITEMS_RESPONSE_ITEMS).collect();
    let Ok(whole) = GetItemsResponse::decode(raw) else { return };
    let found = found.unwrap_or_else(|error| panic!("{error}, and the whole can be read"));
    assert_eq!(found.len(), whole.items.len());
    for (one, any) in found.iter().zip(&whole.items) {
        assert_eq!((one.full_name(), one.value()), (any.full_name(), any.value.as_slice()));
        assert_eq!(one.to_any().ok().as_ref(), Some(any));
    }
}

/// All that can be done with an item.
fn used(mut item: Item) {
    let _ = (item.id(), item.layer(), item.net().map(str::to_owned), item.locked(), item.position());
    let _ = (item.kind(), item.created_since());
    let far = Vector2::new(Nm(i64::MAX), Nm(-3));
    // What cannot be done is refused, and leaves the item as it was.
    for (index, by) in [Vector2::new(Nm(1), Nm(-1)), far].into_iter().enumerate() {
        let before = item.to_any();
        if item.move_by(by).is_err() {
            assert_eq!(item.to_any(), before, "moved by {index}");
        }
        let before = item.to_any();
        if item.rotate(by, Angle::from_degrees(17.3)).is_err() {
            assert_eq!(item.to_any(), before, "turned about {index}");
        }
        let before = item.to_any();
        if item.flip(by, FlipDirection::LeftRight, 2).is_err() {
            assert_eq!(item.to_any(), before, "flipped at {index}");
        }
    }
    if let Ok(id) = "11111111-2222-4333-8444-555555555555".parse::<Id>() {
        item.set_id(id);
    }
    let _ = item.into_proto();
}

/// A picture of any items is well-formed, and says nothing that is no number.
pub fn svg(data: &[u8]) {
    let made: Vec<Any> = items(data).into_iter().take(ITEMS).collect();
    let contents = Contents::from_any(made.iter().cloned());
    let other = Contents::from_any(made);
    let _ = (contents.unknown_variables(), contents.texts());
    for side in [Side::Front, Side::Back] {
        let svg = Picture::new(&contents).side(side).title("a <title> & \u{1}").to_svg();
        let same = Picture::new(&other).side(side).title("a <title> & \u{1}").to_svg();
        assert!(same == svg, "a picture is drawn in one way only");
        let read = roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{error}: {svg}"));
        let written =
            read.descendants().flat_map(|node| node.attributes()).map(|attribute| attribute.value());
        for value in written.filter(|value| !value.contains('#')) {
            assert!(!value.split([' ', ',']).any(|word| ["NaN", "inf", "-inf"].contains(&word)), "{value}");
        }
    }
}
