//! What it costs to get many tracks from a board, in time beside another client, and in memory beside the answer's size.
//!
//! The server is not part of what is measured: it answers with frames that lie ready, and allocates nothing. Both clients
//! do what their users do: they look for the open board, ask it for its tracks, and give them as types of their own.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

use anyhow::{Result, ensure};
use kiapi::{ConnectOptions, KiCad};
use kiapi_gen::Any;
use kiapi_gen::board::types::{BoardLayer, Net, Track};
use kiapi_gen::common::commands::{
    CreateItemsResponse, EndCommitResponse, GetItemsResponse, GetOpenDocumentsResponse, GetVersionResponse,
    ItemCreationResult, ItemStatus, ItemStatusCode,
};
use kiapi_gen::common::types::document_specifier::Identifier;
use kiapi_gen::common::types::{
    Distance, DocumentSpecifier, DocumentType, ItemRequestStatus, KiCadVersion, Kiid, ProjectSpecifier,
    Vector2,
};
use kiapi_gen::common::{ApiResponse, ApiResponseHeader, ApiResponseStatus, ApiStatusCode};
use kiapi_gen::prost::Message as _;
use kiapi_transport::Address;

use crate::interleave::{Way, again, measure};
use crate::memory::{self, Taken};
use crate::table::Row;

/// What a server greets with, and what stands before a body.
const HELLO: [u8; 8] = *b"\0SP\0\0\x31\0\0";
const HEAD: usize = 13;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many tracks the board has
    #[arg(long, default_value_t = 10_000)]
    tracks: usize,
    /// How often both clients take turns
    #[arg(long, default_value_t = 31)]
    rounds: usize,
    /// Fail if our client takes more than this share of the other's time
    #[arg(long, value_name = "RATIO")]
    at_most: Option<f64>,
    /// Fail if our client takes more memory than this many times the answer's size
    #[arg(long, value_name = "RATIO")]
    memory_at_most: Option<f64>,
    /// Fail if our client asks for more than so many blocks of memory for each track
    #[arg(long, value_name = "COUNT")]
    blocks_at_most: Option<f64>,
}

