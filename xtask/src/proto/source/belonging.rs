//! Which files of a source belong to its KiCad.
//!
//! The wheels carry leftovers: files that were generated in a developer's folder for a branch that no KiCad was
//! released from, and that went into the package with the rest. So, in this order, a file is
//!
//! 1. taken or left out as `--include` and `--exclude` say;
//! 2. of a wheel: held against the tree of the very same KiCad, if we have one from its installation: what that KiCad
//!    does not carry is left out;
//! 3. of a wheel: left out when it was not written in the run that wrote the wheel's version. The wheel's build writes
//!    `kicad_api_version.py` and all `*_pb2.py` together, for the KiCad that is named in it; what an earlier run left
//!    behind is older. A file that becomes genuine is generated in that run, and so is taken;
//! 4. of a wheel whose times say nothing: taken if a tree that we have carries it. Nobody can tell for any other file,
//!    so a person must;
//! 5. left out if it does not link: without what it imports nobody can use it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use super::{Found, FoundFile, Generated, Kind, by_name};
use crate::inputs::sources::{Sources, TreeSource};
use crate::inputs::version::Version;
use crate::proto::descriptors::Files;
use crate::proto::link::link;

/// How long, in seconds, a run that generates files may take. Those that made the wheels took two; what was left
/// behind by another run is older by minutes at least.
const RUN: i64 = 60;

/// What a person says about files.
#[derive(Debug, Default, Clone)]
pub(crate) struct Choice {
    pub(crate) include: Vec<String>,
    pub(crate) exclude: Vec<String>,
}

/// A file that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LeftOut {
    pub(crate) file: String,
    pub(crate) why: String,
}

/// The files of `found` that belong to `version`, and the others.
pub(super) fn choose(
    found: &Found,
    version: Version,
    choice: &Choice,
    trees: &Sources,
) -> Result<(Files, Vec<LeftOut>)> {
    let files = by_name(&found.files, &found.name)?;
    for name in choice.include.iter().chain(&choice.exclude) {
        if !files.contains_key(name) {
            let names: Vec<_> = files.keys().map(String::as_str).collect();
            bail!("{} holds no file {name}; it holds {}", found.name, names.join(", "));
        }
    }

    let (mut kept, mut left_out, mut undecided) = (Files::new(), Vec::new(), Vec::new());
    for (name, file) in &files {
        let verdict = if choice.exclude.contains(name) {
            Verdict::LeaveOut("--exclude says so".to_owned())
        } else if choice.include.contains(name) {
            Verdict::Take
        } else {
            judge(found, version, name, file, trees)
        };
        match verdict {
            Verdict::Take => drop(kept.insert(name.clone(), file.descriptor.clone())),
            Verdict::LeaveOut(why) => left_out.push(LeftOut { file: name.clone(), why }),
            Verdict::Unknown => undecided.push(name.as_str()),
        }
    }
    if !undecided.is_empty() {
        let flags = |flag: &str| undecided.iter().map(|name| format!(" --{flag} {name}")).collect::<String>();
        bail!(
            "{} does not tell whether it was generated as a whole, for its times say nothing; no tree under proto/ has \
             {}. Say which of them KiCad {version} has (its libkiapi tells: `cargo xtask proto import --kicad PREFIX`), \
             by{} or{}",
            found.name,
            undecided.join(", "),
            flags("include"),
            flags("exclude"),
        );
    }

    let (linked, broken) = link(kept);
    for (name, why) in broken {
        if choice.include.contains(&name) {
            bail!("{name} cannot be taken, because it does not link: {why}");
        }
        left_out.push(LeftOut { file: name, why: format!("it does not link: {why}") });
    }
    note_what_does_not_link(&files, &linked, &mut left_out);
    left_out.sort();
    Ok((linked, left_out))
}

enum Verdict {
    Take,
    LeaveOut(String),
    Unknown,
}

fn judge(found: &Found, version: Version, name: &String, file: &FoundFile, trees: &Sources) -> Verdict {
    if found.kind != Kind::Wheel {
        return Verdict::Take;
    }
    let is_installed = |tree: &&TreeSource| tree.kicad == version && tree.kind == Kind::Installation.name();
    if let Some(tree) = trees.iter().find(is_installed) {
        return match tree.files.contains(name) {
            true => Verdict::Take,
            false => Verdict::LeaveOut(format!(
                "the installed KiCad {version}, which proto/{} is from, has no such file",
                tree.dir
            )),
        };
    }
    match (found.generated, file.written) {
        (Generated::AtOnce, _) => Verdict::Take,
        (Generated::At(stamp), Some(written)) if (written - stamp).abs() <= RUN => Verdict::Take,
        (Generated::At(stamp), Some(written)) => Verdict::LeaveOut(format!(
            "it was generated {} {} those for KiCad {version}, and so not with them",
            duration((written - stamp).abs()),
            if written < stamp { "before" } else { "after" },
        )),
        _ if trees.iter().any(|tree| tree.files.contains(name)) => Verdict::Take,
        _ => Verdict::Unknown,
    }
}

/// A time span as people say it.
fn duration(seconds: i64) -> String {
    let (count, unit) = match seconds {
        ..120 => (seconds, "seconds"),
        120..7200 => (seconds / 60, "minutes"),
        7200..172_800 => (seconds / 3600, "hours"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{count} {unit}")
}

/// Adds to what was left out for another reason that it would not even link.
fn note_what_does_not_link(files: &BTreeMap<String, &FoundFile>, linked: &Files, left_out: &mut [LeftOut]) {
    let names: BTreeSet<&str> = left_out.iter().map(|left| left.file.as_str()).collect();
    let mut all = linked.clone();
    all.extend(names.iter().map(|name| ((*name).to_owned(), files[*name].descriptor.clone())));
    let (_, broken) = link(all);
    for left in left_out {
        if left.why.contains("does not link") {
            continue;
        }
        if let Some((_, why)) = broken.iter().find(|(name, _)| *name == left.file) {
            left.why.push_str(&format!("; nor would it link: {why}"));
        }
    }
}
