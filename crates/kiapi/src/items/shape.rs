//! Graphic shapes.

use std::fmt;

use kiapi_gen::board::types;
use kiapi_gen::common::types as common;
use kiapi_gen::common::types::graphic_shape::Geometry as Wire;
use kiapi_gen::common::types::poly_line_node::Geometry as Node;

use super::describe::Then;
use super::{StrokeLineStyle, put_point};
use crate::geometry::PolygonWithHoles;
use crate::{Layer, Nm, Vector2, mm};

wrapper! {
    /// A drawn shape on one layer: a line, a rectangle, an arc, a circle, a polygon or a Bézier curve.
    ///
    /// # KiCad versions
    ///
    /// 9.0 and later. KiCad 9 keeps no corner radius. A shape that is sent back in an update has a solid stroke where it
    /// had a default one.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Layer, Shape, mm};
    ///
    /// let edge = Shape::rectangle((mm(0), mm(0)), (mm(50), mm(30))).with_layer(Layer::EDGE_CUTS).with_stroke_width(mm(0.1));
    /// assert_eq!(edge.to_string(), "rectangle on Edge.Cuts, (0 mm, 0 mm) to (50 mm, 30 mm)");
    /// ```
    Shape boxed types::BoardGraphicShape
}
identity! { Shape }
short_debug! { Shape }

/// Where a shape runs.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Geometry {
    /// A line between two points.
    Segment {
        /// One end, in nanometres.
        start: Vector2,
        /// The other end, in nanometres.
        end: Vector2,
    },
    /// A rectangle along the axes.
    Rectangle {
        /// One corner, in nanometres.
        top_left: Vector2,
        /// The corner across from it, in nanometres.
        bottom_right: Vector2,
        /// The radius of the corners, in nanometres. Since KiCad 10.0.
        corner_radius: Nm,
    },
    /// A piece of a circle.
    Arc {
        /// One end, in nanometres.
        start: Vector2,
        /// A point between the ends, in nanometres.
        mid: Vector2,
        /// The other end, in nanometres.
        end: Vector2,
    },
    /// A circle.
    Circle {
        /// The middle, in nanometres.
        center: Vector2,
        /// A point on the circle, in nanometres.
        radius_point: Vector2,
    },
    /// Polygons with holes, in nanometres.
    Polygon(Vec<PolygonWithHoles>),
    /// A cubic Bézier curve.
    Bezier {
        /// One end, in nanometres.
        start: Vector2,
        /// The point that the curve leaves its start for, in nanometres.
        control1: Vector2,
        /// The point that the curve comes to its end from, in nanometres.
        control2: Vector2,
        /// The other end, in nanometres.
        end: Vector2,
    },
}

impl Shape {
    /// A shape with a line of 0.15 mm, not filled, on the front silkscreen.
    #[inline]
    pub fn new(geometry: Geometry) -> Self {
        let stroke = common::StrokeAttributes::new().with_width(mm(0.15)).with_style(StrokeLineStyle::SOLID);
        let fill = common::GraphicFillAttributes::new().with_fill_type(common::GraphicFillType::UNFILLED);
        let attributes = common::GraphicAttributes::new().with_stroke(stroke).with_fill(fill);
        let shape = common::GraphicShape::new().with_attributes(attributes);
        let mut shape =
            Self::from(types::BoardGraphicShape::new().with_shape(shape).with_layer(Layer::F_SILKS));
        shape.set_geometry(geometry);
        shape
    }

    /// A line between two points in nanometres.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Shape, mm};
    ///
    /// let line = Shape::segment((mm(0), mm(0)), (mm(1), mm(0)));
    /// assert_eq!(line.position(), Some((mm(0), mm(0)).into()));
    /// ```
    pub fn segment(start: impl Into<Vector2>, end: impl Into<Vector2>) -> Self {
        Self::new(Geometry::Segment { start: start.into(), end: end.into() })
    }

