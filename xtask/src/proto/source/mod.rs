//! Where descriptors come from: a wheel, an installed KiCad, a folder of `.proto` files, a descriptor set.

mod belonging;
mod checkout;
mod embedded;
mod installed;
mod python;
mod wheel;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use prost_types::FileDescriptorProto;

pub(crate) use self::belonging::{Choice, LeftOut};
pub(crate) use self::checkout::version as checkout_version;
pub(crate) use self::installed::Installation;
use super::compile::{compile, read_folder};
use super::descriptors::{Files, decode_set, is_file_name, is_google, normalise, sha256};
use crate::inputs::protos::Texts;
use crate::inputs::sources::Sources;
use crate::inputs::version::Version;

/// The largest file that is read as a wheel or a descriptor set.
const MAX_FILE: u64 = 256 << 20;
/// How every zip file begins, and so every wheel.
const ZIP: &[u8] = b"PK\x03\x04";

/// Something to read descriptors from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A wheel, a descriptor set or a folder of `.proto` files: looking at it tells which.
    Path(PathBuf),
    /// The prefix of an installed KiCad.
    Installed(PathBuf),
}

impl Source {
    /// What lies at `path`: an installed KiCad, if there is one, and otherwise what looking at it tells.
    pub(crate) fn at(path: &Path) -> Self {
        let is_installed = path.is_dir() && Installation::find(path).is_ok();
        if is_installed { Self::Installed(path.to_path_buf()) } else { Self::Path(path.to_path_buf()) }
    }
}

/// What kind of thing descriptors were read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Wheel,
    Installation,
    Folder,
    DescriptorSet,
}

impl Kind {
    /// As `proto/sources.toml` spells it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Wheel => "wheel",
            Self::Installation => "installation",
            Self::Folder => "folder",
            Self::DescriptorSet => "descriptor set",
        }
    }
}

/// The files of one KiCad, and where they were found.
#[derive(Debug, Clone)]
pub(crate) struct Descriptors {
    pub(crate) kind: Kind,
    /// The name of the file or folder, without where it lies.
    pub(crate) name: String,
    /// The sha256 of the file, or of the files in the folder.
    pub(crate) sha256: String,
    pub(crate) version: Version,
    /// What belongs to this KiCad.
    pub(crate) files: Files,
    /// What does not.
    pub(crate) left_out: Vec<LeftOut>,
}

impl Descriptors {
    /// Reads `source`. `version` overrules what the source says of its version; `trees` are those we have already.
    pub(crate) fn read(
        source: &Source,
        version: Option<Version>,
        choice: &Choice,
        trees: &Sources,
    ) -> Result<Self> {
        let found = find(source, choice)?;
        let shown = &found.name;
        let version = version.or(found.version).with_context(|| {
            format!(
                "{shown} does not say which KiCad it is of; say it with --kicad-version, for example 10.0.6"
            )
        })?;
        let (files, left_out) = belonging::choose(&found, version, choice, trees)?;
        ensure!(!files.is_empty(), "{shown} holds no proto file that could be taken");
        Ok(Self { kind: found.kind, name: found.name, sha256: found.sha256, version, files, left_out })
    }

    /// Like [`read`](Self::read), for a source that need not say its version; the version that it says comes with it.
    pub(crate) fn read_as_found(source: &Source, trees: &Sources) -> Result<(Self, Option<Version>)> {
        let choice = Choice::default();
        let found = find(source, &choice)?;
        let said = found.version;
        let version = said.unwrap_or(Version::new(0, 0, 0));
        let (files, left_out) = belonging::choose(&found, version, &choice, trees)?;
        ensure!(!files.is_empty(), "{} holds no proto file that could be taken", found.name);
        Ok((
            Self { kind: found.kind, name: found.name, sha256: found.sha256, version, files, left_out },
            said,
        ))
    }
}

/// An error if a source says that it is of another KiCad than this one.
pub(crate) fn check_version(source: &Source, version: Version) -> Result<()> {
    let (name, said) = match source {
        Source::Installed(prefix) => {
            let installation = Installation::find(prefix)?;
            (installation.libkiapi.display().to_string(), installation.version())
        }
        Source::Path(path) => (path.display().to_string(), read_path(path, &Choice::default())?.version),
    };
    match said.filter(|said| *said != version) {
        Some(said) => {
            bail!("{name} is of KiCad {said}, not of KiCad {version}; name that version, or another source")
        }
        None => Ok(()),
    }
}

