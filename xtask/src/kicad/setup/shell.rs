//! Runs programs that install something, keeps what they print for the case that they fail, and tells whose fault it was.

use std::fmt;
use std::io::{Read as _, Seek as _};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

/// Installing failed for a reason outside of this project: the network, an archive, the disk, missing rights.
#[derive(Debug)]
pub(crate) struct Outside(String);

impl Outside {
    /// What the command exits with then; scripts tell it apart from a mistake of ours (75 is `EX_TEMPFAIL`).
    pub(crate) const EXIT_CODE: u8 = 75;

    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Outside {}

/// Says what comes next.
pub(crate) fn say(what: &str) {
    println!("==> {what}");
}

/// Runs the program to its end, and returns what it printed.
pub(crate) fn run(command: &mut Command) -> Result<String> {
    let name = name(command);
    let start = Instant::now();
    let mut log = tempfile::tempfile().context("cannot create a temporary file")?;
    let status = command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log.try_clone()?)
        // What it prints is read for known mishaps, so it must not be translated.
        .env("LC_ALL", "C.UTF-8")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status()
        .with_context(|| format!("cannot run {name}"))?;
    let mut printed = Vec::new();
    log.rewind().and_then(|()| log.read_to_end(&mut printed)).context("cannot read a temporary file")?;
    let printed = String::from_utf8_lossy(&printed).into_owned();
    if status.success() {
        let seconds = start.elapsed().as_secs();
        if seconds > 0 {
            println!("    {name}: {seconds} s");
        }
        return Ok(printed);
    }
    let last: Vec<_> = printed.lines().rev().take(20).collect();
    let last: String = last.iter().rev().map(|line| format!("\n    {line}")).collect();
    let what = format!("{name} failed ({status}):{last}");
    match mishap(&printed) {
        Some(line) => {
            Err(Outside::new(format!("{what}\n  the reason lies outside of this project: {line}")).into())
        }
        None => bail!(what),
    }
}

/// The program's name and what it does; for one that another starts, the one that matters.
fn name(command: &Command) -> String {
    let words: Vec<_> = [command.get_program()].into_iter().chain(command.get_args()).collect();
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let start = words.iter().rposition(|word| word == "--").map_or(0, |at| at + 1);
    let program = &words[start];
    // `apt-get -o Name=value install` is `apt-get install`.
    let verb = words[start + 1..].iter().find(|word| !word.starts_with('-') && !word.contains('='));
    verb.map_or_else(|| program.to_string(), |verb| format!("{program} {verb}"))
}

/// The line in which a program complains of something that this project can do nothing about.
///
/// What is not known to be so is taken for a mistake of ours.
fn mishap(printed: &str) -> Option<&str> {
    const SIGNS: [&str; 24] = [
        "Could not resolve",
        "Temporary failure",
        "Could not connect",
        "Unable to connect",
        "Connection failed",
        "Connection refused",
        "Connection reset",
        "Connection timed out",
        "Network is unreachable",
        "Failed to fetch",
        "Unable to fetch",
        "Failed getting release file",
        "Couldn't download",
        "Could not get lock",
        "Hash Sum mismatch",
        "File has unexpected size",
        "Mirror sync in progress",
        "is not valid yet",
        "NO_PUBKEY",
        "No space left on device",
        "you have held broken packages",
        "unmet dependencies",
        "Operation not permitted",
        "unshare failed",
    ];
    printed.lines().find(|line| SIGNS.iter().any(|sign| line.contains(sign))).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_that_is_down_is_not_our_fault() {
        for line in [
            "Err:1 http://archive.example/debian bookworm InRelease: Temporary failure resolving 'archive.example'",
            "E: Failed to fetch http://archive.example/x.deb  503  Service Unavailable",
            "E: Couldn't download packages: base-files",
            "tar: etc: Cannot mkdir: No space left on device",
        ] {
            let printed = format!("Reading package lists...\n{line}\n");
            assert_eq!(mishap(&printed), Some(line));
        }
    }

    #[test]
    fn what_is_not_known_is_our_fault() {
        for line in ["E: Unable to locate package kiicad", "E: Malformed stanza 1 in source list", ""] {
            assert_eq!(mishap(line), None, "{line}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_failure_tells_what_was_printed_and_whose_fault_it_was() {
        let script = |text: &str| run(Command::new("sh").args(["-c", text])).unwrap_err();
        let error = script("echo some words >&2; exit 3");
        assert!(error.to_string().contains("some words"), "{error}");
        assert!(!error.is::<Outside>());
        let error = script("echo 'E: Failed to fetch it'; exit 100");
        assert!(error.is::<Outside>(), "{error}");
        assert!(!run(&mut Command::new("no-such-program-here")).unwrap_err().is::<Outside>());
    }

    #[test]
    fn a_program_is_named_by_what_it_does() {
        let mut command = Command::new("unshare");
        command.args([
            "--mount", "--", "sh", "-c", "…", "/root", "--", "apt-get", "-o", "A::B=3", "install", "-y",
        ]);
        assert_eq!(name(&command), "apt-get install");
        assert_eq!(
            name(Command::new("debootstrap").args(["--variant=minbase", "forky"])),
            "debootstrap forky"
        );
        assert_eq!(name(&Command::new("true")), "true");
    }
}
