//! Barcodes.

use std::fmt;

use kiapi_gen::board::types;

use super::describe::{Turned, Words};
use super::{BarcodeErrorCorrection, BarcodeKind};
use crate::{Layer, mm};

wrapper! {
    /// A code on one layer that machines read.
    ///
    /// # KiCad versions
    ///
    /// 10.0 and later. KiCad makes each side at least 0.01 mm, and letters without a height 1.27 mm high.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Barcode, mm};
    ///
    /// let code = Barcode::qr("https://www.kicad.org").with_position((mm(30), mm(30))).with_width(mm(10)).with_height(mm(10));
    /// assert_eq!(
    ///     code.to_string(),
    ///     "barcode \"https://www.kicad.org\" on F.SilkS, 10 mm by 10 mm at (30 mm, 30 mm)"
    /// );
    /// ```
    Barcode boxed types::Barcode
}
identity! { Barcode }
short_debug! { Barcode }

impl Barcode {
    /// A code of a kind that says `text`, 10 mm wide and high, on the front silkscreen.
    pub fn new(kind: BarcodeKind, text: impl Into<String>) -> Self {
        Self::from(
            types::Barcode::new()
                .with_text(text)
                .with_kind(kind)
                .with_error_correction(BarcodeErrorCorrection::L)
                .with_width(mm(10))
                .with_height(mm(10))
                .with_text_height(mm(1.27))
                .with_layer(Layer::F_SILKS),
        )
    }

    /// A QR code that says `text`, 10 mm wide and high, on the front silkscreen.
    pub fn qr(text: impl Into<String>) -> Self {
        Self::new(BarcodeKind::QR_CODE, text)
    }
}

accessors! { Barcode, "Barcode::qr(\"hello\")";
    name { text set_text with_text, "\"hello\"", "content of the code", [] text }
    value { barcode_kind set_barcode_kind with_barcode_kind: BarcodeKind, "BarcodeKind::CODE_39", "kind of the code", [] kind }
    value { error_correction set_error_correction with_error_correction: BarcodeErrorCorrection, "BarcodeErrorCorrection::H", "damage that the code bears, of those kinds that offer a choice", [] error_correction }
    point { position set_position with_position, "(mm(1), mm(2))", "place of the code", [] position }
    angle { orientation set_orientation with_orientation, "deg(90)", "rotation of the code", [] orientation }
    value { layer set_layer with_layer: Layer, "Layer::F_SILKS", "layer of the code", [] layer }
    length { width set_width with_width, "mm(10)", "width of the code", [] width }
    length { height set_height with_height, "mm(10)", "height of the code", [] height }
    flag { shows_text set_shows_text with_shows_text, "the content is also written in letters", [] show_text }
    length { text_height set_text_height with_text_height, "mm(1)", "height of those letters", [] text_height }
    flag { is_knockout set_knockout with_knockout, "the code is cut out of a filled area", [] knockout }
    point { knockout_margin set_knockout_margin with_knockout_margin, "(mm(1), mm(1))", "distance from the code to the edge of that area", [] knockout_margin }
    lock {}
}

impl fmt::Display for Barcode {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "barcode {} on {}, ", Words(self.text()), self.layer())?;
        let (width, height, at) = (self.width(), self.height(), self.position());
        write!(f, "{width} by {height} at {at}{}", Turned(self.orientation()))
    }
}
