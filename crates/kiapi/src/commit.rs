//! Commits: edits that become one step of undo, or none at all.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kiapi_gen::common::types::Kiid;

use crate::board::Board;
use crate::core::{CommitState, Step};
use crate::items::Item;
use crate::link::{Blocking, Condition, Link};
use crate::{CallOptions, FlipDirection, Id, ItemResult, Result};

/// How long it is tried to take back a commit that nobody ends, when KiCad has left a call unanswered already.
const DROP_TIMEOUT: Duration = Duration::from_secs(2);

/// An open commit: what is done in it becomes one step of undo with [`push`](Self::push), and is taken back when it is
/// dropped without.
///
/// KiCad keeps one commit for each client name. Most programs need no guard, and use [`Board::commit`]. `L::Out<'_, T>` in the
/// signatures is a [`Result<T>`] with [`kiapi::Commit`](crate::Commit), and a future of one with `kiapi::tokio::Commit`.
///
/// While a commit is open, new items are invisible, also to those who made them, deleted ones are still there, and
/// changes are visible to all.
///
/// Edits belong to it if they are made with its own methods. Those of [`Board`] are refused meanwhile, also to other threads
/// and tasks that share the client ([`ErrorKind::CommitOpen`](crate::ErrorKind::CommitOpen)), for KiCad would take them for a
/// part of this commit. So a commit that is never dropped, as with [`std::mem::forget`], keeps its client from editing for good.
/// Settings, such as the title block or text variables, are no part of commits: they stay when the commit is taken back.
///
/// # Cancellation
///
/// Dropping the commit, or a future that works on it, takes back what was done: at once in the client that blocks; in the
/// background on tokio, or with the next call when there is no runtime. It may take as long as any call of the board may,
/// for a KiCad takes its time with much of a large board; but only two seconds when KiCad left a call unanswered before. What is
/// not done by then is not forgotten: the next call begins with it.
///
/// # Examples
///
/// ```
/// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
/// use kiapi::{Layer, Track, mm};
///
/// let board = kicad.board()?;
/// let commit = board.begin_commit()?;
/// let track = Track::new().with_start((mm(0), mm(0))).with_end((mm(1), mm(0))).with_width(mm(0.25));
/// commit.create([track.with_layer(Layer::F_CU)])?;
/// commit.push("add a track")?;
/// # Ok::<_, kiapi::Error>(())
/// ```
#[must_use = "a commit that is dropped takes back what was done in it"]
pub struct Commit<L: Link> {
    board: Board<L>,
    id: Kiid,
    /// What was deleted in it.
    deleted: Mutex<Vec<Id>>,
}

impl<L: Link> Commit<L> {
    pub(crate) async fn begin(board: &Board<L>) -> Result<Self> {
        let id = board.core().begin_commit(board.options()).await?;
        Ok(Self { board: board.clone(), id, deleted: Mutex::default() })
    }

