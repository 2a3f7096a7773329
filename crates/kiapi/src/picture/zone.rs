//! Zones: the fills are polygons that KiCad sends; the hatching along the border is drawn here.

use kiapi_gen::board::types::{Zone, ZoneBorderStyle};

use super::path::{Path, Point, Step, at, distance, polygons};
use super::shape::{HAIRLINE, Shape};

/// No border has more lines than this, and needs more work than that, lines times edges: a pitch that is finer is a mistake.
const MOST_LINES: f64 = 10_000.0;
const MOST_WORK: f64 = 4e6;

/// The outline of a zone, and the hatching inside of it.
#[inline]
pub(super) fn border(zone: &Zone) -> Vec<Shape> {
    let outline = zone.outline.as_ref().map(polygons).unwrap_or_default();
    let border = zone.border.as_ref();
    let style = border.map_or(ZoneBorderStyle::SOLID, |border| border.style);
    if style == ZoneBorderStyle::INVISIBLE || outline.is_empty() {
        return Vec::new();
    }
    let pitch = border.map_or(0.0, |border| distance(border.pitch.as_ref()));
    let hatching = match style {
        ZoneBorderStyle::DIAGONAL_FULL => hatching(&outline, pitch, f64::INFINITY),
        ZoneBorderStyle::DIAGONAL_EDGE => hatching(&outline, pitch, pitch),
        _ => Path::default(),
    };
    vec![Shape::lines(outline, HAIRLINE), Shape::lines(hatching, HAIRLINE)]
}

/// Lines that rise to the right, no longer than `reach` from the border.
#[inline]
fn hatching(outline: &Path, pitch: f64, reach: f64) -> Path {
    let edges = edges(outline);
    // On such a line the sum of x and y is the same everywhere.
    let sums = edges.iter().flat_map(|(a, b)| [a.x + a.y, b.x + b.y]);
    let (low, high) =
        sums.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), sum| (low.min(sum), high.max(sum)));
    // KiCad counts the pitch along the axes, and the length of the short lines too.
    let step = pitch;
    let mut path = Path::default();
    let lines = (high - low) / step;
    #[expect(clippy::cast_precision_loss, reason = "it only has to be about right")]
    let work = lines * edges.len() as f64;
    if step <= 0.0 || !low.is_finite() || lines > MOST_LINES || work > MOST_WORK {
        return path;
    }
    let mut sum = (low / step).floor() * step + step;
    while sum < high {
        let mut crossings: Vec<f64> = edges.iter().filter_map(|(a, b)| crossing(*a, *b, sum)).collect();
        crossings.sort_by(f64::total_cmp);
        for pair in crossings.chunks_exact(2) {
            let (from, to) = (pair[0], pair[1]);
            let on = |x: f64| at(x, sum - x);
            if to - from <= 2.0 * reach {
                path.0.extend([Step::Move(on(from)), Step::Line(on(to))]);
            } else {
                path.0.extend([Step::Move(on(from)), Step::Line(on(from + reach))]);
                path.0.extend([Step::Move(on(to - reach)), Step::Line(on(to))]);
            }
        }
        sum += step;
    }
    path
}

/// Where an edge crosses the line on which x and y add up to `sum`.
#[inline]
fn crossing(a: Point, b: Point, sum: f64) -> Option<f64> {
    let (from, to) = (a.x + a.y - sum, b.x + b.y - sum);
    // An end on the line counts for the edge that lies below it, so that each corner counts once or twice.
    ((from < 0.0) != (to < 0.0)).then(|| a.x + (b.x - a.x) * (from / (from - to)))
}

/// The straight edges of closed paths; arcs as their chords.
#[inline]
fn edges(path: &Path) -> Vec<(Point, Point)> {
    let mut edges = Vec::new();
    let (mut first, mut here) = (Point::default(), Point::default());
    for step in &path.0 {
        let to = match *step {
            Step::Move(to) => {
                (first, here) = (to, to);
                continue;
            }
            Step::Line(to) | Step::Arc { to, .. } | Step::Cubic(_, _, to) => to,
            Step::Close => first,
        };
        edges.push((here, to));
        here = to;
    }
    edges
}
