//! Net classes as KiCad takes them in.
//!
//! A class is an object that the project's table and the nets share. Once it was taken out of the table, the nets keep
//! it as it was, and a new one of its name is another one.

use std::collections::BTreeMap;

use kiapi_gen::board::types::{BoardLayer, DrillProperties, PadStack, PadStackLayer, PadStackShape};
use kiapi_gen::common::project::{NetClass, NetClassBoardSettings, NetClassSchematicSettings, NetClassType};
use kiapi_gen::common::types::{Color, Distance, Vector2};

use super::Document;
use crate::Line;

/// The class of nets that have no other.
pub(crate) const DEFAULT: &str = "Default";

impl Document {
    /// Empties the table of classes, but for the one that is always there.
    pub(crate) fn clear_net_classes(&mut self) {
        self.net_classes.retain(|class| class.name == DEFAULT);
        self.shared_classes.retain(|name| name == DEFAULT);
    }

    /// Changes a class, or adds it.
    pub(crate) fn set_net_class(&mut self, sent: &NetClass, line: Line) {
        let class = match self.net_classes.iter_mut().find(|class| class.name == sent.name) {
            Some(class) => class,
            None => {
                // The default class, then the others by name.
                let place = self
                    .net_classes
                    .iter()
                    .position(|class| class.name != DEFAULT && class.name > sent.name)
                    .unwrap_or(self.net_classes.len());
                self.net_classes.insert(place, empty(&sent.name));
                &mut self.net_classes[place]
            }
        };
        change(class, sent, line);
        if self.shared_classes.contains(&sent.name) {
            let class = class.clone();
            for of_net in self.class_of_net.values_mut().filter(|of_net| of_net.name == class.name) {
                of_net.clone_from(&class);
            }
        }
    }

    /// Puts a net that is new into the default class: the patterns of the project are nothing that the API shows.
    pub(crate) fn class_for_new_net(&mut self, net: &str) {
        if let Some(class) = self.net_classes.iter().find(|class| class.name == "Default") {
            self.class_of_net.insert(net.to_owned(), class.clone());
        }
    }

    /// The class in effect for a net; none for a net that does not exist.
    pub(crate) fn net_class_of(&self, net: &str) -> Option<&NetClass> {
        if !self.nets.iter().any(|known| known.name == net) {
            return None;
        }
        let default = || self.net_classes.iter().find(|class| class.name == DEFAULT);
        self.class_of_net.get(net).or_else(default)
    }
}

/// The classes in effect when a board is loaded, for nets that had these when it was saved.
pub(super) fn in_effect(
    saved: BTreeMap<String, NetClass>,
    saved_table: &[NetClass],
    table: &[NetClass],
) -> BTreeMap<String, NetClass> {
    if saved_table == table {
        return saved;
    }
    let Some(default) = table.iter().find(|class| class.name == DEFAULT) else {
        return saved;
    };
    let found = |net: &String, saved: NetClass| {
        let names = if saved.constituents.is_empty() { vec![saved.name] } else { saved.constituents };
        let assigned: Vec<&NetClass> = names
            .iter()
            .filter(|name| *name != DEFAULT)
            .filter_map(|name| table.iter().find(|class| class.name == *name))
            .collect();
        match assigned[..] {
            [] => default.clone(),
            [class] if is_complete(class) => class.clone(),
            _ => composed(net, &assigned, default),
        }
    };
    saved
        .into_iter()
        .map(|(net, class)| {
            let class = found(&net, class);
            (net, class)
        })
        .collect()
}

/// Whether a class leaves nothing to the default one.
fn is_complete(class: &NetClass) -> bool {
    let mut filled = class.clone();
    fill(&mut filled, &full());
    filled == *class
}

/// A class with everything that is taken from the default one where it is missing.
fn full() -> NetClass {
    let nm = || Distance::new();
    let via = PadStack::new()
        .with_drill(DrillProperties::new())
        .with_copper_layers([PadStackLayer::new().with_layer(BoardLayer::F_CU)]);
    let board = NetClassBoardSettings::new()
        .with_clearance(nm())
        .with_track_width(nm())
        .with_diff_pair_track_width(nm())
        .with_diff_pair_gap(nm())
        .with_via_stack(via);
    let schematic = NetClassSchematicSettings::new().with_wire_width(nm()).with_bus_width(nm());
    NetClass::new().with_board(board).with_schematic(schematic)
}

