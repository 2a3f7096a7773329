//! Descriptors as we compare them: decoded without loss, normalised, and their digest.
//!
//! The same `.proto` file gives descriptors that differ in what does not matter. Two things are normalised:
//!
//! - `source_code_info` (positions and comments) is dropped;
//! - a field's `json_name` is dropped where it is the one that the field's name gives anyway. Compilers fill it in; what
//!   protoc embeds in C++ and Python has been stripped of it.
//!
//! Beyond that they are compared whole. Files of `google/protobuf` are no part of a tree: protox carries them.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use prost::Message as _;
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet};
use sha2::{Digest as _, Sha256};

/// The files of a tree by name (`board/board_types.proto`), normalised.
pub(crate) type Files = BTreeMap<String, FileDescriptorProto>;

/// Whether the file `name` is carried by protox, and so is no part of a tree.
pub(crate) fn is_google(name: &str) -> bool {
    name.starts_with("google/protobuf/")
}

/// Whether `name` is what an import can say, and stays below the folder that it is written to.
pub(crate) fn is_file_name(name: &str) -> bool {
    let is_part = |part: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+ ".contains(&byte);
        !part.is_empty() && part != "." && part != ".." && part.bytes().all(is_plain)
    };
    name.strip_suffix(".proto").is_some_and(|stem| !stem.is_empty() && name.split('/').all(is_part))
}

/// Decodes one file's descriptor; one that holds what would be lost here is an error.
pub(crate) fn decode_file(bytes: &[u8]) -> Result<FileDescriptorProto> {
    let file = FileDescriptorProto::decode(bytes).context("this is no protobuf descriptor of a file")?;
    ensure!(
        file.encoded_len() == bytes.len(),
        "the descriptor of {} holds more than is known here (custom options, or an edition), which would be lost",
        file.name()
    );
    check_syntax(&file)?;
    Ok(file)
}

/// Refuses what prost-reflect does not survive: it looks for the place of this mistake in files that it does not have yet.
fn check_syntax(file: &FileDescriptorProto) -> Result<()> {
    let syntax = file.syntax();
    ensure!(
        matches!(syntax, "" | "proto2" | "proto3"),
        "the syntax of {} is `{}`, and only proto2 and proto3 are known",
        file.name().escape_debug(),
        syntax.escape_debug()
    );
    Ok(())
}

/// Decodes a set of descriptors; one that holds what would be lost here is an error.
pub(crate) fn decode_set(bytes: &[u8]) -> Result<Vec<FileDescriptorProto>> {
    let set = FileDescriptorSet::decode(bytes).context("this is no FileDescriptorSet")?;
    ensure!(!set.file.is_empty(), "this FileDescriptorSet is empty");
    let names = || set.file.iter().map(FileDescriptorProto::name).collect::<Vec<_>>().join(", ");
    ensure!(
        set.encoded_len() == bytes.len(),
        "this is no FileDescriptorSet, or its files ({}) hold more than is known here (custom options, or an edition), \
         which would be lost",
        names()
    );
    set.file.iter().try_for_each(check_syntax)?;
    Ok(set.file)
}

/// `file` without what does not matter; see this module.
pub(crate) fn normalise(mut file: FileDescriptorProto) -> FileDescriptorProto {
    file.source_code_info = None;
    file.extension.iter_mut().for_each(normalise_field);
    file.message_type.iter_mut().for_each(normalise_message);
    file
}

fn normalise_message(message: &mut DescriptorProto) {
    message.field.iter_mut().chain(&mut message.extension).for_each(normalise_field);
    message.nested_type.iter_mut().for_each(normalise_message);
}

fn normalise_field(field: &mut FieldDescriptorProto) {
    if field.json_name.as_deref() == Some(&default_json_name(field.name())) {
        field.json_name = None;
    }
}

