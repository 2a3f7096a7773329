//! What can be set on a server.

use std::time::Duration;

use kiapi_transport as transport;

use crate::Place;

/// How to serve.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use kiapi_server::{Place, ServerOptions};
///
/// let options = ServerOptions::new(Place::temp_dir("/run/user/1000")).grace(Duration::from_secs(1));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ServerOptions {
    pub(crate) place: Place,
    pub(crate) transport: transport::ServerOptions,
    pub(crate) grace: Duration,
    pub(crate) backend: Backend,
}

/// What carries the frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backend {
    /// The project's own transport.
    #[default]
    Native,
    /// libnng, which is what KiCad uses.
    #[cfg(feature = "nng")]
    Nng,
}

impl ServerOptions {
    /// Serves at `place`, with the limits of [`transport::ServerOptions::new`] and five seconds of grace.
    pub fn new(place: Place) -> Self {
        Self {
            place,
            transport: transport::ServerOptions::new(),
            grace: Duration::from_secs(5),
            backend: Backend::default(),
        }
    }

    /// Sets what is accepted of clients: sizes, numbers, times.
    pub fn transport(mut self, options: transport::ServerOptions) -> Self {
        self.transport = options;
        self
    }

    /// Sets how long a server that stops waits for its clients to take their last answers.
    pub fn grace(mut self, time: Duration) -> Self {
        self.grace = time;
        self
    }

    /// Sets what carries the frames.
    pub fn backend(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }
}
