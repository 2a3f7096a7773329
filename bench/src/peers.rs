//! What other clients need for the same calls: each is a program of its own, and takes turns with ours.
//!
//! The programs lie in `bench/peers`, each with what it depends on, since two of them cannot be linked into one: they bring
//! libnng in versions that exclude each other. One that cannot be built here is named, and left out.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use clap::ValueEnum;
use kiapi_gen::common::commands::GetVersion;

use crate::interleave::{Way, again, measure};
use crate::items;
use crate::table::Row;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many tracks the board has
    #[arg(long, default_value_t = 10_000)]
    tracks: usize,
    /// How often all clients take turns
    #[arg(long, default_value_t = 11)]
    rounds: usize,
    /// Fail if one of the clients cannot be built here
    #[arg(long)]
    all: bool,
    /// Which clients; all of them if none is named
    #[arg(value_enum)]
    peers: Vec<Peer>,
}

/// Another client of KiCad's API, or what one can be built on.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Peer {
    /// The official client, in Python
    KicadPython,
    /// KiCad's own crate
    KicadApiRs,
    /// libnng on tokio; with messages of ours, since it has none
    Anng,
}

/// What a client is asked to do.
#[derive(Clone, Copy, PartialEq)]
enum Task {
    /// Ask for KiCad's version.
    Version,
    /// Get all tracks of the board.
    Tracks,
}

impl Peer {
    fn name(self) -> &'static str {
        match self {
            Self::KicadPython => "kicad-python",
            Self::KicadApiRs => "kicad-api-rs",
            Self::Anng => "anng",
        }
    }

    /// What must be installed for it, besides a compiler.
    fn needs(self) -> &'static str {
        match self {
            Self::KicadPython => "python3 with venv",
            Self::KicadApiRs => "cmake, and protoc with the protos that come with it",
            Self::Anng => "cmake and libclang",
        }
    }

    /// Builds the program, and gives what it is called with.
    fn build(self) -> Result<Vec<PathBuf>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let source = root.join("peers").join(self.name());
        let target = root.join("target/peers").join(self.name());
        if self == Self::KicadPython {
            let (python, list) = (target.join("bin/python"), source.join("requirements.txt"));
            if !python.exists() {
                succeed(Command::new("python3").args(["-m", "venv"]).arg(&target))?;
            }
            succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(list))?;
            return Ok(vec![python, source.join("peer.py")]);
        }
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--release", "--manifest-path"]).arg(source.join("Cargo.toml"));
        succeed(cargo.arg("--target-dir").arg(&target))?;
        Ok(vec![target.join("release").join(format!("peer-{}", self.name()))])
    }
}

pub(crate) fn run(args: &Args) -> Result<Vec<Row>> {
    let chosen = if args.peers.is_empty() { Peer::value_variants() } else { &args.peers };
    let (mut programs, mut missing) = (Vec::new(), Vec::new());
    for peer in chosen {
        let built = peer.build().with_context(|| format!("it cannot be built; it needs {}", peer.needs()));
        match built {
            Ok(program) => programs.push((peer.name(), program)),
            Err(error) if args.all => return Err(error),
            Err(error) => {
                println!("  without {}: {error:#}", peer.name());
                missing.push(*peer);
            }
        }
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("kicad.sock");
    items::serve(&path, items::Answers::new(args.tracks))?;

    let mut rows = Vec::new();
    let tracks = format!("{} tracks", args.tracks);
    for (task, what, times) in [(Task::Version, "a short call", 200), (Task::Tracks, tracks.as_str(), 1)] {
        println!("{what}:");
        let mut ways = vec![("ours", ours(task, &path, args.tracks)?)];
        for (name, program) in &programs {
            ways.push((name, theirs(task, program, &path, args.tracks)?));
        }
        let measured = measure(ways, args.rounds, times);
        for way in &measured {
            let ratio = way.ratio_to(&measured[0]);
            let (low, high) = ratio.quartiles;
            println!(
                "  {:14} median {:>9.2?}   {:.1} ({low:.1} to {high:.1})",
                way.name,
                way.median(),
                ratio.median
            );
            if way.name != measured[0].name {
                let found = format!("{:.1} ({low:.1} to {high:.1})", ratio.median);
                rows.push(Row::new(format!("{what}, {}", way.name), "ours", found));
            }
        }
        rows.extend(missing.iter().map(|peer| {
            let found = format!("not measured: it needs {}", peer.needs());
            Row::new(format!("{what}, {}", peer.name()), "ours", found)
        }));
    }
    Ok(rows)
}

fn ours(task: Task, path: &Path, count: usize) -> Result<Way> {
    if task == Task::Tracks {
        return items::read(path, count);
    }
    let kicad = items::connect(path)?;
    Ok(again(move || {
        kicad.call(&GetVersion::new()).expect("an answer");
    }))
}

/// A program that is told how often to do its task, and says when it has.
struct Program {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

fn theirs(task: Task, program: &[PathBuf], path: &Path, count: usize) -> Result<Way> {
    let [name, args @ ..] = program else { bail!("there is no program") };
    let task = if task == Task::Tracks { "tracks" } else { "version" };
    let mut command = Command::new(name);
    command.args(args).arg(task).arg(path).arg(count.to_string());
    // What a KiCad tells its plugins would be for another one.
    command.env_remove("KICAD_API_SOCKET").env_remove("KICAD_API_TOKEN");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let (to, from) = (child.stdin.take().context("a pipe")?, child.stdout.take().context("a pipe")?);
    let mut program = Program { child, to, from: BufReader::new(from) };
    program.hears("ready")?;
    Ok(Box::new(move |times| {
        writeln!(program.to, "{times}").expect("the program is there");
        program.hears("done").expect("the program does its task");
    }))
}

impl Program {
    fn hears(&mut self, word: &str) -> Result<()> {
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        ensure!(line.trim() == word, "the program says {line:?}, and not {word}");
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may be at its end already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {:?}", command.get_program()))?;
    ensure!(status.success(), "{:?} failed ({status})", command.get_program());
    Ok(())
}
