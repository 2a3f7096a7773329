//! Edits of items: what all commands that change some have in common.
//!
//! Everything that a command does is one commit: one step of undo, or nothing at all.

pub(crate) mod add;
pub(crate) mod delete;
pub(crate) mod flip;
pub(crate) mod moving;
mod report;
pub(crate) mod rotate;

use std::collections::HashSet;

use kiapi::geometry::{self, TransformError};
use kiapi::{Board, Box2, Commit, Item, ItemResult, Nm, Vector2};

pub(crate) use self::report::Report;
use crate::interrupt::{self, Interrupted};
use crate::output::Format;
use crate::progress::Progress;
use crate::refusal::{Refusal, Refused};

/// How an edit is made.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "How")]
pub(crate) struct How {
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Change locked items too
    #[arg(long)]
    pub(crate) locked: bool,
    /// Change what can be changed, and not nothing, when some items are refused
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// What KiCad calls the step of undo
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
}

/// So many items go to KiCad in one request. Between two of them Ctrl-C is seen.
const CHUNK: usize = 250;

/// An edit that is about to be made.
pub(crate) struct Edit<'a> {
    pub(crate) board: &'a Board,
    pub(crate) how: &'a How,
    pub(crate) format: Format,
    /// What is done, for the step of undo: `move`.
    pub(crate) verb: &'static str,
}

