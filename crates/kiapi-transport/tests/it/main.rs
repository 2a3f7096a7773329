//! Clients and servers over real sockets.

mod support;

mod pairs;

mod fake;
mod hostile_client;
mod hostile_server;
#[cfg(windows)]
mod pipes;
mod raw;
mod relay;
#[cfg(feature = "tokio")]
mod tasks;
