//! `Command` implementations, and the list of all commands.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use syn::Ident;

use super::super::ir::{Api, Command, Message, Response};
use crate::inputs::commands::Effect;
use crate::inputs::version::Version;

/// The implementation for `message`, if it is a command.
pub(super) fn emit(api: &Api, message: &Message, ident: &Ident) -> TokenStream {
    let Some(Command { response, effect, since, until, .. }) = &message.command else {
        return TokenStream::new();
    };
    let response = response_type(api, response);
    let effect = effect_variant(*effect);
    let since = version(*since);
    let until = match until {
        Some(until) => {
            let until = version(*until);
            quote!(Some(#until))
        }
        None => quote!(None),
    };
    quote! {
        impl crate::Command for #ident {
            type Response = #response;
            const SINCE: crate::ApiVersion = #since;
            const UNTIL: Option<crate::ApiVersion> = #until;
            const EFFECT: crate::Effect = crate::Effect::#effect;
        }
    }
}

/// The list of all commands, in the order of their names, and the way from a name to a type.
pub(super) fn registry(api: &Api) -> TokenStream {
    let commands = || api.messages.values().filter(|message| message.command.is_some());
    let arms = commands().map(|message| {
        let (name, path) = (&message.full_name, path(message));
        quote! { #name => visitor.visit::<#path>(), }
    });
    let commands = commands().map(|message| {
        let path = path(message);
        quote! { crate::CommandInfo::of::<#path>() }
    });
    quote! {
        /// Every command that some supported KiCad answers, in the order of the names.
        pub const COMMANDS: &[crate::CommandInfo] = &[#(#commands),*];

        /// Gives the type of the command with this full name to a visitor; none if there is no such command.
        ///
        /// This is how a program that has a name gets to a type. Nothing is compiled for it where it is not called.
        pub fn visit_command<V: crate::CommandVisitor>(full_name: &str, visitor: V) -> Option<V::Output> {
            Some(match full_name {
                #(#arms)*
                _ => return None,
            })
        }
    }
}

/// A test's list of all messages, by the paths that users of the crate know.
pub(crate) fn every_message(api: &Api) -> TokenStream {
    let checks = api.messages.values().map(|message| {
        let public = match message.path.as_slice() {
            [root, rest @ ..] if root == "kiapi" => rest,
            all => all,
        };
        let path = idents(public);
        quote! { check::<kiapi_gen #(::#path)*>(); }
    });
    quote! {
        use super::messages::check;

        #[test]
        fn every_message_is_on_the_wire_what_its_descriptor_says() {
            #(#checks)*
        }
    }
}

/// The path of a message from anywhere in the crate.
pub(super) fn path(message: &Message) -> TokenStream {
    item_path(&message.path)
}

/// The path of anything generated from anywhere in the crate.
pub(super) fn item_path(parts: &[String]) -> TokenStream {
    let parts = idents(parts);
    quote! { crate::generated #(::#parts)* }
}

/// The parts of a path, with the raw ones marked as such.
pub(super) fn idents(parts: &[String]) -> impl Iterator<Item = Ident> + '_ {
    parts.iter().map(|part| match part.strip_prefix("r#") {
        Some(keyword) => Ident::new_raw(keyword, proc_macro2::Span::call_site()),
        None => format_ident!("{part}"),
    })
}

fn response_type(api: &Api, response: &Response) -> TokenStream {
    match response {
        Response::Empty => quote!(()),
        Response::Message(name) => path(&api.messages[name]),
    }
}

fn effect_variant(effect: Effect) -> Ident {
    match effect {
        Effect::Read => format_ident!("Read"),
        Effect::Idempotent => format_ident!("Idempotent"),
        Effect::Mutation => format_ident!("Mutation"),
    }
}

fn version(version: Version) -> TokenStream {
    let [major, minor, patch] = [version.major, version.minor, version.patch].map(Literal::u32_unsuffixed);
    quote! { crate::ApiVersion::new(#major, #minor, #patch) }
}
