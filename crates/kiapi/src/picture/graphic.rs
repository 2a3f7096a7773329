//! Graphic shapes, with their strokes and fills.

use kiapi_gen::common::types::graphic_shape::Geometry;
use kiapi_gen::common::types::{GraphicFillType, GraphicShape, StrokeLineStyle};

use super::pad::rounded;
use super::path::{Path, Point, Step, at, distance, point, polygons};
use super::shape::{Form, HAIRLINE, Paint, Shape};

/// What a graphic shape looks like; `place` says where its points lie.
pub(super) fn shapes(shape: &GraphicShape, place: impl Fn(Point) -> Point) -> Vec<Shape> {
    let attributes = shape.attributes.as_ref();
    let stroke = attributes.and_then(|attributes| attributes.stroke.as_ref());
    let fill = attributes.and_then(|attributes| attributes.fill.as_ref());
    let is_filled = fill.is_some_and(|fill| fill.fill_type == GraphicFillType::FILLED);
    let width = stroke.map_or(0.0, |stroke| distance(stroke.width.as_ref())).max(0.0);
    let dashes = stroke.map_or_else(Vec::new, |stroke| dashes(stroke.style, width));

    let Some(geometry) = &shape.geometry else {
        return Vec::new();
    };
    let (form, can_fill) = match geometry {
        Geometry::Segment(line) => {
            let (start, end) = (point(line.start.as_ref()), point(line.end.as_ref()));
            (Form::Path(Path::line([place(start), place(end)])), false)
        }
        Geometry::Rectangle(rectangle) => {
            let (a, b) = (point(rectangle.top_left.as_ref()), point(rectangle.bottom_right.as_ref()));
            let (low, high) = (at(a.x.min(b.x), a.y.min(b.y)), at(a.x.max(b.x), a.y.max(b.y)));
            let corners = [low, at(high.x, low.y), high, at(low.x, high.y)];
            let most = (high.x - low.x).min(high.y - low.y) / 2.0;
            let radius = distance(rectangle.corner_radius.as_ref()).clamp(0.0, most);
            let path = if radius > 0.0 { rounded(corners, radius, [0.0; 4]) } else { Path::polygon(corners) };
            (Form::Path(path.map(place)), true)
        }
        Geometry::Arc(arc) => {
            let [start, mid, end] =
                [&arc.start, &arc.mid, &arc.end].map(|vector| place(point(vector.as_ref())));
            let mut path = Path::line([start]);
            path.arc_through(start, mid, end);
            (Form::Path(path), true)
        }
        Geometry::Circle(circle) => {
            let center = point(circle.center.as_ref());
            let radius = point(circle.radius_point.as_ref()).minus(center).len();
            (Form::Circle(place(center), radius), true)
        }
        Geometry::Polygon(set) => (Form::Path(polygons(set).map(place)), true),
        Geometry::Bezier(bezier) => {
            let [start, one, two, end] = [&bezier.start, &bezier.control1, &bezier.control2, &bezier.end]
                .map(|vector| place(point(vector.as_ref())));
            (Form::Path(Path(vec![Step::Move(start), Step::Cubic(one, two, end)])), true)
        }
        _ => return Vec::new(),
    };
    let is_filled = is_filled && can_fill;
    let width = if width > 0.0 || is_filled { width } else { HAIRLINE };
    if is_filled && !dashes.is_empty() {
        // The fill has no gaps where the line has them.
        let line = Shape::new(form.clone(), Paint { is_filled: false, width, dashes });
        return vec![Shape::new(form, Paint::fill()), line];
    }
    vec![Shape::new(form, Paint { is_filled, width, dashes })]
}

/// The lengths of a line's dashes and gaps. Its round ends make the dashes longer by its width, and the gaps shorter.
#[inline]
fn dashes(style: StrokeLineStyle, width: f64) -> Vec<f64> {
    let (dash, gap, dot) = (11.0 * width, 4.0 * width, 0.2 * width);
    if width <= 0.0 {
        return Vec::new();
    }
    match style {
        StrokeLineStyle::DASH => vec![dash, gap],
        StrokeLineStyle::DOT => vec![dot, gap],
        StrokeLineStyle::DASHDOT => vec![dash, gap, dot, gap],
        StrokeLineStyle::DASHDOTDOT => vec![dash, gap, dot, gap, dot, gap],
        _ => Vec::new(),
    }
}
