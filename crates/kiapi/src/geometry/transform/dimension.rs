//! Dimensions.

use kiapi_gen::board::types::Dimension;
use kiapi_gen::board::types::dimension::DimensionStyle;
use kiapi_gen::common::types::{AxisAlignment, Distance};

use super::{Angle, FlipDirection, Transform, turn};

impl Transform {
    #[inline]
    pub(super) fn dimension(self, dimension: &mut Dimension) {
        match &mut dimension.dimension_style {
            Some(DimensionStyle::Aligned(style)) => {
                self.points([&mut style.start, &mut style.end]);
                if let Self::Flip { .. } = self {
                    negate(&mut style.height);
                }
            }
            Some(DimensionStyle::Orthogonal(style)) => {
                self.points([&mut style.start, &mut style.end]);
                self.axis(&mut style.alignment, &mut style.height);
            }
            Some(DimensionStyle::Radial(style)) => self.points([&mut style.center, &mut style.radius_point]),
            Some(DimensionStyle::Leader(style)) => self.points([&mut style.start, &mut style.end]),
            Some(DimensionStyle::Center(style)) => self.points([&mut style.center, &mut style.end]),
            _ => {}
        }
        let other_side = self.layer(&mut dimension.layer);
        if let Some(text) = &mut dimension.text {
            self.points([&mut text.position]);
            let attributes = text.attributes.get_or_insert_default();
            // A text along its dimension is never upside down.
            let keep = |angle: Angle| if dimension.keep_text_aligned { upright(angle) } else { angle };
            match self {
                Self::Translate(_) => {}
                Self::Rotate { angle, .. } => {
                    turn(&mut attributes.angle, |before| keep((before + angle).normalized()));
                }
                Self::Flip { .. } => {
                    turn(&mut attributes.angle, |before| keep(-before));
                    attributes.mirrored ^= other_side;
                }
            }
        }
    }

    /// Turns the axis along which a dimension measures to the nearer one.
    #[inline]
    fn axis(self, axis: &mut AxisAlignment, height: &mut Option<Distance>) {
        let Self::Rotate { angle, .. } = self else {
            // Its height is along the other axis than what it measures.
            match (self, *axis == AxisAlignment::Y_AXIS) {
                (Self::Flip { direction: FlipDirection::LeftRight, .. }, true)
                | (Self::Flip { direction: FlipDirection::TopBottom, .. }, false) => negate(height),
                _ => {}
            }
            return;
        };
        let angle = angle.normalized_180();
        let is_y = *axis == AxisAlignment::Y_AXIS;
        let (eighth, three_eighths) = (Angle::from_degrees(45.0), Angle::from_degrees(135.0));
        if angle.abs() > three_eighths {
            negate(height);
        } else if angle.abs() > eighth {
            *axis = if is_y { AxisAlignment::X_AXIS } else { AxisAlignment::Y_AXIS };
            if is_y == (angle > Angle::ZERO) {
                negate(height);
            }
        }
    }
}

#[inline]
fn negate(height: &mut Option<Distance>) {
    let height = height.get_or_insert_default();
    height.value_nm = height.value_nm.saturating_neg();
}

/// The angle, or the one half a turn away, whichever lies above -90 and up to 90 degrees.
#[inline]
fn upright(angle: Angle) -> Angle {
    let angle = angle.normalized_180();
    if angle > Angle::QUARTER {
        angle - Angle::HALF
    } else if angle <= -Angle::QUARTER {
        angle + Angle::HALF
    } else {
        angle
    }
}