pub(crate) fn run(args: &Args) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("kicad.sock");
    let answers = Answers::new(args.tracks);
    let size = answers.items.len();
    println!("{} tracks in an answer of {size} bytes, {} rounds", args.tracks, args.rounds);
    let answers = serve(&path, answers)?;

    let kicad = connect(&path)?;
    let what = format!("{} tracks into items", args.tracks);
    // What is of each track, and what of the call, shows where there are twice as many.
    let twice = folder.path().join("twice.sock");
    serve(&twice, Answers::new(2 * args.tracks))?;
    let more = memory_of(&connect(&twice)?, 2 * args.tracks)?.blocks;
    let taken = memory_of(&kicad, args.tracks)?;
    let (peak, kept) = (taken.peak as f64 / size as f64, taken.kept as f64 / size as f64);
    let each = more.saturating_sub(taken.blocks) as f64 / args.tracks as f64;
    let call = taken.blocks as f64 - each * args.tracks as f64;
    println!(
        "  facade   at most {peak:.2} times the answer's size, {kept:.2} times for the tracks alone, {each:.3} blocks for each, and {call:.0} for the call"
    );
    if let Some(limit) = args.blocks_at_most {
        let blocks = taken.blocks as f64 / args.tracks as f64;
        ensure!(blocks <= limit, "it takes {blocks:.3} blocks for each track, more than {limit}");
    }
    if let Some(limit) = args.memory_at_most {
        ensure!(peak <= limit, "it takes {peak:.2} times the answer's size, more than {limit}");
    }
    let count = args.tracks;
    #[cfg(not(feature = "nng"))]
    let mut base: Option<(&'static str, Way)> = None;
    #[cfg(feature = "nng")]
    let mut base = Some(("kicad-ipc-rs", other(&path, count)?));
    let trips = trips(&answers, &kicad, base.as_mut(), count)?;
    println!("  {} for a call on a board, beside {}", trips.found, trips.beside);
    let mut rows = vec![
        trips,
        Row::new(
            format!("{what}, blocks of memory"),
            "each track",
            format!("{each:.3}, and {call:.0} for the call"),
        )
        .goal(Some("1")),
        Row::new(format!("{what}, most memory"), "the answer's size", format!("{peak:.2}")).goal(Some("2.2")),
    ];

    let facade = read(&path, count)?;
    let mut ways: Vec<(&'static str, Way)> = base.into_iter().collect();
    ways.push(("facade", facade));
    let measured = measure(ways, args.rounds, 1);
    for way in &measured {
        let ratio = way.ratio_to(&measured[0]);
        if way.name != measured[0].name {
            rows.push(Row::ratio(what.as_str(), measured[0].name, &ratio).goal(Some("0.25")));
        }
        println!(
            "  {:12} median {:>9.2?}   {:.3} times {} (quartiles {:.3} and {:.3})",
            way.name,
            way.median(),
            ratio.median,
            measured[0].name,
            ratio.quartiles.0,
            ratio.quartiles.1
        );
    }
    if let Some(limit) = args.at_most {
        ensure!(measured.len() > 1, "there is nothing to compare with: the other client needs cmake");
        let ratio = measured[1].ratio_to(&measured[0]).median;
        ensure!(
            ratio <= limit,
            "the tracks cost {ratio:.3} times what they cost the other, more than {limit}"
        );
    }
    Ok(rows)
}

/// The memory that it takes to get all tracks.
fn memory_of(kicad: &KiCad, count: usize) -> Result<Taken> {
    let tracks = || kicad.board()?.tracks();
    // The first call warms up.
    tracks()?;
    let (tracks, taken) = memory::of(tracks);
    let found = tracks?.len();
    ensure!(found == count, "there are {found} tracks");
    Ok(taken)
}

/// How many requests a call takes on a board that is known, or a client that was used.
fn trips(
    answers: &Answers,
    kicad: &KiCad,
    other: Option<&mut (&'static str, Way)>,
    count: usize,
) -> Result<Row> {
    let board = kicad.board()?;
    let before = answers.given();
    ensure!(board.tracks()?.len() == count, "tracks are missing");
    let ours = answers.given() - before;
    let beside = other.map(|(name, call)| {
        call(1);
        let before = answers.given();
        call(1);
        format!("{} of {name}", answers.given() - before)
    });
    let what = "round trips of a call on a board";
    Ok(Row::new(what, beside.unwrap_or_default(), ours.to_string()).goal(Some("1")))
}

/// Our client, which gets so many tracks from who listens at a path.
pub(crate) fn read(path: &Path, count: usize) -> Result<Way> {
    let kicad = connect(path)?;
    Ok(again(move || {
        let tracks = kicad.board().and_then(|board| board.tracks()).expect("an answer");
        assert_eq!(tracks.len(), count);
    }))
}

pub(crate) fn connect(path: &Path) -> Result<KiCad> {
    let address = Address::from_path(path)?;
    Ok(KiCad::connect_with(ConnectOptions::new().socket(address).client_name("kiapi bench"))?)
}

/// Another client of the API, as its users get tracks.
#[cfg(feature = "nng")]
fn other(path: &Path, count: usize) -> Result<Way> {
    use kiapi_gen::common::types::KiCadObjectType;
    use kicad_ipc_rs::KiCadClientBlocking;

    let socket = format!("ipc://{}", path.display());
    let client = KiCadClientBlocking::builder().socket_path(socket).client_name("kiapi bench").connect()?;
    Ok(again(move || {
        let tracks = client.get_items_by_type_codes(vec![KiCadObjectType::PCB_TRACE.into()]);
        assert_eq!(tracks.expect("an answer").len(), count);
    }))
}

/// What the server answers.
pub(crate) struct Answers {
    version: Vec<u8>,
    documents: Vec<u8>,
    no_documents: Vec<u8>,
    items: Vec<u8>,
    created: Vec<u8>,
    ended: Vec<u8>,
    /// How many were given.
    given: AtomicUsize,
}

impl Answers {
    pub(crate) fn new(tracks: usize) -> Self {
        let version =
            KiCadVersion::new().with_major(10).with_minor(0).with_patch(6).with_full_version("10.0.6");
        let mut document = DocumentSpecifier::new()
            .with_type(DocumentType::PCB)
            .with_project(ProjectSpecifier::new().with_name("bench").with_path("/bench"));
        document.identifier = Some(Identifier::BoardFilename("bench.kicad_pcb".to_owned()));
        let rows = (0..tracks).map(|number| {
            let status = ItemStatus::new().with_code(ItemStatusCode::OK);
            ItemCreationResult::new().with_status(status).with_item(Any::pack(&track(number)))
        });
        let created = CreateItemsResponse::new().with_status(ItemRequestStatus::OK).with_created_items(rows);
        let items = GetItemsResponse::new()
            .with_status(ItemRequestStatus::OK)
            .with_items((0..tracks).map(|number| Any::pack(&track(number))));
        Self {
            version: answer(Any::pack(&GetVersionResponse::new().with_version(version))),
            documents: answer(Any::pack(&GetOpenDocumentsResponse::new().with_documents([document]))),
            no_documents: answer(Any::pack(&GetOpenDocumentsResponse::new())),
            items: answer(Any::pack(&items)),
            created: answer(Any::pack(&created)),
            ended: answer(Any::pack(&EndCommitResponse::new())),
            given: AtomicUsize::new(0),
        }
    }

    fn given(&self) -> usize {
        self.given.load(Relaxed)
    }

    /// The answer to a request, by the name of its type.
    fn to(&self, request: &[u8]) -> &[u8] {
        self.given.fetch_add(1, Relaxed);
        // It stands near the beginning, before what there may be much of.
        let request = &request[..request.len().min(256)];
        let has = |name: &[u8]| request.windows(name.len()).any(|window| window == name);
        if has(b"commands.GetItems") {
            &self.items
        } else if has(b"commands.CreateItems") {
            &self.created
        } else if has(b"commands.EndCommit") {
            &self.ended
        } else if has(b"commands.GetOpenDocuments") {
            // No schematic is open.
            let ends = [8, u8::try_from(i32::from(DocumentType::PCB)).expect("a small number")];
            if request.ends_with(&ends) { &self.documents } else { &self.no_documents }
        } else {
            &self.version
        }
    }
}

/// A track as KiCad 10 gives it, somewhere on a board.
pub(crate) fn track(number: usize) -> Track {
    // On a board that KiCad can hold, however many there are.
    let place = i64::try_from(number % 10_000).expect("it is small") * 127_000;
    let point = |x: i64| Vector2::new().with_x_nm(100_000_000 + x).with_y_nm(50_000_000 + x / 3);
    Track::new()
        .with_id(Kiid::new().with_value(format!("6f0bbda2-6b6d-4b0c-9d2a-{number:012x}")))
        .with_start(point(place))
        .with_end(point(place + 1_270_000))
        .with_width(Distance::new().with_value_nm(250_000))
        .with_layer(if number.is_multiple_of(2) { BoardLayer::F_CU } else { BoardLayer::B_CU })
        .with_net(Net::new().with_name(format!("/bus/D{}", number % 64)))
}

pub(crate) fn answer(message: Any) -> Vec<u8> {
    ApiResponse::new()
        .with_header(ApiResponseHeader::new().with_kicad_token("6f0bbda2-6b6d-4b0c-9d2a-5c9c2e3f8a11"))
        .with_status(ApiResponseStatus::new().with_status(ApiStatusCode::OK))
        .with_message(message)
        .encode_to_vec()
}

pub(crate) fn serve(path: &Path, answers: Answers) -> Result<Arc<Answers>> {
    let (listener, answers) = (UnixListener::bind(path)?, Arc::new(answers));
    let served = Arc::clone(&answers);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let answers = Arc::clone(&served);
            // A client that goes away ends it.
            thread::spawn(move || talk(client, &answers));
        }
    });
    Ok(answers)
}

fn talk(mut client: UnixStream, answers: &Answers) -> std::io::Result<()> {
    client.write_all(&HELLO)?;
    client.read_exact(&mut [0; HELLO.len()])?;
    let (mut head, mut body) = ([0; HEAD], vec![0; 4096]);
    loop {
        client.read_exact(&mut head)?;
        let length = u64::from_be_bytes(head[1..9].try_into().expect("eight bytes"));
        // The request's id is part of the head.
        let length = usize::try_from(length).expect("a request fits into memory") - 4;
        if body.len() < length {
            body.resize(length, 0);
        }
        let body = &mut body[..length];
        client.read_exact(body)?;
        let answer = answers.to(body);
        head[1..9].copy_from_slice(&(answer.len() as u64 + 4).to_be_bytes());
        client.write_all(&head)?;
        client.write_all(answer)?;
    }
}
