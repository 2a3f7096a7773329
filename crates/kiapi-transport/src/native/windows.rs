//! The place of the native backend on Windows' named pipes, which is still empty.
//!
//! What belongs here has the shape of its unix sibling: a `Conn` that calls until a deadline, an `Endpoint` that
//! receives. The wire, the queue, the ids and the rules of [`Transport`](crate::Transport) are shared. Until then the
//! `nng` feature does all this on Windows.

use std::convert::Infallible;

use crate::{Address, ConnectOptions, Deadline, Error, ErrorKind, Request, Result, ServerOptions};

/// A connection that cannot exist yet.
#[derive(Debug)]
pub(crate) struct Conn(Infallible);

/// A server that cannot exist yet.
#[derive(Debug)]
pub(crate) struct Endpoint(Infallible);

fn unsupported(what: &str, address: &Address) -> Error {
    let message =
        format!("cannot {what} `{address}`: named pipes need the `nng` feature of kiapi-transport so far");
    Error::new(ErrorKind::Unsupported, message)
}

impl Conn {
    pub(crate) fn connect(address: &Address, _options: &ConnectOptions) -> Result<Self> {
        Err(unsupported("connect to", address))
    }

    pub(crate) fn is_usable(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn call(&mut self, _request: &[u8], _deadline: Deadline) -> Result<Vec<u8>> {
        match self.0 {}
    }
}

impl Endpoint {
    pub(crate) fn bind(address: &Address, _options: &ServerOptions) -> Result<Self> {
        Err(unsupported("listen at", address))
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