impl Edit<'_> {
    /// Changes items, each as `change` says, in one commit, and tells what came of it.
    pub(crate) fn update(
        &self,
        items: Vec<Item>,
        change: impl Fn(&mut Item) -> Result<(), TransformError>,
    ) -> anyhow::Result<()> {
        let total = items.len();
        let (items, mut refused) = self.changeable(items)?;
        let mut pairs = Vec::new();
        for before in items {
            let mut after = before.clone();
            match change(&mut after) {
                Err(error) => refused.push(Refusal::ours(&before, error.to_string())),
                Ok(()) if !fits(&after) => {
                    refused
                        .push(Refusal::ours(&before, "it would lie where KiCad has no coordinates for it"));
                }
                Ok(()) => pairs.push((before, after)),
            }
        }
        self.stop_if_refused(&refused, total)?;
        // Never send what did not change: KiCad loses something of it.
        pairs.retain(|(before, after)| before != after);
        if self.how.dry_run || pairs.is_empty() {
            return self.report().update(pairs, refused);
        }
        let pairs = self.commit(pairs.len(), |edit| {
            let mut taken = Vec::new();
            self.in_chunks(&pairs, |chunk| {
                let rows = edit.try_update(chunk.iter().map(|(_, after)| after.clone()))?;
                for (row, (before, after)) in rows.into_iter().zip(chunk) {
                    match row.is_ok() {
                        true => taken.push((before.clone(), row.item.unwrap_or_else(|| after.clone()))),
                        false => refused.push(Refusal::of_row(&row, Some(before))),
                    }
                }
                Ok(())
            })?;
            self.stop_if_refused(&refused, total)?;
            Ok(taken)
        })?;
        self.report().update(pairs, refused)
    }

    /// Creates items in one commit, and tells what came of it.
    pub(crate) fn create(&self, items: Vec<Item>) -> anyhow::Result<()> {
        let total = items.len();
        if self.how.dry_run {
            return self.report().create(items, Vec::new());
        }
        let mut refused = Vec::new();
        let made = self.commit(total, |edit| {
            let mut made = Vec::new();
            self.in_chunks(&items, |chunk| {
                let rows = edit.try_create(chunk.iter().cloned())?;
                for (row, sent) in rows.into_iter().zip(chunk) {
                    match row {
                        ItemResult { item: Some(item), .. } => made.push(item),
                        row => refused.push(Refusal::of_row(&row, Some(sent))),
                    }
                }
                Ok(())
            })?;
            self.stop_if_refused(&refused, total)?;
            Ok(made)
        })?;
        self.report().create(made, refused)
    }

    /// Deletes items in one commit, and tells what came of it.
    pub(crate) fn delete(&self, items: Vec<Item>) -> anyhow::Result<()> {
        let total = items.len();
        let (items, refused) = self.changeable(items)?;
        self.stop_if_refused(&refused, total)?;
        if self.how.dry_run || items.is_empty() {
            return self.report().delete(items, refused);
        }
        self.commit(items.len(), |edit| {
            self.in_chunks(&items, |chunk| match edit.delete(chunk.iter().filter_map(Item::id)) {
                // KiCad tells of none, so all or nothing it is.
                Err(error) if !error.items().is_empty() => {
                    Err(Refused { items: Refusal::of_error(&error, chunk), total }.into())
                }
                other => Ok(other?),
            })
        })?;
        self.report().delete(items, refused)
    }

    /// Those that can be changed by themselves and may be, and those that are not.
    fn changeable(&self, items: Vec<Item>) -> kiapi::Result<(Vec<Item>, Vec<Refusal>)> {
        let parts = self.board.parts_of_footprints(&items)?;
        let mut refused = Vec::new();
        let mut can = |item: &Item| {
            let why = match item {
                Item::Field(_) => "it is a field of its footprint; choose that by --ref",
                Item::Unknown(_) => "this kiapi does not know its type",
                item if item.id().is_some_and(|id| parts.contains(&id)) => {
                    "it is a part of its footprint; choose that by --ref"
                }
                item if item.locked() && !self.how.locked => "it is locked; --locked changes it all the same",
                _ => return true,
            };
            refused.push(Refusal::ours(item, why));
            false
        };
        let items = items.into_iter().filter(|item| can(item)).collect();
        Ok((items, refused))
    }

    /// The end of an edit of which something was refused, unless that is not to matter.
    fn stop_if_refused(&self, refused: &[Refusal], total: usize) -> anyhow::Result<()> {
        let is_over = !refused.is_empty() && (!self.how.keep_going || refused.len() == total);
        if is_over { Err(Refused { items: refused.to_vec(), total }.into()) } else { Ok(()) }
    }

    /// Does work in a commit. It is dropped when the work fails, and when Ctrl-C is pressed before it is pushed.
    fn commit<T>(&self, count: usize, work: impl FnOnce(&Commit) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let items = if count == 1 { "item" } else { "items" };
        let message = self.how.message.clone().unwrap_or_else(|| format!("{} {count} {items}", self.verb));
        interrupt::uninterrupted(|| {
            let commit = self.board.begin_commit()?;
            match work(&commit).and_then(|done| Ok(interrupt::check().map(|()| done)?)) {
                Ok(done) => {
                    commit.push(message)?;
                    Ok(done)
                }
                // It is said that nothing was changed, so it has to be sure.
                Err(error) => Err(match commit.drop() {
                    Ok(()) => error,
                    Err(dropping) if error.is::<Interrupted>() => anyhow::Error::new(dropping)
                        .context("interrupted, and what was done could not be taken back"),
                    Err(dropping) => {
                        error.context(format!("what was done could not be taken back: {dropping}"))
                    }
                }),
            }
        })
    }

    /// Does something with a few items at a time.
    fn in_chunks<T>(
        &self,
        items: &[T],
        mut work: impl FnMut(&[T]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let progress = Progress::of(format!("{} items", self.verb), items.len());
        for chunk in items.chunks(CHUNK) {
            interrupt::check()?;
            work(chunk)?;
            progress.add(chunk.len());
        }
        Ok(())
    }

    fn report(&self) -> Report {
        Report { is_dry: self.how.dry_run, format: self.format }
    }
}

/// Groups replaced by their members, since they have no place of their own.
fn ungrouped(board: &Board, items: Vec<Item>) -> kiapi::Result<Vec<Item>> {
    let mut seen: HashSet<_> = items.iter().filter_map(Item::id).collect();
    let (mut left, mut single) = (items, Vec::new());
    while let Some(item) = left.pop() {
        match item {
            Item::Group(group) => {
                let members = board.group_members(&group)?;
                left.extend(members.into_iter().filter(|item| item.id().is_some_and(|id| seen.insert(id))));
            }
            item => single.push(item),
        }
    }
    single.reverse();
    Ok(single)
}

/// Whether KiCad can hold the item where it lies.
fn fits(item: &Item) -> bool {
    let most = Vector2::new(Nm::KICAD_MAX, Nm::KICAD_MAX);
    let all = Box2::new(-most, most);
    let place = item.position().is_none_or(|place| all.contains(place));
    place && geometry::bounds(&item.clone().into_proto()).is_none_or(|bounds| all.contains_box(&bounds))
}
