//! The picture that Xvfb keeps of its screen (an X window dump), made into a PNG.

use anyhow::{Context as _, Result, bail};

/// A picture: its size, and three bytes for each point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) rgb: Vec<u8>,
}

impl Picture {
    /// Reads what `Xvfb -fbdir` writes for a screen of 24 or 32 bits.
    pub(crate) fn from_xwd(bytes: &[u8]) -> Result<Self> {
        let header: Vec<u32> = bytes
            .get(..100)
            .context("an X window dump has a header of 100 bytes")?
            .chunks_exact(4)
            .map(|word| u32::from_be_bytes(word.try_into().expect("four bytes")))
            .collect();
        let [size, version, format] = [header[0], header[1], header[2]];
        let [width, height, little, depth] = [header[4], header[5], u32::from(header[7] == 0), header[11]];
        let [line, colours] = [header[12], header[19]];
        let masks = [header[14], header[15], header[16]];
        if (version, format, depth, masks) != (7, 2, 32, [0x00ff_0000, 0xff00, 0xff]) {
            bail!(
                "an X window dump of another kind: version {version}, format {format}, {depth} bits, {masks:x?}"
            );
        }
        let length = |number: u32| usize::try_from(number).context("a size out of bounds");
        let start = length(size)?.checked_add(length(colours)?.checked_mul(12).context("too many colours")?);
        let pixels =
            start.and_then(|start| bytes.get(start..)).context("an X window dump without a picture")?;
        let (line, row) = (length(line)?, length(width)?.checked_mul(4).context("too wide")?);
        if row == 0
            || line < row
            || line.checked_mul(length(height)?).is_none_or(|needed| needed > pixels.len())
        {
            bail!("an X window dump that is cut off");
        }
        let rows = pixels.chunks_exact(line).take(length(height)?).map(|pixels| &pixels[..row]);
        let rgb = rows
            .flat_map(|row| row.chunks_exact(4))
            .flat_map(|pixel| {
                if little == 1 { [pixel[2], pixel[1], pixel[0]] } else { [pixel[1], pixel[2], pixel[3]] }
            })
            .collect();
        Ok(Self { width, height, rgb })
    }

    pub(crate) fn to_png(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header()?.write_image_data(&self.rgb)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two points, red and green, in a row with padding.
    fn dump() -> Vec<u8> {
        let mut header = [0_u32; 25];
        for (index, value) in [
            (0, 104),
            (1, 7),
            (2, 2),
            (4, 2),
            (5, 1),
            (11, 32),
            (12, 12),
            (14, 0x00ff_0000),
            (15, 0xff00),
            (16, 0xff),
            (19, 1),
        ] {
            header[index] = value;
        }
        let mut bytes: Vec<u8> = header.iter().flat_map(|word| word.to_be_bytes()).collect();
        bytes.extend(b"x\0\0\0");
        bytes.extend([0; 12]);
        bytes.extend([0, 0, 255, 0, 0, 255, 0, 0, 9, 9, 9, 9]);
        bytes
    }

    #[test]
    fn a_dump_becomes_a_picture() {
        let picture = Picture::from_xwd(&dump()).unwrap();
        assert_eq!(picture, Picture { width: 2, height: 1, rgb: vec![255, 0, 0, 0, 255, 0] });
        assert!(picture.to_png().unwrap().starts_with(b"\x89PNG"));
    }

    #[test]
    fn a_dump_that_is_cut_off_is_refused() {
        let whole = dump();
        for end in 0..whole.len() {
            assert!(Picture::from_xwd(&whole[..end]).is_err(), "{end}");
        }
        let mut huge = whole;
        huge[20..24].fill(0xff);
        assert!(Picture::from_xwd(&huge).is_err());
    }
}
