//! Recordings: what is read, and the tokens that are taken out of frames and put back.

use arbitrary::Unstructured;
use kiapi_gen::common::commands::StringResponse;
use kiapi_gen::common::{ApiRequest, ApiRequestHeader, ApiResponse, ApiResponseHeader};
use kiapi_gen::{Any, Request};
use memchr::memmem;
use prost::Message as _;

use crate::made;
use crate::recording::{Event, From, Tokens, What, put_token, read, summary};

/// A token as KiCad has them.
const TOKEN: &str = "c0ffee00-2222-4333-8444-555555555555";
/// What stands in a token's place is made of this.
const PLACEHOLDER: &[u8] = b"removed-removed-";

/// Text is read as a recording. Other bytes are frames, one after the other.
pub fn run(data: &[u8]) {
    match data.first() {
        Some(0) => frames(&data[1..]),
        Some(1) => back_again(&data[1..]),
        _ => file(data),
    }
}

/// A file: read twice it says the same, its frames have no token of KiCad, and a cut-off end changes nothing before it.
fn file(data: &[u8]) {
    let file = tempfile::NamedTempFile::new().expect("there is room for a file");
    std::fs::write(file.path(), data).expect("there is room for a file");
    let (events, ended) = events(file.path());
    let mut tokens = Blotter::default();
    for event in &events {
        match &event.what {
            What::Request { frame, .. } => {
                tokens.check(From::Client, &frame.bytes);
                let _ = frame.request().and_then(|whole| whole.message).as_ref().map(summary);
            }
            What::Answer { frame, .. } => {
                tokens.check(From::KiCad, &frame.bytes);
                let _ = frame.answer().and_then(|whole| whole.message).as_ref().map(summary);
            }
            _ => continue,
        }
    }
    // What follows a line cannot change what was read of it.
    if let Some(end) = data.trim_ascii_end().iter().rposition(|byte| *byte == b'\n') {
        if ended.is_ok() && end > 0 {
            std::fs::write(file.path(), &data[..=end]).expect("there is room for a file");
            let (fewer, _) = self::events(file.path());
            assert!(fewer.len() + 1 >= events.len() && events.starts_with(&fewer), "{fewer:?} of {events:?}");
        }
    }
}

fn events(path: &std::path::Path) -> (Vec<Event>, Result<(), String>) {
    let mut events = Vec::new();
    let ended = read(path, |event| {
        events.push(event);
        Ok(())
    });
    (events, ended.map(drop).map_err(|error| format!("{error:#}")))
}

/// Any bytes as frames: each begins with whom it is from and how long it is.
fn frames(mut data: &[u8]) {
    let mut tokens = Blotter::default();
    while let [head, length, rest @ ..] = data {
        let (frame, rest) = rest.split_at(rest.len().min(usize::from(*length)));
        let from = if head % 2 == 0 { From::Client } else { From::KiCad };
        tokens.check(from, frame);
        data = rest;
    }
}

/// Tokens that are taken out, and what must then hold.
#[derive(Default)]
struct Blotter {
    tokens: Tokens,
    /// Those that KiCad gave in answers that are whole.
    of_kicad: Vec<Vec<u8>>,
}

impl Blotter {
    fn check(&mut self, from: From, frame: &[u8]) {
        let mut bytes = frame.to_vec();
        let number = self.tokens.remove(from, &mut bytes);
        assert_eq!(bytes.len(), frame.len(), "a token is blotted out, and nothing moves");
        let token = match from {
            From::Client => {
                ApiRequest::decode(frame).ok().and_then(|whole| whole.header).map(|header| header.kicad_token)
            }
            From::KiCad => ApiResponse::decode(frame)
                .ok()
                .and_then(|whole| whole.header)
                .map(|header| header.kicad_token),
        };
        if let Some(token) = token.filter(|token| !token.is_empty()) {
            assert!(number > 0, "the token {token:?} is not numbered");
            if from == From::KiCad && token.len() >= 8 {
                self.of_kicad.push(token.into_bytes());
            }
        }
        for token in &self.of_kicad {
            // One that looks like the placeholder cannot be told from it.
            let is_odd = token.windows(2).any(|two| memmem::find(PLACEHOLDER, two).is_some());
            assert!(is_odd || memmem::find(&bytes, token).is_none(), "{token:?} is left in {bytes:?}");
        }
        let _ = put_token(from, &bytes, "token");
    }
}

/// A message of the API with a token: without it all else is as it was, and with it again it is byte for byte the same.
fn back_again(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let Some(inside) = made::item(&mut bytes) else { return };
    let Ok(text) = bytes.arbitrary::<String>() else { return };
    let text = text.trim().to_owned();
    let asked = ApiRequest::new()
        .with_header(ApiRequestHeader::new().with_kicad_token(TOKEN).with_client_name(text.clone()))
        .with_message(inside.clone());
    let packed = Request::packed(&inside).header(&text, TOKEN).encode();
    let answered = ApiResponse::new()
        .with_header(ApiResponseHeader::new().with_kicad_token(TOKEN))
        .with_message(Any::pack(&StringResponse::new().with_response(text.clone())));
    let mut tokens = Tokens::default();
    for (from, whole) in [
        (From::Client, asked.encode_to_vec()),
        (From::Client, packed),
        (From::KiCad, answered.encode_to_vec()),
        (From::Client, asked.encode_to_vec()),
    ] {
        // Elsewhere than in the header it is taken out for good.
        let is_elsewhere = memmem::find_iter(&whole, &TOKEN.as_bytes()[..4]).count() > 1
            || memmem::find(&whole, &TOKEN.as_bytes()[TOKEN.len() - 4..])
                != memmem::rfind(&whole, &TOKEN.as_bytes()[TOKEN.len() - 4..]);
        if is_elsewhere {
            continue;
        }
        let mut bytes = whole.clone();
        assert_eq!(tokens.remove(from, &mut bytes), 1);
        assert!(memmem::find(&bytes, TOKEN.as_bytes()).is_none());
        assert_eq!(put_token(from, &bytes, TOKEN), whole);
    }
}
