//! Geometry that KiCad knows: extents, hits, outlines of pads.

use std::collections::BTreeMap;

use kiapi_gen::board::commands::{CheckPadstackPresenceOnLayers, GetPadShapeAsPolygon, PadstackPresence};
use kiapi_gen::common::commands::{BoundingBoxMode, GetBoundingBox, HitTest, HitTestResult};
use kiapi_gen::common::types::Kiid;

use super::Board;
use crate::geometry::PolygonWithHoles;
use crate::link::Link;
use crate::{Box2, Error, Id, Layer, Nm, Result, Vector2};

/// On which of the layers that were asked about an item has copper, or an opening.
///
/// # Examples
///
/// ```
/// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
/// use kiapi::{Layer, Presence};
///
/// let board = kicad.board()?;
/// let via = board.vias()?[0].id().expect("what is on a board has an id");
/// let on: Vec<Option<Presence>> = board.padstack_presence([via], [Layer::F_CU])?;
/// assert!(on[0].as_ref().is_some_and(|layers| layers[&Layer::F_CU]));
/// # Ok::<_, kiapi::Error>(())
/// ```
pub type Presence = BTreeMap<Layer, bool>;

impl<L: Link> Board<L> {
    /// The extents of items, in the same order; `None` where there is no such item. Texts of footprints do not count. It is
    /// refused while KiCad is busy.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Id;
    ///
    /// let board = kicad.board()?;
    /// let id = board.footprints()?[0].id().expect("what is on a board has an id");
    /// let boxes = board.bounding_boxes([id, Id::random()])?;
    /// assert!(boxes[0].is_some() && boxes[1].is_none());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn bounding_boxes(&self, ids: impl IntoIterator<Item = Id>) -> L::Out<'_, Vec<Option<Box2>>> {
        self.boxes(ids.into_iter().collect(), BoundingBoxMode::ITEM_ONLY)
    }

    /// The extents of items with the texts of footprints, in the same order.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// let board = kicad.board()?;
    /// let boxes = board.bounding_boxes_with_texts(board.footprints()?.iter().filter_map(|it| it.id()))?;
    /// assert!(boxes.iter().all(Option::is_some));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn bounding_boxes_with_texts(
        &self,
        ids: impl IntoIterator<Item = Id>,
    ) -> L::Out<'_, Vec<Option<Box2>>> {
        self.boxes(ids.into_iter().collect(), BoundingBoxMode::ITEM_AND_CHILD_TEXT)
    }

    fn boxes(&self, ids: Vec<Id>, mode: BoundingBoxMode) -> L::Out<'_, Vec<Option<Box2>>> {
        let command = GetBoundingBox::new()
            .with_header(self.header())
            .with_items(ids.iter().map(|id| Kiid::from(*id)))
            .with_mode(mode);
        self.ask(command, move |response| {
            let found = by_id(&response.items, response.boxes.iter().map(Box2::from))?;
            Ok(ids.iter().map(|id| found.get(id).copied()).collect())
        })
    }

    /// Whether an item is at a place, give or take `tolerance`. It is refused while KiCad is busy.
    ///
    /// # Errors
    ///
    /// [`BadRequest`](crate::ErrorKind::BadRequest) when there is no such item.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Nm;
    ///
    /// let board = kicad.board()?;
    /// let via = board.vias()?.remove(0);
    /// assert!(board.hit_test(via.id().expect("it has an id"), via.position(), Nm(0))?);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn hit_test(&self, id: Id, at: impl Into<Vector2>, tolerance: Nm) -> L::Out<'_, bool> {
        let at = at.into();
        L::run(async move {
            let tolerance = i32::try_from(tolerance.0).map_err(|_| {
                Error::argument(format!("a tolerance of {} nm is beyond what KiCad can hold", tolerance.0))
            })?;
            let command = HitTest::new()
                .with_header(self.header())
                .with_id(Kiid::from(id))
                .with_position(at)
                .with_tolerance(tolerance);
            Ok(self.call(&command).await?.result == HitTestResult::HIT)
        })
    }

    /// The outlines of pads on a layer as polygons, in the same order; `None` where there is no such pad.
    ///
    /// KiCad gives an outline for any layer that it is asked about: whether the pad has copper there is told by
    /// [`Pad::layers`](crate::Pad::layers) and [`padstack_presence`](Self::padstack_presence). Round outlines have corners on
    /// the curve, and sides inside of it: those of a circle of 1 mm by up to 5 µm.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Layer;
    ///
    /// let board = kicad.board()?;
    /// let pad = board.pads()?[0].id().expect("what is on a board has an id");
    /// let polygon = board.pad_polygons([pad], Layer::F_CU)?.remove(0).expect("there is such a pad");
    /// println!("{} mm²", polygon.area() / 1e12);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn pad_polygons(
        &self,
        pads: impl IntoIterator<Item = Id>,
        layer: Layer,
    ) -> L::Out<'_, Vec<Option<PolygonWithHoles>>> {
        let ids: Vec<Id> = pads.into_iter().collect();
        let command = GetPadShapeAsPolygon::new()
            .with_board(self.specifier())
            .with_pads(ids.iter().map(|id| Kiid::from(*id)))
            .with_layer(layer);
        self.ask(command, move |response| {
            let polygons = response.polygons.iter().map(PolygonWithHoles::from);
            let found = by_id(&response.pads, polygons)?;
            Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
        })
    }

    /// On which of these layers pads and vias have something, in the order of the ids; `None` where there is no such pad or
    /// via.
    ///
    /// # Errors
    ///
    /// [`Guarded`](crate::ErrorKind::Guarded) when a layer does not exist, for it would crash KiCad.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Layer;
    ///
    /// let board = kicad.board()?;
    /// let via = board.vias()?[0].id().expect("what is on a board has an id");
    /// let presence = board.padstack_presence([via], [Layer::F_CU, Layer::F_SILKS])?;
    /// assert_eq!(presence[0].as_ref().map(|layers| layers[&Layer::F_CU]), Some(true));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn padstack_presence(
        &self,
        ids: impl IntoIterator<Item = Id>,
        layers: impl IntoIterator<Item = Layer>,
    ) -> L::Out<'_, Vec<Option<Presence>>> {
        let ids: Vec<Id> = ids.into_iter().collect();
        let command = CheckPadstackPresenceOnLayers::new()
            .with_board(self.specifier())
            .with_items(ids.iter().map(|id| Kiid::from(*id)))
            .with_layers(layers);
        self.ask(command, move |response| {
            let mut found: BTreeMap<Id, Presence> = BTreeMap::new();
            for entry in response.entries {
                if let Some(id) = entry.item.as_ref().and_then(|id| Id::try_from(id).ok()) {
                    let is_present = entry.presence == PadstackPresence::PRESENT;
                    found.entry(id).or_default().insert(entry.layer, is_present);
                }
            }
            Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
        })
    }
}

/// Values that KiCad sent beside the ids that they belong to.
fn by_id<T>(ids: &[Kiid], values: impl ExactSizeIterator<Item = T>) -> Result<BTreeMap<Id, T>> {
    if ids.len() != values.len() {
        let (ids, values) = (ids.len(), values.len());
        return Err(Error::unexpected(format!("KiCad sent {values} results for {ids} ids")));
    }
    let pairs = ids.iter().zip(values);
    Ok(pairs.filter_map(|(id, value)| Some((Id::try_from(id).ok()?, value))).collect())
}
