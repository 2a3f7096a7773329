//! A client that sees the bytes on the wire.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use kiapi::api::{Command, Request};

/// A connection with its handshake done.
pub(crate) struct Raw(UnixStream);

/// A frame: its head, an id, a body.
pub(crate) fn frame(id: u32, body: &[u8]) -> Vec<u8> {
    [&[1][..], &(body.len() as u64 + 4).to_be_bytes(), &id.to_be_bytes(), body].concat()
}

/// A command in its envelope.
pub(crate) fn ask<C: Command>(command: &C, token: &str) -> Vec<u8> {
    Request::new(command).client_name("raw").token(token).encode()
}

impl Raw {
    pub(crate) fn connect(socket: &Path) -> Self {
        let mut stream = UnixStream::connect(socket).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(b"\0SP\0\0\x30\0\0").unwrap();
        let mut handshake = [0; 8];
        stream.read_exact(&mut handshake).unwrap();
        assert_eq!(&handshake, b"\0SP\0\0\x31\0\0");
        Self(stream)
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        // Whoever was closed on sees it when it reads.
        let _ = self.0.write_all(bytes);
    }

    /// The next frame, as it came; none at the end of the connection.
    pub(crate) fn next(&mut self) -> Option<Vec<u8>> {
        let mut head = [0; 9];
        match self.0.read(&mut head).unwrap_or(0) {
            0 => return None,
            count => self.0.read_exact(&mut head[count..]).unwrap(),
        }
        let length = u64::from_be_bytes(head[1..].try_into().unwrap());
        let mut rest = vec![0; usize::try_from(length).unwrap()];
        self.0.read_exact(&mut rest).unwrap();
        Some([&head[..], &rest].concat())
    }
}

/// Sends frames all at once, and gives those that come back, as many.
pub(crate) fn session(socket: &Path, frames: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut raw = Raw::connect(socket);
    raw.send(&frames.concat());
    frames.iter().map_while(|_| raw.next()).collect()
}
