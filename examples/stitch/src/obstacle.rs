//! What a via must keep away from, and how far it is: pure geometry.

use kiapi::{Box2, Nm, Vector2};

/// A thing with the distance that the middle of a via must keep from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Obstacle {
    shape: Shape,
    reach: f64,
    around: Box2,
}

#[derive(Clone, Debug, PartialEq)]
enum Shape {
    Segment(Vector2, Vector2),
    Polygon(Vec<Vector2>),
}

impl Obstacle {
    /// A line, or a point if both ends are the same.
    pub fn segment(a: Vector2, b: Vector2, reach: Nm) -> Self {
        Self { around: Box2::new(a, b).inflated(reach), shape: Shape::Segment(a, b), reach: reach.to_f64() }
    }

    /// An area, with all that is in it; none if it has no corners.
    pub fn polygon(corners: Vec<Vector2>, reach: Nm) -> Option<Self> {
        let around = Box2::from_points(corners.iter().copied())?.inflated(reach);
        Some(Self { around, shape: Shape::Polygon(corners), reach: reach.to_f64() })
    }

    /// Whether a via with its middle there is too near.
    pub fn blocks(&self, at: Vector2) -> bool {
        // Rounding may move a thing by a nanometre.
        self.around.contains(at) && self.distance(at) < self.reach - 1.0
    }

    /// Whether it reaches into a box.
    pub fn is_near(&self, other: &Box2) -> bool {
        self.around.intersects(other)
    }

    fn distance(&self, at: Vector2) -> f64 {
        match &self.shape {
            Shape::Segment(a, b) => to_segment(at, *a, *b),
            Shape::Polygon(corners) if is_inside(corners, at) => 0.0,
            Shape::Polygon(corners) => to_edge(corners, at),
        }
    }
}

/// How far a point is from a line between two points, in nanometres.
pub fn to_segment(at: Vector2, a: Vector2, b: Vector2) -> f64 {
    let (along, to) = (b - a, at - a);
    let length = along.length_f64();
    if length == 0.0 {
        return to.length_f64();
    }
    let (x, y) = (along.x.to_f64() / length, along.y.to_f64() / length);
    let share = (to.x.to_f64() * x + to.y.to_f64() * y).clamp(0.0, length);
    (to.x.to_f64() - x * share).hypot(to.y.to_f64() - y * share)
}

/// How far a point is from the edge of an area, in nanometres, from within or from without.
pub fn to_edge(corners: &[Vector2], at: Vector2) -> f64 {
    let next = corners.iter().cycle().skip(1);
    corners.iter().zip(next).map(|(a, b)| to_segment(at, *a, *b)).fold(f64::INFINITY, f64::min)
}

/// Whether a point is within an area.
pub fn is_inside(corners: &[Vector2], at: Vector2) -> bool {
    let next = corners.iter().cycle().skip(1);
    let crossings = corners.iter().zip(next).filter(|(a, b)| {
        // A ray to the right meets the side if it is between the ends, and they are not both on one side of it.
        let side = (**b - **a).cross(at - **a);
        (a.y > at.y) != (b.y > at.y) && (side > 0) == (b.y > a.y)
    });
    crossings.count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use kiapi::mm;

    use super::*;

    fn at(x: f64, y: f64) -> Vector2 {
        Vector2::new(mm(x), mm(y))
    }

    fn square() -> Vec<Vector2> {
        vec![at(0.0, 0.0), at(10.0, 0.0), at(10.0, 10.0), at(0.0, 10.0)]
    }

    #[test]
    fn distances_to_lines() {
        for (point, expected) in
            [((5.0, 3.0), 3.0), ((-3.0, 4.0), 5.0), ((13.0, -4.0), 5.0), ((7.0, 0.0), 0.0), ((0.0, 0.0), 0.0)]
        {
            let distance = to_segment(at(point.0, point.1), at(0.0, 0.0), at(10.0, 0.0));
            assert!((distance - expected * 1e6).abs() < 1.0, "{point:?}: {distance}");
        }
        assert!((to_segment(at(3.0, 4.0), at(0.0, 0.0), at(0.0, 0.0)) - 5e6).abs() < 1.0);
    }

    #[test]
    fn inside_is_inside_whichever_way_round() {
        for corners in [square(), square().into_iter().rev().collect()] {
            for (point, expected) in
                [((5.0, 5.0), true), ((11.0, 5.0), false), ((-1.0, 5.0), false), ((5.0, 10.1), false)]
            {
                assert_eq!(is_inside(&corners, at(point.0, point.1)), expected, "{point:?}");
            }
        }
        let notched = [at(0.0, 0.0), at(10.0, 0.0), at(5.0, 5.0), at(10.0, 10.0), at(0.0, 10.0)];
        assert!(is_inside(&notched, at(4.0, 5.0)) && !is_inside(&notched, at(6.0, 5.0)));
    }

    #[test]
    fn things_block_as_far_as_they_reach() {
        let track = Obstacle::segment(at(0.0, 0.0), at(10.0, 0.0), mm(0.5));
        assert!(track.blocks(at(5.0, 0.49)) && !track.blocks(at(5.0, 0.5)) && !track.blocks(at(5.0, 2.0)));
        let area = Obstacle::polygon(square(), mm(0.5)).unwrap();
        assert!(area.blocks(at(5.0, 5.0)) && area.blocks(at(10.4, 5.0)) && !area.blocks(at(10.5, 5.0)));
        assert!(Obstacle::polygon(Vec::new(), mm(1)).is_none());
    }
}
