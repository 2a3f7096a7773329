//! KiCad's commands, each handed to the module that answers it.

#![allow(clippy::unnecessary_wraps, clippy::needless_pass_by_value, reason = "all handlers have one shape")]

mod base;
mod busy;
mod commits;
mod documents;
mod items;
mod layers;
mod nets;
mod project;
mod queries;
mod selection;
mod settings;

use kiapi_gen::board::commands as board;
use kiapi_gen::common::commands as common;
use kiapi_gen::common::{project as project_types, types};
use kiapi_gen::{Any, COMMANDS};
use kiapi_server::{Answer, ApiHandler, Call, Refusal, dispatch};

pub(crate) use self::commits::Commit;
use crate::Editor;
use crate::editor::{BUSY, ByHand};

impl ApiHandler for Editor {
    fn handle(&mut self, call: &Call<'_>, message: &Any) -> Answer<Any> {
        let name = message.full_name();
        let version = self.version.api_version();
        let command = COMMANDS.iter().find(|command| command.full_name() == name);
        let Some(command) = command.filter(|command| command.is_answered_by(version)) else {
            return Err(Refusal::unhandled());
        };
        if self.by_hand == ByHand::Moving && busy::is_refused_at_once(command.name(), self.version) {
            return Err(Refusal::busy(BUSY));
        }
        dispatch(self, call, message)
    }

    fn get_items(&mut self, call: &Call<'_>, request: common::GetItems) -> Answer<common::GetItemsResponse> {
        items::get_items(self, call, request)
    }

    fn get_items_by_id(
        &mut self,
        call: &Call<'_>,
        request: common::GetItemsById,
    ) -> Answer<common::GetItemsResponse> {
        items::get_items_by_id(self, call, request)
    }

    fn get_items_by_net(
        &mut self,
        call: &Call<'_>,
        request: board::GetItemsByNet,
    ) -> Answer<common::GetItemsResponse> {
        items::get_items_by_net(self, call, request)
    }

    fn get_items_by_net_class(
        &mut self,
        call: &Call<'_>,
        request: board::GetItemsByNetClass,
    ) -> Answer<common::GetItemsResponse> {
        items::get_items_by_net_class(self, call, request)
    }

    fn get_connected_items(
        &mut self,
        call: &Call<'_>,
        request: board::GetConnectedItems,
    ) -> Answer<common::GetItemsResponse> {
        items::get_connected_items(self, call, request)
    }

    fn create_items(
        &mut self,
        call: &Call<'_>,
        request: common::CreateItems,
    ) -> Answer<common::CreateItemsResponse> {
        items::create_items(self, call, request)
    }

    fn update_items(
        &mut self,
        call: &Call<'_>,
        request: common::UpdateItems,
    ) -> Answer<common::UpdateItemsResponse> {
        items::update_items(self, call, request)
    }

    fn delete_items(
        &mut self,
        call: &Call<'_>,
        request: common::DeleteItems,
    ) -> Answer<common::DeleteItemsResponse> {
        items::delete_items(self, call, request)
    }

    fn flip_items(&mut self, call: &Call<'_>, request: board::FlipItems) -> Answer<board::FlipItemsResponse> {
        items::flip_items(self, call, request)
    }

    fn parse_and_create_items_from_string(
        &mut self,
        call: &Call<'_>,
        request: common::ParseAndCreateItemsFromString,
    ) -> Answer<common::CreateItemsResponse> {
        items::parse_and_create_items_from_string(self, call, request)
    }

    fn inject_drc_error(
        &mut self,
        call: &Call<'_>,
        request: board::InjectDrcError,
    ) -> Answer<board::InjectDrcErrorResponse> {
        items::inject_drc_error(self, call, request)
    }

    fn interactive_move_items(
        &mut self,
        call: &Call<'_>,
        request: board::InteractiveMoveItems,
    ) -> Answer<()> {
        items::interactive_move_items(self, call, request)
    }

    fn begin_commit(
        &mut self,
        call: &Call<'_>,
        request: common::BeginCommit,
    ) -> Answer<common::BeginCommitResponse> {
        commits::begin_commit(self, call, request)
    }

    fn end_commit(
        &mut self,
        call: &Call<'_>,
        request: common::EndCommit,
    ) -> Answer<common::EndCommitResponse> {
        commits::end_commit(self, call, request)
    }

    fn get_selection(
        &mut self,
        call: &Call<'_>,
        request: common::GetSelection,
    ) -> Answer<common::SelectionResponse> {
        selection::get_selection(self, call, request)
    }

    fn add_to_selection(
        &mut self,
        call: &Call<'_>,
        request: common::AddToSelection,
    ) -> Answer<common::SelectionResponse> {
        selection::add_to_selection(self, call, request)
    }

