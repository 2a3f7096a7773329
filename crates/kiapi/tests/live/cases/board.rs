//! Commands about the board: layers, nets, stackup, origins, appearance, zones, pads.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use kiapi::api::board::commands::{
    BoardFlipDirection, BoardOriginType, CheckPadstackPresenceOnLayers, DrcSeverity, FlipItems,
    GetActiveLayer, GetBoardEditorAppearanceSettings, GetBoardEnabledLayers, GetBoardLayerByName,
    GetBoardLayerName, GetBoardOrigin, GetBoardStackup, GetConnectedItems, GetGraphicsDefaults,
    GetItemsByNet, GetItemsByNetClass, GetNetClassForNets, GetNets, GetPadShapeAsPolygon, GetVisibleLayers,
    InactiveLayerDisplayMode, InjectDrcError, InteractiveMoveItems, PadstackPresence, RefillZones,
    SetActiveLayer, SetBoardEditorAppearanceSettings, SetBoardEnabledLayers, SetBoardOrigin,
    SetVisibleLayers,
};
use kiapi::api::board::types::{BoardLayer, FootprintInstance, Net, Pad, Track};
use kiapi::api::common::commands::{ClearSelection, CommitAction, EndCommit, ItemStatusCode, Ping};
use kiapi::api::common::types::{ItemRequestStatus, KiCadObjectType, Kiid, Vector2};

use super::{Case, case};
use crate::session::{Outcome, Session, check, check_eq, id, unpack};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case::<GetBoardStackup>(get_board_stackup),
        case::<GetBoardEnabledLayers>(get_board_enabled_layers),
        case::<SetBoardEnabledLayers>(set_board_enabled_layers),
        case::<GetGraphicsDefaults>(get_graphics_defaults),
        case::<GetBoardOrigin>(get_board_origin),
        case::<SetBoardOrigin>(set_board_origin),
        case::<GetBoardLayerName>(get_board_layer_name),
        case::<GetBoardLayerByName>(get_board_layer_by_name),
        case::<GetNets>(get_nets),
        case::<GetItemsByNet>(get_items_by_net),
        case::<GetItemsByNetClass>(get_items_by_net_class),
        case::<GetConnectedItems>(get_connected_items),
        case::<GetNetClassForNets>(get_net_class_for_nets),
        case::<RefillZones>(refill_zones),
        case::<GetPadShapeAsPolygon>(get_pad_shape_as_polygon),
        case::<CheckPadstackPresenceOnLayers>(check_padstack_presence_on_layers),
        case::<InjectDrcError>(inject_drc_error),
        case::<GetVisibleLayers>(get_visible_layers),
        case::<SetVisibleLayers>(set_visible_layers),
        case::<GetActiveLayer>(get_active_layer),
        case::<SetActiveLayer>(set_active_layer),
        case::<GetBoardEditorAppearanceSettings>(get_board_editor_appearance_settings),
        case::<SetBoardEditorAppearanceSettings>(set_board_editor_appearance_settings),
        case::<FlipItems>(flip_items),
        case::<InteractiveMoveItems>(interactive_move_items),
    ]
}

fn get_board_stackup(session: &Session) -> Outcome {
    let stackup =
        session.call(&GetBoardStackup::new().with_board(session.board()))?.stackup.unwrap_or_default();
    let layers: BTreeSet<BoardLayer> = stackup.layers.iter().map(|layer| layer.layer).collect();
    check(layers.contains(&BoardLayer::F_CU) && layers.contains(&BoardLayer::B_CU), || format!("{layers:?}"))
}

fn get_board_enabled_layers(session: &Session) -> Outcome {
    let layers = session.call(&GetBoardEnabledLayers::new().with_board(session.board()))?;
    check(layers.layers.contains(&BoardLayer::EDGE_CUTS), || {
        "the outline's layer is not enabled".to_owned()
    })?;
    let copper = layers.layers.iter().filter(|layer| is_copper(**layer)).count();
    check_eq(usize::try_from(layers.copper_layer_count)?, copper, "the number of copper layers")
}

