//! Padstacks: copper, hole, mask and paste of a pad or a via.

use std::fmt;

use kiapi_gen::board::types;

use super::describe::OnAll;
use super::{
    Drill, PadStackShape, PadStackType, PostMachining, Shape, SolderMaskMode, SolderPasteMode,
    UnconnectedLayerRemoval, ViaCoveringMode, ViaPluggingMode, ZoneConnectionStyle,
};
use crate::{Layer, Nm, Vector2};

wrapper! {
    /// The padstack of a pad or a via: its copper on each layer, its hole, its mask and paste.
    ///
    /// A [`NORMAL`](PadStackType::NORMAL) padstack has the same copper on all its layers, told once, for
    /// [`F_CU`](Layer::F_CU). The others tell of several layers.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::{PadStack, PadStackShape};
    /// use kiapi::{Layer, mm};
    ///
    /// let mut stack = PadStack::surface(Layer::F_CU, PadStackShape::RECTANGLE, (mm(1), mm(0.6)));
    /// stack.edit_copper_layers(|layer| {
    ///     layer.set_shape(PadStackShape::ROUNDRECT).set_corner_rounding_ratio(0.25);
    /// });
    /// assert_eq!(stack.layers(), [Layer::F_CU, Layer::F_MASK, Layer::F_PASTE]);
    /// ```
    PadStack boxed types::PadStack
}
empty! { PadStack }

impl PadStack {
    /// A round one with a round hole between two copper layers, by the diameters in nanometres.
    #[inline]
    pub(super) fn round(diameter: Nm, hole: Nm, from: Layer, to: Layer) -> Self {
        let mut drill = Drill::round(hole);
        drill.set_start_layer(from).set_end_layer(to);
        let copper = PadStackLayer::copper(PadStackShape::CIRCLE, Vector2::new(diameter, diameter));
        Self::new()
            .with_stack_type(PadStackType::NORMAL)
            .with_layers([from, to])
            .with_drill(drill)
            .with_copper_layers([copper])
    }

    /// The padstack of a plated pad through the whole board, with copper on all layers and mask openings on both sides.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::{Drill, PadStack, PadStackShape};
    /// use kiapi::mm;
    ///
    /// let stack = PadStack::through(PadStackShape::CIRCLE, (mm(1.6), mm(1.6)), Drill::round(mm(0.8)));
    /// assert_eq!(stack.drill(), Some(Drill::round(mm(0.8))));
    /// ```
    pub fn through(shape: PadStackShape, size: impl Into<Vector2>, drill: Drill) -> Self {
        // All that a board could have, in the order in which KiCad lists them.
        let inner = (Layer::IN1_CU.0..=Layer::IN30_CU.0).map(Layer);
        Self::new()
            .with_stack_type(PadStackType::NORMAL)
            .with_layers([Layer::F_CU, Layer::F_MASK, Layer::B_CU, Layer::B_MASK].into_iter().chain(inner))
            .with_drill(drill)
            .with_copper_layers([PadStackLayer::copper(shape, size.into())])
    }

    /// The padstack of a pad on one side, with openings in mask and paste: the back for
    /// [`B_CU`](Layer::B_CU), the front for any other layer.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::{PadStack, PadStackShape};
    /// use kiapi::{Layer, mm};
    ///
    /// let stack = PadStack::surface(Layer::B_CU, PadStackShape::OVAL, (mm(1), mm(0.6)));
    /// assert_eq!(stack.layers(), [Layer::B_CU, Layer::B_MASK, Layer::B_PASTE]);
    /// ```
    pub fn surface(side: Layer, shape: PadStackShape, size: impl Into<Vector2>) -> Self {
        let layers = match side {
            Layer::B_CU => [Layer::B_CU, Layer::B_MASK, Layer::B_PASTE],
            _ => [Layer::F_CU, Layer::F_MASK, Layer::F_PASTE],
        };
        Self::new()
            .with_stack_type(PadStackType::NORMAL)
            .with_layers(layers)
            .with_copper_layers([PadStackLayer::copper(shape, size.into())])
    }

