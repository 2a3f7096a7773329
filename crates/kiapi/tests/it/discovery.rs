//! Finding KiCads, by programs that are started with an environment of their own.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use kiapi::api::common::commands::GetNetClasses;
use kiapi::{
    Address, CallOptions, ConnectOptions, ErrorKind, Guard, Instance, InstanceState, KiCad, Outcome,
};
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
        let own =
            |instance: &&Instance| instance.address().is_some_and(|address| address.to_string() == expected);
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

/// A KiCad in a process of its own, which ends when this is dropped.
struct Apart {
    process: Child,
    address: Address,
}

impl Apart {
    /// Runs the test `name` again, which serves an emulator then.
    fn start(name: &str, temp: &Path) -> Self {
        const READY: &str = "listens at ";
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "--nocapture", &format!("discovery::{name}")]).env(TASK, temp);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let place = |line: String| Some(line.split_once(READY)?.1.parse().unwrap());
        let address = output.lines().find_map(|line| place(line.unwrap())).unwrap();
        Self { process, address }
    }

    /// What the process does: it serves until nobody wants it any more.
    fn serve(temp: &Path) {
        let emulator = Emulator::demo().place(Place::temp_dir(temp)).start().unwrap();
        println!("listens at {}", emulator.socket());
        let _ = std::io::stdin().read(&mut [0]);
    }

    fn signal(&self, signal: rustix::process::Signal, state: InstanceState) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.process), signal).unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while Instance::at(&self.address).state() != state {
            assert!(Instant::now() < deadline, "{}", Instance::at(&self.address));
        }
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn kicad_that_is_stopped_is_not_connected_to() {
    use rustix::process::Signal;

    if let Some(temp) = std::env::var_os(TASK) {
        return Apart::serve(temp.as_ref());
    }
    let temp = tempfile::tempdir().unwrap();
    let apart = Apart::start("kicad_that_is_stopped_is_not_connected_to", temp.path());
    let options = || ConnectOptions::new().socket(apart.address.clone());
    let kicad = KiCad::connect_with(options()).unwrap();

    apart.signal(Signal::STOP, InstanceState::Stopped);
    let error = KiCad::connect_with(options()).unwrap_err();
    let found = (error.kind(), error.guard(), error.outcome());
    assert_eq!(found, (ErrorKind::Guarded, Some(Guard::StoppedProcess), Outcome::NotSent));
    let way_out = format!("`kill -CONT {}`", apart.process.id());
    assert!(error.to_string().contains(&way_out), "{error}");
    // Whoever is connected already finds out by a call, and makes no connection beside it.
    let impatient = CallOptions::new().timeout(Duration::from_millis(200));
    let call = || kicad.call_with(&GetNetClasses::new(), impatient).unwrap_err();
    assert_eq!(call().outcome(), Outcome::Unknown);
    let next = call();
    assert_eq!((next.guard(), next.outcome()), (Some(Guard::StoppedProcess), Outcome::NotSent), "{next}");

    let bold = options().without_guard(Guard::StoppedProcess).ready_timeout(Duration::from_millis(200));
    assert_eq!(KiCad::connect_with(bold).unwrap_err().guard(), None);

    apart.signal(Signal::CONT, InstanceState::Alive);
    kicad.call(&GetNetClasses::new()).unwrap();
    KiCad::connect_with(options()).unwrap();
}
