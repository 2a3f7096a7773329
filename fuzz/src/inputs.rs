//! The inputs of the generator, as far as importing proto files uses them.

#[allow(dead_code, unused_imports)]
#[path = "../../xtask/src/inputs/protos.rs"]
pub(crate) mod protos;