    /// Creates items, and gives them as KiCad made them.
    ///
    /// # Errors
    ///
    /// [`Items`](crate::ErrorKind::Items) when KiCad does not take one; [`Error::items`](crate::Error::items) has them all.
    /// The others are created all the same, so the commit is best dropped then.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::{Via, mm};
    ///
    /// let via = Via::new().with_position((mm(12), mm(3))).with_diameter(mm(0.6)).with_drill(mm(0.3));
    /// let made = kicad.board()?.commit("add a via", |edit| edit.create([via]))?;
    /// assert!(made[0].id().is_some());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn create<T: Into<Item>>(&self, items: impl IntoIterator<Item = T>) -> L::Out<'_, Vec<Item>> {
        let items: Vec<Item> = items.into_iter().map(Into::into).collect();
        L::run(
            async move { ItemResult::all("create", self.board.send_create(items, Step::Of(&self.id)).await?) },
        )
    }

    /// Creates items, and tells for each what came of it.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::{Layer, Track, mm};
    ///
    /// let board = kicad.board()?;
    /// let commit = board.begin_commit()?;
    /// let track = Track::new().with_start((mm(0), mm(0))).with_end((mm(1), mm(0))).with_width(mm(0.25));
    /// let rows = commit.try_create([track.with_layer(Layer::IN29_CU)])?;
    /// assert!(!rows[0].is_ok());
    /// commit.drop()?;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn try_create<T: Into<Item>>(
        &self,
        items: impl IntoIterator<Item = T>,
    ) -> L::Out<'_, Vec<ItemResult>> {
        let items: Vec<Item> = items.into_iter().map(Into::into).collect();
        L::run(self.board.send_create(items, Step::Of(&self.id)))
    }

    /// Replaces the items with the same ids, and gives them as KiCad has them now.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::mm;
    ///
    /// let board = kicad.board()?;
    /// let wide: Vec<_> = board.tracks()?.into_iter().map(|track| track.with_width(mm(0.7))).collect();
    /// board.commit("widen all tracks", |edit| edit.update(wide))?;
    /// assert!(board.tracks()?.iter().all(|track| track.width() == mm(0.7)));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn update<T: Into<Item>>(&self, items: impl IntoIterator<Item = T>) -> L::Out<'_, Vec<Item>> {
        let items: Vec<Item> = items.into_iter().map(Into::into).collect();
        L::run(
            async move { ItemResult::all("update", self.board.send_update(items, Step::Of(&self.id)).await?) },
        )
    }

    /// Replaces the items with the same ids, and tells for each what came of it.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Id;
    ///
    /// let board = kicad.board()?;
    /// let track = board.tracks()?.remove(0);
    /// let commit = board.begin_commit()?;
    /// let rows = commit.try_update([track.clone(), track.with_id(Id::random())])?;
    /// assert!(rows[0].is_ok() && !rows[1].is_ok());
    /// commit.drop()?;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn try_update<T: Into<Item>>(
        &self,
        items: impl IntoIterator<Item = T>,
    ) -> L::Out<'_, Vec<ItemResult>> {
        let items: Vec<Item> = items.into_iter().map(Into::into).collect();
        L::run(self.board.send_update(items, Step::Of(&self.id)))
    }

    /// Deletes items. They are gone when the commit is pushed.
    ///
    /// # Errors
    ///
    /// [`Items`](crate::ErrorKind::Items) when some do not exist; nothing is deleted then. KiCad itself says nothing of them.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// let board = kicad.board()?;
    /// let vias = board.vias()?;
    /// board.commit("delete all vias", |edit| edit.delete(vias.iter().filter_map(|via| via.id())))?;
    /// assert!(board.vias()?.is_empty());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn delete(&self, ids: impl IntoIterator<Item = Id>) -> L::Out<'_, ()> {
        let ids: Vec<Id> = ids.into_iter().collect();
        L::run(async move {
            self.board.send_delete(&ids, Step::Of(&self.id)).await?;
            self.deleted.lock().unwrap_or_else(PoisonError::into_inner).extend(ids);
            Ok(())
        })
    }

    /// Turns items over to the other side of the board, and gives them as they are then.
    ///
    /// # Errors
    ///
    /// [`Items`](crate::ErrorKind::Items) when KiCad does not turn some over.
    ///
    /// # KiCad versions
    ///
    /// 10.0.6. With an older one, [`Item::flip`] and an update do the same.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::FlipDirection;
    ///
    /// let board = kicad.board()?;
    /// let footprint = board.footprints()?.remove(0);
    /// let flipped = board.commit("to the other side", |edit| edit.flip(footprint.id(), FlipDirection::LeftRight))?;
    /// assert_ne!(flipped[0].layer(), Some(footprint.layer()));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn flip(&self, ids: impl IntoIterator<Item = Id>, direction: FlipDirection) -> L::Out<'_, Vec<Item>> {
        let ids: Vec<Id> = ids.into_iter().collect();
        let step = Step::Of(&self.id);
        L::run(async move { ItemResult::all("flip", self.board.send_flip(&ids, direction, step).await?) })
    }

    /// Makes what was done one step of undo, which shows under `message`.
    ///
    /// # Errors
    ///
    /// Anything; what was done is taken back then, if it can be. When KiCad does not answer in time, it is asked what
    /// became of the commit, so an error whose [`outcome`](crate::Error::outcome) is not
    /// [`Unknown`](crate::Outcome::Unknown) is certain.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// let board = kicad.board()?;
    /// let commit = board.begin_commit()?;
    /// commit.delete(board.vias()?[0].id())?;
    /// commit.push("delete a via")?;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn push<'a>(self, message: impl Into<String>) -> L::Out<'a, ()>
    where
        L: 'a,
    {
        let message = message.into();
        L::run(async move {
            let core = self.board.core();
            core.push_commit(&self.id, &message, self.board.options()).await?;
            // KiCad tells nothing of what it deleted.
            let deleted = std::mem::take(&mut *self.deleted.lock().unwrap_or_else(PoisonError::into_inner));
            self.board.confirm_deleted(&deleted).await
        })
    }

    /// Takes back what was done.
    ///
    /// Dropping the value does the same, but cannot tell of an error.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// let board = kicad.board()?;
    /// let before = board.vias()?.len();
    /// let commit = board.begin_commit()?;
    /// commit.delete(board.vias()?[0].id())?;
    /// commit.drop()?;
    /// assert_eq!(board.vias()?.len(), before);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn drop<'a>(self) -> L::Out<'a, ()>
    where
        L: 'a,
    {
        L::run(async move { self.board.core().drop_commit(&self.id, self.board.options()).await })
    }

    /// The board, to read from. Edits go through the commit.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// let commit = kicad.board()?.begin_commit()?;
    /// assert_eq!(commit.board().name(), "demo.kicad_pcb");
    /// commit.drop()?;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn board(&self) -> &Board<L> {
        &self.board
    }
}

