//! Items: read, create, update, delete, flip, move.

use kiapi_gen::Any;
use kiapi_gen::board::commands::{
    FlipItems, FlipItemsResponse, GetConnectedItems, GetItemsByNet, GetItemsByNetClass, InjectDrcError,
    InjectDrcErrorResponse, InteractiveMoveItems, ItemFlipResult,
};
use kiapi_gen::board::types::{BoardLayer, Item, Net, NetCode, Pad, PadType};
use kiapi_gen::common::commands::{
    CreateItems, CreateItemsResponse, DeleteItems, DeleteItemsResponse, GetItems, GetItemsById,
    GetItemsResponse, ItemCreationResult, ItemDeletionResult, ItemDeletionStatus, ItemStatus, ItemStatusCode,
    ItemUpdateResult, ParseAndCreateItemsFromString, UpdateItems, UpdateItemsResponse,
};
use kiapi_gen::common::types::{DocumentType, ItemHeader, ItemRequestStatus, KiCadObjectType, Kiid};
use kiapi_server::{Answer, Call, Refusal};

use super::commits;
use crate::document::layers::LayerSet;
use crate::document::normalise::{self, Failure, Maker};
use crate::document::{TRACKS, items};
use crate::editor::ByHand;
use crate::{Editor, Habit, Line, geometry};

/// What an item is sent as, to be read at all.
const PREFIX: &str = "type.googleapis.com/";

impl Editor {
    /// Makes sure that a request that reads or deletes items is about this board; KiCad hands it on otherwise.
    pub(super) fn is_here(&self, header: Option<&ItemHeader>) -> Answer<()> {
        let document = header.and_then(|header| header.document.as_ref());
        if self.is_open(document) { Ok(()) } else { Err(Refusal::unhandled()) }
    }

    /// Makes sure that a request that writes items is about this board.
    fn is_writable(&self, header: Option<&ItemHeader>) -> Answer<()> {
        let document = header.and_then(|header| header.document.as_ref());
        if document.is_none_or(|document| document.r#type != DocumentType::PCB) {
            return Err(Refusal::unhandled());
        }
        self.require_board(document)
    }

    fn maker(&self) -> (String, u32) {
        (self.document.items.board.clone(), self.document.copper_layers)
    }

    /// Makes sure that the board has the net that an item is on.
    fn meet_net(&mut self, item: &Item) {
        let Some(name) = items::net(item).filter(|name| !name.is_empty()) else { return };
        let nets = &mut self.document.nets;
        if nets.iter().any(|net| net.name == name) {
            return;
        }
        let code = nets.iter().filter_map(|net| net.code.as_ref()).map(|code| code.value).max();
        let code = NetCode::new().with_value(code.unwrap_or(0) + 1);
        let place = nets.partition_point(|net| net.name.as_str() < name);
        nets.insert(place, Net::new().with_code(code).with_name(name));
        self.document.class_for_new_net(name);
    }
}

fn found(items: impl IntoIterator<Item = Any>) -> GetItemsResponse {
    GetItemsResponse::new().with_status(ItemRequestStatus::OK).with_items(items)
}

pub(super) fn get_items(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetItems,
) -> Answer<GetItemsResponse> {
    editor.is_here(request.header.as_ref())?;
    let store = &editor.document.items;
    let known = |kind: &KiCadObjectType| store.listed.contains(kind);
    if !request.types.iter().any(known) {
        let message = "none of the requested types are valid for a Board object";
        return Err(Refusal::bad_request(message));
    }
    let mut answer = Vec::new();
    let mut done: Vec<KiCadObjectType> = Vec::new();
    for &kind in request.types.iter().filter(|kind| known(kind)) {
        if done.contains(&kind) {
            continue;
        }
        let before = answer.len();
        if TRACKS.contains(&kind) {
            let wanted = |item: &&Item| items::kind(item).is_some_and(|kind| request.types.contains(&kind));
            let tracks = store.lists.get(&KiCadObjectType::PCB_TRACE).into_iter().flatten();
            answer.extend(tracks.filter(wanted).map(Item::to_any));
            done.extend(TRACKS);
        } else if kind == KiCadObjectType::PCB_PAD {
            answer.extend(store.pads().map(|pad| pad.to_any()));
            done.push(kind);
        } else {
            answer.extend(store.lists.get(&kind).into_iter().flatten().map(Item::to_any));
            let is_drawing = matches!(
                kind,
                KiCadObjectType::PCB_SHAPE | KiCadObjectType::PCB_TEXT | KiCadObjectType::PCB_TEXTBOX
            );
            if is_drawing && editor.has(Habit::TextsHideShapes) {
                // It notes that it has the shapes, whatever it has.
                if answer.len() > before {
                    done.push(KiCadObjectType::PCB_SHAPE);
                }
            } else if kind != KiCadObjectType::PCB_DIMENSION {
                // Dimensions are listed as often as they are asked for.
                done.push(kind);
            }
        }
    }
    Ok(found(answer))
}

