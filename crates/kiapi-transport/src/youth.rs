//! A KiCad that has only just begun to listen, and hangs of a request that comes too early.
//!
//! KiCad 9.0.8 and 10.0.6 listen before they have said what is to be done with a request. One that arrives in between is never
//! answered, nor is any after it, of any client. A connection without a request does no harm, and in time the request would
//! have been told that KiCad is not ready. So nothing is sent before a socket of KiCad's is [`SETTLED`].

use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::{Address, Error, ErrorKind};

/// How old the socket of a KiCad is before anything is sent to it. At most 20 ms were needed, on two processors with ten
/// busy threads; no KiCad is ready so early.
pub(crate) const SETTLED: Duration = Duration::from_secs(1);

/// How long whoever listens at an address is to be left alone. A named pipe does not tell how old it is.
#[inline]
pub(crate) fn time_left(address: &Address) -> Option<Duration> {
    let path = address.path()?;
    let found = path.symlink_metadata().ok()?;
    // Most are old, and then their names do not matter.
    if !found.is_symlink() {
        time_left_at(found.modified().ok()?, SystemTime::now())?;
    }
    // By the name that the socket has itself, not by that of a link to it.
    let path = path.canonicalize().ok().filter(|path| is_named_by_kicad(path))?;
    time_left_at(path.symlink_metadata().ok()?.modified().ok()?, SystemTime::now())
}

/// What connecting says that may not take until then.
#[inline]
pub(crate) fn too_early(address: &Address) -> Error {
    let message = format!(
        "`{address}` has been there for less than a second, and a KiCad hangs of a request that comes so early; nothing was sent"
    );
    Error::new(ErrorKind::TooEarly, message)
}

/// How long a socket that was made at a moment is to be left alone from another moment on.
#[inline]
fn time_left_at(made: SystemTime, now: SystemTime) -> Option<Duration> {
    match now.duration_since(made) {
        Ok(age) => SETTLED.checked_sub(age).filter(|left| !left.is_zero()),
        // The clock was set back; by how much nobody knows, and nobody waits for longer than usual.
        Err(ahead) => (ahead.duration() < SETTLED).then_some(SETTLED),
    }
}

/// Whether a path is `…/kicad/api.sock` or `…/kicad/api-<pid>.sock`. A server with another name may be asked at once.
#[inline]
fn is_named_by_kicad(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let number = name.strip_prefix("api").and_then(|rest| rest.strip_suffix(".sock"));
    let is_socket = number.is_some_and(|number| match number.strip_prefix('-') {
        Some(digits) => !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()),
        None => number.is_empty(),
    });
    is_socket && path.parent().and_then(Path::file_name).is_some_and(|folder| folder == "kicad")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_of_kicad_are_told_from_others_by_their_names() {
        for (path, expected) in [
            ("/tmp/kicad/api.sock", true),
            ("/tmp/kicad/api-4711.sock", true),
            ("/run/user/1000/app/org.kicad.KiCad/kicad/api.sock", true),
            ("/tmp/kicad/api-.sock", false),
            ("/tmp/kicad/api-x1.sock", false),
            ("/tmp/kicad/api4711.sock", false),
            ("/tmp/kicad/api.lock", false),
            ("/tmp/kicad/.sock", false),
            ("/tmp/kiapi-a1b2c3/api.sock", false),
            ("/api.sock", false),
            ("api.sock", false),
        ] {
            assert_eq!(is_named_by_kicad(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn a_socket_is_left_alone_until_it_is_settled() {
        let made = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let ms = Duration::from_millis;
        for (now, expected) in [
            (made, Some(SETTLED)),
            (made + ms(1), Some(ms(999))),
            (made + ms(999), Some(ms(1))),
            (made + SETTLED, None),
            (made + ms(86_400_000), None),
            (made - ms(1), Some(SETTLED)),
            (made - SETTLED, None),
        ] {
            assert_eq!(time_left_at(made, now), expected, "{now:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_socket_is_known_by_its_own_name_and_age() {
        use std::os::unix::fs::symlink;
        use std::os::unix::net::UnixListener;

        let folder = tempfile::tempdir().expect("there is room");
        let kicad = folder.path().join("kicad");
        std::fs::create_dir(&kicad).expect("it is new");
        let left = |path: &Path| time_left(&Address::from_path(path).expect("it is short"));
        let (socket, link, other) =
            (kicad.join("api.sock"), folder.path().join("a"), folder.path().join("b"));
        assert_eq!(left(&socket), None, "nobody is there");
        let _other = UnixListener::bind(&other).expect("it is free");
        assert_eq!(left(&other), None);
        symlink(&socket, &link).expect("it is free");
        let deadline = std::time::Instant::now() + SETTLED * 10;
        // A machine may be so busy that a socket is old before it is looked at.
        loop {
            drop(UnixListener::bind(&socket).expect("it is free"));
            let both = [&socket, &link].map(|path| left(path).is_some_and(|left| left <= SETTLED));
            if both == [true; 2] {
                break;
            }
            assert!(std::time::Instant::now() < deadline, "it is never young: {both:?}");
            std::fs::remove_file(&socket).expect("it is there");
        }
        while left(&socket).is_some() {
            assert!(std::time::Instant::now() < deadline, "it does not grow old");
            std::thread::yield_now();
        }
    }
}
