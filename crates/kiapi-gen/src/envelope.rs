//! The envelope: how a command and its answer travel, without sending either.

use std::fmt;
use std::ops::Range;

use prost::bytes::BufMut as _;
use prost::encoding::{self, WireType};
use prost::{DecodeError, Message};

use crate::any::{self, Fields};
use crate::common::{ApiRequest, ApiRequestHeader, ApiStatusCode};
use crate::wire::Writer;
use crate::{Any, AnyError, Command, CommandInfo};

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
#[derive(Clone)]
#[must_use]
pub struct Request {
    /// Room, then the header, then the command: whoever learns the token late does not encode the command again.
    buffer: Vec<u8>,
    /// Where the header begins.
    start: usize,
    /// Where the header ends and the command begins.
    command: usize,
}

/// The room for a header. A token is 36 bytes long.
const ROOM: usize = 128;
/// Enough for a command without items.
const COMMAND_ROOM: usize = 256;
/// More than a track takes, packed.
const TRACK: usize = 192;
/// The fields of `ApiRequest`.
const HEADER: u32 = 1;
const COMMAND: u32 = 2;
/// The fields of `ApiRequestHeader`.
const TOKEN: u32 = 1;
const CLIENT_NAME: u32 = 2;

impl Request {
    /// The envelope of `command`, without a token and without a client name.
    pub fn new<C: Command>(command: &C) -> Self {
        Self::followed(command, 0, |_| {})
    }

    /// The same, with more fields of the command behind those that it has: many items go from where they lie straight to where
    /// they are sent from. The fields are written from the last to the first; there is room for `count` of the size of a track.
    #[doc(hidden)]
    pub fn followed<C: Command>(command: &C, count: usize, fields: impl FnOnce(&mut Writer)) -> Self {
        let mut writer = Writer::with_room(ROOM + COMMAND_ROOM + TRACK * count);
        writer.packed::<C>(COMMAND, |writer| {
            fields(writer);
            command.write(writer);
        });
        Self::written(writer)
    }

    /// The envelope of a command that is packed already. Whether it is one is not looked at.
    #[inline]
    pub fn packed(command: &Any) -> Self {
        let mut writer = Writer::with_room(ROOM + command.type_url.len() + command.value.len());
        writer.message(COMMAND, command);
        Self::written(writer)
    }

    /// Names the client. KiCad keeps one commit for each name.
    pub fn client_name(self, name: impl AsRef<str>) -> Self {
        let token = self.read_header().kicad_token;
        self.header(name, token)
    }

    /// Names the client and sets the token, as [`client_name`](Self::client_name) and [`token`](Self::token) do one after
    /// the other.
    pub fn header(mut self, client_name: impl AsRef<str>, token: impl AsRef<str>) -> Self {
        self.write_header(client_name.as_ref(), token.as_ref());
        self
    }

    /// Sets the token of the KiCad that is meant; an empty one means any.
    pub fn token(self, token: impl AsRef<str>) -> Self {
        let name = self.read_header().client_name;
        self.header(name, token)
    }

    /// The bytes to send.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// A copy of the bytes to send.
    #[inline]
    pub fn encode(&self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }

    /// With an empty header, for now.
    #[inline]
    fn written(writer: Writer) -> Self {
        let (buffer, command) = writer.into_parts();
        let mut this = Self { buffer, start: command, command };
        this.write_header("", "");
        this
    }

    #[inline]
    fn read_header(&self) -> ApiRequestHeader {
        let written = &self.buffer[self.start..self.command];
        ApiRequest::decode(written).ok().and_then(|request| request.header).unwrap_or_default()
    }

    /// Writes the header so that it ends where the command begins, straight from its parts: this is done for each call.
    #[inline]
    fn write_header(&mut self, client_name: &str, token: &str) {
        let field = |length: usize| 1 + encoding::encoded_len_varint(length as u64) + length;
        let texts =
            [(TOKEN, token), (CLIENT_NAME, client_name)].into_iter().filter(|(_, text)| !text.is_empty());
        let inner = texts.clone().map(|(_, text)| field(text.len())).sum();
        let length = field(inner);
        if length > self.command {
            let more = length - self.command;
            self.buffer.splice(..0, std::iter::repeat_n(0, more));
            self.command += more;
        }
        self.start = self.command - length;
        let mut place = &mut self.buffer[self.start..self.command];
        encoding::encode_key(HEADER, WireType::LengthDelimited, &mut place);
        encoding::encode_varint(inner as u64, &mut place);
        for (number, text) in texts {
            encoding::encode_key(number, WireType::LengthDelimited, &mut place);
            encoding::encode_varint(text.len() as u64, &mut place);
            place.put_slice(text.as_bytes());
        }
    }
}

impl fmt::Debug for Request {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.buffer.len() - self.command;
        f.debug_struct("Request")
            .field("header", &self.read_header())
            .field("command_bytes", &bytes)
            .finish_non_exhaustive()
    }
}

