//! `cargo xtask test`: everything that this machine can run, and at the end what it could not.

mod heard;
pub(crate) mod need;
pub(crate) mod plan;

use std::collections::BTreeSet;
use std::env;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};

use crate::kicad::install::{Install, Line, can_make_venvs, on_path};
use crate::kicad::setup;
use crate::workspace;
use heard::Heard;
use need::Need;
use plan::{Found, Kicad, Plan, Program, Skip, Step};

/// Run everything that this machine can run: checks, tests, and live tests against each KiCad that is found.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
KIAPI_REQUIRE names what must not be skipped, such as kicad-9.0,kicad-10.0,nng")]
pub(crate) struct Args {
    /// Stop at the first step that fails
    #[arg(long)]
    fail_fast: bool,
    /// Only print what would be run and what skipped
    #[arg(long)]
    plan: bool,
    /// Test against this line of KiCad and no other, and fail without it; may be given more than once
    #[arg(long = "kicad", value_name = "LINE")]
    lines: Vec<Line>,
    /// Install first what is lacking for these
    #[arg(long, requires = "lines")]
    setup: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.setup {
        setup::kicads(&args.lines)?;
    }
    let mut found = look_around()?;
    let mut required = Need::required()?;
    if !args.lines.is_empty() {
        found.lines.retain(|line| args.lines.contains(line));
        for &line in &args.lines {
            ensure!(found.lines.contains(&line), "KiCad {line} has no tree under proto/");
            required.insert(Need::Kicad(line));
        }
    }
    let plan = plan::plan(&found);
    if args.plan {
        print(&plan, &required);
        return Ok(());
    }
    // It may be built anew meanwhile, so its path is asked for now.
    let xtask = env::current_exe().context("cannot tell where this program lies")?;
    let (mut passed, mut failed) = (0, Vec::new());
    let mut last_words = Vec::new();
    for (index, step) in plan.steps.iter().enumerate() {
        println!("\n==> {}/{} {}: {step}", index + 1, plan.steps.len(), step.name);
        let start = Instant::now();
        let heard = Heard::default();
        let outcome = execute(step, &xtask, &heard);
        let seconds = start.elapsed().as_secs_f64();
        match outcome {
            Ok(()) => {
                passed += 1;
                println!("    {} passed ({seconds:.1} s)", step.name);
            }
            Err(error) => {
                println!("    {} FAILED ({seconds:.1} s): {error:#}", step.name);
                failed.push(format!("{}: {step}", step.name));
                last_words.push((&step.name, heard.lines()));
                if args.fail_fast {
                    break;
                }
            }
        }
    }
    let not_run = plan.steps.len() - passed - failed.len();
    let (missing, skipped): (Vec<&Skip>, Vec<_>) =
        plan.skips.iter().partition(|skip| required.contains(&skip.need));
    failed.extend(missing.iter().map(|skip| format!("{}: required, and {}", skip.name, skip.why())));
    let skipped: Vec<_> = skipped.iter().map(|skip| format!("{}: {}", skip.name, skip.why())).collect();
    // Again, as what a log ends with is seen first, and may be all that is kept of it.
    for (name, lines) in &last_words {
        list(&format!("what {name} said last"), lines);
    }
    list("skipped", &skipped);
    list("failed", &failed);
    if not_run > 0 {
        println!("\nnot run after the first failure: {not_run}");
    }
    println!("\n{passed} passed, {} failed, {} skipped", failed.len(), skipped.len());
    if !failed.is_empty() {
        bail!("not everything passed");
    }
    Ok(())
}

/// Looks for what the plan depends on.
fn look_around() -> Result<Found> {
    let lines = workspace::lines()?;
    let kicads = lines.iter().filter_map(|&line| Some(Kicad { line, prefix: Install::find(line)?.prefix }));
    Ok(Found {
        kicads: kicads.collect(),
        lines,
        nng: has_nng(),
        python: can_make_venvs(),
        npm: on_path("npm").is_some(),
        valgrind: on_path("valgrind").is_some(),
    })
}

/// Whether libnng can be built.
pub(crate) fn has_nng() -> bool {
    let has_builder = || cfg!(windows) || on_path("make").is_some() || on_path("ninja").is_some();
    on_path("cmake").is_some() && has_builder()
}

fn execute(step: &Step, xtask: &Path, heard: &Heard) -> Result<()> {
    let mut command = match step.program {
        Program::Cargo => Command::new(workspace::cargo()),
        Program::Xtask => Command::new(xtask),
    };
    command.args(&step.args).envs(step.env.iter().copied()).current_dir(workspace::root());
    // A KiCad in which somebody works is none of the tests' business.
    command.env_remove("KICAD_API_SOCKET").env_remove("KICAD_API_TOKEN");
    if io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none() {
        // Cargo writes to a pipe now, and would leave them out.
        command.env("CARGO_TERM_COLOR", "always");
    }
    let status = heard.run(&mut command).context("cannot run it")?;
    if !status.success() {
        bail!("{status}");
    }
    Ok(())
}

fn print(plan: &Plan, required: &BTreeSet<Need>) {
    for step in &plan.steps {
        println!("{}: {step}", step.name);
    }
    for skip in &plan.skips {
        let verb = if required.contains(&skip.need) { "fail" } else { "skip" };
        println!("{verb} {}: {}", skip.name, skip.why());
    }
}

fn list(what: &str, lines: &[String]) {
    if !lines.is_empty() {
        println!("\n{what}:");
        for line in lines {
            println!("  {line}");
        }
    }
}
