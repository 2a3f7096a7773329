//! What became of an item: for whoever changed it, watches it, or compares two boards.

mod fields;

use anyhow::Context as _;
use kiapi::Item;
use serde_json::{Value, json};

pub(crate) use self::fields::{Difference, between_values};
use crate::choose::type_name;
use crate::table::{self, dim, one_line, say, short_id};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Added,
    Removed,
    Changed,
}

impl What {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }

    /// The sign that begins a line, in its colour.
    pub(crate) fn sign(self) -> String {
        match self {
            Self::Added => table::green("+"),
            Self::Removed => table::red("-"),
            Self::Changed => table::yellow("~"),
        }
    }
}

/// One item that is not what it was.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    pub(crate) what: What,
    /// The item as it is, or as it was if it is no more.
    pub(crate) item: Item,
    /// What is different in it.
    pub(crate) fields: Vec<Difference>,
}

impl Change {
    pub(crate) fn added(item: Item) -> Self {
        Self { what: What::Added, item, fields: Vec::new() }
    }

    pub(crate) fn removed(item: Item) -> Self {
        Self { what: What::Removed, item, fields: Vec::new() }
    }

    pub(crate) fn changed(before: &Item, after: Item) -> anyhow::Result<Self> {
        let fields = fields::between_items(before, &after)
            .with_context(|| format!("cannot compare {before} with what it is now"))?;
        Ok(Self { what: What::Changed, item: after, fields })
    }

    /// Whether the item was changed, and there is nothing to tell of it.
    pub(crate) fn is_nothing(&self) -> bool {
        self.what == What::Changed && self.fields.is_empty()
    }

    /// `{"change", "id", "type", "about", "fields": [{"field", "before", "after"}]}`.
    pub(crate) fn json(&self) -> Value {
        let mut value = json!({ "change": self.what.word() });
        merge(&mut value, item_json(&self.item));
        if self.what == What::Changed {
            value["fields"] = self.fields.iter().map(Difference::json).collect();
        }
        value
    }

    /// Prints it: a line, and below it one for each field.
    pub(crate) fn print(&self) {
        say!("{} {}  {}", self.what.sign(), one_line(&self.item.to_string()), dim(&short_id(self.item.id())));
        print_fields(&self.fields, "    ");
    }
}

/// Fewer lines than this for the fields of one item.
const FIELDS: usize = 20;

/// Prints a line for each difference.
pub(crate) fn print_fields(fields: &[Difference], indent: &str) {
    let listed = if fields.len() > FIELDS { &fields[..FIELDS - 1] } else { fields };
    let width = listed.iter().map(|field| field.path.chars().count()).max().unwrap_or_default();
    for field in listed {
        say!("{indent}{:width$}  {}", one_line(&field.path), one_line(&field.text()));
    }
    if listed.len() < fields.len() {
        say!("{indent}… and {} more; --json has them all", fields.len() - listed.len());
    }
}

/// `{"id", "type", "about"}`: who an item is.
pub(crate) fn item_json(item: &Item) -> Value {
    json!({
        "id": item.id().map(|id| id.to_string()),
        "type": type_name(item),
        "about": item.to_string(),
    })
}

/// Puts the members of an object into another.
pub(crate) fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}