/// What KiCad answered, before it is known to be an answer to the command that was sent.
///
/// It keeps the bytes as they came: the message inside is decoded, or copied, when it is asked for.
#[derive(Clone)]
pub struct Response {
    bytes: Vec<u8>,
    /// Where the token is, if there is a header.
    token: Option<Range<usize>>,
    status: ApiStatusCode,
    error_message: Range<usize>,
    message: Option<Packed>,
}

/// Where the parts of a packed message are.
#[derive(Clone, Default)]
struct Packed {
    type_url: Range<usize>,
    value: Range<usize>,
}

/// The fields of `ApiResponse`.
const RESPONSE_HEADER: u32 = 1;
const STATUS: u32 = 2;
const MESSAGE: u32 = 3;

impl Response {
    /// Reads an envelope from a copy of it.
    ///
    /// # Errors
    ///
    /// [`ResponseError::is_malformed`] when the bytes are no envelope.
    #[inline]
    pub fn decode(bytes: &[u8]) -> Result<Self, ResponseError> {
        Self::from_vec(bytes.to_vec())
    }

    /// Reads an envelope, and keeps it: nothing is copied.
    ///
    /// # Errors
    ///
    /// [`ResponseError::is_malformed`] when the bytes are no envelope.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi_gen::common::ApiResponse;
    /// use kiapi_gen::common::commands::PathResponse;
    /// use kiapi_gen::prost::Message;
    /// use kiapi_gen::{Any, Response};
    ///
    /// let path = PathResponse::new().with_path("/usr/bin/kicad-cli");
    /// let answer = ApiResponse::new().with_message(Any::pack(&path));
    /// let response = Response::from_vec(answer.encode_to_vec())?;
    /// assert_eq!(response.message_type(), Some("kiapi.common.commands.PathResponse"));
    /// assert!(response.is::<PathResponse>());
    /// assert_eq!(response.message_bytes(), path.encode_to_vec());
    /// // Who reads the message where it lies takes the bytes along.
    /// let (bytes, place) = response.into_parts();
    /// assert_eq!(bytes[place], path.encode_to_vec());
    /// # Ok::<_, kiapi_gen::ResponseError>(())
    /// ```
    #[inline]
    pub fn from_vec(bytes: Vec<u8>) -> Result<Self, ResponseError> {
        let mut this =
            Self { bytes, token: None, status: ApiStatusCode::default(), error_message: 0..0, message: None };
        this.find().map_err(|error| ResponseError(Inner::Malformed(error)))?;
        Ok(this)
    }

    /// Finds the parts. What comes more than once is merged, as in every message: the last one counts, field by field.
    #[inline]
    fn find(&mut self) -> Result<(), DecodeError> {
        let mut fields = Fields::new(&self.bytes);
        while let Some((number, wire_type)) = fields.key()? {
            match number {
                RESPONSE_HEADER => {
                    let token = self.token.get_or_insert_default();
                    let mut header = fields.inner(wire_type)?;
                    while let Some((number, wire_type)) = header.key()? {
                        match number {
                            1 => *token = header.text(wire_type)?,
                            _ => header.skip(number, wire_type)?,
                        }
                    }
                }
                STATUS => {
                    let mut status = fields.inner(wire_type)?;
                    while let Some((number, wire_type)) = status.key()? {
                        match number {
                            1 => self.status = ApiStatusCode(status.int32(wire_type)?),
                            2 => self.error_message = status.text(wire_type)?,
                            _ => status.skip(number, wire_type)?,
                        }
                    }
                }
                MESSAGE => {
                    let packed = self.message.get_or_insert_default();
                    let mut message = fields.inner(wire_type)?;
                    while let Some((number, wire_type)) = message.key()? {
                        match number {
                            any::TYPE_URL => packed.type_url = message.text(wire_type)?,
                            any::VALUE => packed.value = message.delimited(wire_type)?,
                            _ => message.skip(number, wire_type)?,
                        }
                    }
                }
                _ => fields.skip(number, wire_type)?,
            }
        }
        Ok(())
    }

    /// KiCad's status; `UNKNOWN` when the envelope has none.
    #[inline]
    pub fn status(&self) -> ApiStatusCode {
        self.status
    }

    /// KiCad's own words for a status that is not `OK`; empty when it has none.
    #[inline]
    pub fn error_message(&self) -> &str {
        self.text(&self.error_message)
    }

    /// The token of the KiCad that answered; none when it was not ready, for then there is no header.
    #[inline]
    pub fn token(&self) -> Option<&str> {
        self.token.as_ref().map(|place| self.text(place))
    }

    /// The full name of the type of the message inside, if there is one.
    #[inline]
    pub fn message_type(&self) -> Option<&str> {
        self.message.as_ref().map(|message| any::full_name(self.text(&message.type_url)))
    }

    /// Whether there is a message inside, and it is an `M`.
    pub fn is<M: prost::Name>(&self) -> bool {
        self.message.is_some() && any::is_url_of::<M>(self.type_url())
    }

