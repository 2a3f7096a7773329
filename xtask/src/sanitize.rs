//! `cargo xtask sanitize`: tests under the sanitizers and Miri of a nightly Rust.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::steps::{Done, Steps, output, run as run_command};
use crate::workspace;

/// The crates that read what comes from outside, or wait on sockets.
const CRATES: [&str; 3] = ["kiapi-gen", "kiapi-transport", "kiapi-server"];

/// What Miri runs: a crate, and the tests of it that need no sockets and end within minutes.
const INTERPRETED: [(&str, &[&str]); 2] = [("kiapi-gen", &[]), ("kiapi", &["units", "geometry"])];

/// Run tests under the sanitizers for addresses and leaks, and under Miri
#[derive(Debug, clap::Args)]
#[command(after_help = "Needs a nightly Rust; for Miri also `rustup +nightly component add miri rust-src`.")]
pub(crate) struct Args {
    /// Which [default: all, one after the other]
    #[arg(value_enum)]
    what: Vec<What>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// Memory that is used wrongly, and memory that nobody gives back
    Address,
    /// Memory that nobody gives back, alone
    Leak,
    /// What Rust does not define
    Miri,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let host = host()?;
    let all = [What::Address, What::Leak, What::Miri];
    let chosen = if args.what.is_empty() { &all[..] } else { &args.what };
    let mut steps = Steps::new()?;
    for what in chosen {
        match what {
            What::Address => sanitized(&mut steps, "address", &host),
            What::Leak => sanitized(&mut steps, "leak", &host),
            What::Miri => interpreted(&mut steps),
        }
    }
    steps.finish()
}

/// A cargo of the nightly Rust, whatever Rust runs this.
fn nightly(words: &str) -> Command {
    let mut command = Command::new("cargo");
    command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").env_remove("RUSTC");
    command.env_remove("KICAD_API_SOCKET").env_remove("KICAD_API_TOKEN");
    command.current_dir(workspace::root()).arg("+nightly").args(words.split(' '));
    command
}

/// What this machine is to Rust. Naming it keeps the sanitizer out of what runs while building.
fn host() -> Result<String> {
    let mut rustc = Command::new("rustc");
    rustc.env_remove("RUSTUP_TOOLCHAIN").args(["+nightly", "--version", "--verbose"]);
    let told = output(&mut rustc).context("there is no nightly Rust; `rustup toolchain install nightly`")?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("the nightly Rust does not say what it runs on")?;
    ensure!(host.contains("linux"), "the sanitizers are tried on Linux alone, and this is {host}");
    Ok(host.to_owned())
}

fn sanitized(steps: &mut Steps, sanitizer: &str, host: &str) {
    for name in CRATES {
        steps.step(&format!("{name} under the sanitizer `{sanitizer}`"), || {
            let mut command = nightly("test --lib --tests --package");
            command.args([name, "--target", host]);
            if name == "kiapi-transport" {
                command.args(["--features", "tokio"]);
            }
            command.env("RUSTFLAGS", format!("-Zsanitizer={sanitizer}"));
            // What is built so is of no use to others.
            command.env("CARGO_TARGET_DIR", workspace::root().join("target").join(sanitizer));
            run_command(&mut command)?;
            Ok(Done::quietly())
        });
    }
}

fn interpreted(steps: &mut Steps) {
    for (name, tests) in INTERPRETED {
        steps.step(&format!("{name} under Miri"), || {
            let mut command = nightly("miri test --lib --package");
            command.arg(name).arg("--").args(tests);
            // Tests read files that lie beside them, and the time.
            command.env("MIRIFLAGS", "-Zmiri-disable-isolation");
            // Hundreds of inputs by chance take it hours.
            command.env("PROPTEST_CASES", "4");
            command.env("CARGO_TARGET_DIR", workspace::root().join("target/miri"));
            run_command(&mut command)?;
            Ok(Done::quietly())
        });
    }
}
