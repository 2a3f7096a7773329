//! The one version of all published crates: where it is written, and the entry in the changelog that belongs to it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use semver::Version;
use toml_edit::DocumentMut;

use crate::steps::{cargo_in, output};

const UNRELEASED: &str = "## Unreleased";

/// The lock files that know the version, each beside its manifest.
const LOCKED: [&str; 4] = ["", "bench", "fuzz", "interop/kicad-ipc-rs"];

/// The version that the workspace at `root` has.
pub(super) fn current(root: &Path) -> Result<Version> {
    let manifest = document(&root.join("Cargo.toml"))?;
    let version = manifest["workspace"]["package"]["version"].as_str();
    version
        .context("Cargo.toml has no workspace.package.version")?
        .parse()
        .context("the version in Cargo.toml")
}

/// The manifest of a workspace whose crates have another version.
pub(super) fn with_version(manifest: &str, version: &Version) -> Result<String> {
    let mut manifest: DocumentMut = manifest.parse().context("Cargo.toml is wrong")?;
    manifest["workspace"]["package"]["version"] = toml_edit::value(version.to_string());
    let dependencies = manifest["workspace"]["dependencies"].as_table_mut();
    let dependencies = dependencies.context("Cargo.toml has no workspace.dependencies")?;
    for (_, dependency) in dependencies.iter_mut() {
        // Those with a path are the crates of this workspace.
        let Some(dependency) = dependency.as_inline_table_mut().filter(|table| table.contains_key("path"))
        else {
            continue;
        };
        dependency["version"] = version.to_string().into();
    }
    Ok(manifest.to_string())
}

/// The changelog in which what was unreleased is released as `version` on `date`, which reads `2026-01-31`.
pub(super) fn with_release(changelog: &str, version: &Version, date: &str) -> Result<String> {
    ensure!(
        entry(changelog, &version.to_string()).is_none(),
        "CHANGELOG.md has an entry for {version} already"
    );
    ensure!(
        entry(changelog, "Unreleased").is_some_and(|entry| !entry.is_empty()),
        "CHANGELOG.md says nothing under `{UNRELEASED}`, above the last release; write there what is new"
    );
    Ok(changelog.replacen(UNRELEASED, &format!("## {version} ({date})"), 1))
}

/// Whether the changelog says something that can be released as `version`, or was.
pub(super) fn check_changelog(changelog: &str, version: &Version) -> Result<String> {
    for name in [version.to_string(), "Unreleased".to_owned()] {
        match entry(changelog, &name) {
            Some("") => bail!("CHANGELOG.md says nothing under `{name}`"),
            Some(entry) => {
                return Ok(format!("{} lines under `{name}`", entry.lines().count()));
            }
            None => {}
        }
    }
    bail!("CHANGELOG.md has neither `{UNRELEASED}` nor `## {version}`")
}

/// What the changelog has under `## NAME`, or `## NAME (DATE)`.
fn entry<'a>(changelog: &'a str, name: &str) -> Option<&'a str> {
    let mut at = 0;
    let mut start = None;
    for line in changelog.split_inclusive('\n') {
        if let Some(head) = line.strip_prefix("## ") {
            if let Some(start) = start {
                return Some(changelog[start..at].trim());
            }
            let head = head.trim();
            if head == name || head.strip_prefix(name).is_some_and(|rest| rest.starts_with(" (")) {
                start = Some(at + line.len());
            }
        }
        at += line.len();
    }
    start.map(|start| changelog[start..].trim())
}

/// The files of a workspace that a release changes, as they were before.
pub(super) struct Changed {
    before: Vec<(PathBuf, String)>,
}

impl Changed {
    /// Sets the version and the date of its entry everywhere in the workspace at `root`.
    pub(super) fn write(root: &Path, version: &Version, date: &str) -> Result<Self> {
        let mut names = vec!["Cargo.toml".to_owned(), "CHANGELOG.md".to_owned()];
        let locked = LOCKED.iter().map(|folder| root.join(folder).join("Cargo.lock"));
        let locks: Vec<PathBuf> = locked.filter(|path| path.is_file()).collect();
        let mut before = Vec::new();
        for name in names.drain(..).map(|name| root.join(name)).chain(locks.iter().cloned()) {
            let text =
                fs::read_to_string(&name).with_context(|| format!("cannot read {}", name.display()))?;
            before.push((name, text));
        }
        let manifest = with_version(&before[0].1, version)?;
        let changelog = with_release(&before[1].1, version, date)?;
        let changed = Self { before };
        let written = (|| {
            fs::write(root.join("Cargo.toml"), manifest).context("cannot write Cargo.toml")?;
            fs::write(root.join("CHANGELOG.md"), changelog).context("cannot write CHANGELOG.md")?;
            for lock in &locks {
                let folder = lock.parent().expect("a lock file lies in a folder");
                output(&mut cargo_in(folder, "update --workspace --offline --quiet"))?;
            }
            Ok(())
        })();
        match written {
            Ok(()) => Ok(changed),
            Err(error) => {
                changed.undo()?;
                Err(error)
            }
        }
    }

