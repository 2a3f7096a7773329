//! Taking a snapshot from a KiCad, through the API alone.

use kiapi_gen::board::commands::{
    BoardOriginType, GetActiveLayer, GetBoardEditorAppearanceSettings, GetBoardEnabledLayers,
    GetBoardLayerName, GetBoardOrigin, GetBoardStackup, GetGraphicsDefaults, GetNetClassForNets, GetNets,
    GetPadShapeAsPolygon, GetVisibleLayers,
};
use kiapi_gen::board::types::{BoardLayer, Net, Pad, PadStackShape};
use kiapi_gen::common::ApiStatusCode;
use kiapi_gen::common::commands::{
    ExpandTextVariables, GetItems, GetKiCadBinaryPath, GetNetClasses, GetOpenDocuments,
    GetPluginSettingsPath, GetSelection, GetTextVariables, GetTitleBlockInfo, GetVersion,
    SaveDocumentToString,
};
use kiapi_gen::common::types::{DocumentSpecifier, DocumentType, ItemHeader, KiCadObjectType, Kiid};
use kiapi_gen::{Any, ApiVersion, Command, OpenEnum as _, Request, Response};
use kiapi_transport::{CallOptions, Transport};

use crate::document::TRACKS;

use super::{Exchange, FORMAT, Snapshot};
use crate::{Error, ErrorKind, Result};

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

/// Variables that come from neither the title block nor the project's table.
pub(crate) const VARIABLES: [&str; 15] = [
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

impl Snapshot {
    /// Takes a snapshot of the board that is open in the KiCad behind `transport`, by reading commands only.
    ///
    /// Each call takes its time from `options`. On a large board the largest answer has tens of megabytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Kicad`] when it cannot be reached, has no board open, or does not answer what every KiCad answers.
    pub fn take(transport: &dyn Transport, options: CallOptions) -> Result<Self> {
        let mut taker = Taker { transport, options, snapshot: Self { format: FORMAT, ..Self::default() } };
        taker.take()?;
        Ok(taker.snapshot)
    }
}

struct Taker<'a> {
    transport: &'a dyn Transport,
    options: CallOptions,
    snapshot: Snapshot,
}

