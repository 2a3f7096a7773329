//! Colours, and which layer lies on which: both as in KiCad with the theme that it comes with.

use crate::{ApiVersion, Layer};

/// A colour, with how much of what is behind it is covered.
///
/// # Examples
///
/// ```
/// use kiapi::picture::Color;
///
/// assert_eq!(Color::rgb(200, 52, 52).to_string(), "#c83434");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Color {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
    /// From 0, which cannot be seen, to 1, which hides all that is behind.
    pub opacity: f32,
}

impl Color {
    /// A colour that hides what is behind it.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::picture::Color;
    ///
    /// assert_eq!(Color::rgb(255, 0, 0).opacity, 1.0);
    /// ```
    #[inline]
    pub const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue, opacity: 1.0 }
    }

    /// The colour with another opacity.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::picture::Color;
    ///
    /// assert_eq!(Color::rgb(255, 0, 0).with_opacity(0.5).opacity, 0.5);
    /// ```
    #[must_use]
    #[inline]
    pub const fn with_opacity(self, opacity: f32) -> Self {
        Self { opacity, ..self }
    }
}

impl std::fmt::Display for Color {
    /// Without its opacity, as SVG and HTML write it.
    #[inline]
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

/// The colours of a picture.
///
/// # Examples
///
/// ```
/// use kiapi::picture::{Color, Theme};
/// use kiapi::{ApiVersion, Layer};
///
/// // KiCad's own, on white.
/// let mut theme = Theme::kicad(ApiVersion::new(10, 0, 6));
/// theme.background = Color::rgb(255, 255, 255);
/// theme.board = None;
/// theme.set_layer(Layer::F_SILKS, Color::rgb(60, 60, 60));
/// assert_eq!(theme.layer(Layer::F_CU), Color::rgb(200, 52, 52));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Theme {
    /// What is behind everything, and what shows through the holes of pads.
    pub background: Color,
    /// The area inside of the board's outline; KiCad 9 does not fill it.
    pub board: Option<Color>,
    /// The holes of vias.
    pub via_hole: Color,
    /// The walls of the holes of vias.
    pub via_wall: Color,
    /// The walls of the plated holes of pads.
    pub pad_wall: Color,
    /// Holes without plating.
    pub bare_hole: Color,
    /// How much the fills of zones hide of what is behind them, from 0 to 1.
    pub zone_opacity: f32,
    /// How much images hide, from 0 to 1.
    pub image_opacity: f32,
    layers: Vec<(Layer, Color)>,
}

impl Theme {
    /// The theme that a KiCad of a version comes with.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::ApiVersion;
    /// use kiapi::picture::Theme;
    ///
    /// assert!(Theme::kicad(ApiVersion::new(9, 0, 8)).board.is_none());
    /// ```
    #[inline]
    pub fn kicad(version: ApiVersion) -> Self {
        let board = (version >= ApiVersion::new(10, 0, 0)).then_some(Color::rgb(35, 45, 58));
        Self {
            background: Color::rgb(0, 16, 35),
            board,
            via_hole: Color::rgb(227, 183, 46),
            via_wall: Color::rgb(236, 236, 236),
            pad_wall: Color::rgb(194, 194, 0),
            bare_hole: Color::rgb(26, 196, 210),
            zone_opacity: 0.6,
            image_opacity: 0.6,
            layers: Vec::new(),
        }
    }

    /// The colour of a layer.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::Layer;
    /// use kiapi::picture::{Color, Theme};
    ///
    /// assert_eq!(Theme::default().layer(Layer::F_CU), Color::rgb(200, 52, 52));
    /// ```
    #[inline]
    pub fn layer(&self, layer: Layer) -> Color {
        let own = self.layers.iter().find(|(own, _)| *own == layer);
        own.map_or_else(|| default_color(layer), |(_, color)| *color)
    }

    /// Gives a layer another colour.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::Layer;
    /// use kiapi::picture::{Color, Theme};
    ///
    /// let mut theme = Theme::default();
    /// theme.set_layer(Layer::F_CU, Color::rgb(0, 0, 0));
    /// assert_eq!(theme.layer(Layer::F_CU), Color::rgb(0, 0, 0));
    /// ```
    #[inline]
    pub fn set_layer(&mut self, layer: Layer, color: Color) {
        self.layers.retain(|(own, _)| *own != layer);
        self.layers.push((layer, color));
    }
}

impl Default for Theme {
    /// The theme of KiCad 10.
    #[inline]
    fn default() -> Self {
        Self::kicad(ApiVersion::new(10, 0, 0))
    }
}

/// The colours of the inner copper layers; the last seven come again and again.
const INNER: [(u8, u8, u8); 16] = [
    (127, 200, 127),
    (206, 125, 44),
    (79, 203, 203),
    (219, 98, 139),
    (167, 165, 198),
    (40, 204, 217),
    (232, 178, 167),
    (242, 237, 161),
    (141, 203, 129),
    (237, 124, 51),
    (91, 195, 235),
    (247, 111, 142),
    (167, 165, 198),
    (40, 204, 217),
    (232, 178, 167),
    (242, 237, 161),
];

