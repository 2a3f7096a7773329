//! The board as KiCad would save it: the text of the snapshot with what was changed since.
//!
//! Tracks, arcs and vias, the title block, origins, layers and nets are written anew; items that were deleted are left
//! out. Items of other types stay as they were in the snapshot, and new ones of other types are not in the text.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use kiapi_gen::board::commands::GetNets;
use kiapi_gen::board::types::{BoardLayer, Item, Net, ViaType};
use kiapi_gen::common::commands::{GetItems, GetTitleBlockInfo};
use kiapi_gen::common::types::{LockedState, TitleBlockInfo, Vector2};

use super::Document;
use super::items::id;
use super::layers::{self, LayerSet};
use crate::{Line, Snapshot};

/// What is written anew of a track, an arc or a via; other properties are kept.
const KNOWN: [&str; 12] =
    ["start", "mid", "end", "width", "at", "size", "drill", "locked", "layer", "layers", "net", "uuid"];
/// The order in which files list the layers that are not copper.
const TECHNICAL: [BoardLayer; 18] = [
    BoardLayer::F_ADHES,
    BoardLayer::B_ADHES,
    BoardLayer::F_PASTE,
    BoardLayer::B_PASTE,
    BoardLayer::F_SILKS,
    BoardLayer::B_SILKS,
    BoardLayer::F_MASK,
    BoardLayer::B_MASK,
    BoardLayer::DWGS_USER,
    BoardLayer::CMTS_USER,
    BoardLayer::ECO1_USER,
    BoardLayer::ECO2_USER,
    BoardLayer::EDGE_CUTS,
    BoardLayer::MARGIN,
    BoardLayer::F_CRTYD,
    BoardLayer::B_CRTYD,
    BoardLayer::F_FAB,
    BoardLayer::B_FAB,
];

impl Document {
    /// The text of the board, given the snapshot that it began as.
    pub(crate) fn contents(&self, snapshot: &Snapshot, line: Line) -> String {
        let Some((head, _)) = self.contents.split_once("\n\t(") else {
            return self.contents.clone();
        };
        let mut blocks = blocks(&self.contents[head.len() + 1..]);
        self.put_items(&mut blocks, snapshot, line);
        self.put_settings(&mut blocks, snapshot, line);
        let mut text = format!("{head}\n");
        text.extend(blocks);
        text
    }

    fn put_items(&self, blocks: &mut Vec<Cow<'_, str>>, snapshot: &Snapshot, line: Line) {
        let now: BTreeMap<&str, &Item> =
            self.items.all().filter_map(|item| Some((id(item)?, item))).collect();
        let mut before = BTreeMap::new();
        for (_, response) in snapshot.answers::<GetItems>().flatten() {
            let items = response.items.into_iter().filter_map(|any| Item::from_any(any).ok());
            before.extend(items.filter_map(|item| Some((id(&item)?.to_owned(), item))));
        }
        blocks.retain_mut(|block| {
            let Some(uuid) = uuid(block) else {
                return true;
            };
            let Some(original) = before.get(uuid) else {
                return true;
            };
            let Some(item) = now.get(uuid) else {
                return false;
            };
            if *item != original
                && let Some(text) = self.track(item, block, line)
            {
                *block = Cow::Owned(text);
            }
            true
        });
        for (_, item) in now.iter().filter(|(id, _)| !before.contains_key(**id)) {
            let Some(text) = self.track(item, "", line) else {
                continue;
            };
            let place = self.place_for(&text, blocks);
            blocks.insert(place, Cow::Owned(text));
        }
    }