/// The JSON name that protoc gives to a field: underscores go, and what follows one is a capital.
pub(crate) fn default_json_name(name: &str) -> String {
    let mut result = String::with_capacity(name.len());
    let mut follows_underscore = false;
    for c in name.chars() {
        if c != '_' {
            result.push(if follows_underscore { c.to_ascii_uppercase() } else { c });
        }
        follows_underscore = c == '_';
    }
    result
}

/// The digest of normalised files: the sha256 of a `FileDescriptorSet` that holds them in the order of their names.
pub(crate) fn digest(files: &Files) -> String {
    sha256(&FileDescriptorSet { file: files.values().cloned().collect() }.encode_to_vec())
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_name_that_follows_from_the_name_is_dropped() {
        let field = |name: &str, json: &str| {
            let mut field = FieldDescriptorProto::default();
            (field.name, field.json_name) = (Some(name.to_owned()), Some(json.to_owned()));
            normalise_field(&mut field);
            field.json_name
        };
        for (name, json) in
            [("net_code", "netCode"), ("a", "a"), ("x__y_", "xY"), ("v2_1st", "v21st"), ("aB", "aB")]
        {
            assert_eq!(field(name, json), None, "{name}");
        }
        assert_eq!(field("net_code", "net_code").as_deref(), Some("net_code"));
    }

    #[test]
    fn names_that_lead_outside_are_no_file_names() {
        for name in [
            "",
            ".proto",
            "../a.proto",
            "a/../b.proto",
            "/a.proto",
            "a//b.proto",
            "a\\b.proto",
            "a.txt",
            "a\0.proto",
        ] {
            assert!(!is_file_name(name), "{name}");
        }
        for name in ["a.proto", "board/board_types.proto", "a b/c-d.proto"] {
            assert!(is_file_name(name), "{name}");
        }
    }

    #[test]
    fn truncated_descriptors_are_refused_at_every_length() {
        let file = FileDescriptorProto {
            name: Some("a.proto".to_owned()),
            message_type: vec![DescriptorProto { name: Some("A".to_owned()), ..DescriptorProto::default() }],
            ..FileDescriptorProto::default()
        };
        let bytes = FileDescriptorSet { file: vec![file.clone()] }.encode_to_vec();
        assert_eq!(decode_set(&bytes).unwrap(), [file]);
        for length in 0..bytes.len() {
            assert!(decode_set(&bytes[..length]).is_err(), "the first {length} bytes");
        }
    }

    #[test]
    fn what_would_be_lost_is_refused() {
        // Field 999 of the file, which nobody knows: what an edition or a custom option looks like.
        let unknown = b"\x0a\x07a.proto\xba\x3e\x01x";
        let error = decode_file(unknown).unwrap_err().to_string();
        assert!(error.contains("the descriptor of a.proto holds more than is known here"), "{error}");
        let set: Vec<u8> = [&[0x0a, u8::try_from(unknown.len()).unwrap()], unknown.as_slice()].concat();
        let error = decode_set(&set).unwrap_err().to_string();
        assert!(error.contains("(a.proto) hold more than is known here"), "{error}");
    }

    #[test]
    fn unknown_syntaxes_are_refused() {
        // Found by fuzzing.
        let file = FileDescriptorProto {
            name: Some("a.proto".to_owned()),
            syntax: Some("-proto".to_owned()),
            ..FileDescriptorProto::default()
        };
        let expected = "the syntax of a.proto is `-proto`, and only proto2 and proto3 are known";
        assert_eq!(decode_file(&file.encode_to_vec()).unwrap_err().to_string(), expected);
        let set = FileDescriptorSet { file: vec![file] }.encode_to_vec();
        assert_eq!(decode_set(&set).unwrap_err().to_string(), expected);
    }

    #[test]
    fn absurd_lengths_are_refused() {
        for bytes in [
            &b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7fx"[..],
            b"\x0a\xff\xff\xff\x7f",
            b"\xff\xff\xff\xff\xff\xff",
        ] {
            assert!(decode_set(bytes).is_err());
            assert!(decode_file(bytes).is_err());
        }
    }
}