/// The colours of the user's layers, which come again and again.
const USER: [(u8, u8, u8); 4] = [(194, 194, 194), (89, 148, 220), (180, 219, 210), (216, 200, 82)];

#[inline]
fn default_color(layer: Layer) -> Color {
    let of = |list: &[(u8, u8, u8)], index: usize| {
        let (red, green, blue) = list[index % list.len()];
        Color::rgb(red, green, blue)
    };
    if let Some(index) = inner_index(layer) {
        return of(&INNER, if index < 9 { index } else { 9 + (index - 9) % 7 });
    }
    if let Some(index) = user_index(layer) {
        // The ninth is the odd one out.
        return if index == 8 { Color::rgb(232, 178, 167) } else { of(&USER, index) };
    }
    match layer {
        Layer::F_CU => Color::rgb(200, 52, 52),
        Layer::B_CU => Color::rgb(77, 127, 196),
        Layer::F_ADHES => Color::rgb(132, 0, 132),
        Layer::B_ADHES => Color::rgb(0, 0, 132),
        Layer::F_PASTE => Color::rgb(180, 160, 154).with_opacity(0.9),
        Layer::B_PASTE => Color::rgb(0, 194, 194).with_opacity(0.9),
        Layer::F_SILKS => Color::rgb(242, 237, 161),
        Layer::B_SILKS => Color::rgb(232, 178, 167),
        Layer::F_MASK => Color::rgb(216, 100, 255).with_opacity(0.4),
        Layer::B_MASK => Color::rgb(2, 255, 238).with_opacity(0.4),
        Layer::CMTS_USER => Color::rgb(89, 148, 220),
        Layer::ECO1_USER => Color::rgb(180, 219, 210),
        Layer::ECO2_USER => Color::rgb(216, 200, 82),
        Layer::EDGE_CUTS => Color::rgb(208, 210, 205),
        Layer::MARGIN | Layer::F_CRTYD => Color::rgb(255, 38, 226),
        Layer::B_CRTYD => Color::rgb(38, 233, 255),
        Layer::F_FAB => Color::rgb(175, 175, 175),
        Layer::B_FAB => Color::rgb(88, 93, 132),
        // User.Drawings, and what a newer KiCad has.
        _ => Color::rgb(194, 194, 194),
    }
}

#[inline]
pub(super) fn is_copper(layer: Layer) -> bool {
    (Layer::F_CU.0..=Layer::B_CU.0).contains(&layer.0)
}

#[inline]
fn inner_index(layer: Layer) -> Option<usize> {
    let is_inner = is_copper(layer) && layer != Layer::F_CU && layer != Layer::B_CU;
    is_inner.then(|| usize::try_from(layer.0 - Layer::IN1_CU.0).unwrap_or_default())
}

/// The number of a layer `User.N`, from zero.
#[inline]
fn user_index(layer: Layer) -> Option<usize> {
    let index = match layer.0 {
        number if (Layer::USER_1.0..=Layer::USER_9.0).contains(&number) => number - Layer::USER_1.0,
        number if (Layer::USER_10.0..=Layer::USER_45.0).contains(&number) => number - Layer::USER_10.0 + 9,
        _ => return None,
    };
    usize::try_from(index).ok()
}

/// From which side a board is seen.
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// From the front, as KiCad shows it.
    #[default]
    Front,
    /// From the back: mirrored, and with the back layers on top.
    Back,
}

/// How near a layer is to the eye; the greatest number is the lowest.
///
/// Found by drawing a square of each layer over one of each other layer, in KiCad 9.0.8 and 10.0.6, which agree.
#[inline]
pub(super) fn depth(layer: Layer, side: Side) -> i32 {
    let near = |front: Layer, back: Layer| if side == Side::Front { front } else { back };
    let far = |front: Layer, back: Layer| if side == Side::Front { back } else { front };
    let above = [
        Layer::DWGS_USER,
        Layer::CMTS_USER,
        Layer::ECO1_USER,
        Layer::ECO2_USER,
        Layer::EDGE_CUTS,
        Layer::MARGIN,
    ];
    let sides = [
        (Layer::F_CU, Layer::B_CU),
        (Layer::F_MASK, Layer::B_MASK),
        (Layer::F_SILKS, Layer::B_SILKS),
        (Layer::F_PASTE, Layer::B_PASTE),
        (Layer::F_ADHES, Layer::B_ADHES),
        (Layer::F_CRTYD, Layer::B_CRTYD),
        (Layer::F_FAB, Layer::B_FAB),
    ];
    let position = |index: usize| i32::try_from(index).unwrap_or(i32::MAX);
    if let Some(index) = above.iter().position(|above| *above == layer) {
        return position(index);
    }
    if let Some(index) = user_index(layer) {
        return 100 + position(index);
    }
    if let Some(index) = sides.iter().position(|(front, back)| near(*front, *back) == layer) {
        return 200 + position(index);
    }
    if let Some(index) = inner_index(layer) {
        let index = position(index);
        return 400 + if side == Side::Front { index } else { -index };
    }
    if let Some(index) = sides.iter().position(|(front, back)| far(*front, *back) == layer) {
        return 500 + position(index);
    }
    // What a newer KiCad has.
    190
}