    /// The copper on each layer that the padstack tells of, as copies.
    #[inline]
    pub fn copper_layers(&self) -> impl Iterator<Item = PadStackLayer> + '_ {
        self.0.copper_layers.iter().cloned().map(PadStackLayer::from)
    }

    /// Tells the copper on each layer anew.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::{PadStack, PadStackLayer, PadStackShape};
    /// use kiapi::mm;
    ///
    /// let copper = PadStackLayer::copper(PadStackShape::CIRCLE, (mm(1), mm(1)));
    /// let stack = PadStack::new().with_copper_layers([copper.clone()]);
    /// assert_eq!(stack.copper_layers().next(), Some(copper));
    /// ```
    #[must_use]
    pub fn with_copper_layers(mut self, layers: impl IntoIterator<Item = PadStackLayer>) -> Self {
        self.0.copper_layers = layers.into_iter().map(Into::into).collect();
        self
    }

    /// Edits the copper on each layer where it lies.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::{PadStack, PadStackShape};
    /// use kiapi::{Layer, mm};
    ///
    /// let mut stack = PadStack::surface(Layer::F_CU, PadStackShape::OVAL, (mm(1), mm(0.6)));
    /// stack.edit_copper_layers(|layer| {
    ///     layer.set_size((mm(2), mm(1)));
    /// });
    /// assert_eq!(stack.size(), (mm(2), mm(1)).into());
    /// ```
    pub fn edit_copper_layers(&mut self, mut edit: impl FnMut(&mut PadStackLayer)) -> &mut Self {
        for place in &mut self.0.copper_layers {
            let mut layer = PadStackLayer::from(std::mem::take(place));
            edit(&mut layer);
            *place = layer.into();
        }
        self
    }

    /// The size of the copper on the first layer that the padstack tells of, in nanometres.
    #[inline]
    pub fn size(&self) -> Vector2 {
        self.copper_layers().next().map(|layer| layer.size()).unwrap_or_default()
    }
}

