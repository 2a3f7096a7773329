//! Where KiCad's socket may be.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use kiapi_transport::Address;

use crate::{ConnectOptions, Error, Result};

/// The variables that KiCad sets for the plugins that it starts.
const SOCKET: &str = "KICAD_API_SOCKET";
const TOKEN: &str = "KICAD_API_TOKEN";

/// Where to try, in this order, and with which token.
#[derive(Debug, PartialEq)]
pub(crate) struct Candidates {
    pub(crate) addresses: Vec<Address>,
    pub(crate) token: Option<String>,
}

/// The places that the options name, or else the environment, or else where KiCad puts its socket.
pub(crate) fn candidates(
    options: &ConnectOptions,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Candidates> {
    let text = |name: &'static str| match variable(name).filter(|value| !value.is_empty()) {
        Some(value) => value.into_string().map(Some).map_err(|_| Error::not_unicode(name)),
        None => Ok(None),
    };
    if let Some(socket) = &options.socket {
        return Ok(Candidates { addresses: vec![socket.clone()], token: options.token.clone() });
    }
    if let Some(socket) = text(SOCKET)? {
        let address = socket.parse().map_err(|error| Error::address(SOCKET, error))?;
        let token = if options.token.is_some() { options.token.clone() } else { text(TOKEN)? };
        return Ok(Candidates { addresses: vec![address], token });
    }
    let mut addresses = Vec::new();
    for folder in temporary_folders(variable) {
        let path = folder.join("kicad").join("api.sock");
        // A folder too long for a socket cannot hold one.
        if let Ok(address) = Address::from_path(&path) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
    }
    Ok(Candidates { addresses, token: options.token.clone() })
}

/// The folders that KiCad may take for temporary files.
fn temporary_folders(variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    if cfg!(target_os = "macos") {
        return vec![PathBuf::from("/tmp")];
    }
    let set = ["TMPDIR", "TMP", "TEMP"].into_iter().filter_map(variable).map(PathBuf::from);
    let folders = set.chain([PathBuf::from("/tmp")]);
    folders.filter(|folder| folder.is_absolute() && Path::is_dir(folder)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(
        options: &ConnectOptions,
        environment: &[(&str, &str)],
        addresses: &[&str],
        token: Option<&str>,
    ) {
        let variable = |name: &str| {
            environment.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        };
        let found = candidates(options, variable).unwrap();
        assert_eq!(found.addresses.iter().map(ToString::to_string).collect::<Vec<_>>(), addresses);
        assert_eq!(found.token.as_deref(), token);
    }

    fn socket(text: &str) -> ConnectOptions {
        ConnectOptions::new().socket(text.parse().unwrap())
    }

    #[test]
    fn options_come_before_the_environment() {
        let environment = [(SOCKET, "ipc:///b.sock"), (TOKEN, "theirs")];
        check(&socket("ipc:///a.sock").token("mine"), &environment, &["ipc:///a.sock"], Some("mine"));
        // The environment's token belongs to the environment's socket.
        check(&socket("ipc:///a.sock"), &environment, &["ipc:///a.sock"], None);
    }

    #[test]
    fn environment_comes_before_the_usual_places() {
        check(
            &ConnectOptions::new(),
            &[(SOCKET, "ipc:///b.sock"), (TOKEN, "t")],
            &["ipc:///b.sock"],
            Some("t"),
        );
        check(
            &ConnectOptions::new().token("mine"),
            &[(SOCKET, "/b.sock"), (TOKEN, "t")],
            &["ipc:///b.sock"],
            Some("mine"),
        );
    }

    #[cfg(all(unix, not(target_os = "macos")))]
    #[test]
    fn usual_places_are_the_temporary_folders_that_exist() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().to_str().unwrap();
        let own = format!("ipc://{name}/kicad/api.sock");
        let environment = [("TMPDIR", name), ("TMP", "/no/such/folder"), ("TEMP", "/tmp"), (SOCKET, "")];
        check(&ConnectOptions::new(), &environment, &[&own, "ipc:///tmp/kicad/api.sock"], None);
    }

    #[test]
    fn socket_in_the_environment_that_is_no_address_is_an_error() {
        let variable = |name: &str| (name == SOCKET).then(|| OsString::from("tcp://localhost:1"));
        let error = candidates(&ConnectOptions::new(), variable).unwrap_err();
        assert_eq!(error.to_string(), "KICAD_API_SOCKET holds no address of a KiCad");
    }

    #[cfg(unix)]
    #[test]
    fn environment_that_is_no_unicode_is_an_error() {
        use std::os::unix::ffi::OsStringExt as _;

        let variable = |name: &str| match name {
            TOKEN => Some(OsString::from_vec(vec![0xff])),
            _ => Some(OsString::from("/a.sock")),
        };
        let error = candidates(&ConnectOptions::new(), variable).unwrap_err();
        assert_eq!(error.to_string(), "KICAD_API_TOKEN is not Unicode");
    }
}
