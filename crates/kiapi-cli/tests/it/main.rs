//! The command as people run it.
#![cfg(unix)]

mod demo;
mod run;
mod serve;
