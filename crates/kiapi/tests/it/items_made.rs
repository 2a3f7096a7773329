//! Items that are built, shown, copied and moved.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use kiapi::api::board::types;
use kiapi::api::common::commands::{CreateItems, GetOpenDocuments, ItemStatusCode};
use kiapi::api::common::types as common;
use kiapi::geometry::FlipDirection;
use kiapi::items::{
    AxisAlignment, BarcodeKind, OuterLayer, PadStack, PadStackShape, PadType, PostMachining, SolderMaskMode,
    copy,
};
use kiapi::{
    Any, Arc, Barcode, ConnectOptions, Dimension, Field, Footprint, Group, Id, Item, KiCad, Layer, Pad,
    ReferenceImage, Shape, Text, TextBox, Track, Via, Zone, deg, mm,
};
use kiapi_emulator::{Emulator, Line};

#[track_caller]
pub(crate) fn check_text(item: impl Into<Item>, line: Expect) {
    let text = item.into().to_string();
    assert!(!text.contains('\n'), "{text:?} is more than one line");
    line.assert_eq(&text);
}

#[test]
fn via_is_what_kicad_expects() {
    let via = Via::new().with_position((mm(1), mm(2))).with_diameter(mm(0.6)).with_drill(mm(0.3));
    expect![[r#"
        Via {
            position: Some(
                Vector2 {
                    x_nm: 1000000,
                    y_nm: 2000000,
                },
            ),
            pad_stack: Some(
                PadStack {
                    type: NORMAL,
                    layers: [
                        F_CU,
                        B_CU,
                    ],
                    drill: Some(
                        DrillProperties {
                            start_layer: F_CU,
                            end_layer: B_CU,
                            diameter: Some(
                                Vector2 {
                                    x_nm: 300000,
                                    y_nm: 300000,
                                },
                            ),
                            shape: CIRCLE,
                        },
                    ),
                    copper_layers: [
                        PadStackLayer {
                            layer: F_CU,
                            shape: CIRCLE,
                            size: Some(
                                Vector2 {
                                    x_nm: 600000,
                                    y_nm: 600000,
                                },
                            ),
                        },
                    ],
                },
            ),
            type: THROUGH,
        }"#]]
    .assert_eq(&format!("{:#?}", via.as_proto()));
}

#[test]
fn diameter_of_a_via_is_set_on_all_layers() {
    let layer = |layer| types::PadStackLayer::new().with_layer(layer);
    let stack = types::PadStack::new().with_copper_layers([layer(Layer::F_CU), layer(Layer::IN1_CU)]);
    let mut via = Via::from(types::Via::new().with_pad_stack(stack));
    via.set_diameter(mm(0.7));
    assert!(via.pad_stack().unwrap().copper_layers().all(|layer| layer.size() == (mm(0.7), mm(0.7)).into()));
    // One that tells of none gets one.
    let via = Via::from(types::Via::new()).with_diameter(mm(0.7));
    assert_eq!(via.diameter(), mm(0.7));
}

#[test]
fn post_machining_is_in_the_units_of_the_wire() {
    let sink = PostMachining::countersink(mm(1.2), deg(82));
    assert_eq!((sink.as_proto().size, sink.as_proto().angle), (1_200_000, 820));
    assert_eq!(PostMachining::counterbore(mm(5000), mm(-5000)).as_proto().size, i32::MAX);
}

#[test]
fn field_of_a_footprint_begins_where_the_footprint_is() {
    let footprint = Footprint::new()
        .with_layer(Layer::B_CU)
        .with_position((mm(3), mm(4)))
        .with_reference("C3")
        .with_value("1u");
    let places: Vec<String> = footprint.fields().iter().map(Field::to_string).collect();
    assert_eq!(places, ["field Reference \"C3\" at (3 mm, 4 mm)", "field Value \"1u\" at (3 mm, 4 mm)"]);
    let text = footprint.reference_field().and_then(|field| field.board_text()).unwrap();
    assert_eq!((text.layer(), text.is_mirrored()), (Layer::B_SILKS, true));
    // One that is there keeps its place.
    let footprint = footprint.with_position((mm(9), mm(9))).with_reference("C4");
    assert_eq!(footprint.reference_field().unwrap().position(), (mm(3), mm(4)).into());
}

#[test]
fn settings_of_a_zone_go_with_its_purpose() {
    let zone = Zone::new().with_net("GND");
    assert_eq!((zone.net(), zone.vias_forbidden()), (Some("GND"), false));
    let area = Zone::rule_area().with_vias_forbidden(true);
    assert_eq!((area.net(), area.vias_forbidden(), area.is_rule_area()), (None, true, true));
}

#[test]
fn copy_has_ids_of_its_own_all_the_way_down() {
    let [own, pad, text, inner, symbol] = std::array::from_fn(|_| Id::random());
    let mut footprint = Footprint::new().with_id(own).with_reference_field(Field::new("Reference", "C1"));
    footprint.edit_reference_field(|field| {
        field.set_id(text);
    });
    footprint.set_symbol_path([symbol]);
    let mut child = Pad::new().with_id(pad);
    child.proto_mut().parent = Some(own.into());
    footprint.add_child(child).add_child(Group::new().with_id(inner).with_members([pad]));

    let Item::Footprint(twin) = Item::from(footprint.clone()).clone_with_new_id() else {
        panic!("a footprint became something else");
    };
    let ids: BTreeSet<Id> = [own, pad, text, inner].into();
    let twin_pad = twin.pads().remove(0);
    let Some(Item::Group(group)) = twin.children().nth(1) else { panic!("there is no group") };
    let twin_text = twin.reference_field().and_then(|field| field.id());
    let new: BTreeSet<Id> = [twin.id(), twin_pad.id(), twin_text, group.id()].into_iter().flatten().collect();
    assert_eq!((new.len(), new.intersection(&ids).count()), (4, 0));
    assert_eq!(twin_pad.parent(), twin.id());
    assert!(group.members().eq(twin_pad.id()));
    assert!(twin.symbol_path().eq([symbol]));
    // All else is the same.
    assert_eq!(twin.reference(), "C1");
}

#[test]
fn copies_know_each_other_and_no_one_else() {
    let [inside, outside, group] = std::array::from_fn(|_| Id::random());
    let items = [
        Item::from(Group::new().with_id(group).with_members([inside, outside])),
        Item::from(Track::new().with_id(inside)),
    ];
    let [Item::Group(group), track] = &copy(&items)[..] else { panic!("the items became others") };
    let members: Vec<Id> = group.members().collect();
    assert_eq!(members, [track.id().unwrap(), outside]);
}

#[test]
fn item_without_an_id_gets_one_when_it_is_cloned() {
    assert!(Item::from(Via::new()).clone_with_new_id().id().is_some());
}

#[test]
fn item_of_another_type_is_given_back() {
    let item = Item::from(Via::new().with_net("GND"));
    let item = Track::try_from(item).unwrap_err();
    assert_eq!(Via::try_from(item).unwrap().net(), Some("GND"));
}

#[test]
fn footprint_moves_with_all_that_lies_in_it() {
    let mut footprint = Footprint::new().with_position((mm(10), mm(20))).with_reference("C1");
    footprint
        .add_child(Pad::new().with_position((mm(9), mm(20))))
        .add_child(Field::new("MPN", "X").with_position((mm(10), mm(24))))
        .add_child(Zone::new().with_outline([(mm(0), mm(0)), (mm(1), mm(0)), (mm(0), mm(1))]));
    let mut item = Item::from(footprint);
    item.move_by((mm(1), mm(-1))).unwrap();
    let Item::Footprint(footprint) = item else { panic!("a footprint became something else") };
    let mut lines = vec![footprint.to_string()];
    lines.extend(footprint.fields().iter().map(Field::to_string));
    lines.extend(
        footprint.children().map(|child| format!("{child} from {}", child.position().unwrap_or_default())),
    );
    expect![[r#"
        footprint C1 on F.Cu at (11 mm, 19 mm)
        field Reference "C1" at (11 mm, 19 mm)
        field MPN "X" at (11 mm, 23 mm)
        pad , 0 mm by 0 mm on no layer, at (10 mm, 19 mm) from (10 mm, 19 mm)
        field MPN "X" at (11 mm, 23 mm) from (11 mm, 23 mm)
        zone on no layer, 3 corners, not filled from (1 mm, -1 mm)"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn footprint_with_a_child_that_cannot_be_read_is_not_moved() {
    let broken = Any::from_parts("type.googleapis.com/kiapi.board.types.Pad", [0xff]);
    let definition = types::Footprint::new().with_items([broken.clone()]);
    let footprint = Footprint::from(types::FootprintInstance::new().with_definition(definition));
    assert_eq!(footprint.children().next(), Some(Item::Unknown(broken)));
    assert!(footprint.pads().is_empty());
    let mut item = Item::from(footprint);
    let before = item.clone();
    assert!(item.move_by((mm(1), mm(1))).is_err());
    assert_eq!(item, before);
}

#[test]
fn item_is_one_line_that_a_person_reads() {
    let (here, there) = ((mm(10), mm(20)), (mm(12), mm(20)));
    let track = Track::new().with_start(here).with_end(there).with_width(mm(0.25)).with_layer(Layer::F_CU);
    check_text(
        track.clone().with_net("GND"),
        expect!["track 0.25 mm on F.Cu, GND, (10 mm, 20 mm) to (12 mm, 20 mm)"],
    );
    check_text(
        track.with_width(mm(-0.000_001)),
        expect!["track -0.000001 mm on F.Cu, (10 mm, 20 mm) to (12 mm, 20 mm)"],
    );
    check_text(Arc::new(), expect!["arc 0 mm on no layer, (0 mm, 0 mm) by (0 mm, 0 mm) to (0 mm, 0 mm)"]);
    check_text(
        Via::micro(Layer::F_CU, Layer::IN1_CU),
        expect!["micro via 0 mm, hole 0 mm, F.Cu to In1.Cu, at (0 mm, 0 mm)"],
    );
    check_text(Zone::new().with_name("p"), expect![[r#"zone "p" on no layer, 0 corners, not filled"#]]);
    check_text(
        Text::new("two\nlines").with_angle(deg(90)),
        expect![[r#"text "two lines" on F.SilkS at (0 mm, 0 mm), 90°"#]],
    );
    check_text(
        Text::new("ä".repeat(50)),
        expect![[r#"text "ääääääääääääääääääääääääääääääääääääääää…" on F.SilkS at (0 mm, 0 mm)"#]],
    );
    check_text(TextBox::new("x"), expect![[r#"text box "x" on F.SilkS, 0 mm by 0 mm at (0 mm, 0 mm)"#]]);
    check_text(
        Dimension::orthogonal(here, there, mm(1), AxisAlignment::X_AXIS),
        expect!["orthogonal dimension on Dwgs.User, (10 mm, 20 mm) to (12 mm, 20 mm)"],
    );
    check_text(types_dimension(), expect!["dimension of an unknown kind on no layer"]);
    check_text(Group::new(), expect!["group of 0 items"]);
    check_text(
        Barcode::new(BarcodeKind::CODE_39, "X").with_orientation(deg(45)),
        expect![[r#"barcode "X" on F.SilkS, 10 mm by 10 mm at (0 mm, 0 mm), 45°"#]],
    );
    check_text(ReferenceImage::new([1, 2]), expect!["image of 2 bytes on Dwgs.User at (0 mm, 0 mm)"]);
    check_text(
        Shape::from(types::BoardGraphicShape::new()),
        expect!["shape on no layer, of an unknown kind"],
    );
    check_text(Footprint::new(), expect!["footprint on F.Cu at (0 mm, 0 mm)"]);
    check_text(
        Pad::new().with_number("A1").with_pad_type(PadType::SMD),
        expect!["pad A1, 0 mm by 0 mm on no layer, at (0 mm, 0 mm)"],
    );
}

fn types_dimension() -> Dimension {
    Dimension::from(types::Dimension::new())
}

#[test]
fn debug_is_no_wall() {
    let id: Id = "2b45c2ac-9d1c-4e9c-8d7d-3f0b8a6c1e02".parse().unwrap();
    let item = Item::from(Via::new().with_id(id).with_diameter(mm(0.6)));
    expect!["Via(via 0.6 mm, hole 0 mm, at (0 mm, 0 mm); 2b45c2ac-9d1c-4e9c-8d7d-3f0b8a6c1e02)"]
        .assert_eq(&format!("{item:#?}"));
    expect!["OuterLayer(mask UNMASKED, paste UNKNOWN)"]
        .assert_eq(&format!("{:?}", OuterLayer::new().with_mask_mode(SolderMaskMode::UNMASKED)));
    let stack = PadStack::surface(Layer::F_CU, PadStackShape::OVAL, (mm(1), mm(0.6)));
    expect!["PadStack(NORMAL on 3 layers, OVAL 1 mm by 0.6 mm on F_CU)"].assert_eq(&format!("{stack:?}"));
}

#[test]
fn items_are_small() {
    // So is a list of many. Whatever is larger than a track lies in a box.
    assert!(size_of::<Item>() <= size_of::<types::Track>() + 8, "{} bytes", size_of::<Item>());
    assert_eq!(size_of::<Footprint>(), size_of::<usize>());
}

#[test]
fn items_are_created_by_the_kicads_that_they_say() {
    let (here, there) = ((mm(41), mm(41)), (mm(43), mm(42)));
    let items = [
        Item::from(Track::new().with_start(here).with_end(there).with_width(mm(0.2)).with_layer(Layer::F_CU)),
        Via::new().with_position(here).with_diameter(mm(0.6)).with_drill(mm(0.3)).into(),
        Zone::new()
            .with_outline([here, there, (mm(41), mm(42))])
            .with_layers([Layer::F_CU])
            .with_net("GND")
            .into(),
        Text::new("hello").with_position(here).into(),
        TextBox::new("hello").with_top_left(here).with_bottom_right(there).into(),
        Shape::rectangle(here, there).into(),
        Footprint::new().with_position(here).with_reference("X1").into(),
        Dimension::aligned(here, there, mm(2)).into(),
        Barcode::qr("hello").with_position(here).into(),
    ];
    for line in [Line::V9_0, Line::V10_0] {
        let emulator = Emulator::demo_of(line).start().unwrap();
        let options = ConnectOptions::new().socket(emulator.socket().clone());
        let kicad = KiCad::connect_with(options).unwrap();
        let open = GetOpenDocuments::new().with_type(common::DocumentType::PCB);
        let board = kicad.call(&open).unwrap().documents.remove(0);
        let header = common::ItemHeader::new().with_document(board);
        for item in &items {
            let create = CreateItems::new().with_header(header.clone()).with_items([item.to_any()]);
            let mut rows = kicad.call(&create).unwrap().created_items;
            let row = rows.remove(0);
            let is_created = row.status.unwrap_or_default().code == ItemStatusCode::OK;
            assert_eq!(is_created, item.created_since().unwrap() <= kicad.version(), "{item} on {line}");
            if is_created {
                let back = Item::from_any(row.item.unwrap()).unwrap();
                assert_eq!(
                    (back.kind(), back.position()),
                    (item.kind(), item.position()),
                    "{item} on {line}"
                );
                assert!(back.id().is_some(), "{item} on {line}");
            }
        }
    }
}

#[test]
fn field_turns_and_flips_as_its_text_does() {
    let field = Field::new("MPN", "X").with_position((mm(1), mm(0))).with_layer(Layer::F_SILKS);
    let mut text = Item::from(field.board_text().unwrap());
    let mut item = Item::from(field);
    for item in [&mut text, &mut item] {
        item.rotate((mm(0), mm(0)), deg(90)).unwrap();
        item.flip((mm(0), mm(0)), FlipDirection::TopBottom, 2).unwrap();
    }
    let Item::Field(field) = item else { panic!("a field became something else") };
    assert_eq!(field.board_text().map(Item::from), Some(text));
    assert_eq!(
        (field.name(), field.layer(), field.position()),
        ("MPN", Layer::B_SILKS, (mm(0), mm(1)).into())
    );
}

#[test]
fn footprint_that_is_turned_around_once_is_what_it_was() {
    let mut footprint = Footprint::new().with_position((mm(10), mm(20))).with_reference("C1");
    footprint.add_child(Pad::new().with_position((mm(9), mm(20)))).add_child(Text::new("x"));
    footprint.set_orientation(deg(0));
    let mut item = Item::from(footprint);
    item.rotate((mm(3), mm(4)), deg(0)).unwrap();
    let before = item.clone();
    for _ in 0..4 {
        item.rotate((mm(3), mm(4)), deg(90)).unwrap();
        assert_eq!(item.locked(), before.locked());
    }
    assert_eq!(item.position(), before.position());
    let children = |item: &Item| match item {
        Item::Footprint(footprint) => footprint.children().map(|child| child.position()).collect(),
        _ => Vec::new(),
    };
    assert_eq!(children(&item), children(&before));
}
