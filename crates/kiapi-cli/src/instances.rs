//! `kiapi instances`: where a KiCad may listen.

use std::time::Duration;

use kiapi::{Instance, InstanceState};
use serde_json::{Value, json};

use crate::output::{self, Format};
use crate::probe::{self, Probe};
use crate::running;
use crate::table::{self, say};
use crate::target::seconds;

/// List the places where a KiCad listens, or did
///
/// Nobody is connected to, unless `--probe` asks for it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi instances
  kiapi instances --probe
  kiapi instances --json | jq -r '.[] | select(.state == \"alive\") | .address'")]
pub(crate) struct Args {
    /// Ask each one that may be alive for its version, and what it has open
    #[arg(long)]
    probe: bool,
    /// How many seconds one may take for each answer
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "3")]
    timeout: Duration,
}

/// An instance, and what it says if it was asked.
pub(crate) struct Found {
    pub(crate) instance: Instance,
    /// The name of the program that listens, if the system tells.
    pub(crate) program: Option<String>,
    pub(crate) probe: Option<Probe>,
}

pub(crate) fn run(args: &Args, format: Format) {
    let found = find(args.probe.then_some(args.timeout));
    match format {
        Format::Json => output::json(&found.iter().map(Found::json).collect()),
        Format::Text if found.is_empty() => {
            say!("no KiCad has a socket where KiCads have theirs; `kiapi doctor` tells why");
        }
        Format::Text if args.probe => {
            let rows = found.iter().map(|found| {
                let [place, state, pid, program] = found.cells();
                let says = found.probe.as_ref().map(Probe::words).unwrap_or_default();
                [place, state, pid, program, says, found.documents().join("\n")]
            });
            table::print(["Socket", "State", "PID>", "Program", "Says", "Open"], rows);
        }
        Format::Text => {
            let rows = found.iter().map(|found| {
                let [place, state, pid, program] = found.cells();
                [place, state, pid, program, found.instance.reason().to_owned()]
            });
            table::print(["Socket", "State", "PID>", "Program", "Since"], rows);
        }
    }
}

/// All instances; those that may be alive are asked if there is a time for it.
pub(crate) fn find(patience: Option<Duration>) -> Vec<Found> {
    let found = |instance: Instance| {
        let may_live = probe::may_live(&instance);
        let address = instance.address().filter(|_| may_live);
        let probe =
            patience.zip(address).map(|(time, address)| probe::probe(address, instance.token(), time));
        let program = instance.pid().filter(|_| may_live).and_then(running::program);
        Found { instance, program, probe }
    };
    kiapi::instances().into_iter().map(found).collect()
}

impl Found {
    fn cells(&self) -> [String; 4] {
        let state = self.instance.state();
        let state = match state {
            InstanceState::Alive => table::green(&state.to_string()),
            InstanceState::Refused | InstanceState::Stopped => table::red(&state.to_string()),
            _ => state.to_string(),
        };
        let pid = self.instance.pid().map(|pid| pid.to_string()).unwrap_or_default();
        let program = self.program.clone().unwrap_or_default();
        [self.instance.place().display().to_string(), state, pid, program]
    }

    /// What it has open.
    pub(crate) fn documents(&self) -> Vec<String> {
        match &self.probe {
            Some(Probe::Answers(answers)) => {
                answers.documents.iter().map(|(kind, name)| format!("{kind} {name}")).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        let mut value = json!({
            "place": self.instance.place(), "address": self.instance.address().map(ToString::to_string),
            "state": self.instance.state().to_string(), "reason": self.instance.reason(),
            "pid": self.instance.pid(), "program": self.program,
        });
        if let Some(probe) = &self.probe {
            let (version, documents) = match probe {
                Probe::Answers(answers) => (answers.version.clone(), answers.documents.clone()),
                _ => (None, Vec::new()),
            };
            let documents = documents.iter().map(|(kind, name)| json!({ "kind": kind, "name": name }));
            value["probe"] = json!({
                "answers": matches!(probe, Probe::Answers(_)), "says": probe.words(), "version": version,
                "documents": documents.collect::<Vec<_>>(),
            });
        }
        value
    }
}
