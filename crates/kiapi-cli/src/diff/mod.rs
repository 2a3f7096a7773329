//! `kiapi diff`: what is different between two boards.

mod picture;
mod settings;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use kiapi::api::common::commands::GetItems;
use kiapi::items::ObjectType;
use kiapi::snapshot::Snapshot;
use kiapi::watch::Watch;
use kiapi::{Id, Item};
use serde_json::{Value, json};

use self::settings::Section;
use crate::change::{self, Change, Difference, What};
use crate::choose::Type;
use crate::failure::{Found, Usage};
use crate::output::{self, Format};
use crate::progress::Progress;
use crate::svg;
use crate::table::{self, say};
use crate::target::Target;

/// Compare two snapshots, or one with the board that is open
///
/// Items are the same item if they have the same id. Beside the items, the title block, text variables, layers, stackup,
/// nets, net classes, origins and defaults are compared; what only the editor shows (the selection, which layers are
/// visible) is not. The exit code is 0 if nothing is different, and 7 if something is.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi snapshot before.kiapi              now work on the board, and then:
  kiapi diff before.kiapi live
  kiapi diff before.kiapi live --svg changes.svg
  kiapi diff before.kiapi - --json > changes.json")]
pub(crate) struct Args {
    /// What was: a snapshot, or `live` or `-` for the board that is open
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// What is: a snapshot, or `live` or `-` for the board that is open
    #[arg(value_name = "AFTER")]
    after: PathBuf,
    /// Draw the board with what was added in green, removed in red, and changed in orange (as it was) and yellow (as it is)
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    target: Target,
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    if args.svg.as_deref().is_some_and(|file| file.as_os_str() == "-") {
        return Err(Usage("--svg needs a file, since the differences go to stdout".to_owned()).into());
    }
    // A file that cannot be read is found before anything is asked of KiCad.
    let files = [&args.before, &args.after]
        .map(|file| is_live(file).then_some(()).map_or_else(|| svg::load(file).map(Some), |()| Ok(None)));
    let [before, after] = files;
    let (before, after) = (before?, after?);
    let live = if before.is_none() || after.is_none() { Some(live(&args.target)?) } else { None };
    let of = |file: Option<Snapshot>| {
        file.or_else(|| live.clone()).context("there is a live board where there is no file")
    };
    let (before, after) = (of(before)?, of(after)?);
    let diff = Diff::new(&before, &after)?;
    match format {
        Format::Json => output::json(&diff.json([&args.before, &args.after], [&before, &after])),
        Format::Text => diff.print(),
    }
    if let Some(file) = &args.svg {
        let svg = picture::draw(&diff, &after)?;
        std::fs::write(file, svg).with_context(|| format!("cannot write {}", file.display()))?;
        if format == Format::Text {
            say!("\n{} {}", table::green("drawn:"), file.display());
        }
    }
    if diff.is_empty() { Ok(()) } else { Err(Found.into()) }
}

fn is_live(file: &Path) -> bool {
    file.as_os_str() == "-" || (file.as_os_str() == "live" && !file.exists())
}

fn live(target: &Target) -> anyhow::Result<Snapshot> {
    let board = target.board()?.with_options(target.patient());
    let _progress = Progress::of_unknown_length("taking a snapshot of the board");
    Ok(board.snapshot()?)
}

/// Everything that is different.
pub(crate) struct Diff {
    changes: Vec<Change>,
    /// What the items were that are not what they were, for the picture.
    before: Vec<Item>,
    sections: Vec<Section>,
    /// What could not be compared.
    notes: Vec<String>,
}

