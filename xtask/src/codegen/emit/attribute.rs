//! The `#[prost(…)]` attributes that prost-build writes: what a field is on the wire.

use anyhow::{Context as _, Result, bail};
use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Lit, Meta, Path, Token};

/// What a field is on the wire.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wire {
    pub(super) kind: Kind,
    pub(super) form: Form,
    pub(super) boxed: bool,
    /// The field's number; all numbers of a oneof.
    pub(super) tags: Vec<u32>,
}

/// The type of a field's values.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// `int64`, `string`, …: the module of `prost::encoding` that knows it.
    Scalar(String),
    /// The type of the enum, as prost-build writes it.
    Enum(Path),
    Message,
    /// The kinds of key and value.
    Map(String, Box<Kind>),
    /// The type of the choice.
    Oneof(Path),
}

/// How many values a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One, whose default is not written.
    Implicit,
    Optional,
    /// Any number, all in one piece.
    Packed,
    /// Any number, each on its own.
    Repeated,
}

impl Wire {
    /// Reads the attribute of a field or of a variant of a oneof.
    pub(super) fn parse(attributes: &[Attribute]) -> Result<Self> {
        let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("prost"));
        let attribute = attribute.context("a field has no `prost` attribute")?;
        let metas = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)?;
        let (mut kind, mut form, mut packed) = (None, Form::Implicit, true);
        let (mut boxed, mut tags) = (false, Vec::new());
        for meta in &metas {
            let name = meta.path().require_ident()?.to_string();
            match name.as_str() {
                "optional" => form = Form::Optional,
                "repeated" => form = Form::Repeated,
                "boxed" => boxed = true,
                "packed" => packed = text(meta)? == "true",
                "tag" | "tags" => {
                    for tag in text(meta)?.split(',') {
                        tags.push(tag.trim().parse()?);
                    }
                }
                "message" => kind = Some(Kind::Message),
                "enumeration" => kind = Some(Kind::Enum(syn::parse_str(&text(meta)?)?)),
                "oneof" => kind = Some(Kind::Oneof(syn::parse_str(&text(meta)?)?)),
                "btree_map" => kind = Some(map(&text(meta)?)?),
                // `bytes = "vec"` says in which type the bytes are held.
                _ if SCALARS.contains(&name.as_str()) => kind = Some(Kind::Scalar(name)),
                other => bail!("prost-build wrote an attribute that codegen does not know: `{other}`"),
            }
        }
        let kind = kind.context("a field's attribute names no type")?;
        let is_numeric = match &kind {
            Kind::Scalar(name) => !matches!(name.as_str(), "string" | "bytes"),
            Kind::Enum(_) => true,
            _ => false,
        };
        if form == Form::Repeated && packed && is_numeric {
            form = Form::Packed;
        }
        Ok(Self { kind, form, boxed, tags })
    }

    /// The field's only number.
    pub(super) fn tag(&self) -> u32 {
        self.tags.first().copied().expect("every field has a number")
    }
}

/// The scalar types of proto3, by the names that `prost::encoding` has for them.
const SCALARS: [&str; 15] = [
    "bool", "bytes", "double", "fixed32", "fixed64", "float", "int32", "int64", "sfixed32", "sfixed64",
    "sint32", "sint64", "string", "uint32", "uint64",
];

fn map(text: &str) -> Result<Kind> {
    let (key, value) = text.split_once(',').context("a map names no value")?;
    let value = value.trim();
    let value = match value.strip_prefix("enumeration(").and_then(|rest| rest.strip_suffix(')')) {
        Some(path) => Kind::Enum(syn::parse_str(path)?),
        None if value == "message" => Kind::Message,
        None => Kind::Scalar(value.to_owned()),
    };
    Ok(Kind::Map(key.trim().to_owned(), Box::new(value)))
}

fn text(meta: &Meta) -> Result<String> {
    let value = &meta.require_name_value()?.value;
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Ok(text.value()),
            other => Ok(other.to_token_stream().to_string()),
        },
        other => bail!("`{}` is no literal", TokenStream::to_string(&other.to_token_stream())),
    }
}