fn is_copper(layer: BoardLayer) -> bool {
    (BoardLayer::F_CU..=BoardLayer::B_CU).contains(&layer)
}

fn set_board_enabled_layers(session: &Session) -> Outcome {
    let before = session.call(&GetBoardEnabledLayers::new().with_board(session.board()))?;
    let set = |count, layers: Vec<BoardLayer>| {
        SetBoardEnabledLayers::new()
            .with_board(session.board())
            .with_copper_layer_count(count)
            .with_layers(layers)
    };
    let more = session.call(&set(4, before.layers.clone()))?;
    let back = session.call(&set(before.copper_layer_count, before.layers.clone()))?;
    check_eq(more.copper_layer_count, 4, "the number of copper layers")?;
    check(more.layers.contains(&BoardLayer::IN2_CU), || "the second inner layer is not enabled".to_owned())?;
    check_eq(back.copper_layer_count, before.copper_layer_count, "the number of copper layers afterwards")
}

fn get_graphics_defaults(session: &Session) -> Outcome {
    let defaults = session.call(&GetGraphicsDefaults::new().with_board(session.board()))?.defaults;
    let layers = defaults.unwrap_or_default().layers;
    check_eq(layers.len(), 6, "the classes of layers")?;
    let has_width = layers.iter().all(|layer| layer.line_thickness.is_some());
    check(has_width, || "a class of layers has no line width".to_owned())
}

fn origin(session: &Session) -> Outcome<Vector2> {
    session.call(&GetBoardOrigin::new().with_board(session.board()).with_type(BoardOriginType::GRID))
}

fn get_board_origin(session: &Session) -> Outcome {
    origin(session).map(drop)
}

fn set_board_origin(session: &Session) -> Outcome {
    let before = origin(session)?;
    let set = |to| {
        SetBoardOrigin::new().with_board(session.board()).with_type(BoardOriginType::GRID).with_origin(to)
    };
    let wanted = Vector2::new().with_x_nm(12_700_000).with_y_nm(-25_400_000);
    session.call(&set(wanted.clone()))?;
    let after = origin(session)?;
    session.call(&set(before))?;
    check_eq(after, wanted, "the origin")
}

fn get_board_layer_name(session: &Session) -> Outcome {
    let get = GetBoardLayerName::new().with_board(session.board()).with_layer(BoardLayer::EDGE_CUTS);
    check_eq(session.call(&get)?.name.as_str(), "Edge.Cuts", "the name")
}

fn get_board_layer_by_name(session: &Session) -> Outcome {
    let get = GetBoardLayerByName::new().with_board(session.board()).with_name("Edge.Cuts");
    check_eq(session.call(&get)?.layer, BoardLayer::EDGE_CUTS, "the layer")
}

fn nets(session: &Session) -> Outcome<Vec<Net>> {
    Ok(session.call(&GetNets::new().with_board(session.board()))?.nets)
}

fn get_nets(session: &Session) -> Outcome {
    let names: BTreeSet<String> = nets(session)?.into_iter().map(|net| net.name).collect();
    let on_pads: BTreeSet<String> = session
        .items::<Pad>(KiCadObjectType::PCB_PAD)?
        .into_iter()
        .filter_map(|pad| pad.net)
        .map(|net| net.name)
        .collect();
    let strangers: Vec<&String> = on_pads.difference(&names).filter(|name| !name.is_empty()).collect();
    check(strangers.is_empty(), || format!("pads have nets that are not listed: {strangers:?}"))?;
    let filtered = GetNets::new().with_board(session.board()).with_netclass_filter(["no such class"]);
    check_eq(session.call(&filtered)?.nets.len(), 0, "the nets of a class that does not exist")
}

fn ground(session: &Session) -> Outcome<Net> {
    let nets = nets(session)?;
    nets.into_iter().find(|net| net.name.contains("GND")).ok_or_else(|| "the board has no ground".into())
}

