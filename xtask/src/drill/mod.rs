//! `cargo xtask kicad-release`: all that is to do when a new KiCad comes out, in one command that stops where a person
//! must decide, and goes on from there when it is run again.
//!
//! There is no state beside the files of the project: each step looks at what is there, and does what is lacking.

mod changelog;
mod fill;
mod hints;
#[cfg(test)]
mod newest;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};

use self::fill::{Filled, Pairs, fill};
use crate::inputs::PROPOSED;
use crate::inputs::version::Version;
use crate::kicad::install::Install;
use crate::proto::diff::Project;
use crate::proto::{self, Choice, Import, Installation, Source, diff};
use crate::test::plan::FEATURES;
use crate::{codegen, workspace};

/// The test of the page of what covers what, which lists new commands too.
const COVERAGE: &str = "--test it -- coverage::";
/// With this set, such a test writes its page.
const UPDATE: &str = "UPDATE_EXPECT";

/// Bring a new KiCad in: import, what it changed, the tables, the code, the tests, the changelog. Run it again after each stop.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The version of KiCad
    version: Version,
    /// A kicad-python wheel, the prefix of an installed KiCad, a folder of .proto files, or a descriptor set
    #[arg(long, value_name = "SOURCE")]
    from: PathBuf,
    /// The prefix of an installed KiCad whose programs tell the commands; found by itself if it can be
    #[arg(long, value_name = "PREFIX", conflicts_with = "kicad_src")]
    kicad: Option<PathBuf>,
    /// A checkout of KiCad's sources that tell the commands
    #[arg(long, value_name = "DIR")]
    kicad_src: Option<PathBuf>,
    /// The name of the tree, in place of the first two numbers of the version (11.0-dev for 10.99)
    #[arg(long = "as", value_name = "DIR")]
    dir: Option<String>,
    /// Take what an earlier run proposed in the two tables as decided
    #[arg(long)]
    accept: bool,
    /// End when the code is generated
    #[arg(long)]
    no_tests: bool,
    /// The project to work on, in place of this one
    #[arg(long, value_name = "DIR", hide = true)]
    workspace: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let start = Instant::now();
    let root = args.workspace.clone().unwrap_or_else(workspace::root);
    let root = root.canonicalize().with_context(|| format!("there is no {}", root.display()))?;
    let import = Import {
        source: Source::at(&args.from),
        version: Some(args.version),
        dir: args.dir.clone(),
        choice: Choice::default(),
    };
    if args.accept {
        println!("==> proposals\n{} lines are accepted", fill::accept(&root)?);
    }
    let prepared = prepare(&root, &import, args.version, &|known| pairs(args, known))?;
    print!("{}", prepared.told);
    let (blanks, proposals) = (&prepared.blanks, &prepared.proposals);
    if !proposals.is_empty() {
        println!("\nProposed; look at the lines that end with `{PROPOSED}…`, and mend what is wrong:");
        proposals.iter().for_each(|proposal| println!("  {proposal}"));
    }
    if !blanks.is_empty() {
        println!("\nTo decide:");
        blanks.iter().for_each(|blank| println!("  {blank}"));
    }
    if !blanks.is_empty() || !proposals.is_empty() {
        let blanks = (!blanks.is_empty()).then(|| format!("{} blanks are to be filled", blanks.len()));
        let looked_at =
            (!proposals.is_empty()).then(|| format!("{} proposals are to be looked at", proposals.len()));
        bail!(
            "{}; then run the same command again{} ({:.1} s)",
            blanks.into_iter().chain(looked_at).collect::<Vec<_>>().join(", and "),
            if proposals.is_empty() { "" } else { " with --accept" },
            start.elapsed().as_secs_f64()
        );
    }
    finish(&root, args)?;
    println!("KiCad {} is in ({:.1} s)", args.version, start.elapsed().as_secs_f64());
    Ok(())
}

/// What is ready, and what a person must decide.
struct Prepared {
    told: String,
    blanks: Vec<String>,
    /// What a person must look at.
    proposals: Vec<String>,
}

/// Imports, tells what changed, and completes the tables of the workspace at `root`.
fn prepare(
    root: &Path,
    import: &Import,
    version: Version,
    pairs: &dyn Fn(BTreeSet<String>) -> Result<Option<(Pairs, String)>>,
) -> Result<Prepared> {
    proto::check_version(&import.source, version)?;
    let proto = root.join("proto");
    let mut told = format!("==> import\n{}", proto::import(&proto, import)?);
    let project = Project::open(&proto)?;
    let changes = diff::page::of(&project, version)?;
    told.push_str(&format!("==> changes\nsince the KiCad before: {}\n", diff::summary(&changes)));
    for change in changes.iter().filter(|change| change.breaks_rust()) {
        told.push_str(&format!("  {}: {}\n", change.name, change.meaning));
    }
    told.push_str("==> commands\n");
    let found = pairs(project.messages()?)?;
    match &found {
        Some((pairs, from)) => told.push_str(&format!("{} commands, from {from}\n", pairs.len())),
        None => told.push_str(
            "NOTE: no binaries and no sources tell what KiCad answers; name some with --kicad or --kicad-src\n",
        ),
    }
    let Filled { known, proposals, blanks } = fill(root, version, found.as_ref().map(|(pairs, _)| pairs))?;
    told.push_str(&format!(
        "==> tables\n{known} lines filled in, {} proposed, {} blanks left\n",
        proposals.len(),
        blanks.len()
    ));
    Ok(Prepared { told, blanks, proposals })
}