    /// Where a new track goes: KiCad sorts by net, layer, and kind.
    fn place_for(&self, text: &str, blocks: &[Cow<'_, str>]) -> usize {
        let wanted = self.order(text);
        let tracks = || blocks.iter().enumerate().filter(|(_, block)| rank(block).is_some());
        let later = tracks().find(|(_, block)| self.order(block) > wanted).map(|(place, _)| place);
        let last = || tracks().next_back().map(|(place, _)| place + 1);
        let zone =
            || blocks.iter().position(|block| ["zone", "group", "embedded_fonts"].contains(&word(block)));
        later.or_else(last).or_else(zone).unwrap_or(blocks.len().saturating_sub(1))
    }

    /// What tracks are sorted by.
    fn order(&self, block: &str) -> (i32, String, Option<usize>, String) {
        let value = |key: &str| {
            let start = format!("\t\t({key} ");
            block
                .lines()
                .find_map(|line| line.strip_prefix(start.as_str()))
                .map(|value| value.trim_end_matches(')'))
        };
        let net = value("net").unwrap_or_default();
        let code = net.parse().unwrap_or_else(|_| {
            let named = |known: &&Net| quoted(&known.name) == net;
            self.nets.iter().find(named).map_or(0, code)
        });
        // The front comes first, then the back: so it is in KiCad's numbers.
        let layer = value("layer").or_else(|| value("layers")).unwrap_or_default();
        let layer = layer.split(' ').next().unwrap_or_default();
        let layer = layers::all().position(|known| quoted(layers::name_on_file(known)) == layer);
        (
            code,
            format!("{:03}", layer.unwrap_or(999)),
            rank(block),
            uuid(block).unwrap_or_default().to_owned(),
        )
    }

    /// A track, an arc or a via; `None` for what is none. Properties that the API does not show come from `old`.
    fn track(&self, item: &Item, old: &str, line: Line) -> Option<String> {
        let mut text = String::new();
        let (net, locked) = match item {
            Item::Track(track) => {
                text.push_str("\t(segment\n");
                put_point(&mut text, "start", track.start.as_ref());
                put_point(&mut text, "end", track.end.as_ref());
                put(&mut text, "width", &mm(track.width.as_ref()?.value_nm));
                (&track.net, track.locked)
            }
            Item::Arc(arc) => {
                text.push_str("\t(arc\n");
                put_point(&mut text, "start", arc.start.as_ref());
                put_point(&mut text, "mid", arc.mid.as_ref());
                put_point(&mut text, "end", arc.end.as_ref());
                put(&mut text, "width", &mm(arc.width.as_ref()?.value_nm));
                (&arc.net, arc.locked)
            }
            Item::Via(via) => {
                let kind = match via.r#type {
                    ViaType::BLIND_BURIED | ViaType::BLIND => " blind",
                    ViaType::BURIED => " buried",
                    ViaType::MICRO => " micro",
                    _ => "",
                };
                let stack = via.pad_stack.as_ref()?;
                let drill = stack.drill.as_ref()?;
                let _ = writeln!(text, "\t(via{kind}");
                put_point(&mut text, "at", via.position.as_ref());
                put(&mut text, "size", &mm(stack.copper_layers.first()?.size.as_ref()?.x_nm));
                put(&mut text, "drill", &mm(drill.diameter.as_ref()?.x_nm));
                let ends =
                    [drill.start_layer, drill.end_layer].map(|layer| quoted(layers::name_on_file(layer)));
                put(&mut text, "layers", &ends.join(" "));
                (&via.net, via.locked)
            }
            _ => return None,
        };
        if locked == LockedState::LOCKED {
            put(&mut text, "locked", "yes");
        }
        if let Item::Track(kiapi_gen::board::types::Track { layer, .. })
        | Item::Arc(kiapi_gen::board::types::Arc { layer, .. }) = item
        {
            put(&mut text, "layer", &quoted(layers::name_on_file(*layer)));
        }
        old.lines().skip(1).filter(|line| line.starts_with("\t\t") && !KNOWN.contains(&word(line))).for_each(
            |line| {
                text.push_str(line);
                text.push('\n');
            },
        );
        if let Some(net) = net.as_ref().filter(|net| !net.name.is_empty()) {
            let known = self.nets.iter().find(|known| known.name == net.name);
            match line {
                Line::V9_0 => put(&mut text, "net", &known.map_or(0, code).to_string()),
                Line::V10_0 => put(&mut text, "net", &quoted(&net.name)),
            }
        }
        put(&mut text, "uuid", &quoted(id(item)?));
        text.push_str("\t)\n");
        Some(text)
    }

