//! `kiapi version`: which KiCad is reached, and what this command knows of it.

use kiapi::{ApiVersion, COMMANDS};
use serde_json::json;

use crate::output::{self, Format};
use crate::table::{green, say};
use crate::target::Running;

/// Show the version of the KiCad that is reached
#[derive(Debug, clap::Args)]
#[command(after_help = "`kiapi --version` shows the version of this command alone, and needs no KiCad.

Examples:
  kiapi version
  kiapi version --json")]
pub(crate) struct Args {
    #[command(flatten)]
    target: Running,
}

/// The newest KiCad whose commands this build knows.
pub(crate) fn newest_known() -> ApiVersion {
    COMMANDS.iter().map(|command| command.since).max().unwrap_or_default()
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let kicad = args.target.connect()?;
    let (version, full, known) = (kicad.version(), kicad.full_version()?, newest_known());
    // A patch brings no command, as a rule.
    let is_newer = (version.major, version.minor) > (known.major, known.minor);
    match format {
        Format::Text => {
            say!("KiCad {} ({full}) at {}", green(&version.to_string()), kicad.address());
            say!("kiapi {}, which knows the commands up to KiCad {known}", env!("CARGO_PKG_VERSION"));
            if is_newer {
                say!("This KiCad is newer: what it has beyond that is out of reach.");
            }
        }
        Format::Json => output::json(&json!({
            "version": version.to_string(),
            "full_version": full,
            "socket": kicad.address().to_string(),
            "kiapi": env!("CARGO_PKG_VERSION"),
            "knows_up_to": known.to_string(),
            "is_newer": is_newer,
        })),
    }
    Ok(())
}
