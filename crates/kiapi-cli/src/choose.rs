//! Which items of a board a command is for: the options of every command that changes or selects some.

use std::collections::HashSet;

use anyhow::Context as _;
use kiapi::items::ObjectType;
use kiapi::{Board, Id, Item, Layer};
use wildmatch::WildMatch;

use crate::failure::Usage;
use crate::layers::Names;
use crate::progress::Progress;

/// Which items of the board are meant.
///
/// Ids, references and the selection name items, and are put together; `--all` names every item. Types, nets, their classes
/// and layers narrow what is named, or everything if nothing is. Nothing at all is an error, and never everything.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Which items: those that are named, narrowed by type, net, class and layer")]
pub(crate) struct Choice {
    /// The item with this id; as much of its beginning is enough as no other item has
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// The footprints with this reference, such as `R1`, or a pattern of `*` and `?`, such as `R*`
    #[arg(long = "ref", value_name = "REFERENCE", value_delimiter = ',')]
    references: Vec<String>,
    /// What is selected in KiCad
    #[arg(long, visible_alias = "selected")]
    selection: bool,
    /// Every item, as far as the options below do not narrow it
    #[arg(long, conflicts_with_all = ["ids", "references", "selection"])]
    all: bool,
    /// Only items of this type
    #[arg(long = "type", value_name = "TYPE", value_enum, value_delimiter = ',')]
    types: Vec<Type>,
    /// Only items on this net, or on the nets of a pattern of `*` and `?`
    #[arg(long = "net", value_name = "NET")]
    nets: Vec<String>,
    /// Only items on nets of this class; may be given more than once
    #[arg(long = "class", value_name = "CLASS")]
    classes: Vec<String>,
    /// Only items on this layer, such as `F.Cu`, or a pattern, such as `*.Cu`; a footprint is on F.Cu or B.Cu
    #[arg(long = "layer", value_name = "LAYER", value_delimiter = ',')]
    layers: Vec<String>,
}

/// The types of items, as the command line calls them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Type {
    Footprint,
    Pad,
    Track,
    Arc,
    Via,
    Zone,
    Shape,
    Text,
    TextBox,
    Dimension,
    Group,
    Image,
    Barcode,
}

impl Type {
    pub(crate) const ALL: [(Self, ObjectType, &'static str); 13] = [
        (Self::Footprint, ObjectType::PCB_FOOTPRINT, "footprint"),
        (Self::Pad, ObjectType::PCB_PAD, "pad"),
        (Self::Track, ObjectType::PCB_TRACE, "track"),
        (Self::Arc, ObjectType::PCB_ARC, "arc"),
        (Self::Via, ObjectType::PCB_VIA, "via"),
        (Self::Zone, ObjectType::PCB_ZONE, "zone"),
        (Self::Shape, ObjectType::PCB_SHAPE, "shape"),
        (Self::Text, ObjectType::PCB_TEXT, "text"),
        (Self::TextBox, ObjectType::PCB_TEXTBOX, "text-box"),
        (Self::Dimension, ObjectType::PCB_DIMENSION, "dimension"),
        (Self::Group, ObjectType::PCB_GROUP, "group"),
        (Self::Image, ObjectType::PCB_REFERENCE_IMAGE, "image"),
        (Self::Barcode, ObjectType::PCB_BARCODE, "barcode"),
    ];

    /// As KiCad calls it.
    fn object(self) -> ObjectType {
        let known = Self::ALL.iter().find(|(kind, ..)| *kind == self);
        known.map_or(ObjectType::UNKNOWN, |(_, object, _)| *object)
    }
}

/// What the type of an item is called, here and in JSON.
pub(crate) fn type_name(item: &Item) -> String {
    let known = Type::ALL.iter().find(|(_, object, _)| *object == item.kind());
    match (known, item) {
        (Some((_, _, name)), _) => (*name).to_owned(),
        (None, Item::Field(_)) => "field".to_owned(),
        (None, Item::Unknown(any)) => any.full_name().to_owned(),
        (None, item) => format!("{:?}", item.kind()),
    }
}

/// What becomes of pads, which are their footprints' and cannot be changed alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pads {
    /// They are chosen where others are too.
    Included,
    /// They are chosen where they are asked for by their type or by name, and by no filter.
    OnlyByName,
}

