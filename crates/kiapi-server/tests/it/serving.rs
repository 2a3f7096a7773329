//! Servers on real sockets: order, and the end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use kiapi_gen::board::commands::{GetNets, NetsResponse};
use kiapi_gen::board::types::Net;
use kiapi_gen::common::commands::Ping;
use kiapi_server::transport::{Address, CallOptions, Client, ConnectOptions, Transport};
use kiapi_server::{Api, ApiServer, Backend, Place, ServerOptions, on};

use crate::{request, shown};

/// Every backend that is built.
const BACKENDS: &[Backend] = &[
    Backend::Native,
    #[cfg(feature = "nng")]
    Backend::Nng,
];

struct Served {
    server: ApiServer,
    _folder: tempfile::TempDir,
}

fn serve(api: Api, backend: Backend) -> Served {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::temp_dir(folder.path());
    let server = ApiServer::start(api, ServerOptions::new(place).backend(backend)).unwrap();
    Served { server, _folder: folder }
}

fn call(address: &Address, bytes: &[u8]) -> String {
    let client = Client::connect(address, &ConnectOptions::new()).unwrap();
    shown(&client.call(bytes, &CallOptions::new()).unwrap())
}

const OK: &str = r#"header OK "" google.protobuf.Empty"#;

#[test]
fn requests_are_handled_one_at_a_time() {
    for backend in BACKENDS {
        let (inside, most) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
        let seen = Arc::clone(&most);
        let api = Api::new();
        api.register(on(move |_, _: Ping| {
            seen.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::yield_now();
            inside.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        }));
        let served = serve(api, *backend);
        let all = Arc::new(Barrier::new(8));
        let clients: Vec<_> = (0..8)
            .map(|_| {
                let (all, address) = (Arc::clone(&all), served.server.address().clone());
                thread::spawn(move || {
                    let client = Client::connect(&address, &ConnectOptions::new());
                    // Also without one: the others would wait for ever.
                    all.wait();
                    let client = client.unwrap();
                    for _ in 0..50 {
                        let answer = client.call(&request(&Ping::new(), ""), &CallOptions::new()).unwrap();
                        assert_eq!(shown(&answer), OK);
                    }
                })
            })
            .collect();
        for client in clients {
            client.join().unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), 1, "{backend:?}");
    }
}

#[test]
fn what_was_accepted_is_answered_before_the_end() {
    for backend in BACKENDS {
        // Large enough not to fit into the socket.
        let names = (0..50_000).map(|number| Net::new().with_name(format!("net number {number}")));
        let nets = NetsResponse::new().with_nets(names);
        let (begun, at_work) = mpsc::channel();
        let (go_on, told) = mpsc::channel();
        let api = Api::new();
        api.register(on(move |_, _: GetNets| {
            begun.send(()).unwrap();
            told.recv().unwrap();
            Ok(nets.clone())
        }));
        let served = serve(api, *backend);
        let address = served.server.address().clone();
        let client = thread::spawn(move || call(&address, &request(&GetNets::new(), "")));
        at_work.recv().unwrap();
        thread::scope(|scope| {
            let stopped = scope.spawn(|| served.server.stop());
            go_on.send(()).unwrap();
            stopped.join().unwrap();
        });
        let expected = r#"header OK "" kiapi.board.commands.NetsResponse"#;
        assert_eq!(client.join().unwrap(), expected, "{backend:?}");
        assert!(!served.server.is_running());
        assert!(Client::connect(served.server.address(), &ConnectOptions::new()).is_err());
    }
}

#[test]
fn server_that_stops_does_not_wait_for_a_client_that_does_not_read() {
    let nets = NetsResponse::new().with_nets((0..100_000).map(|n| Net::new().with_name(format!("net {n}"))));
    let api = Api::new();
    let (done, answered) = mpsc::channel();
    api.register(on(move |_, _: GetNets| {
        done.send(()).unwrap();
        Ok(nets.clone())
    }));
    let folder = tempfile::tempdir().unwrap();
    let options = ServerOptions::new(Place::temp_dir(folder.path())).grace(Duration::from_millis(50));
    let server = ApiServer::start(api, options).unwrap();
    let _client = crate::hostile::ask_and_never_read(server.address(), &request(&GetNets::new(), ""));
    answered.recv_timeout(Duration::from_secs(10)).unwrap();
    server.stop();
    assert!(!server.is_running());
}

#[test]
fn stopping_twice_and_from_inside_a_handler_ends_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let (hand_over, handed) = mpsc::channel::<Arc<ApiServer>>();
    let api = Api::new();
    api.register(on(move |_, _: Ping| {
        handed.recv().unwrap().stop();
        Ok(())
    }));
    let options = ServerOptions::new(Place::temp_dir(folder.path()));
    let server = Arc::new(ApiServer::start(api, options).unwrap());
    let client = Client::connect(server.address(), &ConnectOptions::new()).unwrap();
    hand_over.send(Arc::clone(&server)).unwrap();
    // Its own answer may or may not be read before the end; that it ends is what counts.
    let _ = client.call(&request(&Ping::new(), ""), &CallOptions::new());
    server.stop();
    drop(client);
    assert!(Client::connect(server.address(), &ConnectOptions::new()).is_err());
}