    /// Whether there is a message inside, and it is of the type that a command is answered with.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi_gen::common::ApiResponse;
    /// use kiapi_gen::common::commands::{GetVersion, GetVersionResponse, Ping};
    /// use kiapi_gen::prost::Message;
    /// use kiapi_gen::{Any, CommandInfo, Response};
    ///
    /// let answer = ApiResponse::new().with_message(Any::pack(&GetVersionResponse::new()));
    /// let response = Response::decode(&answer.encode_to_vec())?;
    /// assert!(response.is_response_to(&CommandInfo::of::<GetVersion>()));
    /// assert!(!response.is_response_to(&CommandInfo::of::<Ping>()));
    /// # Ok::<_, kiapi_gen::ResponseError>(())
    /// ```
    #[inline]
    pub fn is_response_to(&self, command: &CommandInfo) -> bool {
        self.message.is_some() && command.response.is(self.type_url())
    }

    /// The message inside, encoded; empty when there is none.
    #[inline]
    pub fn message_bytes(&self) -> &[u8] {
        self.message.as_ref().map_or(&[], |message| &self.bytes[message.value.clone()])
    }

    /// A copy of the message inside, packed, with the fields of `Any` that this build does not know.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi_gen::common::ApiResponse;
    /// use kiapi_gen::common::commands::GetVersionResponse;
    /// use kiapi_gen::prost::Message;
    /// use kiapi_gen::{Any, Response};
    ///
    /// let message = Any::pack(&GetVersionResponse::new());
    /// let answer = ApiResponse::new().with_message(message.clone());
    /// assert_eq!(Response::decode(&answer.encode_to_vec())?.to_any(), Some(message));
    /// # Ok::<_, kiapi_gen::ResponseError>(())
    /// ```
    #[inline]
    pub fn to_any(&self) -> Option<Any> {
        self.message.as_ref()?;
        let mut any = Any::default();
        let mut fields = Fields::new(&self.bytes);
        // All of it was read before, without an error.
        while let Ok(Some((number, wire_type))) = fields.key() {
            if number == MESSAGE {
                any.merge(&self.bytes[fields.delimited(wire_type).ok()?]).ok()?;
            } else {
                fields.skip(number, wire_type).ok()?;
            }
        }
        Some(any)
    }

    /// The bytes as they came, and where in them the encoded message is: nowhere, so that the range is empty, if there is
    /// none.
    #[inline]
    pub fn into_parts(self) -> (Vec<u8>, Range<usize>) {
        (self.bytes, self.message.unwrap_or_default().value)
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
        if let Some(refusal) = self.refusal() {
            return Err(refusal);
        }
        any::unpack(self.type_url(), self.message_bytes())
            .map_err(|error| ResponseError(Inner::Message(error)))
    }

    /// Why KiCad refused, if it did: a [`ResponseError`] with a [`status`](ResponseError::status).
    #[inline]
    pub fn refusal(&self) -> Option<ResponseError> {
        let status = self.status;
        let message = || self.error_message().to_owned();
        (status != ApiStatusCode::OK).then(|| ResponseError(Inner::Status { status, message: message() }))
    }

    /// The type URL of the message inside; empty when there is none.
    #[inline]
    fn type_url(&self) -> &[u8] {
        self.message.as_ref().map_or(&[], |message| &self.bytes[message.type_url.clone()])
    }

    /// A part that was found to be UTF-8.
    #[inline]
    fn text(&self, place: &Range<usize>) -> &str {
        std::str::from_utf8(&self.bytes[place.clone()]).unwrap_or_default()
    }
}

impl fmt::Debug for Response {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the token.
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("error_message", &self.error_message())
            .field("message", &self.message_type())
            .field("message_bytes", &self.message_bytes().len())
            .finish_non_exhaustive()
    }
}

/// Why an answer is not the response that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseError(Inner);

#[derive(Clone, Debug, PartialEq)]
enum Inner {
    Malformed(DecodeError),
    Status { status: ApiStatusCode, message: String },
    Message(AnyError),
}

impl ResponseError {
    /// The status with which KiCad refused, if it did.
    #[inline]
    pub fn status(&self) -> Option<ApiStatusCode> {
        match self.0 {
            Inner::Status { status, .. } => Some(status),
            Inner::Malformed(_) | Inner::Message(_) => None,
        }
    }

    /// KiCad's own words for the refusal, if it refused and said why.
    #[inline]
    pub fn kicad_message(&self) -> Option<&str> {
        match &self.0 {
            Inner::Status { message, .. } if !message.is_empty() => Some(message),
            _ => None,
        }
    }

    /// Whether the answer belongs to another command.
    #[inline]
    pub fn is_type_mismatch(&self) -> bool {
        matches!(&self.0, Inner::Message(error) if error.is_type_mismatch())
    }

    /// Whether the bytes are no envelope, or the message inside is not what its type says.
    #[inline]
    pub fn is_malformed(&self) -> bool {
        match &self.0 {
            Inner::Malformed(_) => true,
            Inner::Message(error) => !error.is_type_mismatch(),
            Inner::Status { .. } => false,
        }
    }
}

impl fmt::Display for ResponseError {
    #[inline]
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
    #[inline]
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Inner::Malformed(error) => Some(error),
            Inner::Status { .. } => None,
            Inner::Message(error) if error.is_type_mismatch() => None,
            Inner::Message(error) => Some(error),
        }
    }
}
