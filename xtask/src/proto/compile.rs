//! Texts of `.proto` files become descriptors, by protox.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use prost_types::FileDescriptorProto;
use protox::file::{FileResolver as _, GoogleFileResolver};

use super::descriptors::{Files, decode_set, is_file_name, is_google, normalise};
use crate::inputs::protos::{self, Texts};

/// Compiles `texts`, which may import each other and `google/protobuf`; every problem is named.
pub(crate) fn compile(texts: &Texts) -> Result<Files> {
    let mut compiler = protos::compiler(texts);
    let mut problems: Vec<String> = Vec::new();
    for name in texts.keys() {
        if let Err(error) = compiler.open_file(name) {
            let problem = describe(&error, name);
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }
    if !problems.is_empty() {
        bail!("{}", problems.join("\n"));
    }
    let files = decode_set(&compiler.encode_file_descriptor_set())?;
    Ok(files
        .into_iter()
        .filter(|file| !is_google(file.name()))
        .map(|f| (f.name().to_owned(), normalise(f)))
        .collect())
}

/// The descriptor of a file below `google/protobuf` that protox carries.
pub(crate) fn google_file(name: &str) -> Option<FileDescriptorProto> {
    GoogleFileResolver::new().open_file(name).ok().map(|file| file.file_descriptor_proto().clone())
}

/// Reads every `.proto` file in `folder`, except those of `google/protobuf`.
pub(crate) fn read_folder(folder: &Path) -> Result<Texts> {
    let mut texts = Texts::new();
    collect(folder, "", &mut texts)?;
    Ok(texts)
}

fn collect(folder: &Path, prefix: &str, texts: &mut Texts) -> Result<()> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    for entry in entries.with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry.path();
        let Ok(name) = entry.file_name().into_string() else {
            bail!("cannot name {} in an import: it is no UTF-8", path.display());
        };
        let name = format!("{prefix}{name}");
        // Links to folders are not followed, so this ends.
        if entry.file_type().with_context(|| format!("cannot read {}", path.display()))?.is_dir() {
            collect(&path, &format!("{name}/"), texts)?;
        } else if name.ends_with(".proto") && !is_google(&name) {
            ensure!(is_file_name(&name), "{} has a name that no import should need", path.display());
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            texts.insert(name, text);
        }
    }
    Ok(())
}

/// What protox found wrong, and where.
fn describe(error: &protox::Error, opened: &str) -> String {
    let file = error.file().unwrap_or(opened);
    match protos::place(error, file) {
        Some((line, column)) => format!("{file}:{line}:{column}: {error}"),
        None => format!("{file}: {error}"),
    }
}
