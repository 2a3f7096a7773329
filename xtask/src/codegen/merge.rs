//! The trees become one union: what any supported KiCad has, as the newest one that has it defines it.
//!
//! A field is its number: the same number with the same type is one field, whatever the tree calls it. What the wire
//! cannot reconcile (a number with two types, a name with two numbers) is a conflict, which a person decides in
//! `proto/commands.toml`.

use std::collections::{BTreeMap, BTreeSet};

use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumOptions, EnumValueDescriptorProto, FieldDescriptorProto,
    FileDescriptorProto, FileDescriptorSet, OneofDescriptorProto,
};

use super::load::Tree;
use crate::inputs::commands::Override;
use crate::problems::{Problem, Problems};

/// The union of `trees`, which come oldest first.
pub(super) fn merge(
    trees: &[Tree],
    overrides: &BTreeMap<String, Override>,
) -> Result<FileDescriptorSet, Problems> {
    let (union, conflicts, problems) = merge_as_far_as_decided(trees, overrides);
    debug_assert!(conflicts.is_empty() || !problems.is_empty(), "each open conflict is a problem");
    problems.unless(union)
}

/// The union of `trees` as far as it is decided, what is to decide (each name with what the trees say of it), and all
/// that is wrong.
pub(super) fn merge_as_far_as_decided(
    trees: &[Tree],
    overrides: &BTreeMap<String, Override>,
) -> (FileDescriptorSet, BTreeMap<String, String>, Problems) {
    let mut merge = Merge {
        overrides,
        used: BTreeSet::new(),
        conflicts: BTreeMap::new(),
        problems: Problems::default(),
        newer: Vec::new(),
        older: "",
    };
    // A development tree comes last: it adds to the others, and changes nothing about them.
    let (development, stable): (Vec<&Tree>, Vec<&Tree>) =
        trees.iter().rev().partition(|tree| tree.is_development());
    let newest_first: Vec<&Tree> = stable.into_iter().chain(development).collect();
    let mut union: Vec<FileDescriptorProto> =
        newest_first.first().map_or_else(Vec::new, |tree| tree.files.clone());
    for (index, tree) in newest_first.iter().enumerate().skip(1) {
        (merge.newer, merge.older) = (newest_first[..index].to_vec(), &tree.name);
        merge.tree(&mut union, tree);
    }
    for (name, decision) in overrides {
        if !merge.used.contains(name) {
            let what = format!("the override of {name} is no longer needed: the trees agree");
            merge.problems.add(Problem::new(&decision.location, what, "remove it"));
        }
    }
    for file in &mut union {
        for message in &mut file.message_type {
            tidy(message);
        }
    }
    connect(&mut union);
    (FileDescriptorSet { file: union }, merge.conflicts, merge.problems)
}

struct Merge<'a> {
    overrides: &'a BTreeMap<String, Override>,
    used: BTreeSet<String>,
    /// What nobody decided.
    conflicts: BTreeMap<String, String>,
    problems: Problems,
    /// The trees that are in the union already, and the one that is being added.
    newer: Vec<&'a Tree>,
    older: &'a str,
}

/// What a conflict is decided to be.
#[derive(Clone, Copy, PartialEq)]
enum Winner {
    Newer,
    Older,
}

