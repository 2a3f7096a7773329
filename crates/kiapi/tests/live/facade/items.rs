//! Reading items, and what KiCad knows of their geometry.

use std::collections::BTreeSet;

use kiapi::{ErrorKind, Id, Item, Layer, Nm, ObjectType, mm};

use super::{Case, board, is_9, refusal, since_10, some_id};
use crate::session::{Outcome, Session, check, check_eq};

pub(super) const CASES: &[Case] = &[
    ("items of each type", items_of_each_type),
    ("items by id", items_by_id),
    ("items by net", items_by_net),
    ("groups and connections", groups_and_connections),
    ("bounding boxes", bounding_boxes),
    ("hit test", hit_test),
    ("pads as polygons", pads_as_polygons),
    ("padstack presence", padstack_presence),
    ("selection", selection),
];

fn items_of_each_type(session: &Session) -> Outcome {
    let board = board()?;
    let mut counted = board.footprints()?.len() + board.pads()?.len() + board.shapes()?.len();
    counted += board.texts()?.len() + board.text_boxes()?.len() + board.tracks()?.len();
    counted += board.arcs()?.len() + board.vias()?.len() + board.zones()?.len();
    for newer in [
        since_10(session, board.images())?.map(|items| items.len()),
        since_10(session, board.dimensions())?.map(|items| items.len()),
        since_10(session, board.groups())?.map(|items| items.len()),
        since_10(session, board.barcodes())?.map(|items| items.len()),
    ] {
        counted += newer.unwrap_or(0);
    }
    let all = board.items()?;
    check_eq(all.len(), counted, "all items, and those of each type")?;
    check_eq(board.footprints()?.len(), session.count_in_file("(footprint")?, "the footprints")?;
    check_eq(board.tracks()?.len(), session.count_in_file("(segment")?, "the tracks")?;
    check_eq(board.vias()?.len(), session.count_in_file("(via")?, "the vias")?;
    check_eq(board.zones()?.len(), session.count_in_file("(zone")?, "the zones")?;
    // 9.0 leaves out shapes that are asked for after texts, unless they are put in order.
    let shapes = session.count_in_file("(gr_line")? + session.count_in_file("(gr_rect")?;
    let both = board.items_of([ObjectType::PCB_TEXT, ObjectType::PCB_SHAPE])?;
    let found = both.iter().filter(|item| matches!(item, Item::Shape(_))).count();
    check_eq(found, board.shapes()?.len(), "shapes asked for after texts")?;
    check(found >= shapes, || format!("{found} shapes, and the file has {shapes} lines and rectangles"))?;
    check_eq(board.items_of([])?.len(), 0, "the items of no type")
}

fn items_by_id(_: &Session) -> Outcome {
    let board = board()?;
    let track = some_id(board.tracks()?[0].id())?;
    let footprint = some_id(board.footprints()?[0].id())?;
    let asked = [footprint, Id::random(), track, footprint];
    let found: Vec<Option<Id>> =
        board.items_by_id(asked)?.iter().map(|item| item.as_ref().and_then(Item::id)).collect();
    check_eq(found, vec![Some(footprint), None, Some(track), Some(footprint)], "the items in order")?;
    check_eq(board.items_by_id([Id::random()])?, vec![None], "an id that there is not")?;
    check_eq(board.items_by_id([])?.len(), 0, "no ids")
}

fn ids(items: &[Item]) -> BTreeSet<Id> {
    items.iter().filter_map(Item::id).collect()
}

