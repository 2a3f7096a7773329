//! What gets bytes from outside, as functions that take any bytes and panic when a promise is broken.
//!
//! Each function of [`targets`] is run by a program of cargo-fuzz and by the smoke test. Much of what is tested is private
//! to the project's programs, so their files are compiled in here as they are.

mod failure;
mod frame;
mod inputs;
mod items;
mod json;
mod length;
pub mod made;
mod message;
mod plugin;
pub mod proto;
mod recordings;
mod snapshot;
pub mod targets;

// What belongs to other programs has more in it than is used here.
#[allow(dead_code, unused_imports)]
#[path = "../../crates/kiapi-cli/src/files.rs"]
mod files;
#[allow(dead_code, unused_imports)]
#[path = "../../crates/kiapi-cli/src/output.rs"]
mod output;
#[allow(dead_code, unused_imports)]
#[path = "../../crates/kiapi-cli/src/recording/mod.rs"]
mod recording;
#[allow(dead_code, unused_imports)]
#[path = "../../crates/kiapi-cli/src/reflect/mod.rs"]
mod reflect;
#[macro_use]
#[allow(dead_code, unused_imports, unused_macros)]
#[path = "../../crates/kiapi-cli/src/table.rs"]
mod table;
#[allow(dead_code, unused_imports)]
#[path = "../../crates/kiapi-transport/src/wire.rs"]
mod wire;
