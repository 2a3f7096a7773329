//! A board that is open in KiCad's PCB editor.

mod edit;
mod layers;
mod nets;
mod parts;
mod queries;
mod read;
mod selection;
mod settings;
mod whole;
mod zones;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kiapi_gen::Command;
use kiapi_gen::common::commands::{
    ParseAndCreateItemsFromString, RevertDocument, SaveCopyOfDocument, SaveDocument, SaveDocumentToString,
    SaveOptions,
};
use kiapi_gen::common::types::{DocumentSpecifier, ItemHeader};

pub use self::edit::ItemResult;
pub(crate) use self::parts::Lying;
pub use self::queries::Presence;
pub use self::settings::{Merge, Origin};
pub use self::whole::Watcher;
pub use self::zones::{Move, Refill, Severity};
use crate::commit::Commit;
use crate::core::Core;
use crate::items::Item;
use crate::kicad::KiCad;
use crate::link::Link;
use crate::{CallOptions, Result, document};

/// A board that is open in KiCad's PCB editor, pinned to its document.
///
/// Each method is one round trip, where its documentation does not say otherwise. [`kiapi::Board`](crate::Board) blocks the
/// thread, `kiapi::tokio::Board` is awaited; both have the same methods. `L::Out<'_, T>` in their signatures is a
/// [`Result<T>`](crate::Result) for the first, and a future of one for the second. A clone is the same board.
///
/// # Errors
///
/// Any method fails when the board is not open any more, when KiCad is gone or does not answer in time, and, where it says
/// that it is refused while KiCad is *busy*, while a person moves or routes something: see
/// [`ErrorKind`](crate::ErrorKind).
///
/// # Examples
///
/// ```
/// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
/// let board = kicad.board()?;
/// for footprint in board.footprints()? {
///     println!("{footprint}");
/// }
/// # Ok::<_, kiapi::Error>(())
/// ```
pub struct Board<L: Link> {
    kicad: KiCad<L>,
    document: Arc<DocumentSpecifier>,
    options: CallOptions,
}

impl<L: Link> Clone for Board<L> {
    fn clone(&self) -> Self {
        Self { kicad: self.kicad.clone(), document: Arc::clone(&self.document), options: self.options }
    }
}

impl<L: Link> Board<L> {
    pub(crate) fn new(kicad: KiCad<L>, document: DocumentSpecifier) -> Self {
        Self { kicad, document: Arc::new(document), options: CallOptions::new() }
    }

