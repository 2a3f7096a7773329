//! Asks a KiCad a few things: its wire, by hand, because xtask must build without the crates.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use crate::inputs::version::Version;

use super::os;

/// The handshakes of NNG's request and reply sockets.
const REQUEST: [u8; 8] = [0, b'S', b'P', 0, 0, 0x30, 0, 0];
const REPLY: [u8; 8] = [0, b'S', b'P', 0, 0, 0x31, 0, 0];
/// The id of the one request on each connection; its top bit marks the end of NNG's header.
const ID: [u8; 4] = [0x80, 0, 0, 1];
/// A KiCad that is asked in the moment in which it begins to listen never answers anybody: so nothing is sent to it before its
/// socket is so old.
const SETTLED: Duration = Duration::from_secs(1);
/// No answer to the questions asked here is longer.
const LONGEST: u64 = 1 << 26;

const OK: u64 = 1;
const NOT_READY: u64 = 4;
const BUSY: u64 = 7;

/// What came of one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// There is no socket yet, or nobody listens on it.
    NoSocket,
    /// Nobody answered in time, or the connection was cut.
    Silent,
    NotReady,
    /// A person moves or routes something.
    Busy,
    /// The message of the answer, encoded.
    Ready(Vec<u8>),
    /// Anything else, in words.
    Other(String),
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSocket => f.write_str("there is no API socket"),
            Self::Silent => f.write_str("it does not answer"),
            Self::NotReady => f.write_str("it answers that it is not ready"),
            Self::Busy => f.write_str("it answers that it is busy"),
            Self::Ready(_) => f.write_str("it is ready"),
            Self::Other(words) => f.write_str(words),
        }
    }
}

/// Whether the KiCad behind `socket` is ready.
pub(crate) fn ping(socket: &Path, timeout: Duration) -> Answer {
    ask(socket, "kiapi.common.commands.Ping", &[], timeout)
}

/// The version that the KiCad behind `socket` says it has, and the words in which it says so.
pub(crate) fn version(socket: &Path, timeout: Duration) -> Result<(Version, String), Answer> {
    match ask(socket, "kiapi.common.commands.GetVersion", &[], timeout) {
        Answer::Ready(message) => {
            read_version(&message).ok_or_else(|| Answer::Other("its version cannot be read".into()))
        }
        other => Err(other),
    }
}

/// Sends the command of the full name `command`, which is `message` when encoded.
pub(crate) fn ask(socket: &Path, command: &str, message: &[u8], timeout: Duration) -> Answer {
    match exchange(socket, &request(command, message), timeout) {
        Ok(None) => Answer::NotReady,
        Ok(Some(body)) => {
            read_response(&body).unwrap_or_else(|| Answer::Other("its answer cannot be read".into()))
        }
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Answer::NoSocket,
            io::ErrorKind::WouldBlock
            | io::ErrorKind::TimedOut
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset => Answer::Silent,
            _ => Answer::Other(format!("asking it failed: {error}")),
        },
    }
}

/// Whether whoever listens is a KiCad that has only just begun to. A clock that was set back does not tell.
fn is_young(socket: &Path) -> bool {
    let made = socket.symlink_metadata().and_then(|file| file.modified());
    let is_kicads = socket.parent().is_some_and(|folder| folder.ends_with("kicad"));
    is_kicads && made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age < SETTLED))
}

/// Sends one request on a connection of its own, and returns the body of the answer; none if it is too early to send anything.
fn exchange(socket: &Path, request: &[u8], timeout: Duration) -> io::Result<Option<Vec<u8>>> {
    let mut stream = os::connect(socket)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    stream.write_all(&REQUEST)?;
    let mut greeting = [0; 8];
    stream.read_exact(&mut greeting)?;
    if greeting != REPLY {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it does not speak NNG's reply protocol"));
    }
    // Asked of the socket that is there now: that of whoever accepted, or a younger one.
    if is_young(socket) {
        return Ok(None);
    }
    stream.write_all(&frame(request))?;
    let mut head = [0; 9];
    stream.read_exact(&mut head)?;
    let mut bytes = vec![0; body_length(head)?];
    stream.read_exact(&mut bytes)?;
    let body = bytes.strip_prefix(&ID);
    body.map(|body| Some(body.to_vec()))
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it answered another request"))
}

/// One message of NNG's ipc transport.
fn frame(body: &[u8]) -> Vec<u8> {
    let length = (ID.len() + body.len()) as u64;
    [&[1][..], &length.to_be_bytes(), &ID, body].concat()
}

