//! The API behind a socket.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use kiapi_transport::{Address, Deadline, Listener, Request, Server};

use crate::api::lock;
use crate::place::Taken;
use crate::{Api, ApiHandler, Backend, Error, ErrorKind, HandlerId, Result, ServerOptions};

/// A server of KiCad's API, with a socket and a thread of its own: KiCad's `KICAD_API_SERVER`.
///
/// Requests of all clients are answered one by one, in the order in which they came. Dropping the server stops it.
///
/// # Examples
///
/// ```
/// # #[cfg(unix)] {
/// use kiapi_gen::common::commands::{GetVersion, GetVersionResponse, Ping};
/// use kiapi_gen::{Request, Response};
/// use kiapi_server::transport::{CallOptions, Client, ConnectOptions, Transport};
/// use kiapi_server::{Api, ApiServer, Place, ServerOptions, on};
///
/// let api = Api::new();
/// api.register(on(|_, _: Ping| Ok(())));
/// let folder = tempfile::tempdir()?;
/// let server = ApiServer::start(api, ServerOptions::new(Place::temp_dir(folder.path())))?;
/// // A handler may come at any time.
/// server.register(on(|_, _: GetVersion| Ok(GetVersionResponse::new())));
///
/// let client = Client::connect(server.address(), &ConnectOptions::new())?;
/// let answer = client.call(&Request::new(&Ping::new()).encode(), &CallOptions::new())?;
/// Response::decode(&answer)?.into_result::<Ping>()?;
///
/// server.stop();
/// # }
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub struct ApiServer {
    api: Api,
    address: Address,
    listener: Arc<dyn Listener>,
    running: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl ApiServer {
    /// Starts to serve.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InUse`], [`ErrorKind::Permission`], or what else is in the way.
    pub fn start(api: Api, options: ServerOptions) -> Result<Self> {
        Self::start_with(api, options, |request, api| {
            let answer = api.answer(request.body());
            // A client that is gone does not wait for it.
            let _ = request.reply(answer);
        })
    }

    /// Starts to serve, with `react` in place of answering each request with [`Api::answer`]: what is behind the socket
    /// may be slow, refuse to answer, or send something else.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_with(
        api: Api,
        options: ServerOptions,
        mut react: impl FnMut(Request, &Api) + Send + 'static,
    ) -> Result<Self> {
        let mut place = options.place.take()?;
        let mut bound = bind(&place, &options);
        if bound.as_ref().is_err_and(|error| error.kind() == ErrorKind::InUse)
            && let Some(other) = place.elsewhere()
        {
            (bound, place) = (bind(&other, &options), other);
        }
        let listener = bound?;
        let running = Arc::new(AtomicBool::new(true));
        let thread = thread::Builder::new().name("kiapi-server".to_owned()).spawn({
            let (listener, api, running) = (Arc::clone(&listener), api.clone(), Arc::clone(&running));
            let grace = options.grace;
            move || {
                let running = Running(running);
                while let Ok(request) = listener.recv(Deadline::NEVER) {
                    react(request, &api);
                }
                listener.flush(Deadline::after(grace));
                listener.close();
                drop(running);
                // Held until now.
                drop(place);
            }
        });
        let thread =
            thread.map_err(|error| Error::new(ErrorKind::Io, "cannot start a thread").with_source(error))?;
        let address = listener.address().clone();
        Ok(Self { api, address, listener, running, thread: Mutex::new(Some(thread)) })
    }

    /// Stops: requests that have arrived are answered, clients get a moment to take their answers, and the socket is
    /// removed. Returns when all that is done.
    pub fn stop(&self) {
        self.listener.drain();
        let thread = lock(&self.thread).take();
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
            // It has nothing to say; a panic of `react` was printed where it happened.
            let _ = thread.join();
        }
        self.listener.close();
    }

    /// Whether it serves: from the start until it was stopped, or until waiting for requests failed.
    pub fn is_running(&self) -> bool {
        self.running.load(Ordering::SeqCst)
    }

    /// What answers the requests.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Adds a handler; see [`Api::register`].
    pub fn register(&self, handler: impl ApiHandler + 'static) -> HandlerId {
        self.api.register(handler)
    }

    /// Removes a handler; see [`Api::deregister`].
    pub fn deregister(&self, id: HandlerId) -> bool {
        self.api.deregister(id)
    }

    /// Where it listens: what KiCad gives to its plugins as `KICAD_API_SOCKET`.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The token: what KiCad gives to its plugins as `KICAD_API_TOKEN`.
    pub fn token(&self) -> String {
        self.api.token()
    }

    /// How many clients are connected.
    pub fn connections(&self) -> usize {
        self.listener.connections()
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for ApiServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiServer")
            .field("address", &self.address)
            .field("running", &self.is_running())
            .field("api", &self.api)
            .finish_non_exhaustive()
    }
}

/// Says that the server runs no longer, however its thread ends.
struct Running(Arc<AtomicBool>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

fn bind(place: &Taken, options: &ServerOptions) -> Result<Arc<dyn Listener>> {
    let (address, transport) = (&place.address, &options.transport);
    let listener: kiapi_transport::Result<Arc<dyn Listener>> = match options.backend {
        Backend::Native => Server::bind(address, transport).map(|server| Arc::new(server) as _),
        #[cfg(feature = "nng")]
        Backend::Nng => {
            kiapi_transport::nng::Server::bind(address, transport).map(|server| Arc::new(server) as _)
        }
    };
    listener.map_err(|error| {
        let kind = match error.kind() {
            kiapi_transport::ErrorKind::AddressInUse => ErrorKind::InUse,
            kiapi_transport::ErrorKind::PermissionDenied => ErrorKind::Permission,
            _ => ErrorKind::Io,
        };
        Error::new(kind, "cannot serve KiCad's API").with_source(error)
    })
}
