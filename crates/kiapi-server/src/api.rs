//! The API without a socket: handlers, token and readiness; a request's bytes in, an answer's bytes out.

use std::any::Any as Panic;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kiapi_gen::common::{ApiRequest, ApiResponse, ApiResponseHeader, ApiResponseStatus, ApiStatusCode};
use kiapi_gen::prost::Message as _;
use subtle::ConstantTimeEq as _;

use crate::{Answer, ApiHandler, Call, Refusal};

/// What answers requests: the handlers, the token, and whether it is ready at all.
///
/// It is the part of KiCad's `KICAD_API_SERVER` that has no socket; [`ApiServer`](crate::ApiServer) puts one around it.
/// Clones share everything. Threads may use it, and handlers may come and go while requests are answered.
///
/// # Examples
///
/// ```
/// use kiapi_gen::common::commands::Ping;
/// use kiapi_gen::{Request, Response};
/// use kiapi_server::{Api, on};
///
/// let api = Api::new();
/// let handler = api.register(on(|_, _: Ping| Ok(())));
/// let ask = || Response::decode(&api.answer(&Request::new(&Ping::new()).encode()));
/// ask()?.into_result::<Ping>()?;
///
/// assert!(api.deregister(handler));
/// let error = ask()?.into_result::<Ping>().unwrap_err();
/// assert_eq!(
///     error.kicad_message(),
///     Some("no handler available for request of type kiapi.common.commands.Ping")
/// );
/// # Ok::<_, kiapi_gen::ResponseError>(())
/// ```
#[derive(Clone)]
pub struct Api(Arc<Shared>);

struct Shared {
    /// In the order in which they are asked.
    handlers: Mutex<Vec<(HandlerId, Handler)>>,
    next_id: AtomicU64,
    ready: AtomicBool,
    token: Mutex<String>,
    token_required: AtomicBool,
}

type Handler = Arc<Mutex<Box<dyn ApiHandler>>>;

/// A handler that was registered, to deregister it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HandlerId(u64);

/// Whether requests are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// They are answered.
    Ready,
    /// All are answered `AS_NOT_READY`, without a header and without being read, as KiCad does while it starts.
    NotReady,
}

/// Which tokens are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tokens {
    /// The right one, and an empty one; so does KiCad.
    RightOrEmpty,
    /// The right one only.
    Right,
}

impl Api {
    /// An API without handlers, ready, with a new random token.
    pub fn new() -> Self {
        Self(Arc::new(Shared {
            handlers: Mutex::default(),
            next_id: AtomicU64::new(1),
            ready: AtomicBool::new(true),
            token: Mutex::new(uuid::Uuid::new_v4().to_string()),
            token_required: AtomicBool::new(false),
        }))
    }

    /// Adds a handler, which is asked after those that were added before.
    pub fn register(&self, handler: impl ApiHandler + 'static) -> HandlerId {
        let id = HandlerId(self.0.next_id.fetch_add(1, Ordering::Relaxed));
        lock(&self.0.handlers).push((id, Arc::new(Mutex::new(Box::new(handler)))));
        id
    }

    /// Removes a handler; `false` if it was not there. A request that it is just answering is answered.
    pub fn deregister(&self, id: HandlerId) -> bool {
        let mut handlers = lock(&self.0.handlers);
        let place = handlers.iter().position(|(known, _)| *known == id);
        let removed = place.map(|place| handlers.remove(place));
        drop(handlers);
        // A handler may do anything when it is dropped: by now the list is not locked any more.
        removed.is_some()
    }

    /// Sets whether requests are looked at.
    pub fn set_readiness(&self, readiness: Readiness) {
        self.0.ready.store(readiness == Readiness::Ready, Ordering::SeqCst);
    }

    /// Whether requests are looked at.
    pub fn readiness(&self) -> Readiness {
        if self.0.ready.load(Ordering::SeqCst) { Readiness::Ready } else { Readiness::NotReady }
    }

    /// The token that goes into the header of each answer, and that clients prove to know this instance with.
    pub fn token(&self) -> String {
        lock(&self.0.token).clone()
    }

