//! `kiapi plugin pack`: packages for KiCad's Plugin and Content Manager.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::Folder;
use super::project::{Project, host, shown};
use crate::failure::Usage;
use crate::files;
use crate::output::{self, Format};
use crate::table::{red, say};

/// Build the packages of a plugin for KiCad's Plugin and Content Manager
///
/// Writes a zip for each target, and a metadata.json for a repository with their sizes and checksums. The same files give
/// the same bytes.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "KiCad tells Linux, macOS and Windows apart, and no processors: there is one package for each of them.

KiCad 9.0.8 installs the program of a package without the right to be executed, and the button does nothing. Tell the
people who use it to run, once:
  chmod +x ~/.local/share/kicad/9.0/3rdparty/plugins/IDENTIFIER/PROGRAM

Examples:
  kiapi plugin pack
  kiapi plugin pack --target x86_64-unknown-linux-gnu --target x86_64-pc-windows-gnu
  kiapi plugin pack --download-url 'https://example.com/releases/v{version}/{file}'"
)]
pub(super) struct Args {
    #[command(flatten)]
    folder: Folder,
    /// A target to build for, as Cargo calls it; may be given more than once [default: this machine]
    #[arg(long = "target", value_name = "TRIPLE")]
    targets: Vec<String>,
    /// Where the packages go [default: dist in the plugin's folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Where the packages will lie, with `{file}` and `{version}` to be filled in
    #[arg(long, value_name = "URL")]
    download_url: Option<String>,
    /// Take the programs that were built before
    #[arg(long)]
    no_build: bool,
}

/// A package that was written.
struct Package {
    file: PathBuf,
    target: String,
    platform: &'static str,
    sha256: String,
    size: usize,
    install_size: usize,
}

pub(super) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let project = Project::open(&args.folder.dir)?;
    let targets: Vec<(Option<&str>, String)> = if args.targets.is_empty() {
        vec![(None, host()?)]
    } else {
        args.targets.iter().map(|target| (Some(target.as_str()), target.clone())).collect()
    };
    let mut platforms: BTreeMap<&str, &str> = BTreeMap::new();
    for (_, target) in &targets {
        let platform = platform_of(target)?;
        if let Some(other) = platforms.insert(platform, target) {
            let words = format!(
                "KiCad cannot tell {other} and {target} apart: both are {platform}; pack one of them"
            );
            return Err(Usage(words).into());
        }
    }
    let path = project.folder.join("metadata.json");
    let text = files::text(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let metadata: Value =
        serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))?;
    let (release, others) = release_of(&project, &metadata)?;
    let version = release["version"].as_str().unwrap_or_default().to_owned();
    let name = project.name()?;
    let out = args.out.clone().unwrap_or_else(|| project.folder.join("dist"));
    fs::create_dir_all(&out).with_context(|| format!("cannot create {}", out.display()))?;

    let mut packages = Vec::new();
    for (target, triple) in &targets {
        if !args.no_build {
            project.build(*target)?;
        }
        let platform = platform_of(triple)?;
        let files = contents(&project, *target, platform, &metadata, &release)?;
        let bytes = zip(&files)?;
        let file = out.join(format!("{name}-{version}-{triple}.zip"));
        fs::write(&file, &bytes).with_context(|| format!("cannot write {}", file.display()))?;
        packages.push(Package {
            file,
            target: triple.clone(),
            platform,
            sha256: hex(&Sha256::digest(&bytes)),
            size: bytes.len(),
            install_size: files.iter().map(|file| file.bytes.len()).sum(),
        });
    }
    let entries =
        packages.iter().map(|package| entry(package, &release, &version, args.download_url.as_deref()));
    let whole = with_versions(&metadata, entries.chain(others).collect());
    let file = out.join("metadata.json");
    fs::write(&file, format!("{whole:#}\n")).with_context(|| format!("cannot write {}", file.display()))?;
    let problems = super::check::check(&project.folder)?;
    report(&packages, &file, args, problems.len(), format);
    Ok(())
}

fn report(packages: &[Package], metadata: &Path, args: &Args, problems: usize, format: Format) {
    if format == Format::Json {
        let packages: Vec<Value> = packages
            .iter()
            .map(|it| {
                json!({
                    "file": it.file, "target": it.target, "platform": it.platform, "sha256": it.sha256,
                    "download_size": it.size, "install_size": it.install_size,
                })
            })
            .collect();
        return output::json(&json!({ "packages": packages, "metadata": metadata, "problems": problems }));
    }
    for package in packages {
        say!("{}", shown(&package.file));
        say!("  for {}, {} bytes, sha256 {}", package.platform, package.size, package.sha256);
    }
    say!("{}", shown(metadata));
    if args.download_url.is_none() {
        say!("  for a repository it wants a download_url: give --download-url");
    }
    if problems > 0 {
        say!("{} {problems} problems; `kiapi plugin check` names them", red("warning:"));
    }
}

/// What the content manager calls the system of a target.
fn platform_of(target: &str) -> anyhow::Result<&'static str> {
    let known = [("-linux", "linux"), ("-darwin", "macos"), ("-windows", "windows")];
    let found = known.into_iter().find(|(part, _)| target.contains(part));
    let (_, platform) = found.ok_or_else(|| Usage(format!("there is no KiCad for the target {target}")))?;
    Ok(platform)
}

