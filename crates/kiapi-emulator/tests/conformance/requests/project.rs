//! The project: net classes and text variables.

use kiapi_gen::board::commands::{GetNetClassForNets, GetNets};
use kiapi_gen::common::commands::{
    ExpandTextVariables, GetNetClasses, GetTextVariables, SetNetClasses, SetTextVariables,
};
use kiapi_gen::common::project::{NetClass, NetClassBoardSettings, NetClassType, TextVariables};
use kiapi_gen::common::types::{Distance, MapMergeMode};

use crate::peer::Outcome;
use crate::run::Run;

pub(super) fn run(run: &mut Run) -> Outcome {
    text_variables(run)?;
    net_classes(run)
}

fn text_variables(run: &mut Run) -> Outcome {
    let project = run.board.project();
    let get = GetTextVariables::new().with_document(project.clone());
    let texts =
        ["${A}", "${B}", "a ${A} b ${B}", "${NO_SUCH}", "${a}", "$A", "${A", "${}", "", "@{1+1}", "${${A}}"];
    let expand = ExpandTextVariables::new().with_text(texts);
    let both = |run: &mut Run| {
        run.call(&get)?;
        run.call(&expand.clone().with_document(run.board.project()))?;
        run.call(&expand.clone().with_document(run.board.document()))
    };
    let before = run.call(&get)?;
    both(run)?;
    let set = |mode: i32, variables: &[(&str, &str)]| {
        let variables = TextVariables::new().with_variables(variables.iter().copied());
        SetTextVariables::new()
            .with_document(project.clone())
            .with_variables(variables)
            .with_merge_mode(MapMergeMode::from(mode))
    };
    for command in [
        set(1, &[("A", "one"), ("B", "two")]),
        set(1, &[("B", "${A} again")]),
        set(1, &[]),
        set(2, &[("A", "${B}"), ("B", "${A}")]),
        set(0, &[("A", "unknown mode")]),
        set(9, &[("B", "another mode")]),
        set(2, &[("ä b", "ü"), ("", "empty name"), ("A", "")]),
        set(2, &[("TITLE", "mine")]),
        set(2, &[]),
    ] {
        run.call(&command)?;
        both(run)?;
    }
    let mut restore = set(2, &[]);
    restore.variables = before;
    run.call(&restore)?;
    both(run)?;
    Ok(())
}

fn net_classes(run: &mut Run) -> Outcome {
    let get = GetNetClasses::new();
    let Some(before) = run.call(&get)? else {
        return Ok(());
    };
    let board = run.board.document();
    let nets = run.board.nets.clone();
    let nm = |value| Distance::new().with_value_nm(value);
    // Any other type makes KiCad crash when it saves.
    let class = |name: &str| NetClass::new().with_name(name).with_type(NetClassType::IMPLICIT);
    let wide = NetClassBoardSettings::new().with_clearance(nm(300_000)).with_track_width(nm(500_000));
    let set = |mode: i32, classes: Vec<NetClass>| {
        SetNetClasses::new().with_net_classes(classes).with_merge_mode(MapMergeMode::from(mode))
    };
    for command in [
        set(1, vec![class("wide").with_board(wide.clone()).with_priority(3)]),
        set(1, vec![class("wide").with_priority(1), class("bare")]),
        set(1, vec![]),
        set(0, vec![class("unknown mode")]),
        set(2, vec![class("only").with_board(wide)]),
        set(2, vec![]),
        set(2, before.net_classes),
    ] {
        run.call(&command)?;
        run.call(&get)?;
        run.call(&GetNets::new().with_board(board.clone()).with_netclass_filter(["wide"]))?;
        run.call(&GetNetClassForNets::new().with_net(nets.iter().take(5).cloned()))?;
    }
    Ok(())
}
