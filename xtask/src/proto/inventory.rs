//! What some files define, name by name, and how it differs from what others define.

use std::collections::{BTreeMap, BTreeSet};

use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto};

use super::descriptors::Files;
use super::print::map_entry;

/// Every message, field, oneof, enum and value by its full name; a value's name goes through its enum.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Inventory {
    things: BTreeMap<String, Entry>,
}

/// Something that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    kind: Kind,
    /// The file that defines it.
    file: String,
    /// The message or enum that it is a part of.
    owner: Option<String>,
    /// What it is beyond its name: `repeated string = 2`.
    what: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Message,
    Field,
    Oneof,
    Enum,
    Value,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Field => "field",
            Self::Oneof => "oneof",
            Self::Enum => "enum",
            Self::Value => "value",
        }
    }
}

impl Inventory {
    pub(crate) fn new(files: &Files) -> Self {
        let mut inventory = Self::default();
        for file in files.values() {
            let at = At { file: file.name(), owner: None, scope: file.package() };
            file.message_type.iter().for_each(|message| inventory.message(message, at));
            file.enum_type.iter().for_each(|item| inventory.enumeration(item, at));
        }
        inventory
    }

    /// The full names of all things.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.things.keys().cloned().collect()
    }

    /// The full names of the messages.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &str> {
        self.things.iter().filter(|(_, thing)| thing.kind == Kind::Message).map(|(name, _)| name.as_str())
    }

    /// What there is in `self` that `older` has not, lacks or has otherwise, by file.
    pub(crate) fn changes_since(&self, older: &Self) -> Changes {
        let mut changes = Changes::default();
        for (name, thing) in &self.things {
            match older.things.get(name) {
                None => changes.appeared(name, thing, self, older, '+'),
                Some(before) => changes.differs(name, before, thing),
            }
        }
        for (name, thing) in &older.things {
            if !self.things.contains_key(name) {
                changes.appeared(name, thing, older, self, '-');
            }
        }
        for lines in changes.by_file.values_mut() {
            lines.sort_by(|a, b| (&a[2..], a).cmp(&(&b[2..], b)));
        }
        changes
    }

    fn message(&mut self, message: &DescriptorProto, at: At<'_>) {
        let name = self.add(Kind::Message, message.name(), at, String::new());
        let inside = At { owner: Some(&name), scope: &name, ..at };
        let mut written = BTreeSet::new();
        for field in &message.field {
            let oneof = field.oneof_index.filter(|_| !field.proto3_optional());
            let oneof = oneof.and_then(|index| message.oneof_decl.get(usize::try_from(index).ok()?));
            let mut what = signature(message, field, &name);
            if let Some(oneof) = oneof {
                what.push_str(&format!(", in the oneof {}", oneof.name()));
                if written.insert(oneof.name()) {
                    self.add(Kind::Oneof, oneof.name(), inside, String::new());
                }
            }
            self.add(Kind::Field, field.name(), inside, what);
        }
        let is_map = |nested: &&DescriptorProto| {
            nested.options.as_ref().is_some_and(prost_types::MessageOptions::map_entry)
        };
        message
            .nested_type
            .iter()
            .filter(|nested| !is_map(nested))
            .for_each(|nested| self.message(nested, inside));
        message.enum_type.iter().for_each(|item| self.enumeration(item, inside));
    }

    fn enumeration(&mut self, item: &EnumDescriptorProto, at: At<'_>) {
        let name = self.add(Kind::Enum, item.name(), at, String::new());
        let inside = At { owner: Some(&name), scope: &name, ..at };
        for value in &item.value {
            let what = format!(
                "= {}{}",
                value.number(),
                deprecated(value.options.as_ref().is_some_and(prost_types::EnumValueOptions::deprecated))
            );
            self.add(Kind::Value, value.name(), inside, what);
        }
    }

    fn add(&mut self, kind: Kind, name: &str, at: At<'_>, what: String) -> String {
        let name = if at.scope.is_empty() { name.to_owned() } else { format!("{}.{name}", at.scope) };
        let owner = at.owner.map(str::to_owned);
        self.things.insert(name.clone(), Entry { kind, file: at.file.to_owned(), owner, what });
        name
    }
}

/// Something that the tables speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Thing {
    /// The full name.
    pub(crate) name: String,
    pub(crate) package: String,
    /// The message or enum that it is a part of.
    pub(crate) owner: Option<String>,
    pub(crate) is_message: bool,
    /// Whether it is a message or an enum.
    pub(crate) is_type: bool,
    /// The messages and enums that it holds, if it is a field.
    pub(crate) types: Vec<String>,
    /// What is known of it: `field repeated string = 2`.
    pub(crate) told: String,
}

