//! What only a development tree has goes behind a feature, and nothing else may differ.
//!
//! The generator runs twice: on the stable trees, and on all of them. What only the second has gets a `cfg`; what has
//! another body or value gets both, each under its own; and a stable item of another shape is refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::{Attribute, Fields, ImplItem, Item, TraitItem, parse_quote};

use crate::problems::{Location, Problem, Problems};

/// `full`, in which everything that `stable` has not is behind `feature`.
pub(super) fn files(
    stable: &BTreeMap<PathBuf, TokenStream>,
    full: &BTreeMap<PathBuf, TokenStream>,
    feature: &str,
) -> Result<BTreeMap<PathBuf, TokenStream>, Problems> {
    let mut problems = Problems::default();
    let mut result = BTreeMap::new();
    for (path, tokens) in full {
        let gated = match stable.get(path) {
            Some(stable) => problems.take(file(path, stable, tokens, feature)),
            // Whoever declares the module says that it is behind the feature.
            None => Some(tokens.clone()),
        };
        result.extend(gated.map(|gated| (path.clone(), gated)));
    }
    for path in stable.keys().filter(|path| !full.contains_key(*path)) {
        problems.add(lost(path, "the file"));
    }
    problems.unless(result)
}

/// One file.
pub(super) fn file(
    path: &Path,
    stable: &TokenStream,
    full: &TokenStream,
    feature: &str,
) -> Result<TokenStream, Problems> {
    let parse = |tokens: &TokenStream| {
        syn::parse2::<syn::File>(tokens.clone()).expect("the emitters write Rust that parses")
    };
    let (stable, mut full) = (parse(stable), parse(full));
    let mut gate = Gate { path, feature, problems: Problems::default() };
    full.items = gate.items(stable.items, full.items);
    gate.problems.unless(full.into_token_stream())
}

fn lost(path: &Path, what: &str) -> Problem {
    let help = "a development tree may add, and must not change what is stable; take the stable tree under [override], or \
                leave the development tree out until the change can be made for everyone";
    Problem::new(&Location::file(path), format!("{what} would change or go with the development tree"), help)
}

struct Gate<'a> {
    path: &'a Path,
    feature: &'a str,
    problems: Problems,
}

impl Gate<'_> {
    fn on(&self) -> Attribute {
        let feature = self.feature;
        parse_quote!(#[cfg(feature = #feature)])
    }

    fn off(&self) -> Attribute {
        let feature = self.feature;
        parse_quote!(#[cfg(not(feature = #feature))])
    }

    fn items(&mut self, stable: Vec<Item>, full: Vec<Item>) -> Vec<Item> {
        let mut known: BTreeMap<String, Item> = numbered(stable).collect();
        let mut result = Vec::new();
        for (key, mut item) in numbered(full) {
            match known.remove(&key) {
                None => {
                    attributes(&mut item).insert(0, self.on());
                    result.push(item);
                }
                Some(old) if old == item => result.push(item),
                Some(old) => self.item(old, item, &mut result),
            }
        }
        for name in known.into_keys() {
            self.problems.add(lost(self.path, &name));
        }
        result
    }

    /// Two items of the same name that are not the same.
    fn item(&mut self, old: Item, new: Item, into: &mut Vec<Item>) {
        match (old, new) {
            (Item::Mod(old), Item::Mod(mut new)) if old.attrs == new.attrs => {
                let items = |content: &mut Option<(_, Vec<Item>)>| {
                    content.take().map_or_else(Vec::new, |(_, items)| items)
                };
                let (mut old_content, brace) = (old.content, new.content.as_ref().map(|(brace, _)| *brace));
                let inside = self.items(items(&mut old_content), items(&mut new.content));
                new.content = brace.map(|brace| (brace, inside));
                into.push(Item::Mod(new));
            }
            (Item::Struct(old), Item::Struct(mut new)) => {
                let known = std::mem::replace(&mut new.fields, Fields::Unit);
                let mut hollow = old.clone();
                hollow.fields = Fields::Unit;
                let name = format!("struct {}", new.ident);
                let (Fields::Named(before), Fields::Named(mut after)) = (old.fields, known) else {
                    return self.problems.add(lost(self.path, &name));
                };
                if hollow != new {
                    self.problems.add(lost(self.path, &name));
                }
                let mut stable = before.named.into_iter().peekable();
                for field in &mut after.named {
                    if stable.peek() == Some(field) {
                        stable.next();
                    } else {
                        field.attrs.insert(0, self.on());
                    }
                }
                if let Some(field) = stable.next() {
                    let field = field.ident.map(|ident| ident.to_string()).unwrap_or_default();
                    self.problems.add(lost(self.path, &format!("the field {field} of {name}")));
                }
                new.fields = Fields::Named(after);
                into.push(Item::Struct(new));
            }
            (Item::Enum(old), Item::Enum(mut new)) => {
                let mut stable = old.variants.into_iter().peekable();
                for variant in &mut new.variants {
                    if stable.peek() == Some(variant) {
                        stable.next();
                    } else {
                        variant.attrs.insert(0, self.on());
                    }
                }
                if old.attrs != new.attrs || stable.next().is_some() {
                    self.problems.add(lost(self.path, &format!("enum {}", new.ident)));
                }
                into.push(Item::Enum(new));
            }
            (Item::Impl(old), Item::Impl(mut new)) => {
                let mut known: BTreeMap<String, ImplItem> =
                    old.items.into_iter().map(|item| (impl_key(&item), item)).collect();
                for mut item in std::mem::take(&mut new.items) {
                    match known.remove(&impl_key(&item)) {
                        None => impl_attributes(&mut item).insert(0, self.on()),
                        Some(old) if old == item => {}
                        Some(mut old) => {
                            if !same_face(&old, &item) {
                                self.problems.add(lost(self.path, &impl_key(&item)));
                            }
                            impl_attributes(&mut old).insert(0, self.off());
                            impl_attributes(&mut item).insert(0, self.on());
                            new.items.push(old);
                        }
                    }
                    new.items.push(item);
                }
                for name in known.into_keys() {
                    self.problems.add(lost(self.path, &name));
                }
                into.push(Item::Impl(new));
            }
            (Item::Trait(old), Item::Trait(mut new)) => {
                for item in &mut new.items {
                    if !old.items.contains(item)
                        && let TraitItem::Fn(method) = item
                    {
                        method.attrs.insert(0, self.on());
                    }
                }
                let lost_one = old.items.iter().any(|item| !new.items.contains(item));
                if lost_one {
                    self.problems.add(lost(self.path, &format!("trait {}", new.ident)));
                }
                into.push(Item::Trait(new));
            }
            // Another value or another body, behind the same face.
            (mut old, mut new) if face(&old) == face(&new) => {
                attributes(&mut old).insert(0, self.off());
                attributes(&mut new).insert(0, self.on());
                into.extend([old, new]);
            }
            (_, new) => self.problems.add(lost(self.path, &key(&new))),
        }
    }
}

/// Each item with what tells it from others: a type may have several blocks of methods.
fn numbered(items: Vec<Item>) -> impl Iterator<Item = (String, Item)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    items.into_iter().map(move |item| {
        let key = key(&item);
        let count = counts.entry(key.clone()).or_default();
        *count += 1;
        (format!("{key} {count}"), item)
    })
}

