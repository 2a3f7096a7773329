//! Vias.

use std::fmt;

use kiapi_gen::board::types;

use super::describe::Then;
use super::{PadStack, PadStackShape, ViaType};
use crate::{Layer, Nm, Vector2};

wrapper! {
    /// A plated hole that joins copper layers.
    ///
    /// # KiCad versions
    ///
    /// 9.0 and later. KiCad needs a diameter and a hole, which are zero when they are not set; it lists the layers of the
    /// padstack itself, from the hole's ends. A via that is sent back in an update loses its teardrops and whether it is
    /// `free`, since the API does not carry them.
    ///
    /// KiCad 9 knows through, [`BLIND_BURIED`](ViaType::BLIND_BURIED) and micro vias, and makes a through via of any
    /// other kind. KiCad 10 tells blind from buried, and takes `BLIND_BURIED` for blind. A via none of whose layers the
    /// board has is refused by KiCad 10: `attempted to add item with no overlapping layers with the board`.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Via, mm};
    ///
    /// let via = Via::new().with_position((mm(3), mm(4))).with_diameter(mm(0.6)).with_drill(mm(0.3)).with_net("GND");
    /// assert_eq!(via.to_string(), "via 0.6 mm, hole 0.3 mm, GND, at (3 mm, 4 mm)");
    /// ```
    Via boxed types::Via
}
identity! { Via }
short_debug! { Via }

impl Via {
    /// A via through the whole board. It has no diameter and no hole yet.
    #[inline]
    pub fn new() -> Self {
        Self::spanning(ViaType::THROUGH, Layer::F_CU, Layer::B_CU)
    }

    /// A via between two copper layers, one of which is on the outside; also a buried one in KiCad 9.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Layer, Via};
    ///
    /// assert_eq!(Via::blind(Layer::F_CU, Layer::IN1_CU).span(), (Layer::F_CU, Layer::IN1_CU));
    /// ```
    #[inline]
    pub fn blind(from: Layer, to: Layer) -> Self {
        Self::spanning(ViaType::BLIND_BURIED, from, to)
    }

    /// A via between two inner copper layers.
    ///
    /// # KiCad versions
    ///
    /// 10.0 and later. KiCad 9 makes a through via of it: use [`blind`](Self::blind) there.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::ViaType;
    /// use kiapi::{Layer, Via};
    ///
    /// assert_eq!(Via::buried(Layer::IN1_CU, Layer::IN2_CU).via_type(), ViaType::BURIED);
    /// ```
    #[inline]
    pub fn buried(from: Layer, to: Layer) -> Self {
        Self::spanning(ViaType::BURIED, from, to)
    }

    /// A small via between an outer copper layer and the next, usually shot by a laser.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::ViaType;
    /// use kiapi::{Layer, Via};
    ///
    /// assert_eq!(Via::micro(Layer::IN2_CU, Layer::B_CU).via_type(), ViaType::MICRO);
    /// ```
    #[inline]
    pub fn micro(from: Layer, to: Layer) -> Self {
        Self::spanning(ViaType::MICRO, from, to)
    }

    #[inline]
    fn spanning(kind: ViaType, from: Layer, to: Layer) -> Self {
        let stack = PadStack::round(Nm::ZERO, Nm::ZERO, from, to);
        Self::from(types::Via::new().with_type(kind).with_pad_stack(stack.into_proto()))
    }

    /// The diameter of the copper on the first layer that the padstack tells of, in nanometres.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Via, mm};
    ///
    /// assert_eq!(Via::new().with_diameter(mm(0.6)).diameter(), mm(0.6));
    /// ```
    #[inline]
    pub fn diameter(&self) -> Nm {
        let layer = self.0.pad_stack.as_ref().and_then(|stack| stack.copper_layers.first());
        layer.and_then(|layer| layer.size.as_ref()).map(|size| Nm(size.x_nm)).unwrap_or_default()
    }

    /// Sets the diameter of the copper on all layers, in nanometres.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Via, mm};
    ///
    /// let mut via = Via::new();
    /// via.set_diameter(mm(0.6));
    /// assert_eq!(via.diameter(), mm(0.6));
    /// ```
    #[inline]
    pub fn set_diameter(&mut self, diameter: Nm) -> &mut Self {
        let layers = &mut self.0.pad_stack.get_or_insert_default().copper_layers;
        if layers.is_empty() {
            layers
                .push(types::PadStackLayer::new().with_layer(Layer::F_CU).with_shape(PadStackShape::CIRCLE));
        }
        for layer in layers {
            super::put_point(&mut layer.size, Vector2::new(diameter, diameter));
        }
        self
    }

