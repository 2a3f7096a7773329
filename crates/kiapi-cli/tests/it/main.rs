//! The command as people run it.
#![cfg(unix)]

mod book;
mod call;
mod demo;
mod read;
mod run;
mod serve;
