//! Lines made of points and arcs, and polygons with holes.

use kiapi_gen::common::types::{self, poly_line_node};

use super::{Angle, Arc, Box2, FlipDirection, Vector2};
use crate::Nm;

/// How far from its arcs a line may be when it is asked whether a point is inside.
const INSIDE_ERROR: Nm = Nm(100);

/// A piece of a [`PolyLine`].
///
/// # Examples
///
/// ```
/// use kiapi::Vector2;
/// use kiapi::geometry::Node;
///
/// let node = Node::from(Vector2::ZERO);
/// assert_eq!((node.start(), node.end()), (Vector2::ZERO, Vector2::ZERO));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A corner.
    Point(Vector2),
    /// An arc; straight lines lead to its start and from its end, unless the neighbours are there already.
    Arc(Arc),
}

impl Node {
    /// Where it begins.
    #[inline]
    pub const fn start(&self) -> Vector2 {
        match self {
            Self::Point(point) => *point,
            Self::Arc(arc) => arc.start,
        }
    }

    /// Where it ends.
    #[inline]
    pub const fn end(&self) -> Vector2 {
        match self {
            Self::Point(point) => *point,
            Self::Arc(arc) => arc.end,
        }
    }
}

impl From<Vector2> for Node {
    #[inline]
    fn from(point: Vector2) -> Self {
        Self::Point(point)
    }
}

impl From<Arc> for Node {
    #[inline]
    fn from(arc: Arc) -> Self {
        Self::Arc(arc)
    }
}

/// A line through points and along arcs, open or closed.
///
/// A closed line goes on from its last node to its first; the first point may be repeated at the end, or not.
///
/// # Examples
///
/// ```
/// use kiapi::geometry::PolyLine;
/// use kiapi::{Vector2, mm};
///
/// let square = PolyLine::closed([(0, 0), (2, 0), (2, 2), (0, 2)].map(|(x, y)| Vector2::new(mm(x), mm(y))));
/// assert_eq!(square.length(), mm(8));
/// assert_eq!(square.area(), 4e12);
/// assert!(square.contains(Vector2::new(mm(1), mm(1))));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PolyLine {
    /// The pieces, in order.
    pub nodes: Vec<Node>,
    /// Whether it goes back to where it began.
    pub is_closed: bool,
}

impl PolyLine {
    /// A line that ends somewhere else than it began.
    pub fn open(nodes: impl IntoIterator<Item = impl Into<Node>>) -> Self {
        Self { nodes: nodes.into_iter().map(Into::into).collect(), is_closed: false }
    }

    /// A line that goes back to where it began.
    pub fn closed(nodes: impl IntoIterator<Item = impl Into<Node>>) -> Self {
        Self { nodes: nodes.into_iter().map(Into::into).collect(), is_closed: true }
    }

    /// Whether there is nothing of it.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The length, along its arcs and, if it is closed, back to the start; rounded to the nanometre.
    ///
    /// ```
    /// use kiapi::geometry::PolyLine;
    /// use kiapi::{Vector2, mm};
    ///
    /// let corner = [(0, 0), (3, 0), (3, 4)].map(|(x, y)| Vector2::new(mm(x), mm(y)));
    /// assert_eq!(PolyLine::open(corner).length(), mm(7));
    /// assert_eq!(PolyLine::closed(corner).length(), mm(12));
    /// ```
    #[inline]
    pub fn length(&self) -> Nm {
        let arcs: f64 = self.arcs().map(Arc::length_f64).sum();
        let straight: f64 = self.gaps().map(|(from, to)| (to - from).length_f64()).sum();
        Nm::round(arcs + straight)
    }

    /// The area inside, in square nanometres, arcs included. An open line is taken as if it were closed.
    ///
    /// It is never below zero. Where the line crosses itself, what is gone around the other way counts against it.
    ///
    /// ```
    /// use kiapi::geometry::{Arc, PolyLine};
    /// use kiapi::{Vector2, deg, mm};
    ///
    /// let circle = Arc::from_center(Vector2::ZERO, Vector2::new(mm(1), mm(0)), deg(360));
    /// let square_mm = PolyLine::closed([circle]).area() / 1e12;
    /// assert!((square_mm - std::f64::consts::PI).abs() < 1e-6);
    /// ```
    #[inline]
    pub fn area(&self) -> f64 {
        self.signed_area().abs()
    }

