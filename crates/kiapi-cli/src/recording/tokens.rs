//! Tokens out of frames, and back into them.
//!
//! A token is replaced by as many bytes of a placeholder, so that all lengths in the message stay right, and all other
//! bytes what they were.

use std::collections::HashMap;
use std::ops::Range;

use kiapi::api::common::{ApiRequest, ApiResponse};
use kiapi::prost::Message as _;
use kiapi::prost::encoding::decode_varint;
use memchr::memmem;

/// What stands in place of a token, over and over, cut to the token's length.
const PLACEHOLDER: &str = "removed-";

/// Shorter tokens are looked for in the headers only: elsewhere their bytes could be anything.
const LONG_ENOUGH: usize = 8;
/// How much of a token must stand at the edge of what is no message to be taken for one that was cut off.
const CUT_OFF: usize = 4;

/// The tokens that were met.
#[derive(Default)]
pub(crate) struct Tokens {
    /// Their numbers, from 1 on.
    known: HashMap<Vec<u8>, u64>,
    /// Those that KiCad gave itself: they are looked for everywhere.
    of_kicad: Vec<Vec<u8>>,
}

/// Whom a frame is from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    Client,
    KiCad,
}

impl Tokens {
    /// Notes a token that KiCad is known to have.
    pub(crate) fn learn(&mut self, token: &str) {
        if !token.is_empty() {
            self.number(token.as_bytes());
            self.note(token.as_bytes());
        }
    }

    fn note(&mut self, token: &[u8]) {
        if token.len() >= LONG_ENOUGH && !self.of_kicad.iter().any(|known| known == token) {
            self.of_kicad.push(token.to_vec());
        }
    }

    fn number(&mut self, token: &[u8]) -> u64 {
        let next = self.known.len() as u64 + 1;
        *self.known.entry(token.to_vec()).or_insert(next)
    }

    /// Replaces all tokens in a frame's body. Gives the number of the one in its header, or 0.
    pub(crate) fn remove(&mut self, from: From, body: &mut [u8]) -> u64 {
        let places = header_tokens(body);
        let mut number = 0;
        for place in places.iter().filter(|place| !place.is_empty()) {
            let token = body[place.clone()].to_vec();
            number = self.number(&token);
            if from == From::KiCad {
                self.note(&token);
            }
        }
        for place in places {
            overwrite(&mut body[place]);
        }
        for token in &self.of_kicad {
            let found: Vec<usize> = memmem::find_iter(body, token).collect();
            for start in found {
                overwrite(&mut body[start..start + token.len()]);
            }
            // Not all of it, which was found above.
            let (beginning, end) = (&token[..token.len() - 1], &token[1..]);
            let (at_end, at_start) = (overlap(body, beginning), overlap(end, body));
            if at_end >= CUT_OFF {
                let start = body.len() - at_end;
                overwrite(&mut body[start..]);
            }
            if at_start >= CUT_OFF {
                overwrite(&mut body[..at_start]);
            }
        }
        number
    }
}

/// How many of the last bytes of one are the first of the other, at most. Each byte is looked at a few times, whatever they are
/// (Knuth, Morris and Pratt).
fn overlap(first: &[u8], then: &[u8]) -> usize {
    let most = first.len().min(then.len());
    let (first, then) = (&first[first.len() - most..], &then[..most]);
    // For each beginning of `then`, how many of its last bytes are its first, without all of it.
    let mut within = vec![0; most];
    let longer = |within: &[usize], mut length: usize, byte: u8| {
        while length > 0 && then[length] != byte {
            length = within[length - 1];
        }
        length + usize::from(then[length] == byte)
    };
    for place in 1..most {
        within[place] = longer(&within, within[place - 1], then[place]);
    }
    // It has all of `then` after the last byte at the earliest.
    first.iter().fold(0, |length, byte| longer(&within, length, *byte))
}

fn overwrite(place: &mut [u8]) {
    for (byte, with) in place.iter_mut().zip(PLACEHOLDER.bytes().cycle()) {
        *byte = with;
    }
}

