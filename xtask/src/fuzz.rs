//! `cargo xtask fuzz`: runs the targets of the workspace `fuzz`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::workspace;

/// An input that takes longer than this, in seconds, is a finding.
const TIMEOUT: u64 = 10;
/// The most memory that an input may take, in MiB.
const MEMORY: u64 = 2048;
/// The longest input.
const LONGEST: u64 = 16_384;
/// How many inputs of a target are kept, of the shortest ones, and of which size.
const KEPT: (usize, u64) = (150, 4096);

/// Feed what reads bytes from outside with bad ones
#[derive(Debug, clap::Args)]
#[command(after_help = "Needs cargo-fuzz (`cargo install cargo-fuzz`) and a nightly Rust, but for `--smoke`.

What is found lies in fuzz/artifacts; give it to the target with `cargo +nightly fuzz run --features libfuzzer TARGET FILE`,
and put it into fuzz/corpus once it is mended.")]
pub(crate) struct Args {
    /// Which targets [default: all, one after the other]
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// How many minutes each target has
    #[arg(long, default_value_t = 1)]
    minutes: u64,
    /// Put the shortest inputs that reach something new into the corpus
    #[arg(long)]
    keep: bool,
    /// Only run each target over its corpus and a few thousand changes of it, which any Rust can do
    #[arg(long, conflicts_with_all = ["targets", "minutes", "keep"])]
    smoke: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let folder = workspace::root().join("fuzz");
    if args.smoke {
        let mut command = Command::new(workspace::cargo());
        command.args(["test", "--manifest-path"]).arg(folder.join("Cargo.toml"));
        let status = command.status().context("cannot run cargo")?;
        ensure!(status.success(), "a target fails; its input is named above");
        return Ok(());
    }
    let known = targets(&folder)?;
    let unknown: Vec<&str> = args
        .targets
        .iter()
        .map(String::as_str)
        .filter(|name| !known.iter().any(|known| known == name))
        .collect();
    ensure!(unknown.is_empty(), "there is no target {}; known: {}", unknown.join(", "), known.join(", "));
    let chosen = if args.targets.is_empty() { &known } else { &args.targets };
    let mut failed = Vec::new();
    for target in chosen {
        println!("==> {target}");
        fs::create_dir_all(folder.join("found").join(target))?;
        // The first folder is where new inputs go.
        let folders = [format!("found/{target}"), format!("corpus/{target}")];
        let options = [
            format!("-max_total_time={}", args.minutes * 60),
            format!("-timeout={TIMEOUT}"),
            format!("-rss_limit_mb={MEMORY}"),
            format!("-max_len={LONGEST}"),
            "-print_final_stats=1".to_owned(),
        ];
        let status = fuzz(&folder, target, &folders, &options)?;
        if !status.success() {
            failed.push(target.as_str());
        } else if args.keep {
            keep(&folder, target)?;
        }
    }
    if !failed.is_empty() {
        bail!("something was found by {}; it lies in fuzz/artifacts", failed.join(", "));
    }
    Ok(())
}

/// The names of all targets.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.join("fuzz_targets"))? {
        let name = entry?.file_name();
        names.extend(name.to_str().and_then(|name| name.strip_suffix(".rs")).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

fn fuzz(
    folder: &Path,
    target: &str,
    folders: &[String],
    options: &[String],
) -> Result<std::process::ExitStatus> {
    let mut command = Command::new("cargo");
    // What `cargo xtask` itself runs with names its own toolchain.
    command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
    command
        .current_dir(folder)
        .args(["+nightly", "fuzz", "run", "--features", "libfuzzer", target])
        .args(folders)
        .arg("--")
        .args(options);
    command.status().context("cannot run cargo; are cargo-fuzz and a nightly Rust installed?")
}

/// Merges what was found into the corpus, as far as it is short.
fn keep(folder: &Path, target: &str) -> Result<()> {
    let merged = tempfile::tempdir().context("there is no room for the corpus")?;
    let path = merged.path().display().to_string();
    let folders = [path, format!("corpus/{target}"), format!("found/{target}")];
    let status = fuzz(folder, target, &folders, &["-merge=1".to_owned(), format!("-max_len={LONGEST}")])?;
    ensure!(status.success(), "the corpus of {target} cannot be merged");
    let mut files: Vec<(u64, PathBuf)> = Vec::new();
    for entry in fs::read_dir(merged.path())? {
        let entry = entry?;
        files.push((entry.metadata()?.len(), entry.path()));
    }
    files.retain(|(size, _)| *size <= KEPT.1);
    files.sort();
    let corpus = folder.join("corpus").join(target);
    let mut count = fs::read_dir(&corpus)?.count();
    for (_, file) in files {
        let place = corpus.join(file.file_name().context("it has a name")?);
        if count >= KEPT.0 {
            break;
        }
        if !place.exists() {
            fs::copy(&file, &place)?;
            count += 1;
        }
    }
    println!("{target}: {count} inputs in the corpus");
    Ok(())
}
