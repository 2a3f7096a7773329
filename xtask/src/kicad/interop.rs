//! `cargo xtask interop`: clients that are not ours, against a real KiCad and against the emulator. Both must show them
//! the same board. What the official client and KiCad say to each other is recorded, and must replay to that client byte for
//! byte.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs};

use anyhow::{Context as _, Result, bail};

use super::install::{Install, Line};
use super::instance::{Instance, Options};
use super::interrupt;
use crate::workspace;

/// The board that both have open.
const BOARD: &str = "crates/kiapi-emulator/demo/demo.kicad_pcb";
/// The official client, and which of its versions is for which KiCad.
const OFFICIAL: [(Line, &str); 2] = [
    (Line { major: 9, minor: 0 }, "kicad-python==0.6.0"),
    (Line { major: 10, minor: 0 }, "kicad-python==0.8.0"),
];

/// Run clients that are not ours against a real KiCad and against the emulator.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which KiCad: the line of its version; may be given more than once [default: all that are found]
    #[arg(long = "kicad", value_name = "LINE")]
    lines: Vec<Line>,
    /// Which client; may be given more than once [default: all]
    #[arg(long = "client", value_name = "CLIENT")]
    clients: Vec<Client>,
}

/// A client that is not ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Client {
    /// The official one, written in Python
    Python,
    /// The JSON of `kiapi`, held against the one of protobuf for Python
    Json,
    /// Another crate, from crates.io; builds libnng
    KicadIpcRs,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    interrupt::listen()?;
    let lines = Install::lines(&args.lines)?;
    let clients = if args.clients.is_empty() {
        vec![Client::Python, Client::Json, Client::KicadIpcRs]
    } else {
        args.clients.clone()
    };
    let kiapi = build("Cargo.toml", "kiapi-cli", "kiapi")?;
    let mut differences = Vec::new();
    for line in lines {
        Install::get(line)?;
        for client in &clients {
            let session = Session::prepare(*client, line, &kiapi)?;
            let snapshot = folder()?.join(format!("{line}.kiapi"));
            let recording = folder()?.join(format!("{line}-{client:?}.jsonl"));
            let real = with_kicad(line, |kicad| {
                // Before the client changes anything.
                let socket = kicad.url();
                let mut taken = Command::new(&kiapi);
                succeed(taken.args(["snapshot", "--socket", &socket]).arg(&snapshot).stdout(Stdio::null()))?;
                session.recorded(&kiapi, &socket, "", &recording)
            })?;
            let emulated = with_emulator(&kiapi, &snapshot, line, |socket| session.run(socket))?;
            interrupt::check()?;
            let what = format!("{client:?} with KiCad {line}");
            let mut different = compare(&real, &emulated);
            println!("{what}: {} steps, {} of them different", real.len(), different.len());
            if session.is_recorded() {
                let again = recording.with_extension("again.jsonl");
                let replayed = with_replay(&kiapi, &recording, |socket, token| {
                    session.recorded(&kiapi, socket, token, &again)
                })?;
                let (then, now) = (frames(&recording)?, frames(&again)?);
                let changed = [compare(&real, &replayed), compare(&then, &now)].concat();
                println!("{what}: {} frames replayed, {} differences", then.len(), changed.len());
                different.extend(changed.into_iter().map(|difference| format!("replayed, {difference}")));
            }
            differences.extend(different.into_iter().map(|difference| format!("{what}: {difference}")));
        }
    }
    if !differences.is_empty() {
        bail!(
            "KiCad (-) and the emulator or a recording (+) show their clients different things:\n{}",
            differences.join("\n")
        );
    }
    Ok(())
}

/// What a client does in its session, as lines.
struct Session(Command, Client);

impl Session {
    fn prepare(client: Client, line: Line, kiapi: &Path) -> Result<Self> {
        let command = match client {
            Client::Python => {
                let mut command = Command::new(python(line)?);
                command.arg(workspace::root().join("interop/python/session.py"));
                command
            }
            Client::Json => {
                let mut command = Command::new(python(line)?);
                command.arg(workspace::root().join("interop/python/json_check.py")).arg(kiapi);
                command
            }
            Client::KicadIpcRs => {
                let name = "interop-kicad-ipc-rs";
                Command::new(build("interop/kicad-ipc-rs/Cargo.toml", name, name)?)
            }
        };
        Ok(Self(command, client))
    }

    fn run(&self, socket: &str) -> Result<Vec<String>> {
        let mut command = Command::new(self.0.get_program());
        command.args(self.0.get_args()).env("KICAD_API_SOCKET", socket).env_remove("KICAD_API_TOKEN");
        if self.1 == Client::KicadIpcRs {
            command.arg(socket);
        }
        Self::lines(&mut command)
    }

    /// Whether it can be recorded: the other client wants the socket as an argument, before the recorder has one.
    fn is_recorded(&self) -> bool {
        self.1 == Client::Python
    }

    /// Goes through a recorder, if it can be recorded. With a token the recorder asks nothing itself.
    fn recorded(&self, kiapi: &Path, socket: &str, token: &str, recording: &Path) -> Result<Vec<String>> {
        if !self.is_recorded() {
            return self.run(socket);
        }
        let mut command = Command::new(kiapi);
        command.args(["record", "--force"]).arg(recording).arg("--");
        command.arg(self.0.get_program()).args(self.0.get_args());
        command.env("KICAD_API_SOCKET", socket).env("KICAD_API_TOKEN", token);
        Self::lines(&mut command)
    }

