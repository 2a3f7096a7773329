//! What the command says of bad input: the tables in `tests/bad_input`, a row for each.
//!
//! `UPDATE_EXPECT=1` writes the outcomes into them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use kiapi::api::common::ApiResponse;
use kiapi::prost::Message as _;
use kiapi_emulator::Line;
use serde::Deserialize;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Value, value};

use crate::kicad::{Kicad, LINES};
use crate::run::{kiapi, since_it_is_known};

/// How many rows there are at least.
const ENOUGH: usize = 200;

/// How the table writes the folder that a row is run in, and the socket of its KiCad or peer; `{since}` is the KiCad since
/// which a command is known.
const FOLDER: &str = "{folder}";
const SOCKET: &str = "{socket}";
/// And brackets within brackets, more of them than a stack holds.
const DEEP: &str = "{deep}";

/// Longer than this nothing takes, also on a busy machine: what is not refused by then is ended.
const PATIENCE: Duration = Duration::from_secs(60);

/// A row: what is given, and what comes of it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Row {
    /// The arguments. Here too, and in the environment, what begins with `hex:` is bytes.
    run: Vec<String>,
    /// The line of KiCad whose emulator is reached, as `KICAD_API_SOCKET` says.
    kicad: Option<String>,
    /// Files in the folder, by their names. What begins with `hex:` is bytes, with `link:` a link to what follows, and
    /// `folder:` is a folder.
    files: BTreeMap<String, String>,
    /// A snapshot of the demo board as JSON, in the file `demo.json`, in which the first text stands for the second.
    snapshot: Vec<[String; 2]>,
    environment: BTreeMap<String, String>,
    stdin: Option<String>,
    /// What a false KiCad does that is reached in the same way; see [`play`].
    peer: Vec<String>,
    /// What is sent to the emulator, in which case nothing is run.
    send: Vec<String>,
    /// The exit code, the text for people, and what is printed for others to use.
    code: i32,
    says: String,
    prints: String,
}

/// What came of a row.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    code: i32,
    says: String,
    prints: String,
}

struct Table {
    path: PathBuf,
    text: String,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Rows {
    row: Vec<Row>,
}

fn tables() -> Vec<Table> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_input");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let table = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let rows: Rows =
            toml_edit::de::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Table { path, text, rows: rows.row }
    };
    paths.into_iter().map(table).collect()
}

/// The emulated KiCads, of which each row chooses one.
struct Kicads(Vec<(Line, Kicad)>);

impl Kicads {
    fn start() -> Self {
        Self(LINES.map(|line| (line, Kicad::start(line))).into())
    }

    fn of(&self, line: &str) -> &Kicad {
        let kicad = self.0.iter().find(|(known, _)| known.to_string() == line);
        &kicad.unwrap_or_else(|| panic!("there is no KiCad {line}")).1
    }
}

fn bytes(text: &str, id: &[u8]) -> Vec<u8> {
    let hex = |word: &str| {
        let digits = word.as_bytes().chunks(2);
        let digit = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16);
        digits.map(|pair| digit(pair).unwrap_or_else(|_| panic!("`{word}` is no hex"))).collect()
    };
    text.split_whitespace().flat_map(|word| if word == "id" { id.to_vec() } else { hex(word) }).collect()
}

/// The next frame without its length; nothing if the connection ends before that.
fn frame(stream: &mut UnixStream) -> Option<Vec<u8>> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).ok()?;
    let length = u64::from_be_bytes(head[1..].try_into().ok()?);
    let mut frame = vec![0; usize::try_from(length).ok()?];
    stream.read_exact(&mut frame).ok()?;
    Some(frame)
}

/// A false KiCad: each word is done on each connection, and then the client is waited for to go. `handshake` sends the
/// right one, `request` waits for a request, `close` closes, `again` goes back to the next request, `wait` does nothing more; all else is bytes to
/// send, in hex, in which `id` is the id of the request.
fn play(listener: &UnixListener, steps: &[String]) {
    thread::scope(|scope| {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let mut handshake = [0; 8];
            // Whoever connects and says nothing wants it to end.
            if stream.read_exact(&mut handshake).is_err() {
                return;
            }
            scope.spawn(move || {
                let mut round = 0;
                while follow(&mut stream, steps, round) == Some(Next::Again) {
                    round += 1;
                }
            });
        }
    });
}

#[derive(PartialEq, Eq)]
enum Next {
    Again,
    Close,
}

