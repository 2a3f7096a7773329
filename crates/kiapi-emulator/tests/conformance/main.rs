//! Holds the emulator against a real KiCad: the same requests to both, and their answers side by side.
//!
//! `cargo xtask conformance` starts the KiCad and runs this, with what it must know in environment variables.

mod board;
mod chance;
mod close;
mod compare;
mod ids;
mod level;
mod peer;
mod requests;
mod run;
mod second;
mod tally;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use kiapi_gen::ApiVersion;
use kiapi_gen::common::commands::GetVersion;
use kiapi_transport::Address;

use board::Board;
use level::Levels;
use peer::{Peer, Stop};
use run::Run;

/// What `cargo xtask conformance` says.
struct Settings {
    socket: Address,
    line: String,
    board: PathBuf,
    /// Another KiCad to hold against, instead of the emulator: its socket and its copy of the board.
    itself: Option<(Address, PathBuf)>,
    seed: u64,
    count: usize,
    /// Only the areas whose names contain this.
    only: Option<String>,
    update: bool,
    levels: PathBuf,
    report: PathBuf,
}

impl Settings {
    fn read() -> Result<Self, String> {
        let wanted = |name: &str| env::var(name).map_err(|_| format!("{name} is not set"));
        let number = |name: &str| u64::from_str(&wanted(name)?).map_err(|error| format!("{name}: {error}"));
        let address = |name: &str| Address::parse(&wanted(name)?).map_err(|error| error.to_string());
        let itself = match env::var_os("KIAPI_CONFORMANCE_SECOND_BOARD") {
            Some(board) => Some((address("KIAPI_CONFORMANCE_SECOND_SOCKET")?, board.into())),
            None => None,
        };
        Ok(Self {
            socket: address("KICAD_API_SOCKET")?,
            line: wanted("KIAPI_CONFORMANCE_KICAD")?,
            board: wanted("KIAPI_CONFORMANCE_BOARD")?.into(),
            itself,
            seed: number("KIAPI_CONFORMANCE_SEED")?,
            count: usize::try_from(number("KIAPI_CONFORMANCE_COUNT")?).map_err(|error| error.to_string())?,
            only: env::var("KIAPI_CONFORMANCE_ONLY").ok(),
            update: env::var_os("KIAPI_CONFORMANCE_UPDATE").is_some(),
            levels: Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance.toml"),
            report: wanted("KIAPI_CONFORMANCE_REPORT")?.into(),
        })
    }
}

fn main() -> ExitCode {
    let settings = match Settings::read() {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("error: {error}\nstart this with `cargo xtask conformance`");
            return ExitCode::FAILURE;
        }
    };
    match run(&settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(settings: &Settings) -> Result<(), String> {
    let stop = |Stop(why): Stop| why;
    let home = second::home(&settings.board).map_err(stop)?;
    let first = Peer::connect("KiCad", &settings.socket, home, home.join("saved-1")).map_err(stop)?;
    let version = version(&first).map_err(stop)?;
    let board = Board::read(&first).map_err(stop)?;
    let (second, emulator) = second::second(&first, settings.itself.as_ref()).map_err(stop)?;
    let other = Board::read(&second).map_err(stop)?;
    println!(
        "KiCad {version} and {}, {} items, seed {}",
        second.name(),
        board.items().count(),
        settings.seed
    );

    let mut run = Run::new(board, &other, first, second, settings.seed);
    run.emulator = emulator;
    let ended = requests::all(&mut run, settings.only.as_deref(), settings.count);

    print!("\n{}", run.tally.table());
    let board = settings.board.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let total = run.tally.total();
    let report = format!(
        "# KiCad {version}, {board}, seed {}: {} requests, {} different\n\n```\n{}```\n\n{}",
        settings.seed,
        run.count(),
        total.different,
        run.tally.table(),
        run.tally.differences()
    );
    std::fs::write(&settings.report, report)
        .map_err(|error| format!("cannot write {}: {error}", settings.report.display()))?;
    println!("differences: {}", settings.report.display());
    println!(
        "conformance: {:.1} % of {} answers ({} identical, {} close, {} different)",
        total.percent(),
        total.total(),
        total.identical,
        total.close,
        total.different
    );
    ended.map_err(|Stop(why)| format!("{why}\nthe last requests were\n{}", run.story()))?;

    let asked = run.tally.rows();
    let answered = kiapi_gen::COMMANDS.iter().filter(|command| command.is_answered_by(version));
    let missing: Vec<&str> =
        answered.map(kiapi_gen::CommandInfo::name).filter(|name| !asked.contains_key(*name)).collect();
    if settings.only.is_none() && !missing.is_empty() {
        return Err(format!("never asked: {}; add them to tests/conformance/requests", missing.join(", ")));
    }
    if settings.itself.is_some() {
        return match total.different {
            0 => Ok(()),
            different => Err(format!("KiCad differs from itself in {different} answers")),
        };
    }
    if settings.only.is_some() {
        return Ok(());
    }
    let mut levels = Levels::read(&settings.levels)?;
    let short = levels.shortfalls(&settings.line, &board, &run.tally);
    if settings.update {
        levels.raise(&settings.line, &board, &run.tally)?;
    }
    match short {
        None => println!("no level is stated for KiCad {} and {board}", settings.line),
        Some(short) if short.is_empty() => {}
        Some(short) => return Err(format!("below the stated level:\n  {}", short.join("\n  "))),
    }
    Ok(())
}

fn version(peer: &Peer) -> peer::Outcome<ApiVersion> {
    let answer = board::ask(peer, &GetVersion::new())?;
    let version = answer.and_then(|answer| answer.version);
    let version = version.ok_or_else(|| Stop("KiCad does not tell its version".to_owned()))?;
    Ok(ApiVersion::new(version.major, version.minor, version.patch))
}
