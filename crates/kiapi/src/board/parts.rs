//! Parts of footprints: KiCad takes one that is sent alone for an item of the board, in the footprint's own list.

use std::collections::BTreeSet;

use kiapi_gen::ApiVersion;

use super::Board;
use crate::guard::Guard;
use crate::items::{Item, ObjectType};
use crate::link::Link;
use crate::{Error, Id, Result};

/// What is known of who lies in what. It is asked for once, since it does not change.
#[derive(Debug, Default)]
pub(crate) struct Lying {
    /// Boards, and whatever else items lie in that is no footprint. KiCad tells since 10.0.
    others: BTreeSet<Id>,
    /// Items that lie in no footprint, as far as KiCad 9.0 was asked.
    loose: BTreeSet<Id>,
}

impl<L: Link> Board<L> {
    /// The ids of those items that lie in a footprint. They are changed with it, not alone: see
    /// [`Guard::PartOfFootprint`].
    ///
    /// Pads and fields always do, and are among them whether KiCad has them or not. Of other items only those are that
    /// KiCad has there now, whatever an edited copy says of its parent.
    ///
    /// # KiCad versions
    ///
    /// 10.0 tells what an item lies in: up to three small round trips. 9.0 does not, but it lists shapes, texts, text boxes and
    /// zones only where they lie on the board itself: all of the same types are read once.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Item;
    ///
    /// let board = kicad.board()?;
    /// let footprint = board.footprints()?.remove(0);
    /// let mut items: Vec<Item> = footprint.texts().into_iter().map(Item::from).collect();
    /// let parts = board.parts_of_footprints(&items)?;
    /// assert_eq!(parts.len(), items.len());
    ///
    /// items.extend(board.tracks()?.into_iter().map(Item::from));
    /// assert_eq!(board.parts_of_footprints(&items)?, parts);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn parts_of_footprints<'a>(&'a self, items: &'a [Item]) -> L::Out<'a, BTreeSet<Id>> {
        L::run(async move {
            let mut parts = self.parts(items).await?;
            parts.extend(items.iter().filter(|item| is_always_part(item)).filter_map(Item::id));
            Ok(parts)
        })
    }

    /// Refuses to send parts of footprints, unless the caller knows better.
    pub(super) async fn check_parts(&self, items: &[Item]) -> Result<()> {
        let core = self.core();
        if !core.is_guarding(Guard::PartOfFootprint, self.options) {
            return Ok(());
        }
        if let Some(index) = items.iter().position(is_always_part) {
            return Err(Error::part_of_footprint(index, &items[index], core.version()));
        }
        let parts = self.parts(items).await?;
        let found =
            items.iter().enumerate().find(|(_, item)| item.id().is_some_and(|id| parts.contains(&id)));
        match found {
            Some((index, item)) => Err(Error::part_of_footprint(index, item, core.version())),
            None => Ok(()),
        }
    }

    /// The ids of those that lie in a footprint, of the types that can lie on a board too.
    async fn parts(&self, items: &[Item]) -> Result<BTreeSet<Id>> {
        let may_be = |item: &&Item| may_be_part(item);
        if !items.iter().any(|item| may_be(&item)) {
            return Ok(BTreeSet::new());
        }
        if self.core().version() >= ApiVersion::new(9, 99, 0) {
            self.parts_by_parents(items.iter().filter(may_be)).await
        } else {
            self.parts_by_lists(items.iter().filter(may_be)).await
        }
    }

    /// The ids of those that lie in a footprint, as they say themselves.
    async fn parts_by_parents(&self, items: impl Iterator<Item = &Item>) -> Result<BTreeSet<Id>> {
        let (mut lies_in, mut untold) = (Vec::new(), Vec::new());
        for item in items {
            let Some(id) = item.id() else { continue };
            match item.parent() {
                Some(parent) => lies_in.push((id, parent)),
                None => untold.push(id),
            }
        }
        // Made anew, with the id of one that there is.
        let told = self.find(&untold).await?;
        lies_in.extend(told.iter().filter_map(|item| Some((item.id()?, item.parent()?))));
        let unknown: BTreeSet<Id> = {
            let state = self.core().state();
            let parents = lies_in.iter().map(|(_, parent)| *parent);
            parents.filter(|parent| !state.lying.others.contains(parent)).collect()
        };
        let found = self.find(&unknown.iter().copied().collect::<Vec<_>>()).await?;
        let footprints = found.iter().filter(|item| matches!(item, Item::Footprint(_)));
        let footprints: BTreeSet<Id> = footprints.filter_map(Item::id).collect();
        self.core().state().lying.others.extend(unknown.difference(&footprints));
        let said: Vec<Id> =
            lies_in.into_iter().filter(|(_, parent)| footprints.contains(parent)).map(|(id, _)| id).collect();
        // A copy of a part that was created on the board may still say what it was copied from.
        let parts = self.find(&said).await?;
        let lies_in_one = |item: &&Item| item.parent().is_some_and(|parent| footprints.contains(&parent));
        Ok(parts.iter().filter(lies_in_one).filter_map(Item::id).collect())
    }

    /// The ids of those that are not listed: KiCad 9.0 tells of no parents, but lists no parts but pads.
    async fn parts_by_lists(&self, items: impl Iterator<Item = &Item>) -> Result<BTreeSet<Id>> {
        let unknown: Vec<(Id, ObjectType)> = {
            let state = self.core().state();
            let known = items.filter_map(|item| Some((item.id()?, item.kind())));
            known.filter(|(id, kind)| LISTED.contains(kind) && !state.lying.loose.contains(id)).collect()
        };
        if unknown.is_empty() {
            return Ok(BTreeSet::new());
        }
        let kinds = LISTED.iter().filter(|kind| unknown.iter().any(|(_, of)| of == *kind));
        let listed: Vec<Item> = self.items_of_types(kinds.copied()).await?;
        let not_listed: Vec<Id> = {
            let loose = &mut self.core().state().lying.loose;
            loose.extend(listed.iter().filter_map(Item::id));
            unknown.iter().map(|(id, _)| *id).filter(|id| !loose.contains(id)).collect()
        };
        // What is nowhere is no part either: KiCad says so itself.
        self.existing(&not_listed).await
    }
}

/// The types that KiCad 9.0 lists where they lie on the board itself, and that footprints have too.
const LISTED: &[ObjectType] =
    &[ObjectType::PCB_SHAPE, ObjectType::PCB_TEXT, ObjectType::PCB_TEXTBOX, ObjectType::PCB_ZONE];

#[inline]
fn is_always_part(item: &Item) -> bool {
    matches!(item, Item::Pad(_) | Item::Field(_))
}

/// Whether an item can lie on a board and in a footprint. Pads and fields lie in footprints only.
#[inline]
fn may_be_part(item: &Item) -> bool {
    !matches!(
        item,
        Item::Track(_)
            | Item::Arc(_)
            | Item::Via(_)
            | Item::Footprint(_)
            | Item::Pad(_)
            | Item::Field(_)
            | Item::Unknown(_)
    )
}
