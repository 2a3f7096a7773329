//! Every decision of the generator: what each message is, what it is called, what its documentation says.
//!
//! Nothing is guessed. Whatever the tables do not say stops the generation, all of it at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use prost_reflect::DescriptorPool;
use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto};

use super::ir::{Api, Command, Enum, Fact, Field, Message, Oneof, Response, Value};
use super::load::Inputs;
use super::{merge, names};
use crate::inputs::commands::{Answered, Class};
use crate::inputs::version::Version;
use crate::problems::{Location, Problem, Problems};

/// Types that kiapi-gen has by hand: a maintainer of the trees never documents them.
pub(super) const BY_HAND: [(&str, &str); 2] = [("google.protobuf.Any", "crate::Any"), (EMPTY, "()")];
const EMPTY: &str = "google.protobuf.Empty";
/// Fields whose value must not be shown by `Debug`.
const SECRETS: [&str; 1] = ["kicad_token"];

/// The IR of `inputs`, or everything that keeps them from having one.
pub(super) fn lower(inputs: &Inputs) -> Result<Api, Problems> {
    let mut overrides = inputs.commands.overrides.clone();
    if inputs.partial {
        // What was decided about the development tree is not asked here.
        let (_, open, _) = merge::merge_as_far_as_decided(&inputs.trees, &BTreeMap::new());
        overrides.retain(|name, _| open.contains_key(name));
    }
    let descriptors = merge::merge(&inputs.trees, &overrides)?;
    let stable = inputs.stable()?;
    let mut lower = Lower {
        inputs,
        stable,
        problems: Problems::default(),
        api: Api::default(),
        met: BTreeSet::new(),
        refused_a_file: false,
    };
    for tree in &inputs.trees {
        lower.api.covers.push(format!("{} ({})", tree.name, tree.version));
    }
    if let Err(error) = DescriptorPool::from_file_descriptor_set(descriptors.clone()) {
        let help = "two trees define what cannot stand in one program; decide under [override] in proto/commands.toml";
        let what = format!("the union of the trees does not link: {error}");
        lower.problems.add(Problem::new(&Location::file("proto"), what, help));
    }
    for file in &descriptors.file {
        lower.file(file);
    }
    lower.api.descriptors = descriptors;
    lower.blanks();
    // A file that could not be lowered would make everything it defines look like a leftover.
    if !lower.refused_a_file {
        lower.responses();
        lower.methods();
        lower.leftovers();
    }
    lower.problems.unless(lower.api)
}

struct Lower<'a> {
    inputs: &'a Inputs,
    /// What there is without the development tree, if there is one.
    stable: Option<(Inputs, String)>,
    problems: Problems,
    api: Api,
    /// The full names that were met, to tell entries that no longer exist.
    met: BTreeSet<String>,
    refused_a_file: bool,
}