/// The length of what follows the head of a message.
fn body_length(head: [u8; 9]) -> io::Result<usize> {
    let [kind, length @ ..] = head;
    let length = u64::from_be_bytes(length);
    if kind != 1 || !(ID.len() as u64..=LONGEST).contains(&length) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a message of {length} bytes, kind {kind}"),
        ));
    }
    Ok(usize::try_from(length).expect("a mebibyte fits"))
}

/// A `kiapi.common.ApiRequest` with a message of the type `command`.
fn request(command: &str, message: &[u8]) -> Vec<u8> {
    let header = field(1, &field(2, b"xtask"));
    let name = field(1, format!("type.googleapis.com/{command}").as_bytes());
    let value = if message.is_empty() { Vec::new() } else { field(2, message) };
    [header, field(2, &[name, value].concat())].concat()
}

/// A field of bytes, with a number below 16.
pub(crate) fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut encoded = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        encoded.push(u8::try_from(length & 0x7f).expect("seven bits fit") | 0x80);
        length >>= 7;
    }
    encoded.push(u8::try_from(length).expect("seven bits fit"));
    encoded.extend(bytes);
    encoded
}

/// Reads a `kiapi.common.ApiResponse`.
fn read_response(bytes: &[u8]) -> Option<Answer> {
    let (mut status, mut words, mut message) = (0, String::new(), Vec::new());
    for field in fields(bytes)? {
        match field {
            (2, Value::Bytes(bytes)) => {
                for field in fields(bytes)? {
                    match field {
                        (1, Value::Number(number)) => status = number,
                        (2, Value::Bytes(text)) => words = String::from_utf8_lossy(text).into_owned(),
                        _ => {}
                    }
                }
            }
            (3, Value::Bytes(any)) => {
                for field in fields(any)? {
                    if let (2, Value::Bytes(value)) = field {
                        message = value.to_vec();
                    }
                }
            }
            _ => {}
        }
    }
    Some(match status {
        OK => Answer::Ready(message),
        NOT_READY => Answer::NotReady,
        BUSY => Answer::Busy,
        _ => Answer::Other(format!("it answers with status {status}: {words}")),
    })
}

/// Reads a `kiapi.common.commands.GetVersionResponse`.
fn read_version(bytes: &[u8]) -> Option<(Version, String)> {
    let (mut numbers, mut words) = ([0; 3], String::new());
    for (_, value) in fields(bytes)?.into_iter().filter(|(number, _)| *number == 1) {
        let Value::Bytes(version) = value else { return None };
        for field in fields(version)? {
            match field {
                (number @ 1..=3, Value::Number(value)) => {
                    numbers[usize::try_from(number - 1).ok()?] = u32::try_from(value).ok()?;
                }
                (4, Value::Bytes(text)) => words = String::from_utf8_lossy(text).into_owned(),
                _ => {}
            }
        }
    }
    let [major, minor, patch] = numbers;
    (major > 0).then(|| (Version::new(major, minor, patch), words))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// A fixed number of four or eight bytes, which nothing here needs.
    Fixed,
}

