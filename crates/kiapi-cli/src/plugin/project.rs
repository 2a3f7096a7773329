//! The Cargo project of a plugin: what it is called, what it builds, and where that lies.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::{files, table};

/// A plugin in its folder.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) folder: PathBuf,
    pub(super) manifest: Value,
    /// None where there is no Cargo project: a plugin that is installed, or not written in Rust.
    pub(super) package: Option<Package>,
}

/// What Cargo says of the package in the folder.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) binaries: Vec<String>,
    target: PathBuf,
}

impl Project {
    /// Reads the plugin in a folder, which must have a plugin.json that can be read.
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        let folder =
            fs::canonicalize(folder).with_context(|| format!("there is no folder {}", folder.display()))?;
        let file = folder.join("plugin.json");
        let text = files::text(&file).map_err(|error| {
            let what = if error.kind() == ErrorKind::NotFound {
                format!("{} has no plugin.json; `kiapi plugin new` makes a plugin", folder.display())
            } else {
                format!("cannot read {}", file.display())
            };
            anyhow::Error::new(error).context(what)
        })?;
        let manifest = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .with_context(|| format!("{} is no JSON; see `kiapi plugin check`", file.display()))?;
        let package = Package::of(&folder)?;
        Ok(Self { folder, manifest, package })
    }

    pub(super) fn identifier(&self) -> anyhow::Result<&str> {
        self.manifest["identifier"]
            .as_str()
            .context("the plugin.json has no identifier; see `kiapi plugin check`")
    }

    /// The name of the folder that the plugin is installed to.
    pub(super) fn name(&self) -> anyhow::Result<String> {
        if let Some(package) = &self.package {
            return Ok(package.name.clone());
        }
        let name = self.folder.file_name().context("a plugin lies in a folder with a name")?;
        Ok(name.to_string_lossy().into_owned())
    }

    fn actions(&self) -> impl Iterator<Item = &Value> {
        self.manifest["actions"].as_array().into_iter().flatten()
    }

    /// The programs that the actions start.
    pub(super) fn entrypoints(&self) -> BTreeSet<String> {
        self.actions().filter_map(|action| action["entrypoint"].as_str()).map(str::to_owned).collect()
    }

    /// The icons that the actions name.
    pub(super) fn icons(&self) -> BTreeSet<String> {
        let lists = self.actions().flat_map(|action| [&action["icons-light"], &action["icons-dark"]]);
        let names = lists.filter_map(Value::as_array).flatten().filter_map(Value::as_str);
        names.map(str::to_owned).collect()
    }

    /// Builds what the actions start, in release mode, and gives nothing where there is nothing to build.
    pub(super) fn build(&self, target: Option<&str>) -> anyhow::Result<()> {
        let Some(package) = &self.package else { return Ok(()) };
        let mut cargo = cargo();
        cargo.args(["build", "--release", "--package", &package.name]).current_dir(&self.folder);
        if let Some(target) = target {
            cargo.args(["--target", target]);
        }
        // What cargo says of its work is for the person; the output is this command's.
        let status = cargo.stdin(Stdio::null()).stdout(Stdio::null()).status().context("cannot run cargo")?;
        if !status.success() {
            bail!("cargo could not build {} ({status})", package.name);
        }
        Ok(())
    }

    /// Where the program of an action lies, for one that cargo builds or that lies in the folder.
    pub(super) fn program(&self, entrypoint: &str, target: Option<&str>) -> PathBuf {
        let name = entrypoint.strip_suffix(".exe").unwrap_or(entrypoint);
        match &self.package {
            Some(package) if package.binaries.iter().any(|binary| binary == name) => {
                package.built(name, target)
            }
            _ => self.folder.join(entrypoint),
        }
    }

    /// All files of the plugin: the name that each has when it is installed, and where it lies now.
    ///
    /// An entrypoint of a Windows program gets its extension, without which Windows would not find it.
    pub(super) fn files(&self, target: Option<&str>) -> anyhow::Result<Vec<InstalledFile>> {
        let mut files = vec![InstalledFile {
            name: "plugin.json".to_owned(),
            from: self.folder.join("plugin.json"),
            is_program: false,
        }];
        for icon in self.icons() {
            if !is_beneath(&icon) {
                bail!("the icon `{icon}` lies outside of the plugin; see `kiapi plugin check`");
            }
            let from = self.folder.join(&icon);
            files.push(InstalledFile { name: icon, from, is_program: false });
        }
        for entrypoint in self.entrypoints() {
            if !is_beneath(&entrypoint) {
                bail!("the entrypoint `{entrypoint}` lies outside of the plugin; see `kiapi plugin check`");
            }
            let from = self.program(&entrypoint, target);
            files.push(InstalledFile { name: entrypoint, from, is_program: true });
        }
        // What Python needs to make the environment of a plugin.
        let name = "requirements.txt".to_owned();
        let from = self.folder.join(&name);
        if from.is_file() {
            files.push(InstalledFile { name, from, is_program: false });
        }
        for file in &files {
            if !file.from.is_file() {
                let hint = if file.is_program { "; build it first, or leave out --no-build" } else { "" };
                bail!("{} is missing{hint}", file.from.display());
            }
        }
        Ok(files)
    }
}

