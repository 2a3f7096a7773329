//! What can go wrong, and what is known of the command then.

mod items;
mod making;

use std::fmt;

use kiapi_gen::common::ApiStatusCode;
pub use kiapi_transport::Outcome;

pub use self::items::ItemError;
use crate::Guard;

/// A result of this crate.
///
/// # Examples
///
/// ```
/// fn nets(kicad: &kiapi::KiCad) -> kiapi::Result<usize> {
///     Ok(kicad.board()?.nets()?.len())
/// }
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something did not work.
///
/// [`kind`](Self::kind) says what happened, [`outcome`](Self::outcome) what is known of the command that was sent.
///
/// Its text (`{}`) says what was tried and what may help, and leaves the causes to
/// [`source`](std::error::Error::source). `{:?}`, which is what Rust prints when `main` gives an error back, has the causes too, and
/// `{:#?}` all that is known.
///
/// # Examples
///
/// ```
/// use kiapi::{ConnectOptions, ErrorKind, KiCad};
///
/// let nowhere = ConnectOptions::new().socket("ipc:///no/such/folder/api.sock".parse()?);
/// let error = KiCad::connect_with(nowhere).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::NotReachable);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    outcome: Outcome,
    /// What was tried on what, then a hint.
    text: String,
    status: Option<ApiStatusCode>,
    /// KiCad's own words.
    kicad_message: Option<String>,
    guard: Option<Guard>,
    items: Vec<ItemError>,
    /// The call only reads, and its KiCad went away: whether it ran makes no difference.
    only_read: bool,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What kind of thing went wrong.
///
/// # Examples
///
/// ```
/// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
/// use kiapi::ErrorKind;
///
/// match kicad.board_at("other.kicad_pcb") {
///     Ok(board) => println!("{}", board.name()),
///     Err(error) if error.kind() == ErrorKind::Document => println!("open the board first: {error}"),
///     Err(error) => return Err(error),
/// }
/// # Ok::<_, kiapi::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No KiCad listens where one was looked for.
    NotReachable,
    /// KiCad is starting, and was not ready by the deadline.
    NotReady,
    /// KiCad is busy: a person moves or routes something.
    Busy,
    /// KiCad did not answer by the deadline.
    Timeout,
    /// The connection broke.
    Disconnected,
    /// KiCad understood the command and refuses it.
    BadRequest,
    /// KiCad does not know the command, or has no editor for its document open.
    Unhandled,
    /// KiCad knows the command, but not this use of it.
    Unimplemented,
    /// The KiCad at the socket is another one: it was restarted. What was open in the one before, such as a commit, is gone.
    TokenMismatch,
    /// The answer belongs to another command.
    OutOfStep,
    /// What came is no answer that can be understood.
    Protocol,
    /// An address, an option, an argument or an environment variable is wrong.
    Configuration,
    /// This KiCad does not answer the command: it is too old for it, or too new. Nothing was sent.
    Unsupported,
    /// The command would crash or block this KiCad, and was not sent. See [`Error::guard`].
    Guarded,
    /// There is no such document, or there are several and one must be named.
    Document,
    /// A commit of this client is open, and KiCad has one for each client name: no other one can begin, and an edit outside of
    /// it would be taken back with it. Nothing was sent.
    CommitOpen,
    /// KiCad did not take some of the items. See [`Error::items`].
    Items,
    /// What KiCad sent back is not what was asked for.
    Unexpected,
    /// KiCad refused with a status that this build does not know.
    Other,
}

impl Error {
    /// What happened.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// let error = kicad.board_at("other.kicad_pcb").unwrap_err();
    /// assert_eq!(error.kind(), kiapi::ErrorKind::Document);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[inline]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What is known of the command: whether it may have been applied.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{ConnectOptions, KiCad, Outcome};
    ///
    /// let nowhere = ConnectOptions::new().socket("ipc:///no/such/folder/api.sock".parse()?);
    /// assert_eq!(KiCad::connect_with(nowhere).unwrap_err().outcome(), Outcome::NotSent);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// The status with which KiCad refused, if it did.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::api::common::ApiStatusCode;
    /// use kiapi::api::common::commands::GetItems;
    ///
    /// let error = kicad.call(&GetItems::new()).unwrap_err();
    /// assert!(error.status().is_some_and(|status| status != ApiStatusCode::OK));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[inline]
    pub fn status(&self) -> Option<ApiStatusCode> {
        self.0.status
    }