impl Merge<'_> {
    fn tree(&mut self, union: &mut Vec<FileDescriptorProto>, tree: &Tree) {
        for old in &tree.files {
            for message in &old.message_type {
                let known = union
                    .iter_mut()
                    .filter(|file| file.package() == old.package())
                    .flat_map(|file| &mut file.message_type)
                    .find(|known| known.name() == message.name());
                match known {
                    Some(known) => self.message(known, message, old.package(), tree),
                    None => home(union, old).message_type.push(message.clone()),
                }
            }
            for item in &old.enum_type {
                let known = union
                    .iter_mut()
                    .filter(|file| file.package() == old.package())
                    .flat_map(|file| &mut file.enum_type)
                    .find(|known| known.name() == item.name());
                match known {
                    Some(known) => self.enumeration(known, item, old.package(), tree),
                    None => home(union, old).enum_type.push(item.clone()),
                }
            }
        }
    }

    fn message(&mut self, into: &mut DescriptorProto, old: &DescriptorProto, scope: &str, tree: &Tree) {
        let scope = format!("{scope}.{}", into.name());
        for field in &old.field {
            self.field(into, old, field, &scope, tree);
        }
        for nested in &old.nested_type {
            match into.nested_type.iter_mut().find(|known| known.name() == nested.name()) {
                Some(known) => self.message(known, nested, &scope, tree),
                None => into.nested_type.push(nested.clone()),
            }
        }
        for item in &old.enum_type {
            match into.enum_type.iter_mut().find(|known| known.name() == item.name()) {
                Some(known) => self.enumeration(known, item, &scope, tree),
                None => into.enum_type.push(item.clone()),
            }
        }
    }

    fn field(
        &mut self,
        into: &mut DescriptorProto,
        old_message: &DescriptorProto,
        old: &FieldDescriptorProto,
        scope: &str,
        tree: &Tree,
    ) {
        let number = old.number();
        if let Some(at) = into.field.iter().position(|known| known.number() == number) {
            let known = &into.field[at];
            if shape(known) == shape(old) {
                return;
            }
            let what = format!(
                "field {number} of {scope} is `{}` in {} and `{}` in {}",
                describe(known),
                self.label(&format!("{scope}.{}", known.name())),
                describe(old),
                self.older
            );
            let name = format!("{scope}.{}", old.name());
            if self.decide(&name, what, tree) == Some(Winner::Older) {
                into.field.remove(at);
                adopt(into, old_message, old);
            }
            return;
        }
        if let Some(at) = into.field.iter().position(|known| known.name() == old.name()) {
            let known = &into.field[at];
            let what = format!(
                "`{}` of {scope} is field {} in {} and field {number} in {}",
                old.name(),
                known.number(),
                self.label(&format!("{scope}.{}", known.name())),
                self.older
            );
            let name = format!("{scope}.{}", old.name());
            if self.decide(&name, what, tree) == Some(Winner::Older) {
                into.field.remove(at);
                adopt(into, old_message, old);
            }
            return;
        }
        adopt(into, old_message, old);
    }

    fn enumeration(
        &mut self,
        into: &mut EnumDescriptorProto,
        old: &EnumDescriptorProto,
        scope: &str,
        tree: &Tree,
    ) {
        let scope = format!("{scope}.{}", into.name());
        for value in &old.value {
            let same_name = into.value.iter().position(|known| known.name() == value.name());
            match same_name {
                Some(at) if into.value[at].number() == value.number() => {}
                Some(at) => {
                    let name = format!("{scope}.{}", value.name());
                    let what = format!(
                        "{name} is {} in {} and {} in {}",
                        into.value[at].number(),
                        self.label(&name),
                        value.number(),
                        self.older
                    );
                    if self.decide(&name, what, tree) == Some(Winner::Older) {
                        into.value[at].number = value.number;
                    }
                }
                None => add_value(into, value),
            }
        }
    }

    /// The tree that the union has `name` from.
    fn label(&self, name: &str) -> &str {
        let mut newer = self.newer.iter();
        let has = newer.find(|tree| tree.locations.contains_key(name)).or(self.newer.first());
        has.map_or("", |tree| tree.name.as_str())
    }

    /// Who wins the conflict about `name`; a problem if nobody decided.
    fn decide(&mut self, name: &str, what: String, tree: &Tree) -> Option<Winner> {
        let Some(decision) = self.overrides.get(name) else {
            let location = tree.locations.get(name).cloned().unwrap_or_default();
            let help = format!(
                "decide in proto/commands.toml, under [override]: \"{name}\" = {{ take = \"{}\", why = \"…\" }}",
                self.label(name)
            );
            self.conflicts.entry(name.to_owned()).or_insert_with(|| what.clone());
            self.problems.add(Problem::new(&location, what, help));
            return None;
        };
        self.used.insert(name.to_owned());
        match decision.take.as_str() {
            take if self.newer.iter().any(|tree| tree.name == take) => Some(Winner::Newer),
            take if take == self.older => Some(Winner::Older),
            other => {
                let what = format!(
                    "the override of {name} takes `{other}`, which is not one of the trees that disagree"
                );
                let help = format!("take \"{}\" or \"{}\"", self.label(name), self.older);
                self.problems.add(Problem::new(&decision.location, what, help));
                None
            }
        }
    }
}

/// The file of the union in which something of the file `old` belongs.
fn home<'a>(
    union: &'a mut Vec<FileDescriptorProto>,
    old: &FileDescriptorProto,
) -> &'a mut FileDescriptorProto {
    let at = union.iter().position(|file| file.name() == old.name() && file.package() == old.package());
    let at = at.unwrap_or_else(|| {
        union.push(FileDescriptorProto { message_type: Vec::new(), enum_type: Vec::new(), ..old.clone() });
        union.len() - 1
    });
    &mut union[at]
}

