//! A place where a KiCad may listen.

use std::fmt;
use std::path::{Path, PathBuf};

use kiapi_transport::Address;

/// A place where a KiCad may listen, and what is known of it without connecting.
///
/// [`instances`](crate::instances) finds them.
///
/// # Examples
///
/// ```
/// use kiapi::{ConnectOptions, InstanceState, KiCad};
///
/// for instance in kiapi::instances() {
///     println!("{instance}");
///     if let (InstanceState::Alive, Some(address)) = (instance.state(), instance.address()) {
///         let options = ConnectOptions::new().socket(address.clone());
///         # let _ = options;
///         // `KiCad::connect_with(options)` connects to this one and no other.
///     }
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Instance {
    pub(super) place: PathBuf,
    pub(super) address: Option<Address>,
    pub(super) pid: Option<u32>,
    pub(super) state: InstanceState,
    pub(super) reason: String,
    pub(super) token: Option<String>,
}

/// Whether a KiCad listens at a place, as far as can be told without connecting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum InstanceState {
    /// Somebody listens there.
    Alive,
    /// It cannot be told: the process may be in a container, or the system does not say.
    Unknown,
    /// Somebody listens, and is stopped: by a signal, or a debugger. Nobody should connect before it goes on, since a
    /// KiCad 9.0 can hang then ([`Guard::StoppedProcess`](crate::Guard::StoppedProcess)).
    Stopped,
    /// Nobody listens any more. The socket is left of a KiCad that ended.
    Stale,
    /// Nobody should connect there: the socket is of another user, for example, or is no socket.
    Refused,
}

impl Instance {
    #[inline]
    pub(super) fn new(place: PathBuf) -> Self {
        let (state, reason) = (InstanceState::Unknown, String::new());
        Self { address: Address::from_path(&place).ok(), place, pid: None, state, reason, token: None }
    }

    pub(super) fn is(mut self, state: InstanceState, reason: impl Into<String>) -> Self {
        (self.state, self.reason) = (state, reason.into());
        self
    }

    /// What is known of an address. Nobody is connected to.
    ///
    /// # Examples
    ///
    /// ```
    /// # let emulator = kiapi_emulator::Emulator::demo().start()?;
    /// use kiapi::{Instance, InstanceState};
    ///
    /// # let address = emulator.socket();
    /// assert_eq!(Instance::at(address).state(), InstanceState::Alive);
    /// assert_eq!(Instance::at(&"ipc:///no/such.sock".parse()?).state(), InstanceState::Stale);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn at(address: &Address) -> Self {
        super::at(address)
    }

    /// The path of the socket, or the name of the pipe.
    #[inline]
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// The address to connect to; `None` when the place is none that the system can connect to, for example because its
    /// path is too long.
    #[inline]
    pub fn address(&self) -> Option<&Address> {
        self.address.as_ref()
    }

    /// The process that listens, if it is known. It is the one that made the socket when the state is
    /// [`Stale`](InstanceState::Stale).
    #[inline]
    pub fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// Whether somebody listens.
    #[inline]
    pub fn state(&self) -> InstanceState {
        self.state
    }

    /// How the state is known, for a person.
    #[inline]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The token, if the environment or a file beside the socket has it. It is needed only to make sure that no other
    /// KiCad answers.
    #[inline]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Whether it is worth trying.
    #[inline]
    pub(super) fn may_be_alive(&self) -> bool {
        let state = self.state;
        // One that is stopped is told apart when it is its turn.
        matches!(state, InstanceState::Alive | InstanceState::Unknown | InstanceState::Stopped)
            && self.address.is_some()
    }
}

/// The place, the state and the reason: `/tmp/kicad/api.sock: alive, process 4711 holds the lock`.
impl fmt::Display for Instance {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}, {}", self.place.display(), self.state, self.reason)
    }
}

impl fmt::Display for InstanceState {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alive => "alive",
            Self::Unknown => "unknown",
            Self::Stopped => "stopped",
            Self::Stale => "stale",
            Self::Refused => "refused",
        })
    }
}

impl fmt::Debug for Instance {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance")
            .field("place", &self.place)
            .field("address", &self.address)
            .field("pid", &self.pid)
            .field("state", &self.state)
            .field("reason", &self.reason)
            .field("token", &self.token.as_ref().map(|_| format_args!("<hidden>")))
            .finish()
    }
}
