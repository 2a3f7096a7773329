//! Running the command.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use kiapi_emulator::transport::{Address, Client, ConnectOptions};

/// The variable that says where temporary files go.
pub(crate) const TMPDIR: &str = if cfg!(windows) { "TMP" } else { "TMPDIR" };

pub(crate) fn kiapi(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kiapi"));
    command.args(args).stdin(Stdio::null()).env_remove("KICAD_API_SOCKET").env_remove("KICAD_API_TOKEN");
    command
}

pub(crate) fn output(args: &[&str]) -> Output {
    kiapi(args).output().unwrap()
}

/// A text in which the KiCad that a command needs is `{since}` if it is the one since which it is known; a copy of the
/// project may know fewer KiCads.
pub(crate) fn since_it_is_known(text: &str) -> String {
    const NEEDS: &str = " needs KiCad ";
    for command in kiapi::COMMANDS {
        let told = format!("{}{NEEDS}{},", command.name(), command.since);
        if text.contains(&told) {
            return text.replace(&told, &format!("{}{NEEDS}{{since}},", command.name()));
        }
    }
    text.to_owned()
}

/// A `kiapi serve` that runs until this is dropped.
pub(crate) struct Served {
    child: Child,
    pub(crate) socket: Address,
    pub(crate) token: String,
    place: String,
}

impl Served {
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::run(kiapi(&["serve"]).args(args))
    }

    /// Runs a command that prints the environment for a client, and goes on until it is ended.
    pub(crate) fn run(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut value = |name: &str| {
            let line = lines.next().unwrap_or_else(|| panic!("it says no {name}")).unwrap();
            line.strip_prefix(name).unwrap_or_else(|| panic!("`{line}` is no {name}")).to_owned()
        };
        let socket = Address::parse(&value("KICAD_API_SOCKET=")).unwrap();
        let token = value("KICAD_API_TOKEN=");
        let place = socket.path().and_then(std::path::Path::to_str).map(str::to_owned);
        let place = place.or_else(|| socket.pipe_name()).expect("its name is Unicode");
        Self { child, socket, token, place }
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(&self.socket, &ConnectOptions::new()).unwrap()
    }

    /// The path of the socket, or the name of the pipe, for `--socket`.
    pub(crate) fn path(&self) -> &str {
        &self.place
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()));
    }

    /// Ends it without giving it time for anything.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it as a person or a script does, and waits for it.
    #[cfg(unix)]
    pub(crate) fn end(mut self) -> i32 {
        end(&mut self.child)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Ends a process as a person or a script does, so that it takes its files with it. Gives its exit code, or -1. Windows knows
/// no way to ask that is safe, so there it is not asked.
pub(crate) fn end(child: &mut Child) -> i32 {
    #[cfg(windows)]
    let _ = child.kill();
    #[cfg(unix)]
    let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).stderr(Stdio::null()).status();
    child.wait().ok().and_then(|status| status.code()).unwrap_or(-1)
}
