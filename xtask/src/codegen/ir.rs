//! The API as plain data: what `lower` decided, and all that the emitters see.

use std::collections::BTreeMap;

use prost::Message as _;
use prost_types::FileDescriptorSet;

use crate::inputs::commands::Effect;
use crate::inputs::version::Version;

/// The union of all trees.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Api {
    /// The lines of KiCad that the union covers, oldest first: `9.0 (9.0.8)`.
    pub(super) covers: Vec<String>,
    /// What the names of files have before their ending that programs embed: nothing, or `.unstable`.
    pub(super) suffix: String,
    /// The union as descriptors; every file after those that it imports.
    pub(super) descriptors: FileDescriptorSet,
    /// By full name.
    pub(super) messages: BTreeMap<String, Message>,
    /// By full name.
    pub(super) enums: BTreeMap<String, Enum>,
    /// What is told of each message, field, oneof, enum and value, by full name.
    pub(super) facts: BTreeMap<String, Fact>,
}

/// What is told of a message, field, oneof, enum or value to a program that knows its name.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Fact {
    pub(super) sentence: String,
    pub(super) since: Option<Version>,
    pub(super) until: Option<Version>,
}

/// A message, and all that is generated for it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Message {
    pub(super) full_name: String,
    pub(super) package: String,
    /// The modules below the root of the generated code, and the type: `kiapi`, `board`, `types`, `Track`.
    pub(super) path: Vec<String>,
    pub(super) docs: Vec<String>,
    /// By number.
    pub(super) fields: BTreeMap<u32, Field>,
    /// By name.
    pub(super) oneofs: BTreeMap<String, Oneof>,
    pub(super) command: Option<Command>,
    /// The message of its id, by full name, if it is an item of a document.
    pub(super) item_id: Option<String>,
}

/// A field, or a variant of a oneof.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) docs: Vec<String>,
    /// Its value must not be shown.
    pub(super) secret: bool,
}

/// A choice between fields.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Oneof {
    pub(super) docs: Vec<String>,
    /// The numbers of its fields.
    pub(super) fields: Vec<u32>,
}

/// A message that KiCad answers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Command {
    /// The method of a handler that answers it: `get_nets`.
    pub(super) method: String,
    pub(super) response: Response,
    pub(super) effect: Effect,
    pub(super) since: Version,
    pub(super) until: Option<Version>,
}

/// What a command is answered with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Response {
    /// `google.protobuf.Empty`, which is `()`.
    Empty,
    /// A message of the API, by full name.
    Message(String),
}

/// An open enum.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Enum {
    pub(super) full_name: String,
    /// The modules below the root of the generated code, and the type.
    pub(super) path: Vec<String>,
    pub(super) docs: Vec<String>,
    /// In the order of declaration.
    pub(super) values: Vec<Value>,
}

/// A value of an enum.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Value {
    /// The name on the wire of JSON: `BL_F_Cu`.
    pub(super) name: String,
    /// The name of the constant: `F_CU`.
    pub(super) constant: String,
    pub(super) number: i32,
    pub(super) docs: Vec<String>,
    /// A second name of a number; the constant stands for the first one.
    pub(super) alias: bool,
}

impl Api {
    /// The bytes of the descriptors, which `reflect` embeds.
    pub(super) fn descriptor_bytes(&self) -> Vec<u8> {
        self.descriptors.encode_to_vec()
    }
}
