//! Commands about items: reading, commits, changing, selecting, measuring.

use kiapi::Any;
use kiapi::api::board::types::{BoardLayer, FootprintInstance, Net, Pad, Track, Via};
use kiapi::api::common::commands::{
    AddToSelection, BeginCommit, BoundingBoxMode, ClearSelection, CommitAction, CreateItems, DeleteItems,
    EndCommit, GetBoundingBox, GetItems, GetItemsById, GetSelection, HitTest, HitTestResult, ItemStatusCode,
    RemoveFromSelection, UpdateItems,
};
use kiapi::api::common::types::{Distance, ItemRequestStatus, KiCadObjectType, Kiid, Vector2};

use super::{Case, case};
use crate::session::{Outcome, Session, check, check_eq, id, unpack};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case::<GetItems>(get_items),
        case::<GetItemsById>(get_items_by_id),
        case::<BeginCommit>(begin_commit),
        case::<EndCommit>(end_commit),
        case::<CreateItems>(create_items),
        case::<UpdateItems>(update_items),
        case::<DeleteItems>(delete_items),
        case::<GetSelection>(get_selection),
        case::<AddToSelection>(add_to_selection),
        case::<RemoveFromSelection>(remove_from_selection),
        case::<ClearSelection>(clear_selection),
        case::<HitTest>(hit_test),
        case::<GetBoundingBox>(get_bounding_box),
    ]
}

fn point(x_nm: i64, y_nm: i64) -> Vector2 {
    Vector2::new().with_x_nm(x_nm).with_y_nm(y_nm)
}

/// A track beside the board, with the net of some pad.
fn some_track(session: &Session) -> Outcome<Track> {
    let net = session.first::<Pad>(KiCadObjectType::PCB_PAD)?.net.unwrap_or_else(Net::new);
    Ok(Track::new()
        .with_start(point(1_000_000, 1_000_000))
        .with_end(point(6_000_000, 1_000_000))
        .with_width(Distance::new().with_value_nm(250_000))
        .with_layer(BoardLayer::F_CU)
        .with_net(net))
}

fn get_items(session: &Session) -> Outcome {
    for (found, start) in [
        (session.items::<Track>(KiCadObjectType::PCB_TRACE)?.len(), "(segment"),
        (session.items::<Via>(KiCadObjectType::PCB_VIA)?.len(), "(via"),
        (session.items::<FootprintInstance>(KiCadObjectType::PCB_FOOTPRINT)?.len(), "(footprint"),
    ] {
        check_eq(found, session.count_in_file(start)?, start)?;
    }
    Ok(())
}

fn get_items_by_id(session: &Session) -> Outcome {
    let footprint = session.first::<FootprintInstance>(KiCadObjectType::PCB_FOOTPRINT)?;
    let get = GetItemsById::new().with_header(session.header()).with_items([id(&footprint.id)?]);
    let found: Vec<FootprintInstance> = unpack(&session.call(&get)?.items)?;
    check_eq(found.len(), 1, "the number of items")?;
    check_eq(&found[0].id, &footprint.id, "the id")
}

fn begin_commit(session: &Session) -> Outcome {
    session.in_commit(|| {
        let error = session.refused(&BeginCommit::new())?;
        check(error.to_string().contains("already has a commit in progress"), || error.to_string())
    })
}

fn end_commit(session: &Session) -> Outcome {
    let commit = session.call(&BeginCommit::new())?.id.ok_or("no id")?;
    let wrong =
        EndCommit::new().with_id(Kiid::new().with_value("not this one")).with_action(CommitAction::COMMIT);
    let error = session.refused(&wrong)?;
    check(error.to_string().contains("does not match the commit in progress"), || error.to_string())?;
    let end = EndCommit::new().with_id(commit).with_action(CommitAction::COMMIT).with_message("kiapi live");
    session.call(&end).map(drop)
}

fn create_items(session: &Session) -> Outcome {
    session.in_commit(|| {
        let track = some_track(session)?;
        let created = session.create(&track)?;
        id(&created.id)?;
        check_eq((&created.start, &created.end), (&track.start, &track.end), "where the track lies")?;
        check_eq(created.layer, BoardLayer::F_CU, "the layer")?;
        // What is no item is told in its row, while the request is OK.
        let wrong = CreateItems::new()
            .with_header(session.header())
            .with_items([Any::from_parts("x/y", b"z".as_slice())]);
        let response = session.call(&wrong)?;
        check_eq(response.status, ItemRequestStatus::OK, "the status")?;
        let codes: Vec<ItemStatusCode> =
            response.created_items.iter().map(|row| row.status.clone().unwrap_or_default().code).collect();
        check_eq(codes, vec![ItemStatusCode::INVALID_TYPE], "the rows")
    })
}

