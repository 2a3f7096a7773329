//! Boxes around items, compared with KiCad's.

use kiapi::api::board::types::{Arc, BoardGraphicShape, Item, Track, Via, Zone};
use kiapi::api::common::commands::{BoundingBoxMode, GetBoundingBox};
use kiapi::api::common::types::{KiCadObjectType as Kind, Kiid};
use kiapi::geometry::bounds;
use kiapi::{Box2, Nm};

use super::Check;
use crate::session::{Outcome, Session, check};

/// How far sides may be from KiCad's, which cuts arcs into segments and rounds half widths its own way.
const NEAR: Nm = Nm(10_000);

pub(super) fn checks() -> Vec<Check> {
    vec![Check { name: "boxes_are_those_of_kicad", run: boxes }]
}

fn boxes(session: &Session) -> Outcome {
    let mut items: Vec<(Option<Kiid>, Item)> = Vec::new();
    items.extend(session.items::<Track>(Kind::PCB_TRACE)?.into_iter().map(|it| (it.id.clone(), it.into())));
    items.extend(session.items::<Arc>(Kind::PCB_ARC)?.into_iter().map(|it| (it.id.clone(), it.into())));
    items.extend(session.items::<Via>(Kind::PCB_VIA)?.into_iter().map(|it| (it.id.clone(), it.into())));
    let shapes = session.items::<BoardGraphicShape>(Kind::PCB_SHAPE)?;
    items.extend(shapes.into_iter().map(|it| (it.id.clone(), it.into())));
    items.extend(session.items::<Zone>(Kind::PCB_ZONE)?.into_iter().map(|it| (it.id.clone(), it.into())));
    let ids: Vec<Kiid> = items.iter().filter_map(|(id, _)| id.clone()).collect();
    let get = GetBoundingBox::new().with_header(session.header()).with_items(ids);
    let answer = session.call(&get.with_mode(BoundingBoxMode::ITEM_ONLY))?;

    let mut exact = 0;
    let mut differences = Vec::new();
    for (id, around) in answer.items.iter().zip(&answer.boxes) {
        let Some((_, item)) = items.iter().find(|(known, _)| known.as_ref() == Some(id)) else {
            return Err(format!("a box of the unknown item {}", id.value).into());
        };
        let (theirs, ours) = (Box2::from(around), bounds(item).ok_or("an item has no box")?);
        exact += usize::from(theirs == ours);
        // KiCad leaves the whole width of an arc around it, where half of it would do.
        let ours = match item {
            Item::Arc(arc) => ours.inflated(arc.width.as_ref().map(Nm::from).unwrap_or_default() / 2),
            _ => ours,
        };
        let is_near = theirs.inflated(NEAR).contains_box(&ours) && ours.inflated(NEAR).contains_box(&theirs);
        if !is_near {
            differences.push(format!("{item:?}: KiCad {theirs:?}, ours {ours:?}"));
        }
    }
    println!("{exact} of {} boxes are equal", answer.boxes.len());
    check(answer.boxes.len() >= 20, || format!("{} boxes came back", answer.boxes.len()))?;
    check(differences.is_empty(), || differences.join("\n"))
}
