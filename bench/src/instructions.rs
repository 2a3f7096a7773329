//! How many instructions the hot paths take. A count is the same on a busy machine, so it can fail a test where a time cannot.
//!
//! Each path is walked by a process of its own under callgrind, a few times and many times, and the difference is what one walk
//! costs. The peers are other processes, and are not counted.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use clap::ValueEnum;

use crate::interleave::Way;
use crate::runtime::Flavour;
use crate::table::Row;
use crate::{create, items, ping};

/// How far a count may lie above its limit before it fails, as a factor: another compiler orders things otherwise.
const TOLERANCE: f64 = 1.05;
/// How many items are sent and received.
const ITEMS: usize = 1_000;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fail if a path takes more than is written down for it
    #[arg(long)]
    check: bool,
    /// Which paths; all of them if none is named
    #[arg(value_enum)]
    paths: Vec<HotPath>,
}

/// What is walked so often that its instructions are counted.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum HotPath {
    /// A ping over the native transport alone
    Transport,
    /// A ping through `KiCad`
    Call,
    /// A ping through `tokio::KiCad`
    CallTokio,
    /// 1 000 tracks from an answer into items
    Read,
    /// 1 000 tracks into a request, and their answers into rows
    Create,
}

impl HotPath {
    /// What one walk may take, in instructions, as it was measured when it was last changed.
    fn limit(self) -> u64 {
        match self {
            Self::Transport => 1_300,
            Self::Call => 3_700,
            Self::CallTokio => 7_100,
            Self::Read => 1_760_000,
            Self::Create => 7_550_000,
        }
    }

    /// How often it is walked in the two runs: so often that what a start costs, which is not always the same, is little.
    fn times(self) -> (u32, u32) {
        match self {
            Self::Transport | Self::Call | Self::CallTokio => (100, 5_100),
            Self::Read | Self::Create => (2, 12),
        }
    }

    /// Starts the peer, in this process, at a path.
    fn serve(self, path: &Path) -> Result<()> {
        match self {
            Self::Transport => ping::peer(path, 0, None, ping::reply()),
            Self::Call | Self::CallTokio => ping::kicad(path, 0),
            Self::Read | Self::Create => items::serve(path, items::Answers::new(ITEMS)).map(drop),
        }
    }

    /// The way to walk it.
    fn way(self, path: &Path) -> Result<Way> {
        match self {
            Self::Transport => ping::transport(path),
            Self::Call => ping::call_through(path),
            Self::CallTokio => ping::call_on_tokio(path, Flavour::CurrentThread),
            Self::Read => items::read(path, ITEMS),
            Self::Create => create::create(path, ITEMS),
        }
    }

    fn name(self) -> String {
        self.to_possible_value().expect("none is hidden").get_name().to_owned()
    }
}

#[derive(clap::Args)]
pub(crate) struct WalkArgs {
    #[arg(value_enum)]
    path: HotPath,
    /// Where the peer listens
    #[arg(long)]
    at: std::path::PathBuf,
    /// Be the peer, until the input ends
    #[arg(long)]
    serve: bool,
    /// How often
    #[arg(long, default_value_t = 0)]
    times: u32,
}

/// Walks a path, or is its peer.
pub(crate) fn walk(args: &WalkArgs) -> Result<()> {
    if args.serve {
        args.path.serve(&args.at)?;
        println!("ready");
        std::io::stdin().read_to_end(&mut Vec::new())?;
        return Ok(());
    }
    args.path.way(&args.at)?(args.times);
    Ok(())
}

pub(crate) fn run(args: &Args) -> Result<Vec<Row>> {
    let paths = if args.paths.is_empty() { HotPath::value_variants() } else { &args.paths };
    let (mut rows, mut over) = (Vec::new(), Vec::new());
    for &path in paths {
        let (few, many) = path.times();
        let each = count(path, many)?.saturating_sub(count(path, few)?) / u64::from(many - few);
        let (name, limit) = (path.name(), path.limit());
        println!("  {name:12} {each:>10} instructions, at most {limit}");
        rows.push(Row::new(format!("instructions, {name}"), "each time", each.to_string()).goal(None));
        if each as f64 > limit as f64 * TOLERANCE {
            over.push(format!("{name} takes {each} instructions, more than {limit}"));
        }
    }
    if args.check && !over.is_empty() {
        bail!("{}", over.join("; "));
    }
    Ok(rows)
}

/// The instructions of a process that walks a path.
fn count(path: HotPath, times: u32) -> Result<u64> {
    let folder = tempfile::tempdir()?;
    let socket = folder.path().join("peer.sock");
    let this = std::env::current_exe()?;
    let _peer = Peer::start(&this, path, &socket)?;
    let out = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(&this)
        .args(["walk", &path.name(), "--times", &times.to_string(), "--at"])
        .arg(&socket)
        // Reading the environment is counted too, so there is none.
        .env_clear()
        .output()
        .context("cannot run valgrind, which counts; it is in the package of that name")?;
    let told = String::from_utf8_lossy(&out.stderr);
    ensure!(out.status.success(), "{} failed under valgrind: {told}", path.name());
    let line = told.lines().find_map(|line| line.split_once("Collected : "));
    let (_, count) = line.with_context(|| format!("valgrind told no count: {told}"))?;
    Ok(count.trim().parse()?)
}

/// A process at the other end, which ends when it is dropped.
struct Peer(Child);

impl Peer {
    fn start(this: &Path, path: HotPath, socket: &Path) -> Result<Self> {
        let mut child = Command::new(this)
            .args(["walk", &path.name(), "--serve", "--at"])
            .arg(socket)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line)?;
        ensure!(line == "ready\n", "the peer of {} did not start", path.name());
        Ok(Self(child))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if let Some(mut input) = self.0.stdin.take() {
            let _ = input.flush();
        }
        let _ = self.0.wait();
    }
}