impl Lower<'_> {
    fn file(&mut self, file: &FileDescriptorProto) {
        let path: Vec<String> =
            file.package().split('.').filter(|part| !part.is_empty()).map(names::module).collect();
        if file.syntax() != "proto3" {
            let location = self.tree_file(file.name());
            let what =
                format!("is {}, not proto3", if file.syntax().is_empty() { "proto2" } else { file.syntax() });
            self.problems.add(Problem::new(
                &location,
                what,
                "only proto3 is supported; KiCad has nothing else",
            ));
            self.refused_a_file = true;
            return;
        }
        if path.is_empty() {
            let location = self.tree_file(file.name());
            let help = "give it a package: what has none has no module in Rust";
            self.problems.add(Problem::new(&location, "has no package", help));
            self.refused_a_file = true;
            return;
        }
        for message in &file.message_type {
            self.message(message, file.package(), file.package(), &path);
        }
        for item in &file.enum_type {
            self.enumeration(item, file.package(), &path);
        }
    }

    /// What a person must still decide stops the generation like anything else that is not said.
    fn blanks(&mut self) {
        let tables = self.inputs.commands.blanks.iter().map(|(name, at)| (name.as_str(), at));
        for (name, at) in tables.chain(self.inputs.docs.blanks()) {
            let help = "a person must decide it: write what belongs there in place of \"?\"";
            self.problems.add(Problem::new(at, format!("{name} is a blank"), help));
        }
        for (name, proposal) in self.inputs.commands.proposals.iter().chain(&self.inputs.docs.proposals) {
            let help = "look at it; then take the comment away, or all of them with `cargo xtask kicad-release … --accept`";
            let what = format!("{name} is only proposed ({})", proposal.reason);
            self.problems.add(Problem::new(&proposal.location, what, help));
        }
    }

    fn tree_file(&self, name: &str) -> Location {
        let tree =
            self.inputs.trees.iter().rev().find(|tree| tree.files.iter().any(|file| file.name() == name));
        let folder = tree.map_or_else(|| "proto".into(), |tree| Path::new("proto").join(&tree.name));
        Location::file(folder.join(name))
    }

    fn message(&mut self, message: &DescriptorProto, package: &str, scope: &str, path: &[String]) {
        let full_name = format!("{scope}.{}", message.name());
        if BY_HAND.iter().any(|(name, _)| *name == full_name) {
            return;
        }
        let type_path = [path, &[names::type_name(message.name())]].concat();
        let inner_path = [path, &[names::module(message.name())]].concat();
        for nested in &message.nested_type {
            let is_map_entry = nested.options.as_ref().is_some_and(prost_types::MessageOptions::map_entry);
            if !is_map_entry {
                self.message(nested, package, &full_name, &inner_path);
            }
        }
        for item in &message.enum_type {
            self.enumeration(item, &full_name, &inner_path);
        }

        let command = self.command(&full_name, package);
        let since = self.since(&full_name);
        let mut docs = self.type_docs(&full_name);
        docs.extend(message_footer(&full_name, command.as_ref(), self.class(&full_name), since));

        let mut fields = BTreeMap::new();
        for field in &message.field {
            let secret = SECRETS.contains(&field.name());
            let docs = self.member_docs(&full_name, field.name(), since);
            let number = u32::try_from(field.number()).expect("a field's number is positive");
            fields.insert(number, Field { name: field.name().to_owned(), docs, secret });
        }
        let mut oneofs = BTreeMap::new();
        for (index, oneof) in (0..).zip(&message.oneof_decl) {
            let members =
                message.field.iter().filter(|f| f.oneof_index == Some(index) && !f.proto3_optional());
            let numbers: Vec<u32> = members.filter_map(|field| u32::try_from(field.number()).ok()).collect();
            if !numbers.is_empty() {
                let docs = self.member_docs(&full_name, oneof.name(), since);
                oneofs.insert(oneof.name().to_owned(), Oneof { docs, fields: numbers });
            }
        }
        let message = Message {
            full_name: full_name.clone(),
            package: package.to_owned(),
            path: type_path,
            docs,
            fields,
            oneofs,
            command,
            item_id: item_id(message, scope, package),
        };
        self.api.messages.insert(full_name, message);
    }

    fn enumeration(&mut self, item: &EnumDescriptorProto, scope: &str, path: &[String]) {
        let full_name = format!("{scope}.{}", item.name());
        let since = self.since(&full_name);
        let mut docs = self.type_docs(&full_name);
        docs.extend(paragraph([since_line(since), Some(wire_line(&full_name))]));

        let proto_names: Vec<&str> =
            item.value.iter().map(prost_types::EnumValueDescriptorProto::name).collect();
        let constants = self.constants(&full_name, &proto_names);
        let mut seen = BTreeMap::new();
        let mut values = Vec::new();
        for (value, constant) in item.value.iter().zip(constants) {
            let name = format!("{full_name}.{}", value.name());
            if let Some(other) = seen.insert(constant.clone(), value.name()) {
                let what =
                    format!("{other} and {} of {full_name} would both be called {constant}", value.name());
                let help = "teach xtask/src/codegen/names.rs to tell them apart";
                self.problems.add(Problem::new(&self.location(&name), what, help));
            }
            let docs = self.member_docs(&full_name, value.name(), since);
            let alias = values.iter().any(|known: &Value| known.number == value.number());
            values.push(Value {
                name: value.name().to_owned(),
                constant,
                number: value.number(),
                docs,
                alias,
            });
        }
        let path = [path, &[names::type_name(item.name())]].concat();
        self.api.enums.insert(full_name.clone(), Enum { full_name, path, docs, values });
    }

    /// The constants of an enum's values. Those that a development tree adds do not change what the others are called.
    fn constants(&self, full_name: &str, values: &[&str]) -> Vec<String> {
        let all = names::constants(values);
        let Some((stable, _)) = &self.stable else { return all };
        let is_stable = |value: &&&str| {
            stable.trees.iter().any(|tree| tree.locations.contains_key(&format!("{full_name}.{value}")))
        };
        let old: Vec<&str> = values.iter().filter(is_stable).copied().collect();
        let of_old: BTreeMap<&str, String> = old.iter().copied().zip(names::constants(&old)).collect();
        values
            .iter()
            .zip(all)
            .map(|(value, constant)| of_old.get(value).cloned().unwrap_or(constant))
            .collect()
    }

    /// What the table says of `message`; a problem if it should say something and does not.
    fn command(&mut self, message: &str, package: &str) -> Option<Command> {
        let is_commands_package = package.rsplit('.').next() == Some("commands");
        let Some(entry) = self.inputs.commands.entries.get(message) else {
            if is_commands_package {
                let location = self.location(message);
                let help = "add it to proto/commands.toml as a command, a response or a part";
                self.problems.add(Problem::new(&location, format!("{message} is not classified"), help));
            }
            return None;
        };
        let Class::Command { response, effect, answered } = &entry.class else {
            return None;
        };
        let since = match answered {
            Answered::WhenDefined => self.since(message)?,
            Answered::Since(version) => *version,
        };
        let until = self.until(message);
        let response = match response.as_str() {
            EMPTY => Response::Empty,
            name => Response::Message(name.to_owned()),
        };
        Some(Command { method: String::new(), response, effect: *effect, since, until })
    }

    fn class(&self, message: &str) -> Option<&Class> {
        self.inputs.commands.entries.get(message).map(|entry| &entry.class)
    }

    /// Every command is answered with a message that exists, and every response answers a command.
    fn responses(&mut self) {
        let mut answers = BTreeSet::new();
        for (name, entry) in &self.inputs.commands.entries {
            let Class::Command { response, .. } = &entry.class else {
                continue;
            };
            if self.inputs.partial && !self.api.messages.contains_key(name) {
                continue;
            }
            answers.insert(response.as_str());
            if response != EMPTY && !self.api.messages.contains_key(response) {
                let what = format!("{name} is answered with {response}, which does not exist");
                let help = "the response is the full name of a message, or google.protobuf.Empty; \
                            `cargo xtask proto commands` tells what KiCad registers";
                self.problems.add(Problem::new(&entry.location, what, help));
            }
        }
        for (name, entry) in &self.inputs.commands.entries {
            // Whose response it is may be what is still blank.
            let is_open = !self.inputs.commands.blanks.is_empty() || self.inputs.partial;
            if entry.class == Class::Response && !is_open && !answers.contains(name.as_str()) {
                let what = format!("{name} is listed as a response, but no command is answered with it");
                let help = "list it as a part, or name it in the command that it answers";
                self.problems.add(Problem::new(&entry.location, what, help));
            }
        }
    }

    /// The methods of handlers. Of two commands with the same name, the one that came first has it as it is.
    fn methods(&mut self) {
        let mut commands: Vec<&mut Message> =
            self.api.messages.values_mut().filter(|message| message.command.is_some()).collect();
        commands.sort_by_key(|message| message.command.as_ref().map(|command| command.since));
        let mut taken = BTreeSet::new();
        for message in commands {
            let short = message.full_name.rsplit('.').next().unwrap_or_default();
            let plain = names::method(short);
            let method = if taken.contains(&plain) { names::method(&message.full_name) } else { plain };
            taken.insert(method.clone());
            if let Some(command) = &mut message.command {
                command.method = method;
            }
        }
    }

    /// Entries of the tables that no tree has any more.
    fn leftovers(&mut self) {
        if self.inputs.partial {
            return;
        }
        for (name, entry) in &self.inputs.commands.entries {
            if !self.api.messages.contains_key(name) {
                let what = format!("{name} is in no proto tree");
                self.problems.add(Problem::new(&entry.location, what, "remove the entry, or mend its name"));
            }
        }
        for (name, location) in self.inputs.docs.iter() {
            if !self.met.contains(name) {
                let what = format!("{name} is documented, but is in no proto tree");
                self.problems.add(Problem::new(location, what, "remove the sentence, or mend its name"));
            }
        }
    }

    /// The documentation of the message or enum `name`, without its last paragraph.
    fn type_docs(&mut self, name: &str) -> Vec<String> {
        let mut docs = self.sentence(name, &format!("under [{name}]: _ = \"…\""));
        docs.extend(self.gone(name));
        docs
    }

    /// The documentation of a field, oneof or value: since when it exists, if its owner is older.
    fn member_docs(&mut self, owner: &str, member: &str, owner_since: Option<Version>) -> Vec<String> {
        let name = format!("{owner}.{member}");
        let mut docs = self.sentence(&name, &format!("under [{owner}]: {member} = \"…\""));
        let since = self.since(&name).filter(|since| Some(*since) != owner_since);
        docs.extend(paragraph([since_line(since)]));
        docs.extend(self.gone(&name));
        docs
    }

    fn sentence(&mut self, name: &str, place: &str) -> Vec<String> {
        self.met.insert(name.to_owned());
        if let Some(sentence) = self.inputs.docs.get(name) {
            let fact = Fact {
                sentence: sentence.to_owned(),
                since: self.inputs.history.since(name),
                until: self.until(name),
            };
            self.api.facts.insert(name.to_owned(), fact);
            return vec![sentence.to_owned()];
        }
        let help = format!("add to proto/docs.toml, {place}");
        self.problems.add(Problem::new(&self.location(name), format!("{name} is not documented"), help));
        Vec::new()
    }

    fn gone(&self, name: &str) -> Vec<String> {
        paragraph([self.until(name).map(|until| format!("Gone since KiCad {until}."))])
    }

    /// The KiCad in which `name` first appeared.
    fn since(&mut self, name: &str) -> Option<Version> {
        if name.starts_with("google.protobuf.") {
            return None;
        }
        let since = self.inputs.history.since(name);
        if since.is_none() {
            let what = format!("{name} is not in proto/history.toml, so nobody knows since when it exists");
            let help = "import the tree with `cargo xtask proto import`, which writes the history";
            self.problems.add(Problem::new(&self.location(name), what, help));
        }
        since
    }

    /// The first KiCad without `name`, if the newest tree lacks it.
    fn until(&self, name: &str) -> Option<Version> {
        let inputs = self.stable.as_ref().map_or(self.inputs, |(stable, _)| stable);
        let newest = inputs.trees.last()?;
        if newest.locations.contains_key(name) { None } else { inputs.history.until(name) }
    }

    /// Where `name` is defined, in the newest tree that has it.
    fn location(&self, name: &str) -> Location {
        self.inputs.trees.iter().rev().find_map(|tree| tree.locations.get(name)).cloned().unwrap_or_default()
    }
}

