//! The command as people run it.
#![cfg(unix)]

mod bad_input;
mod book;
mod call;
mod demo;
mod diff;
mod doctor;
mod edits;
mod examples;
mod instances;
mod kicad;
mod plugin;
mod plugin_schema;
mod raw;
mod read;
mod record;
mod replay;
mod run;
mod serve;
mod settings;
mod trace;
mod watch;
