//! `kiapi plugin check`: what is wrong with a plugin, before KiCad keeps silent about it.

mod files;
mod manifest;
mod package;
mod problem;

use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

use self::problem::{Place, Problem, Rule};
use super::Folder;
use super::project::Project;
use crate::failure::Found;
use crate::output::{self, Format};
use crate::table::{dim, green, red, say};

/// Say what is wrong with a plugin, and how to mend it
///
/// Holds plugin.json, the icons, the program and, if it is there, metadata.json against the rules of KiCad 9.0 and 10.0:
/// those of the schemas that are installed with them, and what they do beyond that. KiCad itself says nothing: it leaves
/// the plugin out, or shows a button that does nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Each problem breaks one kind of rule:
  schema  KiCad's schema, by which its repository judges
  kicad   KiCad 9.0 or 10.0 was seen to do something else than it should
  advice  it works, and not as well as it could

Exits with 7 if anything is found.

Examples:
  kiapi plugin check
  kiapi plugin check ~/.local/share/kicad/10.0/plugins/my-plugin --json")]
pub(super) struct Args {
    #[command(flatten)]
    folder: Folder,
}

pub(super) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let found = check(&args.folder.dir)?;
    match format {
        Format::Json => {
            let problems: Vec<Value> = found.iter().map(Problem::json).collect();
            output::json(&json!({ "problems": problems }));
        }
        Format::Text => {
            for problem in &found {
                say!("{}", text_of(problem));
            }
            match found.len() {
                0 => say!("{}", green("nothing is wrong")),
                1 => say!("1 problem"),
                count => say!("{count} problems"),
            }
        }
    }
    if found.is_empty() { Ok(()) } else { Err(Found.into()) }
}

fn text_of(problem: &Problem) -> String {
    let at = if problem.at.is_empty() { String::new() } else { format!(" {}", problem.at) };
    let rule = problem.rule.to_string();
    let rule = if problem.rule == Rule::Advice { dim(&rule) } else { red(&rule) };
    format!("{rule} {}{at}: {}\n  {} {}", problem.file, problem.what, green("fix:"), problem.fix)
}

/// All that is wrong with the plugin in a folder.
pub(super) fn check(folder: &Path) -> anyhow::Result<Vec<Problem>> {
    let mut found = Vec::new();
    if let Some(manifest) = read(folder, "plugin.json", &mut found)? {
        found.extend(manifest::check("plugin.json", &manifest));
        found.extend(files::check_icons(folder, &manifest));
        let project = Project::open(folder)?;
        found.extend(files::check_programs(&project));
        let is_there = folder.join("metadata.json").is_file();
        let metadata = if is_there { read(folder, "metadata.json", &mut found)? } else { None };
        if let Some(metadata) = metadata {
            found.extend(package::check("metadata.json", &metadata));
            found.extend(files::check_package(&project, &metadata));
        }
    }
    found.sort();
    Ok(found)
}

/// What is wrong with an identifier, and the fix for each.
pub(super) fn identifier_problems(identifier: &str) -> Vec<(String, String)> {
    let value = Value::from(identifier);
    let mut found = Vec::new();
    manifest::check_identifier(&Place::whole("plugin.json", &value), &mut found);
    found.into_iter().map(|problem| (problem.what, problem.fix)).collect()
}

/// A JSON file, or a problem if it is none.
fn read(folder: &Path, name: &str, found: &mut Vec<Problem>) -> anyhow::Result<Option<Value>> {
    let path = folder.join(name);
    let text = crate::files::text(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let place = |what: String, rule, fix: &str| Place::whole(name, &Value::Null).problem(rule, what, fix);
    let plain = text.trim_start_matches('\u{feff}');
    if plain.len() < text.len() {
        let what = "it begins with a byte order mark, which KiCad reads and other programs do not";
        found.push(place(what.to_owned(), Rule::Advice, "save it as UTF-8 without one"));
    }
    match serde_json::from_str(plain) {
        Ok(value) => Ok(Some(value)),
        Err(error) => {
            found.push(place(format!("it is no JSON: {error}"), Rule::Schema, "correct it there"));
            Ok(None)
        }
    }
}
