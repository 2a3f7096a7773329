//! `kiapi plugin new`: a plugin that works, to be changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::icon::{self, Theme};
use super::project::shown;
use crate::failure::Usage;
use crate::output::{self, Format};
use crate::table::say;

/// Begin a plugin: a Cargo project with an action that works, icons, and tests without KiCad
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi plugin new my-plugin
  kiapi plugin new my-plugin --identifier com.example.my-plugin --author 'Ada Lovelace'")]
pub(super) struct Args {
    /// What it is called: letters, digits and hyphens
    name: String,
    /// The name by which KiCad knows it: a domain from back to front, and a name [default: com.example.NAME]
    #[arg(long, value_name = "IDENTIFIER")]
    identifier: Option<String>,
    /// The folder to make, which must not be there yet, or be empty [default: NAME]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Who writes it [default: who git says you are]
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// Use the crates of a checkout of kiapi, and not those of crates.io
    #[arg(long, value_name = "PATH")]
    kiapi_path: Option<PathBuf>,
}

/// The files of a new plugin, with blanks to fill in.
const FILES: [(&str, &str); 9] = [
    ("Cargo.toml", include_str!("template/Cargo.toml.in")),
    ("plugin.json", include_str!("template/plugin.json.in")),
    ("metadata.json", include_str!("template/metadata.json.in")),
    ("src/lib.rs", include_str!("template/lib.rs.in")),
    ("src/main.rs", include_str!("template/main.rs.in")),
    ("tests/emulator.rs", include_str!("template/test.rs.in")),
    (".github/workflows/ci.yml", include_str!("template/ci.yml.in")),
    ("README.md", include_str!("template/README.md.in")),
    (".gitignore", include_str!("template/gitignore.in")),
];

/// The icons of a new plugin.
const ICONS: [(&str, u32, Theme); 5] = [
    ("icons/light-24.png", 24, Theme::Light),
    ("icons/light-48.png", 48, Theme::Light),
    ("icons/dark-24.png", 24, Theme::Dark),
    ("icons/dark-48.png", 48, Theme::Dark),
    ("resources/icon.png", 64, Theme::Light),
];

pub(super) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let name = valid_name(&args.name)
        .map_err(|why| Usage(format!("`{}` is no name for a plugin: {why}", args.name)))?;
    let identifier =
        args.identifier.clone().unwrap_or_else(|| format!("com.example.{}", name.replace('_', "-")));
    check_identifier(&identifier)?;
    let author = args.author.clone().or_else(git_user).unwrap_or_else(|| "Nobody Yet".to_owned());
    let folder = args.dir.clone().unwrap_or_else(|| PathBuf::from(name));
    let is_free = fs::read_dir(&folder).map_or(!folder.exists(), |mut entries| entries.next().is_none());
    if !is_free {
        bail!("{} is there already, and not empty", folder.display());
    }
    let blanks = [
        ("name", name.to_owned()),
        ("crate", name.replace('-', "_")),
        ("title", title(name)),
        ("identifier", identifier.clone()),
        ("author", author),
        ("kiapi", dependency(args.kiapi_path.as_deref(), "kiapi")?),
        ("kiapi_emulator", dependency(args.kiapi_path.as_deref(), "kiapi-emulator")?),
    ];
    let mut written = Vec::new();
    let mut write = |name: &str, content: &[u8]| -> anyhow::Result<()> {
        let path = folder.join(name);
        let parent = path.parent().expect("it lies in the folder");
        fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        written.push(name.to_owned());
        Ok(())
    };
    for (name, template) in FILES {
        write(name, fill_in(name, template, &blanks).as_bytes())?;
    }
    for (name, size, theme) in ICONS {
        write(name, &icon::draw(size, theme))?;
    }
    match format {
        Format::Json => {
            output::json(&json!({ "folder": folder, "identifier": identifier, "files": written }));
        }
        Format::Text => {
            say!("made {} in {}", identifier, shown(&folder));
            if args.identifier.is_none() {
                say!(
                    "replace `com.example` by your domain in plugin.json and metadata.json before others get it"
                );
            }
            say!("\nnext:\n  cd {}\n  cargo test\n  kiapi plugin install", folder.display());
        }
    }
    Ok(())
}

