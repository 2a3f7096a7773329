//! Processes that outlive the command that started them, told apart from others that got the same number later.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use super::os;
use super::poll;

/// One process: its number, and when it started, because numbers are used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    /// In ticks since the machine started.
    started: u64,
}

impl Process {
    /// The process that has the number `pid` now.
    pub(crate) fn of(pid: u32) -> Result<Self> {
        let stat = Stat::read(pid).with_context(|| format!("there is no process {pid}"))?;
        Ok(Self { pid, started: stat.started })
    }

    /// What the system says about it; none when it has ended.
    pub(crate) fn stat(self) -> Option<Stat> {
        Stat::read(self.pid).filter(|stat| stat.started == self.started && !stat.has_ended())
    }

    pub(crate) fn is_alive(self) -> bool {
        self.stat().is_some()
    }

    /// Ends it: asks first, and does not ask any more after `grace`. A process that has ended is no error.
    pub(crate) fn stop(self, grace: Duration) -> Result<()> {
        let gone = || (!self.is_alive()).then_some(());
        if gone().is_some() {
            return Ok(());
        }
        // It may end between the look and the signal, so only what is true afterwards counts.
        let _ = os::terminate(self.pid);
        if poll(grace, gone).is_some() {
            return Ok(());
        }
        let _ = os::kill_group(self.pid);
        if poll(Duration::from_secs(10), gone).is_none() {
            bail!("process {} does not end", self.pid);
        }
        Ok(())
    }
}

/// What Linux tells of a process in `/proc/PID/stat`, as far as it is needed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stat {
    /// `R` for running, `S` for sleeping, `D` for waiting for a disk, `Z` for ended and not yet collected, …
    pub(crate) state: char,
    /// The time on a processor, in ticks (hundredths of a second), all threads together.
    pub(crate) ticks: u64,
    /// How many threads it has that have not ended, and the first one in any case.
    threads: u64,
    started: u64,
}

impl Stat {
    fn read(pid: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        // The name, in brackets, may itself hold brackets and blanks.
        let (_, fields) = text.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        Some(Self {
            state: fields.first()?.chars().next()?,
            ticks: number(11)?.checked_add(number(12)?)?,
            threads: number(17)?,
            started: number(19)?,
        })
    }

    /// Its first thread may end before others, which then still hold its files and sockets.
    fn has_ended(self) -> bool {
        matches!(self.state, 'Z' | 'X') && self.threads <= 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_brackets_and_blanks() {
        let line = "7 (a) b) (c) S 1 7 7 0 -1 4194560 1 2 3 4 250 30 0 0 20 0 9 0 123456 1 2 3";
        assert_eq!(Stat::parse(line), Some(Stat { state: 'S', ticks: 280, threads: 9, started: 123_456 }));
    }

    #[test]
    fn a_process_ends_with_its_last_thread() {
        let check = |state: char, threads: u64, expected: bool| {
            let line =
                format!("7 (a) {state} 1 7 7 0 -1 4194560 1 2 3 4 250 30 0 0 20 0 {threads} 0 123456 1");
            let stat = Stat::parse(&line).unwrap();
            assert_eq!(stat.has_ended(), expected, "{state} with {threads} threads");
        };
        check('S', 1, false);
        check('Z', 1, true);
        check('Z', 2, false);
        check('X', 0, true);
    }

    #[test]
    fn half_a_line_is_nothing() {
        for line in ["", "7", "7 (a)", "7 (a) S 1 2 3", "7 (a) S 1 7 7 0 -1 4 1 2 3 4 x 30 0 0 20 0 9 0 12"] {
            assert_eq!(Stat::parse(line), None, "{line}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_with_a_used_number_is_another() {
        let me = Process::of(std::process::id()).unwrap();
        assert!(me.is_alive());
        let earlier = Process { started: me.started - 1, ..me };
        assert!(!earlier.is_alive());
        earlier.stop(Duration::ZERO).unwrap();
    }
}
