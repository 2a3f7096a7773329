//! What is made of copper and holes, and the footprints around it.

use kiapi_gen::Any;
use kiapi_gen::board::types::{
    BoardGraphicShape, BoardLayer, BoardText, ChamferedRectCorners, DrillProperties, DrillShape, Field,
    Footprint, FootprintAttributes, FootprintInstance, FootprintMountingStyle, Pad, PadStack, PadStackLayer,
    PadStackOuterLayer, PadStackShape, PadStackType, PadType, SolderMaskOverrides, SolderPasteOverrides,
    ThermalSpokeSettings, UnconnectedLayerRemoval, Via, ViaType, ZoneConnectionSettings, ZoneConnectionStyle,
};
use kiapi_gen::common::types::{LibraryIdentifier, Ratio, Text, Vector2};

use super::super::samples::nm;
use super::{Cell, coin, geometry, length, locked, net, one_of, some_angle, square, text, text_attributes};
use crate::run::Run;

fn drill(run: &mut Run, size: i64) -> DrillProperties {
    DrillProperties::new()
        .with_diameter(Vector2::new().with_x_nm(size).with_y_nm(size))
        .with_start_layer(BoardLayer::F_CU)
        .with_end_layer(BoardLayer::B_CU)
        .with_shape(if coin(run) { DrillShape::CIRCLE } else { DrillShape::UNKNOWN })
}

pub(super) fn via(run: &mut Run, cell: Cell) -> Via {
    let size = length(run, 400_000, 1_500_000);
    let face = |layer: BoardLayer, size: i64| {
        PadStackLayer::new()
            .with_layer(layer)
            .with_shape(PadStackShape::CIRCLE)
            .with_size(Vector2::new().with_x_nm(size).with_y_nm(size))
    };
    let stack = PadStack::new().with_layers([BoardLayer::F_CU, BoardLayer::B_CU]);
    let stack = if run.chance.once_in(3) {
        stack.with_type(PadStackType::FRONT_INNER_BACK).with_copper_layers([
            face(BoardLayer::F_CU, size),
            face(BoardLayer::IN1_CU, size + 100_000),
            face(BoardLayer::B_CU, size + 200_000),
        ])
    } else {
        stack.with_type(PadStackType::NORMAL).with_copper_layers([face(BoardLayer::F_CU, size)])
    };
    let stack = stack
        .with_drill(drill(run, size / 2))
        .with_unconnected_layer_removal(one_of::<UnconnectedLayerRemoval>(run, 3));
    let kinds = [ViaType::THROUGH, ViaType::THROUGH, ViaType::BLIND_BURIED, ViaType::MICRO];
    Via::new()
        .with_position(cell.point(run))
        .with_pad_stack(stack)
        .with_type(run.chance.pick(&kinds).unwrap_or_default())
        .with_locked(locked(run))
        .with_net(net(run))
}

fn face(run: &mut Run, layer: BoardLayer) -> PadStackLayer {
    let face = PadStackLayer::new()
        .with_layer(layer)
        .with_shape(one_of::<PadStackShape>(run, 6))
        .with_size(square(run, 500_000, 3_000_000));
    let face = match face.shape {
        PadStackShape::TRAPEZOID => face
            .with_trapezoid_delta(Vector2::new().with_x_nm(if coin(run) { 200_000 } else { 0 }).with_y_nm(0)),
        PadStackShape::ROUNDRECT => face.with_corner_rounding_ratio(0.25),
        PadStackShape::CHAMFEREDRECT => {
            let corners = ChamferedRectCorners::new()
                .with_top_left(coin(run))
                .with_top_right(coin(run))
                .with_bottom_left(coin(run))
                .with_bottom_right(true);
            face.with_chamfer_ratio(0.2).with_corner_rounding_ratio(0.1).with_chamfered_corners(corners)
        }
        _ => face,
    };
    if run.chance.once_in(4) { face.with_offset(square(run, -300_000, 300_000)) } else { face }
}

