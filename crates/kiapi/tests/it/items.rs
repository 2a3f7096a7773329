//! Items: edited in place, so that nothing is lost; read from answers; copied, moved and shown.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use kiapi::api::board::types;
use kiapi::api::common::commands::{CreateItemsResponse, GetItemsResponse};
use kiapi::api::common::types as common;
use kiapi::items::{
    AxisAlignment, BarcodeKind, Drill, OuterLayer, PadStack, PadStackShape, PadType, PostMachining,
    SolderMaskMode, ViaType, copy, decode_all, read_and_free, read_response,
};
use kiapi::prost::Message;
use kiapi::{
    Any, Arc, Barcode, Dimension, Field, Footprint, Group, Id, Item, Layer, Pad, ReferenceImage, Shape, Text,
    TextBox, Track, Via, Zone, deg, mm,
};
use kiapi_emulator::{Line, Snapshot};

/// A field that no KiCad has sent yet: number 1000, a text.
const FUTURE: &[u8] = &[0xc2, 0x3e, 3, b'n', b'e', b'w'];

/// Decodes a message with a field from the future at its end.
fn from_the_future<M: Message + Default>(message: &M) -> M {
    let mut bytes = message.encode_to_vec();
    bytes.extend_from_slice(FUTURE);
    M::decode(bytes.as_slice()).unwrap()
}

/// How often the field from the future stands in a message.
#[track_caller]
fn check_future(message: &impl Message, times: usize) {
    let bytes = message.encode_to_vec();
    assert_eq!(bytes.windows(FUTURE.len()).filter(|bytes| *bytes == FUTURE).count(), times);
}

#[track_caller]
fn check_text(item: impl Into<Item>, line: Expect) {
    let text = item.into().to_string();
    assert!(!text.contains('\n'), "{text:?} is more than one line");
    line.assert_eq(&text);
}

#[test]
fn unknown_field_of_an_item_survives_an_edit() {
    let mut track = Track::from(from_the_future(&types::Track::new()));
    track.set_width(mm(0.5)).set_net("GND").set_layer(Layer::F_CU).set_start((mm(1), mm(2))).set_locked(true);
    check_future(track.as_proto(), 1);
    let Item::Track(again) = Item::from_any(Item::from(track.clone()).to_any()).unwrap() else {
        panic!("a track became something else");
    };
    assert_eq!(again, track);
    assert_eq!(again.width(), mm(0.5));
}

#[test]
fn unknown_field_beside_the_one_that_is_edited_survives() {
    let track = types::Track::new()
        .with_start(from_the_future(&common::Vector2::new()))
        .with_width(from_the_future(&common::Distance::new()))
        .with_net(from_the_future(&types::Net::new()))
        .with_id(from_the_future(&common::Kiid::new()));
    let mut track = Track::from(track);
    track.set_start((mm(1), mm(2))).set_width(mm(0.5)).set_net("GND").set_id(Id::random());
    check_future(track.as_proto(), 4);
}

#[test]
fn unknown_fields_survive_all_the_way_down() {
    let attributes = common::TextAttributes::new()
        .with_size(from_the_future(&common::Vector2::new()))
        .with_angle(from_the_future(&common::Angle::new()));
    let text = common::Text::new().with_attributes(from_the_future(&attributes));
    let text = types::BoardText::new().with_text(from_the_future(&text));
    let mut text = Text::from(from_the_future(&text));
    text.set_text("edited")
        .set_size((mm(1), mm(1)))
        .set_angle(deg(90))
        .set_bold(true)
        .set_layer(Layer::F_FAB);
    check_future(text.as_proto(), 5);
}