    /// Sets the diameter of the copper on all layers, in nanometres.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Via, mm};
    ///
    /// assert_eq!(Via::new().with_diameter(mm(0.6)).diameter(), mm(0.6));
    /// ```
    #[must_use]
    #[inline]
    pub fn with_diameter(mut self, diameter: Nm) -> Self {
        self.set_diameter(diameter);
        self
    }

    /// The diameter of the hole, in nanometres.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Via, mm};
    ///
    /// assert_eq!(Via::new().with_drill(mm(0.3)).drill(), mm(0.3));
    /// ```
    #[inline]
    pub fn drill(&self) -> Nm {
        let drill = self.0.pad_stack.as_ref().and_then(|stack| stack.drill.as_ref());
        drill.and_then(|drill| drill.diameter.as_ref()).map(|size| Nm(size.x_nm)).unwrap_or_default()
    }

    /// Sets the diameter of the hole, in nanometres.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Via, mm};
    ///
    /// let mut via = Via::new();
    /// via.set_drill(mm(0.3));
    /// assert_eq!(via.drill(), mm(0.3));
    /// ```
    #[inline]
    pub fn set_drill(&mut self, diameter: Nm) -> &mut Self {
        let drill = self.0.pad_stack.get_or_insert_default().drill.get_or_insert_default();
        super::put_point(&mut drill.diameter, Vector2::new(diameter, diameter));
        self
    }

    /// Sets the diameter of the hole, in nanometres.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Via, mm};
    ///
    /// assert_eq!(Via::new().with_drill(mm(0.3)).drill(), mm(0.3));
    /// ```
    #[must_use]
    #[inline]
    pub fn with_drill(mut self, diameter: Nm) -> Self {
        self.set_drill(diameter);
        self
    }

    /// The copper layers at which the hole begins and ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Layer, Via};
    ///
    /// assert_eq!(Via::new().span(), (Layer::F_CU, Layer::B_CU));
    /// ```
    #[inline]
    pub fn span(&self) -> (Layer, Layer) {
        let drill = self.0.pad_stack.as_ref().and_then(|stack| stack.drill.as_ref());
        drill.map(|drill| (drill.start_layer, drill.end_layer)).unwrap_or_default()
    }

    /// Sets the copper layers at which the hole begins and ends. They count unless the via is a through via.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Layer, Via};
    ///
    /// let mut via = Via::micro(Layer::F_CU, Layer::IN1_CU);
    /// via.set_span(Layer::IN4_CU, Layer::B_CU);
    /// assert_eq!(via.span(), (Layer::IN4_CU, Layer::B_CU));
    /// ```
    #[inline]
    pub fn set_span(&mut self, from: Layer, to: Layer) -> &mut Self {
        let drill = self.0.pad_stack.get_or_insert_default().drill.get_or_insert_default();
        (drill.start_layer, drill.end_layer) = (from, to);
        self
    }
}

impl Default for Via {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

accessors! { Via, "Via::new()";
    point { position set_position with_position, "(mm(1), mm(2))", "centre of the via", [] position }
    value { via_type set_via_type with_via_type: ViaType, "ViaType::MICRO", "kind of the via", [] r#type }
    part { pad_stack set_pad_stack with_pad_stack edit_pad_stack: PadStack, "PadStack::new()", "padstack of the via", [] pad_stack }
    net { [] }
    lock {}
}

impl fmt::Display for Via {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.via_type() {
            ViaType::MICRO => "micro via",
            ViaType::BLIND => "blind via",
            ViaType::BURIED => "buried via",
            ViaType::BLIND_BURIED => "blind or buried via",
            _ => "via",
        };
        write!(f, "{kind} {}, hole {}", self.diameter(), self.drill())?;
        let (from, to) = self.span();
        if !matches!(self.via_type(), ViaType::THROUGH | ViaType::UNKNOWN) {
            write!(f, ", {from} to {to}")?;
        }
        write!(f, "{}, at {}", Then(self.net()), self.position())
    }
}