    fn remove_from_selection(
        &mut self,
        call: &Call<'_>,
        request: common::RemoveFromSelection,
    ) -> Answer<common::SelectionResponse> {
        selection::remove_from_selection(self, call, request)
    }

    fn clear_selection(&mut self, call: &Call<'_>, request: common::ClearSelection) -> Answer<()> {
        selection::clear_selection(self, call, request)
    }

    fn save_selection_to_string(
        &mut self,
        call: &Call<'_>,
        request: common::SaveSelectionToString,
    ) -> Answer<common::SavedSelectionResponse> {
        selection::save_selection_to_string(self, call, request)
    }

    fn hit_test(&mut self, call: &Call<'_>, request: common::HitTest) -> Answer<common::HitTestResponse> {
        queries::hit_test(self, call, request)
    }

    fn get_bounding_box(
        &mut self,
        call: &Call<'_>,
        request: common::GetBoundingBox,
    ) -> Answer<common::GetBoundingBoxResponse> {
        queries::get_bounding_box(self, call, request)
    }

    fn get_pad_shape_as_polygon(
        &mut self,
        call: &Call<'_>,
        request: board::GetPadShapeAsPolygon,
    ) -> Answer<board::PadShapeAsPolygonResponse> {
        queries::get_pad_shape_as_polygon(self, call, request)
    }

    fn check_padstack_presence_on_layers(
        &mut self,
        call: &Call<'_>,
        request: board::CheckPadstackPresenceOnLayers,
    ) -> Answer<board::PadstackPresenceResponse> {
        queries::check_padstack_presence_on_layers(self, call, request)
    }

    fn get_open_documents(
        &mut self,
        call: &Call<'_>,
        request: common::GetOpenDocuments,
    ) -> Answer<common::GetOpenDocumentsResponse> {
        documents::get_open_documents(self, call, request)
    }

    fn save_document(&mut self, call: &Call<'_>, request: common::SaveDocument) -> Answer<()> {
        documents::save_document(self, call, request)
    }

    fn save_copy_of_document(&mut self, call: &Call<'_>, request: common::SaveCopyOfDocument) -> Answer<()> {
        documents::save_copy_of_document(self, call, request)
    }

    fn revert_document(&mut self, call: &Call<'_>, request: common::RevertDocument) -> Answer<()> {
        documents::revert_document(self, call, request)
    }

    fn save_document_to_string(
        &mut self,
        call: &Call<'_>,
        request: common::SaveDocumentToString,
    ) -> Answer<common::SavedDocumentResponse> {
        documents::save_document_to_string(self, call, request)
    }

    fn run_action(
        &mut self,
        call: &Call<'_>,
        request: common::RunAction,
    ) -> Answer<common::RunActionResponse> {
        documents::run_action(self, call, request)
    }

    fn refill_zones(&mut self, call: &Call<'_>, request: board::RefillZones) -> Answer<()> {
        documents::refill_zones(self, call, request)
    }

    fn ping(&mut self, call: &Call<'_>, request: common::Ping) -> Answer<()> {
        base::ping(self, call, request)
    }

    fn get_version(
        &mut self,
        call: &Call<'_>,
        request: common::GetVersion,
    ) -> Answer<common::GetVersionResponse> {
        base::get_version(self, call, request)
    }

    fn get_kicad_binary_path(
        &mut self,
        call: &Call<'_>,
        request: common::GetKiCadBinaryPath,
    ) -> Answer<common::PathResponse> {
        base::get_kicad_binary_path(self, call, request)
    }

    fn get_plugin_settings_path(
        &mut self,
        call: &Call<'_>,
        request: common::GetPluginSettingsPath,
    ) -> Answer<common::StringResponse> {
        base::get_plugin_settings_path(self, call, request)
    }

    fn get_text_extents(&mut self, call: &Call<'_>, request: common::GetTextExtents) -> Answer<types::Box2> {
        base::get_text_extents(self, call, request)
    }

    fn get_text_as_shapes(
        &mut self,
        call: &Call<'_>,
        request: common::GetTextAsShapes,
    ) -> Answer<common::GetTextAsShapesResponse> {
        base::get_text_as_shapes(self, call, request)
    }

    fn get_net_classes(
        &mut self,
        call: &Call<'_>,
        request: common::GetNetClasses,
    ) -> Answer<common::NetClassesResponse> {
        project::get_net_classes(self, call, request)
    }

    fn set_net_classes(&mut self, call: &Call<'_>, request: common::SetNetClasses) -> Answer<()> {
        project::set_net_classes(self, call, request)
    }