/// What must agree for two fields to be one on the wire and in Rust.
fn shape(field: &FieldDescriptorProto) -> (Type, bool, &str) {
    (field.r#type(), field.label() == Label::Repeated, field.type_name())
}

fn describe(field: &FieldDescriptorProto) -> String {
    let kind = match field.type_name() {
        "" => field.r#type().as_str_name().trim_start_matches("TYPE_").to_ascii_lowercase(),
        name => name.trim_start_matches('.').to_owned(),
    };
    let repeated = if field.label() == Label::Repeated { "repeated " } else { "" };
    format!("{repeated}{kind} {}", field.name())
}

/// Adds a field of an older tree, in the oneof of the same name if it was in one.
fn adopt(into: &mut DescriptorProto, old_message: &DescriptorProto, old: &FieldDescriptorProto) {
    let mut field = old.clone();
    field.oneof_index = old.oneof_index.map(|index| {
        let name = old_message.oneof_decl[usize::try_from(index).expect("an index is not negative")].name();
        let at = into.oneof_decl.iter().position(|oneof| oneof.name() == name).unwrap_or_else(|| {
            into.oneof_decl.push(OneofDescriptorProto { name: Some(name.to_owned()), options: None });
            into.oneof_decl.len() - 1
        });
        i32::try_from(at).expect("a message has few oneofs")
    });
    into.field.push(field);
}

/// Adds a value of an older tree; a second name of a number becomes its alias.
fn add_value(into: &mut EnumDescriptorProto, value: &EnumValueDescriptorProto) {
    if into.value.iter().any(|known| known.number() == value.number()) {
        into.options.get_or_insert_with(EnumOptions::default).allow_alias = Some(true);
    }
    into.value.push(value.clone());
}

/// What merging leaves in disorder: oneofs of `optional` fields come last, and what came back is not reserved.
fn tidy(message: &mut DescriptorProto) {
    message.reserved_range.clear();
    message.reserved_name.clear();
    let synthetic: BTreeSet<i32> = message
        .field
        .iter()
        .filter(|field| field.proto3_optional())
        .filter_map(|field| field.oneof_index)
        .collect();
    let used: BTreeSet<i32> = message.field.iter().filter_map(|field| field.oneof_index).collect();
    let mut order: Vec<i32> =
        (0..).take(message.oneof_decl.len()).filter(|index| used.contains(index)).collect();
    order.sort_by_key(|index| synthetic.contains(index));
    let old = std::mem::take(&mut message.oneof_decl);
    for &index in &order {
        message.oneof_decl.push(old[usize::try_from(index).expect("an index is not negative")].clone());
    }
    for field in &mut message.field {
        field.oneof_index = field.oneof_index.and_then(|index| {
            order.iter().position(|&known| known == index).and_then(|at| i32::try_from(at).ok())
        });
    }
    for item in &mut message.enum_type {
        item.reserved_range.clear();
        item.reserved_name.clear();
    }
    for nested in &mut message.nested_type {
        tidy(nested);
    }
}

/// Makes each file import what it uses, and puts every file after its imports.
fn connect(union: &mut Vec<FileDescriptorProto>) {
    let mut defined = BTreeMap::new();
    for file in &*union {
        let scope = if file.package().is_empty() { String::new() } else { format!(".{}", file.package()) };
        let names = file.message_type.iter().map(DescriptorProto::name);
        for name in names.chain(file.enum_type.iter().map(EnumDescriptorProto::name)) {
            defined.insert(format!("{scope}.{name}"), file.name().to_owned());
        }
    }
    for file in &mut *union {
        let mut uses = BTreeSet::new();
        for message in &file.message_type {
            used_types(message, &mut uses);
        }
        let mut imports: BTreeSet<String> =
            uses.iter().filter_map(|name| owner(&defined, name)).cloned().collect();
        imports.remove(file.name());
        file.dependency = imports.into_iter().collect();
        file.public_dependency.clear();
        file.weak_dependency.clear();
        file.enum_type.iter_mut().for_each(|item| {
            item.reserved_range.clear();
            item.reserved_name.clear();
        });
    }
    let mut sorted: Vec<FileDescriptorProto> = Vec::new();
    while !union.is_empty() {
        let ready = union.iter().position(|file| {
            file.dependency.iter().all(|import| sorted.iter().any(|done| done.name() == import))
        });
        // Files that import each other have no order; linking the union tells that.
        sorted.push(union.remove(ready.unwrap_or(0)));
    }
    *union = sorted;
}

/// The file that defines the type `name`, or the message that the type is nested in.
fn owner<'a>(defined: &'a BTreeMap<String, String>, name: &str) -> Option<&'a String> {
    let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
    ends.filter(|&end| end > 0).find_map(|end| defined.get(&name[..end]))
}

fn used_types(message: &DescriptorProto, into: &mut BTreeSet<String>) {
    into.extend(message.field.iter().filter_map(|field| field.type_name.clone()));
    for nested in &message.nested_type {
        used_types(nested, into);
    }
}
