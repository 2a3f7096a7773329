//! Two models side by side: every change, with what it breaks.

use std::collections::BTreeSet;

use serde::Serialize;

use super::model::{Cardinality, Enum, Field, Message, Model, Reserved};
use super::rules::{self, Breaks};
use super::rust::{self, Rust};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Command,
    File,
    Message,
    Field,
    Oneof,
    Enum,
    Value,
    /// Something of which only the name is known.
    Name,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum What {
    Added,
    Removed,
    /// The same number has another name.
    Renamed,
    /// The same name has another number.
    Renumbered,
    /// Another type, or another number of values; a command: another response.
    Retyped,
    /// Whether nothing can be told from the default.
    Presence,
    /// Into a oneof, out of it, or into another.
    Oneof,
    Reserved,
    Unreserved,
    /// Into another file.
    Moved,
    Deprecated,
    /// Another name in JSON, or another package or syntax of a file.
    Other,
}

impl What {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::Renumbered => "renumbered",
            Self::Retyped => "retyped",
            Self::Presence => "presence",
            Self::Oneof => "oneof",
            Self::Reserved => "reserved",
            Self::Unreserved => "no longer reserved",
            Self::Moved => "moved",
            Self::Deprecated => "deprecated",
            Self::Other => "changed",
        }
    }
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::File => "file",
            Self::Message => "message",
            Self::Field => "field",
            Self::Oneof => "oneof",
            Self::Enum => "enum",
            Self::Value => "value",
            Self::Name => "name",
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Change {
    /// The full name; of what has a new one, the new one.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) what: What,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<String>,
    pub(crate) breaks: Breaks,
    /// The rules of buf that it breaks, and ours.
    pub(crate) rules: Vec<&'static str>,
    pub(crate) rust: Rust,
    /// What it means for the public Rust.
    pub(crate) meaning: String,
    /// It is told with the message or enum that it is a part of, which is added or removed as a whole.
    #[serde(skip)]
    pub(crate) inside: bool,
}

impl Change {
    /// Whether those who use the crates may have to change something, or a person must decide.
    pub(crate) fn breaks_rust(&self) -> bool {
        self.rust >= Rust::Breaking
    }
}

/// All changes from `old` to `new`, by name.
pub(crate) fn compare(old: &Model, new: &Model) -> Vec<Change> {
    let mut found = Found { changes: Vec::new() };
    found.files(old, new);
    found.commands(old, new);
    for (name, before) in &old.messages {
        match new.messages.get(name) {
            Some(after) => found.message(name, before, after),
            None if new.enums.contains_key(name) => {
                found.add(
                    name,
                    Kind::Enum,
                    What::Retyped,
                    (Some("a message".into()), Some("an enum".into())),
                    vec!["SAME_KIND"],
                );
            }
            None => {
                let fields = count(before.fields.len(), "field");
                let rules = deleted(old, new, &before.file, &before.package, before.nested, "MESSAGE");
                found.add(name, Kind::Message, What::Removed, (Some(fields), None), rules);
            }
        }
    }
    for (name, after) in &new.messages {
        if !old.messages.contains_key(name) && !old.enums.contains_key(name) {
            found.add(
                name,
                Kind::Message,
                What::Added,
                (None, Some(count(after.fields.len(), "field"))),
                vec![],
            );
        }
    }
    for (name, before) in &old.enums {
        match new.enums.get(name) {
            Some(after) => found.enumeration(name, before, after),
            None if new.messages.contains_key(name) => {
                found.add(
                    name,
                    Kind::Message,
                    What::Retyped,
                    (Some("an enum".into()), Some("a message".into())),
                    vec!["SAME_KIND"],
                );
            }
            None => {
                let rules = deleted(old, new, &before.file, &before.package, before.nested, "ENUM");
                let values = count(before.values.values().flatten().count(), "value");
                found.add(name, Kind::Enum, What::Removed, (Some(values), None), rules);
            }
        }
    }
    for (name, after) in &new.enums {
        if !old.enums.contains_key(name) && !old.messages.contains_key(name) {
            let values = count(after.values.values().flatten().count(), "value");
            found.add(name, Kind::Enum, What::Added, (None, Some(values)), vec![]);
        }
    }
    for name in old.names.difference(&new.names) {
        found.add(name, Kind::Name, What::Removed, (None, None), vec!["NAME_NO_DELETE"]);
    }
    for name in new.names.difference(&old.names) {
        found.add(name, Kind::Name, What::Added, (None, None), vec![]);
    }
    found.finish()
}

