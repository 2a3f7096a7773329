//! What building `kiapi` costs those who depend on it, beside what another client of the same API costs.
//!
//! Each is built from nothing, as a dependency of an empty crate, in turns. CPU time is compared: the time on the clock
//! says more about how many cores were free.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::table::Row;

/// The client to compare with.
const OTHER: &str = "kicad-ipc-rs = \"=0.5.1\"";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often each is built
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Build as `cargo build --release` does
    #[arg(long)]
    release: bool,
    /// Fail if building kiapi takes more than this share of the other's CPU time
    #[arg(long, value_name = "RATIO")]
    at_most: Option<f64>,
}

pub(crate) fn run(args: &Args) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let kiapi = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/kiapi");
    let ours = format!("kiapi = {{ path = {:?} }}", kiapi.display().to_string());
    for (name, dependency) in [("ours", ours.as_str()), ("other", OTHER)] {
        write_crate(&folder.path().join(name), name, dependency)?;
        cargo(&folder.path().join(name)).arg("fetch").status().context("cannot run cargo")?;
    }
    let mut ratios = Vec::new();
    for round in 0..args.rounds {
        let [ours, other] = ["ours", "other"].map(|name| build(folder.path(), name, args.release));
        let (ours, other) = (ours?, other?);
        let ratio = ours.as_secs_f64() / other.as_secs_f64();
        println!("round {}: kiapi {ours:.2?}, {OTHER} {other:.2?}, ratio {ratio:.3}", round + 1);
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    println!("CPU time: {median:.3} of the other's, in the median");
    if let Some(limit) = args.at_most {
        ensure!(
            median <= limit,
            "building kiapi takes {median:.3} of the other's CPU time, more than {limit}"
        );
    }
    let found = format!("{median:.3} ({:.3} to {:.3})", ratios[0], ratios[ratios.len() - 1]);
    Ok(vec![
        Row::new(
            "building kiapi from nothing, processor time (with the lowest and highest)",
            "kicad-ipc-rs",
            found,
        )
        .goal(Some("0.30")),
    ])
}

fn write_crate(folder: &Path, name: &str, dependency: &str) -> Result<()> {
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), "")?;
    let head = format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[workspace]\n");
    fs::write(folder.join("Cargo.toml"), format!("{head}\n[dependencies]\n{dependency}\n"))?;
    Ok(())
}

fn cargo(folder: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target")).args(["--quiet"]);
    // What comes from a registry, as both do for those who use them, is never built incrementally; by its path ours would be.
    command.env("CARGO_INCREMENTAL", "0");
    command
}

/// The CPU time of building the crate `name` from nothing.
fn build(folder: &Path, name: &str, release: bool) -> Result<Duration> {
    let folder = folder.join(name);
    let _ = fs::remove_dir_all(folder.join("target"));
    let before = children()?;
    let mut command = cargo(&folder);
    command.args(["build", "--offline"]).args(release.then_some("--release"));
    ensure!(command.status().context("cannot run cargo")?.success(), "{name} does not build");
    Ok(children()? - before)
}

/// The CPU time of all processes that this one started and that have ended.
fn children() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").context("this is measured on Linux only")?;
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: Vec<u64> = fields.skip(13).take(2).map(str::parse).collect::<Result<_, _>>()?;
    // USER_HZ is 100 on every Linux that KiCad runs on.
    Ok(Duration::from_millis(ticks.iter().sum::<u64>() * 10))
}
