//! The bytes on the wire, without any I/O: handshake, frame header, and a decoder that is fed what was read.

use std::hash::{BuildHasher, RandomState};
use std::io::IoSlice;

/// The size of a handshake.
pub(crate) const HANDSHAKE: usize = 8;
/// What stands before a body: the frame's type, its length, the request id.
pub(crate) const HEAD: usize = 1 + 8 + ID;
const ID: usize = 4;

/// Bodies of up to this size get their room when they begin; a larger one gets more as its bytes arrive.
const FIRST_RESERVE: usize = 1 << 20;
/// The same in a client, which has one connection, to a peer of its own choice. It is room without memory behind it: the
/// system gives that as bytes arrive.
pub(crate) const CLIENT_RESERVE: usize = 64 << 20;

/// The two ends of req/rep, by their number in the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Req = 0x30,
    Rep = 0x31,
}

impl Role {
    /// What this end sends first.
    #[inline]
    pub(crate) fn handshake(self) -> [u8; HANDSHAKE] {
        [0, b'S', b'P', 0, 0, self as u8, 0, 0]
    }

    /// Checks the handshake of a peer as far as it has arrived, so that garbage is found at its first byte.
    ///
    /// # Errors
    ///
    /// What is wrong with it, to follow "the peer ".
    #[inline]
    pub(crate) fn check_peer(self, got: &[u8]) -> Result<(), String> {
        let expected = self.handshake();
        if expected.starts_with(got) {
            return Ok(());
        }
        let (magic, rest) = got.split_at(got.len().min(3));
        if !expected.starts_with(magic) {
            return Err(format!("sent {} instead of a handshake; it does not speak NNG", hex(got)));
        }
        if let [version @ 1..=u8::MAX, ..] = rest {
            return Err(format!("speaks version {version} of the SP protocol, and only 0 is known"));
        }
        if let [0, high, low, 0, 0] = rest {
            let number = u16::from_be_bytes([*high, *low]);
            let name = protocol_name(number).map_or(String::new(), |name| format!(" ({name})"));
            return Err(format!(
                "speaks SP protocol {number:#06x}{name}, expected {:#06x} ({self:?})",
                self as u8
            ));
        }
        if got.len() < HANDSHAKE {
            return Ok(()); // another protocol, whose number is not complete
        }
        Err(format!("sent a malformed handshake: {}", hex(got)))
    }
}

#[inline]
fn protocol_name(number: u16) -> Option<&'static str> {
    Some(match number {
        0x10 => "Pair0",
        0x11 => "Pair1",
        0x20 => "Pub",
        0x21 => "Sub",
        0x30 => "Req",
        0x31 => "Rep",
        0x50 => "Push",
        0x51 => "Pull",
        0x62 => "Surveyor",
        0x63 => "Respondent",
        0x70 => "Bus",
        _ => return None,
    })
}

#[inline]
fn hex(bytes: &[u8]) -> String {
    let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("`{}`", digits.join(" "))
}

/// What stands before a body of `len` bytes.
#[inline]
pub(crate) fn head(id: u32, len: usize) -> [u8; HEAD] {
    let mut head = [1; HEAD];
    head[1..9].copy_from_slice(&(len as u64 + ID as u64).to_be_bytes());
    head[9..].copy_from_slice(&id.to_be_bytes());
    head
}

/// Skips the first `count` bytes of two parts.
#[inline]
pub(crate) fn rest<'a>(head: &'a [u8], body: &'a [u8], count: usize) -> [IoSlice<'a>; 2] {
    let in_head = count.min(head.len());
    [IoSlice::new(&head[in_head..]), IoSlice::new(&body[count - in_head..])]
}

/// The ids of one connection's requests: from a random start, with the top bit set, as it ends the list of hops.
#[derive(Debug)]
pub(crate) struct Ids(u32);

impl Ids {
    #[inline]
    pub(crate) fn new() -> Self {
        // The keys of std's hash maps are the only randomness in std, and good enough for a start.
        let random = RandomState::new().hash_one(std::process::id()).to_be_bytes();
        Self(u32::from_be_bytes([random[0], random[1], random[2], random[3]]))
    }

    #[inline]
    pub(crate) fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(1) | 0x8000_0000;
        self.0
    }
}

/// A frame that has arrived in full.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) id: u32,
    /// `None` when its id was not wanted: its bytes were dropped as they came.
    pub(crate) body: Option<Vec<u8>>,
}