impl Diff {
    fn new(before: &Snapshot, after: &Snapshot) -> anyhow::Result<Self> {
        let (old, new) = (items(before)?, items(after)?);
        let mut notes = Vec::new();
        // What one of the two KiCads does not give is not gone.
        let common: BTreeSet<i32> = types(before).intersection(&types(after)).copied().collect();
        let left_out: BTreeSet<i32> = types(before).symmetric_difference(&types(after)).copied().collect();
        let left_out = Type::ALL.iter().filter(|(_, kind, _)| left_out.contains(&kind.0));
        let names: Vec<&str> = left_out.map(|(.., name)| *name).collect();
        if !names.is_empty() {
            let (old, new) = (before.version(), after.version());
            notes.push(format!(
                "not compared, since KiCad {old} and {new} do not both give them: {}",
                names.join(", ")
            ));
        }
        let is_compared = |item: &&Item| common.contains(&item.kind().0) || matches!(item, Item::Unknown(_));
        let mut left: HashMap<Id, &Item> =
            old.iter().filter(is_compared).filter_map(|item| Some((item.id()?, item))).collect();
        let mut diff = Self { changes: Vec::new(), before: Vec::new(), sections: Vec::new(), notes };
        let changed = changed(&old, &new);
        for item in new.iter().filter(is_compared) {
            let Some(id) = item.id() else { continue };
            match left.remove(&id) {
                None => diff.changes.push(Change::added(item.clone())),
                Some(old) if changed.contains(&id) => {
                    let change = Change::changed(old, item.clone())?;
                    if !change.is_nothing() {
                        diff.changes.push(change);
                        diff.before.push(old.clone());
                    }
                }
                Some(_) => {}
            }
        }
        let gone = old.iter().filter(|item| item.id().is_some_and(|id| left.contains_key(&id)));
        diff.changes.extend(gone.cloned().map(Change::removed));
        let nameless = old.iter().chain(&new).filter(|item| item.id().is_none()).count();
        if nameless > 0 {
            diff.notes
                .push(format!("not compared, since this kiapi does not know their types: {nameless} items"));
        }
        diff.sections = settings::compare(before, after)?;
        Ok(diff)
    }

    fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.sections.is_empty()
    }

    fn of(&self, what: What) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.what == what)
    }

    fn json(&self, files: [&Path; 2], snapshots: [&Snapshot; 2]) -> Value {
        let [before, after] = [0, 1].map(|side: usize| {
            let file = if is_live(files[side]) { json!("live") } else { json!(files[side]) };
            json!({ "from": file, "kicad": snapshots[side].version().to_string() })
        });
        let list = |what| self.of(what).map(Change::json).collect::<Vec<_>>();
        let settings: serde_json::Map<String, Value> = self
            .sections
            .iter()
            .map(|section| (section.name.to_owned(), section.fields.iter().map(Difference::json).collect()))
            .collect();
        json!({
            "same": self.is_empty(),
            "before": before,
            "after": after,
            "items": { "added": list(What::Added), "removed": list(What::Removed), "changed": list(What::Changed) },
            "settings": settings,
            "notes": self.notes,
        })
    }

    fn print(&self) {
        if self.is_empty() {
            say!("no differences");
        }
        if !self.changes.is_empty() {
            let counts: Vec<String> = [What::Added, What::Removed, What::Changed]
                .into_iter()
                .map(|what| (what, self.of(what).count()))
                .filter(|(_, count)| *count > 0)
                .map(|(what, count)| format!("{count} {}", what.word()))
                .collect();
            table::heading(&format!("Items: {}", counts.join(", ")));
            for what in [What::Added, What::Removed, What::Changed] {
                self.of(what).for_each(Change::print);
            }
        }
        for section in &self.sections {
            table::heading(section.title);
            change::print_fields(&section.fields, "  ");
        }
        for note in &self.notes {
            say!("\n{}", table::dim(note));
        }
    }
}

/// Which items are not what they were, whatever the board itself was called then.
fn changed(old: &[Item], new: &[Item]) -> HashSet<Id> {
    let mut watch = Watch::new();
    watch.update(old.iter().map(Item::to_any));
    watch.update(new.iter().map(Item::to_any)).changed.iter().filter_map(Item::id).collect()
}

/// The items of a snapshot, each once, without pads, which are their footprints'.
fn items(snapshot: &Snapshot) -> anyhow::Result<Vec<Item>> {
    let mut items = Vec::new();
    // A snapshot asks for items more than once.
    let mut seen = HashSet::new();
    for answer in snapshot.answers::<GetItems>() {
        for any in answer?.1.items {
            let item = Item::from_any(any).context("an item of the snapshot cannot be read")?;
            if !matches!(item, Item::Pad(_)) && item.id().is_none_or(|id| seen.insert(id)) {
                items.push(item);
            }
        }
    }
    Ok(items)
}

/// The types of items that a snapshot was taken of.
fn types(snapshot: &Snapshot) -> BTreeSet<i32> {
    let asked = snapshot.answers::<GetItems>().flatten().flat_map(|(asked, _)| asked.types);
    asked.map(|kind: ObjectType| kind.0).collect()
}
