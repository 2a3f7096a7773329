//! Connecting: to the place that is said, or to the first that answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kiapi_transport::Deadline;

use super::KiCad;
#[cfg(doc)]
use crate::ErrorKind;
use crate::core::{CommitState, Core};
use crate::discovery::{self, Candidate, Candidates};
use crate::guard::Guarding;
use crate::link::{Blocking, Link};
use crate::{ConnectOptions, Error, Result};

/// How long one KiCad may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long KiCad may take to be ready when nobody says otherwise.
const READY_TIMEOUT: Duration = Duration::from_secs(30);

impl KiCad<Blocking> {
    /// Connects to the KiCad that started this program, or else to the one that runs.
    ///
    /// Where to look comes from the environment that KiCad gives to its plugins (`KICAD_API_SOCKET` and
    /// `KICAD_API_TOKEN`), and then from where KiCad puts its socket: of the [`instances`](crate::instances) that are there,
    /// those that may be alive are tried, in that order. A KiCad that is still starting is waited for; for the first second of
    /// its socket's life nothing is sent to it, since it could hang of that.
    ///
    /// # Errors
    ///
    /// [`NotReachable`](ErrorKind::NotReachable) when no KiCad listens, with all places and what is wrong with each;
    /// [`NotReady`](ErrorKind::NotReady) when it was not ready in time, which a dialog that waits for a person can cause;
    /// [`Guarded`](ErrorKind::Guarded) when the only KiCad is stopped, by a signal or a debugger
    /// ([`Guard::StoppedProcess`](crate::Guard::StoppedProcess)).
    ///
    /// # KiCad versions
    ///
    /// 9.0 and later.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let kicad = kiapi::KiCad::connect()?;
    /// println!("KiCad {}", kicad.version());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[inline]
    pub fn connect() -> Result<Self> {
        Self::connect_with(ConnectOptions::new())
    }

    /// Connects as `options` say.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect); and [`Configuration`](ErrorKind::Configuration) when the environment holds no address.
    ///
    /// # Examples
    ///
    /// ```
    /// # let kicad = kiapi_emulator::Emulator::demo().start()?;
    /// use kiapi::{ConnectOptions, KiCad};
    ///
    /// let options = ConnectOptions::new().socket(kicad.socket().clone()).client_name("my tool");
    /// assert_eq!(KiCad::connect_with(options)?.client_name(), "my tool");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn connect_with(options: ConnectOptions) -> Result<Self> {
        Blocking::run(open(options))
    }
}

#[cfg(feature = "tokio")]
impl KiCad<crate::link::Tokio> {
    /// Connects to the KiCad that started this program, or else to the one that runs.
    ///
    /// # Errors
    ///
    /// As [`KiCad::connect`](crate::KiCad::connect) of the client that blocks.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example() -> kiapi::Result<()> {
    /// let kicad = kiapi::tokio::KiCad::connect().await?;
    /// println!("KiCad {}", kicad.version());
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub async fn connect() -> Result<Self> {
        Self::connect_with(ConnectOptions::new()).await
    }

    /// Connects as `options` say.
    ///
    /// # Errors
    ///
    /// As [`KiCad::connect_with`](crate::KiCad::connect_with) of the client that blocks.
    ///
    /// # Examples
    ///
    /// ```
    /// # let emulator = kiapi_emulator::Emulator::demo().start()?;
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let options = kiapi::ConnectOptions::new().socket(emulator.socket().clone());
    /// let kicad = kiapi::tokio::KiCad::connect_with(options).await?;
    /// kicad.ping().await?;
    /// # Ok::<_, kiapi::Error>(())
    /// # })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub async fn connect_with(options: ConnectOptions) -> Result<Self> {
        open(options).await
    }
}

/// Connects to the first of the places that listens.
async fn open<L: Link>(options: ConnectOptions) -> Result<KiCad<L>> {
    let deadline = Deadline::after(options.ready_timeout.unwrap_or(READY_TIMEOUT));
    let Candidates { places, passed_over } = discovery::candidates(&options, |name| std::env::var_os(name))?;
    let guarding = Guarding { off: options.guards_off };
    let (mut tried, mut stopped) = (Vec::new(), None);
    for Candidate { address, token } in places {
        if let Some(pid) = guarding.stopped(&address) {
            stopped = stopped.or(Some((address, pid)));
            continue;
        }
        // One that accepts and says nothing must not use up the time of the others.
        let patience = deadline.remaining().unwrap_or(CONNECT_TIMEOUT).min(CONNECT_TIMEOUT);
        let how = kiapi_transport::ConnectOptions::new().timeout(patience);
        match L::connect(&address, if options.any_user { how.any_user() } else { how }).await {
            Ok(link) => {
                // A name that nobody had before has no commit.
                let named = match options.client_name {
                    Some(name) => (name, CommitState::Inherited),
                    None => (own_name(), CommitState::None),
                };
                let core = Core::new(link, named, options.call, guarding, token.unwrap_or_default());
                core.greet(deadline.remaining().unwrap_or(READY_TIMEOUT)).await?;
                return Ok(KiCad(Arc::new(core)));
            }
            Err(error) if error.kind() == kiapi_transport::ErrorKind::TooEarly => {
                return Err(Error::starting(&address, error));
            }
            Err(error) => tried.push((address, error)),
        }
    }
    Err(match stopped {
        Some((address, pid)) => Error::stopped(format_args!("did not connect to `{address}`"), pid, &tried),
        None => Error::not_reachable(tried, &passed_over),
    })
}

/// The program's name and process id, and a number from the second connection on: KiCad keeps one commit for each name.
#[inline]
fn own_name() -> String {
    static CONNECTIONS: AtomicUsize = AtomicUsize::new(1);
    let number = match CONNECTIONS.fetch_add(1, Ordering::Relaxed) {
        1 => String::new(),
        number => format!("-{number}"),
    };
    let program = std::env::current_exe().ok();
    let stem = program.as_deref().and_then(std::path::Path::file_stem).map(std::ffi::OsStr::to_string_lossy);
    format!("{}-{}{number}", stem.as_deref().unwrap_or("kiapi"), std::process::id())
}
