//! What came of all comparisons: counts for each command, and examples of what differs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::compare::Verdict;

/// So many different answers of a command are written down.
const EXAMPLES: usize = 40;

/// The counts of one command.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) identical: usize,
    pub(crate) close: usize,
    pub(crate) different: usize,
    /// The greatest difference among those that are close, as a share of what is tolerated.
    greatest: Option<(f64, String)>,
}

impl Row {
    pub(crate) fn total(&self) -> usize {
        self.identical + self.close + self.different
    }

    /// How many of a hundred are identical or close, cut after one digit so that it never says too much.
    pub(crate) fn percent(&self) -> f64 {
        percent(self.identical + self.close, self.total())
    }

    /// The same, if so many more were different.
    pub(crate) fn percent_without(&self, answers: usize) -> f64 {
        percent((self.identical + self.close).saturating_sub(answers), self.total())
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody sends that many requests")]
fn percent(good: usize, total: usize) -> f64 {
    (good * 1000).checked_div(total).map_or(100.0, |tenths| tenths as f64 / 10.0)
}

/// All counts.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    rows: BTreeMap<String, Row>,
    examples: BTreeMap<String, Vec<String>>,
}

impl Tally {
    /// Counts one comparison; `request` writes the request down if it is needed.
    pub(crate) fn add(&mut self, command: &str, verdict: Verdict, request: impl FnOnce() -> String) {
        let row = self.rows.entry(command.to_owned()).or_default();
        match verdict {
            Verdict::Identical => row.identical += 1,
            Verdict::Close(gap) => {
                row.close += 1;
                if row.greatest.as_ref().is_none_or(|(share, _)| gap.share > *share) {
                    row.greatest = Some((gap.share, gap.to_string()));
                }
            }
            Verdict::Different(lines) => {
                row.different += 1;
                let examples = self.examples.entry(command.to_owned()).or_default();
                if examples.len() < EXAMPLES {
                    let lines = lines.iter().map(|line| format!("    {line}\n")).collect::<String>();
                    examples.push(format!("{}\n{lines}", request()));
                }
            }
        }
    }

    pub(crate) fn rows(&self) -> &BTreeMap<String, Row> {
        &self.rows
    }

    pub(crate) fn total(&self) -> Row {
        self.rows.values().fold(Row::default(), |sum, row| Row {
            identical: sum.identical + row.identical,
            close: sum.close + row.close,
            different: sum.different + row.different,
            greatest: None,
        })
    }

    /// The table that is printed.
    pub(crate) fn table(&self) -> String {
        let mut table = format!(
            "{:<36}{:>10}{:>8}{:>11}{:>8}  greatest difference\n",
            "command", "identical", "close", "different", "good"
        );
        let mut line = |name: &str, row: &Row| {
            let greatest = row.greatest.as_ref().map_or("", |(_, text)| text);
            let (identical, close, different) = (row.identical, row.close, row.different);
            let text = format!(
                "{name:<36}{identical:>10}{close:>8}{different:>11}{:>7.1}%  {greatest}",
                row.percent()
            );
            writeln!(table, "{}", text.trim_end()).expect("a string takes everything");
        };
        for (name, row) in &self.rows {
            line(name, row);
        }
        line("total", &self.total());
        table
    }

    /// What differs, with examples, for the report.
    pub(crate) fn differences(&self) -> String {
        let mut text = String::new();
        for (command, examples) in &self.examples {
            let different = self.rows.get(command).map_or(0, |row| row.different);
            write!(text, "## {command}: {different} different\n\n").expect("a string takes everything");
            for example in examples {
                writeln!(text, "{example}").expect("a string takes everything");
            }
        }
        text
    }
}
