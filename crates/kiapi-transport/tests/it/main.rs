//! Clients and servers over real sockets.

mod support;

mod pairs;

#[cfg(unix)]
mod hostile_client;
#[cfg(unix)]
mod hostile_server;
