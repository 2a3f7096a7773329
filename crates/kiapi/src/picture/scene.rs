//! Items taken apart: what of each lies on which layer.

use std::collections::{BTreeMap, HashSet};

use kiapi_gen::board::types::{
    BoardText, DrillProperties, Field, FootprintInstance, Item, Net, Pad, PadStack, PadType, Via, ViaType,
    Zone,
};
use kiapi_gen::common::types::Kiid;

use super::contents::{Child, Contents, children, fields, own_fields};
use super::pad::{Place, face, hole};
use super::path::{Bounds, Path, Point, at, degrees, distance, point, polygon};
use super::shape::{Element, Form, HAIRLINE, Shape};
use super::text::{Scope, drawn, in_box, knockout};
use super::theme::is_copper;
use super::{dimension, graphic, image, pad, zone};
use crate::Layer;

/// What lies on what within a layer, the lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Images,
    Zones,
    Items,
    Pads,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hole {
    /// Of a via.
    Via,
    /// Of a pad, with plating.
    Plated,
    /// Of a pad, without.
    Bare,
}

/// Everything that is drawn, by where it lies.
#[derive(Debug, Default)]
pub(super) struct Scene {
    pub(super) layers: BTreeMap<i32, BTreeMap<Level, Vec<Element>>>,
    pub(super) holes: Vec<(Hole, Element)>,
}

impl Scene {
    #[inline]
    pub(super) fn new(contents: &Contents, is_shown: &dyn Fn(Layer) -> bool) -> Self {
        let scope = Scope { fields: None, variables: &contents.variables };
        let mut builder = Builder { contents, is_shown, scene: Self::default(), seen: HashSet::new() };
        // Footprints first: a pad that comes alone as well is to be known by its footprint.
        let (footprints, others): (Vec<&Item>, Vec<&Item>) =
            contents.items.iter().partition(|item| matches!(item, Item::FootprintInstance(_)));
        for item in footprints.into_iter().chain(others) {
            builder.item(item, &Owner { name: String::new(), scope });
        }
        builder.scene
    }

    /// What the shapes on a layer cover.
    #[inline]
    pub(super) fn bounds(&self, layer: Layer) -> Bounds {
        let mut bounds = Bounds::default();
        for element in self.layers.get(&layer.0).into_iter().flat_map(BTreeMap::values).flatten() {
            bounds.join(element.bounds());
        }
        bounds
    }
}

/// Whom an item belongs to.
struct Owner<'a> {
    /// The reference of its footprint.
    name: String,
    scope: Scope<'a>,
}

impl Owner<'_> {
    #[inline]
    fn title(&self, what: &str) -> String {
        if self.name.is_empty() {
            what.to_owned()
        } else {
            format!("{} {what}", self.name).trim_end().to_owned()
        }
    }
}

struct Builder<'a> {
    contents: &'a Contents,
    is_shown: &'a dyn Fn(Layer) -> bool,
    scene: Scene,
    seen: HashSet<String>,
}

