//! `kiapi plugin install` and `uninstall`: a plugin where KiCad looks for it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::Folder;
use super::places::{KiCadLine, plugin_folders};
use super::project::{InstalledFile, Project, shown};
use crate::files;
use crate::output::{self, Format};
use crate::table::{red, say};

/// Where the plugin goes.
#[derive(Debug, clap::Args)]
struct Where {
    /// The line of KiCad: 9.0 or 10.0; may be given more than once [default: all that have a folder for documents here]
    #[arg(long = "kicad", value_name = "LINE")]
    lines: Vec<KiCadLine>,
    /// The folder in which each plugin has its folder, in place of KiCad's own
    #[arg(long, value_name = "DIR", conflicts_with = "lines")]
    to: Option<PathBuf>,
}

impl Where {
    fn folders(&self) -> anyhow::Result<Vec<PathBuf>> {
        plugin_folders(self.to.as_deref(), &self.lines)
    }
}

/// Put a plugin where KiCad looks for it; KiCad sees it when it is started again
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The plugin lies in NAME in the folder `plugins` in KiCad's folder for documents, of each version apart:
  ~/.local/share/kicad/10.0/plugins      on Linux, and what $XDG_DATA_HOME says
  ~/Documents/KiCad/10.0/plugins         on macOS
  Documents\\KiCad\\10.0\\plugins           on Windows
$KICAD_DOCUMENTS_HOME has other folders for KiCad, and for this command.

Examples:
  kiapi plugin install
  kiapi plugin install --kicad 9.0
  kiapi plugin install --link       and later `cargo build --release` alone"
)]
pub(super) struct Args {
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    place: Where,
    /// Link to the files of the project, so that what is built next needs no installing
    #[arg(long)]
    link: bool,
    /// Take the program that was built before
    #[arg(long)]
    no_build: bool,
}

pub(super) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let project = Project::open(&args.folder.dir)?;
    let (name, identifier) = (project.name()?, project.identifier()?);
    let folders = args.place.folders()?;
    // All that may refuse does so before anything is built or written.
    for folder in &folders {
        check_free(&folder.join(&name), identifier)?;
    }
    if !args.no_build {
        project.build(None)?;
    }
    let files = project.files(None)?;
    let (mut installed, mut twins) = (Vec::new(), Vec::new());
    for folder in &folders {
        let to = folder.join(&name);
        put(&files, &to, args.link)?;
        twins.extend(twins_of(&to, identifier));
        installed.push(to);
    }
    let problems = super::check::check(&project.folder)?;
    match format {
        Format::Json => {
            let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
            output::json(&json!({
                "identifier": identifier, "folders": installed, "files": names, "twins": twins, "problems": problems.len(),
            }));
        }
        Format::Text => {
            for folder in &installed {
                say!("installed {identifier} in {}", shown(folder));
            }
            for twin in &twins {
                say!(
                    "{} {} has the same identifier; KiCad shows only one of the two",
                    red("warning:"),
                    twin.display()
                );
            }
            if !problems.is_empty() {
                say!("{} {} problems; `kiapi plugin check` names them", red("warning:"), problems.len());
            }
            say!("start KiCad again to see it");
        }
    }
    Ok(())
}

/// Whether a folder may be written: it is not there, or has this very plugin.
fn check_free(folder: &Path, identifier: &str) -> anyhow::Result<()> {
    match fs::symlink_metadata(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("cannot look at {}", folder.display())),
        Ok(_) => {}
    }
    match identifier_of(folder) {
        Some(other) if other == identifier => Ok(()),
        Some(other) => {
            bail!("{} has another plugin, {other}; rename one of the two packages", folder.display())
        }
        None => bail!("{} is there already, and is no plugin; nothing is written over it", folder.display()),
    }
}

/// The identifier of the plugin in a folder.
fn identifier_of(folder: &Path) -> Option<String> {
    let text = files::text(folder.join("plugin.json")).ok()?;
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    value["identifier"].as_str().map(str::to_owned)
}