/// Why no frame can follow: the end of this one cannot be known, or must not be waited for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FrameError {
    /// The first byte is not 1.
    Type(u8),
    /// There is no room for an id.
    Short(u64),
    /// The body is larger than the limit.
    TooLarge { id: u32, len: u64 },
}

impl FrameError {
    /// What the peer did, to follow "the peer ".
    #[inline]
    pub(crate) fn describe(&self, limit: usize) -> String {
        match self {
            Self::Type(byte) => format!("sent a frame of type {byte:#04x}, and only 0x01 is known"),
            Self::Short(len) => format!("sent a frame of {len} bytes, too short for a request id"),
            Self::TooLarge { len, .. } => {
                format!("announced a message of {len} bytes, and the limit is {limit}")
            }
        }
    }
}

/// Which bodies a decoder keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    #[cfg(feature = "server")]
    All,
    Only(u32),
    Nothing,
}

impl Wanted {
    #[inline]
    fn includes(self, id: u32) -> bool {
        match self {
            #[cfg(feature = "server")]
            Self::All => true,
            Self::Only(wanted) => wanted == id,
            Self::Nothing => false,
        }
    }
}

/// Cuts a stream of bytes into frames. It keeps its place between calls, so a frame may arrive in any number of pieces.
#[derive(Debug)]
pub(crate) struct Decoder {
    limit: usize,
    reserve: usize,
    wanted: Wanted,
    head: [u8; HEAD],
    have: usize,
    body: Option<Body>,
}

#[derive(Debug)]
struct Body {
    id: u32,
    kept: Option<Vec<u8>>,
    remaining: usize,
}

impl Decoder {
    #[inline]
    pub(crate) fn new(limit: usize, wanted: Wanted) -> Self {
        Self { limit, reserve: FIRST_RESERVE, wanted, head: [0; HEAD], have: 0, body: None }
    }

    /// Gives bodies of up to this size all their room at once, so that they need not be moved while they grow.
    #[inline]
    pub(crate) fn reserve(self, reserve: usize) -> Self {
        Self { reserve, ..self }
    }

    /// Keeps other bodies from now on. What has been kept of one that is no longer wanted is freed at once.
    #[inline]
    pub(crate) fn want(&mut self, wanted: Wanted) {
        self.wanted = wanted;
        if let Some(body) = self.body.as_mut().filter(|body| !wanted.includes(body.id)) {
            body.kept = None;
        }
    }

    /// Takes from the front of `input` up to the end of a frame, or all of it.
    #[inline]
    pub(crate) fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, FrameError> {
        if self.body.is_none() {
            let taken = take(input, HEAD - self.have);
            self.head[self.have..self.have + taken.len()].copy_from_slice(taken);
            self.have += taken.len();
            match self.read_head()? {
                Some(body) => self.body = Some(body),
                None => return Ok(None),
            }
        }
        let Some(body) = &mut self.body else {
            return Ok(None);
        };
        let taken = take(input, body.remaining);
        body.remaining -= taken.len();
        if let Some(kept) = &mut body.kept {
            kept.extend_from_slice(taken);
        }
        Ok(self.finish())
    }

    /// The rest of a large body, to be read into without a detour: a vector with room, and how much is missing.
    ///
    /// When more than that was appended, [`filled`](Self::filled) returns what belongs to the next frame.
    #[inline]
    pub(crate) fn space(&mut self, at_least: usize) -> Option<&mut Vec<u8>> {
        let body = self.body.as_mut()?;
        let kept = body.kept.as_mut().filter(|_| body.remaining >= at_least)?;
        if kept.capacity() == kept.len() {
            kept.reserve_exact(body.remaining.min(kept.len().max(FIRST_RESERVE)));
        }
        Some(kept)
    }

    /// Accounts for `count` bytes that were appended to [`space`](Self::space).
    #[inline]
    pub(crate) fn filled(&mut self, count: usize) -> (Option<Frame>, Vec<u8>) {
        let Some(Body { kept: Some(kept), remaining, .. }) = &mut self.body else {
            return (None, Vec::new());
        };
        let excess = kept.split_off(kept.len() - count.saturating_sub(*remaining));
        *remaining = remaining.saturating_sub(count);
        (self.finish(), excess)
    }

