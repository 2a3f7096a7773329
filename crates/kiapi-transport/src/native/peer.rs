//! A client as a server writes to it.

use std::collections::VecDeque;
use std::io;
use std::sync::Mutex;

use super::sys::Stream;
use super::sys::socket::{self, Wait};
use crate::turn::lock;
use crate::wire;

/// The half of a connection that replies go into, from any thread.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) socket: Stream,
    output: Mutex<Output>,
}

#[derive(Debug, Default)]
struct Output {
    /// What the socket did not take yet; the first piece from an offset on.
    pieces: VecDeque<Vec<u8>>,
    offset: usize,
    length: usize,
    closed: bool,
}

impl Peer {
    #[inline]
    pub(super) fn new(socket: Stream) -> Self {
        Self { socket, output: Mutex::default() }
    }

    /// Sends a reply, or keeps what the socket does not take. Returns how much is kept now.
    #[inline]
    pub(super) fn send(&self, id: u32, body: Vec<u8>) -> io::Result<usize> {
        let mut output = lock(&self.output);
        if output.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let head = wire::head(id, body.len());
        let length = head.len() + body.len();
        let mut sent = 0;
        while output.pieces.is_empty() && sent < length {
            match socket::send(&self.socket, &wire::rest(&head, &body, sent), Wait::No) {
                Ok(count) => sent += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => {
                    output.closed = true;
                    return Err(error);
                }
            }
        }
        if sent < length {
            output.length += length - sent;
            if let Some(rest) = head.get(sent..).filter(|rest| !rest.is_empty()) {
                output.pieces.push_back(rest.to_vec());
            }
            if !body.is_empty() {
                if output.pieces.is_empty() {
                    output.offset = sent - head.len();
                }
                output.pieces.push_back(body);
            }
        }
        Ok(output.length + socket::in_flight(&self.socket))
    }

    /// Sends bytes that need not be a frame, or keeps what the socket does not take. Returns how much is kept now.
    #[inline]
    pub(super) fn send_raw(&self, bytes: Vec<u8>) -> io::Result<usize> {
        let mut output = lock(&self.output);
        if output.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if !bytes.is_empty() {
            output.length += bytes.len();
            output.pieces.push_back(bytes);
        }
        drop(output);
        self.flush()?;
        Ok(self.unread())
    }

    /// Sends of what is kept as much as the socket takes.
    #[inline]
    pub(super) fn flush(&self) -> io::Result<()> {
        let mut output = lock(&self.output);
        while let Some(piece) = output.pieces.front() {
            match socket::send(&self.socket, &wire::rest(piece, &[], output.offset), Wait::No) {
                Ok(count) => {
                    let finished = output.offset + count == piece.len();
                    output.length -= count;
                    if finished {
                        output.pieces.pop_front();
                        output.offset = 0;
                    } else {
                        output.offset += count;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => {
                    output.closed = true;
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// How many bytes the client has not taken yet.
    #[inline]
    pub(super) fn unread(&self) -> usize {
        lock(&self.output).length + socket::in_flight(&self.socket)
    }

    /// Ends the connection, for the client too. What is kept is lost.
    #[inline]
    pub(super) fn close(&self) {
        let mut output = lock(&self.output);
        *output = Output { closed: true, ..Output::default() };
        socket::shut(&self.socket);
    }
}

#[cfg(all(test, unix))] // pipes have no pair of connected ends
mod tests {
    use std::io::Read;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn what_a_socket_does_not_take_is_kept_in_order() {
        let (here, mut there) = UnixStream::pair().unwrap();
        let peer = Peer::new(here);
        let replies: Vec<_> =
            (0..100_u8).map(|number| vec![number; 1 + 1000 * usize::from(number)]).collect();
        let mut expected = Vec::new();
        for (id, body) in (1..).zip(&replies) {
            peer.send(id, body.clone()).unwrap();
            expected.extend([&wire::head(id, body.len()), &body[..]].concat());
        }
        peer.send(1000, Vec::new()).unwrap();
        expected.extend(wire::head(1000, 0));
        assert!(peer.unread() > 0);

        let mut got = vec![0; expected.len()];
        let mut at = 0;
        while at < got.len() {
            let end = got.len().min(at + 77_777);
            at += there.read(&mut got[at..end]).unwrap();
            peer.flush().unwrap();
        }
        assert!(got == expected);
        assert_eq!(peer.unread(), 0);
    }

    #[test]
    fn nothing_is_sent_after_the_end() {
        let (here, there) = UnixStream::pair().unwrap();
        let peer = Peer::new(here);
        drop(there);
        assert!(peer.send(1, b"x".to_vec()).is_err());
        assert!(peer.send(2, b"y".to_vec()).is_err());
    }
}
