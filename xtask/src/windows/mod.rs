//! `cargo xtask windows`: what runs on Windows: there, or elsewhere built for it and run under Wine.

mod suites;

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::kicad::install;
use crate::kicad::setup::{self, WINDOWS_TARGET as TARGET};
use crate::workspace;
use suites::{Program, Suite};

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
const PACKAGES: [(&str, &str); 6] = [
    ("kiapi-transport", "tokio"),
    ("kiapi-gen", "serde"),
    ("kiapi-server", ""),
    ("kiapi-emulator", ""),
    ("kiapi", "tokio,serde,tracing"),
    ("kiapi-cli", ""),
];

/// What is looked at once more as a client alone builds it: tests bring the server along.
const CLIENTS: [&str; 2] = ["kiapi-transport", "kiapi"];

/// What tells cargo how a program for Windows is run.
const RUNNER: &str = "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER";

/// What does not run under Wine alone.
const UNDER_WINE: (&str, Option<&str>, &str) =
    ("the example of `Instance::at`", Some("Instance::at "), "Wine cannot list pipes");

/// What does not run, and why; the second word is what tests are left out by, where cargo would take them along.
const LEFT_OUT: &[(&str, Option<&str>, &str)] = &[
    (
        "kiapi-transport: the server's model",
        None,
        "it looks at both ends without waiting, which pipes cannot",
    ),
    (
        "kiapi-transport: runtimes that do not run or are gone",
        None,
        "a pipe belongs to no runtime of the caller's",
    ),
    ("kiapi-transport: stale socket files, their modes", None, "a pipe is no file"),
    ("kiapi-server: place, users", None, "folders, their owners and locks"),
    ("kiapi: discovery", None, "folders, locks and signals; what is said of pipes is tried beside the code"),
    ("kiapi: book, coverage, sources", None, "the repository's own files, which one system looks at"),
    ("kiapi-emulator: endurance", None, "it counts in Linux's /proc what its process uses"),
    (
        "kiapi-emulator: two of life",
        None,
        "a pipe is no file, and not listened at anew while it has a client",
    ),
    ("kiapi-cli: examples, and those of book", None, "they are written for a shell"),
    ("kiapi-cli: bad_input, replay, trace", None, "servers and clients made by hand of unix sockets"),
    ("kiapi-cli: record", None, "a signal ends a recorder; what ends by itself is recorded in `pipes`"),
    ("kiapi-cli: doctor, instances, plugin", None, "folders, sockets' files, their modes, owners and links"),
    ("kiapi-cli: plugin_schema", None, "a file of a KiCad that is installed"),
    (
        "kiapi-cli: one of edits, read, serve each",
        None,
        "signals, an output without a reader, folders and locks",
    ),
];