fn items_by_net(_: &Session) -> Outcome {
    let board = board()?;
    let all = board.items()?;
    let on_gnd: Vec<Item> = all.iter().filter(|item| item.net() == Some("GND")).cloned().collect();
    let found = board.items_by_net(["GND"])?;
    check(!on_gnd.is_empty(), || "nothing is on GND".to_owned())?;
    check_eq(ids(&found), ids(&on_gnd), "the items on GND")?;
    check_eq(board.items_by_net(["no such net"])?.len(), 0, "the items on no net")?;
    check_eq(board.items_by_net([] as [&str; 0])?.len(), 0, "the items on none of the nets")?;
    let nets = board.nets_of_classes(["Default"])?;
    let names: BTreeSet<&str> = nets.iter().map(|net| net.name.as_str()).collect();
    let has = |item: &&Item| item.net().is_some_and(|net| !net.is_empty() && names.contains(net));
    let expected: Vec<Item> = all.iter().filter(has).cloned().collect();
    let by_class = board.items_by_net_class(["Default"])?;
    let named: Vec<Item> =
        by_class.iter().filter(|item| item.net().is_some_and(|net| !net.is_empty())).cloned().collect();
    check_eq(ids(&named), ids(&expected), "the items of the class")?;
    check_eq(board.items_by_net_class([] as [&str; 0])?.len(), 0, "the items of none of the classes")?;
    check_eq(board.items_by_net_class(["no such class"])?.len(), 0, "the items of no class")
}

fn groups_and_connections(session: &Session) -> Outcome {
    let board = board()?;
    let track = some_id(board.tracks()?[0].id())?;
    if let Some(connected) = since_10(session, board.connected_items([track]))? {
        check(!connected.is_empty(), || "nothing is connected to a track".to_owned())?;
    }
    let strange = refusal(board.connected_items([Id::random()]), "what is connected to nothing")?;
    let kind = if is_9(session) { ErrorKind::Unsupported } else { ErrorKind::BadRequest };
    check_eq(strange.kind(), kind, "the kind for an id that there is not")?;
    if is_9(session) {
        return Ok(());
    }
    let made = board.create([super::edits::track(), super::edits::track()])?;
    let made: Vec<Id> = made.iter().filter_map(Item::id).collect();
    let footprint = board.footprints()?.remove(0);
    let lies_in = footprint.parent();
    let members: Vec<Id> = made.iter().copied().chain(footprint.id()).collect();
    let group = kiapi::Group::new().with_name("kiapi live").with_members(members.clone());
    let group = board.create([group])?.remove(0);
    let group = kiapi::Group::try_from(group).map_err(|_| "what was made is no group")?;
    let found = board.group_members(&group)?;
    board.delete(group.id())?;
    board.delete(made)?;
    check_eq(ids(&found), members.into_iter().collect(), "the members")?;
    // A group is not what its members lie in, nor is what it lies in another one.
    check(lies_in.is_some(), || "a footprint lies in nothing".to_owned())?;
    check_eq(found.iter().map(Item::parent).collect(), vec![lies_in; 3], "what the members lie in")?;
    check_eq(group.parent(), lies_in, "what the group lies in")
}

fn bounding_boxes(_: &Session) -> Outcome {
    let board = board()?;
    let footprints = board.footprints()?;
    let (first, last) = (&footprints[0], &footprints[footprints.len() - 1]);
    let asked = [some_id(last.id())?, Id::random(), some_id(first.id())?];
    let boxes = board.bounding_boxes(asked)?;
    let [Some(of_last), None, Some(of_first)] = boxes.as_slice() else {
        return Err(format!("boxes do not line up: {boxes:?}").into());
    };
    // A footprint's place need not lie within its box; the box is not far from it.
    let near = |of: &kiapi::Box2, at| of.inflated(mm(60)).contains(at);
    check(near(of_last, last.position()) && near(of_first, first.position()), || format!("{boxes:?}"))?;
    let single = board.bounding_boxes([asked[0]])?;
    check_eq(single, vec![Some(*of_last)], "the box of one")?;
    let with_texts = board.bounding_boxes_with_texts(footprints.iter().filter_map(kiapi::Footprint::id))?;
    let without = board.bounding_boxes(footprints.iter().filter_map(kiapi::Footprint::id))?;
    check_eq(with_texts.len(), footprints.len(), "the boxes with texts")?;
    let covers = with_texts
        .iter()
        .zip(&without)
        .filter_map(|(with, without)| Some((*with)?.contains_box(&(*without)?)));
    check_eq(
        covers.filter(|covers| *covers).count(),
        footprints.len(),
        "boxes with texts that cover those without",
    )
}

