//! Items are edited in place, so that nothing is lost: shown with messages from the future.

use expect_test::expect;
use kiapi::api::board::types;
use kiapi::api::common::types as common;
use kiapi::items::{Drill, PadStack, PadStackShape, SolderMaskMode, ViaType};
use kiapi::prost::Message;
use kiapi::{Any, Dimension, Field, Footprint, Id, Item, Layer, Pad, Shape, Text, Track, Via, Zone, deg, mm};

use crate::items_made::check_text;

/// A field that no KiCad has sent yet: number 1000, a text.
const FUTURE: &[u8] = &[0xc2, 0x3e, 3, b'n', b'e', b'w'];

/// Decodes a message with a field from the future at its end.
pub(crate) fn from_the_future<M: Message + Default>(message: &M) -> M {
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
    // Where it lies is not known, so that the whole cannot be moved.
    let before = item.clone();
    assert!(item.move_by((mm(1), mm(0))).unwrap_err().is_unknown_type());
    assert_eq!(item, before);
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
    assert!(item.move_by((mm(1), mm(1))).unwrap_err().is_unknown_type());
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
