//! A session of the crate kicad-ipc-rs, as a transcript: each step with what it saw, without what depends on the run.
//!
//! Usage: `interop-kicad-ipc-rs SOCKET`

use std::collections::HashMap;
use std::fmt::Debug;
use std::time::{Duration, Instant};

use kicad_ipc_rs::{BoardOriginKind, CommitAction, DocumentType, KiCadClientBlocking, Vector2Nm};
use regex::{Captures, Regex};

/// Numbers ids in the order in which they appear.
struct Transcript {
    ids: HashMap<String, usize>,
    id: Regex,
    path: Regex,
}

impl Transcript {
    fn say<T: Debug, E: Debug>(&mut self, step: &str, seen: Result<T, E>) {
        let text = match seen {
            Ok(value) => format!("{value:?}"),
            Err(error) => format!("refused: {error:?}"),
        };
        let ids = &mut self.ids;
        let text = self.id.replace_all(&text, |found: &Captures<'_>| {
            let next = ids.len();
            format!("id {}", ids.entry(found[0].to_owned()).or_insert(next))
        });
        let text = self.path.replace_all(&text, "$1\"…\"");
        println!("{step}: {text}");
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let socket = std::env::args().nth(1).ok_or("usage: interop-kicad-ipc-rs SOCKET")?;
    let kicad = KiCadClientBlocking::builder()
        .socket_path(socket)
        .client_name("interop")
        .timeout(Duration::from_secs(20))
        .connect()?;
    let mut log = Transcript {
        ids: HashMap::new(),
        id: Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")?,
        path: Regex::new("(path: (?:Some\\()?)\"[^\"]*\"")?,
    };
    log.say("ping", kicad.ping());
    log.say("version", kicad.get_version().map(|version| (version.major, version.minor, version.patch)));
    log.say("documents", kicad.get_open_documents(DocumentType::Pcb));
    log.say("classes", kicad.get_net_classes());
    log.say("variables", kicad.get_text_variables());
    // Not expand_text_variables: it names a document of a type about which KiCad 10 decides anew at each start.
    log.say("nets", kicad.get_nets());
    log.say("layers", kicad.get_board_enabled_layers());
    log.say("visible", kicad.get_visible_layers());
    log.say("active", kicad.get_active_layer());
    for layer in [3, 34, 40, 4] {
        log.say("layer name", kicad.get_board_layer_name(layer));
    }
    log.say("grid origin", kicad.get_board_origin(BoardOriginKind::Grid));
    log.say("drill origin", kicad.get_board_origin(BoardOriginKind::Drill));
    log.say("title", kicad.get_title_block_info());
    log.say("stackup", kicad.get_board_stackup());
    log.say("graphics", kicad.get_graphics_defaults());
    log.say("appearance", kicad.get_board_editor_appearance_settings());
    log.say("pads", kicad.get_pad_netlist());
    log.say("vias", kicad.get_vias());
    for types in [vec![1], vec![2], vec![3], vec![7], vec![8], vec![11, 12, 13], vec![16], vec![15], vec![17]] {
        log.say(&format!("items {types:?}"), kicad.get_items_by_type_codes(types));
    }
    let vias = kicad.get_items_raw_by_type_codes(vec![12])?;
    let details = kicad.get_items_details_by_type_codes(vec![12]);
    log.say("details", details);
    let pads: Vec<String> = kicad.get_pad_netlist()?.into_iter().filter_map(|pad| pad.pad_id).collect();
    log.say("boxes", kicad.get_item_bounding_boxes(pads.clone(), false));
    log.say("hit", kicad.hit_test_item(pads[0].clone(), Vector2Nm { x_nm: 0, y_nm: 0 }, 0));
    log.say("presence", kicad.check_padstack_presence_on_layers(pads[..3].to_vec(), vec![3]));
    log.say("pad shape", kicad.get_pad_shape_as_polygon(pads[..3].to_vec(), 3));

    log.say("clear", kicad.clear_selection());
    log.say("select", kicad.add_to_selection(pads[..1].to_vec()));
    log.say("selection", kicad.get_selection_summary(Vec::new()));
    log.say("clear", kicad.clear_selection());

    let commit = kicad.begin_commit()?;
    let id = commit.id.clone();
    log.say("begin", Ok::<_, ()>(&id));
    log.say("update", kicad.update_items(vias[..1].to_vec()).map(|items| items.len()));
    log.say("drop", kicad.end_commit(commit, CommitAction::Drop, ""));
    log.say("refill", kicad.refill_all_zones());
    let end = Instant::now() + Duration::from_secs(60);
    while kicad.ping().is_err() && Instant::now() < end {}
    log.say("after", kicad.get_version().map(|version| version.major));
    log.say("saved", kicad.get_board_as_string().map(|text| text.len() > 1000));
    Ok(())
}
