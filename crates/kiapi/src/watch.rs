//! What changed on a board: two lists of its items compared, by their bytes.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;

use kiapi_gen::board::types::Item as Message;
use kiapi_gen::common::types::Kiid;
use kiapi_gen::prost::Message as _;
use kiapi_gen::prost::bytes::Buf as _;
use kiapi_gen::prost::encoding::{WireType, decode_key, decode_varint};

use crate::{Any, Id, Item};

/// What changed between two looks at a board.
///
/// KiCad tells no one what changed, so the items are compared with those of the look before. What they were then is not
/// kept: whoever needs it keeps the items himself. The pads of a footprint are told beside it, since KiCad lists them; what else
/// lies in a footprint is a part of that alone. An item that cannot be read is [`Unknown`](Item::Unknown), as is one of a type
/// that this build does not know.
///
/// It is an iterator too: first what was added and changed, in the order of the later list, then what was removed, in the
/// order of the earlier one.
///
/// # Examples
///
/// ```
/// use kiapi::api::board::types::Track;
/// use kiapi::api::common::types::Kiid;
/// use kiapi::watch::Watch;
/// use kiapi::{Any, Layer};
///
/// let id = Kiid::new().with_value("3f7c0b0e-4a2c-4d2e-9d8c-1f0a5b6c7d8e");
/// let track = Track::new().with_id(id).with_layer(Layer::F_CU);
/// let mut watch = Watch::new();
/// assert_eq!(watch.update([Any::pack(&track)]).added.len(), 1);
/// assert!(watch.update([Any::pack(&track)]).is_empty());
///
/// let moved = Any::pack(&track.with_layer(Layer::B_CU));
/// assert_eq!(watch.update([moved]).changed[0].layer(), Some(Layer::B_CU));
/// assert_eq!(watch.update([]).removed.len(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Changes {
    /// The items that were not there before, as they are now.
    pub added: Vec<Item>,
    /// The items that were there, and are not what they were; as they are now.
    pub changed: Vec<Item>,
    /// The items that are no longer there. What they were is not kept, only who.
    pub removed: Vec<Id>,
}

impl Changes {
    /// Whether nothing changed.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(kiapi::watch::Changes::default().is_empty());
    /// ```
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many items were added, changed or removed.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(kiapi::watch::Changes::default().len(), 0);
    /// ```
    #[inline]
    pub fn len(&self) -> usize {
        self.added.len() + self.changed.len() + self.removed.len()
    }
}

/// One change.
///
/// # Examples
///
/// ```
/// use kiapi::watch::{Change, Watch};
/// use kiapi::{Item, Via};
///
/// let via = Item::from(Via::new().with_id(kiapi::Id::random()));
/// for change in Watch::new().update([via.to_any()]) {
///     assert!(matches!(change, Change::Added(_)));
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// An item that was not there before.
    Added(Item),
    /// An item that was there, and is not what it was; as it is now.
    Changed(Item),
    /// An item that is no longer there.
    Removed(Id),
}

impl IntoIterator for Changes {
    type Item = Change;
    type IntoIter = Box<dyn Iterator<Item = Change> + Send + Sync>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        let added = self.added.into_iter().map(Change::Added);
        let changed = self.changed.into_iter().map(Change::Changed);
        Box::new(added.chain(changed).chain(self.removed.into_iter().map(Change::Removed)))
    }
}

/// A memory of what the items of a board were when they were last looked at.
///
/// Of each item it keeps its id and a hash of its bytes, some 50 bytes in all; nothing of what the item holds.
///
/// Two items are the same if their bytes are: KiCad writes an item that nobody touched the same each time. Only what an item
/// says of the board that it lies on does not count: KiCad 10 gives the board another id each time that it loads it, and all
/// items would be others then. Any KiCad gives new ids to the shapes of custom pads when it loads a board, and to fields for
/// which the file has none: footprints and pads with such parts are told as changed after that.
///
/// Items of types that this build does not know are watched too. An item without an id is known by its bytes alone: when it
/// changes, it is one that was added, and that it is gone is not told, since there is nothing to call it by.
///
/// # Examples
///
/// ```
/// use kiapi::watch::Watch;
/// use kiapi::{Item, Via};
///
/// let via = Item::from(Via::new().with_id(kiapi::Id::random()));
/// let mut watch = Watch::new();
/// watch.update([via.to_any()]);
/// assert_eq!(watch.update([]).removed.len(), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Watch {
    seen: HashMap<Key, Seen>,
    /// The number of the look.
    round: u64,
    hasher: RandomState,
}

