use std::os::unix::fs::{MetadataExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

use kiapi_emulator::{Emulator, Place};

use tempfile::TempDir;

use super::*;
use crate::ConnectOptions;
use crate::discovery::look;

/// A user that is not us, whoever we are.
const SOMEBODY: u32 = 54_321;

/// A folder for temporary files with a `kicad` in it.
fn temporary() -> (TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let kicad = root.path().join("kicad");
    fs::create_dir(&kicad).unwrap();
    (root, kicad)
}

fn folder(path: &Path) -> Folder {
    Folder { path: path.to_owned(), layout: Layout::Kicad, processes: Processes::Here }
}

fn found(path: &Path) -> Vec<Instance> {
    look(&[folder(path)]).instances
}

/// The name, the state and the reason of each.
#[track_caller]
fn check(path: &Path, expected: &[(&str, InstanceState, &str)]) {
    let found = found(path);
    let name = |instance: &Instance| instance.place().file_name().unwrap().to_str().unwrap().to_owned();
    let found: Vec<_> = found.iter().map(|one| (name(one), one.state(), one.reason().to_owned())).collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, state, reason)| ((*name).to_owned(), *state, (*reason).to_owned()))
        .collect();
    assert_eq!(found, expected);
}

/// A socket that nobody listens at any more.
fn stale(path: &Path) {
    drop(UnixListener::bind(path).unwrap());
}

