//! Items flipped to the other side of the board.

use kiapi_gen::Any;
use kiapi_gen::board::commands::BoardFlipDirection;
use kiapi_gen::board::types::dimension::DimensionStyle;
use kiapi_gen::board::types::{
    BoardLayer, BoardText, Field, FootprintInstance, Item, PadStack, PadStackLayer, PadStackType,
};
use kiapi_gen::common::types::graphic_shape::Geometry;
use kiapi_gen::common::types::{
    Angle, AxisAlignment, Distance, GraphicRectangleAttributes, HorizontalAlignment, PolyLine, PolySet,
    TextAttributes, Vector2, VerticalAlignment, poly_line_node,
};

use super::arc::{self, Arc};
use super::point;
use crate::document::items::children;
use crate::document::layers::LayerSet;
use crate::document::normalise;
use crate::text::number::Point;

/// A mirror: an axis through a point, in a board with so many copper layers.
#[derive(Clone, Copy, Debug)]
struct Mirror {
    direction: BoardFlipDirection,
    center: Point,
    copper_layers: u32,
}

/// Flips an item around its own position.
pub(crate) fn flip(item: &mut Item, direction: BoardFlipDirection, copper_layers: u32) {
    if let Some(center) = position(item) {
        Mirror { direction, center, copper_layers }.item(item);
    }
}

/// The position of an item, as KiCad has it.
fn position(item: &Item) -> Option<Point> {
    let of = |vector: &Option<Vector2>| Some(point(vector.as_ref()));
    match item {
        Item::Track(it) => of(&it.start),
        Item::Arc(it) => Some(center(&it.start, &it.mid, &it.end)),
        Item::Via(it) => of(&it.position),
        Item::Pad(it) => of(&it.position),
        Item::BoardText(it) => of(&it.text.as_ref()?.position),
        Item::BoardTextBox(it) => of(&it.textbox.as_ref()?.top_left),
        Item::Barcode(it) => of(&it.position),
        Item::ReferenceImage(it) => of(&it.position),
        Item::FootprintInstance(it) => of(&it.position),
        Item::Zone(it) => first_point(it.outline.as_ref()?),
        Item::Dimension(it) => match it.dimension_style.as_ref()? {
            DimensionStyle::Aligned(style) => of(&style.start),
            DimensionStyle::Orthogonal(style) => of(&style.start),
            DimensionStyle::Radial(style) => of(&style.center),
            DimensionStyle::Leader(style) => of(&style.start),
            DimensionStyle::Center(style) => of(&style.center),
            _ => None,
        },
        Item::BoardGraphicShape(it) => match it.shape.as_ref()?.geometry.as_ref()? {
            Geometry::Segment(shape) => of(&shape.start),
            Geometry::Rectangle(shape) => of(&shape.top_left),
            Geometry::Arc(shape) => Some(center(&shape.start, &shape.mid, &shape.end)),
            Geometry::Circle(shape) => of(&shape.center),
            Geometry::Polygon(set) => first_point(set),
            Geometry::Bezier(shape) => of(&shape.start),
            _ => None,
        },
        _ => None,
    }
}

fn center(start: &Option<Vector2>, mid: &Option<Vector2>, end: &Option<Vector2>) -> Point {
    let [start, mid, end] = [start, mid, end].map(|p| point(p.as_ref()));
    Arc::new(start, mid, end).center().unwrap_or(start)
}

fn first_point(set: &PolySet) -> Option<Point> {
    let line = set.polygons.first()?.outline.as_ref()?;
    match line.nodes.first()?.geometry.as_ref()? {
        poly_line_node::Geometry::Point(vector) => Some(point(Some(vector))),
        poly_line_node::Geometry::Arc(arc) => Some(point(arc.start.as_ref())),
        _ => None,
    }
}

impl Mirror {
    fn is_left_right(self) -> bool {
        self.direction == BoardFlipDirection::LEFT_RIGHT
    }