/// Does what a false KiCad does; nothing when the client goes.
fn follow(stream: &mut UnixStream, steps: &[String], round: usize) -> Option<Next> {
    let mut id = Vec::new();
    for step in steps {
        match step.as_str() {
            // It comes once.
            "handshake" if round > 0 => {}
            "handshake" => stream.write_all(b"\0SP\0\0\x31\0\0").ok()?,
            "request" => id = frame(stream)?[..4].to_vec(),
            "again" => return Some(Next::Again),
            "close" => return Some(Next::Close),
            "wait" => break,
            hex => stream.write_all(&bytes(hex, &id)).ok()?,
        }
    }
    let _ = stream.read_to_end(&mut Vec::new());
    None
}

/// What the emulator answers to bytes.
fn sent(steps: &[String], socket: &str) -> Outcome {
    let mut stream = UnixStream::connect(socket.trim_start_matches("ipc://")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut says = Vec::new();
    for step in steps {
        let step = if step == "handshake" { "00535000 00300000" } else { step };
        // It may be closed already, which is seen below.
        let _ = stream.write_all(&bytes(step, &[0x80, 0, 0, 1]));
    }
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut handshake = [0; 8];
    if stream.read_exact(&mut handshake).is_ok() {
        says.push("it greets".to_owned());
    }
    while let Some(frame) = frame(&mut stream) {
        let status = ApiResponse::decode(&frame[4..]).unwrap().status.unwrap();
        says.push(format!("{:?}: {}", status.status, status.error_message));
    }
    says.push("it ends the connection".to_owned());
    Outcome { code: 0, says: says.join("\n"), prints: String::new() }
}

fn outcome(row: &Row, kicads: &Kicads) -> Outcome {
    let folder = tempfile::Builder::new().prefix("ki").tempdir().unwrap();
    let place = folder.path().display().to_string();
    let peer = folder.path().join("peer.sock");
    let kicad = row.kicad.as_ref().map(|line| kicads.of(line));
    let socket = match kicad {
        Some(kicad) => kicad.socket(),
        None => format!("ipc://{}", peer.display()),
    };
    let put = |text: &String| -> OsString {
        match text.strip_prefix("hex:") {
            Some(hex) => OsString::from_vec(bytes(hex, &[])),
            None => {
                let text = text.replace(FOLDER, &place).replace(SOCKET, &socket);
                text.replace(DEEP, &"[".repeat(100_000)).into()
            }
        }
    };
    if !row.send.is_empty() {
        // Some of it puts a KiCad out of step for every client, so each has one of its own.
        let lines = LINES.into_iter().filter(|line| row.kicad.as_deref() == Some(&line.to_string()));
        let own = lines.map(Kicad::start).next().expect("it says which KiCad it is for");
        return sent(&row.send, &own.socket());
    }
    for (name, text) in &row.files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match text.split_once(':') {
            Some(("link", target)) => std::os::unix::fs::symlink(target, path).unwrap(),
            Some(("folder", "")) => fs::create_dir(path).unwrap(),
            _ => fs::write(path, put(text).as_bytes()).unwrap(),
        }
    }
    if !row.snapshot.is_empty() {
        let whole = fs::read_to_string(demo()).unwrap();
        let text = row.snapshot.iter().fold(whole, |text, [from, to]| {
            assert!(text.contains(from.as_str()), "the snapshot has no `{from}`");
            text.replacen(from.as_str(), to, 1)
        });
        fs::write(folder.path().join("demo.json"), text).unwrap();
    }
    let mut command = kiapi(&[]);
    command.args(row.run.iter().map(put)).current_dir(folder.path());
    for name in ["HOME", "TMPDIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_DOCUMENTS_DIR"] {
        command.env(name, folder.path());
    }
    if kicad.is_some() || !row.peer.is_empty() {
        command.env("KICAD_API_SOCKET", &socket);
    }
    for (name, text) in &row.environment {
        command.env(name, put(text));
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let ran = thread::scope(|scope| {
        if !row.peer.is_empty() {
            let listener = UnixListener::bind(&peer).unwrap();
            scope.spawn(move || play(&listener, &row.peer));
        }
        let mut child = command.spawn().unwrap();
        let process = child.id().to_string();
        let (ended, is_ended) = mpsc::channel::<()>();
        scope.spawn(move || {
            if is_ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let _ = Command::new("kill").args(["-KILL", &process]).status();
            }
        });
        // What is refused before it is read is told by the exit code.
        let stdin = row.stdin.as_ref().map(put).unwrap_or_default();
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        let ran = child.wait_with_output().unwrap();
        drop(ended);
        if !row.peer.is_empty() {
            drop(UnixStream::connect(&peer));
        }
        ran
    });
    let text = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).unwrap();
        since_it_is_known(text.replace(&place, FOLDER).replace(&socket, SOCKET).trim_end())
    };
    Outcome { code: ran.status.code().unwrap_or(-1), says: text(ran.stderr), prints: text(ran.stdout) }
}

