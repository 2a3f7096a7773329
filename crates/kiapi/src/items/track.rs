//! Tracks, straight and curved.

use std::fmt;

use kiapi_gen::board::types;

use super::describe::Then;
use crate::{Layer, Nm, geometry};

wrapper! {
    /// A straight piece of copper on one layer.
    ///
    /// # KiCad versions
    ///
    /// 9.0 and later. Nothing but a layer of the board is needed; a width that is not set is zero, so set one. A net
    /// that the board does not have is made, at once, also if the commit is dropped later. A track comes back from KiCad
    /// byte for byte.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Layer, Track, mm};
    ///
    /// let mut track = Track::new()
    ///     .with_start((mm(0), mm(0)))
    ///     .with_end((mm(1), mm(0)))
    ///     .with_width(mm(0.25))
    ///     .with_layer(Layer::F_CU)
    ///     .with_net("GND");
    /// track.set_width(mm(0.5));
    /// assert_eq!(track.to_string(), "track 0.5 mm on F.Cu, GND, (0 mm, 0 mm) to (1 mm, 0 mm)");
    /// ```
    Track inline types::Track
}
empty! { Track }
identity! { Track }
short_debug! { Track }

accessors! { Track, "Track::new()";
    point { start set_start with_start, "(mm(1), mm(2))", "point where the track begins", [] start }
    point { end set_end with_end, "(mm(1), mm(2))", "point where the track ends", [] end }
    length { width set_width with_width, "mm(0.25)", "width of the copper", [] width }
    value { layer set_layer with_layer: Layer, "Layer::F_CU", "layer of the track", [] layer }
    net { [] }
    lock {}
}

impl Track {
    /// The length of the track from its start to its end, rounded to the nanometre.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Track, mm};
    ///
    /// let track = Track::new().with_start((mm(1), mm(1))).with_end((mm(4), mm(5)));
    /// assert_eq!(track.length(), mm(5));
    /// ```
    #[inline]
    pub fn length(&self) -> Nm {
        self.start().distance_to(self.end())
    }
}

impl fmt::Display for Track {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (width, layer, net) = (self.width(), self.layer(), Then(self.net()));
        write!(f, "track {width} on {layer}{net}, {} to {}", self.start(), self.end())
    }
}

wrapper! {
    /// A piece of copper on one layer that follows a circle.
    ///
    /// # KiCad versions
    ///
    /// 9.0 and later. Nothing but a layer of the board is needed; a width that is not set is zero, so set one.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Arc, Layer, mm};
    ///
    /// let arc = Arc::new()
    ///     .with_start((mm(1), mm(0)))
    ///     .with_mid((mm(0), mm(1)))
    ///     .with_end((mm(-1), mm(0)))
    ///     .with_width(mm(0.25))
    ///     .with_layer(Layer::B_CU);
    /// assert_eq!(arc.to_string(), "arc 0.25 mm on B.Cu, (1 mm, 0 mm) by (0 mm, 1 mm) to (-1 mm, 0 mm)");
    /// ```
    Arc boxed types::Arc
}
empty! { Arc }
identity! { Arc }
short_debug! { Arc }

accessors! { Arc, "Arc::new()";
    point { start set_start with_start, "(mm(1), mm(2))", "point where the arc begins", [] start }
    point { mid set_mid with_mid, "(mm(1), mm(2))", "point on the arc between its ends", [] mid }
    point { end set_end with_end, "(mm(1), mm(2))", "point where the arc ends", [] end }
    length { width set_width with_width, "mm(0.25)", "width of the copper", [] width }
    value { layer set_layer with_layer: Layer, "Layer::F_CU", "layer of the arc", [] layer }
    net { [] }
    lock {}
}

impl Arc {
    /// The curve that the arc follows, which tells its centre, its radius and its angles.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Arc, mm};
    ///
    /// let arc = Arc::new().with_start((mm(1), mm(0))).with_mid((mm(0), mm(1))).with_end((mm(-1), mm(0)));
    /// assert_eq!(arc.curve().radius(), Some(mm(1)));
    /// ```
    #[inline]
    pub fn curve(&self) -> geometry::Arc {
        geometry::Arc::new(self.start(), self.mid(), self.end())
    }

    /// The length along the arc, rounded to the nanometre.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Arc, Nm, mm};
    ///
    /// let arc = Arc::new().with_start((mm(1), mm(0))).with_mid((mm(0), mm(1))).with_end((mm(-1), mm(0)));
    /// assert_eq!(arc.length(), Nm(3_141_593));
    /// ```
    #[inline]
    pub fn length(&self) -> Nm {
        self.curve().length()
    }
}

impl fmt::Display for Arc {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (width, layer, net) = (self.width(), self.layer(), Then(self.net()));
        let (start, mid, end) = (self.start(), self.mid(), self.end());
        write!(f, "arc {width} on {layer}{net}, {start} by {mid} to {end}")
    }
}
