//! Writes `src/text/strokes.txt` anew, from a running KiCad and through its API alone:
//!
//! ```sh
//! cargo test -p kiapi-emulator --test record_font -- ipc:///tmp/kicad/api.sock > strokes.txt
//! ```
//!
//! A text of 21 mm has its font's grid in millimetres, so the strokes of each glyph can be read off; its advance is how
//! far a letter behind it is moved. Which column of the grid is a glyph's left edge does not show at that size. It does
//! show in how points are rounded: the edge is taken which explains every point of the glyph at many other sizes.

use std::collections::BTreeSet;

use kiapi_gen::common::commands::{GetTextAsShapes, TextOrTextBox};
use kiapi_gen::common::types::{
    Distance, HorizontalAlignment, Text, TextAttributes, Vector2, VerticalAlignment, graphic_shape::Geometry,
};
use kiapi_gen::{Request, Response};
use kiapi_transport::{Address, CallOptions, Client, ConnectOptions, Transport as _};

type Failure = Box<dyn std::error::Error>;

/// A straight stroke: where it begins and ends.
type Segment = [(i64, i64); 2];

/// The characters that are recorded.
const FIRST: u32 = 0x20;
const LAST: u32 = 0x2FFF;
/// A character without a glyph: KiCad draws a rectangle for it.
const WITHOUT_GLYPH: char = '\u{80}';
/// Nanometres in a unit of the grid while the strokes are read off.
const UNIT: i64 = 1_000_000;
/// The width of the pen meanwhile, and how far it moves a text to the right and up.
const PEN: i64 = 1_000_000;
const PEN_OFFSET: (i64, i64) = (657_894, 52_000);
/// The advance of the letter L, which stands before and behind a glyph, and how many strokes it has.
const ADVANCE_OF_L: i64 = 17;
const LEFT_OF_L: i64 = 5;
const STROKES_OF_L: usize = 2;

struct Glyph {
    character: char,
    advance: i64,
    /// In units; x from the left edge, y from the baseline.
    strokes: Vec<Segment>,
}

fn main() -> Result<(), Failure> {
    let address = std::env::args().nth(1).ok_or("usage: record_font SOCKET")?;
    let client = Client::connect(&Address::parse(&address)?, &ConnectOptions::new())?;
    let mut glyphs = Vec::new();
    let characters: Vec<char> = (FIRST..=LAST).filter_map(char::from_u32).collect();
    let missing = read_off(&client, &[WITHOUT_GLYPH])?.remove(0);
    for chunk in characters.chunks(100) {
        let read = read_off(&client, chunk)?;
        glyphs.extend(read.into_iter().filter(|glyph| glyph.strokes != missing.strokes));
    }
    let edges = left_edges(&client, &glyphs)?;

    let before = include_str!("../../src/text/strokes.txt");
    before.lines().filter(|line| line.starts_with('#')).for_each(|line| println!("{line}"));
    for (glyph, edges) in glyphs.iter().zip(edges) {
        // All of them are as good; this is the one that is nearest to a glyph in the middle of its letters.
        let edge = edges.into_iter().min_by_key(|edge| (2 * edge + glyph.advance).abs());
        let edge = edge.ok_or_else(|| format!("no left edge explains {:?}", glyph.character))?;
        println!("{}", line(glyph, edge));
    }
    Ok(())
}

/// Strokes of texts, in nanometres.
fn ask(client: &Client, texts: &[String], size: (i64, i64), pen: i64) -> Result<Vec<Vec<Segment>>, Failure> {
    let attributes = TextAttributes::new()
        .with_size(Vector2::new().with_x_nm(size.0).with_y_nm(size.1))
        .with_stroke_width(Distance::new().with_value_nm(pen))
        .with_horizontal_alignment(HorizontalAlignment::LEFT)
        .with_vertical_alignment(VerticalAlignment::TOP)
        .with_line_spacing(1.0);
    let texts = texts.iter().map(|text| {
        let text = Text::new().with_text(text.clone()).with_attributes(attributes.clone());
        TextOrTextBox::new().with_text(text)
    });
    let request = GetTextAsShapes::new().with_text(texts.collect::<Vec<_>>());
    let answer = client.call(&Request::new(&request).encode(), &CallOptions::new())?;
    let answer = Response::decode(&answer)?.into_result::<GetTextAsShapes>()?;
    let strokes = answer.text_with_shapes.into_iter().map(|text| {
        let shapes = text.shapes.unwrap_or_default().shapes.into_iter();
        shapes.filter_map(|shape| segment(shape.geometry)).collect()
    });
    Ok(strokes.collect())
}

