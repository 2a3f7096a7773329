//! What covers what: `docs/coverage.md`, written from the tables here, each entry of which is held against the sources.
//!
//! A command that KiCad answers has a method of the facade, an example or a test on the emulator, a case on a real KiCad, and
//! documentation; otherwise the tests here fail. One that only a KiCad answers which is newer than those emulated is listed
//! as having none yet.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use expect_test::expect_file;
use kiapi::{ApiVersion, COMMANDS, CommandInfo};
use kiapi_emulator::Line;

use crate::sources;

/// For each command, the methods by which people reach it. What is tested of a method beyond its example is named behind it.
const METHODS: &[(&str, &[&str])] = &[
    ("AddToSelection", &["Board::add_to_selection"]),
    ("BeginCommit", &["Board::begin_commit", "commit_survives_everything"]),
    ("CheckPadstackPresenceOnLayers", &["Board::padstack_presence"]),
    ("ClearSelection", &["Board::clear_selection"]),
    (
        "CreateItems",
        &["Board::create", "Board::try_create", "Commit::create", "creation_survives_everything"],
    ),
    ("DeleteItems", &["Board::delete", "Commit::delete"]),
    ("EndCommit", &["Commit::push", "Commit::drop", "commit_by_hand_survives_everything"]),
    ("ExpandTextVariables", &["Board::expand_text_variables"]),
    ("FlipItems", &["Board::flip"]),
    ("GetActiveLayer", &["Board::active_layer"]),
    ("GetBoardEditorAppearanceSettings", &["Board::appearance"]),
    ("GetBoardEnabledLayers", &["Board::enabled_layers", "Board::copper_layer_count"]),
    ("GetBoardLayerByName", &["Board::layer_by_name"]),
    ("GetBoardLayerName", &["Board::layer_name"]),
    ("GetBoardOrigin", &["Board::origin"]),
    ("GetBoardStackup", &["Board::stackup"]),
    ("GetBoundingBox", &["Board::bounding_boxes", "Board::bounding_boxes_with_texts", "Board::is_busy"]),
    ("GetConnectedItems", &["Board::connected_items"]),
    ("GetGraphicsDefaults", &["Board::graphics_defaults"]),
    ("GetItems", &["Board::items", "Board::items_of", "Board::tracks", "reading_survives_everything"]),
    ("GetItemsById", &["Board::items_by_id", "Board::group_members"]),
    ("GetItemsByNet", &["Board::items_by_net"]),
    ("GetItemsByNetClass", &["Board::items_by_net_class"]),
    ("GetKiCadBinaryPath", &["KiCad::binary_path"]),
    ("GetNetClassForNets", &["Board::net_class_of"]),
    ("GetNetClasses", &["Board::net_classes"]),
    ("GetNets", &["Board::nets", "Board::nets_of_classes"]),
    ("GetOpenDocuments", &["KiCad::open_documents", "KiCad::board", "KiCad::boards"]),
    ("GetPadShapeAsPolygon", &["Board::pad_polygons"]),
    ("GetPluginSettingsPath", &["KiCad::plugin_settings_path"]),
    ("GetSelection", &["Board::selection", "Board::selection_of"]),
    ("GetTextAsShapes", &["KiCad::text_as_shapes"]),
    ("GetTextExtents", &["KiCad::text_extents"]),
    ("GetTextVariables", &["Board::text_variables"]),
    ("GetTitleBlockInfo", &["Board::title_block"]),
    ("GetVersion", &["KiCad::full_version", "KiCad::version"]),
    ("GetVisibleLayers", &["Board::visible_layers"]),
    ("HitTest", &["Board::hit_test"]),
    ("InjectDrcError", &["Board::inject_drc_error"]),
    ("InteractiveMoveItems", &["Board::move_interactively"]),
    ("ParseAndCreateItemsFromString", &["Board::create_from_text"]),
    ("Ping", &["KiCad::ping"]),
    ("RefillZones", &["Board::refill_zones"]),
    ("RemoveFromSelection", &["Board::remove_from_selection"]),
    ("RevertDocument", &["Board::revert"]),
    ("RunAction", &["KiCad::run_action"]),
    ("SaveCopyOfDocument", &["Board::save_copy"]),
    ("SaveDocument", &["Board::save"]),
    ("SaveDocumentToString", &["Board::to_text"]),
    ("SaveSelectionToString", &["Board::selection_text"]),
    ("SetActiveLayer", &["Board::set_active_layer"]),
    ("SetBoardEditorAppearanceSettings", &["Board::set_appearance"]),
    ("SetBoardEnabledLayers", &["Board::set_enabled_layers"]),
    ("SetBoardOrigin", &["Board::set_origin"]),
    ("SetNetClasses", &["Board::set_net_classes"]),
    ("SetTextVariables", &["Board::set_text_variables"]),
    ("SetTitleBlockInfo", &["Board::set_title_block"]),
    ("SetVisibleLayers", &["Board::set_visible_layers"]),
    ("UpdateItems", &["Board::update", "Board::try_update", "Commit::update"]),
];

