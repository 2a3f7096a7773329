//! Open enums: a newtype over the number, so that a value from a newer KiCad survives.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::super::ir::Enum;
use super::{commands, docs};

/// The type and its constants.
pub(super) fn definition(item: &Enum) -> TokenStream {
    let ident = format_ident!("{}", item.path.last().expect("a path ends in a type"));
    let type_docs = docs(&item.docs);
    let constants = item.values.iter().map(|value| {
        let (docs, constant) = (docs(&value.docs), format_ident!("{}", value.constant));
        let number = Literal::i32_unsuffixed(value.number);
        quote! { #docs pub const #constant: Self = Self(#number); }
    });
    quote! {
        #type_docs
        #[derive(Clone, Copy, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[repr(transparent)]
        pub struct #ident(
            /// The number on the wire.
            pub i32,
        );

        impl #ident {
            #(#constants)*
        }
    }
}

/// The names of the values, and the way to and from numbers.
pub(super) fn impls(item: &Enum) -> TokenStream {
    let path = commands::item_path(&item.path);
    let (type_name, full_name) = (item.path.last(), &item.full_name);
    let values = item.values.iter().map(|value| {
        let (name, constant) = (&value.name, format_ident!("{}", value.constant));
        let constant_name = &value.constant;
        quote! { (Self::#constant, #constant_name, #name) }
    });
    quote! {
        impl crate::OpenEnum for #path {
            const TYPE: &'static str = #type_name;
            const FULL_NAME: &'static str = #full_name;
            const VALUES: &'static [(Self, &'static str, &'static str)] = &[#(#values),*];
        }

        impl fmt::Debug for #path {
            #[inline]
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                crate::OpenEnum::fmt_name(self, f)
            }
        }

        impl From<i32> for #path {
            #[inline]
            fn from(number: i32) -> Self {
                Self(number)
            }
        }

        impl From<#path> for i32 {
            #[inline]
            fn from(value: #path) -> Self {
                value.0
            }
        }

        crate::json::open_enum!(#path);
    }
}
