//! The API with and without a socket, as clients see it.

mod api;
mod hostile;
#[cfg(unix)] // folders, their owners and locks
mod place;
mod serving;
#[cfg(target_os = "linux")]
mod users;

use kiapi_gen::common::{ApiRequest, ApiRequestHeader, ApiResponse};
use kiapi_gen::prost::Message as _;
use kiapi_gen::{Any, Command};

/// A request with a token.
pub(crate) fn request<C: Command>(command: &C, token: &str) -> Vec<u8> {
    let header = ApiRequestHeader::new().with_kicad_token(token).with_client_name("test");
    ApiRequest::new().with_header(header).with_message(Any::pack(command)).encode_to_vec()
}

/// What an answer says, in one line: whether there is a header, the status, the text, the type of the message.
pub(crate) fn shown(answer: &[u8]) -> String {
    let answer = ApiResponse::decode(answer).unwrap();
    let header = if answer.header.is_some() { "header" } else { "no header" };
    let status = answer.status.unwrap();
    let message = answer.message.map(|message| message.full_name().to_owned()).unwrap_or_default();
    format!("{header} {:?} {:?} {message}", status.status, status.error_message)
}
