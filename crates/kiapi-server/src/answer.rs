//! What a handler gives back.

use std::fmt;

use kiapi_gen::common::ApiStatusCode;

/// What a handler gives back: the command's response, or why there is none.
pub type Answer<T> = Result<T, Refusal>;

/// A status that is not `AS_OK`, and what to tell the client.
///
/// # Examples
///
/// ```
/// use kiapi_gen::common::ApiStatusCode;
/// use kiapi_server::Refusal;
///
/// let refusal = Refusal::bad_request("the requested document board.kicad_pcb is not open");
/// assert_eq!(refusal.status(), ApiStatusCode::BAD_REQUEST);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: ApiStatusCode,
    message: String,
}

impl Refusal {
    /// A refusal of any status, also of one that only a newer KiCad knows.
    pub fn new(status: ApiStatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    /// `AS_BAD_REQUEST`: the request makes no sense here, and sending it again changes nothing.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(ApiStatusCode::BAD_REQUEST, message)
    }

    /// `AS_BUSY`: nothing was done, and the same request may well succeed later.
    pub fn busy(message: impl Into<String>) -> Self {
        Self::new(ApiStatusCode::BUSY, message)
    }

    /// `AS_TIMEOUT`: the work took too long.
    pub fn timeout(message: impl Into<String>) -> Self {
        Self::new(ApiStatusCode::TIMEOUT, message)
    }

    /// `AS_UNHANDLED`: this is for another handler, which is asked next. If none is left, the server tells the client so in
    /// KiCad's words.
    pub fn unhandled() -> Self {
        Self::new(ApiStatusCode::UNHANDLED, "")
    }

    /// `AS_UNIMPLEMENTED`: the command is known, but not what the request asks of it.
    pub fn unimplemented(message: impl Into<String>) -> Self {
        Self::new(ApiStatusCode::UNIMPLEMENTED, message)
    }

    /// The status that the client gets.
    pub fn status(&self) -> ApiStatusCode {
        self.status
    }

    /// What the client is told.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether another handler is to be asked.
    pub fn is_unhandled(&self) -> bool {
        self.status == ApiStatusCode::UNHANDLED
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message.as_str() {
            "" => write!(f, "{:?}", self.status),
            message => write!(f, "{:?}: {message}", self.status),
        }
    }
}

impl std::error::Error for Refusal {}
