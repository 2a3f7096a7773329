//! Where a command that stands in for a KiCad listens.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use kiapi_emulator::{Place, Taken};
use serde_json::json;

use crate::output::Format;

const WHERE: &str = "Where to listen";

/// Where to listen.
#[derive(Debug, clap::Args)]
pub(crate) struct Where {
    /// The socket to listen at [default: one in a new folder]
    #[arg(long, value_name = "PATH", help_heading = WHERE)]
    at: Option<PathBuf>,
    /// Listen where KiCad would: `kicad/api.sock` below the folder for temporary files, or beside it if that is taken
    #[arg(long, conflicts_with = "at", help_heading = WHERE)]
    like_kicad: bool,
}

/// A place that is taken, with the folder that was made for it.
pub(crate) struct Taking {
    pub(crate) taken: Taken,
    _folder: Option<tempfile::TempDir>,
}

impl Where {
    pub(crate) fn take(&self) -> anyhow::Result<Taking> {
        let (place, folder) = match (&self.at, self.like_kicad) {
            (Some(path), _) => (Place::socket(path)?, None),
            (None, true) => (Place::kicad(), None),
            (None, false) => {
                let folder = tempfile::Builder::new().prefix("kiapi-").tempdir();
                let folder = folder.context("cannot make a folder for the socket")?;
                (Place::socket(folder.path().join("api.sock"))?, Some(folder))
            }
        };
        Ok(Taking { taken: place.take()?, _folder: folder })
    }
}

/// Prints the environment for a client.
pub(crate) fn print_environment(format: Format, socket: &str, token: &str) {
    // It goes on if nobody reads that.
    let mut out = std::io::stdout();
    let _ = match format {
        Format::Text => writeln!(out, "KICAD_API_SOCKET={socket}\nKICAD_API_TOKEN={token}"),
        Format::Json => writeln!(out, "{}", json!({ "KICAD_API_SOCKET": socket, "KICAD_API_TOKEN": token })),
    };
    let _ = out.flush();
}
