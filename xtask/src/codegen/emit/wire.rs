//! `prost::Message` for a message: what a derive would write, with open enums and without losing unknown fields.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use syn::{Ident, Path, parse_quote};

use super::super::ir::Message;
use super::attribute::{Form, Kind};
use super::commands::path;
use super::messages::{StructField, Variant};

pub(super) fn emit(message: &Message, ident: &Ident, fields: &[StructField<'_>]) -> TokenStream {
    let mut in_order: Vec<&StructField<'_>> = fields.iter().collect();
    in_order.sort_by_key(|field| field.wire.tags.iter().min().copied());
    // From the last to the first, since that is how they are written.
    let write = in_order.iter().rev().map(|field| field_write(message, field));
    let merge = in_order.iter().map(|field| field_merge(message, field));
    let (name, names) = (ident.to_string(), fields.iter().flat_map(field_names));
    let (path, whole) = (path(message), whole(&in_order));
    quote! {
        impl prost::Message for #path {
            fn encode_raw(&self, buf: &mut impl BufMut) {
                crate::wire::encode_raw(self, buf);
            }

            fn merge_field(
                &mut self,
                tag: u32,
                wire_type: WireType,
                buf: &mut impl Buf,
                _: DecodeContext,
            ) -> Result<(), DecodeError> {
                crate::wire::merge_field(self, tag, wire_type, buf)
            }

            fn merge(&mut self, buf: impl Buf) -> Result<(), DecodeError> {
                crate::wire::merge(self, buf)
            }

            #[inline]
            fn encoded_len(&self) -> usize {
                crate::wire::encoded_len(self)
            }

            #[inline]
            fn encode_to_vec(&self) -> Vec<u8> {
                crate::wire::encode_to_vec(self)
            }

            #[inline]
            fn clear(&mut self) {
                *self = Self::default();
            }
        }

        impl Write for #path {
            #[inline]
            fn write(&self, into: &mut Writer) {
                self.unknown_fields.write(into);
                #(#write)*
            }
        }

        impl Read for #path {
            #[inline]
            fn names() -> Names {
                (#name, &[#(#names),*])
            }

            #[inline]
            fn field(
                &mut self,
                tag: u32,
                wire_type: WireType,
                from: &mut Reader<'_>,
            ) -> Result<(), DecodeError> {
                match tag {
                    #(#merge)*
                    _ => self.unknown_fields.merge(tag, wire_type, from),
                }
            }

            #whole
        }
    }
}