impl Builder<'_> {
    #[inline]
    fn put(&mut self, layer: Layer, level: Level, element: Element) {
        if !element.shapes.is_empty() && (self.is_shown)(layer) {
            self.scene.layers.entry(layer.0).or_default().entry(level).or_default().push(element);
        }
    }

    /// Whether an item is met for the first time.
    #[inline]
    fn is_new(&mut self, id: &str) -> bool {
        id.is_empty() || self.seen.insert(id.to_owned())
    }

    #[inline]
    fn item(&mut self, item: &Item, owner: &Owner<'_>) {
        let known = |id: &Option<Kiid>| id.as_ref().map(|id| id.value.clone()).unwrap_or_default();
        let id = match item {
            Item::Arc(item) => known(&item.id),
            Item::Barcode(item) => known(&item.id),
            Item::BoardGraphicShape(item) => known(&item.id),
            Item::BoardText(item) => known(&item.id),
            Item::BoardTextBox(item) => known(&item.id),
            Item::Dimension(item) => known(&item.id),
            Item::FootprintInstance(item) => known(&item.id),
            Item::Pad(item) => known(&item.id),
            Item::ReferenceImage(item) => known(&item.id),
            Item::Track(item) => known(&item.id),
            Item::Via(item) => known(&item.id),
            Item::Zone(item) => known(&item.id),
            // A group only names what is drawn anyway, and of what is not known there is nothing to draw.
            _ => return,
        };
        if !self.is_new(&id) {
            return;
        }
        match item {
            Item::Track(track) => {
                let path = Path::line([point(track.start.as_ref()), point(track.end.as_ref())]);
                let shape = Shape::lines(path, distance(track.width.as_ref()).max(0.0));
                self.put(track.layer, Level::Items, Element::new("track", &id, net(&track.net), vec![shape]));
            }
            Item::Arc(arc) => {
                let [start, mid, end] = [&arc.start, &arc.mid, &arc.end].map(|end| point(end.as_ref()));
                let mut path = Path::line([start]);
                path.arc_through(start, mid, end);
                let shape = Shape::lines(path, distance(arc.width.as_ref()).max(0.0));
                self.put(arc.layer, Level::Items, Element::new("track", &id, net(&arc.net), vec![shape]));
            }
            Item::Via(via) => self.via(via, &id),
            Item::Pad(pad) => self.pad(pad, &id, owner),
            Item::Zone(zone) => self.zone(zone, &id, owner),
            Item::BoardGraphicShape(graphic) => {
                let shapes = graphic.shape.as_ref().map(|shape| graphic::shapes(shape, |point| point));
                let title = owner.title(&net(&graphic.net));
                let element = Element::new("graphic", &id, title, shapes.unwrap_or_default());
                self.put(graphic.layer, Level::Items, element);
            }
            Item::BoardText(text) => self.text(text, &id, "text", owner),
            Item::BoardTextBox(text) => {
                let Some(text_box) = &text.textbox else {
                    return;
                };
                let (a, b) = (point(text_box.top_left.as_ref()), point(text_box.bottom_right.as_ref()));
                let corners = [a, at(b.x, a.y), b, at(a.x, b.y)];
                let mut shapes = vec![Shape::lines(Path::polygon(corners), 2.0 * HAIRLINE)];
                shapes.extend(self.contents.strokes.shapes(&in_box(text_box, owner.scope)));
                self.put(text.layer, Level::Items, Element::new("text-box", &id, owner.title(""), shapes));
            }
            Item::Dimension(dimension) => {
                let text = dimension.text.as_ref().map(|text| drawn(text, owner.scope));
                let strokes = text.map_or_else(Vec::new, |text| self.contents.strokes.shapes(&text));
                let mut around = Bounds::default();
                for shape in &strokes {
                    around.join(shape.bounds());
                }
                let mut shapes = dimension::shapes(dimension, around);
                shapes.extend(strokes);
                self.put(
                    dimension.layer,
                    Level::Items,
                    Element::new("dimension", &id, owner.title(""), shapes),
                );
            }
            Item::ReferenceImage(image) => {
                let shapes = image::shape(image).into_iter().collect();
                self.put(image.layer, Level::Images, Element::new("image", &id, owner.title(""), shapes));
            }
            Item::Barcode(barcode) => {
                // KiCad does not send the bars, so there is a frame where they are.
                let size = at(distance(barcode.width.as_ref()), distance(barcode.height.as_ref())).times(0.5);
                let middle = point(barcode.position.as_ref());
                let angle = degrees(barcode.orientation.as_ref());
                let corners = [at(-size.x, -size.y), at(size.x, -size.y), size, at(-size.x, size.y)];
                let path = Path::polygon(corners.map(|corner| middle.plus(corner.turned(angle))));
                let shapes = vec![Shape::lines(path, 2.0 * HAIRLINE)];
                self.put(
                    barcode.layer,
                    Level::Items,
                    Element::new("barcode", &id, barcode.text.clone(), shapes),
                );
            }
            Item::FootprintInstance(footprint) => self.footprint(footprint, owner),
            _ => {}
        }
    }

    #[inline]
    fn footprint(&mut self, footprint: &FootprintInstance, owner: &Owner<'_>) {
        let fields = fields(footprint);
        let name = fields.get("REFERENCE").cloned().unwrap_or_default();
        let owner = Owner { name, scope: Scope { fields: Some(&fields), ..owner.scope } };
        for field in own_fields(footprint) {
            self.field(field, &owner);
        }
        for child in children(footprint) {
            match child {
                Child::Field(field) => self.field(&field, &owner),
                Child::Item(item) if matches!(*item, Item::FootprintInstance(_)) => {}
                Child::Item(item) => self.item(&item, &owner),
            }
        }
    }

    #[inline]
    fn field(&mut self, field: &Field, owner: &Owner<'_>) {
        if let Some(text) = field.text.as_ref().filter(|_| field.visible) {
            let id = text.id.as_ref().map(|id| id.value.clone()).unwrap_or_default();
            if self.is_new(&id) {
                self.text(text, &id, "field", owner);
            }
        }
    }

    #[inline]
    fn text(&mut self, text: &BoardText, id: &str, class: &'static str, owner: &Owner<'_>) {
        let Some(inner) = &text.text else {
            return;
        };
        let inner = drawn(inner, owner.scope);
        let strokes = self.contents.strokes.shapes(&inner);
        let title = owner.title("");
        let is_drawn =
            !strokes.is_empty() && !strokes.iter().any(|shape| matches!(shape.form, Form::Text(_)));
        // How large the box has to be is known from strokes only.
        let element = if text.knockout && is_drawn {
            let path = knockout(&inner, &strokes);
            Element::new(class, id, title, vec![Shape::filled(path)]).cut(strokes)
        } else {
            Element::new(class, id, title, strokes)
        };
        self.put(text.layer, Level::Items, element);
    }

    #[inline]
    fn via(&mut self, via: &Via, id: &str) {
        let Some(stack) = &via.pad_stack else {
            return;
        };
        let place = Place::new(point(via.position.as_ref()), stack);
        let title = net(&via.net);
        let mut is_shown = false;
        for layer in via_layers(via, stack) {
            is_shown |= (self.is_shown)(layer);
            let shapes = face(stack, layer).map(|face| pad::shapes(face, place, 0.0)).unwrap_or_default();
            self.put(layer, Level::Pads, Element::new("via", id, title.clone(), shapes));
        }
        if is_shown {
            self.hole(stack.drill.as_ref(), place, Hole::Via, id, title);
        }
    }

    #[inline]
    fn pad(&mut self, pad: &Pad, id: &str, owner: &Owner<'_>) {
        let Some(stack) = &pad.pad_stack else {
            return;
        };
        let place = Place::new(point(pad.position.as_ref()), stack);
        let number = if pad.number.is_empty() { String::new() } else { format!("pad {}", pad.number) };
        let title = [owner.title(&number), net(&pad.net)];
        let title =
            title.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(", ");
        let is_bare = pad.r#type == PadType::NPTH;
        let mut is_shown = false;
        for &layer in &stack.layers {
            is_shown |= is_copper(layer) && (self.is_shown)(layer);
            let shapes = self.pad_shapes(stack, layer, place, id);
            // A hole that takes all of the pad leaves no copper.
            let is_hole_only = is_bare && is_copper(layer) && is_all_hole(stack, layer);
            if !is_hole_only {
                self.put(layer, Level::Pads, Element::new("pad", id, title.clone(), shapes));
            }
        }
        if is_shown {
            let kind = if is_bare { Hole::Bare } else { Hole::Plated };
            self.hole(stack.drill.as_ref(), place, kind, id, title);
        }
    }

    #[inline]
    fn pad_shapes(&self, stack: &PadStack, layer: Layer, place: Place, id: &str) -> Vec<Shape> {
        let (margin, copper) = match layer {
            Layer::F_MASK | Layer::F_PASTE => (outer_margin(stack, layer), Layer::F_CU),
            Layer::B_MASK | Layer::B_PASTE => (outer_margin(stack, layer), Layer::B_CU),
            Layer::B_SILKS | Layer::B_ADHES | Layer::B_CRTYD | Layer::B_FAB => (0.0, Layer::B_CU),
            copper if is_copper(copper) => (0.0, copper),
            _ => (0.0, Layer::F_CU),
        };
        if let Some(outline) = self.contents.pads.get(&(id.to_owned(), copper.0)).filter(|_| margin >= 0.0) {
            return vec![Shape::filled(polygon(outline)).grown(margin)];
        }
        face(stack, copper).map(|face| pad::shapes(face, place, margin)).unwrap_or_default()
    }

    #[inline]
    fn hole(&mut self, drill: Option<&DrillProperties>, place: Place, kind: Hole, id: &str, title: String) {
        if let Some(shape) = drill.and_then(|drill| hole(drill, place)) {
            self.scene.holes.push((kind, Element::new("hole", id, title, vec![shape])));
        }
    }

    #[inline]
    fn zone(&mut self, zone: &Zone, id: &str, owner: &Owner<'_>) {
        let of = match &zone.settings {
            Some(kiapi_gen::board::types::zone::Settings::CopperSettings(settings)) => net(&settings.net),
            _ => String::new(),
        };
        let title = [owner.title(&zone.name), of];
        let title =
            title.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(", ");
        for fill in &zone.filled_polygons {
            // A shape for each polygon: where two touch, neither makes a hole in the other.
            let shapes =
                fill.shapes.iter().flat_map(|set| &set.polygons).map(|one| Shape::filled(polygon(one)));
            let element = Element::new("zone", id, title.clone(), shapes.collect());
            self.put(fill.layer, Level::Zones, element);
        }
        let border = zone::border(zone);
        for &layer in &zone.layers {
            self.put(layer, Level::Items, Element::new("border", id, title.clone(), border.clone()));
        }
    }
}

