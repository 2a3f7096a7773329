//! Ends of connections on which a test says what it likes: unix sockets, or pipes with the same few methods.

#[cfg(unix)]
pub(crate) use self::unix::{Listener, Stream};
#[cfg(windows)]
pub(crate) use self::windows::{Listener, Stream};

#[cfg(unix)]
mod unix {
    use std::io;
    use std::os::unix::net::UnixListener;

    use crate::support::Place;

    pub(crate) use std::os::unix::net::UnixStream as Stream;

    pub(crate) struct Listener(UnixListener);

    impl Listener {
        /// Listens at a place where nobody does; a file that the last one left is in nobody's way.
        pub(crate) fn bind(place: &Place) -> Self {
            let path = place.path().unwrap();
            let _ = std::fs::remove_file(path);
            Self(UnixListener::bind(path).unwrap())
        }

        pub(crate) fn accept(&self) -> Stream {
            self.0.accept().unwrap().0
        }

        /// Whether a client has connected that was not accepted.
        pub(crate) fn has_client(&self) -> bool {
            self.0.set_nonblocking(true).unwrap();
            let accepted = self.0.accept();
            self.0.set_nonblocking(false).unwrap();
            accepted.is_ok()
        }
    }

    /// Connects, and waits as long as it takes until there is room for one more.
    pub(crate) fn connect(place: &Place) -> Stream {
        try_connect(place).unwrap()
    }

    /// Connects if that is possible at once.
    pub(crate) fn try_connect(place: &Place) -> io::Result<Stream> {
        Stream::connect(place.path().unwrap())
    }
}

#[cfg(unix)]
pub(crate) use self::unix::connect;
#[cfg(all(unix, feature = "tokio"))]
pub(crate) use self::unix::try_connect;
#[cfg(windows)]
pub(crate) use self::windows::{connect, try_connect};

#[cfg(windows)]
mod windows {
    use std::cell::Cell;
    use std::io::{self, ErrorKind as Io, Read, Write};
    use std::pin::pin;
    use std::sync::mpsc::channel;
    use std::sync::{Arc, LazyLock, Mutex};
    use std::task::{Context, Poll, Wake, Waker};
    use std::thread::{self, Thread};
    use std::time::{Duration, Instant};