#[test]
fn unknown_fields_of_a_padstack_survive() {
    let stack = types::PadStack::new()
        .with_drill(from_the_future(&types::DrillProperties::new()))
        .with_copper_layers([from_the_future(&types::PadStackLayer::new())])
        .with_front_outer_layers(from_the_future(&types::PadStackOuterLayer::new()));
    let mut via = Via::from(types::Via::new().with_pad_stack(from_the_future(&stack)));
    via.set_diameter(mm(0.6)).set_drill(mm(0.3)).set_span(Layer::F_CU, Layer::IN1_CU);
    via.edit_pad_stack(|stack| {
        stack.edit_drill(|drill| {
            drill.set_end_layer(Layer::B_CU);
        });
        stack.edit_front(|front| {
            front.set_mask_mode(SolderMaskMode::UNMASKED);
        });
        stack.edit_copper_layers(|layer| {
            layer.set_shape(PadStackShape::CIRCLE);
        });
    });
    check_future(via.as_proto(), 4);
    // A copy that is put back carries them too.
    let stack = via.pad_stack();
    via.set_pad_stack(stack);
    check_future(via.as_proto(), 4);
}

#[test]
fn unknown_fields_of_settings_of_a_kind_survive() {
    let copper = from_the_future(&types::CopperZoneSettings::new());
    let mut zone = Zone::from(types::Zone::new().with_copper_settings(copper));
    zone.set_net("GND").set_clearance(mm(0.3));
    check_future(zone.as_proto(), 1);

    let circle = from_the_future(&common::GraphicCircleAttributes::new());
    let shape = common::GraphicShape::new().with_circle(circle);
    let mut shape = Shape::from(types::BoardGraphicShape::new().with_shape(shape));
    let Some(other) = Shape::circle((mm(5), mm(5)), mm(1)).geometry() else { panic!("a circle is known") };
    shape.set_geometry(other).set_filled(true);
    check_future(shape.as_proto(), 1);

    let aligned = from_the_future(&types::AlignedDimensionAttributes::new());
    let mut dimension = Dimension::from(types::Dimension::new().with_aligned(aligned));
    dimension.set_points((mm(0), mm(0)), (mm(1), mm(0))).set_height(mm(2)).set_prefix("~");
    check_future(dimension.as_proto(), 1);
}

#[test]
fn unknown_fields_of_a_footprints_children_survive() {
    let pad = types::Pad::new().with_number("1");
    let field = Field::new("MPN", "X").into_proto();
    let definition = types::Footprint::new().with_items([
        Any::pack(&from_the_future(&pad)),
        Any::pack(&from_the_future(&field)),
        Any::pack(&from_the_future(&types::BoardText::new())),
    ]);
    let message = types::FootprintInstance::new().with_definition(from_the_future(&definition));
    let mut footprint = Footprint::from(from_the_future(&message));
    footprint.set_position((mm(1), mm(2))).set_reference("C1").set_not_populated(true);
    footprint.edit_pads(|pad| {
        pad.set_net("GND");
    });
    assert!(footprint.edit_field("MPN", |field| {
        field.set_text("Y");
    }));
    footprint.edit_children(|child| {
        if let Item::Text(text) = child {
            text.set_text("edited");
        }
    });
    check_future(footprint.as_proto(), 5);
    let mut moved = Item::from(footprint);
    moved.move_by((mm(1), mm(1))).unwrap();
    check_future(&moved.to_any(), 5);
    check_future(&moved.clone_with_new_id().to_any(), 5);
}

#[test]
fn unknown_child_of_a_footprint_keeps_its_bytes() {
    let teleporter = Any::from_parts("type.googleapis.com/kiapi.board.types.Teleporter", [8, 1, 0xff]);
    let definition = types::Footprint::new().with_items([teleporter.clone(), Any::pack(&types::Pad::new())]);
    let mut footprint = Footprint::from(types::FootprintInstance::new().with_definition(definition));
    footprint.edit_pads(|pad| {
        pad.set_number("7");
    });
    footprint.edit_children(|child| {
        if let Item::Pad(pad) = child {
            pad.set_net("GND");
        }
    });
    let mut item = Item::from(footprint).clone_with_new_id();
    item.move_by((mm(1), mm(0))).unwrap();
    let Item::Footprint(footprint) = item else { panic!("a footprint became something else") };
    assert_eq!(footprint.children().next(), Some(Item::Unknown(teleporter)));
    assert_eq!((footprint.pads()[0].number(), footprint.pads()[0].net()), ("7", Some("GND")));
}