/// Whether it matters that nothing is selected in KiCad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Selection {
    /// A list of it is empty then.
    MayBeEmpty,
    /// Whoever wants to change it forgot to select something.
    HasSome,
}

impl Choice {
    /// Reads the items that are meant, each once.
    ///
    /// # Errors
    ///
    /// A usage error when nothing is chosen, a name means nothing on this board or more than one item, or no item is left.
    pub(crate) fn items(&self, board: &Board, pads: Pads) -> anyhow::Result<Vec<Item>> {
        if self.is_empty() {
            let text = "nothing is chosen; name items by their ids, --ref, --selection or --all, or narrow down \
                        everything by --type, --net, --class or --layer";
            return Err(Usage(text.to_owned()).into());
        }
        let items = self.chosen(board, pads, Selection::HasSome)?;
        if items.is_empty() {
            return Err(Usage("no item of the board is all of what was asked for".to_owned()).into());
        }
        Ok(items)
    }

    /// Reads the items that are meant, each once: everything if nothing was said, and none if none is what was asked for.
    ///
    /// # Errors
    ///
    /// A usage error when a name means nothing on this board, or more than one item.
    pub(crate) fn matching(&self, board: &Board, pads: Pads) -> anyhow::Result<Vec<Item>> {
        self.chosen(board, pads, Selection::MayBeEmpty)
    }

    fn chosen(&self, board: &Board, pads: Pads, selection: Selection) -> anyhow::Result<Vec<Item>> {
        // Some script's variable was not set. There are footprints without a reference, and those are not meant.
        if self.references.iter().chain(&self.nets).chain(&self.classes).any(|name| name.trim().is_empty()) {
            return Err(Usage("an empty name chooses nothing".to_owned()).into());
        }
        // What the board does not have is a mistake, and found before anything large is read.
        let nets = self.known_nets(board)?;
        let of_classes = self.nets_of_classes(board)?;
        let layers =
            if self.layers.is_empty() { Vec::new() } else { Names::of(board)?.find(&self.layers)? };
        let _progress = Progress::of_unknown_length("reading the board");
        let named = !self.ids.is_empty() || !self.references.is_empty() || self.selection;
        let mut items = if named { self.named(board, selection)? } else { self.everything(board, pads)? };
        let mut seen = HashSet::new();
        items.retain(|item| item.id().is_some_and(|id| seen.insert(id)));
        items.retain(|item| {
            self.types.is_empty() || self.types.iter().any(|kind| kind.object() == item.kind())
        });
        if !self.nets.is_empty() {
            items.retain(|item| item.net().is_some_and(|net| nets.contains(net)));
        }
        if !self.classes.is_empty() {
            items.retain(|item| item.net().is_some_and(|net| of_classes.contains(net)));
        }
        if !self.layers.is_empty() {
            items.retain(|item| is_on(item, &layers));
        }
        Ok(items)
    }

