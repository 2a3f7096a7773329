//! `kiapi add`: new tracks, vias and texts.

use kiapi::items::HorizontalAlignment;
use kiapi::{Angle, Board, Item, Layer, Nm, PadStack, Text, Track, Vector2, Via, mm};

use super::{Edit, How};
use crate::failure::Usage;
use crate::layers::Names;
use crate::output::Format;
use crate::quantity;
use crate::target::Target;

/// Add a track, a via or a text
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Track(TrackArgs),
    Via(ViaArgs),
    Text(TextArgs),
}

/// Add a track of one or more straight pieces
#[derive(Debug, clap::Args)]
#[command(after_help = "Lengths have units: 10mm, 25mil, 0.1in, 250um. x goes to the right, y downwards.

Examples:
  kiapi add track --from 10mm,10mm --to 20mm,10mm --layer F.Cu --net GND
  kiapi add track --from 0,0 --to 5mm,0 --to 5mm,5mm --layer B.Cu --width 10mil")]
struct TrackArgs {
    /// Where it begins: X,Y
    #[arg(long, value_name = "X,Y", value_parser = quantity::point, allow_hyphen_values = true)]
    from: Vector2,
    /// Where it leads: X,Y; said again, it goes on from there
    #[arg(long, value_name = "X,Y", required = true, value_parser = quantity::point, allow_hyphen_values = true)]
    to: Vec<Vector2>,
    /// The layer of copper
    #[arg(long, default_value = "F.Cu")]
    layer: String,
    /// How wide it is [default: as the net's class says]
    #[arg(long, value_parser = quantity::size, allow_hyphen_values = true)]
    width: Option<Nm>,
    #[command(flatten)]
    net: OnNet,
    #[command(flatten)]
    new: New,
}

/// Add a via
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi add via --at 20mm,10mm --net GND
  kiapi add via --at 20mm,10mm --diameter 0.6mm --drill 0.3mm
  kiapi add via --at 20mm,10mm --span F.Cu,B.Cu --micro")]
struct ViaArgs {
    /// Its centre: X,Y
    #[arg(long, value_name = "X,Y", value_parser = quantity::point, allow_hyphen_values = true)]
    at: Vector2,
    /// How wide the copper is [default: as the net's class says]
    #[arg(long, value_parser = quantity::size, allow_hyphen_values = true)]
    diameter: Option<Nm>,
    /// How wide the hole is [default: as the net's class says]
    #[arg(long, value_parser = quantity::size, allow_hyphen_values = true)]
    drill: Option<Nm>,
    /// The layers of copper between which it goes [default: through the board]
    #[arg(long, value_name = "FROM,TO", value_parser = two)]
    span: Option<(String, String)>,
    /// It is a micro via
    #[arg(long, requires = "span")]
    micro: bool,
    #[command(flatten)]
    net: OnNet,
    #[command(flatten)]
    new: New,
}

/// Add a text
///
/// On a layer of the back it is mirrored, as it is read from there.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi add text 'rev B' --at 20mm,30mm
  kiapi add text '${TITLE}' --at 20mm,30mm --layer B.SilkS --size 1.5mm --angle 90 --align left")]
