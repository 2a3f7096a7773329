//! What is asked: lists by area, made from what the board has, the same for the same board and seed.
//!
//! Nothing here is known to crash, wedge or block the KiCad that it is sent to. The areas follow each other on one
//! KiCad, and each begins with what the ones before left.

mod base;
mod busy;
mod commits;
mod documents;
mod edits;
mod envelope;
mod geometry;
mod items;
mod layers;
mod make;
mod nets;
mod project;
mod random;
mod samples;
mod saving;
mod selection;
mod settings;
mod varied;

use kiapi_gen::common::types::Kiid;

use crate::peer::{Outcome, Stop};
use crate::run::Run;

type Area = (&'static str, fn(&mut Run) -> Outcome);

const AREAS: [Area; 14] = [
    ("base", base::run),
    ("envelope", envelope::run),
    ("documents", documents::run),
    ("items", items::run),
    ("nets", nets::run),
    ("geometry", geometry::run),
    ("selection", selection::run),
    ("layers", layers::run),
    ("settings", settings::run),
    ("project", project::run),
    ("commits", commits::run),
    ("edits", edits::run),
    ("varied", varied::run),
    ("saving", saving::run),
];

/// Sends everything, or the areas whose names contain `only`, and then `count` random requests.
pub(crate) fn all(run: &mut Run, only: Option<&str>, count: usize) -> Outcome {
    let wanted = |name: &str| only.is_none_or(|only| name.contains(only));
    let within = |name: &'static str| move |Stop(why): Stop| Stop(format!("in {name}: {why}"));
    for (name, area) in AREAS {
        if wanted(name) {
            let start = std::time::Instant::now();
            let before = run.count();
            area(run).map_err(within(name))?;
            println!("{name}: {} requests in {:.1} s", run.count() - before, start.elapsed().as_secs_f64());
        }
    }
    if wanted("random") {
        // A large board takes its time.
        let count = if run.board.is_large() { count / 4 } else { count };
        random::run(run, count).map_err(within("random"))?;
    }
    // Only when asked for, with `--only busy`: whether a KiCad without a screen takes the mouse up is not certain. It comes
    // last, for KiCad 10.0.6 does not survive a fill of zones after it.
    if only == Some("busy") {
        busy::run(run).map_err(within("busy"))?;
    }
    Ok(())
}

fn id(text: &str) -> Kiid {
    Kiid::new().with_value(text)
}

/// An id that nothing has.
fn unknown() -> Kiid {
    id("11111111-2222-4333-8444-555555555555")
}

/// Ids that are none, or that nothing has.
///
/// The nil id is not among them: it crashes KiCad 9.0.8 in seven commands.
fn odd_ids() -> [Kiid; 4] {
    [unknown(), id(""), id("no id"), id("11111111-2222-4333-8444-55555555555")]
}
