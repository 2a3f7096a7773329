//! What a ping costs beyond the bare system calls: `cargo run --release --example ping_cost`.
//!
//! The bare one sends the same bytes over the same kind of socket between two threads, with `write_all` and `read_exact`.
//! Rounds of all kinds alternate, so that a machine that gets slower is slower for all; medians are compared.

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    measure::main()
}

#[cfg(unix)]
mod measure {
    use std::error::Error;
    use std::io::{Read, Write};
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::Path;
    use std::thread;
    use std::time::{Duration, Instant};

    use kiapi_transport::{
        Address, CallOptions, Client, ConnectOptions, Deadline, Listener, Server, ServerOptions, Transport,
    };

    const ROUNDS: usize = 61;
    const PINGS: u32 = 2_000;
    /// About what KiCad's Ping is, with its token.
    const REQUEST: [u8; 110] = [1; 110];
    const REPLY: [u8; 70] = [2; 70];

    type Ping = Box<dyn FnMut()>;

    pub(super) fn main() -> Result<(), Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let mut kinds: Vec<(&str, Ping)> = vec![("bare", bare(&folder.path().join("bare.sock"))?)];
        kinds.push(("native", native(&folder.path().join("native.sock"))?));
        #[cfg(feature = "nng")]
        kinds.push(("nng", nng(&folder.path().join("nng.sock"))?));

        let mut times = vec![Vec::new(); kinds.len()];
        for _ in 0..ROUNDS {
            for ((_, ping), times) in kinds.iter_mut().zip(&mut times) {
                let start = Instant::now();
                (0..PINGS).for_each(|_| ping());
                times.push(start.elapsed() / PINGS);
            }
        }
        let ratios = |times: &[Duration], bare: &[Duration]| {
            let mut ratios: Vec<_> =
                times.iter().zip(bare).map(|(time, bare)| time.as_secs_f64() / bare.as_secs_f64()).collect();
            ratios.sort_by(f64::total_cmp);
            ratios[ratios.len() / 2]
        };
        let bare = times[0].clone();
        for ((name, _), times) in kinds.iter().zip(times) {
            let ratio = ratios(&times, &bare);
            let mut sorted = times;
            sorted.sort();
            let (median, best) = (sorted[sorted.len() / 2], sorted[0]);
            println!("{name:8} median {median:>10.2?}  best {best:>10.2?}  median ratio to bare {ratio:.3}");
        }
        Ok(())
    }

    fn bare(path: &Path) -> Result<Ping, Box<dyn Error>> {
        let listener = UnixListener::bind(path)?;
        let mut client = UnixStream::connect(path)?;
        let mut server = listener.accept()?.0;
        thread::spawn(move || {
            while read_frame(&mut server).is_ok() {
                server.write_all(&frame(&REPLY)).expect("the client is there");
            }
        });
        Ok(Box::new(move || {
            client.write_all(&frame(&REQUEST)).expect("the server is there");
            assert_eq!(read_frame(&mut client).expect("an answer").len(), REPLY.len());
        }))
    }

    fn frame(body: &[u8]) -> Vec<u8> {
        [&[1][..], &(body.len() as u64 + 4).to_be_bytes(), &[0x80, 0, 0, 1], body].concat()
    }

    fn read_frame(stream: &mut UnixStream) -> std::io::Result<Vec<u8>> {
        let mut head = [0; 13];
        stream.read_exact(&mut head)?;
        let length = u64::from_be_bytes(*head[1..].first_chunk().expect("the head has room for a length"));
        let mut body = vec![0; usize::try_from(length).expect("a small frame") - 4];
        stream.read_exact(&mut body)?;
        Ok(body)
    }

    fn native(path: &Path) -> Result<Ping, Box<dyn Error>> {
        let address = Address::from_path(path)?;
        serve(Server::bind(&address, &ServerOptions::new())?);
        Ok(call(Client::connect(&address, &ConnectOptions::new())?))
    }

    #[cfg(feature = "nng")]
    fn nng(path: &Path) -> Result<Ping, Box<dyn Error>> {
        use kiapi_transport::nng;

        let address = Address::from_path(path)?;
        serve(nng::Server::bind(&address, &ServerOptions::new())?);
        Ok(call(nng::Client::connect(&address, &ConnectOptions::new())?))
    }

    fn serve(server: impl Listener + 'static) {
        thread::spawn(move || {
            while let Ok(request) = server.recv(Deadline::NEVER) {
                request.reply(REPLY).expect("the client is there");
            }
        });
    }

    fn call(client: impl Transport + 'static) -> Ping {
        let options = CallOptions::new();
        Box::new(move || assert_eq!(client.call(&REQUEST, &options).expect("an answer").len(), REPLY.len()))
    }
}