/// What deleting something as a whole breaks.
fn deleted(old: &Model, new: &Model, file: &str, package: &str, nested: bool, of: &str) -> Vec<&'static str> {
    let mut rules = Vec::new();
    // What goes with its file is told with the file.
    if new.files.contains_key(file) {
        rules.push(if of == "ENUM" { "ENUM_NO_DELETE" } else { "MESSAGE_NO_DELETE" });
    }
    let _ = (old, nested);
    if new.files.values().any(|(other, _)| other == package) {
        rules.push(if of == "ENUM" { "PACKAGE_ENUM_NO_DELETE" } else { "PACKAGE_MESSAGE_NO_DELETE" });
    }
    rules
}

fn count(count: usize, of: &str) -> String {
    format!("{count} {of}{}", if count == 1 { "" } else { "s" })
}

struct Found {
    changes: Vec<Change>,
}

impl Found {
    fn add(
        &mut self,
        name: &str,
        kind: Kind,
        what: What,
        (before, after): (Option<String>, Option<String>),
        rules: Vec<&'static str>,
    ) {
        let breaks = rules.iter().map(|rule| rules::breaks(rule)).max().unwrap_or(Breaks::Nothing);
        let name = name.to_owned();
        let meaning = String::new();
        let mut change = Change {
            name,
            kind,
            what,
            before,
            after,
            breaks,
            rules,
            rust: Rust::Same,
            meaning,
            inside: false,
        };
        (change.rust, change.meaning) = rust::meaning(&change);
        self.changes.push(change);
    }

    fn files(&mut self, old: &Model, new: &Model) {
        let packages =
            |model: &Model| model.files.values().map(|(package, _)| package.clone()).collect::<BTreeSet<_>>();
        for package in packages(old).difference(&packages(new)) {
            self.add(
                package,
                Kind::File,
                What::Removed,
                (Some("package".into()), None),
                vec!["PACKAGE_NO_DELETE"],
            );
        }
        for (name, (package, syntax)) in &old.files {
            let Some((new_package, new_syntax)) = new.files.get(name) else {
                self.add(name, Kind::File, What::Removed, (None, None), vec!["FILE_NO_DELETE"]);
                continue;
            };
            if package != new_package {
                let change = (Some(format!("package {package}")), Some(format!("package {new_package}")));
                self.add(name, Kind::File, What::Other, change, vec!["FILE_SAME_PACKAGE"]);
            }
            if syntax != new_syntax {
                let change = (Some(syntax.clone()), Some(new_syntax.clone()));
                self.add(name, Kind::File, What::Other, change, vec!["FILE_SAME_SYNTAX"]);
            }
        }
        for name in new.files.keys().filter(|name| !old.files.contains_key(*name)) {
            self.add(name, Kind::File, What::Added, (None, None), vec![]);
        }
    }

    fn commands(&mut self, old: &Model, new: &Model) {
        for (name, before) in &old.commands {
            match new.commands.get(name) {
                None => self.add(
                    name,
                    Kind::Command,
                    What::Removed,
                    (Some(before.clone()), None),
                    vec!["COMMAND_NO_DELETE"],
                ),
                Some(after) if after != before => {
                    let change = (Some(before.clone()), Some(after.clone()));
                    self.add(name, Kind::Command, What::Retyped, change, vec!["COMMAND_SAME_RESPONSE"]);
                }
                Some(_) => {}
            }
        }
        for (name, after) in new.commands.iter().filter(|(name, _)| !old.commands.contains_key(*name)) {
            self.add(name, Kind::Command, What::Added, (None, Some(after.clone())), vec![]);
        }
    }

