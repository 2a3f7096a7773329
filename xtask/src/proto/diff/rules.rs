//! What a change breaks, in the words of buf's rules: each rule by its name, and the categories that have it.

use serde::Serialize;

/// What a change breaks, from nothing to everything: each breaks what those before it break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Breaks {
    #[value(skip)]
    Nothing,
    /// Code that was generated from the files (buf: FILE, PACKAGE).
    Source,
    /// The names in JSON (buf: `WIRE_JSON`).
    Json,
    /// The bytes (buf: WIRE).
    Wire,
}

impl Breaks {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Source => "source",
            Self::Json => "json",
            Self::Wire => "wire",
        }
    }
}

/// A category of buf: a set of rules that are used together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Category {
    File,
    Package,
    WireJson,
    Wire,
}

impl Category {
    pub(crate) const ALL: [Self; 4] = [Self::File, Self::Package, Self::WireJson, Self::Wire];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::File => "FILE",
            Self::Package => "PACKAGE",
            Self::WireJson => "WIRE_JSON",
            Self::Wire => "WIRE",
        }
    }
}

use Category::{File, Package, Wire, WireJson};

/// The rules that are known here, each with its categories, the mildest first.
const RULES: [(&str, &[Category]); 31] = [
    ("ENUM_NO_DELETE", &[File]),
    ("FILE_NO_DELETE", &[File]),
    ("MESSAGE_NO_DELETE", &[File]),
    ("PACKAGE_ENUM_NO_DELETE", &[Package]),
    ("PACKAGE_MESSAGE_NO_DELETE", &[Package]),
    ("PACKAGE_NO_DELETE", &[Package]),
    ("ENUM_VALUE_NO_DELETE", &[File, Package]),
    ("FIELD_NO_DELETE", &[File, Package]),
    ("FIELD_SAME_CARDINALITY", &[File, Package]),
    ("FIELD_SAME_TYPE", &[File, Package]),
    ("FILE_SAME_SYNTAX", &[File, Package]),
    ("ONEOF_NO_DELETE", &[File, Package]),
    ("ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED", &[WireJson]),
    ("FIELD_NO_DELETE_UNLESS_NAME_RESERVED", &[WireJson]),
    ("FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY", &[WireJson]),
    ("FIELD_WIRE_JSON_COMPATIBLE_TYPE", &[WireJson]),
    ("ENUM_VALUE_SAME_NAME", &[File, Package, WireJson]),
    ("FIELD_SAME_JSON_NAME", &[File, Package, WireJson]),
    ("FIELD_SAME_NAME", &[File, Package, WireJson]),
    ("FIELD_SAME_ONEOF", &[File, Package, WireJson, Wire]),
    ("FILE_SAME_PACKAGE", &[File, Package, WireJson, Wire]),
    ("RESERVED_ENUM_NO_DELETE", &[File, Package, WireJson, Wire]),
    ("RESERVED_MESSAGE_NO_DELETE", &[File, Package, WireJson, Wire]),
    ("ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED", &[WireJson, Wire]),
    ("FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED", &[WireJson, Wire]),
    ("FIELD_WIRE_COMPATIBLE_CARDINALITY", &[Wire]),
    ("FIELD_WIRE_COMPATIBLE_TYPE", &[Wire]),
    // Ours: buf knows no commands, which are no services.
    ("COMMAND_NO_DELETE", &[]),
    ("COMMAND_SAME_RESPONSE", &[]),
    // Ours: a name that stands for another kind of thing.
    ("SAME_KIND", &[]),
    // Ours: only the history was read, which knows no numbers.
    ("NAME_NO_DELETE", &[]),
];

/// The categories of buf that have `rule`.
pub(crate) fn categories(rule: &str) -> &'static [Category] {
    let found = RULES.iter().find(|(name, _)| *name == rule);
    found.expect("every rule that is used is in the table").1
}

/// What breaking `rule` breaks.
pub(crate) fn breaks(rule: &str) -> Breaks {
    match rule {
        "COMMAND_NO_DELETE" | "COMMAND_SAME_RESPONSE" | "SAME_KIND" => return Breaks::Wire,
        "NAME_NO_DELETE" => return Breaks::Source,
        _ => {}
    }
    match categories(rule).last() {
        Some(Wire) => Breaks::Wire,
        Some(WireJson) => Breaks::Json,
        _ => Breaks::Source,
    }
}

/// Whether what was written as the scalar `old` is read rightly as `new`, in the bytes and in JSON.
pub(crate) fn compatible(old: &str, new: &str) -> (bool, bool) {
    const WIRE: [&[&str]; 4] = [
        &["int32", "uint32", "int64", "uint64", "bool"],
        &["sint32", "sint64"],
        &["fixed32", "sfixed32"],
        &["fixed64", "sfixed64"],
    ];
    const JSON: [&[&str]; 4] =
        [&["int32", "uint32"], &["int64", "uint64"], &["fixed32", "sfixed32"], &["fixed64", "sfixed64"]];
    let together = |groups: &[&[&str]]| {
        old == new || groups.iter().any(|group| group.contains(&old) && group.contains(&new))
    };
    (together(&WIRE) || (old, new) == ("string", "bytes"), together(&JSON))
}
