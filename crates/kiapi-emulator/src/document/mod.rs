//! The document: everything that the API shows of a board and its project, in memory.

mod contents;
pub(crate) mod items;
pub(crate) mod layers;
pub(crate) mod net_classes;
pub(crate) mod normalise;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

use kiapi_gen::board::commands::{
    BoardEditorAppearanceSettings, BoardOriginType, GetActiveLayer, GetBoardEditorAppearanceSettings,
    GetBoardEnabledLayers, GetBoardLayerName, GetBoardOrigin, GetBoardStackup, GetGraphicsDefaults,
    GetNetClassForNets, GetNets, GetPadShapeAsPolygon, GetVisibleLayers, InactiveLayerDisplayMode,
    NetColorDisplayMode, PadShapeAsPolygonResponse,
};
use kiapi_gen::board::types::{BoardLayer, Item, Net};
use kiapi_gen::board::{BoardStackup, GraphicsDefaults};
use kiapi_gen::common::commands::{
    ExpandTextVariables, GetKiCadBinaryPath, GetNetClasses, GetOpenDocuments, GetPluginSettingsPath,
    GetSelection, GetTextVariables, GetTitleBlockInfo, SaveDocumentToString,
};
use kiapi_gen::common::project::NetClass;
use kiapi_gen::common::types::{DocumentSpecifier, DocumentType, KiCadVersion, TitleBlockInfo, Vector2};

pub(crate) use self::items::{Items, TRACKS};
use self::layers::{LayerSet, Left};
use crate::geometry::outline::MAX_ERROR;
use crate::geometry::pad;
use crate::{Error, ErrorKind, Result, Snapshot};

/// A board and its project.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// What `GetOpenDocuments` shows.
    pub(crate) specifier: DocumentSpecifier,
    /// The KiCad that it came from, with the packager's text.
    pub(crate) kicad: KiCadVersion,
    pub(crate) items: Items,
    /// In KiCad's order, with codes.
    pub(crate) nets: Vec<Net>,
    /// In KiCad's order.
    pub(crate) net_classes: Vec<NetClass>,
    /// The class in effect, by the name of the net.
    pub(crate) class_of_net: BTreeMap<String, NetClass>,
    /// The project's table of classes when it was decided which one is in effect for each net: when the board was loaded.
    pub(crate) loaded_classes: Vec<NetClass>,
    /// The names of the classes that nets still share with the project's table.
    pub(crate) shared_classes: BTreeSet<String>,
    pub(crate) text_variables: BTreeMap<String, String>,
    /// What variables that come from elsewhere are expanded to: `${FILENAME}`.
    pub(crate) expansions: BTreeMap<String, String>,
    pub(crate) title_block: TitleBlockInfo,
    pub(crate) stackup: BoardStackup,
    pub(crate) copper_layers: u32,
    pub(crate) enabled_layers: Vec<BoardLayer>,
    /// As KiCad lists them: with layers that are not enabled, and with `UNKNOWN` for each layer that the API has no
    /// number for.
    pub(crate) visible_layers: Vec<BoardLayer>,
    pub(crate) active_layer: BoardLayer,
    pub(crate) layer_names: BTreeMap<BoardLayer, String>,
    pub(crate) graphics_defaults: GraphicsDefaults,
    pub(crate) grid_origin: Vector2,
    pub(crate) drill_origin: Vector2,
    pub(crate) appearance: BoardEditorAppearanceSettings,
    /// The ids of the selected items, in KiCad's order.
    pub(crate) selection: Vec<String>,
    /// The document as KiCad would save it, as of the snapshot.
    pub(crate) contents: String,
    /// How far the outlines of pads are from true arcs, in nanometres.
    pub(crate) max_error: f64,
    /// By the name that was asked for.
    pub(crate) binary_paths: BTreeMap<String, String>,
    /// The folder below which plugins have theirs; none if it is not known.
    pub(crate) plugin_settings: Option<String>,
}

