//! Connections between users of the machine: refused by both sides, unless they are wanted.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kiapi_gen::common::commands::Ping;
use kiapi_server::transport::{self, CallOptions, Client, ConnectOptions, Transport as _};
use kiapi_server::{Api, ApiServer, Place, ServerOptions, on};

use crate::request;

/// Set in the process of the other user: the socket that it connects to.
const SOCKET: &str = "KIAPI_TEST_SOCKET_OF_ANOTHER_USER";
/// Set in the process of the other user: the socket that it listens at.
const TRAP: &str = "KIAPI_TEST_TRAP_OF_ANOTHER_USER";
/// Nobody, nearly everywhere. Any user but ours does.
const NOBODY: u32 = 65534;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A server whose folder and socket are open to all, so that only who they are can keep others out.
fn serve(folder: &Path, options: transport::ServerOptions) -> (ApiServer, PathBuf) {
    let api = Api::new();
    api.register(on(|_, _: Ping| Ok(())));
    let options = ServerOptions::new(Place::temp_dir(folder)).transport(options);
    let server = ApiServer::start(api, options).unwrap();
    let socket = server.address().path().unwrap().to_owned();
    set_mode(folder, 0o755);
    set_mode(socket.parent().unwrap(), 0o755);
    set_mode(&socket, 0o777);
    (server, socket)
}

/// This very program as another user, who runs one test with a variable set.
fn as_nobody(folder: &Path, test: &str, variable: &str, socket: &Path) -> Command {
    // A copy, since the other user may not see where it was built.
    let program = folder.join("visitor");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    set_mode(&program, 0o755);
    let mut command = Command::new(program);
    command.args(["--exact", test, "--nocapture"]).env(variable, socket).current_dir("/");
    command.uid(NOBODY).gid(NOBODY);
    command
}

/// Another user's process gets only as far as telling what a visit and our own client saw.
fn visit_as_nobody(folder: &Path, socket: &Path) -> [String; 3] {
    let name = "users::connection_of_another_user_is_closed_without_an_answer";
    let output = as_nobody(folder, name, SOCKET, socket).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ["visitor: ", "client: ", "client for any user: "].map(|name| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("the other user's process says {output:?}")).to_owned()
    })
}

/// Says past the harness that only a part of a test was run.
#[expect(clippy::explicit_write, reason = "the harness catches what the macro prints")]
fn say_that_only_root_can(test: &str) {
    let why = "only root can start a process of another user: tested with our own connections only";
    writeln!(io::stderr(), "{test}: {why}").unwrap();
}

/// What our client makes of the socket.
fn connect(socket: &Path, options: ConnectOptions) -> String {
    let address = transport::Address::from_path(socket).unwrap();
    match Client::connect(&address, &options) {
        Err(error) => format!("{:?}", error.kind()),
        Ok(client) => match client.call(&request(&Ping::new(), ""), &CallOptions::new()) {
            Err(error) => format!("connected; {:?}", error.kind()),
            Ok(_) => "answered".to_owned(),
        },
    }
}

/// Connects, sends a whole request, and tells what came back.
fn visit(socket: &Path) -> String {
    let mut stream = match UnixStream::connect(socket) {
        Ok(stream) => stream,
        Err(error) => return format!("cannot connect: {error}"),
    };
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let body = [&0x8000_0001_u32.to_be_bytes()[..], &request(&Ping::new(), "")].concat();
    let mut sent = b"\0SP\0\0\x30\0\0\x01".to_vec();
    sent.extend((body.len() as u64).to_be_bytes());
    sent.extend(body);
    // The other side may be gone by now.
    let _ = stream.write_all(&sent);
    let mut got: Vec<u8> = Vec::new();
    let mut buffer = [0; 1024];
    // The handshake, and the head of an answer.
    while got.len() < 8 + 9 {
        match stream.read(&mut buffer) {
            Ok(0) => return format!("closed after {} bytes", got.len()),
            Ok(count) => got.extend(&buffer[..count]),
            // What was sent and never read makes the end a reset.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                return format!("closed after {} bytes", got.len());
            }
            Err(error) => return format!("{error} after {} bytes", got.len()),
        }
    }
    "answered".to_owned()
}

