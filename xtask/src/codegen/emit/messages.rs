//! Messages: prost-build writes the structs and the oneofs; here they get our documentation, fixed derives, open enums
//! and a place for fields that this build does not know.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Context as _, Result, bail};
use proc_macro2::TokenStream;
use prost_build::Module;
use quote::{format_ident, quote};
use syn::ext::IdentExt as _;
use syn::visit_mut::{self, VisitMut};
use syn::{Fields, Ident, Item, ItemEnum, ItemStruct, Type, parse_quote};

use super::super::ir::{Api, Field, Message};
use super::super::lower::BY_HAND;
use super::super::names;
use super::attribute::{Form, Kind, Wire};
use super::{Package, builders, commands, docs, enums, items, wire};

/// A field of a struct: what prost-build made of it, what it is on the wire, and what we say of it.
pub(super) struct StructField<'a> {
    pub(super) ident: Ident,
    pub(super) ty: Type,
    pub(super) wire: Wire,
    pub(super) docs: &'a [String],
    pub(super) secret: bool,
    /// The variants, if the field is a oneof.
    pub(super) variants: Vec<Variant<'a>>,
}

/// A variant of a oneof.
pub(super) struct Variant<'a> {
    pub(super) ident: Ident,
    pub(super) ty: Type,
    pub(super) wire: Wire,
    pub(super) field: &'a Field,
}

/// What is emitted for each package, by its modules: `["kiapi", "board", "types"]`.
pub(super) fn packages(api: &Api) -> Result<BTreeMap<Vec<String>, Package>> {
    let mut packages: BTreeMap<Vec<String>, Package> = BTreeMap::new();
    let emit = Emit::new(api);
    for (module, items) in prost_items(api)? {
        let path = module.split('.').map(names::module).collect::<Vec<_>>();
        let mut package = Package::default();
        emit.items(items, &path, &mut package).with_context(|| format!("in package {module}"))?;
        let members: Vec<&Message> =
            api.messages.values().filter(|message| message.package == module).collect();
        package.types.extend(items::emit(api, &members));
        packages.insert(path, package);
    }
    Ok(packages)
}

/// What prost-build writes for each package, by the package's name.
fn prost_items(api: &Api) -> Result<BTreeMap<String, Vec<Item>>> {
    let mut config = prost_build::Config::new();
    config.btree_map(["."]).disable_comments(["."]).compile_well_known_types();
    for (name, path) in BY_HAND {
        config.extern_path(format!(".{name}"), path);
    }
    let files = &api.descriptors.file;
    let requests =
        files.iter().map(|file| (Module::from_protobuf_package_name(file.package()), file.clone()));
    let modules = config.generate(requests.collect())?;
    let mut packages = BTreeMap::new();
    for file in files {
        let module = Module::from_protobuf_package_name(file.package());
        if let Some(text) = modules.get(&module) {
            packages.entry(file.package().to_owned()).or_insert(syn::parse_file(text)?.items);
        }
    }
    Ok(packages)
}

struct Emit<'a> {
    api: &'a Api,
    /// The full name of each message, by modules and type.
    messages: BTreeMap<&'a [String], &'a Message>,
    enums: BTreeMap<&'a [String], &'a super::super::ir::Enum>,
    /// The modules of prost-build that have another name here.
    renamed: HashMap<String, String>,
    /// The messages that are ids of items, by full name.
    ids: BTreeSet<&'a str>,
}

impl<'a> Emit<'a> {
    fn new(api: &'a Api) -> Self {
        let own_names = api.messages.keys().filter_map(|name| name.rsplit('.').next());
        let renamed = own_names.map(|name| (names::prost_module(name), names::module(name)));
        Self {
            api,
            messages: api.messages.values().map(|message| (message.path.as_slice(), message)).collect(),
            enums: api.enums.values().map(|item| (item.path.as_slice(), item)).collect(),
            renamed: renamed.filter(|(prost, ours)| prost != ours).collect(),
            ids: api.messages.values().filter_map(|message| message.item_id.as_deref()).collect(),
        }
    }

