//! What is set on a board: origins, stackup, graphics, appearance, title block.

use kiapi_gen::Any;
use kiapi_gen::board::commands::{
    BoardEditorAppearanceSettings, BoardOriginType, GetBoardEditorAppearanceSettings, GetBoardOrigin,
    GetBoardStackup, GetGraphicsDefaults, InjectDrcError, SetBoardEditorAppearanceSettings, SetBoardOrigin,
    UpdateBoardStackup,
};
use kiapi_gen::board::commands::{
    BoardFlipMode, DrcSeverity, InactiveLayerDisplayMode, NetColorDisplayMode, RatsnestDisplayMode,
};
use kiapi_gen::common::commands::{
    CommitAction, EndCommit, ExpandTextVariables, GetTitleBlockInfo, SetTitleBlockInfo,
};
use kiapi_gen::common::types::{TitleBlockInfo, Vector2};

use super::unknown;
use crate::peer::Outcome;
use crate::run::Run;

pub(super) fn run(run: &mut Run) -> Outcome {
    origins(run)?;
    appearance(run)?;
    title_block(run)?;
    let board = run.board.document();
    run.call(&GetGraphicsDefaults::new().with_board(board.clone()))?;
    let stackup = run.call(&GetBoardStackup::new().with_board(board.clone()))?;
    let mut update = UpdateBoardStackup::new().with_board(board);
    update.stackup = stackup.and_then(|response| response.stackup);
    run.any(Any::pack(&update))?;
    markers(run)
}

fn origins(run: &mut Run) -> Outcome {
    let board = run.board.document();
    let at = |x, y| Vector2::new().with_x_nm(x).with_y_nm(y);
    for kind in (0..=3).chain([99, -1]).map(BoardOriginType::from) {
        let get = GetBoardOrigin::new().with_board(board.clone()).with_type(kind);
        let set = SetBoardOrigin::new().with_board(board.clone()).with_type(kind);
        let before = run.call(&get)?;
        for origin in [
            at(1_000_000, -2_000_000),
            at(0, 0),
            at(2_147_483_647, -2_147_483_648),
            at(2_147_483_648, 5_000_000_000),
            at(i64::MAX, i64::MIN),
        ] {
            run.call(&set.clone().with_origin(origin))?;
            run.call(&get)?;
        }
        run.call(&set)?;
        run.call(&get)?;
        if let Some(before) = before {
            run.call(&set.with_origin(before))?;
            run.call(&get)?;
        }
    }
    Ok(())
}

fn appearance(run: &mut Run) -> Outcome {
    let get = GetBoardEditorAppearanceSettings::new();
    let before = run.call(&get)?;
    let set = |inactive: i32, colors: i32, flip: i32, ratsnest: i32| {
        let settings = BoardEditorAppearanceSettings::new()
            .with_inactive_layer_display(InactiveLayerDisplayMode::from(inactive))
            .with_net_color_display(NetColorDisplayMode::from(colors))
            .with_board_flip(BoardFlipMode::from(flip))
            .with_ratsnest_display(RatsnestDisplayMode::from(ratsnest));
        SetBoardEditorAppearanceSettings::new().with_settings(settings)
    };
    for settings in [
        set(1, 1, 1, 1),
        set(2, 2, 2, 2),
        set(3, 3, 1, 1),
        set(0, 0, 0, 0),
        set(2, 1, 1, 2),
        set(9, 9, 9, 9),
        set(1, 2, 2, 1),
        SetBoardEditorAppearanceSettings::new(),
    ] {
        run.call(&settings)?;
        run.call(&get)?;
    }
    if let Some(before) = before {
        run.call(&SetBoardEditorAppearanceSettings::new().with_settings(before))?;
        run.call(&get)?;
    }
    Ok(())
}

fn title_block(run: &mut Run) -> Outcome {
    let document = run.board.document();
    let get = GetTitleBlockInfo::new().with_document(document.clone());
    let expand = ExpandTextVariables::new().with_document(document.clone()).with_text([
        "${TITLE}",
        "${ISSUE_DATE}",
        "${REVISION}",
        "${COMPANY}",
        "${COMMENT1}",
        "${COMMENT9}",
        "${comment2}",
    ]);
    let before = run.call(&get)?;
    run.call(&expand)?;
    let set = SetTitleBlockInfo::new().with_document(document);
    for block in [
        TitleBlockInfo::new().with_title("One").with_company("Two").with_revision("3"),
        TitleBlockInfo::new().with_title("Ü \"quoted\" \\ and\nlines").with_comment9("nine"),
        TitleBlockInfo::new().with_title("${COMPANY}").with_company("${TITLE}x").with_comment1("${REVISION}"),
        TitleBlockInfo::new(),
    ] {
        run.call(&set.clone().with_title_block(block))?;
        run.call(&get)?;
        run.call(&expand)?;
    }
    run.call(&set)?;
    run.call(&get)?;
    if let Some(before) = before {
        run.call(&set.with_title_block(before))?;
        run.call(&get)?;
    }
    Ok(())
}

/// Markers of design rule checks; KiCad 10.0.6 leaves a commit open for each client that sets one.
fn markers(run: &mut Run) -> Outcome {
    let inject = InjectDrcError::new().with_board(run.board.document()).with_message("made up");
    let items = run.board.some_of_each(1);
    for severity in (0..=8).chain([99]).map(DrcSeverity::from) {
        run.call_as("markers", &inject.clone().with_severity(severity))?;
    }
    let at = Vector2::new().with_x_nm(1_000_000).with_y_nm(2_000_000);
    let inject = inject.with_severity(DrcSeverity::ERROR).with_position(at);
    run.call_as("markers", &inject.clone().with_items(items))?;
    run.call_as("markers", &inject.with_items([unknown()]))?;
    run.call_as("markers", &EndCommit::new().with_action(CommitAction::DROP))?;
    Ok(())
}
