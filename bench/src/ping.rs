//! What a ping costs with our clients, compared with the same bytes over the same kind of socket without them.
//!
//! The bare ping-pong is as lean as it can be: buffers that are there, a `write_all` and a `read_exact` of a length that is
//! known beforehand, for each message. The bare ping-pong on tokio does the same in a task, and is what the clients on tokio
//! are compared with. All have the same peer: a thread that answers with a `read_exact` and a `write_all`. One line has our
//! server for a peer instead, and shows what both of our sides cost together.

use std::io::{Read, Write};
use std::ops::Range;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use anyhow::{Result, bail};
use kiapi::{ConnectOptions as KiCadOptions, KiCad};
use kiapi_gen::common::commands::{GetVersionResponse, Ping};
use kiapi_gen::common::types::KiCadVersion;
use kiapi_gen::common::{ApiResponse, ApiResponseHeader, ApiResponseStatus, ApiStatusCode};
use kiapi_gen::prost::Message as _;
use kiapi_gen::{Any, Request};
use kiapi_transport::tokio::Client as TokioClient;
use kiapi_transport::{
    Address, CallOptions, Client, ConnectOptions, Deadline, Listener, Server, ServerOptions, Transport,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Mutex;

use crate::cores;
use crate::interleave::{Ratio, Way, again, measure};
use crate::runtime::Flavour;
use crate::table::Row;

/// What stands before a body on the wire: the kind of the frame, its length, the request's id.
const HEAD: usize = 13;
/// Where in a frame the id is.
const ID: Range<usize> = 9..13;
/// What the two sides shake hands with.
const REQ: &[u8] = b"\0SP\0\0\x30\0\0";
const REP: &[u8] = b"\0SP\0\0\x31\0\0";
const TOKEN: &str = "6f0bbda2-6b6d-4b0c-9d2a-5c9c2e3f8a11";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often all ways take turns
    #[arg(long, default_value_t = 101)]
    rounds: usize,
    /// How many pings each way sends in a round
    #[arg(long, default_value_t = 1000)]
    pings: u32,
    /// Fail if a ping over the native backend, with both ends on one core, costs more than this many bare ones
    #[arg(long, value_name = "RATIO")]
    at_most: Option<f64>,
    /// The same for the client on tokio, compared with a bare ping on tokio
    #[arg(long, value_name = "RATIO")]
    tokio_at_most: Option<f64>,
    /// The same for a whole call of the facade
    #[arg(long, value_name = "RATIO")]
    facade_at_most: Option<f64>,
    /// The same for a whole call of the facade on tokio, compared with a bare ping on tokio
    #[arg(long, value_name = "RATIO")]
    facade_tokio_at_most: Option<f64>,
}

pub(crate) fn run(args: &Args) -> Result<Vec<Row>> {
    println!("{} bytes there, {} back, {} rounds", HEAD + request().len(), HEAD + reply().len(), args.rounds);
    let mut rows = Vec::new();
    for (place, client, server) in [("both ends on one core", 0, 0), ("each end on a core of its own", 0, 1)]
    {
        println!("{place}:");
        cores::pin(client)?;
        let reached = compare(args, server)?;
        // Across cores it is waking the other core that is measured, with all its noise.
        if client != server {
            continue;
        }
        for (name, base, ratio) in reached {
            let (limit, goal) = match name {
                "native" => (args.at_most, Some("1.10")),
                "facade" => (args.facade_at_most, Some("1.10")),
                "facade tokio" => (args.facade_tokio_at_most, Some("1.10")),
                "tokio" | "tokio, threads" => (args.tokio_at_most, Some("1.10")),
                _ => (None, None),
            };
            rows.push(Row::ratio(format!("ping, {name}"), base, &ratio).goal(goal));
            let ratio = ratio.median;
            if let Some(limit) = limit.filter(|limit| ratio > *limit) {
                bail!("with {place}, a ping over {name} costs {ratio:.3} bare ones, more than {limit}");
            }
        }
    }
    Ok(rows)
}

/// A way, what it is compared with, and the ratio.
type Reached = (&'static str, &'static str, Ratio);

