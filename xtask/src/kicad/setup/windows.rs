//! A system that builds for Windows, with a Wine that runs what was built.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::super::install::{command, on_path, system_root};
use super::super::os;
use super::System;
use super::chroot::Tree;
use super::shell;

/// What is built for: the Windows whose libraries are free.
pub(crate) const TARGET: &str = "x86_64-pc-windows-gnu";

/// The first Debian whose Wine has what std of Windows asks for, and a Rust that is the oldest that is promised to do.
const RELEASE: &str = "trixie";
const PACKAGES: [&str; 7] =
    ["cargo", "gcc-mingw-w64-x86-64", "rust-clippy", "rust-src", "rustc", "wine", "wine64"];

/// Installs the system unless it is there, and says where it is.
pub(crate) fn make() -> Result<PathBuf> {
    let root = system_root("KIAPI_WINDOWS", "windows");
    let tree = Tree {
        root: root.clone(),
        release: RELEASE,
        what: "Rust, a linker for Windows, and Wine",
        packages: &PACKAGES,
        size: "3 GB",
    };
    let Some(system) = System::of_this_machine().filter(|_| on_path("apt-get").is_some()) else {
        bail!("this command installs with apt-get, on Debian and its kin");
    };
    if !os::is_root() && !is_right(&root) {
        bail!("installing Debian into {} takes root; run this command as root", root.display());
    }
    tree.make(&system, is_right, |root| {
        start_objects(root)?;
        if is_right(root) { Ok(()) } else { bail!("what was installed into {} does not run", root.display()) }
    })?;
    Ok(root)
}

fn is_right(root: &Path) -> bool {
    // Some are links that lead somewhere only within.
    let is_there = |path: &Path| path.symlink_metadata().is_ok();
    let programs = ["wine", "cargo", "rustc"].map(|name| root.join("usr/bin").join(name));
    programs.iter().chain(&objects(root)).all(|path| is_there(path))
}

/// What Rust links at the beginning and the end of each program for this target.
fn objects(root: &Path) -> [PathBuf; 2] {
    let folder = root.join("usr/lib/rustlib").join(TARGET).join("lib");
    ["rsbegin.o", "rsend.o"].map(|name| folder.join(name))
}

/// Makes them from Rust's source: Debian has std only as source, and cargo builds all of it but these.
fn start_objects(root: &Path) -> Result<()> {
    for object in objects(root) {
        let folder = object.parent().context("it has a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let source = Path::new("/usr/lib/rustlib/src/rust/library/rtstartup");
        let name = object.file_stem().context("it has a name")?;
        let mut rustc = command(Some(root), "rustc", &[]);
        rustc
            .args(["--target", TARGET, "--emit=obj", "-o"])
            .arg(Path::new("/").join(object.strip_prefix(root)?));
        rustc.arg(source.join(name).with_extension("rs")).env("RUSTC_BOOTSTRAP", "1");
        shell::run(&mut rustc)?;
    }
    Ok(())
}
