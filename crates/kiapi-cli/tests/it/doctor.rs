//! `kiapi doctor`, in surroundings that the test makes.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::run::{Served, kiapi};

/// Nobody, nearly everywhere.
const NOBODY: u32 = 65534;

/// A home, a folder for temporary files, a PATH, and the root below which KiCad may be installed.
struct Surroundings {
    folder: TempDir,
}

/// What doctor says.
struct Said {
    code: i32,
    value: Value,
}

impl Surroundings {
    fn new() -> Self {
        let this = Self { folder: tempfile::tempdir().unwrap() };
        for name in ["home", "tmp", "bin", "root"] {
            fs::create_dir(this.path(name)).unwrap();
        }
        this
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn set<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let unset = ["KICAD_CONFIG_HOME", "TMP", "TEMP", "XDG_RUNTIME_DIR"];
        for name in unset {
            command.env_remove(name);
        }
        command
            .env("HOME", self.path("home"))
            .env("XDG_CONFIG_HOME", self.path("home").join("config"))
            .env("TMPDIR", self.path("tmp"))
            .env("PATH", self.path("bin"))
    }

    fn doctor(&self) -> Command {
        let mut doctor = kiapi(&["doctor", "--json", "--root"]);
        doctor.arg(self.path("root"));
        self.set(&mut doctor);
        doctor
    }

    fn install(&self, version: &str) {
        for (name, text) in
            [("pcbnew", "#!/bin/sh\n".to_owned()), ("kicad-cli", format!("#!/bin/sh\necho {version}\n"))]
        {
            let path = self.path("bin").join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
        }
    }

    fn settings(&self, line: &str, text: &str) {
        let folder = self.path("home").join("config/kicad").join(line);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("kicad_common.json"), text).unwrap();
    }

    fn serve(&self, args: &[&str]) -> Served {
        Served::run(self.set(&mut kiapi(&["serve", "demo", "--like-kicad"])).args(args))
    }

    fn kicad(&self) -> PathBuf {
        let folder = self.path("tmp").join("kicad");
        let _ = fs::create_dir(&folder);
        folder
    }
}

fn said(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    let value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    Said { code: output.status.code().unwrap(), value }
}

impl Said {
    /// Holds what was said against words that must be in the text of a finding of this level.
    #[track_caller]
    fn check(&self, level: &str, words: &str) -> &Self {
        let findings = self.value["findings"].as_array().unwrap();
        let fits =
            |finding: &&Value| finding["level"] == level && finding["what"].as_str().unwrap().contains(words);
        let finding = findings.iter().find(fits);
        let finding =
            finding.unwrap_or_else(|| panic!("no {level} with `{words}` in {:#}", self.value["findings"]));
        assert!(
            level != "problem" || !finding["way_out"].as_str().unwrap().is_empty(),
            "no way out: {finding}"
        );
        self
    }

    /// All problems.
    fn problems(&self) -> Vec<&str> {
        let findings = self.value["findings"].as_array().unwrap().iter();
        findings
            .filter(|finding| finding["level"] == "problem")
            .map(|finding| finding["what"].as_str().unwrap())
            .collect()
    }

    #[track_caller]
    fn is_well(&self, expected: bool) -> &Self {
        assert_eq!(
            (self.code, self.value["ok"].as_bool()),
            (if expected { 0 } else { 7 }, Some(expected)),
            "{:?}",
            self.problems()
        );
        self
    }
}

/// A KiCad that really runs where all KiCads have their sockets makes the machine's surroundings part of the test's.
fn is_disturbed() -> bool {
    let disturbed = fs::read_dir("/tmp/kicad").is_ok_and(|mut entries| entries.next().is_some());
    if disturbed {
        eprintln!("not tested: there are sockets in /tmp/kicad");
    }
    disturbed
}

const ON: &str = r#"{"api":{"enable_server":true}}"#;
const OFF: &str = r#"{"api":{"enable_server":false}}"#;

