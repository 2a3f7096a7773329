//! Compares with what running KiCads answered.
//!
//! `testdata/text/` has one case a line, its fields separated by tabs: the version, the command, the text (numbers as
//! in [`decode`], then the string with `\n`, `\t` and `\\` escaped), and KiCad's answer.

use kiapi_gen::board::types::BoardText;
use kiapi_gen::common::types::{Angle, Distance, Text, TextAttributes, Vector2};

use super::board::{self, Parent};
use super::{extents, layout, number::Point, style::Style};
use crate::Line;

fn decode(numbers: &str, string: &str) -> Text {
    let words: Vec<&str> = numbers.split(' ').collect();
    let whole = |at: usize| words[at].parse::<i64>().expect("a whole number");
    let number = |at: usize| words[at].parse::<f64>().expect("a number");
    let alignment = |at: usize| i32::try_from(whole(at)).expect("an alignment");
    let flag = |bit: i64| whole(9) & (1 << bit) != 0;
    let vector = |at: usize| Vector2::new().with_x_nm(whole(at)).with_y_nm(whole(at + 1));
    let mut attributes = TextAttributes::new()
        .with_size(vector(2))
        .with_stroke_width(Distance::new().with_value_nm(whole(4)))
        .with_angle(Angle::new().with_value_degrees(number(5)))
        .with_line_spacing(number(6))
        .with_italic(flag(0))
        .with_bold(flag(1))
        .with_underlined(flag(2))
        .with_mirrored(flag(3))
        .with_multiline(flag(4))
        .with_keep_upright(flag(5));
    attributes.horizontal_alignment.0 = alignment(7);
    attributes.vertical_alignment.0 = alignment(8);
    Text::new()
        .with_position(vector(0))
        .with_attributes(attributes)
        .with_text(string.replace("\\n", "\n").replace("\\t", "\t"))
}

fn on_board(text: &Text, knockout: bool) -> BoardText {
    BoardText::new().with_text(text.clone()).with_knockout(knockout)
}

fn answer(command: &str, text: &Text, knockout: bool, version: Line) -> String {
    let join = |numbers: Vec<i64>| numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(" ");
    let parent = if command == "field" { Parent::Footprint } else { Parent::Board };
    match command {
        "extents" => {
            let found = extents(text, version);
            let (p, s) = (found.position.unwrap(), found.size.unwrap());
            join(vec![p.x_nm, p.y_nm, s.x_nm, s.y_nm])
        }
        "shapes" => {
            let style = Style::of(text);
            let strokes = layout::strokes(&style, version);
            let width = if strokes.is_empty() { 0 } else { style.pen_width() };
            let points = strokes.into_iter().flatten().flat_map(|point| [point.x.into(), point.y.into()]);
            join([i64::from(width)].into_iter().chain(points).collect())
        }
        "box" | "field" => {
            let rect = board::item_box(&on_board(text, knockout), parent, version);
            join(vec![rect.origin.x.into(), rect.origin.y.into(), rect.size.x.into(), rect.size.y.into()])
        }
        hit if hit.starts_with("hit ") => {
            let n: Vec<i32> = hit[4..].split(' ').map(|word| word.parse().unwrap()).collect();
            let hits =
                board::hits(&on_board(text, knockout), parent, Point { x: n[0], y: n[1] }, n[2], version);
            if hits { "2".into() } else { "1".into() }
        }
        other => panic!("unknown command {other}"),
    }
}

#[track_caller]
fn check(cases: &str) {
    let mut different = Vec::new();
    for case in cases.lines() {
        let [version, command, numbers, string, expected] = case.split('\t').collect::<Vec<_>>()[..] else {
            panic!("a case has five fields: {case}");
        };
        let version: Line = version.parse().expect("a line of KiCad");
        let knockout = numbers.rsplit(' ').next().and_then(|flags| flags.parse().ok()).unwrap_or(0) & 64 != 0;
        let found = answer(command, &decode(numbers, string), knockout, version);
        if found != expected {
            different.push(format!("{case}\n  found: {found}"));
        }
    }
    let total = cases.lines().count();
    assert!(different.is_empty(), "{} of {total} differ:\n{}", different.len(), different.join("\n"));
}

#[test]
fn texts_are_drawn_to_the_nanometre_as_kicad_does() {
    check(include_str!("../../testdata/text/cases.tsv"));
}
