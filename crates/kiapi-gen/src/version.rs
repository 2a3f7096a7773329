//! Versions of KiCad's API, which are the versions of KiCad.

use std::fmt;
use std::str::FromStr;

/// A version of KiCad, and so of its API: `10.0.6`.
///
/// # Examples
///
/// ```
/// use kiapi_gen::ApiVersion;
///
/// let version: ApiVersion = "9.0.8-0-gfda292bd08".parse()?;
/// assert_eq!(version, ApiVersion::new(9, 0, 8));
/// assert!(version < ApiVersion::new(10, 0, 0));
/// # Ok::<_, kiapi_gen::ParseVersionError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct ApiVersion {
    /// The major version: 10 of `10.0.6`.
    pub major: u32,
    /// The minor version: 0 of `10.0.6`; 99 in a development version.
    pub minor: u32,
    /// The patch version: 6 of `10.0.6`.
    pub patch: u32,
}

impl ApiVersion {
    /// The version `major.minor.patch`.
    #[inline]
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }
}

impl fmt::Display for ApiVersion {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for ApiVersion {
    type Err = ParseVersionError;

    /// Reads a version, with or without what git describe or a package puts behind it.
    #[inline]
    fn from_str(text: &str) -> Result<Self, ParseVersionError> {
        let error = || ParseVersionError { text: text.to_owned() };
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let mut numbers = text[..end].split('.').map(str::parse);
        let mut next = || numbers.next().and_then(Result::ok).ok_or_else(error);
        let version = Self::new(next()?, next()?, next()?);
        if numbers.next().is_none() { Ok(version) } else { Err(error()) }
    }
}

impl From<&crate::common::types::KiCadVersion> for ApiVersion {
    #[inline]
    fn from(version: &crate::common::types::KiCadVersion) -> Self {
        Self::new(version.major, version.minor, version.patch)
    }
}

/// A text that is no version of KiCad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseVersionError {
    text: String,
}

impl fmt::Display for ParseVersionError {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a KiCad version; write it as in `10.0.6`", self.text)
    }
}

impl std::error::Error for ParseVersionError {}
