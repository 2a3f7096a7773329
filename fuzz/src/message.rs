//! Every message, and the envelopes that carry them: what is read is written again without loss.

use std::fmt::Debug;

use kiapi_gen::common::{ApiRequest, ApiResponse};
use kiapi_gen::{Request, Response};
use prost::{Message, Name};
use serde::Serialize;
use serde::de::DeserializeOwned;

include!(concat!(env!("OUT_DIR"), "/every.rs"));

/// The first two bytes say which message the others are to be.
pub fn run(data: &[u8]) {
    let [high, low, data @ ..] = data else { return };
    EVERY[usize::from(u16::from_be_bytes([*high, *low])) % EVERY.len()](data);
}

fn check<M: Message + Name + Default + PartialEq + Debug + Serialize + DeserializeOwned>(data: &[u8]) {
    let Ok(message) = M::decode(data) else { return };
    let written = message.encode_to_vec();
    assert_eq!(written.len(), message.encoded_len());
    let again = M::decode(written.as_slice()).unwrap_or_else(|error| panic!("{}: {error}", M::full_name()));
    // Not by `==`: a number that is none is not equal to itself.
    assert_eq!(again.encode_to_vec(), written, "{}", M::full_name());
    // JSON joins the paths of a mask with commas, so that one which is empty is lost: that is what the format is like.
    if format!("{message:?}").contains("FieldMask {") {
        return;
    }
    // JSON cannot show unknown fields, and says so.
    if let Ok(json) = serde_json::to_string(&message) {
        match serde_json::from_str::<M>(&json) {
            Ok(read) => assert_eq!(format!("{read:?}"), format!("{message:?}"), "{json}"),
            Err(error) => panic!("{}: {error}: {json}", M::full_name()),
        }
    }
}

/// Our envelope, which decodes nothing before it is asked for, beside the plain message.
pub fn envelope(data: &[u8]) {
    let _ = ApiRequest::decode(data).map(|request| {
        let command = request.message.unwrap_or_default();
        let header = request.header.unwrap_or_default();
        let packed = Request::packed(&command).header(&header.client_name, &header.kicad_token);
        let again = ApiRequest::decode(packed.as_bytes()).expect("a request of ours is one");
        assert_eq!(again.message.unwrap_or_default(), command);
        let again = again.header.unwrap_or_default();
        assert_eq!((again.client_name, again.kicad_token), (header.client_name, header.kicad_token));
        assert_eq!(packed.encode(), packed.as_bytes());
    });
    let ours = Response::decode(data);
    let Ok(plain) = ApiResponse::decode(data) else {
        // Ours need not look into everything, but what it says of itself holds together.
        if let Ok(ours) = ours {
            use_all(&ours);
        }
        return;
    };
    let ours = ours.unwrap_or_else(|error| panic!("{error}, and it is {plain:?}"));
    use_all(&ours);
    let status = plain.status.clone().unwrap_or_default();
    assert_eq!(ours.error_message(), status.error_message);
    assert_eq!(ours.status(), status.status);
    assert_eq!(ours.token(), plain.header.as_ref().map(|header| header.kicad_token.as_str()));
    match &plain.message {
        None => assert_eq!(ours.message_bytes(), b""),
        Some(any) => {
            assert_eq!(ours.message_bytes(), any.value);
            assert_eq!(ours.message_type(), Some(any.full_name()));
            let copy = ours.to_any().expect("there is a message");
            assert_eq!((copy.type_url, copy.value), (any.type_url.clone(), any.value.clone()));
        }
    }
}

fn use_all(response: &Response) {
    let _ = format!("{response:?}");
    let bytes = response.message_bytes().to_vec();
    let (whole, place) = response.clone().into_parts();
    assert_eq!(whole[place], bytes);
    let _ = response.to_any();
    for error in [
        response.clone().into_result::<kiapi_gen::common::commands::Ping>().err(),
        response.clone().into_result::<kiapi_gen::common::commands::GetItems>().err(),
        response.clone().into_result::<kiapi_gen::common::commands::GetVersion>().err(),
    ]
    .into_iter()
    .flatten()
    {
        let _ = (error.to_string(), error.is_type_mismatch(), error.is_malformed());
    }
}
