//! Points, paths and boxes, in nanometres. Whatever numbers an item has, they stay finite here.

use kiapi_gen::common::types::{self, PolyLine, PolySet, PolygonWithHoles, poly_line_node};

/// What is beyond this, a kilometre, no board reaches; an SVG renderer would not either.
const FARTHEST: f64 = 1e12;

/// A number that can be drawn.
#[inline]
pub(super) fn tame(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(-FARTHEST, FARTHEST) }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to some nine thousand kilometres, and clamped before"
)]
#[inline]
pub(super) fn length(nm: i64) -> f64 {
    tame(nm as f64)
}

/// A distance that is there, in nanometres.
#[inline]
pub(super) fn distance(value: Option<&types::Distance>) -> f64 {
    value.map_or(0.0, |value| length(value.value_nm))
}

/// An angle in degrees; no number is none.
#[inline]
pub(super) fn degrees(value: Option<&types::Angle>) -> f64 {
    let degrees = value.map_or(0.0, |value| value.value_degrees);
    if degrees.is_finite() { degrees % 360.0 } else { 0.0 }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

#[inline]
pub(super) fn at(x: f64, y: f64) -> Point {
    Point { x, y }
}

#[inline]
pub(super) fn point(vector: Option<&types::Vector2>) -> Point {
    vector.map_or(Point::default(), |vector| at(length(vector.x_nm), length(vector.y_nm)))
}

impl Point {
    #[inline]
    pub(super) fn plus(self, other: Self) -> Self {
        at(self.x + other.x, self.y + other.y)
    }

    #[inline]
    pub(super) fn minus(self, other: Self) -> Self {
        at(self.x - other.x, self.y - other.y)
    }

    #[inline]
    pub(super) fn times(self, factor: f64) -> Self {
        at(self.x * factor, self.y * factor)
    }

    #[inline]
    pub(super) fn len(self) -> f64 {
        self.x.hypot(self.y)
    }

    /// A point in the same direction, `len` away from the origin; the origin stays.
    #[inline]
    pub(super) fn resized(self, len: f64) -> Self {
        let now = self.len();
        if now == 0.0 { self } else { self.times(len / now) }
    }

    /// Turned around the origin, anticlockwise as seen on the screen, as KiCad counts.
    #[inline]
    pub(super) fn turned(self, degrees: f64) -> Self {
        let (sin, cos) = sin_cos(degrees);
        at(self.x * cos + self.y * sin, self.y * cos - self.x * sin)
    }
}

/// Exact for right angles.
#[inline]
fn sin_cos(degrees: f64) -> (f64, f64) {
    let degrees = degrees.rem_euclid(360.0);
    match degrees / 90.0 {
        0.0 | 4.0 => (0.0, 1.0),
        1.0 => (1.0, 0.0),
        2.0 => (0.0, -1.0),
        3.0 => (-1.0, 0.0),
        _ => degrees.to_radians().sin_cos(),
    }
}

/// A step of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    Move(Point),
    Line(Point),
    /// Part of a circle: its radius, whether it is more than half of it, whether it goes clockwise on the screen.
    Arc {
        radius: f64,
        is_large: bool,
        is_clockwise: bool,
        to: Point,
    },
    Cubic(Point, Point, Point),
    Close,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Path(pub(super) Vec<Step>);

impl Path {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn line(points: impl IntoIterator<Item = Point>) -> Self {
        let mut path = Self::default();
        path.continue_with(points);
        path
    }

    pub(super) fn polygon(points: impl IntoIterator<Item = Point>) -> Self {
        let mut path = Self::line(points);
        path.0.push(Step::Close);
        path
    }

    fn continue_with(&mut self, points: impl IntoIterator<Item = Point>) {
        for point in points {
            let step = if self.0.is_empty() { Step::Move(point) } else { Step::Line(point) };
            self.0.push(step);
        }
    }

    /// Goes from the end of the path through `mid` to `end` on a circle, or straight if there is none.
    #[inline]
    pub(super) fn arc_through(&mut self, start: Point, mid: Point, end: Point) {
        match Circle::through(start, mid, end) {
            Some(circle) => {
                let turn = cross(end.minus(start), mid.minus(start));
                // The middle lies on the left of the way from start to end, as seen on the screen: clockwise.
                let is_clockwise = turn < 0.0;
                let to_center = cross(end.minus(start), circle.center.minus(start));
                let is_large = (to_center < 0.0) == (turn < 0.0) && to_center != 0.0;
                if start == end {
                    // A whole circle, which SVG draws in two halves.
                    self.0.push(Step::Arc {
                        radius: circle.radius,
                        is_large: false,
                        is_clockwise: true,
                        to: mid,
                    });
                }
                self.0.push(Step::Arc { radius: circle.radius, is_large, is_clockwise, to: end });
            }
            None => self.0.extend([Step::Line(mid), Step::Line(end)]),
        }
    }

    #[inline]
    pub(super) fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// All points, in the same path elsewhere.
    pub(super) fn map(self, place: impl Fn(Point) -> Point) -> Self {
        let steps = self.0.into_iter().map(|step| match step {
            Step::Move(to) => Step::Move(place(to)),
            Step::Line(to) => Step::Line(place(to)),
            Step::Arc { radius, is_large, is_clockwise, to } => {
                Step::Arc { radius, is_large, is_clockwise, to: place(to) }
            }
            Step::Cubic(a, b, to) => Step::Cubic(place(a), place(b), place(to)),
            Step::Close => Step::Close,
        });
        Self(steps.collect())
    }

    /// What it covers; somewhat more where there are curves.
    #[inline]
    pub(super) fn bounds(&self) -> Bounds {
        let mut bounds = Bounds::default();
        let mut here = Point::default();
        for step in &self.0 {
            match *step {
                Step::Move(to) | Step::Line(to) => {
                    bounds.add(to);
                    here = to;
                }
                Step::Arc { radius, is_large, is_clockwise, to } => {
                    arc_bounds(here, radius, is_large, is_clockwise, to, &mut bounds);
                    here = to;
                }
                Step::Cubic(a, b, to) => {
                    for point in [a, b, to] {
                        bounds.add(point);
                    }
                    here = to;
                }
                Step::Close => {}
            }
        }
        bounds
    }
}

/// Adds an arc: its ends, and the points of its circle that are the farthest to each side, if it passes them.
#[inline]
fn arc_bounds(from: Point, radius: f64, is_large: bool, is_clockwise: bool, to: Point, bounds: &mut Bounds) {
    bounds.add(from);
    bounds.add(to);
    let half = to.minus(from).times(0.5);
    let reach = (radius * radius - half.x * half.x - half.y * half.y).max(0.0).sqrt();
    let side = if is_large == is_clockwise { 1.0 } else { -1.0 };
    let normal = at(half.y, -half.x).resized(reach * side);
    let center = from.plus(half).plus(normal);
    for extreme in [at(radius, 0.0), at(-radius, 0.0), at(0.0, radius), at(0.0, -radius)] {
        let extreme = center.plus(extreme);
        let turn = cross(to.minus(from), extreme.minus(from));
        if (turn < 0.0) == is_clockwise {
            bounds.add(extreme);
        }
    }
}

#[inline]
fn cross(a: Point, b: Point) -> f64 {
    a.x * b.y - a.y * b.x
}

pub(super) struct Circle {
    pub(super) center: Point,
    pub(super) radius: f64,
}

impl Circle {
    /// The circle through three points, unless they are all but on a line.
    #[inline]
    pub(super) fn through(a: Point, b: Point, c: Point) -> Option<Self> {
        let (b, c_) = (b.minus(a), c.minus(a));
        let circle = if c_ == Point::default() {
            let center = b.times(0.5);
            Self { center: a.plus(center), radius: center.len() }
        } else {
            let double = 2.0 * cross(b, c_);
            let (bb, cc) = (b.x * b.x + b.y * b.y, c_.x * c_.x + c_.y * c_.y);
            let center = at((c_.y * bb - b.y * cc) / double, (b.x * cc - c_.x * bb) / double);
            Self { center: a.plus(center), radius: center.len() }
        };
        (circle.radius > 0.0 && circle.radius < FARTHEST && circle.center.len() < 4.0 * FARTHEST)
            .then_some(circle)
    }
}

/// A box that grows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Bounds(pub(super) Option<(Point, Point)>);

impl Bounds {
    #[inline]
    pub(super) fn add(&mut self, point: Point) {
        let (low, high) = self.0.unwrap_or((point, point));
        let low = at(low.x.min(point.x), low.y.min(point.y));
        self.0 = Some((low, at(high.x.max(point.x), high.y.max(point.y))));
    }

    #[inline]
    pub(super) fn join(&mut self, other: Self) {
        if let Some((low, high)) = other.0 {
            self.add(low);
            self.add(high);
        }
    }

    #[inline]
    pub(super) fn inflated(mut self, by: f64) -> Self {
        if let Some((low, high)) = &mut self.0 {
            *low = at(low.x - by, low.y - by);
            *high = at(high.x + by, high.y + by);
        }
        self
    }
}

/// The path of an outline or a hole.
#[inline]
pub(super) fn poly_line(line: &PolyLine) -> Path {
    let mut path = Path::default();
    for node in &line.nodes {
        match &node.geometry {
            Some(poly_line_node::Geometry::Point(to)) => path.continue_with([point(Some(to))]),
            Some(poly_line_node::Geometry::Arc(arc)) => {
                let [start, mid, end] = [&arc.start, &arc.mid, &arc.end].map(|end| point(end.as_ref()));
                path.continue_with([start]);
                path.arc_through(start, mid, end);
            }
            _ => {}
        }
    }
    path
}

/// The paths of a polygon and its holes; filled by the even-odd rule.
#[inline]
pub(super) fn polygon(polygon: &PolygonWithHoles) -> Path {
    let mut path = Path::default();
    for line in polygon.outline.iter().chain(&polygon.holes) {
        let mut line = poly_line(line);
        if !line.is_empty() {
            line.0.push(Step::Close);
            path.append(line);
        }
    }
    path
}

#[inline]
pub(super) fn polygons(set: &PolySet) -> Path {
    let mut path = Path::default();
    for one in &set.polygons {
        path.append(polygon(one));
    }
    path
}
