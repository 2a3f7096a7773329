//! A board as a whole: as a picture, as a snapshot, and what changes on it.

use std::fmt;
use std::time::{Duration, Instant};

use kiapi_gen::Any;
use kiapi_gen::board::commands::{GetActiveLayer, GetBoardEnabledLayers, GetVisibleLayers};
use kiapi_gen::common::commands::{ExpandTextVariables, GetItems, GetTextAsShapes};

use super::Board;
use super::read::types_of;
use crate::link::{Blocking, Link};
use crate::picture::Contents;
use crate::snapshot::{Snapshot, Taking};
use crate::watch::{Changes, Watch};
use crate::{Error, ErrorKind, Result};

/// How long to wait between two looks at a board, if nobody says otherwise.
const INTERVAL: Duration = Duration::from_secs(1);

impl<L: Link> Board<L> {
    /// Everything that a [`Picture`](crate::picture::Picture) of the board shows: its items, its layers, and its texts as the
    /// shapes that KiCad draws. It takes six round trips.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::picture::{Picture, Theme};
    ///
    /// let contents = kicad.board()?.contents()?;
    /// let svg = Picture::new(&contents).theme(Theme::kicad(kicad.version())).to_svg();
    /// assert!(svg.starts_with("<?xml") || svg.starts_with("<svg"));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn contents(&self) -> L::Out<'_, Contents> {
        L::run(async {
            let board = || self.specifier();
            let items = self.packed_items().await?;
            let enabled = self.call(&GetBoardEnabledLayers::new().with_board(board())).await?.layers;
            let visible = self.call(&GetVisibleLayers::new().with_board(board())).await?.layers;
            let active = self.call(&GetActiveLayer::new().with_board(board())).await?.layer;
            let contents = Contents::from_any(items)
                .with_enabled_layers(enabled)
                .with_visible_layers(visible)
                .with_active_layer(active);
            // KiCad draws texts as they are written, and expands what stands in them apart.
            let names = contents.unknown_variables();
            let variables = names.iter().map(|name| format!("${{{name}}}"));
            let expand = ExpandTextVariables::new().with_document(board()).with_text(variables);
            let values = self.call(&expand).await?.text;
            let contents = contents.with_variables(names.into_iter().zip(values));
            let shapes = GetTextAsShapes::new().with_text(contents.texts());
            Ok(contents.with_text_shapes(self.call(&shapes).await?.text_with_shapes))
        })
    }

    /// Everything that KiCad's API shows of the board, in one value: for the emulator to load, to compare with another, or to
    /// look at without KiCad.
    ///
    /// It asks every reading command, and takes some hundred round trips.
    ///
    /// # Errors
    ///
    /// [`Busy`](ErrorKind::Busy) while a person moves or routes something; [`Unexpected`](ErrorKind::Unexpected) when KiCad
    /// does not answer what every KiCad answers.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// let snapshot = kicad.board()?.snapshot()?;
    /// let folder = tempfile::tempdir()?;
    /// kiapi::snapshot::save(&snapshot, folder.path().join("demo.kiapi"))?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn snapshot(&self) -> L::Out<'_, Snapshot> {
        L::run(async {
            let mut taking = Taking::new();
            while let Some(command) = taking.request().cloned() {
                let answer = self.core().read_packed(&command, self.options).await?;
                taking.answer(&answer).map_err(|error| Error::snapshot(answer.status(), error))?;
            }
            Ok(taking.finish())
        })
    }

    /// Watches what changes on the board.
    ///
    /// KiCad tells nobody of changes: everything is read again and again, and compared.
    ///
    /// A watcher outlives its KiCad. When that ends, [`Watcher::wait`] and [`Watcher::changes`] give the error; once it is
    /// started anew with the same board, they go on, and tell what is different from the last look, such as what was not
    /// saved. With a KiCad that has loaded the board again, a few items are told as changed that nobody touched: those with
    /// parts for which [the file has no id](crate::watch::Watch).
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::mm;
    ///
    /// let board = kicad.board()?;
    /// let mut watcher = board.watch()?;
    /// board.update([board.tracks()?.remove(0).with_width(mm(0.7))])?;
    /// let changes = watcher.changes()?;
    /// assert_eq!((changes.added.len(), changes.changed.len(), changes.removed.len()), (0, 1, 0));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn watch(&self) -> L::Out<'_, Watcher<L>> {
        L::run(async {
            let mut watch = Watch::new();
            // What is there is where it begins.
            watch.remember(self.packed_items().await?);
            Ok(Watcher { board: self.clone(), watch, interval: INTERVAL })
        })
    }

    /// Everything that this KiCad gives, as it sent it.
    async fn packed_items(&self) -> Result<Vec<Any>> {
        let types = types_of(self.kicad.version());
        Ok(self.call(&GetItems::new().with_header(self.header()).with_types(types)).await?.items)
    }
}