    /// The files, for a commit.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.before.iter().map(|(path, _)| path.as_path())
    }

    /// Makes all as it was.
    pub(super) fn undo(&self) -> Result<()> {
        for (path, text) in &self.before {
            fs::write(path, text).with_context(|| format!("cannot write {} as it was", path.display()))?;
        }
        Ok(())
    }
}

fn document(path: &Path) -> Result<DocumentMut> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    text.parse().with_context(|| format!("{} is wrong", path.display()))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::workspace;

    const CHANGELOG: &str =
        "# Changelog\n\n## Unreleased\n\n- New.\n- Newer.\n\n## 0.1.0 (2026-01-31)\n\n- The first.\n";

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn version_goes_where_crates_of_the_workspace_are_named() {
        let manifest = "[workspace.package]\nversion = \"0.1.0\" # one for all\n\n[workspace.dependencies]\n\
                        a = { version = \"0.1.0\", path = \"crates/a\" }\nforeign = { version = \"0.1.0\" }\nb = \"1\"\n";
        expect![[r#"
            [workspace.package]
            version = "0.2.0-rc.1"

            [workspace.dependencies]
            a = { version = "0.2.0-rc.1", path = "crates/a" }
            foreign = { version = "0.1.0" }
            b = "1"
        "#]]
        .assert_eq(&with_version(manifest, &version("0.2.0-rc.1")).unwrap());
    }

    #[test]
    fn every_crate_of_this_workspace_gets_the_new_version() {
        let root = workspace::root();
        let (old, new) = (current(&root).unwrap(), version("77.7.7"));
        let text = fs::read_to_string(root.join("Cargo.toml")).unwrap();
        let text = with_version(&text, &new).unwrap();
        for package in crate::release::packages::packages(&root).unwrap() {
            let is_named = text.lines().any(|line| {
                line.starts_with(&format!("{} = ", package.name)) && line.contains("version = \"77.7.7\"")
            });
            // Nothing depends on the command.
            assert!(is_named || package.name == "kiapi-cli", "{}", package.name);
            let manifest = fs::read_to_string(package.folder.join("Cargo.toml")).unwrap();
            assert!(manifest.contains("version.workspace = true"), "{}", package.name);
        }
        assert!(!text.contains(&format!("version = \"{old}\", path")), "{text}");
    }

    #[test]
    fn what_was_unreleased_gets_a_version_and_a_date() {
        let text = with_release(CHANGELOG, &version("0.2.0"), "2026-02-28").unwrap();
        assert_eq!(text, CHANGELOG.replace("## Unreleased", "## 0.2.0 (2026-02-28)"));
        assert_eq!(entry(&text, "0.2.0"), Some("- New.\n- Newer."));
        assert_eq!(entry(&text, "0.2"), None);
    }

    #[test]
    fn changelog_without_an_entry_is_refused() {
        let check = |text: &str, of: &str, expected: &str| {
            let told = check_changelog(text, &version(of)).unwrap_or_else(|error| error.to_string());
            assert_eq!(told, expected);
        };
        check(CHANGELOG, "0.2.0", "2 lines under `Unreleased`");
        check(CHANGELOG, "0.1.0", "1 lines under `0.1.0`");
        check(
            "# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- x\n",
            "0.2.0",
            "CHANGELOG.md says nothing under `Unreleased`",
        );
        check("## 0.1.0\n\n- x\n", "0.2.0", "CHANGELOG.md has neither `## Unreleased` nor `## 0.2.0`");
        let error = with_release(CHANGELOG, &version("0.1.0"), "2026-02-28").unwrap_err();
        assert_eq!(error.to_string(), "CHANGELOG.md has an entry for 0.1.0 already");
    }
}
