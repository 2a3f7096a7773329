//! A program that runs beside a KiCad: what it prints is passed on, and it ends with whoever started it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::{Context as _, Result};

use super::os;

/// The running program; dropping it ends it.
pub(super) struct Program {
    child: Child,
    /// How it ended.
    status: Option<ExitStatus>,
    reader: Option<thread::JoinHandle<()>>,
    summary: Arc<Mutex<Option<String>>>,
}

impl Program {
    /// Starts it; what it prints is passed on, and the last line in which `read` finds a summary is kept.
    pub(super) fn start(mut command: Command, read: fn(&str) -> Option<String>) -> Result<Self> {
        let mut child = command.spawn().context("cannot run cargo")?;
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let summary = Arc::new(Mutex::new(None));
        let found = Arc::clone(&summary);
        let reader = thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                println!("{line}");
                if let Some(line) = read(&line) {
                    *found.lock().expect("nobody panics with it") = Some(line);
                }
            }
        });
        Ok(Self { child, status: None, reader: Some(reader), summary })
    }

    /// None while it runs.
    pub(super) fn ended(&mut self) -> Option<Option<ExitStatus>> {
        self.status = self.status.or_else(|| self.child.try_wait().ok().flatten());
        self.status.map(Some)
    }

    /// What it says in the end about how it went.
    pub(super) fn summary(&mut self) -> Option<String> {
        if self.status.is_some() {
            self.join();
        }
        self.summary.lock().expect("nobody panics with it").clone()
    }

    fn join(&mut self) {
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.ended().is_none() {
            let _ = os::kill_group(self.child.id());
            let _ = self.child.wait();
        }
        self.join();
    }
}
