//! Stitches vias along the zones of a net, and fills the zones anew.

pub mod obstacle;
pub mod pattern;
pub mod settings;

use std::collections::BTreeSet;
use std::time::Duration;

use kiapi::geometry::{Arc as Curve, Bezier, PolygonWithHoles, bounds};
use kiapi::items::Geometry;
use kiapi::{
    Board, Box2, Id, Item, Layer, Nm, ObjectType, Pad, PadStack, Shape, Text, TextBox, Vector2, Via, Zone,
};

use crate::obstacle::Obstacle;
use crate::pattern::Area;
use crate::settings::Settings;

/// What can go wrong.
pub type Error = Box<dyn std::error::Error>;

/// How long KiCad may take to fill the zones.
const FILL: Duration = Duration::from_secs(300);
/// How exactly curves are made of lines.
const EXACTNESS: Nm = Nm(1_000);

/// Stitches the zones that are selected, or all of a net, as the project's text variables and the arguments say. Gives a
/// sentence for the person.
///
/// # Errors
///
/// What KiCad says, and a sentence for settings that cannot be read and for nets without zones.
pub fn run(board: &Board, arguments: &[String]) -> Result<String, Error> {
    let settings = Settings::read(&board.text_variables()?, arguments)?;
    let selected = board.selection_of([ObjectType::PCB_ZONE])?;
    let selected: Vec<Id> = selected.iter().filter_map(Item::id).collect();
    let is_meant = |zone: &Zone| {
        let has_net = zone.net().is_some_and(|net| selected.is_empty() && net == settings.net);
        !zone.is_rule_area()
            && zone.net().is_some()
            && (has_net || zone.id().is_some_and(|id| selected.contains(&id)))
    };
    let find = |zones: &[Zone]| zones.iter().filter(|zone| is_meant(zone)).cloned().collect::<Vec<_>>();
    let mut all = board.zones()?;
    let mut zones = find(&all);
    if zones.is_empty() {
        return Err(match selected.len() {
            0 => {
                format!("there is no zone of the net {}; select one, or set STITCH_NET", settings.net).into()
            }
            _ => "no zone that is selected is on a net".into(),
        });
    }
    // Vias go into copper, so there must be some.
    if zones.iter().any(|zone| !zone.is_filled()) {
        board.refill_zones()?.wait(FILL)?;
        all = board.zones()?;
        zones = find(&all);
    }
    let mut nets: Vec<String> = zones.iter().filter_map(|zone| zone.net().map(str::to_owned)).collect();
    nets.sort();
    nets.dedup();
    let mut vias: Vec<Via> = Vec::new();
    let mut remarks = String::new();
    for net in &nets {
        let of_net: Vec<&Zone> = zones.iter().filter(|zone| zone.net() == Some(net)).collect();
        let (diameter, drill) = settings.sizes(usual_sizes(board, net)?)?;
        let mut obstacles = obstacles(board, net, &all, &settings, diameter.scaled(0.5))?;
        // Those of the nets before.
        obstacles.extend(vias.iter().map(|via| {
            let reach = (diameter + via.diameter()).scaled(0.5) + settings.clearance;
            Obstacle::segment(via.position(), via.position(), reach)
        }));
        vias.extend(
            places(&of_net, &obstacles, &settings, diameter.scaled(0.5)).into_iter().map(|at| {
                Via::new().with_position(at).with_diameter(diameter).with_drill(drill).with_net(net)
            }),
        );
        let layers: BTreeSet<i32> = all
            .iter()
            .filter(|zone| zone.net() == Some(net))
            .flat_map(|zone| zone.layers().iter().map(|layer| layer.0))
            .collect();
        if layers.len() == 1 {
            remarks += &format!("; the zones of {net} are all on one layer, so nothing is connected yet");
        }
    }
    let count = vias.len();
    if count > 0 {
        board.commit("stitch vias", |edit| edit.create(vias))?;
        board.refill_zones()?.wait(FILL)?;
    }
    Ok(format!("{count} vias along {}{remarks}", nets.join(", ")))
}

