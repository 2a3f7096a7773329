//! What the environment says of a KiCad.

use kiapi::{Address, InstanceState};

use super::Findings;
use crate::instances::Found;
use crate::probe::Probe;

const AREA: &str = "Environment";
const SOCKET: &str = "KICAD_API_SOCKET";
const TOKEN: &str = "KICAD_API_TOKEN";

pub(super) fn look(found: &[Found], findings: &mut Findings) {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let (socket, token) = (variable(SOCKET), variable(TOKEN));
    let Some(socket) = socket else {
        if token.is_some() {
            findings.note(AREA, format!("{TOKEN} is set and {SOCKET} is not, so nobody uses it"), "");
        }
        return;
    };
    let shown = socket.to_string_lossy();
    let unset = format!("unset {SOCKET} and {TOKEN}, or set them to those of a KiCad that runs");
    let address = match socket.to_str().map(Address::parse) {
        Some(Ok(address)) => address,
        Some(Err(error)) => return findings.problem(AREA, format!("{SOCKET} is no address: {error}"), unset),
        None => return findings.problem(AREA, format!("{SOCKET} is `{shown}`, which is not Unicode"), unset),
    };
    let Some(found) = found.iter().find(|found| found.instance.address() == Some(&address)) else {
        return findings.problem(AREA, format!("nothing is known of {SOCKET}, which is {address}"), unset);
    };
    match (found.instance.state(), &found.probe) {
        (InstanceState::Stale | InstanceState::Refused, _) | (_, Some(Probe::Nobody(_))) => {
            let what = format!("{SOCKET} is {address}, where no KiCad is: {}", found.instance.reason());
            findings.problem(AREA, what, unset);
        }
        (_, Some(Probe::Answers(answers))) if answers.is_other => {
            let what =
                format!("{TOKEN} is not the token of the KiCad at {address}: that one was started later");
            findings.problem(AREA, what, "start the client anew from that KiCad, or unset the variable");
        }
        (_, probe) => {
            let says = probe.as_ref().map(Probe::words).unwrap_or_default();
            findings.ok(AREA, format!("{SOCKET} is {address}: {says}"));
        }
    }
}
