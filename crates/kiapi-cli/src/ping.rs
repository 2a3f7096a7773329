//! `kiapi ping`: how fast KiCad answers.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::output::{self, Format};
use crate::quantity;
use crate::table::{self, say};
use crate::target::{Running, seconds};

/// Measure how fast KiCad answers
///
/// KiCad answers one request after the other, in the thread of its window: a slow answer is a KiCad that works on
/// something.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi ping
  kiapi ping --count 3 --interval 0.05 --json")]
pub(crate) struct Args {
    /// How many times to ask
    #[arg(long, short, value_name = "TIMES", default_value_t = 10, value_parser = quantity::positive::<u32>)]
    count: u32,
    /// How many seconds to wait between an answer and the next question
    #[arg(long, short, value_name = "SECONDS", default_value = "0.1", value_parser = interval)]
    interval: Duration,
    #[command(flatten)]
    target: Running,
}

/// A time between two questions, which may be none.
fn interval(text: &str) -> Result<Duration, String> {
    if text.parse() == Ok(0.0) { Ok(Duration::ZERO) } else { seconds(text) }
}

/// What was measured, in milliseconds.
#[derive(Debug, PartialEq)]
struct Figures {
    min: f64,
    q1: f64,
    median: f64,
    q3: f64,
    max: f64,
}

impl Figures {
    /// The figures of at least one time.
    fn of(times: &[f64]) -> Self {
        let mut sorted = times.to_vec();
        sorted.sort_by(f64::total_cmp);
        Self {
            min: quantile(&sorted, 0.0),
            q1: quantile(&sorted, 0.25),
            median: quantile(&sorted, 0.5),
            q3: quantile(&sorted, 0.75),
            max: quantile(&sorted, 1.0),
        }
    }
}

/// The value below which this part of the values lies; between two values, the line between them counts.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let place = part * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let kicad = args.target.connect()?;
    let mut times = Vec::new();
    let start = Instant::now();
    for turn in 0..args.count {
        if turn > 0 {
            std::thread::sleep(args.interval);
        }
        times.push(kicad.ping()?.as_secs_f64() * 1e3);
    }
    let figures = Figures::of(&times);
    match format {
        Format::Text => {
            let ms = |time: f64| format!("{time:.3}");
            say!("{} answers of KiCad {} in {:.1?}", times.len(), kicad.version(), start.elapsed());
            table::print(
                ["", "Min>", "Quarter>", "Median>", "Three quarters>", "Max>"],
                [[
                    "ms".to_owned(),
                    ms(figures.min),
                    ms(figures.q1),
                    ms(figures.median),
                    ms(figures.q3),
                    ms(figures.max),
                ]],
            );
        }
        Format::Json => output::json(&json!({
            "count": times.len(),
            "min_ms": figures.min,
            "q1_ms": figures.q1,
            "median_ms": figures.median,
            "q3_ms": figures.q3,
            "max_ms": figures.max,
            "all_ms": times,
        })),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Figures;

    #[test]
    fn figures_are_quartiles() {
        let figures = |min, q1, median, q3, max| Figures { min, q1, median, q3, max };
        assert_eq!(Figures::of(&[7.0]), figures(7.0, 7.0, 7.0, 7.0, 7.0));
        assert_eq!(Figures::of(&[4.0, 1.0, 3.0, 2.0, 5.0]), figures(1.0, 2.0, 3.0, 4.0, 5.0));
        assert_eq!(Figures::of(&[1.0, 2.0]), figures(1.0, 1.25, 1.5, 1.75, 2.0));
    }
}
