//! What a ping costs over our transport, compared with the same bytes over the same kind of socket without it.
//!
//! The bare ping-pong is as lean as it can be: two threads, buffers that are there, a `write_all` and a `read_exact` of a
//! length that is known beforehand, for each message.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;

use anyhow::{Result, ensure};
use kiapi::{ConnectOptions as KiCadOptions, KiCad};
use kiapi_gen::common::commands::{GetVersion, GetVersionResponse, Ping};
use kiapi_gen::common::types::KiCadVersion;
use kiapi_gen::common::{ApiRequest, ApiResponse, ApiResponseHeader, ApiResponseStatus, ApiStatusCode};
use kiapi_gen::prost::Message as _;
use kiapi_gen::{Any, Request};
use kiapi_transport::{
    Address, CallOptions, Client, ConnectOptions, Deadline, Listener, Server, ServerOptions, Transport,
};

use crate::cores;
use crate::interleave::{Way, measure};

/// What stands before a body on the wire: the kind of the frame, its length, the request's id.
const HEAD: usize = 13;
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
}

pub(crate) fn run(args: &Args) -> Result<()> {
    println!("{} bytes there, {} back, {} rounds", HEAD + request().len(), HEAD + reply().len(), args.rounds);
    for (place, client, server) in [("both ends on one core", 0, 0), ("each end on a core of its own", 0, 1)]
    {
        println!("{place}:");
        cores::pin(client)?;
        let native = compare(args, server)?;
        // Across cores it is waking the other core that is measured, with all its noise.
        if let Some(limit) = args.at_most.filter(|_| client == server) {
            ensure!(native <= limit, "with {place}, a ping costs {native:.3} bare ones, more than {limit}");
        }
    }
    Ok(())
}

/// Compares all ways, and returns the ratio of the native backend to the bare ping-pong.
fn compare(args: &Args, server_core: usize) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    #[cfg_attr(not(feature = "nng"), allow(unused_mut))]
    let mut ways = vec![
        ("bare", bare(&path("bare"), server_core)?),
        ("native", native(&path("native"), server_core)?),
        ("facade", facade(&path("facade"), server_core)?),
    ];
    #[cfg(feature = "nng")]
    ways.push(("nng", nng(&path("nng"), server_core)?));

    let measured = measure(ways, args.rounds, args.pings);
    for way in &measured {
        println!(
            "  {:8} median {:>9.2?}   {:.3} times the bare one (quartiles {:.3} and {:.3})",
            way.name, way.median, way.ratio, way.quartiles.0, way.quartiles.1
        );
    }
    Ok(measured[1].ratio)
}

fn request() -> Vec<u8> {
    Request::new(&Ping::new()).client_name("kiapi bench").token(TOKEN).encode()
}

fn reply() -> Vec<u8> {
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

fn bare(path: &Path, core: usize) -> Result<Way> {
    let (request, reply) = (frame(&request()), frame(&reply()));
    let listener = UnixListener::bind(path)?;
    let mut client = UnixStream::connect(path)?;
    let mut server = listener.accept()?.0;
    let (mut asked, mut answered) = (vec![0; request.len()], vec![0; reply.len()]);
    spawn(core, move || {
        while server.read_exact(&mut asked).is_ok() {
            server.write_all(&reply).expect("the client is there");
        }
    });
    Ok(Box::new(move || {
        client.write_all(&request).expect("the server is there");
        client.read_exact(&mut answered).expect("the server answers");
    }))
}

fn native(path: &Path, core: usize) -> Result<Way> {
    let address = Address::from_path(path)?;
    serve(Server::bind(&address, &ServerOptions::new())?, core);
    Ok(call(Client::connect(&address, &ConnectOptions::new())?))
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
    Box::new(move || assert_eq!(client.call(&request, &options).expect("an answer").len(), length))
}

/// A whole call: the command is encoded, sent, decoded and answered by a server, and the answer decoded.
fn facade(path: &Path, core: usize) -> Result<Way> {
    let address = Address::from_path(path)?;
    let server = Server::bind(&address, &ServerOptions::new())?;
    let version = KiCadVersion::new().with_major(10).with_minor(0).with_patch(6);
    let version = answer(Any::pack(&GetVersionResponse::new().with_version(version)));
    spawn(core, move || {
        while let Ok(request) = server.recv(Deadline::NEVER) {
            let asked = ApiRequest::decode(request.body()).expect("an envelope");
            let is_version = asked.message.is_some_and(|message| message.is::<GetVersion>());
            request.reply(if is_version { version.clone() } else { reply() }).expect("the client is there");
        }
    });
    let kicad = KiCad::connect_with(KiCadOptions::new().socket(address).client_name("kiapi bench"))?;
    Ok(Box::new(move || kicad.call(&Ping::new()).expect("an answer")))
}
