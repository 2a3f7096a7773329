//! Nothing is lost on the way: what an unchanged update does to a board is what KiCad itself does to it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use kiapi::api::common::commands::{
    BeginCommit, CommitAction, EndCommit, GetItems, ItemStatusCode, UpdateItems,
};
use kiapi::api::common::types::KiCadObjectType;
use kiapi::{Any, CallOptions, Item, ObjectType};

use super::{Case, board, is_9};
use crate::session::{Outcome, PATIENCE, Session, check, check_eq};

pub(super) const CASES: &[Case] = &[("nothing is lost", nothing_is_lost)];

/// How many items are sent at once.
const CHUNK: usize = 500;

/// The text of a node with the path to it, and how many more there are of it afterwards than before.
type Differences = BTreeMap<String, i64>;

fn nothing_is_lost(session: &Session) -> Outcome {
    let board = board()?.with_options(CallOptions::new().timeout(PATIENCE));
    board.revert()?;
    let before = board.to_text()?;
    send_back_raw(session)?;
    let raw = differences(&before, &board.to_text()?);
    board.revert()?;
    check_eq(differences(&before, &board.to_text()?), Differences::new(), "the board after reverting")?;

    // A pad goes with its footprint: KiCad takes none alone.
    let items: Vec<Item> = board.items()?.into_iter().filter(|item| !matches!(item, Item::Pad(_))).collect();
    let count = items.len();
    board.commit("send everything back", |edit| {
        for chunk in items.chunks(CHUNK) {
            edit.update(chunk.to_vec())?;
        }
        Ok::<_, kiapi::Error>(())
    })?;
    let ours = differences(&before, &board.to_text()?);
    board.revert()?;
    println!("{count} items of {}; what KiCad changes when it gets them back from us:", board.name());
    println!("{}the same with the bare bytes:\n{}", kinds(&ours), kinds(&raw));
    let only = |some: &Differences, other: &Differences| {
        let only = some.iter().filter(|(text, count)| other.get(*text) != Some(count));
        only.map(|(text, count)| format!("{count:+} {text}")).take(10).collect::<Vec<_>>().join("\n")
    };
    check(ours == raw, || {
        format!("only by the facade:\n{}\nonly by the bytes:\n{}", only(&ours, &raw), only(&raw, &ours))
    })
}

/// Sends the very bytes back that KiCad gave.
fn send_back_raw(session: &Session) -> Outcome {
    let mut types = vec![
        KiCadObjectType::PCB_FOOTPRINT,
        KiCadObjectType::PCB_SHAPE,
        KiCadObjectType::PCB_TEXT,
        KiCadObjectType::PCB_TEXTBOX,
        KiCadObjectType::PCB_TRACE,
        KiCadObjectType::PCB_ARC,
        KiCadObjectType::PCB_VIA,
        KiCadObjectType::PCB_ZONE,
    ];
    if !is_9(session) {
        types.extend([
            ObjectType::PCB_REFERENCE_IMAGE,
            ObjectType::PCB_DIMENSION,
            ObjectType::PCB_GROUP,
            ObjectType::PCB_BARCODE,
        ]);
    }
    let items: Vec<Any> =
        session.call(&GetItems::new().with_header(session.header()).with_types(types))?.items;
    let id = session.call(&BeginCommit::new())?.id.ok_or("BeginCommit gave no id")?;
    for chunk in items.chunks(CHUNK) {
        let update = UpdateItems::new().with_header(session.header()).with_items(chunk.iter().cloned());
        for row in session.call(&update)?.updated_items {
            let status = row.status.unwrap_or_default();
            check_eq(status.code, ItemStatusCode::OK, &status.error_message)?;
        }
    }
    session.call(&EndCommit::new().with_id(id).with_action(CommitAction::COMMIT)).map(drop)
}

/// What there is more and less of in a board text than in another.
fn differences(before: &str, after: &str) -> Differences {
    let mut differences = Differences::new();
    for (text, sign) in [(before, -1), (after, 1)] {
        for node in nodes(text) {
            *differences.entry(node).or_default() += sign;
        }
    }
    differences.retain(|_, count| *count != 0);
    differences
}

/// Each atom of a board text, with the names of the lists around it. The order of items does not count, nor do the ids
/// that KiCad makes up anew.
fn nodes(text: &str) -> Vec<String> {
    let (mut path, mut nodes): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut rest = text.char_indices().peekable();
    let mut is_name = false;
    while let Some((start, letter)) = rest.next() {
        let end = match letter {
            '(' => {
                is_name = true;
                continue;
            }
            ')' => {
                path.pop();
                continue;
            }
            letter if letter.is_whitespace() => continue,
            '"' => {
                let mut is_escaped = false;
                let end = rest.by_ref().find(|(_, letter)| {
                    let ends = *letter == '"' && !is_escaped;
                    is_escaped = *letter == '\\' && !is_escaped;
                    ends
                });
                end.map_or(text.len(), |(end, _)| end + 1)
            }
            _ => {
                while rest.next_if(|(_, letter)| !letter.is_whitespace() && !"()".contains(*letter)).is_some()
                {
                }
                rest.peek().map_or(text.len(), |(end, _)| *end)
            }
        };
        let atom = &text[start..end];
        if std::mem::take(&mut is_name) {
            path.push(atom.to_owned());
            nodes.push(path.join(" > "));
        } else if path.last().is_none_or(|name| name != "uuid" && name != "tstamp") {
            nodes.push(format!("{} = {atom}", path.join(" > ")));
        }
    }
    nodes
}

/// The kinds of differences: the path, and how many nodes were lost and gained there.
fn kinds(differences: &Differences) -> String {
    let mut kinds: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for (node, count) in differences {
        let path = node.split(" = ").next().unwrap_or_default();
        let (lost, gained) = kinds.entry(path).or_default();
        if *count < 0 { *lost -= count } else { *gained += count }
    }
    let mut text = String::new();
    for (path, (lost, gained)) in kinds {
        let _ = writeln!(text, "  {path}: {lost} lost, {gained} gained");
    }
    text
}
