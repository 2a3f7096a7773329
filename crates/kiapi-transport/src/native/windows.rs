//! The place of the native backend on Windows' named pipes, which is still empty.
//!
//! What belongs here has the shape of its unix sibling: a `Socket` that sends and receives until a deadline, an `Endpoint`
//! that receives requests. The wire, the queue, the ids and the rules of [`Transport`](crate::Transport) are shared. Until
//! then the `nng` feature does all this on Windows.

use std::convert::Infallible;
use std::io::{self, IoSlice};

use crate::exchange::{self, Space};
use crate::{Address, Deadline, Error, ErrorKind, Request, Result, ServerOptions};

/// A client's pipe, blocking or not, that cannot exist yet.
#[derive(Debug)]
pub(crate) struct Socket(Infallible);

/// A server that cannot exist yet.
#[derive(Debug)]
pub(crate) struct Endpoint(Infallible);

impl exchange::Socket for Socket {
    async fn connect(_address: &Address, _deadline: Deadline) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn send(&mut self, _parts: &[IoSlice<'_>; 2], _deadline: Deadline) -> io::Result<usize> {
        match self.0 {}
    }

    async fn receive(&mut self, _into: Space<'_>, _deadline: Deadline) -> io::Result<usize> {
        match self.0 {}
    }

    fn is_own_user(&self) -> bool {
        match self.0 {}
    }

    fn rest(&mut self) {
        match self.0 {}
    }

    fn shut(&self) {
        match self.0 {}
    }
}

impl Endpoint {
    pub(crate) fn bind(address: &Address, _options: &ServerOptions) -> Result<Self> {
        let message = format!(
            "cannot listen at `{address}`: named pipes need the `nng` feature of kiapi-transport so far"
        );
        Err(Error::new(ErrorKind::Unsupported, message))
    }

    pub(crate) fn recv(&self, _deadline: Deadline) -> Result<Request> {
        match self.0 {}
    }

    pub(crate) fn connections(&self) -> usize {
        match self.0 {}
    }

    pub(crate) fn drain(&self) {
        match self.0 {}
    }

    pub(crate) fn flush(&self, _deadline: Deadline) {
        match self.0 {}
    }

    pub(crate) fn close(&self) {
        match self.0 {}
    }
}
