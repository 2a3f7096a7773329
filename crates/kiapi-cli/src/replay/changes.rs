//! Which requests of a recording are sent to a KiCad, and which are not.

use kiapi::api::board::commands::CheckPadstackPresenceOnLayers;
use kiapi::api::common::ApiRequest;
use kiapi::{COMMANDS, Effect, Id, OpenEnum as _};
use memchr::memmem;

/// What a request does to KiCad, as far as a recording is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Reads,
    Changes,
    /// It is never sent, and why.
    Hurts(&'static str),
}

/// Judges a request; `was_deadly` says that KiCad was gone before it had answered it.
pub(super) fn judge(request: Option<&ApiRequest>, was_deadly: bool) -> Verdict {
    let Some(message) = request.and_then(|request| request.message.as_ref()) else {
        return Verdict::Hurts(
            "it is no message of the API, which puts the answers of all clients out of step",
        );
    };
    if was_deadly {
        return Verdict::Hurts("KiCad closed the connection in place of an answer when it was recorded");
    }
    if memmem::find(&message.value, Id::NIL.to_string().as_bytes()).is_some() {
        return Verdict::Hurts("it names the id of no item, which crashes KiCad 9.0");
    }
    if let Ok(check) = message.unpack::<CheckPadstackPresenceOnLayers>()
        && check.layers.iter().any(|layer| !layer.is_known() || i32::from(*layer) <= 2)
    {
        return Verdict::Hurts("it names a layer that does not exist, which crashes KiCad");
    }
    match COMMANDS.iter().find(|command| command.full_name() == message.full_name()) {
        Some(command) if command.effect == Effect::Read => Verdict::Reads,
        // What is not known may do anything.
        _ => Verdict::Changes,
    }
}

#[cfg(test)]
mod tests {
    use kiapi::Layer;
    use kiapi::api::board::commands::GetNets;
    use kiapi::api::common::commands::{CreateItems, GetBoundingBox};
    use kiapi::api::common::types::Kiid;
    use kiapi::api::{Any, Command};

    use super::*;

    fn ask<C: Command>(command: &C) -> ApiRequest {
        ApiRequest::new().with_message(Any::pack(command))
    }

    #[test]
    fn only_what_reads_and_harms_nobody_is_sent_without_being_asked() {
        let check = |request: &ApiRequest| judge(Some(request), false);
        assert_eq!(check(&ask(&GetNets::new())), Verdict::Reads);
        assert_eq!(check(&ask(&CreateItems::new())), Verdict::Changes);
        let unknown = ApiRequest::new().with_message(Any::from_parts("x/of.tomorrow", []));
        assert_eq!(check(&unknown), Verdict::Changes);
        let nil = GetBoundingBox::new().with_items([Kiid::new().with_value(Id::NIL.to_string())]);
        let padstacks = CheckPadstackPresenceOnLayers::new();
        assert_eq!(check(&ask(&padstacks.clone().with_layers([Layer::F_CU]))), Verdict::Reads);
        for request in [
            ask(&nil),
            ask(&padstacks.clone().with_layers([Layer::F_CU, Layer::UNDEFINED])),
            ask(&padstacks.with_layers([Layer(9999)])),
            ApiRequest::new(),
        ] {
            assert!(matches!(check(&request), Verdict::Hurts(_)), "{request:?}");
        }
        assert!(matches!(judge(None, false), Verdict::Hurts(_)));
        assert!(matches!(judge(Some(&ask(&GetNets::new())), true), Verdict::Hurts(_)));
    }
}