    /// Sets the token, as a KiCad that starts anew has a new one.
    pub fn set_token(&self, token: impl Into<String>) {
        *lock(&self.0.token) = token.into();
    }

    /// Sets which tokens are accepted.
    pub fn set_accepted_tokens(&self, tokens: Tokens) {
        self.0.token_required.store(tokens == Tokens::Right, Ordering::SeqCst);
    }

    /// Answers a request: the bytes of an `ApiRequest` in, those of an `ApiResponse` out, whatever came in.
    pub fn answer(&self, request: &[u8]) -> Vec<u8> {
        self.respond(request).encode_to_vec()
    }

    fn respond(&self, request: &[u8]) -> ApiResponse {
        if self.readiness() == Readiness::NotReady {
            let refusal = Refusal::new(ApiStatusCode::NOT_READY, "KiCad is not ready to reply");
            return ApiResponse::new().with_status(status(&refusal));
        }
        let answer = match ApiRequest::decode(request) {
            Ok(request) => self.ask(request),
            Err(_) => Err(Refusal::bad_request("request could not be parsed")),
        };
        let response =
            ApiResponse::new().with_header(ApiResponseHeader::new().with_kicad_token(self.token()));
        match answer {
            Ok(message) => response
                .with_status(ApiResponseStatus::new().with_status(ApiStatusCode::OK))
                .with_message(message),
            Err(refusal) => response.with_status(status(&refusal)),
        }
    }

    fn ask(&self, request: ApiRequest) -> Answer<kiapi_gen::Any> {
        let header = request.header.unwrap_or_default();
        self.check_token(&header.kicad_token)?;
        let Some(message) = request.message else {
            return Err(Refusal::bad_request("request has no inner message"));
        };
        if !message.type_url.contains('/') || message.full_name().is_empty() {
            return Err(Refusal::bad_request("could not parse inner message type"));
        }
        let call = Call::from_client(&header.client_name);
        let handlers: Vec<Handler> =
            lock(&self.0.handlers).iter().map(|(_, handler)| Arc::clone(handler)).collect();
        for handler in handlers {
            match ask_one(&handler, &call, &message) {
                Err(refusal) if refusal.is_unhandled() => {}
                answer => return answer,
            }
        }
        let message = format!("no handler available for request of type {}", message.full_name());
        Err(Refusal::new(ApiStatusCode::UNHANDLED, message))
    }

    fn check_token(&self, token: &str) -> Answer<()> {
        let required = self.0.token_required.load(Ordering::SeqCst);
        let is_right = bool::from(token.as_bytes().ct_eq(lock(&self.0.token).as_bytes()));
        if is_right || (token.is_empty() && !required) {
            return Ok(());
        }
        let message = "the provided kicad_token did not match this KiCad instance's token";
        Err(Refusal::new(ApiStatusCode::TOKEN_MISMATCH, message))
    }
}

impl Default for Api {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Api {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("handlers", &lock(&self.0.handlers).len())
            .field("readiness", &self.readiness())
            .finish_non_exhaustive()
    }
}

/// Asks a handler. One that panics has refused, and the server goes on.
fn ask_one(handler: &Handler, call: &Call<'_>, message: &kiapi_gen::Any) -> Answer<kiapi_gen::Any> {
    let mut handler = lock(handler);
    panic::catch_unwind(AssertUnwindSafe(|| handler.handle(call, message))).unwrap_or_else(|panic| {
        let what = format!("the handler of {} panicked{}", message.full_name(), words(&*panic));
        Err(Refusal::bad_request(what))
    })
}

/// What a panic said, if it said anything.
fn words(panic: &(dyn Panic + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.map(|text| format!(": {text}")).unwrap_or_default()
}

fn status(refusal: &Refusal) -> ApiResponseStatus {
    ApiResponseStatus::new().with_status(refusal.status()).with_error_message(refusal.message())
}

/// What is behind these locks is whole even if somebody panicked: handlers are caught, nothing else is half done.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
