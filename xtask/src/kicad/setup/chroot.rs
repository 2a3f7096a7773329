//! Another release of Debian, in a folder of its own.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::super::install::{self, Install, Line, on_path};
use super::super::os;
use super::shell::{self, Outside};
use super::sources::{self, Source};
use super::{System, apt};

/// Tells that the folder is ours, and whether it was finished: what is in it is [`MAKING`] or [`COMPLETE`].
const MARKER: &str = ".kiapi-chroot";
const MAKING: &str = "making\n";
const COMPLETE: &str = "complete\n";

/// Installs `release` with KiCad into the folder for `line`, unless it is there.
pub(crate) fn make(line: Line, release: &str, system: &System) -> Result<()> {
    let tree = Tree {
        root: install::root_of(line),
        release,
        what: "KiCad with its demos",
        packages: &["kicad", "kicad-demos"],
        size: "2.5 GB",
    };
    tree.make(
        system,
        |root| Install::in_root(root).is_some_and(|install| install.line() == line),
        |root| match Install::in_root(root) {
            Some(install) if install.line() == line => Ok(()),
            Some(install) => {
                let what = format!("Debian {release} has KiCad {} now, and no {line}", install.version);
                Err(Outside::new(what).into())
            }
            None => bail!("KiCad was installed into {} and does not run", root.display()),
        },
    )
}

/// A release of Debian in a folder, and what is installed in it.
pub(crate) struct Tree<'a> {
    pub(crate) root: PathBuf,
    pub(crate) release: &'a str,
    /// What the packages are, for a person.
    pub(crate) what: &'a str,
    pub(crate) packages: &'a [&'a str],
    /// How much it takes, for a person.
    pub(crate) size: &'a str,
}

impl Tree<'_> {
    /// Installs it, unless it is complete. `is_right` says whether what is there is what is wanted, and `check` has the last
    /// word before it counts as complete.
    pub(crate) fn make(
        &self,
        system: &System,
        is_right: impl FnOnce(&Path) -> bool,
        check: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<()> {
        let Self { root, release, what, packages, size } = self;
        let parent = root.parent().context("a system lies in a folder")?;
        fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
        // Two at once would remove each other's work.
        let mut lock = root.clone().into_os_string();
        lock.push(".lock");
        let lock = PathBuf::from(lock);
        let lock = File::create(&lock).with_context(|| format!("cannot create {}", lock.display()))?;
        os::lock(&lock).context("cannot lock")?;
        if is_complete(root) && is_right(root) {
            return Ok(());
        }
        clear(root)?;

        let known = sources::of_this_machine()?;
        let archive = known
            .iter()
            .find(|source| source.has(&system.codename, "main") && uri(source).is_some())
            .with_context(|| format!("no source of {} is known to apt", system.codename))?;
        if on_path("debootstrap").is_none() {
            shell::say("install debootstrap");
            apt::install(&["debootstrap"], None)?;
        }
        shell::say(&format!("install Debian {release} into {} (about {size} with {what})", root.display()));
        // Without the right to mount there is no way; the first mount below would say so less clearly.
        shell::run(Command::new("unshare").args(["--mount", "--", "true"])).map_err(|error| {
            Outside::new(format!("{error:#}\n  a container needs the right to mount (--privileged)"))
        })?;
        fs::create_dir_all(root).with_context(|| format!("cannot create {}", root.display()))?;
        fs::write(root.join(MARKER), MAKING)?;
        shell::run(&mut debootstrap(release, root, archive))?;
        prepare(root)?;

        shell::say(&format!("install {what} from Debian {release}"));
        apt_get(root, &["update"])?;
        apt_get(root, &[&["install", "-y", "--no-install-recommends"], *packages].concat())?;
        apt_get(root, &["clean"])?;
        check(root)?;
        fs::write(root.join(MARKER), COMPLETE).context("cannot write down that it is complete")
    }
}

fn is_complete(root: &Path) -> bool {
    fs::read_to_string(root.join(MARKER)).is_ok_and(|text| text == COMPLETE)
}

/// Removes what an interrupted run, or one that found another KiCad, has left.
fn clear(root: &Path) -> Result<()> {
    let is_empty = match fs::read_dir(root) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", root.display())),
    };
    if is_empty {
        return Ok(());
    }
    if !root.join(MARKER).is_file() {
        bail!(
            "{} is not empty and was not made by this command; remove it, or choose another place",
            root.display()
        );
    }
    // Removing goes on into what is mounted there, such as the devices of this machine.
    let mounts = fs::read_to_string("/proc/self/mountinfo").context("cannot read what is mounted")?;
    if let Some(mount) = mounted_below(&mounts, root) {
        bail!("{mount} is mounted; `umount` it first");
    }
    shell::say(&format!("remove the unfinished {}", root.display()));
    fs::remove_dir_all(root).with_context(|| format!("cannot remove {}", root.display()))
}

