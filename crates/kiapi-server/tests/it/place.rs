//! Where servers listen, and who may.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use kiapi_server::{Api, ApiServer, ErrorKind, Place, ServerOptions};

fn start(temp_dir: &Path) -> kiapi_server::Result<ApiServer> {
    ApiServer::start(Api::new(), ServerOptions::new(Place::temp_dir(temp_dir)))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn server_listens_where_kicad_does_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).unwrap();
    let socket = folder.path().join("kicad/api.sock");
    assert_eq!(server.address().path(), Some(socket.as_path()));
    assert_eq!((mode(&socket), mode(&folder.path().join("kicad"))), (0o600, 0o700));
    server.stop();
    assert!(!server.is_running() && !socket.exists());
}

#[test]
fn second_instance_has_its_pid_in_the_name() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(folder.path()).unwrap();
    let second = start(folder.path()).unwrap();
    let name = format!("kicad/api-{}.sock", std::process::id());
    assert_eq!(second.address().path(), Some(folder.path().join(name).as_path()));
    // A third one in the same process has no name left.
    assert_eq!(start(folder.path()).unwrap_err().kind(), ErrorKind::InUse);
    drop(first);
    let next = start(folder.path()).unwrap();
    assert!(next.address().to_string().ends_with("kicad/api.sock"));
}

#[test]
fn socket_of_a_dead_server_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("kicad")).unwrap();
    let socket = folder.path().join("kicad/api.sock");
    // A socket file whose listener is gone.
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    assert!(socket.exists());
    let server = start(folder.path()).unwrap();
    assert_eq!(server.address().path(), Some(socket.as_path()));
}

#[test]
fn folder_that_others_may_use_is_closed_to_them() {
    let folder = tempfile::tempdir().unwrap();
    let kicad = folder.path().join("kicad");
    fs::create_dir(&kicad).unwrap();
    fs::set_permissions(&kicad, fs::Permissions::from_mode(0o777)).unwrap();
    let _server = start(folder.path()).unwrap();
    assert_eq!(mode(&kicad), 0o700);
}

#[test]
fn folder_that_is_a_link_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    symlink("/", folder.path().join("kicad")).unwrap();
    let error = start(folder.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(error.to_string().ends_with("is not a folder; serve below another folder (TMPDIR)"), "{error}");
}

#[test]
fn path_that_is_too_long_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let long = folder.path().join("x".repeat(100));
    fs::create_dir(&long).unwrap();
    let error = start(&long).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Address);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("107") || source.contains("103"), "{source}");
}
