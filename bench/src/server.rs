//! What a server of the API answers in a second when many clients ask at once, compared with a blocking libnng server.
//!
//! Every client has one request under way at any time. Both servers do the same work for a request: they read the
//! envelope, ask a handler for a ping, and write the answer.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use anyhow::{Result, ensure};
use kiapi_gen::Request;
use kiapi_gen::common::commands::Ping;
use kiapi_server::{Api, ApiServer, Place, ServerOptions, on};

use crate::interleave::{Way, again, measure};
use crate::table::Row;

/// The greeting of a client, and what stands before a body.
const HELLO: [u8; 8] = *b"\0SP\0\0\x30\0\0";
const HEAD: usize = 13;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many clients ask at once
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// How often the servers take turns
    #[arg(long, default_value_t = 51)]
    rounds: usize,
    /// How many requests each client sends in a round
    #[arg(long, default_value_t = 100)]
    requests: u32,
    /// Fail if our server answers fewer than this many times the requests of the libnng one
    #[arg(long, value_name = "RATIO")]
    at_least: Option<f64>,
}

pub(crate) fn run(args: &Args) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    let ours = {
        let options = ServerOptions::new(Place::socket(path("ours"))?);
        ApiServer::start(api(), options)?
    };
    #[cfg(not(feature = "nng"))]
    let base: Option<(&'static str, Way)> = None;
    #[cfg(feature = "nng")]
    let base = Some(("libnng", libnng(&path("libnng"), args.connections)?));

    let mut ways: Vec<(&'static str, Way)> = base.into_iter().collect();
    ways.push(("ours", clients(&path("ours"), args.connections)?));
    println!("{} connections, {} rounds of {} requests each", args.connections, args.rounds, args.requests);
    let measured = measure(ways, args.rounds, args.requests);
    let mut rows = Vec::new();
    for way in &measured {
        let rate = args.connections as f64 / way.median().as_secs_f64();
        let ratio = way.ratio_to(&measured[0]);
        if way.name != measured[0].name {
            let found = [ratio.median, ratio.quartiles.1, ratio.quartiles.0].map(|it| 1.0 / it);
            let found = format!("{:.2} ({:.2} to {:.2})", found[0], found[1], found[2]);
            let what = format!("requests that the server answers, {} clients", args.connections);
            rows.push(Row::new(what, measured[0].name, found).goal(Some("at least 1.8")));
        }
        println!(
            "  {:8} {rate:>9.0} requests a second   {:.2} times those of {} (quartiles {:.2} and {:.2})",
            way.name,
            1.0 / ratio.median,
            measured[0].name,
            1.0 / ratio.quartiles.1,
            1.0 / ratio.quartiles.0
        );
    }
    if let Some(least) = args.at_least {
        ensure!(measured.len() > 1, "there is nothing to compare with: libnng needs cmake");
        let ratio = 1.0 / measured[1].ratio_to(&measured[0]).median;
        ensure!(ratio >= least, "ours answers {ratio:.2} times the requests of libnng, fewer than {least}");
    }
    ours.stop();
    Ok(rows)
}

fn api() -> Api {
    let api = Api::new();
    api.register(on(|_, _: Ping| Ok(())));
    api
}

/// All clients in one thread: each sends a request, then each reads its answer.
fn clients(path: &Path, count: usize) -> Result<Way> {
    let body = Request::new(&Ping::new()).client_name("kiapi bench").encode();
    let length = (body.len() as u64 + 4).to_be_bytes();
    let request = [&[1][..], &length, &[0x80, 0, 0, 1], &body].concat();
    let mut sockets = Vec::new();
    for _ in 0..count {
        let mut socket = UnixStream::connect(path)?;
        socket.write_all(&HELLO)?;
        socket.read_exact(&mut [0; HELLO.len()])?;
        sockets.push(socket);
    }
    // All answers are of the same length, which the first one tells.
    let first = sockets.first_mut().expect("there is a client");
    first.write_all(&request)?;
    let mut head = [0; HEAD];
    first.read_exact(&mut head)?;
    let length = u64::from_be_bytes(head[1..9].try_into().expect("eight bytes"));
    let mut answer = vec![0; usize::try_from(length)? - 4];
    first.read_exact(&mut answer)?;
    let mut whole = vec![0; HEAD + answer.len()];
    Ok(again(move || {
        for socket in &mut sockets {
            socket.write_all(&request).expect("the server is there");
        }
        for socket in &mut sockets {
            socket.read_exact(&mut whole).expect("the server answers");
        }
    }))
}

/// A server as libnng's documentation shows it: one socket, one thread, receive and send in turn.
#[cfg(feature = "nng")]
fn libnng(path: &Path, connections: usize) -> Result<Way> {
    let socket = nng::Socket::new(nng::Protocol::Rep0)?;
    socket.listen(&format!("ipc://{}", path.display()))?;
    std::thread::spawn(move || {
        let api = api();
        while let Ok(request) = socket.recv() {
            let answer = api.answer(&request);
            if socket.send(nng::Message::from(answer.as_slice())).is_err() {
                break;
            }
        }
    });
    clients(path, connections)
}
