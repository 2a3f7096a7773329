//! Turning and flipping, compared with what KiCad does to the same items when a person turns and flips them.

use std::collections::{BTreeMap, HashMap};

use kiapi::api::board::commands::{BoardFlipDirection, FlipItems, GetBoardEnabledLayers};
use kiapi::api::board::types::{BoardTextBox, Item};
use kiapi::api::common::commands::{
    AddToSelection, ClearSelection, CreateItems, DeleteItems, GetItems, ItemStatusCode, RunAction,
    RunActionStatus,
};
use kiapi::api::common::types::graphic_shape::Geometry;
use kiapi::api::common::types::{self, KiCadObjectType as Kind, Kiid, LockedState};
use kiapi::geometry::{FlipDirection, PolyLine, flip, position, rotate};
use kiapi::{Angle, Command, Nm, OpenEnum, Vector2, deg};

use super::Check;
use super::near::{Kicad, Nearness, compare_items, forgive, lines};
use crate::samples;
use crate::session::{Outcome, Session, check};

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check { name: "rotating_is_what_kicad_does", run: rotating },
        Check { name: "flipping_is_what_kicad_does", run: flipping },
        Check { name: "flipping_is_what_flip_items_does", run: flipping_by_command },
    ]
}

/// The types that `GetItems` knows, on 9.0 too.
const KINDS: [Kind; 8] = [
    Kind::PCB_FOOTPRINT,
    Kind::PCB_SHAPE,
    Kind::PCB_TEXT,
    Kind::PCB_TEXTBOX,
    Kind::PCB_TRACE,
    Kind::PCB_VIA,
    Kind::PCB_ARC,
    Kind::PCB_ZONE,
];
const KINDS_OF_10: [Kind; 3] = [Kind::PCB_DIMENSION, Kind::PCB_BARCODE, Kind::PCB_REFERENCE_IMAGE];
/// How many items of a type are tried beside our own; an action takes KiCad a good part of a second.
const LIMIT: usize = 12;

fn limit() -> usize {
    std::env::var("KIAPI_LIVE_LIMIT").ok().and_then(|limit| limit.parse().ok()).unwrap_or(LIMIT)
}

fn kinds(session: &Session) -> Vec<Kind> {
    let newer = if is_10(session) { &KINDS_OF_10[..] } else { &[] };
    KINDS.iter().chain(newer).copied().collect()
}

fn is_10(session: &Session) -> bool {
    FlipItems::SINCE <= session.version()
}

fn items(session: &Session, kind: Kind) -> Outcome<HashMap<String, Item>> {
    let response = session.call(&GetItems::new().with_header(session.header()).with_types([kind]))?;
    let items: Result<Vec<Item>, _> = response.items.into_iter().map(Item::from_any).collect();
    Ok(items?.into_iter().filter_map(|item| Some((id(&item)?, item))).collect())
}

fn id(item: &Item) -> Option<String> {
    let id = match item {
        Item::Arc(it) => &it.id,
        Item::Barcode(it) => &it.id,
        Item::BoardGraphicShape(it) => &it.id,
        Item::BoardText(it) => &it.id,
        Item::BoardTextBox(it) => &it.id,
        Item::Dimension(it) => &it.id,
        Item::FootprintInstance(it) => &it.id,
        Item::Pad(it) => &it.id,
        Item::ReferenceImage(it) => &it.id,
        Item::Track(it) => &it.id,
        Item::Via(it) => &it.id,
        Item::Zone(it) => &it.id,
        _ => return None,
    };
    id.as_ref().map(|id| id.value.to_string())
}

/// An item that is locked is left alone by KiCad's actions.
fn is_locked(item: &Item) -> bool {
    let locked = match item {
        Item::Arc(it) => it.locked,
        Item::Barcode(it) => it.locked,
        Item::BoardGraphicShape(it) => it.locked,
        Item::BoardText(it) => it.locked,
        Item::BoardTextBox(it) => it.locked,
        Item::Dimension(it) => it.locked,
        Item::FootprintInstance(it) => it.locked,
        Item::ReferenceImage(it) => it.locked,
        Item::Track(it) => it.locked,
        Item::Via(it) => it.locked,
        Item::Zone(it) => it.locked,
        _ => LockedState::LOCKED,
    };
    locked == LockedState::LOCKED
}

fn create(session: &Session, item: &Item) -> Outcome<Kiid> {
    let create = CreateItems::new().with_header(session.header()).with_items([item.to_any()]);
    let response = session.call(&create)?;
    let [row] = response.created_items.as_slice() else {
        return Err(format!("{} rows for one item", response.created_items.len()).into());
    };
    let status = row.status.clone().unwrap_or_default();
    check(status.code == ItemStatusCode::OK, || format!("{item:?} was not created: {status:?}"))?;
    let created = row.item.clone().map(Item::from_any).transpose()?;
    let id = created.as_ref().and_then(id).ok_or("what was created has no id")?;
    Ok(Kiid::new().with_value(id))
}

