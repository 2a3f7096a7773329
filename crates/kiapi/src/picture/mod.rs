//! The board as a picture: an SVG that looks as the board does in KiCad, made from nothing but what the API tells.
//!
//! [`Contents`] is what is on the board, [`Picture`] is how it is to be drawn, and [`Picture::to_svg`] is a pure function of
//! the two: no KiCad has to run for it.
//!
//! Each layer is a group with KiCad's name of it as its id (`F.Cu`, `B.SilkS`, …), in KiCad's colour and order. Each item is
//! an element with its kind as its class (`track`, `via`, `pad`, `zone`, `border`, `graphic`, `text`, `field`, `text-box`,
//! `dimension`, `image`, `barcode`, `hole`), its id as `data-id`, and a title that names its footprint and net. Lengths are
//! millimetres, exact to the nanometre.
//!
//! What differs from KiCad's window: the numbers and nets that KiCad writes on pads and tracks, clearances, the grid, anchors
//! and the ratsnest are left out. A barcode is a frame, since the API does not tell its bars, and the border of a text box
//! has always the same width. Pads on inner layers are drawn where KiCad took them away because nothing connects there.

mod area;
mod contents;
mod dimension;
mod graphic;
mod highlight;
mod image;
mod pad;
mod path;
mod scene;
mod shape;
mod svg;
mod text;
mod theme;
mod zone;

use std::collections::BTreeMap;
use std::fmt::Write as _;

pub use contents::Contents;
pub use theme::{Color, Side, Theme};

use self::contents::layer_name;
use self::highlight::Highlights;
use self::path::{Bounds, at, length};
use self::scene::{Hole, Level, Scene};
use self::shape::{Element, Shape};
use self::svg::{escape, mm, path_data};
use self::theme::{depth, is_copper};
use crate::{Id, Layer, Nm, Vector2};

/// How thick the walls of holes are drawn, in nanometres.
const WALL: f64 = 40_000.0;

/// A board as it is to be drawn.
///
/// # Examples
///
/// ```
/// use kiapi::Layer;
/// use kiapi::api::board::types::{Item, Net, Track};
/// use kiapi::api::common::types::{Distance, Vector2};
/// use kiapi::picture::{Contents, Picture, Side};
///
/// let track = Track::new()
///     .with_start(Vector2::new().with_x_nm(1_000_000))
///     .with_end(Vector2::new().with_x_nm(9_500_000))
///     .with_width(Distance::new().with_value_nm(250_000))
///     .with_layer(Layer::F_CU)
///     .with_net(Net::new().with_name("GND"));
/// let contents = Contents::new([Item::Track(track)]);
/// let svg = Picture::new(&contents).layers([Layer::F_CU, Layer::EDGE_CUTS]).to_svg();
/// assert!(svg.contains("<title>GND</title>"));
///
/// let back = Picture::new(&contents).side(Side::Back).to_svg();
/// assert!(back.contains("scale(-1 1)"));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Picture<'a> {
    contents: &'a Contents,
    layers: Option<Vec<Layer>>,
    active: Option<Layer>,
    theme: Theme,
    side: Side,
    margin: f64,
    area: Option<Bounds>,
    title: String,
    highlights: Vec<(Vec<Id>, Color)>,
}

impl<'a> Picture<'a> {
    /// A picture of what is on a board, seen from the front, with the colours of KiCad 10.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::picture::{Picture};
    ///
    /// let contents = kicad.board()?.contents()?;
    /// let svg = Picture::new(&contents).to_svg();
    /// assert!(svg.contains("<svg"));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[inline]
    pub fn new(contents: &'a Contents) -> Self {
        Self {
            contents,
            layers: None,
            active: None,
            theme: Theme::default(),
            side: Side::Front,
            margin: 1e6,
            area: None,
            title: String::new(),
            highlights: Vec::new(),
        }
    }

