//! Which KiCads listen, and what they say.

use kiapi::InstanceState;

use super::Findings;
use crate::instances::Found;
use crate::probe::{Answers, Probe};

const AREA: &str = "Sockets";

pub(super) fn look(found: &[Found], findings: &mut Findings) {
    for one in found {
        tell(one, found, findings);
    }
    let answering = found.iter().filter(|found| matches!(found.probe, Some(Probe::Answers(_)))).count();
    match answering {
        0 if !found
            .iter()
            .any(|found| found.probe.as_ref().is_some_and(|probe| !matches!(probe, Probe::Nobody(_)))) =>
        {
            let way_out =
                "start KiCad and open a board; if it runs already, its API is off or it has another TMPDIR";
            findings.problem(AREA, "no KiCad listens", way_out);
        }
        0 | 1 => {}
        count => {
            let way_out = "`--instance PID` chooses for this command, and KICAD_API_SOCKET for all clients";
            findings.note(AREA, format!("{count} KiCads answer; clients take the first of them"), way_out);
        }
    }
}

fn tell(one: &Found, all: &[Found], findings: &mut Findings) {
    let instance = &one.instance;
    let place = instance.place().display();
    let who = match (&one.program, instance.pid()) {
        (Some(program), Some(pid)) => format!("{program}, process {pid},"),
        (None, Some(pid)) => format!("process {pid}"),
        _ => "somebody".to_owned(),
    };
    match instance.state() {
        InstanceState::Stale => {
            let what = format!("{place} is left of a KiCad that ended: {}", instance.reason());
            let lives = |found: &&Found| found.instance.place().parent() == instance.place().parent();
            let other = all.iter().filter(lives).find(|found| matches!(found.probe, Some(Probe::Answers(_))));
            let is_first = instance.place().file_name().is_some_and(|name| name == "api.sock");
            match other {
                Some(other) if is_first => {
                    let other = other.instance.place().display();
                    let what = format!("{what}; clients that look no further do not find the one at {other}");
                    findings.problem(
                        AREA,
                        what,
                        format!("set KICAD_API_SOCKET=ipc://{other}, or rm {place}"),
                    );
                }
                _ => findings.note(AREA, what, &format!("rm {place}")),
            }
        }
        InstanceState::Refused => {
            let what = format!("{place} is not used: {}", instance.reason());
            findings.problem(
                AREA,
                what,
                "remove it, or set TMPDIR to a folder of your own, for KiCad and for clients",
            );
        }
        _ => match &one.probe {
            Some(Probe::Answers(Answers { version: Some(version), documents, .. })) => {
                let open = match documents.as_slice() {
                    [] => "has nothing open".to_owned(),
                    _ => format!("has open: {}", one.documents().join(", ")),
                };
                findings.ok(
                    AREA,
                    format!("KiCad {version} answers at {place} ({who} {open})").replace(", has", " has"),
                );
            }
            Some(Probe::Answers(_)) => {
                let what =
                    format!("a schematic editor answers at {place}, and tells what is open and nothing else");
                findings.note(AREA, what, "open the board, in the PCB editor of the same project");
            }
            Some(Probe::NotReady) => {
                let what = format!("{who} at {place} says that it is not ready");
                findings.problem(
                    AREA,
                    what,
                    "it starts, or a dialog is open: look for one, such as about a lock file, and close it",
                );
            }
            Some(Probe::TooEarly) => {
                let what = format!("{who} at {place} has only just begun to listen, and was not asked");
                findings.problem(AREA, what, "ask again in a second, or with a longer `--timeout`");
            }
            Some(Probe::Silent) => {
                let way_out = "it fills zones, has a dialog open that a client asked for, or was silenced for good by a client \
                               that asked too early: wait, look, and start it again";
                findings.problem(AREA, format!("{who} at {place} does not answer"), way_out);
            }
            Some(Probe::Stopped(pid)) => {
                let what = format!(
                    "{who} at {place} is stopped, and was not asked: KiCad 9.0 can hang for good if it is"
                );
                findings.problem(AREA, what, format!("let no client connect before `kill -CONT {pid}`"));
            }
            Some(Probe::Nobody(_)) => {
                let what = format!("nobody listens at {place} ({})", instance.reason());
                findings.note(AREA, what, &format!("rm {place}"));
            }
            Some(Probe::Denied(why)) => {
                findings.problem(
                    AREA,
                    format!("{place}: {why}"),
                    "its mode keeps you out: see `ls -l`, and who runs that KiCad",
                );
            }
            Some(Probe::Odd(why)) => {
                let way_out = "it is no KiCad, or a client has confused it: end it and start it again";
                findings.problem(AREA, format!("{who} at {place} makes no sense: {why}"), way_out);
            }
            None => {
                findings.problem(AREA, format!("{place} cannot be connected to: {}", instance.reason()), "");
            }
        },
    }
}
