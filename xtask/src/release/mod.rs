//! `cargo xtask release`: everything that must hold before a version is published, and the commit and tag that make it one.
//!
//! Publishing itself is what the workflow `release` does when it sees the tag: `cargo xtask release --publish`.

mod contents;
mod outside;
pub(crate) mod packages;
mod public;
mod publish;
mod version;

use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail, ensure};
use semver::Version;

use self::packages::{Package, packages};
use self::version::Changed;
use crate::kicad::setup;
use crate::steps::{Done, Steps, cargo_in, output, run as run_command};
use crate::test::has_nng;
use crate::test::need::{Need, Tool};
use crate::{codegen, workspace};

/// Check all that a release needs; with a VERSION, set it everywhere, commit and tag. Nothing is pushed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
KIAPI_REQUIRE names what must not be skipped: cargo-deny,cargo-semver-checks,nng")]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(crate) struct Args {
    /// The version to release; without it, that of the workspace is checked
    #[arg(required_unless_present_any = ["dry_run", "publish"])]
    version: Option<Version>,
    /// Check everything, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not mind what is not committed
    #[arg(long, requires = "dry_run")]
    allow_dirty: bool,
    /// Go through nothing but the steps whose names begin so
    #[arg(long, value_name = "NAME", requires = "dry_run")]
    step: Vec<String>,
    /// Install first the tools that are lacking; it takes minutes
    #[arg(long)]
    setup: bool,
    /// Publish the version that is tagged here, as the workflow does; with --dry-run only tell what would be published
    #[arg(long, conflicts_with_all = ["version", "allow_dirty"])]
    publish: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let root = workspace::root();
    if args.setup {
        setup::install_tools(&[Tool::Deny, Tool::SemverChecks])?;
    }
    if args.publish {
        return publish::run(&root, args.dry_run);
    }
    let current = version::current(&root)?;
    let version = args.version.clone().unwrap_or_else(|| current.clone());
    if args.dry_run {
        let dirt = if args.allow_dirty { Dirt::Allowed } else { Dirt::Refused };
        let mut steps = Steps::new()?.only(&args.step);
        check(&root, &version, dirt, &mut steps)?;
        return steps.finish();
    }
    release(&root, &current, &version)
}

/// What may not be committed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dirt {
    Refused,
    Allowed,
}

/// Sets the version, checks everything, commits and tags. If a check fails, all is as it was.
fn release(root: &Path, current: &Version, version: &Version) -> Result<()> {
    release_if(root, current, version, || {
        let mut steps = Steps::new()?;
        check(root, version, Dirt::Allowed, &mut steps)?;
        steps.finish()
    })
}

/// The same, with what must hold once the version is set.
fn release_if(
    root: &Path,
    current: &Version,
    version: &Version,
    holds: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let tag = format!("v{version}");
    ensure!(version >= current, "{version} is older than {current}, which Cargo.toml has");
    ensure!(tag_exists(root, &tag)?.is_none(), "there is a tag {tag} already");
    let dirty = uncommitted(root)?;
    ensure!(dirty.is_empty(), "these files are not committed:\n{}", dirty.join("\n"));
    let changed = Changed::write(root, version, &today())?;
    if let Err(error) = holds() {
        changed.undo()?;
        return Err(error.context("nothing was released, and no file changed"));
    }
    git(root, &["add", "--"], changed.paths())?;
    git(root, &["commit", "--quiet", "--message", &format!("release: {version}")], [])?;
    git(root, &["tag", "--annotate", &tag, "--message", &format!("kiapi {version}")], [])?;
    println!("\n{version} is committed and tagged. To publish it, push both: git push --follow-tags");
    Ok(())
}