/// Who an item is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Id(Id),
    Bytes(u64),
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    hash: u64,
    /// Where it stood in its list, for the order of what is gone.
    place: usize,
    round: u64,
}

impl Watch {
    /// A memory of nothing: the first update adds all.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(kiapi::watch::Watch::new().is_empty());
    /// ```
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many items there were at the last look.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(kiapi::watch::Watch::new().len(), 0);
    /// ```
    #[inline]
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether there were no items at the last look.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(kiapi::watch::Watch::new().is_empty());
    /// ```
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Compares all items of a board with those of the last look, and remembers them.
    ///
    /// An id that comes twice counts as it comes first.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::watch::Watch;
    /// use kiapi::{Item, Via};
    ///
    /// let via = Item::from(Via::new().with_id(kiapi::Id::random()));
    /// let mut watch = Watch::new();
    /// assert_eq!(watch.update([via.to_any()]).added.len(), 1);
    /// assert!(watch.update([via.to_any()]).is_empty());
    /// ```
    pub fn update(&mut self, items: impl IntoIterator<Item = Any>) -> Changes {
        let mut changes = Changes::default();
        // Only what changed is decoded.
        let removed = self.compare(items, |item, is_new| {
            let list = if is_new { &mut changes.added } else { &mut changes.changed };
            list.push(decode(item));
        });
        Changes { removed, ..changes }
    }

    /// Remembers all items of a board, and tells nothing.
    pub(crate) fn remember(&mut self, items: impl IntoIterator<Item = Any>) {
        self.compare(items, |_, _| ());
    }

    /// Remembers the items; tells of each that differs whether it is new, and gives the ids of those that are gone.
    fn compare(
        &mut self,
        items: impl IntoIterator<Item = Any>,
        mut differs: impl FnMut(Any, bool),
    ) -> Vec<Id> {
        self.round += 1;
        let round = self.round;
        let items: Vec<Any> = items.into_iter().collect();
        let names: Vec<Names> = items.iter().map(names_of).collect();
        let ids: HashSet<Id> = names.iter().filter_map(|names| names.id).collect();
        for (place, (item, names)) in items.into_iter().zip(names).enumerate() {
            // What lies in no other item lies on the board, whatever that is called today.
            let hash = match names.parent {
                Some((parent, at)) if !ids.contains(&parent) => {
                    self.hasher.hash_one((&item.type_url, &item.value[..at.start], &item.value[at.end..]))
                }
                _ => self.hasher.hash_one((&item.type_url, &item.value[..], &[0_u8; 0][..])),
            };
            let key = names.id.map_or(Key::Bytes(hash), Key::Id);
            match self.seen.insert(key.clone(), Seen { hash, place, round }) {
                None => differs(item, true),
                Some(before) if before.round == round => {
                    self.seen.insert(key, before);
                }
                Some(before) if before.hash != hash => differs(item, false),
                Some(_) => {}
            }
        }
        let mut gone = Vec::new();
        self.seen.retain(|key, seen| {
            let stays = seen.round == round;
            if let (false, Key::Id(id)) = (stays, key) {
                gone.push((seen.place, *id));
            }
            stays
        });
        gone.sort_unstable_by_key(|(place, _)| *place);
        gone.into_iter().map(|(_, id)| id).collect()
    }
}

#[inline]
fn decode(any: Any) -> Item {
    Item::from_any(any.clone()).unwrap_or(Item::Unknown(any))
}

/// What is read of an item without the rest of it.
#[derive(Debug, Default, PartialEq)]
struct Names {
    id: Option<Id>,
    /// The id of what it lies in, and where that field stands in the bytes.
    parent: Option<(Id, Range<usize>)>,
}

/// The id of what only a newer KiCad has is where it is in all but one type; its parent is not known.
const ID: u32 = 1;

