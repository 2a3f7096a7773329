//! Footprints with everything that belongs to them.

use kiapi_gen::board::types::{BoardText, Field, Footprint3DModel, FootprintInstance, Item};
use kiapi_gen::{Any, AnyError};

use super::text::keep_upright;
use super::{Angle, Corners, FlipDirection, Problem, Transform, TransformError, turn};

impl Transform {
    #[inline]
    pub(super) fn footprint(self, footprint: &mut FootprintInstance) -> Result<(), TransformError> {
        // KiCad flips every footprint from top to bottom, and then turns it, which puts its texts upright.
        if let Self::Flip { about, direction: FlipDirection::LeftRight, copper_layers } = self {
            // What can be flipped may not be turned, and then nothing is changed.
            let mut changed = footprint.clone();
            Self::Flip { about, direction: FlipDirection::TopBottom, copper_layers }
                .footprint(&mut changed)?;
            Self::Rotate { about, angle: Angle::HALF }.footprint(&mut changed)?;
            *footprint = changed;
            return Ok(());
        }
        // Children first: they are what can fail, and then nothing is changed.
        if let Some(definition) = &mut footprint.definition {
            let changed: Result<Vec<Any>, _> = definition.items.iter().map(|any| self.child(any)).collect();
            definition.items = changed?;
        }
        let fields = [
            &mut footprint.reference_field,
            &mut footprint.value_field,
            &mut footprint.datasheet_field,
            &mut footprint.description_field,
        ];
        fields.into_iter().flatten().for_each(|field| self.field(field));
        self.points([&mut footprint.position]);
        match self {
            Self::Translate(_) => {}
            Self::Rotate { angle, .. } => {
                turn(&mut footprint.orientation, |before| (before + angle).normalized_180());
            }
            Self::Flip { .. } => turn(&mut footprint.orientation, |before| (-before).normalized_180()),
        }
        self.layer(&mut footprint.layer);
        Ok(())
    }

    #[inline]
    fn child(self, any: &Any) -> Result<Any, TransformError> {
        let unreadable = |source: AnyError| {
            TransformError(Problem::Unreadable { name: any.full_name().to_owned(), source })
        };
        // A field is no item of its own, and lies among the children all the same.
        if any.is::<Field>() {
            let mut field = any.unpack().map_err(unreadable)?;
            self.field(&mut field);
            return Ok(Any::pack(&field));
        }
        // A model lies where its footprint does.
        if any.is::<Footprint3DModel>() {
            return Ok(any.clone());
        }
        let mut item = Item::from_any(any.clone()).map_err(unreadable)?;
        match &mut item {
            Item::BoardText(text) => self.text_of_footprint(text),
            Item::BoardTextBox(text) => self.text_box(text, Corners::Kept)?,
            Item::BoardGraphicShape(shape) => self.board_shape(shape, Corners::Kept),
            item => self.item(item).map_err(|error| match error.0 {
                Problem::Unknown { name, .. } => TransformError(Problem::Unknown { name, is_child: true }),
                other => TransformError(other),
            })?,
        }
        Ok(item.to_any())
    }

    #[inline]
    fn field(self, field: &mut Field) {
        if let Some(text) = &mut field.text {
            self.text_of_footprint(text);
        }
    }

    #[inline]
    fn text_of_footprint(self, text: &mut BoardText) {
        self.board_text(text);
        if let Self::Rotate { .. } = self {
            keep_upright(text);
        }
    }
}
