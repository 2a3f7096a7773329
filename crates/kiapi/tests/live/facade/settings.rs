//! Layers, nets, and what else belongs to the board as a whole.

use std::collections::BTreeSet;

use kiapi::api::board::BoardLayerClass;
use kiapi::api::board::commands::InactiveLayerDisplayMode;
use kiapi::api::common::project::{NetClass, NetClassType};
use kiapi::{ErrorKind, Layer, Merge, Origin, Vector2, mm};

use super::{Case, board, refusal, since_10};
use crate::session::{Outcome, Session, check, check_eq};

pub(super) const CASES: &[Case] = &[
    ("enabled layers", enabled_layers),
    ("shown layers", shown_layers),
    ("names of layers", names_of_layers),
    ("stackup and defaults", stackup_and_defaults),
    ("appearance", appearance),
    ("nets and classes", nets_and_classes),
    ("title block", title_block),
    ("text variables", text_variables),
    ("origins", origins),
];

fn enabled_layers(_: &Session) -> Outcome {
    let board = board()?;
    let (layers, copper) = (board.enabled_layers()?, board.copper_layer_count()?);
    check(layers.contains(&Layer::EDGE_CUTS), || format!("{layers:?}"))?;
    let more = board.set_enabled_layers(4, layers.clone())?;
    let count = board.copper_layer_count()?;
    let back = board.set_enabled_layers(copper, layers.clone())?;
    check_eq(count, 4, "the copper layers")?;
    check(more.contains(&Layer::IN2_CU), || format!("{more:?}"))?;
    let set = |layers: Vec<Layer>| layers.into_iter().collect::<BTreeSet<_>>();
    check_eq(set(back), set(layers), "the layers afterwards")
}

fn shown_layers(_: &Session) -> Outcome {
    let board = board()?;
    let (before, active) = (board.visible_layers()?, board.active_layer()?);
    board.set_visible_layers([Layer::F_CU, Layer::EDGE_CUTS])?;
    let shown: BTreeSet<Layer> = board.visible_layers()?.into_iter().collect();
    board.set_visible_layers(before)?;
    check_eq(shown, BTreeSet::from([Layer::F_CU, Layer::EDGE_CUTS]), "the layers that are shown")?;
    board.set_active_layer(Layer::B_CU)?;
    let other = board.active_layer()?;
    board.set_active_layer(active)?;
    check_eq(other, Layer::B_CU, "the layer to work on")
}

fn names_of_layers(_: &Session) -> Outcome {
    let board = board()?;
    for layer in board.enabled_layers()? {
        let name = board.layer_name(layer)?;
        check_eq(board.layer_by_name(name.as_str())?, Some(layer), &format!("the layer `{name}`"))?;
    }
    check_eq(board.layer_name(Layer::EDGE_CUTS)?.as_str(), "Edge.Cuts", "the name of the outline's layer")?;
    check_eq(board.layer_by_name("no such layer")?, None, "the layer of no name")
}

fn stackup_and_defaults(_: &Session) -> Outcome {
    let board = board()?;
    let stackup = board.stackup()?;
    let copper =
        stackup.layers.iter().filter(|layer| layer.layer == Layer::F_CU || layer.layer == Layer::B_CU);
    check_eq(copper.count(), 2, "the outer copper layers in the stackup")?;
    let refused = refusal(board.update_stackup(stackup), "setting a stackup")?;
    check_eq(refused.kind(), ErrorKind::Unsupported, "the kind of the refusal")?;
    let defaults = board.graphics_defaults()?;
    for class in [BoardLayerClass::SILKSCREEN, BoardLayerClass::COPPER, BoardLayerClass::EDGES] {
        let width = defaults.get(&class).and_then(|defaults| defaults.line_thickness.as_ref());
        check(width.is_some(), || format!("{class:?} has no line width"))?;
    }
    check_eq(defaults.len(), 6, "the classes of layers")
}

fn appearance(_: &Session) -> Outcome {
    let board = board()?;
    let before = board.appearance()?;
    let mut dimmed = before.clone();
    dimmed.inactive_layer_display = InactiveLayerDisplayMode::HIDDEN;
    board.set_appearance(dimmed.clone())?;
    let after = board.appearance()?;
    board.set_appearance(before)?;
    check_eq(after, dimmed, "how the board is shown")
}

fn nets_and_classes(_: &Session) -> Outcome {
    let board = board()?;
    let nets = board.nets()?;
    check(nets.iter().any(|net| net.name == "GND"), || "there is no net GND".to_owned())?;
    check_eq(board.nets_of_classes(["no such class"])?.len(), 0, "the nets of no class")?;
    let classes = board.net_class_of(["GND", "no such net"])?;
    check(classes.contains_key("GND"), || format!("the classes are of {:?}", classes.keys()))?;
    check(!classes.contains_key("no such net"), || "a net that is not there has a class".to_owned())?;
    let before = board.net_classes()?;
    let class = NetClass::new().with_name("kiapi facade").with_type(NetClassType::IMPLICIT).with_priority(9);
    board.set_net_classes([class.clone()], Merge::Merge)?;
    let names: BTreeSet<String> = board.net_classes()?.into_iter().map(|class| class.name).collect();
    check(before.iter().all(|class| names.contains(&class.name)), || {
        format!("merging dropped one: {names:?}")
    })?;
    let explicit =
        refusal(board.set_net_classes([class.with_type(NetClassType::EXPLICIT)], Merge::Merge), "a class")?;
    check_eq(explicit.kind(), ErrorKind::Guarded, "the kind for a class of another type")?;
    check(names.contains("kiapi facade"), || format!("the new class is not there: {names:?}"))
}

fn title_block(session: &Session) -> Outcome {
    let board = board()?;
    let before = board.title_block()?;
    let wanted = before.clone().with_revision("live").with_company("kiapi");
    if since_10(session, board.set_title_block(wanted.clone()))?.is_none() {
        return Ok(());
    }
    let after = board.title_block()?;
    board.set_title_block(before)?;
    check_eq(after, wanted, "the title block")
}

fn text_variables(_: &Session) -> Outcome {
    let board = board()?;
    let before = board.text_variables()?;
    board.set_text_variables([("KIAPI_A", "one"), ("KIAPI_B", "two")], Merge::Merge)?;
    board.set_text_variables([("KIAPI_A", "three")], Merge::Merge)?;
    let merged = board.text_variables()?;
    let found = (merged.get("KIAPI_A").cloned(), merged.get("KIAPI_B").cloned());
    check_eq(found, (Some("three".to_owned()), Some("two".to_owned())), "the merged variables")?;
    let texts = board.expand_text_variables(["${KIAPI_A}", "plain", "<${KIAPI_B}>"])?;
    check_eq(texts, vec!["three".to_owned(), "plain".to_owned(), "<two>".to_owned()], "the expanded texts")?;
    board.set_text_variables(before.clone(), Merge::Replace)?;
    check_eq(board.text_variables()?, before, "the variables after they were replaced")
}

fn origins(_: &Session) -> Outcome {
    let board = board()?;
    let before = (board.origin(Origin::Grid)?, board.origin(Origin::Drill)?);
    let (grid, drill) = (Vector2::new(mm(12.7), mm(-25.4)), Vector2::new(mm(1), mm(2)));
    board.set_origin(Origin::Grid, grid)?;
    board.set_origin(Origin::Drill, drill)?;
    let after = (board.origin(Origin::Grid)?, board.origin(Origin::Drill)?);
    board.set_origin(Origin::Grid, before.0)?;
    board.set_origin(Origin::Drill, before.1)?;
    check_eq(after, (grid, drill), "the origins")
}
