//! The icons that a new plugin begins with: a board with a spark, drawn by this program.

use std::io::Cursor;

/// Which of KiCad's themes an icon is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Theme {
    Light,
    Dark,
}

/// A colour with its opacity.
type Rgba = [u8; 4];

/// How many samples in each direction make a pixel.
const SAMPLES: u32 = 4;
/// The drawing is made on a field of this many units in each direction.
const FIELD: f64 = 24.0;
/// The colour that no icon of KiCad has, by which a button is found in a picture of the screen.
pub(super) const SPARK: [u8; 3] = [0xff, 0x6a, 0x13];

/// Draws the icon as a PNG of `size` by `size` pixels.
pub(super) fn draw(size: u32, theme: Theme) -> Vec<u8> {
    let mut pixels = Vec::new();
    for y in 0..size {
        for x in 0..size {
            pixels.extend(pixel(x, y, size, theme));
        }
    }
    let mut file = Cursor::new(Vec::new());
    let mut encoder = png::Encoder::new(&mut file, size, size);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("writing to memory does not fail");
    writer.write_image_data(&pixels).expect("there are as many bytes as the header says");
    writer.finish().expect("writing to memory does not fail");
    file.into_inner()
}

/// The mean of the samples of a pixel.
fn pixel(x: u32, y: u32, size: u32, theme: Theme) -> Rgba {
    let (mut sum, mut opaque) = ([0_u32; 3], 0);
    for sample in 0..SAMPLES * SAMPLES {
        let place = |pixel: u32, sample: u32| {
            (f64::from(pixel) + (f64::from(sample) + 0.5) / f64::from(SAMPLES)) * FIELD / f64::from(size)
        };
        let colour = colour(place(x, sample % SAMPLES), place(y, sample / SAMPLES), theme);
        if let Some(colour) = colour {
            opaque += 1;
            for (sum, part) in sum.iter_mut().zip(colour) {
                *sum += u32::from(part);
            }
        }
    }
    let mean = |sum: u32| u8::try_from(sum.checked_div(opaque).unwrap_or(0)).expect("it is a mean of bytes");
    let opacity = u8::try_from(opaque * 255 / (SAMPLES * SAMPLES)).expect("no more samples than there are");
    [mean(sum[0]), mean(sum[1]), mean(sum[2]), opacity]
}

/// The corners of the spark.
const BOLT: [(f64, f64); 6] =
    [(13.0, 3.5), (7.0, 13.0), (11.0, 13.0), (10.0, 20.5), (17.0, 10.0), (12.6, 10.0)];

/// The colour at a place of the field.
fn colour(x: f64, y: f64, theme: Theme) -> Option<[u8; 3]> {
    let (line, fill) = match theme {
        Theme::Light => ([0x2b, 0x55, 0x3c], [0xd5, 0xe8, 0xdb]),
        Theme::Dark => ([0xa8, 0xdc, 0xbc], [0x2b, 0x4a, 0x38]),
    };
    let hole = |cx: f64, cy: f64| (x - cx).hypot(y - cy) < 1.1;
    if !(2.0..=22.0).contains(&x) || !(2.0..=22.0).contains(&y) {
        return None;
    }
    if [(5.0, 5.0), (19.0, 5.0), (5.0, 19.0), (19.0, 19.0)].iter().any(|(cx, cy)| hole(*cx, *cy)) {
        return Some(line);
    }
    if is_inside(&BOLT, x, y) {
        return Some(SPARK);
    }
    let is_edge = !(3.2..=20.8).contains(&x) || !(3.2..=20.8).contains(&y);
    Some(if is_edge { line } else { fill })
}

fn is_inside(corners: &[(f64, f64)], x: f64, y: f64) -> bool {
    let next = corners.iter().cycle().skip(1);
    let crossings = corners
        .iter()
        .zip(next)
        .filter(|((ax, ay), (bx, by))| (*ay > y) != (*by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax);
    crossings.count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn icons_are_squares_of_their_size_with_a_spark() {
        for size in [24, 48, 64] {
            for theme in [Theme::Light, Theme::Dark] {
                let file = draw(size, theme);
                let mut reader = png::Decoder::new(Cursor::new(&file)).read_info().unwrap();
                assert_eq!((reader.info().width, reader.info().height), (size, size));
                let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
                reader.next_frame(&mut pixels).unwrap();
                let (pixels, _) = pixels.as_chunks::<4>();
                let sparks = pixels.iter().filter(|pixel| pixel[..3] == SPARK && pixel[3] == 255).count();
                assert!(sparks > 10, "{sparks} pixels of the spark in {size}");
                assert!(pixels.iter().any(|pixel| pixel[3] == 0), "the corners are empty");
            }
        }
        assert_ne!(draw(24, Theme::Light), draw(24, Theme::Dark));
    }
}
