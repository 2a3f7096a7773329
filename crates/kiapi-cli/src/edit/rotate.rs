//! `kiapi rotate`: items turned.

use std::collections::HashMap;

use kiapi::{Angle, Board, Box2, Id, Item, Vector2};

use super::{Edit, How, ungrouped};
use crate::choose::{Choice, Pads};
use crate::failure::Usage;
use crate::output::Format;
use crate::quantity;
use crate::target::Target;

/// Turn items
///
/// Anticlockwise as they are seen, in one step of undo. One item turns about its own position (about the middle of it,
/// where that is only one of its corners or ends), several about the middle of what they cover.
#[derive(Debug, clap::Args)]
#[command(after_help = "Angles are degrees: 90, -45, 17.3deg; or 0.5rad.

Examples:
  kiapi rotate --ref U1 --by 90
  kiapi rotate --ref 'R*' --by 180 --each
  kiapi rotate --selection --by -17.3deg --about 50mm,50mm")]
pub(crate) struct Args {
    /// By how much
    #[arg(long, value_name = "ANGLE", value_parser = quantity::angle, allow_hyphen_values = true)]
    by: Angle,
    /// The point to turn about: X,Y
    #[arg(long, value_name = "X,Y", value_parser = quantity::point, allow_hyphen_values = true, conflicts_with = "each")]
    about: Option<Vector2>,
    /// Turn each item about its own position
    #[arg(long)]
    each: bool,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    target: Target,
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let board = args.target.board()?;
    let items =
        ungrouped(&board, args.choice.items(&board.with_options(args.target.patient()), Pads::OnlyByName)?)?;
    let about = match args.about {
        Some(about) => Pivot::Common(about),
        None => Pivot::of(&board, &items, args.each || items.len() == 1)?,
    };
    let edit = Edit { board: &board, how: &args.how, format, verb: "rotate" };
    edit.update(items, |item| item.rotate(about.of_item(item), args.by).map(drop))
}

/// What is turned about.
enum Pivot {
    Common(Vector2),
    Own(HashMap<Id, Box2>),
}

impl Pivot {
    fn of(board: &Board, items: &[Item], each: bool) -> anyhow::Result<Self> {
        let ids: Vec<Id> = items.iter().filter_map(Item::id).collect();
        let boxes = board.bounding_boxes(ids.iter().copied())?;
        let boxes: HashMap<Id, Box2> =
            ids.into_iter().zip(boxes).filter_map(|(id, bounds)| Some((id, bounds?))).collect();
        if each {
            return Ok(Self::Own(boxes));
        }
        let all = boxes.into_values().reduce(Box2::union);
        let all =
            all.ok_or_else(|| Usage("KiCad does not tell where the items are; say --about X,Y".to_owned()))?;
        Ok(Self::Common(all.center()))
    }

    fn of_item(&self, item: &Item) -> Vector2 {
        match self {
            Self::Common(about) => *about,
            Self::Own(boxes) => {
                let middle = item.id().and_then(|id| boxes.get(&id)).map(Box2::center);
                let has_a_place = matches!(
                    item,
                    Item::Footprint(_)
                        | Item::Via(_)
                        | Item::Pad(_)
                        | Item::Text(_)
                        | Item::Barcode(_)
                        | Item::ReferenceImage(_)
                );
                let place = item.position();
                if has_a_place { place.or(middle) } else { middle.or(place) }.unwrap_or_default()
            }
        }
    }
}
