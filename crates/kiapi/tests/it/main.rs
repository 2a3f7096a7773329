//! The facade against a scripted KiCad, over a real socket.
#![cfg(unix)]

mod calls;
mod connecting;
#[path = "../samples/mod.rs"]
mod samples;
mod scripted;
mod transforms;
