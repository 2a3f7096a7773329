//! `cargo xtask setup`: installs what the tests against real KiCads need, and says what it does.

mod apt;
mod chroot;
mod shell;
mod sources;
mod tools;
mod windows;

use std::fs;

use anyhow::{Result, bail};

use super::install::{Install, Line, can_make_venvs, on_path};
use super::os;
use crate::test::need::Tool;

pub(crate) use shell::Outside;
pub(crate) use tools::{install as install_tools, install_oldest_rust, is_rust_there};
pub(crate) use windows::{TARGET as WINDOWS_TARGET, make as windows};

/// Install what the tests against real KiCads need: KiCad, its demos, a display without a screen, cmake.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which KiCad: the line of its version; may be given more than once [default: 9.0, if nothing else is asked for]
    #[arg(long = "kicad", value_name = "LINE")]
    lines: Vec<Line>,
    /// What a release and the book need: cargo-deny, cargo-semver-checks, mdbook, cargo-machete; cargo builds them
    #[arg(long)]
    tools: bool,
    /// The oldest Rust that is promised to do, with rustup
    #[arg(long)]
    oldest_rust: bool,
}

/// The programs that are needed beside KiCad, and Debian's package of each.
const TOOLS: [(&str, &str); 7] = [
    ("Xvfb", "xvfb"),
    ("xwininfo", "x11-utils"),
    ("xdotool", "xdotool"),
    ("cmake", "cmake"),
    ("make", "make"),
    ("cc", "gcc libc6-dev"),
    (VENV, "python3-venv"),
];

/// What is no program: that Python can make virtual environments.
const VENV: &str = "virtual environments of Python";

/// How Debian has a line of KiCad.
enum Way {
    /// As a package of the release itself or of its backports.
    Packages,
    /// In another release, which is installed into a folder: its name there.
    Release(&'static str),
}

/// The lines that are known to be had; a new line of KiCad adds a row.
const WAYS: [(Line, Way); 2] = [
    (Line { major: 9, minor: 0 }, Way::Packages),
    // By its name, because `testing` becomes another release one day, with another KiCad.
    (Line { major: 10, minor: 0 }, Way::Release("forky")),
];

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.tools {
        install_tools(&Tool::ALL)?;
    }
    if args.oldest_rust {
        install_oldest_rust()?;
    }
    match args.lines.as_slice() {
        [] if args.tools || args.oldest_rust => Ok(()),
        [] => kicads(&[Line { major: 9, minor: 0 }]),
        lines => kicads(lines),
    }
}

/// Installs these KiCads, and what tests with them need beside them.
pub(crate) fn kicads(lines: &[Line]) -> Result<()> {
    let missing_tools: Vec<_> = TOOLS.into_iter().filter(|(program, _)| !is_there(program)).collect();
    let mut missing = Vec::new();
    for &line in lines {
        match Install::find(line) {
            Some(install) => {
                println!("KiCad {line}: already there, {} in {}", install.version, install.prefix.display());
            }
            None if missing.contains(&line) => {}
            None => missing.push(line),
        }
    }
    if missing.is_empty() && missing_tools.is_empty() {
        return Ok(());
    }

    let wanted = describe(&missing_tools, &missing);
    let Some(system) = System::of_this_machine() else {
        bail!(
            "this command installs with apt-get, on Debian and its kin; install by yourself {wanted}; \
             a KiCad that is not on the PATH is found in the system below $KIAPI_KICAD_<major version>"
        );
    };
    if !os::is_root() {
        bail!("installing {wanted} takes root; run this command as root, or install them by yourself");
    }

    shell::say("update the lists of packages");
    apt::update()?;
    let packages: Vec<&str> = missing_tools.iter().flat_map(|(_, packages)| packages.split(' ')).collect();
    if !packages.is_empty() {
        shell::say(&format!("install {}", packages.join(", ")));
        apt::install(&packages, None)?;
    }
    for line in missing {
        install_line(line, &system)?;
    }
    Ok(())
}