/// Everything that must hold, each a step.
fn check(root: &Path, version: &Version, dirt: Dirt, steps: &mut Steps) -> Result<()> {
    let packages = packages(root)?;
    steps.step("clean tree", || {
        let dirty = uncommitted(root)?;
        let note = format!("{} files are not committed", dirty.len());
        ensure!(dirty.is_empty() || dirt == Dirt::Allowed, "{note}:\n{}", dirty.join("\n"));
        Ok(Done::Passed(if dirty.is_empty() { String::new() } else { note }))
    });
    steps.step("freshness of what is generated", || {
        xtask(root, &["codegen", "--check"])?;
        xtask(root, &["proto", "changes", "--check"])?;
        for line in [
            "",
            "--manifest-path bench/Cargo.toml",
            "--manifest-path fuzz/Cargo.toml",
            "--manifest-path interop/kicad-ipc-rs/Cargo.toml",
        ] {
            let what = format!("metadata --locked --offline --no-deps --format-version 1 {line}");
            output(&mut cargo_in(root, &what)).context("a lock file is stale")?;
        }
        Ok(Done::quietly())
    });
    steps.step("sentences", || {
        let missing = codegen::undescribed(root)?;
        ensure!(
            missing.is_empty(),
            "{} things are not described yet; write their sentences into proto/docs.toml:\n{}",
            missing.len(),
            missing.join("\n")
        );
        Ok(Done::quietly())
    });
    steps.step("changelog", || {
        let text = std::fs::read_to_string(root.join("CHANGELOG.md")).context("cannot read CHANGELOG.md")?;
        version::check_changelog(&text, version).map(Done::Passed)
    });
    steps.step("licences", || {
        if !Tool::Deny.is_there() {
            return Ok(Done::Skipped(Need::Tool(Tool::Deny)));
        }
        run_command(&mut cargo_in(root, "deny --log-level error --offline check licenses bans sources"))?;
        Ok(Done::quietly())
    });
    steps.step("semver", || semver(root, &packages, version));
    steps.step("public dependencies", || public::check(root, &packages, has_nng()).map(Done::Passed));
    steps.step("documentation as docs.rs builds it", || documentation(root, &packages));
    let mut is_packed = false;
    steps.step("packages", || {
        pack(root, &packages)?;
        is_packed = true;
        let mut told = String::new();
        for package in &packages {
            told.push_str(&contents::check(root, package, &outside::archive(root, package))?);
        }
        Ok(Done::Passed(told))
    });
    steps.step("a program outside, on the packages", || {
        ensure!(is_packed, "the crates could not be packaged");
        let registry = outside::Registry::new(root, &packages)?;
        let mut told = outside::program(root, &registry, &packages[0].version)?;
        told.push_str(&outside::command(root, &registry, &packages[0].version)?);
        Ok(Done::Passed(told))
    });
    Ok(())
}

/// Packs every crate; what cargo would verify is what the program outside shows.
fn pack(root: &Path, packages: &[Package]) -> Result<()> {
    for package in packages {
        let archive = outside::archive(root, package);
        if archive.exists() {
            std::fs::remove_file(&archive).with_context(|| format!("cannot remove {}", archive.display()))?;
        }
    }
    let mut command = cargo_in(root, "package --quiet --no-verify --allow-dirty");
    // Where it is looked for, wherever else cargo is told to build.
    command.env("CARGO_TARGET_DIR", root.join("target"));
    for package in packages {
        command.args(["--package", &package.name]);
    }
    output(&mut command)?;
    Ok(())
}

/// Holds the crates against those of the last release: whether `version` may be what they became.
fn semver(root: &Path, packages: &[Package], version: &Version) -> Result<Done> {
    let Some(tag) = last_tag(root)? else {
        return Ok(Done::Passed("no version was released yet: nothing to compare with".to_owned()));
    };
    let before = tag.trim_start_matches('v').parse()?;
    let kind = release_type(&before, version);
    if kind == "major" {
        // The tool would build everything twice, and then compare nothing.
        return Ok(Done::Passed(format!("{version} may break what {tag} has: nothing to compare")));
    }
    if !Tool::SemverChecks.is_there() {
        return Ok(Done::Skipped(Need::Tool(Tool::SemverChecks)));
    }
    let mut command = cargo_in(root, "semver-checks check-release --all-features --release-type");
    command.arg(kind).args(["--baseline-rev", &tag]);
    for package in packages.iter().filter(|package| package.has_library) {
        command.args(["--package", &package.name]);
    }
    run_command(&mut command).with_context(|| {
        format!("what changed since {tag} is more than {version} may be, or could not be judged; see above")
    })?;
    Ok(Done::Passed(format!("since {tag}, {version} may be what it became")))
}

/// What cargo takes the step from a version to another for. Before 1.0, a new minor version may break, and a patch may add.
fn release_type(before: &Version, after: &Version) -> &'static str {
    let breaking = |version: &Version| match (version.major, version.minor) {
        (0, 0) => (0, 0, version.patch),
        (0, minor) => (0, minor, 0),
        (major, _) => (major, 0, 0),
    };
    if breaking(before) != breaking(after) {
        "major"
    } else if after.major == 0 || before.minor != after.minor {
        "minor"
    } else {
        "patch"
    }
}

