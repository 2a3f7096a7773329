//! Descriptors become `.proto` text, in the order in which they declare things.

mod options;
mod scope;

use std::fmt::Display;

use anyhow::{Context as _, Result, bail, ensure};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto};

use self::options::{bracketed, listed, quoted};
use self::scope::Scope;
use super::compile::compile;
use super::descriptors::Files;
use crate::inputs::protos::Texts;

/// The largest number of a field, and of a value in an enum's reserved range.
const MAX_FIELD: i32 = 536_870_911;
const MAX_VALUE: i32 = i32::MAX;

/// Prints `files`, each behind the line `// {first_line}`, and makes sure that they compile to exactly `files` again.
pub(crate) fn print(files: &Files, first_line: &str) -> Result<Texts> {
    let scope = Scope::new(files);
    let mut texts = Texts::new();
    for (name, file) in files {
        let text = format!("// {first_line}\n");
        let mut printer = Printer { text, depth: 0, package: file.package(), scope: &scope };
        printer.file(file).with_context(|| format!("cannot print {name}"))?;
        texts.insert(name.clone(), printer.text);
    }
    let compiled = compile(&texts).context("the printed files do not compile")?;
    for (name, file) in files {
        ensure!(
            compiled.get(name) == Some(file),
            "{name} does not compile to what it was printed from; it must hold something that this printer does not know"
        );
    }
    Ok(texts)
}

struct Printer<'a> {
    text: String,
    depth: usize,
    package: &'a str,
    scope: &'a Scope,
}

