//! What the items of a real KiCad's board cost beyond reading the bytes of its answer.
//!
//! `KICAD_API_SOCKET` says which KiCad; `cargo xtask kicad start` starts one and prints it.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use kiapi::{CallOptions as Options, ConnectOptions, KiCad};
use kiapi_gen::Request;
use kiapi_gen::common::commands::GetItems;
use kiapi_gen::common::types::{ItemHeader, KiCadObjectType};
use kiapi_transport::{Address, CallOptions, Client, ConnectOptions as Connect, Transport as _};

use crate::interleave::{Way, again, compare};
use crate::table::Row;

/// How long a large board may take.
const PATIENCE: Duration = Duration::from_secs(300);

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often both ways take turns
    #[arg(long, default_value_t = 31)]
    rounds: usize,
    /// Fail if the items take more than this many times what the bytes alone take
    #[arg(long, value_name = "RATIO")]
    at_most: Option<f64>,
}

pub(crate) fn run(args: &Args) -> Result<Vec<Row>> {
    let socket =
        std::env::var("KICAD_API_SOCKET").context("KICAD_API_SOCKET does not say where a KiCad listens")?;
    let address = Address::parse(&socket)?;
    let options = ConnectOptions::new().socket(address.clone()).client_name("kiapi bench");
    let kicad = KiCad::connect_with(options.call_options(Options::new().timeout(PATIENCE)))?;
    let (version, board) = (kicad.version(), kicad.board()?);
    let count = board.tracks()?.len();
    ensure!(count > 0, "the board has no tracks");

    let header = ItemHeader::new().with_document(board.document().clone());
    let wanted = GetItems::new().with_header(header).with_types([KiCadObjectType::PCB_TRACE]);
    let request = Request::new(&wanted).client_name("kiapi bench bytes").encode();
    let client = Client::connect(&address, &Connect::new())?;
    let options = CallOptions::new().timeout(PATIENCE);
    let size = client.call(&request, &options)?.len();
    println!("{count} tracks of KiCad {version} in an answer of {size} bytes, {} rounds", args.rounds);

    let ways: [(&'static str, Way); 2] = [
        ("bytes", again(move || assert_eq!(client.call(&request, &options).expect("an answer").len(), size))),
        ("items", again(move || assert_eq!(board.tracks().expect("an answer").len(), count))),
    ];
    let ratio = compare(ways, args.rounds);
    if let Some(limit) = args.at_most {
        ensure!(ratio.median <= limit, "items cost {:.3} times the bytes, more than {limit}", ratio.median);
    }
    let what = format!("{count} tracks of a real KiCad {version} into items");
    Ok(vec![Row::ratio(what, "reading the bytes alone", &ratio).goal(Some("1.25"))])
}
