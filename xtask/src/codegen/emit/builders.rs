//! `new` and the `with_*` methods of a message.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{GenericArgument, Ident, PathArguments, Type};

use super::super::names;
use super::attribute::{Form, Kind, Wire};
use super::messages::StructField;

pub(super) fn emit(message: &Ident, fields: &[StructField<'_>]) -> TokenStream {
    let setters = fields.iter().map(setter);
    let new = format!(" An empty `{message}`.");
    let unknown =
        " The fields that came with the message and that this build does not know; they are sent back.";
    quote! {
        impl #message {
            #[doc = #new]
            #[must_use]
            #[inline]
            pub fn new() -> Self {
                Self::default()
            }

            #(#setters)*

            #[doc = #unknown]
            #[inline]
            pub fn unknown_fields(&self) -> &crate::UnknownFields {
                &self.unknown_fields
            }
        }
    }
}

fn setter(field: &StructField<'_>) -> TokenStream {
    let ident = &field.ident;
    let raw_name = ident.to_string();
    let name = raw_name.trim_start_matches("r#");
    if let Kind::Oneof(choice) = &field.wire.kind {
        let setters = field.variants.iter().map(|variant| {
            let (choice_name, method) = (&variant.field.name, names::with_method(&variant.field.name));
            let (argument, value) = one(&variant.wire, unboxed(&variant.ty, variant.wire.boxed));
            let variant_ident = &variant.ident;
            let value = boxed(&variant.wire, &value);
            let doc = format!(" Sets [`{name}`](field@Self::{name}) to its choice `{choice_name}`.");
            let method = format_ident!("{method}");
            let inline = inline(&variant.wire);
            quote! {
                #[doc = #doc]
                #[must_use]
                #inline
                pub fn #method(mut self, value: #argument) -> Self {
                    self.#ident = Some(#choice::#variant_ident(#value));
                    self
                }
            }
        });
        return setters.collect();
    }
    let method = format_ident!("{}", names::with_method(name));
    let doc = format!(" Sets [`{name}`](field@Self::{name}).");
    let (argument, value) = match (&field.wire.kind, field.wire.form) {
        (Kind::Map(..), _) => map(&field.ty),
        (_, Form::Implicit) => one(&field.wire, &field.ty),
        (_, Form::Optional) => {
            let (argument, value) = one(&field.wire, unboxed(inner(&field.ty), field.wire.boxed));
            let value = boxed(&field.wire, &value);
            (argument, quote!(Some(#value)))
        }
        (_, Form::Packed | Form::Repeated) => many(&field.wire, inner(&field.ty)),
    };
    let inline = inline(&field.wire);
    quote! {
        #[doc = #doc]
        #[must_use]
        #inline
        pub fn #method(mut self, value: #argument) -> Self {
            self.#ident = #value;
            self
        }
    }
}

/// Numbers and truth values are taken as they are, so that literals need no suffix.
fn is_plain(kind: &Kind) -> bool {
    matches!(kind, Kind::Scalar(name) if !matches!(name.as_str(), "string" | "bytes"))
}

/// `#[inline]` for a setter that is not generic; a generic one is compiled where it is used in any case.
fn inline(wire: &Wire) -> Option<TokenStream> {
    let is_one = matches!(wire.form, Form::Implicit | Form::Optional);
    (is_one && is_plain(&wire.kind)).then(|| quote!(#[inline]))
}

fn one(wire: &Wire, ty: &Type) -> (TokenStream, TokenStream) {
    if is_plain(&wire.kind) {
        (quote!(#ty), quote!(value))
    } else {
        (quote!(impl Into<#ty>), quote!(value.into()))
    }
}

fn many(wire: &Wire, ty: &Type) -> (TokenStream, TokenStream) {
    if is_plain(&wire.kind) {
        (quote!(impl IntoIterator<Item = #ty>), quote!(value.into_iter().collect()))
    } else {
        (
            quote!(impl IntoIterator<Item = impl Into<#ty>>),
            quote!(value.into_iter().map(Into::into).collect()),
        )
    }
}

fn map(ty: &Type) -> (TokenStream, TokenStream) {
    let arguments = arguments(ty);
    let [key, value] = arguments.as_slice() else {
        return (quote!(#ty), quote!(value));
    };
    (
        quote!(impl IntoIterator<Item = (impl Into<#key>, impl Into<#value>)>),
        quote!(value.into_iter().map(|(key, value)| (key.into(), value.into())).collect()),
    )
}

fn boxed(wire: &Wire, value: &TokenStream) -> TokenStream {
    if wire.boxed { quote!(Box::new(#value)) } else { value.clone() }
}

fn unboxed(ty: &Type, is_boxed: bool) -> &Type {
    if is_boxed { inner(ty) } else { ty }
}

/// What an `Option`, `Vec` or `Box` holds.
fn inner(ty: &Type) -> &Type {
    arguments(ty).first().copied().unwrap_or(ty)
}

fn arguments(ty: &Type) -> Vec<&Type> {
    let Type::Path(path) = ty else { return Vec::new() };
    let Some(PathArguments::AngleBracketed(arguments)) =
        path.path.segments.last().map(|segment| &segment.arguments)
    else {
        return Vec::new();
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}
