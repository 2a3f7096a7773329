//! Items of a board, read by their type, their id, or what they are connected to.

use std::collections::{BTreeMap, BTreeSet};

use kiapi_gen::board::commands::{GetConnectedItems, GetItemsByNet, GetItemsByNetClass, GetNets};
use kiapi_gen::board::types::Net;
use kiapi_gen::common::commands::{GetItems, GetItemsById};
use kiapi_gen::common::types::Kiid;
use kiapi_gen::{ApiVersion, Command, CommandInfo};

use super::Board;
use crate::core::MAX_READS;
use crate::items::{
    self, Arc, Barcode, Dimension, Footprint, Group, Item, ObjectType, Pad, ReadItem, ReferenceImage, Shape,
    Text, TextBox, Track, Via, Zone,
};
use crate::link::Link;
use crate::{Error, ErrorKind, Id, Result};

/// The types that every KiCad gives, in an order in which 9.0 leaves none out: it drops shapes that are asked for after
/// texts.
const SINCE_9: &[ObjectType] = &[
    ObjectType::PCB_FOOTPRINT,
    ObjectType::PCB_PAD,
    ObjectType::PCB_SHAPE,
    ObjectType::PCB_TEXT,
    ObjectType::PCB_TEXTBOX,
    ObjectType::PCB_TRACE,
    ObjectType::PCB_ARC,
    ObjectType::PCB_VIA,
    ObjectType::PCB_ZONE,
];

/// The types that KiCad gives since 10.0.
const SINCE_10: &[ObjectType] = &[
    ObjectType::PCB_REFERENCE_IMAGE,
    ObjectType::PCB_DIMENSION,
    ObjectType::PCB_GROUP,
    ObjectType::PCB_BARCODE,
];

/// The types that a KiCad of this version gives.
#[inline]
pub(super) fn types_of(version: ApiVersion) -> impl Iterator<Item = ObjectType> {
    let newer = if version >= ApiVersion::new(9, 99, 0) { SINCE_10 } else { &[] };
    SINCE_9.iter().chain(newer).copied()
}