fn act(session: &Session, item: &str, action: &str) -> Outcome {
    let id = Kiid::new().with_value(item);
    session.call(&ClearSelection::new().with_header(session.header()))?;
    session.call(&AddToSelection::new().with_header(session.header()).with_items([id]))?;
    let status = session.call(&RunAction::new().with_action(action))?.status;
    check(status == RunActionStatus::OK, || format!("{action}: {status:?}"))
}

fn setting(name: &str) -> Outcome<String> {
    std::env::var(name).map_err(|_| format!("{name} is not set; start this with `cargo xtask live`").into())
}

fn rotating(session: &Session) -> Outcome {
    let step: f64 = setting("KIAPI_LIVE_ROTATION")?.parse()?;
    compare(
        session,
        // Run by name, the action turns clockwise, whichever of the two it is.
        |session, id| act(session, id, "pcbnew.InteractiveEdit.rotateCcw"),
        |item, about| rotate(item, about, deg(-step)).map_err(|error| error.to_string()),
        |before, after| turned_about(before, after, deg(-step)),
    )
}

fn flipping(session: &Session) -> Outcome {
    let direction = match setting("KIAPI_LIVE_FLIP")?.as_str() {
        "left-right" => FlipDirection::LeftRight,
        _ => FlipDirection::TopBottom,
    };
    let copper = copper_layers(session)?;
    compare(
        session,
        |session, id| act(session, id, "pcbnew.InteractiveEdit.flip"),
        |item, about| flip(item, about, direction, copper).map_err(|error| error.to_string()),
        Vector2::midpoint,
    )
}

fn flipping_by_command(session: &Session) -> Outcome {
    if !is_10(session) {
        return Ok(());
    }
    let copper = copper_layers(session)?;
    for direction in [FlipDirection::LeftRight, FlipDirection::TopBottom] {
        compare(
            session,
            |session, id| {
                let flip =
                    FlipItems::new().with_header(session.header()).with_items([Kiid::new().with_value(id)]);
                session.call(&flip.with_direction(BoardFlipDirection::from(direction))).map(drop)
            },
            |item, about| flip(item, about, direction, copper).map_err(|error| error.to_string()),
            Vector2::midpoint,
        )?;
    }
    Ok(())
}

/// How many layers of copper count in flipping. KiCad 9 leaves those inside of the board where they are.
fn copper_layers(session: &Session) -> Outcome<u32> {
    let count = session.call(&GetBoardEnabledLayers::new().with_board(session.board()))?.copper_layer_count;
    Ok(if is_10(session) { count } else { 2 })
}

/// Lets KiCad and us do the same to every item of the board and to those of our own, and compares what comes of it.
fn compare(
    session: &Session,
    theirs: impl Fn(&Session, &str) -> Outcome,
    ours: impl Fn(&mut Item, Vector2) -> Result<(), String>,
    center: impl Fn(Vector2, Vector2) -> Vector2,
) -> Outcome {
    // An action on one member of a group is done to all of it.
    for action in
        ["common.Interactive.selectAll", "common.Interactive.ungroup", "pcbnew.EditorControl.ungroup"]
    {
        session.call(&RunAction::new().with_action(action))?;
    }
    let mut made = Vec::new();
    for item in samples::items(is_10(session)) {
        made.push(create(session, &item)?);
    }
    let kicad = Kicad { is_10: is_10(session), copper_layers: copper_layers(session)? };
    let mut tally: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    let mut differences = Vec::new();
    for kind in kinds(session) {
        let before = items(session, kind)?;
        let mut chosen: Vec<&String> =
            before.iter().filter(|(_, item)| !is_locked(item)).map(|(id, _)| id).collect();
        chosen.sort();
        // Ours all, and of the others one here and there.
        let (own, others): (Vec<_>, Vec<_>) =
            chosen.into_iter().partition(|id| made.iter().any(|made| made.value == **id));
        let step = others.len().div_ceil(limit()).max(1);
        let chosen: Vec<_> = own.into_iter().chain(others.into_iter().step_by(step)).collect();
        for id in &chosen {
            theirs(session, id)?;
        }
        let after = items(session, kind)?;
        let [equal, near, refused, all] =
            tally.entry(kind.name().unwrap_or_default().to_owned()).or_default();
        for id in chosen {
            *all += 1;
            let before = &before[id];
            let Some(found) = after.get(id) else {
                differences.push(format!("{id} is gone"));
                continue;
            };
            let about = position(before).unwrap_or_default();
            let mut expected = before.clone();
            if let Err(error) = ours(&mut expected, about) {
                if has_text_box(before) && error.contains("text box") {
                    *refused += 1;
                    continue;
                }
                differences.push(format!("{error}\n{}", difference(before, found, before)));
                continue;
            }
            // What KiCad takes for the middle of some items depends on how it rounded before, which the API does not tell.
            let about =
                first_point(before).zip(first_point(found)).map(|(before, after)| center(before, after));
            let around = (-4..=4).flat_map(|x| (-4..=4).map(move |y| Vector2::new(Nm(x), Nm(y))));
            let others = about.into_iter().flat_map(|about| around.clone().map(move |off| about + off));
            let elsewhere = others.into_iter().map(|about| {
                let mut expected = before.clone();
                ours(&mut expected, about)
                    .map_or(Nearness::Different, |()| compare_items(found, &expected, kicad))
            });
            let mut best = compare_items(found, &expected, kicad);
            for nearness in elsewhere {
                if best == Nearness::Equal {
                    break;
                }
                best = best.max(nearness);
            }
            match best {
                Nearness::Equal => *equal += 1,
                Nearness::Near => *near += 1,
                Nearness::Different => {
                    forgive(found, &mut expected, kicad);
                    differences.push(difference(before, found, &expected));
                }
            }
        }
    }
    session.call(&DeleteItems::new().with_header(session.header()).with_item_ids(made))?;
    println!("equal, near, refused, all: {tally:?}");
    let text = differences.join("\n");
    check(differences.is_empty(), || format!("{} differences, KiCad's first:\n{text}", differences.len()))
}