pub(super) fn pad(run: &mut Run, cell: Cell) -> Pad {
    let kind = one_of::<PadType>(run, 4);
    let has_hole = matches!(kind, PadType::PTH | PadType::NPTH);
    let layers = if has_hole {
        vec![BoardLayer::F_CU, BoardLayer::B_CU, BoardLayer::F_MASK, BoardLayer::B_MASK]
    } else {
        vec![BoardLayer::F_CU, BoardLayer::F_MASK, BoardLayer::F_PASTE]
    };
    let stack = PadStack::new().with_layers(layers).with_angle(some_angle(run));
    let stack = if has_hole && run.chance.once_in(3) {
        let faces = [BoardLayer::F_CU, BoardLayer::IN1_CU, BoardLayer::B_CU].map(|layer| face(run, layer));
        stack.with_type(PadStackType::FRONT_INNER_BACK).with_copper_layers(faces)
    } else {
        let face = face(run, BoardLayer::F_CU);
        stack.with_type(PadStackType::NORMAL).with_copper_layers([face])
    };
    let stack = if has_hole { stack.with_drill(drill(run, 400_000)) } else { stack };
    let stack = if run.chance.once_in(3) { stack.with_zone_settings(connection(run)) } else { stack };
    let stack = if run.chance.once_in(3) {
        let outer = PadStackOuterLayer::new()
            .with_solder_mask_settings(SolderMaskOverrides::new().with_solder_mask_margin(nm(50_000)))
            .with_solder_paste_settings(
                SolderPasteOverrides::new()
                    .with_solder_paste_margin(nm(-20_000))
                    .with_solder_paste_margin_ratio(Ratio::new().with_value(-0.05)),
            );
        stack.with_front_outer_layers(outer.clone()).with_back_outer_layers(outer)
    } else {
        stack
    };
    let pad = Pad::new()
        .with_number(run.chance.pick(&["1", "A1", "", "GND"]).unwrap_or_default())
        .with_type(kind)
        .with_pad_stack(stack)
        .with_position(cell.point(run))
        .with_locked(locked(run))
        .with_net(net(run));
    if run.chance.once_in(3) { pad.with_copper_clearance_override(nm(200_000)) } else { pad }
}

pub(super) fn connection(run: &mut Run) -> ZoneConnectionSettings {
    let spokes = ThermalSpokeSettings::new().with_width(nm(400_000)).with_gap(nm(300_000));
    ZoneConnectionSettings::new()
        .with_zone_connection(one_of::<ZoneConnectionStyle>(run, 5))
        .with_thermal_spokes(spokes)
}

fn field(run: &mut Run, cell: Cell, name: &str, value: &str) -> Field {
    let attributes = text_attributes(run);
    let text = Text::new().with_position(cell.point(run)).with_text(value).with_attributes(attributes);
    let layer = run.chance.pick(&[BoardLayer::F_SILKS, BoardLayer::F_FAB]).unwrap_or_default();
    Field::new()
        .with_name(name)
        .with_text(BoardText::new().with_text(text).with_layer(layer))
        .with_visible(coin(run))
}

pub(super) fn footprint(run: &mut Run, cell: Cell) -> FootprintInstance {
    let attributes = FootprintAttributes::new()
        .with_description("made up")
        .with_keywords("a b")
        .with_exclude_from_bill_of_materials(coin(run))
        .with_exclude_from_position_files(coin(run))
        .with_do_not_populate(coin(run))
        .with_mounting_style(one_of::<FootprintMountingStyle>(run, 3));
    let mut items = vec![Any::pack(&pad(run, cell)), Any::pack(&pad(run, cell))];
    if coin(run) {
        let shape = BoardGraphicShape::new().with_shape(geometry(run, cell));
        items.push(Any::pack(&shape.with_layer(BoardLayer::F_SILKS)));
    }
    if run.chance.once_in(3) {
        items.push(Any::pack(&text(run, cell).with_layer(BoardLayer::F_FAB)));
    }
    let id = LibraryIdentifier::new().with_library_nickname("made").with_entry_name("up");
    let definition = Footprint::new().with_id(id).with_items(items).with_attributes(attributes.clone());
    FootprintInstance::new()
        .with_position(cell.at(6000, 6000))
        .with_orientation(some_angle(run))
        .with_layer(BoardLayer::F_CU)
        .with_locked(locked(run))
        .with_attributes(attributes)
        .with_reference_field(field(run, cell, "Reference", "X1"))
        .with_value_field(field(run, cell, "Value", "made up"))
        .with_datasheet_field(field(run, cell, "Datasheet", ""))
        .with_description_field(field(run, cell, "Description", ""))
        .with_definition(definition)
}
