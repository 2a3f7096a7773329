//! The facade against a scripted KiCad, over a real socket; and its pure parts.
#![cfg(unix)]

mod book;
mod calls;
#[cfg(feature = "tokio")]
mod cancelling;
mod commits;
mod connecting;
mod coverage;
mod discovery;
mod guard_table;
mod guards;
mod items;
mod items_made;
mod items_read;
mod picture;
#[path = "../samples/mod.rs"]
mod samples;
mod scripted;
mod sharing;
mod snapshots;
mod sources;
mod survival;
#[cfg(feature = "tokio")]
mod tokio;
#[cfg(feature = "tracing")]
mod traced;
mod transforms;