struct TextArgs {
    /// What it says; KiCad replaces `${…}` by text variables
    text: String,
    /// Where it is: X,Y
    #[arg(long, value_name = "X,Y", value_parser = quantity::point, allow_hyphen_values = true)]
    at: Vector2,
    /// The layer
    #[arg(long, default_value = "F.SilkS")]
    layer: String,
    /// How high and wide a letter is
    #[arg(long, default_value = "1mm", value_parser = quantity::size, allow_hyphen_values = true)]
    size: Nm,
    /// How thick the strokes are [default: 15 % of the size]
    #[arg(long, value_parser = quantity::size, allow_hyphen_values = true)]
    stroke: Option<Nm>,
    /// By how much it is turned, anticlockwise
    #[arg(long, default_value = "0", value_parser = quantity::angle, allow_hyphen_values = true)]
    angle: Angle,
    /// Which part of it is where it is
    #[arg(long, value_enum, default_value_t = Align::Center)]
    align: Align,
    #[command(flatten)]
    new: New,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Align {
    Left,
    Center,
    Right,
}

/// The net of new copper.
#[derive(Debug, clap::Args)]
struct OnNet {
    /// The net
    #[arg(long, value_name = "NET")]
    net: Option<String>,
    /// Make the net if the board does not have it; undo does not take that back
    #[arg(long, requires = "net")]
    new_net: bool,
}

/// How what is new comes to the board.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "How")]
struct New {
    /// Show what would be added, and add nothing
    #[arg(long)]
    dry_run: bool,
    /// It cannot be edited by hand before it is unlocked
    #[arg(long)]
    locked: bool,
    /// What KiCad calls the step of undo
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
    #[command(flatten)]
    target: Target,
}

impl New {
    fn create(&self, board: &Board, items: Vec<Item>, format: Format) -> anyhow::Result<()> {
        let how = How { dry_run: self.dry_run, message: self.message.clone(), ..How::default() };
        Edit { board, how: &how, format, verb: "add" }.create(items)
    }
}

/// Two names with a comma between them.
fn two(text: &str) -> Result<(String, String), String> {
    match text.split_once(',') {
        Some((from, to)) if from.trim() != to.trim() => Ok((from.trim().to_owned(), to.trim().to_owned())),
        _ => Err("it is no two layers, such as `F.Cu,In1.Cu`".to_owned()),
    }
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    match &args.what {
        What::Track(args) => track(args, format),
        What::Via(args) => via(args, format),
        What::Text(args) => text(args, format),
    }
}

fn track(args: &TrackArgs, format: Format) -> anyhow::Result<()> {
    let board = args.new.target.board()?;
    let layer = copper(&board, &args.layer)?;
    let net = args.net.check(&board)?;
    let width = match args.width {
        Some(width) => width,
        None => Sizes::of(&board, net)?.width("--width")?,
    };
    let mut from = args.from;
    let mut items = Vec::new();
    for &to in &args.to {
        if to == from {
            return Err(Usage(format!("a piece of the track begins and ends at {to}")).into());
        }
        let track = Track::new().with_start(from).with_end(to).with_width(width).with_layer(layer);
        let track = track.with_locked(args.new.locked);
        items.push(Item::from(net.iter().fold(track, |track, net| track.with_net(*net))));
        from = to;
    }
    args.new.create(&board, items, format)
}

fn via(args: &ViaArgs, format: Format) -> anyhow::Result<()> {
    let board = args.new.target.board()?;
    let net = args.net.check(&board)?;
    let via = match &args.span {
        Some((from, to)) => {
            let (from, to) = (copper(&board, from)?, copper(&board, to)?);
            let is_inner = from.is_inner_copper() && to.is_inner_copper();
            match (args.micro, is_inner) {
                (true, _) => Via::micro(from, to),
                (false, true) => Via::buried(from, to),
                (false, false) => Via::blind(from, to),
            }
        }
        None => Via::new(),
    };
    let (diameter, drill) = match (args.diameter, args.drill) {
        (Some(diameter), Some(drill)) => (diameter, drill),
        (diameter, drill) => {
            let (usual_diameter, usual_drill) = Sizes::of(&board, net)?.via("--diameter and --drill")?;
            (diameter.unwrap_or(usual_diameter), drill.unwrap_or(usual_drill))
        }
    };
    if drill >= diameter {
        return Err(Usage(format!("a hole of {drill} leaves no copper of a via of {diameter}")).into());
    }
    let via =
        via.with_position(args.at).with_diameter(diameter).with_drill(drill).with_locked(args.new.locked);
    let via = net.iter().fold(via, |via, net| via.with_net(*net));
    args.new.create(&board, vec![Item::from(via)], format)
}

fn text(args: &TextArgs, format: Format) -> anyhow::Result<()> {
    if args.text.trim().is_empty() {
        return Err(Usage("a text without letters cannot be seen".to_owned()).into());
    }
    let board = args.new.target.board()?;
    let layer = Names::of(&board)?.one(&args.layer)?;
    let align = match args.align {
        Align::Left => HorizontalAlignment::LEFT,
        Align::Center => HorizontalAlignment::CENTER,
        Align::Right => HorizontalAlignment::RIGHT,
    };
    let text = Text::new(&args.text)
        .with_position(args.at)
        .with_layer(layer)
        .with_size((args.size, args.size))
        .with_stroke_width(args.stroke.unwrap_or(Nm(args.size.0 * 15 / 100)))
        .with_angle(args.angle)
        .with_horizontal_alignment(align)
        .with_mirrored(layer.to_string().starts_with("B."))
        .with_locked(args.new.locked);
    args.new.create(&board, vec![Item::from(text)], format)
}

fn copper(board: &Board, name: &str) -> anyhow::Result<Layer> {
    let layer = Names::of(board)?.one(name)?;
    if layer.is_copper() { Ok(layer) } else { Err(Usage(format!("`{name}` is no layer of copper")).into()) }
}

impl OnNet {
    /// The name of the net, once it is sure that the board has it or is to have it.
    fn check(&self, board: &Board) -> anyhow::Result<Option<&str>> {
        let Some(net) = self.net.as_deref() else { return Ok(None) };
        if !self.new_net && !board.nets()?.iter().any(|known| known.name == net) {
            let text =
                format!("the board has no net `{net}`; `kiapi nets` lists them, and --new-net makes it");
            return Err(Usage(text).into());
        }
        Ok(Some(net))
    }
}

/// What a net class says of new copper.
struct Sizes {
    class: String,
    width: Option<Nm>,
    via: Option<(Nm, Nm)>,
}

impl Sizes {
    fn of(board: &Board, net: Option<&str>) -> anyhow::Result<Self> {
        let class = match net {
            Some(net) => board.net_class_of([net])?.remove(net),
            None => None,
        };
        let class = match class {
            Some(class) => Some(class),
            None => board.net_classes()?.into_iter().find(|class| class.name == "Default"),
        };
        let class = class.unwrap_or_default();
        let settings = class.board.unwrap_or_default();
        let via = settings.via_stack.map(|stack| Via::new().with_pad_stack(PadStack::from(stack)));
        Ok(Self {
            class: class.name,
            width: settings.track_width.map(Nm::from).filter(|width| *width > Nm::ZERO),
            via: via.map(|via| (via.diameter(), via.drill())).filter(|(_, drill)| *drill > mm(0)),
        })
    }

    fn width(&self, option: &str) -> anyhow::Result<Nm> {
        self.width.ok_or_else(|| self.missing(option))
    }

    fn via(&self, option: &str) -> anyhow::Result<(Nm, Nm)> {
        self.via.ok_or_else(|| self.missing(option))
    }

    fn missing(&self, option: &str) -> anyhow::Error {
        Usage(format!("the net class `{}` does not say it; say {option}", self.class)).into()
    }
}