/// Watches what changes on a board: see [`Board::watch`](crate::Board::watch).
///
/// The one of the client that blocks is an iterator too, which waits for changes and never ends but with an error.
///
/// # Examples
///
/// ```
/// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
/// use std::time::Duration;
///
/// let watcher = kicad.board()?.watch()?.every(Duration::from_secs(2));
/// # kicad.board()?.delete(kicad.board()?.vias()?[0].id())?;
/// for changes in watcher {
///     println!("{} removed", changes?.removed.len());
/// #     break;
/// }
/// # Ok::<_, kiapi::Error>(())
/// ```
pub struct Watcher<L: Link> {
    board: Board<L>,
    watch: Watch,
    interval: Duration,
}

impl<L: Link> Watcher<L> {
    /// After a first look at once, looks no more often than this; once a second, if not set.
    ///
    /// Each look takes KiCad half a second on a large board, and it does nothing else meanwhile.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use std::time::Duration;
    ///
    /// let watcher = kicad.board()?.watch()?.every(Duration::from_secs(5));
    /// # let _ = watcher;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[must_use]
    pub fn every(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// What changed since the last look. It is one round trip.
    ///
    /// # Errors
    ///
    /// [`Busy`](ErrorKind::Busy) while a person moves or routes something; nothing is missed, the next look has it.
    ///
    /// # Examples
    ///
    /// See [`Board::watch`](crate::Board::watch).
    pub fn changes(&mut self) -> L::Out<'_, Changes> {
        L::run(async {
            let items = self.board.packed_items().await?;
            Ok(self.watch.update(items))
        })
    }

    /// Waits until something changed, and gives it; nothing changed within `timeout`, if it is empty.
    ///
    /// A KiCad that is busy is waited for.
    ///
    /// # Errors
    ///
    /// [`Disconnected`](ErrorKind::Disconnected) when KiCad is gone. The watcher may be asked again, after a pause, until it is
    /// back.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped loses no change: what it has not given yet, the next look gives.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use std::time::Duration;
    ///
    /// let mut watcher = kicad.board()?.watch()?.every(Duration::from_millis(10));
    /// assert!(watcher.wait(Duration::from_millis(50))?.is_empty());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn wait(&mut self, timeout: Duration) -> L::Out<'_, Changes> {
        L::run(async move {
            let start = Instant::now();
            loop {
                let begin = Instant::now();
                match self.board.packed_items().await.map(|items| self.watch.update(items)) {
                    Ok(changes) if !changes.is_empty() => return Ok(changes),
                    Err(error) if error.kind() != ErrorKind::Busy => return Err(error),
                    _ => {}
                }
                let left = timeout.saturating_sub(start.elapsed());
                if left.is_zero() {
                    return Ok(Changes::default());
                }
                // A KiCad that takes long for an answer is left alone for as long.
                let pause = self.interval.max(begin.elapsed()).min(left);
                L::sleep(&self.board.core().link, pause).await;
            }
        })
    }
}

impl Iterator for Watcher<Blocking> {
    type Item = Result<Changes>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.wait(Duration::from_secs(3600)) {
                Ok(changes) if changes.is_empty() => {}
                other => return Some(other),
            }
        }
    }
}

impl<L: Link> fmt::Debug for Watcher<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher")
            .field("board", &self.board)
            .field("items", &self.watch.len())
            .finish_non_exhaustive()
    }
}