impl Document {
    /// # Errors
    ///
    /// [`ErrorKind::Snapshot`] when the snapshot lacks an answer that every KiCad gives.
    pub(crate) fn new(snapshot: &Snapshot) -> Result<Self> {
        let missing = |what: &str| Error::new(ErrorKind::Snapshot, format!("the snapshot holds no {what}"));
        let boards = snapshot.answers::<GetOpenDocuments>();
        let specifier = boards
            .flatten()
            .filter(|(request, _)| request.r#type == DocumentType::PCB)
            .find_map(|(_, response)| response.documents.into_iter().next())
            .ok_or_else(|| missing("open board"))?;
        let mut origins = BTreeMap::new();
        for exchange in snapshot.answers::<GetBoardOrigin>() {
            let (request, origin) = exchange?;
            origins.insert(request.r#type, origin);
        }
        let mut layer_names = BTreeMap::new();
        for exchange in snapshot.answers::<GetBoardLayerName>() {
            let (request, response) = exchange?;
            layer_names.insert(request.layer, response.name);
        }
        let mut binary_paths = BTreeMap::new();
        for exchange in snapshot.answers::<GetKiCadBinaryPath>() {
            let (request, response) = exchange?;
            binary_paths.insert(request.binary_name, response.path);
        }
        let mut expansions = BTreeMap::new();
        for exchange in snapshot.answers::<ExpandTextVariables>() {
            let (request, response) = exchange?;
            expansions.extend(request.text.into_iter().zip(response.text));
        }
        let mut class_of_net = BTreeMap::new();
        for exchange in snapshot.answers::<GetNetClassForNets>() {
            class_of_net.extend(exchange?.1.classes);
        }
        let mut plugin_settings = None;
        for exchange in snapshot.answers::<GetPluginSettingsPath>() {
            let (request, response) = exchange?;
            plugin_settings = response.response.strip_suffix(&request.identifier).map(str::to_owned);
        }
        let enabled = snapshot.answer::<GetBoardEnabledLayers>()?;
        let selected = snapshot.answer::<GetSelection>()?.items;
        let items = Items::new(snapshot)?;
        let net_classes = snapshot.answer::<GetNetClasses>()?.net_classes;
        let mut max_error = None;
        for exchange in snapshot.answers::<GetPadShapeAsPolygon>() {
            let (request, response) = exchange?;
            max_error = max_error.or_else(|| error_of(&items, &request, &response));
        }
        Ok(Self {
            max_error: max_error.unwrap_or(MAX_ERROR),
            specifier,
            kicad: snapshot.kicad.clone().unwrap_or_default(),
            selection: items::ids(selected)?,
            items,
            nets: snapshot.answer::<GetNets>()?.nets,
            shared_classes: net_classes.iter().map(|class| class.name.clone()).collect(),
            loaded_classes: net_classes.clone(),
            net_classes,
            class_of_net,
            text_variables: snapshot.answer::<GetTextVariables>()?.variables,
            expansions,
            title_block: snapshot.answer::<GetTitleBlockInfo>()?,
            stackup: snapshot.answer::<GetBoardStackup>()?.stackup.unwrap_or_default(),
            copper_layers: enabled.copper_layer_count,
            enabled_layers: enabled.layers,
            visible_layers: snapshot.answer::<GetVisibleLayers>()?.layers,
            active_layer: snapshot.answer::<GetActiveLayer>()?.layer,
            layer_names,
            graphics_defaults: snapshot.answer::<GetGraphicsDefaults>()?.defaults.unwrap_or_default(),
            grid_origin: origins.remove(&BoardOriginType::GRID).ok_or_else(|| missing("grid origin"))?,
            drill_origin: origins.remove(&BoardOriginType::DRILL).ok_or_else(|| missing("drill origin"))?,
            appearance: snapshot.answer::<GetBoardEditorAppearanceSettings>()?,
            contents: snapshot.answer::<SaveDocumentToString>()?.contents,
            binary_paths,
            plugin_settings,
        })
    }

    /// Takes the items off layers that the board has no more.
    pub(crate) fn take_items_off(&mut self, removed: LayerSet, enabled: LayerSet) {
        let mut left_all = true;
        for list in self.items.lists.values_mut() {
            list.retain_mut(|item| {
                let left = layers::take_off(item, removed, enabled);
                left_all &= left == Left::Whole;
                left != Left::Nothing
            });
        }
        if !left_all {
            self.selection.clear();
        }
    }

    /// Becomes what was saved, but for what KiCad keeps when it loads the same board again.
    pub(crate) fn revert_to(&mut self, saved: Self, look: &Look) {
        let mut appearance = self.appearance.clone();
        appearance.inactive_layer_display = look.inactive_layers;
        appearance.net_color_display = look.net_colors;
        let has_layer = LayerSet::of(&saved.enabled_layers).has(look.active_layer);
        let net_classes = std::mem::take(&mut self.net_classes);
        let class_of_net = net_classes::in_effect(saved.class_of_net, &saved.loaded_classes, &net_classes);
        *self = Self {
            class_of_net,
            shared_classes: net_classes.iter().map(|class| class.name.clone()).collect(),
            loaded_classes: net_classes.clone(),
            net_classes,
            text_variables: std::mem::take(&mut self.text_variables),
            visible_layers: std::mem::take(&mut self.visible_layers),
            appearance,
            active_layer: if has_layer { look.active_layer } else { BoardLayer::F_CU },
            selection: Vec::new(),
            ..saved
        };
        self.items.renew_board();
    }
}

/// What KiCad keeps beside the project of how a board is looked at, and takes up again when it loads the board.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    inactive_layers: InactiveLayerDisplayMode,
    net_colors: NetColorDisplayMode,
    active_layer: BoardLayer,
}

impl Look {
    pub(crate) fn of(document: &Document) -> Self {
        Self {
            inactive_layers: document.appearance.inactive_layer_display,
            net_colors: document.appearance.net_color_display,
            active_layer: document.active_layer,
        }
    }
}

/// How far the outline of a pad is from a true arc, if its answer tells.
fn error_of(
    items: &Items,
    request: &GetPadShapeAsPolygon,
    response: &PadShapeAsPolygonResponse,
) -> Option<f64> {
    let Some(Item::Pad(pad)) = items.find(&request.pads.first()?.value) else { return None };
    let outline = response.polygons.first()?.outline.as_ref()?;
    // The first point is there twice.
    pad::error_of(&pad, outline.nodes.len().saturating_sub(1))
}