/// What an item is called.
fn key(item: &Item) -> String {
    match item {
        Item::Struct(item) => format!("struct {}", item.ident),
        Item::Enum(item) => format!("enum {}", item.ident),
        Item::Mod(item) => format!("mod {}", item.ident),
        Item::Fn(item) => format!("fn {}", item.sig.ident),
        Item::Const(item) => format!("const {}", item.ident),
        Item::Trait(item) => format!("trait {}", item.ident),
        Item::Impl(item) => {
            let of =
                item.trait_.as_ref().map(|trait_| trait_.0.to_token_stream().to_string()).unwrap_or_default();
            let (generics, ty) = (&item.generics, &item.self_ty);
            format!("impl {of} {}", quote!(#generics #ty))
        }
        other => other.to_token_stream().to_string(),
    }
}

/// What users of an item see of it.
fn face(item: &Item) -> String {
    match item {
        Item::Fn(item) => {
            let (attrs, vis, sig) = (&item.attrs, &item.vis, &item.sig);
            quote!(#(#attrs)* #vis #sig).to_string()
        }
        Item::Const(item) => {
            let (attrs, vis, ident, ty) = (&item.attrs, &item.vis, &item.ident, &item.ty);
            quote!(#(#attrs)* #vis #ident #ty).to_string()
        }
        other => other.to_token_stream().to_string(),
    }
}

fn attributes(item: &mut Item) -> &mut Vec<Attribute> {
    match item {
        Item::Struct(item) => &mut item.attrs,
        Item::Enum(item) => &mut item.attrs,
        Item::Mod(item) => &mut item.attrs,
        Item::Fn(item) => &mut item.attrs,
        Item::Const(item) => &mut item.attrs,
        Item::Trait(item) => &mut item.attrs,
        Item::Impl(item) => &mut item.attrs,
        Item::Use(item) => &mut item.attrs,
        Item::Macro(item) => &mut item.attrs,
        other => unreachable!("the emitters write no {other:?}"),
    }
}

fn impl_key(item: &ImplItem) -> String {
    match item {
        ImplItem::Fn(item) => format!("fn {}", item.sig.ident),
        ImplItem::Const(item) => format!("const {}", item.ident),
        ImplItem::Type(item) => format!("type {}", item.ident),
        other => other.to_token_stream().to_string(),
    }
}

fn impl_attributes(item: &mut ImplItem) -> &mut Vec<Attribute> {
    match item {
        ImplItem::Fn(item) => &mut item.attrs,
        ImplItem::Const(item) => &mut item.attrs,
        ImplItem::Type(item) => &mut item.attrs,
        other => unreachable!("the emitters write no {other:?}"),
    }
}

/// Whether users see the same of both: another body, or the list of values of an enum.
fn same_face(old: &ImplItem, new: &ImplItem) -> bool {
    match (old, new) {
        (ImplItem::Fn(old), ImplItem::Fn(new)) => {
            old.sig == new.sig && old.attrs == new.attrs && old.vis == new.vis
        }
        (ImplItem::Const(old), ImplItem::Const(new)) => old.ident == "VALUES" && old.ty == new.ty,
        _ => false,
    }
}
