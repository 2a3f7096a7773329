//! A connection to a KiCad, and what concerns no single document.

mod connecting;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kiapi_gen::common::commands::{
    GetKiCadBinaryPath, GetOpenDocuments, GetPluginSettingsPath, GetTextAsShapes, GetTextExtents, Ping,
    RunAction, RunActionStatus, TextOrTextBox,
};
use kiapi_gen::common::types::{CompoundShape, DocumentSpecifier, DocumentType, ProjectSpecifier, Text};
use kiapi_gen::{ApiVersion, Command};
use kiapi_transport::Address;

use crate::board::Board;
use crate::core::Core;
use crate::document;
use crate::link::Link;
use crate::{Box2, CallOptions, Error, ErrorKind, Notice, Result};

/// A connection to a running KiCad, which waits the way of its [`Link`].
///
/// [`kiapi::KiCad`](crate::KiCad) is the one that blocks the thread, `kiapi::tokio::KiCad` the one that is awaited; both
/// have the same methods. `L::Out<'_, T>` in their signatures is a [`Result<T>`] for the first, and a future of one for the
/// second. A clone is the same connection.
///
/// When the connection breaks, the next call makes a new one. When KiCad was restarted meanwhile, that call says so
/// ([`ErrorKind::TokenMismatch`]) if it would have changed something, and goes on if it only reads; see
/// [`take_notices`](Self::take_notices).
///
/// # Sharing a client
///
/// Threads and tasks may share a connection: one request is on its way at a time, and who comes first is served first. KiCad
/// keeps one commit for each client, though, and everything that the client edits goes into it. So while one of them has a
/// commit open, the edits of the others are refused ([`ErrorKind::CommitOpen`]), and nothing that was told done is lost.
/// Whoever edits at the same time as others [connects](crate::KiCad::connect) once more: each connection of a program is another
/// client to KiCad. [`call`](Self::call) knows nothing of this: a bare message that edits goes into the commit that is open.
///
/// # Cancellation
///
/// A future that is dropped before it is done cancels its call. KiCad may still carry it out, if it was sent; the answer
/// is dropped when it comes.
///
/// # Examples
///
/// ```
/// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
/// let other = kicad.clone(); // the same connection
/// std::thread::spawn(move || other.ping()).join().expect("it does not panic")?;
/// # Ok::<_, kiapi::Error>(())
/// ```
pub struct KiCad<L: Link>(pub(crate) Arc<Core<L>>);

impl<L: Link> Clone for KiCad<L> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<L: Link> KiCad<L> {
    /// Sends a command and gives KiCad's response to it.
    ///
    /// This reaches everything that KiCad's API has, also what no method is there for. The type of the answer is compared
    /// with the command's response before anything is decoded.
    ///
    /// # Errors
    ///
    /// [`Error::kind`] says what happened, [`Error::outcome`] whether KiCad may have run the command. A command that this
    /// KiCad does not answer, or that would hurt it ([`Guard`](crate::Guard)), is not sent. Nothing is sent again once
    /// KiCad may have begun with it, unless it only reads.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::api::common::commands::Ping;
    ///
    /// kicad.call(&Ping::new())?;
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn call<'a, C: Command>(&'a self, command: &'a C) -> L::Out<'a, C::Response> {
        self.call_with(command, CallOptions::new())
    }

