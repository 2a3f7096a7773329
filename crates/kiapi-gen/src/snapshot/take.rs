//! Taking a snapshot: what to ask, one after the other, without asking it.

use std::collections::VecDeque;

use crate::board::commands::{
    BoardOriginType, GetActiveLayer, GetBoardEditorAppearanceSettings, GetBoardEnabledLayers,
    GetBoardLayerName, GetBoardOrigin, GetBoardStackup, GetGraphicsDefaults, GetNetClassForNets, GetNets,
    GetPadShapeAsPolygon, GetVisibleLayers,
};
use crate::board::types::{BoardLayer, Net, Pad, PadStackShape};
use crate::common::commands::{
    ExpandTextVariables, GetItems, GetKiCadBinaryPath, GetNetClasses, GetOpenDocuments,
    GetPluginSettingsPath, GetSelection, GetTextVariables, GetTitleBlockInfo, GetVersion,
    SaveDocumentToString,
};
use crate::common::types::{DocumentSpecifier, DocumentType, ItemHeader, KiCadObjectType, Kiid};
use crate::common::{ApiResponseStatus, ApiStatusCode};
use crate::{Any, ApiVersion, Command, OpenEnum as _, Response};

use super::{Exchange, Snapshot, SnapshotError, SnapshotErrorKind};

/// The programs whose paths are asked for.
const BINARIES: [&str; 8] = [
    "kicad",
    "kicad-cli",
    "pcbnew",
    "eeschema",
    "gerbview",
    "bitmap2component",
    "pcb_calculator",
    "pl_editor",
];

/// The variables that are asked for: they come from neither the title block nor the project's table.
const VARIABLES: [&str; 15] = [
    "${PROJECTNAME}",
    "${FILENAME}",
    "${FILEPATH}",
    "${CURRENT_DATE}",
    "${VCSHASH}",
    "${VCSSHORTHASH}",
    "${VARIANT}",
    "${VARIANT_DESC}",
    "${VARIANTNAME}",
    "${KICAD_VERSION}",
    "${KIPRJMOD}",
    "${PAPER}",
    "${BOARD_NAME}",
    "${KICAD_USER_DIR}",
    "${LAYER}",
];

/// The types that are asked for all at once: how their items lie among each other shows only then.
pub const TRACKS: [KiCadObjectType; 3] =
    [KiCadObjectType::PCB_TRACE, KiCadObjectType::PCB_VIA, KiCadObjectType::PCB_ARC];

/// A snapshot that is being taken: says what to ask next, and is told what KiCad answered.
///
/// It knows no socket, so that whoever sends the commands may block or not. All of them read. On a large board the largest
/// answer has tens of megabytes.
///
/// # Examples
///
/// ```
/// use kiapi_gen::snapshot::{Snapshot, SnapshotError, Taking};
/// use kiapi_gen::{Request, Response};
///
/// fn take(mut send: impl FnMut(Vec<u8>) -> Vec<u8>) -> Result<Snapshot, Box<dyn std::error::Error>> {
///     let mut taking = Taking::new();
///     while let Some(command) = taking.request() {
///         let request = Request::packed(command).client_name("example");
///         let answer = send(request.encode());
///         taking.answer(&Response::decode(&answer)?)?;
///     }
///     Ok(taking.finish())
/// }
///
/// // Who answers nothing is no KiCad.
/// let error = take(|_| Vec::new()).unwrap_err();
/// assert_eq!(error.to_string(), "KiCad did not answer GetVersion");
/// ```
#[derive(Debug)]
pub struct Taking {
    snapshot: Snapshot,
    queue: VecDeque<Asked>,
    stage: Stage,
}

/// What has been asked so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Who it is.
    Version,
    /// Of what.
    Documents,
    /// What is asked of every KiCad, up to the nets.
    Project,
    /// All the rest.
    Board,
    /// How finely circles are cut.
    Circle,
}

/// A command that is asked.
#[derive(Debug)]
struct Asked {
    command: Any,
    name: &'static str,
    /// Whether an answer is what belongs to the command.
    fits: fn(&Any) -> bool,
    /// Every KiCad answers it.
    is_needed: bool,
}

