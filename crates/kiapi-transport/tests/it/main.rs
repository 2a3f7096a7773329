//! Clients and servers over real sockets.

mod support;

mod pairs;

#[cfg(unix)] // a pipe does not tell how old it is
mod early;
mod fake;
mod hostile_client;
mod hostile_server;
#[cfg(windows)]
mod pipes;
mod raw;
mod relay;
#[cfg(feature = "tokio")]
mod tasks;