    /// Draws these layers, and no others. Holes are drawn where a layer of copper is.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Layer;
    /// use kiapi::picture::Picture;
    ///
    /// let contents = kicad.board()?.contents()?;
    /// let svg = Picture::new(&contents).layers([Layer::F_CU, Layer::EDGE_CUTS]).to_svg();
    /// assert!(svg.contains("F.Cu") && !svg.contains("B.Cu"));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn layers(mut self, layers: impl IntoIterator<Item = Layer>) -> Self {
        self.layers = Some(layers.into_iter().collect());
        self
    }

    /// Draws this layer on top of the others, as KiCad does with the one that is worked on.
    ///
    /// Unless this is said, it is the one of the [`Contents`], and from the back `B.Cu`.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::Layer;
    /// use kiapi::picture::Picture;
    ///
    /// let contents = kicad.board()?.contents()?;
    /// let svg = Picture::new(&contents).active_layer(Layer::B_CU).to_svg();
    /// assert!(svg.contains("B.Cu"));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[inline]
    pub fn active_layer(mut self, layer: Layer) -> Self {
        self.active = Some(layer);
        self
    }

    /// Takes other colours.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::picture::{Picture, Theme};
    ///
    /// let contents = kicad.board()?.contents()?;
    /// let svg = Picture::new(&contents).theme(Theme::kicad(kicad.version())).to_svg();
    /// assert!(svg.contains("<svg"));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[inline]
    pub fn theme(mut self, theme: Theme) -> Self {
        self.theme = theme;
        self
    }

    /// Looks at the board from a side.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::picture::{Picture, Side};
    ///
    /// let contents = kicad.board()?.contents()?;
    /// let svg = Picture::new(&contents).side(Side::Back).to_svg();
    /// assert!(svg.contains("scale(-1 1)"));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[inline]
    pub fn side(mut self, side: Side) -> Self {
        self.side = side;
        self
    }

    /// Leaves room around the board; a millimetre unless this is said.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::mm;
    /// use kiapi::picture::Picture;
    ///
    /// let contents = kicad.board()?.contents()?;
    /// let svg = Picture::new(&contents).margin(mm(5)).to_svg();
    /// assert_ne!(svg, Picture::new(&contents).to_svg());
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[inline]
    pub fn margin(mut self, margin: Nm) -> Self {
        self.margin = length(margin.0);
        self
    }

    /// Shows what lies between two corners, and not the whole board.
    ///
    /// Unless this is said, it is what `Edge.Cuts` covers, or everything where nothing lies on it, with the margin.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::picture::Picture;
    /// use kiapi::{Vector2, mm};
    ///
    /// let contents = kicad.board()?.contents()?;
    /// let picture = Picture::new(&contents).area(Vector2::new(mm(0), mm(0)), Vector2::new(mm(10), mm(5)));
    /// assert!(picture.to_svg().contains("viewBox=\"0 0 10 5\""));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[inline]
    pub fn area(mut self, corner: Vector2, opposite: Vector2) -> Self {
        let mut area = Bounds::default();
        area.add(at(length(corner.x.0), length(corner.y.0)));
        area.add(at(length(opposite.x.0), length(opposite.y.0)));
        self.area = Some(area);
        self
    }

    /// Gives the picture a title.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::picture::{Picture};
    ///
    /// let contents = kicad.board()?.contents()?;
    /// let svg = Picture::new(&contents).title("my board").to_svg();
    /// assert!(svg.contains("my board"));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Draws these items in a colour, on top of all others; a footprint with all that belongs to it. What is said last of
    /// an item counts.
    ///
    /// They are in groups of the class `highlight`, and seen on the layers that the picture shows. What is below the fill of a
    /// zone stays visible.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::picture::{Color, Picture};
    ///
    /// let board = kicad.board()?;
    /// let contents = board.contents()?;
    /// let ground = board.items_by_net(["GND"])?;
    /// let picture = Picture::new(&contents).highlight(ground.iter().filter_map(|item| item.id()), Color::rgb(0, 255, 0));
    /// assert!(picture.to_svg().contains("<g class=\"highlight\" fill=\"#00ff00\">"));
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    pub fn highlight(mut self, items: impl IntoIterator<Item = Id>, color: Color) -> Self {
        self.highlights.push((items.into_iter().collect(), color));
        self
    }

    /// The picture as SVG.
    ///
    /// It is well-formed whatever the items hold, and never panics: what cannot be drawn is left out.
    ///
    /// # Examples
    ///
    /// ```
    /// # let (_emulator, kicad) = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/connected.rs"));
    /// use kiapi::picture::Picture;
    ///
    /// let folder = tempfile::tempdir().expect("there is a place for temporary files");
    /// let contents = kicad.board()?.contents()?;
    /// std::fs::write(folder.path().join("board.svg"), Picture::new(&contents).to_svg()).expect("it can be written");
    /// # Ok::<_, kiapi::Error>(())
    /// ```
    #[inline]
    pub fn to_svg(&self) -> String {
        let among = |layers: Option<&Vec<Layer>>, layer| layers.is_none_or(|layers| layers.contains(&layer));
        let chosen = self.layers.as_ref().or(self.contents.visible.as_ref());
        let enabled = self.contents.enabled.as_ref();
        let is_shown = |layer: Layer| among(chosen, layer) && among(enabled, layer);
        let scene = Scene::new(self.contents, &is_shown);
        let edges = scene::edge_shapes(self.contents);
        let mut svg = String::new();
        let is_mirrored = self.side == Side::Back;
        self.begin(&scene, &edges, &mut svg);
        let flip = if is_mirrored { " transform=\"scale(-1 1)\"" } else { "" };
        let _ = writeln!(svg, "<g stroke-linecap=\"round\" stroke-linejoin=\"round\"{flip}>");
        if let Some(board) = self.theme.board {
            let path = area::enclosed(&edges);
            if !path.is_empty() {
                let (fill, path) = (paint(board), path_data(&path));
                let _ = writeln!(svg, "<path class=\"board\"{fill} fill-rule=\"evenodd\" d=\"{path}\"/>");
            }
        }
        self.draw(&scene, &mut svg);
        svg.push_str("</g>\n</svg>\n");
        svg
    }

    /// The head of the file, and the background.
    #[inline]
    fn begin(&self, scene: &Scene, edges: &[Shape], svg: &mut String) {
        let area = self.area.unwrap_or_else(|| {
            let mut area = Bounds::default();
            for shape in edges {
                area.join(shape.bounds());
            }
            if area.0.is_none() {
                for layer in scene.layers.keys() {
                    area.join(scene.bounds(Layer(*layer)));
                }
            }
            area.inflated(self.margin)
        });
        // An empty board has a picture too.
        let (low, high) = area.0.unwrap_or((at(0.0, 0.0), at(1e7, 1e7)));
        let (width, height) = ((high.x - low.x).max(1000.0), (high.y - low.y).max(1000.0));
        let left = if self.side == Side::Back { -low.x - width } else { low.x };
        let (x, y, width, height) = (mm(left), mm(low.y), mm(width), mm(height));
        let _ = writeln!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}mm\" height=\"{height}mm\" \
             viewBox=\"{x} {y} {width} {height}\">"
        );
        if !self.title.is_empty() {
            let _ = writeln!(svg, "<title>{}</title>", escape(&self.title));
        }
        let fill = paint(self.theme.background);
        let _ = writeln!(
            svg,
            "<rect class=\"background\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{fill}/>"
        );
    }

    #[inline]
    fn draw(&self, scene: &Scene, svg: &mut String) {
        let active = self.active.unwrap_or(match self.side {
            Side::Front => self.contents.active.unwrap_or(Layer::F_CU),
            Side::Back => Layer::B_CU,
        });
        let mut layers: Vec<Layer> = scene.layers.keys().map(|layer| Layer(*layer)).collect();
        layers.sort_by_key(|layer| {
            // Holes are seen through copper, also through that which is worked on.
            let place = match *layer == active {
                true if is_copper(active) => -1,
                true => -2,
                false => 0,
            };
            std::cmp::Reverse((place, depth(*layer, self.side)))
        });
        let above_holes = layers.iter().position(|layer| *layer == active && !is_copper(active));
        let (below, above) = layers.split_at(above_holes.unwrap_or(layers.len()));
        let mut masks = 0;
        let highlights = Highlights::new(&self.highlights, self.contents);
        for layer in below {
            self.layer(*layer, &scene.layers[&layer.0], &highlights, &mut masks, svg);
        }
        self.holes(&scene.holes.iter().collect::<Vec<_>>(), "id=\"holes\"", svg);
        for layer in above {
            self.layer(*layer, &scene.layers[&layer.0], &highlights, &mut masks, svg);
        }
        self.draw_highlights(scene, &layers, &highlights, &mut masks, svg);
    }

    #[inline]
    fn layer(
        &self,
        layer: Layer,
        levels: &BTreeMap<Level, Vec<Element>>,
        highlights: &Highlights,
        masks: &mut usize,
        svg: &mut String,
    ) {
        let color = self.theme.layer(layer);
        let name = layer_name(layer);
        let _ = writeln!(svg, "<g id=\"{}\" class=\"layer\"{}>", escape(&name), paint(color));
        let code = color.to_string();
        for (level, elements) in levels {
            let opacity = match level {
                Level::Images => self.theme.image_opacity,
                Level::Zones => self.theme.zone_opacity,
                Level::Items | Level::Pads => 1.0,
            };
            if opacity < 1.0 {
                // Each for itself, and not all as one: where two lie on each other, that is seen in KiCad too.
                let _ = writeln!(svg, "<g opacity=\"{opacity}\">");
            }
            for element in elements.iter().filter(|element| highlights.of(element).is_none()) {
                element.write(&code, masks, svg);
            }
            if opacity < 1.0 {
                svg.push_str("</g>\n");
            }
        }
        svg.push_str("</g>\n");
    }

    #[inline]
    fn holes(&self, holes: &[&(Hole, Element)], attribute: &str, svg: &mut String) {
        if holes.is_empty() {
            return;
        }
        let _ = writeln!(svg, "<g {attribute}>");
        let kinds = [
            (Hole::Via, self.theme.via_hole, Some(self.theme.via_wall)),
            (Hole::Plated, self.theme.background, Some(self.theme.pad_wall)),
            (Hole::Bare, self.theme.bare_hole, None),
        ];
        for (kind, inside, wall) in kinds {
            let mut elements =
                holes.iter().filter(|(other, _)| *other == kind).map(|(_, element)| element).peekable();
            if elements.peek().is_none() {
                continue;
            }
            let stroke = wall
                .map_or_else(String::new, |wall| format!(" stroke=\"{wall}\" stroke-width=\"{}\"", mm(WALL)));
            let _ = writeln!(svg, "<g{}{stroke}>", paint(inside));
            for element in elements {
                element.write("", &mut 0, svg);
            }
            svg.push_str("</g>\n");
        }
        svg.push_str("</g>\n");
    }
}

/// A colour as the attributes of what is filled with it.
#[inline]
fn paint(color: Color) -> String {
    let opacity = if color.opacity.is_finite() { color.opacity.clamp(0.0, 1.0) } else { 1.0 };
    if opacity < 1.0 {
        format!(" fill=\"{color}\" opacity=\"{opacity}\"")
    } else {
        format!(" fill=\"{color}\"")
    }
}