/// Where the tokens in the headers of an envelope are, also in one that is cut off or goes on with garbage. Field 1 of both
/// envelopes is the header, and field 1 of both headers the token.
fn header_tokens(body: &[u8]) -> Vec<Range<usize>> {
    let headers = fields_one(body, 0..body.len());
    headers.into_iter().flat_map(|header| fields_one(body, header)).collect()
}

/// Where the contents of the fields with number 1 are, of those that have contents.
fn fields_one(body: &[u8], within: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let Range { mut start, end } = within;
    let varint = |start: &mut usize| -> Option<u64> {
        let mut rest = body.get(*start..end)?;
        let before = rest.len();
        let value = decode_varint(&mut rest).ok()?;
        *start += before - rest.len();
        Some(value)
    };
    while start < end {
        let Some(key) = varint(&mut start) else { break };
        match key & 7 {
            0 => {
                if varint(&mut start).is_none() {
                    break;
                }
            }
            1 => start += 8,
            5 => start += 4,
            2 => {
                let Some(length) = varint(&mut start) else { break };
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                let stop = start.saturating_add(length).min(end);
                if key >> 3 == 1 {
                    found.push(start..stop);
                }
                start = stop;
            }
            _ => break,
        }
    }
    found
}

/// Puts a token where a frame has a placeholder in its header.
pub(crate) fn put_token(from: From, body: &[u8], token: &str) -> Vec<u8> {
    let mut body = body.to_vec();
    let places: Vec<_> = header_tokens(&body).into_iter().filter(|place| !place.is_empty()).collect();
    if places.iter().all(|place| place.len() == token.len()) {
        for place in places {
            body[place].copy_from_slice(token.as_bytes());
        }
        return body;
    }
    // Another length changes the lengths around it.
    let changed = match from {
        From::Client => ApiRequest::decode(body.as_slice()).map(|request| {
            let header = request.header.clone().unwrap_or_default().with_kicad_token(token);
            request.with_header(header).encode_to_vec()
        }),
        From::KiCad => ApiResponse::decode(body.as_slice()).map(|answer| {
            let header = answer.header.clone().unwrap_or_default().with_kicad_token(token);
            answer.with_header(header).encode_to_vec()
        }),
    };
    changed.unwrap_or(body)
}

#[cfg(test)]
mod tests {
    use kiapi::api::common::ApiResponseHeader;
    use kiapi::api::common::commands::{Ping, StringResponse};
    use kiapi::api::{Any, Request};

    use super::*;

    const TOKEN: &str = "11111111-2222-4333-8444-555555555555";

    fn request(token: &str) -> Vec<u8> {
        Request::new(&Ping::new()).client_name("me").token(token).encode()
    }

    fn answer(token: &str, text: &str) -> Vec<u8> {
        let header = ApiResponseHeader::new().with_kicad_token(token);
        let message = Any::pack(&StringResponse::new().with_response(text));
        ApiResponse::new().with_header(header).with_message(message).encode_to_vec()
    }

    /// Removes the tokens from frames, and says what is left of any of them.
    #[track_caller]
    fn check(frames: &[(From, Vec<u8>)], numbers: &[u64]) -> Vec<Vec<u8>> {
        let mut tokens = Tokens::default();
        let mut left = Vec::new();
        for (index, (from, body)) in frames.iter().enumerate() {
            let mut body = body.clone();
            assert_eq!(tokens.remove(*from, &mut body), numbers[index], "frame {index}");
            assert_eq!(body.len(), frames[index].1.len());
            for part in TOKEN.as_bytes().windows(CUT_OFF) {
                assert!(memmem::find(&body, part).is_none(), "frame {index} has a part of the token");
            }
            left.push(body);
        }
        left
    }

