//! Edits of a board outside of a commit, and what commits stand on.

use std::collections::{BTreeSet, HashSet};

use kiapi_gen::board::commands::{BoardFlipDirection, DrcSeverity, FlipItems, InjectDrcError};
use kiapi_gen::common::commands::{
    CreateItems, DeleteItems, GetBoundingBox, ItemCreationResult, ItemDeletionStatus, ItemStatus,
    ItemStatusCode, UpdateItems,
};
use kiapi_gen::common::types::{ItemRequestStatus, Kiid};
use kiapi_gen::{Any, ApiVersion, Command, CommandInfo};

use super::Board;
use crate::core::{Passage, Step};
use crate::items::Item;
use crate::link::Link;
use crate::{Error, FlipDirection, Id, ItemError, Result, Severity, Vector2};

/// What KiCad made of one item that it was sent.
///
/// # Examples
///
/// ```
/// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
/// use kiapi::{Layer, Track, mm};
///
/// let track = Track::new().with_start((mm(0), mm(0))).with_end((mm(1), mm(0))).with_width(mm(0.25));
/// for row in kicad.board()?.try_create([track.with_layer(Layer::F_CU)])? {
///     println!("{}: {:?} {}", row.index, row.code, row.message);
/// }
/// # Ok::<_, kiapi::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ItemResult {
    /// The place of the item among those that were sent, from 0.
    pub index: usize,
    /// The id of the item.
    pub id: Option<Id>,
    /// KiCad's code: `OK`, or why it did not take the item.
    pub code: ItemStatusCode,
    /// KiCad's own words, where it has any.
    pub message: String,
    /// The item as KiCad has it now; none, if it did not take it.
    pub item: Option<Item>,
}

impl ItemResult {
    /// Whether KiCad took the item.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// let board = kicad.board()?;
    /// let rows = board.try_update([board.tracks()?.remove(0)])?;
    /// assert!(rows[0].is_ok());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[inline]
    pub fn is_ok(&self) -> bool {
        self.code == ItemStatusCode::OK
    }

    /// All items, or the error that has those that were not taken.
    #[inline]
    pub(crate) fn all(what: &str, rows: Vec<Self>) -> Result<Vec<Item>> {
        let total = rows.len();
        let (taken, refused): (Vec<_>, Vec<_>) = rows.into_iter().partition(Self::is_ok);
        if refused.is_empty() {
            return Ok(taken.into_iter().filter_map(|row| row.item).collect());
        }
        let refused = refused.into_iter().map(|row| ItemError {
            index: row.index,
            id: row.id,
            code: row.code,
            message: row.message,
        });
        Err(Error::not_taken(what, refused.collect(), total))
    }

    #[inline]
    fn new(index: usize, sent: Option<&Item>, status: Option<ItemStatus>, any: Option<Any>) -> Result<Self> {
        let status = status.unwrap_or_default();
        let is_ok = status.code == ItemStatusCode::OK;
        // What was refused comes back as it was sent, or not at all.
        let item = any.filter(|_| is_ok).map(Item::from_any).transpose();
        let item = item.map_err(|error| Error::item("an edit", error))?;
        let id = item.as_ref().or(sent).and_then(Item::id);
        Ok(Self { index, id, code: status.code, message: status.error_message, item })
    }
}

/// The rows of what was created.
#[inline]
pub(super) fn created(rows: Vec<ItemCreationResult>) -> Result<Vec<ItemResult>> {
    let rows = rows.into_iter().enumerate();
    rows.map(|(index, row)| ItemResult::new(index, None, row.status, row.item)).collect()
}

