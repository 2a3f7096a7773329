//! The glyphs of KiCad's default font.

use std::collections::HashMap;
use std::sync::OnceLock;

/// How many units of the font's grid the height of a text has.
const UNITS: f64 = 21.0;

/// What is drawn for a character that the font's table does not reach, and for control characters.
const UNKNOWN: char = '?';

/// The first code point for which [`STROKES`] says nothing although KiCad's font has more.
const END_OF_RECORD: u32 = 0x3000;

const STROKES: &str = include_str!("strokes.txt");

/// A glyph, in multiples of the size of the text.
#[derive(Debug)]
pub(super) struct Glyph {
    /// How far the next glyph is from this one.
    pub(super) advance: f64,
    /// Polylines; x from the left edge of the glyph, y downwards from the baseline.
    pub(super) strokes: Vec<Vec<(f64, f64)>>,
}

#[derive(Debug)]
struct Font {
    glyphs: HashMap<char, Glyph>,
    /// A rectangle: what KiCad draws for characters that its table covers and its font lacks.
    missing: Glyph,
}

/// The glyph KiCad draws for a character.
///
/// Beyond the recorded range (CJK) it is the rectangle of a missing glyph, where KiCad would draw the character.
pub(super) fn glyph(c: char) -> &'static Glyph {
    static FONT: OnceLock<Font> = OnceLock::new();
    let font = FONT.get_or_init(|| Font::parse(STROKES));
    match font.glyphs.get(&c) {
        Some(glyph) => glyph,
        None if u32::from(c) < END_OF_RECORD && c >= ' ' => &font.missing,
        None if is_recorded_nowhere(c) => &font.missing,
        None => font.glyphs.get(&UNKNOWN).unwrap_or(&font.missing),
    }
}

/// Whether KiCad's font may have a glyph which was not recorded: the scripts of East Asia.
fn is_recorded_nowhere(c: char) -> bool {
    (END_OF_RECORD..LAST_OF_TABLE).contains(&u32::from(c))
}

/// The first code point beyond KiCad's table of glyphs.
const LAST_OF_TABLE: u32 = 0xFFE6;

impl Font {
    fn parse(lines: &str) -> Self {
        let glyphs: HashMap<char, Glyph> =
            lines.lines().filter(|line| !line.starts_with('#')).filter_map(parse_line).collect();
        let strokes =
            vec![[(5, 1), (5, -20), (19, -20), (19, 1), (5, 1)].map(|(x, y)| point(x, y, 0)).to_vec()];
        Self { glyphs, missing: Glyph { advance: f64::from(24) * (1.0 / UNITS), strokes } }
    }
}

fn parse_line(line: &str) -> Option<(char, Glyph)> {
    let mut words = line.split(' ');
    let code = u32::from_str_radix(words.next()?, 16).ok().and_then(char::from_u32)?;
    let [(left, right)] = pairs(words.next()?)[..] else { return None };
    let strokes =
        words.map(|stroke| pairs(stroke).into_iter().map(|(x, y)| point(x, y, left)).collect()).collect();
    let scale = 1.0 / UNITS;
    let advance = f64::from(right) * scale - f64::from(left) * scale;
    Some((code, Glyph { advance, strokes }))
}

fn pairs(letters: &str) -> Vec<(i32, i32)> {
    let number = |letter: u8| i32::from(letter) - i32::from(b'R');
    letters.as_bytes().chunks_exact(2).map(|pair| (number(pair[0]), number(pair[1]))).collect()
}

/// A point in multiples of the size, computed as KiCad does: the last bit decides which nanometre it falls on.
fn point(x: i32, y: i32, left: i32) -> (f64, f64) {
    let scale = 1.0 / UNITS;
    (f64::from(x) * scale - f64::from(left) * scale, f64::from(y) * scale)
}
