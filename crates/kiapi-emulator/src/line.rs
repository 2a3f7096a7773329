//! The lines of KiCad that can be emulated.

use std::fmt;
use std::str::FromStr;

use kiapi_gen::ApiVersion;

/// A line of KiCad, as the newest version of which the emulator answers.
///
/// # Examples
///
/// ```
/// use kiapi_emulator::Line;
///
/// assert_eq!("9.0".parse(), Ok(Line::V9_0));
/// assert_eq!(Line::V10_0.api_version().to_string(), "10.0.6");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Line {
    /// KiCad 9.0, as 9.0.8 is.
    V9_0,
    /// KiCad 10.0, as 10.0.6 is.
    V10_0,
}

impl Line {
    /// All of them, oldest first.
    pub const ALL: [Self; 2] = [Self::V9_0, Self::V10_0];

    /// The version whose answers are given.
    pub const fn api_version(self) -> ApiVersion {
        match self {
            Self::V9_0 => ApiVersion::new(9, 0, 8),
            Self::V10_0 => ApiVersion::new(10, 0, 6),
        }
    }

    /// The line that a version belongs to, or the nearest one below it.
    pub fn of(version: ApiVersion) -> Option<Self> {
        let line = |line: &Self| (line.api_version().major, line.api_version().minor);
        Self::ALL.into_iter().rev().find(|known| line(known) <= (version.major, version.minor))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.api_version();
        write!(f, "{}.{}", version.major, version.minor)
    }
}

impl FromStr for Line {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|line| line.to_string() == text).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(Self::to_string).collect();
            format!("`{text}` is no line of KiCad that is emulated; known: {}", known.join(", "))
        })
    }
}
