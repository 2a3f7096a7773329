//! Whether the API is on, in the settings of each version of KiCad.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Findings, installed};
use crate::files;

const AREA: &str = "Settings";
const TURN_ON: &str = "turn it on in Preferences > Plugins, \"Enable KiCad API\", and start KiCad again";

/// The settings of a version of KiCad.
#[derive(Debug)]
pub(super) struct Settings {
    file: PathBuf,
    line: (u32, u32),
    /// Whether the API is on; none if that cannot be read.
    is_on: Option<bool>,
}

impl Settings {
    pub(super) fn json(&self) -> Value {
        let (major, minor) = self.line;
        json!({ "file": self.file, "version": format!("{major}.{minor}"), "api": self.is_on })
    }
}

/// Reads all settings; that the API is off in the newest matters if nobody answers.
pub(super) fn look(matters: bool, findings: &mut Findings) -> Vec<Settings> {
    let mut found = Vec::new();
    let mut tried = Vec::new();
    for folder in folders() {
        match versions(&folder) {
            Ok(versions) => found.extend(versions),
            Err(error) if error.kind() == ErrorKind::NotFound => tried.push(folder.display().to_string()),
            Err(error) => {
                let what = format!("{} cannot be read: {error}", folder.display());
                findings.problem(
                    AREA,
                    what,
                    "it belongs to somebody else, or its mode is wrong: see `ls -ld`",
                );
            }
        }
    }
    found.sort_by_key(|(line, _)| std::cmp::Reverse(*line));
    let newest = found.first().map(|(line, _)| *line);
    let mut all = Vec::new();
    for (line, file) in found {
        let (major, minor) = line;
        let name = format!("KiCad {major}.{minor}");
        let shown = file.display();
        let is_on = match read(&file) {
            Ok(Some(true)) => {
                findings.ok(AREA, format!("the API of {name} is on, in {shown}"));
                Some(true)
            }
            Ok(is_on) => {
                let is_said = if is_on.is_none() { "is not turned on" } else { "is off" };
                let what = format!("the API of {name} {is_said}, in {shown}");
                findings.matters_if(matters && Some(line) == newest, AREA, what, TURN_ON);
                Some(false)
            }
            Err(Unreadable::Missing) => {
                let what = format!("{name} has no {shown}");
                findings.note(AREA, what, "KiCad writes it when it is ended for the first time");
                None
            }
            Err(Unreadable::Denied(error)) => {
                let what = format!("{shown} cannot be read: {error}");
                findings.problem(
                    AREA,
                    what,
                    "it belongs to somebody else, or its mode is wrong: see `ls -l`",
                );
                None
            }
            Err(Unreadable::NoJson(error)) => {
                let what = format!("{shown} is no settings file: {error}");
                findings.problem(AREA, what, "KiCad writes a new one if the file is moved away");
                None
            }
        };
        all.push(Settings { file, line, is_on });
    }
    if all.is_empty() {
        let what = format!("no KiCad that has an API has settings yet, in {}", tried.join(" or "));
        findings.matters_if(matters, AREA, what, &format!("start KiCad once, and {TURN_ON}"));
    }
    all
}

/// Where KiCad may have its settings.
fn folders() -> Vec<PathBuf> {
    let path = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = path("HOME");
    let own = path("KICAD_CONFIG_HOME").or_else(|| {
        if cfg!(target_os = "macos") {
            home.as_ref().map(|home| home.join("Library/Preferences/kicad"))
        } else if cfg!(windows) {
            path("APPDATA").map(|data| data.join("kicad"))
        } else {
            let config = path("XDG_CONFIG_HOME").or_else(|| home.as_ref().map(|home| home.join(".config")));
            config.map(|config| config.join("kicad"))
        }
    });
    let flatpak = home.filter(|_| cfg!(target_os = "linux"));
    let flatpak = flatpak.map(|home| home.join(".var/app/org.kicad.KiCad/config/kicad"));
    own.into_iter().chain(flatpak).collect()
}

/// The settings files of the versions that have an API.
fn versions(folder: &Path) -> std::io::Result<Vec<((u32, u32), PathBuf)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let line = name.to_str().filter(|name| name.split('.').count() == 2).and_then(installed::line);
        if let Some(line) = line.filter(|line| *line >= (9, 0)) {
            found.push((line, entry.path().join("kicad_common.json")));
        }
    }
    Ok(found)
}

/// Why settings cannot be read.
enum Unreadable {
    Missing,
    Denied(std::io::Error),
    NoJson(serde_json::Error),
}

/// Whether the API is on, if that is said.
fn read(file: &Path) -> Result<Option<bool>, Unreadable> {
    let text = files::bytes(file).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Unreadable::Missing,
        _ => Unreadable::Denied(error),
    })?;
    let settings: Value = serde_json::from_slice(&text).map_err(Unreadable::NoJson)?;
    Ok(settings.pointer("/api/enable_server").and_then(Value::as_bool))
}
