//! Whether KiCad is installed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Findings;

const AREA: &str = "KiCad";
/// The programs by which a KiCad is known.
const PROGRAMS: [&str; 3] = ["kicad", "pcbnew", "kicad-cli"];
/// Where they usually are, if not on the PATH.
const USUAL: [&str; 5] =
    ["usr/bin", "usr/local/bin", "opt/kicad/bin", "snap/bin", "Applications/KiCad/KiCad.app/Contents/MacOS"];
/// How long `kicad-cli` may take to tell its version.
const PATIENCE: Duration = Duration::from_secs(10);

/// A KiCad that is installed.
#[derive(Debug)]
pub(super) struct Installed {
    /// The folder with its programs, or the flatpak's.
    folder: PathBuf,
    programs: Vec<&'static str>,
    version: Option<String>,
}

impl Installed {
    pub(super) fn json(&self) -> Value {
        json!({ "folder": self.folder, "programs": self.programs, "version": self.version })
    }
}

/// Looks for KiCads; that there is none matters if nobody answers.
pub(super) fn look(root: &Path, matters: bool, findings: &mut Findings) -> Vec<Installed> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect();
    let usual = USUAL.iter().map(|folder| root.join(folder));
    let windows = windows();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (folder, is_on_path) in on_path
        .iter()
        .cloned()
        .map(|folder| (folder, true))
        .chain(usual.chain(windows).map(|folder| (folder, false)))
    {
        let programs: Vec<&str> = PROGRAMS.into_iter().filter(|name| is_program(&folder, name)).collect();
        // One folder may have several names, such as `/bin` and `/usr/bin`.
        let is_new = folder.canonicalize().is_ok_and(|folder| seen.insert(folder));
        if programs.is_empty() || !is_new {
            continue;
        }
        // What is in another root cannot be run from here.
        let runs = is_on_path || root == Path::new("/");
        let version =
            if runs && programs.contains(&"kicad-cli") { version(&folder.join("kicad-cli")) } else { None };
        let name = version.clone().map_or_else(
            || "KiCad, of a version that is not known,".to_owned(),
            |version| format!("KiCad {version}"),
        );
        let what = format!("{name} in {}: {}", folder.display(), programs.join(", "));
        match (version.as_deref().and_then(line), is_on_path) {
            (Some(line), _) if line < (9, 0) => {
                findings.matters_if(
                    matters,
                    AREA,
                    format!("{what}; it has no API"),
                    "KiCad 9.0 is the first one with an API",
                );
            }
            (_, true) => findings.ok(AREA, what),
            (_, false) => findings.note(AREA, format!("{what}; it is not on the PATH"), ""),
        }
        if !programs.contains(&"pcbnew") && !programs.contains(&"kicad") {
            findings.note(
                AREA,
                format!("{} has kicad-cli alone", folder.display()),
                "kicad-cli 9 and 10 have no API; pcbnew has it",
            );
        }
        found.push(Installed { folder, programs, version });
    }
    for folder in flatpaks(root).into_iter().filter(|folder| folder.is_dir()) {
        findings.ok(AREA, format!("KiCad as a flatpak in {}", folder.display()));
        found.push(Installed { folder, programs: Vec::new(), version: None });
    }
    if found.is_empty() {
        let way_out = "install KiCad 9.0 or newer, or put it on the PATH";
        findings.matters_if(matters, AREA, "KiCad is not on the PATH, nor where it usually is", way_out);
    }
    found
}

fn is_program(folder: &Path, name: &str) -> bool {
    let path = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    #[cfg(unix)]
    let may_run = rustix::fs::access(&path, rustix::fs::Access::EXEC_OK).is_ok();
    #[cfg(not(unix))]
    let may_run = true;
    path.is_file() && may_run
}

/// Where KiCad's installer for Windows puts it.
fn windows() -> Vec<PathBuf> {
    let Some(programs) = std::env::var_os("ProgramFiles").filter(|_| cfg!(windows)) else {
        return Vec::new();
    };
    let versions = std::fs::read_dir(PathBuf::from(programs).join("KiCad"));
    versions.into_iter().flatten().flatten().map(|version| version.path().join("bin")).collect()
}

fn flatpaks(root: &Path) -> Vec<PathBuf> {
    if !cfg!(target_os = "linux") {
        return Vec::new();
    }
    let app = "app/org.kicad.KiCad";
    let home =
        std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share/flatpak").join(app));
    [root.join("var/lib/flatpak").join(app)].into_iter().chain(home).collect()
}

/// The version that `kicad-cli` tells.
fn version(program: &Path) -> Option<String> {
    // It makes settings and a cache where it finds none: not in the user's folders, because somebody was only curious.
    let home = tempfile::tempdir().ok()?;
    let folders = ["HOME", "KICAD_CONFIG_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"];
    let mut child = Command::new(program)
        .arg("version")
        .envs(folders.map(|name| (name, home.path())))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let end = Instant::now() + PATIENCE;
    loop {
        match child.try_wait() {
            Ok(Some(_)) => break,
            Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(10)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
    let text = std::io::read_to_string(child.stdout.take()?).ok()?;
    let version = text.lines().last()?.trim();
    line(version).map(|_| version.to_owned())
}

/// The line of a version: the first two numbers.
pub(super) fn line(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}