/// Other plugins with the same identifier that this KiCad looks at: its own, and those of the content manager.
fn twins_of(folder: &Path, identifier: &str) -> Vec<PathBuf> {
    let Some(plugins) = folder.parent() else { return Vec::new() };
    let managed = plugins.parent().map(|documents| documents.join("3rdparty").join("plugins"));
    let folders = [Some(plugins.to_path_buf()), managed].into_iter().flatten();
    let entries = folders.filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let others = entries.map(|entry| entry.path()).filter(|path| path != folder);
    let mut twins: Vec<PathBuf> =
        others.filter(|path| identifier_of(path).is_some_and(|other| other == identifier)).collect();
    twins.sort();
    twins
}

/// Puts the files into a folder, which takes the place of the one that is there when it is whole.
fn put(files: &[InstalledFile], to: &Path, link: bool) -> anyhow::Result<()> {
    let parent = to.parent().context("a plugin lies in a folder")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    let new = tempfile::Builder::new()
        .prefix(".kiapi-")
        .tempdir_in(parent)
        .with_context(|| format!("cannot write to {}", parent.display()))?;
    for file in files {
        let path = new.path().join(&file.name);
        let folder = path.parent().expect("it lies in the plugin's folder");
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        if link {
            let from = fs::canonicalize(&file.from)
                .with_context(|| format!("cannot find {}", file.from.display()))?;
            symlink(&from, &path).with_context(|| format!("cannot link {}", path.display()))?;
        } else {
            fs::copy(&file.from, &path)
                .with_context(|| format!("cannot copy {} to {}", file.from.display(), path.display()))?;
            set_mode(&path, if file.is_program { 0o755 } else { 0o644 })?;
        }
    }
    set_mode(new.path(), 0o755)?;
    remove(to)?;
    fs::rename(new.keep(), to).with_context(|| format!("cannot write {}", to.display()))
}

/// Removes a folder, or the link to one, if it is there.
fn remove(folder: &Path) -> anyhow::Result<()> {
    let is_link = match fs::symlink_metadata(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        metadata => metadata.with_context(|| format!("cannot look at {}", folder.display()))?.is_symlink(),
    };
    let removed = if is_link { fs::remove_file(folder) } else { fs::remove_dir_all(folder) };
    removed.with_context(|| format!("cannot remove {}", folder.display()))
}

#[cfg(unix)]
fn symlink(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(windows)]
fn symlink(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_file(from, to)
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .with_context(|| format!("cannot set the mode of {}", path.display()))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it may fail elsewhere")]
fn set_mode(_path: &Path, _mode: u32) -> anyhow::Result<()> {
    Ok(())
}

/// Remove a plugin from where KiCad looks for it
#[derive(Debug, clap::Args)]
#[command(after_help = "Removes the folders of all plugins with the identifier, and nothing else.

Examples:
  kiapi plugin uninstall
  kiapi plugin uninstall --identifier com.example.my-plugin --kicad 9.0")]
pub(super) struct UninstallArgs {
    #[command(flatten)]
    folder: Folder,
    /// The identifier of the plugin, where its project is no longer there
    #[arg(long, value_name = "IDENTIFIER", conflicts_with = "dir")]
    identifier: Option<String>,
    #[command(flatten)]
    place: Where,
}

pub(super) fn uninstall(args: &UninstallArgs, format: Format) -> anyhow::Result<()> {
    let identifier = match &args.identifier {
        Some(identifier) => identifier.clone(),
        None => identifier_of(&args.folder.dir).with_context(|| {
            format!("{} has no plugin.json with an identifier; give --identifier", args.folder.dir.display())
        })?,
    };
    let mut removed = Vec::new();
    let folders = args.place.folders()?;
    for folder in &folders {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            entries => entries.with_context(|| format!("cannot read {}", folder.display()))?,
        };
        for entry in entries {
            let path = entry.with_context(|| format!("cannot read {}", folder.display()))?.path();
            if identifier_of(&path).is_some_and(|other| other == identifier) {
                remove(&path)?;
                removed.push(path);
            }
        }
    }
    if removed.is_empty() {
        let looked: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
        bail!("{identifier} is not installed in {}", looked.join(" or "));
    }
    match format {
        Format::Json => output::json(&json!({ "identifier": identifier, "removed": removed })),
        Format::Text => removed.iter().for_each(|path| say!("removed {}", shown(path))),
    }
    Ok(())
}
