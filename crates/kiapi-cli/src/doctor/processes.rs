//! KiCads that run without a socket that is found here, as far as the system tells.

use std::path::PathBuf;

use super::Findings;
use crate::instances::Found;
use crate::running::{processes, program};

const AREA: &str = "Processes";
/// The programs of KiCad that have an API.
const PROGRAMS: [&str; 3] = ["kicad", "pcbnew", "eeschema"];

pub(super) fn look(found: &[Found], findings: &mut Findings) {
    let own = std::env::temp_dir();
    for pid in processes() {
        let Some(program) = program(pid).filter(|name| PROGRAMS.contains(&name.as_str())) else { continue };
        if found.iter().any(|found| found.instance.pid() == Some(pid) && found.probe.is_some()) {
            continue;
        }
        // Of other users nothing is told, and nothing of theirs is ours to mend.
        let Ok(environment) = std::fs::read(format!("/proc/{pid}/environ")) else { continue };
        let folder = temporary(&environment);
        let what = format!("{program} runs, process {pid}, and its socket is not found here");
        if folder == own {
            findings.note(AREA, what, "its API is off, or it starts just now");
        } else {
            let way_out =
                format!("it has its sockets in {0}/kicad: set TMPDIR={0} for clients", folder.display());
            findings.note(AREA, what, &way_out);
        }
    }
}

/// The folder for temporary files that a program with this environment has, where there is a `/proc`.
fn temporary(environment: &[u8]) -> PathBuf {
    let variable = |name: &str| {
        let entries =
            environment.split(|byte| *byte == 0).filter_map(|entry| std::str::from_utf8(entry).ok());
        entries
            .filter_map(|entry| entry.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    };
    variable("TMPDIR").filter(|folder| folder.starts_with('/')).unwrap_or("/tmp").into()
}

#[cfg(test)]
mod tests {
    use super::temporary;

    #[test]
    fn folder_is_the_one_of_the_environment() {
        for (environment, folder) in [
            (&b"A=1\0TMPDIR=/run/me\0"[..], "/run/me"),
            (b"XTMPDIR=/run/me\0TMPDIR=\0", "/tmp"),
            (b"TMPDIR=relative\0", "/tmp"),
            (b"", "/tmp"),
        ] {
            assert_eq!(temporary(environment), std::path::Path::new(folder));
        }
    }
}