    /// The area as [`area`](Self::area) gives it, but below zero if the line turns clockwise as it is seen.
    ///
    /// ```
    /// use kiapi::geometry::PolyLine;
    /// use kiapi::{Nm, Vector2};
    ///
    /// let clockwise = PolyLine::closed([(0, 0), (2, 0), (0, 2)].map(|(x, y)| Vector2::new(Nm(x), Nm(y))));
    /// assert_eq!(clockwise.signed_area(), -2.0);
    /// assert_eq!(clockwise.reversed().signed_area(), 2.0);
    /// ```
    #[allow(clippy::cast_precision_loss)] // the sum is exact, and a double is as good as anyone needs
    #[inline]
    pub fn signed_area(&self) -> f64 {
        let ends: Vec<Vector2> = self.nodes.iter().flat_map(|node| [node.start(), node.end()]).collect();
        let Some(origin) = ends.first().copied() else {
            return 0.0;
        };
        let next = ends.iter().cycle().skip(1);
        let twice: i128 = ends.iter().zip(next).map(|(a, b)| (*a - origin).cross(*b - origin)).sum();
        // Clockwise as it is seen is where the vector product is above zero, as y grows downwards.
        let arcs: f64 = self.arcs().map(Arc::twice_segment_area).sum();
        (arcs - twice as f64) / 2.0
    }

    /// The smallest box around the line, arcs included; none if there is nothing of it.
    #[inline]
    pub fn bounding_box(&self) -> Option<Box2> {
        let boxes = self.nodes.iter().map(|node| match node {
            Node::Point(point) => Box2::new(*point, *point),
            Node::Arc(arc) => arc.bounding_box(),
        });
        boxes.reduce(Box2::union)
    }

    /// Whether a point is inside of the line or on it, taken as closed. Near an arc it may be off by 100 nm.
    ///
    /// What lies within an even number of loops is outside.
    ///
    /// ```
    /// use kiapi::geometry::PolyLine;
    /// use kiapi::{Nm, Vector2};
    ///
    /// let triangle = PolyLine::closed([(0, 0), (9, 0), (0, 9)].map(|(x, y)| Vector2::new(Nm(x), Nm(y))));
    /// assert!(triangle.contains(Vector2::new(Nm(1), Nm(1))));
    /// assert!(triangle.contains(Vector2::new(Nm(4), Nm(5))));
    /// assert!(!triangle.contains(Vector2::new(Nm(5), Nm(5))));
    /// ```
    #[inline]
    pub fn contains(&self, point: Vector2) -> bool {
        place_of(point, &self.flattened(INSIDE_ERROR)) != Place::Outside
    }

    /// The points of the line with its arcs as segments that are nowhere farther from them than `max_error`.
    ///
    /// No point comes twice in a row, and the first is not repeated at the end of a closed line.
    ///
    /// ```
    /// use kiapi::geometry::PolyLine;
    /// use kiapi::{Nm, Vector2};
    ///
    /// let (a, b) = (Vector2::new(Nm(0), Nm(0)), Vector2::new(Nm(5), Nm(0)));
    /// assert_eq!(PolyLine::closed([a, b, b, a]).flattened(Nm(1)), [a, b]);
    /// ```
    #[inline]
    pub fn flattened(&self, max_error: Nm) -> Vec<Vector2> {
        let mut points = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            match node {
                Node::Point(point) => points.push(*point),
                Node::Arc(arc) => points.extend(arc.flattened(max_error)),
            }
        }
        points.dedup();
        while self.is_closed && points.len() > 1 && points.first() == points.last() {
            points.pop();
        }
        points
    }

    /// The same line from its end to its start.
    #[must_use]
    #[inline]
    pub fn reversed(&self) -> Self {
        let nodes = self.nodes.iter().rev().map(|node| match node {
            Node::Point(point) => Node::Point(*point),
            Node::Arc(arc) => Node::Arc(arc.reversed()),
        });
        Self { nodes: nodes.collect(), is_closed: self.is_closed }
    }

    /// The line somewhere else.
    #[must_use]
    #[inline]
    pub fn translated(&self, by: Vector2) -> Self {
        self.map(|point| point + by)
    }

    /// The line turned about a point, anticlockwise.
    #[must_use]
    #[inline]
    pub fn rotated_about(&self, center: Vector2, angle: Angle) -> Self {
        self.map(|point| point.rotated_about(center, angle))
    }

    /// The line on the other side of the axis through a point.
    #[must_use]
    #[inline]
    pub fn mirrored(&self, center: Vector2, direction: FlipDirection) -> Self {
        self.map(|point| point.mirrored(center, direction))
    }

    fn map(&self, change: impl Fn(Vector2) -> Vector2) -> Self {
        let nodes = self.nodes.iter().map(|node| match node {
            Node::Point(point) => Node::Point(change(*point)),
            Node::Arc(arc) => Node::Arc(Arc::new(change(arc.start), change(arc.mid), change(arc.end))),
        });
        Self { nodes: nodes.collect(), is_closed: self.is_closed }
    }

    #[inline]
    fn arcs(&self) -> impl Iterator<Item = &Arc> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Point(_) => None,
            Node::Arc(arc) => Some(arc),
        })
    }

    /// The straight lines between the nodes.
    #[inline]
    fn gaps(&self) -> impl Iterator<Item = (Vector2, Vector2)> {
        let between = self.nodes.windows(2).map(|pair| (pair[0].end(), pair[1].start()));
        let closing = self.nodes.last().zip(self.nodes.first()).filter(|_| self.is_closed);
        between.chain(closing.map(|(last, first)| (last.end(), first.start())))
    }
}