macro_rules! typed {
    ($($(#[$doc:meta])* $method:ident: $kind:ident => $type:ident, $example:literal;)*) => {
        impl<L: Link> Board<L> {
            $(
                $(#[$doc])*
                ///
                /// It is refused while KiCad is busy.
                ///
                /// # Examples
                ///
                /// ```
                /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
                #[doc = $example]
                /// # Ok::<_, kiapi::Error>(())
                /// ```
                pub fn $method(&self) -> L::Out<'_, Vec<$type>> {
                    L::run(self.items_of_types([ObjectType::$kind]))
                }
            )*
        }
    };
}

typed! {
    /// The footprints on the board, each with its definition and all its children.
    footprints: PCB_FOOTPRINT => Footprint,
    "for footprint in kicad.board()?.footprints()? {\n    println!(\"{footprint}\");\n}";
    /// All pads, which are the footprints'.
    pads: PCB_PAD => Pad, "println!(\"{} pads\", kicad.board()?.pads()?.len());";
    /// The graphic shapes on the board itself, not those of footprints.
    shapes: PCB_SHAPE => Shape, "for shape in kicad.board()?.shapes()? {\n    println!(\"{shape}\");\n}";
    /// The texts on the board itself, not those of footprints.
    texts: PCB_TEXT => Text, "for text in kicad.board()?.texts()? {\n    println!(\"{text}\");\n}";
    /// The text boxes on the board itself.
    text_boxes: PCB_TEXTBOX => TextBox, "println!(\"{}\", kicad.board()?.text_boxes()?.len());";
    /// The straight tracks; see [`arcs`](Board::arcs) for the others.
    tracks: PCB_TRACE => Track, "for track in kicad.board()?.tracks()? {\n    println!(\"{track}\");\n}";
    /// The tracks that are arcs.
    arcs: PCB_ARC => Arc, "println!(\"{}\", kicad.board()?.arcs()?.len());";
    /// The vias.
    vias: PCB_VIA => Via, "for via in kicad.board()?.vias()? {\n    println!(\"{via}\");\n}";
    /// The zones, with their fills.
    zones: PCB_ZONE => Zone, "assert!(!kicad.board()?.zones()?.is_empty());";
    /// The reference images. KiCad gives them since 10.0; with an older one this is
    /// [`Unsupported`](ErrorKind::Unsupported).
    images: PCB_REFERENCE_IMAGE => ReferenceImage, "println!(\"{}\", kicad.board()?.images()?.len());";
    /// The dimensions. KiCad gives them since 10.0; with an older one this is [`Unsupported`](ErrorKind::Unsupported).
    dimensions: PCB_DIMENSION => Dimension, "assert!(!kicad.board()?.dimensions()?.is_empty());";
    /// The groups. KiCad gives them since 10.0; with an older one this is [`Unsupported`](ErrorKind::Unsupported).
    groups: PCB_GROUP => Group, "assert!(!kicad.board()?.groups()?.is_empty());";
    /// The barcodes. KiCad has them since 10.0; with an older one this is [`Unsupported`](ErrorKind::Unsupported).
    barcodes: PCB_BARCODE => Barcode, "println!(\"{}\", kicad.board()?.barcodes()?.len());";
}

impl<L: Link> Board<L> {
    /// Everything on the board that KiCad gives. It is refused while KiCad is busy.
    ///
    /// Pads come alone, and within their footprints once more. The order is KiCad's, and not the same after an edit: know
    /// items by their ids.
    ///
    /// # KiCad versions
    ///
    /// 9.0 gives no images, dimensions and groups.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// for item in kicad.board()?.items()? {
    ///     println!("{item}");
    /// }
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn items(&self) -> L::Out<'_, Vec<Item>> {
        L::run(self.all())
    }

    /// The items of some types. It is refused while KiCad is busy.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](ErrorKind::Unsupported) when this KiCad does not give items of such a type.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::ObjectType;
    ///
    /// let copper = kicad.board()?.items_of([ObjectType::PCB_TRACE, ObjectType::PCB_ARC, ObjectType::PCB_VIA])?;
    /// assert!(!copper.is_empty());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn items_of(&self, types: impl IntoIterator<Item = ObjectType>) -> L::Out<'_, Vec<Item>> {
        let types: Vec<ObjectType> = types.into_iter().collect();
        L::run(self.items_of_types(types))
    }

    /// The items with these ids, in the same order; `None` where there is no such item.
    ///
    /// # KiCad versions
    ///
    /// Since 10.0 it is one small round trip. 9.0 does not look ids up: everything that it gives is read then, and what it
    /// does not give (images, dimensions, groups, children of footprints other than pads) is not found.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Id;
    ///
    /// let board = kicad.board()?;
    /// let id = board.footprints()?[0].id().expect("what is on a board has an id");
    /// let found = board.items_by_id([id, Id::random()])?;
    /// assert!(found[0].is_some() && found[1].is_none());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn items_by_id(&self, ids: impl IntoIterator<Item = Id>) -> L::Out<'_, Vec<Option<Item>>> {
        let ids: Vec<Id> = ids.into_iter().collect();
        L::run(async move {
            let mut found: BTreeMap<Id, Item> =
                self.find(&ids).await?.into_iter().filter_map(|item| Some((item.id()?, item))).collect();
            // The same id may be asked for twice.
            let mut left: BTreeMap<Id, usize> = BTreeMap::new();
            for id in &ids {
                *left.entry(*id).or_default() += 1;
            }
            let take = |id: &Id| {
                let left = left.get_mut(id)?;
                *left -= 1;
                if *left == 0 { found.remove(id) } else { found.get(id).cloned() }
            };
            Ok(ids.iter().map(take).collect())
        })
    }

    /// The members of a group, in its order; those that are gone, or that KiCad does not give, are left out.
    ///
    /// # KiCad versions
    ///
    /// 10.0.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// let board = kicad.board()?;
    /// let group = board.groups()?.remove(0);
    /// assert!(!board.group_members(&group)?.is_empty());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn group_members(&self, group: &Group) -> L::Out<'_, Vec<Item>> {
        let ids: Vec<Id> = group.members().collect();
        L::run(async move { self.find(&ids).await })
    }

    /// The items that are on one of these nets. It is refused while KiCad is busy.
    ///
    /// # KiCad versions
    ///
    /// Since 10.0 KiCad finds them. 9.0 does not: all items are read then, and those on the nets are kept.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert!(!kicad.board()?.items_by_net(["GND"])?.is_empty());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn items_by_net<S: Into<String>>(&self, nets: impl IntoIterator<Item = S>) -> L::Out<'_, Vec<Item>> {
        let nets: BTreeSet<String> = nets.into_iter().map(Into::into).collect();
        L::run(async move {
            if self.kicad.version() < GetItemsByNet::SINCE {
                return self.on_nets(&nets).await;
            }
            // Without a net, KiCad 10 would say that there is nothing; it is not asked.
            if nets.is_empty() {
                return Ok(Vec::new());
            }
            let asked = nets.iter().map(|name| Net::new().with_name(name.as_str()));
            let command = GetItemsByNet::new().with_header(self.header()).with_nets(asked);
            self.read_with(&command, |item: &Item| item.net().is_none_or(|net| nets.contains(net))).await
        })
    }

    /// The items that are on a net of one of these net classes. It is refused while KiCad is busy.
    ///
    /// # KiCad versions
    ///
    /// As [`items_by_net`](Self::items_by_net); with 9.0 the nets are asked for too.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert!(!kicad.board()?.items_by_net_class(["Default"])?.is_empty());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn items_by_net_class<S: Into<String>>(
        &self,
        classes: impl IntoIterator<Item = S>,
    ) -> L::Out<'_, Vec<Item>> {
        let classes: Vec<String> = classes.into_iter().map(Into::into).collect();
        L::run(async move {
            // Without a class, KiCad would take all.
            if classes.is_empty() {
                return Ok(Vec::new());
            }
            if self.kicad.version() < GetItemsByNetClass::SINCE {
                let command = GetNets::new().with_board(self.specifier()).with_netclass_filter(classes);
                let nets = self.call(&command).await?.nets;
                return self.on_nets(&nets.into_iter().map(|net| net.name).collect()).await;
            }
            let command = GetItemsByNetClass::new().with_header(self.header()).with_net_classes(classes);
            self.read_with(&command, |_| true).await
        })
    }

    /// The items that are connected to these by copper. It is refused while KiCad is busy.
    ///
    /// # Errors
    ///
    /// [`BadRequest`](ErrorKind::BadRequest) when none of the ids is of an item that can be connected.
    ///
    /// # KiCad versions
    ///
    /// 10.0.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// let board = kicad.board()?;
    /// let track = board.tracks()?[0].id().expect("what is on a board has an id");
    /// assert!(!board.connected_items([track])?.is_empty());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn connected_items(&self, ids: impl IntoIterator<Item = Id>) -> L::Out<'_, Vec<Item>> {
        let command =
            GetConnectedItems::new().with_header(self.header()).with_items(ids.into_iter().map(Kiid::from));
        L::run(async move { self.read_with(&command, |_| true).await })
    }

    /// Everything that this KiCad gives.
    pub(super) async fn all(&self) -> Result<Vec<Item>> {
        self.items_of_types(types_of(self.kicad.version())).await
    }

    pub(super) async fn items_of_types<T: ReadItem>(
        &self,
        types: impl IntoIterator<Item = ObjectType>,
    ) -> Result<Vec<T>> {
        let (version, asked) = (self.kicad.version(), types.into_iter().collect::<Vec<_>>());
        let given: Vec<ObjectType> = types_of(version).collect();
        // A newer KiCad may give more.
        let is_given = |kind: &ObjectType| given.contains(kind) || version >= ApiVersion::new(10, 0, 7);
        if let Some(kind) = asked.iter().find(|kind| !is_given(kind)) {
            return Err(Error::unsupported_use(format!(
                "KiCad {version} gives no items of the type {kind:?} through its API"
            )));
        }
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let newer = asked.iter().filter(|kind| !given.contains(kind));
        let types: Vec<ObjectType> =
            given.iter().filter(|kind| asked.contains(kind)).chain(newer).copied().collect();
        let command = GetItems::new().with_header(self.header()).with_types(types.iter().copied());
        self.read_with(&command, |item: &T| item.may_be_one_of(&types)).await
    }

    /// Sends a command whose response is items, of which `is_own` says whether they can be in it.
    ///
    /// What cannot, or nothing at all while answers are out of step, may be the answer to another client, whose question was
    /// of the same kind: that is found out, and it is asked for again.
    async fn read_with<C, T: ReadItem>(&self, command: &C, is_own: impl Fn(&T) -> bool) -> Result<Vec<T>>
    where
        C: Command<Response = kiapi_gen::common::commands::GetItemsResponse>,
    {
        let core = self.core();
        let mut tries = 0;
        loop {
            let (answer, place) = core.answer(command, self.options).await?.into_parts();
            let (items, left_out) =
                items::read_as(answer, place).map_err(|error| Error::item(C::NAME, error))?;
            tries += 1;
            if left_out > 0 || !items.iter().all(&is_own) {
                match core.confirm_in_step(const { &CommandInfo::of::<C>() }, self.options).await {
                    // It is KiCad's own way.
                    Ok(()) => return Ok(items),
                    Err(error) if error.kind() == ErrorKind::OutOfStep && tries < MAX_READS => {}
                    Err(error) => return Err(error),
                }
            } else if !items.is_empty() || !core.is_out_of_step() || tries == MAX_READS {
                return Ok(items);
            }
        }
    }

    /// The items with these ids that there are.
    pub(super) async fn find(&self, ids: &[Id]) -> Result<Vec<Item>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        if self.kicad.version() < GetItemsById::SINCE {
            let mut all: BTreeMap<Id, Item> =
                self.all().await?.into_iter().filter_map(|item| Some((item.id()?, item))).collect();
            return Ok(ids.iter().filter_map(|id| all.remove(id)).collect());
        }
        let command =
            GetItemsById::new().with_header(self.header()).with_items(ids.iter().map(|id| Kiid::from(*id)));
        let asked: BTreeSet<Id> = ids.iter().copied().collect();
        let is_asked = |item: &Item| item.id().is_none_or(|id| asked.contains(&id));
        match self.read_with(&command, is_asked).await {
            // That is what KiCad says where it found none.
            Err(error) if error.kind() == ErrorKind::BadRequest => Ok(Vec::new()),
            other => other,
        }
    }

    /// All items on nets of these names.
    async fn on_nets(&self, nets: &BTreeSet<String>) -> Result<Vec<Item>> {
        let all = self.all().await?;
        let is_on = |item: &Item| item.net().is_some_and(|net| !net.is_empty() && nets.contains(net));
        Ok(all.into_iter().filter(is_on).collect())
    }
}
