//! Zones and rule areas.

use std::fmt;

use kiapi_gen::board::types;
use kiapi_gen::board::types::zone::Settings;

use super::describe::{OnAll, Then, Words};
use super::{
    IslandRemovalMode, PlacementRuleSourceType, TeardropType, ZoneBorderStyle, ZoneConnection,
    ZoneConnectionStyle, ZoneFillMode, ZoneHatchFillBorderMode, ZoneType,
};
use crate::geometry::PolygonWithHoles;
use crate::{Layer, Vector2, mm};

wrapper! {
    /// An area that is filled with copper, or in which rules hold.
    ///
    /// # KiCad versions
    ///
    /// 9.0 and later. KiCad needs an outline and a layer of the board. A new zone is not filled before the zones are
    /// refilled. A zone that is sent back in an update loses the smoothing of its corners, which the API does not carry.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Layer, Zone, mm};
    ///
    /// let zone = Zone::new()
    ///     .with_outline([(mm(0), mm(0)), (mm(10), mm(0)), (mm(10), mm(5)), (mm(0), mm(5))])
    ///     .with_layers([Layer::F_CU, Layer::B_CU])
    ///     .with_net("GND");
    /// assert_eq!(zone.to_string(), "zone on F.Cu and B.Cu, GND, 4 corners, not filled");
    /// ```
    Zone boxed types::Zone
}
identity! { Zone }
short_debug! { Zone }

impl Zone {
    /// A copper zone with a clearance of 0.5 mm, solid, with thermal reliefs, as KiCad's dialog offers one. It needs an
    /// outline, layers and a net.
    #[inline]
    pub fn new() -> Self {
        let connection = ZoneConnection::new()
            .with_style(ZoneConnectionStyle::THERMAL)
            .with_gap(mm(0.5))
            .with_spoke_width(mm(0.5));
        let mut zone = Self::from(types::Zone::new().with_type(ZoneType::COPPER));
        zone.set_connection(connection)
            .set_clearance(mm(0.5))
            .set_min_thickness(mm(0.25))
            .set_island_mode(IslandRemovalMode::ALWAYS)
            .set_fill_mode(ZoneFillMode::SOLID)
            .set_border_style(ZoneBorderStyle::DIAGONAL_EDGE)
            .set_border_pitch(mm(0.5));
        zone
    }

    /// An area in which rules hold. It needs an outline and layers, and something that it forbids or places.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Layer, Zone};
    ///
    /// let area = Zone::rule_area().with_layers([Layer::F_CU]).with_vias_forbidden(true);
    /// assert_eq!(area.to_string(), "rule area on F.Cu, 0 corners");
    /// ```
    #[inline]
    pub fn rule_area() -> Self {
        let mut zone = Self::from(types::Zone::new().with_type(ZoneType::RULE_AREA));
        zone.rules_mut();
        zone.set_border_style(ZoneBorderStyle::DIAGONAL_EDGE).set_border_pitch(mm(0.5));
        zone
    }

    /// The polygons of the outline, with their holes.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Zone, mm};
    ///
    /// let zone = Zone::new().with_outline([(mm(0), mm(0)), (mm(2), mm(0)), (mm(2), mm(1)), (mm(0), mm(1))]);
    /// assert_eq!(zone.polygons()[0].perimeter(), mm(6));
    /// ```
    #[inline]
    pub fn polygons(&self) -> Vec<PolygonWithHoles> {
        super::shape::polygons(self.0.outline.as_ref())
    }

    /// Sets the polygons of the outline, with their holes. What is open is closed: of an open line KiCad loses the last
    /// corner.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::geometry::{PolyLine, PolygonWithHoles};
    /// use kiapi::{Box2, Vector2, Zone, mm};
    ///
    /// let outer = Box2::from_center(Vector2::ZERO, Vector2::new(mm(4), mm(4)));
    /// let frame = PolygonWithHoles {
    ///     outline: PolyLine::closed(outer.corners()),
    ///     holes: vec![PolyLine::closed(outer.inflated(mm(-1)).corners())],
    /// };
    /// let mut zone = Zone::new();
    /// zone.set_polygons([frame.clone()]);
    /// assert_eq!(zone.polygons(), [frame]);
    /// ```
    pub fn set_polygons(&mut self, polygons: impl IntoIterator<Item = PolygonWithHoles>) -> &mut Self {
        let place = &mut self.0.outline.get_or_insert_default().polygons;
        *place = polygons.into_iter().map(super::shape::closed).collect();
        self
    }

