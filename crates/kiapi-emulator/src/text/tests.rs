//! Compares with what running KiCads answered.
//!
//! `testdata/text/` has one case a line, its fields separated by tabs: the version, the command, the text (numbers as
//! in [`decode`], then the string with `\n`, `\t` and `\\` escaped), and KiCad's answer.

use kiapi_gen::common::types::{Angle, Distance, Text, TextAttributes, Vector2};

use super::{extents, layout, style::Style};
use crate::Line;

fn decode(numbers: &str, string: &str) -> Text {
    let n: Vec<f64> = numbers.split(' ').map(|word| word.parse().expect("a number")).collect();
    let whole = |at: usize| n[at] as i64;
    let flag = |bit: i64| whole(9) & (1 << bit) != 0;
    let vector = |at: usize| Vector2::new().with_x_nm(whole(at)).with_y_nm(whole(at + 1));
    let mut attributes = TextAttributes::new()
        .with_size(vector(2))
        .with_stroke_width(Distance::new().with_value_nm(whole(4)))
        .with_angle(Angle::new().with_value_degrees(n[5]))
        .with_line_spacing(n[6])
        .with_italic(flag(0))
        .with_bold(flag(1))
        .with_underlined(flag(2))
        .with_mirrored(flag(3))
        .with_multiline(flag(4));
    attributes.horizontal_alignment.0 = whole(7) as i32;
    attributes.vertical_alignment.0 = whole(8) as i32;
    Text::new()
        .with_position(vector(0))
        .with_attributes(attributes)
        .with_text(string.replace("\\n", "\n").replace("\\t", "\t"))
}

fn answer(command: &str, text: &Text, version: Line) -> String {
    let join = |numbers: Vec<i64>| numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(" ");
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
        other => panic!("unknown command {other}"),
    }
}

#[test]
#[ignore = "for exploring"]
fn explore() {
    let file = std::env::var("TEXT_CASES").unwrap();
    let (mut total, mut same) = (0, 0);
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let fields: Vec<_> = line.split('\t').collect();
        let version: Line = fields[0].parse().unwrap();
        let text = decode(fields[2], fields[3]);
        let found = answer(fields[1], &text, version);
        total += 1;
        if found == fields[4] {
            same += 1;
        } else if total - same < 12 {
            println!("{line}\n   ours: {found}");
        }
    }
    println!("{same} of {total}");
}
