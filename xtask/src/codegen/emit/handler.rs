//! The server's side: a trait with a method for each command.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::super::ir::{Api, Message, Response};
use super::commands::idents;

/// The module of the trait, for the server crate.
pub(crate) fn emit(api: &Api) -> TokenStream {
    let commands = api.messages.values().filter_map(|message| Some((message, message.command.as_ref()?)));
    let mut methods = TokenStream::new();
    let mut arms = TokenStream::new();
    for (message, command) in commands {
        let method = idents(std::slice::from_ref(&command.method)).next();
        let request = public_path(message);
        let response = match &command.response {
            Response::Empty => quote!(()),
            Response::Message(name) => public_path(&api.messages[name]),
        };
        let name = &message.full_name;
        let doc = format!(
            " Answers `{}`, which KiCad does since {}.",
            message.path.last().map_or("", |n| n),
            command.since
        );
        methods.extend(quote! {
            #[doc = #doc]
            fn #method(&mut self, call: &Call<'_>, request: #request) -> Answer<#response> {
                let _ = (call, request);
                Err(Refusal::unhandled())
            }
        });
        arms.extend(quote! {
            #name => typed(call, message, |call, request| handler.#method(call, request)),
        });
    }
    quote! {
        use kiapi_gen::Any;

        use crate::handler::typed;
        use crate::{Answer, Call, Refusal};

        /// Answers commands: a method for each one that some supported KiCad answers.
        ///
        /// A method that is not written answers `AS_UNHANDLED`, so that the server asks the next handler. A command of
        /// a newer KiCad is therefore one more method here, and breaks nobody.
        ///
        /// # Examples
        ///
        /// ```
        /// use kiapi_gen::common::commands::{GetVersion, GetVersionResponse};
        /// use kiapi_gen::common::types::KiCadVersion;
        /// use kiapi_server::{Answer, ApiHandler, Call};
        ///
        /// struct Versioned;
        ///
        /// impl ApiHandler for Versioned {
        ///     fn get_version(&mut self, _: &Call<'_>, _: GetVersion) -> Answer<GetVersionResponse> {
        ///         Ok(GetVersionResponse::new().with_version(KiCadVersion::new().with_major(10)))
        ///     }
        /// }
        /// ```
        pub trait ApiHandler: Send {
            /// Answers any command: calls the method of its name. Only a handler that wants to see all commands, or ones
            /// that this build does not know, writes this one.
            fn handle(&mut self, call: &Call<'_>, message: &Any) -> Answer<Any> {
                dispatch(self, call, message)
            }

            #methods
        }

        /// Calls the method for the command in `message`; what [`ApiHandler::handle`] does by default.
        pub fn dispatch<H: ApiHandler + ?Sized>(handler: &mut H, call: &Call<'_>, message: &Any) -> Answer<Any> {
            match message.full_name() {
                #arms
                _ => Err(Refusal::unhandled()),
            }
        }
    }
}

/// The path of a message as users of kiapi-gen write it.
fn public_path(message: &Message) -> TokenStream {
    let parts = match message.path.as_slice() {
        [root, rest @ ..] if root == "kiapi" => rest,
        all => all,
    };
    let parts = idents(parts);
    let root = format_ident!("kiapi_gen");
    quote! { #root #(::#parts)* }
}
