//! The programs that cargo builds, and the oldest Rust that is promised to do.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::super::install::on_path;
use super::shell;
use crate::test::need::Tool;
use crate::workspace;

/// Builds those that are lacking. It takes minutes for each, so nothing else than asking for it does so.
pub(crate) fn install(tools: &[Tool]) -> Result<()> {
    for tool in tools {
        if tool.is_there() {
            println!("{}: already there", tool.name());
            continue;
        }
        shell::say(&format!("build and install {}", tool.name()));
        shell::run(Command::new(workspace::cargo()).args(["install", "--locked", tool.name()]))?;
    }
    Ok(())
}

/// Asks rustup for the oldest Rust that is promised to do.
pub(crate) fn install_oldest_rust() -> Result<()> {
    let version = workspace::oldest_rust()?;
    if is_rust_there(&version) {
        println!("Rust {version}: already there");
        return Ok(());
    }
    if on_path("rustup").is_none() {
        bail!("Rust {version} comes with rustup, which is not found");
    }
    shell::say(&format!("install Rust {version}"));
    let mut rustup = Command::new("rustup");
    shell::run(rustup.args(["toolchain", "install", &version, "--profile", "minimal", "--no-self-update"]))
        .with_context(|| format!("rustup did not install Rust {version}"))?;
    Ok(())
}

/// Whether rustup has this toolchain. It is not asked for it, so that nothing is installed unasked.
pub(crate) fn is_rust_there(version: &str) -> bool {
    let list = Command::new("rustup").args(["toolchain", "list"]).output();
    let list = list.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    names_toolchain(&list, version)
}

/// Whether rustup's list has this version, whatever machine it is for.
fn names_toolchain(list: &str, version: &str) -> bool {
    list.lines().filter_map(|line| line.split_whitespace().next()).any(|name| {
        let rest = name.strip_prefix(version);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-') || rest.starts_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toolchain_is_found_in_the_list_of_rustup() {
        let list =
            "stable-x86_64-unknown-linux-gnu (active, default)\n1.85-x86_64-unknown-linux-gnu\n1.9.0-x\n";
        for (version, is_there) in [("1.85", true), ("1.9", true), ("1.8", false), ("1.86", false)] {
            assert_eq!(names_toolchain(list, version), is_there, "{version}");
        }
    }
}
