//! One of the two that are asked: a KiCad, or the emulator.

use std::path::{Path, PathBuf};
use std::time::Duration;

use kiapi_gen::common::ApiResponse;
use kiapi_gen::common::commands::Ping;
use kiapi_gen::prost::Message as _;
use kiapi_gen::{Request, Response};
use kiapi_transport::{Address, CallOptions, Client, ConnectOptions, Transport as _};

/// Filling the zones of a large board takes minutes, in which nothing is answered.
const PATIENCE: Duration = Duration::from_secs(300);

/// Why a run cannot go on.
#[derive(Debug)]
pub(crate) struct Stop(pub(crate) String);

impl From<String> for Stop {
    fn from(why: String) -> Self {
        Self(why)
    }
}

pub(crate) type Outcome<T = ()> = Result<T, Stop>;

/// A connection to one of the two.
#[derive(Debug)]
pub(crate) struct Peer {
    name: &'static str,
    client: Client,
    token: String,
    /// The folder below which all its files lie.
    home: PathBuf,
    /// The folder that it may save copies in.
    files: PathBuf,
}

impl Peer {
    /// Connects, and asks for the token.
    pub(crate) fn connect(
        name: &'static str,
        address: &Address,
        home: &Path,
        files: PathBuf,
    ) -> Outcome<Self> {
        let client = Client::connect(address, &ConnectOptions::new())
            .map_err(|error| format!("cannot connect to {name}: {error}"))?;
        std::fs::create_dir_all(&files)
            .map_err(|error| format!("cannot create {}: {error}", files.display()))?;
        let mut peer = Self { name, client, token: String::new(), home: home.to_owned(), files };
        let answer = peer.call(&Request::new(&Ping::new()).encode())?;
        let answer = Response::decode(&answer).map_err(|error| format!("{name}: {error}"))?;
        answer.token().ok_or_else(|| format!("{name} is not ready"))?.clone_into(&mut peer.token);
        Ok(peer)
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    pub(crate) fn files(&self) -> &Path {
        &self.files
    }

    pub(crate) fn call(&self, request: &[u8]) -> Outcome<Vec<u8>> {
        self.client
            .call(request, &CallOptions::new().timeout(PATIENCE))
            .map_err(|error| Stop(format!("{} does not answer: {error}", self.name)))
    }

    pub(crate) fn ask(&self, request: &[u8]) -> Outcome<ApiResponse> {
        let answer = self.call(request)?;
        ApiResponse::decode(answer.as_slice())
            .map_err(|error| Stop(format!("{} answers with what is no envelope: {error}", self.name)))
    }
}
