//! What a package contains: all that it needs, and nothing of no use to those who download it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use flate2::read::GzDecoder;

use super::packages::Package;

/// No package may be larger than this, packed: KiCad's API is no reason for more.
const MOST_BYTES: u64 = 512 * 1024;

/// What every package has.
const NEEDED: [&str; 4] = ["Cargo.toml", "README.md", "LICENSE-APACHE", "LICENSE-MIT"];

/// What cargo adds by itself.
const BY_CARGO: [&str; 3] = ["Cargo.toml.orig", "Cargo.lock", ".cargo_vcs_info.json"];

/// What a package may have beside its sources and the above, with the reason.
const MORE: [(&str, &str, &str); 5] = [
    ("kiapi", "examples/", "documentation shows them"),
    ("kiapi", "tests/doc/", "the samples of the documentation begin with it"),
    ("kiapi-emulator", "examples/", "documentation shows them"),
    ("kiapi-emulator", "actions/", "built in: the actions that each KiCad knows"),
    ("kiapi-emulator", "demo/demo-", "built in: the demo board"),
];

/// Proto files that are of use to those who download a package.
const PROTO: [(&str, &str); 1] = [("kiapi-gen", "snapshot.proto")];

/// A file in a package: its path below the package's folder, and what it holds.
pub(super) type Entry = (PathBuf, Vec<u8>);

/// Everything in the packed crate `archive`.
pub(super) fn unpack(archive: &Path) -> Result<Vec<Entry>> {
    let file = File::open(archive).with_context(|| format!("cannot open {}", archive.display()))?;
    let mut entries = Vec::new();
    for entry in tar::Archive::new(GzDecoder::new(file)).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        // The first folder is that of the package.
        let below: PathBuf = path.components().skip(1).collect();
        let mut bytes = Vec::new();
        std::io::copy(&mut entry, &mut bytes)?;
        entries.push((below, bytes));
    }
    Ok(entries)
}

/// Tells what the package contains, or what is wrong with it.
pub(super) fn check(root: &Path, package: &Package, archive: &Path) -> Result<String> {
    let entries = unpack(archive)?;
    let packed = fs::metadata(archive)?.len();
    let mut wrong = problems(&package.name, &entries);
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        let ours = fs::read(root.join(licence)).with_context(|| format!("cannot read {licence}"))?;
        let there = entries.iter().find(|(path, _)| path == Path::new(licence));
        // A link that became a file with the name of its target, as on some systems.
        if there.is_some_and(|(_, bytes)| *bytes != ours) {
            wrong.push(format!("{licence} is not that of the project"));
        }
    }
    if packed > MOST_BYTES {
        wrong.push(format!("{packed} bytes, packed, are more than {MOST_BYTES}"));
    }
    if !wrong.is_empty() {
        bail!("{}:\n  {}", package.name, wrong.join("\n  "));
    }
    let bytes: usize = entries.iter().map(|(_, bytes)| bytes.len()).sum();
    let mut folders: Vec<(String, usize)> = Vec::new();
    for (path, _) in &entries {
        let first = path.components().next().map(|first| first.as_os_str().to_string_lossy().into_owned());
        let name = match path.components().count() {
            0 | 1 => path.display().to_string(),
            _ => format!("{}/", first.unwrap_or_default()),
        };
        match folders.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => folders.push((name, 1)),
        }
    }
    folders.sort();
    let folders = folders.into_iter().map(|(name, count)| match count {
        1 => name,
        _ => format!("{name} ({count})"),
    });
    Ok(format!(
        "{} {}: {} files, {} KiB, {} KiB packed: {}\n",
        package.name,
        package.version,
        entries.len(),
        bytes / 1024,
        packed / 1024,
        folders.collect::<Vec<_>>().join(", ")
    ))
}

/// What is lacking in the package `name`, and what has no place in it.
fn problems(name: &str, entries: &[Entry]) -> Vec<String> {
    let mut wrong = Vec::new();
    for needed in NEEDED {
        if !entries.iter().any(|(path, _)| path == Path::new(needed)) {
            wrong.push(format!("{needed} is lacking"));
        }
    }
    if !entries.iter().any(|(path, _)| path.starts_with("src")) {
        wrong.push("src is lacking".to_owned());
    }
    for (path, _) in entries {
        // As git has it.
        let path = path.to_string_lossy().replace('\\', "/");
        let is_known = NEEDED.contains(&path.as_str()) || BY_CARGO.contains(&path.as_str());
        let is_source = path.starts_with("src/");
        let has_reason = MORE.iter().any(|(of, start, _)| *of == name && path.starts_with(start));
        let is_our_proto = PROTO.contains(&(name, path.as_str()));
        if path.ends_with(".proto") && !is_our_proto {
            wrong.push(format!("{path} is of no use: the types are generated from it"));
        } else if !(is_known || is_source || has_reason || is_our_proto) {
            wrong.push(format!("{path} has no place in a package; see `include` in its Cargo.toml"));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, paths: &[&str], expected: &[&str]) {
        let all = ["Cargo.toml", "README.md", "LICENSE-APACHE", "LICENSE-MIT", "src/lib.rs"];
        let paths = all.iter().filter(|path| !paths.contains(&format!("-{path}").as_str())).chain(paths);
        let paths = paths.filter(|path| !path.starts_with('-'));
        let entries: Vec<Entry> = paths.map(|path| (PathBuf::from(path), Vec::new())).collect();
        assert_eq!(problems(name, &entries), expected);
    }

    #[test]
    fn package_has_licences_and_readme() {
        check("kiapi-gen", &["Cargo.lock", "Cargo.toml.orig", "snapshot.proto"], &[]);
        check(
            "kiapi-gen",
            &["-LICENSE-MIT", "-README.md"],
            &["README.md is lacking", "LICENSE-MIT is lacking"],
        );
        check("kiapi-gen", &["-src/lib.rs"], &["src is lacking"]);
    }

    #[test]
    fn data_of_tests_and_proto_files_have_no_place() {
        let place = "has no place in a package; see `include` in its Cargo.toml";
        check("kiapi-emulator", &["demo/demo-9.0.kiapi", "actions/9.0.txt", "examples/a.rs"], &[]);
        check("kiapi-emulator", &["testdata/x"], &[&format!("testdata/x {place}")]);
        check("kiapi-emulator", &["demo/demo.kicad_pcb"], &[&format!("demo/demo.kicad_pcb {place}")]);
        check("kiapi", &["tests/it/main.rs"], &[&format!("tests/it/main.rs {place}")]);
        check("kiapi", &["src/a.proto"], &["src/a.proto is of no use: the types are generated from it"]);
    }
}