    /// The corners of the outline in nanometres, without those of its holes. An arc gives its ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Zone, mm};
    ///
    /// let triangle = [(mm(0), mm(0)), (mm(1), mm(0)), (mm(0), mm(1))];
    /// assert_eq!(Zone::new().with_outline(triangle).corners(), triangle.map(Into::into));
    /// ```
    #[inline]
    pub fn corners(&self) -> Vec<Vector2> {
        super::shape::corners(self.0.outline.as_ref())
    }

    /// Sets the outline to one polygon, by its corners in nanometres. Holes go.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Zone, mm};
    ///
    /// let mut zone = Zone::new();
    /// zone.set_outline([(mm(0), mm(0)), (mm(1), mm(0)), (mm(0), mm(1))]);
    /// assert_eq!(zone.corners().len(), 3);
    /// ```
    pub fn set_outline<P: Into<Vector2>>(&mut self, corners: impl IntoIterator<Item = P>) -> &mut Self {
        self.0.outline.get_or_insert_default().polygons = vec![super::shape::polygon(corners)];
        self
    }

    /// Sets the outline to one polygon, by its corners in nanometres. Holes go.
    ///
    /// # Examples
    ///
    /// ```
    /// use kiapi::{Zone, mm};
    ///
    /// let zone = Zone::new().with_outline([(mm(0), mm(0)), (mm(1), mm(0)), (mm(0), mm(1))]);
    /// assert_eq!(zone.corners().len(), 3);
    /// ```
    #[must_use]
    pub fn with_outline<P: Into<Vector2>>(mut self, corners: impl IntoIterator<Item = P>) -> Self {
        self.set_outline(corners);
        self
    }

    /// The copper that fills the zone on a layer, as KiCad has computed it.
    ///
    /// KiCad gives no holes here: what is left free inside is joined to the outline by cuts of no width. Area and
    /// [`contains`](PolygonWithHoles::contains) are right all the same, but who walks along the outline also walks around each
    /// hole, and along each cut twice. The edge of the zone is that of its [`polygons`](Self::polygons).
    #[inline]
    pub fn filled_on(&self, layer: Layer) -> Vec<PolygonWithHoles> {
        let filled = self.0.filled_polygons.iter().find(|filled| filled.layer == layer);
        super::shape::polygons(filled.and_then(|filled| filled.shapes.as_ref()))
    }

    /// Whether the zone is an area in which rules hold, rather than copper.
    #[inline]
    pub fn is_rule_area(&self) -> bool {
        self.0.r#type == ZoneType::RULE_AREA
    }

    #[inline]
    fn copper(&self) -> Option<&types::CopperZoneSettings> {
        match &self.0.settings {
            Some(Settings::CopperSettings(settings)) => Some(settings),
            _ => None,
        }
    }

    /// The settings of a copper zone; those of a rule area make room for them.
    #[inline]
    fn copper_mut(&mut self) -> &mut types::CopperZoneSettings {
        if self.copper().is_none() {
            self.0.settings = Some(Settings::CopperSettings(types::CopperZoneSettings::new()));
        }
        match &mut self.0.settings {
            Some(Settings::CopperSettings(settings)) => settings,
            _ => unreachable!("the settings of a copper zone were just put there"),
        }
    }

    #[inline]
    fn rules(&self) -> Option<&types::RuleAreaSettings> {
        match &self.0.settings {
            Some(Settings::RuleAreaSettings(settings)) => Some(settings),
            _ => None,
        }
    }

    /// The settings of a rule area; those of a copper zone make room for them.
    #[inline]
    fn rules_mut(&mut self) -> &mut types::RuleAreaSettings {
        if self.rules().is_none() {
            self.0.settings = Some(Settings::RuleAreaSettings(types::RuleAreaSettings::new()));
        }
        match &mut self.0.settings {
            Some(Settings::RuleAreaSettings(settings)) => settings,
            _ => unreachable!("the settings of a rule area were just put there"),
        }
    }
}

