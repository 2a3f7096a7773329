//! `kiapi snapshot`: everything that the API shows of a board, in a file.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

use crate::output::{self, Format};
use crate::progress::Progress;
use crate::table::say;
use crate::target::Target;

/// Save everything that the API shows of the open board
///
/// The file is protobuf, or canonical protobuf JSON if its name ends in `.json`. `kiapi serve` serves it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file to write
    file: PathBuf,
    #[command(flatten)]
    target: Target,
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let board = args.target.board()?.with_options(args.target.patient());
    let progress = Progress::of_unknown_length("taking a snapshot of the board");
    let snapshot = board.snapshot()?;
    drop(progress);
    kiapi::snapshot::save(&snapshot, &args.file)
        .with_context(|| format!("cannot write {}", args.file.display()))?;
    let size = std::fs::metadata(&args.file).map_or(0, |file| file.len());
    let version = snapshot.version();
    match format {
        Format::Text => say!("{}: KiCad {version}, {size} bytes", args.file.display()),
        Format::Json => {
            output::json(&json!({ "file": args.file, "version": version.to_string(), "bytes": size }));
        }
    }
    Ok(())
}
