//! The frame reader: however the bytes are cut, and whichever of its two ways they take, the same frames come out.

use crate::wire::{Decoder, Frame, FrameError, HANDSHAKE, Role, Wanted};

/// More than this is never asked to be kept.
const LIMIT: usize = 1 << 16;

/// What a stream came to: its frames, and what ended it.
type Read = (Vec<Frame>, Option<FrameError>);

pub fn run(data: &[u8]) {
    let [wanted, limit, cut, stream @ ..] = data else { return };
    hands(stream);
    let limit = if limit & 1 == 0 { LIMIT } else { usize::from(*limit) };
    let wanted = match wanted % 3 {
        0 => Wanted::All,
        1 => Wanted::Nothing,
        // The id that the stream itself names first, so that it is wanted now and then.
        _ => Wanted::Only(
            stream.get(9..13).map_or(0, |id| u32::from_be_bytes(id.try_into().expect("four bytes"))),
        ),
    };
    let whole = by_pieces(stream, limit, wanted, usize::MAX);
    let cut = usize::from(*cut).max(1);
    assert_eq!(by_pieces(stream, limit, wanted, cut), whole, "in pieces of {cut}");
    assert_eq!(by_space(stream, limit, wanted, cut), whole, "into space, in pieces of {cut}");
    let kept: usize = whole.0.iter().filter_map(|frame| frame.body.as_ref()).map(Vec::len).sum();
    assert!(kept <= stream.len(), "{kept} bytes of {}", stream.len());
    for frame in &whole.0 {
        assert!(frame.body.as_ref().is_none_or(|body| body.len() <= limit));
    }
}

/// Whatever a peer says first, it is judged, and never better with more bytes.
fn hands(stream: &[u8]) {
    for role in [Role::Req, Role::Rep] {
        let mut is_wrong = false;
        for have in 0..=stream.len().min(HANDSHAKE) {
            let verdict = role.check_peer(&stream[..have]);
            assert!(!is_wrong || verdict.is_err(), "{:?} became right again", &stream[..have]);
            is_wrong = verdict.is_err();
            if have == HANDSHAKE {
                assert_eq!(verdict.is_ok(), stream[..HANDSHAKE] == role.handshake());
            }
        }
    }
}

fn by_pieces(stream: &[u8], limit: usize, wanted: Wanted, size: usize) -> Read {
    let mut decoder = Decoder::new(limit, wanted);
    let mut frames = Vec::new();
    for mut piece in stream.chunks(size.min(stream.len().max(1))) {
        while !piece.is_empty() {
            match decoder.decode(&mut piece) {
                Ok(frame) => frames.extend(frame),
                Err(error) => return (frames, Some(error)),
            }
        }
    }
    (frames, None)
}

/// As a socket is read: a large body straight to where it goes, and what was read beyond it afterwards.
fn by_space(mut stream: &[u8], limit: usize, wanted: Wanted, size: usize) -> Read {
    let mut decoder = Decoder::new(limit, wanted).reserve(1 << 20);
    let mut frames = Vec::new();
    let mut buffered: Vec<u8> = Vec::new();
    while !stream.is_empty() || !buffered.is_empty() {
        let mut input = buffered.as_slice();
        while !input.is_empty() {
            match decoder.decode(&mut input) {
                Ok(frame) => frames.extend(frame),
                Err(error) => return (frames, Some(error)),
            }
        }
        buffered.clear();
        let count = size.min(stream.len());
        let (piece, rest) = stream.split_at(count);
        stream = rest;
        match decoder.space(8) {
            Some(space) => {
                space.extend_from_slice(piece);
                let (frame, excess) = decoder.filled(count);
                frames.extend(frame);
                buffered = excess;
            }
            None => buffered.extend_from_slice(piece),
        }
    }
    (frames, None)
}
