//! The items of a package as one type.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use super::super::ir::{Api, Message};
use super::commands::path;

/// The enum of all items among `messages`; nothing if there are none.
pub(super) fn emit(api: &Api, messages: &[&Message]) -> TokenStream {
    let items: Vec<(&Message, &str)> =
        messages.iter().filter_map(|message| Some((*message, message.item_id.as_deref()?))).collect();
    let Some((_, id)) = items.first() else {
        return TokenStream::new();
    };
    let id = path(&api.messages[*id]);
    let idents: Vec<Ident> = items
        .iter()
        .filter_map(|(message, _)| message.path.last())
        .map(|name| format_ident!("{name}"))
        .collect();
    let number = |message: &Message, name: &str| {
        message.fields.iter().find(|(_, field)| field.name == name).map(|(number, _)| *number)
    };
    let numbers = items.iter().map(|(message, _)| {
        let name = &message.full_name;
        let [id, parent] = ["id", "parent"].map(|field| match number(message, field) {
            Some(number) => quote!(Some(#number)),
            None => quote!(None),
        });
        quote!(#name => (#id, #parent))
    });
    let docs = idents.iter().map(|ident| format!(" See [`{ident}`](struct@{ident})."));
    quote! {
        /// An item of a document, of any type. One of a type that this build does not know is kept byte for byte.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Item {
            #(#[doc = #docs] #idents(#idents),)*
            /// An item of a type that this build does not know.
            Unknown(crate::Any),
        }

        impl Item {
            /// Reads an item.
            ///
            /// # Errors
            ///
            /// When the bytes are not what the type says; an unknown type is no error.
            #[inline]
            pub fn from_any(any: crate::Any) -> Result<Self, crate::AnyError> {
                #(if any.is::<#idents>() {
                    return any.unpack().map(Self::#idents);
                })*
                Ok(Self::Unknown(any))
            }

            /// The numbers of the fields `id` and `parent` of the items whose type has this full name; none of a type that
            /// this build does not know.
            #[doc(hidden)]
            #[inline]
            pub fn id_and_parent(full_name: &str) -> (Option<u32>, Option<u32>) {
                match full_name {
                    #(#numbers,)*
                    _ => (None, None),
                }
            }

            /// Packs the item, as it goes into `CreateItems` and `UpdateItems`.
            #[inline]
            pub fn to_any(&self) -> crate::Any {
                match self {
                    #(Self::#idents(item) => crate::Any::pack(item),)*
                    Self::Unknown(any) => any.clone(),
                }
            }

            /// The item's id; none if it has none, or is of an unknown type.
            #[inline]
            pub fn id(&self) -> Option<&#id> {
                match self {
                    #(Self::#idents(item) => item.id.as_ref(),)*
                    Self::Unknown(_) => None,
                }
            }

            /// The place of the item's id; none if it is of an unknown type.
            #[inline]
            pub fn id_mut(&mut self) -> Option<&mut Option<#id>> {
                match self {
                    #(Self::#idents(item) => Some(&mut item.id),)*
                    Self::Unknown(_) => None,
                }
            }
        }

        #(impl From<#idents> for Item {
            #[inline]
            fn from(item: #idents) -> Self {
                Self::#idents(item)
            }
        })*
    }
}
