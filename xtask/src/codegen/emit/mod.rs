//! The emitters: pure functions from the IR to tokens.

mod attribute;
mod builders;
pub(super) mod commands;
mod enums;
pub(super) mod facts;
pub(super) mod handler;
mod items;
mod messages;
mod modules;
mod wire;

use std::collections::BTreeMap;
use std::path::PathBuf;

use proc_macro2::TokenStream;
use quote::quote;

use super::ir::Api;
use crate::problems::{Location, Problem, Problems};

/// The Rust files of the generated module, by path below its folder.
pub(super) fn files(api: &Api) -> Result<BTreeMap<PathBuf, TokenStream>, Problems> {
    let packages = messages::packages(api).map_err(|error| {
        let help = "this is a construct that codegen does not know; teach xtask/src/codegen/emit";
        Problem::new(&Location::file("proto"), format!("cannot write the messages: {error:#}"), help)
    })?;
    let mut files = modules::files(&packages, &api.suffix);
    files.insert("commands.rs".into(), commands::registry(api));
    Ok(files)
}

/// What is emitted for a package.
#[derive(Default)]
struct Package {
    /// The types with their methods.
    types: TokenStream,
    /// What the types implement: the wire, names, `Debug`.
    impls: TokenStream,
}

/// Documentation as attributes.
fn docs(lines: &[String]) -> TokenStream {
    let lines = lines.iter().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote! { #(#[doc = #lines])* }
}
