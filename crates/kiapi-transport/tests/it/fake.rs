//! A server made by hand, for one client.

use std::io::{self, Read, Write};
use std::thread::{self, JoinHandle};

use crate::raw;
use crate::support::*;

pub(crate) const REQ: &[u8] = b"\0SP\0\0\x30\0\0";
pub(crate) const REP: &[u8] = b"\0SP\0\0\x31\0\0";

pub(crate) fn frame(id: u32, body: &[u8]) -> Vec<u8> {
    [&[1][..], &(body.len() as u64 + 4).to_be_bytes(), &id.to_be_bytes(), body].concat()
}

/// One connection of a client, seen from the other side.
pub(crate) struct Fake {
    pub(crate) stream: raw::Stream,
}

impl Fake {
    /// Waits at a place for a client, and shakes hands.
    pub(crate) fn listen(place: &Place) -> JoinHandle<Self> {
        let listener = raw::Listener::bind(place);
        thread::spawn(move || {
            let mut stream = listener.accept();
            stream.write_all(REP).unwrap();
            let mut handshake = [0; 8];
            stream.read_exact(&mut handshake).unwrap();
            assert_eq!(handshake, REQ);
            Self { stream }
        })
    }

    /// The next request's id and body.
    pub(crate) fn request(&mut self) -> (u32, Vec<u8>) {
        self.try_request().unwrap()
    }

    /// The next request, or the error in place of the rest of it.
    pub(crate) fn try_request(&mut self) -> io::Result<(u32, Vec<u8>)> {
        let mut head = [0; 13];
        self.stream.read_exact(&mut head)?;
        assert_eq!(head[0], 1);
        let length = u64::from_be_bytes(head[1..9].try_into().unwrap());
        let id = u32::from_be_bytes(head[9..].try_into().unwrap());
        let mut body = vec![0; usize::try_from(length).unwrap() - 4];
        self.stream.read_exact(&mut body)?;
        Ok((id, body))
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Whether the client has closed its end; waits for it.
    pub(crate) fn sees_the_end(&mut self) -> bool {
        self.stream.set_read_timeout(Some(LONG)).unwrap();
        matches!(self.stream.read(&mut [0]), Ok(0))
    }
}
