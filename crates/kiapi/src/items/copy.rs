//! Copies of items, with ids of their own.

use std::collections::HashMap;

use kiapi_gen::Any;
use kiapi_gen::board::types::Field;
use kiapi_gen::common::types::Kiid;

use super::Item;
use crate::Id;

/// Copies items so that they can be created beside the ones that they were copied from.
///
/// Every item and everything inside of a footprint gets a new id. Groups hold the copies of those members that are
/// copied along, and otherwise the members that they had. What belongs to the schematic stays: a footprint's symbol path.
/// An item of an unknown type keeps its id, since where that lies is not known.
///
/// # Examples
///
/// ```
/// use kiapi::{Group, Id, Item, Track};
///
/// let id = Id::random();
/// let track = Item::from(Track::new().with_id(id));
/// let group = Item::from(Group::new().with_id(Id::random()).with_members([id]));
/// let [track, Item::Group(group)] = &kiapi::items::copy(&[track, group])[..] else { unreachable!() };
/// assert_ne!(track.id(), Some(id));
/// assert!(group.members().eq(track.id()));
/// ```
#[must_use]
#[inline]
pub fn copy(items: &[Item]) -> Vec<Item> {
    let mut copies = items.to_vec();
    let mut new = HashMap::new();
    for item in &mut copies {
        visit(item, &mut |role, id| {
            if role == Role::Own {
                new.entry(id.value.clone()).or_insert_with(|| Kiid::from(Id::random()).value);
            }
        });
    }
    for item in &mut copies {
        visit(item, &mut |_, id| {
            if let Some(new) = new.get(&id.value) {
                id.value.clone_from(new);
            }
        });
    }
    copies
}

impl Item {
    /// A copy with an id of its own; a footprint's children have new ids too. See [`copy`] for several items that
    /// belong together.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Id, Item, Via};
    ///
    /// let via = Item::from(Via::new().with_id(Id::random()));
    /// assert_ne!(via.clone_with_new_id().id(), via.id());
    /// ```
    #[must_use]
    #[inline]
    pub fn clone_with_new_id(&self) -> Self {
        let mut copy = copy(std::slice::from_ref(self)).remove(0);
        if copy.id().is_none() {
            copy.set_id(Id::random());
        }
        copy
    }
}

/// What an id is to the item that it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// The id of the item itself.
    Own,
    /// The id of another item.
    Other,
}

/// Shows all ids in an item, and in the children of a footprint, which are written back if an id was changed.
fn visit(item: &mut Item, see: &mut impl FnMut(Role, &mut Kiid)) {
    macro_rules! own {
        ($it:expr) => {{
            let message = $it.proto_mut();
            message.id.iter_mut().for_each(|id| see(Role::Own, id));
            message.parent.iter_mut().for_each(|id| see(Role::Other, id));
        }};
    }
    match item {
        Item::Track(it) => own!(it),
        Item::Arc(it) => own!(it),
        Item::Via(it) => own!(it),
        Item::Pad(it) => own!(it),
        Item::Zone(it) => own!(it),
        Item::Text(it) => own!(it),
        Item::TextBox(it) => own!(it),
        Item::Field(it) => field(it.proto_mut(), see),
        Item::Dimension(it) => own!(it),
        Item::Barcode(it) => own!(it),
        Item::ReferenceImage(it) => own!(it),
        Item::Shape(it) => own!(it),
        Item::Group(it) => {
            own!(it);
            it.proto_mut().items.iter_mut().for_each(|id| see(Role::Other, id));
        }
        Item::Footprint(it) => {
            own!(it);
            let message = it.proto_mut();
            let fields = [
                &mut message.reference_field,
                &mut message.value_field,
                &mut message.datasheet_field,
                &mut message.description_field,
            ];
            fields.into_iter().flatten().for_each(|it| field(it, see));
            it.edit_children(|child| visit(child, see));
        }
        Item::Unknown(Any { .. }) => {}
    }
}

fn field(field: &mut Field, see: &mut impl FnMut(Role, &mut Kiid)) {
    if let Some(text) = &mut field.text {
        text.id.iter_mut().for_each(|id| see(Role::Own, id));
        text.parent.iter_mut().for_each(|id| see(Role::Other, id));
    }
}
