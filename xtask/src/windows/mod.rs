//! `cargo xtask windows`: what runs on Windows: there, or elsewhere built for it and run under Wine.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::kicad::install;
use crate::kicad::setup::{self, WINDOWS_TARGET as TARGET};
use crate::workspace;

/// Build for Windows, and run it there or under Wine
#[derive(Debug, clap::Args)]
#[command(
    after_help = "On Windows, cargo does it. Elsewhere a Debian with Rust, a linker for Windows and Wine is installed in a folder of its own the first time, which takes
root, the right to mount, some minutes and 3 GB: below /var/cache/kiapi, or where KIAPI_WINDOWS says. What is built lies in
target/windows."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Build the tests and run them
    Test(Chosen),
    /// Look at the code with clippy, as it is on Windows
    Clippy(Chosen),
}

#[derive(Debug, clap::Args)]
struct Chosen {
    /// Which packages [default: all that have something to run on Windows]
    #[arg(short, long = "package", value_name = "PACKAGE")]
    packages: Vec<String>,
    /// Only tests with this in their names
    #[arg(value_name = "NAME")]
    filter: Option<String>,
}

/// The packages, and their features.
const PACKAGES: [(&str, &str); 4] =
    [("kiapi-transport", "tokio"), ("kiapi-server", ""), ("kiapi-emulator", ""), ("kiapi", "tokio")];

/// What does not run, and why; the second word is what tests are left out by, where cargo would take them along.
const LEFT_OUT: &[(&str, Option<&str>, &str)] = &[
    ("examples of the documentation", None, "the cargo that builds here builds them for no other system"),
    ("kiapi-gen", None, "no input or output: the same on every system"),
    ("kiapi-cli", None, "its tests need Unix; nobody has tried them on Windows"),
    ("kiapi-transport: hostile_server, tasks", None, "servers made by hand, on unix sockets so far"),
    ("kiapi-transport: relay", None, "there is no relay on Windows yet, and so no recorder"),
    (
        "kiapi-transport: the server's model",
        None,
        "it looks at both ends without waiting, which pipes cannot",
    ),
    ("kiapi-server: place, users", None, "folders, their owners and locks"),
    ("kiapi: discovery", None, "folders, locks and signals; what is said of pipes is tried beside the code"),
    ("kiapi: book, coverage, sources", None, "the repository's own files, which one system looks at"),
];

pub(crate) fn run(args: &Args) -> Result<()> {
    let (what, chosen) = match &args.command {
        What::Test(chosen) => ("test", chosen),
        What::Clippy(chosen) => ("clippy", chosen),
    };
    let packages: Vec<_> = PACKAGES
        .iter()
        .filter(|(name, _)| chosen.packages.is_empty() || chosen.packages.iter().any(|chosen| chosen == name))
        .collect();
    let known: Vec<_> = PACKAGES.iter().map(|(name, _)| *name).collect();
    let unknown: Vec<_> = chosen.packages.iter().filter(|name| !known.contains(&name.as_str())).collect();
    ensure!(unknown.is_empty(), "not for Windows: {unknown:?}; known: {}", known.join(", "));

    let mut cargo = if cfg!(windows) {
        let mut cargo = Command::new(workspace::cargo());
        cargo.arg(what).current_dir(workspace::root());
        cargo
    } else {
        let mut cargo = cargo(&setup::windows()?, what)?;
        cargo.args(["--target", TARGET, "-Zbuild-std=std,panic_unwind,test"]);
        cargo
    };
    if what == "test" {
        cargo.arg("--no-fail-fast");
    }
    for (name, features) in packages {
        cargo.args(["-p", name]);
        if !features.is_empty() {
            cargo.args(["--features", &format!("{name}/{features}")]);
        }
    }
    if what == "clippy" {
        cargo.args(["--all-targets", "--", "-D", "warnings"]);
    } else {
        cargo.arg("--").args(&chosen.filter);
        let skips = LEFT_OUT.iter().filter_map(|(_, name, _)| *name);
        cargo.args(skips.flat_map(|name| ["--skip", name]));
    }
    let status = cargo.status().context("cannot run cargo")?;
    if what == "test" {
        println!("Not run:");
        for (what, _, why) in LEFT_OUT {
            println!("  {what}: {why}");
        }
    }
    ensure!(status.success(), "cargo {what} for {TARGET} failed ({status})");
    Ok(())
}

/// cargo in the system below `root`, with this workspace, and what the network brought, at the same place as here.
fn cargo(root: &Path, what: &str) -> Result<Command> {
    let workspace = workspace::root();
    let target = workspace.join("target/windows");
    let home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    let home = home.context("neither CARGO_HOME nor HOME is set")?;
    let registry = home.join("registry");
    for folder in [&target.join("home"), &registry] {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let mut cargo = install::command(Some(root), "cargo", &[&workspace, &registry]);
    // What cargo and rustup have set for us names things that are not in there.
    let path =
        cargo.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, value)| value).map(OsString::from);
    cargo.env_clear().envs(path.map(|path| ("PATH", path)));
    cargo.envs(env::vars_os().filter(|(name, _)| name.to_string_lossy().to_lowercase().ends_with("_proxy")));
    cargo
        .arg(what)
        .arg("--manifest-path")
        .arg(workspace.join("Cargo.toml"))
        .env("LC_ALL", "C.UTF-8")
        .env("CARGO_HOME", &home)
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_INCREMENTAL", "0")
        // To build std, whose source Debian has for this very compiler.
        .env("RUSTC_BOOTSTRAP", "1")
        // Wine keeps its files there, and they are good for the next time.
        .env("HOME", target.join("home"))
        .env("XDG_RUNTIME_DIR", target.join("home"))
        .env("WINEDEBUG", "-all")
        .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", "wine");
    Ok(cargo)
}
