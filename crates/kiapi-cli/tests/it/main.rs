//! The command as people run it.
#![cfg(unix)]

mod demo;
mod diff;
mod edits;
mod kicad;
mod run;
mod serve;
mod settings;
mod watch;