    use tokio::io::Interest;
    use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions};
    use tokio::runtime::Runtime;

    use crate::support::{LONG, Place};

    /// All instances are taken (`ERROR_PIPE_BUSY`).
    const BUSY: i32 = 231;
    /// The other end has taken the connection back (`ERROR_PIPE_NOT_CONNECTED`).
    const NOT_CONNECTED: i32 = 233;
    /// How much a pipe holds in each direction: as much as a unix socket.
    const ROOM: u32 = 256 * 1024;
    /// How much is written at a time.
    const PIECE: usize = 64 * 1024;

    /// It hears what becomes of the pipes here; whoever waits for one parks, and may be on a runtime of a test.
    static REACTOR: LazyLock<Runtime> = LazyLock::new(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(1).enable_io().build().unwrap()
    });

    /// A pipe with one instance, which is taken while its client is connected.
    pub(crate) struct Listener {
        name: String,
        next: Mutex<Option<NamedPipeServer>>,
    }

    pub(crate) struct Stream {
        /// Gone only while this is dropped.
        pipe: Option<Arc<Pipe>>,
        timeout: Cell<Option<Duration>>,
    }

    enum Pipe {
        Server(NamedPipeServer),
        Client(NamedPipeClient),
    }

    macro_rules! either {
        ($pipe:expr, $it:ident => $call:expr) => {
            match &**$pipe.as_ref().unwrap() {
                Pipe::Server($it) => $call,
                Pipe::Client($it) => $call,
            }
        };
    }

    impl Listener {
        /// Listens at a place where nobody does, or somebody is just going.
        pub(crate) fn bind(place: &Place) -> Self {
            let name = place.pipe_name().unwrap();
            let end = Instant::now() + LONG;
            let first = loop {
                match create(&name, true) {
                    Err(_) if Instant::now() < end => thread::yield_now(),
                    made => break made.unwrap(),
                }
            };
            Self { name, next: Mutex::new(Some(first)) }
        }

        pub(crate) fn accept(&self) -> Stream {
            let waiting = self.next.lock().unwrap().take();
            let pipe = waiting.unwrap_or_else(|| create(&self.name, false).unwrap());
            {
                let mut connected = pin!(pipe.connect());
                wait(None, |context| connected.as_mut().poll(context)).unwrap();
            }
            Stream::new(Pipe::Server(pipe))
        }

        /// Whether a client has connected that was not accepted.
        pub(crate) fn has_client(&self) -> bool {
            let next = self.next.lock().unwrap();
            let Some(waiting) = &*next else { return false };
            let mut connected = pin!(waiting.connect());
            connected.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
        }
    }

    fn create(name: &str, is_first: bool) -> io::Result<NamedPipeServer> {
        let _entered = REACTOR.enter();
        ServerOptions::new()
            .first_pipe_instance(is_first)
            .in_buffer_size(ROOM)
            .out_buffer_size(ROOM)
            .create(name)
    }

    /// Connects, and waits as long as it takes until there is room for one more.
    pub(crate) fn connect(place: &Place) -> Stream {
        let end = Instant::now() + LONG;
        loop {
            match try_connect(place) {
                Err(error) if error.raw_os_error() == Some(BUSY) && Instant::now() < end => {
                    thread::yield_now();
                }
                opened => return opened.unwrap(),
            }
        }
    }

    /// Connects if that is possible at once.
    pub(crate) fn try_connect(place: &Place) -> io::Result<Stream> {
        let _entered = REACTOR.enter();
        ClientOptions::new().open(place.pipe_name().unwrap()).map(|pipe| Stream::new(Pipe::Client(pipe)))
    }

    impl Stream {
        fn new(pipe: Pipe) -> Self {
            Self { pipe: Some(Arc::new(pipe)), timeout: Cell::new(None) }
        }

        #[allow(clippy::unnecessary_wraps)] // as that of a socket
        pub(crate) fn set_read_timeout(&self, time: Option<Duration>) -> io::Result<()> {
            self.timeout.set(time);
            Ok(())
        }

        #[allow(clippy::unnecessary_wraps)] // as that of a socket
        pub(crate) fn try_clone(&self) -> io::Result<Self> {
            Ok(Self { pipe: self.pipe.clone(), timeout: self.timeout.clone() })
        }
    }

    impl Drop for Stream {
        fn drop(&mut self) {
            drop(self.pipe.take());
            let_go();
        }
    }

    impl Drop for Listener {
        fn drop(&mut self) {
            drop(self.next.lock().unwrap().take());
            let_go();
        }
    }

    /// Waits until the other end can see that a pipe was dropped, as it can at once with a socket.
    fn let_go() {
        let (sender, done) = channel();
        REACTOR.spawn(async move {
            for _ in 0..3 {
                // Goes on once the system was asked what is done.
                tokio::task::yield_now().await;
            }
            let _ = sender.send(());
        });
        let _ = done.recv_timeout(LONG);
    }

    impl Read for Stream {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let end = self.timeout.get().map(|time| Instant::now() + time);
            loop {
                match either!(self.pipe, pipe => pipe.try_read(into)) {
                    Err(error) if error.kind() == Io::WouldBlock => {}
                    Err(error) if error.raw_os_error() == Some(NOT_CONNECTED) => {
                        return Err(Io::ConnectionReset.into());
                    }
                    done => return done,
                }
                wait(end, |context| either!(self.pipe, pipe => pipe.poll_read_ready(context)))?;
            }
        }
    }

    impl Write for Stream {
        /// Returns when the pipe has taken it, as a socket would.
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let piece = &bytes[..bytes.len().min(PIECE)];
            let mut written = 0;
            while written == 0 && !piece.is_empty() {
                let write = || {
                    written = either!(self.pipe, pipe => pipe.try_write(piece))?;
                    // It says when it has taken it.
                    Err::<(), _>(Io::WouldBlock.into())
                };
                match either!(self.pipe, pipe => pipe.try_io(Interest::WRITABLE, write)) {
                    Err(error) if error.kind() != Io::WouldBlock => return Err(error),
                    _ => wait(None, |context| either!(self.pipe, pipe => pipe.poll_write_ready(context)))?,
                }
            }
            Ok(written)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Alarm(Thread);

    impl Wake for Alarm {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    /// Parks until it is ready, or until then.
    fn wait<T>(
        end: Option<Instant>,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> io::Result<T> {
        let waker = Waker::from(Arc::new(Alarm(thread::current())));
        let mut context = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(done) = poll(&mut context) {
                return done;
            }
            match end.map(|end| end.saturating_duration_since(Instant::now())) {
                None => thread::park(),
                Some(Duration::ZERO) => return Err(Io::TimedOut.into()),
                Some(left) => thread::park_timeout(left),
            }
        }
    }
}
