//! A program that is run with a KiCad's socket in its environment, and with which the command ends.

use std::ffi::OsString;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::failure::ChildFailed;

/// How often it is looked whether the program has ended.
const LOOK: Duration = Duration::from_millis(20);
/// How long the program may take to end by itself, once this one was told to end.
const GRACE: Duration = Duration::from_secs(3);

/// Runs a program until it ends, or is ended because this one is told to.
pub(crate) fn run(
    command: &[OsString],
    environment: &[(&str, &str)],
    interrupted: &Receiver<()>,
) -> anyhow::Result<()> {
    let (program, args) = command.split_first().context("there is no command to run")?;
    let name = program.to_string_lossy();
    let mut child = Command::new(program)
        .args(args)
        .envs(environment.iter().copied())
        .spawn()
        .with_context(|| format!("cannot run {name}"))?;
    let status = wait(&mut child, interrupted).with_context(|| format!("cannot wait for {name}"))?;
    match code(status) {
        0 => Ok(()),
        code => Err(ChildFailed(code).into()),
    }
}

fn wait(child: &mut Child, interrupted: &Receiver<()>) -> std::io::Result<ExitStatus> {
    // A terminal tells the program too, and it may need a moment. One that was not told is told then.
    let mut told: Option<(Instant, u32)> = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        match interrupted.recv_timeout(LOOK) {
            Ok(()) => told = told.or(Some((Instant::now() + GRACE, 0))),
            Err(RecvTimeoutError::Timeout) => {}
            // Nobody tells any more.
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(LOOK),
        }
        if let Some((end, times)) = told.filter(|(end, _)| *end <= Instant::now()) {
            if times == 0 {
                terminate(child);
            } else {
                child.kill()?;
            }
            told = Some((end + GRACE, times + 1));
        }
    }
}

#[cfg(unix)]
fn terminate(child: &Child) {
    let pid = rustix::process::Pid::from_child(child);
    // One that has ended meanwhile is seen at the next look.
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
}

#[cfg(not(unix))]
fn terminate(_: &Child) {}

/// The exit code as a shell has it: that of the program, or 128 and the signal that ended it.
fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    // More than a shell can tell is still no success.
    status.code().map_or(1, |code| u8::try_from(code).unwrap_or(1))
}
