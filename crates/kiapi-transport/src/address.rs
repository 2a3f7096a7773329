//! Where a KiCad listens.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::{Error, ErrorKind, Result};

/// The longest path that fits into `sockaddr_un::sun_path` with its final NUL.
const MAX_PATH: usize = if cfg!(any(target_os = "linux", target_os = "android")) { 107 } else { 103 };

const PIPE_PREFIX: &str = r"\\.\pipe\";

/// The address of a local socket: a path, or on Windows the name of a pipe.
///
/// An `Address` that exists is one that the system can express: it is not empty, has no NUL inside, and fits into
/// `sun_path` (KiCad itself starts without a server, and without a word, when its own path does not).
///
/// # Examples
///
/// ```
/// use kiapi_transport::Address;
///
/// let address: Address = "ipc:///tmp/kicad/api.sock".parse()?;
/// assert_eq!(address.to_string(), "ipc:///tmp/kicad/api.sock");
/// # #[cfg(unix)]
/// assert_eq!(address, Address::parse("/tmp/kicad/api.sock")?);
///
/// let error = Address::parse("tcp://localhost:1234").unwrap_err();
/// assert_eq!(error.to_string(), "`tcp://localhost:1234` is not a local socket; expected `ipc://` and a path");
/// # Ok::<_, kiapi_transport::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address(Repr);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Repr {
    Path(PathBuf),
    /// What follows `\\.\pipe\`.
    Pipe(String),
}

#[derive(Clone, Copy)]
enum Platform {
    Unix,
    Windows,
}

const HERE: Platform = if cfg!(windows) { Platform::Windows } else { Platform::Unix };

impl Address {
    /// Reads `ipc://` and a path, or a path alone. On Windows what follows `ipc://` names a pipe, and a full
    /// `\\.\pipe\name` is understood too.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Address`] when the text is empty, has another scheme or a NUL inside, or is too long for a socket.
    #[inline]
    pub fn parse(text: &str) -> Result<Self> {
        parse_on(HERE, text)
    }

    /// The address of the socket at a path, which need not be UTF-8.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Address`] when the path is empty, has a NUL inside, or is too long for a socket.
    pub fn from_path(path: impl Into<PathBuf>) -> Result<Self> {
        from_path_on(HERE, path.into())
    }

    /// The path of the socket file; `None` for a named pipe.
    #[inline]
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Repr::Path(path) => Some(path),
            Repr::Pipe(_) => None,
        }
    }

    /// The full name of the pipe, such as `\\.\pipe\C:\Temp\kicad\api.sock`; `None` for a path.
    #[inline]
    pub fn pipe_name(&self) -> Option<String> {
        match &self.0 {
            Repr::Path(_) => None,
            Repr::Pipe(name) => Some(format!("{PIPE_PREFIX}{name}")),
        }
    }
}

#[inline]
fn parse_on(platform: Platform, text: &str) -> Result<Address> {
    let rest = match text.split_once("://") {
        Some(("ipc", rest)) => rest,
        Some(_) => {
            return Err(invalid(format!("`{text}` is not a local socket; expected `ipc://` and a path")));
        }
        None => text,
    };
    match platform {
        Platform::Unix if rest.starts_with(PIPE_PREFIX) => Err(invalid(format!(
            "`{text}` is a named pipe, which only Windows has; expected `ipc://` and a path"
        ))),
        Platform::Unix | Platform::Windows => from_path_on(platform, PathBuf::from(rest)),
    }
}

#[inline]
fn from_path_on(platform: Platform, path: PathBuf) -> Result<Address> {
    let bytes = path.as_os_str().as_encoded_bytes();
    if bytes.is_empty() {
        return Err(invalid("an empty path is not an address; expected `ipc://` and a path"));
    }
    if bytes.contains(&0) {
        return Err(invalid(format!("`{}` has a NUL inside, which no socket path can", path.display())));
    }
    match platform {
        Platform::Unix if bytes.len() > MAX_PATH => Err(invalid(format!(
            "`ipc://{}` has a path of {} bytes, and a socket's has at most {MAX_PATH}; is TMPDIR unusually long?",
            path.display(),
            bytes.len()
        ))),
        Platform::Unix => Ok(Address(Repr::Path(path))),
        Platform::Windows => {
            let name = path.to_str().ok_or_else(|| {
                invalid(format!("`{}` is not Unicode, as a pipe's name must be", path.display()))
            })?;
            match name.strip_prefix(PIPE_PREFIX).unwrap_or(name) {
                "" => Err(invalid(format!("`{name}` names no pipe"))),
                name => Ok(Address(Repr::Pipe(name.to_owned()))),
            }
        }
    }
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Address, message)
}