    fn items(&self, items: Vec<Item>, path: &[String], into: &mut Package) -> Result<()> {
        // The oneofs of a message lie in its module, which comes after it.
        let mut oneofs = BTreeMap::new();
        for item in &items {
            if let Item::Mod(module) = item {
                let module_name = self.module(&module.ident);
                for inner in module.content.iter().flat_map(|(_, items)| items) {
                    if let Item::Enum(oneof) = inner {
                        oneofs.insert((module_name.clone(), oneof.ident.to_string()), oneof.clone());
                    }
                }
            }
        }
        for item in items {
            match item {
                Item::Struct(item) => self.message(item, path, &oneofs, into)?,
                Item::Mod(module) => {
                    let name = self.module(&module.ident);
                    let ident: Ident = syn::parse_str(&name)?;
                    let inner_path = [path, &[name]].concat();
                    let mut inner = Package::default();
                    let items = module.content.map_or_else(Vec::new, |(_, items)| items);
                    self.items(items, &inner_path, &mut inner)?;
                    into.impls.extend(inner.impls);
                    let inner = inner.types;
                    let owner = self.messages.iter().find(|(known, message)| {
                        known.len() == path.len() + 1
                            && known.starts_with(path)
                            && message.full_name.rsplit('.').next().map(names::module)
                                == inner_path.last().cloned()
                    });
                    let owner = owner.context("a module belongs to no message")?.1;
                    let doc = format!(" What is nested in [`{0}`]({0}).", owner.path[path.len()]);
                    into.types.extend(quote! { #[doc = #doc] pub mod #ident { #inner } });
                }
                Item::Enum(item) => {
                    let full_path = [path, &[item.ident.to_string()]].concat();
                    match self.enums.get(full_path.as_slice()) {
                        Some(item) => {
                            into.types.extend(enums::definition(item));
                            into.impls.extend(enums::impls(item));
                        }
                        // A oneof, which its message emits.
                        None => into.types.extend(self.oneof(item, path)?),
                    }
                }
                // What prost-build implements for its enums and names, we write ourselves.
                Item::Impl(_) => {}
                other => bail!("prost-build wrote an item that codegen does not know: {other:?}"),
            }
        }
        Ok(())
    }

    fn message(
        &self,
        item: ItemStruct,
        path: &[String],
        oneofs: &BTreeMap<(String, String), ItemEnum>,
        into: &mut Package,
    ) -> Result<()> {
        let full_path = [path, &[item.ident.to_string()]].concat();
        let message = self.messages.get(full_path.as_slice()).copied();
        let message =
            message.with_context(|| format!("prost-build calls a message {}", full_path.join("::")))?;
        let mut fields = Vec::new();
        let Fields::Named(named) = item.fields else { bail!("{} has no named fields", message.full_name) };
        for field in named.named {
            fields.push(self.field(field, message, oneofs)?);
        }
        into.types.extend(definition(message, &item.ident, &fields));
        into.types.extend(builders::emit(&item.ident, &fields));
        into.types.extend(commands::emit(self.api, message, &item.ident));
        into.impls.extend(wire::emit(message, &item.ident, &fields));
        into.impls.extend(name_and_debug(message, &item.ident, &fields));
        Ok(())
    }

    fn field(
        &self,
        mut field: syn::Field,
        message: &'a Message,
        oneofs: &BTreeMap<(String, String), ItemEnum>,
    ) -> Result<StructField<'a>> {
        let mut wire = Wire::parse(&field.attrs)?;
        if let Kind::Oneof(choice) = &mut wire.kind {
            Polish { renamed: &self.renamed }.visit_path_mut(choice);
        }
        let ident = field.ident.take().context("a field has no name")?;
        let mut ty = field.ty;
        self.polish(&mut ty, &wire);
        // Every item has an id: its text stays where it is, instead of on the heap.
        if self.ids.contains(message.full_name.as_str()) && ty == parse_quote!(String) {
            ty = parse_quote!(crate::IdText);
        }
        let Kind::Oneof(choice) = &wire.kind else {
            let known = message.fields.get(&wire.tag()).context("a field has an unknown number")?;
            return Ok(StructField {
                ident,
                ty,
                wire,
                docs: &known.docs,
                secret: known.secret,
                variants: Vec::new(),
            });
        };
        let segments: Vec<String> = choice.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let [.., module, name] = segments.as_slice() else { bail!("a oneof lies in no module") };
        let item = oneofs.get(&(module.clone(), name.clone())).context("a oneof has no type")?;
        let known = message.oneofs.values().find(|oneof| oneof.fields.contains(&wire.tag()));
        let docs = &known.context("a oneof is not known")?.docs;
        let mut variants = Vec::new();
        for variant in &item.variants {
            let mut wire = Wire::parse(&variant.attrs)?;
            let Some(held) = variant.fields.iter().next() else { bail!("a variant holds nothing") };
            let mut ty = held.ty.clone();
            self.polish(&mut ty, &wire);
            // prost-build marks boxed fields, but not boxed variants.
            wire.boxed |= matches!(&ty, Type::Path(path) if path.path.segments.last().is_some_and(|s| s.ident == "Box"));
            // Where the oneof is used, its types are one module nearer.
            OneModuleUp.visit_type_mut(&mut ty);
            let field = message.fields.get(&wire.tag()).context("a variant has an unknown number")?;
            variants.push(Variant { ident: variant.ident.clone(), ty, wire, field });
        }
        Ok(StructField { ident, ty, wire, docs, secret: false, variants })
    }

    /// The type of a oneof.
    fn oneof(&self, item: ItemEnum, path: &[String]) -> Result<TokenStream> {
        let tag = item.variants.first().map(|variant| Wire::parse(&variant.attrs)).transpose()?;
        let tag = tag.context("a oneof has no variants")?.tag();
        let owner = self.api.messages.values().find(|message| {
            let (Some(name), Some(module)) = (message.full_name.rsplit('.').next(), path.last()) else {
                return false;
            };
            names::module(name) == *module
                && message.path[..message.path.len() - 1] == path[..path.len() - 1]
                && message.oneofs.values().any(|oneof| oneof.fields.contains(&tag))
        });
        let message = owner.context("a oneof belongs to no message")?;
        let oneof = message.oneofs.values().find(|oneof| oneof.fields.contains(&tag));
        let type_docs = docs(&oneof.context("a oneof is not known")?.docs);
        let ident = &item.ident;
        let mut variants = TokenStream::new();
        for variant in &item.variants {
            let wire = Wire::parse(&variant.attrs)?;
            let Some(held) = variant.fields.iter().next() else { bail!("a variant holds nothing") };
            let mut ty = held.ty.clone();
            self.polish(&mut ty, &wire);
            let field = message.fields.get(&wire.tag()).context("a variant has an unknown number")?;
            let (docs, ident) = (docs(&field.docs), &variant.ident);
            variants.extend(quote! { #docs #ident(#ty), });
        }
        Ok(quote! {
            #type_docs
            #[derive(Clone, Debug, PartialEq)]
            #[non_exhaustive]
            pub enum #ident { #variants }
        })
    }

    fn module(&self, prost: &Ident) -> String {
        let prost = prost.to_string();
        self.renamed.get(&prost).cloned().unwrap_or(prost)
    }

    /// Gives a type of prost-build the names that people write, and open enums where it holds numbers.
    fn polish(&self, ty: &mut Type, wire: &Wire) {
        if let Kind::Enum(path) = &wire.kind {
            *ty = match wire.form {
                Form::Implicit => parse_quote!(#path),
                Form::Optional => parse_quote!(Option<#path>),
                Form::Packed | Form::Repeated => parse_quote!(Vec<#path>),
            };
        }
        if let Kind::Map(_, value) = &wire.kind
            && let Kind::Enum(path) = &**value
        {
            let key = map_key(ty);
            *ty = parse_quote!(std::collections::BTreeMap<#key, #path>);
        }
        Polish { renamed: &self.renamed }.visit_type_mut(ty);
    }
}

/// The key of a map type.
fn map_key(ty: &Type) -> Type {
    let Type::Path(path) = ty else {
        return parse_quote!(String);
    };
    let arguments = path.path.segments.last().map(|segment| &segment.arguments);
    match arguments {
        Some(syn::PathArguments::AngleBracketed(arguments)) => match arguments.args.first() {
            Some(syn::GenericArgument::Type(key)) => key.clone(),
            _ => parse_quote!(String),
        },
        _ => parse_quote!(String),
    }
}

/// Shortens `::prost::alloc::string::String` and the like, and renames modules.
struct Polish<'a> {
    renamed: &'a HashMap<String, String>,
}

impl VisitMut for Polish<'_> {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        let first = path.segments.first().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let is_std = path.leading_colon.is_some() && matches!(first.as_str(), "prost" | "core");
        if is_std {
            let last = path.segments.last().cloned().expect("a path has a segment");
            let full: syn::Path = match last.ident.to_string().as_str() {
                "BTreeMap" => parse_quote!(std::collections::#last),
                _ => parse_quote!(#last),
            };
            *path = full;
            return;
        }
        let modules = path.segments.len().saturating_sub(1);
        for segment in path.segments.iter_mut().take(modules) {
            if let Some(name) = self.renamed.get(&segment.ident.to_string()) {
                segment.ident = Ident::new(name.trim_start_matches("r#"), segment.ident.span());
            }
        }
    }
}

/// Takes one `super` off each path.
struct OneModuleUp;

impl VisitMut for OneModuleUp {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        if path.segments.first().is_some_and(|segment| segment.ident == "super") {
            path.segments = std::mem::take(&mut path.segments).into_iter().skip(1).collect();
        }
    }
}

fn definition(message: &Message, ident: &Ident, fields: &[StructField<'_>]) -> TokenStream {
    let message_docs = docs(&message.docs);
    let definitions = fields.iter().map(|field| {
        let (docs, ident, ty) = (docs(field.docs), &field.ident, &field.ty);
        quote! { #docs pub #ident: #ty, }
    });
    quote! {
        #message_docs
        #[derive(Clone, Default, PartialEq)]
        #[non_exhaustive]
        pub struct #ident {
            #(#definitions)*
            pub(crate) unknown_fields: crate::UnknownFields,
        }
    }
}

fn name_and_debug(message: &Message, ident: &Ident, fields: &[StructField<'_>]) -> TokenStream {
    let shown = fields.iter().map(|field| {
        let (ident, name) = (&field.ident, field.ident.unraw().to_string());
        let method = if field.secret { format_ident!("secret") } else { format_ident!("field") };
        quote! { .#method(#name, &self.#ident) }
    });
    let (path, name) = (commands::path(message), ident.to_string());
    let (package, full_name) = (&message.package, &message.full_name);
    let type_url = format!("type.googleapis.com/{full_name}");
    let proto_name = full_name.strip_prefix(&format!("{package}.")).unwrap_or(full_name);
    quote! {
        impl prost::Name for #path {
            const NAME: &'static str = #proto_name;
            const PACKAGE: &'static str = #package;

            #[inline]
            fn type_url() -> String {
                #type_url.to_owned()
            }
        }

        impl fmt::Debug for #path {
            #[inline]
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                crate::debug::Message::new(f, #name)#(#shown)*.finish(&self.unknown_fields)
            }
        }

        crate::json::message!(#path);
    }
}
