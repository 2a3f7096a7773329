//! The envelope: how a command and its answer travel, without sending either.

use std::fmt;

use prost::Message;

use crate::common::{ApiRequest, ApiRequestHeader, ApiResponse, ApiStatusCode};
use crate::{Any, AnyError, Command};

/// A command in its envelope, ready to be sent.
///
/// # Examples
///
/// ```
/// use kiapi_gen::Request;
/// use kiapi_gen::common::commands::Ping;
///
/// let bytes = Request::new(&Ping::new()).client_name("example").token("").encode();
/// assert!(bytes.windows(4).any(|window| window == b"Ping"));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Request(ApiRequest);

impl Request {
    /// The envelope of `command`, without a token and without a client name.
    pub fn new<C: Command>(command: &C) -> Self {
        Self::packed(Any::pack(command))
    }

    /// The envelope of a command that is packed already. Whether it is one is not looked at.
    pub fn packed(command: Any) -> Self {
        Self(ApiRequest::new().with_header(ApiRequestHeader::new()).with_message(command))
    }

    /// Names the client. KiCad keeps one commit for each name.
    pub fn client_name(self, name: impl Into<String>) -> Self {
        self.edit_header(|header| header.client_name = name.into())
    }

    /// Sets the token of the KiCad that is meant; an empty one means any.
    pub fn token(self, token: impl Into<String>) -> Self {
        self.edit_header(|header| header.kicad_token = token.into())
    }

    /// The bytes to send.
    pub fn encode(&self) -> Vec<u8> {
        self.0.encode_to_vec()
    }

    fn edit_header(mut self, edit: impl FnOnce(&mut ApiRequestHeader)) -> Self {
        edit(self.0.header.get_or_insert_default());
        self
    }
}

/// What KiCad answered, before it is known to be an answer to the command that was sent.
#[derive(Clone, Debug)]
pub struct Response(ApiResponse);

impl Response {
    /// Reads an envelope.
    ///
    /// # Errors
    ///
    /// [`ResponseError::is_malformed`] when the bytes are no envelope.
    pub fn decode(bytes: &[u8]) -> Result<Self, ResponseError> {
        ApiResponse::decode(bytes).map(Self).map_err(|error| ResponseError(Inner::Malformed(error)))
    }

    /// KiCad's status; `UNKNOWN` when the envelope has none.
    pub fn status(&self) -> ApiStatusCode {
        self.0.status.as_ref().map(|status| status.status).unwrap_or_default()
    }

    /// KiCad's own words for a status that is not `OK`; empty when it has none.
    pub fn error_message(&self) -> &str {
        self.0.status.as_ref().map_or("", |status| &status.error_message)
    }

    /// The token of the KiCad that answered; none when it was not ready, for then there is no header.
    pub fn token(&self) -> Option<&str> {
        self.0.header.as_ref().map(|header| header.kicad_token.as_str())
    }

    /// The message inside, packed.
    pub fn message(&self) -> Option<&Any> {
        self.0.message.as_ref()
    }

    /// The response to the command `C`.
    ///
    /// # Errors
    ///
    /// [`ResponseError::status`] when KiCad refused; [`ResponseError::is_type_mismatch`] when the message is not
    /// `C`'s response, which tells that answers are out of step; [`ResponseError::is_malformed`] when it cannot be
    /// decoded.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi_gen::common::commands::{GetVersion, GetVersionResponse};
    /// use kiapi_gen::common::{ApiResponse, ApiResponseStatus, ApiStatusCode};
    /// use kiapi_gen::prost::Message;
    /// use kiapi_gen::{Any, Response};
    ///
    /// let answer = ApiResponse::new()
    ///     .with_status(ApiResponseStatus::new().with_status(ApiStatusCode::OK))
    ///     .with_message(Any::pack(&GetVersionResponse::new()));
    /// let response = Response::decode(&answer.encode_to_vec())?;
    /// assert_eq!(response.into_result::<GetVersion>()?, GetVersionResponse::new());
    /// # Ok::<_, kiapi_gen::ResponseError>(())
    /// ```
    pub fn into_result<C: Command>(self) -> Result<C::Response, ResponseError> {
        let status = self.status();
        if status != ApiStatusCode::OK {
            return Err(ResponseError(Inner::Status { status, message: self.error_message().to_owned() }));
        }
        let message = self.0.message.unwrap_or_default();
        message.unpack().map_err(|error| ResponseError(Inner::Message(error)))
    }
}

/// Why an answer is not the response that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseError(Inner);

#[derive(Clone, Debug, PartialEq)]
enum Inner {
    Malformed(prost::DecodeError),
    Status { status: ApiStatusCode, message: String },
    Message(AnyError),
}

impl ResponseError {
    /// The status with which KiCad refused, if it did.
    pub fn status(&self) -> Option<ApiStatusCode> {
        match self.0 {
            Inner::Status { status, .. } => Some(status),
            Inner::Malformed(_) | Inner::Message(_) => None,
        }
    }

    /// KiCad's own words for the refusal, if it refused and said why.
    pub fn kicad_message(&self) -> Option<&str> {
        match &self.0 {
            Inner::Status { message, .. } if !message.is_empty() => Some(message),
            _ => None,
        }
    }

    /// Whether the answer belongs to another command.
    pub fn is_type_mismatch(&self) -> bool {
        matches!(&self.0, Inner::Message(error) if error.is_type_mismatch())
    }

    /// Whether the bytes are no envelope, or the message inside is not what its type says.
    pub fn is_malformed(&self) -> bool {
        match &self.0 {
            Inner::Malformed(_) => true,
            Inner::Message(error) => !error.is_type_mismatch(),
            Inner::Status { .. } => false,
        }
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Malformed(_) => f.write_str("the answer is no API response"),
            Inner::Status { status, message } if message.is_empty() => write!(f, "KiCad answered {status:?}"),
            Inner::Status { status, message } => write!(f, "KiCad answered {status:?}: {message}"),
            Inner::Message(error) if error.is_type_mismatch() => {
                write!(f, "the answer belongs to another command: {error}")
            }
            Inner::Message(_) => f.write_str("the answer's message cannot be read"),
        }
    }
}

impl std::error::Error for ResponseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Inner::Malformed(error) => Some(error),
            Inner::Status { .. } => None,
            Inner::Message(error) if error.is_type_mismatch() => None,
            Inner::Message(error) => Some(error),
        }
    }
}
