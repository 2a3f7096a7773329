//! Fields of footprints.

use std::fmt;

use kiapi_gen::board::types;
use kiapi_gen::common::types::{self as common, Kiid};

use super::describe::Words;
use super::{HorizontalAlignment, Text, VerticalAlignment};
use crate::{Id, Layer};

wrapper! {
    /// A field of a footprint: its reference, its value, or one that a person has added.
    ///
    /// A field is created and changed with its footprint. Its text lies on the board as any other does.
    ///
    /// # KiCad versions
    ///
    /// 9.0 and later. KiCad 10 numbers the fields from 1, KiCad 9 from 0: go by their names.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Field, mm};
    ///
    /// let field = Field::new("MPN", "NE555P").with_position((mm(3), mm(4)));
    /// assert_eq!(field.to_string(), "field MPN \"NE555P\" at (3 mm, 4 mm)");
    /// ```
    Field boxed types::Field
}

impl Field {
    /// A field with a name and a text, visible on the front fabrication layer.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let letters = super::text::usual_letters()
            .with_horizontal_alignment(HorizontalAlignment::CENTER)
            .with_vertical_alignment(VerticalAlignment::CENTER)
            .with_keep_upright(true);
        let text = common::Text::new().with_text(text).with_attributes(letters);
        let text = types::BoardText::new().with_text(text).with_layer(Layer::F_FAB);
        Self::from(types::Field::new().with_name(name).with_text(text).with_visible(true))
    }

    /// The id of the field's text.
    #[inline]
    pub fn id(&self) -> Option<Id> {
        super::read_id(self.0.text.as_ref()?.id.as_ref())
    }

    /// Gives the field's text an id.
    #[inline]
    pub fn set_id(&mut self, id: Id) -> &mut Self {
        self.0.text.get_or_insert_default().id.get_or_insert_default().value = Kiid::from(id).value;
        self
    }
}
short_debug! { Field }

/// A field inside of the text that a field has.
macro_rules! inner_text {
    ($base:literal,) => {
        property! {
            [$base "\"NE555P\"" "\"NE555P\""]
            ["The text of the field.", "Sets the text of the field."]
            text -> &str: [text text] |message| message.text.as_str();
            set_text with_text (impl Into<String>): |message, value| message.text = value.into()
        }
    };
}

accessors! { Field, "Field::new(\"MPN\", \"\")";
    name { name set_name with_name, "\"MPN\"", "name of the field", [] name }
    inner_text {}
    point { position set_position with_position, "(mm(1), mm(2))", "place of the text", [text text] position }
    value { layer set_layer with_layer: Layer, "Layer::F_SILKS", "layer of the text", [text] layer }
    flag { is_visible set_visible with_visible, "the field is shown on the board", [] visible }
    part { board_text set_board_text with_board_text edit_board_text: Text, "Text::new(\"NE555P\")", "text with all its attributes", [] text }
}

impl fmt::Display for Field {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "field {} {} at {}", self.name(), Words(self.text()), self.position())
    }
}
