//! What is known of KiCad's pipes on Windows: a pipe exists as long as somebody listens at it.

use std::path::{Path, PathBuf};

use kiapi_transport::Address;

use super::Findings;
use super::folders::{Folder, Layout};
use super::instance::{Instance, InstanceState};

const PIPES: &str = r"\\.\pipe\";

/// The pipes that are named as in one of the folders, or as in a `kicad` folder elsewhere. Listing them opens none.
pub(super) fn look(folders: &[Folder]) -> Findings {
    let names = match names() {
        Ok(names) => names,
        Err(error) => {
            let empty = vec![(PathBuf::from(PIPES), format!("cannot be read: {error}"))];
            return Findings { instances: Vec::new(), empty };
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
    let instances: Vec<Instance> = names.iter().filter_map(read).collect();
    let has = |folder: &Folder| instances.iter().any(|instance| instance.place.starts_with(&folder.path));
    let missing = folders.iter().filter(|folder| folder.layout == Layout::Kicad && !has(folder));
    let empty =
        missing.map(|folder| (folder.path.clone(), "there is no pipe of that name".to_owned())).collect();
    Findings { instances, empty }
}

/// What is known of an address.
pub(super) fn at(address: &Address) -> Instance {
    let place = address.pipe_name().map_or_else(PathBuf::new, PathBuf::from);
    let name = place.to_string_lossy();
    let name = name.strip_prefix(PIPES).unwrap_or(&name);
    let (state, reason) = match names() {
        Ok(names) if names.iter().any(|known| known.eq_ignore_ascii_case(name)) => {
            (InstanceState::Alive, "the pipe exists")
        }
        Ok(_) => (InstanceState::Stale, "there is no such pipe"),
        Err(_) => (InstanceState::Unknown, "the pipes cannot be listed"),
    };
    Instance { address: Some(address.clone()), ..Instance::new(place.clone()).is(state, reason) }
}

fn names() -> std::io::Result<Vec<String>> {
    let entries = std::fs::read_dir(Path::new(PIPES))?;
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect())
}