pub(super) fn get_items_by_id(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetItemsById,
) -> Answer<GetItemsResponse> {
    editor.is_here(request.header.as_ref())?;
    let store = &editor.document.items;
    let items: Vec<Any> = request.items.iter().filter_map(|id| store.packed(&id.value)).collect();
    if items.is_empty() {
        return Err(Refusal::bad_request("none of the requested IDs were found or valid"));
    }
    Ok(found(items))
}

pub(super) fn get_items_by_net(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetItemsByNet,
) -> Answer<GetItemsResponse> {
    editor.is_here(request.header.as_ref())?;
    let names: Vec<&str> = request.nets.iter().map(|net| net.name.as_str()).collect();
    let wanted = |name: &str| !name.is_empty() && names.contains(&name);
    let mut answer = on_nets(editor, &request.types, wanted);
    if names.contains(&"") {
        answer.extend(loose_pads(editor, &request.types));
    }
    Ok(found(answer))
}

pub(super) fn get_items_by_net_class(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetItemsByNetClass,
) -> Answer<GetItemsResponse> {
    editor.is_here(request.header.as_ref())?;
    let classes = &request.net_classes;
    let document = &editor.document;
    let wanted = |name: &str| {
        let class = document.net_class_of(name).map(|class| class.name.as_str());
        !name.is_empty()
            && (classes.is_empty() || class.is_some_and(|class| classes.iter().any(|asked| asked == class)))
    };
    let mut answer = on_nets(editor, &request.types, wanted);
    // What is on no net has a class since 10.0.
    let is_default = classes.is_empty() || classes.iter().any(|class| class == "Default");
    if is_default && editor.version >= Line::V10_0 {
        answer.extend(loose_pads(editor, &request.types));
    }
    Ok(found(answer))
}

/// The pads on no net, if pads are asked for: of all that is on none, KiCad finds these.
fn loose_pads(editor: &Editor, types: &[KiCadObjectType]) -> Vec<Any> {
    let is_asked = types.is_empty() || types.contains(&KiCadObjectType::PCB_PAD);
    // One that is nowhere but on solder paste, as a part of another, is not connected to anything.
    let is_on_copper = |pad: &Pad| {
        let layers = pad.pad_stack.as_ref().map_or(&[][..], |stack| stack.layers.as_slice());
        pad.r#type != PadType::NPTH
            && LayerSet::of(layers).intersection(LayerSet::copper(32)) != LayerSet::default()
    };
    let is_loose =
        |pad: &Item| matches!(pad, Item::Pad(pad) if is_on_copper(pad)) && items::net(pad) == Some("");
    let pads = editor.document.items.pads().filter(|pad| is_asked && is_loose(pad));
    pads.map(|pad| pad.to_any()).collect()
}

/// The items on nets with certain names, of certain types if any are given.
fn on_nets(editor: &Editor, types: &[KiCadObjectType], wanted: impl Fn(&str) -> bool) -> Vec<Any> {
    let store = &editor.document.items;
    let is_asked =
        |item: &Item| types.is_empty() || items::kind(item).is_some_and(|kind| types.contains(&kind));
    let is_on = |item: &Item| is_asked(item) && items::net(item).is_some_and(&wanted);
    let own = store.all().filter(|item| is_on(item)).map(Item::to_any);
    own.chain(store.pads().filter(is_on).map(|pad| pad.to_any())).collect()
}

