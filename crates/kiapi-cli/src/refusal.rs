//! Items that were not changed, and why: KiCad refused them, or they are not sent.

use std::fmt;

use kiapi::{Id, Item, ItemResult};
use serde_json::{Value, json};

use crate::change::{item_json, merge};

/// One item that was not taken.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    id: Option<Id>,
    /// The item, as far as it is known.
    item: Option<Item>,
    /// KiCad's code, if it was KiCad that refused.
    code: Option<String>,
    message: String,
}

impl Refusal {
    /// An item that is not sent.
    pub(crate) fn ours(item: &Item, message: impl Into<String>) -> Self {
        Self { id: item.id(), item: Some(item.clone()), code: None, message: message.into() }
    }

    /// An item that KiCad did not take.
    pub(crate) fn of_row(row: &ItemResult, item: Option<&Item>) -> Self {
        let id = row.id.or_else(|| item.and_then(Item::id));
        Self { id, item: item.cloned(), code: Some(format!("{:?}", row.code)), message: row.message.clone() }
    }

    /// The items of an error of kiapi, which were `sent`.
    pub(crate) fn of_error(error: &kiapi::Error, sent: &[Item]) -> Vec<Self> {
        let refused = error.items().iter().map(|row| Self {
            id: row.id,
            item: sent.get(row.index).cloned(),
            code: Some(format!("{:?}", row.code)),
            message: row.message.clone(),
        });
        refused.collect()
    }

    pub(crate) fn json(&self) -> Value {
        let mut value = json!({ "id": self.id.map(|id| id.to_string()) });
        if let Some(item) = &self.item {
            merge(&mut value, item_json(item));
        }
        merge(&mut value, json!({ "code": self.code, "message": self.message }));
        value
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.item, self.id) {
            (Some(item), _) => write!(f, "{item}: ")?,
            (None, Some(id)) => write!(f, "{id}: ")?,
            (None, None) => {}
        }
        match (&self.code, self.message.as_str()) {
            (Some(code), "") => write!(f, "KiCad says {code}"),
            (Some(_), message) => write!(f, "KiCad says `{message}`"),
            (None, message) => f.write_str(message),
        }
    }
}

/// Nothing was changed, for some items were refused.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) items: Vec<Refusal>,
    /// How many there were in all.
    pub(crate) total: usize,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (refused, total) = (self.items.len(), self.total);
        write!(f, "{refused} of {total} {} refused, so nothing was changed", items(total))?;
        if refused < total { f.write_str("; --keep-going changes the others") } else { Ok(()) }
    }
}

impl std::error::Error for Refused {}

/// The work was done, but for some items. Everything is printed already.
#[derive(Debug)]
pub(crate) struct Partly;

impl fmt::Display for Partly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("some items were refused")
    }
}

impl std::error::Error for Partly {}

/// `item was` or `items were`, without the verb in front.
fn items(count: usize) -> &'static str {
    if count == 1 { "item was" } else { "items were" }
}
