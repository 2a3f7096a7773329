//! Reference images: their size in pixels, and their bytes for the SVG.

use std::fmt::Write as _;

use kiapi_gen::board::types::ReferenceImage;

use super::path::{Point, at, point, tame};
use super::shape::{Form, Paint, Shape};

/// How many pixels an image has to an inch that does not say so.
const PIXELS_PER_INCH: f64 = 300.0;

#[inline]
pub(super) fn shape(image: &ReferenceImage) -> Option<Shape> {
    let (kind, pixels, per_inch) = read(&image.image_data)?;
    let scale = image.image_scale.as_ref().map_or(1.0, |scale| scale.value);
    let scale = if scale.is_finite() && scale > 0.0 { scale } else { 1.0 };
    let nm = 25_400_000.0 / per_inch.unwrap_or(PIXELS_PER_INCH) * scale;
    let size = at(tame(pixels.x * nm), tame(pixels.y * nm));
    let href = format!("data:image/{kind};base64,{}", base64(&image.image_data));
    let form = Form::Image { middle: point(image.position.as_ref()), size, href };
    Some(Shape::new(form, Paint::fill()))
}

/// The kind of an image, its size, and its pixels to an inch.
#[inline]
fn read(bytes: &[u8]) -> Option<(&'static str, Point, Option<f64>)> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let size = at(f64::from(big(bytes, 16, 4)?), f64::from(big(bytes, 20, 4)?));
        return Some(("png", size, png_density(bytes)));
    }
    if bytes.starts_with(&[0xff, 0xd8]) {
        return Some(("jpeg", jpeg_size(bytes)?, None));
    }
    None
}

#[inline]
fn big(bytes: &[u8], start: usize, length: usize) -> Option<u32> {
    let bytes = bytes.get(start..start.checked_add(length)?)?;
    Some(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

/// Pixels to an inch, from the chunk `pHYs`, which counts by the metre.
#[inline]
fn png_density(bytes: &[u8]) -> Option<f64> {
    let mut start: usize = 8;
    loop {
        let length = usize::try_from(big(bytes, start, 4)?).ok()?;
        match bytes.get(start.checked_add(4)?..start.checked_add(8)?)? {
            b"pHYs" => {
                let per_metre = big(bytes, start + 8, 4)?;
                let counts_by_metre = bytes.get(start + 16) == Some(&1);
                return (counts_by_metre && per_metre > 0).then(|| (f64::from(per_metre) * 0.0254).round());
            }
            b"IDAT" => return None,
            _ => start = start.checked_add(length)?.checked_add(12)?,
        }
    }
}

#[inline]
fn jpeg_size(bytes: &[u8]) -> Option<Point> {
    let mut start: usize = 2;
    loop {
        let marker = *bytes.get(start.checked_add(1)?)?;
        // The frames: all of C0 to CF but the tables among them.
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let (height, width) = (big(bytes, start + 5, 2)?, big(bytes, start + 7, 2)?);
            return Some(at(f64::from(width), f64::from(height)));
        }
        start = start.checked_add(2)?.checked_add(usize::try_from(big(bytes, start + 2, 2)?).ok()?)?;
    }
}

#[inline]
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let number = (0..3).fold(0_usize, |number, index| {
            number << 8 | usize::from(group.get(index).copied().unwrap_or_default())
        });
        for index in 0..4 {
            let letter = char::from(LETTERS[number >> (18 - 6 * index) & 63]);
            let _ = text.write_char(if index <= group.len() { letter } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_as_it_should_be() {
        assert_eq!(base64(b""), "");
        assert_eq!(base64(b"M"), "TQ==");
        assert_eq!(base64(b"Ma"), "TWE=");
        assert_eq!(base64(b"Man"), "TWFu");
    }

    #[test]
    fn bytes_that_are_no_image_have_no_size() {
        assert_eq!(read(b""), None);
        assert_eq!(read(b"\x89PNG\r\n\x1a\n"), None);
        assert_eq!(read(&[0xff, 0xd8, 0xff, 0xe0, 0xff]), None);
        // A segment of no length leads nowhere, but on.
        assert_eq!(read(&[0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0]), None);
    }
}
