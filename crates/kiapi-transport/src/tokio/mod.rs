//! A client for programs on tokio, behind the feature `tokio`.
//!
//! It speaks the wire protocol on tokio's own sockets: there is no thread and no task behind it, and it works on a
//! current-thread runtime as on a multi-thread one. Its rules are those of the blocking client, from the same code. (Pipes of
//! Windows have the one thread that all pipes of the process have.)

mod alarm;
mod client;
mod patience;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

pub use self::client::Client;
#[cfg(unix)]
use self::unix::Socket;
#[cfg(windows)]
use self::windows::Socket;