    /// A rectangle between two corners in nanometres.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Shape, mm};
    ///
    /// let rectangle = Shape::rectangle((mm(0), mm(0)), (mm(2), mm(1)));
    /// assert_eq!(rectangle.to_string(), "rectangle on F.SilkS, (0 mm, 0 mm) to (2 mm, 1 mm)");
    /// ```
    pub fn rectangle(top_left: impl Into<Vector2>, bottom_right: impl Into<Vector2>) -> Self {
        let (top_left, bottom_right) = (top_left.into(), bottom_right.into());
        Self::new(Geometry::Rectangle { top_left, bottom_right, corner_radius: Nm::ZERO })
    }

    /// A piece of a circle through three points in nanometres.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Shape, mm};
    ///
    /// let arc = Shape::arc((mm(1), mm(0)), (mm(0), mm(1)), (mm(-1), mm(0)));
    /// assert_eq!(arc.to_string(), "arc on F.SilkS, (1 mm, 0 mm) by (0 mm, 1 mm) to (-1 mm, 0 mm)");
    /// ```
    pub fn arc(start: impl Into<Vector2>, mid: impl Into<Vector2>, end: impl Into<Vector2>) -> Self {
        Self::new(Geometry::Arc { start: start.into(), mid: mid.into(), end: end.into() })
    }

    /// A circle by its middle and its radius in nanometres.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Shape, mm};
    ///
    /// assert_eq!(Shape::circle((mm(5), mm(5)), mm(1)).to_string(), "circle on F.SilkS, 1 mm around (5 mm, 5 mm)");
    /// ```
    pub fn circle(center: impl Into<Vector2>, radius: Nm) -> Self {
        let center = center.into();
        let radius_point = center + Vector2::new(radius, Nm::ZERO);
        Self::new(Geometry::Circle { center, radius_point })
    }

    /// A polygon by its corners in nanometres.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Shape, mm};
    ///
    /// let triangle = Shape::polygon([(mm(0), mm(0)), (mm(1), mm(0)), (mm(0), mm(1))]).with_filled(true);
    /// assert_eq!(triangle.to_string(), "filled polygon on F.SilkS, 3 corners from (0 mm, 0 mm)");
    /// ```
    pub fn polygon<P: Into<Vector2>>(corners: impl IntoIterator<Item = P>) -> Self {
        let mut shape = Self::new(Geometry::Polygon(Vec::new()));
        if let Some(Wire::Polygon(set)) = &mut shape.0.shape.get_or_insert_default().geometry {
            set.polygons.push(polygon(corners));
        }
        shape
    }

    /// A cubic Bézier curve by its ends and control points in nanometres.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Shape, mm};
    ///
    /// let curve = Shape::bezier((mm(0), mm(0)), (mm(0), mm(1)), (mm(1), mm(1)), (mm(1), mm(0)));
    /// assert_eq!(curve.to_string(), "curve on F.SilkS, (0 mm, 0 mm) to (1 mm, 0 mm)");
    /// ```
    pub fn bezier(
        start: impl Into<Vector2>,
        control1: impl Into<Vector2>,
        control2: impl Into<Vector2>,
        end: impl Into<Vector2>,
    ) -> Self {
        Self::new(Geometry::Bezier {
            start: start.into(),
            control1: control1.into(),
            control2: control2.into(),
            end: end.into(),
        })
    }

    /// Where the shape runs; none if it is of a kind that this build does not know.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::Geometry;
    /// use kiapi::{Shape, mm};
    ///
    /// let circle = Shape::circle((mm(5), mm(5)), mm(1));
    /// let Some(Geometry::Circle { radius_point, .. }) = circle.geometry() else { unreachable!() };
    /// assert_eq!(radius_point, (mm(6), mm(5)).into());
    /// ```
    #[inline]
    pub fn geometry(&self) -> Option<Geometry> {
        Some(match self.0.shape.as_ref()?.geometry.as_ref()? {
            Wire::Segment(it) => Geometry::Segment { start: read(&it.start), end: read(&it.end) },
            Wire::Rectangle(it) => Geometry::Rectangle {
                top_left: read(&it.top_left),
                bottom_right: read(&it.bottom_right),
                corner_radius: it.corner_radius.as_ref().map(Nm::from).unwrap_or_default(),
            },
            Wire::Arc(it) => Geometry::Arc { start: read(&it.start), mid: read(&it.mid), end: read(&it.end) },
            Wire::Circle(it) => {
                Geometry::Circle { center: read(&it.center), radius_point: read(&it.radius_point) }
            }
            Wire::Polygon(set) => Geometry::Polygon(polygons(Some(set))),
            Wire::Bezier(it) => Geometry::Bezier {
                start: read(&it.start),
                control1: read(&it.control1),
                control2: read(&it.control2),
                end: read(&it.end),
            },
            _ => return None,
        })
    }