/// The diameter of vias and of their holes that the net class of a net has.
fn usual_sizes(board: &Board, net: &str) -> Result<Option<(Nm, Nm)>, Error> {
    let classes = board.net_class_of([net])?;
    let stack =
        classes.get(net).and_then(|class| class.board.as_ref()).and_then(|board| board.via_stack.clone());
    Ok(stack.map(PadStack::from).and_then(|stack| {
        let (diameter, drill) = (stack.size().x, stack.drill()?.size().x);
        (drill > Nm::ZERO && diameter > drill).then_some((diameter, drill))
    }))
}

/// The places for vias in zones of one net.
fn places(zones: &[&Zone], obstacles: &[Obstacle], settings: &Settings, radius: Nm) -> Vec<Vector2> {
    let mut found: Vec<Vector2> = Vec::new();
    for zone in zones {
        let outlines: Vec<Area> = zone.polygons().iter().map(Area::of).collect();
        let layers = zone.layers().iter();
        let copper: Vec<Area> =
            layers.flat_map(|layer| zone.filled_on(*layer)).map(|it| Area::of(&it)).collect();
        let places = pattern::points(&outlines, &copper, obstacles, settings.spacing, radius);
        // Zones on several layers have places in common.
        found.extend(places);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// All that vias of a net must keep away from. They go through the whole board, so it is that of all layers.
///
/// # Errors
///
/// What KiCad says.
fn obstacles(
    board: &Board,
    net: &str,
    zones: &[Zone],
    settings: &Settings,
    radius: Nm,
) -> Result<Vec<Obstacle>, Error> {
    let apart = radius + settings.clearance;
    let is_other = |it: Option<&str>| it != Some(net);
    let mut found = Vec::new();
    for track in board.tracks()?.iter().filter(|it| is_other(it.net())) {
        found.push(Obstacle::segment(track.start(), track.end(), apart + track.width().scaled(0.5)));
    }
    for arc in board.arcs()?.iter().filter(|it| is_other(it.net())) {
        let points = Curve::new(arc.start(), arc.mid(), arc.end()).flattened(EXACTNESS);
        found.extend(lines(&points, apart + arc.width().scaled(0.5)));
    }
    // Two holes must not meet, so vias and pads of the net itself are kept away from too.
    for via in board.vias()? {
        let size = via.diameter().max(via.drill());
        found.push(Obstacle::segment(via.position(), via.position(), apart + size.scaled(0.5)));
    }
    found.extend(of_pads(board, apart)?);
    found.extend(of_zones(net, zones, apart, radius));
    found.extend(of_drawings(board, apart, radius + settings.edge)?);
    Ok(found)
}

/// The copper of pads as KiCad makes it on each layer, and the holes of those that have none.
fn of_pads(board: &Board, apart: Nm) -> Result<Vec<Obstacle>, Error> {
    let pads = board.pads()?;
    let mut found = Vec::new();
    let copper = board.enabled_layers()?.into_iter().filter(|layer| layer.is_copper());
    for layer in copper {
        let here: Vec<&Pad> = pads
            .iter()
            .filter(|pad| pad.pad_stack().is_some_and(|stack| stack.layers().contains(&layer)))
            .collect();
        let polygons = board.pad_polygons(here.iter().filter_map(|pad| pad.id()), layer)?;
        for polygon in polygons.iter().flatten() {
            let corners = polygon.outline.flattened(EXACTNESS);
            found.extend(Obstacle::polygon(corners, apart));
        }
    }
    for pad in &pads {
        let Some(size) = pad.pad_stack().and_then(|stack| stack.drill()).map(|drill| drill.size()) else {
            continue;
        };
        let reach = apart + size.x.max(size.y).scaled(0.5);
        found.push(Obstacle::segment(pad.position(), pad.position(), reach));
    }
    Ok(found)
}

/// The copper of zones of other nets, and areas in which no via may be.
fn of_zones(net: &str, zones: &[Zone], apart: Nm, radius: Nm) -> Vec<Obstacle> {
    let mut found = Vec::new();
    let corners = |polygon: &PolygonWithHoles| polygon.outline.flattened(EXACTNESS);
    for zone in zones {
        if zone.is_rule_area() {
            if zone.vias_forbidden() {
                found.extend(zone.polygons().iter().filter_map(|it| Obstacle::polygon(corners(it), radius)));
            }
        } else if zone.net() != Some(net) {
            for layer in zone.layers() {
                found.extend(
                    zone.filled_on(*layer).iter().filter_map(|it| Obstacle::polygon(corners(it), apart)),
                );
            }
        }
    }
    found
}

/// The edge of the board, and what is drawn on copper.
fn of_drawings(board: &Board, apart: Nm, edge: Nm) -> Result<Vec<Obstacle>, Error> {
    let mut found = Vec::new();
    let mut shapes = board.shapes()?;
    let mut boxed: Vec<Id> = Vec::new();
    for footprint in board.footprints()? {
        shapes.extend(footprint.shapes());
        // Zones in footprints are rule areas in nearly all, and are kept away from as a whole.
        boxed.extend(footprint.zones().iter().filter_map(Zone::id));
        boxed.extend(footprint.texts().iter().filter(|it| it.layer().is_copper()).filter_map(Text::id));
    }
    boxed.extend(board.texts()?.iter().filter(|it| it.layer().is_copper()).filter_map(Text::id));
    boxed.extend(board.text_boxes()?.iter().filter(|it| it.layer().is_copper()).filter_map(TextBox::id));
    for shape in &shapes {
        let reach = match shape.layer() {
            Layer::EDGE_CUTS => edge,
            layer if layer.is_copper() => apart,
            _ => continue,
        };
        found.extend(of_shape(shape, reach + shape.stroke_width().scaled(0.5)));
    }
    for around in board.bounding_boxes(boxed)?.into_iter().flatten() {
        found.extend(Obstacle::polygon(around.corners().to_vec(), apart));
    }
    Ok(found)
}

/// A drawn shape: its lines, and what they enclose if that is filled.
fn of_shape(shape: &Shape, reach: Nm) -> Vec<Obstacle> {
    let is_filled = shape.is_filled() && shape.layer() != Layer::EDGE_CUTS;
    let closed = |mut points: Vec<Vector2>| {
        if is_filled {
            return Obstacle::polygon(points, reach).into_iter().collect();
        }
        points.extend(points.first().copied());
        lines(&points, reach)
    };
    match shape.geometry() {
        Some(Geometry::Segment { start, end }) => vec![Obstacle::segment(start, end, reach)],
        Some(Geometry::Rectangle { top_left, bottom_right, .. }) => {
            closed(Box2::new(top_left, bottom_right).corners().to_vec())
        }
        Some(Geometry::Circle { center, radius_point }) => {
            let opposite = center - (radius_point - center);
            closed(Curve::new(radius_point, opposite, radius_point).flattened(EXACTNESS))
        }
        Some(Geometry::Arc { start, mid, end }) => {
            lines(&Curve::new(start, mid, end).flattened(EXACTNESS), reach)
        }
        Some(Geometry::Bezier { start, control1, control2, end }) => {
            lines(&Bezier { start, control1, control2, end }.flattened(EXACTNESS), reach)
        }
        Some(Geometry::Polygon(polygons)) => {
            polygons.iter().flat_map(|polygon| closed(polygon.outline.flattened(EXACTNESS))).collect()
        }
        // A kind that a newer KiCad has: its box is kept free.
        _ => bounds(&shape.as_proto().clone().into())
            .and_then(|around| Obstacle::polygon(around.corners().to_vec(), reach))
            .into_iter()
            .collect(),
    }
}

fn lines(points: &[Vector2], reach: Nm) -> Vec<Obstacle> {
    points.windows(2).map(|pair| Obstacle::segment(pair[0], pair[1], reach)).collect()
}
