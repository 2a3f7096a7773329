//! How a type is named from where it is used: as short as it can be without being mistaken for another.

use std::collections::BTreeSet;

use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto};

use crate::proto::descriptors::Files;

/// Every name of some files and of what they import.
pub(super) struct Scope {
    names: BTreeSet<String>,
}

impl Scope {
    pub(super) fn new(files: &Files) -> Self {
        let mut scope = Self { names: BTreeSet::new() };
        for file in files.values() {
            scope.file(file);
        }
        scope
    }

    /// The shortest text that means the type `name` where a field of the message `scope` in `package` says it.
    pub(super) fn shortest(&self, name: &str, scope: &str, package: &str) -> String {
        let outwards = std::iter::successors(Some(scope), |scope| {
            scope.rsplit_once('.').map(|(outer, _)| outer).filter(|outer| outer.len() >= package.len())
        });
        // Between the package and the root there is nothing that reads better than the full name.
        let relative = outwards.filter_map(|scope| name.strip_prefix(scope)?.strip_prefix('.'));
        let found = relative.chain([name]).find(|text| self.means(text, name, scope));
        found.map_or_else(|| format!(".{name}"), str::to_owned)
    }

    /// Whether `text` means the type `name` to every compiler: the innermost scope that has the first part of `text`,
    /// be it a type or not, is the one that `name` lies in.
    fn means(&self, text: &str, name: &str, scope: &str) -> bool {
        let first = text.split('.').next().unwrap_or(text);
        let mut scope = Some(scope);
        while let Some(outer) = scope {
            if self.names.contains(&format!("{outer}.{first}")) {
                return format!("{outer}.{text}") == name;
            }
            scope = outer.rsplit_once('.').map(|(outer, _)| outer);
        }
        text == name
    }

    fn file(&mut self, file: &FileDescriptorProto) {
        let mut package = Some(file.package()).filter(|package| !package.is_empty());
        while let Some(name) = package {
            self.names.insert(name.to_owned());
            package = name.rsplit_once('.').map(|(outer, _)| outer);
        }
        file.message_type.iter().for_each(|message| self.message(message, file.package()));
        file.enum_type.iter().for_each(|item| self.enumeration(item, file.package()));
    }

    fn message(&mut self, message: &DescriptorProto, scope: &str) {
        let name = self.add(scope, message.name());
        for member in message
            .field
            .iter()
            .map(prost_types::FieldDescriptorProto::name)
            .chain(message.oneof_decl.iter().map(prost_types::OneofDescriptorProto::name))
        {
            self.add(&name, member);
        }
        message.nested_type.iter().for_each(|nested| self.message(nested, &name));
        message.enum_type.iter().for_each(|item| self.enumeration(item, &name));
    }

    fn enumeration(&mut self, item: &EnumDescriptorProto, scope: &str) {
        self.add(scope, item.name());
        for value in &item.value {
            self.add(scope, value.name());
        }
    }

    fn add(&mut self, scope: &str, name: &str) -> String {
        let name = if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") };
        self.names.insert(name.clone());
        name
    }
}
