//! Items that are drawn in a colour of their own, on top of all others.

use std::collections::HashMap;
use std::fmt::Write as _;

use kiapi_gen::board::types::{BoardText, FootprintInstance, Item};
use kiapi_gen::common::types::Kiid;

use super::contents::{Child, Contents, children, own_fields};
use super::scene::{Hole, Level, Scene};
use super::shape::Element;
use super::{Color, Picture, paint};
use crate::{Id, Layer};

/// How much of what lies below the fill of a zone hides that is highlighted.
const AREA: f32 = 0.12;

/// The ids of what is highlighted, each with the place of its colour.
#[derive(Debug, Default)]
pub(super) struct Highlights(HashMap<String, usize>);

impl Highlights {
    /// The items, and all that belongs to the footprints among them. What is said last counts.
    #[inline]
    pub(super) fn new(said: &[(Vec<Id>, Color)], contents: &Contents) -> Self {
        let mut places = HashMap::new();
        for (place, (ids, _)) in said.iter().enumerate() {
            places.extend(ids.iter().map(|id| (id.to_string(), place)));
        }
        if !places.is_empty() {
            for item in &contents.items {
                if let Item::FootprintInstance(footprint) = item {
                    let place = footprint.id.as_ref().and_then(|id| places.get(id.value.as_str())).copied();
                    if let Some(place) = place {
                        places.extend(parts(footprint).into_iter().map(|id| (id, place)));
                    }
                }
            }
        }
        Self(places)
    }

    /// The place of an element's colour, if it has one.
    #[inline]
    pub(super) fn of(&self, element: &Element) -> Option<usize> {
        self.0.get(&element.id).copied()
    }
}

/// The ids of what belongs to a footprint.
#[inline]
fn parts(footprint: &FootprintInstance) -> Vec<String> {
    let mut ids = Vec::new();
    let mut add = |id: &Option<Kiid>| ids.extend(id.as_ref().map(|id| id.value.to_string()));
    let text = |text: &Option<BoardText>| text.as_ref().and_then(|text| text.id.clone());
    for field in own_fields(footprint) {
        add(&text(&field.text));
    }
    for child in children(footprint) {
        match child {
            Child::Field(field) => add(&text(&field.text)),
            Child::Item(mut item) => {
                if let Some(id) = item.id_mut() {
                    add(id);
                }
            }
        }
    }
    ids
}

impl Picture<'_> {
    /// Draws what is highlighted, from the lowest of the layers to the topmost, and its holes.
    #[inline]
    pub(super) fn draw_highlights(
        &self,
        scene: &Scene,
        layers: &[Layer],
        highlights: &Highlights,
        masks: &mut usize,
        svg: &mut String,
    ) {
        // Areas first, or they would hide all that is different within them.
        for is_area in [true, false] {
            for (place, (_, color)) in self.highlights.iter().enumerate() {
                let is_meant = |element: &&Element| highlights.of(element) == Some(place);
                let levels = layers.iter().filter_map(|layer| scene.layers.get(&layer.0)).flatten();
                let levels = levels.filter(|(level, _)| (**level == Level::Zones) == is_area);
                let mut elements = levels.flat_map(|(_, elements)| elements).filter(is_meant).peekable();
                if elements.peek().is_none() {
                    continue;
                }
                let color = if is_area { color.with_opacity(color.opacity * AREA) } else { *color };
                let _ = writeln!(svg, "<g class=\"highlight\"{}>", paint(color));
                let code = color.to_string();
                for element in elements {
                    element.write(&code, masks, svg);
                }
                svg.push_str("</g>\n");
            }
        }
        let holes: Vec<&(Hole, Element)> =
            scene.holes.iter().filter(|(_, element)| highlights.of(element).is_some()).collect();
        self.holes(&holes, "class=\"highlight holes\"", svg);
    }
}