    #[inline]
    fn read_head(&self) -> Result<Option<Body>, FrameError> {
        let got = &self.head[..self.have];
        if let [kind @ (0 | 2..=u8::MAX), ..] = got {
            return Err(FrameError::Type(*kind));
        }
        let Some((len, id)) = got.get(1..).and_then(<[u8]>::split_first_chunk) else {
            return Ok(None);
        };
        let len = u64::from_be_bytes(*len);
        let Some(len) = len.checked_sub(ID as u64) else {
            return Err(FrameError::Short(len));
        };
        let Ok(id) = id.try_into().map(u32::from_be_bytes) else {
            return Ok(None);
        };
        let remaining = usize::try_from(len).ok().filter(|len| *len <= self.limit);
        let Some(remaining) = remaining else {
            return Err(FrameError::TooLarge { id, len });
        };
        let kept = self.wanted.includes(id).then(|| {
            let mut kept = Vec::new();
            // Where there is no such room, the body gets it bit by bit, and that may be less than was announced.
            if kept.try_reserve_exact(remaining.min(self.reserve)).is_err() {
                kept.reserve_exact(remaining.min(FIRST_RESERVE));
            }
            kept
        });
        Ok(Some(Body { id, kept, remaining }))
    }

    #[inline]
    fn finish(&mut self) -> Option<Frame> {
        let Body { id, kept, .. } = self.body.take_if(|body| body.remaining == 0)?;
        self.have = 0;
        Some(Frame { id, body: kept })
    }
}