fn is_there(program: &str) -> bool {
    if program == VENV {
        let there = can_make_venvs();
        if there {
            println!("{program}: already there");
        }
        return there;
    }
    let there = on_path(program);
    if let Some(path) = &there {
        println!("{program}: already there, {}", path.display());
    }
    there.is_some()
}

fn describe(tools: &[(&str, &str)], lines: &[Line]) -> String {
    let tools = tools.iter().map(|(program, _)| (*program).to_owned());
    let lines = lines.iter().map(|line| format!("KiCad {line} with its demos"));
    tools.chain(lines).collect::<Vec<_>>().join(", ")
}

fn install_line(line: Line, system: &System) -> Result<()> {
    let way = WAYS.iter().find(|(known, _)| *known == line).map(|(_, way)| way);
    // Where the release itself has this line, as Debian testing does, no other release is needed.
    let offered = apt::offers("kicad")?.first().is_some_and(|offer| offer.line() == Some(line));
    match way {
        Some(Way::Release(release)) if !(offered && Install::native().is_none()) => {
            chroot::make(line, release, system)?;
        }
        Some(_) => install_packages(line, system)?,
        None if offered => install_packages(line, system)?,
        None => bail!(
            "it is not known where Debian has KiCad {line}; install it, and set KIAPI_KICAD_{} to the folder of the \
             system that it is in if it is not on the PATH",
            line.major
        ),
    }
    match Install::find(line) {
        Some(install) => {
            println!("KiCad {line}: installed, {} in {}", install.version, install.prefix.display());
            Ok(())
        }
        None => bail!("KiCad {line} was installed and cannot be found: is another kicad-cli on the PATH?"),
    }
}

/// Installs the line from the release that runs here, or from its backports.
fn install_packages(line: Line, system: &System) -> Result<()> {
    let find =
        || -> Result<_> { Ok(apt::offers("kicad")?.into_iter().find(|offer| offer.line() == Some(line))) };
    let mut offer = find()?;
    if offer.is_none() {
        let suite = format!("{}-backports", system.codename);
        let known = sources::of_this_machine()?;
        if !known.iter().any(|source| source.has(&suite, "main")) {
            let Some(archive) = known.iter().find(|source| source.has(&system.codename, "main")) else {
                bail!("apt does not offer KiCad {line}, and no source of {} is known to it", system.codename);
            };
            let file = "/etc/apt/sources.list.d/kiapi-backports.sources";
            shell::say(&format!("add {suite} to apt's sources, in {file}"));
            fs::write(file, archive.with_suite(&suite))?;
            apt::update()?;
            offer = find()?;
        }
    }
    let Some(offer) = offer else {
        let there: Vec<_> = apt::offers("kicad")?.into_iter().map(|offer| offer.version).collect();
        let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
        return Err(Outside::new(format!("apt does not offer KiCad {line}; what it offers: {there}")).into());
    };
    if let Some(other) = Install::native() {
        println!("KiCad {} is replaced", other.version);
    }
    shell::say(&format!("install KiCad {} with its demos, from {}", offer.version, offer.suite));
    let packages = ["kicad", "kicad-demos"].map(|name| format!("{name}={}", offer.version));
    apt::install(&packages, Some(&offer.suite))
}

/// Which system runs here.
pub(crate) struct System {
    /// The release's name: `bookworm`.
    codename: String,
}

impl System {
    /// None where there is no apt-get.
    fn of_this_machine() -> Option<Self> {
        on_path("apt-get")?;
        Self::parse(&fs::read_to_string("/etc/os-release").ok()?)
    }

    fn parse(os_release: &str) -> Option<Self> {
        let value = |key: &str| {
            let line = os_release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.map(|value| value.trim_matches(['"', '\'']).to_owned())
        };
        Some(Self { codename: value("VERSION_CODENAME")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_is_read_from_os_release() {
        let debian = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n";
        assert_eq!(System::parse(debian).unwrap().codename, "bookworm");
        assert_eq!(System::parse("VERSION_CODENAME=\"noble\"").unwrap().codename, "noble");
        assert!(System::parse("ID=arch\n").is_none());
    }
}