/// Something that the facade can do, what shows it on the emulator, and the live trials that show it on real KiCads.
type Feature = (&'static str, &'static [&'static str], &'static [&'static str]);

/// What the facade is to be able to do, and what shows it: tests by their names, methods with an example. Where no KiCad has a
/// part in it, or none can be brought to it, there is no live trial.
const FEATURES: &[(&str, &[Feature])] = &[
    (
        "Connecting",
        &[
            (
                "socket, token, client name and timeouts may be said; then the environment, then the usual places",
                &["options_come_before_the_environment", "environment_comes_before_the_usual_places"],
                &["connecting"],
            ),
            (
                "the running KiCads are listed with reasons, and no socket is touched to find out",
                &[
                    "program_connects_to_the_kicad_that_holds_the_lock",
                    "program_is_told_what_is_wrong_with_each_place",
                ],
                &["KiCads that are found"],
            ),
            (
                "a KiCad that is stopped, which a connection could hang, is not connected to",
                &["kicad_that_is_stopped_is_not_connected_to"],
                &["a KiCad that is stopped"],
            ),
            (
                "a socket of another user that is found, rather than named, is refused",
                &["sockets_and_folders_of_another_user_are_refused"],
                &[],
            ),
            (
                "the layout of older KiCads is known, with the token beside the socket",
                &["older_layout_has_a_token_beside_the_socket_which_is_never_shown"],
                &[],
            ),
            (
                "a path that is too long for a socket is a clear error",
                &["a_path_must_fit_into_sun_path"],
                &[],
            ),
            (
                "a KiCad that is starting is waited for, up to a deadline",
                &["starting_kicad_is_waited_for", "kicad_that_does_not_get_ready_is_given_up"],
                &[],
            ),
            (
                "nothing is sent to a KiCad that has only just begun to listen, and would be silent for ever",
                &[
                    "nothing_is_sent_before_the_socket_is_a_second_old",
                    "connecting_waits_until_a_kicad_may_be_asked",
                    "a_restarted_kicad_is_waited_for_by_each_thread_as_long_as_it_has_time",
                    "a_restarted_kicad_is_waited_for_by_each_task_as_long_as_it_has_time",
                ],
                &[],
            ),
            (
                "the token is learnt from the first answer; a restart is told to who edits, and reading goes on",
                &[
                    "token_is_learnt_from_the_first_answer",
                    "restart_is_told_to_who_changes_something_and_the_new_token_is_used",
                    "restart_is_noticed_by_who_reads_and_the_new_version_holds",
                ],
                &[],
            ),
            (
                "blocking and tokio from one definition; threads share a connection",
                &[
                    "threads_that_share_a_connection_get_their_own_answers",
                    "tasks_that_share_a_client_get_their_own_answers",
                ],
                &[],
            ),
            (
                "a dropped future cancels its call, and a late answer is dropped",
                &["a_call_dropped_at_any_point_harms_no_other", "late_answer_is_dropped_by_its_id"],
                &[],
            ),
            (
                "each call may have its timeout and its retries; what was refused may be sent again, an edit whose fate is unknown never",
                &[
                    "busy_kicad_is_waited_out_when_asked_for",
                    "refusal_that_is_final_is_never_sent_again",
                    "silence_leaves_the_outcome_unknown_and_holds_back_the_next_call",
                ],
                &["calls", "by hand: too long"],
            ),
            (
                "what a KiCad is too old for is refused here; a refusal of KiCad is explained",
                &[
                    "command_of_a_newer_kicad_is_not_sent",
                    "unhandled_command_that_is_known_asks_for_the_document",
                ],
                &["open documents", "stackup and defaults"],
            ),
            (
                "a span of `tracing` for each call",
                &["call_is_a_span_with_command_status_bytes_and_time"],
                &[],
            ),
            ("the token is never shown", &["token_is_never_shown", "token_is_not_shown"], &[]),
            (
                "answers out of step are found by their type, put right, and told",
                &[
                    "answers_out_of_step_reach_their_calls",
                    "out_of_step_every_kind_of_call_gets_its_own_answer",
                    "beginning_of_another_client_is_not_taken_for_ones_own",
                    "end_of_another_client_is_not_taken_for_ones_own",
                    "items_of_another_question_are_not_taken_for_the_answer",
                ],
                &["answers out of step", "edits while answers are out of step"],
            ),
            (
                "what hurts a KiCad is in one table, refused, can be switched off, and is documented from it",
                &["page_of_guards_is_written_from_their_table", "parts_of_footprints_are_not_updated_alone"],
                &["parts of footprints", "by hand: end before the move", "items from a text"],
            ),
        ],
    ),
    (
        "KiCad",
        &[
            (
                "ping, version, paths",
                &["KiCad::ping", "KiCad::full_version", "KiCad::binary_path", "KiCad::plugin_settings_path"],
                &["calls", "version and paths"],
            ),
            ("actions, whose status is checked", &["KiCad::run_action"], &["actions"]),
            (
                "open documents, projects, boards by path or all",
                &["KiCad::open_documents", "KiCad::projects", "KiCad::boards", "KiCad::board_at"],
                &["open documents"],
            ),
            (
                "extents of texts, and texts as shapes",
                &["KiCad::text_extents", "KiCad::text_as_shapes"],
                &["texts"],
            ),
        ],
    ),
    (
        "Board",
        &[
            (
                "saved, copied, reverted, as a text",
                &["Board::save", "Board::save_copy", "Board::revert", "Board::to_text"],
                &["saving", "reverting"],
            ),
            (
                "the selection as a text, and items from a text",
                &["Board::selection_text", "Board::create_from_text"],
                &["saving", "items from a text"],
            ),
            (
                "commits by a closure and by hand; an orphan is dropped, an unknown outcome settled",
                &["Board::begin_commit", "commit_survives_everything", "commit_by_hand_survives_everything"],
                &[
                    "commit of a closure",
                    "commit that panics",
                    "commit by hand",
                    "commit in a commit",
                    "orphan of an earlier client",
                ],
            ),
            (
                "edits with a result for each item; a deletion is checked",
                &["Board::try_create", "Board::delete", "Board::flip"],
                &["created, changed, deleted", "results for each item", "deleting", "flipping"],
            ),
            (
                "items by type, id, net, net class and connection",
                &[
                    "Board::items_of",
                    "Board::items_by_id",
                    "Board::items_by_net",
                    "Board::items_by_net_class",
                    "Board::connected_items",
                ],
                &["items of each type", "items by id", "items by net", "groups and connections"],
            ),
            (
                "a getter for each type, and the members of a group",
                &["Board::tracks", "Board::footprints", "Board::zones", "Board::group_members"],
                &["items of each type", "groups and connections"],
            ),
            (
                "nets, net classes, text variables",
                &[
                    "Board::nets_of_classes",
                    "Board::net_class_of",
                    "Board::set_net_classes",
                    "Board::set_text_variables",
                    "Board::expand_text_variables",
                ],
                &["nets and classes", "text variables"],
            ),
            (
                "the selection",
                &[
                    "Board::selection",
                    "Board::add_to_selection",
                    "Board::remove_from_selection",
                    "Board::clear_selection",
                ],
                &["selection"],
            ),
            (
                "hits, boxes, outlines of pads, presence on layers, each beside what was asked",
                &[
                    "Board::hit_test",
                    "Board::bounding_boxes",
                    "Board::pad_polygons",
                    "Board::padstack_presence",
                ],
                &["hit test", "bounding boxes", "pads as polygons", "padstack presence"],
            ),
            (
                "layers: how many, enabled, visible, active, by name",
                &[
                    "Board::set_enabled_layers",
                    "Board::set_visible_layers",
                    "Board::set_active_layer",
                    "Board::layer_name",
                    "Board::layer_by_name",
                ],
                &["enabled layers", "shown layers", "names of layers"],
            ),
            (
                "graphics defaults by class, origins, title block, appearance",
                &[
                    "Board::graphics_defaults",
                    "Board::set_origin",
                    "Board::set_title_block",
                    "Board::set_appearance",
                ],
                &["stackup and defaults", "origins", "title block", "appearance"],
            ),
            (
                "the stackup; no KiCad lets it be changed yet, which is said",
                &["Board::stackup", "Board::update_stackup"],
                &["stackup and defaults"],
            ),
            (
                "zones refilled and waited for, moves by hand waited for, markers",
                &["Board::refill_zones", "Board::move_interactively", "Board::inject_drc_error"],
                &["filling zones", "by hand: put down", "by hand: given up", "markers"],
            ),
        ],
    ),
    (
        "Items",
        &[
            (
                "every type can be made, and comes back from KiCad as it was made",
                &["via_is_what_kicad_expects", "items_are_created_by_the_kicads_that_they_say"],
                &["facade: vias between layers", "facade: group"],
            ),
            (
                "a footprint takes all its children with it when it is moved, turned or flipped",
                &["a_footprint_takes_all_its_children_with_it", "flipping_twice_leads_back"],
                &[
                    "rotating_is_what_kicad_does",
                    "flipping_is_what_kicad_does",
                    "facade: moved footprint",
                    "facade: children edited in place",
                ],
            ),
            (
                "unknown types and fields survive; what would lose one is refused",
                &[
                    "unknown_fields_survive_all_the_way_down",
                    "unknown_item_survives_byte_for_byte",
                    "footprint_with_a_child_that_cannot_be_read_is_not_moved",
                ],
                &["nothing is lost"],
            ),
            (
                "copies with new ids; a line for people, and a `Debug` that is no wall",
                &[
                    "copy_has_ids_of_its_own_all_the_way_down",
                    "item_is_one_line_that_a_person_reads",
                    "debug_is_no_wall",
                ],
                &["facade: copy of a footprint"],
            ),
        ],
    ),
    (
        "Units and geometry",
        &[
            (
                "lengths are read exactly and written shortest",
                &[
                    "what_people_write_is_read_exactly",
                    "what_is_written_is_the_shortest",
                    "reading_agrees_with_fractions",
                ],
                &[],
            ),
            (
                "points, boxes, angles, arcs, lines and polygons, exact at quarter turns",
                &[
                    "turning_by_quarters_is_exact",
                    "inflating_is_symmetric",
                    "an_arc_is_what_it_was_made_from",
                    "the_area_of_a_star_is_that_of_its_triangles",
                ],
                &[],
            ),
            (
                "layers have KiCad's names, both ways",
                &["layers_are_called_what_kicad_calls_them"],
                &["names of layers"],
            ),
        ],
    ),
    (
        "Beyond",
        &[
            ("what changed on a board", &["Board::watch", "order_of_the_lists_is_kept"], &["watching"]),
            (
                "a board as one value that is saved and served",
                &["Board::snapshot", "what_is_taken_can_be_saved_in_both_forms_and_served"],
                &["snapshot that is served"],
            ),
            (
                "a board as a picture",
                &["Board::contents", "every_item_of_a_snapshot_is_in_its_picture"],
                &["picture"],
            ),
            (
                "a conversation recorded and replayed",
                &[
                    "client_that_is_run_is_recorded_without_the_token",
                    "recording_is_held_against_a_kicad",
                    "what_goes_wrong_is_recorded_too",
                ],
                &[],
            ),
        ],
    ),
];

struct Sources {
    facade: BTreeMap<String, String>,
    /// The tests of all crates, with those that lie beside what they test.
    tests: BTreeMap<String, String>,
}

impl Sources {
    fn read() -> Self {
        let mut tests = sources::rust_files("crates");
        // The names in the tables here are no tests.
        tests.retain(|name, _| !name.ends_with("tests/it/coverage.rs"));
        Self { facade: sources::rust_files("crates/kiapi/src"), tests }
    }

    /// What is said of a method, if there is such a method.
    fn documentation(&self, name: &str) -> Option<String> {
        let (of, name) = name.split_once("::")?;
        let files = ["board/", "kicad/", "commit.rs"];
        let sources = self.facade.iter().filter(|(path, _)| files.iter().any(|file| path.contains(file)));
        sources.into_iter().find_map(|(_, source)| sources::documentation(source, of, name))
    }

    /// What is wrong with a piece of evidence: a method with an example, or a test.
    fn problem(&self, evidence: &str) -> Option<String> {
        if !evidence.contains("::") {
            let is_there = sources::has_test(&self.tests, evidence);
            return (!is_there).then(|| format!("there is no test `{evidence}`"));
        }
        let Some(doc) = self.documentation(evidence) else {
            return Some(format!("there is no method `{evidence}`"));
        };
        if doc.lines().next().is_none_or(|line| line.trim().is_empty()) {
            return Some(format!("`{evidence}` is not documented"));
        }
        (!sources::has_example(&doc)).then(|| format!("`{evidence}` has no example that runs"))
    }

    /// Whether there is a live trial of this name.
    fn is_live(&self, name: &str) -> bool {
        let mut files = self.tests.iter().filter(|(path, _)| path.contains("kiapi/tests/live/"));
        files.any(|(_, source)| source.contains(&format!("\"{name}\"")))
    }

    /// The file of the live tests that has the case of a command.
    fn live(&self, command: &str) -> Option<&str> {
        let case = format!("case::<{command}>(");
        let cases = self.tests.iter().filter(|(path, _)| path.contains("kiapi/tests/live/"));
        cases.into_iter().find(|(_, source)| source.contains(&case)).map(|(path, _)| path.as_str())
    }
}

/// Whether only a KiCad answers the command that is newer than those that are emulated. It can be sent as it is, and waits for its
/// method until the emulator is brought to that KiCad.
fn is_newer(command: &CommandInfo) -> bool {
    !Line::ALL.into_iter().any(|line| command.is_answered_by(line.api_version()))
}

#[test]
fn every_command_has_a_method_a_test_a_live_test_and_documentation() {
    let sources = Sources::read();
    let mut wrong = Vec::new();
    for command in COMMANDS {
        let name = command.name();
        let Some((_, evidence)) = METHODS.iter().find(|(of, _)| *of == name) else {
            if is_newer(command) {
                continue;
            }
            wrong.push(format!("{name}: no method of the facade; add it to METHODS"));
            continue;
        };
        if !evidence.iter().any(|evidence| evidence.contains("::")) {
            wrong.push(format!("{name}: no method of the facade"));
        }
        wrong.extend(evidence.iter().filter_map(|it| sources.problem(it)).map(|it| format!("{name}: {it}")));
        if sources.live(name).is_none() {
            wrong.push(format!("{name}: no case in crates/kiapi/tests/live"));
        }
        let is_sent = sources
            .facade
            .iter()
            .any(|(path, source)| !path.ends_with("guard.rs") && source.contains(&format!("{name}::new()")));
        if !is_sent {
            wrong.push(format!("{name}: nothing in the facade sends it"));
        }
    }
    let known = |name: &str| COMMANDS.iter().any(|command| command.name() == name);
    wrong.extend(
        METHODS.iter().filter(|(name, _)| !known(name)).map(|(name, _)| format!("{name}: no command")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_shows_a_feature_is_there() {
    let sources = Sources::read();
    let features = FEATURES.iter().flat_map(|(_, features)| *features);
    let wrong: Vec<String> = features
        .flat_map(|(what, evidence, live)| {
            let bare = evidence.is_empty().then(|| format!("{what}: nothing shows it"));
            let problem = |evidence: &&str| Some(format!("{what}: {}", sources.problem(evidence)?));
            let live = live.iter().filter(|name| !sources.is_live(name));
            let not_live = live.map(|name| format!("{what}: there is no live trial `{name}`"));
            bare.into_iter().chain(evidence.iter().filter_map(problem)).chain(not_live).collect::<Vec<_>>()
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn table_of_what_covers_what_is_fresh() {
    let list = |evidence: &[&str]| {
        let names: Vec<String> = evidence.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    let mut page = String::from(
        "<!-- Written from the tables in `crates/kiapi/tests/it/coverage.rs`: `UPDATE_EXPECT=1 cargo test -p kiapi --test it coverage`. -->\n\
         # What covers what\n\n\
         ## Commands\n\n\
         For each command that KiCad answers: the methods that reach it, each of which is documented with an example that runs on the\n\
         emulator; further tests on the emulator; and the case on real KiCads, in `crates/kiapi/tests/live` (`cargo xtask live`). A test\n\
         fails when one is missing.\n\n\
         | command | since | methods, with examples on the emulator | further tests | live case |\n|---|---|---|---|---|\n",
    );
    let sources = Sources::read();
    for command in COMMANDS {
        let name = command.name();
        let evidence = METHODS.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, evidence)| evidence);
        let (methods, tests): (Vec<&str>, Vec<&str>) = evidence.iter().partition(|it| it.contains("::"));
        let live = sources.live(name).and_then(|path| path.strip_prefix("crates/kiapi/tests/live/"));
        let tests = if tests.is_empty() { String::new() } else { list(&tests) };
        let since = if command.since < ApiVersion::new(9, 99, 0) {
            "9.0".to_owned()
        } else {
            command.since.to_string()
        };
        let live = live.unwrap_or("**none**");
        let methods = if evidence.is_empty() && is_newer(command) {
            "**none yet**: `KiCad::call` sends it".to_owned()
        } else {
            list(&methods)
        };
        writeln!(page, "| `{name}` | {since} | {methods} | {tests} | {live} |").unwrap();
    }
    page.push_str(
        "\n## What the facade is for\n\n\
         Beside each line what shows it: methods with an example that runs on the emulator, and tests by their names; then the trials\n\
         on real KiCads (`cargo xtask live`), but where no KiCad has a part in it or none can be brought to it.\n",
    );
    for (area, features) in FEATURES {
        write!(page, "\n### {area}\n\n| | shown by | on real KiCads |\n|---|---|---|\n").unwrap();
        for (what, evidence, live) in *features {
            writeln!(page, "| {what} | {} | {} |", list(evidence), list(live)).unwrap();
        }
    }
    expect_file![sources::root().join("docs/coverage.md")].assert_eq(&page);
}
