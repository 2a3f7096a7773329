//! What differs between systems: everything of `kicad` that needs Unix, behind functions that say so elsewhere.

pub(crate) use imp::{
    connect, create_private_dir, is_mine, is_root, kill_group, lock, own_group, symlink, terminate, user_id,
};

#[cfg(unix)]
mod imp {
    use std::fs::{self, File};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
    use std::os::unix::process::CommandExt as _;
    use std::path::Path;
    use std::process::Command;

    use rustix::fs::FlockOperation;
    use rustix::process::{Pid, Signal};

    use std::os::unix::net::UnixStream as Stream;

    pub(crate) fn connect(socket: &Path) -> io::Result<Stream> {
        Stream::connect(socket)
    }

    /// Puts the program in a process group of its own, so that Ctrl-C at the terminal does not reach it.
    pub(crate) fn own_group(command: &mut Command) {
        command.process_group(0);
    }

    /// Asks the process to end.
    pub(crate) fn terminate(pid: u32) -> io::Result<()> {
        Ok(rustix::process::kill_process(id(pid)?, Signal::TERM)?)
    }

    /// Ends the process group that `pid` leads, without asking.
    pub(crate) fn kill_group(pid: u32) -> io::Result<()> {
        Ok(rustix::process::kill_process_group(id(pid)?, Signal::KILL)?)
    }

    fn id(pid: u32) -> io::Result<Pid> {
        i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }

    /// Creates a folder, and those above it, that only this user may enter.
    pub(crate) fn create_private_dir(path: &Path) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    /// Whether this user owns `path`, and it is no link.
    pub(crate) fn is_mine(path: &Path) -> io::Result<bool> {
        let metadata = fs::symlink_metadata(path)?;
        Ok(metadata.uid() == user_id() && !metadata.is_symlink())
    }

    pub(crate) fn symlink(target: &Path, link: &Path) -> io::Result<()> {
        std::os::unix::fs::symlink(target, link)
    }

    pub(crate) fn user_id() -> u32 {
        rustix::process::getuid().as_raw()
    }

    pub(crate) fn is_root() -> bool {
        rustix::process::geteuid().is_root()
    }

    /// Waits until no other process holds the lock on `file`; it is released when `file` is dropped.
    pub(crate) fn lock(file: &File) -> io::Result<()> {
        Ok(rustix::fs::flock(file, FlockOperation::LockExclusive)?)
    }
}

#[cfg(not(unix))]
mod imp {
    use std::fs::{self, File};
    use std::io::{Error, ErrorKind, Result};
    use std::path::Path;
    use std::process::Command;

    use std::net::TcpStream as Stream;

    fn unsupported<T>() -> Result<T> {
        Err(Error::new(ErrorKind::Unsupported, "xtask runs KiCads on Linux only"))
    }

    pub(crate) fn connect(_socket: &Path) -> Result<Stream> {
        unsupported()
    }

    pub(crate) fn own_group(_command: &mut Command) {}

    pub(crate) fn terminate(_pid: u32) -> Result<()> {
        unsupported()
    }

    pub(crate) fn kill_group(_pid: u32) -> Result<()> {
        unsupported()
    }

    pub(crate) fn create_private_dir(path: &Path) -> Result<()> {
        fs::create_dir_all(path)
    }

    pub(crate) fn is_mine(path: &Path) -> Result<bool> {
        fs::symlink_metadata(path).map(|_| true)
    }

    pub(crate) fn symlink(_target: &Path, _link: &Path) -> Result<()> {
        unsupported()
    }

    pub(crate) fn user_id() -> u32 {
        0
    }

    pub(crate) fn is_root() -> bool {
        false
    }

    pub(crate) fn lock(_file: &File) -> Result<()> {
        unsupported()
    }
}
