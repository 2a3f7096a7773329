//! Where a server's socket lies, by KiCad's conventions.

use std::fs::File;
use std::path::{Path, PathBuf};

use kiapi_transport::Address;

use crate::{Error, ErrorKind, Result};

/// Where a server listens.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Place {
    /// Where KiCad does, below a folder for temporary files: `kicad/api.sock`, with `kicad/api.lock` held as long as the
    /// server lives. While another one holds the lock, `kicad/api-<pid>.sock`. On Windows, where the pipe itself is the lock, the
    /// other name is for when somebody has the first one.
    TempDir(PathBuf),
    /// At this very address, without a lock.
    Address(Address),
}

/// A place that was taken, and is held until this is dropped.
#[derive(Debug)]
pub struct Taken {
    pub(crate) address: Address,
    /// Held until the server is gone. The file stays, for to remove it would let two servers hold two locks.
    _lock: Option<File>,
    #[cfg(not(unix))]
    elsewhere: Option<Address>,
}

impl Taken {
    /// Where to go if somebody listens here already, which on Windows shows only then.
    #[cfg(not(unix))]
    pub(crate) fn elsewhere(&self) -> Option<Self> {
        let address = self.elsewhere.clone()?;
        Some(Self { address, _lock: None, elsewhere: None })
    }

    /// Where to go if somebody listens here already: the lock has told.
    #[cfg(unix)]
    #[allow(clippy::unused_self)] // elsewhere it has something to say
    pub(crate) fn elsewhere(&self) -> Option<Self> {
        None
    }

    /// Where to listen.
    pub fn address(&self) -> &Address {
        &self.address
    }
}

impl Place {
    /// Below the folder for temporary files of this process, which is where a KiCad that was started here would listen.
    pub fn kicad() -> Self {
        // KiCad on macOS does not look at the environment.
        let folder = if cfg!(target_os = "macos") { "/tmp".into() } else { std::env::temp_dir() };
        Self::TempDir(folder)
    }

    /// Below a folder for temporary files.
    pub fn temp_dir(folder: impl Into<PathBuf>) -> Self {
        Self::TempDir(folder.into())
    }

    /// At a path.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Address`] when the path does not fit into the address of a socket.
    pub fn socket(path: impl AsRef<Path>) -> Result<Self> {
        address(path.as_ref()).map(Self::Address)
    }

    /// Takes the place as a server does, for what listens there without being one: the folder is made, or refused if it is
    /// another user's, and the lock is held from now on.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Permission`], [`ErrorKind::Address`], or what else is in the way.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use kiapi_server::Place;
    ///
    /// let folder = tempfile::tempdir()?;
    /// let first = Place::temp_dir(folder.path()).take()?;
    /// assert!(first.address().to_string().ends_with("/kicad/api.sock"));
    /// // While it is held, others have to go elsewhere.
    /// assert_ne!(Place::temp_dir(folder.path()).take()?.address(), first.address());
    /// # }
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn take(&self) -> Result<Taken> {
        match self {
            Self::Address(address) => Ok(Taken {
                address: address.clone(),
                _lock: None,
                #[cfg(not(unix))]
                elsewhere: None,
            }),
            Self::TempDir(folder) => take_below(folder),
        }
    }
}

fn address(path: &Path) -> Result<Address> {
    Address::from_path(path).map_err(|error| {
        Error::new(ErrorKind::Address, format!("cannot listen at `{}`", path.display())).with_source(error)
    })
}

#[cfg(unix)]
fn take_below(temp_dir: &Path) -> Result<Taken> {
    use std::fs::TryLockError;

    let folder = temp_dir.join("kicad");
    own_folder(&folder)?;
    let lock = folder.join("api.lock");
    let file = File::options().create(true).truncate(false).write(true).open(&lock);
    let file = file.map_err(|error| {
        let hint = format!("cannot open the lock `{}`; does it belong to another user?", lock.display());
        Error::new(ErrorKind::Permission, hint).with_source(error)
    })?;
    match file.try_lock() {
        Ok(()) => Ok(Taken { address: address(&folder.join("api.sock"))?, _lock: Some(file) }),
        Err(TryLockError::WouldBlock) => {
            let name = format!("api-{}.sock", std::process::id());
            Ok(Taken { address: address(&folder.join(name))?, _lock: None })
        }
        Err(TryLockError::Error(error)) => {
            let what = format!("cannot lock `{}`", lock.display());
            Err(Error::new(ErrorKind::Io, what).with_source(error))
        }
    }
}

/// Makes the folder, for its owner only; one that is there must be ours, since its owner could put a socket in place of
/// ours.
#[cfg(unix)]
fn own_folder(folder: &Path) -> Result<()> {
    use std::fs::Permissions;
    use std::io::ErrorKind as Io;
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};

    let failed = |what: &str, error: std::io::Error| {
        let kind = if error.kind() == Io::PermissionDenied { ErrorKind::Permission } else { ErrorKind::Io };
        Error::new(kind, format!("cannot {what} `{}`", folder.display())).with_source(error)
    };
    match std::fs::DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == Io::AlreadyExists => {}
        Err(error) => return Err(failed("make the folder", error)),
    }
    let found = std::fs::symlink_metadata(folder).map_err(|error| failed("look at", error))?;
    let refuse = |why: &str| {
        let way_out = "serve below another folder (TMPDIR)";
        Err(Error::new(ErrorKind::Permission, format!("`{}` {why}; {way_out}", folder.display())))
    };
    if !found.is_dir() {
        return refuse("is not a folder");
    }
    let own =
        kiapi_transport::native::own_user().map_err(|error| failed("tell from another user's", error))?;
    if found.uid() != own {
        return refuse("belongs to another user, who could answer in our place");
    }
    if found.mode() & 0o077 != 0 {
        std::fs::set_permissions(folder, Permissions::from_mode(0o700))
            .map_err(|error| failed("close to other users the folder", error))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn take_below(temp_dir: &Path) -> Result<Taken> {
    // KiCad's pipes are named like its sockets elsewhere; no file is made, so there is nothing to lock.
    let folder = temp_dir.join("kicad");
    let elsewhere = Some(address(&folder.join(format!("api-{}.sock", std::process::id())))?);
    Ok(Taken { address: address(&folder.join("api.sock"))?, _lock: None, elsewhere })
}