accessors! { PadStack, "PadStack::new()";
    value { stack_type set_stack_type with_stack_type: PadStackType, "PadStackType::NORMAL", "way in which the copper layers are told", [] r#type }
    layers { "layers on which the padstack has anything", [] layers }
    angle { angle set_angle with_angle, "deg(45)", "rotation of the shapes", [] angle }
    part { drill set_drill with_drill edit_drill: Drill, "Drill::round(mm(0.8))", "hole", [] drill }
    part { secondary_drill set_secondary_drill with_secondary_drill edit_secondary_drill: Drill, "Drill::round(mm(0.8))", "hole that is drilled from one side after plating, such as a backdrill (since KiCad 10.0)", [] secondary_drill }
    part { tertiary_drill set_tertiary_drill with_tertiary_drill edit_tertiary_drill: Drill, "Drill::round(mm(0.8))", "hole that is drilled from the other side after plating (since KiCad 10.0)", [] tertiary_drill }
    value { unconnected_layers set_unconnected_layers with_unconnected_layers: UnconnectedLayerRemoval, "UnconnectedLayerRemoval::KEEP", "fate of the copper on layers to which nothing connects", [] unconnected_layer_removal }
    part { front set_front with_front edit_front: OuterLayer, "OuterLayer::new()", "mask and paste on the front", [] front_outer_layers }
    part { back set_back with_back edit_back: OuterLayer, "OuterLayer::new()", "mask and paste on the back", [] back_outer_layers }
    part { zone_connection set_zone_connection with_zone_connection edit_zone_connection: ZoneConnection, "ZoneConnection::new()", "connection to zones", [] zone_settings }
    part { front_post_machining set_front_post_machining with_front_post_machining edit_front_post_machining: PostMachining, "PostMachining::new()", "machining on the front (since KiCad 10.0)", [] front_post_machining }
    part { back_post_machining set_back_post_machining with_back_post_machining edit_back_post_machining: PostMachining, "PostMachining::new()", "machining on the back (since KiCad 10.0)", [] back_post_machining }
}

impl fmt::Debug for PadStack {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PadStack({:?} on {}", self.stack_type(), OnAll(self.layers()))?;
        self.copper_layers().try_for_each(|layer| write!(f, ", {layer:?}"))?;
        self.drill().iter().try_for_each(|drill| write!(f, ", {drill:?}"))?;
        f.write_str(")")
    }
}

wrapper! {
    /// The copper of a padstack on one layer.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::{PadStackLayer, PadStackShape};
    /// use kiapi::mm;
    ///
    /// let copper = PadStackLayer::copper(PadStackShape::ROUNDRECT, (mm(1), mm(0.6))).with_corner_rounding_ratio(0.25);
    /// assert_eq!(copper.size(), (mm(1), mm(0.6)).into());
    /// ```
    PadStackLayer boxed types::PadStackLayer
}
empty! { PadStackLayer }

impl PadStackLayer {
    /// Copper of a shape and a size in nanometres, on the front, which in a normal padstack stands for all layers.
    pub fn copper(shape: PadStackShape, size: impl Into<Vector2>) -> Self {
        Self::new().with_layer(Layer::F_CU).with_shape(shape).with_size(size)
    }

    /// The shapes that make up a custom one, relative to the position of the pad, as copies.
    #[inline]
    pub fn custom_shapes(&self) -> impl Iterator<Item = Shape> + '_ {
        self.0.custom_shapes.iter().cloned().map(Shape::from)
    }

    /// Sets the shapes that make up a custom one, relative to the position of the pad.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::{PadStackLayer, PadStackShape, Shape};
    /// use kiapi::mm;
    ///
    /// let copper = PadStackLayer::copper(PadStackShape::CUSTOM, (mm(0.5), mm(0.5)))
    ///     .with_custom_shapes([Shape::segment((mm(0), mm(0)), (mm(2), mm(0)))]);
    /// assert_eq!(copper.custom_shapes().count(), 1);
    /// ```
    #[must_use]
    pub fn with_custom_shapes(mut self, shapes: impl IntoIterator<Item = Shape>) -> Self {
        self.0.custom_shapes = shapes.into_iter().map(Into::into).collect();
        self
    }
}

accessors! { PadStackLayer, "PadStackLayer::new()";
    value { layer set_layer with_layer: Layer, "Layer::F_CU", "layer of the copper", [] layer }
    value { shape set_shape with_shape: PadStackShape, "PadStackShape::OVAL", "shape of the copper", [] shape }
    point { size set_size with_size, "(mm(1), mm(0.6))", "width and height of the copper", [] size }
    point { offset set_offset with_offset, "(mm(0.1), mm(0))", "distance from the position of the pad to the middle of the copper", [] offset }
    value { corner_rounding_ratio set_corner_rounding_ratio with_corner_rounding_ratio: f64, "0.25", "radius of rounded corners as a ratio of the shorter side", [] corner_rounding_ratio }
    value { chamfer_ratio set_chamfer_ratio with_chamfer_ratio: f64, "0.2", "cut at chamfered corners as a ratio of the shorter side", [] chamfer_ratio }
    flag { chamfers_top_left set_chamfers_top_left with_chamfers_top_left, "the upper left corner is chamfered", [chamfered_corners] top_left }
    flag { chamfers_top_right set_chamfers_top_right with_chamfers_top_right, "the upper right corner is chamfered", [chamfered_corners] top_right }
    flag { chamfers_bottom_left set_chamfers_bottom_left with_chamfers_bottom_left, "the lower left corner is chamfered", [chamfered_corners] bottom_left }
    flag { chamfers_bottom_right set_chamfers_bottom_right with_chamfers_bottom_right, "the lower right corner is chamfered", [chamfered_corners] bottom_right }
    point { trapezoid_delta set_trapezoid_delta with_trapezoid_delta, "(mm(0.1), mm(0))", "difference between opposite sides of a trapezoid", [] trapezoid_delta }
    value { anchor_shape set_anchor_shape with_anchor_shape: PadStackShape, "PadStackShape::CIRCLE", "shape to which a custom one is added: a circle or a rectangle", [] custom_anchor_shape }
    part { zone_connection set_zone_connection with_zone_connection edit_zone_connection: ZoneConnection, "ZoneConnection::new()", "connection to zones on this layer", [] zone_settings }
}