/// What is in effect for a net: the first of its classes that says something, and the default one for the rest.
fn composed(net: &str, assigned: &[&NetClass], default: &NetClass) -> NetClass {
    let mut class = empty(&format!("Effective for net: {net}")).with_priority(-1);
    class.constituents = assigned.iter().map(|class| class.name.clone()).collect();
    for other in assigned {
        fill(&mut class, other);
        // Only from the classes of the net, never from the default one.
        let (board, theirs) = (class.board.get_or_insert_default(), other.board.clone().unwrap_or_default());
        board.diff_pair_via_gap = board.diff_pair_via_gap.take().or(theirs.diff_pair_via_gap);
        board.color = board.color.take().or(theirs.color);
        board.tuning_profile = board.tuning_profile.take().or(theirs.tuning_profile);
        let schematic = class.schematic.get_or_insert_default();
        schematic.color = schematic.color.take().or_else(|| other.schematic.as_ref()?.color.clone());
    }
    let before = class.clone();
    fill(&mut class, default);
    if class != before {
        class.constituents.push(default.name.clone());
    }
    class
}

/// Takes what a class lacks from another.
fn fill(class: &mut NetClass, other: &NetClass) {
    let (board, theirs) = (class.board.get_or_insert_default(), other.board.clone().unwrap_or_default());
    board.clearance = board.clearance.take().or(theirs.clearance);
    board.track_width = board.track_width.take().or(theirs.track_width);
    board.diff_pair_track_width = board.diff_pair_track_width.take().or(theirs.diff_pair_track_width);
    board.diff_pair_gap = board.diff_pair_gap.take().or(theirs.diff_pair_gap);
    if let Some(theirs) = theirs.via_stack {
        let via = board.via_stack.get_or_insert_default();
        via.drill = via.drill.take().or(theirs.drill);
        if via.copper_layers.is_empty() {
            via.copper_layers = theirs.copper_layers;
        }
    }
    let schematic = class.schematic.get_or_insert_default();
    let theirs = other.schematic.clone().unwrap_or_default();
    schematic.wire_width = schematic.wire_width.take().or(theirs.wire_width);
    schematic.bus_width = schematic.bus_width.take().or(theirs.bus_width);
}

/// A class as it is before anything is set.
fn empty(name: &str) -> NetClass {
    NetClass::new()
        .with_name(name)
        .with_priority(0)
        .with_board(NetClassBoardSettings::new())
        .with_schematic(NetClassSchematicSettings::new())
        .with_type(NetClassType::IMPLICIT)
        .with_constituents([name])
}

/// Changes a class to what was sent. Of one that is composed of others only the priority is taken.
fn change(class: &mut NetClass, sent: &NetClass, line: Line) {
    class.priority = Some(sent.priority.unwrap_or_default());
    if sent.r#type == NetClassType::IMPLICIT {
        return;
    }
    class.r#type = NetClassType::EXPLICIT;
    class.constituents.clear();
    if let Some(sent) = &sent.board {
        change_board(class.board.get_or_insert_default(), sent, line);
    }
    if let Some(sent) = &sent.schematic {
        let schematic = class.schematic.get_or_insert_default();
        take_distance(&mut schematic.wire_width, sent.wire_width.as_ref());
        take_distance(&mut schematic.bus_width, sent.bus_width.as_ref());
        take_color(&mut schematic.color, sent.color.as_ref());
    }
}

fn change_board(board: &mut NetClassBoardSettings, sent: &NetClassBoardSettings, line: Line) {
    take_distance(&mut board.clearance, sent.clearance.as_ref());
    take_distance(&mut board.track_width, sent.track_width.as_ref());
    take_distance(&mut board.diff_pair_track_width, sent.diff_pair_track_width.as_ref());
    take_distance(&mut board.diff_pair_gap, sent.diff_pair_gap.as_ref());
    take_distance(&mut board.diff_pair_via_gap, sent.diff_pair_via_gap.as_ref());
    take_color(&mut board.color, sent.color.as_ref());
    if let Some(sent) = &sent.via_stack {
        take_via(&mut board.via_stack, sent);
    }
    if let (Line::V10_0, Some(profile)) = (line, &sent.tuning_profile) {
        board.tuning_profile = Some(profile.clone()).filter(|profile| !profile.is_empty());
    }
}

/// Of a via's padstack KiCad keeps one width for the hole and one for the copper.
fn take_via(stack: &mut Option<PadStack>, sent: &PadStack) {
    let round = |size: Option<&Vector2>| {
        let width = cut(size.map_or(0, |size| size.x_nm));
        Vector2::new().with_x_nm(width).with_y_nm(width)
    };
    if let Some(drill) = &sent.drill {
        let drill = DrillProperties::new().with_diameter(round(drill.diameter.as_ref()));
        stack.get_or_insert_default().drill = Some(drill);
    }
    if let Some(copper) = sent.copper_layers.first() {
        let copper = PadStackLayer::new()
            .with_layer(BoardLayer::F_CU)
            .with_shape(PadStackShape::CIRCLE)
            .with_size(round(copper.size.as_ref()));
        stack.get_or_insert_default().copper_layers = vec![copper];
    }
}

