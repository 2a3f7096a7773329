//! The server that people use.

use super::Endpoint;
use crate::{Address, Deadline, Listener, Request, Result, ServerOptions};

/// A server's socket, without a C library.
///
/// Requests of all clients come out of [`recv`](Listener::recv) one by one, in the order in which they arrived. A client
/// that does not read its replies, dies in the middle of a request, sends garbage or announces more than
/// [`ServerOptions::max_request`] harms nobody else.
///
/// The socket's file has mode 0600. A file that a dead process left at the address is replaced; one where somebody
/// listens is not. Dropping the server closes it. On Windows the pipe has the access rights that Windows gives by itself:
/// other users, and other machines, cannot send requests.
///
/// # Examples
///
/// ```
/// # #[cfg(unix)] {
/// use std::time::Duration;
/// use kiapi_transport::{Address, Deadline, Listener, Server, ServerOptions};
///
/// let folder = tempfile::tempdir().unwrap();
/// let address = Address::from_path(folder.path().join("api.sock"))?;
/// let server = Server::bind(&address, &ServerOptions::new())?;
/// let error = server.recv(Deadline::after(Duration::from_millis(5))).unwrap_err();
/// assert!(error.is_timeout());
/// drop(server);
/// assert!(!address.path().unwrap().exists());
/// # }
/// # Ok::<_, kiapi_transport::Error>(())
/// ```
#[derive(Debug)]
pub struct Server {
    address: Address,
    endpoint: Endpoint,
}

impl Server {
    /// Listens at an address.
    ///
    /// # Errors
    ///
    /// [`AddressInUse`](crate::ErrorKind::AddressInUse) when somebody listens there already, or
    /// [`NotFound`](crate::ErrorKind::NotFound) when the folder does not exist; pipes need no folder.
    #[inline]
    pub fn bind(address: &Address, options: &ServerOptions) -> Result<Self> {
        Ok(Self { address: address.clone(), endpoint: Endpoint::bind(address, options)? })
    }
}

impl Listener for Server {
    #[inline]
    fn recv(&self, deadline: Deadline) -> Result<Request> {
        self.endpoint.recv(deadline)
    }

    #[inline]
    fn address(&self) -> &Address {
        &self.address
    }

    #[inline]
    fn connections(&self) -> usize {
        self.endpoint.connections()
    }

    #[inline]
    fn drain(&self) {
        self.endpoint.drain();
    }

    #[inline]
    fn flush(&self, deadline: Deadline) {
        self.endpoint.flush(deadline);
    }

    #[inline]
    fn close(&self) {
        self.endpoint.close();
    }
}
