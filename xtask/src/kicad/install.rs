//! The KiCads on this machine: which there are, where, and how a program of each is run.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;

use anyhow::{Context as _, Result, bail};

use super::os;
use crate::inputs::version::Version;
use crate::workspace;

/// A line of KiCad's versions: `9.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Line {
    pub(crate) major: u32,
    pub(crate) minor: u32,
}

impl From<Version> for Line {
    fn from(version: Version) -> Self {
        Self { major: version.major, minor: version.minor }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Line {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number =
            |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        let line = text.split_once('.').and_then(|(major, minor)| Some((number(major)?, number(minor)?)));
        let (major, minor) = line.ok_or_else(|| format!("`{text}` is not a line of KiCad such as `9.0`"))?;
        Ok(Self { major, minor })
    }
}

/// A KiCad that can be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Install {
    /// What its command line tool says.
    pub(crate) version: Version,
    /// The folder of the system that it is installed in; none for the one that runs here.
    pub(crate) root: Option<PathBuf>,
    /// The folder that it is installed in as seen from here: `/usr`.
    pub(crate) prefix: PathBuf,
}

impl Install {
    pub(crate) fn line(&self) -> Line {
        self.version.into()
    }

    /// The KiCad on the PATH.
    pub(crate) fn native() -> Option<Self> {
        let cli = on_path("kicad-cli")?;
        on_path("pcbnew")?;
        let version = version_of(Command::new(&cli))?;
        let prefix = cli.parent()?.parent()?.to_path_buf();
        Some(Self { version, root: None, prefix })
    }

    /// The KiCad in the system below `root`.
    pub(crate) fn in_root(root: &Path) -> Option<Self> {
        let prefix = root.join("usr");
        if !prefix.join("bin/pcbnew").is_file() {
            return None;
        }
        let version = version_of(command(Some(root), "kicad-cli", &[]))?;
        Some(Self { version, root: Some(root.to_path_buf()), prefix })
    }

    /// The KiCad of this line on this machine.
    pub(crate) fn find(line: Line) -> Option<Self> {
        let right = |install: &Self| install.line() == line;
        Self::native().filter(right).or_else(|| Self::in_root(&root_of(line)).filter(right))
    }

    /// The lines that are meant: those that are named, or else all that this machine has. Each of them is here.
    pub(crate) fn lines(named: &[Line]) -> Result<Vec<Line>> {
        let lines = match named {
            [] => workspace::lines()?.into_iter().filter(|line| Self::find(*line).is_some()).collect(),
            named => named.to_vec(),
        };
        if lines.is_empty() {
            bail!("no KiCad is found here; `cargo xtask setup` installs one");
        }
        lines.iter().try_for_each(|line| Self::get(*line).map(drop))?;
        Ok(lines)
    }

    /// The KiCad of this line, or an error that says how to get it.
    pub(crate) fn get(line: Line) -> Result<Self> {
        Self::find(line).with_context(|| {
            let other =
                Self::native().map_or_else(String::new, |other| format!(" (there is {})", other.version));
            format!(
                "there is no KiCad {line} here{other}; install it with `cargo xtask setup --kicad {line}`"
            )
        })
    }

    /// The demo board that live tests run on, as seen from here.
    pub(crate) fn demo(&self) -> Result<PathBuf> {
        let board = self.prefix.join("share/kicad/demos").join(super::board::DEMO);
        super::board::find(&board)
            .context("KiCad's demos are not installed (Debian's package is kicad-demos)")
    }

    /// A command that runs `program` of this KiCad, with `folders` at the same place as here.
    pub(crate) fn command(&self, program: &str, folders: &[&Path]) -> Command {
        match &self.root {
            None => Command::new(self.prefix.join("bin").join(program)),
            root => command(root.as_deref(), program, folders),
        }
    }
}

/// Where the system with the KiCad of this line lies or would lie: `$KIAPI_KICAD_10` decides.
pub(crate) fn root_of(line: Line) -> PathBuf {
    system_root(&format!("KIAPI_KICAD_{}", line.major), &format!("kicad-{line}"))
}

/// Where a system beside this one lies or would lie, by its name; the variable decides.
pub(crate) fn system_root(variable: &str, name: &str) -> PathBuf {
    let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
    if let Some(root) = env::var_os(variable).filter(|root| !root.is_empty()) {
        return absolute(root.into());
    }
    let name = format!("kiapi/{name}");
    let shared = Path::new("/var/cache").join(&name);
    if os::is_root() || shared.is_dir() {
        return shared;
    }
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache =
        env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|cache| cache.is_absolute()).or_else(home);
    cache.map_or(shared, |cache| cache.join(&name))
}

/// Makes what the programs inside need (their `/proc`, devices, and the `folders`) visible below the root, and goes in.
///
/// This happens in a mount namespace of its own, so nothing of it is seen from outside, and it goes away with the last
/// process. Each step replaces the one before, so that the process keeps its number.
const ENTER: &str = r#"set -eu
root=$1
shift
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
while [ "$1" != -- ]; do
    mkdir -p "$root$1"
    mount --rbind "$1" "$root$1"
    shift
done
shift
exec chroot "$root" "$@""#;

/// A command that runs `program` in the system below `root`.
pub(crate) fn command(root: Option<&Path>, program: &str, folders: &[&Path]) -> Command {
    let Some(root) = root else {
        return Command::new(program);
    };
    let mut command = Command::new("unshare");
    command.arg("--mount");
    if !os::is_root() {
        command.arg("--map-root-user");
    }
    command.args(["--", "sh", "-c", ENTER, "sh"]).arg(root).args(["/proc", "/dev"]);
    command.args(folders).arg("--").arg(program);
    command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    command
}

fn version_of(mut cli: Command) -> Option<Version> {
    let output = cli.arg("version").env("HOME", env::temp_dir()).stdin(Stdio::null()).output().ok()?;
    read_version(&String::from_utf8_lossy(&output.stdout))
}

/// The version in what `kicad-cli version` prints; there may be warnings around it.
fn read_version(printed: &str) -> Option<Version> {
    printed.lines().rev().find_map(|line| line.trim().parse().ok())
}

/// Whether Python can make virtual environments, the part for which Debian packs apart from it.
pub(crate) fn can_make_venvs() -> bool {
    let mut probe = Command::new("python3");
    let probe = probe.args(["-c", "import venv, ensurepip"]).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// Where a program lies that can be called by its name.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|dir| dir.join(&name)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_two_numbers() {
        assert_eq!("10.0".parse(), Ok(Line { major: 10, minor: 0 }));
        for text in ["", "9", "9.", ".0", "9.0.8", "v9.0", "+9.0", "9.-1"] {
            assert!(text.parse::<Line>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_version_is_found_among_warnings() {
        assert_eq!(read_version("10.0.6\n"), Some(Version::new(10, 0, 6)));
        assert_eq!(read_version("warning: 3.4\n9.0.8+dfsg-1~bpo12+1\n"), Some(Version::new(9, 0, 8)));
        assert_eq!(read_version("10.0.7-rc1-12-gabc\n\n"), Some(Version::new(10, 0, 7)));
        assert_eq!(read_version("unknown\n"), None);
        assert_eq!(read_version(""), None);
    }
}
