//! What a person reads of an item: lengths, places, layers.

use std::fmt;

use kiapi_gen::OpenEnum as _;

use crate::{Angle, Layer, Nm, Vector2};

/// A length in millimetres, as short as it is exact.
pub(super) struct Mm(pub(super) Nm);

impl fmt::Display for Mm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanometres = self.0.0.unsigned_abs();
        let (whole, rest) = (nanometres / 1_000_000, nanometres % 1_000_000);
        let sign = if self.0.0 < 0 { "-" } else { "" };
        let rest = format!("{rest:06}");
        match rest.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole} mm"),
            rest => write!(f, "{sign}{whole}.{rest} mm"),
        }
    }
}

/// A point.
pub(super) struct At(pub(super) Vector2);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}, {})", Mm(self.0.x), Mm(self.0.y))
    }
}

/// A layer, as KiCad calls it.
pub(super) struct On(pub(super) Layer);

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.proto_name().and_then(|name| name.strip_prefix("BL_")) {
            Some("UNKNOWN") | Some("UNDEFINED") | Some("UNSELECTED") => f.write_str("no layer"),
            Some(name) => f.write_str(&name.replace('_', ".")),
            None => write!(f, "layer {}", self.0.0),
        }
    }
}

/// Layers, or how many they are.
pub(super) struct OnAll<'a>(pub(super) &'a [Layer]);

impl fmt::Display for OnAll<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("no layer"),
            [one] => On(*one).fmt(f),
            [one, two] => write!(f, "{} and {}", On(*one), On(*two)),
            many => write!(f, "{} layers", many.len()),
        }
    }
}

/// `, ` and what follows, if anything does.
pub(super) struct Then<T>(pub(super) Option<T>);

impl<T: fmt::Display> fmt::Display for Then<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(text) => write!(f, ", {text}"),
            None => Ok(()),
        }
    }
}

/// An angle, if it is not zero: `, 90°`.
pub(super) struct Turned(pub(super) Angle);

impl fmt::Display for Turned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.degrees() {
            0.0 => Ok(()),
            degrees => write!(f, ", {degrees}°"),
        }
    }
}

/// The first words of a text, on one line.
pub(super) struct Words<'a>(pub(super) &'a str);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 40;
        let line: Vec<&str> = self.0.split_whitespace().collect();
        let line = line.join(" ");
        match line.char_indices().nth(MOST) {
            Some((end, _)) => write!(f, "\"{}…\"", &line[..end]),
            None => write!(f, "\"{line}\""),
        }
    }
}
