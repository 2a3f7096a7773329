//! The area of a board: the lines on Edge.Cuts, put together to closed outlines.

use std::collections::HashMap;

use super::path::{Path, Point, Step, at};
use super::shape::{Form, Shape};

/// How far the ends of two lines may lie from each other that are meant to meet, in nanometres.
const GAP: f64 = 10_000.0;

/// Everything that the shapes enclose, to be filled by the even-odd rule; what does not close encloses nothing.
pub(super) fn enclosed<'a>(shapes: impl IntoIterator<Item = &'a Shape>) -> Path {
    let mut area = Path::default();
    let mut open = Vec::new();
    for shape in shapes {
        match &shape.form {
            Form::Path(path) if path.0.last() == Some(&Step::Close) => area.append(path.clone()),
            Form::Path(path) => match ends(path) {
                Some((start, end)) if start == end => area.append(path.clone()),
                Some((start, end)) => open.push((start, end, path)),
                None => {}
            },
            Form::Circle(center, radius) => {
                let (left, right) = (at(center.x - radius, center.y), at(center.x + radius, center.y));
                let half = |to| Step::Arc { radius: *radius, is_large: false, is_clockwise: true, to };
                area.append(Path(vec![Step::Move(left), half(right), half(left), Step::Close]));
            }
            _ => {}
        }
    }
    for chain in chains(&open) {
        area.append(chain);
    }
    area
}

/// The ends of a path that is one line.
#[inline]
fn ends(path: &Path) -> Option<(Point, Point)> {
    let Some(Step::Move(start)) = path.0.first() else {
        return None;
    };
    match path.0.last() {
        Some(Step::Line(end) | Step::Arc { to: end, .. } | Step::Cubic(_, _, end)) => Some((*start, *end)),
        _ => None,
    }
}

/// Lines put together to closed ones.
#[inline]
fn chains(open: &[(Point, Point, &Path)]) -> Vec<Path> {
    let mut by_end: HashMap<(i64, i64), Vec<usize>> = HashMap::new();
    for (index, (start, end, _)) in open.iter().enumerate() {
        by_end.entry(cell(*start)).or_default().push(index);
        by_end.entry(cell(*end)).or_default().push(index);
    }
    let mut used = vec![false; open.len()];
    let mut closed = Vec::new();
    for first in 0..open.len() {
        if used[first] {
            continue;
        }
        used[first] = true;
        let (start, mut here, path) = open[first];
        let mut chain = path.clone();
        while here.minus(start).len() > GAP {
            let near = neighbours(here, &by_end).find_map(|index| {
                let (from, to, _) = open[index];
                let meets = |end: Point| end.minus(here).len() <= GAP;
                (!used[index] && (meets(from) || meets(to))).then(|| (index, meets(from)))
            });
            let Some((index, is_forward)) = near else {
                break;
            };
            used[index] = true;
            let (from, to, path) = open[index];
            if is_forward {
                chain.0.extend(path.0.iter().skip(1));
                here = to;
            } else {
                chain.0.extend(reversed(path));
                here = from;
            }
        }
        if here.minus(start).len() <= GAP {
            chain.0.push(Step::Close);
            closed.push(chain);
        }
    }
    closed
}

#[expect(clippy::cast_possible_truncation, reason = "points are tamed")]
#[inline]
fn cell(point: Point) -> (i64, i64) {
    ((point.x / GAP).floor() as i64, (point.y / GAP).floor() as i64)
}

#[inline]
fn neighbours(
    point: Point,
    by_end: &HashMap<(i64, i64), Vec<usize>>,
) -> impl Iterator<Item = usize> + use<'_> {
    let (x, y) = cell(point);
    let cells = (-1..=1).flat_map(move |dx| (-1..=1).map(move |dy| (x + dx, y + dy)));
    cells.filter_map(|cell| by_end.get(&cell)).flatten().copied()
}

/// The steps of a line the other way round, without the move to its end.
#[inline]
fn reversed(path: &Path) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut here = Point::default();
    for step in &path.0 {
        match *step {
            Step::Move(to) => here = to,
            Step::Line(to) => {
                steps.push(Step::Line(here));
                here = to;
            }
            Step::Arc { radius, is_large, is_clockwise, to } => {
                steps.push(Step::Arc { radius, is_large, is_clockwise: !is_clockwise, to: here });
                here = to;
            }
            Step::Cubic(a, b, to) => {
                steps.push(Step::Cubic(b, a, here));
                here = to;
            }
            Step::Close => {}
        }
    }
    steps.reverse();
    steps
}