impl Printer<'_> {
    fn line(&mut self, line: impl Display) {
        for _ in 0..self.depth {
            self.text.push_str("  ");
        }
        self.text.push_str(&line.to_string());
        self.text.push('\n');
    }

    /// An empty line, unless there is one already or a block has just begun.
    fn gap(&mut self) {
        if !self.text.ends_with("\n\n") && !self.text.ends_with("{\n") {
            self.text.push('\n');
        }
    }

    fn block(&mut self, head: impl Display, body: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.line(format!("{head} {{"));
        self.depth += 1;
        body(self)?;
        self.depth -= 1;
        // What is empty stays on its line.
        if self.text.ends_with("{\n") {
            self.text.pop();
            self.text.push_str("}\n");
        } else {
            self.line('}');
        }
        Ok(())
    }

    fn file(&mut self, file: &FileDescriptorProto) -> Result<()> {
        // protoc says nothing for what is oldest.
        let syntax = if file.syntax().is_empty() { "proto2" } else { file.syntax() };
        ensure!(syntax == "proto3", "only proto3 is supported, and its syntax is `{syntax}`");
        ensure!(file.service.is_empty(), "services are not supported, and it has some");
        ensure!(file.extension.is_empty(), "extensions are not supported, and it has some");
        self.gap();
        self.line("syntax = \"proto3\";");
        if !file.package().is_empty() {
            self.gap();
            self.line(format!("package {};", file.package()));
        }
        self.gap();
        for (index, import) in (0..).zip(&file.dependency) {
            let kind = match (file.public_dependency.contains(&index), file.weak_dependency.contains(&index))
            {
                (true, _) => "public ",
                (_, true) => "weak ",
                _ => "",
            };
            self.line(format!("import {kind}{};", quoted(import)));
        }
        self.gap();
        for option in listed("google.protobuf.FileOptions", file.options.as_ref())? {
            self.line(format!("option {option};"));
        }
        for item in &file.enum_type {
            self.gap();
            self.enumeration(item)?;
        }
        for message in &file.message_type {
            self.gap();
            self.message(message, file.package())?;
        }
        // What follows the last gap may be nothing.
        self.text.truncate(self.text.trim_end().len());
        self.text.push('\n');
        Ok(())
    }

    fn enumeration(&mut self, item: &EnumDescriptorProto) -> Result<()> {
        self.block(format!("enum {}", item.name()), |this| {
            for option in listed("google.protobuf.EnumOptions", item.options.as_ref())? {
                this.line(format!("option {option};"));
            }
            for value in &item.value {
                let options = bracketed(listed("google.protobuf.EnumValueOptions", value.options.as_ref())?);
                this.line(format!("{} = {}{options};", value.name(), value.number()));
            }
            let ranges = item.reserved_range.iter().map(|range| (range.start(), range.end()));
            this.reserved(ranges, MAX_VALUE, &item.reserved_name);
            Ok(())
        })
    }

    /// Reserved numbers, whose ranges include their ends, and names.
    fn reserved(&mut self, ranges: impl Iterator<Item = (i32, i32)>, max: i32, names: &[String]) {
        let ranges = ranges.map(|(start, end)| match end {
            _ if start == end => start.to_string(),
            _ if end == max => format!("{start} to max"),
            _ => format!("{start} to {end}"),
        });
        for list in [ranges.collect::<Vec<_>>(), names.iter().map(|name| quoted(name)).collect()] {
            if !list.is_empty() {
                self.line(format!("reserved {};", list.join(", ")));
            }
        }
    }

    fn message(&mut self, message: &DescriptorProto, scope: &str) -> Result<()> {
        let full_name =
            if scope.is_empty() { message.name().to_owned() } else { format!("{scope}.{}", message.name()) };
        ensure!(message.extension.is_empty(), "extensions are not supported, and {full_name} has some");
        ensure!(
            message.extension_range.is_empty(),
            "extensions are not supported, and {full_name} has room for some"
        );
        self.block(format!("message {}", message.name()), |this| {
            for option in listed("google.protobuf.MessageOptions", message.options.as_ref())? {
                this.line(format!("option {option};"));
            }
            for item in &message.enum_type {
                this.gap();
                this.enumeration(item)?;
                this.text.push('\n');
            }
            this.members(message, &full_name)?;
            let ranges =
                message.reserved_range.iter().map(|range| (range.start(), range.end().saturating_sub(1)));
            this.reserved(ranges, MAX_FIELD, &message.reserved_name);
            // A nested type that comes last leaves its gap behind.
            while this.text.ends_with("\n\n") {
                this.text.pop();
            }
            Ok(())
        })
    }

    /// The nested messages, fields and oneofs. A map field declares a nested message where it stands, so the nested
    /// messages that are declared before that one must stand before the map field.
    fn members(&mut self, message: &DescriptorProto, full_name: &str) -> Result<()> {
        let mut nested = message.nested_type.iter().peekable();
        self.nested(&mut nested, full_name)?;
        let mut oneof = None;
        for field in &message.field {
            // Each proto3 `optional` has a oneof of its own, which is not written.
            let home = field.oneof_index.filter(|_| !field.proto3_optional());
            if oneof != home {
                if oneof.is_some() {
                    self.depth -= 1;
                    self.line('}');
                    self.text.push('\n');
                }
                if let Some(index) = home {
                    let declared =
                        usize::try_from(index).ok().and_then(|index| message.oneof_decl.get(index));
                    let declared =
                        declared.with_context(|| format!("{full_name} lacks the oneof {index}"))?;
                    self.gap();
                    self.line(format!("oneof {} {{", declared.name()));
                    self.depth += 1;
                    for option in listed("google.protobuf.OneofOptions", declared.options.as_ref())? {
                        self.line(format!("option {option};"));
                    }
                }
                oneof = home;
            }
            let entry = map_entry(message, field, full_name);
            if entry.is_some() {
                nested.next();
            }
            self.field(field, entry, full_name)?;
            if entry.is_some() && nested.peek().is_some_and(|next| !is_map_entry(next)) {
                self.nested(&mut nested, full_name)?;
            }
        }
        if oneof.is_some() {
            self.depth -= 1;
            self.line('}');
            self.text.push('\n');
        }
        self.nested(&mut nested, full_name)
    }

    /// The nested messages up to the next one that a map field declares.
    fn nested<'m>(
        &mut self,
        nested: &mut std::iter::Peekable<impl Iterator<Item = &'m DescriptorProto>>,
        full_name: &str,
    ) -> Result<()> {
        while let Some(message) = nested.next_if(|message| !is_map_entry(message)) {
            self.gap();
            self.message(message, full_name)?;
            self.text.push('\n');
        }
        Ok(())
    }

    fn field(
        &mut self,
        field: &FieldDescriptorProto,
        entry: Option<&DescriptorProto>,
        scope: &str,
    ) -> Result<()> {
        ensure!(
            field.default_value.is_none(),
            "{scope}.{} has a default, which proto3 does not have",
            field.name()
        );
        let label = match field.label() {
            Label::Repeated if entry.is_none() => "repeated ",
            Label::Required => bail!("{scope}.{} is required, which proto3 does not have", field.name()),
            _ if field.proto3_optional() => "optional ",
            _ => "",
        };
        let of = match entry.map(|entry| entry.field.as_slice()) {
            Some([key, value]) => {
                format!("map<{}, {}>", self.type_name(key, scope)?, self.type_name(value, scope)?)
            }
            _ => self.type_name(field, scope)?,
        };
        let mut options = listed("google.protobuf.FieldOptions", field.options.as_ref())?;
        options.extend(field.json_name.as_ref().map(|name| format!("json_name = {}", quoted(name))));
        self.line(format!("{label}{of} {} = {}{};", field.name(), field.number(), bracketed(options)));
        Ok(())
    }

    fn type_name(&self, field: &FieldDescriptorProto, scope: &str) -> Result<String> {
        Ok(match field.r#type() {
            Type::Message | Type::Enum => {
                let name = field.type_name().strip_prefix('.');
                let name = name.with_context(|| format!("{scope}.{} has no full type", field.name()))?;
                self.scope.shortest(name, scope, self.package)
            }
            Type::Group => bail!("{scope}.{} is a group, which proto3 does not have", field.name()),
            scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_ascii_lowercase(),
        })
    }
}

fn is_map_entry(message: &DescriptorProto) -> bool {
    message.options.as_ref().is_some_and(prost_types::MessageOptions::map_entry)
}

/// The message that stands for the entries of `field`, if it is a map.
pub(crate) fn map_entry<'m>(
    message: &'m DescriptorProto,
    field: &FieldDescriptorProto,
    full_name: &str,
) -> Option<&'m DescriptorProto> {
    let name = field.type_name().strip_prefix('.')?.strip_prefix(full_name)?.strip_prefix('.')?;
    message.nested_type.iter().find(|nested| nested.name() == name && is_map_entry(nested))
}