/// What comes of rows, of which a few are run at a time: most of them wait.
fn outcomes(rows: &[Row], kicads: &Kicads) -> Vec<Outcome> {
    thread::scope(|scope| {
        let parts = rows.chunks(rows.len().div_ceil(4));
        let run = |part: &'_ [Row]| part.iter().map(|row| outcome(row, kicads)).collect::<Vec<_>>();
        let parts: Vec<_> = parts.map(|part| scope.spawn(move || run(part))).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    })
}

/// A snapshot of the demo board, as JSON.
fn demo() -> PathBuf {
    static DEMO: std::sync::OnceLock<(tempfile::TempDir, PathBuf)> = std::sync::OnceLock::new();
    let (_, path) = DEMO.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo.json");
        let kicad = Kicad::start(LINES[1]);
        assert_eq!(kicad.run(&["snapshot", path.to_str().unwrap()]).code, 0);
        (folder, path)
    });
    path.clone()
}

/// A row as people read it.
fn shown(row: &Row) -> String {
    if row.send.is_empty() { format!("kiapi {}", row.run.join(" ")) } else { row.send.join(", ") }
}

fn write(table: &Table, outcomes: &[Outcome]) {
    let mut document: DocumentMut = table.text.parse().unwrap();
    let rows: &mut ArrayOfTables = document["row"].as_array_of_tables_mut().unwrap();
    for (row, outcome) in rows.iter_mut().zip(outcomes) {
        let text = |text: &str| -> Item {
            let quoted = if text.contains('\n') { format!("'''\n{text}'''") } else { format!("'{text}'") };
            quoted.parse::<Value>().map_or_else(|_| value(text), value)
        };
        for key in ["code", "says", "prints"] {
            row.remove(key);
        }
        row.insert("code", value(i64::from(outcome.code)));
        row.insert("says", text(&outcome.says));
        if !outcome.prints.is_empty() {
            row.insert("prints", text(&outcome.prints));
        }
    }
    fs::write(&table.path, document.to_string()).unwrap();
}

#[test]
fn bad_input_is_refused_with_words_that_help() {
    let kicads = Kicads::start();
    let before: Vec<_> = kicads.0.iter().map(|(_, kicad)| kicad.items()).collect();
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = Vec::new();
    let mut count = 0;
    for table in tables() {
        let outcomes = outcomes(&table.rows, &kicads);
        count += outcomes.len();
        if update {
            write(&table, &outcomes);
            continue;
        }
        for (row, outcome) in table.rows.iter().zip(&outcomes) {
            let expected = Outcome { code: row.code, says: row.says.clone(), prints: row.prints.clone() };
            if *outcome != expected {
                let file = table.path.display();
                wrong.push(format!("{file}: {}\nexpected {expected:#?}\ncame {outcome:#?}", shown(row)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows differ:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(count >= ENOUGH, "there are {count} rows");
    let after: Vec<_> = kicads.0.iter().map(|(_, kicad)| kicad.items()).collect();
    assert!(before == after, "what is refused has changed a board");
}

#[test]
fn every_row_is_its_own_and_is_refused() {
    let mut seen = Vec::new();
    for table in tables() {
        for row in table.rows {
            let what = format!(
                "{}: {:?} {:?} {:?} {:?} {:?}",
                shown(&row),
                (&row.kicad, &row.files),
                row.snapshot,
                row.environment,
                row.stdin,
                row.peer
            );
            assert!(!row.send.is_empty() || row.code != 0, "{what} is taken");
            assert!(!row.says.is_empty() || !row.prints.is_empty(), "{what}: nothing is said of it");
            assert!(row.code != 101 && !row.says.contains("panicked"), "{what} is a panic");
            assert!(!seen.contains(&what), "{what} is there twice");
            seen.push(what);
        }
    }
}
