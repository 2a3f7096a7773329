//! What is compared: the messages, enums and commands of one side, by full name.

use std::collections::{BTreeMap, BTreeSet};

use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto};

use crate::inputs::commands::{Answered, Class, CommandTable};
use crate::inputs::history::History;
use crate::inputs::version::Version;
use crate::proto::descriptors::{Files, default_json_name};
use crate::proto::print::map_entry;

/// One side of a comparison.
#[derive(Debug, Default, Clone)]
pub(crate) struct Model {
    /// The package and the syntax of each file.
    pub(super) files: BTreeMap<String, (String, String)>,
    pub(super) messages: BTreeMap<String, Message>,
    pub(super) enums: BTreeMap<String, Enum>,
    /// The response of each command that is answered.
    pub(super) commands: BTreeMap<String, String>,
    /// Names of which nothing else is known: what the history tells, and no tree has.
    pub(super) names: BTreeSet<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) file: String,
    pub(super) package: String,
    pub(super) nested: bool,
    /// By number.
    pub(super) fields: BTreeMap<i32, Field>,
    pub(super) oneofs: BTreeSet<String>,
    pub(super) reserved: Reserved,
}

#[derive(Debug, Clone)]
pub(super) struct Enum {
    pub(super) file: String,
    pub(super) package: String,
    pub(super) nested: bool,
    /// The names of each number, the first of them first.
    pub(super) values: BTreeMap<i32, Vec<String>>,
    pub(super) reserved: Reserved,
}

/// Numbers (with their last) and names that must not be used.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Reserved {
    pub(super) numbers: BTreeSet<(i32, i32)>,
    pub(super) names: BTreeSet<String>,
}