#[inline]
fn names_of(item: &Any) -> Names {
    let (id, parent) = Message::id_and_parent(item.full_name());
    let id = id.unwrap_or(ID);
    let mut names = Names::default();
    let mut rest = item.value.as_slice();
    while !rest.is_empty() && (names.id.is_none() || (parent.is_some() && names.parent.is_none())) {
        let start = item.value.len() - rest.len();
        let Some((number, value)) = next_field(&mut rest) else { break };
        let end = item.value.len() - rest.len();
        let read = || Kiid::decode(value).ok().and_then(|id| Id::try_from(&id).ok());
        if number == id {
            names.id = read().or(names.id);
        } else if Some(number) == parent {
            names.parent = read().map(|parent| (parent, start..end));
        }
    }
    names
}

/// Takes a field from the front: its number, and its bytes if it has a length, else none.
#[inline]
fn next_field<'a>(rest: &mut &'a [u8]) -> Option<(u32, &'a [u8])> {
    let (number, wire_type) = decode_key(rest).ok()?;
    let length = match wire_type {
        WireType::Varint => {
            decode_varint(rest).ok()?;
            0
        }
        WireType::SixtyFourBit => 8,
        WireType::ThirtyTwoBit => 4,
        WireType::LengthDelimited => usize::try_from(decode_varint(rest).ok()?).ok()?,
        WireType::StartGroup | WireType::EndGroup => return None,
    };
    let value = rest.get(..length)?;
    rest.advance(length);
    // What has no length is no message, and no id.
    Some((number, if wire_type == WireType::LengthDelimited { value } else { &[] }))
}

#[cfg(test)]
mod tests {
    use kiapi_gen::board::types::{BoardGraphicShape, Footprint, FootprintInstance, Track};

    use super::*;

    const ONE: &str = "00000000-0000-4000-8000-000000000001";

    fn id(number: u32) -> Kiid {
        Kiid::new().with_value(format!("00000000-0000-4000-8000-{number:012}"))
    }

    fn track(number: u32, net: &str) -> Any {
        Any::pack(
            &Track::new().with_id(id(number)).with_net(kiapi_gen::board::types::Net::new().with_name(net)),
        )
    }

    #[track_caller]
    fn check(watch: &mut Watch, items: &[Any], expected: &str) {
        let shown = watch.update(items.iter().cloned()).into_iter().map(|change| match change {
            Change::Added(item) => format!("+{}", name(&item)),
            Change::Changed(item) => format!("~{}", name(&item)),
            Change::Removed(id) => format!("-{}", id.to_string().trim_start_matches(&ONE[..35])),
        });
        assert_eq!(shown.collect::<Vec<_>>().join(" "), expected);
    }

    fn name(item: &Item) -> String {
        names_of(&item.to_any())
            .id
            .map_or_else(|| "?".to_owned(), |id| id.to_string().trim_start_matches(&ONE[..35]).to_owned())
    }

    #[test]
    fn order_of_the_lists_is_kept() {
        let mut watch = Watch::new();
        check(&mut watch, &[track(3, "a"), track(1, "a"), track(2, "a")], "+3 +1 +2");
        check(&mut watch, &[track(3, "a"), track(1, "a"), track(2, "a")], "");
        check(&mut watch, &[track(2, "a"), track(1, "a"), track(3, "a")], "");
        check(&mut watch, &[track(5, "a"), track(2, "b"), track(4, "a"), track(1, "c")], "+5 +4 ~2 ~1 -3");
        check(&mut watch, &[], "-5 -2 -4 -1");
        assert!(watch.is_empty());
        // What was gone and comes again is new.
        check(&mut watch, &[track(5, "a")], "+5");
    }

    #[test]
    fn id_that_comes_twice_counts_once() {
        let mut watch = Watch::new();
        check(&mut watch, &[track(1, "a"), track(1, "b")], "+1");
        check(&mut watch, &[track(1, "a"), track(1, "c")], "");
        check(&mut watch, &[track(1, "c"), track(1, "a")], "~1");
    }

