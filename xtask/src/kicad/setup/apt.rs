//! apt on the machine itself.

use std::process::Command;

use anyhow::Result;

use super::super::install::Line;
use super::shell;
use crate::inputs::version::Version;

/// What every apt-get gets: patience with the network, and with another apt-get.
pub(crate) const PATIENCE: [&str; 4] = ["-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300"];

/// Reads the lists of packages anew.
///
/// apt goes on with old lists when the network is down; what is missing from them shows when it is to be installed.
pub(crate) fn update() -> Result<()> {
    shell::run(Command::new("apt-get").args(PATIENCE).arg("update")).map(drop)
}

/// Installs packages, with what they need from `suite` if that is given.
pub(crate) fn install(packages: &[impl AsRef<str>], suite: Option<&str>) -> Result<()> {
    let mut command = Command::new("apt-get");
    command.args(PATIENCE).args(["install", "-y", "--no-install-recommends"]);
    if let Some(suite) = suite {
        command.args(["-t", suite]);
    }
    command.args(packages.iter().map(AsRef::as_ref));
    shell::run(&mut command).map(drop)
}

/// A version of a package that can be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    /// Debian's version: `9.0.8+dfsg-1~bpo12+1`.
    pub(crate) version: String,
    /// The suite that has it: `bookworm-backports`.
    pub(crate) suite: String,
}

impl Offer {
    /// The line of KiCad that it is, if it is a KiCad.
    pub(crate) fn line(&self) -> Option<Line> {
        let upstream = self.version.split_once(':').map_or(&*self.version, |(_epoch, version)| version);
        Some(upstream.parse::<Version>().ok()?.into())
    }
}

/// The versions of a package that apt knows, the newest first.
pub(crate) fn offers(package: &str) -> Result<Vec<Offer>> {
    Ok(read_offers(&shell::run(Command::new("apt-cache").args(["madison", package]))?))
}

fn read_offers(printed: &str) -> Vec<Offer> {
    printed
        .lines()
        .filter_map(|line| {
            let mut columns = line.split('|').map(str::trim);
            let (_, version, place) = (columns.next()?, columns.next()?, columns.next()?);
            let mut words = place.split_whitespace();
            let (_uri, suite) = (words.next()?, words.next()?.split('/').next()?);
            // Each version is also listed with the source code it was built from.
            words
                .any(|word| word == "Packages")
                .then(|| Offer { version: version.into(), suite: suite.into() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_are_read_with_their_suite() {
        let printed = "\
     kicad | 9.0.8+dfsg-1~bpo12+1 | http://archive.example/debian bookworm-backports/main amd64 Packages
     kicad | 6.0.11+dfsg-1 | http://archive.example/debian bookworm/main amd64 Packages
     kicad | 6.0.11+dfsg-1 | http://archive.example/debian bookworm/main Sources
N: a remark
";
        let offers = read_offers(printed);
        let suites: Vec<_> =
            offers.iter().map(|offer| (offer.suite.as_str(), offer.line().unwrap().to_string())).collect();
        assert_eq!(suites, [("bookworm-backports", "9.0".to_owned()), ("bookworm", "6.0".to_owned())]);
    }

    #[test]
    fn an_epoch_is_no_part_of_the_version() {
        let offer = Offer { version: "1:10.0.6-1".into(), suite: String::new() };
        assert_eq!(offer.line(), Some(Line { major: 10, minor: 0 }));
        assert_eq!(Offer { version: "unknown".into(), suite: String::new() }.line(), None);
    }
}