/// The id of a process that is gone.
fn gone() -> u32 {
    let mut child = Command::new("true").stdin(Stdio::null()).spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

#[test]
fn two_instances_are_found_with_their_processes() {
    let root = tempfile::tempdir().unwrap();
    let first = Emulator::demo().place(Place::temp_dir(root.path())).start().unwrap();
    let second = Emulator::demo().place(Place::temp_dir(root.path())).start().unwrap();
    let found = found(&root.path().join("kicad"));
    let addresses: Vec<_> = found.iter().map(|instance| instance.address().unwrap()).collect();
    assert_eq!(addresses, [first.socket(), second.socket()]);
    assert!(found.iter().all(|instance| instance.state() == InstanceState::Alive), "{found:?}");
    assert_eq!(found[1].pid(), Some(std::process::id()));
    if let Some(pid) = found[0].pid() {
        assert_eq!(pid, std::process::id());
        assert_eq!(
            found[0].to_string(),
            format!("{}/kicad/api.sock: alive, process {pid} holds the lock", root.path().display())
        );
    }
}

#[test]
fn looking_takes_no_lock_that_stays() {
    let (_root, kicad) = temporary();
    stale(&kicad.join("api.sock"));
    let lock = File::create(kicad.join("api.lock")).unwrap();
    check(&kicad, &[("api.sock", InstanceState::Stale, "nobody holds its lock")]);
    lock.try_lock().unwrap();
    assert_eq!(found(&kicad)[0].state(), InstanceState::Alive);
    // The one who holds it has it still.
    let other = File::open(kicad.join("api.lock")).unwrap();
    assert!(other.try_lock_shared().is_err());
}

#[test]
fn lock_that_is_a_pipe_or_a_link_is_none() {
    let (root, kicad) = temporary();
    stale(&kicad.join("api.sock"));
    let held = File::create(root.path().join("held")).unwrap();
    held.try_lock().unwrap();
    symlink(root.path().join("held"), kicad.join("api.lock")).unwrap();
    assert_eq!(found(&kicad)[0].state(), InstanceState::Unknown);
    fs::remove_file(kicad.join("api.lock")).unwrap();
    // To open it would wait for somebody who writes.
    let made = Command::new("mkfifo").arg(kicad.join("api.lock")).status().unwrap();
    assert!(made.success());
    assert_eq!(found(&kicad)[0].state(), InstanceState::Unknown);
}

#[test]
fn socket_of_a_process_that_is_gone_is_stale_and_that_of_one_in_a_sandbox_is_unknown() {
    let (_root, kicad) = temporary();
    let pid = gone();
    let name = format!("api-{pid}.sock");
    stale(&kicad.join(&name));
    check(&kicad, &[(&name, InstanceState::Stale, &format!("process {pid} is gone"))]);
    let sandboxed = Folder { processes: Processes::Sandboxed, ..folder(&kicad) };
    let found = look(&[sandboxed]).instances;
    assert_eq!((found[0].state(), found[0].pid()), (InstanceState::Unknown, None));
}

#[cfg(target_os = "linux")]
#[test]
fn who_listens_without_a_lock_is_seen_by_any_name_of_the_folder() {
    let (root, kicad) = temporary();
    let _first = UnixListener::bind(kicad.join("api.sock")).unwrap();
    check(&kicad, &[("api.sock", InstanceState::Alive, "somebody listens")]);
    let link = root.path().join("link");
    symlink(root.path(), &link).unwrap();
    check(&link.join("kicad"), &[("api.sock", InstanceState::Alive, "somebody listens")]);
}

#[cfg(target_os = "linux")]
#[test]
fn nobody_listening_without_a_lock_is_unknown() {
    let (_root, kicad) = temporary();
    stale(&kicad.join("api.sock"));
    let own = format!("api-{}.sock", std::process::id());
    stale(&kicad.join(&own));
    check(
        &kicad,
        &[
            ("api.sock", InstanceState::Unknown, "nobody is seen to listen"),
            (&own, InstanceState::Unknown, "nobody is seen to listen"),
        ],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn who_is_stopped_is_seen_to_be_until_it_goes_on() {
    use rustix::process::{Pid, Signal, kill_process};

    let (_root, kicad) = temporary();
    let path = kicad.join("api.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let stdin = Stdio::from(std::os::fd::OwnedFd::from(listener));
    let mut child = Command::new("sleep").arg("600").stdin(stdin).spawn().unwrap();
    let signal = |signal| kill_process(Pid::from_child(&child), signal).unwrap();
    let awaited = |state: InstanceState| {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while found(&kicad)[0].state() != state {
            assert!(std::time::Instant::now() < deadline, "{:?}", found(&kicad));
        }
    };
    awaited(InstanceState::Alive);
    assert_eq!(stopped_at(&path), None);
    signal(Signal::STOP);
    awaited(InstanceState::Stopped);
    check(&kicad, &[("api.sock", InstanceState::Stopped, &format!("process {} is stopped", child.id()))]);
    assert_eq!((found(&kicad)[0].pid(), stopped_at(&path)), (Some(child.id()), Some(child.id())));
    // It is a place to go to, once it goes on.
    let candidates = look(&[folder(&kicad)]).into_candidates(&ConnectOptions::new());
    assert_eq!(candidates.places[0].address.path(), Some(path.as_path()));
    signal(Signal::CONT);
    awaited(InstanceState::Alive);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(stopped_at(&path), None);
}

#[test]
fn newer_sockets_come_first_after_the_one_without_a_number() {
    let (_root, kicad) = temporary();
    let made = |name: &str, age: u64| {
        stale(&kicad.join(name));
        let time = std::time::SystemTime::now() - std::time::Duration::from_secs(age);
        let since = time.duration_since(std::time::UNIX_EPOCH).unwrap();
        let stamp = rustix::fs::Timespec { tv_sec: i64::try_from(since.as_secs()).unwrap(), tv_nsec: 0 };
        let times = rustix::fs::Timestamps { last_access: stamp, last_modification: stamp };
        let flags = rustix::fs::AtFlags::empty();
        rustix::fs::utimensat(rustix::fs::CWD, kicad.join(name), &times, flags).unwrap();
    };
    made("api-1.sock", 30);
    made("api-2.sock", 10);
    made("api-3.sock", 20);
    made("api.sock", 40);
    let names: Vec<_> = found(&kicad).iter().map(|one| one.place().file_name().unwrap().to_owned()).collect();
    assert_eq!(names, ["api.sock", "api-2.sock", "api-3.sock", "api-1.sock"]);
}

#[test]
fn what_is_no_socket_is_refused() {
    let (root, kicad) = temporary();
    let outside = root.path().join("outside.sock");
    let _listener = UnixListener::bind(&outside).unwrap();
    symlink(&outside, kicad.join("api.sock")).unwrap();
    fs::write(kicad.join("api-1.sock"), "").unwrap();
    check(
        &kicad,
        &[
            ("api.sock", InstanceState::Refused, "it is a symlink"),
            ("api-1.sock", InstanceState::Refused, "it is not a socket"),
        ],
    );
    let link = root.path().join("link");
    symlink(&kicad, &link).unwrap();
    check(&link, &[("api.sock", InstanceState::Refused, "its folder is a symlink")]);
    let file = root.path().join("file");
    fs::write(&file, "").unwrap();
    check(&file, &[("api.sock", InstanceState::Refused, "its folder is no folder")]);
}

/// Only root can give a file away. Who is not root sees that the own ones are accepted, and root's folder is not.
#[test]
fn sockets_and_folders_of_another_user_are_refused() {
    let (root, kicad) = temporary();
    let socket = kicad.join("api.sock");
    let _listener = UnixListener::bind(&socket).unwrap();
    assert_ne!(found(&kicad)[0].state(), InstanceState::Refused);
    if own_user().unwrap() == 0 {
        std::os::unix::fs::lchown(&socket, Some(SOMEBODY), None).unwrap();
        let reason = format!("it belongs to the user {SOMEBODY}");
        check(&kicad, &[("api.sock", InstanceState::Refused, &reason)]);
        std::os::unix::fs::lchown(&socket, Some(0), None).unwrap();
        std::os::unix::fs::lchown(&kicad, Some(SOMEBODY), None).unwrap();
        let reason = format!("its folder belongs to the user {SOMEBODY}, who could answer in KiCad's place");
        check(&kicad, &[("api.sock", InstanceState::Refused, &reason)]);
        // Not even a token beside it is read.
        assert_eq!(found(&kicad)[0].token(), None);
    } else {
        assert_eq!(fs::metadata(root.path()).unwrap().uid(), own_user().unwrap());
        let reason = "its folder belongs to the user 0, who could answer in KiCad's place";
        check(Path::new("/"), &[("api.sock", InstanceState::Refused, reason)]);
    }
}

#[test]
fn path_that_is_too_long_is_told_whether_a_socket_is_there_or_not() {
    let root = tempfile::tempdir().unwrap();
    let kicad = root.path().join("x".repeat(100)).join("kicad");
    fs::create_dir_all(&kicad).unwrap();
    let findings = look(&[folder(&kicad)]);
    assert_eq!(findings.instances, []);
    let (place, why) = &findings.empty[0];
    assert_eq!(place, &kicad);
    assert!(why.starts_with("no KiCad can listen there: ") && why.contains("at most 10"), "{why}");
    // A server that was started in the folder can be there all the same.
    let moved = root.path().join("short");
    fs::rename(kicad.parent().unwrap(), &moved).unwrap();
    stale(&moved.join("kicad/api.sock"));
    fs::rename(&moved, kicad.parent().unwrap()).unwrap();
    let found = found(&kicad);
    assert_eq!((found[0].state(), found[0].address()), (InstanceState::Refused, None));
    assert!(found[0].reason().contains("at most 10"), "{found:?}");
}

#[test]
fn older_layout_has_a_token_beside_the_socket_which_is_never_shown() {
    let (root, _) = temporary();
    let older = Folder { path: root.path().to_owned(), layout: Layout::Older, processes: Processes::Here };
    let pid = std::process::id();
    let socket = root.path().join(format!("kicad-{pid}.sock"));
    let _listener = UnixListener::bind(&socket).unwrap();
    let read = |text: &[u8]| {
        fs::write(socket.with_extension("token"), text).unwrap();
        look(std::slice::from_ref(&older)).instances[0].token().map(ToOwned::to_owned)
    };
    assert_eq!(read(b"hush-hush\n").as_deref(), Some("hush-hush"));
    let instances = look(std::slice::from_ref(&older)).instances;
    assert_eq!((instances.len(), instances[0].pid()), (1, Some(pid)));
    assert!(!format!("{instances:?} {}", instances[0]).contains("hush"));
    let candidates = look(std::slice::from_ref(&older)).into_candidates(&ConnectOptions::new());
    assert_eq!(candidates.places[0].token.as_deref(), Some("hush-hush"));
    assert!(!format!("{candidates:?}").contains("hush"));
    for odd in [&b""[..], b" \n", b"a\nb", b"\xff", "x".repeat(5000).as_bytes()] {
        assert_eq!(read(odd), None, "{odd:?}");
    }
    fs::remove_file(socket.with_extension("token")).unwrap();
    let secret = root.path().join("secret");
    fs::write(&secret, "of another file").unwrap();
    symlink(&secret, socket.with_extension("token")).unwrap();
    assert_eq!(look(std::slice::from_ref(&older)).instances[0].token(), None);
    fs::write(root.path().join(format!("kicad-{pid}.sock.token")), "longer").unwrap();
    assert_eq!(look(&[older]).instances[0].token(), Some("longer"));
}

#[test]
fn those_that_are_alive_are_tried_first_and_the_others_are_told_with_the_reason() {
    let (root, kicad) = temporary();
    let pid = gone();
    stale(&kicad.join(format!("api-{pid}.sock")));
    fs::write(kicad.join("api.sock"), "").unwrap();
    let (other, unlocked) = temporary();
    stale(&unlocked.join("api.sock"));
    let third = tempfile::tempdir().unwrap();
    let emulator = Emulator::demo().place(Place::temp_dir(third.path())).start().unwrap();
    let nothing = root.path().join("nothing");
    let folders = [&kicad, &nothing, &unlocked, &third.path().join("kicad")].map(|path| folder(path));
    let found = look(&folders).into_candidates(&ConnectOptions::new().token("mine"));
    let unknown = Address::from_path(other.path().join("kicad/api.sock")).unwrap();
    let addresses: Vec<_> = found.places.iter().map(|place| &place.address).collect();
    assert_eq!(addresses, [emulator.socket(), &unknown]);
    assert!(found.places.iter().all(|place| place.token.as_deref() == Some("mine")));
    let kicad = kicad.display();
    assert_eq!(
        found.passed_over,
        [
            format!("{kicad}/api-{pid}.sock: stale, process {pid} is gone"),
            format!("{kicad}/api.sock: refused, it is not a socket"),
            format!("{}: there is no such folder", nothing.display()),
        ]
    );
}
