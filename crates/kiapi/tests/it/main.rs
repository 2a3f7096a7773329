//! The facade against a scripted KiCad, over a real socket; and its pure parts.
#![cfg(unix)]

mod book;
mod calls;
mod commits;
mod connecting;
mod coverage;
mod guards;
mod items;
mod items_made;
mod items_read;
mod picture;
#[path = "../samples/mod.rs"]
mod samples;
mod scripted;
mod snapshots;
mod sources;
mod survival;
#[cfg(feature = "tokio")]
mod tokio;
mod transforms;
