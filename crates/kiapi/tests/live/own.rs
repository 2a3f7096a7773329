//! KiCads that a trial starts for itself, because it breaks them or needs more than one.

use std::path::{Path, PathBuf};
use std::process::Command;

use kiapi::{ConnectOptions, KiCad};

use crate::session::{Outcome, Session, check};

/// A KiCad that ends when it is dropped.
pub(crate) struct Own {
    socket: String,
    state: PathBuf,
}

impl Own {
    /// Another KiCad of the same version, on another copy of the board.
    pub(crate) fn start(session: &Session) -> Outcome<Self> {
        Self::start_with(session, None, None)
    }

    /// One whose files go where those of another were, so that it has the same socket.
    pub(crate) fn start_at(session: &Session, state: &Path) -> Outcome<Self> {
        Self::start_with(session, None, Some(state))
    }

    /// One that shares the folder for temporary files with another, whose state folder this is.
    pub(crate) fn beside(session: &Session, state: &Path) -> Outcome<Self> {
        Self::start_with(session, Some(state), None)
    }

    fn start_with(session: &Session, beside: Option<&Path>, state: Option<&Path>) -> Outcome<Self> {
        let version = session.version();
        let mut command = xtask("start")?;
        command.args(["--version", &format!("{}.{}", version.major, version.minor)]);
        command.arg("--board").arg(session.board_file());
        if let Some(beside) = beside {
            command.arg("--beside").arg(beside);
        }
        if let Some(state) = state {
            command.arg("--state").arg(state);
        }
        let output = command.output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(ToOwned::to_owned);
        match (value("KICAD_API_SOCKET="), value("STATE_DIR=")) {
            (Some(socket), Some(state)) => Ok(Self { socket, state: state.into() }),
            _ => Err(format!("no KiCad of its own: {}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    }

    /// The URL of its socket.
    pub(crate) fn socket(&self) -> &str {
        &self.socket
    }

    /// The folder with all that it writes.
    pub(crate) fn state(&self) -> &Path {
        &self.state
    }

    /// Its folder for temporary files.
    pub(crate) fn temp(&self) -> PathBuf {
        self.state.join("t")
    }

    /// Ends it, and tells the folder that it had.
    pub(crate) fn end(self) -> Outcome<PathBuf> {
        let state = self.state.clone();
        drop(self);
        check(!state.exists(), || format!("{} is there still", state.display()))?;
        Ok(state)
    }

    pub(crate) fn connect(&self) -> Outcome<KiCad> {
        Ok(KiCad::connect_with(ConnectOptions::new().socket(self.socket.parse()?))?)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let stopped = xtask("stop").and_then(|mut command| Ok(command.arg(&self.state).output()?));
        match stopped {
            Ok(output) if output.status.success() => {}
            Ok(output) => eprintln!("warning: {}", String::from_utf8_lossy(&output.stderr)),
            Err(error) => eprintln!("warning: {error:?}"),
        }
    }
}

/// `cargo xtask kicad`, as a command.
fn xtask(what: &str) -> Outcome<Command> {
    let program = std::env::var_os("KIAPI_LIVE_XTASK");
    let mut command = Command::new(program.ok_or("start this with `cargo xtask live`")?);
    command.args(["kicad", what]);
    Ok(command)
}