/// Builds each crate's pages by itself, with the features that its manifest tells docs.rs.
pub(crate) fn documentation(root: &Path, packages: &[Package]) -> Result<Done> {
    if !has_nng() {
        return Ok(Done::Skipped(Need::Nng));
    }
    for package in packages {
        let manifest = std::fs::read_to_string(package.folder.join("Cargo.toml"))?;
        let manifest: toml::Table = manifest.parse()?;
        let all = manifest["package"].get("metadata").and_then(|metadata| metadata.get("docs")?.get("rs"));
        let all = all.and_then(|docs| docs.get("all-features")?.as_bool());
        ensure!(all == Some(true), "{} does not tell docs.rs to take all features", package.name);
        if package.has_library {
            let mut command = cargo_in(root, "doc --quiet --no-deps --all-features --package");
            run_command(command.arg(&package.name).env("RUSTDOCFLAGS", "-D warnings --cfg docsrs"))?;
        }
    }
    Ok(Done::quietly())
}

fn xtask(root: &Path, args: &[&str]) -> Result<()> {
    let program = std::env::current_exe().context("cannot tell where this program lies")?;
    run_command(Command::new(program).args(args).current_dir(root))
}

fn git<'a>(root: &Path, args: &[&str], paths: impl IntoIterator<Item = &'a Path>) -> Result<String> {
    output(Command::new("git").arg("-C").arg(root).args(args).args(paths))
}

/// What git would lose.
fn uncommitted(root: &Path) -> Result<Vec<String>> {
    Ok(git(root, &["status", "--porcelain"], [])?.lines().map(str::to_owned).collect())
}

/// The commit that `tag` is at.
fn tag_exists(root: &Path, tag: &str) -> Result<Option<String>> {
    let list =
        git(root, &["tag", "--list", "--format=%(refname:short) %(objectname)%(*objectname)", tag], [])?;
    Ok(list.lines().next().map(str::to_owned))
}

/// The newest version that was released before this commit, if any was.
fn last_tag(root: &Path) -> Result<Option<String>> {
    let tags = git(root, &["tag", "--merged", "HEAD", "--list", "v*"], [])?;
    Ok(newest(tags.lines()).map(str::to_owned))
}

fn newest<'a>(tags: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    tags.filter_map(|tag| Some((tag.strip_prefix('v')?.parse::<Version>().ok()?, tag)))
        .max_by(|a, b| a.0.cmp(&b.0))
        .map(|(_, tag)| tag)
}

/// `2026-01-31`, as it is in Greenwich.
fn today() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string().chars().take(10).collect()
}