pub(crate) fn run(args: &Args) -> Result<()> {
    let (what, chosen) = match &args.command {
        What::Test(chosen) => ("test", chosen),
        What::Clippy(chosen) => ("clippy", chosen),
    };
    let mut packages: Vec<_> = PACKAGES
        .into_iter()
        .filter(|(name, _)| chosen.packages.is_empty() || chosen.packages.iter().any(|chosen| chosen == name))
        .collect();
    let known: Vec<_> = PACKAGES.iter().map(|(name, _)| *name).collect();
    let unknown: Vec<_> = chosen.packages.iter().filter(|name| !known.contains(&name.as_str())).collect();
    ensure!(unknown.is_empty(), "not for Windows: {unknown:?}; known: {}", known.join(", "));

    let root = if cfg!(windows) { None } else { Some(setup::windows()?) };
    let name = if root.is_some() { "cargo".into() } else { workspace::cargo() };
    let cargo = |packages: &[(&str, &str)]| -> Result<Command> {
        let mut cargo = program(root.as_deref(), &name, &workspace::root())?;
        cargo.arg(what);
        if root.is_some() {
            cargo.args(["--target", TARGET, "-Zbuild-std=std,panic_unwind,test"]);
        }
        for (name, features) in packages {
            cargo.args(["-p", name]);
            for feature in features.split(',').filter(|feature| !feature.is_empty()) {
                cargo.args(["--features", &format!("{name}/{feature}")]);
            }
        }
        Ok(cargo)
    };
    if what == "clippy" {
        clippy(cargo(&packages)?.arg("--all-targets"))?;
        packages.retain(|(name, _)| CLIENTS.contains(name));
        for features in ["", "tokio"] {
            packages.iter_mut().for_each(|package| package.1 = features);
            if !packages.is_empty() {
                clippy(cargo(&packages)?.arg("--lib"))?;
            }
        }
        return Ok(());
    }
    let mut suites = suites::build(&mut cargo(&packages)?)?;
    // The command is no library, and has none.
    packages.retain(|(name, _)| *name != "kiapi-cli");
    if !packages.is_empty() {
        let (name, folder) = ("examples of the documentation".to_owned(), workspace::root());
        suites.push(Suite { name, folder, program: Program::Examples });
    }
    let mut args: Vec<&str> = chosen.filter.iter().map(String::as_str).collect();
    let left_out: Vec<_> = root.iter().map(|_| &UNDER_WINE).chain(LEFT_OUT).collect();
    args.extend(left_out.iter().filter_map(|(_, name, _)| *name).flat_map(|name| ["--skip", name]));
    let outcome = suites::run(&suites, &args, |suite| {
        let mut command = match (&suite.program, &root) {
            (Program::Built(built), None) => program(None, built.as_os_str(), &suite.folder)?,
            (Program::Built(built), Some(root)) => {
                let mut wine = program(Some(root), OsStr::new("wine"), &suite.folder)?;
                wine.arg(built);
                wine
            }
            (Program::Examples, _) => {
                let mut examples = cargo(&packages)?;
                examples
                    .args(["--doc", "--no-fail-fast", "--"])
                    .envs(root.as_ref().map(|_| (RUNNER, "wine")));
                return Ok(examples);
            }
        };
        command.env("CARGO_MANIFEST_DIR", &suite.folder);
        Ok(command)
    });
    println!("\nNot run:");
    for (what, _, why) in left_out {
        println!("  {what}: {why}");
    }
    outcome
}

fn clippy(cargo: &mut Command) -> Result<()> {
    cargo.args(["--", "-D", "warnings"]);
    // Clippy asks for the `const` that is there, on systems where std keeps such variables by keys (1.85 to 1.96 at least).
    cargo.args(["-A", "clippy::missing_const_for_thread_local"]);
    let status = cargo.status().context("cannot run cargo")?;
    ensure!(status.success(), "cargo clippy for {TARGET} failed ({status})");
    Ok(())
}

/// A program in the system below `root`, or here, that runs in `folder`. The workspace, and what the network brought, lie at the
/// same place as here.
fn program(root: Option<&Path>, name: &OsStr, folder: &Path) -> Result<Command> {
    let Some(root) = root else {
        let mut command = Command::new(name);
        command.current_dir(folder);
        return Ok(command);
    };
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
    // Who goes in starts at its root.
    let mut command = install::command(Some(root), "env", &[&workspace, &registry]);
    // What cargo and rustup have set for us names things that are not in there.
    let path =
        command.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, value)| value).map(OsString::from);
    command.env_clear().envs(path.map(|path| ("PATH", path)));
    command
        .envs(env::vars_os().filter(|(name, _)| name.to_string_lossy().to_lowercase().ends_with("_proxy")));
    command
        .arg("-C")
        .arg(folder)
        .arg(name)
        .env("LC_ALL", "C.UTF-8")
        .env("CARGO_HOME", &home)
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_INCREMENTAL", "0")
        // To build std, whose source Debian has for this very compiler.
        .env("RUSTC_BOOTSTRAP", "1")
        // Wine keeps its files there, and they are good for the next time.
        .env("HOME", target.join("home"))
        .env("XDG_RUNTIME_DIR", target.join("home"))
        .env("WINEDEBUG", "-all");
    Ok(command)
}
