//! `kiapi snapshot`: everything that the API shows of a board, in a file.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use kiapi::{CallOptions, KiCad};

use crate::table::say;

/// Save everything that the API shows of the board that is open in KiCad
///
/// The file is protobuf, or canonical protobuf JSON if its name ends in `.json`. `kiapi serve` serves it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file to write
    file: PathBuf,
    /// The socket of KiCad [default: where KiCad says, or usually is]
    #[arg(long, value_name = "PATH")]
    socket: Option<String>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let options = match &args.socket {
        Some(socket) => kiapi::ConnectOptions::new().socket(kiapi::Address::parse(socket)?),
        None => kiapi::ConnectOptions::new(),
    };
    let patient = CallOptions::new().timeout(Duration::from_secs(120));
    let snapshot = KiCad::connect_with(options)?.board()?.with_options(patient).snapshot()?;
    kiapi::snapshot::save(&snapshot, &args.file)
        .with_context(|| format!("cannot write {}", args.file.display()))?;
    let size = std::fs::metadata(&args.file).map_or(0, |file| file.len());
    say!("{}: KiCad {}, {} bytes", args.file.display(), snapshot.version(), size);
    Ok(())
}