/// Compares all ways, and returns the ratios of the clients to the bare ping-pongs.
fn compare(args: &Args, server_core: usize) -> Result<Vec<Reached>> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    let (one, many) = (Flavour::CurrentThread, Flavour::MultiThread);
    // Each with the one that it is compared with.
    #[cfg_attr(not(feature = "nng"), allow(unused_mut))]
    let mut ways = vec![
        ("bare", "bare", bare(&path("bare"), server_core)?),
        ("native", "bare", native(&path("native"), server_core)?),
        ("native, our server", "bare", both(&path("both"), server_core)?),
        ("facade", "bare", facade(&path("facade"), server_core)?),
        ("bare tokio", "bare tokio", bare_tokio(&path("bare-tokio"), server_core, one)?),
        ("tokio", "bare tokio", tokio(&path("tokio"), server_core, one)?),
        ("bare tokio, threads", "bare tokio, threads", bare_tokio(&path("bare-many"), server_core, many)?),
        ("facade tokio", "bare tokio", facade_tokio(&path("facade-tokio"), server_core, one)?),
        ("tokio, threads", "bare tokio, threads", tokio(&path("tokio-many"), server_core, many)?),
    ];
    #[cfg(feature = "nng")]
    ways.push(("nng", "bare", nng(&path("nng"), server_core)?));

    let bases: Vec<_> = ways.iter().map(|(_, base, _)| *base).collect();
    let ways = ways.into_iter().map(|(name, _, way)| (name, way)).collect();
    let measured = measure(ways, args.rounds, args.pings);
    let mut reached = Vec::new();
    for (way, base) in measured.iter().zip(bases) {
        let base = measured.iter().find(|other| other.name == base).expect("the bases are measured too");
        let ratio = way.ratio_to(base);
        println!(
            "  {:19} median {:>9.2?}   {:.3} times {} (quartiles {:.3} and {:.3})",
            way.name,
            way.median(),
            ratio.median,
            base.name,
            ratio.quartiles.0,
            ratio.quartiles.1
        );
        if !way.name.starts_with("bare") {
            reached.push((way.name, base.name, ratio));
        }
    }
    Ok(reached)
}

fn request() -> Vec<u8> {
    Request::new(&Ping::new()).client_name("kiapi bench").token(TOKEN).encode()
}

pub(crate) fn reply() -> Vec<u8> {
    answer(Any::pack(&()))
}

fn answer(message: Any) -> Vec<u8> {
    ApiResponse::new()
        .with_header(ApiResponseHeader::new().with_kicad_token(TOKEN))
        .with_status(ApiResponseStatus::new().with_status(ApiStatusCode::OK))
        .with_message(message)
        .encode_to_vec()
}

fn frame(body: &[u8]) -> Vec<u8> {
    [&[1][..], &(body.len() as u64 + 4).to_be_bytes(), &[0x80, 0, 0, 1], body].concat()
}