/// What follows once everything is decided.
fn finish(root: &Path, args: &Args) -> Result<()> {
    if let Some(prefix) = kicad_prefix(args) {
        println!(
            "==> commands against KiCad\n{}",
            proto::check_commands(&root.join("proto"), Some(&prefix), None, args.version)?
        );
    } else if let Some(sources) = &args.kicad_src {
        println!(
            "==> commands against sources\n{}",
            proto::check_commands(&root.join("proto"), None, Some(sources), args.version)?
        );
    }
    println!("==> codegen\n{}", codegen::write(root)?);
    print!("==> documents\n{}{}", diff::page::write(root, false)?, proto::speaks::write(root, false)?);
    let project = Project::open(&root.join("proto"))?;
    let path = root.join("CHANGELOG.md");
    let before = fs::read_to_string(&path).unwrap_or_default();
    let after = changelog::with_entry(&before, args.version, &diff::page::of(&project, args.version)?);
    if before != after {
        fs::write(&path, after).with_context(|| format!("cannot write {}", path.display()))?;
        println!("CHANGELOG.md has an entry");
    }
    // Both with the same features, so that everything is built once.
    let all = format!("test --workspace --features {FEATURES}");
    if args.no_tests {
        println!("==> left out\n{UPDATE}=1 cargo {all} {COVERAGE}\ncargo xtask test");
        return Ok(());
    }
    let cargo = |words: &str, variable: Option<(&str, &str)>| -> Result<()> {
        println!("==> cargo {words}");
        let mut command = Command::new(workspace::cargo());
        command
            .args(words.split(' '))
            .current_dir(root)
            .envs(variable)
            .env_remove("KICAD_API_SOCKET")
            .env_remove("KICAD_API_TOKEN");
        let status = command.status().context("cannot run cargo")?;
        ensure!(status.success(), "cargo {words} failed; mend it, and run the same command again");
        Ok(())
    };
    cargo(&format!("{all} {COVERAGE}"), Some((UPDATE, "1")))?;
    cargo(&format!("{all} --no-fail-fast"), None)?;
    let tree = args.dir.clone().unwrap_or_else(|| args.version.tree());
    if let Some(next) = tree.strip_suffix("-dev") {
        // All that is new is behind the feature.
        let feature = format!("unstable-kicad-{}", next.split('.').next().unwrap_or(next));
        let words = format!(
            "test --package kiapi-gen --package kiapi-server --features kiapi-gen/serde,kiapi-gen/{feature},kiapi-server/{feature}"
        );
        cargo(&words, None)?;
    }
    let line = args.version.into();
    match Install::find(line) {
        Some(install) if install.version == args.version => {
            cargo(&format!("run --package xtask -- live --kicad {line}"), None)?;
        }
        Some(install) => println!("SKIPPED the live tests: the installed KiCad is {}", install.version),
        None => println!(
            "SKIPPED the live tests: KiCad {line} is not installed; `cargo xtask setup --kicad {line}`"
        ),
    }
    Ok(())
}

/// The installed KiCad that can tell the commands of this version.
fn kicad_prefix(args: &Args) -> Option<PathBuf> {
    if args.kicad.is_some() || args.kicad_src.is_some() {
        return args.kicad.clone();
    }
    if let Source::Installed(prefix) = Source::at(&args.from) {
        return Some(prefix);
    }
    let install = Install::find(args.version.into())?;
    (install.version == args.version).then_some(install.prefix)
}

/// The commands, and who tells them.
fn pairs(args: &Args, known: BTreeSet<String>) -> Result<Option<(Pairs, String)>> {
    let (registered, from) = match (kicad_prefix(args), &args.kicad_src) {
        (Some(prefix), _) => {
            proto::check_version(&Source::Installed(prefix.clone()), args.version)?;
            let installation = Installation::find(&prefix)?;
            (proto::of_programs(&installation)?, format!("the programs below {}", prefix.display()))
        }
        (None, Some(folder)) => {
            (proto::of_sources(folder, known)?, format!("the sources in {}", folder.display()))
        }
        (None, None) => return Ok(None),
    };
    let mut pairs = Pairs::new();
    for (request, responses) in registered.handlers {
        let responses: Vec<String> = responses.into_keys().collect();
        ensure!(
            responses.len() == 1,
            "{request} is registered with more than one response: {}",
            responses.join(", ")
        );
        pairs.extend(responses.into_iter().map(|response| (request.clone(), response)));
    }
    Ok(Some((pairs, from)))
}