    fn put_settings(&self, blocks: &mut Vec<Cow<'_, str>>, snapshot: &Snapshot, line: Line) {
        if snapshot.answer::<GetTitleBlockInfo>().is_ok_and(|before| before != self.title_block) {
            blocks.retain(|block| word(block) != "title_block");
            let place = blocks.iter().position(|block| word(block) == "layers").unwrap_or_default();
            blocks.insert(place, Cow::Owned(title_block(&self.title_block)));
        }
        if line == Line::V9_0 {
            let before = snapshot.answer::<GetNets>().unwrap_or_default().nets;
            let is_new = |net: &&Net| before.iter().all(|known| known.name != net.name);
            let mut new: Vec<&Net> = self.nets.iter().filter(is_new).collect();
            new.sort_by_key(|net| code(net));
            let place = blocks.iter().rposition(|block| word(block) == "net").map_or(0, |place| place + 1);
            let new =
                new.iter().map(|net| Cow::Owned(format!("\t(net {} {})\n", code(net), quoted(&net.name))));
            if place > 0 {
                blocks.splice(place..place, new);
            }
        }
        for block in blocks.iter_mut() {
            match word(block) {
                "setup" => *block = Cow::Owned(self.with_origins(block)),
                "layers" => *block = Cow::Owned(self.with_layers(block)),
                _ => {}
            }
        }
    }

    fn with_origins(&self, setup: &str) -> String {
        let mut origins = String::new();
        for (key, origin) in [("aux_axis_origin", &self.drill_origin), ("grid_origin", &self.grid_origin)] {
            if *origin != Vector2::new() {
                put_point(&mut origins, key, Some(origin));
            }
        }
        let mut text = String::new();
        for line in setup.lines() {
            let is_outer = line.starts_with("\t\t(");
            if is_outer && ["aux_axis_origin", "grid_origin"].contains(&word(line)) {
                continue;
            }
            if is_outer && word(line) == "pcbplotparams" {
                text.push_str(&origins);
            }
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    fn with_layers(&self, block: &str) -> String {
        let mut text = "\t(layers\n".to_owned();
        let enabled = LayerSet::of(&self.enabled_layers);
        let mut copper = enabled.intersection(LayerSet::copper(32)).layers();
        copper.sort_unstable_by_key(|layer| layer.0);
        let others = layers::all().filter(|layer| !TECHNICAL.contains(layer) && layer.0 > BoardLayer::B_CU.0);
        let others = TECHNICAL.into_iter().chain(others).filter(|layer| enabled.has(*layer));
        for layer in copper.iter().copied().chain(others) {
            let name = quoted(layers::name_on_file(layer));
            let known = block.lines().find(|line| line.split(' ').nth(1) == Some(name.as_str()));
            if let Some(known) = known {
                text.push_str(known);
                text.push('\n');
                continue;
            }
            let kind = if copper.contains(&layer) { "signal" } else { "user" };
            let given = self.layer_names.get(&layer).filter(|given| quoted(given) != name);
            let given = given.map(|given| format!(" {}", quoted(given))).unwrap_or_default();
            let number = layer.file_number().unwrap_or_default();
            let _ = writeln!(text, "\t\t({number} {name} {kind}{given})");
        }
        text.push_str("\t)\n");
        text
    }
}

/// The blocks of a board's text, each with its line ends; the last one is what closes the board.
fn blocks(text: &str) -> Vec<Cow<'_, str>> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find("\n\t(").or_else(|| rest.find("\n)")) {
        let (block, after) = rest.split_at(end + 1);
        blocks.push(Cow::Borrowed(block));
        rest = after;
    }
    blocks.push(Cow::Borrowed(rest));
    blocks
}

/// The word that a block or a line begins with.
fn word(block: &str) -> &str {
    let block = block.trim_start_matches('\t').trim_start_matches('(');
    block.split([' ', '\n', ')']).next().unwrap_or_default()
}

/// The id of a block's own item.
fn uuid(block: &str) -> Option<&str> {
    let (_, after) = block.split_once("\n\t\t(uuid \"")?;
    after.split_once('"').map(|(uuid, _)| uuid)
}