    fn get_text_variables(
        &mut self,
        call: &Call<'_>,
        request: common::GetTextVariables,
    ) -> Answer<project_types::TextVariables> {
        project::get_text_variables(self, call, request)
    }

    fn set_text_variables(&mut self, call: &Call<'_>, request: common::SetTextVariables) -> Answer<()> {
        project::set_text_variables(self, call, request)
    }

    fn expand_text_variables(
        &mut self,
        call: &Call<'_>,
        request: common::ExpandTextVariables,
    ) -> Answer<common::ExpandTextVariablesResponse> {
        project::expand_text_variables(self, call, request)
    }

    fn get_title_block_info(
        &mut self,
        call: &Call<'_>,
        request: common::GetTitleBlockInfo,
    ) -> Answer<types::TitleBlockInfo> {
        project::get_title_block_info(self, call, request)
    }

    fn set_title_block_info(&mut self, call: &Call<'_>, request: common::SetTitleBlockInfo) -> Answer<()> {
        project::set_title_block_info(self, call, request)
    }

    fn get_nets(&mut self, call: &Call<'_>, request: board::GetNets) -> Answer<board::NetsResponse> {
        nets::get_nets(self, call, request)
    }

    fn get_net_class_for_nets(
        &mut self,
        call: &Call<'_>,
        request: board::GetNetClassForNets,
    ) -> Answer<board::NetClassForNetsResponse> {
        nets::get_net_class_for_nets(self, call, request)
    }

    fn get_board_enabled_layers(
        &mut self,
        call: &Call<'_>,
        request: board::GetBoardEnabledLayers,
    ) -> Answer<board::BoardEnabledLayersResponse> {
        layers::get_board_enabled_layers(self, call, request)
    }

    fn set_board_enabled_layers(
        &mut self,
        call: &Call<'_>,
        request: board::SetBoardEnabledLayers,
    ) -> Answer<board::BoardEnabledLayersResponse> {
        layers::set_board_enabled_layers(self, call, request)
    }

    fn get_visible_layers(
        &mut self,
        call: &Call<'_>,
        request: board::GetVisibleLayers,
    ) -> Answer<board::BoardLayers> {
        layers::get_visible_layers(self, call, request)
    }

    fn set_visible_layers(&mut self, call: &Call<'_>, request: board::SetVisibleLayers) -> Answer<()> {
        layers::set_visible_layers(self, call, request)
    }

    fn get_active_layer(
        &mut self,
        call: &Call<'_>,
        request: board::GetActiveLayer,
    ) -> Answer<board::BoardLayerResponse> {
        layers::get_active_layer(self, call, request)
    }

    fn set_active_layer(&mut self, call: &Call<'_>, request: board::SetActiveLayer) -> Answer<()> {
        layers::set_active_layer(self, call, request)
    }

    fn get_board_layer_name(
        &mut self,
        call: &Call<'_>,
        request: board::GetBoardLayerName,
    ) -> Answer<board::BoardLayerNameResponse> {
        layers::get_board_layer_name(self, call, request)
    }

    fn get_board_layer_by_name(
        &mut self,
        call: &Call<'_>,
        request: board::GetBoardLayerByName,
    ) -> Answer<board::BoardLayerResponse> {
        layers::get_board_layer_by_name(self, call, request)
    }

    fn get_board_stackup(
        &mut self,
        call: &Call<'_>,
        request: board::GetBoardStackup,
    ) -> Answer<board::BoardStackupResponse> {
        settings::get_board_stackup(self, call, request)
    }

    fn get_graphics_defaults(
        &mut self,
        call: &Call<'_>,
        request: board::GetGraphicsDefaults,
    ) -> Answer<board::GraphicsDefaultsResponse> {
        settings::get_graphics_defaults(self, call, request)
    }

    fn get_board_origin(
        &mut self,
        call: &Call<'_>,
        request: board::GetBoardOrigin,
    ) -> Answer<types::Vector2> {
        settings::get_board_origin(self, call, request)
    }

    fn set_board_origin(&mut self, call: &Call<'_>, request: board::SetBoardOrigin) -> Answer<()> {
        settings::set_board_origin(self, call, request)
    }

    fn get_board_editor_appearance_settings(
        &mut self,
        call: &Call<'_>,
        request: board::GetBoardEditorAppearanceSettings,
    ) -> Answer<board::BoardEditorAppearanceSettings> {
        settings::get_board_editor_appearance_settings(self, call, request)
    }

    fn set_board_editor_appearance_settings(
        &mut self,
        call: &Call<'_>,
        request: board::SetBoardEditorAppearanceSettings,
    ) -> Answer<()> {
        settings::set_board_editor_appearance_settings(self, call, request)
    }
}