    #[test]
    fn items_of_unknown_types_and_without_ids_are_watched() {
        let wormhole = |net: &str| {
            let track = track(7, net);
            Any::from_parts("type.googleapis.com/kiapi.board.types.Wormhole", track.value)
        };
        let nameless = Any::from_parts("type.googleapis.com/kiapi.board.types.Track", []);
        let garbage = Any::from_parts("x", [0xff; 3]);
        let mut watch = Watch::new();
        check(&mut watch, &[wormhole("a"), nameless.clone(), garbage.clone()], "+7 +? +?");
        check(&mut watch, &[nameless.clone(), garbage.clone(), wormhole("b")], "~7");
        check(&mut watch, &[garbage], "-7");
        assert_eq!(watch.len(), 1);
    }

    #[test]
    fn id_of_the_board_does_not_count() {
        use kiapi_gen::board::types::Pad;
        let footprint =
            |board: u32| Any::pack(&FootprintInstance::new().with_id(id(1)).with_parent(id(board)));
        let pad = |footprint: u32| Any::pack(&Pad::new().with_id(id(2)).with_parent(id(footprint)));
        let mut watch = Watch::new();
        check(&mut watch, &[footprint(8), pad(1)], "+1 +2");
        // The board was loaded again; and KiCad 9 tells no parents.
        check(&mut watch, &[footprint(9), pad(1)], "");
        check(&mut watch, &[Any::pack(&FootprintInstance::new().with_id(id(1))), pad(1)], "");
        // What lies in an item, lies in that one.
        check(&mut watch, &[footprint(9), pad(3)], "~2");
        check(&mut watch, &[footprint(9), pad(1)], "~2");
        check(&mut watch, &[footprint(2), pad(1)], "~1");
    }

    #[test]
    fn type_of_an_item_is_part_of_it() {
        let mut watch = Watch::new();
        let bytes = track(1, "a").value;
        check(&mut watch, &[Any::from_parts("a/a", bytes.clone())], "+1");
        check(&mut watch, &[Any::from_parts("a/b", bytes)], "~1");
    }

    #[test]
    fn ids_are_found_in_items_of_every_type() {
        use kiapi_gen::board::types;
        let items = vec![
            Message::Arc(types::Arc::new().with_parent(id(2))),
            Message::Barcode(types::Barcode::new().with_parent(id(2))),
            Message::BoardGraphicShape(BoardGraphicShape::new().with_parent(id(2))),
            Message::BoardText(types::BoardText::new().with_parent(id(2))),
            Message::BoardTextBox(types::BoardTextBox::new().with_parent(id(2))),
            Message::Dimension(types::Dimension::new().with_parent(id(2))),
            Message::FootprintInstance(
                FootprintInstance::new().with_parent(id(2)).with_definition(Footprint::new()),
            ),
            Message::Group(types::Group::new().with_parent(id(2))),
            Message::Pad(types::Pad::new().with_parent(id(2))),
            Message::ReferenceImage(types::ReferenceImage::new().with_parent(id(2))),
            Message::Track(Track::new().with_parent(id(2))),
            Message::Via(types::Via::new().with_parent(id(2))),
            Message::Zone(types::Zone::new().with_parent(id(2))),
        ];
        for mut item in items {
            *item.id_mut().unwrap() = Some(id(1));
            let names = names_of(&item.to_any());
            assert_eq!(names.id, Some(ONE.parse().unwrap()), "{item:?}");
            let (parent, at) = names.parent.expect("it has one");
            assert_eq!(parent, Id::try_from(&id(2)).unwrap(), "{item:?}");
            // Without those bytes it is the same item, which lies nowhere.
            let mut orphan = item.to_any();
            orphan.value.drain(at);
            let orphan = Item::from_any(orphan).unwrap();
            assert_eq!((orphan.id(), orphan.parent()), (names.id, None), "{item:?}");
            let mut with_more = item.to_any();
            // A field of each kind of value before the id, as a peer may send them.
            let mut bytes =
                vec![0xc0, 0x3e, 0x01, 0xc1, 0x3e, 0, 0, 0, 0, 0, 0, 0, 0, 0xc5, 0x3e, 0, 0, 0, 0];
            bytes.append(&mut with_more.value);
            with_more.value = bytes;
            assert_eq!(names_of(&with_more).id, Some(ONE.parse().unwrap()), "{item:?}");
        }
    }
}