/// The tag that this commit must have for its version to be published.
fn check_tag(root: &Path, version: &str) -> Result<()> {
    let tags = git(root, &["tag", "--points-at", "HEAD"], [])?;
    if !tags.lines().any(|tag| tag.strip_prefix('v') == Some(version)) {
        bail!("this commit is not tagged v{version}; `cargo xtask release {version}` does that");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_version_is_not_the_last_word_in_the_alphabet() {
        let newest = |tags: &[&'static str]| newest(tags.iter().copied());
        assert_eq!(newest(&["v0.10.0", "v0.9.0", "v0.10.0-rc.1", "vanity", "1.0.0"]), Some("v0.10.0"));
        assert_eq!(newest(&["vanity"]), None);
    }

    #[test]
    fn step_between_versions_is_what_cargo_takes_it_for() {
        let check = |before: &str, after: &str, expected: &str| {
            let [before, after] = [before, after].map(|text| text.parse().unwrap());
            assert_eq!(release_type(&before, &after), expected, "{before} to {after}");
        };
        check("0.1.0", "0.1.0", "minor");
        check("0.1.0", "0.1.1", "minor");
        check("0.1.9", "0.2.0-rc.1", "major");
        check("0.0.1", "0.0.2", "major");
        check("0.9.0", "1.0.0", "major");
        check("1.0.0", "1.0.0", "patch");
        check("1.0.0", "1.0.1", "patch");
        check("1.0.0", "1.1.0", "minor");
        check("1.9.0", "2.0.0", "major");
    }

    #[test]
    fn only_the_commit_of_the_version_may_be_published() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
        git(root, &["init", "--quiet"], []).unwrap();
        let commit = ["commit", "--quiet", "--allow-empty", "--message", "x"];
        git(root, &[&who[..], &commit[..]].concat(), []).unwrap();
        assert!(check_tag(root, "0.1.0").is_err());
        assert_eq!(last_tag(root).unwrap(), None);
        git(root, &[&who[..], &["tag", "--annotate", "v0.1.0", "--message", "x"]].concat(), []).unwrap();
        assert!(check_tag(root, "0.1.0").is_ok());
        assert!(check_tag(root, "0.1.1").is_err());
        assert_eq!(last_tag(root).unwrap().as_deref(), Some("v0.1.0"));
        assert!(tag_exists(root, "v0.1.0").unwrap().is_some());
        assert!(tag_exists(root, "v0.1.1").unwrap().is_none());
        assert_eq!(uncommitted(root).unwrap(), Vec::<String>::new());
        std::fs::write(root.join("new"), "").unwrap();
        assert_eq!(uncommitted(root).unwrap(), ["?? new"]);
    }

    /// A workspace with one crate, committed, whose changelog says something.
    fn project() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let files = [
            (
                "Cargo.toml",
                "[workspace]\nresolver = \"3\"\nmembers = [\"a\"]\n\n[workspace.package]\nversion = \"0.1.0\"\n\n\
                 [workspace.dependencies]\na = { version = \"0.1.0\", path = \"a\" }\n",
            ),
            ("a/Cargo.toml", "[package]\nname = \"a\"\nversion.workspace = true\nedition = \"2024\"\n"),
            ("a/src/lib.rs", ""),
            ("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n- New.\n"),
            ("Cargo.lock", "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\n"),
        ];
        for (name, text) in files {
            std::fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            std::fs::write(root.join(name), text).unwrap();
        }
        git(root, &["init", "--quiet"], []).unwrap();
        for (key, value) in [("user.name", "a"), ("user.email", "a@example.org"), ("commit.gpgsign", "false")]
        {
            git(root, &["config", key, value], []).unwrap();
        }
        git(root, &["add", "."], []).unwrap();
        git(root, &["commit", "--quiet", "--message", "x"], []).unwrap();
        dir
    }

    #[test]
    fn version_is_set_committed_and_tagged() {
        let dir = project();
        let root = dir.path();
        let [old, new]: [Version; 2] = ["0.1.0", "0.2.0"].map(|text| text.parse().unwrap());
        release_if(root, &old, &new, || Ok(())).unwrap();
        assert_eq!(version::current(root).unwrap(), new);
        assert_eq!(uncommitted(root).unwrap(), Vec::<String>::new());
        assert_eq!(last_tag(root).unwrap().as_deref(), Some("v0.2.0"));
        check_tag(root, "0.2.0").unwrap();
        let committed = git(root, &["show", "--format=%s", "--name-only", "HEAD"], []).unwrap();
        let lines: Vec<_> = committed.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines, ["release: 0.2.0", "CHANGELOG.md", "Cargo.lock", "Cargo.toml"]);

        let error = release_if(root, &old, &new, || Ok(())).unwrap_err();
        assert_eq!(error.to_string(), "there is a tag v0.2.0 already");
        let error = release_if(root, &new, &old, || Ok(())).unwrap_err();
        assert_eq!(error.to_string(), "0.1.0 is older than 0.2.0, which Cargo.toml has");
        // What was unreleased is released now.
        let newer: Version = "0.3.0".parse().unwrap();
        let error = release_if(root, &new, &newer, || Ok(())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "CHANGELOG.md says nothing under `## Unreleased`, above the last release; write there what is new"
        );
        assert_eq!(uncommitted(root).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn nothing_changes_if_a_check_fails_or_files_are_not_committed() {
        let dir = project();
        let root = dir.path();
        let [old, new]: [Version; 2] = ["0.1.0", "0.2.0"].map(|text| text.parse().unwrap());
        let error = release_if(root, &old, &new, || {
            assert_eq!(version::current(root).unwrap(), new, "it is set while things are checked");
            bail!("something is broken")
        });
        let error = format!("{:#}", error.unwrap_err());
        assert_eq!(error, "nothing was released, and no file changed: something is broken");
        std::fs::write(root.join("new"), "").unwrap();
        let error = release_if(root, &old, &new, || panic!("nothing is checked")).unwrap_err();
        assert_eq!(error.to_string(), "these files are not committed:\n?? new");
        std::fs::remove_file(root.join("new")).unwrap();
        assert_eq!(version::current(root).unwrap(), old);
        assert_eq!(uncommitted(root).unwrap(), Vec::<String>::new());
        assert_eq!(last_tag(root).unwrap(), None);
    }

    #[test]
    fn day_is_written_as_in_the_changelog() {
        let today = today();
        let numbers: Vec<usize> = today.split('-').map(str::len).collect();
        assert_eq!(numbers, [4, 2, 2], "{today}");
    }
}
