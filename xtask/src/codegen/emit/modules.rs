//! Which file holds what: a file and a module for each package, and apart from them what their types implement.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::Package;
use super::commands::idents;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

/// The files of all `packages`, by path below the generated folder.
pub(super) fn files(
    packages: &BTreeMap<Vec<String>, Package>,
    suffix: &str,
) -> BTreeMap<PathBuf, TokenStream> {
    // A package is a module even if it only holds others.
    let mut modules: BTreeSet<&[String]> = BTreeSet::new();
    for path in packages.keys() {
        modules.extend((1..=path.len()).map(|end| &path[..end]));
    }
    let mut files = BTreeMap::new();
    for &module in &modules {
        let children =
            modules.iter().filter(|other| other.len() == module.len() + 1 && other.starts_with(module));
        let children = declarations(children.filter_map(|child| child.last()));
        let types = packages.get(module).map(|package| &package.types);
        let doc = format!(" What KiCad's package `{}` defines.", module.join(".").replace("r#", ""));
        files.insert(file(module), quote! { #![doc = #doc] #children #types });
    }

    let mut impls = Vec::new();
    for (path, package) in packages.iter().filter(|(_, package)| !package.impls.is_empty()) {
        let name = path.join("_").replace("r#", "");
        let package_impls = &package.impls;
        files.insert(
            PathBuf::from("impls").join(format!("{name}.rs")),
            quote! {
                #[allow(unused_imports)]
                use crate::wire::prelude::*;

                #package_impls
            },
        );
        impls.push(name);
    }
    let impls = impls.iter().map(|name| format_ident!("{name}"));
    files.insert("impls.rs".into(), quote! { #(mod #impls;)* });

    let roots =
        declarations(modules.iter().filter(|module| module.len() == 1).filter_map(|module| module.last()));
    let (descriptors, facts) = (format!("descriptors{suffix}.binpb"), format!("facts{suffix}.txt"));
    files.insert(
        "mod.rs".into(),
        quote! {
            mod commands;
            #roots
            mod impls;

            pub use commands::{COMMANDS, visit_command};

            #[cfg(feature = "reflect")]
            pub(crate) const DESCRIPTORS: &[u8] = include_bytes!(#descriptors);

            #[cfg(feature = "reflect")]
            pub(crate) const FACTS: &str = include_str!(#facts);
        },
    );
    files
}

fn file(module: &[String]) -> PathBuf {
    let mut path: PathBuf = module.iter().map(|part| part.trim_start_matches("r#")).collect();
    path.set_extension("rs");
    path
}

fn declarations<'a>(names: impl Iterator<Item = &'a String>) -> TokenStream {
    let names: Vec<String> = names.cloned().collect();
    let names = idents(&names);
    quote! { #(pub mod #names;)* }
}
