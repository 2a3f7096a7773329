//! What a new connection with one ping on it costs over our transport, compared with libnng.
//!
//! libnng connects a REQ socket to a REP socket, as its documentation shows it. Ours connects to our server. Each connection
//! is closed before the next one is made.

#[cfg(feature = "nng")]
use std::path::Path;
use std::thread;

use anyhow::{Result, ensure};
use kiapi_transport::tokio::Client as TokioClient;
use kiapi_transport::{
    Address, CallOptions, Client, ConnectOptions, Deadline, Listener, Server, ServerOptions, Transport,
};

use crate::interleave::{Way, again, measure};
use crate::runtime::Flavour;
use crate::table::Row;

const PING: &[u8] = &[7; 100];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often all ways take turns
    #[arg(long, default_value_t = 51)]
    rounds: usize,
    /// How many connections each way makes in a round
    #[arg(long, default_value_t = 50)]
    connections: u32,
    /// Fail if one of ours costs more than this share of libnng's
    #[arg(long, value_name = "RATIO")]
    at_most: Option<f64>,
}

pub(crate) fn run(args: &Args) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let address = Address::from_path(folder.path().join("ours"))?;
    serve(Server::bind(&address, &ServerOptions::new())?);
    #[cfg(not(feature = "nng"))]
    let base: Option<(&'static str, Way)> = None;
    #[cfg(feature = "nng")]
    let base = Some(("libnng", libnng(&folder.path().join("libnng"))?));

    let mut ways: Vec<(&'static str, Way)> = base.into_iter().collect();
    ways.push(("native", native(address.clone())));
    ways.push(("tokio", tokio(address)?));
    println!("{} rounds of {} connections each, one ping on each", args.rounds, args.connections);
    let measured = measure(ways, args.rounds, args.connections);
    let mut rows = Vec::new();
    for way in &measured {
        let base = &measured[0];
        let ratio = way.ratio_to(base);
        if way.name != base.name {
            let what = format!("connect and one ping, {}", way.name);
            rows.push(Row::ratio(what, base.name, &ratio).goal(Some("0.30")));
        }
        println!(
            "  {:8} median {:>9.2?}   {:.3} times {} (quartiles {:.3} and {:.3})",
            way.name,
            way.median(),
            ratio.median,
            base.name,
            ratio.quartiles.0,
            ratio.quartiles.1
        );
    }
    if let Some(limit) = args.at_most {
        ensure!(measured.len() > 2, "there is nothing to compare with: libnng needs cmake");
        for way in &measured[1..] {
            let ratio = way.ratio_to(&measured[0]).median;
            ensure!(ratio <= limit, "{} costs {ratio:.3} of libnng, more than {limit}", way.name);
        }
    }
    Ok(rows)
}

fn serve(server: Server) {
    thread::spawn(move || {
        while let Ok(request) = server.recv(Deadline::NEVER) {
            let (body, responder) = request.into_parts();
            responder.reply(body).expect("the client is there");
        }
    });
}

fn native(address: Address) -> Way {
    again(move || {
        let client = Client::connect(&address, &ConnectOptions::new()).expect("a server is there");
        assert_eq!(client.call(PING, &CallOptions::new()).expect("an answer"), PING);
    })
}

fn tokio(address: Address) -> Result<Way> {
    let flavour = Flavour::CurrentThread;
    Ok(flavour.way(flavour.start()?, move |times| {
        let address = address.clone();
        async move {
            for _ in 0..times {
                let client =
                    TokioClient::connect(&address, &ConnectOptions::new()).await.expect("a server is there");
                assert_eq!(client.call(PING, &CallOptions::new()).await.expect("an answer"), PING);
            }
        }
    }))
}

#[cfg(feature = "nng")]
fn libnng(path: &Path) -> Result<Way> {
    let url = format!("ipc://{}", path.display());
    let server = nng::Socket::new(nng::Protocol::Rep0)?;
    server.listen(&url)?;
    thread::spawn(move || {
        while let Ok(request) = server.recv() {
            server.send(request).expect("the client is there");
        }
    });
    Ok(again(move || {
        let client = nng::Socket::new(nng::Protocol::Req0).expect("a socket");
        client.dial(&url).expect("a server is there");
        client.send(nng::Message::from(PING)).expect("it is sent");
        assert_eq!(client.recv().expect("an answer").as_slice(), PING);
    }))
}
