//! What a machine may lack, and whether it may: `KIAPI_REQUIRE`.

use std::collections::BTreeSet;
use std::env;
use std::fmt;

use anyhow::{Result, anyhow};

use crate::kicad::install::{Line, on_path};
use crate::workspace;

/// Something that a machine may lack, as `KIAPI_REQUIRE` spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    Kicad(Line),
    Nng,
    Python,
    Npm,
    /// It counts instructions.
    Valgrind,
    /// The oldest Rust that is promised to do, beside the one that runs this.
    OldestRust,
    /// A program that cargo installs.
    Tool(Tool),
}

/// A program that maintainers need now and then, and that `cargo xtask setup --tools` installs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tool {
    /// Licences, sources and double versions of dependencies.
    Deny,
    /// What breaks those who use the crates.
    SemverChecks,
    /// The book.
    Mdbook,
    /// Dependencies that nothing uses.
    Machete,
}

impl Tool {
    pub(crate) const ALL: [Self; 4] = [Self::Deny, Self::SemverChecks, Self::Mdbook, Self::Machete];

    /// The name of the program, and of the package that has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Deny => "cargo-deny",
            Self::SemverChecks => "cargo-semver-checks",
            Self::Mdbook => "mdbook",
            Self::Machete => "cargo-machete",
        }
    }

    pub(crate) fn is_there(self) -> bool {
        on_path(self.name()).is_some()
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kicad(line) => write!(f, "kicad-{line}"),
            Self::Nng => f.write_str("nng"),
            Self::Python => f.write_str("python"),
            Self::Npm => f.write_str("npm"),
            Self::Valgrind => f.write_str("valgrind"),
            Self::OldestRust => f.write_str("oldest-rust"),
            Self::Tool(tool) => f.write_str(tool.name()),
        }
    }
}

impl Need {
    /// Reads `KIAPI_REQUIRE`: `kicad-9.0,nng`.
    pub(crate) fn parse_all(text: &str, lines: &[Line]) -> Result<BTreeSet<Self>, String> {
        let kicads = lines.iter().copied().map(Self::Kicad);
        let others = [Self::Nng, Self::Python, Self::Npm, Self::Valgrind, Self::OldestRust];
        let known: Vec<Self> = kicads.chain(others).chain(Tool::ALL.into_iter().map(Self::Tool)).collect();
        let (mut needs, mut unknown) = (BTreeSet::new(), Vec::new());
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match known.iter().find(|need| need.to_string() == word) {
                Some(need) => {
                    needs.insert(*need);
                }
                None => unknown.push(format!("`{word}`")),
            }
        }
        if unknown.is_empty() {
            return Ok(needs);
        }
        let known: Vec<_> = known.iter().map(Self::to_string).collect();
        Err(format!(
            "KIAPI_REQUIRE has the unknown words {}; known: {}",
            unknown.join(", "),
            known.join(", ")
        ))
    }

    /// What the environment says may not be lacking.
    pub(crate) fn required() -> Result<BTreeSet<Self>> {
        let words = env::var("KIAPI_REQUIRE").unwrap_or_default();
        Self::parse_all(&words, &workspace::lines()?).map_err(|error| anyhow!(error))
    }

    /// What is lacking, and how to get it.
    pub(crate) fn how(self) -> String {
        match self {
            Self::Kicad(line) => {
                format!("no KiCad {line} is found; `cargo xtask setup --kicad {line}` installs it")
            }
            Self::Python => {
                "Python cannot make virtual environments; `cargo xtask setup` installs what it needs"
                    .to_owned()
            }
            Self::Npm => "npm is not found; it brings buf".to_owned(),
            Self::Valgrind => {
                "valgrind is not found; the package of that name has it".to_owned()
            }
            Self::Nng => "cmake and make are not both found; libnng is built with them".to_owned(),
            Self::OldestRust => {
                "the oldest Rust that is promised to do is not installed; `cargo xtask setup --oldest-rust` asks rustup for it"
                    .to_owned()
            }
            Self::Tool(tool) => {
                format!("{} is not found; `cargo xtask setup --tools` installs it", tool.name())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    const LINES: [Line; 2] = [Line { major: 9, minor: 0 }, Line { major: 10, minor: 0 }];

    #[test]
    fn what_is_required_is_read_from_words() {
        let parse = |text| Need::parse_all(text, &LINES);
        let all = BTreeSet::from([
            Need::Kicad(LINES[0]),
            Need::Kicad(LINES[1]),
            Need::Nng,
            Need::Python,
            Need::Npm,
            Need::Valgrind,
        ]);
        assert_eq!(parse("kicad-9.0,kicad-10.0,nng,python,npm,valgrind"), Ok(all.clone()));
        assert_eq!(parse(" nng , kicad-10.0,npm,valgrind,kicad-9.0,nng,python,"), Ok(all));
        assert_eq!(parse(""), Ok(BTreeSet::new()));
    }

    #[test]
    fn unknown_words_are_all_named() {
        let error = Need::parse_all("kicad-9,nng,KICAD-9.0,kicad-11.0", &LINES).unwrap_err();
        expect!["KIAPI_REQUIRE has the unknown words `kicad-9`, `KICAD-9.0`, `kicad-11.0`; known: kicad-9.0, kicad-10.0, nng, python, npm, valgrind, oldest-rust, cargo-deny, cargo-semver-checks, mdbook, cargo-machete"]
            .assert_eq(&error);
    }
}
