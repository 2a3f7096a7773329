//! Which KiCads the published crates speak to: those whose trees lie under `proto/`, in every manifest, every README, and in
//! the book.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use toml_edit::DocumentMut;

use crate::inputs::sources::Sources;
use crate::inputs::version::Version;

/// The page of the book with the table.
const PAGE: &str = "docs/src/versions.md";
/// What the table stands between.
const AROUND: [&str; 2] = ["<!-- written by `cargo xtask proto changes` -->\n", "<!-- until here -->\n"];

/// How the line of a README begins.
const MADE_FOR: &str = "Made for KiCad ";

/// Writes the versions into the workspace at `root`, or fails if they are not what would be written.
pub(crate) fn write(root: &Path, check: bool) -> Result<String> {
    let sources = Sources::load(&root.join("proto/sources.toml"))?;
    // What is in development is nobody's yet.
    let trees: Vec<_> = sources.trees().filter(|(dir, _)| !dir.ends_with("-dev")).collect();
    let versions: Vec<Version> = trees.iter().map(|(_, version)| *version).collect();
    let mut told = String::new();
    let mut stale = Vec::new();
    let mut manifests = manifests(root)?;
    manifests.sort();
    let page = root.join(PAGE);
    let pages = page.is_file().then_some(page);
    let readmes: Vec<PathBuf> = manifests.iter().map(|path| path.with_file_name("README.md")).collect();
    for path in manifests.iter().chain(&readmes).chain(&pages) {
        let before = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let after = match path.file_name().and_then(|name| name.to_str()) {
            Some("Cargo.toml") => in_manifest(&before, &versions),
            Some("README.md") => in_readme(&before, &trees),
            _ => in_page(&before, &trees),
        };
        let after = after.with_context(|| format!("{} is wrong", path.display()))?;
        if before != after {
            let shown = path.strip_prefix(root).unwrap_or(path).display().to_string();
            if !check {
                fs::write(path, after).with_context(|| format!("cannot write {shown}"))?;
                told.push_str(&format!("{shown} is written\n"));
            }
            stale.push(shown);
        }
    }
    if check && !stale.is_empty() {
        bail!(
            "these name other KiCads than proto/ has; run `cargo xtask proto changes`: {}",
            stale.join(", ")
        );
    }
    Ok(told)
}

/// Those of the crates that are published.
fn manifests(root: &Path) -> Result<Vec<PathBuf>> {
    let crates = root.join("crates");
    if !crates.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(&crates).with_context(|| format!("cannot read {}", crates.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path().join("Cargo.toml"))).collect::<Result<Vec<_>>>()?;
    Ok(paths.into_iter().filter(|path| path.is_file()).collect())
}

/// The manifest with the versions under `[package.metadata.kiapi]`.
fn in_manifest(text: &str, versions: &[Version]) -> Result<String> {
    let mut manifest: DocumentMut = text.parse()?;
    let kicad = manifest.get_mut("package").and_then(|package| package.get_mut("metadata")?.get_mut("kiapi"));
    let kiapi = kicad.context("there is no [package.metadata.kiapi]")?;
    ensure!(kiapi.is_table(), "package.metadata.kiapi is no table");
    let versions: toml_edit::Array = versions.iter().map(ToString::to_string).collect();
    kiapi["kicad"] = toml_edit::value(versions);
    Ok(manifest.to_string())
}

/// The README with the line that names the trees.
fn in_readme(text: &str, trees: &[(&str, Version)]) -> Result<String> {
    let before = text.lines().find(|line| line.starts_with(MADE_FOR));
    let before = before.with_context(|| format!("there is no line `{MADE_FOR}…`"))?;
    let names: Vec<&str> = trees.iter().map(|(dir, _)| *dir).collect();
    let names = match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => bail!("there is no tree"),
    };
    Ok(text.replacen(before, &format!("{MADE_FOR}{names}."), 1))
}

/// The page with the table of trees.
fn in_page(text: &str, trees: &[(&str, Version)]) -> Result<String> {
    let [start, end] = AROUND;
    let before = text.find(start).with_context(|| format!("there is no {}", start.trim()))? + start.len();
    let after = before + text[before..].find(end).with_context(|| format!("there is no {}", end.trim()))?;
    let rows = trees.iter().rev().map(|(dir, version)| format!("| {dir} | {version} |\n"));
    let table = format!("\n| KiCad | as it is in |\n|---|---|\n{}\n", rows.collect::<String>());
    Ok(format!("{}{table}{}", &text[..before], &text[after..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    const VERSIONS: [Version; 2] = [Version::new(9, 0, 8), Version::new(10, 0, 6)];

    #[test]
    fn manifests_readmes_and_the_book_name_the_kicads_that_have_a_tree() {
        write(&workspace::root(), true).unwrap();
    }

    #[test]
    fn every_published_crate_names_them() {
        let packages = crate::release::packages::packages(&workspace::root()).unwrap();
        let manifests = manifests(&workspace::root()).unwrap();
        for package in packages {
            assert!(manifests.contains(&package.folder.join("Cargo.toml")), "{}", package.name);
        }
    }

    #[test]
    fn versions_go_into_their_table_and_nothing_else_changes() {
        let text = "[package]\nname = \"a\"\n\n# Why.\n[package.metadata.kiapi]\nkicad = [\"9.0.7\"]\n\n[lints]\nworkspace = true\n";
        let written = in_manifest(text, &VERSIONS).unwrap();
        assert_eq!(written, text.replace("[\"9.0.7\"]", "[\"9.0.8\", \"10.0.6\"]"));
        assert!(in_manifest("[package]\nname = \"a\"\n", &VERSIONS).is_err());
    }

    #[test]
    fn readme_names_the_kicads_in_a_line_of_its_own() {
        let text = "# a\n\nMade for KiCad 9.0.\n\nMore.\n";
        let trees = [("8.0", VERSIONS[0]), ("9.0", VERSIONS[0]), ("10.0", VERSIONS[1])];
        for (trees, names) in
            [(&trees[..], "8.0, 9.0 and 10.0"), (&trees[1..], "9.0 and 10.0"), (&trees[1..2], "9.0")]
        {
            let written = in_readme(text, trees).unwrap();
            assert_eq!(written, format!("# a\n\nMade for KiCad {names}.\n\nMore.\n"));
        }
        assert!(in_readme("# a\n", &trees).is_err());
    }

    #[test]
    fn newest_kicad_is_the_first_row_of_the_page() {
        let [start, end] = AROUND;
        let trees = [("9.0", VERSIONS[0]), ("10.0", VERSIONS[1])];
        let written = in_page(&format!("# Versions\n\n{start}{end}\nMore.\n"), &trees).unwrap();
        assert!(written.contains("|---|---|\n| 10.0 | 10.0.6 |\n| 9.0 | 9.0.8 |\n"), "{written}");
        assert_eq!(in_page(&written, &trees).unwrap(), written);
        assert!(in_page("# Versions\n", &trees).is_err());
    }
}
