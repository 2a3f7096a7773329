//! `kiapi doctor`: whether a client can reach a KiCad here, and what is in the way.

mod installed;
mod places;
mod processes;
mod settings;
mod sockets;
mod surroundings;

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::failure;
use crate::instances;
use crate::output::{self, Format};
use crate::probe::Probe;
use crate::table::{self, say};
use crate::target::seconds;

/// Look for what keeps clients from KiCad
///
/// Whether KiCad is installed, its API is on, and somebody answers; what is wrong with folders, sockets and the
/// environment, and what to do about it. The KiCads that run are asked for their version and what they have open, and are not
/// changed. The exit code is 7 if there are problems.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi doctor
  kiapi doctor --json | jq -r '.findings[] | select(.level == \"problem\") | .what'")]
pub(crate) struct Args {
    /// How many seconds a KiCad may take for each answer
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "3")]
    timeout: Duration,
    /// Look for an installed KiCad below this folder, as if it were the root of the file system
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Ok,
    /// Worth knowing, and in nobody's way.
    Note,
    Problem,
}

/// Something that was found.
#[derive(Debug)]
struct Finding {
    area: &'static str,
    level: Level,
    what: String,
    way_out: Option<String>,
}

/// What was found so far.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn ok(&mut self, area: &'static str, what: impl Into<String>) {
        self.0.push(Finding { area, level: Level::Ok, what: what.into(), way_out: None });
    }

    fn note(&mut self, area: &'static str, what: impl Into<String>, way_out: &str) {
        let way_out = Some(way_out).filter(|text| !text.is_empty()).map(ToOwned::to_owned);
        self.0.push(Finding { area, level: Level::Note, what: what.into(), way_out });
    }

    fn problem(&mut self, area: &'static str, what: impl Into<String>, way_out: impl Into<String>) {
        self.0.push(Finding {
            area,
            level: Level::Problem,
            what: what.into(),
            way_out: Some(way_out.into()),
        });
    }

    /// A problem if nobody answers, and a note if somebody does all the same.
    fn matters_if(&mut self, is_problem: bool, area: &'static str, what: impl Into<String>, way_out: &str) {
        if is_problem { self.problem(area, what, way_out) } else { self.note(area, what, way_out) }
    }
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let found = instances::find(Some(args.timeout));
    // Whoever listens is installed and has its API on, whatever else is wrong with it.
    let listens = found
        .iter()
        .any(|found| found.probe.as_ref().is_some_and(|probe| !matches!(probe, Probe::Nobody(_))));
    let mut findings = Findings::default();
    let kicads = installed::look(&args.root, !listens, &mut findings);
    let settings = settings::look(!listens, &mut findings);
    surroundings::look(&found, &mut findings);
    places::look(&found, &mut findings);
    sockets::look(&found, &mut findings);
    processes::look(&found, &mut findings);
    let is_well = !findings.0.iter().any(|finding| finding.level == Level::Problem);
    match format {
        Format::Json => output::json(&json!({
            "ok": is_well,
            "findings": findings.0.iter().map(Finding::json).collect::<Vec<_>>(),
            "installed": kicads.iter().map(installed::Installed::json).collect::<Vec<_>>(),
            "settings": settings.iter().map(settings::Settings::json).collect::<Vec<_>>(),
            "instances": found.iter().map(instances::Found::json).collect::<Vec<_>>(),
        })),
        Format::Text => findings.print(),
    }
    if is_well { Ok(()) } else { Err(failure::Found.into()) }
}

impl Finding {
    fn json(&self) -> Value {
        let level = self.level.name();
        json!({ "area": self.area, "level": level, "what": self.what, "way_out": self.way_out })
    }
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Problem => "problem",
        }
    }
}

impl Findings {
    fn print(&self) {
        let mut area = "";
        for finding in &self.0 {
            if finding.area != area {
                area = finding.area;
                table::heading(area);
            }
            let name = finding.level.name();
            let level = match finding.level {
                Level::Ok => table::green(name),
                Level::Note => table::yellow(name),
                Level::Problem => table::red(name),
            };
            say!("  {level}: {}", finding.what);
            if let Some(way_out) = &finding.way_out {
                say!("      {way_out}");
            }
        }
        let count = self.0.iter().filter(|finding| finding.level == Level::Problem).count();
        match count {
            0 => say!("\n{}", table::green("all is well")),
            1 => say!("\n{}", table::red("1 problem")),
            count => say!("\n{}", table::red(&format!("{count} problems"))),
        }
    }
}
