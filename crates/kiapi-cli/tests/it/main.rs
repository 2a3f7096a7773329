//! The command as people run it.
#![cfg(unix)]

mod book;
mod call;
mod demo;
mod diff;
mod edits;
mod examples;
mod kicad;
mod plugin;
mod plugin_schema;
mod read;
mod run;
mod serve;
mod settings;
mod watch;