/// A polygon: an outline, and what is cut out of it.
///
/// # Examples
///
/// ```
/// use kiapi::geometry::{PolyLine, PolygonWithHoles};
/// use kiapi::{Box2, Vector2, mm};
///
/// let outer = Box2::from_center(Vector2::ZERO, Vector2::new(mm(4), mm(4)));
/// let frame = PolygonWithHoles {
///     outline: PolyLine::closed(outer.corners()),
///     holes: vec![PolyLine::closed(outer.inflated(mm(-1)).corners())],
/// };
/// assert_eq!(frame.area(), 12e12);
/// assert_eq!(frame.perimeter(), mm(24));
/// assert!(!frame.contains(Vector2::ZERO));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PolygonWithHoles {
    /// What is around it.
    pub outline: PolyLine,
    /// What is cut out of it.
    pub holes: Vec<PolyLine>,
}

impl PolygonWithHoles {
    /// The area without the holes, in square nanometres; the holes must lie inside, and not in each other.
    #[inline]
    pub fn area(&self) -> f64 {
        self.outline.area() - self.holes.iter().map(PolyLine::area).sum::<f64>()
    }

    /// The length of the outline and of the edges of all holes, rounded to the nanometre.
    #[inline]
    pub fn perimeter(&self) -> Nm {
        let closed = |line: &PolyLine| PolyLine { is_closed: true, ..line.clone() }.length();
        closed(&self.outline) + self.holes.iter().map(closed).sum()
    }

    /// The smallest box around it; none if it has no outline.
    #[inline]
    pub fn bounding_box(&self) -> Option<Box2> {
        self.outline.bounding_box()
    }

    /// Whether a point is inside of the outline and not inside of a hole; edges belong to the polygon. Near an arc it may
    /// be off by 100 nm.
    #[inline]
    pub fn contains(&self, point: Vector2) -> bool {
        let in_hole = |hole: &PolyLine| place_of(point, &hole.flattened(INSIDE_ERROR)) == Place::Inside;
        self.outline.contains(point) && !self.holes.iter().any(in_hole)
    }