fn update_items(session: &Session) -> Outcome {
    let track = session.first::<Track>(KiCadObjectType::PCB_TRACE)?;
    let wider = track.clone().with_width(Distance::new().with_value_nm(777_000));
    session.in_commit(|| {
        let update = UpdateItems::new().with_header(session.header()).with_items([Any::pack(&wider)]);
        let response = session.call(&update)?;
        check_eq(response.status, ItemRequestStatus::OK, "the status")?;
        let [row] = response.updated_items.as_slice() else {
            return Err("not one row for one item".into());
        };
        check_eq(row.status.clone().unwrap_or_default().code, ItemStatusCode::OK, "the row")?;
        let updated: Track = row.item.as_ref().ok_or("no item")?.unpack()?;
        check_eq(updated.width, wider.width.clone(), "the width")
    })?;
    let after = session.items::<Track>(KiCadObjectType::PCB_TRACE)?;
    check(after.contains(&track), || "dropping the commit has not brought the track back".to_owned())
}

fn delete_items(session: &Session) -> Outcome {
    let count = || Ok::<_, libtest_mimic::Failed>(session.items::<Track>(KiCadObjectType::PCB_TRACE)?.len());
    let before = count()?;
    let created = session.create(&some_track(session)?)?;
    check_eq(count()?, before + 1, "the number of tracks with the new one")?;
    let delete = DeleteItems::new().with_header(session.header()).with_item_ids([id(&created.id)?]);
    let response = session.call(&delete)?;
    check_eq(response.status, ItemRequestStatus::OK, "the status")?;
    check_eq(response.deleted_items.len(), 0, "the rows, which KiCad never sends")?;
    check_eq(count()?, before, "the number of tracks without the new one")
}

fn selected(session: &Session) -> Outcome<usize> {
    Ok(session.call(&GetSelection::new().with_header(session.header()))?.items.len())
}

fn select_first(session: &Session) -> Outcome<(Kiid, usize)> {
    session.call(&ClearSelection::new().with_header(session.header()))?;
    let track = id(&session.first::<Track>(KiCadObjectType::PCB_TRACE)?.id)?;
    let add = AddToSelection::new().with_header(session.header()).with_items([track.clone()]);
    let items = session.call(&add)?.items.len();
    Ok((track, items))
}

fn get_selection(session: &Session) -> Outcome {
    select_first(session)?;
    let selection = session.call(&GetSelection::new().with_header(session.header()))?;
    unpack::<Track>(&selection.items)?;
    check_eq(selection.items.len(), 1, "the selected items")
}

fn add_to_selection(session: &Session) -> Outcome {
    check_eq(select_first(session)?.1, 1, "the items that came back")
}

fn remove_from_selection(session: &Session) -> Outcome {
    let (track, _) = select_first(session)?;
    session.call(&RemoveFromSelection::new().with_header(session.header()).with_items([track]))?;
    check_eq(selected(session)?, 0, "the selected items")
}

fn clear_selection(session: &Session) -> Outcome {
    select_first(session)?;
    session.call(&ClearSelection::new().with_header(session.header()))?;
    check_eq(selected(session)?, 0, "the selected items")
}

fn hit_test(session: &Session) -> Outcome {
    let track = session.first::<Track>(KiCadObjectType::PCB_TRACE)?;
    let start = track.start.clone().ok_or("a track has no start")?;
    let test = HitTest::new().with_header(session.header()).with_id(id(&track.id)?).with_tolerance(0);
    let near = session.call(&test.clone().with_position(start.clone()))?.result;
    check_eq(near, HitTestResult::HIT, "where the track begins")?;
    let far = session.call(&test.with_position(point(start.x_nm + 900_000_000, start.y_nm)))?.result;
    check_eq(far, HitTestResult::NO_HIT, "almost a metre away")
}

fn get_bounding_box(session: &Session) -> Outcome {
    let track = session.first::<Track>(KiCadObjectType::PCB_TRACE)?;
    let get = GetBoundingBox::new().with_header(session.header()).with_items([id(&track.id)?]);
    let response = session.call(&get.with_mode(BoundingBoxMode::ITEM_ONLY))?;
    check_eq((response.items.len(), response.boxes.len()), (1, 1), "the number of boxes")?;
    let size = response.boxes[0].size.clone().unwrap_or_default();
    let (start, end) = (track.start.unwrap_or_default(), track.end.unwrap_or_default());
    let width = track.width.unwrap_or_default().value_nm;
    let expected = (start.x_nm - end.x_nm).abs() + width;
    // KiCad rounds the half width.
    check((size.x_nm - expected).abs() <= 2, || {
        format!("the box is {} nm wide, expected {expected}", size.x_nm)
    })
}