    /// Sets where the shape runs. A geometry of the same kind is changed where it lies.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::items::Geometry;
    /// use kiapi::{Shape, mm};
    ///
    /// let mut shape = Shape::circle((mm(5), mm(5)), mm(1));
    /// let line = Geometry::Segment { start: (mm(0), mm(0)).into(), end: (mm(1), mm(0)).into() };
    /// shape.set_geometry(line.clone());
    /// assert_eq!(shape.geometry(), Some(line));
    /// ```
    #[inline]
    pub fn set_geometry(&mut self, geometry: Geometry) -> &mut Self {
        let place = &mut self.0.shape.get_or_insert_default().geometry;
        match geometry {
            Geometry::Segment { start, end } => {
                let mut it = match place.take() {
                    Some(Wire::Segment(it)) => it,
                    _ => common::GraphicSegmentAttributes::new(),
                };
                put_point(&mut it.start, start);
                put_point(&mut it.end, end);
                *place = Some(Wire::Segment(it));
            }
            Geometry::Rectangle { top_left, bottom_right, corner_radius } => {
                let mut it = match place.take() {
                    Some(Wire::Rectangle(it)) => it,
                    _ => common::GraphicRectangleAttributes::new(),
                };
                put_point(&mut it.top_left, top_left);
                put_point(&mut it.bottom_right, bottom_right);
                if it.corner_radius.is_some() || corner_radius != Nm::ZERO {
                    it.corner_radius.get_or_insert_default().value_nm = corner_radius.0;
                }
                *place = Some(Wire::Rectangle(it));
            }
            Geometry::Arc { start, mid, end } => {
                let mut it = match place.take() {
                    Some(Wire::Arc(it)) => it,
                    _ => common::GraphicArcAttributes::new(),
                };
                put_point(&mut it.start, start);
                put_point(&mut it.mid, mid);
                put_point(&mut it.end, end);
                *place = Some(Wire::Arc(it));
            }
            Geometry::Circle { center, radius_point } => {
                let mut it = match place.take() {
                    Some(Wire::Circle(it)) => it,
                    _ => common::GraphicCircleAttributes::new(),
                };
                put_point(&mut it.center, center);
                put_point(&mut it.radius_point, radius_point);
                *place = Some(Wire::Circle(it));
            }
            Geometry::Polygon(polygons) => {
                let mut it = match place.take() {
                    Some(Wire::Polygon(it)) => it,
                    _ => common::PolySet::new(),
                };
                it.polygons = polygons.into_iter().map(closed).collect();
                *place = Some(Wire::Polygon(it));
            }
            Geometry::Bezier { start, control1, control2, end } => {
                let mut it = match place.take() {
                    Some(Wire::Bezier(it)) => it,
                    _ => common::GraphicBezierAttributes::new(),
                };
                put_point(&mut it.start, start);
                put_point(&mut it.control1, control1);
                put_point(&mut it.control2, control2);
                put_point(&mut it.end, end);
                *place = Some(Wire::Bezier(it));
            }
        }
        self
    }

    /// The point that KiCad calls the position of the shape, in nanometres: its start, first corner or middle.
    #[inline]
    pub fn position(&self) -> Option<Vector2> {
        crate::geometry::position(&types::Item::from(self.as_proto().clone()))
    }
}

/// Whether a shape is filled.
macro_rules! filling {
    ($base:literal,) => {
        property! {
            [$base "true" "true"]
            ["Whether the shape is filled.", "Sets whether the shape is filled."]
            is_filled -> bool: [shape attributes fill] |message| message.fill_type == common::GraphicFillType::FILLED;
            set_filled with_filled (bool): |message, value| message.fill_type = if value {
                common::GraphicFillType::FILLED
            } else {
                common::GraphicFillType::UNFILLED
            }
        }
    };
}