impl<L: Link> Board<L> {
    /// Creates items in a step of undo of their own, and gives them as KiCad made them. It is refused while KiCad is busy.
    ///
    /// An item that has no id gets one. A footprint's children get new ids in any case. Many items are best created in one
    /// call, and many calls in one [`commit`](crate::Board::commit): on a large board, each step of undo takes KiCad half a
    /// second.
    ///
    /// # Errors
    ///
    /// [`Items`](crate::ErrorKind::Items) when KiCad does not take some; the others are created all the same, and
    /// [`Error::items`] says which. To have all or none, use a commit.
    /// [`CommitOpen`](crate::ErrorKind::CommitOpen) while this client has a commit open, whoever shares the client and began
    /// it: KiCad would take the edit back with that. Edit with the commit's own methods, or
    /// [from a client of its own](crate::generic::KiCad#sharing-a-client).
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::{Via, mm};
    ///
    /// let via = Via::new().with_position((mm(12), mm(3))).with_diameter(mm(0.6)).with_drill(mm(0.3));
    /// let made = kicad.board()?.create([via.with_net("GND")])?;
    /// assert!(made[0].id().is_some());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn create<T: Into<Item>>(&self, items: impl IntoIterator<Item = T>) -> L::Out<'_, Vec<Item>> {
        let items: Vec<Item> = items.into_iter().map(Into::into).collect();
        L::run(async move { ItemResult::all("create", self.send_create(items, Step::Own).await?) })
    }

    /// Creates items in a step of undo of their own, and tells for each what came of it.
    ///
    /// # Errors
    ///
    /// [`CommitOpen`](crate::ErrorKind::CommitOpen) as for [`create`](Self::create); what KiCad does not take is no error here.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::{Layer, Track, mm};
    ///
    /// let track = Track::new().with_start((mm(0), mm(0))).with_end((mm(1), mm(0))).with_width(mm(0.25));
    /// let good = track.clone().with_layer(Layer::F_CU);
    /// let rows = kicad.board()?.try_create([good, track.with_layer(Layer::IN29_CU)])?;
    /// assert!(rows[0].is_ok() && !rows[1].is_ok());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn try_create<T: Into<Item>>(
        &self,
        items: impl IntoIterator<Item = T>,
    ) -> L::Out<'_, Vec<ItemResult>> {
        let items: Vec<Item> = items.into_iter().map(Into::into).collect();
        L::run(self.send_create(items, Step::Own))
    }

    /// Replaces the items with the same ids in a step of undo of its own, and gives them as KiCad has them now. It is
    /// refused while KiCad is busy.
    ///
    /// Send only what changed: KiCad itself loses something of what it is sent unchanged, such as the teardrops of a via.
    /// A footprint is replaced with all its children by what is sent. A part of a footprint is not sent alone
    /// ([`Guard::PartOfFootprint`](crate::Guard::PartOfFootprint)): change it with
    /// [`Footprint::edit_children`](crate::Footprint::edit_children), and send the footprint.
    ///
    /// # Errors
    ///
    /// [`Items`](crate::ErrorKind::Items) when KiCad does not take some, such as one that is not there any more; the others are
    /// changed all the same. [`CommitOpen`](crate::ErrorKind::CommitOpen) as for [`create`](Self::create).
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::mm;
    ///
    /// let board = kicad.board()?;
    /// let track = board.tracks()?.remove(0).with_width(mm(0.5));
    /// board.update([track])?;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn update<T: Into<Item>>(&self, items: impl IntoIterator<Item = T>) -> L::Out<'_, Vec<Item>> {
        let items: Vec<Item> = items.into_iter().map(Into::into).collect();
        L::run(async move { ItemResult::all("update", self.send_update(items, Step::Own).await?) })
    }

    /// Replaces the items with the same ids in a step of undo of its own, and tells for each what came of it.
    ///
    /// # Errors
    ///
    /// [`CommitOpen`](crate::ErrorKind::CommitOpen) as for [`create`](Self::create); what KiCad does not take is no error here.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Id;
    ///
    /// let board = kicad.board()?;
    /// let mut track = board.tracks()?.remove(0);
    /// track.set_id(Id::random());
    /// assert!(!board.try_update([track])?[0].is_ok());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn try_update<T: Into<Item>>(
        &self,
        items: impl IntoIterator<Item = T>,
    ) -> L::Out<'_, Vec<ItemResult>> {
        let items: Vec<Item> = items.into_iter().map(Into::into).collect();
        L::run(self.send_update(items, Step::Own))
    }

    /// Deletes items in a step of undo of its own, locked ones too. It is refused while KiCad is busy.
    ///
    /// KiCad itself tells nothing of what it deleted. So this looks which items there are, deletes them, and looks again:
    /// three round trips.
    ///
    /// # Errors
    ///
    /// [`Items`](crate::ErrorKind::Items) when some do not exist, and nothing is deleted then; or when some are still there
    /// afterwards. [`CommitOpen`](crate::ErrorKind::CommitOpen) as for [`create`](Self::create).
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// let board = kicad.board()?;
    /// let via = board.vias()?[0].id().expect("what is on a board has an id");
    /// board.delete([via])?;
    /// assert!(board.delete([via]).is_err());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn delete(&self, ids: impl IntoIterator<Item = Id>) -> L::Out<'_, ()> {
        let ids: Vec<Id> = ids.into_iter().collect();
        L::run(async move {
            self.send_delete(&ids, Step::Own).await?;
            self.confirm_deleted(&ids).await
        })
    }

    /// Turns items over to the other side of the board in a step of undo of its own, and gives them as they are then.
    ///
    /// # Errors
    ///
    /// [`Items`](crate::ErrorKind::Items) when KiCad does not turn some over; [`CommitOpen`](crate::ErrorKind::CommitOpen) as
    /// for [`create`](Self::create).
    ///
    /// # KiCad versions
    ///
    /// 10.0.6. With an older one, [`Item::flip`](crate::Item::flip) and an update do the same.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::{FlipDirection, Layer};
    ///
    /// let board = kicad.board()?;
    /// let footprint = board.footprints()?.remove(0);
    /// let flipped = board.flip(footprint.id(), FlipDirection::LeftRight)?;
    /// assert_ne!(flipped[0].layer(), Some(footprint.layer()));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn flip(&self, ids: impl IntoIterator<Item = Id>, direction: FlipDirection) -> L::Out<'_, Vec<Item>> {
        let ids: Vec<Id> = ids.into_iter().collect();
        L::run(async move { ItemResult::all("flip", self.send_flip(&ids, direction, Step::Own).await?) })
    }

    /// Puts a marker on the board, as a design rule check does, and gives its id.
    ///
    /// # Errors
    ///
    /// [`CommitOpen`](crate::ErrorKind::CommitOpen) as for [`create`](Self::create).
    ///
    /// # KiCad versions
    ///
    /// 10.0.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::{Severity, mm};
    ///
    /// let board = kicad.board()?;
    /// board.inject_drc_error(Severity::Warning, "too close to the edge", (mm(1), mm(1)), [])?;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn inject_drc_error(
        &self,
        severity: Severity,
        message: impl Into<String>,
        at: impl Into<Vector2>,
        items: impl IntoIterator<Item = Id>,
    ) -> L::Out<'_, Id> {
        let command = InjectDrcError::new()
            .with_board(self.specifier())
            .with_severity(DrcSeverity::from(severity))
            .with_message(message)
            .with_position(at.into())
            .with_items(items.into_iter().map(Kiid::from));
        L::run(async move {
            let passage = Passage::AloneAndLeft;
            let response = self.core().call_with_items(&command, &[], passage, self.options).await;
            let marker = response?.marker.unwrap_or_default();
            Id::try_from(&marker)
                .map_err(|error| Error::unexpected(format!("KiCad made a marker without an id: {error}")))
        })
    }

    pub(crate) async fn send_create(&self, mut items: Vec<Item>, step: Step<'_>) -> Result<Vec<ItemResult>> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        check_created(&items, self.kicad.version())?;
        // By it the answer is known: KiCad keeps it, and otherwise two calls that create could be taken for each other.
        for item in items.iter_mut().filter(|item| item.id().is_none()) {
            item.set_id(Id::random());
        }
        let command = CreateItems::new().with_header(self.header());
        let response = self.edit(&command, &items, step).await?;
        check_status::<CreateItems>(response.status)?;
        check_rows("create", response.created_items.len(), items.len())?;
        let rows = response.created_items.into_iter().zip(&items).enumerate();
        let rows = rows.map(|(index, (row, sent))| ItemResult::new(index, Some(sent), row.status, row.item));
        self.rows_of::<CreateItems>(rows.collect::<Result<_>>()?, items.iter().map(Item::id)).await
    }

    pub(crate) async fn send_update(&self, items: Vec<Item>, step: Step<'_>) -> Result<Vec<ItemResult>> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(index) = items.iter().position(|item| item.id().is_none()) {
            return Err(Error::argument(format!(
                "item {index} has no id, so nothing on the board can be updated by it"
            )));
        }
        self.check_parts(&items).await?;
        let command = UpdateItems::new().with_header(self.header());
        let response = self.edit(&command, &items, step).await?;
        check_status::<UpdateItems>(response.status)?;
        check_rows("update", response.updated_items.len(), items.len())?;
        let rows = response.updated_items.into_iter().zip(&items).enumerate();
        let rows = rows.map(|(index, (row, sent))| ItemResult::new(index, Some(sent), row.status, row.item));
        self.rows_of::<UpdateItems>(rows.collect::<Result<_>>()?, items.iter().map(Item::id)).await
    }

    /// Rows, if they are about the items that were sent. Otherwise they may be those of another call of the same kind, which
    /// nothing else shows.
    async fn rows_of<C: Command>(
        &self,
        rows: Vec<ItemResult>,
        sent: impl Iterator<Item = Option<Id>>,
    ) -> Result<Vec<ItemResult>> {
        let is_another = |(row, sent): (&ItemResult, Option<Id>)| {
            row.item.as_ref().and_then(Item::id).is_some_and(|id| Some(id) != sent)
        };
        let is_anothers = rows.iter().zip(sent).any(is_another);
        if is_anothers {
            self.core().confirm_in_step(const { &CommandInfo::of::<C>() }, self.options()).await?;
        }
        Ok(rows)
    }

    pub(crate) async fn send_delete(&self, ids: &[Id], step: Step<'_>) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let there = self.existing(ids).await?;
        check_deleted(ids, |id| !there.contains(id), ItemStatusCode::NONEXISTENT, "there is no such item")?;
        let command =
            DeleteItems::new().with_header(self.header()).with_item_ids(ids.iter().map(|id| Kiid::from(*id)));
        let response = self.edit(&command, &[], step).await?;
        check_status::<DeleteItems>(response.status)?;
        // No KiCad up to 10.0.6 sends any; one that does is believed.
        let refused: BTreeSet<Id> = response
            .deleted_items
            .iter()
            .filter(|row| row.status != ItemDeletionStatus::OK)
            .filter_map(|row| Id::try_from(row.id.as_ref()?).ok())
            .collect();
        check_deleted(ids, |id| refused.contains(id), ItemStatusCode::IMMUTABLE, "KiCad refused to delete it")
    }

    pub(crate) async fn send_flip(
        &self,
        ids: &[Id],
        direction: FlipDirection,
        step: Step<'_>,
    ) -> Result<Vec<ItemResult>> {
        // Without an item KiCad begins a commit and forgets it.
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let command = FlipItems::new()
            .with_header(self.header())
            .with_items(ids.iter().map(|id| Kiid::from(*id)))
            .with_direction(BoardFlipDirection::from(direction));
        let response = self.edit(&command, &[], step).await?;
        check_status::<FlipItems>(response.status)?;
        check_rows("flip", response.flipped_items.len(), ids.len())?;
        let rows = response.flipped_items.into_iter().zip(ids).enumerate();
        let rows = rows.map(|(index, (row, id))| {
            let mut row = ItemResult::new(index, None, row.status, row.item)?;
            row.id = row.id.or(Some(*id));
            Ok(row)
        });
        self.rows_of::<FlipItems>(rows.collect::<Result<_>>()?, ids.iter().copied().map(Some)).await
    }

    /// Makes sure that items are gone.
    pub(crate) async fn confirm_deleted(&self, ids: &[Id]) -> Result<()> {
        let there = self.existing(ids).await.map_err(Error::unconfirmed)?;
        check_deleted(ids, |id| there.contains(id), ItemStatusCode::IMMUTABLE, "it is still there")
    }

    /// Which of these there are.
    pub(super) async fn existing(&self, ids: &[Id]) -> Result<BTreeSet<Id>> {
        if self.kicad.version() >= ApiVersion::new(9, 99, 0) {
            return Ok(self.find(ids).await?.iter().filter_map(Item::id).collect());
        }
        // What has an extent is there. It is all that 9.0 tells of items that it does not give.
        if ids.is_empty() {
            return Ok(BTreeSet::new());
        }
        let command =
            GetBoundingBox::new().with_header(self.header()).with_items(ids.iter().map(|id| Kiid::from(*id)));
        let boxes = self.call(&command).await?;
        Ok(boxes.items.iter().filter_map(|id| Id::try_from(id).ok()).collect())
    }

    /// Sends an edit.
    async fn edit<C: Command>(&self, command: &C, items: &[Item], step: Step<'_>) -> Result<C::Response> {
        let core = self.core();
        let passage = core.passage(C::NAME, step)?;
        let response = core.call_with_items(command, items, passage, self.options).await?;
        if passage == Passage::Free && core.is_out_of_step() {
            core.prove_in_commit(C::NAME, self.options).await?;
        }
        Ok(response)
    }

    /// Drops what an earlier run of the program left open, once.
    pub(super) async fn drop_inherited(&self) -> Result<()> {
        self.core().drop_inherited(&self.options.or(self.core().defaults)).await
    }
}

