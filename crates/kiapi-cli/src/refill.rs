//! `kiapi refill`: zones filled anew.

use std::time::Duration;

use serde_json::json;

use crate::interrupt;
use crate::output::{self, Format};
use crate::progress::Progress;
use crate::table::{green, say};
use crate::target::{Target, seconds};

/// Fill all zones anew
///
/// KiCad answers at once, and then nobody until it is done: from a second to minutes on the largest boards.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi refill --wait
  kiapi refill --wait=30                   but no longer than 30 seconds")]
pub(crate) struct Args {
    /// Wait until they are filled, for at most so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds, num_args = 0..=1, require_equals = true, default_missing_value = "600")]
    wait: Option<Duration>,
    #[command(flatten)]
    target: Target,
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let board = args.target.board()?;
    let refill = board.refill_zones()?;
    let took = match args.wait {
        Some(most) => {
            let _progress = Progress::of_unknown_length("KiCad is filling the zones");
            Some(interrupt::with_last_words("KiCad goes on filling the zones", || refill.wait(most))?)
        }
        None => None,
    };
    match format {
        Format::Json => {
            output::json(
                &json!({ "filled": took.is_some(), "seconds": took.map(|took| took.as_secs_f64()) }),
            );
        }
        Format::Text => match took {
            Some(took) => say!("{} in {:.1} s", green("filled"), took.as_secs_f64()),
            None => say!("KiCad has begun, and answers nobody until it is done; --wait waits for it"),
        },
    }
    Ok(())
}