/// A name that Cargo takes for a package and its library, and that fits into an identifier.
fn valid_name(name: &str) -> Result<&str, &'static str> {
    /// Words of Rust that no library can be called, and names that Cargo or Rust has given already.
    const TAKEN: [&str; 60] = [
        "abstract",
        "alloc",
        "as",
        "async",
        "await",
        "become",
        "box",
        "break",
        "build",
        "const",
        "continue",
        "core",
        "crate",
        "deps",
        "do",
        "dyn",
        "else",
        "enum",
        "examples",
        "extern",
        "false",
        "final",
        "fn",
        "for",
        "gen",
        "if",
        "impl",
        "in",
        "incremental",
        "kiapi",
        "let",
        "loop",
        "macro",
        "match",
        "mod",
        "move",
        "mut",
        "override",
        "priv",
        "proc-macro",
        "pub",
        "ref",
        "return",
        "self",
        "static",
        "std",
        "struct",
        "super",
        "test",
        "trait",
        "true",
        "try",
        "type",
        "typeof",
        "unsafe",
        "unsized",
        "use",
        "virtual",
        "where",
        "while",
    ];
    let bytes = name.as_bytes();
    if !bytes.first().is_some_and(u8::is_ascii_lowercase) {
        return Err("it must begin with a small letter");
    }
    if !bytes.last().is_some_and(u8::is_ascii_alphanumeric) {
        return Err("it must end with a letter or a digit");
    }
    if !bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(byte)) {
        return Err("it may have only small letters, digits, hyphens and underscores");
    }
    if bytes.len() > 50 {
        return Err("it is longer than 50 characters");
    }
    if TAKEN.contains(&name) || name == "yield" || name == "kiapi-emulator" || name == "kiapi_emulator" {
        return Err("the word is taken by Rust, Cargo, or what the plugin uses");
    }
    Ok(name)
}

/// What KiCad refuses is refused here already.
fn check_identifier(identifier: &str) -> anyhow::Result<()> {
    let found = super::check::identifier_problems(identifier);
    match found.first() {
        None => Ok(()),
        Some((what, fix)) => Err(Usage(format!("{what}; {fix}")).into()),
    }
}

/// `my-plugin` for people: `My plugin`.
fn title(name: &str) -> String {
    let words = name.replace(['-', '_'], " ");
    let mut chars = words.chars();
    chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
}

fn git_user() -> Option<String> {
    let git =
        Command::new("git").args(["config", "user.name"]).stdin(Stdio::null()).stderr(Stdio::null()).output();
    let name = String::from_utf8(git.ok()?.stdout).ok()?.trim().to_owned();
    (!name.is_empty()).then_some(name)
}

/// What stands behind `kiapi =` in the manifest.
fn dependency(checkout: Option<&Path>, name: &str) -> anyhow::Result<String> {
    let Some(checkout) = checkout else {
        let version = env!("CARGO_PKG_VERSION");
        let line = version.rsplit_once('.').map_or(version, |(line, _)| line);
        return Ok(quoted(line));
    };
    let folder = checkout.join("crates").join(name);
    let folder = fs::canonicalize(&folder).with_context(|| {
        format!("there is no {}; --kiapi-path wants a checkout of kiapi", folder.display())
    })?;
    Ok(format!("{{ path = {} }}", quoted(&folder.display().to_string())))
}

/// A text in quotes as JSON has it, which TOML reads too.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// What stands between the quotes.
fn inner(text: &str) -> String {
    let quoted = quoted(text);
    quoted[1..quoted.len() - 1].to_owned()
}

fn fill_in(name: &str, template: &str, blanks: &[(&str, String)]) -> String {
    let is_quoted = name.ends_with(".json") || name.ends_with(".toml");
    let mut text = template.to_owned();
    for (blank, value) in blanks {
        let is_word = is_quoted && !blank.starts_with("kiapi");
        let value = if is_word { inner(value) } else { value.clone() };
        text = text.replace(&format!("{{{{{blank}}}}}"), &value);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_cargo_takes() {
        for name in ["a1", "my-plugin", "my_plugin", "x"] {
            assert!(valid_name(name).is_ok(), "{name}");
        }
        for name in ["", "1a", "My", "a-", "a b", "a/b", "..", "test", "async", "kiapi", &"a".repeat(51), "ä"]
        {
            assert!(valid_name(name).is_err(), "{name}");
        }
        assert_eq!(title("my-plugin"), "My plugin");
    }

    #[test]
    fn words_are_quoted_where_they_must_be() {
        let blanks = [("author", "B \\ \"A\"".to_owned())];
        assert_eq!(fill_in("x.json", "\"{{author}}\"", &blanks), r#""B \\ \"A\"""#);
        assert_eq!(fill_in("README.md", "{{author}}", &blanks), "B \\ \"A\"");
    }
}
