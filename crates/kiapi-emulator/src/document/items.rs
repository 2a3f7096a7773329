//! The items of a board.

use std::collections::BTreeMap;

use kiapi_gen::Any;
use kiapi_gen::board::types::{DrillShape, Field, FootprintInstance, Item, PadStackShape};
use kiapi_gen::common::commands::GetItems;
use kiapi_gen::common::types::KiCadObjectType;
use kiapi_gen::prost::Name as _;

use crate::{Error, ErrorKind, Line, Result, Snapshot};

/// The types that lie in one list of KiCad's, in the order of the board: a request for several of them gets them mixed.
pub(crate) use kiapi_gen::snapshot::TRACKS;

/// The items of a board.
#[derive(Clone, Debug, Default)]
pub(crate) struct Items {
    /// In KiCad's order, tracks with arcs and vias under `PCB_TRACE`. Pads lie in their footprints.
    pub(crate) lists: BTreeMap<KiCadObjectType, Vec<Item>>,
    /// What `GetItems` gives on this KiCad.
    pub(crate) listed: Vec<KiCadObjectType>,
    /// The board's own id, which later KiCads give as the parent of its items.
    pub(crate) board: String,
}

impl Items {
    pub(crate) fn new(snapshot: &Snapshot) -> Result<Self> {
        let mut items = Self::default();
        for exchange in snapshot.answers::<GetItems>() {
            let (request, response) = exchange?;
            match request.types[..] {
                [kind] => items.listed.push(kind),
                _ if request.types == TRACKS => {}
                _ => continue,
            }
            let list: Vec<Item> = response.items.into_iter().map(item).collect::<Result<_>>()?;
            let kind = match request.types[..] {
                [kind] if TRACKS.contains(&kind) || kind == KiCadObjectType::PCB_PAD => continue,
                [kind] => kind,
                _ => KiCadObjectType::PCB_TRACE,
            };
            items.lists.insert(kind, list);
        }
        if !items.lists.contains_key(&KiCadObjectType::PCB_TRACE) {
            let what = "the snapshot holds no list of all tracks, arcs and vias";
            return Err(Error::new(ErrorKind::Snapshot, what));
        }
        let board = items.all().find_map(|item| parent(item).filter(|parent| !parent.is_empty()));
        items.board = board.map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
        Ok(items)
    }