fn has_text_box(item: &Item) -> bool {
    match item {
        Item::BoardTextBox(_) => true,
        Item::FootprintInstance(footprint) => {
            let mut children = footprint.definition.iter().flat_map(|definition| &definition.items);
            children.any(kiapi::Any::is::<BoardTextBox>)
        }
        _ => false,
    }
}

/// What differs, line by line.
fn difference(before: &Item, kicads: &Item, ours: &Item) -> String {
    let (before, kicads, ours) = (lines(before), lines(kicads), lines(ours));
    let mut told = vec![format!("== {}", before.first().cloned().unwrap_or_default())];
    for index in 0..kicads.len().max(ours.len()) {
        let at = |lines: &[String]| lines.get(index).map_or("-", |line| line.trim()).to_owned();
        if at(&kicads) != at(&ours) {
            let context: Vec<_> =
                kicads[..index.min(kicads.len())].iter().rev().take(4).rev().map(|l| l.trim()).collect();
            told.push(format!(
                "  {index} [{}] was {} KiCad {} ours {}",
                context.join(" "),
                at(&before),
                at(&kicads),
                at(&ours)
            ));
        }
    }
    told.truncate(12);
    told.join("\n")
}

/// A point of an item that moves with it, whichever of its points comes first.
fn first_point(item: &Item) -> Option<Vector2> {
    let of = |point: &Option<types::Vector2>| point.as_ref().map(Vector2::from);
    match item {
        Item::Track(it) => of(&it.start),
        Item::Arc(it) => of(&it.start),
        Item::BoardTextBox(it) => {
            let text = it.textbox.as_ref()?;
            Some(of(&text.top_left)?.midpoint(of(&text.bottom_right)?))
        }
        Item::BoardGraphicShape(it) => match it.shape.as_ref()?.geometry.as_ref()? {
            Geometry::Segment(shape) => of(&shape.start),
            Geometry::Rectangle(shape) => Some(of(&shape.top_left)?.midpoint(of(&shape.bottom_right)?)),
            Geometry::Arc(shape) => Some(of(&shape.start)?.midpoint(of(&shape.end)?)),
            Geometry::Bezier(shape) => of(&shape.start),
            Geometry::Polygon(set) => {
                let outline = PolyLine::from(set.polygons.first()?.outline.as_ref()?);
                let ends: Vec<Vector2> =
                    outline.nodes.iter().flat_map(|node| [node.start(), node.end()]).collect();
                let count = f64::from(u32::try_from(ends.len()).ok()?);
                Some(ends.into_iter().sum::<Vector2>().scaled(1.0 / count))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The point about which one point was turned to another.
fn turned_about(before: Vector2, after: Vector2, angle: Angle) -> Vector2 {
    let (sin, cos) = angle.sin_cos();
    let turned = before.rotated(angle);
    let (x, y) = ((after.x - turned.x).to_f64(), (after.y - turned.y).to_f64());
    let scale = 2.0 * (1.0 - cos);
    Vector2::new(
        Nm::round(((1.0 - cos) * x + sin * y) / scale),
        Nm::round(((1.0 - cos) * y - sin * x) / scale),
    )
}