#[inline]
fn net(net: &Option<Net>) -> String {
    net.as_ref().map(|net| net.name.clone()).unwrap_or_default()
}

/// The copper layers that a via joins.
#[inline]
fn via_layers(via: &Via, stack: &PadStack) -> impl Iterator<Item = Layer> {
    let drill = stack.drill.as_ref();
    let ends = drill.map_or((Layer::UNKNOWN, Layer::UNKNOWN), |drill| (drill.start_layer, drill.end_layer));
    let is_partial = !matches!(via.r#type, ViaType::THROUGH | ViaType::UNKNOWN);
    let (start, end) = match ends {
        (start, end) if is_partial && is_copper(start) && is_copper(end) => (start, end),
        _ => (Layer::F_CU, Layer::B_CU),
    };
    (start.0.min(end.0)..=start.0.max(end.0)).map(Layer)
}

/// By how much the opening of a mask or a stencil is larger than its pad.
#[inline]
fn outer_margin(stack: &PadStack, layer: Layer) -> f64 {
    let outer = match layer {
        Layer::F_MASK | Layer::F_PASTE => stack.front_outer_layers.as_ref(),
        _ => stack.back_outer_layers.as_ref(),
    };
    let Some(outer) = outer else {
        return 0.0;
    };
    if matches!(layer, Layer::F_MASK | Layer::B_MASK) {
        outer.solder_mask_settings.as_ref().map_or(0.0, |mask| distance(mask.solder_mask_margin.as_ref()))
    } else {
        outer.solder_paste_settings.as_ref().map_or(0.0, |paste| distance(paste.solder_paste_margin.as_ref()))
    }
}

#[inline]
fn is_all_hole(stack: &PadStack, layer: Layer) -> bool {
    let size = face(stack, layer).map_or(Point::default(), |face| point(face.size.as_ref()));
    let drill = stack.drill.as_ref().map_or(Point::default(), |drill| point(drill.diameter.as_ref()));
    drill.x >= size.x && drill.y.max(drill.x) >= size.y
}

/// What lies on a layer, for the outline of the board.
#[inline]
pub(super) fn edge_shapes(contents: &Contents) -> Vec<Shape> {
    let scene = Scene::new(contents, &|layer| layer == Layer::EDGE_CUTS);
    let elements = scene.layers.into_values().flat_map(BTreeMap::into_values).flatten();
    elements.filter(|element| element.class == "graphic").flat_map(|element| element.shapes).collect()
}