pub(super) fn get_connected_items(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: GetConnectedItems,
) -> Answer<GetItemsResponse> {
    editor.is_here(request.header.as_ref())?;
    let store = &editor.document.items;
    let asked: Vec<Item> = request.items.iter().filter_map(|id| store.find(&id.value)).collect();
    let nets: Vec<&str> = asked.iter().filter_map(items::net).collect();
    let can_connect =
        |item: &Item| items::net(item).is_some() || matches!(item, Item::Zone(_) | Item::BoardTextBox(_));
    if !asked.iter().any(can_connect) {
        let message = "none of the requested IDs were found or valid connected items";
        return Err(Refusal::bad_request(message));
    }
    let wanted = |name: &str| !name.is_empty() && nets.contains(&name);
    Ok(found(on_nets(editor, &request.types, wanted)))
}

pub(super) fn create_items(
    editor: &mut Editor,
    call: &Call<'_>,
    request: CreateItems,
) -> Answer<CreateItemsResponse> {
    editor.is_writable(request.header.as_ref())?;
    editor.is_idle()?;
    let rows = editor.change(call, |editor, commit| {
        let mut rows = Vec::new();
        for any in request.items {
            let row = match make(editor, &any)? {
                Err(text) => creation(refused(ItemStatusCode::INVALID_TYPE, text), any),
                Ok(mut item) => match reason_against(editor, &item) {
                    Some(refusal) => creation(refusal, any),
                    None => {
                        if let Item::FootprintInstance(footprint) = &mut item {
                            normalise::footprint::renew(footprint);
                        }
                        editor.meet_net(&item);
                        let row = creation(ItemStatus::new().with_code(ItemStatusCode::OK), item.to_any());
                        // What is no copper is no track: KiCad says that it made it, and the board does not take it.
                        if !is_track_off_copper(&item) {
                            commit.created.push(item);
                        }
                        row
                    }
                },
            };
            rows.push(row);
        }
        Ok(rows)
    })?;
    Ok(CreateItemsResponse::new().with_status(ItemRequestStatus::OK).with_created_items(rows))
}

fn is_track_off_copper(item: &Item) -> bool {
    let layer = match item {
        Item::Track(track) => track.layer,
        Item::Arc(arc) => arc.layer,
        _ => return false,
    };
    !(BoardLayer::F_CU.0..=BoardLayer::B_CU.0).contains(&layer.0)
}

fn creation(status: ItemStatus, item: Any) -> ItemCreationResult {
    ItemCreationResult::new().with_status(status).with_item(item)
}

fn refused(code: ItemStatusCode, text: impl Into<String>) -> ItemStatus {
    ItemStatus::new().with_code(code).with_error_message(text)
}

/// The item that KiCad makes of what it was sent; `Err` inside is the text of its row.
fn make(editor: &Editor, any: &Any) -> Answer<Result<Item, String>> {
    let unknown = || format!("Could not decode a valid type from {}", any.type_url);
    if !any.type_url.starts_with(PREFIX) {
        return Ok(Err(unknown()));
    }
    let Ok(item) = Item::from_any(any.clone()) else {
        return Err(Refusal::bad_request(format!("could not unpack {} from request", class_name(any))));
    };
    let (board, copper_layers) = editor.maker();
    let maker = Maker { line: editor.version, board: &board, copper_layers };
    match normalise::make(item, &maker) {
        Ok(item) => Ok(Ok(item)),
        Err(Failure::Type(text)) => Ok(Err(text)),
        Err(Failure::Request(text)) => Err(Refusal::bad_request(text)),
    }
}

/// What KiCad calls the class of an item in its errors.
fn class_name(any: &Any) -> &'static str {
    match any.full_name().rsplit('.').next().unwrap_or_default() {
        "Track" => "PCB_TRACK",
        "Arc" => "PCB_ARC",
        "Via" => "PCB_VIA",
        "Zone" => "ZONE",
        "BoardGraphicShape" => "PCB_SHAPE",
        "BoardText" => "PCB_TEXT",
        "BoardTextBox" => "PCB_TEXTBOX",
        "FootprintInstance" => "FOOTPRINT",
        "Pad" => "PAD",
        "Group" => "PCB_GROUP",
        "Barcode" => "PCB_BARCODE",
        "ReferenceImage" => "PCB_REFERENCE_IMAGE",
        _ => "PCB_DIMENSION",
    }
}

