//! A program of its own, which counts what it uses: many connections, many emulators, much garbage, and nothing is left
//! behind. A good client beside them is served all the time.

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("endurance: what a process uses is counted on Linux only; nothing was tested");
}

#[cfg(target_os = "linux")]
fn main() {
    counted::run();
}

#[cfg(target_os = "linux")]
mod counted {
    use std::fs;
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    use std::sync::{Arc, Barrier};
    use std::thread;
    use std::time::{Duration, Instant};

    use kiapi_emulator::transport::{Address, CallOptions, Client, ConnectOptions, Transport as _};
    use kiapi_emulator::{Emulator, Habit, Running};
    use kiapi_gen::common::ApiStatusCode;
    use kiapi_gen::common::commands::Ping;
    use kiapi_gen::{Request, Response};

    const CONNECTIONS: usize = 10_000;
    const EMULATORS: usize = 1_000;
    const BAD_FRAMES: usize = 100_000;
    /// What memory may grow by while all that is done for the second time, in bytes. The allocator keeps what the first
    /// time took; 40 bytes lost with each bad frame, or 4 KiB with each emulator, would be more than this.
    const GROWTH: usize = 4 << 20;
    /// So long a good client may wait for an answer: long for a machine that has other things to do, and far less than
    /// what a server waits for a client that hangs.
    const PATIENCE: Duration = Duration::from_secs(3);
    /// So many clients hang while others misbehave.
    const HANGING: usize = 100;

    /// What this process uses.
    #[derive(Clone, Copy, Debug)]
    struct Used {
        files: usize,
        threads: usize,
        memory: usize,
    }

    impl Used {
        fn now() -> Self {
            let count = |path: &str| fs::read_dir(path).unwrap().count();
            let pages = fs::read_to_string("/proc/self/statm").unwrap();
            let resident: usize = pages.split(' ').nth(1).unwrap().parse().unwrap();
            Self { files: count("/proc/self/fd"), threads: count("/proc/self/task"), memory: resident * 4096 }
        }
    }

