//! Where footprints go: pure functions of their sizes.

use kiapi::{Angle, Box2, Nm, Vector2, deg};

/// Where something goes, and by how much it is turned there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// Where the middle of its box goes.
    pub center: Vector2,
    /// By how much it is turned about its middle, counterclockwise as people see the board.
    pub turn: Angle,
}

/// Places on a circle, the first at the right, and the others counterclockwise.
///
/// Without a radius the circle is the smallest on which the boxes keep the gap, whatever their turn.
pub fn circle(boxes: &[Box2], center: Vector2, gap: Nm, radius: Option<Nm>) -> Vec<Target> {
    let count = boxes.len();
    if count < 2 {
        return boxes.iter().map(|_| Target { center, turn: Angle::ZERO }).collect();
    }
    let step = 360.0 / to_f64(count);
    let radius = radius.unwrap_or_else(|| {
        let widest = boxes.iter().map(|it| it.size().length()).max().unwrap_or_default();
        // The chord between two neighbours is twice the radius times the sine of half the step.
        (widest + gap).scaled(0.5 / deg(step / 2.0).sin())
    });
    let place = |index: usize| {
        let turn = deg(to_f64(index) * step);
        Target { center: center + Vector2::polar(radius, turn), turn }
    };
    (0..count).map(place).collect()
}

/// Places in rows, from the top left corner to the right and then down.
///
/// Each column is as wide as the widest in it, and each row as high as the highest.
pub fn grid(boxes: &[Box2], corner: Vector2, gap: Nm, columns: Option<usize>) -> Vec<Target> {
    let columns = columns.unwrap_or_else(|| square(boxes.len())).max(1);
    let rows = boxes.len().div_ceil(columns);
    let mut widths = vec![Nm::ZERO; columns];
    let mut heights = vec![Nm::ZERO; rows];
    for (index, it) in boxes.iter().enumerate() {
        let (row, column) = (index / columns, index % columns);
        widths[column] = widths[column].max(it.width());
        heights[row] = heights[row].max(it.height());
    }
    // The middle of a column or row is half its own size behind all those before it.
    let middle = |sizes: &[Nm], index: usize| {
        let before: Nm = sizes[..index].iter().map(|size| *size + gap).sum();
        before + sizes[index].scaled(0.5)
    };
    let place = |index: usize| {
        let offset = Vector2::new(middle(&widths, index % columns), middle(&heights, index / columns));
        Target { center: corner + offset, turn: Angle::ZERO }
    };
    (0..boxes.len()).map(place).collect()
}

/// The side of the smallest square with room for so many.
fn square(count: usize) -> usize {
    (0..=count).find(|side| side * side >= count).unwrap_or(1)
}

#[expect(clippy::cast_precision_loss, reason = "no board has so many footprints")]
fn to_f64(count: usize) -> f64 {
    count as f64
}

/// The key by which R2 comes before R10.
pub fn natural(reference: &str) -> (String, u64, String) {
    let digits = reference.find(|c: char| c.is_ascii_digit()).unwrap_or(reference.len());
    let (letters, rest) = reference.split_at(digits);
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (number, rest) = rest.split_at(end);
    (letters.to_owned(), number.parse().unwrap_or(u64::MAX), rest.to_owned())
}

#[cfg(test)]
mod tests {
    use kiapi::mm;

    use super::*;

    fn boxes(sizes: &[(f64, f64)]) -> Vec<Box2> {
        let one = |(width, height): &(f64, f64)| {
            Box2::from_center(Vector2::ZERO, Vector2::new(mm(*width), mm(*height)))
        };
        sizes.iter().map(one).collect()
    }

    /// The boxes where they go, without their turns.
    fn placed(boxes: &[Box2], targets: &[Target]) -> Vec<Box2> {
        let one = |(it, target): (&Box2, &Target)| Box2::from_center(target.center, it.size());
        boxes.iter().zip(targets).map(one).collect()
    }

    /// How far two boxes are apart.
    fn distance(one: &Box2, other: &Box2) -> Nm {
        let between = |low: Nm, high: Nm, other_low: Nm, other_high: Nm| {
            (other_low - high).max(low - other_high).max(Nm(0))
        };
        let x = between(one.min().x, one.max().x, other.min().x, other.max().x);
        let y = between(one.min().y, one.max().y, other.min().y, other.max().y);
        Vector2::new(x, y).length()
    }

    #[track_caller]
    fn check_apart(placed: &[Box2], gap: Nm) {
        for (index, one) in placed.iter().enumerate() {
            for other in &placed[..index] {
                // Less what rounding takes.
                assert!(distance(one, other) >= gap - Nm(2), "{one:?} and {other:?}");
            }
        }
    }

    #[test]
    fn grids_keep_the_gap_and_begin_at_the_corner() {
        let boxes = boxes(&[(1.0, 2.0), (4.0, 1.0), (2.0, 2.0), (0.5, 6.0), (3.0, 3.0)]);
        let corner = Vector2::new(mm(10), mm(20));
        for columns in [None, Some(1), Some(2), Some(5), Some(9)] {
            let placed = placed(&boxes, &grid(&boxes, corner, mm(0.5), columns));
            check_apart(&placed, mm(0.5));
            let around = placed.into_iter().reduce(Box2::union).unwrap();
            assert!(around.min().x >= corner.x && around.min().y >= corner.y);
        }
        let targets = grid(&boxes, corner, mm(0.5), None);
        assert_eq!(targets[0].center, corner + Vector2::new(mm(0.5), mm(1)), "the first column is 1 mm wide");
        assert!(targets[3].center.y > targets[0].center.y, "five make two rows of three");
    }

    #[test]
    fn circles_keep_the_gap_and_the_radius() {
        let center = Vector2::new(mm(50), mm(50));
        for count in [2, 3, 5, 12, 40] {
            let boxes = boxes(&vec![(2.0, 1.0); count]);
            let targets = circle(&boxes, center, mm(1), None);
            check_apart(&placed(&boxes, &targets), mm(1));
            let targets = circle(&boxes, center, mm(1), Some(mm(30)));
            for target in &targets {
                assert!((target.center.distance_to(center) - mm(30)).abs() <= Nm(1));
            }
            assert_eq!(targets[0].center, center + Vector2::new(mm(30), mm(0)));
        }
        let quarter = circle(&boxes(&[(1.0, 1.0); 4]), center, mm(1), Some(mm(10)))[1];
        assert_eq!((quarter.center, quarter.turn), (center - Vector2::new(mm(0), mm(10)), deg(90)));
    }

    #[test]
    fn one_and_none_have_a_place_too() {
        let center = Vector2::new(mm(1), mm(2));
        assert_eq!(circle(&boxes(&[(1.0, 1.0)]), center, mm(1), None)[0].center, center);
        assert!(circle(&[], center, mm(1), None).is_empty());
        assert!(grid(&[], center, mm(1), None).is_empty());
    }

    #[test]
    fn references_are_in_the_order_of_their_numbers() {
        let mut names = ["R10", "C1", "R2", "R2A", "REF**", "R1"];
        names.sort_by_key(|name| natural(name));
        assert_eq!(names, ["C1", "R1", "R2", "R2A", "R10", "REF**"]);
    }
}
