//! Pads, vias and the stacks of layers that they are made of.

use std::mem;

use kiapi_gen::board::types::{BoardLayer, Pad, PadStack, PadStackLayer, Via};
use kiapi_gen::common::types::Vector2;

use super::{FlipDirection, Transform, turn};

impl Transform {
    pub(super) fn via(self, via: &mut Via) {
        self.points([&mut via.position]);
        if let (Self::Flip { .. }, Some(stack)) = (self, &mut via.pad_stack) {
            for drill in [&mut stack.drill, &mut stack.secondary_drill, &mut stack.tertiary_drill]
                .into_iter()
                .flatten()
            {
                if (drill.start_layer, drill.end_layer) != (BoardLayer::F_CU, BoardLayer::B_CU) {
                    self.layer(&mut drill.start_layer);
                    self.layer(&mut drill.end_layer);
                    mem::swap(&mut drill.start_layer, &mut drill.end_layer);
                }
            }
        }
    }

    pub(super) fn pad(self, pad: &mut Pad) {
        self.points([&mut pad.position]);
        let Some(stack) = &mut pad.pad_stack else {
            return;
        };
        match self {
            Self::Translate(_) => {}
            Self::Rotate { angle, .. } => turn(&mut stack.angle, |before| (before + angle).normalized()),
            Self::Flip { direction, .. } => self.flip_stack(stack, direction),
        }
    }

    fn flip_stack(self, stack: &mut PadStack, direction: FlipDirection) {
        turn(&mut stack.angle, |before| match direction {
            FlipDirection::LeftRight => (super::Angle::HALF - before).normalized(),
            FlipDirection::TopBottom => (-before).normalized(),
        });
        for layer in &mut stack.layers {
            self.layer(layer);
        }
        for drill in
            [&mut stack.drill, &mut stack.secondary_drill, &mut stack.tertiary_drill].into_iter().flatten()
        {
            self.layer(&mut drill.start_layer);
            self.layer(&mut drill.end_layer);
        }
        for face in &mut stack.copper_layers {
            self.layer(&mut face.layer);
            mirror_face(face);
        }
        mem::swap(&mut stack.front_outer_layers, &mut stack.back_outer_layers);
        mem::swap(&mut stack.front_post_machining, &mut stack.back_post_machining);
    }
}

/// Mirrors what is off the centre of a pad. The pad is turned as well, so that this is always upside down.
fn mirror_face(face: &mut PadStackLayer) {
    let upside_down = |vector: &mut Vector2| vector.y_nm = vector.y_nm.saturating_neg();
    [&mut face.offset, &mut face.trapezoid_delta].into_iter().flatten().for_each(upside_down);
    if let Some(corners) = &mut face.chamfered_corners {
        mem::swap(&mut corners.top_left, &mut corners.bottom_left);
        mem::swap(&mut corners.top_right, &mut corners.bottom_right);
    }
}