/// Something that is mounted below `root`, by what `/proc/self/mountinfo` says.
fn mounted_below<'a>(mountinfo: &'a str, root: &Path) -> Option<&'a str> {
    let mut points = mountinfo.lines().filter_map(|line| line.split(' ').nth(4));
    points.find(|point| Path::new(point).starts_with(root))
}

/// The address of the archive, if it is one that debootstrap can use.
fn uri(source: &Source) -> Option<&str> {
    let usable = |uri: &&String| ["http:", "https:", "file:"].iter().any(|scheme| uri.starts_with(scheme));
    source.uris.iter().find(usable).map(String::as_str)
}

fn debootstrap(release: &str, root: &Path, archive: &Source) -> Command {
    // In a mount namespace of its own, so that nothing stays mounted, whatever happens.
    let mut command = Command::new("unshare");
    command.args(["--mount", "--", "debootstrap", "--variant=minbase"]);
    if let Some(keyring) = archive.option("Signed-By").filter(|keys| keys.starts_with('/')) {
        command.arg(format!("--keyring={keyring}"));
    }
    if archive.option("Trusted") == Some("yes") {
        command.arg("--no-check-gpg");
    }
    // An older debootstrap does not know the release's name, but all releases are made alike.
    let uri = uri(archive).expect("it was chosen for it");
    command.arg(release).arg(root).arg(uri).arg("/usr/share/debootstrap/scripts/sid");
    command
}

/// Gives the new system what it needs of this one to reach the archive, and keeps it from starting services.
fn prepare(root: &Path) -> Result<()> {
    for file in ["etc/resolv.conf", "etc/hosts", "etc/ssl/certs/ca-certificates.crt"] {
        let (from, to) = (Path::new("/").join(file), root.join(file));
        if from.is_file() {
            fs::create_dir_all(to.parent().expect("a file lies in a folder"))?;
            fs::copy(&from, &to).with_context(|| format!("cannot write {}", to.display()))?;
        }
    }
    let settings = shell::run(Command::new("apt-config").arg("dump"))?;
    let files = [
        ("etc/apt/apt.conf.d/90kiapi", proxies(&settings)),
        // It can be made again, so it need not survive a power cut.
        ("etc/dpkg/dpkg.cfg.d/kiapi", "force-unsafe-io\n".to_owned()),
        ("usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n".to_owned()),
    ];
    for (file, text) in files {
        let path = root.join(file);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    shell::run(Command::new("chmod").arg("755").arg(root.join("usr/sbin/policy-rc.d"))).map(drop)
}

/// The proxies in what `apt-config dump` prints.
fn proxies(settings: &str) -> String {
    let is_proxy = |line: &&str| line.starts_with("Acquire::") && line.contains("::Proxy");
    settings.lines().filter(is_proxy).map(|line| format!("{line}\n")).collect()
}

fn apt_get(root: &Path, args: &[&str]) -> Result<()> {
    let mut command = install::command(Some(root), "apt-get", &[]);
    // The lists of a copy of the archive may be older than they like to be.
    command.args(apt::PATIENCE).args(["-o", "Acquire::Check-Valid-Until=false"]).args(args);
    shell::run(&mut command).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_below_a_folder_are_found() {
        let mounts =
            "22 27 0:21 / /proc rw - proc proc rw\n30 27 0:6 / /var/cache/kiapi/kicad-10.0/dev rw - x x rw\n";
        let found = mounted_below(mounts, Path::new("/var/cache/kiapi/kicad-10.0"));
        assert_eq!(found, Some("/var/cache/kiapi/kicad-10.0/dev"));
        assert_eq!(mounted_below(mounts, Path::new("/var/cache/kiapi/kicad-10")), None);
    }

    #[test]
    fn only_proxies_come_along() {
        let dump = "APT::Architecture \"amd64\";\nAcquire::Retries \"3\";\nAcquire::http::Proxy \"http://p.example\";\n";
        assert_eq!(proxies(dump), "Acquire::http::Proxy \"http://p.example\";\n");
    }

    #[test]
    fn a_folder_of_somebody_else_is_not_removed() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("thesis.tex"), "years of work").unwrap();
        assert!(clear(dir.path()).is_err());
        assert!(dir.path().join("thesis.tex").exists());
        fs::write(dir.path().join(MARKER), MAKING).unwrap();
        clear(dir.path()).unwrap();
        assert!(!dir.path().exists());
        clear(dir.path()).unwrap();
    }
}
