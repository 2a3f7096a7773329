//! Pads: their outlines, their boxes, whether a point hits them.

use kiapi_gen::board::types::{
    BoardLayer, DrillShape, Pad, PadStack, PadStackLayer, PadStackShape, PadStackType, PadType,
};

use super::{add, custom, distance_to_line, edges, is_inside, outline, point, sub};
use crate::text::extents::Rect;
use crate::text::number::{Point, Rotation, round};

/// The padstack's shape on a layer: of a normal one it is the same on all.
pub(crate) fn face(stack: &PadStack, layer: BoardLayer) -> Option<&PadStackLayer> {
    let on = |layer: BoardLayer| stack.copper_layers.iter().find(|face| face.layer == layer);
    let is_inner = (BoardLayer::IN1_CU.0..BoardLayer::B_CU.0).contains(&layer.0);
    let named = match stack.r#type {
        PadStackType::FRONT_INNER_BACK if is_inner => on(BoardLayer::IN1_CU),
        PadStackType::FRONT_INNER_BACK | PadStackType::CUSTOM => on(layer),
        _ => None,
    };
    named.or_else(|| stack.copper_layers.first())
}

/// A shape in its place.
struct Placed<'a> {
    face: &'a PadStackLayer,
    center: Point,
    size: Point,
    rotation: Rotation,
}

fn placed(pad: &Pad, layer: BoardLayer) -> Option<Placed<'_>> {
    let stack = pad.pad_stack.as_ref()?;
    let face = face(stack, layer)?;
    let rotation = Rotation::new(stack.angle.as_ref().map_or(0.0, |angle| angle.value_degrees));
    let offset = rotation.turn_around(point(face.offset.as_ref()), Point::default());
    Some(Placed {
        face,
        center: add(point(pad.position.as_ref()), offset),
        size: point(face.size.as_ref()),
        rotation,
    })
}

impl Placed<'_> {
    fn turn(&self, points: impl IntoIterator<Item = Point>) -> Vec<Point> {
        let turned = |point| add(self.rotation.turn_around(point, Point::default()), self.center);
        points.into_iter().map(turned).collect()
    }

    /// Half of the size; which way a half nanometre goes differs from place to place.
    fn half_up(&self) -> Point {
        Point { x: round(f64::from(self.size.x) / 2.0), y: round(f64::from(self.size.y) / 2.0) }
    }

    fn half_down(&self) -> Point {
        Point { x: self.size.x / 2, y: self.size.y / 2 }
    }

    /// The ends of an oval's middle line.
    fn spine(&self) -> (Point, Point) {
        let half = self.half_down();
        let least = half.x.min(half.y);
        let reach = Point { x: half.x - least, y: half.y - least };
        let reach = self.rotation.turn_around(reach, Point::default());
        (sub(self.center, reach), add(self.center, reach))
    }

    fn radius(&self) -> i32 {
        let ratio = self.face.corner_rounding_ratio;
        round(f64::from(self.size.x.min(self.size.y)) * ratio)
    }

    /// The corners of a rectangle or a trapezoid.
    fn corners(&self, half: Point) -> [Point; 4] {
        let delta = match self.face.shape {
            PadStackShape::TRAPEZOID => point(self.face.trapezoid_delta.as_ref()),
            _ => Point::default(),
        };
        let (dx, dy) = (delta.x / 2, delta.y / 2);
        [
            Point { x: -half.x + dy, y: -half.y - dx },
            Point { x: half.x - dy, y: -half.y + dx },
            Point { x: half.x + dy, y: half.y - dx },
            Point { x: -half.x - dy, y: half.y + dx },
        ]
    }

    /// The corners of a rectangle, chamfered where the pad says so, each with its radius.
    fn chamfered(&self) -> Vec<(Point, i32)> {
        let half = self.half_up();
        let radius = self.radius();
        let corners = self.corners(half);
        let chosen = self.face.chamfered_corners.as_ref();
        let is_cut = |index: usize| {
            self.face.shape == PadStackShape::CHAMFEREDRECT
                && chosen.is_some_and(|chosen| {
                    [chosen.top_left, chosen.top_right, chosen.bottom_right, chosen.bottom_left][index]
                })
        };
        let shorter = self.size.x.min(self.size.y);
        let cut = round(self.face.chamfer_ratio * f64::from(shorter)).max(0);
        // What a corner becomes: the end of the side before it, and the beginning of the side after it.
        let sides = [((0, 1), (1, 0)), ((-1, 0), (0, 1)), ((0, -1), (-1, 0)), ((1, 0), (0, -1))];
        let mut points = Vec::new();
        for (index, corner) in corners.into_iter().enumerate() {
            if !is_cut(index) {
                points.push((corner, radius));
            } else if cut == 0 {
                points.push((corner, 0));
            } else {
                let (before, after) = sides[index];
                for (x, y) in [before, after] {
                    points.push((Point { x: corner.x + x * cut, y: corner.y + y * cut }, 0));
                }
            }
        }
        points.dedup_by_key(|(point, _)| *point);
        if points.len() > 1 && points.first().map(|(point, _)| point) == points.last().map(|(point, _)| point)
        {
            points.pop();
        }
        points
    }
}