impl Default for Zone {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

/// The least area of an island, in whole square nanometres.
macro_rules! area {
    ($base:literal,) => {
        property! {
            [$base "2_000_000_000_000" "2_000_000_000_000"]
            ["The area below which islands are removed, in square nanometres, where they are removed by their area.",
             "Sets the area below which islands are removed, in square nanometres, where they are removed by their area."]
            min_island_area -> u64: [@ copper copper_mut] |message| message.min_island_area;
            set_min_island_area with_min_island_area (u64): |message, value| message.min_island_area = value
        }
    };
}

accessors! { Zone, "Zone::new()";
    value { zone_type set_zone_type with_zone_type: ZoneType, "ZoneType::GRAPHICAL", "purpose of the zone", [] r#type }
    layers { "layers that the zone lies on", [] layers }
    name { name set_name with_name, "\"power\"", "name that the zone goes by in design rules", [] name }
    value { priority set_priority with_priority: u32, "7", "priority: of zones that overlap, the one with the higher is filled first", [] priority }
    flag { is_filled set_filled with_filled, "the zone holds the fill that KiCad has computed", [] filled }
    value { border_style set_border_style with_border_style: ZoneBorderStyle, "ZoneBorderStyle::SOLID", "look of the outline in the editor", [border] style }
    length { border_pitch set_border_pitch with_border_pitch, "mm(1)", "distance between the hatches of the outline", [border] pitch }
    lock {}
    net { [@ copper copper_mut] }
    part { connection set_connection with_connection edit_connection: ZoneConnection, "ZoneConnection::new()", "connection of pads to the copper", [@ copper copper_mut] connection }
    length { clearance set_clearance with_clearance, "mm(0.2)", "clearance to copper of other nets", [@ copper copper_mut] clearance }
    length { min_thickness set_min_thickness with_min_thickness, "mm(0.25)", "width of the narrowest copper", [@ copper copper_mut] min_thickness }
    value { island_mode set_island_mode with_island_mode: IslandRemovalMode, "IslandRemovalMode::AREA", "removal of pieces that connect to nothing", [@ copper copper_mut] island_mode }
    area {}
    value { fill_mode set_fill_mode with_fill_mode: ZoneFillMode, "ZoneFillMode::HATCHED", "kind of the fill", [@ copper copper_mut] fill_mode }
    length { hatch_thickness set_hatch_thickness with_hatch_thickness, "mm(0.5)", "width of the lines of a hatched fill", [@ copper copper_mut hatch_settings] thickness }
    length { hatch_gap set_hatch_gap with_hatch_gap, "mm(1)", "distance between the lines of a hatched fill", [@ copper copper_mut hatch_settings] gap }
    angle { hatch_angle set_hatch_angle with_hatch_angle, "deg(45)", "direction of the lines of a hatched fill", [@ copper copper_mut hatch_settings] orientation }
    value { hatch_smoothing set_hatch_smoothing with_hatch_smoothing: f64, "0.1", "smoothing of the holes in a hatched fill, as a ratio", [@ copper copper_mut hatch_settings] hatch_smoothing_ratio }
    value { hatch_min_hole set_hatch_min_hole with_hatch_min_hole: f64, "0.3", "smallest hole that a hatched fill keeps, as a ratio of a whole one", [@ copper copper_mut hatch_settings] hatch_hole_min_area_ratio }
    value { hatch_border set_hatch_border with_hatch_border: ZoneHatchFillBorderMode, "ZoneHatchFillBorderMode::USE_HATCH_THICKNESS", "width of the border of a hatched fill", [@ copper copper_mut hatch_settings] border_mode }
    value { teardrop set_teardrop with_teardrop: TeardropType, "TeardropType::VIA_PAD", "kind of teardrop that the zone is", [@ copper copper_mut teardrop] r#type }
    flag { copper_forbidden set_copper_forbidden with_copper_forbidden, "the fill of zones is forbidden in the area", [@ rules rules_mut] keepout_copper }
    flag { vias_forbidden set_vias_forbidden with_vias_forbidden, "vias are forbidden in the area", [@ rules rules_mut] keepout_vias }
    flag { tracks_forbidden set_tracks_forbidden with_tracks_forbidden, "tracks are forbidden in the area", [@ rules rules_mut] keepout_tracks }
    flag { pads_forbidden set_pads_forbidden with_pads_forbidden, "pads are forbidden in the area", [@ rules rules_mut] keepout_pads }
    flag { footprints_forbidden set_footprints_forbidden with_footprints_forbidden, "footprints are forbidden in the area", [@ rules rules_mut] keepout_footprints }
    flag { places_components set_places_components with_places_components, "the area is where components are placed", [@ rules rules_mut] placement_enabled }
    value { placement_source_type set_placement_source_type with_placement_source_type: PlacementRuleSourceType, "PlacementRuleSourceType::SHEET_NAME", "meaning of the name that chooses the components", [@ rules rules_mut] placement_source_type }
    name { placement_source set_placement_source with_placement_source, "\"/power/\"", "name that chooses the components to place", [@ rules rules_mut] placement_source }
}

impl fmt::Display for Zone {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (layers, corners) = (OnAll(self.layers()), self.corners().len());
        f.write_str(if self.is_rule_area() { "rule area" } else { "zone" })?;
        if !self.name().is_empty() {
            write!(f, " {}", Words(self.name()))?;
        }
        write!(f, " on {layers}{}, {corners} corners", Then(self.net()))?;
        match (self.is_rule_area(), self.is_filled()) {
            (true, _) => Ok(()),
            (false, true) => f.write_str(", filled"),
            (false, false) => f.write_str(", not filled"),
        }
    }
}