    fn vector(self, vector: &mut Vector2) {
        if self.is_left_right() {
            vector.x_nm = 2 * i64::from(self.center.x) - vector.x_nm;
        } else {
            vector.y_nm = 2 * i64::from(self.center.y) - vector.y_nm;
        }
    }

    fn points<const N: usize>(self, points: [&mut Option<Vector2>; N]) {
        points.into_iter().flatten().for_each(|vector| self.vector(vector));
    }

    /// What was at the corners of a rectangle lies at the others now.
    fn rectangle(self, low: &mut Option<Vector2>, high: &mut Option<Vector2>) {
        self.points([low, high]);
        if let (Some(low), Some(high)) = (low, high) {
            if self.is_left_right() {
                std::mem::swap(&mut low.x_nm, &mut high.x_nm);
            } else {
                std::mem::swap(&mut low.y_nm, &mut high.y_nm);
            }
        }
    }

    /// A drawn rectangle begins at the top left, however it was drawn.
    fn drawn_rectangle(self, low: &mut Option<Vector2>, high: &mut Option<Vector2>) {
        self.points([low, high]);
        if let (Some(low), Some(high)) = (low, high) {
            (low.x_nm, high.x_nm) = (low.x_nm.min(high.x_nm), low.x_nm.max(high.x_nm));
            (low.y_nm, high.y_nm) = (low.y_nm.min(high.y_nm), low.y_nm.max(high.y_nm));
        }
    }

    fn layer(self, layer: &mut BoardLayer) -> bool {
        let other = opposite(*layer, self.copper_layers);
        let has_changed = other != *layer;
        *layer = other;
        has_changed
    }

    /// All layers, in KiCad's order afterwards.
    fn layers(self, layers: &mut Vec<BoardLayer>) {
        for layer in layers.iter_mut() {
            self.layer(layer);
        }
        *layers = LayerSet::of(layers).layers();
    }

    fn angle(self, angle: &mut Option<Angle>) {
        let angle = angle.get_or_insert_default();
        angle.value_degrees =
            if self.is_left_right() { -angle.value_degrees } else { 180.0 - angle.value_degrees };
    }

    fn text(self, attributes: &mut Option<TextAttributes>, other_side: bool) {
        let attributes = attributes.get_or_insert_default();
        self.angle(&mut attributes.angle);
        attributes.mirrored ^= other_side;
    }

    fn line(self, line: &mut PolyLine) {
        for node in &mut line.nodes {
            match &mut node.geometry {
                Some(poly_line_node::Geometry::Point(vector)) => self.vector(vector),
                Some(poly_line_node::Geometry::Arc(arc)) => {
                    self.points([&mut arc.start, &mut arc.mid, &mut arc.end]);
                }
                _ => {}
            }
        }
    }

    fn polygons(self, set: &mut PolySet) {
        for polygon in &mut set.polygons {
            polygon.outline.iter_mut().chain(&mut polygon.holes).for_each(|line| self.line(line));
        }
    }