/// The fields of a message, in order; none if they cannot be read to the end.
pub(crate) fn fields(mut bytes: &[u8]) -> Option<Vec<(u64, Value<'_>)>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let value = match key & 7 {
            0 => Value::Number(varint(&mut bytes)?),
            1 => take(&mut bytes, 8).map(|_| Value::Fixed)?,
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                Value::Bytes(take(&mut bytes, length)?)
            }
            5 => take(&mut bytes, 4).map(|_| Value::Fixed)?,
            _ => return None,
        };
        fields.push((key >> 3, value));
    }
    Some(fields)
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (front, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(front)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)?[0];
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            return None;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u8, words: &[u8], any: &[u8]) -> Vec<u8> {
        let status = [&[8, status][..], &field(2, words)].concat();
        [field(1, &field(1, b"token")), field(2, &status), any.to_vec()].concat()
    }

    #[test]
    fn a_request_is_what_kicad_expects() {
        let bytes = frame(&request("kiapi.common.commands.Ping", &[]));
        assert_eq!(bytes[..13], [1, 0, 0, 0, 0, 0, 0, 0, 63, 0x80, 0, 0, 1]);
        assert_eq!(&bytes[13..24], b"\x0a\x07\x12\x05xtask\x12\x30");
        assert_eq!(&bytes[24..], b"\x0a\x2etype.googleapis.com/kiapi.common.commands.Ping");
    }

    #[test]
    fn a_long_field_has_a_long_length() {
        let encoded = field(2, &[7; 300]);
        assert_eq!(encoded[..3], [0x12, 0xac, 0x02]);
        assert_eq!(fields(&encoded), Some(vec![(2, Value::Bytes(&[7; 300][..]))]));
        let asked = request("x.RunAction", b"\x0a\x01a");
        assert!(asked.ends_with(b"/x.RunAction\x12\x03\x0a\x01a"), "the message stands behind its name");
    }

    #[test]
    fn the_status_decides() {
        assert_eq!(read_response(&response(1, b"", b"")), Some(Answer::Ready(vec![])));
        assert_eq!(read_response(&response(4, b"KiCad is not ready to reply", b"")), Some(Answer::NotReady));
        assert_eq!(read_response(&response(7, b"busy", b"")), Some(Answer::Busy));
        let other = read_response(&response(5, b"unknown", b"")).unwrap();
        assert_eq!(other.to_string(), "it answers with status 5: unknown");
        assert!(matches!(read_response(b""), Some(Answer::Other(_))), "no status at all is no readiness");
    }

    #[test]
    fn the_version_is_read_with_its_words() {
        let version = [&[8, 10, 0x10, 0, 0x18, 6][..], &field(4, b"10.0.6+dfsg-1")].concat();
        let any = field(3, &[field(1, b"type.googleapis.com/x"), field(2, &field(1, &version))].concat());
        let Some(Answer::Ready(message)) = read_response(&response(1, b"", &any)) else {
            panic!("not ready")
        };
        assert_eq!(read_version(&message), Some((Version::new(10, 0, 6), "10.0.6+dfsg-1".to_owned())));
        assert_eq!(read_version(b""), None, "KiCad 0.0.0 is none");
    }

    #[test]
    fn hostile_bytes_give_no_answer_and_no_panic() {
        let cases: [&[u8]; 8] = [
            b"\x12",
            b"\x12\x05\x08",
            b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
            b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x0b\x0c",
            b"\x09\x01\x02",
            b"\x12\x02\x12\x7f",
        ];
        for bytes in cases {
            assert_eq!(read_response(bytes), None, "{bytes:x?}");
        }
        let whole = response(4, b"words", &field(3, &field(2, b"value")));
        for end in 0..whole.len() {
            let _ = read_response(&whole[..end]);
            let _ = read_version(&whole[..end]);
            let flipped: Vec<u8> =
                whole.iter().enumerate().map(|(at, b)| if at == end { !b } else { *b }).collect();
            let _ = read_response(&flipped);
            let _ = read_version(&flipped);
        }
    }

    #[test]
    fn a_length_out_of_bounds_is_refused_before_memory_is_taken() {
        for (kind, length) in [(1, 0), (1, 3), (1, LONGEST + 1), (1, u64::MAX), (2, 8), (0, 8)] {
            let mut head = [kind; 9];
            head[1..].copy_from_slice(&u64::to_be_bytes(length));
            assert!(body_length(head).is_err(), "{kind} {length}");
        }
        assert_eq!(body_length([1, 0, 0, 0, 0, 0, 0, 0, 4]).unwrap(), 4);
    }

    #[cfg(unix)]
    #[test]
    fn a_peer_that_says_nothing_or_nonsense_is_silent_or_other() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("s");
        assert_eq!(ping(&socket, Duration::from_millis(50)), Answer::NoSocket);
        let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert_eq!(ping(&socket, Duration::from_millis(50)), Answer::Silent);
        let server = std::thread::spawn(move || {
            let _silent = listener.accept().unwrap();
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"HTTP/1.1 400").unwrap();
            // Read to the end, so that the other side sees the bytes and not a reset; how it leaves is its affair.
            let _ = io::copy(&mut stream, &mut io::sink());
        });
        assert!(matches!(ping(&socket, Duration::from_secs(5)), Answer::Other(_)));
        server.join().unwrap();
        assert_eq!(ping(&socket, Duration::from_millis(50)), Answer::NoSocket, "a stale socket");
    }

    #[cfg(unix)]
    #[test]
    fn a_kicad_that_has_just_begun_to_listen_is_not_asked() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("kicad/api.sock");
        std::fs::create_dir(dir.path().join("kicad")).unwrap();
        let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let server = std::thread::spawn(move || {
            let mut asked = Vec::new();
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(&REPLY).unwrap();
            stream.read_to_end(&mut asked).unwrap();
            asked
        });
        assert_eq!(ping(&socket, Duration::from_secs(5)), Answer::NotReady);
        assert_eq!(server.join().unwrap(), REQUEST, "nothing but the handshake");
    }
}