/// Starts a peer that shakes hands with one client and answers each request under its id: the first one with `greeting`, if
/// there is one, and the others, which are all of one length, with `answer`.
pub(crate) fn peer(path: &Path, core: usize, greeting: Option<Vec<u8>>, answer: Vec<u8>) -> Result<()> {
    let listener = UnixListener::bind(path)?;
    spawn(core, move || {
        let mut client = listener.accept().expect("a client comes").0;
        client.write_all(REP).expect("the client is there");
        client.read_exact(&mut [0; 8]).expect("the client shakes hands");
        if let Some(greeting) = greeting {
            let Ok(asked) = read_frame(&mut client) else { return };
            let mut greeting = frame(&greeting);
            greeting[ID].copy_from_slice(&asked[ID]);
            client.write_all(&greeting).expect("the client is there");
        }
        let Ok(mut asked) = read_frame(&mut client) else { return };
        let mut answer = frame(&answer);
        loop {
            answer[ID].copy_from_slice(&asked[ID]);
            if client.write_all(&answer).and_then(|()| client.read_exact(&mut asked)).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Reads a frame whose length is not known yet.
fn read_frame(stream: &mut UnixStream) -> std::io::Result<Vec<u8>> {
    let mut frame = vec![0; 9];
    stream.read_exact(&mut frame)?;
    let length = u64::from_be_bytes(frame[1..].try_into().expect("eight bytes"));
    frame.resize(9 + usize::try_from(length).expect("a ping is small"), 0);
    stream.read_exact(&mut frame[9..])?;
    Ok(frame)
}

/// A client's end that has shaken hands with a [`peer`].
fn bare_socket(path: &Path, core: usize) -> Result<UnixStream> {
    peer(path, core, None, reply())?;
    let mut client = UnixStream::connect(path)?;
    client.write_all(REQ)?;
    client.read_exact(&mut [0; 8])?;
    Ok(client)
}

fn bare(path: &Path, core: usize) -> Result<Way> {
    let (request, mut answered) = (frame(&request()), frame(&reply()));
    let mut client = bare_socket(path, core)?;
    Ok(again(move || {
        client.write_all(&request).expect("the peer is there");
        client.read_exact(&mut answered).expect("the peer answers");
    }))
}

fn native(path: &Path, core: usize) -> Result<Way> {
    peer(path, core, None, reply())?;
    transport(path)
}

/// The native transport with a peer that is there.
pub(crate) fn transport(path: &Path) -> Result<Way> {
    Ok(call(Client::connect(&Address::from_path(path)?, &ConnectOptions::new())?))
}

/// Our client with our server.
fn both(path: &Path, core: usize) -> Result<Way> {
    let address = Address::from_path(path)?;
    serve(Server::bind(&address, &ServerOptions::new())?, core);
    Ok(call(Client::connect(&address, &ConnectOptions::new())?))
}

fn bare_tokio(path: &Path, core: usize, flavour: Flavour) -> Result<Way> {
    let runtime = flavour.start()?;
    let client = bare_socket(path, core)?;
    client.set_nonblocking(true)?;
    let client = {
        let _inside = runtime.enter();
        Arc::new(Mutex::new(::tokio::net::UnixStream::from_std(client)?))
    };
    Ok(flavour.way(runtime, move |times| {
        let client = Arc::clone(&client);
        async move {
            let mut client = client.lock().await;
            let (request, mut answered) = (frame(&request()), frame(&reply()));
            for _ in 0..times {
                client.write_all(&request).await.expect("the peer is there");
                client.read_exact(&mut answered).await.expect("the peer answers");
            }
        }
    }))
}

fn tokio(path: &Path, core: usize, flavour: Flavour) -> Result<Way> {
    let runtime = flavour.start()?;
    peer(path, core, None, reply())?;
    let address = Address::from_path(path)?;
    let client = runtime.block_on(TokioClient::connect(&address, &ConnectOptions::new()))?;
    let client = Arc::new(client);
    Ok(flavour.way(runtime, move |times| {
        let client = Arc::clone(&client);
        async move {
            let (options, request, length) = (CallOptions::new(), request(), reply().len());
            for _ in 0..times {
                let answer = client.call(&request, &options).await.expect("an answer");
                assert_eq!(answer.len(), length);
            }
        }
    }))
}

#[cfg(feature = "nng")]
fn nng(path: &Path, core: usize) -> Result<Way> {
    use kiapi_transport::nng;

    let address = Address::from_path(path)?;
    serve(nng::Server::bind(&address, &ServerOptions::new())?, core);
    Ok(call(nng::Client::connect(&address, &ConnectOptions::new())?))
}

/// Starts a server's thread on a core.
fn spawn(core: usize, work: impl FnOnce() + Send + 'static) {
    thread::spawn(move || {
        cores::pin(core).expect("the core is one of ours");
        work();
    });
}

fn serve(server: impl Listener + 'static, core: usize) {
    let reply = reply();
    spawn(core, move || {
        while let Ok(request) = server.recv(Deadline::NEVER) {
            request.reply(reply.as_slice()).expect("the client is there");
        }
    });
}

fn call(client: impl Transport + 'static) -> Way {
    let (options, request, length) = (CallOptions::new(), request(), reply().len());
    again(move || assert_eq!(client.call(&request, &options).expect("an answer").len(), length))
}

/// A whole call: the command is encoded, sent, decoded and answered by a server, and the answer decoded.
fn facade(path: &Path, core: usize) -> Result<Way> {
    kicad(path, core)?;
    call_through(path)
}

/// The same with a [`kicad`] that is there.
pub(crate) fn call_through(path: &Path) -> Result<Way> {
    let kicad = KiCad::connect_with(options(path)?)?;
    Ok(again(move || kicad.call(&Ping::new()).expect("an answer")))
}

fn facade_tokio(path: &Path, core: usize, flavour: Flavour) -> Result<Way> {
    kicad(path, core)?;
    call_on_tokio(path, flavour)
}

/// The same with a [`kicad`] that is there.
pub(crate) fn call_on_tokio(path: &Path, flavour: Flavour) -> Result<Way> {
    let runtime = flavour.start()?;
    let kicad = runtime.block_on(kiapi::tokio::KiCad::connect_with(options(path)?))?;
    Ok(flavour.way(runtime, move |times| {
        let kicad = kicad.clone();
        async move {
            for _ in 0..times {
                kicad.call(&Ping::new()).await.expect("an answer");
            }
        }
    }))
}

/// Starts a peer that tells its version and then answers pings.
pub(crate) fn kicad(path: &Path, core: usize) -> Result<()> {
    let version = KiCadVersion::new().with_major(10).with_minor(0).with_patch(6);
    let version = answer(Any::pack(&GetVersionResponse::new().with_version(version)));
    peer(path, core, Some(version), reply())
}

pub(crate) fn options(path: &Path) -> Result<KiCadOptions> {
    Ok(KiCadOptions::new().socket(Address::from_path(path)?).client_name("kiapi bench"))
}
