//! Writing SVG: numbers, texts, paths.

use std::fmt::Write as _;

use super::path::{Path, Point, Step, tame};

/// Nanometres as millimetres: exact, and as short as can be.
#[inline]
pub(super) fn mm(nm: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "it is tamed")]
    let nm = tame(nm).round() as i64;
    let sign = if nm < 0 { "-" } else { "" };
    let (whole, rest) = (nm.unsigned_abs() / 1_000_000, nm.unsigned_abs() % 1_000_000);
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let digits = format!("{rest:06}");
    let whole = if whole == 0 { String::new() } else { whole.to_string() };
    format!("{sign}{whole}.{}", digits.trim_end_matches('0'))
}

/// A text that may stand in an element or between quotes. What XML cannot hold becomes the replacement character.
#[inline]
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' => escaped.push(c),
            '\r' => escaped.push_str("&#13;"),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// What stands in `d` of a path.
#[inline]
pub(super) fn path_data(path: &Path) -> String {
    let mut data = String::new();
    let mut command = ' ';
    for step in &path.0 {
        let letter = match step {
            Step::Move(_) => 'M',
            Step::Line(_) => 'L',
            Step::Arc { .. } => 'A',
            Step::Cubic(..) => 'C',
            Step::Close => 'Z',
        };
        // A letter need not be said again, and after a move there are lines.
        let is_said =
            letter != 'M' && letter != 'Z' && (letter == command || (letter == 'L' && command == 'M'));
        if !is_said {
            data.push(letter);
        }
        let separate = |data: &mut String| {
            if data.ends_with(|last: char| last.is_ascii_digit()) {
                data.push(' ');
            }
        };
        let put = |data: &mut String, point: Point| {
            separate(data);
            let _ = write!(data, "{} {}", mm(point.x), mm(point.y));
        };
        match *step {
            Step::Move(to) | Step::Line(to) => put(&mut data, to),
            Step::Arc { radius, is_large, is_clockwise, to } => {
                separate(&mut data);
                let (radius, large, sweep) = (mm(radius), u8::from(is_large), u8::from(is_clockwise));
                let _ = write!(data, "{radius} {radius} 0 {large} {sweep}");
                put(&mut data, to);
            }
            Step::Cubic(a, b, to) => [a, b, to].into_iter().for_each(|point| put(&mut data, point)),
            Step::Close => {}
        }
        command = letter;
    }
    data
}

#[cfg(test)]
mod tests {
    use super::super::path::at;
    use super::*;

    #[track_caller]
    fn check(nm: f64, expected: &str) {
        assert_eq!(mm(nm), expected);
    }

    #[test]
    fn lengths_are_exact_and_short() {
        check(0.0, "0");
        check(-0.4, "0");
        check(1_000_000.0, "1");
        check(-1_500_000.0, "-1.5");
        check(250_000.0, ".25");
        check(-1.0, "-.000001");
        check(123_456_789.0, "123.456789");
        check(f64::NAN, "0");
        check(f64::INFINITY, "1000000");
    }

    #[test]
    fn what_means_something_in_xml_is_escaped() {
        assert_eq!(escape("<a b=\"c\">&'"), "&lt;a b=&quot;c&quot;&gt;&amp;&#39;");
        assert_eq!(escape("µ\u{0}\u{b}\u{ffff}\n"), "µ\u{fffd}\u{fffd}\u{fffd}\n");
    }

    #[test]
    fn letters_of_a_path_are_said_once() {
        let mut path = Path::polygon([at(0.0, 0.0), at(1e6, 0.0), at(1e6, -5e5)]);
        path.append(Path::line([at(2e6, 0.0), at(3e6, 0.0)]));
        assert_eq!(path_data(&path), "M0 0 1 0 1 -.5ZM2 0 3 0");
    }
}