#[test]
fn child_that_is_not_edited_keeps_its_bytes() {
    // The fields stand in another order than we would write them.
    let number = [0x1a, 1, b'1'];
    let unusual: Vec<u8> = [number.as_slice(), &[0x10, 1]].concat();
    let pads = [
        Any::from_parts("type.googleapis.com/kiapi.board.types.Pad", unusual.clone()),
        Any::pack(&types::Pad::new().with_number("2")),
    ];
    let definition = types::Footprint::new().with_items(pads);
    let mut footprint = Footprint::from(types::FootprintInstance::new().with_definition(definition));
    footprint.edit_pads(|pad| {
        if pad.number() == "2" {
            pad.set_net("GND");
        }
    });
    footprint.edit_children(|_| {});
    assert_eq!(footprint.definition().unwrap().items[0].value, unusual);
}

#[test]
fn unknown_value_of_an_enum_survives() {
    let mut via = Via::from(types::Via::new().with_type(ViaType(77)));
    via.set_position((mm(1), mm(1)));
    assert_eq!(via.via_type(), ViaType(77));
    let Item::Via(via) = Item::from_any(Item::from(via).to_any()).unwrap() else { panic!("no via") };
    assert_eq!(via.as_proto().r#type, ViaType(77));

    let mut track = Track::new().with_layer(Layer(999));
    track.set_width(mm(1));
    check_text(track, expect!["track 1 mm on layer 999, (0 mm, 0 mm) to (0 mm, 0 mm)"]);
}

#[test]
fn unknown_item_survives_byte_for_byte() {
    let any = Any::from_parts("type.googleapis.com/kiapi.board.types.Teleporter", [8, 1, 0xff]);
    let mut item = Item::from_any(any.clone()).unwrap();
    item.set_id(Id::random());
    item.move_by((mm(1), mm(1))).unwrap();
    assert_eq!((item.id(), item.position(), item.net(), item.layer()), (None, None, None, None));
    assert_eq!(item.clone_with_new_id().to_any(), any);
    assert_eq!(Item::from_proto(item.clone().into_proto()), item);
    check_text(item, expect!["Teleporter of 3 bytes, which this build does not know"]);
}

#[test]
fn net_code_of_another_net_does_not_stay() {
    let net = types::Net::new().with_name("GND").with_code(types::NetCode::new().with_value(3));
    let mut track = Track::from(types::Track::new().with_net(net.clone()));
    track.set_net("GND");
    assert_eq!(track.as_proto().net, Some(net));
    track.set_net("VCC");
    assert_eq!(track.as_proto().net, Some(types::Net::new().with_name("VCC")));
    track.set_net("");
    assert_eq!(track.net(), None);
}

#[test]
fn optional_property_is_taken_away() {
    let mut pad = Pad::new().with_clearance_override(mm(0.3));
    assert_eq!(pad.clearance_override(), Some(mm(0.3)));
    pad.set_clearance_override(None);
    assert_eq!(pad, Pad::new());
    let stack = PadStack::new().with_drill(Drill::round(mm(1))).with_drill(None);
    assert_eq!(stack, PadStack::new());
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

/// What KiCad 9.0.8 and 10.0.6 answered to `GetItems` on the demo board.
fn answers() -> Vec<Vec<u8>> {
    let exchanges = [Line::V9_0, Line::V10_0].into_iter().flat_map(|line| Snapshot::demo(line).exchanges);
    let answers = exchanges.filter_map(|exchange| exchange.response);
    let answers: Vec<_> = answers.filter(Any::is::<GetItemsResponse>).map(|any| any.value).collect();
    assert!(!answers.is_empty(), "the snapshots hold no items");
    answers
}

#[test]
fn items_read_where_they_lie_are_those_read_the_plain_way() {
    let mut kinds = BTreeSet::new();
    // What the demo board does not have.
    let others = [
        Any::pack(Barcode::qr("hello").as_proto()),
        Any::pack(ReferenceImage::new([1, 2]).as_proto()),
        Any::pack(Field::new("MPN", "X").as_proto()),
        from_the_future(&Any::from_parts("type.googleapis.com/kiapi.board.types.Teleporter", [8, 1])),
        Any::from_parts("type.googleapis.com/kiapi.elsewhere.Track", [8, 1]),
        Any::from_parts("kiapi.board.types.Track", []),
        Any::default(),
    ];
    let others = GetItemsResponse::new().with_items(others).encode_to_vec();
    for answer in answers().into_iter().chain([others]) {
        let plain = GetItemsResponse::decode(answer.as_slice()).unwrap();
        let plain: Vec<Item> = plain.items.into_iter().map(|any| Item::from_any(any).unwrap()).collect();
        let fast = read_response(&answer).unwrap();
        assert_eq!(fast, plain);
        // As a part of something larger, too.
        let (before, after) = ([1, 2, 3], [4; 100]);
        let larger = [before.as_slice(), &answer, &after].concat();
        assert_eq!(read_and_free(larger, 3..answer.len() + 3).unwrap(), plain);
        for item in fast {
            kinds.insert(format!("{:?}", item.kind()));
            // Nothing is lost on the way there and back.
            assert_eq!(Item::from_proto(item.clone().into_proto()), item);
            assert_eq!(Item::from_any(item.to_any()).unwrap(), item);
        }
    }
    expect!["PCB_ARC PCB_BARCODE PCB_DIMENSION PCB_FIELD PCB_FOOTPRINT PCB_GROUP PCB_PAD PCB_REFERENCE_IMAGE PCB_SHAPE PCB_TEXT PCB_TEXTBOX PCB_TRACE PCB_VIA PCB_ZONE UNKNOWN"]
        .assert_eq(&kinds.into_iter().collect::<Vec<_>>().join(" "));
}

#[test]
fn items_of_the_demo_board_come_back_byte_for_byte() {
    for answer in answers() {
        for any in GetItemsResponse::decode(answer.as_slice()).unwrap().items {
            assert_eq!(Item::from_any(any.clone()).unwrap().to_any(), any);
        }
    }
}

#[test]
fn answer_that_cannot_be_read_is_an_error() {
    let track = Any::pack(&types::Track::new());
    let answer = GetItemsResponse::new().with_items([track.clone(), track]).encode_to_vec();
    assert_eq!(read_response(&answer).unwrap().len(), 2);
    assert!(read_response(&[]).unwrap().is_empty());
    assert!(read_response(&answer[..answer.len() - 1]).is_err());
    let broken = Any::from_parts("type.googleapis.com/kiapi.board.types.Via", [0xff]);
    let error = read_response(&GetItemsResponse::new().with_items([broken]).encode_to_vec()).unwrap_err();
    assert_eq!(error.to_string(), "an item cannot be read");
    assert!(std::error::Error::source(&error).is_some());
    assert!(read_and_free(answer.clone(), 0..answer.len() + 1).is_err());
    assert!(read_and_free(answer.clone(), 0..answer.len() - 1).is_err());
    assert!(read_and_free(Vec::new(), 0..0).unwrap().is_empty());
    // A number where items should be.
    assert!(read_response(&[0x18, 1]).is_err());
    // Another message does not hold items there.
    assert!(read_response(&CreateItemsResponse::new().encode_to_vec()).unwrap().is_empty());
}

#[test]
fn typed_items_are_of_one_type() {
    let items = [Item::from(Track::new()).to_any(), Item::from(Via::new()).to_any()];
    assert_eq!(decode_all::<Item>(items.clone()).unwrap().len(), 2);
    assert!(decode_all::<Track>(items).unwrap_err().to_string().contains("kiapi.board.types.Via"));
}
