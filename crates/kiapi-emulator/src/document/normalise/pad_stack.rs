//! Padstacks, of vias and of pads.

use kiapi_gen::board::types::{
    BoardLayer, ChamferedRectCorners, DrillProperties, DrillShape, PadStack, PadStackLayer,
    PadStackOuterLayer, PadStackShape, PadStackType, SolderMaskMode, SolderPasteMode, ThermalSpokeSettings,
    UnconnectedLayerRemoval, ViaDrillCappingMode, ViaDrillFillingMode, ViaType, ZoneConnectionSettings,
    ZoneConnectionStyle,
};
use kiapi_gen::common::types::{Angle, Vector2};

use super::{Maker, points};
use crate::Line;
use crate::document::layers::LayerSet;

/// The angle of the thermal spokes of a via, in degrees.
const SPOKES: f64 = 45.0;

/// The copper that a via has: all, or that from the beginning of its hole to the end.
pub(super) fn put_via_layers(stack: &mut PadStack, kind: ViaType, copper: u32) {
    let all = LayerSet::copper(copper);
    let layers = match &stack.drill {
        Some(drill) if kind != ViaType::THROUGH => all.between(drill.start_layer, drill.end_layer),
        _ => all,
    };
    stack.layers = layers.layers();
}

/// The padstack of a via, which is round.
pub(super) fn of_via(mut stack: PadStack, maker: &Maker<'_>) -> PadStack {
    let before_10 = maker.line < Line::V10_0;
    if !matches!(stack.r#type, PadStackType::FRONT_INNER_BACK | PadStackType::CUSTOM) {
        stack.r#type = PadStackType::NORMAL;
    }
    stack.drill = Some(drill(stack.drill.take().unwrap_or_default()));
    if stack.unconnected_layer_removal == UnconnectedLayerRemoval::UNKNOWN {
        stack.unconnected_layer_removal = UnconnectedLayerRemoval::KEEP;
    }
    let is_new = stack.copper_layers.is_empty();
    if is_new {
        stack.copper_layers.push(PadStackLayer::new().with_layer(BoardLayer::F_CU));
    }
    for layer in &mut stack.copper_layers {
        points([&mut layer.size, &mut layer.offset]);
        if layer.shape == PadStackShape::UNKNOWN {
            layer.shape = PadStackShape::CIRCLE;
        }
        if layer.custom_anchor_shape == PadStackShape::UNKNOWN {
            let rectangle = is_new && !before_10;
            layer.custom_anchor_shape =
                if rectangle { PadStackShape::RECTANGLE } else { PadStackShape::CIRCLE };
        }
        if before_10 {
            layer.chamfered_corners.get_or_insert_with(ChamferedRectCorners::new);
            if is_new {
                (layer.corner_rounding_ratio, layer.chamfer_ratio) = (0.25, 0.2);
            }
        }
    }
    stack.angle.get_or_insert_with(Angle::new);
    if before_10 {
        let outer = || {
            PadStackOuterLayer::new()
                .with_solder_mask_mode(SolderMaskMode::FROM_DESIGN_RULES)
                .with_solder_paste_mode(SolderPasteMode::FROM_DESIGN_RULES)
        };
        stack.front_outer_layers.get_or_insert_with(outer);
        stack.back_outer_layers.get_or_insert_with(outer);
    }
    stack.zone_settings.get_or_insert_with(|| {
        ZoneConnectionSettings::new()
            .with_zone_connection(ZoneConnectionStyle::INHERITED)
            .with_thermal_spokes(
                ThermalSpokeSettings::new().with_angle(Angle::new().with_value_degrees(SPOKES)),
            )
    });
    stack
}

/// The padstack of a pad.
pub(super) fn of_pad(mut stack: PadStack, maker: &Maker<'_>) -> PadStack {
    let before_10 = maker.line < Line::V10_0;
    if !matches!(stack.r#type, PadStackType::FRONT_INNER_BACK | PadStackType::CUSTOM) {
        stack.r#type = PadStackType::NORMAL;
    }
    stack.layers = LayerSet::of(&stack.layers).layers();
    let hole = stack.drill.get_or_insert_with(|| {
        DrillProperties::new().with_start_layer(BoardLayer::UNDEFINED).with_end_layer(BoardLayer::UNDEFINED)
    });
    *hole = drill(std::mem::take(hole));
    if stack.unconnected_layer_removal == UnconnectedLayerRemoval::UNKNOWN {
        stack.unconnected_layer_removal = UnconnectedLayerRemoval::KEEP;
    }
    let angle = stack.angle.get_or_insert_with(Angle::new);
    if !before_10 {
        angle.value_degrees = angle.value_degrees.rem_euclid(360.0);
    }
    let first = stack.copper_layers.first().map_or(PadStackShape::CIRCLE, |face| face.shape);
    let is_turned = match first {
        PadStackShape::CIRCLE => true,
        PadStackShape::TRAPEZOID | PadStackShape::CUSTOM => !before_10,
        _ => false,
    };
    for face in &mut stack.copper_layers {
        points([&mut face.size, &mut face.offset]);
        if face.custom_anchor_shape == PadStackShape::UNKNOWN {
            face.custom_anchor_shape = PadStackShape::CIRCLE;
        }
        if before_10 {
            face.chamfered_corners.get_or_insert_with(ChamferedRectCorners::new);
        }
    }
    if before_10 {
        for outer in [&mut stack.front_outer_layers, &mut stack.back_outer_layers] {
            let outer = outer.get_or_insert_default();
            if outer.solder_mask_mode == SolderMaskMode::UNKNOWN {
                outer.solder_mask_mode = SolderMaskMode::FROM_DESIGN_RULES;
            }
            if outer.solder_paste_mode == SolderPasteMode::UNKNOWN {
                outer.solder_paste_mode = SolderPasteMode::FROM_DESIGN_RULES;
            }
        }
    }
    let settings = stack.zone_settings.get_or_insert_with(|| {
        let angle = Angle::new().with_value_degrees(if is_turned { SPOKES } else { 90.0 });
        ZoneConnectionSettings::new().with_thermal_spokes(ThermalSpokeSettings::new().with_angle(angle))
    });
    if settings.zone_connection == ZoneConnectionStyle::UNKNOWN {
        settings.zone_connection = ZoneConnectionStyle::INHERITED;
    }
    settings.thermal_spokes.get_or_insert_default().angle.get_or_insert_default();
    stack
}

fn drill(mut drill: DrillProperties) -> DrillProperties {
    if drill.start_layer == BoardLayer::UNKNOWN {
        drill.start_layer = BoardLayer::F_CU;
    }
    if drill.end_layer == BoardLayer::UNKNOWN {
        drill.end_layer = BoardLayer::B_CU;
    }
    drill.diameter.get_or_insert_with(Vector2::new);
    points([&mut drill.diameter]);
    if drill.shape == DrillShape::UNKNOWN {
        drill.shape = DrillShape::UNDEFINED;
    }
    // Nothing is said of these modes while they come from the design rules.
    if drill.capped == ViaDrillCappingMode::FROM_DESIGN_RULES {
        drill.capped = ViaDrillCappingMode::UNKNOWN;
    }
    if drill.filled == ViaDrillFillingMode::FROM_DESIGN_RULES {
        drill.filled = ViaDrillFillingMode::UNKNOWN;
    }
    drill
}