    /// Sends a command as `options` say, and gives KiCad's response to it.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use std::time::Duration;
    ///
    /// use kiapi::CallOptions;
    /// use kiapi::api::common::commands::GetNetClasses;
    ///
    /// let patient = CallOptions::new().timeout(Duration::from_secs(300));
    /// let classes = kicad.call_with(&GetNetClasses::new(), patient)?.net_classes;
    /// assert!(classes.iter().any(|class| class.name == "Default"));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn call_with<'a, C: Command>(
        &'a self,
        command: &'a C,
        options: CallOptions,
    ) -> L::Out<'a, C::Response> {
        L::run(self.0.call(command, options))
    }

    /// The version of the KiCad that answered last.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::ApiVersion;
    ///
    /// assert!(kicad.version() >= ApiVersion::new(9, 0, 0));
    /// ```
    pub fn version(&self) -> ApiVersion {
        self.0.version()
    }

    /// The socket that KiCad listens at.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// println!("connected to {}", kicad.address());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn address(&self) -> &Address {
        self.0.link.address()
    }

    /// The name that KiCad knows this client by.
    ///
    /// KiCad keeps one commit for each name. If none was set, it is the program's name and its process id.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert!(!kicad.client_name().is_empty());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn client_name(&self) -> &str {
        &self.0.client_name
    }

    /// What happened beside the calls since this was last asked: a new connection, another KiCad, answers out of step.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Notice;
    ///
    /// emulator.restart().unwrap();
    /// kicad.text_extents(&kiapi::api::common::types::Text::new().with_text("still there"))?;
    /// assert_eq!(kicad.take_notices(), [Notice::Reconnected, Notice::Restarted]);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn take_notices(&self) -> Vec<Notice> {
        self.0.take_notices()
    }

    /// Asks KiCad for a sign of life, and gives the time that it took.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call). While zones are being filled KiCad answers nobody, and this waits.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// println!("{:?}", kicad.ping()?);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn ping(&self) -> L::Out<'_, Duration> {
        let start = Instant::now();
        self.ask(Ping::new(), move |()| Ok(start.elapsed()))
    }

    /// KiCad's whole version, as it names itself: `10.0.6-1~bpo12`.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert!(kicad.full_version()?.starts_with(&kicad.version().to_string()));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn full_version(&self) -> L::Out<'_, String> {
        let command = kiapi_gen::common::commands::GetVersion::new();
        self.ask(command, |response| Ok(response.version.unwrap_or_default().full_version))
    }

    /// Where KiCad has a program of its own, such as `kicad-cli`: a path, also where there is no such file.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert!(kicad.binary_path("kicad-cli")?.ends_with("kicad-cli"));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn binary_path(&self, name: impl Into<String>) -> L::Out<'_, std::path::PathBuf> {
        self.ask(GetKiCadBinaryPath::new().with_binary_name(name), |response| Ok(response.path.into()))
    }

    /// The folder in which the plugin with this identifier (`org.example.tool`) may keep its settings.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](ErrorKind::Unsupported) with KiCad 9.0, which refuses every valid identifier.
    ///
    /// # KiCad versions
    ///
    /// 10.0.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert!(kicad.plugin_settings_path("org.example.tool")?.ends_with("org.example.tool"));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn plugin_settings_path(&self, identifier: impl Into<String>) -> L::Out<'_, std::path::PathBuf> {
        let command = GetPluginSettingsPath::new().with_identifier(identifier);
        L::run(async move {
            if self.version() < ApiVersion::new(9, 99, 0) {
                let version = self.version();
                return Err(Error::unsupported_use(format!(
                    "the settings folder of a plugin needs KiCad 10.0, and this is {version}, which refuses valid identifiers"
                )));
            }
            Ok(self.0.call(&command, CallOptions::new()).await?.response.into())
        })
    }

    /// Runs one of KiCad's actions, such as `pcbnew.InteractiveEdit.rotateCcw`: what a person reaches by a menu or a key.
    ///
    /// KiCad answers when it has begun. The names belong to KiCad's inside, and differ between versions.
    ///
    /// # Errors
    ///
    /// [`BadRequest`](ErrorKind::BadRequest) when KiCad knows no such action or its editor is not open;
    /// [`Guarded`](ErrorKind::Guarded) when the action is known to open a dialog, which would stop KiCad for all clients
    /// until a person closes it.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert!(kicad.run_action("no.such.action").is_err());
    /// ```
    pub fn run_action(&self, action: impl Into<String>) -> L::Out<'_, ()> {
        let action = action.into();
        self.ask(RunAction::new().with_action(action.as_str()), move |response| match response.status {
            RunActionStatus::OK => Ok(()),
            RunActionStatus::FRAME_NOT_OPEN => {
                Err(Error::bad_request(format!("the editor of the action `{action}` is not open")))
            }
            _ => Err(Error::bad_request(format!(
                "this KiCad has no action `{action}`; names of actions differ between versions"
            ))),
        })
    }

    /// The open documents of a type. None, where no editor for that type is open.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::api::common::types::DocumentType;
    ///
    /// assert_eq!(kicad.open_documents(DocumentType::PCB)?.len(), 1);
    /// assert!(kicad.open_documents(DocumentType::SCHEMATIC)?.is_empty());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn open_documents(&self, of: DocumentType) -> L::Out<'_, Vec<DocumentSpecifier>> {
        L::run(self.documents(of))
    }

    /// The projects of the open boards.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert_eq!(kicad.projects()?[0].name, "demo");
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn projects(&self) -> L::Out<'_, Vec<ProjectSpecifier>> {
        L::run(async {
            let mut projects: Vec<ProjectSpecifier> = Vec::new();
            for document in self.documents(DocumentType::PCB).await? {
                projects.extend(document.project.filter(|project| !projects.contains(project)));
            }
            Ok(projects)
        })
    }

    /// All open boards.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// for board in kicad.boards()? {
    ///     println!("{}", board.name());
    /// }
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn boards(&self) -> L::Out<'_, Vec<Board<L>>> {
        L::run(self.all_boards())
    }

    /// The open board.
    ///
    /// The board that this gives is pinned to its document: when another one is opened in its place, calls say that it is
    /// not open any more, instead of working on the wrong one.
    ///
    /// # Errors
    ///
    /// [`Document`](ErrorKind::Document) when no board is open, or several: then name one with
    /// [`board_at`](Self::board_at).
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert_eq!(kicad.board()?.name(), "demo.kicad_pcb");
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn board(&self) -> L::Out<'_, Board<L>> {
        L::run(async { document::only(self.all_boards().await?) })
    }

    /// The open board with this file: a whole path, or the last part of one.
    ///
    /// # Errors
    ///
    /// [`Document`](ErrorKind::Document) when no open board has it, with the names of those that are open.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// assert_eq!(kicad.board_at("demo.kicad_pcb")?.name(), "demo.kicad_pcb");
    /// assert!(kicad.board_at("other.kicad_pcb").is_err());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn board_at(&self, path: impl AsRef<std::path::Path>) -> L::Out<'_, Board<L>> {
        let path = path.as_ref().to_owned();
        L::run(async move { document::at(self.all_boards().await?, &path) })
    }

    /// How much room a text takes when KiCad draws it.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::api::common::types::{Text, TextAttributes, Vector2};
    ///
    /// let size = Vector2::new().with_x_nm(1_000_000).with_y_nm(1_000_000);
    /// let text = Text::new().with_text("kiapi").with_attributes(TextAttributes::new().with_size(size));
    /// assert!(kicad.text_extents(&text)?.width() > kiapi::mm(3));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn text_extents(&self, text: &Text) -> L::Out<'_, Box2> {
        self.ask(GetTextExtents::new().with_text(text.clone()), |response| Ok(Box2::from(&response)))
    }

    /// Texts as the shapes that KiCad draws for them, one for each text and in the same order.
    ///
    /// # Errors
    ///
    /// [`Unexpected`](ErrorKind::Unexpected) when KiCad answers for another number of texts.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::api::common::commands::TextOrTextBox;
    /// use kiapi::api::common::types::Text;
    ///
    /// let text = TextOrTextBox::new().with_text(Text::new().with_text("T"));
    /// let shapes = kicad.text_as_shapes([text])?;
    /// assert_eq!(shapes.len(), 1);
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn text_as_shapes(
        &self,
        texts: impl IntoIterator<Item = TextOrTextBox>,
    ) -> L::Out<'_, Vec<CompoundShape>> {
        let command = GetTextAsShapes::new().with_text(texts);
        let asked = command.text.len();
        self.ask(command, move |response| {
            let got = response.text_with_shapes.len();
            if got != asked {
                return Err(Error::unexpected(format!("KiCad drew {got} texts of {asked}")));
            }
            Ok(response.text_with_shapes.into_iter().map(|text| text.shapes.unwrap_or_default()).collect())
        })
    }

    /// Sends a command and makes something of its response.
    fn ask<'a, C: Command, T: Send + 'a>(
        &'a self,
        command: C,
        read: impl FnOnce(C::Response) -> Result<T> + Send + 'a,
    ) -> L::Out<'a, T> {
        L::run(async move { read(self.0.call(&command, CallOptions::new()).await?) })
    }

    async fn documents(&self, of: DocumentType) -> Result<Vec<DocumentSpecifier>> {
        let command = GetOpenDocuments::new().with_type(of);
        match self.0.call(&command, CallOptions::new()).await {
            Ok(response) => Ok(response.documents),
            // Where no editor for the type is open, nobody answers.
            Err(error) if error.kind() == ErrorKind::Unhandled => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    async fn all_boards(&self) -> Result<Vec<Board<L>>> {
        let documents = self.documents(DocumentType::PCB).await?;
        // Some commands name no document, and the schematic editor crashes of them if it is asked first.
        let schematics = self.documents(DocumentType::SCHEMATIC).await?;
        self.0.state().has_schematic = !schematics.is_empty();
        Ok(documents.into_iter().map(|document| Board::new(self.clone(), document)).collect())
    }
}

impl<L: Link> fmt::Debug for KiCad<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