/// The message of the id that makes a message an item: one of a package of types, with an id that every item has.
fn item_id(message: &DescriptorProto, scope: &str, package: &str) -> Option<String> {
    if scope != package || package.rsplit('.').next() != Some("types") {
        return None;
    }
    let id = message.field.iter().find(|field| field.name() == "id")?;
    let name = id.type_name().trim_start_matches('.');
    (name.rsplit('.').next() == Some("KIID")).then(|| name.to_owned())
}

/// The end of a message's documentation: response, since, wire name.
fn message_footer(
    full_name: &str,
    command: Option<&Command>,
    class: Option<&Class>,
    since: Option<Version>,
) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(command) = command {
        lines.push(match &command.response {
            Response::Empty => format!("Answered with nothing, since KiCad {}.", command.since),
            Response::Message(name) => {
                let short = name.rsplit('.').next().map(names::type_name).unwrap_or_default();
                format!("Answered with [`{short}`]({}), since KiCad {}.", rust_link(name), command.since)
            }
        });
    } else {
        if class == Some(&Class::NeverAnswered) {
            lines.push(
                "Defined, but answered by no KiCad so far; so it is no [`Command`](crate::Command)."
                    .to_owned(),
            );
        }
        lines.extend(since_line(since));
    }
    lines.push(wire_line(full_name));
    paragraph(lines.into_iter().map(Some))
}

/// A message as a link: `kiapi.board.commands.NetsResponse` is `crate::board::commands::NetsResponse`.
fn rust_link(full_name: &str) -> String {
    let mut parts: Vec<&str> = full_name.split('.').collect();
    let last = parts.pop().map(names::type_name).unwrap_or_default();
    let modules =
        parts.iter().skip(usize::from(parts.first() == Some(&"kiapi"))).map(|part| names::module(part));
    let modules: String = modules.map(|module| format!("{module}::")).collect();
    format!("crate::{modules}{last}")
}

fn since_line(since: Option<Version>) -> Option<String> {
    since.map(|since| format!("Since KiCad {since}."))
}

fn wire_line(full_name: &str) -> String {
    format!("On the wire: `{full_name}`.")
}

/// Lines with an empty one before them; nothing if there are none.
fn paragraph(lines: impl IntoIterator<Item = Option<String>>) -> Vec<String> {
    let text = lines.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if text.is_empty() { Vec::new() } else { vec![String::new(), text] }
}