impl fmt::Debug for PadStackLayer {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.size();
        write!(f, "{:?} {} by {} on {:?}", self.shape(), size.x, size.y, self.layer())
    }
}

wrapper! {
    /// Mask and paste of a padstack on one side of the board.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::{OuterLayer, SolderMaskMode};
    /// use kiapi::mm;
    ///
    /// let open = OuterLayer::new().with_mask_mode(SolderMaskMode::UNMASKED).with_mask_margin(mm(0.05));
    /// assert_eq!(open.mask_margin(), Some(mm(0.05)));
    /// ```
    OuterLayer boxed types::PadStackOuterLayer
}
empty! { OuterLayer }

accessors! { OuterLayer, "OuterLayer::new()";
    value { mask_mode set_mask_mode with_mask_mode: SolderMaskMode, "SolderMaskMode::UNMASKED", "presence of the solder mask", [] solder_mask_mode }
    optional_length { mask_margin set_mask_margin with_mask_margin, "mm(0.05)", "distance from the copper to the mask, in place of the inherited one", [solder_mask_settings] solder_mask_margin }
    value { paste_mode set_paste_mode with_paste_mode: SolderPasteMode, "SolderPasteMode::PASTE", "presence of solder paste", [] solder_paste_mode }
    optional_length { paste_margin set_paste_margin with_paste_margin, "mm(-0.05)", "distance from the copper to the paste, in place of the inherited one", [solder_paste_settings] solder_paste_margin }
    optional_ratio { paste_margin_ratio set_paste_margin_ratio with_paste_margin_ratio, "-0.1", "distance from the copper to the paste as a ratio of the pad's size, in place of the inherited one", [solder_paste_settings] solder_paste_margin_ratio }
    value { plugging set_plugging with_plugging: ViaPluggingMode, "ViaPluggingMode::PLUGGED", "plugging of a via (since KiCad 10.0)", [] plugging_mode }
    value { covering set_covering with_covering: ViaCoveringMode, "ViaCoveringMode::COVERED", "covering of a via (since KiCad 10.0)", [] covering_mode }
}

impl fmt::Debug for OuterLayer {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OuterLayer(mask {:?}, paste {:?})", self.mask_mode(), self.paste_mode())
    }
}

wrapper! {
    /// How a pad, a via or a zone connects to the copper of zones.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::{ZoneConnection, ZoneConnectionStyle};
    /// use kiapi::mm;
    ///
    /// let thermal = ZoneConnection::new()
    ///     .with_style(ZoneConnectionStyle::THERMAL)
    ///     .with_spoke_width(mm(0.5))
    ///     .with_gap(mm(0.4));
    /// assert_eq!(thermal.gap(), Some(mm(0.4)));
    /// ```
    ZoneConnection boxed types::ZoneConnectionSettings
}
empty! { ZoneConnection }

accessors! { ZoneConnection, "ZoneConnection::new()";
    value { style set_style with_style: ZoneConnectionStyle, "ZoneConnectionStyle::FULL", "style of the connection", [] zone_connection }
    optional_length { spoke_width set_spoke_width with_spoke_width, "mm(0.5)", "width of the spokes of a thermal relief", [thermal_spokes] width }
    optional_length { gap set_gap with_gap, "mm(0.4)", "gap of a thermal relief", [thermal_spokes] gap }
    angle { spoke_angle set_spoke_angle with_spoke_angle, "deg(45)", "direction of the spokes", [thermal_spokes] angle }
}

impl fmt::Debug for ZoneConnection {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ZoneConnection({:?})", self.style())
    }
}