    fn message(&mut self, name: &str, before: &Message, after: &Message) {
        if before.file != after.file {
            let change = (Some(before.file.clone()), Some(after.file.clone()));
            self.add(name, Kind::Message, What::Moved, change, vec!["MESSAGE_NO_DELETE"]);
        }
        for oneof in before.oneofs.difference(&after.oneofs) {
            self.add(
                &format!("{name}.{oneof}"),
                Kind::Oneof,
                What::Removed,
                (None, None),
                vec!["ONEOF_NO_DELETE"],
            );
        }
        for oneof in after.oneofs.difference(&before.oneofs) {
            self.add(&format!("{name}.{oneof}"), Kind::Oneof, What::Added, (None, None), vec![]);
        }
        let place = |fields: &std::collections::BTreeMap<i32, Field>, of: &str| {
            fields.iter().find(|(_, field)| field.name == of).map(|(number, _)| *number)
        };
        for (number, old) in &before.fields {
            let now = place(&after.fields, &old.name).filter(|now| now != number);
            match after.fields.get(number) {
                None => {
                    let mut rules = vec!["FIELD_NO_DELETE"];
                    if !after.reserved.has(*number) {
                        rules.push("FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED");
                    }
                    if !after.reserved.names.contains(&old.name) {
                        rules.push("FIELD_NO_DELETE_UNLESS_NAME_RESERVED");
                    }
                    let full = format!("{name}.{}", old.name);
                    match now {
                        Some(now) => {
                            let change = (Some(number.to_string()), Some(now.to_string()));
                            self.add(&full, Kind::Field, What::Renumbered, change, rules);
                        }
                        None => {
                            let was = format!("{} = {number}", old.shape());
                            self.add(&full, Kind::Field, What::Removed, (Some(was), None), rules);
                        }
                    }
                }
                Some(new) => self.field(name, *number, old, new, now),
            }
        }
        for (number, field) in &after.fields {
            if !before.fields.contains_key(number) && place(&before.fields, &field.name).is_none() {
                let is = format!("{} = {number}", field.shape());
                self.add(
                    &format!("{name}.{}", field.name),
                    Kind::Field,
                    What::Added,
                    (None, Some(is)),
                    vec![],
                );
            }
        }
        self.reserved(name, Kind::Message, &before.reserved, &after.reserved, "RESERVED_MESSAGE_NO_DELETE");
    }

    /// Two fields of the same number; `now` is where the old one's name is, if it is elsewhere.
    fn field(&mut self, owner: &str, number: i32, old: &Field, new: &Field, now: Option<i32>) {
        let full = format!("{owner}.{}", new.name);
        if old.name != new.name {
            let mut rules = vec!["FIELD_SAME_NAME"];
            if old.json != new.json {
                rules.push("FIELD_SAME_JSON_NAME");
            }
            match now {
                Some(now) => {
                    let change = (Some(number.to_string()), Some(now.to_string()));
                    self.add(&format!("{owner}.{}", old.name), Kind::Field, What::Renumbered, change, rules);
                }
                None => {
                    let change = (Some(format!("{owner}.{}", old.name)), Some(full.clone()));
                    self.add(&full, Kind::Field, What::Renamed, change, rules);
                }
            }
        } else if old.json != new.json {
            let change = (Some(format!("in JSON {}", old.json)), Some(format!("in JSON {}", new.json)));
            self.add(&full, Kind::Field, What::Other, change, vec!["FIELD_SAME_JSON_NAME"]);
        }
        let is_many = |field: &Field| matches!(field.cardinality, Cardinality::Repeated | Cardinality::Map);
        let shapes =
            (Some(format!("{} = {number}", old.shape())), Some(format!("{} = {number}", new.shape())));
        let mut rules = Vec::new();
        let same_container = (old.cardinality == Cardinality::Map) == (new.cardinality == Cardinality::Map);
        if same_container {
            for (old_type, new_type) in old.types.iter().zip(&new.types).filter(|(old, new)| old != new) {
                rules.push("FIELD_SAME_TYPE");
                let (wire, json) = rules::compatible(old_type, new_type);
                if !wire {
                    rules.push("FIELD_WIRE_COMPATIBLE_TYPE");
                }
                if !json {
                    rules.push("FIELD_WIRE_JSON_COMPATIBLE_TYPE");
                }
            }
        }
        if is_many(old) != is_many(new) || !same_container {
            rules.extend([
                "FIELD_SAME_CARDINALITY",
                "FIELD_WIRE_COMPATIBLE_CARDINALITY",
                "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY",
            ]);
        }
        if rules.is_empty() {
            if old.cardinality != new.cardinality {
                self.add(&full, Kind::Field, What::Presence, shapes, vec!["FIELD_SAME_CARDINALITY"]);
            }
        } else {
            if old.cardinality != new.cardinality && !rules.contains(&"FIELD_SAME_CARDINALITY") {
                rules.push("FIELD_SAME_CARDINALITY");
            }
            self.add(&full, Kind::Field, What::Retyped, shapes, rules);
        }
        if old.oneof != new.oneof {
            let rules =
                if old.oneof.is_some() == new.oneof.is_some() { vec![] } else { vec!["FIELD_SAME_ONEOF"] };
            let told = |oneof: &Option<String>| Some(oneof.clone().unwrap_or_else(|| "none".to_owned()));
            self.add(&full, Kind::Field, What::Oneof, (told(&old.oneof), told(&new.oneof)), rules);
        }
        if !old.deprecated && new.deprecated {
            self.add(&full, Kind::Field, What::Deprecated, (None, None), vec![]);
        }
    }