    /// All items of the board, without the children of footprints.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Item> {
        self.lists.values().flatten()
    }

    pub(crate) fn footprints(&self) -> impl Iterator<Item = &FootprintInstance> {
        self.lists.get(&KiCadObjectType::PCB_FOOTPRINT).into_iter().flatten().filter_map(|item| match item {
            Item::FootprintInstance(footprint) => Some(footprint),
            _ => None,
        })
    }

    /// The pads of all footprints.
    pub(crate) fn pads(&self) -> impl Iterator<Item = Item> {
        self.footprints().flat_map(children).filter(|child| matches!(child, Item::Pad(_)))
    }

    /// The item with an id; a child of a footprint, too.
    pub(crate) fn find(&self, id: &str) -> Option<Item> {
        self.get(id).cloned().or_else(|| self.find_with_footprint(id).map(|(child, _)| child))
    }

    /// The message of the item with an id: fields are no items, and the board itself is an empty one.
    pub(crate) fn packed(&self, wanted: &str) -> Option<Any> {
        if let Some(item) = self.get(wanted) {
            return Some(item.to_any());
        }
        if self.board.eq_ignore_ascii_case(wanted) {
            return Some(Any::default());
        }
        self.footprints().find_map(|footprint| {
            let field = all_fields(footprint)
                .find(|field| field.text.clone().is_some_and(|text| has_id(&Item::BoardText(text), wanted)));
            let child = || children(footprint).find(|child| has_id(child, wanted));
            field.map(|field| Any::pack(&field)).or_else(|| child().map(|child| child.to_any()))
        })
    }

    /// The child of a footprint with an id, and that footprint.
    pub(crate) fn find_with_footprint(&self, id: &str) -> Option<(Item, FootprintInstance)> {
        self.footprints().find_map(|footprint| {
            let child = fields(footprint)
                .find(|text| has_id(text, id))
                .or_else(|| children(footprint).find(|child| has_id(child, id)));
            child.map(|child| (child, footprint.clone()))
        })
    }

    /// The item of the board with an id.
    pub(crate) fn get(&self, id: &str) -> Option<&Item> {
        self.all().find(|item| has_id(item, id))
    }

    /// Puts an item in the place of the one with its id; returns that one, or `None` if there is none.
    pub(crate) fn replace(&mut self, item: &Item) -> Option<Item> {
        let id = id(item)?.to_owned();
        let place = self.lists.values_mut().flatten().find(|known| has_id(known, &id))?;
        Some(std::mem::replace(place, item.clone()))
    }

    /// Updates an item; returns the one that it replaces. KiCad takes a footprint or a group off the board for that and adds
    /// it again, so that they change their places.
    pub(crate) fn update(&mut self, item: &Item) -> Option<Item> {
        if !matches!(item, Item::FootprintInstance(_) | Item::Group(_)) {
            return self.replace(item);
        }
        let id = id(item)?.to_owned();
        let list = self.lists.get_mut(&kind(item)?)?;
        let place = list.iter().position(|known| has_id(known, &id))?;
        let before = list.remove(place);
        self.add(item.clone());
        Some(before)
    }

    /// Adds an item as KiCad does: before all others of its list, zones and groups behind them.
    pub(crate) fn add(&mut self, item: Item) {
        let Some(kind) = list_of(&item) else { return };
        let list = self.lists.entry(kind).or_default();
        let is_last = matches!(kind, KiCadObjectType::PCB_ZONE | KiCadObjectType::PCB_GROUP);
        list.insert(if is_last { list.len() } else { 0 }, item);
    }

    /// Makes of vias what KiCad makes of them when it reads them from a file.
    pub(crate) fn become_loaded(&mut self, line: Line) {
        let vias = self.lists.values_mut().flatten().filter_map(|item| match item {
            Item::Via(via) => via.pad_stack.as_mut(),
            _ => None,
        });
        for stack in vias {
            if let Some(drill) = stack.drill.as_mut().filter(|drill| drill.shape == DrillShape::UNDEFINED) {
                drill.shape = DrillShape::CIRCLE;
            }
            for face in &mut stack.copper_layers {
                if line >= Line::V10_0 {
                    face.custom_anchor_shape = PadStackShape::RECTANGLE;
                } else {
                    (face.corner_rounding_ratio, face.chamfer_ratio) = (0.25, 0.2);
                }
            }
        }
    }

    /// Makes the items those of another board, as KiCad does when it loads one again.
    pub(crate) fn renew_board(&mut self) {
        self.board = uuid::Uuid::new_v4().to_string();
        for item in self.lists.values_mut().flatten() {
            if parent(item).is_some_and(|parent| !parent.is_empty()) {
                super::normalise::set_parent(item, Some(&self.board));
            }
        }
    }

    /// Removes an item; a child of a footprint is taken out of it.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Item> {
        for list in self.lists.values_mut() {
            if let Some(place) = list.iter().position(|item| has_id(item, id)) {
                return Some(list.remove(place));
            }
        }
        let footprints = self.lists.get_mut(&KiCadObjectType::PCB_FOOTPRINT).into_iter().flatten();
        for footprint in footprints {
            let Item::FootprintInstance(footprint) = footprint else { continue };
            let Some(place) = children(footprint).position(|child| has_id(&child, id)) else { continue };
            if let Some(definition) = &mut footprint.definition {
                return Item::from_any(definition.items.remove(place)).ok();
            }
        }
        None
    }
}

/// The id of an item.
pub(crate) fn id(item: &Item) -> Option<&str> {
    item.id().map(|id| id.value.as_str())
}

pub(crate) fn has_id(item: &Item, wanted: &str) -> bool {
    id(item).is_some_and(|id| id.eq_ignore_ascii_case(wanted))
}

/// The children of a footprint; what is no item, such as a model, is `Unknown`.
pub(crate) fn children(footprint: &FootprintInstance) -> impl Iterator<Item = Item> + '_ {
    let items = footprint.definition.iter().flat_map(|definition| &definition.items);
    items.map(|any| Item::from_any(any.clone()).unwrap_or_else(|_| Item::Unknown(any.clone())))
}

