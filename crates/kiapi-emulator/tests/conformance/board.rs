//! The board as the first peer shows it, from which the requests are made.

use std::collections::BTreeMap;

use kiapi_gen::board::commands::{GetBoardEnabledLayers, GetNets};
use kiapi_gen::board::types::{BoardLayer, Item, Net};
use kiapi_gen::common::commands::{GetItems, GetOpenDocuments, GetTextAsShapes, GetTextExtents};
use kiapi_gen::common::types::{DocumentSpecifier, DocumentType, ItemHeader, KiCadObjectType, Kiid};
use kiapi_gen::{Any, Command, Request, Response};

use crate::peer::{Outcome, Peer, Stop};

/// The types that KiCad's boards have, and of which `GetItems` gives something in one version or the other.
pub(crate) const TYPES: [KiCadObjectType; 13] = [
    KiCadObjectType::PCB_FOOTPRINT,
    KiCadObjectType::PCB_PAD,
    KiCadObjectType::PCB_SHAPE,
    KiCadObjectType::PCB_REFERENCE_IMAGE,
    KiCadObjectType::PCB_TEXT,
    KiCadObjectType::PCB_TEXTBOX,
    KiCadObjectType::PCB_TRACE,
    KiCadObjectType::PCB_VIA,
    KiCadObjectType::PCB_ARC,
    KiCadObjectType::PCB_DIMENSION,
    KiCadObjectType::PCB_ZONE,
    KiCadObjectType::PCB_GROUP,
    KiCadObjectType::PCB_BARCODE,
];

/// A board with more items than this is large: all of it is asked for only a few times.
const LARGE: usize = 8_000;

/// What is on the board.
#[derive(Debug)]
pub(crate) struct Board {
    document: DocumentSpecifier,
    items: BTreeMap<i32, Vec<Any>>,
    pub(crate) nets: Vec<Net>,
    pub(crate) layers: Vec<BoardLayer>,
}

impl Board {
    /// Asks the first peer for what it has.
    pub(crate) fn read(peer: &Peer) -> Outcome<Self> {
        let open = ask(peer, &GetOpenDocuments::new().with_type(DocumentType::PCB))?;
        let document = open.and_then(|open| open.documents.first().cloned());
        let document = document.ok_or_else(|| Stop("no board is open".to_owned()))?;
        let mut board = Self { document, items: BTreeMap::new(), nets: Vec::new(), layers: Vec::new() };
        for kind in TYPES {
            if let Some(found) = ask(peer, &GetItems::new().with_header(board.header()).with_types([kind]))? {
                board.items.insert(kind.into(), found.items);
            }
        }
        let nets = ask(peer, &GetNets::new().with_board(board.document()))?;
        board.nets = nets.map(|nets| nets.nets).unwrap_or_default();
        let layers = ask(peer, &GetBoardEnabledLayers::new().with_board(board.document()))?;
        board.layers = layers.map(|layers| layers.layers).unwrap_or_default();
        Ok(board)
    }

    pub(crate) fn document(&self) -> DocumentSpecifier {
        self.document.clone()
    }

    /// The project that the board belongs to, as a document.
    pub(crate) fn project(&self) -> DocumentSpecifier {
        let project = DocumentSpecifier::new().with_type(DocumentType::PROJECT);
        match &self.document.project {
            Some(specifier) => project.with_project(specifier.clone()),
            None => project,
        }
    }

    pub(crate) fn header(&self) -> ItemHeader {
        ItemHeader::new().with_document(self.document())
    }

    pub(crate) fn items(&self) -> impl Iterator<Item = &Any> {
        self.items.values().flatten()
    }

    pub(crate) fn is_large(&self) -> bool {
        self.items().count() > LARGE
    }

    /// The items of a type.
    pub(crate) fn of(&self, kind: KiCadObjectType) -> &[Any] {
        self.items.get(&kind.into()).map_or(&[], Vec::as_slice)
    }

    /// The ids of a type, `most` of them at most, spread over all there are.
    pub(crate) fn ids(&self, kind: KiCadObjectType, most: usize) -> Vec<Kiid> {
        let all = self.of(kind);
        let step = all.len().div_ceil(most.max(1)).max(1);
        all.iter().step_by(step).filter_map(id_of).collect()
    }

    /// Ids of every type, `most` of each at most.
    pub(crate) fn some_of_each(&self, most: usize) -> Vec<Kiid> {
        TYPES.iter().flat_map(|kind| self.ids(*kind, most)).collect()
    }

    /// By how many nanometres of text an answer is judged: the request's text, or the largest on the board.
    pub(crate) fn text_size(request: Option<&Any>) -> f64 {
        const ON_BOARDS: i64 = 1_000_000;
        let height = |text: Option<&kiapi_gen::common::types::Text>| {
            let size = text.and_then(|text| text.attributes.as_ref()).and_then(|text| text.size.as_ref());
            size.map_or(ON_BOARDS, |size| size.y_nm.abs().max(size.x_nm.abs()))
        };
        let found = request.and_then(|any| {
            if let Ok(command) = any.unpack::<GetTextExtents>() {
                return Some(height(command.text.as_ref()));
            }
            let command = any.unpack::<GetTextAsShapes>().ok()?;
            let heights = command.text.iter().map(|text| match &text.inner {
                Some(kiapi_gen::common::commands::text_or_textbox::Inner::Text(text)) => height(Some(text)),
                _ => ON_BOARDS,
            });
            heights.max()
        });
        #[expect(clippy::cast_precision_loss, reason = "text is not that large")]
        {
            found.unwrap_or(ON_BOARDS) as f64
        }
    }
}

/// Asks one peer, without comparing; none when it refuses.
pub(crate) fn ask<C: Command>(peer: &Peer, command: &C) -> Outcome<Option<C::Response>> {
    let answer = peer.call(&Request::new(command).client_name("conformance").encode())?;
    let answer = Response::decode(&answer).map_err(|error| format!("{}: {error}", C::NAME))?;
    match answer.into_result::<C>() {
        Ok(response) => Ok(Some(response)),
        Err(error) if error.status().is_some() => Ok(None),
        Err(error) => Err(Stop(format!("{}: {error}", C::NAME))),
    }
}

/// The id of an item of any type.
pub(crate) fn id_of(item: &Any) -> Option<Kiid> {
    Item::from_any(item.clone()).ok()?.id().cloned()
}
