//! Layers: their names, which are enabled, visible and active.

use kiapi_gen::board::commands::{
    GetActiveLayer, GetBoardEnabledLayers, GetBoardLayerByName, GetBoardLayerName, GetBoardStackup,
    GetVisibleLayers, SetActiveLayer, SetBoardEnabledLayers, SetVisibleLayers,
};
use kiapi_gen::board::types::BoardLayer;

use crate::peer::Outcome;
use crate::run::Run;

pub(super) fn run(run: &mut Run) -> Outcome {
    let board = run.board.document();
    let enabled = run.board.layers.clone();
    for layer in (-1..=100).chain([1000, i32::MAX]).map(BoardLayer::from) {
        run.call(&GetBoardLayerName::new().with_board(board.clone()).with_layer(layer))?;
    }
    for name in
        ["F.Cu", "B.Cu", "f.cu", "F_Cu", "BL_F_Cu", "", "F.SilkS", "F.Silkscreen", "User.1", "In1.Cu", "x"]
    {
        run.call(&GetBoardLayerByName::new().with_board(board.clone()).with_name(name))?;
    }
    let visible = GetVisibleLayers::new().with_board(board.clone());
    let set_visible = |layers: &[BoardLayer]| {
        SetVisibleLayers::new().with_board(board.clone()).with_layers(layers.iter().copied())
    };
    let active = GetActiveLayer::new().with_board(board.clone());
    run.call(&visible)?;
    run.call(&active)?;
    for layer in (2..=98).map(BoardLayer::from) {
        run.call(&SetActiveLayer::new().with_board(board.clone()).with_layer(layer))?;
        run.call(&active)?;
    }
    run.call(&SetActiveLayer::new().with_board(board.clone()).with_layer(BoardLayer::F_CU))?;
    run.call(&active)?;
    for layers in [
        &[][..],
        &[BoardLayer::F_CU],
        &[BoardLayer::B_CU, BoardLayer::F_CU],
        &[BoardLayer::IN5_CU],
        &[BoardLayer::USER_45, BoardLayer::EDGE_CUTS],
        &enabled,
    ] {
        run.call(&set_visible(layers))?;
        run.call(&visible)?;
        run.call(&active)?;
    }
    let get = GetBoardEnabledLayers::new().with_board(board.clone());
    let stackup = GetBoardStackup::new().with_board(board.clone());
    let set = |count: u32, layers: &[BoardLayer]| {
        SetBoardEnabledLayers::new()
            .with_board(board.clone())
            .with_copper_layer_count(count)
            .with_layers(layers.iter().copied())
    };
    let Some(now) = run.call(&get)? else {
        return Ok(());
    };
    let count = now.copper_layer_count;
    // Fewer layers than there are would delete what is on them, and none hangs KiCad 9.0.8.
    run.call(&set(count, &enabled))?;
    for odd in [1, 3, 33, 34, 100] {
        run.call(&set(odd, &enabled))?;
    }
    let mut more = enabled.clone();
    more.extend([BoardLayer::USER_5, BoardLayer::USER_6]);
    for count in [count + 2, 32, count] {
        run.call(&set(count, &more))?;
        run.call(&get)?;
        run.call(&visible)?;
        run.call(&stackup)?;
    }
    run.call(&set(count, &enabled))?;
    run.call(&get)?;
    run.call(&visible)?;
    run.call(&set_visible(&enabled))?;
    run.call(&stackup)?;
    Ok(())
}