fn get_items_by_net(session: &Session) -> Outcome {
    let net = ground(session)?;
    let get = GetItemsByNet::new().with_header(session.header()).with_types([KiCadObjectType::PCB_PAD]);
    let found: Vec<Pad> = unpack(&session.call(&get.with_nets([net.clone()]))?.items)?;
    let all = session.items::<Pad>(KiCadObjectType::PCB_PAD)?;
    let expected =
        all.iter().filter(|pad| pad.net.as_ref().is_some_and(|other| other.name == net.name)).count();
    check_eq(found.len(), expected, "the pads of the ground net")
}

fn get_items_by_net_class(session: &Session) -> Outcome {
    let get = GetItemsByNetClass::new().with_header(session.header()).with_types([KiCadObjectType::PCB_PAD]);
    let found: Vec<Pad> = unpack(&session.call(&get.with_net_classes(["Default"]))?.items)?;
    check(!found.is_empty(), || "no pad is of the class Default".to_owned())
}

fn get_connected_items(session: &Session) -> Outcome {
    let track = session.first::<Track>(KiCadObjectType::PCB_TRACE)?;
    let get = GetConnectedItems::new().with_header(session.header()).with_items([id(&track.id)?]);
    let found = session.call(&get)?;
    check_eq(found.status, ItemRequestStatus::OK, "the status")?;
    check(!found.items.is_empty(), || "a track of a routed board is connected to nothing".to_owned())
}

fn get_net_class_for_nets(session: &Session) -> Outcome {
    let net = ground(session)?;
    let classes = session.call(&GetNetClassForNets::new().with_net([net.clone()]))?.classes;
    check(classes.contains_key(&net.name), || format!("{} has no class among {classes:?}", net.name))
}

fn refill_zones(session: &Session) -> Outcome {
    session.call(&RefillZones::new().with_board(session.board()))?;
    // KiCad answers nothing until it is done; the next answer tells that it is.
    session.call(&Ping::new())
}

fn get_pad_shape_as_polygon(session: &Session) -> Outcome {
    let pads = session.items::<Pad>(KiCadObjectType::PCB_PAD)?;
    let ids = pads.iter().take(10).map(|pad| id(&pad.id)).collect::<Outcome<Vec<Kiid>>>()?;
    let get =
        GetPadShapeAsPolygon::new().with_board(session.board()).with_pads(ids).with_layer(BoardLayer::B_CU);
    let shapes = session.call(&get)?;
    check_eq(shapes.pads.len(), shapes.polygons.len(), "the shapes of the pads")?;
    check(!shapes.polygons.is_empty(), || "no pad has copper on the back".to_owned())
}

fn check_padstack_presence_on_layers(session: &Session) -> Outcome {
    let pad = session.first::<Pad>(KiCadObjectType::PCB_PAD)?;
    let layers = [BoardLayer::F_CU, BoardLayer::B_CU];
    let ask = CheckPadstackPresenceOnLayers::new().with_board(session.board()).with_items([id(&pad.id)?]);
    let entries = session.call(&ask.with_layers(layers))?.entries;
    check_eq(entries.len(), 2, "the number of entries")?;
    let expected = pad.pad_stack.unwrap_or_default().layers;
    for entry in entries {
        let is_there = entry.presence == PadstackPresence::PRESENT;
        check_eq(is_there, expected.contains(&entry.layer), &format!("{:?}", entry.layer))?;
    }
    Ok(())
}

fn inject_drc_error(session: &Session) -> Outcome {
    let inject = InjectDrcError::new()
        .with_board(session.board())
        .with_severity(DrcSeverity::WARNING)
        .with_message("kiapi live")
        .with_position(Vector2::new().with_x_nm(50_000_000).with_y_nm(50_000_000));
    id(&session.call(&inject)?.marker)?;
    drop_implicit_commit(session)
}

fn visible(session: &Session) -> Outcome<BTreeSet<BoardLayer>> {
    let layers = session.call(&GetVisibleLayers::new().with_board(session.board()))?.layers;
    Ok(layers.into_iter().collect())
}