#[test]
fn kicad_that_is_absent_is_a_problem() {
    if is_disturbed() {
        return;
    }
    let here = Surroundings::new();
    let said = said(&mut here.doctor());
    said.is_well(false)
        .check("problem", "KiCad is not on the PATH")
        .check("problem", "no KiCad that has an API has settings");
    said.check("problem", "no KiCad listens")
        .check("note", "there is no ")
        .check("ok", "is for temporary files (mode 0755");
}

#[test]
fn api_that_is_off_is_a_problem_in_the_newest_kicad_only() {
    if is_disturbed() {
        return;
    }
    let here = Surroundings::new();
    here.install("10.0.6");
    here.settings("9.0", OFF);
    for (text, words) in
        [(OFF, "the API of KiCad 10.0 is off"), ("{}", "the API of KiCad 10.0 is not turned on")]
    {
        here.settings("10.0", text);
        let said = said(&mut here.doctor());
        said.is_well(false).check("problem", words).check("note", "the API of KiCad 9.0 is off");
        said.check("ok", "KiCad 10.0.6 in ").check("problem", "no KiCad listens");
        assert_eq!(said.value["installed"][0]["version"], "10.0.6");
        assert_eq!(said.value["settings"][0]["api"], false);
    }
    here.settings("10.0", "{");
    said(&mut here.doctor()).check("problem", "is no settings file");
}

#[test]
fn all_is_well_where_a_kicad_answers() {
    let here = Surroundings::new();
    here.install("9.0.8");
    here.settings("9.0", ON);
    let kicad = here.serve(&["--as", "9.0"]);
    let said = said(
        here.doctor().env("KICAD_API_SOCKET", kicad.socket.to_string()).env("KICAD_API_TOKEN", &kicad.token),
    );
    if !is_disturbed() {
        said.is_well(true);
    }
    said.check("ok", "the API of KiCad 9.0 is on")
        .check("ok", "KICAD_API_SOCKET is")
        .check("ok", "KiCad 9.0.8");
    said.check("ok", "has open: board ").check("ok", "is yours (mode 0700)");
    let text = here.set(kiapi(&["doctor", "--root"]).arg(here.path("root"))).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("all is well") || is_disturbed(), "{text}");
    assert!(!text.contains(&kicad.token));
}

#[test]
fn kicad_that_is_old_or_elsewhere_is_told() {
    let here = Surroundings::new();
    here.install("8.0.4");
    said(&mut here.doctor()).check("problem", "it has no API");
    let here = Surroundings::new();
    let usual = here.path("root").join("usr/bin");
    fs::create_dir_all(&usual).unwrap();
    fs::write(usual.join("pcbnew"), "").unwrap();
    fs::set_permissions(usual.join("pcbnew"), Permissions::from_mode(0o755)).unwrap();
    fs::create_dir_all(here.path("root").join("var/lib/flatpak/app/org.kicad.KiCad")).unwrap();
    said(&mut here.doctor()).check("note", "it is not on the PATH").check("ok", "KiCad as a flatpak");
}

#[test]
fn stale_sockets_and_locks_are_told_with_the_way_out() {
    if is_disturbed() {
        return;
    }
    let here = Surroundings::new();
    drop(UnixListener::bind(here.kicad().join("api.sock")).unwrap());
    fs::write(here.kicad().join("api.lock"), "").unwrap();
    let stale = said(&mut here.doctor());
    stale
        .is_well(false)
        .check("note", "api.sock is left of a KiCad that ended")
        .check("problem", "no KiCad listens");
    stale.check("note", "api.lock is left behind, and nobody holds it");
    let probes =
        stale.value["instances"].as_array().unwrap().iter().filter(|one| one.get("probe").is_some()).count();
    assert_eq!(probes, 0);

    let _kicad = here.serve(&[]);
    let second = here.kicad().join("api-999999999.sock");
    drop(UnixListener::bind(&second).unwrap());
    let said = said(&mut here.doctor());
    // Nobody is kept from the one that answers.
    said.is_well(true).check("note", "api-999999999.sock is left of a KiCad that ended");
    said.check("ok", "/api.sock (kiapi, process ");
}

