//! Where a KiCad may listen, found without connecting.

mod folders;
mod instance;
#[cfg(unix)]
mod lives;
#[cfg(not(unix))]
mod pipes;
#[cfg(unix)]
mod stopped;
#[cfg(unix)]
mod tables;
#[cfg(unix)]
mod unix;

use std::ffi::OsString;
use std::path::PathBuf;

use kiapi_transport::Address;

pub use self::instance::{Instance, InstanceState};
use crate::{ConnectOptions, Error, Result};

/// The variables that KiCad sets for the plugins that it starts.
const SOCKET: &str = "KICAD_API_SOCKET";
const TOKEN: &str = "KICAD_API_TOKEN";

/// Every place where a KiCad may listen, with what is known of it. Nobody is connected to.
///
/// The first is the one that `KICAD_API_SOCKET` names. The others are the sockets in the folders that KiCad may use: below
/// `$TMPDIR`, `$TMP`, `$TEMP` and `/tmp`, and in those of KiCad's flatpak; on macOS below `/tmp`; on Windows the pipes that
/// are named as KiCad names them. Those that are alive come first, and those that nobody should connect to last.
///
/// A socket is alive when its lock is held or the system says that somebody listens. On Linux the system says it; elsewhere
/// a KiCad beside the first one is [`Unknown`](InstanceState::Unknown). One that listens without a lock in another network
/// namespace is `Unknown` too. A process that is [`Stopped`](InstanceState::Stopped) is seen on Linux, if it is of this user.
///
/// # Examples
///
/// ```
/// use kiapi::InstanceState;
///
/// let instances = kiapi::instances();
/// let alive = instances.iter().filter(|instance| instance.state() == InstanceState::Alive);
/// for instance in alive {
///     println!("{instance}");
/// }
/// ```
#[inline]
pub fn instances() -> Vec<Instance> {
    let variable = |name: &str| std::env::var_os(name);
    let mut found = look(&folders::folders(variable)).instances;
    // Whoever connects is told when it holds no address.
    if let Ok(Some((address, token))) = from_environment(variable) {
        found.retain(|instance| instance.address.as_ref() != Some(&address));
        found.insert(0, Instance { token, ..at(&address) });
    }
    by_state(&mut found);
    found
}

/// Those that answer first. The order within a state stays.
#[inline]
fn by_state(instances: &mut [Instance]) {
    instances.sort_by_key(|instance| instance.state);
}

/// Where to try, in this order.
#[derive(Debug, PartialEq)]
pub(crate) struct Candidates {
    pub(crate) places: Vec<Candidate>,
    /// Where it is not worth it, each with the reason.
    pub(crate) passed_over: Vec<String>,
}

/// A place to try, and the token of the KiCad that is meant there.
#[derive(PartialEq)]
pub(crate) struct Candidate {
    pub(crate) address: Address,
    pub(crate) token: Option<String>,
}

impl std::fmt::Debug for Candidate {
    #[inline]
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Candidate").field("address", &self.address).finish_non_exhaustive()
    }
}

/// The places that the options name, or else the environment, or else where a KiCad may be alive.
pub(crate) fn candidates(
    options: &ConnectOptions,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Candidates> {
    let only =
        |address, token| Candidates { places: vec![Candidate { address, token }], passed_over: Vec::new() };
    if let Some(socket) = &options.socket {
        return Ok(only(socket.clone(), options.token.clone()));
    }
    if let Some((address, token)) = from_environment(&variable)? {
        return Ok(only(address, options.token.clone().or(token)));
    }
    Ok(look(&folders::folders(variable)).into_candidates(options))
}

/// What KiCad told the plugin that it started.
fn from_environment(
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<(Address, Option<String>)>> {
    let text = |name: &'static str| match variable(name).filter(|value| !value.is_empty()) {
        Some(value) => value.into_string().map(Some).map_err(|_| Error::not_unicode(name)),
        None => Ok(None),
    };
    let Some(socket) = text(SOCKET)? else { return Ok(None) };
    let address = socket.parse().map_err(|error| Error::address(SOCKET, error))?;
    Ok(Some((address, text(TOKEN)?)))
}

/// What was found.
#[derive(Debug, Default)]
struct Findings {
    instances: Vec<Instance>,
    /// Where nothing is, and why.
    empty: Vec<(PathBuf, String)>,
}

impl Findings {
    #[inline]
    fn into_candidates(self, options: &ConnectOptions) -> Candidates {
        let mut found = self.instances;
        by_state(&mut found);
        let (alive, others): (Vec<_>, Vec<_>) = found.into_iter().partition(Instance::may_be_alive);
        let candidate = |instance: Instance| {
            let token = options.token.clone().or(instance.token);
            instance.address.map(|address| Candidate { address, token })
        };
        let empty = self.empty.into_iter().map(|(place, why)| format!("{}: {why}", place.display()));
        let passed_over = others.iter().map(ToString::to_string).chain(empty).collect();
        Candidates { places: alive.into_iter().filter_map(candidate).collect(), passed_over }
    }
}

#[cfg(unix)]
#[inline]
fn look(folders: &[folders::Folder]) -> Findings {
    let listening = tables::Listening::now();
    let mut findings = Findings::default();
    for folder in folders {
        match unix::sockets_in(folder, &listening) {
            Ok(found) => findings.instances.extend(found),
            // Nobody misses a KiCad of the older layout.
            Err(_) if folder.layout == folders::Layout::Older => {}
            Err(why) => findings.empty.push((folder.path.clone(), why)),
        }
    }
    findings
}

#[cfg(not(unix))]
#[inline]
fn look(folders: &[folders::Folder]) -> Findings {
    pipes::look(folders)
}

/// The process that listens at an address, if it is stopped and the system tells.
#[cfg(unix)]
#[inline]
pub(crate) fn stopped_at(address: &Address) -> Option<u32> {
    unix::stopped_at(address.path().expect("an address is a path here"))
}

#[cfg(not(unix))]
#[inline]
pub(crate) fn stopped_at(_: &Address) -> Option<u32> {
    None
}

/// What is known of an address.
#[cfg(unix)]
#[inline]
fn at(address: &Address) -> Instance {
    let path = address.path().expect("an address is a path here");
    unix::socket(path, None, folders::Processes::Here, &tables::Listening::now())
}

#[cfg(not(unix))]
#[inline]
fn at(address: &Address) -> Instance {
    pipes::at(address)
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
        let places: Vec<_> = found.places.iter().map(|place| place.address.to_string()).collect();
        assert_eq!(places, addresses);
        assert_eq!(found.places[0].token.as_deref(), token);
        assert_eq!(found.passed_over, [""; 0]);
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