fn get_visible_layers(session: &Session) -> Outcome {
    check(!visible(session)?.is_empty(), || "no layer is visible".to_owned())
}

fn set_visible_layers(session: &Session) -> Outcome {
    let before = visible(session)?;
    let wanted: BTreeSet<BoardLayer> = [BoardLayer::F_CU, BoardLayer::EDGE_CUTS].into();
    let set = |layers: &BTreeSet<BoardLayer>| {
        SetVisibleLayers::new().with_board(session.board()).with_layers(layers.iter().copied())
    };
    session.call(&set(&wanted))?;
    let after = visible(session)?;
    session.call(&set(&before))?;
    check_eq(after, wanted, "the visible layers")
}

fn active(session: &Session) -> Outcome<BoardLayer> {
    Ok(session.call(&GetActiveLayer::new().with_board(session.board()))?.layer)
}

fn get_active_layer(session: &Session) -> Outcome {
    let layer = active(session)?;
    check(layer != BoardLayer::UNKNOWN, || "no layer is active".to_owned())
}

fn set_active_layer(session: &Session) -> Outcome {
    for layer in [BoardLayer::B_CU, BoardLayer::F_CU] {
        session.call(&SetActiveLayer::new().with_board(session.board()).with_layer(layer))?;
        check_eq(active(session)?, layer, "the active layer")?;
    }
    Ok(())
}

fn get_board_editor_appearance_settings(session: &Session) -> Outcome {
    let settings = session.call(&GetBoardEditorAppearanceSettings::new())?;
    let is_set = settings.inactive_layer_display != InactiveLayerDisplayMode::UNKNOWN;
    check(is_set, || "how inactive layers are shown is unknown".to_owned())
}

fn set_board_editor_appearance_settings(session: &Session) -> Outcome {
    let before = session.call(&GetBoardEditorAppearanceSettings::new())?;
    let wanted = before.clone().with_inactive_layer_display(InactiveLayerDisplayMode::HIDDEN);
    session.call(&SetBoardEditorAppearanceSettings::new().with_settings(wanted.clone()))?;
    let after = session.call(&GetBoardEditorAppearanceSettings::new())?;
    session.call(&SetBoardEditorAppearanceSettings::new().with_settings(before))?;
    check_eq(after, wanted, "the settings")
}

fn flip_items(session: &Session) -> Outcome {
    let footprint = session.first::<FootprintInstance>(KiCadObjectType::PCB_FOOTPRINT)?;
    session.in_commit(|| {
        let flip = FlipItems::new().with_header(session.header()).with_items([id(&footprint.id)?]);
        let response = session.call(&flip.with_direction(BoardFlipDirection::LEFT_RIGHT))?;
        let [row] = response.flipped_items.as_slice() else {
            return Err("not one row for one item".into());
        };
        check_eq(row.status.clone().unwrap_or_default().code, ItemStatusCode::OK, "the row")?;
        let flipped: FootprintInstance = row.item.as_ref().ok_or("no item")?.unpack()?;
        check(flipped.layer != footprint.layer, || format!("the footprint is still on {:?}", flipped.layer))
    })
}

fn interactive_move_items(session: &Session) -> Outcome {
    let track = session.first::<Track>(KiCadObjectType::PCB_TRACE)?;
    let items = [id(&track.id)?];
    session.call(&InteractiveMoveItems::new().with_board(session.board()).with_items(items))?;
    // A person would move the mouse now. Without one, the move begins with what happens next, and it must begin before its
    // commit ends: here it finds nothing to move any more, and is over.
    session.call(&ClearSelection::new().with_header(session.header()))?;
    drop_implicit_commit(session)
}

/// Ends the commit that a command has left open, if it did.
fn drop_implicit_commit(session: &Session) -> Outcome {
    let end = EndCommit::new().with_id(Kiid::new()).with_action(CommitAction::DROP);
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        match session.call(&end) {
            Ok(_) => return Ok(()),
            Err(_) if Instant::now() < deadline => std::thread::yield_now(),
            Err(error) => return Err(error),
        }
    }
}