    /// The same board, whose calls are made as `options` say.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use std::time::Duration;
    ///
    /// use kiapi::{CallOptions, Retry};
    ///
    /// let patient = CallOptions::new().timeout(Duration::from_secs(120)).retry(Retry::WhileRefused);
    /// let tracks = kicad.board()?.with_options(patient).tracks()?;
    /// # let _ = tracks;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self { options, ..self.clone() }
    }

    /// The connection.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert_eq!(kicad.board()?.kicad().address(), kicad.address());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn kicad(&self) -> &KiCad<L> {
        &self.kicad
    }

    /// The document, as KiCad named it.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::api::common::types::DocumentType;
    ///
    /// assert_eq!(kicad.board()?.document().r#type, DocumentType::PCB);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn document(&self) -> &DocumentSpecifier {
        &self.document
    }

    /// The name of the board's file: `demo.kicad_pcb`.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert_eq!(kicad.board()?.name(), "demo.kicad_pcb");
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn name(&self) -> &str {
        document::name(&self.document)
    }

    /// The path of the board's file, as far as KiCad tells it.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert!(kicad.board()?.path().ends_with("demo.kicad_pcb"));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn path(&self) -> PathBuf {
        document::path(&self.document)
    }

    /// Saves the board to its file.
    ///
    /// What is in an open commit is saved too, as far as it is visible: changes are, new and deleted items are not. It is
    /// refused while KiCad is busy.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// kicad.board()?.save()?;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn save(&self) -> L::Out<'_, ()> {
        self.ask(SaveDocument::new().with_document(self.specifier()), Ok)
    }

    /// Saves a copy of the board to another file, and goes on with the first.
    ///
    /// # Errors
    ///
    /// [`Configuration`](crate::ErrorKind::Configuration) when the path is not absolute, for KiCad would save it in whatever
    /// folder it runs in; [`BadRequest`](crate::ErrorKind::BadRequest) when there is a file and it may not be overwritten,
    /// or when it cannot be written.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::SaveCopy;
    ///
    /// let folder = tempfile::tempdir()?;
    /// kicad.board()?.save_copy(folder.path().join("copy.kicad_pcb"), SaveCopy::new().overwrite())?;
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn save_copy(&self, path: impl AsRef<Path>, options: SaveCopy) -> L::Out<'_, ()> {
        let is_relative = path.as_ref().is_relative();
        let path = path.as_ref().to_str().map(str::to_owned);
        L::run(async move {
            if is_relative {
                return Err(crate::Error::argument("the path of a copy must be absolute"));
            }
            let path = path.ok_or_else(|| crate::Error::argument("the path of a copy must be Unicode"))?;
            let options = SaveOptions::new()
                .with_overwrite(options.overwrite)
                .with_include_project(options.include_project);
            let command = SaveCopyOfDocument::new()
                .with_document(self.specifier())
                .with_path(path)
                .with_options(options);
            self.call(&command).await
        })
    }

    /// Throws away all changes since the board was last saved, and loads its file again.
    ///
    /// # Errors
    ///
    /// [`Guarded`](crate::ErrorKind::Guarded) while a commit of this client is open, and when KiCad 10 would ask about its
    /// auto-saved copy of the board ([`Guard::RevertOverAutosave`](crate::Guard::RevertOverAutosave)).
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// kicad.board()?.revert()?;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn revert(&self) -> L::Out<'_, ()> {
        L::run(async {
            self.drop_inherited().await?;
            self.call(&RevertDocument::new().with_document(self.specifier())).await
        })
    }

    /// The board as the text that its file would have.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert!(kicad.board()?.to_text()?.starts_with("(kicad_pcb"));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn to_text(&self) -> L::Out<'_, String> {
        self.ask(
            SaveDocumentToString::new().with_document(self.specifier()),
            |response| Ok(response.contents),
        )
    }

    /// Creates the items of a text that [`selection_text`](Self::selection_text) gave.
    ///
    /// # Errors
    ///
    /// [`Guarded`](crate::ErrorKind::Guarded) with every KiCad up to 10.0.6: they say that it was done, and do nothing.
    /// With a later one that does no better, [`Unexpected`](crate::ErrorKind::Unexpected).
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// let error = kicad.board()?.create_from_text("(kicad_pcb)").unwrap_err();
    /// assert_eq!(error.kind(), kiapi::ErrorKind::Guarded);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn create_from_text(&self, text: impl Into<String>) -> L::Out<'_, Vec<Item>> {
        let command =
            ParseAndCreateItemsFromString::new().with_document(self.specifier()).with_contents(text);
        self.ask(command, |response| {
            if response.created_items.is_empty() {
                return Err(crate::Error::unexpected("KiCad created no items of the text"));
            }
            ItemResult::all("create", edit::created(response.created_items)?)
        })
    }

    /// Begins a commit, for programs that cannot use [`commit`](crate::Board::commit).
    ///
    /// A commit of this client name that an earlier run left open is dropped first, which costs two more round trips.
    ///
    /// # Errors
    ///
    /// [`CommitOpen`](crate::ErrorKind::CommitOpen) when this client has an open commit already;
    /// [`Guarded`](crate::ErrorKind::Guarded) where the schematic editor would get it, and crash.
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
    pub fn begin_commit(&self) -> L::Out<'_, Commit<L>> {
        L::run(Commit::begin(self))
    }

    pub(crate) fn core(&self) -> &Arc<Core<L>> {
        &self.kicad.0
    }

    pub(crate) fn options(&self) -> CallOptions {
        self.options
    }

    fn specifier(&self) -> DocumentSpecifier {
        DocumentSpecifier::clone(&self.document)
    }

    fn header(&self) -> ItemHeader {
        ItemHeader::new().with_document(self.specifier())
    }

    async fn call<C: Command>(&self, command: &C) -> Result<C::Response> {
        self.core().call(command, self.options).await
    }

    /// Sends a command and makes something of its response.
    fn ask<'a, C: Command, T: Send + 'a>(
        &'a self,
        command: C,
        read: impl FnOnce(C::Response) -> Result<T> + Send + 'a,
    ) -> L::Out<'a, T> {
        L::run(async move { read(self.call(&command).await?) })
    }
}

impl<L: Link> fmt::Debug for Board<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board")
            .field("path", &self.path())
            .field("kicad", &self.kicad)
            .finish_non_exhaustive()
    }
}

/// How to save a copy of a board: see [`Board::save_copy`](crate::Board::save_copy).
///
/// # Examples
///
/// ```
/// let options = kiapi::SaveCopy::new().overwrite().include_project();
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct SaveCopy {
    overwrite: bool,
    include_project: bool,
}

impl SaveCopy {
    /// The board alone, where there is no file yet.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = kiapi::SaveCopy::new();
    /// # let _ = options;
    /// ```
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Also where there is a file.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = kiapi::SaveCopy::new().overwrite();
    /// # let _ = options;
    /// ```
    #[inline]
    pub fn overwrite(mut self) -> Self {
        self.overwrite = true;
        self
    }

    /// With the project's file beside it.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = kiapi::SaveCopy::new().include_project();
    /// # let _ = options;
    /// ```
    #[inline]
    pub fn include_project(mut self) -> Self {
        self.include_project = true;
        self
    }
}
