//! What is known of KiCad's pipes on Windows: a pipe exists as long as somebody listens at it.

use std::io;
use std::path::PathBuf;

use kiapi_transport::Address;

use super::Findings;
use super::folders::{Folder, Layout};
use super::instance::{Instance, InstanceState};

const PIPES: &str = r"\\.\pipe\";

/// The pipes that are named as in one of the folders, or as in a `kicad` folder elsewhere. Listing them opens none.
#[inline]
pub(super) fn look(folders: &[Folder]) -> Findings {
    found(names(), folders)
}

#[inline]
fn found(names: io::Result<Vec<String>>, folders: &[Folder]) -> Findings {
    let kicads = folders.iter().filter(|folder| folder.layout == Layout::Kicad);
    let names = match names {
        Ok(names) => names,
        // Wine has no list. A KiCad that is alone there has this name, and whoever connects finds out.
        Err(error) => {
            let unknown = |folder: &Folder| {
                let reason = format!("the pipes cannot be listed: {error}");
                Instance::new(folder.path.join("api.sock")).is(InstanceState::Unknown, reason)
            };
            return Findings { instances: kicads.map(unknown).collect(), empty: Vec::new() };
        }
    };
    let read = |name: &String| {
        let (folder, last) = name.rsplit_once(['\\', '/'])?;
        let is_kicads =
            folder.rsplit(['\\', '/']).next().is_some_and(|last| last.eq_ignore_ascii_case("kicad"));
        let pid = is_kicads.then(|| Layout::Kicad.read(last)).flatten()?;
        let instance = Instance { pid, ..Instance::new(PathBuf::from(name)) };
        Some(instance.is(InstanceState::Alive, "the pipe exists"))
    };
    let mut instances: Vec<Instance> = names.iter().filter_map(read).collect();
    // The list has no order that means anything. The first KiCad is the one without a number.
    instances.sort_by(|one, other| (one.pid, &one.place).cmp(&(other.pid, &other.place)));
    let has = |folder: &Folder| {
        let folder = folder.path.to_string_lossy().to_lowercase();
        instances.iter().any(|instance| instance.place.to_string_lossy().to_lowercase().starts_with(&folder))
    };
    let missing = kicads.filter(|folder| !has(folder));
    let empty =
        missing.map(|folder| (folder.path.clone(), "there is no pipe of that name".to_owned())).collect();
    Findings { instances, empty }
}

/// What is known of an address.
#[inline]
pub(super) fn at(address: &Address) -> Instance {
    known(names(), address)
}

#[inline]
fn known(names: io::Result<Vec<String>>, address: &Address) -> Instance {
    let full = address.pipe_name().unwrap_or_default();
    let name = full.strip_prefix(PIPES).unwrap_or(&full);
    let (state, reason) = match names {
        Ok(names) if names.iter().any(|known| known.eq_ignore_ascii_case(name)) => {
            (InstanceState::Alive, "the pipe exists".to_owned())
        }
        Ok(_) => (InstanceState::Stale, "there is no such pipe".to_owned()),
        Err(error) => (InstanceState::Unknown, format!("the pipes cannot be listed: {error}")),
    };
    Instance { address: Some(address.clone()), ..Instance::new(PathBuf::from(name)).is(state, reason) }
}

#[inline]
fn names() -> io::Result<Vec<String>> {
    let entries = std::fs::read_dir(PIPES)?;
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::discovery::folders::Processes;

    const NAMES: [&str; 8] = [
        r"C:\Temp\kicad\api-4711.sock",
        r"C:\Temp\KiCad\api-12.sock",
        r"C:\Temp\kicad\api.sock",
        r"D:\elsewhere\kicad\api.sock",
        r"C:\Temp\kicad\api.lock",
        r"C:\Temp\other\api.sock",
        "api.sock",
        "InitShutdown",
    ];

    fn folder(path: &str, layout: Layout) -> Folder {
        Folder { path: PathBuf::from(path), layout, processes: Processes::Here }
    }

    fn none() -> io::Result<Vec<String>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    #[allow(clippy::unnecessary_wraps)] // that of the system can fail
    fn list() -> io::Result<Vec<String>> {
        Ok(NAMES.map(str::to_owned).to_vec())
    }

    #[track_caller]
    fn check(names: io::Result<Vec<String>>, expected: Expect) {
        let folders = [
            folder(r"C:\Temp\kicad", Layout::Kicad),
            folder(r"C:\none\kicad", Layout::Kicad),
            folder(r"C:\Temp", Layout::Older),
        ];
        let Findings { instances, empty } = found(names, &folders);
        let instances = instances.iter().map(|one| format!("{one} ({:?})\n", one.pid()));
        let empty = empty.iter().map(|(place, why)| format!("{}: {why}\n", place.display()));
        expected.assert_eq(&instances.chain(empty).collect::<String>());
    }

    #[test]
    fn pipes_named_as_kicad_names_them_are_found() {
        check(
            list(),
            expect![[r"
                C:\Temp\kicad\api.sock: alive, the pipe exists (None)
                D:\elsewhere\kicad\api.sock: alive, the pipe exists (None)
                C:\Temp\KiCad\api-12.sock: alive, the pipe exists (Some(12))
                C:\Temp\kicad\api-4711.sock: alive, the pipe exists (Some(4711))
                C:\none\kicad: there is no pipe of that name
            "]],
        );
    }

    #[test]
    fn where_there_is_no_list_the_usual_names_are_tried() {
        check(
            none(),
            expect![[r"
                C:\Temp\kicad\api.sock: unknown, the pipes cannot be listed: unsupported (None)
                C:\none\kicad\api.sock: unknown, the pipes cannot be listed: unsupported (None)
            "]],
        );
    }

    #[test]
    fn an_address_is_alive_while_its_pipe_exists() {
        let cases = [
            (r"ipc://c:\temp\KICAD\api.sock", list(), InstanceState::Alive),
            (r"\\.\pipe\api.sock", list(), InstanceState::Alive),
            ("ipc://gone", list(), InstanceState::Stale),
            ("ipc://gone", none(), InstanceState::Unknown),
        ];
        for (address, names, state) in cases {
            assert_eq!(known(names, &address.parse().unwrap()).state(), state, "{address}");
        }
    }
}
