//! Work that KiCad goes on with after it answered: filling zones, and moves by hand.

use std::fmt;
use std::time::{Duration, Instant};

use kiapi_gen::board::commands::DrcSeverity;
use kiapi_gen::board::commands::{InteractiveMoveItems, RefillZones};
use kiapi_gen::common::commands::GetBoundingBox;
use kiapi_gen::common::types::Kiid;

use super::Board;
use crate::commit::Commit;
use crate::link::Link;
use crate::{CallOptions, Error, ErrorKind, Id, Outcome, Result, Retry};

/// The first and the longest pause between two looks at a KiCad that is busy.
const PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));

/// How bad what a marker marks is.
///
/// # Examples
///
/// ```
/// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
/// use kiapi::{Severity, mm};
///
/// kicad.board()?.inject_drc_error(Severity::Info, "look here", (mm(1), mm(1)), [])?;
/// # Ok::<_, kiapi::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// It breaks a rule.
    Error,
    /// It may be meant.
    Warning,
    /// It breaks a rule, and was allowed to.
    Exclusion,
    /// It is not to be looked at.
    Ignore,
    /// It is to be known.
    Info,
    /// It is to be done.
    Action,
    /// It helps to find mistakes in KiCad.
    Debug,
}

impl From<Severity> for DrcSeverity {
    #[inline]
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::ERROR,
            Severity::Warning => Self::WARNING,
            Severity::Exclusion => Self::EXCLUSION,
            Severity::Ignore => Self::IGNORE,
            Severity::Info => Self::INFO,
            Severity::Action => Self::ACTION,
            Severity::Debug => Self::DEBUG,
        }
    }
}

impl<L: Link> Board<L> {
    /// Has KiCad fill all zones anew. It answers at once, and then nobody until it is done: wait with
    /// [`Refill::wait`].
    ///
    /// No KiCad up to 10.0.6 fills only some zones.
    ///
    /// # Errors
    ///
    /// Those of any call.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use std::time::Duration;
    ///
    /// let took = kicad.board()?.refill_zones()?.wait(Duration::from_secs(60))?;
    /// println!("filled in {took:?}");
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn refill_zones(&self) -> L::Out<'_, Refill<L>> {
        L::run(async {
            let start = Instant::now();
            self.call(&RefillZones::new().with_board(self.specifier())).await?;
            Ok(Refill { board: self.clone(), start })
        })
    }

    /// Puts items on a person's pointer, to be moved by hand. KiCad answers at once; wait with [`Move::wait`].
    ///
    /// It happens in a commit of its own, so that it can be taken back. KiCad is busy from then on until the person puts the
    /// items down or presses Escape: nothing else ends it.
    ///
    /// # Errors
    ///
    /// As [`begin_commit`](Self::begin_commit); [`BadRequest`](ErrorKind::BadRequest) if the board has none of the items.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use std::time::Duration;
    ///
    /// let board = kicad.board()?;
    /// let footprint = board.footprints()?.remove(0);
    /// let by_hand = board.move_interactively(footprint.id())?;
    /// # emulator.end_interactive_move();
    /// by_hand.wait(Duration::from_secs(60))?.push("moved by hand")?;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn move_interactively(&self, ids: impl IntoIterator<Item = Id>) -> L::Out<'_, Move<L>> {
        let ids: Vec<Kiid> = ids.into_iter().map(Kiid::from).collect();
        L::run(async move {
            let commit = Commit::begin(self).await?;
            let command = InteractiveMoveItems::new().with_board(self.specifier()).with_items(ids);
            self.call(&command).await?;
            // KiCad has only queued it.
            let begun = self.core().begin_move(&self.options.or(self.core().defaults)).await;
            begun.map_err(|error| error.with_outcome(Outcome::Unknown))?;
            Ok(Move { commit })
        })
    }

    /// Whether a person moves or routes something, so that KiCad refuses what would be in the way.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert!(!kicad.board()?.is_busy()?);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn is_busy(&self) -> L::Out<'_, bool> {
        L::run(self.looks_busy(self.options))
    }

    /// Asks for no extents, which costs nothing and is refused while KiCad is busy.
    async fn looks_busy(&self, options: CallOptions) -> Result<bool> {
        let command = GetBoundingBox::new().with_header(self.header());
        match self.core().call(&command, options.retry(Retry::WhileNotReady)).await {
            Ok(_) => Ok(false),
            Err(error) if error.kind() == ErrorKind::Busy => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Looks again and again until KiCad is not busy.
    async fn wait_while_busy(&self, what: &str, timeout: Duration) -> Result<()> {
        let start = Instant::now();
        let mut pause = PAUSE.0;
        loop {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(Error::still_busy(what, timeout));
            }
            // KiCad may answer nobody meanwhile: this one request waits for as long as there is time.
            let is_busy = self.looks_busy(self.options.timeout(left)).await;
            let is_busy = is_busy
                .map_err(|error| if error.is_timeout() { Error::still_busy(what, timeout) } else { error })?;
            if !is_busy {
                return Ok(());
            }
            L::sleep(&self.core().link, pause.min(timeout.saturating_sub(start.elapsed()))).await;
            pause = (pause * 2).min(PAUSE.1);
        }
    }
}

