//! Clients and servers over real sockets.

mod support;

mod pairs;

#[cfg(unix)]
mod fake;
mod hostile_client;
#[cfg(unix)]
mod hostile_server;
#[cfg(unix)]
mod relay;
#[cfg(all(unix, feature = "tokio"))]
mod tasks;