    /// The polygon with its arcs as segments that are nowhere farther from them than `max_error`.
    #[must_use]
    #[inline]
    pub fn flattened(&self, max_error: Nm) -> Self {
        let flat = |line: &PolyLine| PolyLine::closed(line.flattened(max_error));
        Self { outline: flat(&self.outline), holes: self.holes.iter().map(flat).collect() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Outside,
    Edge,
    Inside,
}

/// Where a point is in a closed polygon, exactly.
#[inline]
fn place_of(point: Vector2, polygon: &[Vector2]) -> Place {
    let mut is_inside = false;
    for (a, b) in polygon.iter().copied().zip(polygon.iter().copied().cycle().skip(1)) {
        let side = (b - a).cross(point - a);
        if side == 0 && Box2::new(a, b).contains(point) {
            return Place::Edge;
        }
        // A ray to the right crosses the side if its ends are on both sides of the ray, and it is right of the point.
        if (a.y <= point.y) != (b.y <= point.y) && (side > 0) == (b.y <= point.y) {
            is_inside = !is_inside;
        }
    }
    if is_inside { Place::Inside } else { Place::Outside }
}

/// A node of a kind that this build does not know is left out.
impl From<&types::PolyLine> for PolyLine {
    #[inline]
    fn from(line: &types::PolyLine) -> Self {
        let nodes = line.nodes.iter().filter_map(|node| match node.geometry.as_ref()? {
            poly_line_node::Geometry::Point(point) => Some(Node::Point(point.into())),
            poly_line_node::Geometry::Arc(arc) => Some(Node::Arc(arc.into())),
            _ => None,
        });
        Self { nodes: nodes.collect(), is_closed: line.closed }
    }
}

impl From<&PolyLine> for types::PolyLine {
    #[inline]
    fn from(line: &PolyLine) -> Self {
        let nodes = line.nodes.iter().map(|node| match node {
            Node::Point(point) => types::PolyLineNode::new().with_point(*point),
            Node::Arc(arc) => types::PolyLineNode::new().with_arc(*arc),
        });
        Self::new().with_nodes(nodes).with_closed(line.is_closed)
    }
}

/// A polygon without an outline has an empty one.
impl From<&types::PolygonWithHoles> for PolygonWithHoles {
    #[inline]
    fn from(polygon: &types::PolygonWithHoles) -> Self {
        Self {
            outline: polygon.outline.as_ref().map(PolyLine::from).unwrap_or_default(),
            holes: polygon.holes.iter().map(PolyLine::from).collect(),
        }
    }
}

impl From<&PolygonWithHoles> for types::PolygonWithHoles {
    #[inline]
    fn from(polygon: &PolygonWithHoles) -> Self {
        Self::new().with_outline(&polygon.outline).with_holes(polygon.holes.iter().map(types::PolyLine::from))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{deg, mm};

    fn point(x: i64, y: i64) -> Vector2 {
        Vector2::new(Nm(x), Nm(y))
    }

    fn any_point() -> impl Strategy<Value = Vector2> {
        (-1_000_000_i64..1_000_000, -1_000_000_i64..1_000_000).prop_map(|(x, y)| point(x, y))
    }

    fn any_node() -> impl Strategy<Value = Node> {
        prop_oneof![
            any_point().prop_map(Node::Point),
            (any_point(), any_point(), any_point()).prop_map(|(a, b, c)| Node::Arc(Arc::new(a, b, c))),
        ]
    }

    fn any_line() -> impl Strategy<Value = PolyLine> {
        (prop::collection::vec(any_node(), 0..8), any::<bool>())
            .prop_map(|(nodes, is_closed)| PolyLine { nodes, is_closed })
    }

    /// A polygon whose corners are sorted around a point inside: it does not cross itself.
    fn any_star() -> impl Strategy<Value = (Vector2, Vec<Vector2>)> {
        let spoke = (10_000_i64..1_000_000, 0.0..1.0_f64);
        (any_point(), prop::collection::vec(spoke, 3..20)).prop_map(|(center, spokes)| {
            let step = 360.0 / f64::from(u32::try_from(spokes.len()).expect("they are few"));
            let corner = |(index, (length, share)): (u32, (i64, f64))| {
                center + Vector2::polar(Nm(length), deg((f64::from(index) + share * 0.4) * step))
            };
            (center, (0..).zip(spokes).map(corner).collect())
        })
    }

    proptest! {
        #[test]
        fn messages_lead_back(line in any_line(), holes in prop::collection::vec(any_line(), 0..3)) {
            prop_assert_eq!(&PolyLine::from(&types::PolyLine::from(&line)), &line);
            let polygon = PolygonWithHoles { outline: line, holes };
            prop_assert_eq!(&PolygonWithHoles::from(&types::PolygonWithHoles::from(&polygon)), &polygon);
        }

        #[test]
        fn the_area_of_a_star_is_that_of_its_triangles((center, corners) in any_star()) {
            let next = corners.iter().cycle().skip(1);
            let twice: i128 = corners.iter().zip(next).map(|(a, b)| (*a - center).cross(*b - center)).sum();
            let line = PolyLine::closed(corners.iter().copied());
            let twice = i64::try_from(twice).expect("it is small");
            prop_assert!((2.0 * line.signed_area() + Nm(twice).to_f64()).abs() < 2.0);
            prop_assert!((line.area() - line.reversed().area()).abs() < 1.0);
        }

        #[test]
        fn what_is_inside_a_star_is_inside_of_one_of_its_triangles((center, corners) in any_star(), at in any_point()) {
            let line = PolyLine::closed(corners.iter().copied());
            let next = corners.iter().copied().cycle().skip(1);
            let expected = corners.iter().copied().zip(next).any(|(a, b)| {
                let sides = [(center, a), (a, b), (b, center)].map(|(p, q)| (q - p).cross(at - p));
                sides.iter().all(|side| *side <= 0) || sides.iter().all(|side| *side >= 0)
            });
            prop_assert_eq!(line.contains(at), expected);
            for corner in corners {
                prop_assert!(line.contains(corner));
            }
        }

        #[test]
        fn flattening_changes_area_and_length_little(line in any_line()) {
            // Three points that are nearly on a line, in the wrong order, are an arc of a radius for which there are not enough
            // segments.
            prop_assume!(line.arcs().all(|arc| arc.radius().is_none_or(|radius| radius < mm(10_000))));
            let line = PolyLine { is_closed: true, ..line };
            let flat = PolyLine::closed(line.flattened(Nm(10)));
            let length = line.length().to_f64();
            prop_assert!((line.signed_area() - flat.signed_area()).abs() <= 11.0 * length + 10.0);
            // Arcs of many turns' length have a chord in each part.
            prop_assert!((length - flat.length().to_f64()).abs() <= length / 100.0 + 200.0);
            if let (Some(a), Some(b)) = (line.bounding_box(), flat.bounding_box()) {
                prop_assert!(a.inflated(Nm(2)).contains_box(&b) && b.inflated(Nm(15)).contains_box(&a));
            }
        }

        #[test]
        fn moving_keeps_area_and_length(line in any_line(), by in any_point(), quarters in 0_i32..4) {
            let moved = line.translated(by).rotated_about(by, deg(90 * quarters));
            prop_assert!((moved.length() - line.length()).abs() <= Nm(1));
            prop_assert!((moved.signed_area() - line.signed_area()).abs() <= 1.0 + line.area() * 1e-9);
            let mirrored = line.mirrored(by, FlipDirection::LeftRight);
            if line.arcs().all(|arc| !arc.is_circle()) {
                prop_assert!((mirrored.signed_area() + line.signed_area()).abs() <= 1.0 + line.area() * 1e-9);
            }
        }
    }

    #[test]
    fn lines_with_nothing_in_them_are_fine() {
        let nothing = PolyLine::default();
        assert_eq!((nothing.length(), nothing.area(), nothing.bounding_box()), (Nm(0), 0.0, None));
        assert!(!nothing.contains(Vector2::ZERO));
        let spot = PolyLine::closed([point(3, 3)]);
        assert_eq!((spot.length(), spot.area()), (Nm(0), 0.0));
        assert!(spot.contains(point(3, 3)) && !spot.contains(point(3, 4)));
        assert_eq!(spot.flattened(Nm(1)), [point(3, 3)]);
    }

    #[test]
    fn rounded_corners_are_cut_off_the_area() {
        // A square of 20 with corners rounded by 5, clockwise.
        let s = 1_000_000;
        let corner = |from: (i64, i64), center: (i64, i64)| {
            Arc::from_center(point(center.0 * s, center.1 * s), point(from.0 * s, from.1 * s), deg(-90))
        };
        let line = PolyLine::closed([
            corner((0, 5), (5, 5)),
            corner((15, 0), (15, 5)),
            corner((20, 15), (15, 15)),
            corner((5, 20), (5, 15)),
        ]);
        let expected = (400.0 - (4.0 - std::f64::consts::PI) * 25.0) * 1e12;
        assert!((line.signed_area() + expected).abs() < 1e7, "{} {expected}", line.signed_area());
        assert_eq!(line.length(), Nm::round((40.0 + 10.0 * std::f64::consts::PI) * 1e6));
        assert!(!line.contains(point(s, s)) && line.contains(point(2 * s, 2 * s)));
    }

    #[test]
    fn edges_of_holes_belong_to_the_polygon() {
        let square =
            |low: i64, high: i64| PolyLine::closed(Box2::new(point(low, low), point(high, high)).corners());
        let frame = PolygonWithHoles { outline: square(0, 9), holes: vec![square(3, 6)] };
        assert!(frame.contains(point(0, 0)) && frame.contains(point(3, 4)) && frame.contains(point(2, 2)));
        assert!(!frame.contains(point(4, 4)) && !frame.contains(point(10, 1)));
        assert_eq!(Some(frame.area()), Some(72.0));
    }
}
