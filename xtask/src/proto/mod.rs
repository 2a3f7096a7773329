//! `cargo xtask proto`: the proto trees, their history, and the commands table held against KiCad itself.

mod commands;
mod compile;
mod descriptors;
pub(crate) mod diff;
mod import;
mod inventory;
mod link;
mod print;
mod source;
pub(crate) mod speaks;
#[cfg(test)]
mod tests;
mod tree;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::{Args as ClapArgs, Subcommand};

pub(crate) use self::commands::{check as check_commands, of_programs, of_sources};
pub(crate) use self::descriptors::Files;
pub(crate) use self::import::{Import, import};
use self::import::{Store, describe};
use self::inventory::Inventory;
pub(crate) use self::inventory::{Thing, things};
use self::source::Descriptors;
pub(crate) use self::source::{Choice, Installation, Source, check_version};
use crate::inputs::version::Version;
use crate::workspace;

/// The names of all that the tree in `folder` defines.
#[cfg(test)]
pub(crate) fn read_tree(folder: &std::path::Path) -> std::collections::BTreeSet<String> {
    Inventory::new(&tree::read(folder).unwrap().unwrap()).names()
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a tree under proto/ from what a KiCad carries, and note where it came from
    Import(ImportArgs),
    /// Add versions of KiCad to proto/history.toml
    History(HistoryArgs),
    /// Tell what changed between two sets of proto files, and what that breaks
    Diff(diff::Args),
    /// Hold what `diff` says breaks against what buf says (needs npm)
    Buf,
    /// Write docs/kicad-changes.md from the history and the trees, and into manifests which KiCads the crates speak to
    Changes(ChangesArgs),
    /// Hold proto/commands.toml against the handlers that a KiCad registers
    Commands(commands::Args),
}

#[derive(Debug, ClapArgs)]
struct ImportArgs {
    /// A kicad-python wheel, a folder of .proto files (which imports start from), or a file with a descriptor set
    #[arg(required_unless_present = "kicad", conflicts_with = "kicad")]
    source: Option<PathBuf>,
    /// The prefix of an installed KiCad, such as /usr
    #[arg(long, value_name = "PREFIX")]
    kicad: Option<PathBuf>,
    /// The version of KiCad, in place of what the source says
    #[arg(long, value_name = "VERSION")]
    kicad_version: Option<Version>,
    /// The name of the tree, in place of the first two numbers of the version
    #[arg(long = "as", value_name = "DIR")]
    dir: Option<String>,
    /// Take this file (such as `board/board_jobs.proto`), whatever speaks against it
    #[arg(long, value_name = "FILE")]
    include: Vec<String>,
    /// Leave this file out, whatever speaks for it
    #[arg(long, value_name = "FILE", conflicts_with = "include")]
    exclude: Vec<String>,
    /// Write nothing, and fail if the tree is wrong about this KiCad
    #[arg(long)]
    check: bool,
}

#[derive(Debug, ClapArgs)]
struct HistoryArgs {
    /// Wheels, folders of .proto files, files with descriptor sets
    #[arg(required_unless_present = "kicad")]
    sources: Vec<PathBuf>,
    /// The prefix of an installed KiCad, such as /usr
    #[arg(long, value_name = "PREFIX")]
    kicad: Vec<PathBuf>,
    /// The version of KiCad, in place of what the one source says
    #[arg(long, value_name = "VERSION")]
    kicad_version: Option<Version>,
}

#[derive(Debug, ClapArgs)]
struct ChangesArgs {
    /// Write nothing, and fail if the page is not what would be written
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    match &args.command {
        Command::Import(args) => run_import(args),
        Command::History(args) => run_history(args),
        Command::Diff(args) => diff::run(args),
        Command::Buf => diff::buf::run(),
        Command::Changes(args) => {
            let root = workspace::root();
            print!("{}{}", diff::page::write(&root, args.check)?, speaks::write(&root, args.check)?);
            Ok(())
        }
        Command::Commands(args) => commands::run(args),
    }
}

fn run_import(args: &ImportArgs) -> Result<()> {
    let source = args.source.clone().map(Source::Path).or_else(|| args.kicad.clone().map(Source::Installed));
    let import = Import {
        source: source.expect("clap sees to it that there is one"),
        version: args.kicad_version,
        dir: args.dir.clone(),
        choice: Choice { include: args.include.clone(), exclude: args.exclude.clone() },
    };
    let proto = workspace::proto();
    let told = if args.check { import::check(&proto, &import)? } else { import::import(&proto, &import)? };
    print!("{told}");
    Ok(())
}

fn run_history(args: &HistoryArgs) -> Result<()> {
    let paths = args.sources.iter().cloned().map(Source::Path);
    let sources: Vec<_> = paths.chain(args.kicad.iter().cloned().map(Source::Installed)).collect();
    ensure!(
        args.kicad_version.is_none() || sources.len() == 1,
        "--kicad-version is the version of one source, and there are {}",
        sources.len()
    );
    let mut store = Store::open(&workspace::proto())?;
    for source in &sources {
        let descriptors = Descriptors::read(source, args.kicad_version, &Choice::default(), &store.sources)?;
        print!("{}", describe(&descriptors));
        store.history.insert(descriptors.version, Inventory::new(&descriptors.files).names());
    }
    store.save()
}