    fn item(self, item: &mut Item) {
        match item {
            Item::Track(it) => {
                self.points([&mut it.start, &mut it.end]);
                self.layer(&mut it.layer);
            }
            Item::Arc(it) => {
                self.points([&mut it.start, &mut it.mid, &mut it.end]);
                self.layer(&mut it.layer);
            }
            Item::Via(it) => {
                self.points([&mut it.position]);
                if let Some(drill) = it.pad_stack.as_mut().and_then(|stack| stack.drill.as_mut()) {
                    let through =
                        (drill.start_layer, drill.end_layer) == (BoardLayer::F_CU, BoardLayer::B_CU);
                    if !through {
                        self.layer(&mut drill.start_layer);
                        self.layer(&mut drill.end_layer);
                        std::mem::swap(&mut drill.start_layer, &mut drill.end_layer);
                    }
                }
            }
            Item::BoardGraphicShape(it) => {
                let geometry = it.shape.as_mut().and_then(|shape| shape.geometry.as_mut());
                if let Some(rectangle) = geometry.as_deref().and_then(as_rectangle) {
                    it.shape.get_or_insert_default().geometry = Some(Geometry::Rectangle(rectangle));
                }
                match it.shape.as_mut().and_then(|shape| shape.geometry.as_mut()) {
                    Some(Geometry::Segment(shape)) => self.points([&mut shape.start, &mut shape.end]),
                    Some(Geometry::Rectangle(shape)) => {
                        self.drawn_rectangle(&mut shape.top_left, &mut shape.bottom_right);
                    }
                    Some(Geometry::Arc(shape)) => {
                        self.points([&mut shape.start, &mut shape.mid, &mut shape.end]);
                        std::mem::swap(&mut shape.start, &mut shape.end);
                        arc::put_middle(shape);
                    }
                    Some(Geometry::Circle(shape)) => {
                        self.points([&mut shape.center, &mut shape.radius_point]);
                    }
                    Some(Geometry::Polygon(set)) => self.polygons(set),
                    Some(Geometry::Bezier(shape)) => self.points([
                        &mut shape.start,
                        &mut shape.control1,
                        &mut shape.control2,
                        &mut shape.end,
                    ]),
                    _ => {}
                }
                self.layer(&mut it.layer);
            }
            Item::BoardText(it) => {
                let other_side = self.layer(&mut it.layer);
                let text = it.text.get_or_insert_default();
                self.points([&mut text.position]);
                self.text(&mut text.attributes, other_side);
            }
            Item::BoardTextBox(it) => {
                let other_side = self.layer(&mut it.layer);
                let text = it.textbox.get_or_insert_default();
                self.rectangle(&mut text.top_left, &mut text.bottom_right);
                self.text(&mut text.attributes, other_side);
            }
            Item::Zone(it) => {
                it.outline.iter_mut().for_each(|outline| self.polygons(outline));
                self.layers(&mut it.layers);
                it.filled = false;
                for filled in &mut it.filled_polygons {
                    self.layer(&mut filled.layer);
                    filled.shapes.iter_mut().for_each(|shapes| self.polygons(shapes));
                }
                let place = |layer| it.layers.iter().position(|known| *known == layer);
                it.filled_polygons.sort_by_key(|filled| place(filled.layer));
            }
            Item::Dimension(it) => {
                self.dimension(it.dimension_style.as_mut());
                let other_side = self.layer(&mut it.layer);
                let text = it.text.get_or_insert_default();
                self.points([&mut text.position]);
                if let Some(attributes) = &mut text.attributes {
                    if let Some(angle) = &mut attributes.angle {
                        angle.value_degrees = -angle.value_degrees;
                    }
                    attributes.mirrored ^= other_side;
                }
                normalise::put_text(it);
            }
            Item::Barcode(it) => {
                self.points([&mut it.position]);
                if !self.is_left_right() {
                    let angle = it.orientation.get_or_insert_default();
                    angle.value_degrees = (angle.value_degrees + 180.0).rem_euclid(360.0);
                }
                self.layer(&mut it.layer);
            }
            Item::ReferenceImage(it) => {
                self.points([&mut it.position]);
                self.layer(&mut it.layer);
            }
            Item::FootprintInstance(it) => self.footprint(it),
            Item::Pad(it) => {
                self.points([&mut it.position]);
                it.pad_stack.iter_mut().for_each(|stack| self.pad_stack(stack));
            }
            _ => {}
        }
    }

    fn dimension(self, style: Option<&mut DimensionStyle>) {
        let negate = |height: &mut Option<Distance>| {
            let height = height.get_or_insert_default();
            height.value_nm = -height.value_nm;
        };
        match style {
            Some(DimensionStyle::Aligned(style)) => {
                self.points([&mut style.start, &mut style.end]);
                negate(&mut style.height);
            }
            Some(DimensionStyle::Orthogonal(style)) => {
                self.points([&mut style.start, &mut style.end]);
                // Its line only changes sides where it is mirrored across.
                if self.is_left_right() == (style.alignment == AxisAlignment::Y_AXIS) {
                    negate(&mut style.height);
                }
            }
            Some(DimensionStyle::Radial(style)) => {
                self.points([&mut style.center, &mut style.radius_point]);
            }
            Some(DimensionStyle::Leader(style)) => self.points([&mut style.start, &mut style.end]),
            Some(DimensionStyle::Center(style)) => self.points([&mut style.center, &mut style.end]),
            _ => {}
        }
    }

