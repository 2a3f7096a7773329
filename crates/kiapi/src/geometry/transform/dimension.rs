//! Dimensions.

use kiapi_gen::board::types::Dimension;
use kiapi_gen::board::types::dimension::DimensionStyle;
use kiapi_gen::common::types::{AxisAlignment, Distance};

use super::{Angle, Transform, turn};

impl Transform {
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
            match self {
                Self::Translate(_) => {}
                Self::Rotate { angle, .. } => {
                    turn(&mut attributes.angle, |before| (before + angle).normalized());
                }
                Self::Flip { .. } => {
                    turn(&mut attributes.angle, |before| -before);
                    attributes.mirrored ^= other_side;
                }
            }
        }
    }

    /// Turns the axis along which a dimension measures to the nearer one.
    fn axis(self, axis: &mut AxisAlignment, height: &mut Option<Distance>) {
        let Self::Rotate { angle, .. } = self else {
            if let Self::Flip { .. } = self {
                negate(height);
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

fn negate(height: &mut Option<Distance>) {
    let height = height.get_or_insert_default();
    height.value_nm = height.value_nm.saturating_neg();
}
