//! Requests drawn from a seed.

use kiapi_gen::Any;
use kiapi_gen::board::commands::{
    CheckPadstackPresenceOnLayers, GetActiveLayer, GetBoardLayerName, GetConnectedItems, GetItemsByNet,
    GetNetClassForNets, GetPadShapeAsPolygon, GetVisibleLayers, SetActiveLayer, SetVisibleLayers,
};
use kiapi_gen::board::types::{BoardLayer, Net};
use kiapi_gen::common::commands::{
    AddToSelection, BeginCommit, BoundingBoxMode, ClearSelection, CommitAction, CreateItems, DeleteItems,
    EndCommit, ExpandTextVariables, GetBoundingBox, GetItems, GetItemsById, GetSelection, GetTextExtents,
    HitTest, RemoveFromSelection, UpdateItems,
};
use kiapi_gen::common::types::{KiCadObjectType as Kind, Kiid, Text, TextAttributes, Vector2};

use super::{odd_ids, samples};
use crate::board::{TYPES, id_of};
use crate::peer::Outcome;
use crate::run::Run;

/// What requests are drawn from, besides the board.
struct Pool {
    ids: Vec<Kiid>,
    /// The id of the commit that is open.
    commit: Option<Kiid>,
    samples: Vec<Any>,
}

pub(super) fn run(run: &mut Run, count: usize) -> Outcome {
    let mut pool = Pool { ids: run.board.some_of_each(30), commit: None, samples: samples::all(run) };
    pool.ids.extend(odd_ids());
    for _ in 0..count {
        one(run, &mut pool)?;
    }
    if pool.commit.is_some() {
        run.call(&EndCommit::new().with_action(CommitAction::DROP))?;
    }
    Ok(())
}

fn one(run: &mut Run, pool: &mut Pool) -> Outcome {
    let (document, header) = (run.board.document(), run.board.header());
    let ids = run.chance.some(&pool.ids, 4);
    let one_id = run.chance.pick(&pool.ids).unwrap_or_default();
    let mut kinds = run.chance.some(&TYPES, 3);
    if run.chance.once_in(8) {
        kinds.push(Kind::from(i32::try_from(run.chance.below(60)).unwrap_or_default()));
    }
    if run.board.is_large() && !run.chance.once_in(50) {
        kinds = vec![Kind::PCB_ZONE, Kind::PCB_GROUP];
    }
    let layer = if run.chance.once_in(4) {
        BoardLayer::from(3 + i32::try_from(run.chance.below(90)).unwrap_or_default())
    } else {
        run.chance.pick(&run.board.layers).unwrap_or_default()
    };
    let point = Vector2::new().with_x_nm(run.chance.nm()).with_y_nm(run.chance.nm());
    let nets: Vec<Net> = run.chance.some(&run.board.nets, 3);
    match run.chance.below(24) {
        0 => drop(run.call(&GetItems::new().with_header(header).with_types(kinds))?),
        1 => drop(run.call(&GetItemsById::new().with_header(header).with_items(ids))?),
        2 => drop(run.call(&AddToSelection::new().with_header(header).with_items(ids))?),
        3 => drop(run.call(&RemoveFromSelection::new().with_header(header).with_items(ids))?),
        4 => drop(run.call(&GetSelection::new().with_header(header).with_types(kinds))?),
        5 => drop(run.call(&ClearSelection::new().with_header(header))?),
        6 => {
            let mode = BoundingBoxMode::from(i32::try_from(run.chance.below(4)).unwrap_or_default());
            run.call(&GetBoundingBox::new().with_header(header).with_items(ids).with_mode(mode))?;
        }
        7 => {
            let tolerance = i32::try_from(run.chance.below(500_000)).unwrap_or_default();
            let command = HitTest::new().with_header(header).with_id(one_id).with_position(point);
            run.call(&command.with_tolerance(tolerance))?;
        }
        8 => {
            let command = GetPadShapeAsPolygon::new().with_board(document).with_pads(ids);
            run.call(&command.with_layer(layer))?;
        }
        9 => {
            let layers = run.board.layers.clone();
            let layers = run.chance.some(&layers, 3);
            let command = CheckPadstackPresenceOnLayers::new().with_board(document).with_items(ids);
            run.call(&command.with_layers(layers))?;
        }
        10 => drop(run.call(&GetItemsByNet::new().with_header(header).with_types(kinds).with_nets(nets))?),
        11 => {
            run.call(&GetConnectedItems::new().with_header(header).with_items(ids).with_types(kinds))?;
        }
        12 => drop(run.call(&GetNetClassForNets::new().with_net(nets))?),
        13 => drop(run.call(&GetBoardLayerName::new().with_board(document).with_layer(layer))?),
        14 => {
            run.call(&SetActiveLayer::new().with_board(document.clone()).with_layer(layer))?;
            run.call(&GetActiveLayer::new().with_board(document))?;
        }
        15 => {
            let layers = run.board.layers.clone();
            let mut layers = run.chance.some(&layers, 12);
            layers.push(layer);
            run.call(&SetVisibleLayers::new().with_board(document.clone()).with_layers(layers))?;
            run.call(&GetVisibleLayers::new().with_board(document))?;
        }
        16 => {
            let size = Vector2::new().with_x_nm(1_270_000).with_y_nm(1_000_000);
            let letters = ["Q", "w", "1", " ", "%", "é", "/", "i"];
            let words = run.chance.some(&letters, 12).concat();
            let text = Text::new().with_text(words).with_position(point);
            let text = text.with_attributes(TextAttributes::new().with_size(size));
            run.call(&GetTextExtents::new().with_text(text))?;
        }
        17 => {
            let parts =
                ["${TITLE}", "${REVISION}", "${X", "}", "$", "text", "${CURRENT", "_DATE}", "${LAYER}"];
            let text = run.chance.some(&parts, 5).concat();
            run.call(&ExpandTextVariables::new().with_document(document).with_text([text]))?;
        }
        18 => match pool.commit.take() {
            None => {
                let begun = run.call(&BeginCommit::new())?;
                pool.commit = begun.and_then(|begun| begun.id);
            }
            Some(id) => {
                let action = if run.chance.once_in(2) { CommitAction::COMMIT } else { CommitAction::DROP };
                run.call(&EndCommit::new().with_id(id).with_action(action))?;
            }
        },
        19 | 20 => {
            let items = run.chance.some(&pool.samples, 3);
            let answer = run.call(&CreateItems::new().with_header(header).with_items(items))?;
            let rows = answer.map(|answer| answer.created_items).unwrap_or_default();
            pool.ids.extend(rows.iter().filter_map(|row| row.item.as_ref()).filter_map(id_of));
        }
        21 => drop(run.call(&DeleteItems::new().with_header(header).with_item_ids([one_id]))?),
        22 => {
            let kind = run.chance.pick(&TYPES).unwrap_or_default();
            let at = run.chance.below(run.board.of(kind).len());
            if let Some(item) = run.board.of(kind).get(at).cloned() {
                run.call(&UpdateItems::new().with_header(header).with_items([item]))?;
            }
        }
        _ => {
            let track = samples::track(run).with_id(one_id).with_end(point);
            // Only what is a track: KiCad replaces a footprint by it.
            let is_track = run.board.of(Kind::PCB_TRACE).iter().any(|item| id_of(item) == track.id);
            if is_track {
                run.call(&UpdateItems::new().with_header(header).with_items([Any::pack(&track)]))?;
            }
        }
    }
    Ok(())
}
