//! What benches found, as a table in Markdown: `docs/performance.md` is written from it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use clap::Parser as _;

use crate::interleave::Ratio;
use crate::{Bench, Cli};

/// One thing that was measured.
pub(crate) struct Row {
    pub(crate) what: String,
    /// What it is compared with.
    pub(crate) beside: String,
    pub(crate) found: String,
    /// What we mean to reach, if that is written down.
    pub(crate) goal: Option<&'static str>,
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, beside: impl Into<String>, found: impl Into<String>) -> Self {
        Self { what: what.into(), beside: beside.into(), found: found.into(), goal: None }
    }

    /// A row of a ratio, with its quartiles.
    pub(crate) fn ratio(what: impl Into<String>, beside: impl Into<String>, ratio: &Ratio) -> Self {
        let (low, high) = ratio.quartiles;
        Self::new(what, beside, format!("{:.3} ({low:.3} to {high:.3})", ratio.median))
    }

    pub(crate) fn goal(mut self, goal: Option<&'static str>) -> Self {
        self.goal = goal;
        self
    }
}

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave out what building costs, which takes minutes
    #[arg(long)]
    without_build: bool,
}

/// What is run, each with its own defaults.
const BENCHES: &[&str] =
    &["ping", "connect", "items", "create", "real", "server", "growth", "peers", "build"];

const HEAD: &str = "\
<!-- Written by `cargo xtask bench`. -->
# Performance

Everything is measured side by side in one run: the ways take turns, each round gives a ratio, and what is told is the median of
these with its quartiles. So a machine that is slow, or busy for a while, changes little. Times themselves are not told, since
they say more about the machine.
";

const TAIL: &str = "
Pings are sent with both ends on one core: on a core each, waking the other core is what is measured. A goal is what we mean to
reach, not what is promised; where it is missed, the table says so by its number. The block of memory for each track is the name of
its net, a `String`. `cargo xtask bench help` lists each bench, and how to let it fail beyond a limit.
";

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut text = HEAD.to_owned();
    writeln!(text, "\n{}\n", machine()?)?;
    writeln!(text, "| what | beside | ratio, or number | goal |\n|---|---|---|---|")?;
    let mut left_out = Vec::new();
    if !cfg!(feature = "nng") {
        left_out.push(("what is beside libnng and kicad-ipc-rs", "they need cmake"));
    }
    if std::env::var_os("KICAD_API_SOCKET").is_none() {
        left_out.push(("real", "no KiCad is installed, and KICAD_API_SOCKET names none"));
    }
    if args.without_build {
        left_out.push(("build", "it was told so"));
    }
    let is_left_out = |name: &str| left_out.iter().any(|(what, _)| *what == name);
    for name in BENCHES.iter().filter(|name| !is_left_out(name)) {
        println!("{name}:");
        let bench = Cli::try_parse_from(["bench", name])?.bench;
        for row in bench.run()? {
            let goal = row.goal.unwrap_or("");
            writeln!(text, "| {} | {} | {} | {goal} |", row.what, row.beside, row.found)?;
        }
    }
    if !left_out.is_empty() {
        let left_out: Vec<String> = left_out.iter().map(|(what, why)| format!("{what} ({why})")).collect();
        writeln!(text, "\nNot measured this time: {}.", left_out.join("; "))?;
    }
    text.push_str(TAIL);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/performance.md");
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    println!("docs/performance.md is written");
    Ok(())
}

/// Where and when it was measured.
fn machine() -> Result<String> {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("a processor of unknown name", |(_, name)| name);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let said = |program: &str, args: &[&str]| -> Result<String> {
        let out = Command::new(program).args(args).output();
        let out = out.with_context(|| format!("cannot run {program}"))?;
        Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
    };
    let rustc = said("rustc", &["--version"])?;
    let date = said("date", &["-u", "+%Y-%m-%d"])?;
    Ok(format!(
        "Measured on {date} with {rustc}, on {model} ({cores} cores); again with `cargo xtask bench`."
    ))
}

impl Bench {
    pub(crate) fn run(&self) -> Result<Vec<Row>> {
        match self {
            Self::Build(args) => crate::build::run(args),
            Self::Connect(args) => crate::connect::run(args),
            Self::Create(args) => crate::create::run(args),
            Self::Growth(args) => crate::growth::run(args),
            Self::Instructions(args) => crate::instructions::run(args),
            Self::Items(args) => crate::items::run(args),
            Self::Peers(args) => crate::peers::run(args),
            Self::Ping(args) => crate::ping::run(args),
            Self::Real(args) => crate::real::run(args),
            Self::Server(args) => crate::server::run(args),
            Self::Table(args) => run(args).map(|()| Vec::new()),
            Self::Walk(args) => crate::instructions::walk(args).map(|()| Vec::new()),
        }
    }
}
