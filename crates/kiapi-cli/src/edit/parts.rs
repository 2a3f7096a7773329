//! Parts of footprints, which must not be changed alone: KiCad takes a changed one for an item of the board.

use std::collections::HashSet;

use kiapi::{ApiVersion, Board, Id, Item, ObjectType};

/// The ids of those items that are parts of footprints.
pub(super) fn of_footprints(board: &Board, items: &[Item]) -> kiapi::Result<HashSet<Id>> {
    if board.kicad().version() >= ApiVersion::new(9, 99, 0) {
        // The parent of all else is the board, which is no item.
        let parents: HashSet<Id> = items.iter().filter_map(Item::parent).collect();
        let found = board.items_by_id(parents)?.into_iter().flatten();
        let footprints: HashSet<Id> =
            found.filter(|item| matches!(item, Item::Footprint(_))).filter_map(|item| item.id()).collect();
        let parts = items.iter().filter(|item| item.parent().is_some_and(|id| footprints.contains(&id)));
        return Ok(parts.filter_map(Item::id).collect());
    }
    // KiCad 9 does not tell of parents; but what is listed is no part.
    let kinds = [ObjectType::PCB_SHAPE, ObjectType::PCB_TEXT, ObjectType::PCB_TEXTBOX, ObjectType::PCB_ZONE];
    let may_be = |item: &&Item| kinds.contains(&item.kind());
    if !items.iter().any(|item| may_be(&item)) {
        return Ok(HashSet::new());
    }
    let listed: HashSet<Id> = board.items_of(kinds)?.iter().filter_map(Item::id).collect();
    Ok(items.iter().filter(may_be).filter_map(Item::id).filter(|id| !listed.contains(id)).collect())
}
