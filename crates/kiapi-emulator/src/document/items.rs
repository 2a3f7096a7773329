//! The items of a board.

use std::collections::BTreeMap;

use kiapi_gen::Any;
use kiapi_gen::board::types::Item;
use kiapi_gen::common::commands::GetItems;
use kiapi_gen::common::types::KiCadObjectType;

use crate::{Error, ErrorKind, Result, Snapshot};

/// The items of a board.
#[derive(Clone, Debug, Default)]
pub(crate) struct Items {
    /// What `GetItems` answers for each type alone, in KiCad's order.
    pub(crate) lists: BTreeMap<KiCadObjectType, Vec<Item>>,
}

impl Items {
    pub(crate) fn new(snapshot: &Snapshot) -> Result<Self> {
        let mut items = Self::default();
        for exchange in snapshot.answers::<GetItems>() {
            let (request, response) = exchange?;
            if let [kind] = request.types[..] {
                let list = response.items.into_iter().map(item).collect::<Result<_>>()?;
                items.lists.insert(kind, list);
            }
        }
        Ok(items)
    }
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
        ids.extend(item(any)?.id().map(|id| id.value.clone()));
    }
    Ok(ids)
}