/// The outline of a pad on a layer, as a closed polygon; `None` for a shape that this build does not know.
pub(crate) fn outline(pad: &Pad, layer: BoardLayer, error: f64) -> Option<Vec<Point>> {
    let it = placed(pad, layer)?;
    Some(match it.face.shape {
        PadStackShape::CIRCLE => outline::circle(it.center, it.size.x / 2, error),
        PadStackShape::OVAL if it.size.x == it.size.y => outline::circle(it.center, it.size.x / 2, error),
        PadStackShape::OVAL => {
            let (from, to) = it.spine();
            outline::oval(from, to, it.half_down().x.min(it.half_down().y) * 2, error)
        }
        PadStackShape::RECTANGLE | PadStackShape::TRAPEZOID => it.turn(it.corners(it.half_up())),
        PadStackShape::ROUNDRECT | PadStackShape::CHAMFEREDRECT => {
            it.turn(outline::rounded(&it.chamfered(), error))
        }
        PadStackShape::CUSTOM => it.turn(custom::outline(it.face, it.size, error)),
        _ => return None,
    })
}

/// How far outlines are from true arcs on a board, from how KiCad cut the circle of a pad; none if it is no such pad, or
/// too small to tell.
pub(crate) fn error_of(pad: &Pad, segments: usize) -> Option<f64> {
    const USUAL: [f64; 8] = [5_000.0, 10_000.0, 2_500.0, 1_000.0, 2_000.0, 20_000.0, 25_000.0, 50_000.0];
    let face = pad.pad_stack.as_ref()?.copper_layers.first()?;
    if face.shape != PadStackShape::CIRCLE || segments <= 16 {
        return None;
    }
    let radius = point(face.size.as_ref()).x / 2;
    #[allow(clippy::cast_precision_loss, reason = "a circle has hundreds of segments at most")]
    let fits = |error: &f64| (outline::round_segments(radius, *error) - segments as f64).abs() < 0.5;
    USUAL.into_iter().find(fits)
}

/// The box of a pad with its hole.
pub(crate) fn bounds(pad: &Pad, error: f64) -> Rect {
    let faces = pad.pad_stack.iter().flat_map(|stack| &stack.copper_layers);
    let mut bounds: Option<Rect> = None;
    for face in faces {
        if let Some(rect) = face_bounds(pad, face.layer, error) {
            bounds = Some(bounds.map_or(rect, |known| union(known, rect)));
        }
    }
    if let Some((from, to, width)) = hole(pad) {
        let rect = around(&[from, to], i64::from(width + 1) / 2);
        bounds = Some(bounds.map_or(rect, |known| union(known, rect)));
    }
    bounds.unwrap_or(Rect { origin: point(pad.position.as_ref()), size: Point::default() })
}

