//! How to connect, and how to call.

use std::collections::BTreeSet;
use std::time::Duration;

use kiapi_transport::Address;

use crate::Guard;

/// How to reach KiCad, for [`KiCad::connect_with`](crate::KiCad::connect_with).
///
/// What is not set here comes from the environment that KiCad gives to its plugins (`KICAD_API_SOCKET` and
/// `KICAD_API_TOKEN`), and then from where KiCad puts its socket.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use kiapi::ConnectOptions;
///
/// let options = ConnectOptions::new()
///     .socket("ipc:///tmp/kicad/api.sock".parse()?)
///     .client_name("my tool")
///     .ready_timeout(Duration::from_secs(60));
/// # let _ = options;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct ConnectOptions {
    pub(crate) socket: Option<Address>,
    pub(crate) token: Option<String>,
    pub(crate) client_name: Option<String>,
    pub(crate) ready_timeout: Option<Duration>,
    pub(crate) any_user: bool,
    pub(crate) call: CallOptions,
    pub(crate) guards_off: BTreeSet<Guard>,
}

impl ConnectOptions {
    /// Everything as the environment says.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::ConnectOptions;
    ///
    /// let options = ConnectOptions::new();
    /// # let _ = options;
    /// ```
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// The socket to connect to, and no other.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::ConnectOptions;
    ///
    /// let options = ConnectOptions::new().socket("ipc:///tmp/kicad/api-4711.sock".parse()?);
    /// # let _ = options;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn socket(mut self, socket: Address) -> Self {
        self.socket = Some(socket);
        self
    }

    /// The token of the KiCad that is meant. Without one, any KiCad at the socket will do, and the token of the first
    /// answer holds from then on.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::ConnectOptions;
    ///
    /// let options = ConnectOptions::new().token("from somewhere");
    /// assert!(!format!("{options:?}").contains("somewhere"));
    /// # let _ = options;
    /// ```
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// What KiCad knows the client by. The program's name and process id, and a number from the second connection on, if not set.
    ///
    /// KiCad keeps one commit for each name, so two clients that run at the same time must not share one. A commit that was
    /// left open, by a program that crashed, is found and dropped only by a client of the same name: set one that the next
    /// run has too if that matters.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::ConnectOptions;
    ///
    /// let options = ConnectOptions::new().client_name("my tool");
    /// # let _ = options;
    /// ```
    pub fn client_name(mut self, name: impl Into<String>) -> Self {
        self.client_name = Some(name.into());
        self
    }

    /// Connects to a KiCad of another user too. Otherwise its socket is refused, where the system tells whose it is: on Linux.
    ///
    /// KiCad's socket lies in a folder that other users may be able to make first. A program of theirs that listens there
    /// reads what is sent, and answers what it likes.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::ConnectOptions;
    ///
    /// let options = ConnectOptions::new().socket("ipc:///tmp/kicad/api.sock".parse()?).any_user();
    /// # let _ = options;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn any_user(mut self) -> Self {
        self.any_user = true;
        self
    }

    /// How long to wait while KiCad starts and says that it is not ready. 30 seconds, if not set.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::ConnectOptions;
    ///
    /// let options = ConnectOptions::new().ready_timeout(std::time::Duration::from_secs(120));
    /// # let _ = options;
    /// ```
    #[inline]
    pub fn ready_timeout(mut self, timeout: Duration) -> Self {
        self.ready_timeout = Some(timeout);
        self
    }

    /// Sends what a guard would refuse.
    ///
    /// ```
    /// use kiapi::{ConnectOptions, Guard};
    ///
    /// let options = ConnectOptions::new().without_guard(Guard::Dialog); // somebody is there to close it
    /// # let _ = options;
    /// ```
    #[inline]
    pub fn without_guard(mut self, guard: Guard) -> Self {
        self.guards_off.insert(guard);
        self
    }

    /// How calls are made that do not say it themselves.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{CallOptions, ConnectOptions, Retry};
    ///
    /// let options = ConnectOptions::new().call_options(CallOptions::new().retry(Retry::WhileRefused));
    /// # let _ = options;
    /// ```
    #[inline]
    pub fn call_options(mut self, options: CallOptions) -> Self {
        self.call = options;
        self
    }
}

