//! Where the files of running KiCads lie, and what is written down about each so that it can be found and ended.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use super::os;
use super::process::Process;

/// What is written down about one KiCad, in `state.toml` of its folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    /// The line that was asked for: `9.0`.
    pub(crate) line: String,
    /// The version that the running KiCad says it has; none until it answered.
    pub(crate) version: Option<String>,
    /// The board that it opened.
    pub(crate) board: PathBuf,
    pub(crate) socket: PathBuf,
    /// The number of its X display.
    pub(crate) display: Option<u32>,
    pub(crate) xvfb: Option<Process>,
    pub(crate) kicad: Option<Process>,
}

/// The name of the file in which it is written.
const FILE: &str = "state.toml";
/// What the API socket's path may have at most, in bytes.
const LONGEST_SOCKET: usize = 107;

impl State {
    pub(crate) fn read(dir: &Path) -> Result<Self> {
        let path = dir.join(FILE);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("cannot make sense of {}", path.display()))
    }

    pub(crate) fn write(&self, dir: &Path) -> Result<()> {
        let path = dir.join(FILE);
        // In one step, so that nobody reads half of it.
        let new = dir.join("state.toml.new");
        let text = toml::to_string(self).context("cannot write down the state")?;
        fs::write(&new, text)
            .and_then(|()| fs::rename(&new, &path))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Ends its processes.
    pub(crate) fn stop(&self) -> Result<()> {
        let kicad = self.kicad.map_or(Ok(()), |kicad| kicad.stop(Duration::from_secs(5)));
        let xvfb = self.xvfb.map_or(Ok(()), |xvfb| xvfb.stop(Duration::from_secs(5)));
        kicad.and(xvfb)
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.kicad.is_some_and(Process::is_alive)
    }
}

/// The folder of all that this user's KiCads write; only this user may enter it.
pub(crate) fn base() -> Result<PathBuf> {
    let base = std::env::temp_dir().join(format!("kiapi-{}", os::user_id()));
    os::create_private_dir(&base).with_context(|| format!("cannot create {}", base.display()))?;
    // Anyone may write to the folder for temporary files, and KiCad trusts whom it finds at its socket.
    if !os::is_mine(&base)? {
        bail!("{} belongs to somebody else; set TMPDIR to a folder of your own", base.display());
    }
    Ok(base)
}

/// The socket of the KiCad that lives in `dir`.
pub(crate) fn socket(dir: &Path) -> PathBuf {
    dir.join("t/kicad/api.sock")
}

/// Makes the folder for one more KiCad: `wanted`, or a new one under the [`base`].
pub(crate) fn create(line: &str, wanted: Option<&Path>) -> Result<PathBuf> {
    let base = base()?;
    // One process may start several.
    let process = std::process::id();
    let is_free = |id: &String| fs::symlink_metadata(base.join(id)).is_err();
    let id = (0..1000).map(|number| format!("{line}-{process}{}", suffix(number))).find(is_free);
    let id = id.with_context(|| format!("{} is full", base.display()))?;
    let dir = match wanted {
        Some(dir) => {
            let dir = std::path::absolute(dir)?;
            if fs::read_dir(&dir).is_ok_and(|mut entries| entries.next().is_some()) {
                let help = match State::read(&dir) {
                    Ok(state) if state.is_alive() => "a KiCad runs in it",
                    Ok(_) => "a KiCad ran in it; `cargo xtask kicad stop` it first",
                    Err(_) => "it is not empty",
                };
                bail!("cannot use {} as a state folder: {help}", dir.display());
            }
            dir
        }
        None => base.join(&id),
    };
    let length = socket(&dir).as_os_str().len();
    if length > LONGEST_SOCKET {
        bail!(
            "{} is too long: the socket's path would have {length} bytes and may have {LONGEST_SOCKET}; \
             choose another with --state or TMPDIR",
            dir.display()
        );
    }
    os::create_private_dir(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    if wanted.is_some() {
        let link = base.join(&id);
        os::symlink(&dir, &link).with_context(|| format!("cannot create {}", link.display()))?;
    }
    Ok(dir)
}

/// What tells the KiCads of one process apart; the first has none.
fn suffix(number: usize) -> String {
    if number == 0 { String::new() } else { format!("-{number}") }
}

/// Removes the folder, and what points to it.
pub(crate) fn remove(dir: &Path) -> Result<()> {
    if let Err(error) = fs::remove_dir_all(dir)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error).with_context(|| format!("cannot remove {}", dir.display()));
    }
    for entry in fs::read_dir(base()?)?.flatten() {
        if fs::read_link(entry.path()).is_ok_and(|target| target == dir) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The folders of all KiCads that were started and not stopped, and what is written in them.
pub(crate) fn all() -> Result<Vec<(PathBuf, Result<State>)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(base()?)? {
        let path = entry?.path();
        let dir = fs::read_link(&path).unwrap_or(path);
        if dir.join(FILE).exists() {
            let state = State::read(&dir);
            found.push((dir, state));
        }
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(found)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn state() -> State {
        State {
            line: "9.0".into(),
            version: Some("9.0.8".into()),
            board: "/somewhere/a board.kicad_pcb".into(),
            socket: "/somewhere/t/kicad/api.sock".into(),
            display: Some(3),
            xvfb: Some(Process::of(std::process::id()).unwrap()),
            kicad: None,
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let dir = tempfile::tempdir().unwrap();
        state().write(dir.path()).unwrap();
        assert_eq!(State::read(dir.path()).unwrap(), state());
        assert!(!state().is_alive(), "without a KiCad it is not alive");
    }

    #[test]
    fn a_state_that_makes_no_sense_is_an_error_with_its_file() {
        let dir = tempfile::tempdir().unwrap();
        for text in ["", "line = 9", "line = \"9.0\"\nkicad = { pid = -1 }", "\u{0}"] {
            fs::write(dir.path().join(FILE), text).unwrap();
            let error = State::read(dir.path()).unwrap_err();
            assert!(error.to_string().contains(FILE), "{error}");
        }
    }

    #[test]
    fn a_folder_in_use_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("notes.txt"), "mine").unwrap();
        let error = create("9.0", Some(dir.path())).unwrap_err().to_string();
        assert!(error.contains("not empty"), "{error}");
        fs::write(dir.path().join(FILE), toml::to_string(&state()).unwrap()).unwrap();
        let error = create("9.0", Some(dir.path())).unwrap_err().to_string();
        assert!(error.contains("stop"), "{error}");
    }

    #[test]
    fn a_path_too_long_for_a_socket_is_refused_before_anything_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let long = dir.path().join("x".repeat(100));
        let error = create("9.0", Some(&long)).unwrap_err().to_string();
        assert!(error.contains("--state"), "{error}");
        assert!(!long.exists());
    }

    #[test]
    fn a_folder_elsewhere_is_found_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("here");
        create("test", Some(&place)).unwrap();
        state().write(&place).unwrap();
        assert!(all().unwrap().iter().any(|(found, _)| *found == place));
        remove(&place).unwrap();
        remove(&place).unwrap();
        assert!(!place.exists());
        assert!(!all().unwrap().iter().any(|(found, _)| *found == place));
    }
}
