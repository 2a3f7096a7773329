//! Where vias may go: points of a grid in the copper of a zone, away from all else.

use kiapi::geometry::PolygonWithHoles;
use kiapi::{Box2, Nm, Vector2};

use crate::obstacle::{Obstacle, is_inside, to_edge};

/// How exactly curves are made of lines.
const ERROR: Nm = Nm(1_000);

/// An area of copper, or the outline of a zone.
#[derive(Clone, Debug)]
pub struct Area {
    outline: Vec<Vector2>,
    holes: Vec<Vec<Vector2>>,
}

impl Area {
    /// The area with its curves as lines.
    pub fn of(polygon: &PolygonWithHoles) -> Self {
        let holes = polygon.holes.iter().map(|hole| hole.flattened(ERROR)).collect();
        Self { outline: polygon.outline.flattened(ERROR), holes }
    }

    /// The box around it.
    pub fn around(&self) -> Option<Box2> {
        Box2::from_points(self.outline.iter().copied())
    }

    /// Whether a disc lies in it with its whole rim.
    pub fn holds(&self, center: Vector2, radius: Nm) -> bool {
        let keeps = |edge: &[Vector2]| to_edge(edge, center) >= radius.to_f64() - 1.0;
        is_inside(&self.outline, center)
            && keeps(&self.outline)
            && self.holes.iter().all(|hole| !is_inside(hole, center) && keeps(hole))
    }

    /// The corners of the outline, and of each hole.
    pub fn outline(&self) -> &[Vector2] {
        &self.outline
    }
}

/// The points of the grid through the origin of the sheet at which a disc of this radius lies in one of the outlines and
/// in one of the areas of copper, and is blocked by nothing.
///
/// The grid is the same for all zones, so what is stitched twice gets no vias twice.
pub fn points(
    outlines: &[Area],
    copper: &[Area],
    obstacles: &[Obstacle],
    spacing: Nm,
    radius: Nm,
) -> Vec<Vector2> {
    let mut found = Vec::new();
    let Some(around) = outlines.iter().filter_map(Area::around).reduce(Box2::union) else { return found };
    if spacing <= Nm::ZERO {
        return found;
    }
    // Only what is near a row is looked at in it.
    let mut y = first(around.min().y, spacing);
    while y <= around.max().y {
        let row = Box2::new(Vector2::new(around.min().x, y), Vector2::new(around.max().x, y));
        let near: Vec<&Obstacle> = obstacles.iter().filter(|it| it.is_near(&row)).collect();
        let mut x = first(around.min().x, spacing);
        while x <= around.max().x {
            let at = Vector2::new(x, y);
            let is_free = |at| !near.iter().any(|it| it.blocks(at));
            let is_held = |areas: &[Area]| areas.iter().any(|area| area.holds(at, radius));
            if is_free(at) && is_held(outlines) && is_held(copper) {
                found.push(at);
            }
            x += spacing;
        }
        y += spacing;
    }
    found
}

/// The first multiple of the spacing that is not less.
fn first(least: Nm, spacing: Nm) -> Nm {
    Nm(least.0.div_euclid(spacing.0) * spacing.0
        + if least.0.rem_euclid(spacing.0) == 0 { 0 } else { spacing.0 })
}

#[cfg(test)]
mod tests {
    use kiapi::geometry::PolyLine;
    use kiapi::mm;

    use super::*;

    fn square(low: f64, high: f64) -> PolyLine {
        let corner = |x, y| Vector2::new(mm(x), mm(y));
        PolyLine::closed([corner(low, low), corner(high, low), corner(high, high), corner(low, high)])
    }

    fn area(low: f64, high: f64, holes: &[(f64, f64)]) -> Area {
        let holes = holes.iter().map(|(low, high)| square(*low, *high)).collect();
        Area::of(&PolygonWithHoles { outline: square(low, high), holes })
    }

    #[test]
    fn points_are_on_the_grid_within_the_outline() {
        let zone = area(0.0, 10.0, &[]);
        let points = points(std::slice::from_ref(&zone), std::slice::from_ref(&zone), &[], mm(2), mm(0.3));
        // Those on the edge would stick out: 2, 4, 6 and 8 remain.
        assert_eq!(points.len(), 16);
        assert!(points.iter().all(|at| at.x.0 % 2_000_000 == 0 && zone.holds(*at, mm(0.3))));
    }

    #[test]
    fn holes_of_the_fill_and_obstacles_stay_free() {
        let (zone, fill) = (area(0.0, 10.0, &[]), area(0.0, 10.0, &[(3.0, 5.0)]));
        let track = Obstacle::segment(Vector2::new(mm(8), mm(0)), Vector2::new(mm(8), mm(10)), mm(0.5));
        let points = points(&[zone], &[fill], &[track], mm(2), mm(0.3));
        // Of 16, the one at (4, 4) is in the hole, and four are on the track.
        assert_eq!(points.len(), 11);
    }

    #[test]
    fn copper_beyond_the_outline_does_not_count() {
        let points = points(&[area(0.0, 5.0, &[])], &[area(-10.0, 10.0, &[])], &[], mm(2), mm(0.3));
        assert_eq!(points.len(), 4);
    }

    #[test]
    fn grids_begin_at_multiples_below_zero_too() {
        assert_eq!([-5, -4, 0, 1, 4].map(|it| first(Nm(it), Nm(4)).0), [-4, -4, 0, 4, 4]);
        assert!(points(&[area(0.0, 5.0, &[])], &[], &[], mm(0), mm(1)).is_empty());
    }
}
