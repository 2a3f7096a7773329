//! The folders in which KiCad's sockets may lie.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// KiCad's name among flatpaks.
const FLATPAK: &str = "org.kicad.KiCad";

/// A folder in which sockets may lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) layout: Layout,
    pub(super) processes: Processes,
}

/// How the sockets are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// `api.sock` with `api.lock` beside it, and `api-<pid>.sock` for further ones.
    Kicad,
    /// `kicad-<pid>.sock` in the folder for temporary files itself, with a `.token` file beside it.
    Older,
}

/// Whose numbers the process ids in names are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Processes {
    /// Ours.
    Here,
    /// Those of a sandbox, which mean nothing here.
    Sandboxed,
}

impl Layout {
    /// The process id in a socket's name, or `None` within for the one that has none; `None` for what is no socket of
    /// this layout.
    #[inline]
    pub(super) fn read(self, name: &str) -> Option<Option<u32>> {
        let stem = name.strip_suffix(".sock")?;
        let (prefix, alone) = match self {
            Self::Kicad => ("api-", "api"),
            Self::Older => ("kicad-", ""),
        };
        if !alone.is_empty() && stem == alone {
            return Some(None);
        }
        let digits = stem.strip_prefix(prefix)?;
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse().ok()).flatten().map(Some)
    }
}

/// Where to look, in this order.
///
/// What is assumed of the flatpak: it has the folder for temporary files in its cache, below the user's home, and may
/// have one in the folder that it shares with the session.
pub(super) fn folders(variable: impl Fn(&str) -> Option<OsString>) -> Vec<Folder> {
    let path = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let temporary: Vec<PathBuf> = if cfg!(target_os = "macos") {
        // KiCad on macOS does not look at the environment.
        vec!["/tmp".into()]
    } else {
        let usual = cfg!(unix).then(|| PathBuf::from("/tmp"));
        ["TMPDIR", "TMP", "TEMP"].into_iter().filter_map(path).chain(usual).collect()
    };
    let temporary = distinct(temporary);
    let (layout, processes) = (Layout::Kicad, Processes::Here);
    let mut found: Vec<Folder> =
        temporary.iter().map(|folder| Folder { path: folder.join("kicad"), layout, processes }).collect();
    if cfg!(target_os = "linux") {
        let cache = path("HOME").map(|home| home.join(".var/app").join(FLATPAK).join("cache/tmp"));
        let shared = path("XDG_RUNTIME_DIR").map(|folder| folder.join("app").join(FLATPAK));
        let flatpak = distinct(cache.into_iter().chain(shared).collect());
        let sandboxed = |folder: PathBuf| Folder {
            path: folder.join("kicad"),
            layout: Layout::Kicad,
            processes: Processes::Sandboxed,
        };
        found.extend(flatpak.into_iter().map(sandboxed));
    }
    found.extend(temporary.into_iter().map(|path| Folder { path, layout: Layout::Older, processes }));
    found
}

/// Those that are folders, each once, also when two names lead to it.
#[inline]
fn distinct(paths: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut seen = Vec::new();
    let is_new = |path: &PathBuf| {
        let Ok(real) = path.canonicalize() else { return false };
        let is_new = Path::is_dir(path) && !seen.contains(&real);
        if is_new {
            seen.push(real);
        }
        is_new
    };
    paths.into_iter().filter(is_new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_sockets_are_told_from_others() {
        let cases = [
            (Layout::Kicad, "api.sock", Some(None)),
            (Layout::Kicad, "api-12.sock", Some(Some(12))),
            (Layout::Kicad, "api-.sock", None),
            (Layout::Kicad, "api-+1.sock", None),
            (Layout::Kicad, "api-99999999999.sock", None),
            (Layout::Kicad, "api.lock", None),
            (Layout::Kicad, "kicad-12.sock", None),
            (Layout::Older, "kicad-12.sock", Some(Some(12))),
            (Layout::Older, ".sock", None),
            (Layout::Older, "kicad-12.token", None),
            (Layout::Older, "api-12.sock", None),
        ];
        for (layout, name, expected) in cases {
            assert_eq!(layout.read(name), expected, "{layout:?} {name}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn folders_are_those_that_exist_each_once() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let (own, home) = (root.join("own"), root.join("home"));
        let (cache, session) = (home.join(".var/app/org.kicad.KiCad/cache/tmp"), root.join("run"));
        let shared = session.join("app/org.kicad.KiCad");
        for folder in [&own, &cache, &shared] {
            std::fs::create_dir_all(folder).unwrap();
        }
        let link = root.join("link");
        std::os::unix::fs::symlink(&own, &link).unwrap();
        let variable = |name: &str| match name {
            "TMPDIR" => Some(own.clone().into_os_string()),
            "TMP" => Some(root.join("none").into_os_string()),
            "TEMP" => Some(link.clone().into_os_string()),
            "HOME" => Some(home.clone().into_os_string()),
            "XDG_RUNTIME_DIR" => Some(session.clone().into_os_string()),
            _ => None,
        };
        let folder = |path: PathBuf, layout, processes| Folder { path, layout, processes };
        let expected = [
            folder(own.join("kicad"), Layout::Kicad, Processes::Here),
            folder("/tmp/kicad".into(), Layout::Kicad, Processes::Here),
            folder(cache.join("kicad"), Layout::Kicad, Processes::Sandboxed),
            folder(shared.join("kicad"), Layout::Kicad, Processes::Sandboxed),
            folder(own.clone(), Layout::Older, Processes::Here),
            folder("/tmp".into(), Layout::Older, Processes::Here),
        ];
        assert_eq!(folders(variable), expected);
        let relative = |name: &str| (name == "TMPDIR").then(|| OsString::from("relative"));
        assert_eq!(folders(relative).len(), 2);
    }
}
