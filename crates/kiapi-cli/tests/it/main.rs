//! The command as people run it.

#[cfg(unix)] // servers made by hand, and signals
mod bad_input;
mod book;
mod call;
mod demo;
mod diff;
#[cfg(unix)] // folders, their modes and owners
mod doctor;
mod edits;
#[cfg(unix)] // scripts for a shell
mod examples;
#[cfg(unix)] // files of sockets
mod instances;
mod kicad;
#[cfg(windows)] // named pipes
mod pipes;
#[cfg(unix)] // modes and links of files
mod plugin;
#[cfg(unix)] // a file of an installed KiCad
mod plugin_schema;
#[cfg(unix)]
mod raw;
mod read;
#[cfg(unix)] // a signal ends a recorder; what ends by itself is recorded in `pipes`
mod record;
#[cfg(unix)]
mod replay;
mod run;
mod serve;
mod settings;
#[cfg(unix)]
mod trace;
mod watch;
