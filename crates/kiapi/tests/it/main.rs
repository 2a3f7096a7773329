//! The facade against a scripted KiCad, over a real socket; and its pure parts.
#![cfg(unix)]

mod calls;
mod connecting;
mod picture;
mod scripted;
mod snapshots;
