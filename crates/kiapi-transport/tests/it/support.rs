//! Places for sockets, servers that run, and waiting for things.

use std::ops::Deref;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use kiapi_transport::{
    Address, CallOptions, ConnectOptions, Deadline, Listener, Request, Result, ServerOptions, Transport,
};

/// Longer than anything takes that works.
pub(crate) const LONG: Duration = Duration::from_secs(30);
/// As short as a deadline can be that is meant to pass.
pub(crate) const SHORT: Duration = Duration::from_millis(30);

/// An address of its own, and what keeps it.
#[derive(Clone)]
pub(crate) struct Place {
    address: Address,
    #[cfg(unix)]
    folder: Arc<tempfile::TempDir>,
}

impl Place {
    #[cfg(unix)]
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let address = Address::from_path(folder.path().join("api.sock")).expect("a short path");
        Self { address, folder: Arc::new(folder) }
    }

    /// One that is named as KiCad names its own.
    #[cfg(unix)]
    pub(crate) fn of_kicad() -> Self {
        let Self { folder, .. } = Self::new();
        let kicad = folder.path().join("kicad");
        std::fs::create_dir(&kicad).expect("the folder is new");
        Self { address: Address::from_path(kicad.join("api.sock")).expect("a short path"), folder }
    }

    #[cfg(not(unix))]
    pub(crate) fn new() -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("ipc://kiapi-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self { address: name.parse().expect("a name") }
    }
}

impl Deref for Place {
    type Target = Address;

    fn deref(&self) -> &Address {
        &self.address
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    Native,
    #[cfg(feature = "tokio")]
    Tokio(Runtime),
    #[cfg(feature = "nng")]
    Nng,
}

impl Backend {
    pub(crate) fn connect(self, address: &Address, options: &ConnectOptions) -> Result<Arc<dyn Transport>> {
        Ok(match self {
            Self::Native => Arc::new(kiapi_transport::Client::connect(address, options)?),
            #[cfg(feature = "tokio")]
            Self::Tokio(runtime) => Arc::new(OnRuntime::connect(runtime, address, options)?),
            #[cfg(feature = "nng")]
            Self::Nng => Arc::new(kiapi_transport::nng::Client::connect(address, options)?),
        })
    }

    pub(crate) fn bind(self, address: &Address, options: &ServerOptions) -> Result<Arc<dyn Listener>> {
        Ok(match self {
            Self::Native => Arc::new(kiapi_transport::Server::bind(address, options)?),
            #[cfg(feature = "tokio")]
            Self::Tokio(_) => panic!("there is no server on tokio"),
            #[cfg(feature = "nng")]
            Self::Nng => Arc::new(kiapi_transport::nng::Server::bind(address, options)?),
        })
    }
}

/// The kinds of runtime that tokio has.
#[cfg(feature = "tokio")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runtime {
    CurrentThread,
    MultiThread,
}

#[cfg(feature = "tokio")]
impl Runtime {
    pub(crate) fn start(self) -> tokio::runtime::Runtime {
        let mut builder = match self {
            Self::CurrentThread => tokio::runtime::Builder::new_current_thread(),
            Self::MultiThread => tokio::runtime::Builder::new_multi_thread(),
        };
        builder.worker_threads(2).enable_all().build().expect("a runtime")
    }
}

/// The client on tokio, with a runtime of its own, for threads that wait for it.
#[cfg(feature = "tokio")]
#[derive(Debug)]
struct OnRuntime {
    client: Arc<kiapi_transport::tokio::Client>,
    runtime: tokio::runtime::Runtime,
    flavour: Runtime,
}

#[cfg(feature = "tokio")]
impl OnRuntime {
    fn connect(flavour: Runtime, address: &Address, options: &ConnectOptions) -> Result<Self> {
        let runtime = flavour.start();
        let client = runtime.block_on(kiapi_transport::tokio::Client::connect(address, options))?;
        Ok(Self { client: Arc::new(client), runtime, flavour })
    }
}

#[cfg(feature = "tokio")]
impl Transport for OnRuntime {
    fn call(&self, request: &[u8], options: &CallOptions) -> Result<Vec<u8>> {
        match self.flavour {
            Runtime::CurrentThread => self.runtime.block_on(self.client.call(request, options)),
            // On a worker, and not on the thread that waits here.
            Runtime::MultiThread => {
                let (client, request, options) = (Arc::clone(&self.client), request.to_vec(), *options);
                let task = self.runtime.spawn(async move { client.call(&request, &options).await });
                self.runtime.block_on(task).expect("a call does not panic")
            }
        }
    }

    fn address(&self) -> &Address {
        self.client.address()
    }

    fn is_connected(&self) -> bool {
        self.client.is_connected()
    }
}

/// A server whose requests are handled on a thread, until dropped.
pub(crate) struct Running {
    server: Arc<dyn Listener>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub(crate) fn new(server: Arc<dyn Listener>, mut handle: impl FnMut(Request) + Send + 'static) -> Self {
        let receiver = Arc::clone(&server);
        let thread = thread::spawn(move || {
            loop {
                match receiver.recv(Deadline::NEVER) {
                    Ok(request) => handle(request),
                    Err(error) if error.is_closed() => return,
                    Err(error) => panic!("{error:?}"),
                }
            }
        });
        Self { server, thread: Some(thread) }
    }

    pub(crate) fn echo(server: Arc<dyn Listener>) -> Self {
        Self::new(server, |request| {
            let (body, responder) = request.into_parts();
            let _ = responder.reply(body);
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.close();
        let ended = self.thread.take().map(JoinHandle::join);
        if !thread::panicking() {
            ended.expect("dropped once").expect("the server's thread does not panic");
        }
    }
}

/// Options of a call that may take as long as a working one can.
pub(crate) fn patient() -> CallOptions {
    CallOptions::new().timeout(LONG)
}

pub(crate) fn soon() -> Deadline {
    Deadline::after(LONG)
}

/// Options of a call that is meant to time out.
pub(crate) fn hasty() -> CallOptions {
    CallOptions::new().timeout(SHORT)
}

/// A call on a thread of its own.
pub(crate) fn call_later(
    client: &Arc<dyn Transport>,
    request: impl Into<Vec<u8>>,
    options: CallOptions,
) -> JoinHandle<Result<Vec<u8>>> {
    let (client, request) = (Arc::clone(client), request.into());
    thread::spawn(move || client.call(&request, &options))
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn eventually(what: &str, so: impl Fn() -> bool) {
    let end = Instant::now() + LONG;
    while !so() {
        assert!(Instant::now() < end, "never: {what}");
        thread::yield_now();
    }
}

/// Runs, and insists that it took far less than a deadline of [`LONG`].
#[track_caller]
pub(crate) fn at_once<T>(run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let value = run();
    assert!(start.elapsed() < LONG / 3, "took {:?}", start.elapsed());
    value
}