#[test]
fn second_kicad_whose_first_one_ended_is_not_found_by_everybody() {
    if is_disturbed() {
        return;
    }
    let here = Surroundings::new();
    here.install("10.0.6");
    here.settings("10.0", ON);
    let first = here.serve(&["--as", "9.0"]);
    let second = here.serve(&[]);
    said(&mut here.doctor())
        .is_well(true)
        .check("note", "2 KiCads answer")
        .check("ok", "KiCad 9.0.8")
        .check("ok", "KiCad 10.0.6");
    // Without a word, and so without removing its socket.
    first.kill();
    let said = said(&mut here.doctor());
    said.is_well(false).check("problem", "clients that look no further do not find the one at");
    drop(second);
}

#[test]
fn kicads_that_do_not_answer_as_they_should_are_problems() {
    for (fault, words) in [
        ("silent", "does not answer"),
        ("not-ready/3600s", "says that it is not ready"),
        ("garbage", "makes no sense"),
        ("wrong-type", "makes no sense"),
    ] {
        let here = Surroundings::new();
        let _kicad = here.serve(&["--fault", fault]);
        // Longer than the second for which nothing is sent to it.
        said(here.doctor().args(["--timeout", "1.5"])).is_well(false).check("problem", words);
    }
    // A busy machine may take longer than a second from the socket to the question.
    let is_early = || {
        let here = Surroundings::new();
        let _kicad = here.serve(&[]);
        let said = said(here.doctor().args(["--timeout", "0.1"]));
        said.value.to_string().contains("has only just begun to listen, and was not asked")
    };
    assert!((0..10).any(|_| is_early()));
    // One that accepts connections, and says nothing at all.
    let here = Surroundings::new();
    let _listener = UnixListener::bind(here.kicad().join("api.sock")).unwrap();
    said(here.doctor().args(["--timeout", "0.5"])).is_well(false).check("problem", "does not answer");
}

#[test]
fn kicad_that_is_stopped_is_not_asked() {
    let here = Surroundings::new();
    let kicad = here.serve(&[]);
    kicad.signal("-STOP");
    // So it ends long before it could have given up.
    let said_stopped = said(here.doctor().args(["--timeout", "3600"]));
    kicad.signal("-CONT");
    said_stopped.is_well(false).check("problem", "is stopped, and was not asked");
    said(&mut here.doctor()).check("ok", "/api.sock (kiapi, process ");
}

#[test]
fn environment_that_leads_nowhere_is_a_problem() {
    let here = Surroundings::new();
    let kicad = here.serve(&[]);
    let socket = kicad.socket.to_string();
    for (socket, token, words) in [
        ("tcp://x:1", "", "KICAD_API_SOCKET is no address"),
        ("ipc:///no/such.sock", "", "where no KiCad is"),
        (&socket, "of-another-kicad", "KICAD_API_TOKEN is not the token"),
    ] {
        let said = said(here.doctor().env("KICAD_API_SOCKET", socket).env("KICAD_API_TOKEN", token));
        said.is_well(false).check("problem", words);
    }
    said(here.doctor().env("KICAD_API_TOKEN", "x"))
        .check("note", "KICAD_API_TOKEN is set and KICAD_API_SOCKET is not");
}

#[test]
fn folders_that_others_can_use_are_problems() {
    let here = Surroundings::new();
    fs::set_permissions(here.kicad(), Permissions::from_mode(0o777)).unwrap();
    fs::set_permissions(here.path("tmp"), Permissions::from_mode(0o777)).unwrap();
    let said_open = said(&mut here.doctor());
    said_open
        .check("problem", "others may put sockets into")
        .check("problem", "others may remove and replace everything");
    fs::set_permissions(here.path("tmp"), Permissions::from_mode(0o1777)).unwrap();
    said(&mut here.doctor()).check("ok", "is for temporary files (mode 1777");

    let here = Surroundings::new();
    let kicad = here.serve(&[]);
    let socket = kicad.socket.path().unwrap();
    fs::set_permissions(socket, Permissions::from_mode(0o777)).unwrap();
    assert!(
        !said(&mut here.doctor()).problems().iter().any(|what| what.contains("what they like")),
        "its folder is closed"
    );
    fs::set_permissions(socket.parent().unwrap(), Permissions::from_mode(0o755)).unwrap();
    said(&mut here.doctor()).check("problem", "other users may do with the KiCad at");

    let here = Surroundings::new();
    std::os::unix::fs::symlink(here.path("home"), here.path("tmp").join("kicad")).unwrap();
    said(&mut here.doctor()).check("problem", "is a link");

    let here = Surroundings::new();
    let long = here.path("tmp").join("x".repeat(100));
    fs::create_dir(&long).unwrap();
    said(here.doctor().env("TMPDIR", &long)).check("problem", "has no API, and says nothing of it");
    said(here.doctor().env("TMPDIR", here.path("none"))).check("problem", "cannot be looked at");
}