impl FromStr for Address {
    type Err = Error;

    #[inline]
    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl fmt::Display for Address {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Path(path) => write!(f, "ipc://{}", path.display()),
            Repr::Pipe(name) => write!(f, "ipc://{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(platform: Platform, text: &str, expected: Result<Repr, &str>) {
        match (parse_on(platform, text), expected) {
            (Ok(address), Ok(repr)) => assert_eq!(address.0, repr),
            (Err(error), Err(message)) => {
                assert_eq!(error.to_string(), message);
                assert_eq!(error.kind(), ErrorKind::Address);
            }
            (got, expected) => panic!("got {got:?}, expected {expected:?}"),
        }
    }

    fn path(text: &str) -> Repr {
        Repr::Path(PathBuf::from(text))
    }

    fn pipe(name: &str) -> Repr {
        Repr::Pipe(name.to_owned())
    }

    #[test]
    fn a_url_and_a_bare_path_are_the_same_address() {
        check(Platform::Unix, "ipc:///tmp/kicad/api.sock", Ok(path("/tmp/kicad/api.sock")));
        check(Platform::Unix, "/tmp/kicad/api.sock", Ok(path("/tmp/kicad/api.sock")));
        check(Platform::Unix, "ipc://run/api.sock", Ok(path("run/api.sock")));
    }

    #[test]
    fn on_windows_a_url_names_a_pipe() {
        check(Platform::Windows, r"ipc://C:\Temp\kicad\api.sock", Ok(pipe(r"C:\Temp\kicad\api.sock")));
        check(Platform::Windows, r"C:\Temp\kicad\api.sock", Ok(pipe(r"C:\Temp\kicad\api.sock")));
        check(Platform::Windows, r"\\.\pipe\kicad", Ok(pipe("kicad")));
        let address = parse_on(Platform::Windows, "ipc://kicad").unwrap();
        assert_eq!(address.pipe_name().as_deref(), Some(r"\\.\pipe\kicad"));
        assert_eq!(address.path(), None);
        assert_eq!(address.to_string(), "ipc://kicad");
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_reason() {
        let empty = "an empty path is not an address; expected `ipc://` and a path";
        check(Platform::Unix, "", Err(empty));
        check(Platform::Unix, "ipc://", Err(empty));
        check(Platform::Windows, "ipc://", Err(empty));
        check(Platform::Windows, r"\\.\pipe\", Err(r"`\\.\pipe\` names no pipe"));
        check(Platform::Unix, "/tmp/a\0b", Err("`/tmp/a\0b` has a NUL inside, which no socket path can"));
        check(
            Platform::Unix,
            "unix:///tmp/api.sock",
            Err("`unix:///tmp/api.sock` is not a local socket; expected `ipc://` and a path"),
        );
        check(
            Platform::Unix,
            r"ipc://\\.\pipe\kicad",
            Err(
                r"`ipc://\\.\pipe\kicad` is a named pipe, which only Windows has; expected `ipc://` and a path",
            ),
        );
    }

    #[test]
    fn a_path_must_fit_into_sun_path() {
        let longest = format!("/{}", "x".repeat(MAX_PATH - 1));
        check(Platform::Unix, &longest, Ok(path(&longest)));
        let longer = format!("{longest}y");
        let message = format!(
            "`ipc://{longer}` has a path of {} bytes, and a socket's has at most {MAX_PATH}; is TMPDIR unusually long?",
            MAX_PATH + 1
        );
        check(Platform::Unix, &longer, Err(&message));
        check(Platform::Windows, &longer, Ok(pipe(&longer)));
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_not_unicode_is_kept() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;

        let odd = Path::new(OsStr::from_bytes(b"/tmp/\xff.sock"));
        assert_eq!(Address::from_path(odd).unwrap().path(), Some(odd));
    }
}