    /// A pad keeps its shape: what is mirrored is how it is turned, and what is off its center.
    fn pad_stack(self, stack: &mut PadStack) {
        self.layers(&mut stack.layers);
        if let Some(drill) = &mut stack.drill {
            self.layer(&mut drill.start_layer);
            self.layer(&mut drill.end_layer);
        }
        let angle = stack.angle.get_or_insert_default();
        let turned = if self.is_left_right() { 180.0 - angle.value_degrees } else { -angle.value_degrees };
        angle.value_degrees = turned.rem_euclid(360.0);
        if stack.r#type == PadStackType::FRONT_INNER_BACK {
            swap_faces(&mut stack.copper_layers);
            // They are told as those of the front, which has none that was the back.
            stack.zone_settings = None;
        }
        for face in &mut stack.copper_layers {
            for vector in [&mut face.offset, &mut face.trapezoid_delta].into_iter().flatten() {
                vector.y_nm = -vector.y_nm;
            }
            if let Some(corners) = &mut face.chamfered_corners {
                std::mem::swap(&mut corners.top_left, &mut corners.bottom_left);
                std::mem::swap(&mut corners.top_right, &mut corners.bottom_right);
            }
        }
        std::mem::swap(&mut stack.front_outer_layers, &mut stack.back_outer_layers);
    }

    /// A text of a footprint. To flip that to the left or right is to flip it up or down and to turn it by half, after
    /// which a text that is kept upright is turned back.
    fn child_text(self, text: &mut BoardText) {
        let other_side = self.layer(&mut text.layer);
        let text = text.text.get_or_insert_default();
        self.points([&mut text.position]);
        self.text(&mut text.attributes, other_side);
        if !self.is_left_right() {
            return;
        }
        let attributes = text.attributes.get_or_insert_default();
        let angle = attributes.angle.get_or_insert_default();
        angle.value_degrees = angle.value_degrees.rem_euclid(360.0);
        if attributes.keep_upright && angle.value_degrees >= 180.0 {
            angle.value_degrees -= 180.0;
            attributes.horizontal_alignment = match attributes.horizontal_alignment {
                HorizontalAlignment::LEFT => HorizontalAlignment::RIGHT,
                HorizontalAlignment::RIGHT => HorizontalAlignment::LEFT,
                other => other,
            };
            attributes.vertical_alignment = match attributes.vertical_alignment {
                VerticalAlignment::TOP => VerticalAlignment::BOTTOM,
                VerticalAlignment::BOTTOM => VerticalAlignment::TOP,
                other => other,
            };
        }
    }

    fn footprint(self, footprint: &mut FootprintInstance) {
        self.points([&mut footprint.position]);
        let angle = footprint.orientation.get_or_insert_default();
        angle.value_degrees =
            if self.is_left_right() { 180.0 - angle.value_degrees } else { -angle.value_degrees };
        angle.value_degrees = normalise::upright(angle.value_degrees);
        self.layer(&mut footprint.layer);
        let flipped: Vec<Any> = children(footprint)
            .map(|mut child| {
                match &mut child {
                    Item::BoardText(text) => self.child_text(text),
                    Item::Pad(pad) => {
                        let is_layered = pad
                            .pad_stack
                            .as_ref()
                            .is_some_and(|it| it.r#type == PadStackType::FRONT_INNER_BACK);
                        if is_layered {
                            pad.copper_clearance_override = None;
                        }
                        self.item(&mut child);
                    }
                    Item::BoardGraphicShape(shape) => {
                        let geometry = shape.shape.as_mut().and_then(|shape| shape.geometry.as_mut());
                        if let Some(Geometry::Rectangle(rectangle)) = geometry {
                            // Here it stays as it was drawn.
                            self.points([&mut rectangle.top_left, &mut rectangle.bottom_right]);
                            self.layer(&mut shape.layer);
                        } else {
                            self.item(&mut child);
                        }
                    }
                    _ => self.item(&mut child),
                }
                child.to_any()
            })
            .collect();
        if let Some(definition) = &mut footprint.definition {
            definition.items = flipped;
        }
        let own = [
            &mut footprint.reference_field,
            &mut footprint.value_field,
            &mut footprint.datasheet_field,
            &mut footprint.description_field,
        ];
        for Field { text, .. } in own.into_iter().flatten() {
            if let Some(it) = text {
                self.child_text(it);
            }
        }
    }
}

