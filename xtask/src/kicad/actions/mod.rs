//! `cargo xtask kicad actions`: runs every action that a KiCad has, one after the other, and tells what came of each.

mod names;
mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::install::{Install, Line};
use super::instance::{Instance, Options};
use super::interrupt;
use trial::{Outcome, Selected, Subject};

/// How often a KiCad may be unfit for the next action right after it was started.
const TRIES: usize = 3;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which KiCad: the line of its version, such as 9.0
    #[arg(long, value_name = "LINE")]
    version: Line,
    /// The board to run them on, a copy of it [default: one of that KiCad's demos]
    #[arg(long, value_name = "FILE")]
    board: Option<PathBuf>,
    /// What is selected before each action
    #[arg(long, value_enum, default_value_t = Selected::Nothing)]
    select: Selected,
    /// A new KiCad for each action
    #[arg(long)]
    fresh: bool,
    /// A file that gets a line for each action; those that are in it already are not run again
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Only these [default: all whose names are in the PCB editor's program]
    #[arg(value_name = "ACTION")]
    actions: Vec<String>,
}

/// What came of each action, with what there is to say of it.
type Report = BTreeMap<String, (Outcome, String)>;

pub(crate) fn run(args: &Args) -> Result<()> {
    interrupt::listen()?;
    let install = Install::get(args.version)?;
    let mut report = match &args.report {
        Some(file) if file.exists() => read(file)?,
        _ => Report::new(),
    };
    let wanted: BTreeSet<String> = if args.actions.is_empty() {
        names::installed(&install.prefix)?
    } else {
        args.actions.iter().cloned().collect()
    };
    let left: Vec<&String> = wanted.iter().filter(|name| !report.contains_key(*name)).collect();
    eprintln!("KiCad {}: {} actions, {} of them to run", install.version, wanted.len(), left.len());
    let mut subject = None;
    for (index, action) in left.iter().enumerate() {
        let (outcome, words) = try_one(&mut subject, action, args)?;
        println!("{}/{}\t{}", index + 1, left.len(), line(action, outcome, &words));
        if let Some(file) = &args.report {
            append(file, &line(action, outcome, &words))?;
        }
        report.insert((*action).clone(), (outcome, words));
    }
    drop(subject);
    print!("{}", summary(&report));
    Ok(())
}

/// Runs an action, on a new KiCad if there is none that is fit for it.
///
/// What ends a KiCad that has run others before, or makes it work for long, is run again on a new one: what is told of an
/// action is what it does alone.
fn try_one(subject: &mut Option<Subject>, action: &str, args: &Args) -> Result<(Outcome, String)> {
    let mut before: Option<(Outcome, String)> = None;
    let mut unfit = String::new();
    for _ in 0..TRIES {
        let is_new = subject.is_none();
        let mut current = match subject.take() {
            Some(current) => current,
            None => {
                let kicad = Instance::start(args.version, args.board.as_deref(), &Options::default())?;
                Subject::new(kicad, args.select)?
            }
        };
        let was_fresh = current.is_fresh;
        let (outcome, words) = match current.run(action) {
            Ok(told) => told,
            Err(error) => {
                interrupt::check()?;
                unfit = format!("{error:#}");
                if is_new {
                    eprintln!("warning: a new KiCad is not fit for {action}: {unfit}");
                }
                continue;
            }
        };
        let is_over = matches!(outcome, Outcome::Quit | Outcome::Died | Outcome::Working);
        let is_usable = !is_over && !args.fresh && {
            let is_calm = matches!(outcome, Outcome::Fine | Outcome::Unknown) && !words.contains("windows:");
            is_calm || current.recover()
        };
        if is_usable {
            *subject = Some(current);
        }
        if is_over && !was_fresh && before.is_none() {
            before = Some((outcome, words));
            continue;
        }
        let words = match before {
            Some((before, _)) if before != outcome => format!("{words} (after others: {before})"),
            _ => words,
        };
        return Ok((outcome, words.trim().to_owned()));
    }
    match before {
        Some((outcome, words)) => Ok((outcome, format!("{words} (only tried after others)"))),
        None => bail!("{action} cannot be tried: {unfit}"),
    }
}

fn line(action: &str, outcome: Outcome, words: &str) -> String {
    // A title of a window may hold anything.
    let words: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("{outcome}\t{action}\t{words}")
}

fn append(file: &Path, line: &str) -> Result<()> {
    let opened = OpenOptions::new().create(true).append(true).open(file);
    let written = opened.and_then(|mut opened| writeln!(opened, "{line}"));
    written.with_context(|| format!("cannot write {}", file.display()))
}

fn read(file: &Path) -> Result<Report> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut report = Report::new();
    for (number, line) in text.lines().enumerate() {
        let mut words = line.splitn(3, '\t');
        let (outcome, action) = (words.next().map(str::parse), words.next());
        let (Some(Ok(outcome)), Some(action)) = (outcome, action) else {
            bail!("{}:{}: this is no outcome, action and words", file.display(), number + 1);
        };
        report.insert(action.to_owned(), (outcome, words.next().unwrap_or_default().to_owned()));
    }
    Ok(report)
}

/// How many actions came out how, and the names of those that did not come out well.
fn summary(report: &Report) -> String {
    let mut text = String::new();
    for outcome in Outcome::ALL {
        let names: Vec<&String> =
            report.iter().filter(|(_, (found, _))| *found == outcome).map(|(name, _)| name).collect();
        text += &format!("{outcome}: {}\n", names.len());
        if !matches!(outcome, Outcome::Fine | Outcome::Unknown) {
            text.extend(names.iter().map(|name| format!("    {name}\n")));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_as_it_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("report");
        append(&file, &line("a.b.c", Outcome::Dialog, "windows: A\tB")).unwrap();
        append(&file, &line("a.b.d", Outcome::Fine, "")).unwrap();
        let report = read(&file).unwrap();
        assert_eq!(report["a.b.c"], (Outcome::Dialog, "windows: A B".to_owned()));
        assert_eq!(report["a.b.d"], (Outcome::Fine, String::new()));
        let text = summary(&report);
        assert!(text.contains("dialog: 1\n    a.b.c\n") && text.contains("fine: 1\nunknown: 0"), "{text}");
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("report");
        fs::write(&file, "fine\ta.b.c\t\nwhat\n").unwrap();
        assert!(read(&file).unwrap_err().to_string().contains("report:2"));
    }
}