/// Everything that `files` define.
pub(crate) fn things(files: &Files) -> Vec<Thing> {
    let inventory = Inventory::new(files);
    let things = inventory.things.iter().map(|(name, entry)| {
        let package = files.get(&entry.file).map(|file| file.package().to_owned()).unwrap_or_default();
        let words = entry.what.split(|c: char| !(c.is_alphanumeric() || "._".contains(c)));
        let types = words.filter(|word| word.contains('.')).map(str::to_owned).collect();
        Thing {
            name: name.clone(),
            package,
            owner: entry.owner.clone(),
            is_message: entry.kind == Kind::Message,
            is_type: matches!(entry.kind, Kind::Message | Kind::Enum),
            types,
            told: format!("{} {}", entry.kind.name(), entry.what).trim().to_owned(),
        }
    });
    things.collect()
}

/// Where something is defined.
#[derive(Clone, Copy)]
struct At<'a> {
    file: &'a str,
    owner: Option<&'a str>,
    scope: &'a str,
}

/// `repeated string = 2`
fn signature(message: &DescriptorProto, field: &FieldDescriptorProto, full_name: &str) -> String {
    let of = |field: &FieldDescriptorProto| match field.r#type() {
        Type::Message | Type::Enum => field.type_name().trim_start_matches('.').to_owned(),
        scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_ascii_lowercase(),
    };
    let (label, of) = match map_entry(message, field, full_name).map(|entry| entry.field.as_slice()) {
        Some([key, value]) => ("", format!("map<{}, {}>", of(key), of(value))),
        _ if field.label() == Label::Repeated => ("repeated ", of(field)),
        _ if field.proto3_optional() => ("optional ", of(field)),
        _ => ("", of(field)),
    };
    let is_deprecated = field.options.as_ref().is_some_and(prost_types::FieldOptions::deprecated);
    format!("{label}{of} = {}{}", field.number(), deprecated(is_deprecated))
}

fn deprecated(is_deprecated: bool) -> &'static str {
    if is_deprecated { ", deprecated" } else { "" }
}

/// How two inventories differ: lines to be read by people, by file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Changes {
    by_file: BTreeMap<String, Vec<String>>,
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_file.is_empty()
    }

    /// A thing that only `with` has. What is inside a message or enum that appeared as a whole is only counted.
    fn appeared(&mut self, name: &str, thing: &Entry, with: &Inventory, without: &Inventory, sign: char) {
        if thing.owner.as_ref().is_some_and(|owner| !without.things.contains_key(owner)) {
            return;
        }
        let inside = |kind| {
            with.things.values().filter(|t| t.owner.as_deref() == Some(name) && t.kind == kind).count()
        };
        let counts: Vec<String> = [Kind::Field, Kind::Value]
            .into_iter()
            .map(|kind| (inside(kind), kind.name()))
            .filter(|(count, _)| *count > 0)
            .map(|(count, of)| format!(" ({count} {of}{})", if count == 1 { "" } else { "s" }))
            .collect();
        self.line(thing, name, sign, &format!("{}{}", thing.what, counts.concat()));
    }

    fn differs(&mut self, name: &str, before: &Entry, after: &Entry) {
        if before.kind != after.kind {
            self.line(after, name, '~', &format!("was a {}", before.kind.name()));
        } else if before.what != after.what {
            self.line(after, name, '~', &format!("{}, was {}", after.what, before.what));
        }
        if before.file != after.file && after.owner.is_none() {
            self.line(after, name, '~', &format!("moved here from {}", before.file));
        }
    }

    fn line(&mut self, thing: &Entry, name: &str, sign: char, what: &str) {
        let colon = if what.is_empty() || what.starts_with([' ', '=']) { "" } else { ":" };
        let blank = if what.is_empty() || what.starts_with(' ') { "" } else { " " };
        let line = format!("{sign} {} {name}{colon}{blank}{what}", thing.kind.name());
        self.by_file.entry(thing.file.clone()).or_default().push(line);
    }
}

impl std::fmt::Display for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (file, lines) in &self.by_file {
            writeln!(f, "  {file}")?;
            for line in lines {
                writeln!(f, "    {line}")?;
            }
        }
        Ok(())
    }
}
