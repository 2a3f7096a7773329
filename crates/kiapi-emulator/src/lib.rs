#![doc = include_str!("../README.md")]

mod document;
mod editor;
mod emulator;
mod error;
mod faults;
mod files;
mod geometry;
mod habits;
mod handlers;
mod line;
mod loaded;
mod snapshot;
mod text;

pub(crate) use editor::Editor;
pub use editor::Fill;
pub use emulator::{Emulator, Running};
pub use error::{Error, ErrorKind, Result};
pub use faults::{Fault, Faults, Injection};
pub use habits::{Habit, Habits};
pub use kiapi_server::{Backend, Place, Readiness, Taken, Tokens, transport};
pub use line::Line;
pub use snapshot::{Exchange, Snapshot};
