//! What a person reads of an item: layers, angles, words.

use std::fmt;

use crate::{Angle, Layer};

/// Layers, or how many they are.
pub(super) struct OnAll<'a>(pub(super) &'a [Layer]);

impl fmt::Display for OnAll<'_> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("no layer"),
            [one] => one.fmt(f),
            [one, two] => write!(f, "{one} and {two}"),
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
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == Angle::ZERO { Ok(()) } else { write!(f, ", {}", self.0) }
    }
}

/// The first words of a text, on one line.
pub(super) struct Words<'a>(pub(super) &'a str);

impl fmt::Display for Words<'_> {
    #[inline]
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
