//! The command as people run it.
#![cfg(unix)]

mod demo;
mod doctor;
mod instances;
mod raw;
mod record;
mod replay;
mod run;
mod serve;
mod trace;