impl Taker<'_> {
    fn take(&mut self) -> Result<()> {
        self.snapshot.kicad = self.need(&GetVersion::new())?.version;
        let version = self.snapshot.version();
        let documents = self.need(&GetOpenDocuments::new().with_type(DocumentType::PCB))?.documents;
        let Some(board) = documents.into_iter().next() else {
            return Err(Error::new(ErrorKind::Kicad, "KiCad has no board open"));
        };
        self.project(&board, version)?;
        self.board(&board)?;
        self.items(&board)
    }

    fn project(&mut self, board: &DocumentSpecifier, version: ApiVersion) -> Result<()> {
        for name in BINARIES {
            self.ask(&GetKiCadBinaryPath::new().with_binary_name(name))?;
        }
        // 9.0.8 refuses names with dots, newer ones those without.
        let plugin = if version < ApiVersion::new(10, 0, 0) { "plugin" } else { "com.example.plugin" };
        self.ask(&GetPluginSettingsPath::new().with_identifier(plugin))?;
        self.need(&GetNetClasses::new())?;
        let nets = self.need(&GetNets::new().with_board(board.clone()))?.nets;
        let names = nets.into_iter().map(|net| Net::new().with_name(net.name));
        self.need(&GetNetClassForNets::new().with_net(names))?;
        let project = DocumentSpecifier::new().with_type(DocumentType::PROJECT);
        self.need(&GetTextVariables::new().with_document(project))?;
        let expand = ExpandTextVariables::new().with_document(board.clone()).with_text(VARIABLES);
        self.need(&expand)?;
        self.need(&GetTitleBlockInfo::new().with_document(board.clone()))?;
        Ok(())
    }

    fn board(&mut self, board: &DocumentSpecifier) -> Result<()> {
        self.need(&GetBoardStackup::new().with_board(board.clone()))?;
        self.need(&GetBoardEnabledLayers::new().with_board(board.clone()))?;
        self.need(&GetVisibleLayers::new().with_board(board.clone()))?;
        self.need(&GetActiveLayer::new().with_board(board.clone()))?;
        for layer in
            BoardLayer::VALUES.iter().map(|(layer, ..)| *layer).filter(|layer| layer.0 >= BoardLayer::F_CU.0)
        {
            self.ask(&GetBoardLayerName::new().with_board(board.clone()).with_layer(layer))?;
        }
        self.need(&GetGraphicsDefaults::new().with_board(board.clone()))?;
        for kind in [BoardOriginType::GRID, BoardOriginType::DRILL] {
            self.need(&GetBoardOrigin::new().with_board(board.clone()).with_type(kind))?;
        }
        self.need(&GetBoardEditorAppearanceSettings::new())?;
        self.need(&SaveDocumentToString::new().with_document(board.clone()))?;
        Ok(())
    }

    fn items(&mut self, board: &DocumentSpecifier) -> Result<()> {
        let header = ItemHeader::new().with_document(board.clone());
        for kind in KiCadObjectType::VALUES.iter().map(|(kind, ..)| *kind).filter(|kind| kind.0 != 0) {
            // What a KiCad does not list it refuses, and that is part of the picture.
            self.ask(&GetItems::new().with_header(header.clone()).with_types([kind]))?;
        }
        // How tracks, arcs and vias lie among each other shows only when all are asked for at once.
        self.need(&GetItems::new().with_header(header.clone()).with_types(TRACKS))?;
        self.need(&GetSelection::new().with_header(header))?;
        // How finely KiCad cuts circles on this board shows in the outline of the largest.
        if let Some(pad) = self.largest_circle() {
            let layer = BoardLayer::F_CU;
            self.ask(
                &GetPadShapeAsPolygon::new().with_board(board.clone()).with_pads([pad]).with_layer(layer),
            )?;
        }
        Ok(())
    }

    /// The id of the largest round pad.
    fn largest_circle(&self) -> Option<Kiid> {
        let lists = self.snapshot.answers::<GetItems>().filter_map(Result::ok);
        let pads = lists.flat_map(|(_, list)| list.items).filter_map(|any| any.unpack::<Pad>().ok());
        let radius = |pad: &Pad| {
            let face = pad.pad_stack.as_ref()?.copper_layers.first()?;
            (face.shape == PadStackShape::CIRCLE).then(|| face.size.as_ref().map_or(0, |size| size.x_nm))
        };
        pads.filter_map(|pad| Some((radius(&pad)?, pad.id?)))
            .max_by_key(|(radius, _)| *radius)
            .map(|(_, id)| id)
    }

    /// Asks for what KiCad may refuse.
    fn ask<C: Command>(&mut self, command: &C) -> Result<Option<C::Response>> {
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
            Error::new(ErrorKind::Kicad, format!("KiCad did not answer {}", C::NAME)).with_source(error)
        };
        let request = Request::new(command).client_name("kiapi snapshot").encode();
        let answer = self.transport.call(&request, &self.options).map_err(|error| failed(error.into()))?;
        let answer = Response::decode(&answer).map_err(|error| failed(error.into()))?;
        let status = kiapi_gen::common::ApiResponseStatus::new()
            .with_status(answer.status())
            .with_error_message(answer.error_message());
        self.snapshot.exchanges.push(Exchange {
            request: Some(Any::pack(command)),
            status: Some(status),
            response: answer.message().cloned(),
        });
        match answer.status() {
            ApiStatusCode::OK => answer.into_result::<C>().map(Some).map_err(|error| failed(error.into())),
            // It never goes on, and would only be asked again and again.
            ApiStatusCode::NOT_READY | ApiStatusCode::TOKEN_MISMATCH | ApiStatusCode::BUSY => {
                let refused = answer.into_result::<C>().err();
                Err(failed(refused.map_or_else(|| "it refused".into(), Into::into)))
            }
            _ => Ok(None),
        }
    }

    /// Asks for what every KiCad answers.
    fn need<C: Command>(&mut self, command: &C) -> Result<C::Response> {
        self.ask(command)?.ok_or_else(|| {
            let said = self.snapshot.exchanges.last().and_then(|exchange| exchange.status.as_ref());
            let said = said.map_or("", |status| &status.error_message);
            Error::new(ErrorKind::Kicad, format!("KiCad refused {}: {said}", C::NAME))
        })
    }
}
