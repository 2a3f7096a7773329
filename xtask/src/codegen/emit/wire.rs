//! `prost::Message` for a message: what a derive would write, with open enums and without losing unknown fields.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use syn::{Ident, Path};

use super::super::ir::Message;
use super::attribute::{Form, Kind};
use super::commands::path;
use super::messages::{StructField, Variant};

pub(super) fn emit(message: &Message, ident: &Ident, fields: &[StructField<'_>]) -> TokenStream {
    let mut in_order: Vec<&StructField<'_>> = fields.iter().collect();
    in_order.sort_by_key(|field| field.wire.tags.iter().min().copied());
    let encode = in_order.iter().map(|field| field_encode(message, field));
    let length = in_order.iter().map(|field| field_length(message, field));
    let name = ident.to_string();
    let merge = in_order.iter().map(|field| field_merge(message, field, &name));
    let path = path(message);
    quote! {
        impl prost::Message for #path {
            fn encode_raw(&self, buf: &mut impl BufMut) {
                #(#encode)*
                self.unknown_fields.encode(buf);
            }

            fn merge_field(
                &mut self,
                tag: u32,
                wire_type: WireType,
                buf: &mut impl Buf,
                ctx: DecodeContext,
            ) -> Result<(), DecodeError> {
                match tag {
                    #(#merge)*
                    _ => self.unknown_fields.merge(tag, wire_type, buf, ctx),
                }
            }

            #[inline]
            fn encoded_len(&self) -> usize {
                self.unknown_fields.encoded_len() #(+ #length)*
            }

            #[inline]
            fn clear(&mut self) {
                *self = Self::default();
            }
        }
    }
}

fn field_encode(message: &Message, field: &StructField<'_>) -> TokenStream {
    let ident = &field.ident;
    match &field.wire.kind {
        Kind::Oneof(choice) => {
            let arms = field.variants.iter().map(|variant| {
                let (pattern, kind) = (variant_path(message, choice, variant), kind(&variant.wire.kind));
                let tag = Literal::u32_unsuffixed(variant.wire.tag());
                quote! { Some(#pattern(value)) => Value::<#kind>::encode(value, #tag, buf), }
            });
            quote! { match &self.#ident { None => {} #(#arms)* } }
        }
        Kind::Map(key, value) => {
            let (key, value) = (scalar(key), kind(value));
            let tag = tag(field);
            quote! { map::encode::<#key, #value, _, _>(#tag, &self.#ident, buf); }
        }
        other => {
            let (form, kind, tag) = (form(field.wire.form), kind(other), tag(field));
            quote! { #form::encode::<#kind, _>(#tag, &self.#ident, buf); }
        }
    }
}

fn field_length(message: &Message, field: &StructField<'_>) -> TokenStream {
    let ident = &field.ident;
    match &field.wire.kind {
        Kind::Oneof(choice) => {
            let arms = field.variants.iter().map(|variant| {
                let (pattern, kind) = (variant_path(message, choice, variant), kind(&variant.wire.kind));
                let tag = Literal::u32_unsuffixed(variant.wire.tag());
                quote! { Some(#pattern(value)) => Value::<#kind>::encoded_len(value, #tag), }
            });
            quote! { match &self.#ident { None => 0, #(#arms)* } }
        }
        Kind::Map(key, value) => {
            let (key, value, tag) = (scalar(key), kind(value), tag(field));
            quote! { map::encoded_len::<#key, #value, _, _>(#tag, &self.#ident) }
        }
        other => {
            let (form, kind, tag) = (form(field.wire.form), kind(other), tag(field));
            quote! { #form::encoded_len::<#kind, _>(#tag, &self.#ident) }
        }
    }
}

fn field_merge(message: &Message, field: &StructField<'_>, message_name: &str) -> TokenStream {
    let ident = &field.ident;
    let merge = match &field.wire.kind {
        Kind::Oneof(choice) => {
            let arms = field.variants.iter().map(|variant| {
                let (pattern, kind) = (variant_path(message, choice, variant), kind(&variant.wire.kind));
                let (tag, name) = (Literal::u32_unsuffixed(variant.wire.tag()), &variant.field.name);
                quote! {
                    #tag => {
                        let mut value = match self.#ident.take() {
                            Some(#pattern(value)) => value,
                            _ => Default::default(),
                        };
                        Value::<#kind>::merge(&mut value, wire_type, buf, ctx)
                            .map_err(|error| within(error, #message_name, #name))?;
                        self.#ident = Some(#pattern(value));
                        Ok(())
                    }
                }
            });
            return arms.collect();
        }
        Kind::Map(key, value) => {
            let (key, value) = (scalar(key), kind(value));
            quote! { map::merge::<#key, #value, _, _>(&mut self.#ident, wire_type, buf, ctx) }
        }
        other => {
            let (form, kind) = (form(field.wire.form), kind(other));
            quote! { #form::merge::<#kind, _>(&mut self.#ident, wire_type, buf, ctx) }
        }
    };
    let (tag, name) = (tag(field), ident.to_string());
    let name = name.trim_start_matches("r#");
    quote! { #tag => #merge.map_err(|error| within(error, #message_name, #name)), }
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
