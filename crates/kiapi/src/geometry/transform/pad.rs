//! Pads, vias and the stacks of layers that they are made of.

use std::mem;

use kiapi_gen::board::types::{BoardLayer, DrillProperties, Pad, PadStack, PadStackLayer, PadStackType, Via};
use kiapi_gen::common::types::Vector2;

use super::{Angle, Corners, FlipDirection, Transform, turn};

impl Transform {
    #[inline]
    pub(super) fn via(self, via: &mut Via) {
        self.points([&mut via.position]);
        if let (Self::Flip { .. }, Some(stack)) = (self, &mut via.pad_stack) {
            for drill in drills(stack) {
                // One that goes all the way through stays as it is.
                if (drill.start_layer, drill.end_layer) != (BoardLayer::F_CU, BoardLayer::B_CU) {
                    self.layer(&mut drill.start_layer);
                    self.layer(&mut drill.end_layer);
                    mem::swap(&mut drill.start_layer, &mut drill.end_layer);
                }
            }
        }
    }

    #[inline]
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

    #[inline]
    fn flip_stack(self, stack: &mut PadStack, direction: FlipDirection) {
        turn(&mut stack.angle, |before| match direction {
            FlipDirection::LeftRight => (Angle::HALF - before).normalized(),
            FlipDirection::TopBottom => (-before).normalized(),
        });
        self.layers(&mut stack.layers, |layer| *layer, |it, layer| *it = layer);
        // As KiCad 10 does it. KiCad 9 leaves the drill as it is; files do not tell the difference.
        for drill in drills(stack) {
            self.layer(&mut drill.start_layer);
            self.layer(&mut drill.end_layer);
        }
        stack.copper_layers.iter_mut().for_each(|face| self.mirror_face(face));
        // The one face of a simple stack stands for all layers, and is named after the front.
        if stack.r#type != PadStackType::NORMAL {
            self.layers(&mut stack.copper_layers, |it| it.layer, |it, layer| it.layer = layer);
        }
        mem::swap(&mut stack.front_outer_layers, &mut stack.back_outer_layers);
        mem::swap(&mut stack.front_post_machining, &mut stack.back_post_machining);
    }

    /// Mirrors what is off the centre of a pad. The pad is turned as well, so that this is always upside down.
    #[inline]
    fn mirror_face(self, face: &mut PadStackLayer) {
        let upside_down = |vector: &mut Vector2| vector.y_nm = vector.y_nm.saturating_neg();
        [&mut face.offset, &mut face.trapezoid_delta].into_iter().flatten().for_each(upside_down);
        if let Some(corners) = &mut face.chamfered_corners {
            mem::swap(&mut corners.top_left, &mut corners.bottom_left);
            mem::swap(&mut corners.top_right, &mut corners.bottom_right);
        }
        if let Self::Flip { copper_layers, .. } = self {
            let about = crate::Vector2::ZERO;
            let mirror = Self::Flip { about, direction: FlipDirection::TopBottom, copper_layers };
            face.custom_shapes.iter_mut().for_each(|shape| mirror.board_shape(shape, Corners::Kept));
        }
    }
}

#[inline]
fn drills(stack: &mut PadStack) -> impl Iterator<Item = &mut DrillProperties> {
    [&mut stack.drill, &mut stack.secondary_drill, &mut stack.tertiary_drill].into_iter().flatten()
}