/// The entry of the release that is packed, and those of other releases.
fn release_of(project: &Project, metadata: &Value) -> anyhow::Result<(Map<String, Value>, Vec<Value>)> {
    let versions = metadata["versions"].as_array().cloned().unwrap_or_default();
    let wanted = project.package.as_ref().map(|package| package.version.clone());
    let Some(wanted) = wanted.or_else(|| Some(versions.first()?["version"].as_str()?.to_owned())) else {
        bail!("metadata.json has no version; see `kiapi plugin check`");
    };
    let (release, others): (Vec<Value>, Vec<Value>) =
        versions.into_iter().partition(|version| version["version"] == wanted);
    let Some(Value::Object(mut release)) = release.into_iter().next() else {
        bail!("metadata.json has no version {wanted}, which Cargo.toml has; add one to its `versions`");
    };
    for key in ["download_url", "download_sha256", "download_size", "install_size", "platforms"] {
        release.shift_remove(key);
    }
    Ok((release, others))
}

/// A file of a package.
struct File {
    name: String,
    bytes: Vec<u8>,
    is_program: bool,
}

/// All files of the package for one platform, in order.
fn contents(
    project: &Project,
    target: Option<&str>,
    platform: &str,
    metadata: &Value,
    release: &Map<String, Value>,
) -> anyhow::Result<Vec<File>> {
    let mut release = release.clone();
    release.insert("platforms".to_owned(), json!([platform]));
    let whole = with_versions(metadata, vec![release.into()]);
    let mut files = vec![File {
        name: "metadata.json".to_owned(),
        bytes: format!("{whole:#}\n").into_bytes(),
        is_program: false,
    }];
    let read = |path: &Path| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    for file in project.files(target)? {
        let mut bytes = read(&file.from)?;
        let mut name = file.name;
        if platform == "windows" && name == "plugin.json" {
            bytes = for_windows(&project.manifest).into_bytes();
        }
        if platform == "windows" && file.is_program {
            name = exe(&name);
        }
        files.push(File { name: format!("plugins/{name}"), bytes, is_program: file.is_program });
    }
    let icon = project.folder.join("resources/icon.png");
    if icon.is_file() {
        files.push(File { name: "resources/icon.png".to_owned(), bytes: read(&icon)?, is_program: false });
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// A program's name on Windows.
fn exe(name: &str) -> String {
    format!("{}.exe", name.strip_suffix(".exe").unwrap_or(name))
}

/// The plugin.json with the names that programs have on Windows.
fn for_windows(manifest: &Value) -> String {
    let mut manifest = manifest.clone();
    if manifest["runtime"]["type"] == "exec" {
        for action in manifest["actions"].as_array_mut().into_iter().flatten() {
            if let Some(name) = action["entrypoint"].as_str().map(exe) {
                action["entrypoint"] = name.into();
            }
        }
    }
    format!("{manifest:#}\n")
}

fn with_versions(metadata: &Value, versions: Vec<Value>) -> Value {
    let mut whole = metadata.clone();
    whole["versions"] = versions.into();
    whole
}

/// What a repository says of a package.
fn entry(package: &Package, release: &Map<String, Value>, version: &str, url: Option<&str>) -> Value {
    let mut entry = release.clone();
    let file = package.file.file_name().unwrap_or_default().to_string_lossy();
    if let Some(url) = url {
        let url = url.replace("{file}", &file).replace("{version}", version);
        entry.insert("download_url".to_owned(), url.into());
    }
    entry.insert("download_sha256".to_owned(), package.sha256.clone().into());
    entry.insert("download_size".to_owned(), package.size.into());
    entry.insert("install_size".to_owned(), package.install_size.into());
    entry.insert("platforms".to_owned(), json!([package.platform]));
    entry.into()
}

/// The files as a zip that depends on nothing but them: no times, no owners, and one order.
fn zip(files: &[File]) -> anyhow::Result<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(if file.is_program { 0o755 } else { 0o644 });
        writer.start_file(file.name.as_str(), options).context("cannot write the zip")?;
        writer.write_all(&file.bytes).context("cannot write the zip")?;
    }
    Ok(writer.finish().context("cannot write the zip")?.into_inner())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_the_platforms_of_the_content_manager() {
        for (target, expected) in [
            ("x86_64-unknown-linux-gnu", Some("linux")),
            ("aarch64-unknown-linux-musl", Some("linux")),
            ("aarch64-apple-darwin", Some("macos")),
            ("x86_64-pc-windows-msvc", Some("windows")),
            ("wasm32-unknown-unknown", None),
        ] {
            assert_eq!(platform_of(target).ok(), expected, "{target}");
        }
    }

    #[test]
    fn programs_have_an_extension_on_windows_alone() {
        let manifest = json!({ "runtime": { "type": "exec" }, "actions": [{ "entrypoint": "tool" }, { "entrypoint": "b.exe" }] });
        let text = for_windows(&manifest);
        assert!(
            text.contains("\"tool.exe\"") && text.contains("\"b.exe\"") && !text.contains(".exe.exe"),
            "{text}"
        );
    }
}