impl Reserved {
    pub(super) fn has(&self, number: i32) -> bool {
        self.numbers.iter().any(|(first, last)| (*first..=*last).contains(&number))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    /// `int32`, `kiapi.common.types.Vector2`; a map has two.
    pub(super) types: Vec<String>,
    pub(super) is_message: bool,
    pub(super) cardinality: Cardinality,
    /// The oneof that it is a choice of.
    pub(super) oneof: Option<String>,
    pub(super) json: String,
    pub(super) deprecated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cardinality {
    /// One, and its default cannot be told from nothing.
    Implicit,
    /// One, or none.
    Explicit,
    Repeated,
    Map,
}

impl Field {
    /// `repeated string`
    pub(super) fn shape(&self) -> String {
        let of = self.types.join(", ");
        match self.cardinality {
            Cardinality::Repeated => format!("repeated {of}"),
            Cardinality::Map => format!("map<{of}>"),
            Cardinality::Explicit if self.oneof.is_none() && !self.is_message => format!("optional {of}"),
            _ => of,
        }
    }
}

impl Model {
    pub(crate) fn new(files: &Files) -> Self {
        let mut model = Self::default();
        for file in files.values() {
            let package = file.package();
            let syntax = if file.syntax().is_empty() { "proto2" } else { file.syntax() };
            model.files.insert(file.name().to_owned(), (package.to_owned(), syntax.to_owned()));
            let at = At { file: file.name(), package, scope: package, nested: false };
            file.message_type.iter().for_each(|message| model.message(message, at));
            file.enum_type.iter().for_each(|item| model.enumeration(item, at));
        }
        model
    }

    /// Fills in the commands that `table` says are answered by `version`; without one, by any KiCad.
    pub(crate) fn with_table(
        mut self,
        table: &CommandTable,
        history: &History,
        version: Option<Version>,
    ) -> Self {
        for (name, entry) in &table.entries {
            let Class::Command { response, answered, .. } = &entry.class else { continue };
            let is_late = |since: Version| version.is_some_and(|version| version < since);
            let is_there = self.messages.contains_key(name)
                && version.is_none_or(|version| {
                    history.versions().all(|v| v != version) || history.has(name, version)
                });
            if is_there && !matches!(answered, Answered::Since(since) if is_late(*since)) {
                self.commands.insert(name.clone(), response.clone());
            }
        }
        self
    }

    /// With what only `other` knows.
    pub(crate) fn or(mut self, other: Self) -> Self {
        for (name, message) in other.messages {
            match self.messages.get_mut(&name) {
                Some(known) => {
                    for (number, field) in message.fields {
                        let is_known = known.fields.values().any(|known| known.name == field.name);
                        if !is_known {
                            known.fields.entry(number).or_insert(field);
                        }
                    }
                    known.oneofs.extend(message.oneofs);
                }
                None => drop(self.messages.insert(name, message)),
            }
        }
        for (name, item) in other.enums {
            match self.enums.get_mut(&name) {
                Some(known) => {
                    let names: BTreeSet<String> = known.values.values().flatten().cloned().collect();
                    for (number, values) in item.values {
                        let new = values.into_iter().filter(|value| !names.contains(value));
                        known.values.entry(number).or_default().extend(new);
                    }
                }
                None => drop(self.enums.insert(name, item)),
            }
        }
        self
    }

    /// Only what `names` tells, with the names that nothing else is known of.
    pub(crate) fn restricted(mut self, names: &BTreeSet<String>) -> Self {
        let mut known = BTreeSet::new();
        self.messages.retain(|name, message| {
            let has = names.contains(name);
            message.fields.retain(|_, field| names.contains(&format!("{name}.{}", field.name)));
            for field in message.fields.values_mut() {
                field.oneof = field.oneof.take().filter(|oneof| names.contains(&format!("{name}.{oneof}")));
            }
            message.oneofs.retain(|oneof| names.contains(&format!("{name}.{oneof}")));
            has
        });
        self.enums.retain(|name, item| {
            for values in item.values.values_mut() {
                values.retain(|value| names.contains(&format!("{name}.{value}")));
            }
            item.values.retain(|_, values| !values.is_empty());
            names.contains(name)
        });
        self.commands.retain(|name, _| names.contains(name));
        for (name, message) in &self.messages {
            known.insert(name.clone());
            known.extend(message.fields.values().map(|field| format!("{name}.{}", field.name)));
            known.extend(message.oneofs.iter().map(|oneof| format!("{name}.{oneof}")));
        }
        for (name, item) in &self.enums {
            known.insert(name.clone());
            known.extend(item.values.values().flatten().map(|value| format!("{name}.{value}")));
        }
        self.names = names.difference(&known).cloned().collect();
        self
    }

    /// The messages of packages of commands that `table` does not list, so that nobody knows what they are.
    pub(crate) fn unclassified<'a>(&'a self, table: &'a CommandTable) -> impl Iterator<Item = &'a str> {
        self.messages
            .iter()
            .filter(|(name, message)| {
                message.package.rsplit('.').next() == Some("commands") && !table.entries.contains_key(*name)
            })
            .map(|(name, _)| name.as_str())
    }

    fn message(&mut self, message: &DescriptorProto, at: At<'_>) {
        let name = at.name(message.name());
        let inside = At { scope: &name, nested: true, ..at };
        let mut entry = Message {
            file: at.file.to_owned(),
            package: at.package.to_owned(),
            nested: at.nested,
            fields: BTreeMap::new(),
            oneofs: BTreeSet::new(),
            reserved: Reserved {
                // The end of a message's range is the first number that is free again.
                numbers: message
                    .reserved_range
                    .iter()
                    .map(|range| (range.start(), range.end() - 1))
                    .collect(),
                names: message.reserved_name.iter().cloned().collect(),
            },
        };
        for field in &message.field {
            let field_of = self::field(message, field, &name);
            entry.oneofs.extend(field_of.oneof.clone());
            entry.fields.insert(field.number(), field_of);
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
        self.messages.insert(name, entry);
    }

    fn enumeration(&mut self, item: &EnumDescriptorProto, at: At<'_>) {
        let mut values: BTreeMap<i32, Vec<String>> = BTreeMap::new();
        for value in &item.value {
            values.entry(value.number()).or_default().push(value.name().to_owned());
        }
        let reserved = Reserved {
            numbers: item.reserved_range.iter().map(|range| (range.start(), range.end())).collect(),
            names: item.reserved_name.iter().cloned().collect(),
        };
        let (file, package) = (at.file.to_owned(), at.package.to_owned());
        self.enums.insert(at.name(item.name()), Enum { file, package, nested: at.nested, values, reserved });
    }
}

/// Where something is defined.
#[derive(Clone, Copy)]
struct At<'a> {
    file: &'a str,
    package: &'a str,
    scope: &'a str,
    nested: bool,
}

impl At<'_> {
    fn name(&self, name: &str) -> String {
        if self.scope.is_empty() { name.to_owned() } else { format!("{}.{name}", self.scope) }
    }
}

fn field(message: &DescriptorProto, field: &FieldDescriptorProto, owner: &str) -> Field {
    let of = |field: &FieldDescriptorProto| match field.r#type() {
        Type::Message | Type::Enum | Type::Group => field.type_name().trim_start_matches('.').to_owned(),
        scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_ascii_lowercase(),
    };
    let oneof = field.oneof_index.filter(|_| !field.proto3_optional());
    let oneof = oneof.and_then(|index| message.oneof_decl.get(usize::try_from(index).ok()?));
    let is_message = matches!(field.r#type(), Type::Message | Type::Group);
    let (types, cardinality) = match map_entry(message, field, owner).map(|entry| entry.field.as_slice()) {
        Some([key, value]) => (vec![of(key), of(value)], Cardinality::Map),
        _ if field.label() == Label::Repeated => (vec![of(field)], Cardinality::Repeated),
        _ if field.proto3_optional() || oneof.is_some() || is_message => {
            (vec![of(field)], Cardinality::Explicit)
        }
        _ => (vec![of(field)], Cardinality::Implicit),
    };
    Field {
        name: field.name().to_owned(),
        types,
        is_message,
        cardinality,
        oneof: oneof.map(|oneof| oneof.name().to_owned()),
        json: field.json_name.clone().unwrap_or_else(|| default_json_name(field.name())),
        deprecated: field.options.as_ref().is_some_and(prost_types::FieldOptions::deprecated),
    }
}
