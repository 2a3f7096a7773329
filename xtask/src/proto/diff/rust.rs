//! What a change means for the public Rust, in which all versions of KiCad are one union.

use serde::Serialize;

use super::compare::{Change, Kind, What};
use crate::codegen::names;

/// What a change does to those who use the crates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Rust {
    /// Nothing that they could see, or something that stays.
    Same,
    /// There is more than before.
    Additive,
    /// What compiled may not compile any more.
    Breaking,
    /// Codegen stops until a person decides.
    Conflict,
}

/// What `change` means, and a sentence about it.
pub(super) fn meaning(change: &Change) -> (Rust, String) {
    let (owner, last) = change.name.rsplit_once('.').unwrap_or(("", &change.name));
    let before = change.before.as_deref().unwrap_or_default();
    let ty = || path(&change.name);
    let owner_type = || path(owner);
    match (change.kind, change.what) {
        (Kind::Message, What::Added) => (Rust::Additive, format!("the new type `{}`", ty())),
        (Kind::Enum, What::Added) => (Rust::Additive, format!("the new type `{}`, an open enum", ty())),
        (Kind::Field, What::Added) => {
            (Rust::Additive, format!("the new method `{}::{}`", owner_type(), names::with_method(last)))
        }
        (Kind::Value, What::Added) => {
            (Rust::Additive, format!("one more constant of the open enum `{}`", owner_type()))
        }
        (Kind::Oneof, What::Added) => {
            (Rust::Additive, format!("the new enum `{}::{}`", module(owner), names::type_name(last)))
        }
        (Kind::Command, What::Added) => (
            Rust::Additive,
            format!("`{}` implements `Command`, and handlers of the server get one more method", ty()),
        ),
        (Kind::Command, What::Removed) => {
            (Rust::Same, format!("`{}` stays, and says since when no KiCad answers it", ty()))
        }
        (Kind::Command, What::Retyped) => (Rust::Breaking, format!("`{}::Response` is another type", ty())),
        (_, What::Removed) => (
            Rust::Same,
            "stays in the union, and says since when it is gone; it goes with the last KiCad that has it"
                .to_owned(),
        ),
        (Kind::Field, What::Renamed) => (
            Rust::Breaking,
            format!(
                "the field and its method are called as KiCad calls them now: `{}` goes, `{}` comes",
                names::with_method(before.rsplit('.').next().unwrap_or(before)),
                names::with_method(last)
            ),
        ),
        (Kind::Value, What::Renamed) => {
            (Rust::Additive, "both constants stay; they are the same number".to_owned())
        }
        (Kind::Field | Kind::Value, What::Renumbered) | (Kind::Field, What::Retyped) => (
            Rust::Conflict,
            "a line under [override] in proto/commands.toml decides which one holds".to_owned(),
        ),
        (Kind::Field, What::Presence) => (
            Rust::Breaking,
            "the public field becomes an `Option` or is one no longer; its `with_` method stays".to_owned(),
        ),
        (Kind::Field, What::Oneof) => (
            Rust::Breaking,
            "the public field becomes a choice of an enum or is one no longer; its `with_` method stays"
                .to_owned(),
        ),
        _ => (Rust::Same, "nothing".to_owned()),
    }
}

/// `kiapi.board.types.Track` as users write it: `board::types::Track`.
fn path(full_name: &str) -> String {
    let (scope, name) = full_name.rsplit_once('.').unwrap_or(("", full_name));
    let module = module(scope);
    let name = names::type_name(name);
    if module.is_empty() { name } else { format!("{module}::{name}") }
}

fn module(full_name: &str) -> String {
    let parts = full_name.split('.').filter(|part| !part.is_empty());
    let parts: Vec<String> = parts.map(names::module).collect();
    let skip = usize::from(parts.first().is_some_and(|root| root == "kiapi"));
    parts[skip..].join("::")
}