/// Which kind of track a block is.
fn rank(block: &str) -> Option<usize> {
    ["segment", "via", "arc"].iter().position(|kind| *kind == word(block))
}

fn code(net: &Net) -> i32 {
    net.code.as_ref().map_or(0, |code| code.value)
}

fn title_block(block: &TitleBlockInfo) -> String {
    let mut text = String::new();
    let named = [
        ("title", &block.title),
        ("date", &block.date),
        ("rev", &block.revision),
        ("company", &block.company),
        ("comment 1", &block.comment1),
        ("comment 2", &block.comment2),
        ("comment 3", &block.comment3),
        ("comment 4", &block.comment4),
        ("comment 5", &block.comment5),
        ("comment 6", &block.comment6),
        ("comment 7", &block.comment7),
        ("comment 8", &block.comment8),
        ("comment 9", &block.comment9),
    ];
    for (key, value) in named.into_iter().filter(|(_, value)| !value.is_empty()) {
        put(&mut text, key, &quoted(value));
    }
    if text.is_empty() { text } else { format!("\t(title_block\n{text}\t)\n") }
}

fn put(text: &mut String, key: &str, value: &str) {
    let _ = writeln!(text, "\t\t({key} {value})");
}

fn put_point(text: &mut String, key: &str, point: Option<&Vector2>) {
    let (x, y) = point.map_or((0, 0), |point| (point.x_nm, point.y_nm));
    put(text, key, &format!("{} {}", mm(x), mm(y)));
}

/// Nanometres in millimetres, as short as they can be written.
fn mm(nm: i64) -> String {
    let sign = if nm < 0 { "-" } else { "" };
    let (whole, rest) = (nm.unsigned_abs() / 1_000_000, nm.unsigned_abs() % 1_000_000);
    let text = format!("{sign}{whole}.{rest:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_as_short_as_kicad_writes_them() {
        for (nm, text) in
            [(0, "0"), (5, "0.000005"), (-6_000_000, "-6"), (1_000_001, "1.000001"), (62_230_000, "62.23")]
        {
            assert_eq!(mm(nm), text);
        }
    }

    #[test]
    fn blocks_together_are_the_text() {
        let text = "\t(a 1)\n\t(b\n\t\t(uuid \"x\")\n\t)\n)\n";
        let blocks = blocks(text);
        assert_eq!(blocks, ["\t(a 1)\n", "\t(b\n\t\t(uuid \"x\")\n\t)\n", ")\n"]);
        assert_eq!(blocks.iter().map(|block| word(block)).collect::<Vec<_>>(), ["a", "b", ""]);
        assert_eq!(uuid(&blocks[1]), Some("x"));
    }

    #[test]
    fn a_demo_that_was_not_changed_is_written_as_it_was() {
        for line in Line::ALL {
            let snapshot = Snapshot::demo(line);
            let document = Document::new(&snapshot).expect("a document");
            assert_eq!(document.contents(&snapshot, line), document.contents);
        }
    }

    #[test]
    fn a_new_track_is_in_the_text_and_a_deleted_one_is_not() {
        for line in Line::ALL {
            let snapshot = Snapshot::demo(line);
            let mut document = Document::new(&snapshot).expect("a document");
            let is_track = |item: &&Item| matches!(item, Item::Track(_));
            let Some(Item::Track(track)) = document.items.all().find(is_track).cloned() else {
                panic!("the demo board has a track");
            };
            let old = track.id.as_ref().expect("an id").value.to_string();
            let new = "01234567-89ab-4cde-8f01-23456789abcd";
            document.items.remove(&old);
            document
                .items
                .add(Item::Track(track.with_id(kiapi_gen::common::types::Kiid::new().with_value(new))));
            let before = document.contents.clone();
            let text = document.contents(&snapshot, line);
            assert_eq!((before.contains(&old), before.contains(new)), (true, false));
            assert_eq!((text.contains(&old), text.contains(new)), (false, true));
            assert_eq!(text.len(), before.len());
        }
    }
}
