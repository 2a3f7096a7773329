//! `kiapi svg`: the board as a picture.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use kiapi::api::board::commands::GetBoardEnabledLayers;
use kiapi::api::common::commands::GetTextAsShapes;
use kiapi::picture::{Color, Contents, Picture, Side, Theme};
use kiapi::snapshot::Snapshot;
use kiapi::{ApiVersion, ConnectOptions, KiCad, Layer, Nm, Vector2};
use kiapi_emulator::Emulator;
use serde_json::json;

use crate::layers::Names;
use crate::output::{self, Format};
use crate::progress::Progress;
use crate::quantity;
use crate::table::{green, say};
use crate::target::Target;

/// Draw the board as SVG
///
/// As KiCad shows it: its layers, its colours, its order. Every item has its id as `data-id`, and a title that names its
/// net.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kiapi svg board.svg
  kiapi svg back.svg --side back --theme light
  kiapi svg - --layers '*.Cu,Edge.Cuts' --area 30mm,30mm,50mm,2in > part.svg
  kiapi svg old.svg --snapshot old.kiapi")]
pub(crate) struct Args {
    /// The file to write, or `-` for stdout
    file: PathBuf,
    /// Draw these layers only, such as `F.Cu,Edge.Cuts` or `*.Cu` [default: those that are shown in KiCad]
    #[arg(long, value_name = "LAYER", value_delimiter = ',')]
    layers: Vec<String>,
    /// The layer on top of the others [default: the one that is worked on]
    #[arg(long, value_name = "LAYER")]
    active: Option<String>,
    /// The side from which the board is seen
    #[arg(long, value_enum, default_value_t = From::Front)]
    side: From,
    /// Draw this part only: X,Y,X,Y of two corners [default: the board's outline]
    #[arg(long, value_name = "X,Y,X,Y", value_parser = quantity::area, allow_hyphen_values = true)]
    area: Option<(Vector2, Vector2)>,
    /// How much room to leave around the board
    #[arg(long, value_name = "LENGTH", default_value = "1mm", value_parser = quantity::length, allow_hyphen_values = true)]
    margin: Nm,
    /// The colours
    #[arg(long, value_enum, default_value_t = Colors::Kicad)]
    theme: Colors,
    /// Draw the board of a snapshot, without KiCad
    #[arg(long, value_name = "FILE", conflicts_with_all = ["socket", "instance", "board"])]
    snapshot: Option<PathBuf>,
    #[command(flatten)]
    target: Target,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum From {
    Front,
    Back,
}

/// The colours that can be asked for.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Colors {
    /// Those of the KiCad that the board is open in
    Kicad,
    /// Those of KiCad 9
    #[value(name = "kicad-9")]
    Kicad9,
    /// Those of KiCad 10
    #[value(name = "kicad-10")]
    Kicad10,
    /// On white, for paper
    Light,
}

impl Colors {
    fn theme(self, version: ApiVersion) -> Theme {
        match self {
            Self::Kicad => Theme::kicad(version),
            Self::Kicad9 => Theme::kicad(ApiVersion::new(9, 0, 0)),
            Self::Kicad10 => Theme::kicad(ApiVersion::new(10, 0, 0)),
            Self::Light => light(),
        }
    }
}

pub(crate) fn run(args: &Args, format: Format) -> anyhow::Result<()> {
    let drawn = match &args.snapshot {
        Some(file) => Drawn::of_snapshot(&load(file)?, &file.display().to_string())?,
        None => {
            let board = args.target.board()?.with_options(args.target.patient());
            let _progress = Progress::of_unknown_length("reading the board");
            let contents = board.contents()?;
            let name = board.name().to_owned();
            Drawn { contents, version: board.kicad().version(), names: Names::of(&board)?, name }
        }
    };
    let side = match args.side {
        From::Front => Side::Front,
        From::Back => Side::Back,
    };
    let picture = Picture::new(&drawn.contents)
        .theme(args.theme.theme(drawn.version))
        .side(side)
        .margin(args.margin)
        .title(&drawn.name);
    let picture = match args.area {
        Some((corner, opposite)) => picture.area(corner, opposite),
        None => picture,
    };
    let layers = drawn.names.find(&args.layers)?;
    let picture = if layers.is_empty() { picture } else { picture.layers(layers) };
    let picture = match &args.active {
        Some(layer) => picture.active_layer(drawn.names.one(layer)?),
        None => picture,
    };
    write(&args.file, &picture.to_svg(), format)
}

