//! The inputs of the generator, as far as importing proto files uses them.

#[path = "../../xtask/src/inputs/protos.rs"]
pub(crate) mod protos;
