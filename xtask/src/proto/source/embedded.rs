//! The descriptors inside a compiled program: protoc's C++ embeds each file's as it is.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};

use crate::proto::descriptors::{decode_file, is_file_name};

/// No descriptor of a file is longer.
const MAX_DESCRIPTOR: usize = 4 << 20;
/// The fields of a `FileDescriptorProto` by number, with the wire type of each: what may follow the name.
const SYNTAX: u64 = 12;
const LENGTH_DELIMITED: u64 = 2;
const VARINT: u64 = 0;

/// The serialized descriptors in `program`, by the name of their file.
pub(super) fn scan(program: &[u8]) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for end in memchr::memmem::find_iter(program, b".proto").map(|at| at + b".proto".len()) {
        let Some((name, bytes)) = descriptor_with_name_ending(program, end) else {
            continue;
        };
        // Texts that look alike are no descriptors; what begins like one and has a package or messages is meant as one.
        if bytes.len() <= name.len() + 2 {
            continue;
        }
        decode_file(bytes).with_context(|| format!("cannot read the embedded descriptor of {name}"))?;
        if let Some(other) = found.get(name) {
            ensure!(other == bytes, "it holds the descriptor of {name} twice, and not the same");
        }
        found.insert(name.to_owned(), bytes.to_vec());
    }
    Ok(found)
}

/// The descriptor whose first field, the name, ends at `end`.
fn descriptor_with_name_ending(program: &[u8], end: usize) -> Option<(&str, &[u8])> {
    // Tag 1, length, name. Names are shorter than 128 bytes, so the length is a byte.
    let starts = (1..128).filter_map(|length| Some((end.checked_sub(length)?, length)));
    let mut names = starts.filter(|&(start, length)| {
        start >= 2 && program[start - 2] == 0x0a && usize::from(program[start - 1]) == length
    });
    let (start, _) =
        names.find(|&(start, _)| std::str::from_utf8(&program[start..end]).is_ok_and(is_file_name))?;
    let name = std::str::from_utf8(&program[start..end]).ok()?;
    let limit = program.len().min(start.saturating_add(MAX_DESCRIPTOR));
    let length = length_of_fields(&program[end..limit]);
    Some((name, &program[start - 2..end + length]))
}

/// How many of the first bytes are fields of a `FileDescriptorProto`. protoc writes fields in the order of their numbers,
/// and the syntax of proto3 last.
fn length_of_fields(bytes: &[u8]) -> usize {
    let (mut at, mut last) = (0, 1);
    while last != SYNTAX {
        let Some((tag, after_tag)) = varint(bytes, at) else {
            break;
        };
        let (number, wire_type) = (tag >> 3, tag & 7);
        let expected = if matches!(number, 10 | 11 | 14) { VARINT } else { LENGTH_DELIMITED };
        if number < 2 || number < last || number > 14 || number == 13 || wire_type != expected {
            break;
        }
        let Some((value, after)) = varint(bytes, after_tag) else {
            break;
        };
        let after = match wire_type {
            VARINT => Some(after),
            _ => usize::try_from(value).ok().and_then(|length| after.checked_add(length)),
        };
        let Some(after) = after.filter(|after| *after <= bytes.len()) else {
            break;
        };
        (at, last) = (after, number);
    }
    at
}

/// The varint at `at`, and where it ends.
fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for (index, byte) in bytes.get(at..)?.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f).checked_shl(7 * u32::try_from(index).ok()?)?;
        if byte & 0x80 == 0 {
            return Some((value, at + index + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use prost_types::{DescriptorProto, FileDescriptorProto};

    use super::*;

    fn descriptor(name: &str, message: &str) -> Vec<u8> {
        let message = DescriptorProto { name: Some(message.to_owned()), ..DescriptorProto::default() };
        FileDescriptorProto {
            name: Some(name.to_owned()),
            package: Some("p".to_owned()),
            dependency: vec!["other/file.proto".to_owned(), "google/protobuf/any.proto".to_owned()],
            message_type: vec![message],
            syntax: Some("proto3".to_owned()),
            ..FileDescriptorProto::default()
        }
        .encode_to_vec()
    }

    #[track_caller]
    fn check(program: &[u8], expected: &[(&str, &[u8])]) {
        let found = scan(program).unwrap();
        let found: Vec<(&str, &[u8])> =
            found.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn descriptors_are_found_amid_other_bytes() {
        let (a, b) = (descriptor("a.proto", "A"), descriptor("b/b.proto", "B"));
        for gap in [
            &b""[..],
            b"\0",
            b"\0\0\0\0",
            b"text",
            b"\x62\x06proto3",
            b"\n\x07",
            b"\xff\xff\xff",
            b"\x22\x7f",
        ] {
            check(&[gap, &a, gap, &b, gap].concat(), &[("a.proto", &a), ("b/b.proto", &b)]);
        }
    }

    #[test]
    fn texts_that_look_alike_are_no_descriptors() {
        for program in [
            &b"cannot open a.proto"[..],
            b"\x0a\x07a.proto",
            b"\x0a\x07a.proto\0",
            b".proto",
            b"\x0a\x06.proto\x12\x01p",
            b"",
        ] {
            check(program, &[]);
        }
    }

    #[test]
    fn same_descriptor_twice_is_one_and_another_is_an_error() {
        let (a, b) = (descriptor("a.proto", "A"), descriptor("a.proto", "B"));
        check(&[a.as_slice(), &a].concat(), &[("a.proto", &a)]);
        let error = scan(&[a, b].concat()).unwrap_err().to_string();
        assert_eq!(error, "it holds the descriptor of a.proto twice, and not the same");
    }

    #[test]
    fn program_that_is_cut_anywhere_does_no_harm() {
        let program = [descriptor("a.proto", "A"), b"\0\0".to_vec(), descriptor("b.proto", "B")].concat();
        for end in 0..program.len() {
            let _ = scan(&program[..end]);
        }
    }
}
