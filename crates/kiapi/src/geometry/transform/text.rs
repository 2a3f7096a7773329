//! Texts and text boxes.

use kiapi_gen::board::types::{BoardText, BoardTextBox};
use kiapi_gen::common::types::{HorizontalAlignment, TextAttributes, VerticalAlignment};

use super::{Angle, Corners, FlipDirection, Problem, Transform, TransformError, turn};

impl Transform {
    #[inline]
    pub(super) fn board_text(self, item: &mut BoardText) {
        let other_side = self.layer(&mut item.layer);
        if let Some(text) = &mut item.text {
            self.points([&mut text.position]);
            self.attributes(text.attributes.get_or_insert_default(), other_side);
        }
    }

    #[inline]
    pub(super) fn text_box(self, item: &mut BoardTextBox, corners: Corners) -> Result<(), TransformError> {
        let attributes = item.textbox.as_ref().and_then(|text| text.attributes.as_ref());
        let stands = attributes.and_then(|it| it.angle.as_ref()).map(Angle::from).unwrap_or_default();
        let turns = match self {
            Self::Rotate { angle, .. } => angle,
            _ => Angle::ZERO,
        };
        // At other angles the message has the corners from before it was turned.
        if !matches!(self, Self::Translate(_)) && (stands.quarters().is_none() || turns.quarters().is_none())
        {
            return Err(TransformError(Problem::TextBox));
        }
        let other_side = self.layer(&mut item.layer);
        if let Some(text) = &mut item.textbox {
            self.corners(&mut text.top_left, &mut text.bottom_right, corners);
            self.attributes(text.attributes.get_or_insert_default(), other_side);
        }
        Ok(())
    }

    #[inline]
    fn attributes(self, attributes: &mut TextAttributes, other_side: bool) {
        match self {
            Self::Translate(_) => {}
            Self::Rotate { angle, .. } => turn(&mut attributes.angle, |before| (before + angle).normalized()),
            Self::Flip { direction, .. } => {
                turn(&mut attributes.angle, |before| match direction {
                    FlipDirection::LeftRight => -before,
                    FlipDirection::TopBottom => Angle::HALF - before,
                });
                attributes.mirrored ^= other_side;
            }
        }
    }
}

/// Turns a text of a footprint around if it stands on its head and should not.
#[inline]
pub(super) fn keep_upright(item: &mut BoardText) {
    let Some(attributes) = item.text.as_mut().and_then(|text| text.attributes.as_mut()) else {
        return;
    };
    let angle = attributes.angle.as_ref().map(Angle::from).unwrap_or_default().normalized();
    if !attributes.keep_upright || angle < Angle::HALF {
        return;
    }
    turn(&mut attributes.angle, |_| (angle + Angle::HALF).normalized());
    attributes.horizontal_alignment = match attributes.horizontal_alignment {
        HorizontalAlignment::LEFT => HorizontalAlignment::RIGHT,
        HorizontalAlignment::RIGHT => HorizontalAlignment::LEFT,
        other => other,
    };
    attributes.vertical_alignment = match attributes.vertical_alignment {
        VerticalAlignment::TOP => VerticalAlignment::BOTTOM,
        VerticalAlignment::BOTTOM => VerticalAlignment::TOP,
        other => other,
    };
}
