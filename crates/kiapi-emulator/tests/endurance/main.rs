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
    use std::io::Write as _;
    use std::os::unix::net::UnixStream;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    use std::sync::{Arc, Barrier};
    use std::thread;
    use std::time::{Duration, Instant};

    use kiapi_emulator::transport::{Address, CallOptions, Client, ConnectOptions, Transport as _};
    use kiapi_emulator::{Emulator, Running};
    use kiapi_gen::Request;
    use kiapi_gen::common::commands::Ping;

    const CONNECTIONS: usize = 10_000;
    const EMULATORS: usize = 1_000;
    const BAD_FRAMES: usize = 100_000;
    /// What memory may grow by over all that, in bytes: the allocator keeps some of what it once had.
    const GROWTH: usize = 48 << 20;

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
    fn check(before: Used, what: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let now = Used::now();
            if now.files <= before.files && now.threads <= before.threads {
                assert!(now.memory < before.memory + GROWTH, "{what}: {before:?} became {now:?}");
                println!("{what}: {before:?} became {now:?}");
                return;
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
            assert!(count > 0);
            println!(
                "{what}: the good client pinged {count} times, the slowest in {} µs",
                self.slowest.load(Ordering::SeqCst)
            );
        }
    }

    pub(super) fn run() {
        // What is allocated once, and kept, is allocated now.
        let warm = Emulator::demo().start().unwrap();
        ping(&connect(warm.socket()));
        warm.stop();

        let kicad = Emulator::demo().start().unwrap();
        let before = Used::now();
        let good = Good::start(&kicad);
        for _ in 0..CONNECTIONS {
            drop(connect(kicad.socket()));
        }
        good.end("connections");
        check(before, "connections");

        let before = Used::now();
        let good = Good::start(&kicad);
        bad_frames(kicad.socket());
        good.end("bad frames");
        check(before, "bad frames");
        kicad.stop();

        // The allocator keeps what the first thousand took; the second must do with it.
        side_by_side();
        let before = Used::now();
        side_by_side();
        check(before, "emulators");
    }

    fn side_by_side() {
        let running: Vec<_> = (0..EMULATORS).map(|_| Emulator::demo().start().unwrap()).collect();
        for kicad in &running {
            ping(&connect(kicad.socket()));
        }
    }

    /// Garbage of all kinds: in the handshake, in the head of a frame, in its length, in its body.
    fn bad_frames(address: &Address) {
        const HELLO: &[u8] = b"\0SP\0\0\x30\0\0";
        let path = address.path().unwrap();
        let head = |length: u64| [&[1][..], &length.to_be_bytes(), &[0x80, 0, 0, 1]].concat();
        // Garbage bodies in whole frames: the connection stays, each is answered.
        let bodies: Vec<u8> = (0..100).flat_map(|_| [head(4 + 8), vec![0xff; 8]].concat()).collect();
        let mut sent = 0;
        while sent < BAD_FRAMES {
            let mut socket = UnixStream::connect(path).unwrap();
            let last: &[u8] = match sent % 300 {
                0 => b"GET / HTTP/1.1\r\n\r\n",
                100 => &[HELLO, &[0xff; 64]].concat(),
                _ => &[HELLO, &bodies, &head(1 << 60)].concat(),
            };
            // The server may hang up while it is being told nonsense.
            let _ = socket.write_all(last);
            sent += 100;
        }
    }
}
