//! A checkout of KiCad's sources: which version it is of.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::inputs::version::Version;

/// Where KiCad's build keeps its version, newest habit first.
const FILES: [&str; 3] = ["cmake/KiCadVersion.cmake", "CMakeModules/KiCadVersion.cmake", "CMakeLists.txt"];
/// How far below a checkout its proto files lie: `api/proto`.
const DEPTH: usize = 3;

/// The version of the checkout that `folder` is or lies in; none if it is none.
pub(crate) fn version(folder: &Path) -> Result<Option<Version>> {
    let folder = folder.canonicalize().with_context(|| format!("cannot read {}", folder.display()))?;
    for path in folder.ancestors().take(DEPTH).flat_map(|root| FILES.map(|file| root.join(file))) {
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        if let Some(version) = semantic_version(&text) {
            let version = version.parse().map_err(anyhow::Error::msg);
            return version
                .map(Some)
                .with_context(|| format!("cannot read the version in {}", path.display()));
        }
    }
    Ok(None)
}

/// The value in `set( KICAD_SEMANTIC_VERSION "9.0.8" )`.
fn semantic_version(text: &str) -> Option<&str> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    lines.filter_map(|line| line.split_once("KICAD_SEMANTIC_VERSION")).find_map(|(before, after)| {
        let is_set =
            before.trim_end().to_ascii_lowercase().ends_with("set(") || before.trim_end().ends_with('(');
        let value = after.trim_start().strip_prefix('"')?.split('"').next()?;
        is_set.then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_found_from_the_folder_of_proto_files() {
        let root = tempfile::tempdir().unwrap();
        let proto = root.path().join("api/proto");
        fs::create_dir_all(&proto).unwrap();
        fs::create_dir_all(root.path().join("cmake")).unwrap();
        assert_eq!(version(&proto).unwrap(), None);
        let text =
            "# set( KICAD_SEMANTIC_VERSION \"1.0.0\" )\nset( KICAD_SEMANTIC_VERSION \"10.99.0-unknown\" )\n";
        fs::write(root.path().join("cmake/KiCadVersion.cmake"), text).unwrap();
        assert_eq!(version(&proto).unwrap(), Some(Version::new(10, 99, 0)));
        assert_eq!(version(root.path()).unwrap(), Some(Version::new(10, 99, 0)));
    }
}