impl std::fmt::Debug for ConnectOptions {
    #[inline]
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectOptions")
            .field("socket", &self.socket)
            .field("token", &self.token.as_ref().map(|_| format_args!("<hidden>")))
            .field("client_name", &self.client_name)
            .field("ready_timeout", &self.ready_timeout)
            .field("any_user", &self.any_user)
            .field("call", &self.call)
            .field("guards_off", &self.guards_off)
            .finish()
    }
}

/// How to make one call, for [`KiCad::call_with`](crate::KiCad::call_with).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use kiapi::{CallOptions, Retry};
///
/// let patient = CallOptions::new().timeout(Duration::from_secs(300)).retry(Retry::WhileRefused);
/// # let _ = patient;
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct CallOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) queue_timeout: Option<Duration>,
    pub(crate) retry: Option<Retry>,
    pub(crate) checks: Option<Checks>,
}

/// Whether a command is held against the version of KiCad and the guards before it is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Checks {
    #[default]
    On,
    Off,
}

impl CallOptions {
    /// As the connection's options say.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::CallOptions;
    ///
    /// let options = CallOptions::new();
    /// # let _ = options;
    /// ```
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// How long the call may take, with all its retries. 30 seconds, if not set.
    ///
    /// Threads and tasks that share a client queue for it, and one request is on its way at a time. The time in the queue
    /// is the fault of the calls before, and does not count: see [`queue_timeout`](Self::queue_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::CallOptions;
    ///
    /// let options = CallOptions::new().timeout(std::time::Duration::from_secs(300));
    /// # let _ = options;
    /// ```
    #[inline]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How long the call may wait for its turn, when others share the client. There is no limit, if not set.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::CallOptions;
    ///
    /// let options = CallOptions::new().queue_timeout(std::time::Duration::from_secs(5));
    /// # let _ = options;
    /// ```
    #[inline]
    pub fn queue_timeout(mut self, timeout: Duration) -> Self {
        self.queue_timeout = Some(timeout);
        self
    }

    /// Sends the command whatever the version of KiCad, and whatever a [`Guard`] says.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::CallOptions;
    /// use kiapi::api::common::commands::ParseAndCreateItemsFromString;
    ///
    /// let command = ParseAndCreateItemsFromString::new().with_contents("(kicad_pcb)");
    /// assert!(kicad.call(&command).unwrap_err().guard().is_some());
    /// if let Err(error) = kicad.call_with(&command, CallOptions::new().unchecked()) {
    ///     assert!(error.guard().is_none());
    /// }
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[inline]
    pub fn unchecked(mut self) -> Self {
        self.checks = Some(Checks::Off);
        self
    }

    /// Which refusals are waited out. [`Retry::WhileNotReady`], if not set.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{CallOptions, Retry};
    ///
    /// let options = CallOptions::new().retry(Retry::WhileRefused);
    /// # let _ = options;
    /// ```
    #[inline]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = Some(retry);
        self
    }

    /// What is not set here, from `defaults`.
    #[inline]
    pub(crate) fn or(self, defaults: Self) -> Self {
        Self {
            timeout: self.timeout.or(defaults.timeout),
            queue_timeout: self.queue_timeout.or(defaults.queue_timeout),
            retry: self.retry.or(defaults.retry),
            checks: self.checks.or(defaults.checks),
        }
    }
}

/// Which refusals a call waits out. KiCad refuses before anything runs, so sending the command again is safe, whatever
/// it does; nothing is ever sent again after KiCad may have begun with it.
///
/// # Examples
///
/// ```
/// use kiapi::{CallOptions, Retry};
///
/// let options = CallOptions::new().retry(Retry::Never);
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// None: the first answer counts.
    Never,
    /// While KiCad starts.
    #[default]
    WhileNotReady,
    /// While KiCad starts, and while a person moves or routes something.
    WhileRefused,
}