    /// Whether nothing was said at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.ids.is_empty()
            && self.references.is_empty()
            && !self.selection
            && !self.all
            && self.types.is_empty()
            && self.nets.is_empty()
            && self.classes.is_empty()
            && self.layers.is_empty()
    }

    /// The nets that are meant, by their names.
    fn known_nets(&self, board: &Board) -> anyhow::Result<HashSet<String>> {
        let mut known = HashSet::new();
        if self.nets.is_empty() {
            return Ok(known);
        }
        let names: Vec<String> = board.nets()?.into_iter().map(|net| net.name).collect();
        for wanted in &self.nets {
            let meant: Vec<&String> = names.iter().filter(|name| means(wanted, name)).collect();
            if meant.is_empty() {
                return Err(Usage(format!("the board has no net `{wanted}`; `kiapi nets` lists them")).into());
            }
            known.extend(meant.into_iter().cloned());
        }
        Ok(known)
    }

    /// The nets of the classes that are meant, by their names.
    fn nets_of_classes(&self, board: &Board) -> anyhow::Result<HashSet<String>> {
        if self.classes.is_empty() {
            return Ok(HashSet::new());
        }
        let known = board.net_classes()?;
        for wanted in &self.classes {
            if !known.iter().any(|class| class.name == *wanted) {
                let text = format!("the project has no net class `{wanted}`; `kiapi classes` lists them");
                return Err(Usage(text).into());
            }
        }
        Ok(board.nets_of_classes(&self.classes)?.into_iter().map(|net| net.name).collect())
    }

    /// What was named, whatever else was said.
    fn named(&self, board: &Board, selection: Selection) -> anyhow::Result<Vec<Item>> {
        let mut items = self.by_id(board)?;
        if !self.references.is_empty() {
            let footprints = board.footprints()?;
            for wanted in &self.references {
                let before = items.len();
                let meant = footprints.iter().filter(|footprint| means(wanted, footprint.reference()));
                items.extend(meant.cloned().map(Item::from));
                if items.len() == before {
                    let text =
                        format!("no footprint has the reference `{wanted}`; `kiapi footprints` lists them");
                    return Err(Usage(text).into());
                }
            }
        }
        if self.selection {
            let selected = board.selection()?;
            if selected.is_empty() && selection == Selection::HasSome {
                return Err(Usage("nothing is selected in KiCad".to_owned()).into());
            }
            items.extend(selected);
        }
        Ok(items)
    }

    fn by_id(&self, board: &Board) -> anyhow::Result<Vec<Item>> {
        if self.ids.is_empty() {
            return Ok(Vec::new());
        }
        let full: Option<Vec<Id>> = self.ids.iter().map(|id| id.parse().ok()).collect();
        if let Some(full) = full {
            let found = board.items_by_id(full.iter().copied())?;
            let items = found.into_iter().zip(&full).map(|(item, id)| {
                item.with_context(|| {
                    Usage(format!("the board has no item with the id {id}, or KiCad does not give it"))
                })
            });
            return items.collect();
        }
        let all = board.items()?;
        let mut items = Vec::new();
        for wanted in &self.ids {
            items.push(with_prefix(&all, wanted)?.clone());
        }
        Ok(items)
    }

    /// Everything, or as much of it as the filters can let through.
    fn everything(&self, board: &Board, pads: Pads) -> kiapi::Result<Vec<Item>> {
        if !self.types.is_empty() {
            return board.items_of(self.types.iter().map(|kind| kind.object()));
        }
        let mut items = if self.nets.is_empty() && self.classes.is_empty() {
            board.items()?
        } else {
            // Footprints are on no net, and by far the largest.
            board.items_of([
                ObjectType::PCB_TRACE,
                ObjectType::PCB_ARC,
                ObjectType::PCB_VIA,
                ObjectType::PCB_ZONE,
                ObjectType::PCB_SHAPE,
                ObjectType::PCB_PAD,
            ])?
        };
        if pads == Pads::OnlyByName {
            items.retain(|item| !matches!(item, Item::Pad(_)));
        }
        Ok(items)
    }
}

/// The only item whose id begins so.
fn with_prefix<'a>(all: &'a [Item], wanted: &str) -> anyhow::Result<&'a Item> {
    let wanted = wanted.to_ascii_lowercase();
    if wanted.is_empty() || !wanted.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
        let text =
            format!("`{wanted}` is no id and no beginning of one; footprints go by --ref, nets by --net");
        return Err(Usage(text).into());
    }
    let begins = |item: &&Item| item.id().is_some_and(|id| id.to_string().starts_with(&wanted));
    let meant: Vec<&Item> = all.iter().filter(begins).collect();
    match meant.as_slice() {
        [item] => Ok(item),
        [] => Err(Usage(format!("no item of the board has an id that begins with `{wanted}`")).into()),
        many => {
            let first = many.iter().take(3).filter_map(|item| Some(format!("{} ({item})", item.id()?)));
            let first = first.collect::<Vec<_>>().join("; ");
            let more = if many.len() > 3 { "; …" } else { "" };
            let text = format!("{} items have ids that begin with `{wanted}`: {first}{more}", many.len());
            Err(Usage(text).into())
        }
    }
}

