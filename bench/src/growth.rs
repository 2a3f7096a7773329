//! How the cost grows: with the items of a board, and with the threads and tasks that share a client.

use std::path::Path;
use std::thread;

use anyhow::Result;
use kiapi::KiCad;
use kiapi_gen::common::commands::Ping;

use crate::interleave::{Ratio, Way, again, measure};
use crate::runtime::Flavour;
use crate::table::Row;
use crate::{cores, create, items, ping};

/// How many items, and how often so many are asked for in a turn: few of them cost too little to be timed alone.
const ITEMS: [(usize, u32); 3] = [(10, 100), (1_000, 4), (100_000, 1)];
/// How many threads or tasks share a client.
const SHARED_BY: [u32; 3] = [1, 16, 64];
/// How many calls they send in a turn, all of them together.
const CALLS: u32 = 6_400;

/// Makes a way that does it for so many, with who listens at a path.
type Make<T> = fn(&Path, T) -> Result<Way>;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often all ways take turns
    #[arg(long, default_value_t = 21)]
    rounds: usize,
}

pub(crate) fn run(args: &Args) -> Result<Vec<Row>> {
    // As with pings: waking another core is not what is measured.
    cores::pin(0)?;
    let folder = tempfile::tempdir()?;
    let path = |name: String| folder.path().join(name);
    let mut rows = Vec::new();

    let per_item: [(&str, Make<usize>); 2] = [("read", items::read), ("created", create::create)];
    for (what, way) in per_item {
        let mut ways = Vec::new();
        for (count, times) in ITEMS {
            let path = path(format!("{what}-{count}"));
            items::serve(&path, items::Answers::new(count))?;
            let mut once = way(&path, count)?;
            ways.push(("", again(move || once(times))));
        }
        let tracks: Vec<f64> = ITEMS.iter().map(|(count, times)| *count as f64 * f64::from(*times)).collect();
        let measured = measure(ways, args.rounds, 1);
        for (index, (count, _)) in ITEMS.iter().enumerate().filter(|(index, _)| *index != 1) {
            let ratio = scaled(&measured[index].ratio_to(&measured[1]), tracks[1] / tracks[index]);
            add(&mut rows, Row::ratio(format!("a track of {count}, {what}"), "one of 1000", &ratio));
        }
    }

    let shared: [(&str, Make<u32>); 2] = [("threads", threads), ("tasks", tasks)];
    for (what, way) in shared {
        let ways = SHARED_BY.into_iter().map(|count| {
            let path = path(format!("{what}-{count}"));
            ping::kicad(&path, 0)?;
            Ok(("", way(&path, count)?))
        });
        let measured = measure(ways.collect::<Result<_>>()?, args.rounds, 1);
        for (way, count) in measured.iter().zip(SHARED_BY).skip(1) {
            let row = Row::ratio(
                format!("a call, of {count} {what} that share a client"),
                "of one",
                &way.ratio_to(&measured[0]),
            );
            add(&mut rows, row);
        }
    }
    Ok(rows)
}

fn add(rows: &mut Vec<Row>, row: Row) {
    println!("  {:48} {} {}", row.what, row.found, row.beside);
    rows.push(row);
}

fn scaled(ratio: &Ratio, factor: f64) -> Ratio {
    let (low, high) = ratio.quartiles;
    Ratio { median: ratio.median * factor, quartiles: (low * factor, high * factor) }
}

fn threads(path: &Path, count: u32) -> Result<Way> {
    let kicad = KiCad::connect_with(ping::options(path)?)?;
    Ok(again(move || {
        thread::scope(|scope| {
            for _ in 0..count {
                scope.spawn(|| (0..CALLS / count).for_each(|_| kicad.call(&Ping::new()).expect("an answer")));
            }
        });
    }))
}

fn tasks(path: &Path, count: u32) -> Result<Way> {
    let flavour = Flavour::CurrentThread;
    let runtime = flavour.start()?;
    let kicad = runtime.block_on(kiapi::tokio::KiCad::connect_with(ping::options(path)?))?;
    Ok(flavour.way(runtime, move |_| {
        let kicad = kicad.clone();
        async move {
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..count {
                let kicad = kicad.clone();
                tasks.spawn(async move {
                    for _ in 0..CALLS / count {
                        kicad.call(&Ping::new()).await.expect("an answer");
                    }
                });
            }
            while let Some(ended) = tasks.join_next().await {
                ended.expect("it does not panic");
            }
        }
    }))
}
