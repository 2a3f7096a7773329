//! Where apt gets its packages from, read from its own files, because hosts of archives are written nowhere in this project.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// The folder in which most of the files lie, and the file beside it.
const FILES: (&str, &str) = ("/etc/apt/sources.list.d", "/etc/apt/sources.list");
/// What else must be said of a source for apt to trust it and to read it, by its name in a `.sources` file.
const KEPT: [&str; 4] = ["Signed-By", "Architectures", "Trusted", "Check-Valid-Until"];

/// One source of binary packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) uris: Vec<String>,
    suites: Vec<String>,
    components: Vec<String>,
    /// Those of [`KEPT`] that are set, with their values.
    options: Vec<(&'static str, String)>,
}

/// All sources that apt uses on this machine.
pub(crate) fn of_this_machine() -> Result<Vec<Source>> {
    let (dir, file) = FILES;
    let mut paths = vec![Path::new(file).to_path_buf()];
    if let Ok(entries) = fs::read_dir(dir) {
        paths.extend(entries.flatten().map(|entry| entry.path()));
    }
    paths.sort();
    let mut sources = Vec::new();
    for path in paths.iter().filter(|path| path.is_file()) {
        let text = || fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("list") => sources.extend(one_line(&text()?)),
            Some("sources") => sources.extend(deb822(&text()?)),
            _ => {}
        }
    }
    Ok(sources)
}

impl Source {
    pub(crate) fn has(&self, suite: &str, component: &str) -> bool {
        let has = |list: &[String], wanted: &str| list.iter().any(|one| one == wanted);
        has(&self.suites, suite) && has(&self.components, component)
    }

    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The text of a `.sources` file for another suite of the same archive, trusted in the same way.
    pub(crate) fn with_suite(&self, suite: &str) -> String {
        let uris = self.uris.join(" ");
        let options: String = self.options.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        format!(
            "# Written by `cargo xtask setup`.\nTypes: deb\nURIs: {uris}\nSuites: {suite}\nComponents: main\n{options}"
        )
    }
}

/// Reads the older format: `deb [signed-by=FILE] URI SUITE COMPONENT…`.
fn one_line(text: &str) -> Vec<Source> {
    text.lines().filter_map(|line| one_line_source(line.split('#').next()?)).collect()
}

fn one_line_source(line: &str) -> Option<Source> {
    let rest = line.trim().strip_prefix("deb")?;
    // Not `deb-src`.
    let rest = rest.strip_prefix([' ', '\t'])?.trim_start();
    let (bracket, rest) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => ("", rest),
    };
    let mut options = Vec::new();
    for (name, value) in bracket.split_whitespace().filter_map(|option| option.split_once('=')) {
        let name = if name == "arch" { "Architectures" } else { name };
        if let Some(name) = KEPT.into_iter().find(|kept| kept.eq_ignore_ascii_case(name)) {
            options.push((name, value.replace(',', " ")));
        }
    }
    let mut words = rest.split_whitespace().map(str::to_owned);
    let (uri, suite) = (words.next()?, words.next()?);
    Some(Source { uris: vec![uri], suites: vec![suite], components: words.collect(), options })
}

/// Reads the newer format: paragraphs of `Name: value`, whose values may go on in lines that begin with a blank.
fn deb822(text: &str) -> Vec<Source> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    lines.split(|line| line.trim().is_empty()).filter_map(deb822_source).collect()
}

fn deb822_source(lines: &[&str]) -> Option<Source> {
    let mut fields: Vec<(&str, String)> = Vec::new();
    for line in lines {
        if line.starts_with([' ', '\t']) {
            let (_, value) = fields.last_mut()?;
            value.push('\n');
            value.push_str(line);
        } else {
            let (name, value) = line.split_once(':')?;
            fields.push((name.trim(), value.trim().to_owned()));
        }
    }
    let field = |wanted: &str| {
        fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_str())
    };
    let words =
        |wanted| field(wanted).map(|value| value.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    if field("Enabled").is_some_and(|value| ["no", "false", "0"].contains(&value)) {
        return None;
    }
    let types = words("Types")?;
    let options = KEPT.into_iter().filter_map(|name| Some((name, field(name)?.to_owned()))).collect();
    let source = Source {
        uris: words("URIs")?,
        suites: words("Suites")?,
        components: words("Components").unwrap_or_default(),
        options,
    };
    types.iter().any(|kind| kind == "deb").then_some(source)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    const DEB822: &str = "\
Types: deb deb-src
# a remark in the middle
URIs: http://archive.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://archive.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
URIs: http://archive.example/debian
Suites: bookworm-backports
Components: main
Enabled: no

Types: deb-src
URIs: http://archive.example/debian
Suites: bookworm
Components: main
";

    #[test]
    fn paragraphs_become_sources() {
        let sources = deb822(DEB822);
        assert_eq!(sources.len(), 2, "neither what is switched off nor source code");
        assert!(sources[0].has("bookworm", "main") && sources[0].has("bookworm-updates", "contrib"));
        assert!(!sources.iter().any(|source| source.has("bookworm-backports", "main")));
        expect![[r"
            # Written by `cargo xtask setup`.
            Types: deb
            URIs: http://archive.example/debian
            Suites: bookworm-backports
            Components: main
            Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
        "]]
        .assert_eq(&sources[0].with_suite("bookworm-backports"));
    }

    #[test]
    fn a_key_within_the_file_stays_whole() {
        let text = "Types: deb\nURIs: http://archive.example/\nSuites: stable\nComponents: main\nSigned-By:\n \
                    -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n -----END PGP PUBLIC KEY BLOCK-----\n";
        let written = deb822(text)[0].with_suite("stable-backports");
        assert_eq!(deb822(&written)[0].option("Signed-By"), deb822(text)[0].option("Signed-By"));
        assert!(written.contains("\n .\n mQINBF\n"), "{written}");
    }

    #[test]
    fn lines_become_sources() {
        let text = "\
# deb http://archive.example/debian bookworm-backports main
deb http://archive.example/debian bookworm main contrib # a remark
deb-src http://archive.example/debian bookworm main
deb [ arch=amd64,arm64 signed-by=/usr/share/keyrings/a.gpg lang=en ] http://archive.example/a stable main
debtor http://archive.example/a stable main
deb [broken http://archive.example/a stable main
deb http://archive.example/flat
";
        let sources = one_line(text);
        assert_eq!(sources.len(), 2);
        assert!(sources[0].has("bookworm", "contrib"));
        expect![[r"
            # Written by `cargo xtask setup`.
            Types: deb
            URIs: http://archive.example/a
            Suites: stable-backports
            Components: main
            Architectures: amd64 arm64
            Signed-By: /usr/share/keyrings/a.gpg
        "]]
        .assert_eq(&sources[1].with_suite("stable-backports"));
    }

    #[test]
    fn nonsense_is_no_source() {
        for text in ["", "\n\n\n", ":", " x", "Types: deb", "URIs: x\nSuites: y", "deb", "deb ", "deb ["] {
            assert_eq!(deb822(text), [], "{text}");
            assert_eq!(one_line(text), [], "{text}");
        }
    }
}
