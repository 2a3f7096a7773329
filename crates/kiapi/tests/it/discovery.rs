//! Finding KiCads, by programs that are started with an environment of their own.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use kiapi::{ErrorKind, InstanceState, KiCad};
use kiapi_emulator::{Emulator, Place};

/// What the program that a test starts shall do.
const TASK: &str = "KIAPI_TEST_DISCOVERY";

/// Runs the test `name` again, in a program of its own with nothing in its environment but a folder for temporary files.
fn run(name: &str, temp: &Path, task: &str) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--nocapture", &format!("discovery::{name}")]);
    command.env_clear().env("TMPDIR", temp).env(TASK, task).output().unwrap()
}

#[track_caller]
fn check(output: &Output) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).contains("1 passed"), "the test was not run again");
}

#[test]
fn program_connects_to_the_kicad_that_holds_the_lock() {
    const NAME: &str = "program_connects_to_the_kicad_that_holds_the_lock";
    if let Ok(expected) = std::env::var(TASK) {
        let kicad = KiCad::connect().unwrap();
        assert_eq!(kicad.address().to_string(), expected);
        let instances = kiapi::instances();
        let own = |instance: &&kiapi::Instance| {
            instance.address().is_some_and(|address| address.to_string() == expected)
        };
        let instance = instances.iter().find(own).unwrap();
        assert_eq!(instance.state(), InstanceState::Alive, "{instance}");
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let emulator = Emulator::demo().place(Place::temp_dir(temp.path())).start().unwrap();
    check(&run(NAME, temp.path(), &emulator.socket().to_string()));
}

#[test]
fn program_is_told_what_is_wrong_with_each_place() {
    const NAME: &str = "program_is_told_what_is_wrong_with_each_place";
    if let Ok(expected) = std::env::var(TASK) {
        // A real KiCad may run, and then it is found.
        if let Err(error) = KiCad::connect() {
            assert_eq!(error.kind(), ErrorKind::NotReachable);
            assert!(error.to_string().contains(&expected), "{error}");
            assert!(
                error
                    .to_string()
                    .ends_with("is it running, with its API server enabled in Preferences > Plugins?")
            );
        }
        let instances = kiapi::instances();
        assert!(instances.iter().any(|instance| instance.to_string() == expected), "{instances:?}");
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("kicad");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("api.sock"), "").unwrap();
    let expected = format!("{}/api.sock: refused, it is not a socket", folder.display());
    check(&run(NAME, temp.path(), &expected));
}

#[test]
fn socket_in_the_environment_comes_first() {
    const NAME: &str = "socket_in_the_environment_comes_first";
    if std::env::var_os(TASK).is_some() {
        let instance = kiapi::instances().into_iter().find(|instance| instance.token().is_some()).unwrap();
        assert_eq!(instance.place(), Path::new("/no/such/api.sock"));
        assert_eq!((instance.state(), instance.token()), (InstanceState::Stale, Some("of the environment")));
        assert!(!format!("{instance:?}{instance}").contains("of the environment"));
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "--nocapture", &format!("discovery::{NAME}")])
        .env_clear()
        .env("TMPDIR", temp.path());
    command.env("KICAD_API_SOCKET", "ipc:///no/such/api.sock").env("KICAD_API_TOKEN", "of the environment");
    check(&command.env(TASK, "").output().unwrap());
}
