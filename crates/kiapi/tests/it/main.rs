//! The facade against a scripted KiCad, over a real socket; and its pure parts.

mod alone;
#[cfg(unix)] // the repository's own files, which one system looks at
mod book;
mod calls;
#[cfg(feature = "tokio")]
mod cancelling;
mod commits;
mod connecting;
#[cfg(unix)]
mod coverage;
#[cfg(unix)] // folders, locks and signals; of pipes beside the code
mod discovery;
mod errors;
mod guard_table;
mod guards;
mod items;
mod items_made;
mod items_read;
mod late;
#[cfg(unix)]
mod lists;
mod picture;
#[path = "../samples/mod.rs"]
mod samples;
mod scripted;
mod sharing;
mod snapshots;
#[cfg(unix)]
mod sources;
#[cfg(unix)] // a pipe does not tell how old it is
mod starting;
mod survival;
mod together;
#[cfg(feature = "tokio")]
mod tokio;
#[cfg(feature = "tracing")]
mod traced;
mod transforms;
mod watching;
