//! The crates that are published, each after those that it needs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::steps::{cargo_in, output};

/// A crate that is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Where its manifest lies.
    pub(crate) folder: PathBuf,
    /// In alphabetical order, without `default`.
    pub(crate) features: Vec<String>,
    pub(crate) has_library: bool,
    /// All that it needs, also for its tests.
    needs: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
    name: String,
    version: String,
    manifest_path: PathBuf,
    /// The registries that it may go to; none at all for what is not published.
    publish: Option<Vec<String>>,
    dependencies: Vec<Dependency>,
    features: std::collections::BTreeMap<String, Vec<String>>,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

/// The published crates of the workspace at `root`, in the order in which they are to be published.
pub(crate) fn packages(root: &Path) -> Result<Vec<Package>> {
    let text = output(&mut cargo_in(root, "metadata --format-version 1 --no-deps"))?;
    let metadata: Metadata = serde_json::from_str(&text).context("cannot read what cargo tells")?;
    let published = metadata.packages.into_iter().filter(|found| {
        // Plugins of the examples are for those who read them.
        found.publish.as_ref().is_none_or(|registries| !registries.is_empty())
    });
    let packages = published.map(|found| Package {
        folder: found.manifest_path.parent().expect("a manifest lies in a folder").to_path_buf(),
        features: found.features.into_keys().filter(|name| name != "default").collect(),
        has_library: found.targets.iter().any(|target| target.kind.iter().any(|kind| kind == "lib")),
        needs: found.dependencies.into_iter().map(|dependency| dependency.name).collect(),
        name: found.name,
        version: found.version,
    });
    in_order(packages.collect())
}

/// Each after those that it needs.
fn in_order(mut packages: Vec<Package>) -> Result<Vec<Package>> {
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    let ours: BTreeSet<String> = packages.iter().map(|package| package.name.clone()).collect();
    let mut sorted: Vec<Package> = Vec::new();
    while !packages.is_empty() {
        let is_ready = |package: &Package| {
            let mut needs =
                package.needs.iter().filter(|name| ours.contains(*name) && **name != package.name);
            needs.all(|name| sorted.iter().any(|before| before.name == *name))
        };
        let at = packages.iter().position(is_ready);
        let left: Vec<_> = packages.iter().map(|package| package.name.as_str()).collect();
        ensure!(at.is_some(), "these crates need each other: {}", left.join(", "));
        sorted.push(packages.remove(at.expect("it was just looked at")));
    }
    Ok(sorted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    fn package(name: &str, needs: &[&str]) -> Package {
        Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            folder: PathBuf::new(),
            features: Vec::new(),
            has_library: true,
            needs: needs.iter().map(|&name| name.to_owned()).collect(),
        }
    }

    fn names(packages: &[Package]) -> Vec<&str> {
        packages.iter().map(|package| package.name.as_str()).collect()
    }

    #[test]
    fn published_crates_come_after_what_they_need() {
        assert_eq!(
            names(&packages(&workspace::root()).unwrap()),
            ["kiapi-gen", "kiapi-transport", "kiapi-server", "kiapi-emulator", "kiapi", "kiapi-cli"]
        );
    }

    #[test]
    fn crates_that_need_each_other_are_named() {
        let error =
            in_order(vec![package("a", &["b"]), package("b", &["a"]), package("c", &[])]).unwrap_err();
        assert_eq!(error.to_string(), "these crates need each other: a, b");
        assert_eq!(
            names(&in_order(vec![package("a", &["a", "z"]), package("b", &["a"])]).unwrap()),
            ["a", "b"]
        );
    }

    #[test]
    fn all_published_crates_have_one_version() {
        let packages = packages(&workspace::root()).unwrap();
        assert!(packages.iter().all(|package| package.version == packages[0].version), "{packages:#?}");
    }
}
