//! Which files link: all they import is there, and all the types that they name.

use anyhow::{Result, anyhow};
use prost_reflect::DescriptorPool;
use prost_types::FileDescriptorProto;

use super::compile::google_file;
use super::descriptors::{Files, is_google};

/// Splits `files` into those that link and, each with what it lacks, those that do not.
pub(crate) fn link(files: Files) -> (Files, Vec<(String, String)>) {
    let mut linker = Linker::default();
    let mut linked = Files::new();
    let mut broken = Vec::new();
    let mut waiting = files;
    loop {
        let ready =
            |file: &FileDescriptorProto| file.dependency.iter().all(|import| !waiting.contains_key(import));
        let Some(name) = waiting.iter().find(|(_, file)| ready(file)).map(|(name, _)| name.clone()) else {
            break;
        };
        let file = waiting.remove(&name).expect("the name was found among those that wait");
        match linker.add(&file) {
            Ok(()) => drop(linked.insert(name, file)),
            Err(error) => broken.push((name, format!("{error:#}"))),
        }
    }
    let round = waiting.keys().cloned().collect::<Vec<_>>().join(", ");
    broken.extend(waiting.into_keys().map(|name| (name, format!("it is imported in a circle of {round}"))));
    broken.sort();
    (linked, broken)
}

/// What has been linked so far.
#[derive(Default)]
struct Linker {
    pool: DescriptorPool,
}

impl Linker {
    /// Adds `file`, or says what it lacks and leaves all as it was.
    fn add(&mut self, file: &FileDescriptorProto) -> Result<()> {
        let mut pool = self.pool.clone();
        for import in &file.dependency {
            add_import(&mut pool, import)?;
        }
        pool.add_file_descriptor_proto(file.clone()).map_err(|error| anyhow!("{error}"))?;
        self.pool = pool;
        Ok(())
    }
}

/// Sees to it that `pool` has the file `import`.
fn add_import(pool: &mut DescriptorPool, import: &str) -> Result<()> {
    if pool.get_file_by_name(import).is_some() {
        return Ok(());
    }
    let missing = || anyhow!("it imports {import}, which is not there");
    let file = if is_google(import) { google_file(import) } else { None }.ok_or_else(missing)?;
    for import in &file.dependency {
        add_import(pool, import)?;
    }
    pool.add_file_descriptor_proto(file).map_err(|error| anyhow!("{error}"))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use prost_types::field_descriptor_proto::{Label, Type};
    use prost_types::{DescriptorProto, FieldDescriptorProto};

    use super::*;

    /// The file `name` that imports `imports` and defines a message with a field of each of `types`.
    fn file(name: &str, imports: &[&str], message: &str, types: &[&str]) -> (String, FileDescriptorProto) {
        let field = |(number, of): (i32, &&str)| FieldDescriptorProto {
            name: Some(format!("f{number}")),
            number: Some(number),
            label: Some(Label::Optional.into()),
            r#type: Some(Type::Message.into()),
            type_name: Some((*of).to_owned()),
            ..FieldDescriptorProto::default()
        };
        let message = DescriptorProto {
            name: Some(message.to_owned()),
            field: (1..).zip(types).map(field).collect(),
            ..DescriptorProto::default()
        };
        let file = FileDescriptorProto {
            name: Some(name.to_owned()),
            package: Some("p".to_owned()),
            dependency: imports.iter().map(|import| (*import).to_owned()).collect(),
            message_type: vec![message],
            syntax: Some("proto3".to_owned()),
            ..FileDescriptorProto::default()
        };
        (name.to_owned(), file)
    }

    #[track_caller]
    fn check(files: impl IntoIterator<Item = (String, FileDescriptorProto)>, expected: &Expect) {
        let (linked, broken) = link(files.into_iter().collect());
        let linked = linked.keys().map(|name| format!("{name} links\n"));
        expected.assert_eq(
            &linked.chain(broken.iter().map(|(name, why)| format!("{name}: {why}\n"))).collect::<String>(),
        );
    }

    #[test]
    fn order_of_names_does_not_matter() {
        let any = "google/protobuf/any.proto";
        check(
            [
                file("a.proto", &["b.proto", any], "A", &[".p.B", ".google.protobuf.Any"]),
                file("b.proto", &[], "B", &[]),
            ],
            &expect![[r"
                a.proto links
                b.proto links
            "]],
        );
    }

    #[test]
    fn what_is_lacking_is_named() {
        check(
            [
                file("a.proto", &["gone.proto"], "A", &[]),
                file("b.proto", &["a.proto"], "B", &[]),
                file("c.proto", &[], "C", &[".p.Gone"]),
                file("d.proto", &[], "D", &[]),
                file("e.proto", &[], "D", &[]),
                file("f.proto", &["google/protobuf/gone.proto"], "F", &[]),
                file("g.proto", &["h.proto"], "G", &[]),
                file("h.proto", &["g.proto"], "H", &[]),
            ],
            &expect![[r#"
                d.proto links
                a.proto: it imports gone.proto, which is not there
                b.proto: it imports a.proto, which is not there
                c.proto: name '.p.Gone' is not defined
                e.proto: name 'p.D' is already defined in file 'd.proto'
                f.proto: it imports google/protobuf/gone.proto, which is not there
                g.proto: it is imported in a circle of g.proto, h.proto
                h.proto: it is imported in a circle of g.proto, h.proto
            "#]],
        );
    }
}