fn hit_test(_: &Session) -> Outcome {
    let board = board()?;
    let track = board.tracks()?.remove(0);
    let id = some_id(track.id())?;
    let start = track.start();
    check(board.hit_test(id, start, Nm(0))?, || "a track is not where it begins".to_owned())?;
    let away = (start.x, start.y + mm(50));
    check(!board.hit_test(id, away, Nm(0))?, || "a track is hit 50 mm from it".to_owned())?;
    check(board.hit_test(id, away, mm(60))?, || "a tolerance of 60 mm does not hit at 50 mm".to_owned())?;
    let huge = refusal(board.hit_test(id, start, Nm(i64::MAX)), "a tolerance beyond KiCad's numbers")?;
    check_eq(huge.kind(), ErrorKind::Configuration, "the kind for a huge tolerance")?;
    let stranger = refusal(board.hit_test(Id::random(), start, Nm(0)), "a hit on nothing")?;
    check_eq(stranger.kind(), ErrorKind::BadRequest, "the kind for an id that there is not")
}

fn pads_as_polygons(_: &Session) -> Outcome {
    let board = board()?;
    let pads = board.pads()?;
    let (first, last) = (some_id(pads[0].id())?, some_id(pads[pads.len() - 1].id())?);
    let found = board.pad_polygons([last, Id::random(), first], Layer::F_CU)?;
    check_eq(
        found.iter().map(Option::is_some).collect::<Vec<_>>(),
        vec![true, false, true],
        "which are there",
    )?;
    check(found.iter().flatten().all(|polygon| polygon.outline.nodes.len() >= 3), || format!("{found:?}"))
}

fn padstack_presence(_: &Session) -> Outcome {
    let board = board()?;
    let via = some_id(board.create([super::edits::via()])?[0].id())?;
    let track = some_id(board.tracks()?[0].id())?;
    let layers = [Layer::F_CU, Layer::B_CU, Layer::F_SILKS];
    let found = board.padstack_presence([Id::random(), via, track], layers)?;
    let unknown = refusal(board.padstack_presence([via], [Layer::from(999)]), "a layer that does not exist")?;
    board.delete([via])?;
    check_eq(unknown.kind(), ErrorKind::Guarded, "the kind for a layer that does not exist")?;
    check(found[0].is_none() && found[2].is_none(), || format!("{found:?}"))?;
    let of_via: Vec<bool> = found[1].iter().flat_map(|on| on.values().copied()).collect();
    check_eq(
        found[1].as_ref().map(|on| layers.map(|layer| on[&layer])),
        Some([true, true, false]),
        "the via's layers",
    )?;
    check_eq(of_via.len(), 3, "the layers that were asked about")
}

fn selection(_: &Session) -> Outcome {
    let board = board()?;
    board.clear_selection()?;
    check_eq(board.selection()?.len(), 0, "what is selected after clearing")?;
    let footprint = some_id(board.footprints()?[0].id())?;
    let track = some_id(board.tracks()?[0].id())?;
    check_eq(ids(&board.add_to_selection([footprint])?), [footprint].into(), "the first selected")?;
    let both = BTreeSet::from([footprint, track]);
    check_eq(ids(&board.add_to_selection([track])?), both.clone(), "both selected")?;
    check_eq(ids(&board.selection()?), both, "the selection")?;
    let tracks = board.selection_of([ObjectType::PCB_TRACE])?;
    check_eq(ids(&tracks), [track].into(), "the selected tracks")?;
    let text = board.selection_text()?;
    check(text.contains("(segment") && text.contains("(footprint"), || {
        format!("the selection as text: {text}")
    })?;
    check_eq(ids(&board.remove_from_selection([track])?), [footprint].into(), "what is left selected")?;
    board.clear_selection()?;
    check_eq(board.selection()?.len(), 0, "what is selected in the end")
}
