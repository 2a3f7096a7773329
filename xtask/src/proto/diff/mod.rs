//! `cargo xtask proto diff`: what changed between two sets of proto files, what it breaks, and what it means for our Rust.

pub(super) mod buf;
mod compare;
mod model;
pub(crate) mod page;
mod render;
mod rules;
mod rust;
mod side;
#[cfg(test)]
mod tests;

use anyhow::{Result, bail};
use clap::Args as ClapArgs;

pub(crate) use self::compare::{Change, Kind, What};
use self::render::Report;
pub(crate) use self::render::{Format, summary};
use self::rules::Breaks;
pub(crate) use self::side::Project;
use crate::workspace;

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Each side is the name of a tree (10.0), REVISION:TREE (v0.1.0:10.0), a kicad-python wheel, the prefix of an installed
KiCad, a folder of .proto files, or a file with a descriptor set.")]
pub(crate) struct Args {
    /// The older side
    before: String,
    /// The newer side
    after: String,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Fail if anything breaks this, or more
    #[arg(long, value_enum, value_name = "WHAT")]
    fail_on: Option<Breaks>,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let project = Project::open(&workspace::proto())?;
    let report = report(&project, &args.before, &args.after)?;
    print!("{}", report.render(args.format));
    match args.fail_on {
        Some(limit) if report.breaks >= limit => {
            bail!("{} breaks {} ({})", report.after, report.breaks.name(), report.summary())
        }
        _ => Ok(()),
    }
}

/// The comparison of the two sides that are named.
pub(crate) fn report(project: &Project, before: &str, after: &str) -> Result<Report> {
    let (before, after) = (project.side(before)?, project.side(after)?);
    let changes = compare::compare(&before.model, &after.model);
    let known: Vec<&str> = before.model.unclassified(project.table()).collect();
    let unclassified = after.model.unclassified(project.table()).filter(|name| !known.contains(name));
    Ok(Report {
        format: 1,
        breaks: changes.iter().map(|change| change.breaks).max().unwrap_or(Breaks::Nothing),
        unclassified: unclassified.map(str::to_owned).collect(),
        changes,
        before: before.label,
        after: after.label,
    })
}