    /// Waits until files and threads are as they were: a server notices a moment later that a client is gone.
    #[track_caller]
    fn settle(before: Used, what: &str) -> Used {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let now = Used::now();
            if now.files <= before.files && now.threads <= before.threads {
                return now;
            }
            assert!(Instant::now() < end, "{what}: {before:?} became {now:?}");
            thread::yield_now();
        }
    }

    fn connect(address: &Address) -> Client {
        Client::connect(address, &ConnectOptions::new()).unwrap()
    }

    fn ping(client: &Client) {
        client.call(&Request::new(&Ping::new()).encode(), &CallOptions::new()).unwrap();
    }

    /// A client that pings all the time, and notes the longest wait.
    struct Good {
        stop: Arc<AtomicBool>,
        slowest: Arc<AtomicU64>,
        thread: thread::JoinHandle<u64>,
    }

    impl Good {
        fn start(kicad: &Running) -> Self {
            let client = connect(kicad.socket());
            let (stop, slowest) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
            let (stopped, slow) = (Arc::clone(&stop), Arc::clone(&slowest));
            let ready = Arc::new(Barrier::new(2));
            let begun = Arc::clone(&ready);
            let thread = thread::spawn(move || {
                let mut count = 0;
                begun.wait();
                while !stopped.load(Ordering::SeqCst) {
                    let start = Instant::now();
                    ping(&client);
                    let time = u64::try_from(start.elapsed().as_micros()).unwrap();
                    slow.fetch_max(time, Ordering::SeqCst);
                    count += 1;
                }
                count
            });
            ready.wait();
            Self { stop, slowest, thread }
        }

        fn end(self, what: &str) {
            self.stop.store(true, Ordering::SeqCst);
            let count = self.thread.join().unwrap();
            let slowest = Duration::from_micros(self.slowest.load(Ordering::SeqCst));
            println!("{what}: the good client pinged {count} times, the slowest took {slowest:?}");
            assert!(count > 0 && slowest < PATIENCE, "{what}: {count} pings, the slowest took {slowest:?}");
        }
    }

    pub(super) fn run() {
        // What is allocated once, and kept, is allocated now.
        let warm = Emulator::demo().start().unwrap();
        ping(&connect(warm.socket()));
        warm.stop();

        // Otherwise garbage would bring the answers to everybody out of step, as it does in KiCad.
        let kicad = Emulator::demo().without(Habit::DoubleAnswers).start().unwrap();
        twice("connections", || {
            let good = Good::start(&kicad);
            for _ in 0..CONNECTIONS {
                drop(connect(kicad.socket()));
            }
            good.end("connections");
        });
        twice("bad frames", || {
            let hanging = hang(kicad.socket());
            let good = Good::start(&kicad);
            bad_frames(kicad.socket());
            good.end("bad frames");
            drop(hanging);
        });
        kicad.stop();
        twice("emulators", side_by_side);
    }

    /// Does something once for the allocator, and once to be counted.
    #[track_caller]
    fn twice(what: &str, work: impl Fn()) {
        let before = Used::now();
        work();
        // Files and threads must be gone by now, memory need not.
        let settled = settle(before, what);
        work();
        let after = settle(before, what);
        let grown = after.memory.saturating_sub(settled.memory);
        println!("{what}: {settled:?} became {after:?}");
        assert!(grown < GROWTH, "{what}: {grown} bytes are lost, {settled:?} became {after:?}");
    }

    fn side_by_side() {
        let running: Vec<_> = (0..EMULATORS).map(|_| Emulator::demo().start().unwrap()).collect();
        for kicad in &running {
            ping(&connect(kicad.socket()));
        }
    }

    /// Clients that stay: some never say who they are, some stop in the middle of a request, some ask and never read.
    fn hang(address: &Address) -> Vec<UnixStream> {
        let request = Request::new(&Ping::new()).encode();
        let whole = [HELLO, &head(4 + request.len() as u64), &request].concat();
        let start = |number: usize| match number % 3 {
            0 => Vec::new(),
            1 => whole[..whole.len() - 1].to_vec(),
            _ => whole.clone(),
        };
        let connect = |number| {
            let mut socket = UnixStream::connect(address.path().unwrap()).unwrap();
            socket.write_all(&start(number)).unwrap();
            socket
        };
        (0..HANGING).map(connect).collect()
    }

    /// The greeting of a client.
    const HELLO: &[u8] = b"\0SP\0\0\x30\0\0";

    /// What stands before the body of a request, whose length counts its id.
    fn head(length: u64) -> Vec<u8> {
        [&[1][..], &length.to_be_bytes(), &[0x80, 0, 0, 1]].concat()
    }

    /// Garbage of all kinds: in the handshake, in the head of a frame, in its length, and most of it in the body of a frame
    /// that is read whole and answered.
    fn bad_frames(address: &Address) {
        let path = address.path().unwrap();
        let bodies: Vec<u8> = (0..100).flat_map(|_| [head(4 + 8), vec![0xff; 8]].concat()).collect();
        for round in 0..BAD_FRAMES / 100 {
            let mut socket = UnixStream::connect(path).unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            match round % 4 {
                // The server may hang up while it is being told nonsense.
                0 => drop(socket.write_all(b"GET / HTTP/1.1\r\n\r\n")),
                1 => drop(socket.write_all(&[HELLO, &[0xff; 64]].concat())),
                _ => {}
            }
            if round % 4 < 2 {
                let mut rest = Vec::new();
                let _ = socket.read_to_end(&mut rest);
                assert!(rest.len() <= HELLO.len(), "garbage is answered {rest:?}");
                socket = UnixStream::connect(path).unwrap();
            }
            socket.write_all(&[HELLO, &bodies].concat()).unwrap();
            socket.read_exact(&mut [0; HELLO.len()]).unwrap();
            for _ in 0..100 {
                let mut start = [0; 13];
                socket.read_exact(&mut start).unwrap();
                let length = u64::from_be_bytes(start[1..9].try_into().unwrap());
                let mut body = vec![0; usize::try_from(length).unwrap() - 4];
                socket.read_exact(&mut body).unwrap();
                let answer = Response::decode(&body).unwrap();
                assert_eq!(answer.status(), ApiStatusCode::BAD_REQUEST);
            }
            let _ = socket.write_all(&head(1 << 60));
        }
    }
}