/// A polygon that is an upright rectangle, as one: KiCad sees that when it flips it.
fn as_rectangle(geometry: &Geometry) -> Option<GraphicRectangleAttributes> {
    let Geometry::Polygon(set) = geometry else { return None };
    let [polygon] = &set.polygons[..] else { return None };
    let nodes = polygon.outline.as_ref().filter(|_| polygon.holes.is_empty())?.nodes.iter();
    let corners = nodes.map(|node| match &node.geometry {
        Some(poly_line_node::Geometry::Point(corner)) => Some(point(Some(corner))),
        _ => None,
    });
    let corners: Vec<Point> = corners.collect::<Option<_>>()?;
    let [a, b, c, d] = corners[..] else { return None };
    let is_upright = (a.x == b.x && b.y == c.y && c.x == d.x && d.y == a.y)
        || (a.y == b.y && b.x == c.x && c.y == d.y && d.x == a.x);
    let corner = |x: i32, y: i32| Vector2::new().with_x_nm(x.into()).with_y_nm(y.into());
    is_upright.then(|| {
        GraphicRectangleAttributes::new()
            .with_top_left(corner(a.x.min(c.x), a.y.min(c.y)))
            .with_bottom_right(corner(a.x.max(c.x), a.y.max(c.y)))
            .with_corner_radius(Distance::new())
    })
}

/// Gives the front of a padstack what the back has, and the other way round.
fn swap_faces(faces: &mut [PadStackLayer]) {
    let place = |layer| faces.iter().position(|face| face.layer == layer);
    if let (Some(front), Some(back)) = (place(BoardLayer::F_CU), place(BoardLayer::B_CU)) {
        faces.swap(front, back);
        faces[front].layer = BoardLayer::F_CU;
        faces[back].layer = BoardLayer::B_CU;
    }
}

/// The layer on the other side of the board.
pub(crate) fn opposite(layer: BoardLayer, copper_layers: u32) -> BoardLayer {
    const PAIRS: [(BoardLayer, BoardLayer); 7] = [
        (BoardLayer::F_CU, BoardLayer::B_CU),
        (BoardLayer::F_ADHES, BoardLayer::B_ADHES),
        (BoardLayer::F_PASTE, BoardLayer::B_PASTE),
        (BoardLayer::F_SILKS, BoardLayer::B_SILKS),
        (BoardLayer::F_MASK, BoardLayer::B_MASK),
        (BoardLayer::F_CRTYD, BoardLayer::B_CRTYD),
        (BoardLayer::F_FAB, BoardLayer::B_FAB),
    ];
    for (front, back) in PAIRS {
        if layer == front {
            return back;
        }
        if layer == back {
            return front;
        }
    }
    let inner = i32::try_from(copper_layers.saturating_sub(2)).unwrap_or(0);
    let place = layer.0 - BoardLayer::IN1_CU.0;
    if (0..inner).contains(&place) {
        return BoardLayer(BoardLayer::IN1_CU.0 + inner - 1 - place);
    }
    layer
}