/// Zones that KiCad is filling.
///
/// # Examples
///
/// ```
/// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
/// use std::time::Duration;
///
/// let refill = kicad.board()?.refill_zones()?;
/// refill.wait(Duration::from_secs(60))?;
/// # Ok::<_, kiapi::Error>(())
/// ```
#[must_use = "KiCad answers nobody until the zones are filled; wait for it"]
pub struct Refill<L: Link> {
    board: Board<L>,
    start: Instant,
}

impl<L: Link> Refill<L> {
    /// Waits until KiCad is done, and gives the time since it was asked.
    ///
    /// It makes one request, which KiCad answers when it is done.
    ///
    /// # Errors
    ///
    /// [`Timeout`](ErrorKind::Timeout) when it takes longer; KiCad goes on with it.
    ///
    /// # Examples
    ///
    /// See [`Board::refill_zones`](crate::Board::refill_zones).
    pub fn wait(&self, timeout: Duration) -> L::Out<'_, Duration> {
        L::run(async move {
            self.board.wait_while_busy("the filling of zones", timeout).await?;
            Ok(self.start.elapsed())
        })
    }
}

impl<L: Link> fmt::Debug for Refill<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refill").field("board", &self.board).finish_non_exhaustive()
    }
}

/// Items that a person moves by hand. When it is dropped, they go back to where they were.
///
/// # Examples
///
/// ```
/// # let (emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
/// use std::time::Duration;
///
/// let board = kicad.board()?;
/// let by_hand = board.move_interactively(board.footprints()?[0].id())?;
/// # emulator.end_interactive_move();
/// let commit = by_hand.wait(Duration::from_secs(60))?;
/// commit.drop()?; // back to where they were
/// # Ok::<_, kiapi::Error>(())
/// ```
#[must_use = "a move that is dropped is taken back"]
pub struct Move<L: Link> {
    commit: Commit<L>,
}

impl<L: Link> Move<L> {
    /// Waits until the person has put the items down or given up, and gives the commit that it happened in.
    ///
    /// KiCad is busy for as long as it takes, and tells nothing else: whether anything has moved, or the person has pressed
    /// Escape, is not known. Escape leaves the items where they are at that moment: drop the commit to have them back.
    ///
    /// # Errors
    ///
    /// [`Timeout`](ErrorKind::Timeout) when the person takes longer. The move is taken back with the first call after the
    /// person has ended it; KiCad does not let go of the items before.
    ///
    /// # Examples
    ///
    /// See [`Board::move_interactively`](crate::Board::move_interactively).
    pub fn wait<'a>(self, timeout: Duration) -> L::Out<'a, Commit<L>>
    where
        L: 'a,
    {
        L::run(async move {
            self.commit.board().wait_while_busy("a move by hand", timeout).await?;
            Ok(self.commit)
        })
    }
}

impl<L: Link> fmt::Debug for Move<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Move").field("commit", &self.commit).finish_non_exhaustive()
    }
}
