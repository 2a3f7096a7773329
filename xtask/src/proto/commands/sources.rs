//! The handlers that a checkout of KiCad's sources registers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use super::Registered;
use super::cpp::{Names, template_arguments, without_comments};
use super::resolve::resolve;
use crate::proto::compile::{compile, read_folder};
use crate::proto::inventory::Inventory;

/// What stands before the types of a registration.
const CALL: &str = "registerHandler";
/// Where a checkout has its proto files, if it is a whole one.
const PROTO: &str = "api/proto";
/// Folders that hold nothing of KiCad's own.
const FOREIGN: [&str; 3] = ["thirdparty", "build", "node_modules"];

/// The handlers that the sources in `folder` register; `known` are the messages of our trees.
pub(super) fn read(folder: &Path, mut known: BTreeSet<String>) -> Result<Registered> {
    ensure!(folder.is_dir(), "there is no folder {}", folder.display());
    let proto = folder.join(PROTO);
    if proto.is_dir() {
        let files = read_folder(&proto).and_then(|texts| compile(&texts));
        let files = files.with_context(|| format!("cannot read the messages in {}", proto.display()))?;
        known.extend(Inventory::new(&files).messages().map(str::to_owned));
    }
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    // Headers by their name, for what files include.
    let mut headers: BTreeMap<&str, Vec<&Path>> = BTreeMap::new();
    for path in &files {
        if let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(|name| is_header(name)) {
            headers.entry(name).or_default().push(path);
        }
    }
    let mut registered = Registered::default();
    let mut unclear = Vec::new();
    for path in &files {
        let text = read_text(path)?;
        if !text.contains(CALL) {
            continue;
        }
        let text = without_comments(&text);
        let mut names = Names::default();
        for header in includes(&text).filter_map(|include| find(&headers, include)) {
            names.collect(&without_comments(&read_text(header)?));
        }
        // Only what a header declares counts for the files that include it, not the parameters of its templates.
        names.parameters.clear();
        names.collect(&text);
        let shown = path.strip_prefix(folder).unwrap_or(path).display().to_string();
        scan(&text, &shown, &names, &known, &mut registered, &mut unclear);
    }
    if !unclear.is_empty() {
        bail!("some registrations cannot be understood:\n{}", unclear.join("\n"));
    }
    ensure!(!registered.handlers.is_empty(), "no handler of a command is registered in {}", folder.display());
    Ok(registered)
}

/// Adds the handlers that `text` registers, which has no comments.
fn scan(
    text: &str,
    shown: &str,
    names: &Names,
    known: &BTreeSet<String>,
    registered: &mut Registered,
    unclear: &mut Vec<String>,
) {
    for (at, _) in text.match_indices(CALL) {
        let Some(arguments) = text[at + CALL.len()..].trim_start().strip_prefix('<') else {
            continue;
        };
        if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let line = 1 + text[..at].matches('\n').count();
        let place = format!("{shown}:{line}");
        let Some(arguments) = template_arguments(arguments) else {
            unclear.push(format!("{place}: the template arguments do not end"));
            continue;
        };
        // The template that registers may name its own parameters.
        if arguments.iter().any(|argument| names.parameters.contains(argument)) {
            continue;
        }
        let [request, response, ..] = arguments.as_slice() else {
            unclear.push(format!(
                "{place}: a registration has two types or more, and this one has `{}`",
                arguments.join(", ")
            ));
            continue;
        };
        match (resolve(request, names, known), resolve(response, names, known)) {
            (Ok(request), Ok(response)) => registered.add(request, response, &place),
            (request, response) => {
                let errors = [request, response].into_iter().filter_map(Result::err);
                unclear.extend(errors.map(|error| format!("{place}: {error}")));
            }
        }
    }
}

/// The files that `text` includes.
fn includes(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let name = line.trim_start().strip_prefix('#')?.trim_start().strip_prefix("include")?.trim();
        name.strip_prefix(['<', '"'])?.split(['>', '"']).next()
    })
}

/// The header that `include` means: the one whose path ends like that.
fn find<'a>(headers: &BTreeMap<&str, Vec<&'a Path>>, include: &str) -> Option<&'a Path> {
    let name = include.rsplit('/').next()?;
    headers.get(name)?.iter().copied().find(|path| path.ends_with(include.trim_start_matches("../")))
}