    fn lines(command: &mut Command) -> Result<Vec<String>> {
        let output = command.stderr(Stdio::inherit()).output().context("cannot run the client")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        if !output.status.success() {
            let last = lines.last().map_or("nothing", String::as_str);
            bail!("the client failed ({}) after `{}`", output.status, shortened(last));
        }
        Ok(lines)
    }
}

/// The Python of a virtual environment with the official client in it.
fn python(line: Line) -> Result<PathBuf> {
    let (_, package) = OFFICIAL
        .iter()
        .find(|(known, _)| *known == line)
        .with_context(|| format!("no version of kicad-python is known for KiCad {line}"))?;
    let venv = folder()?.join(package.replace("==", "-"));
    let python = venv.join("bin/python");
    // A sign that pip came to its end.
    let done = venv.join("installed");
    if !done.exists() {
        succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
        succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet", package]))?;
        fs::write(&done, "").with_context(|| format!("cannot write {}", done.display()))?;
    }
    Ok(python)
}

/// Builds a program, and says where it is.
pub(super) fn build(manifest: &str, package: &str, binary: &str) -> Result<PathBuf> {
    let target = target();
    let mut cargo = Command::new(workspace::cargo());
    cargo.args(["build", "--quiet", "--package", package, "--manifest-path"]);
    succeed(cargo.arg(workspace::root().join(manifest)).arg("--target-dir").arg(&target))?;
    Ok(target.join("debug").join(binary))
}

pub(super) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace::root().join("target"), PathBuf::from)
}

fn folder() -> Result<PathBuf> {
    let folder = std::path::absolute(target().join("interop")).context("cannot find the target folder")?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

fn succeed(command: &mut Command) -> Result<()> {
    let status =
        command.status().with_context(|| format!("cannot run `{}`", command.get_program().display()))?;
    if !status.success() {
        bail!("`{}` failed ({status})", command.get_program().display());
    }
    Ok(())
}

fn with_kicad<T>(line: Line, work: impl FnOnce(&Instance) -> Result<T>) -> Result<T> {
    let board = workspace::root().join(BOARD);
    let kicad = Instance::start(line, Some(&board), &Options::default())?;
    println!("==> KiCad {} (pid {}) at {}", kicad.version(), kicad.pid(), kicad.url());
    work(&kicad)
}

fn with_emulator<T>(
    kiapi: &Path,
    snapshot: &Path,
    line: Line,
    work: impl FnOnce(&str) -> Result<T>,
) -> Result<T> {
    let mut command = Command::new(kiapi);
    command.arg("serve").arg(snapshot).args(["--as", &line.to_string()]);
    with_server(command, |socket, _| work(socket))
}

fn with_replay<T>(kiapi: &Path, recording: &Path, work: impl FnOnce(&str, &str) -> Result<T>) -> Result<T> {
    let mut command = Command::new(kiapi);
    command.arg("replay").arg(recording);
    with_server(command, work)
}

/// Runs what stands in for a KiCad, which prints its socket and its token, as long as the work takes.
fn with_server<T>(mut command: Command, work: impl FnOnce(&str, &str) -> Result<T>) -> Result<T> {
    /// Ends with the work.
    struct Server(Child);

    impl Drop for Server {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    let mut server = Server(command.stdout(Stdio::piped()).spawn().context("cannot start kiapi")?);
    let mut output = BufReader::new(server.0.stdout.take().expect("it is piped")).lines();
    let mut value = |name: &str| -> Result<String> {
        let line = output.next().with_context(|| format!("kiapi does not say its {name}"))??;
        let value = line.strip_prefix(name).with_context(|| format!("`{line}` is no {name}"))?;
        Ok(value.to_owned())
    };
    let (socket, token) = (value("KICAD_API_SOCKET=")?, value("KICAD_API_TOKEN=")?);
    work(&socket, &token)
}

/// The requests and answers of a recording, in order, each with all of its bytes.
fn frames(recording: &Path) -> Result<Vec<String>> {
    let text =
        fs::read_to_string(recording).with_context(|| format!("cannot read {}", recording.display()))?;
    let lines = text.lines().map(serde_json::from_str::<serde_json::Value>);
    let lines = lines.collect::<Result<Vec<_>, _>>().with_context(|| recording.display().to_string())?;
    let frames = lines.iter().filter(|line| line["bytes"].is_string());
    let keys = ["event", "connection", "request", "token", "bytes"];
    Ok(frames.map(|frame| keys.map(|key| frame[key].to_string()).join(" ")).collect())
}

/// The steps in which two transcripts differ.
fn compare(real: &[String], emulated: &[String]) -> Vec<String> {
    let mut different = Vec::new();
    for place in 0..real.len().max(emulated.len()) {
        let (left, right) = (real.get(place), emulated.get(place));
        if left != right {
            let shown = |line: Option<&String>| line.map_or("nothing".to_owned(), |line| shortened(line));
            different.push(format!("step {}\n  - {}\n  + {}", place + 1, shown(left), shown(right)));
        }
    }
    different
}

/// A line that fits a report.
fn shortened(line: &str) -> String {
    const LONGEST: usize = 600;
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_steps_that_differ_are_reported() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        assert!(compare(&lines("a\nb"), &lines("a\nb")).is_empty());
        assert_eq!(
            compare(&lines("a\nb"), &lines("a\nc\nd")),
            ["step 2\n  - b\n  + c", "step 3\n  - nothing\n  + d"]
        );
    }

    #[test]
    fn long_lines_are_cut_between_characters() {
        let long = "ä".repeat(1000);
        assert_eq!(shortened(&long).chars().count(), 601);
    }
}
