//! Measurements that compare side by side in one run. `cargo xtask bench` runs them.

mod build;
mod connect;
mod cores;
mod create;
mod growth;
mod instructions;
mod interleave;
mod items;
mod memory;
mod peers;
mod ping;
mod real;
mod runtime;
mod server;
mod table;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: memory::Counted = memory::Counted;

#[derive(Parser)]
#[command(name = "cargo xtask bench", about)]
struct Cli {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// What building kiapi costs those who depend on it, in CPU time
    Build(build::Args),
    /// What a new connection with one ping on it costs, compared with libnng
    Connect(connect::Args),
    /// What a request with many items costs to encode, compared with plain prost
    Create(create::Args),
    /// How the cost grows with the items of a board, and with the threads that share a client
    Growth(growth::Args),
    /// How many instructions the hot paths take, which needs valgrind
    Instructions(instructions::Args),
    /// What many items of a board cost in time and memory, compared with another client
    Items(items::Args),
    /// What other clients need for the same calls
    Peers(peers::Args),
    /// What a ping costs beyond the bare system calls
    Ping(ping::Args),
    /// What the items of a real KiCad's board cost, compared with the bytes of its answer
    Real(real::Args),
    /// What our server answers in a second, compared with a blocking libnng server
    Server(server::Args),
    /// Everything, one after the other, into docs/performance.md
    Table(table::Args),
    /// Walks one of the hot paths, for `instructions`
    #[command(hide = true)]
    Walk(instructions::WalkArgs),
}

fn main() -> anyhow::Result<()> {
    Cli::parse().bench.run().map(drop)
}