/// Why an item is not created, if there is a reason.
fn reason_against(editor: &Editor, item: &Item) -> Option<ItemStatus> {
    let document = &editor.document;
    let id = items::id(item).unwrap_or_default();
    if document.items.find(id).is_some() {
        let text = format!("an item with UUID {id} already exists");
        return Some(refused(ItemStatusCode::EXISTING, text));
    }
    let enabled = LayerSet::of(&document.enabled_layers);
    let outside = match item {
        Item::Group(group) => !group.items.iter().any(|id| document.items.find(&id.value).is_some()),
        item => {
            normalise::layers_of(item).is_some_and(|layers| !layers.iter().any(|layer| enabled.has(*layer)))
        }
    };
    outside.then(|| {
        let text = "attempted to add item with no overlapping layers with the board";
        refused(ItemStatusCode::INVALID_DATA, text)
    })
}

pub(super) fn update_items(
    editor: &mut Editor,
    call: &Call<'_>,
    request: UpdateItems,
) -> Answer<UpdateItemsResponse> {
    editor.is_writable(request.header.as_ref())?;
    editor.is_idle()?;
    let rows = editor.change(call, |editor, commit| {
        let mut rows = Vec::new();
        for any in request.items {
            let row =
                |status: ItemStatus, item: Any| ItemUpdateResult::new().with_status(status).with_item(item);
            rows.push(match make(editor, &any)? {
                Err(text) => row(refused(ItemStatusCode::INVALID_TYPE, text), any),
                Ok(item) => {
                    let ok = ItemStatus::new().with_code(ItemStatusCode::OK);
                    let id = items::id(&item).unwrap_or_default().to_owned();
                    match editor.document.items.get(&id).map(items::list_of) {
                        Some(kind) if kind == items::list_of(&item) && same_type(editor, &item, &id) => {
                            editor.meet_net(&item);
                            let item = with_what_stays(editor, item, &id);
                            if let Some(before) = editor.document.items.update(&item) {
                                commits::note(commit, before);
                            }
                            row(ok, item.to_any())
                        }
                        // A footprint goes, and what has its id now comes.
                        Some(Some(KiCadObjectType::PCB_FOOTPRINT)) => {
                            editor.meet_net(&item);
                            editor.document.items.remove(&id);
                            editor.document.items.add(item.clone());
                            row(ok, item.to_any())
                        }
                        // A message of another type changes nothing, and is no error.
                        Some(_) => row(ok, editor.document.items.get(&id).map(Item::to_any).unwrap_or(any)),
                        None => {
                            let text = format!("an item with UUID {id} does not exist");
                            row(refused(ItemStatusCode::NONEXISTENT, text), any)
                        }
                    }
                }
            });
        }
        Ok(rows)
    })?;
    Ok(UpdateItemsResponse::new().with_status(ItemRequestStatus::OK).with_updated_items(rows))
}

/// What of an item an update does not change.
fn with_what_stays(editor: &Editor, mut item: Item, id: &str) -> Item {
    if let (Item::Barcode(barcode), Some(Item::Barcode(known))) = (&mut item, editor.document.items.get(id))
        && editor.has(Habit::BarcodesStay)
    {
        let (locked, knockout, layer) = (barcode.locked, barcode.knockout, barcode.layer);
        *barcode = known.clone().with_locked(locked).with_knockout(knockout).with_layer(layer);
    }
    item
}

fn same_type(editor: &Editor, item: &Item, id: &str) -> bool {
    let style = |item: &Item| match item {
        Item::Dimension(dimension) => dimension.dimension_style.as_ref().map(std::mem::discriminant),
        _ => None,
    };
    let known = editor.document.items.get(id);
    known.is_some_and(|known| items::kind(known) == items::kind(item) && style(known) == style(item))
}