/// What is drawn, and how it is spoken of.
pub(crate) struct Drawn {
    pub(crate) contents: Contents,
    pub(crate) version: ApiVersion,
    names: Names,
    name: String,
}

impl Drawn {
    pub(crate) fn of_snapshot(snapshot: &Snapshot, name: &str) -> anyhow::Result<Self> {
        let contents = with_texts(snapshot, Contents::from_snapshot(snapshot))?;
        let enabled = snapshot.answer::<GetBoardEnabledLayers>().map(|answer| answer.layers);
        let names = Names::canonical(enabled.unwrap_or_else(|_| Layer::all().collect()));
        Ok(Self { contents, version: snapshot.version(), names, name: name.to_owned() })
    }
}

/// The texts as KiCad's font has them: the emulator knows it.
pub(crate) fn with_texts(snapshot: &Snapshot, contents: Contents) -> anyhow::Result<Contents> {
    let snapshot = kiapi_emulator::Snapshot::from_bytes(&snapshot.to_bytes())?;
    let emulator = Emulator::new(snapshot).start().context("the texts cannot be drawn")?;
    let kicad = KiCad::connect_with(ConnectOptions::new().socket(emulator.socket().clone()))?;
    let shapes = kicad.call(&GetTextAsShapes::new().with_text(contents.texts()))?;
    Ok(contents.with_text_shapes(shapes.text_with_shapes))
}

/// Reads a snapshot from a file.
pub(crate) fn load(file: &Path) -> anyhow::Result<Snapshot> {
    kiapi::snapshot::load(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Writes a picture to a file, or to stdout for `-`, and says so.
pub(crate) fn write(file: &Path, svg: &str, format: Format) -> anyhow::Result<()> {
    if file.as_os_str() == "-" {
        let written = std::io::stdout().write_all(svg.as_bytes());
        return match written {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(error).context("cannot write to stdout")
            }
            _ => Ok(()),
        };
    }
    std::fs::write(file, svg).with_context(|| format!("cannot write {}", file.display()))?;
    match format {
        Format::Json => output::json(&json!({ "file": file, "bytes": svg.len() })),
        Format::Text => say!("{} {}", green("drawn:"), file.display()),
    }
    Ok(())
}

/// KiCad's colours, dark enough for a white page.
fn light() -> Theme {
    let mut theme = Theme::kicad(ApiVersion::new(10, 0, 0));
    theme.background = Color::rgb(255, 255, 255);
    theme.board = None;
    theme.via_wall = Color::rgb(90, 90, 90);
    theme.bare_hole = Color::rgb(200, 200, 200);
    for layer in Layer::all() {
        let color = theme.layer(layer);
        let brightness =
            0.3 * f32::from(color.red) + 0.6 * f32::from(color.green) + 0.1 * f32::from(color.blue);
        if brightness > 130.0 {
            theme.set_layer(layer, mixed(color, Color::rgb(0, 0, 0), 0.45));
        }
    }
    theme
}

/// A colour with so much of another one in it.
pub(crate) fn mixed(color: Color, other: Color, share: f32) -> Color {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between two bytes")]
    let mix = |one: u8, two: u8| (f32::from(one) * (1.0 - share) + f32::from(two) * share).round() as u8;
    let (red, green) = (mix(color.red, other.red), mix(color.green, other.green));
    Color::rgb(red, green, mix(color.blue, other.blue)).with_opacity(color.opacity)
}