    fn enumeration(&mut self, name: &str, before: &Enum, after: &Enum) {
        if before.file != after.file {
            let change = (Some(before.file.clone()), Some(after.file.clone()));
            self.add(name, Kind::Enum, What::Moved, change, vec!["ENUM_NO_DELETE"]);
        }
        let place = |item: &Enum, of: &String| {
            item.values.iter().find(|(_, names)| names.contains(of)).map(|(number, _)| *number)
        };
        for (number, names) in &before.values {
            let now: &[String] = after.values.get(number).map_or(&[], Vec::as_slice);
            let gone: Vec<&String> = names.iter().filter(|name| !now.contains(name)).collect();
            for (index, old) in gone.into_iter().enumerate() {
                let mut rules = Vec::new();
                let is_free = now.is_empty();
                if is_free && index == 0 {
                    rules.push("ENUM_VALUE_NO_DELETE");
                    if !after.reserved.has(*number) {
                        rules.push("ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED");
                    }
                    if names.iter().any(|name| !after.reserved.names.contains(name)) {
                        rules.push("ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED");
                    }
                } else if index == 0 {
                    rules.push("ENUM_VALUE_SAME_NAME");
                }
                let full = format!("{name}.{old}");
                if let Some(elsewhere) = place(after, old) {
                    let change = (Some(number.to_string()), Some(elsewhere.to_string()));
                    self.add(&full, Kind::Value, What::Renumbered, change, rules);
                } else if let Some(new) = now.iter().find(|new| place(before, new).is_none()) {
                    let new = format!("{name}.{new}");
                    self.add(&new, Kind::Value, What::Renamed, (Some(full), Some(new.clone())), rules);
                } else {
                    self.add(&full, Kind::Value, What::Removed, (Some(number.to_string()), None), rules);
                }
            }
        }
        for (number, names) in &after.values {
            let old: &[String] = before.values.get(number).map_or(&[], Vec::as_slice);
            let all_stay = old.iter().all(|old| names.contains(old));
            // A name that took the place of another is told as a renaming.
            let replaces = usize::from(!all_stay);
            for new in names.iter().filter(|new| place(before, new).is_none()).skip(replaces) {
                let full = format!("{name}.{new}");
                self.add(&full, Kind::Value, What::Added, (None, Some(number.to_string())), vec![]);
            }
        }
        self.reserved(name, Kind::Enum, &before.reserved, &after.reserved, "RESERVED_ENUM_NO_DELETE");
    }

    fn reserved(&mut self, name: &str, kind: Kind, before: &Reserved, after: &Reserved, rule: &'static str) {
        let range = |(first, last): &(i32, i32)| {
            if first == last { first.to_string() } else { format!("{first} to {last}") }
        };
        let is_kept = |(first, last): &(i32, i32), by: &Reserved| {
            (*first..=*last).take(1 << 16).all(|number| by.has(number))
        };
        let numbers = |of: &Reserved, by: &Reserved| -> Vec<String> {
            of.numbers.iter().filter(|numbers| !is_kept(numbers, by)).map(range).collect()
        };
        let names = |of: &Reserved, by: &Reserved| -> Vec<String> {
            of.names.difference(&by.names).map(|name| format!("\"{name}\"")).collect()
        };
        for lost in numbers(before, after).into_iter().chain(names(before, after)) {
            self.add(name, kind, What::Unreserved, (Some(lost), None), vec![rule]);
        }
        for new in numbers(after, before).into_iter().chain(names(after, before)) {
            self.add(name, kind, What::Reserved, (None, Some(new)), vec![]);
        }
    }

    fn finish(mut self) -> Vec<Change> {
        let whole: BTreeSet<String> = self
            .changes
            .iter()
            .filter(|change| matches!(change.kind, Kind::Message | Kind::Enum | Kind::Name))
            .filter(|change| matches!(change.what, What::Added | What::Removed))
            .map(|change| change.name.clone())
            .collect();
        for change in &mut self.changes {
            let owner = change.name.rsplit_once('.').map(|(owner, _)| owner);
            change.inside = change.kind != Kind::Command && owner.is_some_and(|owner| whole.contains(owner));
        }
        self.changes.sort();
        self.changes
    }
}
