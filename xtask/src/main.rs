//! Everything a maintainer does with this project, as `cargo xtask COMMAND`.

#[cfg(test)]
mod arrows;
mod bench;
mod check;
mod codegen;
mod docs;
mod drill;
mod fuzz;
#[cfg(test)]
mod inlines;
mod inputs;
mod kicad;
mod problems;
mod proto;
mod release;
mod sanitize;
mod steps;
mod test;
mod weekly;
mod windows;
#[cfg(test)]
mod workflows;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about, version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Generate the Rust code of kiapi-gen from the trees under proto/
    Codegen(codegen::Args),
    /// Import proto trees and check the tables beside them
    Proto(proto::Args),
    KicadRelease(drill::Args),
    /// Install what the live tests need: KiCad, Xvfb, cmake
    Setup(kicad::setup::Args),
    /// Start and stop a real KiCad without a screen
    Kicad(kicad::Args),
    /// Run the live tests against real KiCads
    Live(kicad::live::Args),
    /// Hold the emulator against a real KiCad
    Conformance(kicad::conformance::Args),
    Interop(kicad::interop::Args),
    Plugin(kicad::plugin::Args),
    Storm(kicad::storm::Args),
    Fuzz(fuzz::Args),
    Sanitize(sanitize::Args),
    /// Measure, side by side in one run
    Bench(bench::Args),
    Check(check::Args),
    Docs(docs::Args),
    Weekly(weekly::Args),
    Windows(windows::Args),
    Release(release::Args),
    /// Run everything that this machine can run, and list what it could not
    Test(test::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Codegen(args) => codegen::run(&args),
        Command::Proto(args) => proto::run(&args),
        Command::KicadRelease(args) => drill::run(&args),
        Command::Setup(args) => kicad::setup::run(&args),
        Command::Kicad(args) => kicad::run(&args),
        Command::Live(args) => kicad::live::run(&args),
        Command::Conformance(args) => kicad::conformance::run(&args),
        Command::Interop(args) => kicad::interop::run(&args),
        Command::Plugin(args) => kicad::plugin::run(&args),
        Command::Storm(args) => kicad::storm::run(&args),
        Command::Fuzz(args) => fuzz::run(&args),
        Command::Sanitize(args) => sanitize::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Docs(args) => docs::run(&args),
        Command::Weekly(args) => weekly::run(&args),
        Command::Windows(args) => windows::run(&args),
        Command::Release(args) => release::run(&args),
        Command::Test(args) => test::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            kicad::exit_code(&error)
        }
    }
}
