//! A KiCad that answers what a test tells it to.

use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use kiapi::api::common::commands::{GetVersion, GetVersionResponse};
use kiapi::api::common::types::KiCadVersion;
use kiapi::api::common::{ApiRequest, ApiResponse, ApiResponseHeader, ApiResponseStatus, ApiStatusCode};
use kiapi::prost::{Message, Name};
use kiapi::{Address, Any, ConnectOptions, KiCad};
use kiapi_transport::{Deadline, Listener, Request, Server, ServerOptions};

/// The token of the scripted KiCad.
pub(crate) const TOKEN: &str = "4dee28a4";

/// What the scripted KiCad does with a request.
pub(crate) enum Reaction {
    Answer(ApiResponse),
    Bytes(Vec<u8>),
    /// Keeps the request, and says nothing.
    Silence,
    /// Closes the connection.
    Hangup,
}

impl Reaction {
    /// An answer that is sent for a canary too.
    pub(crate) fn encoded(self) -> Self {
        match self {
            Self::Answer(answer) => Self::Bytes(answer.encode_to_vec()),
            other => other,
        }
    }
}

impl<M: Message + Name> From<&M> for Reaction {
    fn from(message: &M) -> Self {
        Self::Answer(envelope(ApiStatusCode::OK, "").with_message(Any::pack(message)))
    }
}

/// A refusal.
pub(crate) fn refusal(status: ApiStatusCode, text: &str) -> Reaction {
    Reaction::Answer(envelope(status, text))
}

/// What KiCad says while it starts: without a header.
pub(crate) fn not_ready() -> Reaction {
    let status = ApiResponseStatus::new()
        .with_status(ApiStatusCode::NOT_READY)
        .with_error_message("KiCad is not ready to reply");
    Reaction::Answer(ApiResponse::new().with_status(status))
}

pub(crate) fn version(major: u32, minor: u32, patch: u32) -> Reaction {
    let version = KiCadVersion::new().with_major(major).with_minor(minor).with_patch(patch);
    Reaction::from(&GetVersionResponse::new().with_version(version))
}

fn envelope(status: ApiStatusCode, text: &str) -> ApiResponse {
    ApiResponse::new()
        .with_header(ApiResponseHeader::new().with_kicad_token(TOKEN))
        .with_status(ApiResponseStatus::new().with_status(status).with_error_message(text))
}

/// A running scripted KiCad.
/// What the names of types begin with that a client makes up to see whether answers are in step.
const CANARY: &str = "sync.";

/// A KiCad that refuses what it knows refuses a type that it does not know by its name.
fn in_step(answer: ApiResponse, canary: &str) -> ApiResponse {
    let status = answer.status.as_ref().map(|status| status.status).unwrap_or_default();
    let is_refusal = [ApiStatusCode::BAD_REQUEST, ApiStatusCode::UNIMPLEMENTED, ApiStatusCode::BUSY];
    if !is_refusal.contains(&status) {
        return answer;
    }
    envelope(ApiStatusCode::UNHANDLED, &format!("no handler available for request of type {canary}"))
}

pub(crate) struct Scripted {
    address: Address,
    server: Arc<Server>,
    seen: Arc<Mutex<Vec<ApiRequest>>>,
    thread: Option<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

impl Scripted {
    /// A KiCad whose answer to each request, `GetVersion` too, is what `script` makes of the name of the command and of
    /// how many requests came before.
    pub(crate) fn start(mut script: impl FnMut(&str, usize) -> Reaction + Send + 'static) -> Self {
        let mut before = 0;
        Self::start_with(move |name, _| {
            before += 1;
            script(name, before - 1)
        })
    }

    /// The same, for a script that looks at the command itself, which it gets encoded.
    pub(crate) fn start_with(mut script: impl FnMut(&str, &[u8]) -> Reaction + Send + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = Address::from_path(folder.path().join("api.sock")).unwrap();
        let server = Arc::new(Server::bind(&address, &ServerOptions::new()).unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (listener, log) = (Arc::clone(&server), Arc::clone(&seen));
        let thread = thread::spawn(move || {
            let mut kept: Vec<Request> = Vec::new();
            while let Ok(request) = listener.recv(Deadline::NEVER) {
                let asked = ApiRequest::decode(request.body()).unwrap();
                let full_name = asked.message.as_ref().unwrap().full_name().to_owned();
                let name = full_name.rsplit('.').next().unwrap().to_owned();
                let command = asked.message.as_ref().unwrap().value.clone();
                log.lock().unwrap().push(asked);
                match script(&name, &command) {
                    Reaction::Answer(answer) => {
                        let answer =
                            if full_name.starts_with(CANARY) { in_step(answer, &full_name) } else { answer };
                        drop(request.reply(answer.encode_to_vec()));
                    }
                    Reaction::Bytes(bytes) => drop(request.reply(bytes)),
                    Reaction::Silence => kept.push(request),
                    Reaction::Hangup => request.disconnect(),
                }
            }
        });
        Self { address, server, seen, thread: Some(thread), _folder: folder }
    }

    /// A KiCad 10.0.6 whose answer to all but `GetVersion` is what `script` makes of the number of the request: 1, 2, ….
    pub(crate) fn kicad_10(mut script: impl FnMut(usize) -> Reaction + Send + 'static) -> Self {
        Self::start(move |name, before| match name {
            GetVersion::NAME => version(10, 0, 6),
            _ => script(before),
        })
    }

    pub(crate) fn options(&self) -> ConnectOptions {
        ConnectOptions::new().socket(self.address.clone()).client_name("test")
    }

    pub(crate) fn connect(&self) -> KiCad {
        KiCad::connect_with(self.options()).unwrap()
    }

    /// The requests that came so far.
    pub(crate) fn seen(&self) -> Vec<ApiRequest> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.server.close();
        if let Some(thread) = self.thread.take() {
            let outcome = thread.join();
            assert!(outcome.is_ok() || thread::panicking(), "the script panicked");
        }
    }
}

/// What was asked, but for canaries.
pub(crate) fn commands(scripted: &Scripted) -> Vec<String> {
    let names = scripted.seen().into_iter().map(|request| request.message.unwrap().full_name().to_owned());
    let names = names.filter(|name| !name.starts_with("sync."));
    names.map(|name| name.rsplit('.').next().unwrap().to_owned()).collect()
}