#[inline]
fn take<'a>(input: &mut &'a [u8], at_most: usize) -> &'a [u8] {
    let (taken, rest) = input.split_at(input.len().min(at_most));
    *input = rest;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(id: u32, body: &[u8]) -> Vec<u8> {
        [&head(id, body.len()), body].concat()
    }

    fn all(decoder: &mut Decoder, mut input: &[u8]) -> Result<Vec<Frame>, FrameError> {
        let mut frames = Vec::new();
        while !input.is_empty() {
            frames.extend(decoder.decode(&mut input)?);
        }
        Ok(frames)
    }

    #[test]
    fn a_frame_looks_as_nng_writes_it() {
        assert_eq!(frame(0x8000_0001, b"hi"), b"\x01\0\0\0\0\0\0\0\x06\x80\0\0\x01hi");
        assert_eq!(Role::Req.handshake(), *b"\0SP\0\0\x30\0\0");
        assert_eq!(Role::Rep.handshake(), *b"\0SP\0\0\x31\0\0");
    }

    #[test]
    fn frames_may_be_cut_anywhere() {
        let wire = [frame(1, b"one"), frame(2, b""), frame(3, b"three")].concat();
        for cut in 0..=wire.len() {
            let mut decoder = Decoder::new(5, Wanted::All);
            let mut frames = all(&mut decoder, &wire[..cut]).unwrap();
            frames.extend(all(&mut decoder, &wire[cut..]).unwrap());
            let bodies: Vec<_> =
                frames.iter().map(|frame| (frame.id, frame.body.as_deref().unwrap())).collect();
            assert_eq!(bodies, [(1, &b"one"[..]), (2, b""), (3, b"three")], "cut at {cut}");
        }
    }

    #[test]
    fn unwanted_bodies_are_dropped_even_when_half_read() {
        let wire = [frame(1, b"old"), frame(2, b"new")].concat();
        let mut decoder = Decoder::new(5, Wanted::Only(1));
        assert_eq!(all(&mut decoder, &wire[..=HEAD]), Ok(vec![]));
        decoder.want(Wanted::Only(2));
        let frames = all(&mut decoder, &wire[HEAD + 1..]).unwrap();
        assert_eq!(frames, [Frame { id: 1, body: None }, Frame { id: 2, body: Some(b"new".to_vec()) }]);
    }

    #[test]
    fn an_announced_length_allocates_nothing_by_itself() {
        let mut decoder = Decoder::new(usize::MAX, Wanted::All);
        let mut wire = head(7, 0).to_vec();
        wire[1..9].copy_from_slice(&(1_u64 << 60).to_be_bytes());
        assert_eq!(all(&mut decoder, &wire), Ok(vec![]));
        let space = decoder.space(1).unwrap();
        assert!(space.capacity() <= 2 * FIRST_RESERVE, "{}", space.capacity());
    }

    #[test]
    fn a_reserved_body_has_its_exact_room_from_the_beginning() {
        const LENGTH: usize = 3 * FIRST_RESERVE + 7;
        let mut decoder = Decoder::new(usize::MAX, Wanted::All).reserve(CLIENT_RESERVE);
        assert_eq!(all(&mut decoder, &head(7, LENGTH)), Ok(vec![]));
        let start = decoder.space(1).unwrap().as_ptr();
        let mut read = 0;
        let body = loop {
            let space = decoder.space(1).unwrap();
            assert_eq!((space.as_ptr(), space.capacity()), (start, LENGTH));
            let count = 100_000.min(space.capacity() - space.len());
            space.resize(space.len() + count, 9);
            read += count;
            let (frame, excess) = decoder.filled(count);
            assert!(excess.is_empty());
            if let Some(frame) = frame {
                break frame.body.unwrap();
            }
        };
        assert_eq!((body.as_ptr(), body.len(), body.capacity()), (start, LENGTH, LENGTH));
        assert_eq!(read, LENGTH);
    }

    #[test]
    fn more_than_a_client_reserves_is_not_reserved() {
        let mut decoder = Decoder::new(usize::MAX, Wanted::All).reserve(CLIENT_RESERVE);
        let mut wire = head(7, 0).to_vec();
        wire[1..9].copy_from_slice(&(1_u64 << 60).to_be_bytes());
        assert_eq!(all(&mut decoder, &wire), Ok(vec![]));
        let capacity = decoder.space(1).unwrap().capacity();
        assert!(capacity <= CLIENT_RESERVE, "{capacity}");
    }

    #[test]
    fn what_was_read_beyond_a_body_belongs_to_the_next_frame() {
        let mut decoder = Decoder::new(100, Wanted::All);
        assert_eq!(all(&mut decoder, &frame(1, b"abcdef")[..HEAD + 2]), Ok(vec![]));
        let next = frame(2, b"x");
        let space = decoder.space(4).unwrap();
        space.extend_from_slice(b"cdef");
        space.extend_from_slice(&next);
        let (frame, excess) = decoder.filled(4 + next.len());
        assert_eq!(frame, Some(Frame { id: 1, body: Some(b"abcdef".to_vec()) }));
        assert_eq!(excess, next);
    }

    #[test]
    fn a_small_rest_is_not_read_directly() {
        let mut decoder = Decoder::new(100, Wanted::All);
        assert!(decoder.space(1).is_none());
        assert_eq!(all(&mut decoder, &frame(1, b"abc")[..HEAD]), Ok(vec![]));
        assert!(decoder.space(4).is_none());
    }

    #[test]
    fn bad_frames_are_told_apart() {
        let mut decoder = Decoder::new(3, Wanted::All);
        assert_eq!(all(&mut decoder, b"\x02"), Err(FrameError::Type(2)));
        let mut decoder = Decoder::new(3, Wanted::All);
        assert_eq!(all(&mut decoder, b"\x01\0\0\0\0\0\0\0\x03"), Err(FrameError::Short(3)));
        let mut decoder = Decoder::new(3, Wanted::Nothing);
        assert_eq!(all(&mut decoder, &frame(9, b"four")), Err(FrameError::TooLarge { id: 9, len: 4 }));
    }

    #[test]
    fn a_bad_handshake_is_found_as_early_as_possible() {
        let check = |got: &[u8]| Role::Rep.check_peer(got).err();
        assert_eq!(check(b""), None);
        assert_eq!(check(b"\0SP"), None);
        assert_eq!(check(b"\0SP\0\0\x31\0\0"), None);
        assert_eq!(check(b"H").as_deref(), Some("sent `48` instead of a handshake; it does not speak NNG"));
        assert_eq!(
            check(b"\0SP\x01").as_deref(),
            Some("speaks version 1 of the SP protocol, and only 0 is known")
        );
        assert_eq!(check(b"\0SP\0\0\x30"), None);
        assert_eq!(
            check(b"\0SP\0\0\x30\0\0").as_deref(),
            Some("speaks SP protocol 0x0030 (Req), expected 0x0031 (Rep)")
        );
        assert_eq!(
            check(b"\0SP\0\0\x31\x01\0").as_deref(),
            Some("sent a malformed handshake: `00 53 50 00 00 31 01 00`")
        );
    }

    #[test]
    fn ids_have_the_top_bit_and_differ() {
        let mut ids = Ids(u32::MAX - 1);
        assert_eq!([ids.next(), ids.next(), ids.next()], [0xffff_ffff, 0x8000_0000, 0x8000_0001]);
    }
}