/// `Read::whole` for a message of coordinates or of an id. Nearly all messages on a board are such, and they come as they
/// are expected: every field, and nothing else.
fn whole(fields: &[&StructField<'_>]) -> Option<TokenStream> {
    let is_plain = |field: &&StructField<'_>| {
        let is_number = matches!(&field.wire.kind, Kind::Scalar(name) if name == "int64");
        let is_id = field.ty == parse_quote!(crate::IdText);
        // A larger number does not fit into the one byte that its key is expected to be.
        let is_short = matches!(field.wire.form, Form::Implicit) && field.wire.tag() < 16;
        is_short && (is_number || is_id)
    };
    if !matches!(fields.len(), 1..=2) || !fields.iter().all(is_plain) {
        return None;
    }
    let read = fields.iter().map(|field| {
        let (ident, tag) = (&field.ident, tag(field));
        quote! { let Some((#ident, rest)) = plain(#tag, rest) else { return false }; }
    });
    let set = fields.iter().map(|field| {
        let ident = &field.ident;
        quote! { self.#ident = #ident; }
    });
    Some(quote! {
        #[inline]
        fn whole(&mut self, rest: &[u8]) -> bool {
            #(#read)*
            if rest.is_empty() {
                #(#set)*
            }
            rest.is_empty()
        }
    })
}

fn field_write(message: &Message, field: &StructField<'_>) -> TokenStream {
    let ident = &field.ident;
    match &field.wire.kind {
        Kind::Oneof(choice) => {
            let arms = field.variants.iter().map(|variant| {
                let (pattern, kind) = (variant_path(message, choice, variant), kind(&variant.wire.kind));
                let tag = Literal::u32_unsuffixed(variant.wire.tag());
                quote! { Some(#pattern(value)) => Value::<#kind>::write(value, #tag, into), }
            });
            quote! { match &self.#ident { None => {} #(#arms)* } }
        }
        Kind::Map(key, value) => {
            let (key, value) = (scalar(key), kind(value));
            let tag = tag(field);
            quote! { map::write::<#key, #value, _, _>(#tag, &self.#ident, into); }
        }
        other => {
            let (form, kind, tag) = (form(field.wire.form), kind(other), tag(field));
            quote! { #form::write::<#kind, _>(#tag, &self.#ident, into); }
        }
    }
}

fn field_merge(message: &Message, field: &StructField<'_>) -> TokenStream {
    let ident = &field.ident;
    let merge = match &field.wire.kind {
        Kind::Oneof(choice) => {
            let arms = field.variants.iter().map(|variant| {
                let (pattern, kind) = (variant_path(message, choice, variant), kind(&variant.wire.kind));
                let tag = Literal::u32_unsuffixed(variant.wire.tag());
                quote! {
                    #tag => {
                        let mut value = match self.#ident.take() {
                            Some(#pattern(value)) => value,
                            _ => Default::default(),
                        };
                        Value::<#kind>::merge(&mut value, wire_type, from)?;
                        self.#ident = Some(#pattern(value));
                        Ok(())
                    }
                }
            });
            return arms.collect();
        }
        Kind::Map(key, value) => {
            let (key, value) = (scalar(key), kind(value));
            quote! { map::merge::<#key, #value, _, _>(&mut self.#ident, wire_type, from) }
        }
        // The number is needed to count how many follow.
        other if matches!(field.wire.form, Form::Repeated) => {
            let kind = kind(other);
            quote! { repeated::merge::<#kind, _>(&mut self.#ident, tag, wire_type, from) }
        }
        other => {
            let (form, kind) = (form(field.wire.form), kind(other));
            quote! { #form::merge::<#kind, _>(&mut self.#ident, wire_type, from) }
        }
    };
    let tag = tag(field);
    quote! { #tag => #merge, }
}

/// The numbers and names of a field, or of the variants of a oneof, as errors call them.
fn field_names(field: &StructField<'_>) -> Vec<TokenStream> {
    let pair = |tag: u32, name: &str| {
        let tag = Literal::u32_unsuffixed(tag);
        quote! { (#tag, #name) }
    };
    if let Kind::Oneof(_) = &field.wire.kind {
        return field.variants.iter().map(|it| pair(it.wire.tag(), &it.field.name)).collect();
    }
    let name = field.ident.to_string();
    vec![pair(field.wire.tag(), name.trim_start_matches("r#"))]
}

/// The path of a variant from anywhere in the crate.
fn variant_path(message: &Message, choice: &Path, variant: &Variant<'_>) -> TokenStream {
    let mut oneof = message.clone();
    let name = choice.segments.last().expect("a path has a segment").ident.to_string();
    let owner = oneof.path.pop().expect("a path ends in a type");
    let own_name = message.full_name.rsplit('.').next().unwrap_or(&owner);
    oneof.path.push(super::super::names::module(own_name));
    oneof.path.push(name);
    let (path, ident) = (path(&oneof), &variant.ident);
    quote! { #path::#ident }
}

fn tag(field: &StructField<'_>) -> Literal {
    Literal::u32_unsuffixed(field.wire.tag())
}

/// The module of `crate::wire` for a form.
fn form(form: Form) -> Ident {
    match form {
        Form::Implicit => format_ident!("implicit"),
        Form::Optional => format_ident!("optional"),
        Form::Packed => format_ident!("packed"),
        Form::Repeated => format_ident!("repeated"),
    }
}

/// The marker of `crate::wire` for a kind.
fn kind(kind: &Kind) -> TokenStream {
    match kind {
        Kind::Scalar(name) => scalar(name),
        Kind::Enum(_) => quote!(kind::Enum),
        Kind::Message => quote!(kind::Message),
        Kind::Map(..) | Kind::Oneof(_) => unreachable!("maps and oneofs are no values of fields"),
    }
}

fn scalar(name: &str) -> TokenStream {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    let marker = format_ident!("{}", first.into_iter().chain(letters).collect::<String>());
    quote!(kind::#marker)
}