#[test]
fn connection_of_another_user_is_closed_without_an_answer() {
    if let Some(socket) = std::env::var_os(SOCKET) {
        let socket = Path::new(&socket);
        println!("\nvisitor: {}", visit(socket));
        println!("client: {}", connect(socket, ConnectOptions::new()));
        println!("client for any user: {}", connect(socket, ConnectOptions::new().any_user()));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (server, socket) = serve(folder.path(), transport::ServerOptions::new());
    // Ours are answered, whoever we are.
    assert_eq!(visit(&socket), "answered");
    if !rustix::process::geteuid().is_root() {
        // How credentials are compared is also tested in the transport, as any user.
        say_that_only_root_can("connection_of_another_user_is_closed_without_an_answer");
        return;
    }
    let friend = Client::connect(server.address(), &ConnectOptions::new()).unwrap();
    let seen = visit_as_nobody(folder.path(), &socket);
    assert_eq!(seen[..2], ["closed after 0 bytes", "PermissionDenied"]);
    // The server closes it whenever it likes.
    assert_ne!(seen[2], "answered");
    // That harms nobody, and the socket takes others.
    friend.call(&request(&Ping::new(), ""), &CallOptions::new()).unwrap();
    assert_eq!(visit(&socket), "answered");

    // The same visitor gets an answer where all users are let in, so what kept it out was who it is. Our client has to want it
    // as well.
    let folder = tempfile::tempdir().unwrap();
    let (_server, socket) = serve(folder.path(), transport::ServerOptions::new().any_user());
    let seen = visit_as_nobody(folder.path(), &socket);
    assert_eq!(seen, ["answered", "PermissionDenied", "answered"]);
}

/// Listens until its input ends, and tells how many came and how many bytes they sent.
fn trap(socket: &Path) {
    let listener = UnixListener::bind(socket).unwrap();
    set_mode(socket, 0o777);
    println!("\ntrap: set");
    let caught = std::thread::spawn(move || {
        let (mut visitors, mut bytes) = (0, Vec::new());
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let mut sent = Vec::new();
            // Whoever was turned away by itself is gone, and that may be told as an error.
            let _ = stream.read_to_end(&mut sent);
            if sent == b"end" {
                return (visitors, bytes.len());
            }
            visitors += 1;
            bytes.extend(sent);
        }
        unreachable!("a listener does not end")
    });
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
    UnixStream::connect(socket).unwrap().write_all(b"end").unwrap();
    let (visitors, bytes) = caught.join().unwrap();
    println!("trap: {visitors} came and sent {bytes} bytes");
}

#[test]
fn socket_that_is_exchanged_again_and_again_hears_nothing_when_it_is_anothers() {
    if let Some(socket) = std::env::var_os(TRAP) {
        return trap(Path::new(&socket));
    }
    let name = "socket_that_is_exchanged_again_and_again_hears_nothing_when_it_is_anothers";
    let folder = tempfile::tempdir().unwrap();
    let (_server, ours) = serve(folder.path(), transport::ServerOptions::new());
    if !rustix::process::geteuid().is_root() {
        return say_that_only_root_can(name);
    }
    set_mode(folder.path(), 0o777);
    let theirs = folder.path().join("trap.sock");
    let mut process = as_nobody(folder.path(), &format!("users::{name}"), TRAP, &theirs)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut heard =
        || lines.by_ref().map(Result::unwrap).find_map(|line| Some(line.strip_prefix("trap: ")?.to_owned()));
    assert_eq!(heard().as_deref(), Some("set"));

    // The name that clients know leads to ours and to theirs by turns, as fast as it goes.
    let (known, next) = (folder.path().join("known"), folder.path().join("next"));
    std::os::unix::fs::symlink(&ours, &known).unwrap();
    let done = AtomicBool::new(false);
    let seen: Vec<String> = std::thread::scope(|scope| {
        scope.spawn(|| {
            for target in [&theirs, &ours].into_iter().cycle() {
                if done.load(Ordering::Relaxed) {
                    return;
                }
                std::os::unix::fs::symlink(target, &next).unwrap();
                fs::rename(&next, &known).unwrap();
            }
        });
        let seen = (0..400).map(|_| connect(&known, ConnectOptions::new())).collect();
        done.store(true, Ordering::Relaxed);
        seen
    });
    drop(process.stdin.take());
    let told = heard().unwrap();
    assert!(process.wait().unwrap().success());
    let count = |what: &str| seen.iter().filter(|seen| *seen == what).count();
    let (answered, refused) = (count("answered"), count("PermissionDenied"));
    assert!(answered > 0 && refused > 0, "{answered} were answered, {refused} refused");
    assert_eq!(answered + refused, seen.len(), "{seen:?}");
    assert_eq!(told, format!("{refused} came and sent 0 bytes"));
}
