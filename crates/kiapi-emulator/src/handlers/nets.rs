//! Nets.

use kiapi_gen::board::commands::{GetNetClassForNets, GetNets, NetClassForNetsResponse, NetsResponse};
use kiapi_server::{Answer, Call, Refusal};

use crate::Editor;

pub(super) fn get_nets(editor: &mut Editor, call: &Call<'_>, request: GetNets) -> Answer<NetsResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}

pub(super) fn get_net_class_for_nets(
    editor: &mut Editor,
    call: &Call<'_>,
    request: GetNetClassForNets,
) -> Answer<NetClassForNetsResponse> {
    let _ = (editor, call, request);
    Err(Refusal::unhandled())
}
