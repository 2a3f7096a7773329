//! Pads and vias: what they look like on each layer, and their holes.

use kiapi_gen::board::types::{
    DrillProperties, DrillShape, PadStack, PadStackLayer, PadStackShape, PadStackType,
};

use super::graphic;
use super::path::{Path, Point, Step, at, degrees, length, point};
use super::shape::{Form, Paint, Shape};
use crate::Layer;

/// Holes that are narrower, in nanometres, cannot be seen. Some boards have vias with holes of almost no width.
const NARROWEST: f64 = 20_000.0;

/// The padstack's face on a copper layer: of a normal one it is the same on all.
#[inline]
pub(super) fn face(stack: &PadStack, layer: Layer) -> Option<&PadStackLayer> {
    let on = |layer: Layer| stack.copper_layers.iter().find(|face| face.layer == layer);
    let is_inner = (Layer::IN1_CU.0..Layer::B_CU.0).contains(&layer.0);
    let named = match stack.r#type {
        PadStackType::FRONT_INNER_BACK if is_inner => on(Layer::IN1_CU),
        _ => on(layer),
    };
    named.or_else(|| stack.copper_layers.first())
}

/// Where a padstack lies, and how it is turned.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) position: Point,
    pub(super) degrees: f64,
}

impl Place {
    #[inline]
    pub(super) fn new(position: Point, stack: &PadStack) -> Self {
        Self { position, degrees: degrees(stack.angle.as_ref()) }
    }

    #[inline]
    fn put(self, point: Point) -> Point {
        self.position.plus(point.turned(self.degrees))
    }
}

/// The shapes of a face, with a margin around them; a negative one makes them smaller.
#[inline]
pub(super) fn shapes(face: &PadStackLayer, place: Place, margin: f64) -> Vec<Shape> {
    let offset = point(face.offset.as_ref());
    let size = point(face.size.as_ref());
    let basic = |shape: PadStackShape, margin: f64| {
        let grown = at(size.x + 2.0 * margin, size.y + 2.0 * margin);
        if grown.x <= 0.0 || grown.y <= 0.0 {
            return None;
        }
        Some(match outline(face, shape, grown, margin) {
            Outline::Circle(radius) => Shape::new(Form::Circle(place.put(offset), radius), Paint::fill()),
            Outline::Path(path) => Shape::filled(path.map(|point| place.put(offset.plus(point)))),
        })
    };
    if face.shape != PadStackShape::CUSTOM {
        return basic(face.shape, margin).into_iter().collect();
    }
    let anchor = match face.custom_anchor_shape {
        PadStackShape::UNKNOWN => PadStackShape::CIRCLE,
        anchor => anchor,
    };
    let mut shapes: Vec<Shape> = basic(anchor, margin).into_iter().collect();
    for custom in &face.custom_shapes {
        let drawn =
            custom.shape.as_ref().map(|shape| graphic::shapes(shape, |point| place.put(offset.plus(point))));
        shapes.extend(drawn.into_iter().flatten().map(|shape| shape.grown(margin)));
    }
    shapes
}

enum Outline {
    Circle(f64),
    Path(Path),
}

/// An outline around the origin.
#[inline]
fn outline(face: &PadStackLayer, shape: PadStackShape, size: Point, margin: f64) -> Outline {
    let (x, y) = (size.x / 2.0, size.y / 2.0);
    let shorter = size.x.min(size.y);
    let ratio = |ratio: f64| if ratio.is_finite() { ratio.clamp(0.0, 0.5) } else { 0.0 };
    let corners = [at(-x, -y), at(x, -y), at(x, y), at(-x, y)];
    match shape {
        PadStackShape::CIRCLE => Outline::Circle(x),
        PadStackShape::OVAL if is_square(size) => Outline::Circle(x),
        PadStackShape::OVAL => Outline::Path(rounded(corners, shorter / 2.0, [0.0; 4])),
        PadStackShape::ROUNDRECT => {
            let radius = (shorter - 2.0 * margin) * ratio(face.corner_rounding_ratio) + margin;
            Outline::Path(rounded(corners, radius.clamp(0.0, shorter / 2.0), [0.0; 4]))
        }
        PadStackShape::CHAMFEREDRECT => {
            let cut = shorter * ratio(face.chamfer_ratio);
            let chosen = face.chamfered_corners.as_ref();
            let chosen = chosen.map_or([false; 4], |chosen| {
                [chosen.top_left, chosen.top_right, chosen.bottom_right, chosen.bottom_left]
            });
            let radius = shorter * ratio(face.corner_rounding_ratio);
            Outline::Path(rounded(corners, radius, chosen.map(|is_cut| if is_cut { cut } else { 0.0 })))
        }
        PadStackShape::TRAPEZOID => {
            let delta = point(face.trapezoid_delta.as_ref()).times(0.5);
            Outline::Path(Path::polygon([
                at(-x + delta.y, -y - delta.x),
                at(x - delta.y, -y + delta.x),
                at(x + delta.y, y - delta.x),
                at(-x - delta.y, y + delta.x),
            ]))
        }
        _ => Outline::Path(Path::polygon(corners)),
    }
}

/// Whether width and height are the same, to the nanometre.
#[inline]
fn is_square(size: Point) -> bool {
    (size.x - size.y).abs() < 0.5
}

/// A rectangle, clockwise from its upper left corner, with each corner cut off or else rounded.
#[inline]
pub(super) fn rounded(corners: [Point; 4], radius: f64, cuts: [f64; 4]) -> Path {
    let mut path = Path::default();
    for index in 0..4 {
        let corner = corners[index];
        let back = corners[(index + 3) % 4].minus(corner);
        let ahead = corners[(index + 1) % 4].minus(corner);
        let is_cut = cuts[index] > 0.0;
        let reach = if is_cut { cuts[index] } else { radius };
        let (before, after) = (corner.plus(back.resized(reach)), corner.plus(ahead.resized(reach)));
        path.0.push(if path.is_empty() { Step::Move(before) } else { Step::Line(before) });
        if is_cut {
            path.0.push(Step::Line(after));
        } else if reach > 0.0 {
            path.0.push(Step::Arc { radius: reach, is_large: false, is_clockwise: true, to: after });
        }
    }
    // Where a side is all taken up by its corners, the next begins where the last ended.
    let mut here = None;
    path.0.retain(|step| {
        let stays = !matches!(step, Step::Line(to) if here == Some(*to));
        if let Step::Move(to) | Step::Line(to) | Step::Arc { to, .. } = step {
            here = Some(*to);
        }
        stays
    });
    path.0.push(Step::Close);
    path
}

/// The hole of a padstack, if it has one.
#[inline]
pub(super) fn hole(drill: &DrillProperties, place: Place) -> Option<Shape> {
    let size =
        drill.diameter.as_ref().map_or(Point::default(), |size| at(length(size.x_nm), length(size.y_nm)));
    if size.x < NARROWEST {
        return None;
    }
    if drill.shape != DrillShape::OBLONG || size.y <= 0.0 || is_square(size) {
        return Some(Shape::new(Form::Circle(place.position, size.x / 2.0), Paint::fill()));
    }
    let (x, y) = (size.x / 2.0, size.y / 2.0);
    let path = rounded([at(-x, -y), at(x, -y), at(x, y), at(-x, y)], x.min(y), [0.0; 4]);
    Some(Shape::filled(path.map(|point| place.put(point))))
}
