//! Descriptors from a file that anybody may have written, as `cargo xtask proto import` takes them.

#[allow(dead_code, unused_imports)]
#[path = "../../xtask/src/proto/compile.rs"]
pub(crate) mod compile;
#[allow(dead_code, unused_imports)]
#[path = "../../xtask/src/proto/descriptors.rs"]
pub(crate) mod descriptors;
#[allow(dead_code, unused_imports)]
#[path = "../../xtask/src/proto/inventory.rs"]
pub(crate) mod inventory;
#[allow(dead_code, unused_imports)]
#[path = "../../xtask/src/proto/link.rs"]
pub(crate) mod link;
#[allow(dead_code, unused_imports)]
#[path = "../../xtask/src/proto/print/mod.rs"]
pub(crate) mod print;

use std::path::Path;

use prost::Message as _;
use prost_types::FileDescriptorSet;

use self::descriptors::{Files, decode_set, is_file_name, is_google, normalise};

pub fn run(data: &[u8]) {
    let Ok(set) = decode_set(data) else { return };
    let files: Files = set
        .into_iter()
        .filter(|file| !is_google(file.name()) && is_file_name(file.name()))
        .map(|file| (file.name().to_owned(), normalise(file)))
        .collect();
    let (linked, _) = link::link(files);
    let inventory = inventory::Inventory::new(&linked);
    let _ = (inventory.names(), inventory::things(&linked));
    // What is printed compiles to what it was printed from: printing itself makes sure, or refuses.
    if let Ok(texts) = print::print(&linked, "a line") {
        let again = compile::compile(&texts).expect("what was printed compiles");
        assert_eq!(again, linked);
    }
}

/// The proto files of a folder as a descriptor set, for a seed.
///
/// # Errors
///
/// When they cannot be read or do not compile.
pub fn seed(folder: &Path) -> anyhow::Result<Vec<u8>> {
    let files = compile::compile(&compile::read_folder(folder)?)?;
    Ok(FileDescriptorSet { file: files.into_values().collect() }.encode_to_vec())
}
