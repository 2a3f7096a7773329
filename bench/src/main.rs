//! Measurements that compare side by side in one run. `cargo xtask bench` runs them.

mod cores;
mod interleave;
mod ping;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask bench", about)]
struct Cli {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// What a ping costs beyond the bare system calls
    Ping(ping::Args),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().bench {
        Bench::Ping(args) => ping::run(&args),
    }
}