    /// Whether it is not known that the command was not carried out: its answer, which says that, has not come or cannot be
    /// read.
    #[inline]
    pub(crate) fn may_have_been_done(&self) -> bool {
        self.0.outcome == Outcome::Unknown || self.0.outcome == Outcome::Answered && self.0.status.is_none()
    }

    /// KiCad's own words for its refusal, if it refused and said why.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::api::common::commands::GetItems;
    ///
    /// let error = kicad.call(&GetItems::new()).unwrap_err();
    /// println!("KiCad says: {}", error.kicad_message().unwrap_or("nothing"));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[inline]
    pub fn kicad_message(&self) -> Option<&str> {
        self.0.kicad_message.as_deref()
    }

    /// The guard that kept the command from being sent, if one did.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// let error = kicad.board()?.create_from_text("(kicad_pcb)").unwrap_err();
    /// assert_eq!(error.guard(), Some(kiapi::Guard::ParsedItems));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[inline]
    pub fn guard(&self) -> Option<Guard> {
        self.0.guard
    }

    /// The items that KiCad did not take, with the reason for each; empty unless the kind is
    /// [`Items`](ErrorKind::Items).
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Id;
    ///
    /// let error = kicad.board()?.delete([Id::random()]).unwrap_err();
    /// assert_eq!(error.items()[0].index, 0);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[inline]
    pub fn items(&self) -> &[ItemError] {
        &self.0.items
    }

    /// Whether KiCad was busy; the same call may be made again.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// # use kiapi_emulator::{Fault, Injection};
    /// # emulator.faults().inject(Injection::new(Fault::Busy).on("GetItems"));
    /// let error = kicad.board()?.tracks().unwrap_err();
    /// assert!(error.is_busy());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[inline]
    pub fn is_busy(&self) -> bool {
        self.0.kind == ErrorKind::Busy
    }

    /// Whether the deadline passed without an answer.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// # use kiapi_emulator::{Fault, Injection};
    /// # emulator.faults().inject(Injection::new(Fault::Silent).on("GetNetClasses"));
    /// use std::time::Duration;
    ///
    /// use kiapi::CallOptions;
    /// use kiapi::api::common::commands::GetNetClasses;
    ///
    /// let impatient = CallOptions::new().timeout(Duration::from_millis(50));
    /// assert!(kicad.call_with(&GetNetClasses::new(), impatient).unwrap_err().is_timeout());
    /// ```
    #[inline]
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }

    /// Whether the same call may be made again, and may go well then: it was refused before anything ran or was never sent, for
    /// a reason that passes; or KiCad went away under a call that only reads.
    ///
    /// KiCad is busy or not ready; the time was over before the call had its turn; nobody listens, or the connection is gone,
    /// until KiCad is started again; a commit is open. It takes a pause before the next try, and an end to the tries: a person may
    /// move something for minutes, and a KiCad that is gone may never come back. It is `false` where the call must be changed
    /// first ([`Guarded`](ErrorKind::Guarded), [`Unsupported`](ErrorKind::Unsupported),
    /// [`Configuration`](ErrorKind::Configuration)), where what it was about is gone, and where it may have changed something.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// # use kiapi_emulator::{Fault, Injection};
    /// # emulator.faults().inject(Injection::new(Fault::Busy).on("GetItems").times(1));
    /// let board = kicad.board()?;
    /// let error = board.tracks().unwrap_err();
    /// assert!(error.is_retryable());
    /// assert!(board.tracks().is_ok());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[inline]
    pub fn is_retryable(&self) -> bool {
        match self.0.kind {
            ErrorKind::Busy | ErrorKind::NotReady => self.0.outcome != Outcome::Unknown,
            ErrorKind::Guarded
            | ErrorKind::Unsupported
            | ErrorKind::Configuration
            | ErrorKind::TokenMismatch => false,
            _ => self.0.outcome == Outcome::NotSent || self.0.only_read,
        }
    }
}

impl fmt::Display for Error {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

/// What a person reads when `main` ends with the error, or an `unwrap` fails: the text with its causes. `{:#?}` shows what else is
/// known.
impl fmt::Debug for Error {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            let Inner { kind, outcome, text, status, kicad_message, guard, items, only_read: _, source } =
                &*self.0;
            let mut out = f.debug_struct("Error");
            out.field("kind", kind).field("outcome", outcome).field("text", text);
            out.field("status", status).field("kicad_message", kicad_message).field("guard", guard);
            return out.field("items", items).field("source", source).finish();
        }
        f.write_str(&self.0.text)?;
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            write!(f, "\n  because {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    #[inline]
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
