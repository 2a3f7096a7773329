//! Reference images.

use std::fmt;

use kiapi_gen::board::types;

use crate::Layer;

wrapper! {
    /// A picture on a board, as a guide for drawing.
    ///
    /// # KiCad versions
    ///
    /// 10.0 and later: KiCad 9.0.8 neither lists nor creates them. A scale that is not set is 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{ReferenceImage, mm};
    ///
    /// let png = vec![0x89, b'P', b'N', b'G'];
    /// let image = ReferenceImage::new(png).with_position((mm(30), mm(30))).with_scale(0.5);
    /// assert_eq!(image.to_string(), "image of 4 bytes on Dwgs.User at (30 mm, 30 mm)");
    /// ```
    ReferenceImage boxed types::ReferenceImage
}
identity! { ReferenceImage }
short_debug! { ReferenceImage }

impl ReferenceImage {
    /// A picture from the bytes of its file, such as a PNG, on the drawings layer.
    pub fn new(data: impl Into<Vec<u8>>) -> Self {
        Self::from(types::ReferenceImage::new().with_image_data(data).with_layer(Layer::DWGS_USER))
    }

    /// The bytes of the picture's file.
    #[inline]
    pub fn data(&self) -> &[u8] {
        &self.0.image_data
    }

    /// Sets the bytes of the picture's file.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::ReferenceImage;
    ///
    /// let mut image = ReferenceImage::new([]);
    /// image.set_data([1, 2, 3]);
    /// assert_eq!(image.data(), [1, 2, 3]);
    /// ```
    pub fn set_data(&mut self, data: impl Into<Vec<u8>>) -> &mut Self {
        self.0.image_data = data.into();
        self
    }
}

accessors! { ReferenceImage, "ReferenceImage::new([])";
    point { position set_position with_position, "(mm(1), mm(2))", "place of the picture", [] position }
    point { transform_origin_offset set_transform_origin_offset with_transform_origin_offset, "(mm(1), mm(2))", "distance to the point about which the picture is turned", [] transform_origin_offset }
    optional_ratio { scale set_scale with_scale, "0.5", "size as a ratio of the picture's own", [] image_scale }
    value { layer set_layer with_layer: Layer, "Layer::DWGS_USER", "layer of the picture", [] layer }
    lock {}
}

impl fmt::Display for ReferenceImage {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bytes, layer, at) = (self.data().len(), self.layer(), self.position());
        write!(f, "image of {bytes} bytes on {layer} at {at}")
    }
}
