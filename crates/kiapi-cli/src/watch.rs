//! `kiapi watch`: changes of a board as they happen.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use kiapi::watch::{Change as Seen, Changes};
use kiapi::{Board, ErrorKind, Id, Item};
use serde_json::json;

use crate::change::{Change, merge};
use crate::output::{self, Format};
use crate::progress::Progress;
use crate::quantity;
use crate::table::{dim, note, say};
use crate::target::{Target, seconds};

/// Print what changes on the board, as it happens, until Ctrl-C
///
/// KiCad tells nobody of changes: the whole board is read again and again. On a large board each look takes KiCad half a
/// second, so do not look more often than you need.
///
/// When KiCad ends, it is waited for, and what is different on the board then is told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi watch
  kiapi watch --every 5 --json
  kiapi watch --count 1 --for 60           the next change, or nothing after a minute")]
pub(crate) struct Args {
    /// How many seconds to wait between two looks
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "1")]
    every: Duration,
    /// Watch for so many seconds, and end then
    #[arg(long = "for", value_name = "SECONDS", value_parser = seconds)]
    time: Option<Duration>,
    /// End after so many changes
    #[arg(long, value_name = "CHANGES", value_parser = quantity::positive::<u64>)]
    count: Option<u64>,
    #[command(flatten)]
    target: Target,
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let board = args.target.board()?.with_options(args.target.patient());
    let progress = Progress::of_unknown_length("reading the board");
    let mut watcher = board.watch()?.every(args.every);
    let mut known = known(&board)?;
    drop(progress);
    if format == Format::Text {
        // On stderr, so that stdout holds changes and nothing else.
        anstream::eprintln!("watching {} items of {}; Ctrl-C ends it", known.len(), board.name());
    }
    let start = Instant::now();
    let mut is_gone = false;
    let mut left = args.count.unwrap_or(u64::MAX);
    loop {
        let time = args.time.map_or(Duration::from_secs(3600), |time| time.saturating_sub(start.elapsed()));
        // While KiCad is gone it is looked for as often as the board is read, and no more.
        let seen = watcher.wait(if is_gone { Duration::ZERO } else { time });
        for notice in board.kicad().take_notices() {
            note(&notice.to_string());
        }
        let changes = match seen {
            Ok(changes) => {
                is_gone = false;
                changes
            }
            Err(error) if matches!(error.kind(), ErrorKind::NotReachable | ErrorKind::Disconnected) => {
                if !std::mem::replace(&mut is_gone, true) {
                    note("KiCad is gone; watching goes on when it is there again with this board");
                }
                std::thread::sleep(args.every.min(time));
                Changes::default()
            }
            Err(error) => return Err(error.into()),
        };
        for seen in changes {
            if left == 0 {
                return Ok(());
            }
            if let Some(change) = change(seen, &mut known)? {
                print(&change, format);
                left -= 1;
            }
        }
        if left == 0 || args.time.is_some_and(|time| start.elapsed() >= time) {
            return Ok(());
        }
    }
}

/// The items that there are, to tell what they were when they change.
fn known(board: &Board) -> anyhow::Result<HashMap<Id, Item>> {
    Ok(board.items()?.into_iter().filter_map(|item| Some((item.id()?, item))).collect())
}

/// What is to be told of a change. A pad changes with its footprint, which tells of it.
fn change(seen: Seen, known: &mut HashMap<Id, Item>) -> anyhow::Result<Option<Change>> {
    let mut remember = |item: &Item| item.id().and_then(|id| known.insert(id, item.clone()));
    let change = match seen {
        Seen::Added(item) => {
            remember(&item);
            Change::added(item)
        }
        Seen::Changed(item) => match remember(&item) {
            Some(before) => match Change::changed(&before, item)? {
                change if change.is_nothing() => return Ok(None),
                change => change,
            },
            None => Change::changed(&item.clone(), item)?,
        },
        Seen::Removed(id) => match known.remove(&id) {
            Some(item) => Change::removed(item),
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    Ok((!matches!(change.item, Item::Pad(_))).then_some(change))
}

fn print(change: &Change, format: Format) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    match format {
        Format::Json => {
            let mut value = json!({ "time": now.as_secs_f64() });
            merge(&mut value, change.json());
            output::json_line(&value);
        }
        Format::Text => {
            let day = now.as_secs() % 86_400;
            let clock = format!("{:02}:{:02}:{:02}Z", day / 3600, day / 60 % 60, day % 60);
            say!("{}", dim(&clock));
            change.print();
        }
    }
}
