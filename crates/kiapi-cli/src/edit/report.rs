//! What is told of an edit.

use kiapi::Item;
use serde_json::json;

use crate::change::{Change, What};
use crate::failure::SHOWN;
use crate::output::{self, Format};
use crate::refusal::{Partly, Refusal};
use crate::table::{one_line, red, say};

/// How an edit is told of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    /// Nothing was changed.
    pub(crate) is_dry: bool,
    pub(crate) format: Format,
}

impl Report {
    pub(crate) fn update(self, pairs: Vec<(Item, Item)>, refused: Vec<Refusal>) -> anyhow::Result<()> {
        let total = pairs.len();
        let changes =
            pairs.into_iter().take(self.most()).map(|(before, after)| Change::changed(&before, after));
        self.tell(What::Changed, changes.collect::<anyhow::Result<_>>()?, total, &refused)
    }

    pub(crate) fn create(self, items: Vec<Item>, refused: Vec<Refusal>) -> anyhow::Result<()> {
        let total = items.len();
        self.tell(What::Added, items.into_iter().map(Change::added).collect(), total, &refused)
    }

    pub(crate) fn delete(self, items: Vec<Item>, refused: Vec<Refusal>) -> anyhow::Result<()> {
        let total = items.len();
        self.tell(What::Removed, items.into_iter().map(Change::removed).collect(), total, &refused)
    }

    fn most(self) -> usize {
        if self.format == Format::Json { usize::MAX } else { SHOWN }
    }

    fn tell(self, what: What, changes: Vec<Change>, total: usize, refused: &[Refusal]) -> anyhow::Result<()> {
        match self.format {
            Format::Json => output::json(&json!({
                "dry_run": self.is_dry,
                "changes": changes.iter().map(Change::json).collect::<Vec<_>>(),
                "refused": refused.iter().map(Refusal::json).collect::<Vec<_>>(),
            })),
            Format::Text => {
                changes.iter().take(SHOWN).for_each(Change::print);
                if total > SHOWN {
                    say!("… and {} more; --json has them all", total - SHOWN);
                }
                for item in refused.iter().take(SHOWN) {
                    say!("{} {}", red("!"), one_line(&item.to_string()));
                }
                if refused.len() > SHOWN {
                    say!("… and {} more that were refused", refused.len() - SHOWN);
                }
                let items = if total == 1 { "item" } else { "items" };
                let word = what.word();
                if self.is_dry {
                    say!("{total} {items} would be {word}; nothing was done");
                } else {
                    say!("{total} {items} {word}");
                }
            }
        }
        if refused.is_empty() { Ok(()) } else { Err(Partly.into()) }
    }
}