fn is_header(name: &str) -> bool {
    [".h", ".hpp", ".hh", ".hxx"].iter().any(|ending| name.ends_with(ending))
}

/// The C++ files below `folder`, in the order of their names. Links to folders are not followed, so this ends.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.with_context(|| format!("cannot read {}", folder.display()))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if !name.starts_with('.') && !FOREIGN.contains(&name.as_ref()) {
                collect(&path, files)?;
            }
        } else if is_header(&name) || [".cpp", ".cc", ".cxx"].iter().any(|ending| name.ends_with(ending)) {
            files.push(path);
        }
    }
    Ok(())
}

/// The text of a source file; what is no UTF-8 in it is in comments or quotes.
fn read_text(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// What a checkout with these files registers.
    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &Expect) {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let known = ["kiapi.common.commands.Ping", "kiapi.common.types.Box2", "kiapi.common.commands.GetBox"];
        let outcome = read(root.path(), known.map(str::to_owned).into()).map_or_else(
            |error| {
                format!(
                    "error: {}\n",
                    format!("{error:#}").replace(&root.path().display().to_string(), "ROOT")
                )
            },
            |registered| {
                let all = registered.handlers.iter().flat_map(|(request, responses)| {
                    responses
                        .iter()
                        .map(move |(response, place)| format!("{request} -> {response} ({place})\n"))
                });
                all.collect()
            },
        );
        expected.assert_eq(&outcome);
    }

    #[test]
    fn registrations_are_read_however_they_are_written() {
        check(
            &[
                (
                    "common/api/handler.cpp",
                    "#include <api/handler.h>\n\
                     using namespace kiapi::common::commands;\n\
                     HANDLER::HANDLER()\n{\n\
                     // registerHandler<Old, Gone>( &HANDLER::old );\n\
                     registerHandler<Ping, google::protobuf::Empty>( &HANDLER::ping );\n\
                     this->registerHandler <\n    GetBox,  // the box\n    types::Box2, HANDLER\n>( &HANDLER::box );\n\
                     log( \"registerHandler<A, B>\" );\n}\n",
                ),
                ("include/api/handler.h", "namespace types = kiapi::common::types;\n"),
                (
                    "include/api/base.h",
                    "template <class REQUEST, class RESPONSE>\nvoid all() { registerHandler<REQUEST, RESPONSE>(); }\n\
                     template <class A> void registerHandler( A a );\nunregisterHandler<int, int>();\n",
                ),
                ("thirdparty/x.cpp", "registerHandler<int, int>();"),
            ],
            &expect![[r"
                kiapi.common.commands.GetBox -> kiapi.common.types.Box2 (common/api/handler.cpp:7)
                kiapi.common.commands.Ping -> google.protobuf.Empty (common/api/handler.cpp:6)
            "]],
        );
    }

    #[test]
    fn messages_of_the_checkout_are_known_too() {
        check(
            &[
                (
                    "api/proto/new.proto",
                    "syntax = \"proto3\"; package kiapi.fresh; message Ask {} message Told {}",
                ),
                ("a.cpp", "registerHandler<Ask, Told>( x );"),
            ],
            &expect![[r"
                kiapi.fresh.Ask -> kiapi.fresh.Told (a.cpp:1)
            "]],
        );
    }

    #[test]
    fn what_is_not_understood_is_named_with_its_place() {
        check(
            &[
                (
                    "a.cpp",
                    "\nregisterHandler<Ping>( x );\nregisterHandler<Ping, Nonsense>( y );\nregisterHandler<Ping, ",
                ),
                ("b.h", ""),
            ],
            &expect![[r"
                error: some registrations cannot be understood:
                a.cpp:2: a registration has two types or more, and this one has `Ping`
                a.cpp:3: `Nonsense` is no message that is known
                a.cpp:4: the template arguments do not end
            "]],
        );
        check(
            &[("a.cpp", "int main() {}")],
            &expect![[r"
            error: no handler of a command is registered in ROOT
        "]],
        );
    }
}
