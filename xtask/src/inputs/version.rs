//! Versions of KiCad.

use std::fmt;
use std::str::FromStr;

/// A version of KiCad: `9.0.8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Version {
    pub(crate) major: u32,
    pub(crate) minor: u32,
    pub(crate) patch: u32,
}

impl Version {
    pub(crate) const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    /// The line that the version belongs to: `9.0`.
    pub(crate) fn line(self) -> String {
        format!("{}.{}", self.major, self.minor)
    }

    /// Whether it is of the time before a release: KiCad counts `10.99` on the way to 11.
    pub(crate) fn is_development(self) -> bool {
        self.minor == 99
    }

    /// The name of its tree below `proto`: its line, or `11.0-dev` on the way to 11.
    pub(crate) fn tree(self) -> String {
        if self.is_development() { format!("{}.0-dev", self.major + 1) } else { self.line() }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for Version {
    type Err = String;

    /// Reads `10.0.6`, and what git or a package puts behind it: `10.99.0-123-gabcdef`, `9.0.8+dfsg-1`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a KiCad version such as `10.0.6`");
        let digits_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let mut numbers = text[..digits_end].split('.').map(str::parse::<u32>);
        let mut next = || numbers.next().and_then(Result::ok).ok_or_else(wrong);
        let version = Self::new(next()?, next()?, next()?);
        if numbers.next().is_none() { Ok(version) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_the_numbers_is_ignored() {
        for text in ["10.0.6", "10.0.6-rc1", "10.0.6+dfsg-1", "10.0.6-0-g2db9e5a72b"] {
            assert_eq!(text.parse(), Ok(Version::new(10, 0, 6)), "{text}");
        }
    }

    #[test]
    fn tree_of_a_development_is_named_by_what_comes() {
        for (version, tree) in [("10.0.6", "10.0"), ("10.1.0", "10.1"), ("10.99.0-12-gabc", "11.0-dev")] {
            assert_eq!(version.parse::<Version>().unwrap().tree(), tree);
        }
    }

    #[test]
    fn half_a_version_is_refused() {
        for text in ["", "10", "10.0", "10.0.", "a.b.c", "1.2.3.4", "99999999999.0.0"] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }
}