fn segment(geometry: Option<Geometry>) -> Option<Segment> {
    let Some(Geometry::Segment(segment)) = geometry else { return None };
    Some([segment.start?, segment.end?].map(|point| (point.x_nm, point.y_nm)))
}

fn read_off(client: &Client, characters: &[char]) -> Result<Vec<Glyph>, Failure> {
    let texts: Vec<String> = characters.iter().map(|character| format!("L{character}L")).collect();
    let size = 21 * UNIT;
    let drawn = ask(client, &texts, (size, size), PEN)?;
    let nearest = |length: i64| (length + UNIT / 2).div_euclid(UNIT);
    let in_units = |(x, y): (i64, i64)| (nearest(x - PEN_OFFSET.0), nearest(y + PEN_OFFSET.1) - 21);
    let mut glyphs = Vec::new();
    for (&character, drawn) in characters.iter().zip(drawn) {
        let mut strokes: Vec<Segment> = drawn.into_iter().map(|segment| segment.map(in_units)).collect();
        let [_, (behind, _)] = *strokes.last().ok_or("KiCad draws nothing")?;
        strokes.truncate(strokes.len().saturating_sub(STROKES_OF_L));
        strokes.drain(..STROKES_OF_L.min(strokes.len()));
        let moved = strokes.into_iter().map(|segment| segment.map(|(x, y)| (x - ADVANCE_OF_L, y)));
        glyphs.push(Glyph {
            character,
            advance: behind - ADVANCE_OF_L - LEFT_OF_L,
            strokes: moved.collect(),
        });
    }
    Ok(glyphs)
}

/// The left edges of each glyph that explain where its points fall, in units.
fn left_edges(client: &Client, glyphs: &[Glyph]) -> Result<Vec<BTreeSet<i64>>, Failure> {
    // What can be written as a letter.
    let possible = |glyph: &Glyph| (-49..30).filter(|edge| edge + glyph.advance <= 44).collect();
    let mut edges: Vec<BTreeSet<i64>> = glyphs.iter().map(possible).collect();
    // Sizes that boards have, and others as odd as can be.
    let round = [1_524_000, 1_016_000, 762_000, 889_000, 1_778_000, 2_032_000, 600_000, 800_000, 1_000_000];
    let odd = (1..96).map(|number: i64| number * number * 30_011 + 20_000);
    for size in round.into_iter().chain(odd) {
        for (glyphs, edges) in glyphs.chunks(400).zip(edges.chunks_mut(400)) {
            let texts: Vec<String> = glyphs.iter().map(|glyph| glyph.character.to_string()).collect();
            let drawn = ask(client, &texts, (size, 1_000), 0)?;
            for ((glyph, edges), drawn) in glyphs.iter().zip(edges).zip(drawn) {
                edges.retain(|&edge| explains(glyph, edge, size, &drawn));
            }
        }
    }
    Ok(edges)
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "numbers far below 2^52")]
fn explains(glyph: &Glyph, edge: i64, size: i64, drawn: &[Segment]) -> bool {
    let scale = 1.0 / 21.0;
    let place = |x: i64| (((x + edge) as f64 * scale - edge as f64 * scale) * size as f64) as i64;
    let expected = glyph.strokes.iter().flatten().map(|&(x, _)| place(x));
    expected.eq(drawn.iter().flatten().map(|&(x, _)| x))
}

/// A line of the file; its form is described at the file's head.
fn line(glyph: &Glyph, edge: i64) -> String {
    let letter = |number: i64| u8::try_from(number + i64::from(b'R')).map_or('?', char::from);
    let mut line =
        format!("{:04X} {}{}", u32::from(glyph.character), letter(edge), letter(edge + glyph.advance));
    let mut at = None;
    for &[from, to] in &glyph.strokes {
        if at != Some(from) {
            line.extend([' ', letter(from.0 + edge), letter(from.1)]);
        }
        line.extend([letter(to.0 + edge), letter(to.1)]);
        at = Some(to);
    }
    line
}
