//! `cargo xtask proto commands`: `proto/commands.toml` held against the handlers that a KiCad registers.

mod binaries;
mod compare;
mod cpp;
mod resolve;
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args as ClapArgs;

use self::compare::{Comparison, compare};
use super::import::Store;
use super::source::{Installation, checkout_version};
use crate::inputs::commands::CommandTable;
use crate::inputs::version::Version;
use crate::workspace;

#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = false, args = ["kicad", "kicad_src"])]
pub(crate) struct Args {
    /// The prefix of an installed KiCad, such as /usr: what its programs register
    #[arg(long, value_name = "PREFIX")]
    kicad: Option<PathBuf>,
    /// A checkout of KiCad's sources: what they register
    #[arg(long, value_name = "DIR")]
    kicad_src: Option<PathBuf>,
    /// The version of KiCad, in place of what is found
    #[arg(long, value_name = "VERSION")]
    kicad_version: Option<Version>,
}

/// The handlers that a KiCad registers: the responses of each request (one, unless something is odd), both by full
/// name, and where that was seen.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Registered {
    pub(crate) handlers: BTreeMap<String, BTreeMap<String, String>>,
}

impl Registered {
    fn add(&mut self, request: String, response: String, seen_in: &str) {
        self.handlers.entry(request).or_default().entry(response).or_insert_with(|| seen_in.to_owned());
    }
}

/// What the programs of an installed KiCad register.
pub(crate) fn of_programs(installation: &Installation) -> Result<Registered> {
    binaries::read(&installation.programs())
}

/// What a checkout of KiCad's sources registers; `known` are the messages that are known already.
pub(crate) fn of_sources(folder: &Path, known: BTreeSet<String>) -> Result<Registered> {
    sources::read(folder, known)
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let told = held_against(&workspace::proto(), args)?;
    print!("{told}");
    Ok(())
}

/// What there is to say about the table in the folder `proto`, held against binaries or sources of KiCad `version`.
pub(crate) fn check(
    proto: &Path,
    kicad: Option<&Path>,
    sources: Option<&Path>,
    version: Version,
) -> Result<String> {
    let owned = |path: Option<&Path>| path.map(Path::to_path_buf);
    held_against(
        proto,
        &Args { kicad: owned(kicad), kicad_src: owned(sources), kicad_version: Some(version) },
    )
}

/// What there is to say about the table in the folder `proto`; an error if it is wrong.
fn held_against(proto: &Path, args: &Args) -> Result<String> {
    let store = Store::open(proto)?;
    let table = CommandTable::load(&proto.join("commands.toml"), Path::new("proto/commands.toml"))?;
    let (registered, version, where_from) = match (&args.kicad, &args.kicad_src) {
        (Some(prefix), _) => {
            let installation = Installation::find(prefix)?;
            let version = args.kicad_version.or(installation.version()).with_context(|| {
                format!(
                    "{} does not say its version; say it with --kicad-version",
                    installation.libkiapi.display()
                )
            })?;
            (binaries::read(&installation.programs())?, version, "programs")
        }
        (_, Some(folder)) => {
            let known: BTreeSet<String> = store.messages()?;
            let version =
                args.kicad_version.map_or_else(|| checkout_version(folder), |version| Ok(Some(version)))?;
            let version = version.with_context(|| {
                format!("{} does not say which KiCad it is; say it with --kicad-version", folder.display())
            })?;
            (sources::read(folder, known)?, version, "sources")
        }
        _ => bail!("name a KiCad with --kicad or --kicad-src"),
    };
    let Comparison { problems, news } = compare(&registered, &table, version, &store);
    let count = registered.handlers.len();
    let mut told = format!("KiCad {version}: its {where_from} register {count} commands\n");
    if !news.is_empty() {
        told.push_str(&news);
    }
    match problems.unless(()) {
        Ok(()) => {
            told.push_str("proto/commands.toml agrees with all that our trees know\n");
            Ok(told)
        }
        Err(problems) => {
            print!("{told}");
            Err(problems).context(format!("proto/commands.toml and KiCad {version} disagree"))
        }
    }
}
