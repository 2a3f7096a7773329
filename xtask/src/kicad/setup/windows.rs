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

/// The first Debian whose Wine has what std of Windows asks for.
const RELEASE: &str = "trixie";
/// Rust is the one that Debian builds its browsers with: that of the release is older than what the command needs.
const PACKAGES: [&str; 7] =
    ["cargo-web", "gcc-mingw-w64-x86-64", "rust-web-clippy", "rust-web-src", "rustc-web", "wine", "wine64"];

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

/// Whether it has these packages and no others of the same programs, such as an older Rust.
fn is_right(root: &Path) -> bool {
    let is_installed = |package| root.join("var/lib/dpkg/info").join(format!("{package}.list")).is_file();
    PACKAGES.into_iter().all(is_installed) && objects(root).iter().all(|path| path.is_file())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_with_an_older_rust_is_not_the_right_one() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let info = root.join("var/lib/dpkg/info");
        fs::create_dir_all(&info).unwrap();
        for package in PACKAGES {
            fs::write(info.join(format!("{package}.list")), "").unwrap();
        }
        assert!(!is_right(root), "what Rust links is missing");
        for object in objects(root) {
            fs::create_dir_all(object.parent().unwrap()).unwrap();
            fs::write(object, "").unwrap();
        }
        assert!(is_right(root));
        fs::rename(info.join("rustc-web.list"), info.join("rustc.list")).unwrap();
        assert!(!is_right(root));
    }
}