/// A file of the plugin as KiCad wants it.
#[derive(Debug)]
pub(super) struct InstalledFile {
    /// Its path in the plugin's folder.
    pub(super) name: String,
    pub(super) from: PathBuf,
    pub(super) is_program: bool,
}

/// Whether a path stays in the folder that it begins in.
pub(super) fn is_beneath(path: &str) -> bool {
    let path = Path::new(path);
    let plain = |part| matches!(part, std::path::Component::Normal(_) | std::path::Component::CurDir);
    path.components().next().is_some() && path.components().all(plain)
}

impl Package {
    /// The package whose manifest lies in the folder.
    fn of(folder: &Path) -> anyhow::Result<Option<Self>> {
        let manifest = folder.join("Cargo.toml");
        if !manifest.is_file() {
            return Ok(None);
        }
        let mut cargo = cargo();
        cargo.args(["metadata", "--format-version", "1", "--no-deps", "--manifest-path"]).arg(&manifest);
        let output = cargo.stdin(Stdio::null()).output().context("cannot run cargo")?;
        if !output.status.success() {
            bail!(
                "cargo cannot read {}: {}",
                manifest.display(),
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        let told: Value = serde_json::from_slice(&output.stdout).context("cargo metadata prints no JSON")?;
        let is_here = |package: &&Value| {
            let path = package["manifest_path"].as_str().map(Path::new);
            path.is_some_and(|path| fs::canonicalize(path).is_ok_and(|path| path == manifest))
        };
        let package = told["packages"].as_array().into_iter().flatten().find(is_here);
        let Some(package) = package else {
            bail!("{} is no package; the plugin's folder must be one", manifest.display())
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let targets = package["targets"].as_array().into_iter().flatten();
        let binaries = targets.filter(|target| {
            target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "bin"))
        });
        Ok(Some(Self {
            name: text(&package["name"]),
            version: text(&package["version"]),
            binaries: binaries.map(|target| text(&target["name"])).collect(),
            target: text(&told["target_directory"]).into(),
        }))
    }

    /// Where a release of a program lies after it was built for a target.
    fn built(&self, binary: &str, target: Option<&str>) -> PathBuf {
        let is_windows = target.map_or(cfg!(windows), |target| target.contains("-windows-"));
        let name = if is_windows { format!("{binary}.exe") } else { binary.to_owned() };
        target
            .map_or_else(|| self.target.clone(), |target| self.target.join(target))
            .join("release")
            .join(name)
    }
}

/// The cargo that started this program, or the one on the PATH.
pub(super) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The triple of the machine that builds, as rustc says it.
pub(super) fn host() -> anyhow::Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("cannot run rustc")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host =
        text.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc does not say its host")?;
    Ok(host.to_owned())
}

/// A path for a person: green.
pub(super) fn shown(path: &Path) -> String {
    table::green(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::is_beneath;

    #[test]
    fn paths_that_leave_the_plugin_are_seen() {
        for path in ["tool", "./tool", "icons/light.png"] {
            assert!(is_beneath(path), "{path}");
        }
        for path in ["", "../tool", "icons/../../tool", "/bin/true"] {
            assert!(!is_beneath(path), "{path}");
        }
    }
}
