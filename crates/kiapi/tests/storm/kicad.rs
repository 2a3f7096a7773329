//! What the storm rages against: the emulator with all its faults, or a real KiCad that is killed and started again.

use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use kiapi::Address;
use kiapi_emulator::{Emulator, Fault, Injection, Running};

use crate::ledger::Ledger;

/// All faults but two. A restart is not injected but done, so that it is known when it happens; and after a take-over
/// nobody can look at the board of the one that was taken over.
const FAULTS: [Fault; 14] = [
    Fault::NotReady,
    Fault::Busy,
    Fault::Slow(Duration::from_millis(30)),
    Fault::Slow(Duration::from_millis(400)),
    Fault::Silent,
    Fault::DropBefore,
    Fault::DropUnanswered,
    Fault::DropWithin,
    Fault::DropAfter,
    Fault::Doubled,
    Fault::WrongId,
    Fault::WrongType,
    Fault::OutOfStep,
    Fault::Garbage,
];
const COMMANDS: [&str; 7] =
    ["GetItems", "CreateItems", "BeginCommit", "EndCommit", "DeleteItems", "UpdateItems", "Ping"];

pub(crate) trait Server {
    fn socket(&self) -> &Address;

    /// Does something bad, and returns a moment later.
    fn trouble(&self, chance: &mut Rng, ledger: &Ledger);

    /// Does nothing bad any more.
    fn calm(&self);

    fn describe(&self) -> String;
}

/// The emulator.
pub(crate) struct Emulated {
    running: Running,
    injected: AtomicU64,
}

impl Emulated {
    pub(crate) fn start() -> Self {
        Self { running: Emulator::demo().start().expect("the demo starts"), injected: AtomicU64::new(0) }
    }
}

impl Server for Emulated {
    fn socket(&self) -> &Address {
        self.running.socket()
    }

    fn trouble(&self, chance: &mut Rng, ledger: &Ledger) {
        if chance.u64(..60) == 0 {
            ledger.ending();
            self.running.restart().expect("it starts anew");
            ledger.ended();
            return;
        }
        let mut injection = Injection::new(FAULTS[chance.usize(..FAULTS.len())]).after(chance.u32(..4));
        if chance.u64(..2) == 0 {
            injection = injection.on(COMMANDS[chance.usize(..COMMANDS.len())]);
        }
        self.running.faults().inject(injection);
        self.injected.fetch_add(1, Ordering::SeqCst);
        // Until most of what was injected has happened, or for a while.
        let end = Instant::now() + Duration::from_millis(60);
        while self.running.faults().pending() > 3 && Instant::now() < end {
            thread::yield_now();
        }
    }

    fn calm(&self) {
        self.running.faults().clear();
    }

    fn describe(&self) -> String {
        format!("{} faults in the emulator", self.injected.load(Ordering::SeqCst))
    }
}

/// A real KiCad, which `cargo xtask kicad` starts.
pub(crate) struct Real {
    socket: Address,
    line: String,
    state: PathBuf,
    pid: Mutex<u32>,
    kills: AtomicU64,
}

impl Real {
    pub(crate) fn start(line: &str) -> Result<Self, String> {
        let state = env::var_os("KIAPI_STORM_STATE").ok_or("start this with `cargo xtask storm`")?;
        let state = PathBuf::from(state);
        let (socket, pid) = launch(line, &state)?;
        Ok(Self { socket, line: line.to_owned(), state, pid: Mutex::new(pid), kills: AtomicU64::new(0) })
    }
}

fn xtask(what: &str) -> Result<Command, String> {
    let program = env::var_os("KIAPI_STORM_XTASK").ok_or("start this with `cargo xtask storm`")?;
    let mut command = Command::new(program);
    command.args(["kicad", what]);
    Ok(command)
}

/// Starts one: its socket and its process.
fn launch(line: &str, state: &std::path::Path) -> Result<(Address, u32), String> {
    let mut command = xtask("start")?;
    command.args(["--version", line, "--state"]).arg(state);
    if let Some(board) = env::var_os("KIAPI_STORM_BOARD") {
        command.arg("--board").arg(board);
    }
    let output = command.output().map_err(|error| error.to_string())?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let socket = out.lines().find_map(|line| line.strip_prefix("KICAD_API_SOCKET="));
    let pid = err.split_once("(pid ").and_then(|(_, rest)| rest.split_once(')')?.0.parse().ok());
    match (socket.and_then(|socket| socket.parse().ok()), pid) {
        (Some(socket), Some(pid)) => Ok((socket, pid)),
        _ => Err(format!("no KiCad {line} starts: {err}")),
    }
}

impl Server for Real {
    fn socket(&self) -> &Address {
        &self.socket
    }

    fn trouble(&self, chance: &mut Rng, ledger: &Ledger) {
        // The actors do most of the harm themselves; a KiCad is killed every few rounds, at any moment.
        let end = Instant::now() + Duration::from_millis(200 + chance.u64(..800));
        while Instant::now() < end {
            thread::park_timeout(Duration::from_millis(20));
        }
        if chance.u64(..10) != 0 {
            return;
        }
        let mut pid = self.pid.lock().expect("nobody panics with it");
        ledger.ending();
        let process =
            rustix::process::Pid::from_raw(i32::try_from(*pid).expect("it is a pid")).expect("it is not 0");
        rustix::process::kill_process(process, rustix::process::Signal::KILL).expect("it runs, and is ours");
        self.kills.fetch_add(1, Ordering::SeqCst);
        let stopped = xtask("stop")
            .and_then(|mut command| command.arg(&self.state).output().map_err(|e| e.to_string()));
        assert!(stopped.is_ok_and(|output| output.status.success()), "what is left of it cannot be removed");
        let (socket, new) = launch(&self.line, &self.state).expect("it starts anew");
        assert_eq!(socket, self.socket);
        *pid = new;
        ledger.ended();
    }

    fn calm(&self) {}

    fn describe(&self) -> String {
        format!("KiCad {} killed {} times", self.line, self.kills.load(Ordering::SeqCst))
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let stopped = xtask("stop")
            .and_then(|mut command| command.arg(&self.state).output().map_err(|e| e.to_string()));
        if !stopped.is_ok_and(|output| output.status.success()) {
            eprintln!("warning: a KiCad is left in {}", self.state.display());
        }
    }
}
