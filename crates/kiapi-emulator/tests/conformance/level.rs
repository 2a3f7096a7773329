//! The level that is stated for a line of KiCad and a board, which only rises.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::tally::Tally;

const HEAD: &str = "\
# How many answers of a hundred must be identical or close, for each line of KiCad and each board.
# Written by `cargo xtask conformance --update`, which only raises. A level is what was reached but for a few answers, because
# some of KiCad's own are random from one start to the next: which net wins where copper of two nets touches, for one.
";

/// How many answers to a command may be different beyond those that were.
const GRACE: usize = 3;
/// And how many of a hundred at most: a command that is seldom asked has no such slack, and what it answers is not random.
const GRACE_PERCENT: usize = 3;
/// The same for all commands together.
const GRACE_IN_ALL: usize = 30;

/// The checked-in file.
#[derive(Debug)]
pub(crate) struct Levels {
    path: PathBuf,
    /// The line and the board's name; then the command, or `total`.
    levels: BTreeMap<(String, String), BTreeMap<String, f64>>,
}

impl Levels {
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
        };
        let wrong = |what: &str| format!("{}: {what}", path.display());
        let file: toml::Table = text.parse().map_err(|error| wrong(&format!("{error}")))?;
        let mut levels = BTreeMap::new();
        for (line, boards) in &file {
            let boards = boards.as_table().ok_or_else(|| wrong("a line of KiCad has boards"))?;
            for (board, commands) in boards {
                let commands = commands.as_table().ok_or_else(|| wrong("a board has commands"))?;
                let number = |value: &toml::Value| {
                    value.as_float().ok_or_else(|| wrong("a level is a number such as 97.5"))
                };
                let commands = commands.iter().map(|(name, value)| Ok((name.clone(), number(value)?)));
                levels.insert((line.clone(), board.clone()), commands.collect::<Result<_, String>>()?);
            }
        }
        Ok(Self { path: path.to_owned(), levels })
    }

    /// Where the outcome falls short, a line each; none when nothing is stated for this board.
    pub(crate) fn shortfalls(&self, line: &str, board: &str, tally: &Tally) -> Option<Vec<String>> {
        let levels = self.levels.get(&(line.to_owned(), board.to_owned()))?;
        let reached = percents(tally);
        let short = levels.iter().filter_map(|(name, level)| {
            let reached = reached.get(name).copied().unwrap_or(0.0);
            (reached < *level).then(|| format!("{name}: {reached:.1} %, and {level:.1} % is stated"))
        });
        Some(short.collect())
    }

    /// Raises the levels to what was reached, and writes the file.
    pub(crate) fn raise(&mut self, line: &str, board: &str, tally: &Tally) -> Result<(), String> {
        let levels = self.levels.entry((line.to_owned(), board.to_owned())).or_default();
        let rows =
            tally.rows().iter().map(|(name, row)| (name.clone(), row.percent_without(slack(row.total()))));
        let all = ("total".to_owned(), tally.total().percent_without(GRACE_IN_ALL));
        for (name, reached) in rows.chain([all]) {
            let level = levels.entry(name).or_insert(reached);
            *level = level.max(reached);
        }
        let mut text = HEAD.to_owned();
        for ((line, board), levels) in &self.levels {
            write!(text, "\n[\"{line}\".\"{board}\"]\n").expect("a string takes everything");
            for (name, level) in levels {
                writeln!(text, "\"{name}\" = {level:.1}").expect("a string takes everything");
            }
        }
        std::fs::write(&self.path, text)
            .map_err(|error| format!("cannot write {}: {error}", self.path.display()))
    }
}

/// How many of so many answers to a command may be different beyond those that were.
fn slack(answers: usize) -> usize {
    GRACE.min(answers * GRACE_PERCENT / 100)
}

fn percents(tally: &Tally) -> BTreeMap<String, f64> {
    let mut percents: BTreeMap<String, f64> =
        tally.rows().iter().map(|(name, row)| (name.clone(), row.percent())).collect();
    percents.insert("total".to_owned(), tally.total().percent());
    percents
}