fn take_distance(kept: &mut Option<Distance>, sent: Option<&Distance>) {
    if let Some(sent) = sent {
        *kept = Some(Distance::new().with_value_nm(cut(sent.value_nm)));
    }
}

/// Channels are held within 0 and 1; a colour that is all zero is none.
fn take_color(kept: &mut Option<Color>, sent: Option<&Color>) {
    let Some(sent) = sent else {
        return;
    };
    let channel = |value: f64| value.clamp(0.0, 1.0);
    let color = Color::new()
        .with_r(channel(sent.r))
        .with_g(channel(sent.g))
        .with_b(channel(sent.b))
        .with_a(channel(sent.a));
    *kept = Some(color).filter(|color| *color != Color::new());
}

/// Cuts a coordinate or distance off to the 32 bits that KiCad keeps of it.
pub(crate) fn cut(value: i64) -> i64 {
    (value << 32) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explicit(name: &str) -> NetClass {
        NetClass::new().with_name(name).with_type(NetClassType::EXPLICIT)
    }

    #[track_caller]
    fn check(sent: NetClassBoardSettings, line: Line, expected: NetClassBoardSettings) {
        let mut class = empty("A");
        change(&mut class, &explicit("A").with_board(sent), line);
        assert_eq!(class.board, Some(expected));
        assert_eq!(class.r#type, NetClassType::EXPLICIT);
        assert_eq!(class.constituents, Vec::<String>::new());
    }

    fn board() -> NetClassBoardSettings {
        NetClassBoardSettings::new()
    }

    fn nm(value: i64) -> Distance {
        Distance::new().with_value_nm(value)
    }

    #[test]
    fn distances_are_cut_to_32_bits() {
        check(board().with_clearance(nm(5_000_000_000)), Line::V9_0, board().with_clearance(nm(705_032_704)));
        check(board().with_diff_pair_gap(nm(-1)), Line::V10_0, board().with_diff_pair_gap(nm(-1)));
    }

    #[test]
    fn colors_are_held_within_their_range() {
        let sent = Color::new().with_r(1.5).with_g(-1.0).with_b(0.2);
        check(board().with_color(sent), Line::V9_0, board().with_color(Color::new().with_r(1.0).with_b(0.2)));
        check(board().with_color(Color::new()), Line::V9_0, board());
    }

    #[test]
    fn vias_are_round() {
        let size = |x, y| Vector2::new().with_x_nm(x).with_y_nm(y);
        let sent = PadStack::new()
            .with_drill(DrillProperties::new().with_diameter(size(6, 7)))
            .with_copper_layers([PadStackLayer::new().with_layer(BoardLayer::B_CU).with_size(size(8, 9))]);
        let kept = PadStack::new()
            .with_drill(DrillProperties::new().with_diameter(size(6, 6)))
            .with_copper_layers([PadStackLayer::new()
                .with_layer(BoardLayer::F_CU)
                .with_shape(PadStackShape::CIRCLE)
                .with_size(size(8, 8))]);
        check(board().with_via_stack(sent), Line::V9_0, board().with_via_stack(kept));
        check(board().with_via_stack(PadStack::new()), Line::V9_0, board());
    }

    #[test]
    fn tuning_profiles_came_with_10() {
        let sent = board().with_tuning_profile("tp");
        check(sent.clone(), Line::V9_0, board());
        check(sent.clone(), Line::V10_0, sent);
        check(board().with_tuning_profile(""), Line::V10_0, board());
    }

    #[test]
    fn what_a_class_lacks_comes_from_the_default_one() {
        let default = full().with_name(DEFAULT).with_type(NetClassType::IMPLICIT);
        let saved =
            || BTreeMap::from([("VCC".to_owned(), empty("POWER")), ("X".to_owned(), default.clone())]);
        let table = [default.clone(), empty("POWER")];
        let effective = in_effect(saved(), &[], &table);
        let expected = full().with_constituents(["POWER", DEFAULT]);
        let expected = expected.with_name("Effective for net: VCC").with_priority(-1);
        assert_eq!(effective["VCC"], expected.with_type(NetClassType::IMPLICIT));
        assert_eq!(effective["X"], default);
        assert_eq!(in_effect(saved(), &[], &table[..1])["VCC"], default);
        assert_eq!(in_effect(saved(), &table, &table), saved());
    }

    #[test]
    fn of_an_implicit_class_only_the_priority_is_taken() {
        let mut class = empty("A");
        let sent = explicit("A").with_type(NetClassType::IMPLICIT).with_priority(5);
        change(&mut class, &sent.with_board(board().with_clearance(nm(1))), Line::V10_0);
        assert_eq!(class, empty("A").with_priority(5));
    }
}
