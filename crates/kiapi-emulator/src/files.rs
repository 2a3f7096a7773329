//! The files that an emulator has written, or says that it has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Where files go. Without a folder, nothing is written: what would have been is only remembered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    folder: Option<PathBuf>,
    written: BTreeSet<String>,
}

impl Files {
    /// Files that are written if they lie in `folder`.
    pub(crate) fn below(folder: Option<PathBuf>) -> Self {
        Self { folder, written: BTreeSet::new() }
    }

    /// The path that KiCad makes of one that it was given.
    pub(crate) fn absolute(path: &str, project: &str) -> String {
        if path.starts_with(['/', '~']) {
            return path.to_owned();
        }
        let mut parts: Vec<&str> = project.split('/').filter(|part| !part.is_empty()).collect();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        let end = if path.is_empty() || path.ends_with('/') { "/" } else { "" };
        format!("/{}{end}", parts.join("/"))
    }

    /// Whether the folder that a file is to lie in is there. That of the project always is.
    pub(crate) fn has_folder_of(path: &str, project: &str) -> bool {
        if path.starts_with('~') {
            return true;
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        folder.trim_end_matches('/') == project.trim_end_matches('/')
            || fs::metadata(if folder.is_empty() { "/" } else { folder })
                .is_ok_and(|found| found.is_dir() && !found.permissions().readonly())
    }

    /// Whether there is a file: one that was written, or any in the folder for it.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.written.contains(path) || self.place_of(path).is_some_and(|place| place.is_file())
    }

    /// Writes a file, if it lies in the folder for it.
    pub(crate) fn write(&mut self, path: &str, contents: &str) {
        if let Some(place) = self.place_of(path) {
            // KiCad says nothing to its client either when a disk is full.
            let _ = fs::write(place, contents);
        }
        self.written.insert(path.to_owned());
    }

    /// Writes the board itself, which lies in the folder by its name alone.
    pub(crate) fn write_board(&self, name: &str, contents: &str) {
        let Some(folder) = &self.folder else {
            return;
        };
        if let Some(place) = self.place_of(&folder.join(name).to_string_lossy()) {
            let _ = fs::write(place, contents);
        }
    }

    /// Where a file is written: nowhere, unless it lies in the folder, whatever links there are on the way.
    fn place_of(&self, path: &str) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?.canonicalize().ok()?;
        let path = Path::new(path);
        let Some(Component::Normal(name)) = path.components().next_back() else {
            return None;
        };
        let place = path.parent()?.canonicalize().ok()?.join(name);
        let is_link = fs::symlink_metadata(&place).is_ok_and(|found| found.is_symlink());
        (place.starts_with(folder) && !is_link).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_absolute(path: &str, expected: &str) {
        assert_eq!(Files::absolute(path, "/home/me/board"), expected);
    }

    #[test]
    fn paths_are_relative_to_the_project() {
        check_absolute("", "/home/me/board/");
        check_absolute("copy.kicad_pcb", "/home/me/board/copy.kicad_pcb");
        check_absolute("a/../../copy.kicad_pcb", "/home/me/copy.kicad_pcb");
        check_absolute("file:///tmp/u.kicad_pcb", "/home/me/board/file:/tmp/u.kicad_pcb");
        check_absolute("/tmp/../x", "/tmp/../x");
    }

    #[test]
    fn nothing_is_written_outside_of_the_folder() {
        let outside = tempfile::tempdir().expect("a folder");
        let inside = outside.path().join("inside");
        fs::create_dir(&inside).expect("a folder in it");
        let mut files = Files::below(Some(inside.clone()));
        let path = |place: &Path| place.to_string_lossy().into_owned();

        files.write(&path(&inside.join("a.kicad_pcb")), "text");
        files.write(&path(&outside.path().join("b.kicad_pcb")), "text");
        files.write(&path(&inside.join("../c.kicad_pcb")), "text");
        files.write_board("../d.kicad_pcb", "text");
        files.write_board("board.kicad_pcb", "text");

        let names = |folder: &Path| {
            let mut names: Vec<_> = fs::read_dir(folder)
                .expect("a folder")
                .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
                .collect();
            names.sort();
            names
        };
        assert_eq!(names(outside.path()), ["inside"]);
        assert_eq!(names(&inside), ["a.kicad_pcb", "board.kicad_pcb"]);
    }

    #[test]
    fn what_would_have_been_written_is_remembered() {
        let mut files = Files::default();
        assert!(!files.has("/nowhere/a.kicad_pcb"));
        files.write("/nowhere/a.kicad_pcb", "text");
        assert!(files.has("/nowhere/a.kicad_pcb"));
    }
}
