//! The lists of methods in `src/doc`, which stand where rustdoc shows none: at the aliases of generic types.

use std::collections::BTreeSet;
use std::fs;

use crate::sources;

/// Holds the list of a type against its sources.
#[track_caller]
fn check(of: &str, least: usize) {
    let files = sources::rust_files("crates/kiapi/src");
    let methods: BTreeSet<&str> = files.values().flat_map(|text| sources::methods(text, of)).collect();
    assert!(methods.len() >= least, "the methods of {of} are not found any more: {methods:?}");
    let path = format!("crates/kiapi/src/doc/{}.md", of.to_lowercase());
    let list = fs::read_to_string(sources::root().join(&path)).unwrap();
    let links = list.split("(generic::").skip(1).filter_map(|rest| rest.split_once(')'));
    let mut listed: Vec<&str> = links
        .map(|(link, _)| link.strip_prefix(of).and_then(|it| it.strip_prefix("::")).unwrap_or(link))
        .collect();
    listed.sort_unstable();
    assert_eq!(listed, Vec::from_iter(methods), "{path} and the public methods of {of} differ");
}

#[test]
fn every_method_of_kicad_is_listed_once() {
    check("KiCad", 20);
}

#[test]
fn every_method_of_board_is_listed_once() {
    check("Board", 70);
}

#[test]
fn every_method_of_commit_is_listed_once() {
    check("Commit", 9);
}