/// What KiCad would not make as it is, or would make a mess of without a word.
#[inline]
fn check_created(items: &[Item], version: ApiVersion) -> Result<()> {
    let mut ids = HashSet::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        if let Some(since) = item.created_since().filter(|since| *since > version) {
            return Err(Error::unsupported_use(format!(
                "item {index}, a {item}, needs KiCad {since} to be created, and this is {version}"
            )));
        }
        if item.id().is_some_and(|id| !ids.insert(id)) {
            return Err(Error::argument(format!(
                "item {index}, a {item}, has the id of another one before it"
            )));
        }
    }
    Ok(())
}

fn check_status<C: Command>(status: ItemRequestStatus) -> Result<()> {
    match status {
        ItemRequestStatus::OK => Ok(()),
        ItemRequestStatus::DOCUMENT_NOT_FOUND => {
            Err(Error::document(format!("{} found no such document; is it still open?", C::NAME)))
        }
        status => Err(Error::unexpected(format!("{} came back with {status:?}", C::NAME))),
    }
}

/// Each item that is sent gets its row.
#[inline]
fn check_rows(what: &str, got: usize, sent: usize) -> Result<()> {
    if got == sent {
        return Ok(());
    }
    Err(Error::unexpected(format!("KiCad told of {got} of the {sent} items that it was to {what}")))
}

fn check_deleted(
    ids: &[Id],
    is_wrong: impl Fn(&Id) -> bool,
    code: ItemStatusCode,
    message: &str,
) -> Result<()> {
    let wrong = ids.iter().enumerate().filter(|(_, id)| is_wrong(id));
    let wrong: Vec<ItemError> = wrong
        .map(|(index, id)| ItemError { index, id: Some(*id), code, message: message.to_owned() })
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(Error::not_taken("delete", wrong, ids.len())) }
}
