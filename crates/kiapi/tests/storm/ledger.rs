//! Who asked for which edit, and what came of it.
//!
//! Every track that is made has a width of its own, which is how it is known again.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use kiapi::Notice;

/// The width of the first track; the others follow. No board has such widths.
const FIRST: i64 = 50_000_001;

/// How much is remembered of what the clients of an actor did.
const REMEMBERED: usize = 60;

/// What must be on the board of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum There {
    /// It was reported applied.
    Once,
    /// It was refused, not sent, taken back, or deleted since.
    Never,
    /// Nobody knows: it is there once, or not.
    AtMostOnce,
}

#[derive(Clone, Debug)]
struct Entry {
    there: There,
    /// Which run of the KiCad it was asked of, counted from 0.
    life: u64,
    /// Those that were made in one step: all of them are there, or none.
    group: u64,
    what: &'static str,
    /// Whose it is.
    actor: String,
    /// What the client said.
    said: String,
}

#[derive(Default)]
struct Inner {
    entries: BTreeMap<i64, Entry>,
    life: u64,
    /// While a KiCad ends, nobody can tell which one carried out what is reported meanwhile.
    is_ending: bool,
    groups: u64,
    asked: u64,
    checked: u64,
    counts: BTreeMap<&'static str, u64>,
    notices: BTreeMap<String, u64>,
    /// What each actor did last, to be told when something is wrong.
    deeds: BTreeMap<String, VecDeque<String>>,
}

impl Inner {
    fn note(&mut self, actor: &str, deed: String) {
        let deeds = self.deeds.entry(actor.to_owned()).or_default();
        if deeds.len() == REMEMBERED {
            deeds.pop_front();
        }
        deeds.push_back(deed);
    }
}

/// All edits.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Inner>);

impl Ledger {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers what an actor did, beside the tracks that it made.
    pub(crate) fn note(&self, actor: &str, deed: String) {
        self.inner().note(actor, deed);
    }

    /// Numbers for tracks that are made in one step, which nobody has had. Until more is known they may be there.
    pub(crate) fn numbers(&self, actor: &str, count: u64, what: &'static str) -> Vec<i64> {
        let mut inner = self.inner();
        inner.groups += 1;
        let (group, life) = (inner.groups, inner.life);
        (0..count)
            .map(|_| {
                let number = FIRST + i64::try_from(inner.asked).expect("there are fewer");
                inner.asked += 1;
                let (actor, said) = (actor.to_owned(), "asked".to_owned());
                let entry = Entry { there: There::AtMostOnce, life, group, what, actor, said };
                inner.entries.insert(number, entry);
                number
            })
            .collect()
    }

    /// What is known now of tracks. Once a KiCad has ended since they were asked for, `There::Once` may be of either.
    pub(crate) fn report(&self, numbers: &[i64], there: There, said: &str) {
        let mut inner = self.inner();
        let (life, is_ending) = (inner.life, inner.is_ending);
        for number in numbers {
            let entry = inner.entries.get_mut(number).expect("it was asked for");
            // What was asked of one that has ended since may have been carried out by that one.
            let is_clear = entry.life == life && !is_ending;
            entry.there = if there == There::Once && !is_clear { There::AtMostOnce } else { there };
            said.clone_into(&mut entry.said);
            let (actor, deed) = (entry.actor.clone(), format!("{number}: {}: {said}", entry.what));
            let word = match entry.there {
                There::Once => "applied",
                There::Never => "not applied",
                There::AtMostOnce => "unknown",
            };
            *inner.counts.entry(word).or_default() += 1;
            inner.note(&actor, deed);
        }
    }

    /// A track may be gone, for reasons of its own: it no longer counts with those that it was made with.
    pub(crate) fn perhaps_deleted(&self, number: i64, said: &str) {
        let mut inner = self.inner();
        inner.groups += 1;
        let group = inner.groups;
        let entry = inner.entries.get_mut(&number).expect("it was asked for");
        if entry.there == There::Once {
            entry.there = There::AtMostOnce;
        }
        entry.group = group;
        entry.said = format!("perhaps deleted: {said}");
        let (actor, deed) = (entry.actor.clone(), format!("{number}: {}", entry.said));
        inner.note(&actor, deed);
    }

    /// Counts what the clients noticed.
    pub(crate) fn noticed(&self, notices: &[Notice]) {
        let mut inner = self.inner();
        for notice in notices {
            *inner.notices.entry(format!("{notice:?}")).or_default() += 1;
        }
    }

    /// A KiCad is about to end.
    pub(crate) fn ending(&self) {
        let mut inner = self.inner();
        inner.is_ending = true;
        // What it was reported to have is lost with it, and must not come back: nobody may ask twice.
        for entry in inner.entries.values_mut() {
            if entry.there == There::Once {
                entry.there = There::Never;
                entry.said.push_str("; lost with its KiCad");
            }
        }
    }

    /// The next one is there.
    pub(crate) fn ended(&self) {
        let mut inner = self.inner();
        inner.life += 1;
        inner.is_ending = false;
        let deed = format!("KiCad is anew: life {}", inner.life);
        let actors: Vec<String> = inner.deeds.keys().cloned().collect();
        actors.iter().for_each(|actor| inner.note(actor, deed.clone()));
    }

    /// Holds the tracks that are on the board against what must be there.
    pub(crate) fn check(&self, widths: &[i64]) -> Result<(), String> {
        let mut inner = self.inner();
        let mut found: BTreeMap<i64, usize> = BTreeMap::new();
        for width in widths.iter().filter(|width| **width >= FIRST) {
            *found.entry(*width).or_default() += 1;
        }
        let mut wrong = Vec::new();
        let mut groups: BTreeMap<u64, (usize, usize)> = BTreeMap::new();
        for (number, entry) in &inner.entries {
            let count = found.remove(number).unwrap_or(0);
            let is_right = match entry.there {
                There::Once => count == 1,
                There::Never => count == 0,
                There::AtMostOnce => count <= 1,
            };
            let Entry { there, life, what, said, actor, .. } = entry;
            if !is_right {
                wrong.push(format!("track {number} ({what}, life {life}) is there {count} times, and {there:?} was expected: {said}"));
                let deeds = inner.deeds.get(actor).into_iter().flatten();
                wrong.extend(deeds.map(|deed| format!("    {actor}: {deed}")));
            }
            if *there == There::AtMostOnce {
                let (some, all) = groups.entry(entry.group).or_default();
                *some += count;
                *all += 1;
            }
        }
        let halves = groups.iter().filter(|(_, (some, all))| *some > 0 && some < all);
        wrong.extend(
            halves.map(|(group, (some, all))| format!("of step {group} there are {some} of {all} tracks")),
        );
        wrong.extend(found.keys().map(|number| format!("track {number} was never asked for")));
        inner.checked += 1;
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n  ")) }
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.inner();
        write!(
            f,
            "{} tracks asked for in {} steps, the board looked at {} times, ",
            inner.asked, inner.groups, inner.checked
        )?;
        write!(f, "{} restarts; reports: {:?}; noticed: {:?}", inner.life, inner.counts, inner.notices)
    }
}
