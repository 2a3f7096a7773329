//! Drawn shapes, and zones.

use std::mem;

use kiapi_gen::board::types::{BoardGraphicShape, Zone};
use kiapi_gen::common::types::graphic_shape::Geometry;
use kiapi_gen::common::types::{
    self, GraphicRectangleAttributes, PolyLine, PolyLineNode, PolySet, PolygonWithHoles, poly_line_node,
};

use super::{Corners, FlipDirection, Transform};
use crate::geometry::Box2;
use crate::geometry::position::of;

impl Transform {
    #[inline]
    pub(super) fn board_shape(self, item: &mut BoardGraphicShape, corners: Corners) {
        if let Some(geometry) = item.shape.as_mut().and_then(|shape| shape.geometry.as_mut()) {
            self.geometry(geometry, corners);
        }
        self.layer(&mut item.layer);
    }

    #[inline]
    fn geometry(self, geometry: &mut Geometry, corners: Corners) {
        match geometry {
            Geometry::Segment(it) => self.points([&mut it.start, &mut it.end]),
            Geometry::Rectangle(it) => {
                if let Some(polygon) = self.rectangle(it, corners) {
                    *geometry = Geometry::Polygon(polygon);
                }
            }
            Geometry::Arc(it) => {
                self.points([&mut it.start, &mut it.mid, &mut it.end]);
                // KiCad draws arcs in one direction, whatever side they are on.
                if let Self::Flip { .. } = self {
                    mem::swap(&mut it.start, &mut it.end);
                }
            }
            Geometry::Circle(it) => self.points([&mut it.center, &mut it.radius_point]),
            Geometry::Polygon(set) => self.polygons(set),
            Geometry::Bezier(it) => {
                self.points([&mut it.start, &mut it.control1, &mut it.control2, &mut it.end]);
            }
            _ => {}
        }
    }

    /// Changes a rectangle, or gives the polygon that it becomes.
    #[inline]
    fn rectangle(self, rectangle: &mut GraphicRectangleAttributes, corners: Corners) -> Option<PolySet> {
        let (low, high) = (&mut rectangle.top_left, &mut rectangle.bottom_right);
        match self {
            Self::Rotate { angle, .. } if angle.quarters().is_none() => {
                // KiCad 10 goes around from the upper left corner, KiCad 9 from where the rectangle was begun.
                let around = Box2::new(of(low), of(high)).corners();
                let nodes = around.map(|corner| PolyLineNode::new().with_point(self.point(corner)));
                let outline = PolyLine::new().with_nodes(nodes).with_closed(true);
                Some(PolySet::new().with_polygons([PolygonWithHoles::new().with_outline(outline)]))
            }
            Self::Rotate { .. } if corners == Corners::Named => {
                self.points([low, high]);
                let turned = Box2::new(of(low), of(high));
                (*low, *high) = (Some(turned.min().into()), Some(turned.max().into()));
                None
            }
            _ => {
                self.corners(low, high, corners);
                None
            }
        }
    }

    /// Moves, turns or flips a box. Where corners are named, what was at one of them lies at the other after flipping.
    #[inline]
    pub(super) fn corners(
        self,
        low: &mut Option<types::Vector2>,
        high: &mut Option<types::Vector2>,
        corners: Corners,
    ) {
        self.points([low, high]);
        if let (Self::Flip { direction, .. }, Corners::Named, Some(low), Some(high)) =
            (self, corners, low, high)
        {
            match direction {
                FlipDirection::LeftRight => mem::swap(&mut low.x_nm, &mut high.x_nm),
                FlipDirection::TopBottom => mem::swap(&mut low.y_nm, &mut high.y_nm),
            }
        }
    }

    #[inline]
    pub(super) fn polygons(self, set: &mut PolySet) {
        for polygon in &mut set.polygons {
            polygon.outline.iter_mut().chain(&mut polygon.holes).for_each(|line| self.poly_line(line));
        }
    }

    #[inline]
    fn poly_line(self, line: &mut PolyLine) {
        for node in &mut line.nodes {
            match &mut node.geometry {
                Some(poly_line_node::Geometry::Point(point)) => self.message(point),
                Some(poly_line_node::Geometry::Arc(arc)) => {
                    self.points([&mut arc.start, &mut arc.mid, &mut arc.end]);
                }
                _ => {}
            }
        }
    }

    #[inline]
    pub(super) fn zone(self, zone: &mut Zone) {
        zone.outline.iter_mut().for_each(|outline| self.polygons(outline));
        self.layers(&mut zone.layers, |layer| *layer, |it, layer| *it = layer);
        self.layers(&mut zone.layer_properties, |it| it.layer, |it, layer| it.layer = layer);
        let shapes = zone.filled_polygons.iter_mut().filter_map(|filled| filled.shapes.as_mut());
        shapes.for_each(|shapes| self.polygons(shapes));
        self.layers(&mut zone.filled_polygons, |it| it.layer, |it, layer| it.layer = layer);
    }
}
