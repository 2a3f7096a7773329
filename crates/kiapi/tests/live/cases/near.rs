//! What is the same in what KiCad made of an item and in what we did, but for what KiCad works out anew.

use kiapi::api::board::types::dimension::DimensionStyle;
use kiapi::api::board::types::{DimensionTextPosition, Field, Item};
use kiapi::api::common::types;
use kiapi::api::common::types::graphic_shape::Geometry;
use kiapi::geometry;
use kiapi::{Angle, Box2, Layer, Nm, Vector2, deg};

/// Which KiCad it is, and how many layers of copper its board has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kicad {
    pub(super) is_10: bool,
    pub(super) copper_layers: u32,
}

/// How near two items are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Nearness {
    Different,
    /// But for what KiCad works out anew.
    Near,
    Equal,
}

pub(super) fn compare_items(found: &Item, expected: &Item, kicad: Kicad) -> Nearness {
    let mut expected = expected.clone();
    forgive_net(found, &mut expected);
    if lines(found) == lines(&expected) {
        return Nearness::Equal;
    }
    forgive(found, &mut expected, kicad);
    if lines(found) == lines(&expected) { Nearness::Near } else { Nearness::Different }
}

/// Copper takes the net of what it lies on when it was moved.
fn forgive_net(found: &Item, expected: &mut Item) {
    match (found, expected) {
        (Item::Track(found), Item::Track(expected)) => expected.net.clone_from(&found.net),
        (Item::Arc(found), Item::Arc(expected)) => expected.net.clone_from(&found.net),
        (Item::Via(found), Item::Via(expected)) => expected.net.clone_from(&found.net),
        _ => {}
    }
}

/// Makes what KiCad works out anew, and what is as near as can be, what KiCad has.
pub(super) fn forgive(found: &Item, expected: &mut Item, kicad: Kicad) {
    match (found, expected) {
        (Item::BoardGraphicShape(found), Item::BoardGraphicShape(expected)) => {
            let (Some(found), Some(expected)) = (&found.shape, &mut expected.shape) else {
                return;
            };
            match (&found.geometry, &mut expected.geometry) {
                // The middle of a drawn arc follows from its centre, which KiCad rounds, and is put half way by flipping.
                (Some(Geometry::Arc(found)), Some(Geometry::Arc(expected))) => {
                    let (theirs, ours) = (geometry::Arc::from(found), geometry::Arc::from(&*expected));
                    let radii = theirs.radius().zip(ours.radius());
                    let is_same_circle = radii.is_some_and(|(a, b)| (a - b).abs() <= Nm(100));
                    if is_same_circle && (theirs.sweep() - ours.sweep()).abs() < deg(0.1) {
                        expected.mid.clone_from(&found.mid);
                    }
                }
                // The same rectangle; which of its corners comes first depends on its past, and on the version.
                (Some(Geometry::Rectangle(found)), Some(Geometry::Rectangle(expected))) => {
                    let around =
                        |it: &types::GraphicRectangleAttributes| around(&it.top_left, &it.bottom_right);
                    if around(found) == around(expected) {
                        expected.top_left.clone_from(&found.top_left);
                        expected.bottom_right.clone_from(&found.bottom_right);
                    }
                }
                // The same corners from another one on, or the other way around.
                (Some(Geometry::Polygon(found)), Some(Geometry::Polygon(expected))) => {
                    let corners = |set: &types::PolySet| {
                        let mut lines: Vec<String> = set
                            .polygons
                            .iter()
                            .flat_map(|it| &it.outline)
                            .flat_map(|it| &it.nodes)
                            .map(|it| format!("{it:?}"))
                            .collect();
                        lines.sort();
                        lines
                    };
                    if corners(found) == corners(expected) {
                        expected.clone_from(found);
                    }
                }
                _ => {}
            }
        }
        (Item::Dimension(found), Item::Dimension(expected)) => {
            let (Some(text), Some(ours)) = (&found.text, &mut expected.text) else {
                return;
            };
            let degrees = |text: &types::Text| {
                text.attributes.as_ref().and_then(|it| it.angle.as_ref()).map(Angle::from).unwrap_or_default()
            };
            // At odd angles, what is measured along an axis changes, and with it the text.
            if matches!(expected.dimension_style, Some(DimensionStyle::Orthogonal(_))) {
                ours.text.clone_from(&text.text);
            }
            // KiCad puts the text where it belongs, unless a person put it elsewhere.
            if found.text_position != DimensionTextPosition::MANUAL {
                ours.position.clone_from(&text.position);
            }
            forgive_point(&text.position, &mut ours.position);
            // The text of a radius is turned by whole degrees.
            let is_radial = matches!(expected.dimension_style, Some(DimensionStyle::Radial(_)));
            let off = (degrees(text) - degrees(ours)).normalized_180().abs();
            let is_turned_alike = off < deg(if is_radial { 0.51 } else { 1e-4 });
            if let (true, Some(theirs), Some(ours)) =
                (is_turned_alike, &text.attributes, &mut ours.attributes)
            {
                ours.angle.clone_from(&theirs.angle);
            }
        }
        (Item::Pad(found), Item::Pad(expected)) => {
            let (Some(found), Some(expected)) = (&found.pad_stack, &mut expected.pad_stack) else {
                return;
            };
            // A pad may list copper that the board does not have; flipping takes it off on a board of four layers or more.
            let has = |layer: &Layer| {
                !layer.is_inner_copper() || Layer::copper(kicad.copper_layers).any(|known| known == *layer)
            };
            if found.layers.iter().eq(expected.layers.iter().filter(|layer| has(layer))) {
                expected.layers.clone_from(&found.layers);
            }
            // Which end of a drill through the board comes first.
            if let (Some(theirs), Some(ours)) = (&found.drill, &mut expected.drill)
                && (theirs.start_layer, theirs.end_layer) == (ours.end_layer, ours.start_layer)
            {
                (ours.start_layer, ours.end_layer) = (theirs.start_layer, theirs.end_layer);
            }
        }
        (Item::BoardTextBox(found), Item::BoardTextBox(expected)) => {
            if let (Some(found), Some(expected)) = (&found.textbox, &mut expected.textbox) {
                let around = |it: &types::TextBox| around(&it.top_left, &it.bottom_right);
                if around(found) == around(expected) {
                    expected.top_left.clone_from(&found.top_left);
                    expected.bottom_right.clone_from(&found.bottom_right);
                }
                // KiCad 9 forgets that a text box which is flipped from top to bottom is upside down.
                let degrees = |it: &types::TextBox| {
                    it.attributes
                        .as_ref()
                        .and_then(|it| it.angle.as_ref())
                        .map(Angle::from)
                        .unwrap_or_default()
                };
                let off = (degrees(found) - degrees(expected)).normalized();
                if (off == Angle::ZERO || (off == Angle::HALF && !kicad.is_10))
                    && let (Some(theirs), Some(ours)) = (&found.attributes, &mut expected.attributes)
                {
                    ours.angle.clone_from(&theirs.angle);
                }
            }
        }
        // KiCad wants it filled anew, and drops the fill or keeps it until then.
        (Item::Zone(found), Item::Zone(expected)) if expected.filled && !found.filled => {
            expected.filled = false;
            expected.filled_polygons.clone_from(&found.filled_polygons);
        }
        (Item::BoardText(found), Item::BoardText(expected)) => {
            forgive_last_bits(found.text.as_ref(), expected.text.as_mut());
        }
        (Item::FootprintInstance(found), Item::FootprintInstance(expected)) => {
            let fields = [
                (&found.reference_field, &mut expected.reference_field),
                (&found.value_field, &mut expected.value_field),
                (&found.datasheet_field, &mut expected.datasheet_field),
                (&found.description_field, &mut expected.description_field),
            ];
            for (found, expected) in fields {
                let theirs = found.as_ref().and_then(|field| field.text.as_ref()?.text.as_ref());
                let ours = expected.as_mut().and_then(|field| field.text.as_mut()?.text.as_mut());
                forgive_last_bits(theirs, ours);
            }
            let (Some(found), Some(expected)) = (&found.definition, &mut expected.definition) else {
                return;
            };
            for (found, expected) in found.items.iter().zip(&mut expected.items) {
                let items = Item::from_any(found.clone()).ok().zip(Item::from_any(expected.clone()).ok());
                if let Some((found, mut ours)) = items {
                    forgive_net(&found, &mut ours);
                    forgive(&found, &mut ours, kicad);
                    *expected = ours.to_any();
                }
            }
        }
        _ => {}
    }
}