    #[test]
    fn tokens_are_replaced_and_come_back_byte_for_byte() {
        let frames =
            [(From::Client, request(TOKEN)), (From::KiCad, answer(TOKEN, "x")), (From::Client, request(""))];
        let left = check(&frames, &[1, 1, 0]);
        for (index, body) in left.iter().take(2).enumerate() {
            assert!(put_token(frames[index].0, body, TOKEN) == frames[index].1, "frame {index}");
        }
        assert_eq!(left[2], frames[2].1);
        // One of another length changes nothing else.
        assert!(put_token(From::KiCad, &left[1], "short") == answer("short", "x"));
        let decoded = ApiRequest::decode(put_token(From::Client, &left[0], "short").as_slice()).unwrap();
        let header = decoded.header.unwrap();
        assert_eq!((header.kicad_token.as_str(), header.client_name.as_str()), ("short", "me"));
    }

    #[test]
    fn tokens_outside_of_headers_are_found_once_kicad_gave_them() {
        let text = format!("it is {TOKEN}, or {TOKEN}");
        let frames = [(From::KiCad, answer(TOKEN, "")), (From::KiCad, answer(TOKEN, &text))];
        let left = check(&frames, &[1, 1]);
        assert!(ApiResponse::decode(left[1].as_slice()).is_ok());
    }

    #[test]
    fn tokens_in_what_is_no_message_are_found() {
        let whole = request(TOKEN);
        let mut frames = vec![(From::KiCad, answer(TOKEN, ""))];
        // Cut off at every place, and with garbage after it.
        frames.extend((0..whole.len()).map(|length| (From::Client, whole[..length].to_vec())));
        frames.push((From::Client, [&whole[..], b"\xff\xff\xff"].concat()));
        frames.push((From::Client, format!("\u{7f}{TOKEN}").into_bytes()));
        frames.push((From::Client, TOKEN.as_bytes()[10..].to_vec()));
        let mut tokens = Tokens::default();
        for (index, (from, body)) in frames.iter().enumerate() {
            let mut body = body.clone();
            tokens.remove(*from, &mut body);
            for part in TOKEN.as_bytes().windows(CUT_OFF) {
                assert!(memmem::find(&body, part).is_none(), "frame {index}: {body:?}");
            }
        }
    }

    #[test]
    fn overlap_is_the_longest_one() {
        // All short texts of two letters.
        let texts: Vec<Vec<u8>> = (0..6)
            .flat_map(|length| {
                (0..1_u32 << length).map(move |bits| (0..length).map(|at| (bits >> at & 1) as u8).collect())
            })
            .collect();
        for first in &texts {
            for then in &texts {
                let fits = |count: &usize| first.ends_with(&then[..*count]);
                let longest = (0..=first.len().min(then.len())).rev().find(fits);
                assert_eq!(Some(overlap(first, then)), longest, "{first:?} {then:?}");
            }
        }
    }

    #[test]
    fn long_token_that_is_cut_off_is_found() {
        const HALF: usize = 1 << 20;
        let letters = "a".repeat(HALF);
        let mut tokens = Tokens::default();
        tokens.learn(&format!("{letters}{letters}b"));
        let mut body = format!("{letters}bc{letters}").into_bytes();
        tokens.remove(From::Client, &mut body);
        let placeholder = |length| PLACEHOLDER.bytes().cycle().take(length).collect::<Vec<u8>>();
        assert!(body == [placeholder(HALF + 1), b"c".to_vec(), placeholder(HALF)].concat());
    }

    #[test]
    fn different_tokens_have_different_numbers() {
        let frames = [
            (From::Client, request("a wrong one")),
            (From::KiCad, answer(TOKEN, "")),
            (From::Client, request(TOKEN)),
            (From::Client, request("a wrong one")),
        ];
        check(&frames, &[1, 2, 2, 1]);
    }

    #[test]
    fn short_token_does_not_touch_what_only_looks_like_it() {
        let mut tokens = Tokens::default();
        let mut body = answer("e", "eel");
        assert_eq!(tokens.remove(From::KiCad, &mut body), 1);
        assert!(body == answer("r", "eel"));
    }
}
