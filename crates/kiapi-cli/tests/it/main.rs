//! The command as people run it.
#![cfg(unix)]

mod demo;
mod plugin;
mod plugin_schema;
mod run;
mod serve;