/// KiCad adds angles up in an order of its own: 72.69999999999999 degrees are 72.7.
fn forgive_last_bits(found: Option<&types::Text>, expected: Option<&mut types::Text>) {
    let theirs = found.and_then(|text| text.attributes.as_ref()?.angle.as_ref());
    let ours = expected.and_then(|text| text.attributes.as_mut()?.angle.as_mut());
    if let (Some(theirs), Some(ours)) = (theirs, ours)
        && (theirs.value_degrees - ours.value_degrees).abs() < 1e-9
    {
        ours.value_degrees = theirs.value_degrees;
    }
}

fn forgive_point(found: &Option<types::Vector2>, expected: &mut Option<types::Vector2>) {
    if let (Some(theirs), Some(ours)) = (found, &mut *expected)
        && Vector2::from(theirs).distance_to(Vector2::from(&*ours)) <= Nm(3)
    {
        *expected = Some(theirs.clone());
    }
}

fn around(a: &Option<types::Vector2>, b: &Option<types::Vector2>) -> Option<Box2> {
    Some(Box2::new(a.as_ref()?.into(), b.as_ref()?.into()))
}

/// The fields of an item, with its children unpacked.
pub(super) fn lines(item: &Item) -> Vec<String> {
    let mut text = format!("{item:#?}").replace("-0.0,", "0.0,");
    if let Item::FootprintInstance(footprint) = item {
        for any in footprint.definition.iter().flat_map(|definition| &definition.items) {
            match Item::from_any(any.clone()) {
                Ok(Item::Unknown(any)) if any.is::<Field>() => {
                    text += &format!("\n{:#?}", any.unpack::<Field>());
                }
                Ok(child) => text += &format!("\n{child:#?}").replace("-0.0,", "0.0,"),
                Err(error) => text += &format!("\n{error}"),
            }
        }
    }
    text.lines().map(str::to_owned).collect()
}