fn is_root() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!(
            "not tested: only root can give files to another user, and start a process of another user"
        );
    }
    root
}

#[test]
fn what_belongs_to_another_user_is_a_problem() {
    if !is_root() {
        return;
    }
    let here = Surroundings::new();
    let kicad = here.serve(&[]);
    let socket = kicad.socket.path().unwrap();
    std::os::unix::fs::chown(socket, Some(NOBODY), None).unwrap();
    said(&mut here.doctor()).is_well(false).check("problem", "it belongs to the user 65534");
    std::os::unix::fs::chown(socket, Some(0), None).unwrap();
    std::os::unix::fs::chown(here.kicad().join("api.lock"), Some(NOBODY), None).unwrap();
    said(&mut here.doctor()).check("problem", "api.lock belongs to the user 65534, so KiCad cannot lock it");
    std::os::unix::fs::chown(here.kicad(), Some(NOBODY), None).unwrap();
    said(&mut here.doctor()).check("problem", "belongs to the user 65534, who could answer in KiCad's place");
    std::os::unix::fs::chown(here.kicad(), Some(0), None).unwrap();
}

#[test]
fn what_may_not_be_read_is_a_problem() {
    if !is_root() {
        return;
    }
    let here = Surroundings::new();
    let _kicad = here.serve(&[]);
    here.settings("10.0", ON);
    fs::set_permissions(here.folder.path(), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(here.path("tmp"), Permissions::from_mode(0o700)).unwrap();
    let settings = here.path("home").join("config/kicad/10.0/kicad_common.json");
    fs::set_permissions(&settings, Permissions::from_mode(0o600)).unwrap();
    // A copy, since the other user may not see where it was built.
    let program = here.path("bin").join("kiapi");
    fs::copy(env!("CARGO_BIN_EXE_kiapi"), &program).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    let as_nobody = |set: &dyn Fn(&mut Command)| {
        let mut doctor = Command::new(&program);
        doctor
            .args(["doctor", "--json", "--root"])
            .arg(here.path("root"))
            .current_dir("/")
            .uid(NOBODY)
            .gid(NOBODY);
        doctor.env_remove("KICAD_API_SOCKET").env_remove("KICAD_API_TOKEN");
        here.set(&mut doctor);
        set(&mut doctor);
        said(&mut doctor)
    };
    let said = as_nobody(&|_| {});
    said.is_well(false)
        .check("problem", "kicad_common.json cannot be read")
        .check("problem", "may not be written to (mode 0700");
    said.check("problem", "kicad cannot be looked at");
    fs::set_permissions(here.path("home").join("config/kicad"), Permissions::from_mode(0o700)).unwrap();
    as_nobody(&|_| {}).check("problem", "config/kicad cannot be read");
    // Its folder may be entered, and is another user's.
    fs::set_permissions(here.path("tmp"), Permissions::from_mode(0o1777)).unwrap();
    as_nobody(&|_| {}).check("problem", "belongs to the user 0, who could answer in KiCad's place");
}

#[test]
fn doctor_changes_nothing() {
    let here = Surroundings::new();
    here.install("10.0.6");
    let _kicad = here.serve(&[]);
    let list = |folder: &Path| {
        let mut all = Vec::new();
        let mut todo = vec![folder.to_owned()];
        while let Some(folder) = todo.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    todo.push(path.clone());
                }
                all.push(path);
            }
        }
        all.sort();
        all
    };
    let before = list(here.folder.path());
    said(&mut here.doctor());
    assert_eq!(list(here.folder.path()), before);
}
