//! `cargo xtask codegen`: proto trees in, the Rust of kiapi-gen out.
//!
//! `load → merge → lower → IR → emit → print`. All decisions are taken in [`lower`]; the [`ir`] is plain data;
//! the emitters are pure functions of it; only [`mod@print`] touches the disk.

mod emit;
mod gate;
mod ir;
mod load;
mod lower;
mod merge;
pub(crate) mod names;
mod page;
mod print;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, bail};
use proc_macro2::TokenStream;

use crate::inputs::history::History;
use crate::problems::Problems;
use crate::proto::{Files, Thing};
use crate::workspace;

/// Generate the Rust code of kiapi-gen from the trees under proto/.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail if what is on disk is not what would be written
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let start = Instant::now();
    let root = workspace::root();
    let outputs = generate(&root)?;
    let changes = print::compare(&root, &outputs)?;
    let (files, time) = (outputs.files.len(), start.elapsed().as_millis());
    if args.check {
        if !changes.is_empty() {
            bail!("generated files are stale:\n{changes}run `cargo xtask codegen`");
        }
        println!("{files} generated files are fresh ({time} ms)");
    } else {
        print::apply(&root, &outputs, &changes)?;
        println!("{changes}{} of {files} generated files written ({time} ms)", changes.len());
    }
    Ok(())
}

/// Generates into the workspace at `root`, and tells what was written.
pub(crate) fn write(root: &Path) -> Result<String> {
    let outputs = generate(root)?;
    let changes = print::compare(root, &outputs)?;
    print::apply(root, &outputs, &changes)?;
    Ok(format!("{changes}{} of {} generated files written", changes.len(), outputs.files.len()))
}

/// What the tables must have something to say about.
pub(crate) struct Needs {
    union: Files,
    /// What trees disagree on and nobody decided: each name, with what the trees say of it.
    pub(crate) conflicts: BTreeMap<String, String>,
    pub(crate) history: History,
}

impl Needs {
    /// Everything in the union that has a name.
    pub(crate) fn things(&self) -> Vec<Thing> {
        crate::proto::things(&self.union)
    }
}

/// What the trees of the workspace at `root` need.
pub(crate) fn needs(root: &Path) -> Result<Needs> {
    let inputs = load::Inputs::load(root)?;
    let (union, conflicts, _) = merge::merge_as_far_as_decided(&inputs.trees, &inputs.commands.overrides);
    // What a tree imports from google is documented like the rest, but for the two types that are written by hand.
    let by_hand = ["google/protobuf/any.proto", "google/protobuf/empty.proto"];
    let files = union.file.into_iter().filter(|file| !by_hand.contains(&file.name()));
    let union = files.map(|file| (file.name().to_owned(), file)).collect();
    Ok(Needs { union, conflicts, history: inputs.history })
}

/// What the released trees of the workspace at `root` have, and nobody wrote a sentence for yet.
pub(crate) fn undescribed(root: &Path) -> Result<Vec<String>> {
    let inputs = load::Inputs::load(root)?;
    let inputs = inputs.stable()?.map_or(inputs, |(stable, _)| stable);
    let (union, ..) = merge::merge_as_far_as_decided(&inputs.trees, &inputs.commands.overrides);
    let files = union.file.into_iter().map(|file| (file.name().to_owned(), file)).collect();
    let things = crate::proto::things(&files).into_iter().map(|thing| thing.name);
    Ok(things.filter(|name| inputs.docs.is_undescribed(name)).collect())
}

/// Everything that codegen writes: each file with its bytes, and the folders in which nothing else may lie.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Outputs {
    /// By path below the root of the workspace.
    files: BTreeMap<PathBuf, Vec<u8>>,
    /// Folders below the root of the workspace.
    owned: Vec<PathBuf>,
}

/// All files that belong to the inputs in the workspace at `root`.
fn generate(root: &Path) -> Result<Outputs, Problems> {
    let inputs = load::Inputs::load(root)?;
    let apis = Apis::lower(&inputs)?;
    let mut outputs = Outputs::default();
    let generated = Path::new("crates/kiapi-gen/src/generated");
    for (path, bytes) in apis.render()? {
        outputs.files.insert(generated.join(path), bytes);
    }
    outputs.owned.push(generated.to_path_buf());
    let path = PathBuf::from("crates/kiapi-gen/tests/it/every_message.rs");
    let every_message = print::rust(&apis.file(&path, emit::commands::every_message)?);
    outputs.files.insert(path, every_message.into_bytes());
    let server = Path::new("crates/kiapi-server/src/generated");
    let path = server.join("handler.rs");
    let handler = print::rust(&apis.file(&path, emit::handler::emit)?);
    outputs.files.insert(path, handler.into_bytes());
    outputs.owned.push(server.to_path_buf());
    outputs.files.insert("docs/generated_code.md".into(), page::render()?.into_bytes());
    Ok(outputs)
}

/// What is generated from: all trees, and the stable ones alone if there is a development tree.
struct Apis {
    all: ir::Api,
    /// The stable ones, and the feature that the rest goes behind.
    stable: Option<(ir::Api, String)>,
}

impl Apis {
    fn lower(inputs: &load::Inputs) -> Result<Self, Problems> {
        let mut all = lower::lower(inputs)?;
        let stable = match inputs.stable()? {
            Some((stable, feature)) => Some((lower::lower(&stable)?, feature)),
            None => None,
        };
        if stable.is_some() {
            ".unstable".clone_into(&mut all.suffix);
        }
        Ok(Self { all, stable })
    }

    /// What `emit` makes of it, with a feature before what only the development tree has.
    fn file(&self, path: &Path, emit: fn(&ir::Api) -> TokenStream) -> Result<TokenStream, Problems> {
        match &self.stable {
            Some((stable, feature)) => gate::file(path, &emit(stable), &emit(&self.all), feature),
            None => Ok(emit(&self.all)),
        }
    }

    /// The files of the generated module, by path below its folder.
    fn render(&self) -> Result<BTreeMap<PathBuf, Vec<u8>>, Problems> {
        let mut tokens = emit::files(&self.all)?;
        if let Some((stable, feature)) = &self.stable {
            tokens = gate::files(&emit::files(stable)?, &tokens, feature)?;
        }
        let mut files: BTreeMap<PathBuf, Vec<u8>> =
            tokens.into_iter().map(|(path, tokens)| (path, print::rust(&tokens).into_bytes())).collect();
        for api in [Some(&self.all), self.stable.as_ref().map(|(stable, _)| stable)].into_iter().flatten() {
            files.insert(format!("descriptors{}.binpb", api.suffix).into(), api.descriptor_bytes());
            files.insert(format!("facts{}.txt", api.suffix).into(), emit::facts::table(api).into_bytes());
        }
        Ok(files)
    }
}

/// Whether what is on disk is what the inputs give.
#[cfg(test)]
fn stale(root: &Path) -> Result<String> {
    Ok(print::compare(root, &generate(root)?)?.to_string())
}