accessors! { Shape, "Shape::circle((mm(5), mm(5)), mm(1))";
    length { stroke_width set_stroke_width with_stroke_width, "mm(0.15)", "width of the line", [shape attributes stroke] width }
    value { stroke_style set_stroke_style with_stroke_style: StrokeLineStyle, "StrokeLineStyle::DASH", "style of the line", [shape attributes stroke] style }
    filling {}
    value { layer set_layer with_layer: Layer, "Layer::EDGE_CUTS", "layer of the shape", [] layer }
    net { [] }
    lock {}
}

impl fmt::Display for Shape {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, place) = match self.geometry() {
            Some(Geometry::Segment { start, end }) => ("line", format!("{start} to {end}")),
            Some(Geometry::Rectangle { top_left, bottom_right, .. }) => {
                ("rectangle", format!("{top_left} to {bottom_right}"))
            }
            Some(Geometry::Arc { start, mid, end }) => ("arc", format!("{start} by {mid} to {end}")),
            Some(Geometry::Circle { center, radius_point }) => {
                ("circle", format!("{} around {}", distance(center, radius_point), center))
            }
            Some(Geometry::Polygon(polygons)) => {
                let nodes: Vec<_> = polygons.iter().flat_map(|polygon| &polygon.outline.nodes).collect();
                let start = nodes.first().map(|node| node.start()).unwrap_or_default();
                ("polygon", format!("{} corners from {start}", nodes.len()))
            }
            Some(Geometry::Bezier { start, end, .. }) => ("curve", format!("{start} to {end}")),
            None => ("shape", "of an unknown kind".to_owned()),
        };
        let filled = if self.is_filled() { "filled " } else { "" };
        write!(f, "{filled}{name} on {}{}, {place}", self.layer(), Then(self.net()))
    }
}

#[inline]
fn read(point: &Option<common::Vector2>) -> Vector2 {
    point.as_ref().map(Vector2::from).unwrap_or_default()
}

#[allow(clippy::cast_precision_loss, reason = "a board is smaller than that")]
#[inline]
fn distance(from: Vector2, to: Vector2) -> Nm {
    let by = to - from;
    Nm::round((by.x.0 as f64).hypot(by.y.0 as f64))
}

/// A closed polygon. Of one that is not closed KiCad loses the last corner.
pub(super) fn polygon<P: Into<Vector2>>(corners: impl IntoIterator<Item = P>) -> common::PolygonWithHoles {
    let node = |corner: P| {
        let mut node = common::PolyLineNode::new();
        node.geometry = Some(Node::Point(corner.into().into()));
        node
    };
    let line = common::PolyLine::new().with_nodes(corners.into_iter().map(node)).with_closed(true);
    common::PolygonWithHoles::new().with_outline(line)
}

/// A polygon of the protocol, in which nothing is open.
#[inline]
pub(super) fn closed(mut polygon: PolygonWithHoles) -> common::PolygonWithHoles {
    polygon.outline.is_closed = true;
    polygon.holes.iter_mut().for_each(|hole| hole.is_closed = true);
    common::PolygonWithHoles::from(&polygon)
}

/// All polygons.
#[inline]
pub(super) fn polygons(set: Option<&common::PolySet>) -> Vec<PolygonWithHoles> {
    set.into_iter().flat_map(|set| &set.polygons).map(PolygonWithHoles::from).collect()
}

/// The corners of all outlines. An arc gives its ends.
#[inline]
pub(super) fn corners(set: Option<&common::PolySet>) -> Vec<Vector2> {
    let polygons = set.into_iter().flat_map(|set| &set.polygons);
    let nodes = polygons.filter_map(|polygon| polygon.outline.as_ref()).flat_map(|line| &line.nodes);
    let mut corners = Vec::new();
    for node in nodes {
        match &node.geometry {
            Some(Node::Point(point)) => corners.push(Vector2::from(point)),
            Some(Node::Arc(arc)) => corners.extend([read(&arc.start), read(&arc.end)]),
            _ => {}
        }
    }
    corners
}
