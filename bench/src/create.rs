//! What it costs to encode a request that creates many tracks, beside what prost makes of the same messages.
//!
//! The other way is that of a program that has the messages from prost and nothing else: each track is packed into an `Any`, these
//! go into the command, the command into an `Any`, and that into the envelope.

use std::hint::black_box;
use std::path::Path;

use anyhow::{Result, ensure};
use kiapi_gen::Request;
use kiapi_gen::common::commands::CreateItems;
use kiapi_gen::common::types::ItemHeader;
use prost::Message;

use crate::interleave::{Way, again, compare};
use crate::items;
use crate::table::Row;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many tracks are created
    #[arg(long, default_value_t = 10_000)]
    tracks: usize,
    /// How often both ways take turns
    #[arg(long, default_value_t = 101)]
    rounds: usize,
    /// Fail if ours takes more than this share of the other's time
    #[arg(long, value_name = "RATIO")]
    at_most: Option<f64>,
}

pub(crate) fn run(args: &Args) -> Result<Vec<Row>> {
    let tracks: Vec<_> = (0..args.tracks).map(items::track).collect();
    let request = ours(&tracks);
    let bytes = request.as_bytes();
    let plain: Vec<_> = tracks
        .iter()
        .map(|track| Track::decode(track.encode_to_vec().as_slice()))
        .collect::<Result<_, _>>()?;
    // The other says the same: the envelope of what is decoded from ours is the one that it makes.
    let read = ApiRequest::decode(bytes)?;
    ensure!(read == envelope(&plain), "the two ways do not say the same");
    println!("{} tracks in a request of {} bytes, {} rounds", args.tracks, bytes.len(), args.rounds);

    let ways: [(&'static str, Way); 2] = [
        ("prost", again(move || drop(black_box(envelope(&plain).encode_to_vec())))),
        ("ours", again(move || drop(black_box(ours(&tracks))))),
    ];
    let ratio = compare(ways, args.rounds);
    if let Some(limit) = args.at_most {
        ensure!(
            ratio.median <= limit,
            "it costs {:.3} times what prost costs, more than {limit}",
            ratio.median
        );
    }
    let what = format!("CreateItems, {} tracks encoded", args.tracks);
    Ok(vec![Row::ratio(what, "plain prost", &ratio).goal(Some("0.25"))])
}

/// As the facade does it.
fn ours(tracks: &[kiapi_gen::board::types::Track]) -> Request {
    let command = CreateItems::new().with_header(ItemHeader::new());
    let request = Request::followed(&command, tracks.len(), |writer| {
        tracks.iter().rev().for_each(|track| writer.any(2, track));
    });
    request.header("kiapi bench", "")
}

/// The way to create so many tracks, on a board that is there.
pub(crate) fn create(path: &Path, count: usize) -> Result<Way> {
    let kicad = items::connect(path)?;
    let board = kicad.board()?;
    let tracks: Vec<_> = (0..count).map(|number| kiapi::Track::from(items::track(number))).collect();
    Ok(again(move || {
        let rows = board.try_create(tracks.iter().cloned()).expect("an answer");
        assert_eq!(rows.len(), tracks.len());
    }))
}

fn any(name: &str, message: &impl Message) -> prost_types::Any {
    prost_types::Any { type_url: format!("type.googleapis.com/{name}"), value: message.encode_to_vec() }
}

fn envelope(tracks: &[Track]) -> ApiRequest {
    let command = Create {
        header: Some(Header {}),
        items: tracks.iter().map(|track| any("kiapi.board.types.Track", track)).collect(),
    };
    let name = format!("{}.{}", <CreateItems as prost::Name>::PACKAGE, <CreateItems as prost::Name>::NAME);
    ApiRequest {
        header: Some(RequestHeader { kicad_token: String::new(), client_name: "kiapi bench".to_owned() }),
        message: Some(any(&name, &command)),
    }
}

#[derive(Clone, PartialEq, Message)]
struct ApiRequest {
    #[prost(message, optional, tag = "1")]
    header: Option<RequestHeader>,
    #[prost(message, optional, tag = "2")]
    message: Option<prost_types::Any>,
}

#[derive(Clone, PartialEq, Message)]
struct RequestHeader {
    #[prost(string, tag = "1")]
    kicad_token: String,
    #[prost(string, tag = "2")]
    client_name: String,
}

#[derive(Clone, PartialEq, Message)]
struct Header {}

#[derive(Clone, PartialEq, Message)]
struct Create {
    #[prost(message, optional, tag = "1")]
    header: Option<Header>,
    #[prost(message, repeated, tag = "2")]
    items: Vec<prost_types::Any>,
}

#[derive(Clone, PartialEq, Message)]
struct Text {
    #[prost(string, tag = "1")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct Point {
    #[prost(int64, tag = "1")]
    x_nm: i64,
    #[prost(int64, tag = "2")]
    y_nm: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Distance {
    #[prost(int64, tag = "1")]
    value_nm: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Net {
    #[prost(string, tag = "2")]
    name: String,
}

#[derive(Clone, PartialEq, Message)]
struct Track {
    #[prost(message, optional, tag = "1")]
    id: Option<Text>,
    #[prost(message, optional, tag = "2")]
    start: Option<Point>,
    #[prost(message, optional, tag = "3")]
    end: Option<Point>,
    #[prost(message, optional, tag = "4")]
    width: Option<Distance>,
    #[prost(int32, tag = "5")]
    locked: i32,
    #[prost(int32, tag = "6")]
    layer: i32,
    #[prost(message, optional, tag = "7")]
    net: Option<Net>,
}
