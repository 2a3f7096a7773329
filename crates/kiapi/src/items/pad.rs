//! Pads.

use std::fmt;

use kiapi_gen::board::types;

use super::describe::{OnAll, Then};
use super::{ElectricalPinType, PadStack, PadType};
use crate::{Layer, Vector2};

wrapper! {
    /// A pad of a footprint.
    ///
    /// A pad is created and changed with its footprint ([`Footprint::edit_children`](crate::Footprint::edit_children)): KiCad takes
    /// none alone. Its position is a place on the board,
    /// not within the footprint; the shapes of a custom pad are relative to it.
    ///
    /// # KiCad versions
    ///
    /// 9.0 and later.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::{PadStack, PadStackShape, PadType};
    /// use kiapi::{Layer, Pad, mm};
    ///
    /// let pad = Pad::new()
    ///     .with_number("1")
    ///     .with_pad_type(PadType::SMD)
    ///     .with_position((mm(3), mm(4)))
    ///     .with_pad_stack(PadStack::surface(Layer::F_CU, PadStackShape::OVAL, (mm(1), mm(0.6))))
    ///     .with_net("GND");
    /// assert_eq!(pad.to_string(), "pad 1, 1 mm by 0.6 mm on 3 layers, GND, at (3 mm, 4 mm)");
    /// ```
    Pad boxed types::Pad
}
empty! { Pad }
identity! { Pad }
short_debug! { Pad }

accessors! { Pad, "Pad::new()";
    name { number set_number with_number, "\"A1\"", "number of the pad within its footprint, which may be any word", [] number }
    value { pad_type set_pad_type with_pad_type: PadType, "PadType::SMD", "kind of the pad", [] r#type }
    point { position set_position with_position, "(mm(1), mm(2))", "place of the pad on the board", [] position }
    part { pad_stack set_pad_stack with_pad_stack edit_pad_stack: PadStack, "PadStack::new()", "padstack of the pad", [] pad_stack }
    optional_length { clearance_override set_clearance_override with_clearance_override, "mm(0.3)", "clearance to other copper, in place of the inherited one", [] copper_clearance_override }
    optional_length { die_length set_die_length with_die_length, "mm(2)", "length of the connection inside of the package", [] pad_to_die_length }
    name { pin_name set_pin_name with_pin_name, "\"VCC\"", "name of the symbol's pin", [symbol_pin] name }
    value { pin_type set_pin_type with_pin_type: ElectricalPinType, "ElectricalPinType::PASSIVE", "electrical type of the symbol's pin", [symbol_pin] r#type }
    flag { is_no_connect set_no_connect with_no_connect, "the symbol's pin is marked as connected to nothing", [symbol_pin] no_connect }
    net { [] }
    lock {}
}

impl Pad {
    /// The size of the pad's copper in nanometres, before the pad is turned; on the first layer, if they differ.
    ///
    /// [`pad_stack`](Self::pad_stack) tells of all layers, and [`edit_pad_stack`](Self::edit_pad_stack) changes it.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::{PadStack, PadStackShape};
    /// use kiapi::{Layer, Pad, Vector2, mm};
    ///
    /// let pad = Pad::new().with_pad_stack(PadStack::surface(Layer::F_CU, PadStackShape::OVAL, (mm(1), mm(0.6))));
    /// assert_eq!(pad.size(), Vector2::new(mm(1), mm(0.6)));
    /// assert_eq!(Pad::new().size(), Vector2::ZERO);
    /// ```
    #[inline]
    pub fn size(&self) -> Vector2 {
        let copper = self.as_proto().pad_stack.as_ref().and_then(|stack| stack.copper_layers.first());
        copper.and_then(|copper| copper.size.as_ref()).map(Vector2::from).unwrap_or_default()
    }

    /// The layers that the pad is on: copper, mask and paste.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::{PadStack, PadStackShape};
    /// use kiapi::{Layer, Pad, mm};
    ///
    /// let pad = Pad::new().with_pad_stack(PadStack::surface(Layer::B_CU, PadStackShape::OVAL, (mm(1), mm(0.6))));
    /// assert_eq!(pad.layers(), [Layer::B_CU, Layer::B_MASK, Layer::B_PASTE]);
    /// ```
    #[inline]
    pub fn layers(&self) -> &[Layer] {
        self.as_proto().pad_stack.as_ref().map(|stack| stack.layers.as_slice()).unwrap_or_default()
    }
}

impl fmt::Display for Pad {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.size();
        write!(f, "pad {}, {} by {} on {}", self.number(), size.x, size.y, OnAll(self.layers()))?;
        write!(f, "{}, at {}", Then(self.net()), self.position())
    }
}
