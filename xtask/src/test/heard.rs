//! Runs a command whose output is shown as it comes, and keeps its end: what a long run says last is then why it failed.

use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How many lines of a command are kept.
const KEPT: usize = 60;

/// How long output is waited for after the command ended: a process that it left behind may keep the streams open for ever.
const GRACE: Duration = Duration::from_secs(5);

/// What a command said last, of both its streams in the order in which it came.
#[derive(Debug, Default, Clone)]
pub(crate) struct Heard(Arc<Mutex<VecDeque<String>>>);

impl Heard {
    /// Runs the command to its end.
    pub(crate) fn run(&self, command: &mut Command) -> io::Result<ExitStatus> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (out, err) =
            (child.stdout.take().expect("it is piped"), child.stderr.take().expect("it is piped"));
        let (done, ended) = mpsc::channel();
        self.listen(out, io::stdout(), done.clone());
        self.listen(err, io::stderr(), done);
        let status = child.wait()?;
        // Once for each stream; also when a reader panicked.
        for _ in 0..2 {
            let _ = ended.recv_timeout(GRACE);
        }
        Ok(status)
    }

    fn listen(&self, from: impl Read + Send + 'static, to: impl Write + Send + 'static, done: Sender<()>) {
        let heard = self.clone();
        thread::spawn(move || {
            heard.pass_on(from, to);
            // Nobody waits any more if that took too long.
            let _ = done.send(());
        });
    }

    /// Passes on each line, whatever bytes it has. A reader or writer that fails ends it: the command's status tells more.
    fn pass_on(&self, from: impl Read, mut to: impl Write) {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while matches!(from.read_until(b'\n', &mut line), Ok(1..)) {
            let _ = to.write_all(&line).and_then(|()| to.flush());
            let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.len() == KEPT {
                lines.pop_front();
            }
            lines.push_back(String::from_utf8_lossy(&line).trim_end().to_owned());
            line.clear();
        }
    }

    /// The lines that were kept.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_and_the_status_told() {
        let heard = Heard::default();
        heard.pass_on(&b"first\r\nsecond \xff\n\nno end of line"[..], io::sink());
        assert_eq!(heard.lines(), ["first", "second \u{fffd}", "", "no end of line"]);

        let heard = Heard::default();
        let many: String = (0..1000).map(|n| format!("{n}\n")).collect();
        heard.pass_on(many.as_bytes(), io::sink());
        let lines = heard.lines();
        assert_eq!((lines.len(), lines[0].as_str(), lines[KEPT - 1].as_str()), (KEPT, "940", "999"));

        let heard = Heard::default();
        let mut cargo = Command::new(crate::workspace::cargo());
        let status = heard.run(cargo.arg("no-such-command")).unwrap();
        assert!(!status.success());
        assert!(heard.lines().iter().any(|line| line.contains("no-such-command")));
    }
}