fn face_bounds(pad: &Pad, layer: BoardLayer, error: f64) -> Option<Rect> {
    let it = placed(pad, layer)?;
    Some(match it.face.shape {
        PadStackShape::CIRCLE => around(&[it.center], i64::from(it.size.x / 2)),
        PadStackShape::OVAL => {
            let (from, to) = it.spine();
            around(&[from, to], (i64::from(it.size.x.min(it.size.y)) + 1) / 2)
        }
        PadStackShape::RECTANGLE | PadStackShape::TRAPEZOID => {
            around(&it.turn(it.corners(it.half_down())), 0)
        }
        PadStackShape::ROUNDRECT => {
            let (half, radius) = (it.half_down(), it.radius());
            let inner = Point { x: half.x - radius, y: half.y - radius };
            around(&it.turn(it.corners(inner)), i64::from(radius))
        }
        PadStackShape::CUSTOM => {
            let anchor = it.turn(custom::anchor(it.face, it.size, error));
            let mut bounds = around(&anchor, 0);
            for (points, reach) in custom::corners(it.face) {
                bounds = union(bounds, around(&it.turn(points), reach));
            }
            bounds
        }
        _ => around(&outline(pad, layer, error)?, 0),
    })
}

/// The box around points, with a margin.
pub(super) fn around(points: &[Point], margin: i64) -> Rect {
    let low = |value: fn(&Point) -> i32| points.iter().map(value).min().unwrap_or_default();
    let high = |value: fn(&Point) -> i32| points.iter().map(value).max().unwrap_or_default();
    let margin = i32::try_from(margin).unwrap_or(i32::MAX);
    let (low, high) =
        (Point { x: low(|p| p.x), y: low(|p| p.y) }, Point { x: high(|p| p.x), y: high(|p| p.y) });
    Rect { origin: low, size: sub(high, low) }.inflated(margin)
}

/// The box around two others.
pub(super) fn union(a: Rect, b: Rect) -> Rect {
    around(&[a.origin, a.far(), b.origin, b.far()], 0)
}

/// The middle line of a hole, and its width.
fn hole(pad: &Pad) -> Option<(Point, Point, i32)> {
    let stack = pad.pad_stack.as_ref()?;
    let drill = stack.drill.as_ref()?;
    let size = point(drill.diameter.as_ref());
    if size.x <= 0 {
        return None;
    }
    let center = point(pad.position.as_ref());
    if drill.shape != DrillShape::OBLONG {
        return Some((center, center, size.x));
    }
    let rotation = Rotation::new(stack.angle.as_ref().map_or(0.0, |angle| angle.value_degrees));
    let half = Point { x: size.x / 2, y: size.y / 2 };
    let least = half.x.min(half.y);
    let reach = rotation.turn_around(Point { x: half.x - least, y: half.y - least }, Point::default());
    Some((sub(center, reach), add(center, reach), size.x.min(size.y)))
}

/// Whether a point hits the copper of a pad. KiCad looks at the edge only where there is a tolerance.
pub(crate) fn is_hit(pad: &Pad, at: Point, tolerance: i32, error: f64) -> bool {
    let faces = pad.pad_stack.iter().flat_map(|stack| &stack.copper_layers);
    faces.filter_map(|face| outline(pad, face.layer, error)).any(|outline| {
        is_inside(at, &outline)
            || (tolerance > 1
                && edges(&outline).any(|(a, b)| distance_to_line(at, a, b) <= f64::from(tolerance)))
    })
}

/// Whether a pad is a hole without copper around it.
pub(crate) fn is_bare(pad: &Pad) -> bool {
    let Some(stack) = pad.pad_stack.as_ref().filter(|_| pad.r#type == PadType::NPTH) else { return false };
    let Some(face) = stack.copper_layers.first() else { return false };
    let (size, hole) = (point(face.size.as_ref()), stack.drill.as_ref());
    let hole = point(hole.and_then(|drill| drill.diameter.as_ref()));
    let is_round = stack.drill.as_ref().is_some_and(|drill| drill.shape == DrillShape::CIRCLE);
    is_round && face.shape == PadStackShape::CIRCLE && hole.x >= size.x
}