fn find(source: &Source, choice: &Choice) -> Result<Found> {
    match source {
        Source::Installed(prefix) => installed::read(&Installation::find(prefix)?),
        Source::Path(path) => read_path(path, choice),
    }
}

/// What a source holds, before it is known which of it belongs.
#[derive(Debug)]
struct Found {
    kind: Kind,
    name: String,
    sha256: String,
    version: Option<Version>,
    files: Vec<FoundFile>,
    /// When the source says that its files were generated.
    generated: Generated,
}

#[derive(Debug)]
struct FoundFile {
    descriptor: FileDescriptorProto,
    /// When it was written, in seconds of a calendar without zones.
    written: Option<i64>,
}

impl FoundFile {
    fn new(descriptor: FileDescriptorProto, written: Option<i64>) -> Self {
        Self { descriptor: normalise(descriptor), written }
    }
}

/// When the files of a source were generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Generated {
    /// There is nothing to ask: all of it was read from one thing.
    AtOnce,
    /// When the version was stamped, which happens in the run that generates the files.
    At(i64),
    /// The times say nothing: there are none, or all files have the same.
    Unknown,
}

fn read_path(path: &Path, choice: &Choice) -> Result<Found> {
    let shown = path.display();
    let data = fs::metadata(path).with_context(|| format!("cannot read {shown}"))?;
    let name = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let name = name.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if data.is_dir() {
        return folder(path, name, choice).with_context(|| format!("cannot import the folder {shown}"));
    }
    let bytes = read_file(path)?;
    if bytes.starts_with(ZIP) {
        return wheel::read(name, &bytes).with_context(|| format!("cannot import the wheel {shown}"));
    }
    let files = decode_set(&bytes).with_context(|| {
        format!(
            "{shown} is none of what can be imported: no folder, no wheel (a zip file), no descriptor set"
        )
    })?;
    let files = files.into_iter().map(|file| FoundFile::new(file, None)).collect();
    let generated = Generated::AtOnce;
    Ok(Found { kind: Kind::DescriptorSet, name, sha256: sha256(&bytes), version: None, files, generated })
}

/// A file, unless it is so large that it cannot be what is looked for.
fn read_file(path: &Path) -> Result<Vec<u8>> {
    let read = || {
        let mut bytes = Vec::new();
        fs::File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
        Ok::<_, std::io::Error>(bytes)
    };
    let bytes = read().with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(bytes.len() as u64 <= MAX_FILE, "{} is larger than {} MiB", path.display(), MAX_FILE >> 20);
    Ok(bytes)
}

fn folder(path: &Path, name: String, choice: &Choice) -> Result<Found> {
    let mut texts = read_folder(path)?;
    ensure!(!texts.is_empty(), "there is no .proto file in it");
    let sha256 = digest_of_texts(&texts);
    // What is excluded need not compile; it stays known by name, so that the choice can be checked.
    texts.retain(|name, _| !choice.exclude.contains(name));
    let compiled =
        compile(&texts).context("its files do not compile; is it the folder that imports start from?")?;
    let mut files: Vec<_> = compiled.into_values().map(|file| FoundFile::new(file, None)).collect();
    let excluded = choice.exclude.iter().filter(|name| path.join(name).is_file());
    files.extend(excluded.map(|name| {
        let descriptor = FileDescriptorProto { name: Some(name.clone()), ..FileDescriptorProto::default() };
        FoundFile::new(descriptor, None)
    }));
    let version = checkout_version(path)?;
    Ok(Found { kind: Kind::Folder, name, sha256, version, files, generated: Generated::AtOnce })
}

/// The sha256 of all names and texts.
fn digest_of_texts(texts: &Texts) -> String {
    let list: String =
        texts.iter().map(|(name, text)| format!("{} {name}\n", sha256(text.as_bytes()))).collect();
    sha256(list.as_bytes())
}

/// The files that count: none of google/protobuf, each once, and none that would be written elsewhere.
fn by_name<'a>(files: &'a [FoundFile], shown: &str) -> Result<BTreeMap<String, &'a FoundFile>> {
    let mut result = BTreeMap::new();
    for file in files.iter().filter(|file| !is_google(file.descriptor.name())) {
        let name = file.descriptor.name();
        ensure!(
            is_file_name(name),
            "{shown} holds a file by the name `{}`, which no import should need",
            name.escape_debug()
        );
        if let Some(other) = result.insert(name.to_owned(), file) {
            ensure!(other.descriptor == file.descriptor, "{shown} holds {name} twice, and not the same");
        }
    }
    Ok(result)
}