impl Taking {
    /// Begins.
    #[inline]
    pub fn new() -> Self {
        let mut taking = Self { snapshot: Snapshot::new(), queue: VecDeque::new(), stage: Stage::Version };
        taking.need(&GetVersion::new());
        taking
    }

    /// What is to be asked next; nothing when all has been asked. It stays the same until it is answered.
    #[inline]
    pub fn request(&self) -> Option<&Any> {
        self.queue.front().map(|asked| &asked.command)
    }

    /// Takes the answer to the [`request`](Self::request).
    ///
    /// # Errors
    ///
    /// [`SnapshotErrorKind::Kicad`] when KiCad has no board open, or does not answer what every KiCad answers. What it was
    /// not ready or too busy for may be asked again.
    #[inline]
    pub fn answer(&mut self, answer: &Response) -> Result<(), SnapshotError> {
        let Some(asked) = self.queue.front() else {
            return Err(wrong("an answer came to nothing that was asked".to_owned()));
        };
        let (status, said) = (answer.status(), answer.error_message());
        let message = answer.to_any();
        match (status, &message) {
            (ApiStatusCode::OK, Some(message)) if (asked.fits)(message) => {}
            (ApiStatusCode::OK, _) => {
                return Err(wrong(format!("KiCad answered {} with something else", asked.name)));
            }
            // It never goes on, and would only be asked again and again.
            (
                ApiStatusCode::UNKNOWN
                | ApiStatusCode::NOT_READY
                | ApiStatusCode::TOKEN_MISMATCH
                | ApiStatusCode::BUSY,
                _,
            ) => {
                let what = wrong(format!("KiCad did not answer {}", asked.name));
                return Err(if said.is_empty() { what } else { what.with_source(said.to_owned()) });
            }
            _ if asked.is_needed => return Err(wrong(format!("KiCad refused {}: {said}", asked.name))),
            // What a KiCad refuses is part of the picture.
            _ => {}
        }
        let status = ApiResponseStatus::new().with_status(status).with_error_message(said);
        let command = self.queue.pop_front().map(|asked| asked.command).unwrap_or_default();
        self.snapshot.exchanges.push(Exchange::new(command, status, message));
        if self.queue.is_empty() { self.go_on() } else { Ok(()) }
    }

    /// The snapshot, with all that was answered.
    #[inline]
    pub fn finish(self) -> Snapshot {
        self.snapshot
    }

    /// Thinks of what to ask next, now that all that could be asked before is known.
    #[inline]
    fn go_on(&mut self) -> Result<(), SnapshotError> {
        match self.stage {
            Stage::Version => {
                self.snapshot.kicad = self.snapshot.answer::<GetVersion>()?.version;
                self.need(&GetOpenDocuments::new().with_type(DocumentType::PCB));
                self.stage = Stage::Documents;
            }
            Stage::Documents => {
                let board = self.open_board()?;
                self.ask_project(&board);
                self.stage = Stage::Project;
            }
            Stage::Project => {
                let board = self.open_board()?;
                let nets = self.snapshot.answer::<GetNets>()?.nets;
                let names = nets.into_iter().map(|net| Net::new().with_name(net.name));
                self.need(&GetNetClassForNets::new().with_net(names));
                self.ask_texts(&board);
                self.ask_board(&board);
                self.ask_items(&board);
                self.stage = Stage::Board;
            }
            Stage::Board => {
                if let Some(pad) = self.largest_circle() {
                    let board = self.open_board()?;
                    let layer = BoardLayer::F_CU;
                    self.ask(
                        &GetPadShapeAsPolygon::new().with_board(board).with_pads([pad]).with_layer(layer),
                    );
                }
                self.stage = Stage::Circle;
            }
            Stage::Circle => {}
        }
        Ok(())
    }

    #[inline]
    fn open_board(&self) -> Result<DocumentSpecifier, SnapshotError> {
        let documents = self.snapshot.answer::<GetOpenDocuments>()?.documents;
        documents.into_iter().next().ok_or_else(|| wrong("KiCad has no board open".to_owned()))
    }

