//! `cargo xtask fuzz`: runs the targets of the workspace `fuzz`.

mod corpus;

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::workspace;

/// An input that takes longer than this, in seconds, is a finding.
const TIMEOUT: u64 = 10;
/// The most memory that an input may take, in MiB.
const MEMORY: u64 = 2048;
/// The longest input.
const LONGEST: u64 = 16_384;

/// Feed what reads bytes from outside with bad ones
#[derive(Debug, clap::Args)]
#[command(after_help = "Needs cargo-fuzz (`cargo install cargo-fuzz`) and a nightly Rust, but for `--smoke`.

What is found lies in fuzz/artifacts; give it to the target with `cargo +nightly fuzz run --features libfuzzer TARGET FILE`,
and put it into fuzz/corpus once it is mended.")]
pub(crate) struct Args {
    /// Which targets [default: all, one after the other]
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// How many minutes each target has; 0 to run none
    #[arg(long, default_value_t = 1)]
    minutes: u64,
    /// Make the corpus of the seeds and of those inputs that reach most, of all that were ever found
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
        // To libFuzzer no time is all the time.
        if args.minutes > 0 {
            // The first folder is where new inputs go.
            let folders = [format!("found/{target}"), format!("corpus/{target}")];
            let options = [
                format!("-max_total_time={}", args.minutes * 60),
                format!("-timeout={TIMEOUT}"),
                format!("-rss_limit_mb={MEMORY}"),
                format!("-max_len={LONGEST}"),
                "-print_final_stats=1".to_owned(),
            ];
            if !fuzz(&folder, target, &folders, &options)?.success() {
                failed.push(target.as_str());
                continue;
            }
        }
        if args.keep {
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

/// Makes the corpus anew, of itself and of what was found.
fn keep(folder: &Path, target: &str) -> Result<()> {
    let room = tempfile::tempdir().context("there is no room for the corpus")?;
    let [merged, control] = ["merged", "control"].map(|name| room.path().join(name));
    fs::create_dir(&merged)?;
    let corpus = Path::new("corpus").join(target);
    let folders = [merged.display().to_string(), corpus.display().to_string(), format!("found/{target}")];
    let options = [
        // With all that each input reaches, not only what those before it did not.
        "-set_cover_merge=1".to_owned(),
        format!("-merge_control_file={}", control.display()),
        format!("-max_len={LONGEST}"),
    ];
    ensure!(fuzz(folder, target, &folders, &options)?.success(), "the corpus of {target} cannot be merged");
    let control = fs::read_to_string(&control).context("libFuzzer did not say what it saw")?;
    let inputs = corpus::read(&control).context("libFuzzer says what it saw in another way than it did")?;
    let inputs = corpus::within(inputs, folder);
    let corpus = folder.join(corpus);
    let (kept, reached) = corpus::choose(&inputs, &corpus);
    let (before, all) = (corpus::reach(&inputs, Some(&corpus)), corpus::reach(&inputs, None));
    corpus::write(&corpus, &kept)?;
    println!(
        "{target}: {} inputs in the corpus, which reach {reached} of {all} known features; {before} before",
        kept.len()
    );
    Ok(())
}
