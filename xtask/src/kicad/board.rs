//! Copies a board with its project, so that KiCad does not write next to the original.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// The board that live tests run on, below the folder of KiCad's demos.
pub(crate) const DEMO: &str = "pic_programmer/pic_programmer.kicad_pcb";

/// The board's path made absolute; an error if it is no board.
pub(crate) fn find(board: &Path) -> Result<PathBuf> {
    let path =
        fs::canonicalize(board).with_context(|| format!("there is no board at {}", board.display()))?;
    if !path.is_file() || path.extension().is_none_or(|extension| extension != "kicad_pcb") {
        bail!("{} is not a board: a file that ends in .kicad_pcb is wanted", board.display());
    }
    Ok(path)
}

/// Copies the board into the folder `to`, and returns the copy's path.
///
/// Where its project file lies beside it, the whole folder comes along, because a project refers to libraries, sheets
/// and tables by their place in it; otherwise the files that share its name. Locks and autosaves stay behind: KiCad
/// would ask about them.
pub(crate) fn copy(board: &Path, to: &Path) -> Result<PathBuf> {
    let from = board.parent().context("a board lies in a folder")?;
    let stem = board.file_stem().context("a board has a name")?;
    if board.with_extension("kicad_pro").is_file() {
        copy_folder(from, to, to)?;
    } else {
        fs::create_dir_all(to)?;
        for path in entries(from)?.into_iter().filter(|path| path.file_stem() == Some(stem) && path.is_file())
        {
            copy_file(&path, &to.join(path.file_name().expect("a file has a name")))?;
        }
    }
    Ok(to.join(board.file_name().expect("a board has a name")))
}

/// The files beside the board about which KiCad asks before it opens it.
pub(crate) fn obstacles(board: &Path) -> Result<Vec<PathBuf>> {
    let from = board.parent().context("a board lies in a folder")?;
    let name = board.file_name().context("a board has a name")?.to_string_lossy();
    let asks = [format!("~{name}.lck"), format!("_autosave-{name}")];
    Ok(asks.iter().map(|name| from.join(name)).filter(|path| path.exists()).collect())
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>> {
    let read = || fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>();
    read().with_context(|| format!("cannot read {}", dir.display()))
}

/// Copies a folder with all below it, except `outer`: the copy itself, should it lie in the original.
fn copy_folder(from: &Path, to: &Path, outer: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    for path in entries(from)? {
        let name = path.file_name().expect("an entry has a name").to_string_lossy();
        let kind = fs::symlink_metadata(&path)?;
        if stays_behind(&name) || path == outer {
            continue;
        }
        let target = to.join(&*name);
        if kind.is_dir() {
            copy_folder(&path, &target, outer)?;
        } else if path.is_file() {
            copy_file(&path, &target)?;
        }
    }
    Ok(())
}

/// What KiCad leaves in a project's folder, and what is hidden, is not part of the project.
fn stays_behind(name: &str) -> bool {
    name.starts_with('.')
        || name.starts_with("_autosave-")
        || (name.starts_with('~') && name.ends_with(".lck"))
        || name.ends_with("-backups")
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    // Read and written rather than copied: an original that may not be written to gives a copy that may.
    let bytes = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    fs::write(to, bytes).with_context(|| format!("cannot write {}", to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        dir
    }

    fn list(dir: &Path) -> Vec<String> {
        let mut names = Vec::new();
        for path in entries(dir).unwrap() {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                names.extend(list(&path).iter().map(|below| format!("{name}/{below}")));
            } else {
                names.push(name);
            }
        }
        names.sort();
        names
    }

    #[test]
    fn a_project_comes_along_without_locks_and_autosaves() {
        let dir = folder(&[
            "b.kicad_pcb",
            "b.kicad_pro",
            "fp-lib-table",
            "libs/x.pretty/y.kicad_mod",
            "~b.kicad_pcb.lck",
            "_autosave-b.kicad_pcb",
            ".git/HEAD",
            "b-backups/1.zip",
        ]);
        let to = tempfile::tempdir().unwrap();
        let board = copy(&dir.path().join("b.kicad_pcb"), &to.path().join("b")).unwrap();
        assert_eq!(board, to.path().join("b/b.kicad_pcb"));
        let expected = ["b.kicad_pcb", "b.kicad_pro", "fp-lib-table", "libs/x.pretty/y.kicad_mod"];
        assert_eq!(list(&to.path().join("b")), expected);
    }

    #[test]
    fn a_board_without_a_project_comes_with_the_files_of_its_name() {
        let dir = folder(&["b.kicad_pcb", "b.kicad_dru", "other.kicad_pcb", "big.bin"]);
        let to = tempfile::tempdir().unwrap();
        copy(&dir.path().join("b.kicad_pcb"), to.path()).unwrap();
        assert_eq!(list(to.path()), ["b.kicad_dru", "b.kicad_pcb"]);
    }

    #[test]
    fn a_copy_into_the_project_itself_ends() {
        let dir = folder(&["b.kicad_pcb", "b.kicad_pro"]);
        copy(&dir.path().join("b.kicad_pcb"), &dir.path().join("state/b")).unwrap();
        assert_eq!(list(&dir.path().join("state")), ["b/b.kicad_pcb", "b/b.kicad_pro"]);
    }

    #[test]
    fn locks_and_autosaves_are_named() {
        let dir = folder(&["b.kicad_pcb", "~b.kicad_pcb.lck", "_autosave-b.kicad_pcb", "~c.kicad_pcb.lck"]);
        let found = obstacles(&dir.path().join("b.kicad_pcb")).unwrap();
        assert_eq!(found, ["~b.kicad_pcb.lck", "_autosave-b.kicad_pcb"].map(|name| dir.path().join(name)));
    }

    #[test]
    fn what_is_no_board_is_refused() {
        let dir = folder(&["b.kicad_pro"]);
        for path in
            [dir.path().to_path_buf(), dir.path().join("b.kicad_pro"), dir.path().join("no.kicad_pcb")]
        {
            assert!(find(&path).is_err(), "{}", path.display());
        }
    }
}