/// Whether a name, or a pattern of `*` and `?`, means this one.
fn means(wanted: &str, name: &str) -> bool {
    wanted == name || (wanted.contains(['*', '?']) && WildMatch::new(wanted).matches(name))
}

/// Whether an item has something on one of these layers.
fn is_on(item: &Item, layers: &[Layer]) -> bool {
    match item {
        Item::Zone(zone) => zone.layers().iter().any(|layer| layers.contains(layer)),
        Item::Pad(pad) => {
            let stack = pad.as_proto().pad_stack.as_ref();
            stack.is_some_and(|stack| stack.layers.iter().any(|layer| layers.contains(layer)))
        }
        Item::Via(via) => {
            let (from, to) = via.span();
            let is_told = from.is_copper() && to.is_copper();
            let (from, to) = if is_told { (from, to) } else { (Layer::F_CU, Layer::B_CU) };
            let span = from.0.min(to.0)..=from.0.max(to.0);
            layers.iter().any(|layer| span.contains(&layer.0))
        }
        item => item.layer().is_some_and(|layer| layers.contains(&layer)),
    }
}

#[cfg(test)]
mod tests {
    use kiapi::{Via, Zone};

    use super::*;

    #[test]
    fn patterns_are_of_stars_and_question_marks_and_all_else_is_taken_as_it_is() {
        for (wanted, name, is_meant) in [
            ("R1", "R1", true),
            ("R1", "R10", false),
            ("R*", "R10", true),
            ("R?", "R10", false),
            ("D[0]", "D[0]", true),
            ("~{RESET}", "~{RESET}", true),
            ("/usb/*", "/usb/D+", true),
            ("*", "", true),
            ("", "", true),
            ("r1", "R1", false),
        ] {
            assert_eq!(means(wanted, name), is_meant, "{wanted} {name}");
        }
    }

    #[test]
    fn beginning_of_an_id_means_one_item_or_is_an_error() {
        let ids = [
            "10000000-0000-4000-8000-000000000001",
            "10000000-0000-4000-8000-000000000002",
            "ab000000-0000-4000-8000-000000000003",
        ];
        let items: Vec<Item> =
            ids.iter().map(|id| Item::from(Via::new().with_id(id.parse().unwrap()))).collect();
        let found = |wanted: &str| match with_prefix(&items, wanted) {
            Ok(item) => item.id().unwrap().to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found("AB"), ids[2]);
        assert_eq!(found(ids[1]), ids[1]);
        assert!(found("1").starts_with("2 items have ids that begin with `1`: 10000000"), "{}", found("1"));
        assert!(found("2").contains("no item of the board"));
        assert!(found("R1").contains("--ref"));
        assert!(found("").contains("is no id"));
    }

    #[test]
    fn via_is_on_the_layers_that_it_spans() {
        let on = |via: Via, layer| is_on(&Item::from(via), &[layer]);
        assert!(on(Via::new(), Layer::IN7_CU));
        assert!(!on(Via::new(), Layer::F_SILKS));
        let blind = || Via::blind(Layer::F_CU, Layer::IN2_CU);
        assert!(on(blind(), Layer::IN1_CU) && on(blind(), Layer::IN2_CU));
        assert!(!on(blind(), Layer::IN3_CU) && !on(blind(), Layer::B_CU));
        let zone = Zone::new().with_layers([Layer::F_CU, Layer::IN1_CU]);
        assert!(is_on(&Item::from(zone.clone()), &[Layer::IN1_CU]));
        assert!(!is_on(&Item::from(zone), &[Layer::B_CU]));
    }
}