    #[inline]
    fn ask_project(&mut self, board: &DocumentSpecifier) {
        for name in BINARIES {
            self.ask(&GetKiCadBinaryPath::new().with_binary_name(name));
        }
        // 9.0.8 refuses names with dots, newer ones those without.
        let is_old = self.snapshot.version() < ApiVersion::new(10, 0, 0);
        let plugin = if is_old { "plugin" } else { "com.example.plugin" };
        self.ask(&GetPluginSettingsPath::new().with_identifier(plugin));
        self.need(&GetNetClasses::new());
        self.need(&GetNets::new().with_board(board.clone()));
    }

    #[inline]
    fn ask_texts(&mut self, board: &DocumentSpecifier) {
        let project = DocumentSpecifier::new().with_type(DocumentType::PROJECT);
        self.need(&GetTextVariables::new().with_document(project));
        self.need(&ExpandTextVariables::new().with_document(board.clone()).with_text(VARIABLES));
        self.need(&GetTitleBlockInfo::new().with_document(board.clone()));
    }

    #[inline]
    fn ask_board(&mut self, board: &DocumentSpecifier) {
        self.need(&GetBoardStackup::new().with_board(board.clone()));
        self.need(&GetBoardEnabledLayers::new().with_board(board.clone()));
        self.need(&GetVisibleLayers::new().with_board(board.clone()));
        self.need(&GetActiveLayer::new().with_board(board.clone()));
        let layers = BoardLayer::VALUES.iter().map(|(layer, ..)| *layer);
        for layer in layers.filter(|layer| layer.0 >= BoardLayer::F_CU.0) {
            self.ask(&GetBoardLayerName::new().with_board(board.clone()).with_layer(layer));
        }
        self.need(&GetGraphicsDefaults::new().with_board(board.clone()));
        for kind in [BoardOriginType::GRID, BoardOriginType::DRILL] {
            self.need(&GetBoardOrigin::new().with_board(board.clone()).with_type(kind));
        }
        self.need(&GetBoardEditorAppearanceSettings::new());
        self.need(&SaveDocumentToString::new().with_document(board.clone()));
    }

    #[inline]
    fn ask_items(&mut self, board: &DocumentSpecifier) {
        let header = ItemHeader::new().with_document(board.clone());
        for kind in KiCadObjectType::VALUES.iter().map(|(kind, ..)| *kind).filter(|kind| kind.0 != 0) {
            self.ask(&GetItems::new().with_header(header.clone()).with_types([kind]));
        }
        self.need(&GetItems::new().with_header(header.clone()).with_types(TRACKS));
        self.need(&GetSelection::new().with_header(header));
    }

    /// The id of the largest round pad: how finely KiCad cuts circles on this board shows in its outline.
    #[inline]
    fn largest_circle(&self) -> Option<Kiid> {
        let lists = self.snapshot.answers::<GetItems>().filter_map(Result::ok);
        let pads = lists.flat_map(|(_, list)| list.items).filter_map(|any| any.unpack::<Pad>().ok());
        let radius = |pad: &Pad| {
            let face = pad.pad_stack.as_ref()?.copper_layers.first()?;
            (face.shape == PadStackShape::CIRCLE).then(|| face.size.as_ref().map_or(0, |size| size.x_nm))
        };
        let round = pads.filter_map(|pad| Some((radius(&pad)?, pad.id?)));
        round.max_by_key(|(radius, _)| *radius).map(|(_, id)| id)
    }

    /// Asks for what KiCad may refuse.
    fn ask<C: Command>(&mut self, command: &C) {
        let fits = |message: &Any| message.is::<C::Response>();
        self.queue.push_back(Asked { command: Any::pack(command), name: C::NAME, fits, is_needed: false });
    }

    /// Asks for what every KiCad answers.
    fn need<C: Command>(&mut self, command: &C) {
        self.ask(command);
        if let Some(asked) = self.queue.back_mut() {
            asked.is_needed = true;
        }
    }
}

impl Default for Taking {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

#[inline]
fn wrong(what: String) -> SnapshotError {
    SnapshotError::new(SnapshotErrorKind::Kicad, what)
}
