//! Holes, and what is machined around them.

use std::fmt;

use kiapi_gen::board::types;

use super::{DrillShape, ViaDrillCappingMode, ViaDrillFillingMode, ViaDrillPostMachiningMode};
use crate::{Angle, Layer, Nm, Vector2, deg};

wrapper! {
    /// A hole: its size, its shape, and the layers between which it runs.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::{Drill, DrillShape};
    /// use kiapi::mm;
    ///
    /// let slot = Drill::slot((mm(0.8), mm(1.6)));
    /// assert_eq!(slot.shape(), DrillShape::OBLONG);
    /// ```
    Drill inline types::DrillProperties
}
empty! { Drill }

impl Drill {
    /// A round hole through the whole board, by its diameter in nanometres.
    #[inline]
    pub fn round(diameter: Nm) -> Self {
        Self::through(Vector2::new(diameter, diameter), DrillShape::CIRCLE)
    }

    /// An oblong hole through the whole board, by its width and height in nanometres.
    pub fn slot(size: impl Into<Vector2>) -> Self {
        Self::through(size.into(), DrillShape::OBLONG)
    }

    #[inline]
    fn through(size: Vector2, shape: DrillShape) -> Self {
        Self::new()
            .with_size(size)
            .with_shape(shape)
            .with_start_layer(Layer::F_CU)
            .with_end_layer(Layer::B_CU)
    }
}

accessors! { Drill, "Drill::new()";
    point { size set_size with_size, "(mm(0.3), mm(0.3))", "width and height of the hole, which are equal for a round one", [] diameter }
    value { shape set_shape with_shape: DrillShape, "DrillShape::CIRCLE", "shape of the hole", [] shape }
    value { start_layer set_start_layer with_start_layer: Layer, "Layer::F_CU", "layer at which the hole begins", [] start_layer }
    value { end_layer set_end_layer with_end_layer: Layer, "Layer::B_CU", "layer at which the hole ends", [] end_layer }
    value { capping set_capping with_capping: ViaDrillCappingMode, "ViaDrillCappingMode::CAPPED", "capping of the hole (since KiCad 10.0)", [] capped }
    value { filling set_filling with_filling: ViaDrillFillingMode, "ViaDrillFillingMode::FILLED", "filling of the hole (since KiCad 10.0)", [] filled }
}

impl fmt::Debug for Drill {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.size();
        write!(f, "Drill({} by {}, {:?}", size.x, size.y, self.shape())?;
        write!(f, ", {:?} to {:?})", self.start_layer(), self.end_layer())
    }
}

wrapper! {
    /// What is machined around a hole on one side of the board: a counterbore or a countersink.
    ///
    /// # KiCad versions
    ///
    /// 10.0 and later.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::PostMachining;
    /// use kiapi::{deg, mm};
    ///
    /// let sink = PostMachining::countersink(mm(1.2), deg(82));
    /// assert_eq!(sink.angle(), deg(82));
    /// ```
    PostMachining inline types::PostMachiningProperties
}
empty! { PostMachining }

impl PostMachining {
    /// A cylinder, by its diameter and its depth in nanometres.
    #[inline]
    pub fn counterbore(size: Nm, depth: Nm) -> Self {
        Self::new().with_mode(ViaDrillPostMachiningMode::COUNTERBORE).with_size(size).with_depth(depth)
    }

    /// A cone, by its diameter at the surface in nanometres and its opening angle in degrees.
    #[inline]
    pub fn countersink(size: Nm, angle: Angle) -> Self {
        Self::new().with_mode(ViaDrillPostMachiningMode::COUNTERSINK).with_size(size).with_angle(angle)
    }
}

/// A length in a field of 32 bits, as far as it fits.
macro_rules! short_length {
    ($base:literal, $get:ident $set:ident $with:ident, $what:literal) => {
        property! {
            [$base "mm(0.5)" "mm(0.5)"]
            [concat!("The ", $what, ", in nanometres."),
             concat!("Sets the ", $what, ", in nanometres. What is longer than two metres becomes that.")]
            $get -> Nm: [] |message| Nm(message.$get.into());
            $set $with (Nm): |message, value| message.$get = clamp(value.0)
        }
    };
}

/// An angle in tenths of a degree.
macro_rules! tenths {
    ($base:literal,) => {
        property! {
            [$base "deg(82)" "deg(82)"]
            ["The opening angle of the cone, in degrees.",
             "Sets the opening angle of the cone, in degrees. KiCad keeps tenths."]
            angle -> Angle: [] |message| deg(f64::from(message.angle) / 10.0);
            set_angle with_angle (Angle): |message, value| message.angle = clamp(Nm::round(value.degrees() * 10.0).0)
        }
    };
}

accessors! { PostMachining, "PostMachining::new()";
    value { mode set_mode with_mode: ViaDrillPostMachiningMode, "ViaDrillPostMachiningMode::COUNTERBORE", "form of what is machined", [] mode }
    short_length { size set_size with_size, "diameter at the surface" }
    short_length { depth set_depth with_depth, "depth" }
    tenths {}
}

/// The nearest number of 32 bits.
#[inline]
fn clamp(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(if value < 0 { i32::MIN } else { i32::MAX })
}

impl fmt::Debug for PostMachining {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mode, size, depth) = (self.mode(), self.size(), self.depth());
        write!(f, "PostMachining({mode:?}, {size} wide, {depth} deep, {}°)", self.angle().degrees())
    }
}