impl<L: Link> Drop for Commit<L> {
    fn drop(&mut self) {
        let core = self.board.core();
        {
            let mut state = core.state();
            // Pushed or dropped already, or begun by somebody after that.
            if state.commit != CommitState::Open(self.id.clone()) {
                return;
            }
            state.commit = CommitState::Abandoned;
        }
        let core = std::sync::Arc::clone(core);
        let options = match core.link.condition() {
            Condition::Ready => self.board.options().or(core.defaults),
            // Whoever gives up on a KiCad that does not answer does not want to wait for it again.
            Condition::Owed | Condition::Broken => CallOptions::new().timeout(DROP_TIMEOUT),
        };
        L::detach(async move {
            if let Err(error) = core.drop_abandoned(&options).await {
                // The next call tries again.
                crate::trace::unattended(&error);
            }
        });
    }
}

impl<L: Link> fmt::Debug for Commit<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit")
            .field("id", &self.id.value)
            .field("board", &self.board)
            .finish_non_exhaustive()
    }
}

impl Board<Blocking> {
    /// Makes edits one step of undo, which shows under `message`: what `edit` does is committed when it returns `Ok`, and
    /// taken back when it returns an error or panics.
    ///
    /// # Errors
    ///
    /// What `edit` returns; [`CommitOpen`](crate::ErrorKind::CommitOpen) when this client has an open commit already.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::{Layer, Track, mm};
    ///
    /// let board = kicad.board()?;
    /// let made = board.commit("add a track", |edit| {
    ///     let track = Track::new().with_start((mm(0), mm(0))).with_end((mm(1), mm(0)));
    ///     edit.create([track.with_width(mm(0.25)).with_layer(Layer::F_CU).with_net("GND")])
    /// })?;
    /// assert_eq!(made.len(), 1);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn commit<T, E: From<crate::Error>>(
        &self,
        message: impl Into<String>,
        edit: impl FnOnce(&Commit<Blocking>) -> Result<T, E>,
    ) -> Result<T, E> {
        let commit = self.begin_commit()?;
        let done = edit(&commit)?;
        commit.push(message)?;
        Ok(done)
    }
}

#[cfg(feature = "tokio")]
impl Board<crate::link::Tokio> {
    /// Makes edits one step of undo, which shows under `message`: what `edit` does is committed when it returns `Ok`, and
    /// taken back when it returns an error, panics, or is cancelled.
    ///
    /// # Errors
    ///
    /// What `edit` returns; [`CommitOpen`](crate::ErrorKind::CommitOpen) when this client has an open commit already.
    ///
    /// # Examples
    ///
    /// ```
    /// # let emulator = kiapi_emulator::Emulator::demo().start()?;
    /// # let options = kiapi::ConnectOptions::new().socket(emulator.socket().clone());
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use kiapi::{Layer, Track, mm};
    ///
    /// # let kicad = kiapi::tokio::KiCad::connect_with(options).await?;
    /// let board = kicad.board().await?;
    /// let made = board.commit("add a track", async |edit| {
    ///     let track = Track::new().with_start((mm(0), mm(0))).with_end((mm(1), mm(0)));
    ///     edit.create([track.with_width(mm(0.25)).with_layer(Layer::F_CU).with_net("GND")]).await
    /// });
    /// assert_eq!(made.await?.len(), 1);
    /// # Ok::<_, kiapi::Error>(())
    /// # })?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub async fn commit<T, E: From<crate::Error>>(
        &self,
        message: impl Into<String>,
        edit: impl AsyncFnOnce(&Commit<crate::link::Tokio>) -> Result<T, E>,
    ) -> Result<T, E> {
        let commit = self.begin_commit().await?;
        let done = edit(&commit).await?;
        commit.push(message).await?;
        Ok(done)
    }
}