pub(super) fn delete_items(
    editor: &mut Editor,
    call: &Call<'_>,
    request: DeleteItems,
) -> Answer<DeleteItemsResponse> {
    editor.is_here(request.header.as_ref())?;
    editor.is_idle()?;
    let is_given = |id: &Kiid| !id.value.is_empty() || editor.version >= Line::V10_0;
    if !request.item_ids.iter().any(is_given) {
        return Err(Refusal::bad_request("no valid items to delete were given"));
    }
    let rows = editor.change(call, |editor, commit| {
        let mut rows = Vec::new();
        for id in request.item_ids {
            let is_there = editor.document.items.find(&id.value).is_some();
            if is_there {
                commit.deleted.push(id.value.to_string());
            }
            let status = if is_there { ItemDeletionStatus::OK } else { ItemDeletionStatus::NONEXISTENT };
            rows.push(ItemDeletionResult::new().with_id(id).with_status(status));
        }
        Ok(rows)
    })?;
    let response = DeleteItemsResponse::new().with_status(ItemRequestStatus::OK);
    Ok(if editor.has(Habit::EmptyDeleteItems) { response } else { response.with_deleted_items(rows) })
}

pub(super) fn flip_items(
    editor: &mut Editor,
    call: &Call<'_>,
    request: FlipItems,
) -> Answer<FlipItemsResponse> {
    editor.is_writable(request.header.as_ref())?;
    let copper_layers = editor.document.copper_layers;
    let finds_none = !request.items.iter().any(|id| editor.document.items.get(&id.value).is_some());
    if finds_none && editor.has(Habit::LooseCommits) {
        editor.leave_a_commit_open(call);
    }
    let flip = |editor: &mut Editor, commit: &mut commits::Commit| {
        let mut rows = Vec::new();
        for id in &request.items {
            let Some(before) = editor.document.items.get(&id.value).cloned() else {
                let text = format!("an item with UUID {} does not exist", id.value);
                rows.push(ItemFlipResult::new().with_status(refused(ItemStatusCode::NONEXISTENT, text)));
                continue;
            };
            let mut item = before.clone();
            geometry::flip::flip(&mut item, request.direction, copper_layers);
            editor.document.items.replace(&item);
            commits::note(commit, before);
            let status = ItemStatus::new().with_code(ItemStatusCode::OK);
            rows.push(ItemFlipResult::new().with_status(status).with_item(item.to_any()));
        }
        rows
    };
    let rows = if finds_none {
        flip(editor, &mut commits::Commit::new())
    } else {
        editor.change(call, |editor, commit| Ok(flip(editor, commit)))?
    };
    let mut response = FlipItemsResponse::new().with_status(ItemRequestStatus::OK).with_flipped_items(rows);
    response.header = request.header;
    Ok(response)
}

pub(super) fn parse_and_create_items_from_string(
    editor: &mut Editor,
    _call: &Call<'_>,
    request: ParseAndCreateItemsFromString,
) -> Answer<CreateItemsResponse> {
    editor.require_board(request.document.as_ref())?;
    // KiCad says OK, and does nothing.
    Ok(CreateItemsResponse::new())
}

pub(super) fn inject_drc_error(
    editor: &mut Editor,
    call: &Call<'_>,
    request: InjectDrcError,
) -> Answer<InjectDrcErrorResponse> {
    editor.require_board(request.board.as_ref())?;
    if editor.has(Habit::LooseCommits) {
        editor.leave_a_commit_open(call);
    }
    // A marker is an item that the API does not show.
    let marker = Kiid::new().with_value(uuid::Uuid::new_v4().to_string());
    Ok(InjectDrcErrorResponse::new().with_marker(marker))
}

pub(super) fn interactive_move_items(
    editor: &mut Editor,
    call: &Call<'_>,
    request: InteractiveMoveItems,
) -> Answer<()> {
    editor.require_board(request.board.as_ref())?;
    let found = request.items.iter().any(|id| editor.document.items.find(&id.value).is_some());
    if !found {
        return Err(Refusal::bad_request("None of the given items exist on the board"));
    }
    editor.leave_a_commit_open(call);
    // What is moved is selected, and nothing else.
    editor.document.selection.clear();
    super::selection::select(editor, request.items);
    editor.by_hand = ByHand::AskedFor;
    Ok(())
}