/// The texts of a footprint's fields.
fn fields(footprint: &FootprintInstance) -> impl Iterator<Item = Item> + '_ {
    all_fields(footprint).filter_map(|field| field.text).map(Item::BoardText)
}

fn all_fields(footprint: &FootprintInstance) -> impl Iterator<Item = Field> + '_ {
    let own = [
        &footprint.reference_field,
        &footprint.value_field,
        &footprint.datasheet_field,
        &footprint.description_field,
    ];
    let others = children(footprint).filter_map(|child| match child {
        Item::Unknown(any) if any.full_name() == Field::full_name() => any.unpack::<Field>().ok(),
        _ => None,
    });
    own.into_iter().flatten().cloned().chain(others)
}

/// The list that an item lies in; none for what lies in footprints only.
pub(crate) fn list_of(item: &Item) -> Option<KiCadObjectType> {
    kind(item)
        .filter(|&kind| kind != KiCadObjectType::PCB_PAD)
        .map(|kind| if TRACKS.contains(&kind) { KiCadObjectType::PCB_TRACE } else { kind })
}

/// KiCad's type of an item; none for a type that this build does not know.
pub(crate) fn kind(item: &Item) -> Option<KiCadObjectType> {
    Some(match item {
        Item::Track(_) => KiCadObjectType::PCB_TRACE,
        Item::Arc(_) => KiCadObjectType::PCB_ARC,
        Item::Via(_) => KiCadObjectType::PCB_VIA,
        Item::Pad(_) => KiCadObjectType::PCB_PAD,
        Item::Zone(_) => KiCadObjectType::PCB_ZONE,
        Item::BoardGraphicShape(_) => KiCadObjectType::PCB_SHAPE,
        Item::BoardText(_) => KiCadObjectType::PCB_TEXT,
        Item::BoardTextBox(_) => KiCadObjectType::PCB_TEXTBOX,
        Item::Dimension(_) => KiCadObjectType::PCB_DIMENSION,
        Item::FootprintInstance(_) => KiCadObjectType::PCB_FOOTPRINT,
        Item::Group(_) => KiCadObjectType::PCB_GROUP,
        Item::Barcode(_) => KiCadObjectType::PCB_BARCODE,
        Item::ReferenceImage(_) => KiCadObjectType::PCB_REFERENCE_IMAGE,
        _ => return None,
    })
}

/// The name of the net that an item is on; none for what is on no net ever.
pub(crate) fn net(item: &Item) -> Option<&str> {
    let net = match item {
        Item::Track(track) => &track.net,
        Item::Arc(arc) => &arc.net,
        Item::Via(via) => &via.net,
        Item::Pad(pad) => &pad.net,
        Item::BoardGraphicShape(shape) => &shape.net,
        Item::Zone(zone) => match &zone.settings {
            Some(kiapi_gen::board::types::zone::Settings::CopperSettings(settings)) => &settings.net,
            _ => return None,
        },
        _ => return None,
    };
    Some(net.as_ref().map_or("", |net| net.name.as_str()))
}

fn parent(item: &Item) -> Option<&str> {
    let parent = match item {
        Item::Track(it) => &it.parent,
        Item::Arc(it) => &it.parent,
        Item::Via(it) => &it.parent,
        Item::Zone(it) => &it.parent,
        Item::BoardGraphicShape(it) => &it.parent,
        Item::BoardText(it) => &it.parent,
        Item::BoardTextBox(it) => &it.parent,
        Item::Dimension(it) => &it.parent,
        Item::FootprintInstance(it) => &it.parent,
        Item::Group(it) => &it.parent,
        Item::Barcode(it) => &it.parent,
        Item::ReferenceImage(it) => &it.parent,
        _ => return None,
    };
    parent.as_ref().map(|id| id.value.as_str())
}

fn item(any: Any) -> Result<Item> {
    Item::from_any(any).map_err(|error| {
        Error::new(ErrorKind::Snapshot, "the snapshot holds an item that cannot be read").with_source(error)
    })
}

/// The ids of items, in their order.
pub(super) fn ids(items: Vec<Any>) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    for any in items {
        ids.extend(id(&item(any)?).map(str::to_owned));
    }
    Ok(ids)
}
